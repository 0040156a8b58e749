//! How a server function fails: a [`Refusal`], with the HTTP status that goes with it.

use leptos::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};
use model::Refusal;
use serde::{Deserialize, Serialize};

/// The error type of every server function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure(pub Refusal);

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        #[cfg(feature = "ssr")]
        crate::caller::set_status(refusal.http_status());
        #[cfg(feature = "ssr")]
        if let Refusal::TooManyAttempts { wait_s } = refusal {
            crate::caller::retry_after(wait_s);
        }
        Self(refusal)
    }
}

/// What the database said stays here, in the log.
#[cfg(feature = "ssr")]
impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        match &error {
            store::Error::Refused(_) => {}
            store::Error::Unavailable(_) => tracing::warn!(%error, "the database cannot be reached"),
            store::Error::Broken(_) => tracing::error!(%error, "a request failed"),
        }
        error.refusal().into()
    }
}

impl FromServerFnError for Failure {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::UnsupportedRequestMethod(_) => {
                Refusal::BadRequest.into()
            }
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Response(_) | ServerFnErrorErr::Deserialization(_) => {
                Refusal::NoAnswer.into()
            }
            ServerFnErrorErr::Registration(_)
            | ServerFnErrorErr::ServerError(_)
            | ServerFnErrorErr::MiddlewareError(_)
            | ServerFnErrorErr::Serialization(_) => Refusal::Internal.into(),
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
