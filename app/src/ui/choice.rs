//! A person's choice of how pages look, light or dark for example: kept for a year in a cookie that both sides read and write, so
//! that the server draws the first frame right.

/// Remembers it. Both are words without any of a cookie's own signs.
pub(crate) fn remember(name: &str, value: &str) {
    let cookie = format!("{name}={value}; Path=/; Max-Age=31536000; SameSite=Lax");
    #[cfg(feature = "ssr")]
    crate::caller::set_open_cookie(&cookie);
    #[cfg(feature = "hydrate")]
    {
        use leptos::prelude::document;
        use wasm_bindgen::JsCast;
        if let Ok(document) = document().dyn_into::<web_sys::HtmlDocument>() {
            let _ = document.set_cookie(&cookie);
        }
    }
    #[cfg(not(any(feature = "ssr", feature = "hydrate")))]
    let _ = cookie;
}

/// What this browser remembers under `name`, on both sides.
pub(crate) fn remembered(name: &str) -> Option<String> {
    #[cfg(feature = "ssr")]
    return leptos::prelude::use_context::<axum::http::request::Parts>()
        .and_then(|parts| crate::caller::cookie(&parts.headers, name).map(str::to_owned));
    #[cfg(feature = "hydrate")]
    {
        use leptos::prelude::document;
        use wasm_bindgen::JsCast;
        let cookies = document().dyn_into::<web_sys::HtmlDocument>().ok()?.cookie().ok()?;
        let found = cookies.split(';').filter_map(|pair| pair.trim().split_once('=')).find(|(found, _)| *found == name);
        found.map(|(_, value)| value.to_owned())
    }
    #[cfg(not(any(feature = "ssr", feature = "hydrate")))]
    {
        let _ = name;
        None
    }
}
