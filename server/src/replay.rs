//! The wall of the last 24 hours over HTTP (DOMAIN F12): the day, its pieces, and the way from a tile of it to its monitor. The bytes
//! are as `model::replay` says.

use app::caller::{Caller, Handles};
use axum::{
    Extension,
    extract::{Path, Query, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
};
use model::{
    Refusal,
    replay::{NotReplayed, encode_day, encode_piece},
    roles::{Action, Relation},
};

use crate::stream::refused;

fn bytes(bytes: Vec<u8>) -> Response {
    let mut answer = bytes.into_response();
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    answer
}

fn answer(read: Result<Vec<u8>, Refusal>) -> Response {
    match read {
        Ok(read) => bytes(read),
        Err(refusal) => refused(&refusal),
    }
}

/// `GET /live/replay`: 401 signed out, 403 for customer users, 503 without a database.
pub(crate) async fn day(State(handles): State<Handles>, Extension(caller): Extension<Caller>) -> Response {
    answer(read_day(&handles, &caller).await)
}

async fn read_day(handles: &Handles, caller: &Caller) -> Result<Vec<u8>, Refusal> {
    let day = handles.store.replay_day(caller.person()?, &handles.site.build).await.map_err(|error| error.refusal())?;
    Ok(encode_day(&day))
}

/// Which piece: the day's edition in hexadecimal, and UTC milliseconds.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Asked {
    edition: Option<String>,
    from: Option<String>,
}

/// `GET /live/replay/piece?edition=...&from=...`: 422 for a moment that cannot be read or is to come, 410 for one that is too
/// old, 409 where the monitors are no longer those of the edition; otherwise as [`day`].
pub(crate) async fn piece(
    State(handles): State<Handles>,
    Extension(caller): Extension<Caller>,
    Query(asked): Query<Asked>,
) -> Response {
    answer(read_piece(&handles, &caller, &asked).await)
}

async fn read_piece(handles: &Handles, caller: &Caller, asked: &Asked) -> Result<Vec<u8>, Refusal> {
    let actor = caller.person()?;
    // Whoever may not see it learns nothing of what can be asked.
    actor.require(Action::SeeAll, Relation::None)?;
    let from = asked.from.as_deref().and_then(|from| from.parse().ok()).filter(|from: &i64| from.checked_mul(2).is_some());
    let from = from.ok_or(Refusal::Replay(NotReplayed::Unreadable))?;
    let edition = asked.edition.as_deref().and_then(|edition| u64::from_str_radix(edition, 16).ok());
    // What is no edition of ours is one that is over.
    let edition = edition.ok_or(Refusal::Replay(NotReplayed::Outdated))?;
    let piece = handles.store.replay_piece(actor, edition, from).await.map_err(|error| error.refusal())?;
    Ok(encode_piece(&piece))
}

/// `GET /live/replay/tile/{edition}/{slot}`: to the monitor's page; 404 where no tile of that edition stands there.
pub(crate) async fn tile(
    State(handles): State<Handles>,
    Extension(caller): Extension<Caller>,
    Path((edition, slot)): Path<(String, u32)>,
) -> Response {
    match find_tile(&handles, &caller, &edition, slot).await {
        Ok(monitor) => Redirect::to(&format!("/monitors/{monitor}")).into_response(),
        Err(refusal) => refused(&refusal),
    }
}

async fn find_tile(handles: &Handles, caller: &Caller, edition: &str, slot: u32) -> Result<model::MonitorId, Refusal> {
    let actor = caller.person()?;
    let edition = u64::from_str_radix(edition, 16).map_err(|_| Refusal::NotFound)?;
    handles.store.replay_monitor(actor, edition, slot).await.map_err(|error| error.refusal())
}
