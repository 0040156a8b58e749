//! First run and the session: set up the MSP, sign in, sign out, who am I.

mod page;
mod set_up;

pub use page::SignInPage;
pub use set_up::SetUpPage;

use leptos::prelude::*;
use model::users::Me;

use crate::failure::Failure;

/// The signed-in person, for the screens.
#[server(prefix = "/fn", endpoint = "me")]
pub async fn who_am_i() -> Result<Me, Failure> {
    let actor = crate::caller::actor()?;
    Ok(crate::caller::handles().store.me(&actor).await?)
}

/// Ends this session. Leads to the sign-in page.
#[server(prefix = "/fn", endpoint = "sign-out")]
pub async fn sign_out() -> Result<String, Failure> {
    use crate::caller;
    let parts = expect_context::<axum::http::request::Parts>();
    let handles = caller::handles();
    if let Some(token) = caller::session_token(&parts.headers, handles.site.secure_cookies) {
        handles.store.sign_out(&token).await?;
    }
    caller::set_session(None);
    Ok(caller::goes_to("/sign-in".into()))
}

/// Goes to `path` by loading the page anew: who is signed in has changed.
pub(crate) fn load(path: &str) {
    #[cfg(feature = "hydrate")]
    if let Some(window) = web_sys::window() {
        let _ = window.location().assign(path);
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = path;
}
