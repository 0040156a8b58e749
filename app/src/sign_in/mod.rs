//! First run and the session: set up the MSP, sign in, sign out, who am I.

mod page;
mod set_up;

pub use page::SignInPage;
pub use set_up::SetUpPage;

use leptos::prelude::*;
use model::users::Me;

use crate::{failure::Failure, ui::Toasts};

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

/// The action of a button that signs out. Whoever may still be signed in is told so.
pub(crate) fn signing_out() -> ServerAction<SignOut> {
    let sign_out = ServerAction::<SignOut>::new();
    let toasts: Toasts = expect_context();
    Effect::new(move || {
        // What was refused before this page was loaded is no answer to this button.
        if sign_out.version().get() == 0 {
            return;
        }
        match sign_out.value().get() {
            Some(Ok(path)) => load(&path),
            Some(Err(Failure(refusal))) => toasts.say_refused("You may still be signed in.".into(), refusal),
            None => {}
        }
    });
    sign_out
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
