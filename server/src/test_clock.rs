//! `POST /__test/clock`: a test moves the clock instead of waiting. Not part of any release.

use app::caller::Handles;
use axum::{Json, extract::State, http::StatusCode};

#[derive(Debug, serde::Deserialize)]
pub(crate) struct Advance {
    advance_ms: i64,
}

pub(crate) async fn advance(State(handles): State<Handles>, Json(by): Json<Advance>) -> StatusCode {
    handles.store.clock().advance(by.advance_ms);
    StatusCode::NO_CONTENT
}
