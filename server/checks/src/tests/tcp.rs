//! The TCP check, and what every check shares with it: policy, names, time-outs.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use model::{Status, monitors::Check};
use tokio::net::{TcpListener, TcpSocket};

use super::{NOW_MS, assert_said, loopback, run};
use crate::{Checker, Policy};

fn tcp(host: &str, port: u16) -> Check {
    Check::Tcp { host: host.into(), port, latency_limit_ms: None }
}

/// A port of this machine at which nobody listens, held so that no other test gets it meanwhile.
fn closed() -> (SocketAddr, TcpSocket) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    (socket.local_addr().unwrap(), socket)
}

#[tokio::test]
async fn g1_a_port_that_accepts_is_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    for host in ["127.0.0.1", "localhost", "127.1"] {
        let outcome = run(&tcp(host, port)).await;
        assert_said(&outcome, Status::Up, "");
        assert!(outcome.latency_ms.is_some());
    }
}

#[tokio::test]
async fn g1_a_closed_port_says_who_refused() {
    let (address, _held) = closed();
    let outcome = run(&tcp("127.0.0.1", address.port())).await;
    assert_said(&outcome, Status::Down, &format!("Connection refused by {address}"));
    assert_eq!(outcome.latency_ms, None);
}

#[tokio::test]
async fn g1_a_forbidden_target_is_a_configuration_error_by_address_and_by_name() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let checker = Checker::with_roots(Policy::default(), rustls::RootCertStore::empty());
    for host in ["127.0.0.1", "localhost", "0x7f.1", "::ffff:127.0.0.1", "169.254.169.254", "0.0.0.0", "fe80::1"] {
        let outcome = checker.run(&tcp(host, port), Duration::from_secs(20), NOW_MS).await;
        assert_eq!(outcome.status, Status::ConfigurationError, "{host}: {}", outcome.reason);
        assert!(outcome.reason.ends_with("is not an allowed target; see --allow-target"), "{}", outcome.reason);
    }
}

#[tokio::test]
async fn g1_what_is_no_host_name_is_a_configuration_error() {
    assert_said(&run(&tcp("a b", 80)).await, Status::ConfigurationError, "a b is not a host name");
}

/// A listener that accepts nobody: its queue is full, so further packets are dropped as by a firewall.
#[cfg(target_os = "linux")]
async fn silent() -> (SocketAddr, impl Sized) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let queued = || tokio::net::TcpStream::connect(address);
    let queue = (queued().await.unwrap(), queued().await.unwrap());
    (address, (listener, queue))
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn g1_a_target_that_drops_packets_ends_at_the_time_out() {
    let (address, _listening) = silent().await;
    let checker = Checker::with_roots(loopback(), rustls::RootCertStore::empty());
    let started = Instant::now();
    let outcome = checker.run(&tcp("127.0.0.1", address.port()), Duration::from_millis(300), NOW_MS).await;
    assert_said(&outcome, Status::Down, &format!("No answer from {address} in 300 ms"));
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn g1_an_address_that_is_dead_does_not_hide_another_that_answers() {
    let (dead, _listening) = silent().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let answering = listener.local_addr().unwrap();
    let (refusing, _held) = closed();
    for first in [dead, refusing] {
        let checker = Checker::with_roots(loopback(), rustls::RootCertStore::empty());
        let mut look = crate::look::Look::new(checker, Duration::from_secs(20), NOW_MS);
        let (_, connected) = crate::connect::race(&mut look, vec![first, answering]).await.unwrap();
        assert_eq!(connected, answering);
    }
}
