//! Way 3 over HTTP: the snapshot, the stream of server-sent events, and the way from a tile to its monitor.

use std::{convert::Infallible, sync::Arc};

use app::caller::{Caller, From as Peer, Handles, session_token};
use axum::{
    Extension,
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{
        IntoResponse, Redirect, Response,
        sse::{Event, Sse},
    },
};
use futures::{Stream, stream};
use live::Event as LiveEvent;
use model::{Refusal, wire};
use store::{Actor, Denied};
use tokio::sync::broadcast::error::RecvError;

pub(crate) fn refused(refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, refusal.to_string()).into_response()
}

/// `GET /live/snapshot`: the board as `model::wire` says. 401 signed out, 403 for customer users, 503 without a database.
pub(crate) async fn snapshot(
    State(handles): State<Handles>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
) -> Response {
    match caller.person() {
        Ok(actor) => answer_snapshot(&handles, actor, &headers).await,
        Err(refusal) => refused(&refusal),
    }
}

/// The board as `actor` sees it.
pub(crate) async fn answer_snapshot(handles: &Handles, actor: &Actor, headers: &HeaderMap) -> Response {
    let snapshot = match handles.live.snapshot(actor).await {
        Ok(snapshot) => snapshot,
        Err(error) => return refused(&error.refusal()),
    };
    let accepts_brotli =
        headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("br"));
    let bytes = if accepts_brotli { &snapshot.brotli } else { &snapshot.plain };
    let mut answer = bytes.clone().into_response();
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if accepts_brotli {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    answer
}

/// Where a stream goes on: `?from=<epoch>-<sequence>` of the snapshot.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct From {
    from: Option<String>,
}

/// `GET /live/stream`: events `frame` (id `<epoch>-<sequence>`, data base64 of a frame), `beat` once a second
/// (`model::wire::Beat`) and `resync`. `Last-Event-ID`, which a browser sends when it comes back, goes before `from`.
pub(crate) async fn stream(
    State(handles): State<Handles>,
    Extension(caller): Extension<Caller>,
    Extension(Peer(peer)): Extension<Peer>,
    Query(query): Query<From>,
    headers: HeaderMap,
) -> Response {
    let actor = match caller.person() {
        Ok(actor) => actor,
        Err(refusal) => return refused(&refusal),
    };
    let session = Session::Person { token: session_token(&headers, handles.site.secure_cookies).unwrap_or_default() };
    answer_stream(&handles, actor, session, peer, query, &headers)
}

/// What changes on the board as `actor` sees it, for as long as the session lasts.
pub(crate) fn answer_stream(
    handles: &Handles,
    actor: &Actor,
    session: Session,
    peer: String,
    query: From,
    headers: &HeaderMap,
) -> Response {
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok()).map(str::to_owned);
    // An id that is not one of ours is like one of another epoch: take a new snapshot.
    let from = last.or(query.from).map(|id| wire::parse_event_id(&id).unwrap_or((0, u64::MAX)));
    let watching = match handles.live.watch(actor, from) {
        Ok(watching) => watching,
        Err(error) => return refused(&error.refusal()),
    };
    let (denied, missed) = (actor.denied().clone(), watching.missed.into_iter().map(Sent::Live).collect());
    let watcher = Watcher { handles: handles.clone(), session, peer, denied, over: false, missed, coming: watching.coming };
    (
        [
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (header::HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
        ],
        Sse::new(events(watcher)),
    )
        .into_response()
}

/// What a stream was opened with.
pub(crate) enum Session {
    Person {
        token: String,
    },
    /// `expires_at` is UTC milliseconds.
    Kiosk {
        token: String,
        expires_at: i64,
    },
}

/// A session as it is now.
enum Standing {
    Same,
    /// Other customers are denied than before (DOMAIN C7, F10).
    SeesOthers,
    Ended,
}

/// What a watcher is sent.
enum Sent {
    Live(Arc<LiveEvent>),
    /// The kiosk link has ended: a screen that nobody stands at must not take it for a lost link.
    Over,
}

struct Watcher {
    handles: Handles,
    session: Session,
    peer: String,
    /// What was denied when the stream was opened.
    denied: Denied,
    /// The stream was told that it ends.
    over: bool,
    missed: std::collections::VecDeque<Sent>,
    coming: tokio::sync::broadcast::Receiver<Arc<LiveEvent>>,
}

impl Watcher {
    /// The next event; `None` ends the stream: the server closes, the session has ended, or other customers are seen now.
    async fn next(&mut self) -> Option<Sent> {
        if self.over {
            return None;
        }
        if let Some(missed) = self.missed.pop_front() {
            return Some(missed);
        }
        let event = tokio::select! {
            event = self.coming.recv() => event,
            () = self.handles.live.closed() => return None,
        };
        match event {
            Ok(event) => {
                if !matches!(*event, LiveEvent::Beat(_)) {
                    return Some(Sent::Live(event));
                }
                match self.standing().await {
                    Standing::Same => Some(Sent::Live(event)),
                    Standing::SeesOthers => {
                        self.over = true;
                        Some(resync())
                    }
                    Standing::Ended => {
                        self.over = true;
                        match self.session {
                            Session::Person { .. } => None,
                            Session::Kiosk { .. } => Some(Sent::Over),
                        }
                    }
                }
            }
            Err(RecvError::Lagged(_)) => Some(resync()),
            Err(RecvError::Closed) => None,
        }
    }

    /// Asked with every beat, so that an ended session, a link that is over, or a customer that is denied or allowed, ends its streams
    /// within a second. While the database is away the answer is not known: the beat itself says that the data are old.
    async fn standing(&self) -> Standing {
        let store = &self.handles.store;
        let actor = match &self.session {
            Session::Person { token } => store.onlooker(token, &self.peer).await,
            Session::Kiosk { expires_at, .. } if *expires_at <= store.clock().now() => return Standing::Ended,
            Session::Kiosk { token, .. } => store.kiosk_actor(token, &self.peer).await,
        };
        match actor {
            Ok(Some(actor)) if *actor.denied() != self.denied => Standing::SeesOthers,
            Ok(Some(_)) | Err(_) => Standing::Same,
            Ok(None) => Standing::Ended,
        }
    }
}

fn resync() -> Sent {
    Sent::Live(Arc::new(LiveEvent::Resync))
}

fn events(watcher: Watcher) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(watcher, |mut watcher| async move {
        let sent = match watcher.next().await? {
            Sent::Live(event) => match event.as_ref() {
                LiveEvent::Frame { id, data } => Event::default().event("frame").id(id).data(data),
                LiveEvent::Beat(data) => Event::default().event("beat").data(data),
                // A browser drops an event without data.
                LiveEvent::Resync => Event::default().event("resync").data("new snapshot"),
            },
            Sent::Over => Event::default().event("over").data("the link has ended"),
        };
        Some((Ok(sent), watcher))
    })
}

/// `GET /live/tile/{epoch}/{slot}`: to the monitor's page; 404 where no tile of that epoch stands there.
pub(crate) async fn tile(
    State(handles): State<Handles>,
    Extension(caller): Extension<Caller>,
    Path((epoch, slot)): Path<(String, u32)>,
) -> Response {
    let found = caller.person().and_then(|actor| {
        let epoch = u64::from_str_radix(&epoch, 16).map_err(|_| Refusal::NotFound)?;
        handles.live.monitor_at(actor, epoch, slot).map_err(|error| error.refusal())?.ok_or(Refusal::NotFound)
    });
    match found {
        Ok(monitor) => Redirect::to(&format!("/monitors/{monitor}")).into_response(),
        Err(refusal) => refused(&refusal),
    }
}
