//! Real checks against real peers on 127.0.0.1: what a person would read of each way to fail.

mod dns;
mod http;
mod peer;
mod ping;
mod tcp;
mod tls;

use std::time::Duration;

use model::{
    Status,
    monitors::{Check, Outcome, Profile},
};

use crate::{Checker, Policy};

/// 2026-09-21, in UTC milliseconds: what certificates are compared with.
const NOW_MS: i64 = 1_790_000_000_000;

fn loopback() -> Policy {
    Policy::new(vec!["127.0.0.0/8".parse().unwrap()])
}

/// With a time-out that no peer on this machine reaches unless it means to.
async fn run(check: &Check) -> Outcome {
    Checker::with_roots(loopback(), rustls::RootCertStore::empty()).run(check, Duration::from_secs(20), NOW_MS).await
}

fn assert_said(outcome: &Outcome, status: Status, reason: &str) {
    assert_eq!((outcome.status, outcome.reason.as_str()), (status, reason));
}

#[tokio::test]
async fn g1_the_systems_authorities_are_read_and_a_simulated_check_answers() {
    let checker = Checker::new(Policy::default());
    let simulated = |profile| Check::Simulated { profile };
    let outcome = checker.run(&simulated(Profile::Maintained), Duration::ZERO, NOW_MS).await;
    assert_eq!(outcome.status, Status::Maintenance);
    let outcome = checker.run(&simulated(Profile::Silent), Duration::ZERO, NOW_MS).await;
    assert_said(&outcome, Status::Discovery, "");
}
