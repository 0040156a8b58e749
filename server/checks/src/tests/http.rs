//! The HTTP check.

use std::time::{Duration, Instant};

use model::{
    Status,
    monitors::{Check, Outcome},
};

use super::{
    NOW_MS, assert_said, loopback,
    peer::{Peer, Step, answers, peer, send},
    run,
};
use crate::Checker;

fn page(url: String, contains: &str) -> Check {
    Check::Http { url, contains: contains.into(), latency_limit_ms: None }
}

fn url(peer: &Peer) -> String {
    format!("http://{}/", peer.address)
}

async fn look_at(peer: &Peer, contains: &str) -> Outcome {
    run(&page(url(peer), contains)).await
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

#[tokio::test]
async fn g1_a_page_that_answers_is_up_and_was_asked_by_its_name() {
    let mut server = answers(ok("Welcome")).await;
    let port = server.address.port();
    let outcome = run(&page(format!("http://localhost:{port}/a%20b?q=1#part"), "")).await;
    assert_said(&outcome, Status::Up, "");
    assert!(outcome.latency_ms.is_some());
    let request = server.requests.recv().await.unwrap();
    assert!(request.starts_with("GET /a%20b?q=1 HTTP/1.1\r\n"), "{request}");
    assert!(request.contains(&format!("host: localhost:{port}\r\n")), "{request}");
    assert!(request.contains("user-agent: Nocturne\r\n"), "{request}");
}

#[tokio::test]
async fn g1_a_status_of_400_or_more_is_down_in_our_own_words() {
    let table = [
        ("503 All is well", "HTTP 503 Service Unavailable"),
        ("404 Not Found", "HTTP 404 Not Found"),
        ("599 Odd", "HTTP 599"),
        ("700 Odder", "HTTP 700"),
    ];
    for (line, reason) in table {
        let server = answers(format!("HTTP/1.1 {line}\r\nContent-Length: 0\r\n\r\n")).await;
        let outcome = look_at(&server, "").await;
        assert_said(&outcome, Status::Down, reason);
        assert!(outcome.latency_ms.is_some());
    }
    let server = answers("HTTP/1.1 304 Not Modified\r\n\r\n").await;
    assert_said(&look_at(&server, "").await, Status::Up, "");
}

#[tokio::test]
async fn g1_a_text_is_found_or_missed() {
    let server = answers(ok("<h1>Welcome</h1>")).await;
    assert_said(&look_at(&server, "Welcome").await, Status::Up, "");
    assert_said(&look_at(&server, "Grüße").await, Status::Down, "The page does not contain \"Grüße\"");
    let empty = answers(ok("")).await;
    assert_said(&look_at(&empty, "Welcome").await, Status::Down, "The page does not contain \"Welcome\"");
}

#[tokio::test]
async fn g1_a_text_is_found_across_chunks_and_the_rest_is_not_waited_for() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let server = peer(vec![Step::ReadRequest, send(head), send("3\r\nWel\r\n"), send("4\r\ncome\r\n"), Step::Hold]).await;
    assert_said(&look_at(&server, "Welcome").await, Status::Up, "");
}

#[tokio::test]
async fn g1_a_huge_page_is_read_for_one_mebibyte_only() {
    let mut body = "x".repeat(1024 * 1024 - 4);
    body.push_str("HERE");
    let endless = |body: String| {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n";
        vec![Step::ReadRequest, send(head), send(body), send("x".repeat(1 << 20)), Step::Hold]
    };
    let server = peer(endless(body.clone())).await;
    assert_said(&look_at(&server, "HERE").await, Status::Up, "");
    let server = peer(endless(format!("x{body}"))).await;
    let expected = "The first 1 MiB of the page does not contain \"HERE\"";
    assert_said(&look_at(&server, "HERE").await, Status::Down, expected);
}

#[tokio::test]
async fn g1_a_page_that_breaks_off_or_never_ends_is_down() {
    let server = answers("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf").await;
    let expected = format!("{} broke off its page", server.address);
    assert_said(&look_at(&server, "Welcome").await, Status::Down, &expected);

    let server = peer(vec![Step::ReadRequest, send("HTTP/1.1 200 OK\r\n\r\nhalf"), Step::Hold]).await;
    let checker = Checker::with_roots(loopback(), rustls::RootCertStore::empty());
    let outcome = checker.run(&page(url(&server), "Welcome"), Duration::from_millis(300), NOW_MS).await;
    let expected = format!("{} answered, but its page did not end in 300 ms", server.address);
    assert_said(&outcome, Status::Down, &expected);
}

#[tokio::test]
async fn g1_a_target_that_accepts_and_never_answers_ends_at_the_time_out() {
    let server = peer(vec![Step::Hold]).await;
    let checker = Checker::with_roots(loopback(), rustls::RootCertStore::empty());
    let started = Instant::now();
    let outcome = checker.run(&page(url(&server), ""), Duration::from_millis(300), NOW_MS).await;
    let expected = format!("{} accepted the connection, but no answer in 300 ms", server.address);
    assert_said(&outcome, Status::Down, &expected);
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn g1_a_slow_page_is_trouble_and_a_missing_text_is_worse() {
    let server = peer(vec![Step::ReadRequest, Step::Dawdle, send(ok("Welcome"))]).await;
    let check =
        |contains: &str, limit_ms| Check::Http { url: url(&server), contains: contains.into(), latency_limit_ms: Some(limit_ms) };
    let outcome = run(&check("", 10)).await;
    let took_ms = outcome.latency_ms.unwrap();
    assert!(took_ms >= 60);
    assert_said(&outcome, Status::Trouble, &crate::reason::slow(took_ms, 10));
    assert_said(&run(&check("", 15_000)).await, Status::Up, "");
    assert_said(&run(&check("Bye", 10)).await, Status::Down, "The page does not contain \"Bye\"");
}

#[tokio::test]
async fn g1_a_peer_that_sends_rubbish_or_nothing_is_down() {
    let rubbish = ["SSH-2.0-OpenSSH_9.2\r\n", "\u{0}\u{1}\u{2}\r\n\r\n", "HTTP/2.0 200 OK\r\n\r\n"];
    for text in rubbish {
        let server = peer(vec![Step::ReadRequest, send(text), Step::Hold]).await;
        let expected = format!("{} does not speak HTTP", server.address);
        assert_said(&look_at(&server, "").await, Status::Down, &expected);
    }
    let server = answers("").await;
    let expected = format!("{} closed the connection before answering", server.address);
    assert_said(&look_at(&server, "").await, Status::Down, &expected);
    let server = answers("HTTP/1.1 200 OK\r\nContent-").await;
    let expected = format!("{} closed the connection before answering", server.address);
    assert_said(&look_at(&server, "").await, Status::Down, &expected);
    let banner = peer(vec![send("220 mail.example ESMTP\r\n"), Step::Hold]).await;
    let expected = format!("{} does not speak HTTP", banner.address);
    assert_said(&look_at(&banner, "").await, Status::Down, &expected);
}

#[tokio::test]
async fn g1_headers_without_end_are_not_read_without_end() {
    let line = format!("X-A: {}\r\n", "x".repeat(60_000));
    let server = peer(vec![Step::ReadRequest, send("HTTP/1.1 200 OK\r\n"), send(line.repeat(4)), Step::Hold]).await;
    let expected = format!("The headers from {} are too long", server.address);
    assert_said(&look_at(&server, "").await, Status::Down, &expected);
}

fn redirect(to: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n")
}

#[tokio::test]
async fn g1_a_redirect_is_followed_to_the_page_that_counts() {
    let target = answers(ok("Welcome")).await;
    let mut server = answers(redirect(&url(&target))).await;
    assert_said(&look_at(&server, "Welcome").await, Status::Up, "");
    assert!(server.requests.recv().await.is_some());

    let gone = answers("HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n").await;
    let server = answers(redirect(&format!("//{}/x", gone.address))).await;
    assert_said(&look_at(&server, "").await, Status::Down, "HTTP 410 Gone");

    let server = answers("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n").await;
    assert_said(&look_at(&server, "").await, Status::Up, "");
}

#[tokio::test]
async fn g1_five_redirects_are_followed_and_no_more() {
    let mut server = answers(redirect("/again")).await;
    assert_said(&look_at(&server, "").await, Status::Down, "More than 5 redirects");
    let mut asked = Vec::new();
    while let Ok(request) = server.requests.try_recv() {
        asked.push(request.lines().next().unwrap_or_default().to_owned());
    }
    assert_eq!(asked.len(), 6);
    assert_eq!(asked[5], "GET /again HTTP/1.1");
}

#[tokio::test]
async fn g1_a_redirect_to_a_forbidden_address_is_refused() {
    for (to, host, kind) in [
        ("http://169.254.169.254/latest/meta-data/", "169.254.169.254", "169.254.169.254 (cloud metadata)"),
        ("http://[::1]:80/", "[::1]", "::1 (loopback)"),
        ("http://[::ffff:169.254.169.254]/", "[::ffff:a9fe:a9fe]", "::ffff:169.254.169.254 (cloud metadata)"),
    ] {
        let server = answers(redirect(to)).await;
        let expected = format!("Redirected to {host}: {kind} is not an allowed target; see --allow-target");
        assert_said(&look_at(&server, "").await, Status::ConfigurationError, &expected);
    }
}

#[tokio::test]
async fn g1_a_redirect_to_what_is_no_page_is_down() {
    for to in ["file:///etc/passwd", "gopher://127.0.0.1/", "http://", "http://a b/"] {
        let server = answers(redirect(to)).await;
        let expected = "Redirected to something that is not a valid HTTP or HTTPS URL";
        assert_said(&look_at(&server, "").await, Status::Down, expected);
    }
}

#[tokio::test]
async fn g1_an_address_that_is_no_url_is_a_configuration_error() {
    for url in ["", "shop.example", "ftp://shop.example/", "http://", "http://[::1"] {
        let outcome = run(&page(url.into(), "")).await;
        assert_said(&outcome, Status::ConfigurationError, "The address is not a valid HTTP or HTTPS URL");
    }
}
