//! Who calls, and what a server function may use: the session's [`Actor`] and the handles, nothing else.

use std::str::FromStr;

use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header, request::Parts};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use live::{Live, Sms};
use model::Refusal;
use serde::{Serialize, de::DeserializeOwned};
use store::{
    Actor, Origin, Store,
    second_factor::PENDING_MS,
    verification::{Text, Whose},
};

use crate::failure::Failure;

/// Put into each request by the server.
#[derive(Debug, Clone)]
pub enum Caller {
    Nobody,
    Person(Box<Actor>),
    /// A screen on which a kiosk link was opened. It is asked for by [`kiosk`] alone: to everything else it is nobody.
    Kiosk(Box<Actor>),
    /// It could not be found out: the database is away.
    Unknown(Refusal),
}

impl Caller {
    /// The signed-in person.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`] where nobody is, [`Refusal::Unavailable`] where the database is away.
    pub fn person(&self) -> Result<&Actor, Refusal> {
        match self {
            Self::Person(actor) => Ok(actor),
            Self::Nobody | Self::Kiosk(_) => Err(Refusal::SignedOut),
            Self::Unknown(refusal) => Err(refusal.clone()),
        }
    }

    /// The screen of a kiosk link (DOMAIN F10).
    ///
    /// # Errors
    /// [`Refusal::KioskOver`] where this is none, or no longer; [`Refusal::Unavailable`] where the database is away.
    pub fn kiosk(&self) -> Result<&Actor, Refusal> {
        match self {
            Self::Kiosk(actor) => Ok(actor),
            Self::Nobody | Self::Person(_) => Err(Refusal::KioskOver),
            Self::Unknown(refusal) => Err(refusal.clone()),
        }
    }
}

/// What the server provides to every page and server function.
#[derive(Debug, Clone)]
pub struct Handles {
    pub store: Store,
    pub live: Live,
    /// `None` where the installation sends no text messages.
    pub sms: Option<Sms>,
    pub site: Site,
}

/// What pages need to know of this installation.
#[derive(Debug, Clone)]
pub struct Site {
    /// The content hash of the assets: names the build.
    pub build: String,
    /// Whether cookies are for HTTPS only, by `--public-url`.
    pub secure_cookies: bool,
    /// The origin that people use, by `--public-url`.
    pub public_url: Option<String>,
    /// Whether creating and terminating a customer asks for a captcha (DOMAIN A4).
    pub captcha: bool,
}

/// The peer's address as the server saw it, put into each request.
#[derive(Debug, Clone)]
pub struct From(pub String);

/// The handles.
#[must_use]
pub fn handles() -> Handles {
    expect_context::<Handles>()
}

/// The caller of this request.
fn caller() -> Caller {
    use_context::<Parts>().and_then(|mut parts| parts.extensions.remove::<Caller>()).unwrap_or(Caller::Nobody)
}

/// The signed-in person.
///
/// # Errors
/// As [`Caller::person`].
pub fn actor() -> Result<Actor, Failure> {
    Ok(caller().person()?.clone())
}

/// The screen of a kiosk link (DOMAIN F10).
///
/// # Errors
/// As [`Caller::kiosk`].
pub fn kiosk() -> Result<Actor, Failure> {
    Ok(caller().kiosk()?.clone())
}

/// The id that `text` is. A text that is no id is the same as an id that does not exist.
///
/// # Errors
/// [`Refusal::NotFound`].
pub fn id<T: FromStr>(text: &str) -> Result<T, Failure> {
    text.parse().map_err(|_| Refusal::NotFound.into())
}

/// Takes the captcha's solution, where this installation asks for one.
///
/// # Errors
/// [`Refusal::Invalid`] at `captcha`.
pub async fn spend_captcha(actor: &Actor, solution: &str) -> Result<(), Failure> {
    let Handles { store, site, .. } = handles();
    if site.captcha {
        store.spend_captcha(actor, solution).await?;
    }
    Ok(())
}

/// Sends a text message with a code; where that fails it is noted, so that another one can be sent at once. The refusal is no
/// [`Failure`] yet: who goes on all the same answers well.
///
/// # Errors
/// [`Refusal::NotTexted`].
pub async fn text(actor: &Actor, whose: &Whose, text: &Text) -> Result<(), Refusal> {
    let Handles { store, sms, .. } = handles();
    let sent = match sms {
        Some(sms) => sms.send(text).await.inspect_err(|error| tracing::warn!(%error, "a text message was not sent")).is_ok(),
        None => false,
    };
    if sent {
        return Ok(());
    }
    store.note_not_texted(actor, whose).await.map_err(|error| error.refusal())?;
    Err(Refusal::NotTexted)
}

/// The same for a form that adds where it names none: `None` for an empty text.
///
/// # Errors
/// [`Refusal::NotFound`].
pub fn maybe_id<T: FromStr>(text: &str) -> Result<Option<T>, Failure> {
    if text.is_empty() { Ok(None) } else { id(text).map(Some) }
}

/// Where the request came from, for the audit trail.
#[must_use]
pub fn peer() -> String {
    use_context::<Parts>().and_then(|parts| parts.extensions.get::<From>().map(|from| from.0.clone())).unwrap_or_default()
}

/// The same and the browser, for the list of sessions.
#[must_use]
pub fn origin() -> Origin {
    let parts = use_context::<Parts>();
    let user_agent = parts.as_ref().and_then(|parts| parts.headers.get(header::USER_AGENT)?.to_str().ok()).unwrap_or_default();
    Origin { address: peer(), user_agent: user_agent.to_owned() }
}

/// The origin under which this installation is reached: as it is set, else as the person's browser names it.
#[must_use]
pub fn own_origin() -> String {
    handles().site.public_url.unwrap_or_else(|| {
        let parts = use_context::<Parts>();
        let host = parts.as_ref().and_then(|parts| parts.headers.get(header::HOST)).and_then(|host| host.to_str().ok());
        format!("http://{}", host.unwrap_or("localhost"))
    })
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

/// Says how many seconds to wait before asking again.
pub fn retry_after(seconds: u32) {
    if let Some(answer) = use_context::<ResponseOptions>() {
        answer.insert_header(header::RETRY_AFTER, HeaderValue::from(seconds));
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

/// Where somebody asked to go, where it is a path of this site as browsers understand one: they take `\` for `/` and pass over tabs.
/// Else `home`.
#[must_use]
pub fn back_to(back: &str, home: &str) -> String {
    let is_ours =
        back.starts_with('/') && !back.starts_with("//") && back.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_ours { back } else { home }.to_owned()
}

/// The session cookie's name. `__Host-` binds it to this very host, which browsers accept with HTTPS only.
#[must_use]
pub const fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-nocturne" } else { "nocturne" }
}

/// The cookie of a screen on which a kiosk link was opened. It is sent to the addresses of kiosks alone, beside the session of whoever
/// is signed in in the same browser, and is none of theirs: `__Host-` would send it everywhere.
#[must_use]
pub const fn kiosk_cookie_name(secure: bool) -> &'static str {
    if secure { "__Secure-nocturne-kiosk" } else { "nocturne-kiosk" }
}

/// The session's token in a request, if there is one.
#[must_use]
pub fn session_token(headers: &HeaderMap, secure: bool) -> Option<String> {
    cookie(headers, cookie_name(secure)).map(str::to_owned)
}

/// A cookie's value.
#[must_use]
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value)
}

/// Gives the browser its session, or takes it away (`None`).
pub fn set_session(token: Option<&str>) {
    set_cookie(&session_cookie(token, handles().site.secure_cookies));
}

/// The same as a cookie's text, without what [`finished`] adds.
fn session_cookie(token: Option<&str>, secure: bool) -> String {
    let age = if token.is_some() { 2_592_000 } else { 0 };
    format!("{}={}; Path=/; SameSite=Lax; Max-Age={age}", cookie_name(secure), token.unwrap_or_default())
}

/// Gives the browser its session for another thirty days, unless the answer gives it another one or takes it away.
pub fn renew_session(answer: &mut HeaderMap, token: &str, secure: bool) {
    let begin = format!("{}=", cookie_name(secure));
    let mut given = answer.get_all(header::SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
    if given.any(|cookie| cookie.starts_with(&begin)) {
        return;
    }
    if let Ok(cookie) = finished(&session_cookie(Some(token), secure), secure) {
        answer.append(header::SET_COOKIE, cookie);
    }
}

/// The cookie of a sign-in that waits for its code.
const fn pending_name(secure: bool) -> &'static str {
    if secure { "__Host-nocturne-pending" } else { "nocturne-pending" }
}

/// The token of the sign-in that waits for its code, if this browser has one.
#[must_use]
pub fn pending_sign_in() -> Option<String> {
    let name = pending_name(handles().site.secure_cookies);
    cookie(&use_context::<Parts>()?.headers, name).filter(|token| !token.is_empty()).map(str::to_owned)
}

/// Gives the browser the token of a sign-in that waits for its code, or takes it away (`None`).
pub fn set_pending_sign_in(token: Option<&str>) {
    let age = if token.is_some() { PENDING_MS / 1000 } else { 0 };
    let name = pending_name(handles().site.secure_cookies);
    set_cookie(&format!("{name}={}; Path=/; SameSite=Strict; Max-Age={age}", token.unwrap_or_default()));
}

/// What is shown once and then never again. Only this browser has it: the server keeps hashes.
#[derive(Debug, Clone, Copy)]
pub enum Once {
    RecoveryCodes,
    /// Its id and its token.
    KioskLink,
}

impl Once {
    const fn cookie(self) -> &'static str {
        match self {
            Self::RecoveryCodes => "fresh-codes",
            Self::KioskLink => "fresh-link",
        }
    }
}

/// Hands words without dots to the page that shows them.
pub fn show_once(once: Once, words: &[String]) {
    set_cookie(&format!("{}={}; Path=/; SameSite=Strict; Max-Age=60", once.cookie(), words.join(".")));
}

/// What [`show_once`] handed on; it is gone then.
#[must_use]
pub fn shown_once(once: Once) -> Vec<String> {
    let Some(parts) = use_context::<Parts>() else { return Vec::new() };
    let Some(words) = cookie(&parts.headers, once.cookie()).filter(|words| !words.is_empty()) else { return Vec::new() };
    set_cookie(&format!("{}=; Path=/; SameSite=Strict; Max-Age=0", once.cookie()));
    words.split('.').map(str::to_owned).collect()
}

/// The cookie of [`keep_typed`].
const TYPED: &str = "typed";
/// What a browser takes as one cookie's value beside its name and attributes, in bytes. More is not kept.
const TYPED_MOST: usize = 3_800;

/// Keeps what was typed into a plain form that is refused, for the page that shows the form again: for a minute, there alone.
/// Never a password.
pub fn keep_typed(typed: &impl Serialize) {
    let Some(parts) = use_context::<Parts>().filter(|_| is_plain_form()) else { return };
    if let (Some(page), Ok(typed)) = (page_before(&parts.headers), serde_json::to_vec(typed)) {
        let typed = Some(URL_SAFE_NO_PAD.encode(typed)).filter(|typed| typed.len() <= TYPED_MOST).unwrap_or_default();
        set_cookie(&format!("{TYPED}={typed}; Path={page}; SameSite=Strict; Max-Age=60"));
    }
}

/// What [`keep_typed`] kept for this page, where it was just refused.
#[must_use]
pub fn kept_typed<T: DeserializeOwned>() -> Option<T> {
    let parts = use_context::<Parts>()?;
    if !parts.uri.query()?.contains("__err=") {
        return None;
    }
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cookie(&parts.headers, TYPED)?).ok()?).ok()
}

/// The path of the page that sent the request, where it can stand in a cookie.
fn page_before(headers: &HeaderMap) -> Option<String> {
    let page: Uri = headers.get(header::REFERER)?.to_str().ok()?.parse().ok()?;
    Some(page.path().to_owned()).filter(|path| !path.contains(';'))
}

/// Sets a cookie that the browser's part reads and writes as well.
pub fn set_open_cookie(cookie: &str) {
    if let (Some(answer), Ok(cookie)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(cookie)) {
        answer.append_header(header::SET_COOKIE, cookie);
    }
}

/// Sets a cookie that no script reads.
fn set_cookie(cookie: &str) {
    let value = finished(cookie, handles().site.secure_cookies);
    if let (Some(answer), Ok(value)) = (use_context::<ResponseOptions>(), value) {
        answer.append_header(header::SET_COOKIE, value);
    }
}

/// No script reads a cookie of ours, and where the site is reached by HTTPS it travels by nothing else.
fn finished(cookie: &str, secure: bool) -> Result<HeaderValue, header::InvalidHeaderValue> {
    let secure = if secure { "; Secure" } else { "" };
    HeaderValue::from_str(&format!("{cookie}; HttpOnly{secure}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;
    use model::customers::CustomerInput;

    fn asked(address: &str, cookies: &str) -> Option<CustomerInput> {
        let (parts, ()) = Request::get(address).header(header::COOKIE, cookies).body(()).unwrap().into_parts();
        Owner::new().with(|| {
            provide_context(parts);
            kept_typed()
        })
    }

    #[test]
    fn a3_what_was_typed_is_back_where_it_was_refused_and_nowhere_else() {
        let typed = CustomerInput { company: "Ärzte; \"Süd\"".into(), ..CustomerInput::default() };
        let cookies = format!("nocturne=token; {TYPED}={}", URL_SAFE_NO_PAD.encode(serde_json::to_vec(&typed).unwrap()));
        assert_eq!(asked("/customers/new?__path=%2Ffn%2Fcustomer-create&__err=e30%3D", &cookies), Some(typed));
        assert_eq!(asked("/customers/new", &cookies), None);
        assert_eq!(asked("/customers/new?__err=e30%3D", "nocturne=token; typed=rubbish"), None);
    }

    #[test]
    fn a_form_leads_back_within_this_site_alone() {
        assert_eq!(back_to("/monitors/mon_1?page=2", "/outages"), "/monitors/mon_1?page=2");
        for elsewhere in [
            "",
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "/\u{e4}",
            "/x\r\nSet-Cookie: a=b",
        ] {
            assert_eq!(back_to(elsewhere, "/outages"), "/outages", "{elsewhere:?}");
        }
    }

    #[test]
    fn what_was_typed_stays_on_its_page() {
        let before = |referer: &str| {
            let headers = HeaderMap::from_iter([(header::REFERER, HeaderValue::from_str(referer).unwrap())]);
            page_before(&headers)
        };
        assert_eq!(before("https://noc.example/customers/new?__err=e30%3D").as_deref(), Some("/customers/new"));
        assert_eq!(before("https://noc.example/;domain=noc.example"), None);
        assert_eq!(page_before(&HeaderMap::new()), None);
    }
}
