//! The TLS expiry check, and what an HTTPS page's certificate is judged by.

use std::time::Duration;

use model::{
    Status,
    monitors::{Check, Outcome},
};

use super::{
    NOW_MS, assert_said, loopback,
    peer::{Authority, Step, peer, self_signed, send, tls_peer},
    run,
};
use crate::Checker;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

fn expiry(port: u16) -> Check {
    Check::Tls { host: "127.0.0.1".into(), port, warn_days: 14 }
}

fn page(host: &str, port: u16) -> Check {
    Check::Http { url: format!("https://{host}:{port}/"), contains: "ok".into(), latency_limit_ms: None }
}

/// What the expiry check says of a certificate that is valid in these days, counted from now.
async fn expiry_of(days: std::ops::Range<i64>) -> Outcome {
    let server = tls_peer(Authority::new().server("other.example", days), vec![Step::Hold]).await;
    run(&expiry(server.address.port())).await
}

#[tokio::test]
async fn g1_a_certificate_is_read_whoever_issued_it_and_for_whatever_name() {
    let outcome = expiry_of(-10..90).await;
    assert_said(&outcome, Status::Up, "");
    assert!(outcome.latency_ms.is_some());
    assert_said(&expiry_of(-10..5).await, Status::Trouble, "Certificate expires in 5 days");
    assert_said(&expiry_of(-10..-3).await, Status::Down, "Certificate expired 3 days ago");
    assert_said(&expiry_of(2..90).await, Status::Down, "Certificate is not valid yet, only in 2 days");
}

#[tokio::test]
async fn g1_what_does_not_speak_tls_is_said_to() {
    let server = peer(vec![send("220 mail.example ESMTP\r\n"), Step::Hold]).await;
    let outcome = run(&expiry(server.address.port())).await;
    assert_said(&outcome, Status::Down, &format!("{} does not speak TLS", server.address));
}

#[tokio::test]
async fn g1_a_handshake_that_is_cut_off_or_never_ends_is_said_to() {
    let hasty = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = hasty.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = hasty.accept().await.unwrap();
        // Read what came, for closing with unread bytes would be a reset.
        let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut [0; 4096]).await;
    });
    let outcome = run(&expiry(address.port())).await;
    assert_said(&outcome, Status::Down, &format!("{address} closed the connection during the TLS handshake"));

    let silent = peer(vec![Step::Hold]).await;
    let checker = Checker::with_roots(loopback(), rustls::RootCertStore::empty());
    let outcome = checker.run(&expiry(silent.address.port()), Duration::from_millis(300), NOW_MS).await;
    let expected = format!("{} accepted the connection, but no TLS handshake in 300 ms", silent.address);
    assert_said(&outcome, Status::Down, &expected);
}

/// What the HTTP check says of a page behind this certificate.
async fn page_of(host: &str, name: &str, days: std::ops::Range<i64>) -> Outcome {
    let authority = Authority::new();
    let server = tls_peer(authority.server(name, days), vec![Step::ReadRequest, send(OK)]).await;
    let checker = Checker::with_roots(loopback(), authority.roots());
    checker.run(&page(host, server.address.port()), Duration::from_secs(20), NOW_MS).await
}

#[tokio::test]
async fn g1_a_page_with_a_right_certificate_is_up() {
    assert_said(&page_of("localhost", "localhost", -1..90).await, Status::Up, "");
    assert_said(&page_of("127.0.0.1", "127.0.0.1", -1..90).await, Status::Up, "");
}

#[tokio::test]
async fn g1_a_page_with_a_wrong_certificate_is_down_and_says_why() {
    let expired = page_of("localhost", "localhost", -90..-3).await;
    assert_said(&expired, Status::Down, "Certificate expired 3 days ago");
    let early = page_of("localhost", "localhost", 1..90).await;
    assert_said(&early, Status::Down, "Certificate is not valid yet, only in 1 day");
    let other = page_of("localhost", "shop.example", -1..90).await;
    assert_said(&other, Status::Down, "Certificate is for shop.example, not for localhost");
}

#[tokio::test]
async fn g1_a_page_whose_issuer_nobody_knows_is_down() {
    let authority = Authority::new();
    let server = tls_peer(authority.server("localhost", -1..90), vec![Step::Hold]).await;
    let outcome = run(&page("localhost", server.address.port())).await;
    assert_said(&outcome, Status::Down, "Certificate was issued by an authority that is not trusted");

    let namesake = Checker::with_roots(loopback(), Authority::new().roots());
    let outcome = namesake.run(&page("localhost", server.address.port()), Duration::from_secs(20), NOW_MS).await;
    assert_said(&outcome, Status::Down, "Certificate was not signed by the authority that it names");

    let server = tls_peer(self_signed("localhost"), vec![Step::Hold]).await;
    let outcome = run(&page("localhost", server.address.port())).await;
    let expected = "Certificate is that of an authority, perhaps self-signed, not that of a server";
    assert_said(&outcome, Status::Down, expected);
}

#[tokio::test]
async fn g1_a_page_that_was_right_is_judged_anew_at_every_look() {
    let authority = Authority::new();
    let server = tls_peer(authority.server("localhost", -1..90), vec![Step::ReadRequest, send(OK)]).await;
    let checker = Checker::with_roots(loopback(), authority.roots());
    let check = page("localhost", server.address.port());
    let day_ms = 86_400_000;
    let outcome = checker.run(&check, Duration::from_secs(20), NOW_MS).await;
    assert_said(&outcome, Status::Up, "");
    let outcome = checker.run(&check, Duration::from_secs(20), NOW_MS + 91 * day_ms).await;
    assert_said(&outcome, Status::Down, "Certificate expired 1 day ago");
}

#[tokio::test]
async fn g1_https_to_a_plain_port_is_said_to() {
    let server = peer(vec![send("HTTP/1.1 400 Bad Request\r\n\r\n"), Step::Hold]).await;
    let outcome = run(&page("127.0.0.1", server.address.port())).await;
    assert_said(&outcome, Status::Down, &format!("{} does not speak TLS", server.address));
}
