//! Kiosk links (DOMAIN F10): opened, and the board of the screens on which they were.

use app::caller::{Caller, From as Peer, Handles, kiosk_cookie_name};
use axum::{
    Extension,
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
};
use model::Refusal;
use store::kiosks::OpenedKiosk;

use crate::{
    gate::away,
    stream::{From, Session, answer_snapshot, answer_stream, refused},
};

/// A browser keeps no cookie for longer (RFC 6265bis, 5.6): 400 days, in seconds.
const COOKIE_MOST_S: i64 = 400 * 24 * 60 * 60;

/// `GET /kiosk/{token}`: gives the browser a session of its own and leads on at once, so that the link's token stays neither in the
/// address bar nor in what the page sends on. A link that is none leads on as well, for it may be one again.
pub(crate) async fn open(
    State(handles): State<Handles>,
    Extension(Peer(peer)): Extension<Peer>,
    Path(token): Path<String>,
) -> Response {
    let mut answer = match handles.store.open_kiosk(&token, &peer).await {
        Ok(opened) => let_in(&handles, &opened),
        Err(error) => match error.refusal() {
            Refusal::KioskOver => Redirect::to("/kiosk/over").into_response(),
            refusal => {
                tracing::warn!(%error, "a kiosk link could not be opened");
                away(&handles.site.build, &refusal)
            }
        },
    };
    answer.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    answer
}

fn let_in(handles: &Handles, opened: &OpenedKiosk) -> Response {
    let OpenedKiosk { id, session, view, lasts_ms } = opened;
    let (screen, query) = (format!("/kiosk/screen/{id}"), view.query());
    let mut answer = Redirect::to(&if query.is_empty() { screen.clone() } else { format!("{screen}?{query}") }).into_response();
    let (name, age) = (kiosk_cookie_name(handles.site.secure_cookies), (lasts_ms / 1000).min(COOKIE_MOST_S));
    let secure = if handles.site.secure_cookies { "; Secure" } else { "" };
    // Lax: the link is often followed from a mail or another site. Of this link's screens alone: a browser may show several side by side.
    let cookie = format!("{name}={session}; Path={screen}; SameSite=Lax; Max-Age={age}; HttpOnly{secure}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        answer.headers_mut().append(header::SET_COOKIE, cookie);
    }
    answer
}

/// `GET /kiosk/screen/{link}/live/snapshot`: as `/live/snapshot`; 404 where the link is over.
pub(crate) async fn snapshot(
    State(handles): State<Handles>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
) -> Response {
    match caller.kiosk() {
        Ok(actor) => answer_snapshot(&handles, actor, &headers).await,
        Err(refusal) => refused(&refusal),
    }
}

/// `GET /kiosk/screen/{link}/live/stream`: as `/live/stream`; it ends with an event `over` once the link does.
pub(crate) async fn stream(
    State(handles): State<Handles>,
    Extension(caller): Extension<Caller>,
    Extension(Peer(peer)): Extension<Peer>,
    Query(query): Query<From>,
    headers: HeaderMap,
) -> Response {
    let actor = match caller.kiosk() {
        Ok(actor) => actor,
        Err(refusal) => return refused(&refusal),
    };
    let token = app::caller::cookie(&headers, kiosk_cookie_name(handles.site.secure_cookies)).unwrap_or_default().to_owned();
    let expires_at = actor.kiosk().map_or(0, |kiosk| kiosk.expires_at);
    let session = Session::Kiosk { token, expires_at };
    answer_stream(&handles, actor, session, peer, query, &headers)
}
