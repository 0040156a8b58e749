//! One check in, one outcome out: looks at a target over the network (DOMAIN G1) and says what it found in words that a
//! person understands. Also makes up the outcomes of simulated monitors.
//!
//! A target is chosen by a tenant, so every address is judged by the [`Policy`] after it was resolved, and the connection
//! goes to exactly the address that was judged. A reason never holds what a peer sent as it was sent.

mod connect;
mod dns;
mod expiry;
mod http;
mod look;
mod ping;
mod policy;
mod reason;
pub mod simulated;
mod tls;

#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use model::{
    Status,
    monitors::{Check, Outcome},
};
use tokio::sync::Semaphore;

pub use policy::{Forbidden, Policy, Range};

use look::Look;
use tls::Tls;

/// Name lookups at one time. They hold a thread each, which sign-in needs too, and a dead name server holds all it can get.
const LOOKUPS_MOST: usize = 256;

/// Runs checks. Cheap to clone: all clones share one policy, one set of roots and one limit of name lookups.
#[derive(Debug, Clone)]
pub struct Checker(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    policy: Policy,
    tls: Tls,
    lookups: Arc<Semaphore>,
}

impl Checker {
    /// Reads the system's certificate authorities, so it takes some milliseconds; a missing store is logged, not an error,
    /// for Mozilla's list is always there beside it.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self::with_roots(policy, tls::system_roots())
    }

    fn with_roots(policy: Policy, roots: rustls::RootCertStore) -> Self {
        Self(Arc::new(Shared { policy, tls: Tls::new(roots), lookups: Arc::new(Semaphore::new(LOOKUPS_MOST)) }))
    }

    /// Runs one real check, in `timeout` and a few milliseconds at most. `now_ms` (UTC) is what certificates are compared
    /// with. `latency_ms` is the time from the start, name lookup and redirects included, to the answer's headers (HTTP),
    /// the open connection (TCP), the name server's answer (DNS) or the end of the handshake (TLS); for a ping it is the
    /// average round trip.
    ///
    /// A simulated check has no target and depends on its monitor: [`simulated::outcome`] is for that. Given one all the
    /// same, this answers as for monitor 0. A heartbeat is waited for, not looked at: this knows nothing of it.
    pub async fn run(&self, check: &Check, timeout: Duration, now_ms: i64) -> Outcome {
        let mut look = Look::new(self.clone(), timeout, now_ms);
        let found = tokio::time::timeout(timeout, look_at(&mut look, check)).await;
        let outcome = match found {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(failure)) => failure.into(),
            Err(_elapsed) => Outcome { status: Status::Down, reason: look.waiting.timed_out(timeout), latency_ms: None },
        };
        Outcome { reason: reason::clean(&outcome.reason), ..outcome }
    }
}

async fn look_at(look: &mut Look, check: &Check) -> Result<Outcome, look::Failure> {
    match check {
        Check::Http { url, contains, latency_limit_ms } => http::page(look, url, contains, *latency_limit_ms).await,
        Check::Tcp { host, port, latency_limit_ms } => connect::port(look, host, *port, *latency_limit_ms).await,
        Check::Tls { host, port, warn_days } => expiry::certificate(look, host, *port, *warn_days).await,
        Check::Ping { host, latency_limit_ms } => ping::host(look, host, *latency_limit_ms).await,
        Check::Dns { name, record, resolver, expects, latency_limit_ms } => {
            let question = dns::Question { name, record: *record, resolver, expects };
            dns::record(look, question, *latency_limit_ms).await
        }
        Check::Heartbeat { .. } => Ok(UNKNOWN),
        Check::Simulated { profile } => Ok(simulated::outcome(*profile, 0, look.now_ms).unwrap_or(UNKNOWN)),
    }
}

const UNKNOWN: Outcome = Outcome { status: Status::Discovery, reason: String::new(), latency_ms: None };
