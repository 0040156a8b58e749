//! The ping check against this very machine.

use std::time::Duration;

use model::{Status, monitors::Check};

use super::{NOW_MS, assert_said, run};
use crate::{Checker, Policy};

fn ping(host: &str) -> Check {
    Check::Ping { host: host.into(), latency_limit_ms: None }
}

#[tokio::test]
async fn g1_a_host_that_answers_pings_is_up_or_the_server_says_that_it_may_not_ping() {
    for host in ["127.0.0.1", "localhost"] {
        let outcome = run(&ping(host)).await;
        match outcome.status {
            Status::Up => assert!(outcome.latency_ms.is_some_and(|ms| ms < 1000) && outcome.reason.is_empty(), "{outcome:?}"),
            Status::ConfigurationError => assert_said(
                &outcome,
                Status::ConfigurationError,
                "This machine does not let the server ping: let net.ipv4.ping_group_range include its group, or give it CAP_NET_RAW",
            ),
            Status::Down | Status::Trouble | Status::Maintenance | Status::Discovery | Status::Suspended => panic!("{outcome:?}"),
        }
    }
}

#[tokio::test]
async fn g1_a_forbidden_address_is_not_pinged() {
    let checker = Checker::with_roots(Policy::default(), rustls::RootCertStore::empty());
    for (host, range) in [("127.0.0.1", "loopback"), ("169.254.169.254", "cloud metadata"), ("::1", "loopback")] {
        let outcome = checker.run(&ping(host), Duration::from_secs(20), NOW_MS).await;
        let refusal = format!("{host} ({range}) is not an allowed target; see --allow-target");
        assert_said(&outcome, Status::ConfigurationError, &refusal);
    }
}
