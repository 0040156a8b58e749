//! `POST /__test/clock`: a test moves the clock instead of waiting, and has nothing looked at while it looks itself. Not part of any
//! release.

use app::caller::Handles;
use axum::{Json, extract::State, http::StatusCode};

#[derive(Debug, serde::Deserialize)]
pub(crate) struct Advance {
    advance_ms: i64,
    /// Whether nothing is looked at from now on; as it was, where it is not said.
    hold_looks: Option<bool>,
}

pub(crate) async fn advance(State(handles): State<Handles>, Json(by): Json<Advance>) -> StatusCode {
    handles.store.clock().advance(by.advance_ms);
    if let Some(held) = by.hold_looks {
        handles.live.hold_looks(held);
    }
    StatusCode::NO_CONTENT
}
