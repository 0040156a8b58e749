//! One run of one check: since when, what it waits for, and how it can fail.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use model::{Status, monitors::Outcome};
use tokio::time::Instant;

use crate::{Checker, dns, reason};

#[derive(Debug)]
pub(crate) struct Look {
    pub(crate) checker: Checker,
    /// UTC, for certificates.
    pub(crate) now_ms: i64,
    /// How long the whole check may take.
    pub(crate) timeout: Duration,
    pub(crate) waiting: Waiting,
    started: Instant,
}

/// What the check waits for: named when time runs out.
#[derive(Debug)]
pub(crate) enum Waiting {
    Name(String),
    /// These have not answered; they are tried one after the other.
    Connection(Vec<SocketAddr>),
    Handshake(SocketAddr),
    Answer(SocketAddr),
    Body(SocketAddr),
    /// What was asked about, and whom.
    Resolver {
        server: SocketAddr,
        name: String,
    },
    Echo(IpAddr),
}

impl Look {
    pub(crate) fn new(checker: Checker, timeout: Duration, now_ms: i64) -> Self {
        Self { checker, now_ms, timeout, waiting: Waiting::Connection(Vec::new()), started: Instant::now() }
    }

    /// When to stop waiting so that there is still time to say what was found.
    pub(crate) fn last_moment(&self) -> Instant {
        self.started + self.timeout.mul_f64(0.95)
    }

    pub(crate) fn took_ms(&self) -> u32 {
        u32::try_from(self.started.elapsed().as_millis()).unwrap_or(u32::MAX)
    }
}

impl Waiting {
    pub(crate) fn timed_out(&self, timeout: Duration) -> String {
        let limit = reason::seconds(u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX));
        match self {
            Self::Name(name) => format!("No answer from the name server about {} in {limit}", reason::cut(name, 80)),
            Self::Connection(addresses) => match addresses.as_slice() {
                [] => format!("No answer in {limit}"),
                [address] => format!("No answer from {address} in {limit}"),
                [address, more @ ..] => format!("No answer from {address} and {} more in {limit}", more.len()),
            },
            Self::Handshake(address) => format!("{address} accepted the connection, but no TLS handshake in {limit}"),
            Self::Answer(address) => format!("{address} accepted the connection, but no answer in {limit}"),
            Self::Body(address) => format!("{address} answered, but its page did not end in {limit}"),
            Self::Resolver { server, name } => {
                format!("No answer from {} about {} in {limit}", dns::shown(*server), reason::cut(name, 80))
            }
            Self::Echo(ip) => format!("No answer from {ip} in {limit}"),
        }
    }
}

/// Why a check ended before there was anything to judge.
#[derive(Debug)]
pub(crate) struct Failure {
    status: Status,
    reason: String,
}

impl Failure {
    /// What may work again.
    pub(crate) fn down(reason: impl Into<String>) -> Self {
        Self { status: Status::Down, reason: reason.into() }
    }

    /// What can never work as it is set up here: the target is not at fault.
    pub(crate) fn never(reason: impl Into<String>) -> Self {
        Self { status: Status::ConfigurationError, reason: reason.into() }
    }

    pub(crate) fn after_redirect_to(self, host: &str) -> Self {
        Self { reason: format!("Redirected to {}: {}", reason::cut(host, 80), self.reason), ..self }
    }
}

impl From<Failure> for Outcome {
    fn from(failure: Failure) -> Self {
        Self { status: failure.status, reason: failure.reason, latency_ms: None }
    }
}

/// UP, or TROUBLE where it took longer than the limit.
pub(crate) fn in_time(took_ms: u32, limit_ms: Option<u32>) -> Outcome {
    match limit_ms {
        Some(limit_ms) if took_ms > limit_ms => {
            Outcome { status: Status::Trouble, reason: reason::slow(took_ms, limit_ms), latency_ms: Some(took_ms) }
        }
        Some(_) | None => Outcome { status: Status::Up, reason: String::new(), latency_ms: Some(took_ms) },
    }
}
