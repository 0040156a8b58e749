//! `GET`, `HEAD` or `POST /heartbeat/<token>`: a monitor calls in (DOMAIN G1). The token is all that is asked for.
//!
//! A caller is a job with curl, not a browser: it sends neither `Sec-Fetch-Site` nor `Origin`, so the guard against forged
//! requests lets it pass; a page of another site that posts here would be refused. What a call brings along is not read, up to the
//! size that any request may have.

use app::caller::Handles;
use axum::{
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

/// 200 once the call is stored, 404 where nobody has this token, 503 where it could not be stored.
pub(crate) async fn call(State(handles): State<Handles>, Path(token): Path<String>) -> Response {
    match handles.live.heard(&token).await {
        Ok(true) => (StatusCode::OK, "ok\n").into_response(),
        Ok(false) => (StatusCode::NOT_FOUND, "there is no such heartbeat\n").into_response(),
        Err(error) => {
            tracing::warn!(%error, "a heartbeat could not be stored");
            (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "5")], "not stored, please call again\n").into_response()
        }
    }
}
