//! Who calls, and what a server function may use: the session's [`Actor`] and the handles, nothing else.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use live::Live;
use model::Refusal;
use store::{Actor, Store};

use crate::failure::Failure;

/// Put into each request by the server.
#[derive(Debug, Clone)]
pub enum Caller {
    Nobody,
    Person(Box<Actor>),
    /// It could not be found out: the database is away.
    Unknown(Refusal),
}

/// What the server provides to every page and server function.
#[derive(Debug, Clone)]
pub struct Handles {
    pub store: Store,
    pub live: Live,
    pub site: Site,
}

/// What pages need to know of this installation.
#[derive(Debug, Clone)]
pub struct Site {
    /// The content hash of the assets: names the build.
    pub build: String,
    /// Whether cookies are for HTTPS only, by `--public-url`.
    pub secure_cookies: bool,
}

/// The peer's address as the server saw it, put into each request.
#[derive(Debug, Clone)]
pub struct From(pub String);

/// The handles.
#[must_use]
pub fn handles() -> Handles {
    expect_context::<Handles>()
}

/// The signed-in person.
///
/// # Errors
/// [`Refusal::SignedOut`] where nobody is, [`Refusal::Unavailable`] where the database is away.
pub fn actor() -> Result<Actor, Failure> {
    let parts = use_context::<Parts>();
    match parts.as_ref().and_then(|parts| parts.extensions.get::<Caller>()) {
        Some(Caller::Person(actor)) => Ok(actor.as_ref().clone()),
        Some(Caller::Unknown(refusal)) => Err(refusal.clone().into()),
        Some(Caller::Nobody) | None => Err(Refusal::SignedOut.into()),
    }
}

/// Where the request came from, for the audit trail.
#[must_use]
pub fn peer() -> String {
    use_context::<Parts>().and_then(|parts| parts.extensions.get::<From>().map(|from| from.0.clone())).unwrap_or_default()
}

/// Whether this is a form sent without JavaScript: its answer is a redirect, not data.
fn is_plain_form() -> bool {
    use_context::<Parts>().is_some_and(|parts| {
        parts.method == axum::http::Method::POST
            && parts
                .headers
                .get(header::ACCEPT)
                .and_then(|accept| accept.to_str().ok())
                .is_some_and(|accept| accept.contains("text/html"))
    })
}

/// Sets the answer's HTTP status; a plain form's redirect keeps its own.
pub fn set_status(status: u16) {
    if is_plain_form() {
        return;
    }
    if let (Some(answer), Ok(status)) = (use_context::<ResponseOptions>(), StatusCode::from_u16(status)) {
        answer.set_status(status);
    }
}

/// Where a form leads once it is done: a plain form is redirected there, JavaScript gets the path and goes by itself.
#[must_use]
pub fn goes_to(path: String) -> String {
    if is_plain_form() {
        leptos_axum::redirect(&path);
    }
    path
}

/// The session cookie's name. `__Host-` binds it to this very host, which browsers accept with HTTPS only.
#[must_use]
pub const fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-nocturne" } else { "nocturne" }
}

/// The session's token in a request, if there is one.
#[must_use]
pub fn session_token(headers: &HeaderMap, secure: bool) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == cookie_name(secure))
        .map(|(_, token)| token.to_owned())
}

/// Gives the browser its session, or takes it away (`None`).
pub fn set_session(token: Option<&str>) {
    let secure = handles().site.secure_cookies;
    let value = format!(
        "{}={}; Path=/; HttpOnly; SameSite=Lax{}{}",
        cookie_name(secure),
        token.unwrap_or_default(),
        if secure { "; Secure" } else { "" },
        if token.is_some() { "; Max-Age=2592000" } else { "; Max-Age=0" },
    );
    if let (Some(answer), Ok(value)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(&value)) {
        answer.append_header(header::SET_COOKIE, value);
    }
}
