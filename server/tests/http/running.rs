//! What those who run the machine see (DOMAIN K2), and HTTPS with a certificate of one's own.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    process::Command,
    sync::Arc,
};

use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, pki_types::ServerName};

use crate::support::{Engine, Place, on_both, until};

on_both!(k2_a_probe_and_a_scraper_are_answered_without_a_session);
fn k2_a_probe_and_a_scraper_are_answered_without_a_session(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let nobody = server.client();
    assert_eq!((nobody.get("/healthz").status, nobody.get("/readyz").status), (200, 200));
    let rita = server.set_up();
    let harbor = rita.add_customer("Harbor");
    rita.add_monitor(&harbor, "web", "steady");
    let scraped = until("the first verdict is counted", || {
        let text = nobody.get("/metrics").body;
        text.contains("nocturne_verdicts_total{source=\"simulation\"}").then_some(text)
    });
    assert!(scraped.contains("nocturne_monitors 1\n") && scraped.contains("nocturne_watchers 0\n"), "{scraped}");
    assert!(scraped.contains("nocturne_memory_bytes ") && scraped.ends_with("# EOF\n"), "{scraped}");
    assert!(!scraped.contains("Harbor"), "a scraper learns no tenant's name");
}

#[test]
fn k2_whoever_is_not_named_finds_no_metrics() {
    let place = Place::new(Engine::Sqlite);
    let server = place.start_with(&["--metrics-from", "10.0.0.0/8"]);
    assert_eq!(server.client().get("/metrics").status, 404);
}

#[test]
fn k2_the_log_is_json_where_asked() {
    let place = Place::new(Engine::Sqlite);
    let logged = place.log_of_a_start(&["--log-format", "json"]);
    let first: serde_json::Value = serde_json::from_str(logged.lines().next().unwrap()).unwrap();
    assert!(first["level"].is_string() && first["fields"]["message"].is_string(), "{logged}");
}

#[test]
fn a_page_is_packed_for_its_way_and_a_file_of_the_site_is_sent_as_it_was_built() {
    let place = Place::new(Engine::Sqlite);
    let site = place.folder.path().join("site/pkg/test");
    fs::create_dir_all(&site).unwrap();
    for (file, text) in [("plain.js", "plain".repeat(1_000)), ("both.js", "both".repeat(1_000)), ("both.js.gz", "small".into())] {
        fs::write(site.join(file), text).unwrap();
    }
    let server = place.start();
    let coded = |path: &str| {
        let mut socket = TcpStream::connect(server.base.trim_start_matches("http://")).unwrap();
        write!(socket, "GET {path} HTTP/1.1\r\nHost: nocturne\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        (answer.contains("content-encoding: gzip"), answer.rsplit_once("\r\n\r\n").unwrap().1.to_owned())
    };
    assert!(coded("/set-up").0);
    assert_eq!(coded("/pkg/test/plain.js"), (false, "plain".repeat(1_000)));
    assert_eq!(coded("/pkg/test/both.js"), (true, "small".to_owned()));
}

/// A certificate for `localhost`, as `openssl` makes it.
fn certificate(place: &Place) -> [String; 2] {
    let files = ["cert.pem", "key.pem"].map(|name| place.folder.path().join(name).to_string_lossy().into_owned());
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-out", &files[0], "-keyout", &files[1]])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    files
}

/// The status line of `GET path` over TLS, and the protocol that was agreed upon.
fn over_tls(place: &Place, address: &str, path: &str, protocols: &[&[u8]]) -> (String, Vec<u8>) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut roots = RootCertStore::empty();
    let pem = std::fs::read(place.folder.path().join("cert.pem")).unwrap();
    let trusted = rustls::pki_types::pem::PemObject::from_pem_slice(&pem).unwrap();
    roots.add(trusted).unwrap();
    let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    let connection = ClientConnection::new(Arc::new(config), ServerName::try_from("localhost").unwrap()).unwrap();
    let mut stream = StreamOwned::new(connection, std::net::TcpStream::connect(address).unwrap());
    stream.conn.complete_io(&mut stream.sock).unwrap();
    let agreed = stream.conn.alpn_protocol().unwrap_or_default().to_vec();
    if agreed == b"h2" {
        return (String::new(), agreed);
    }
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    (String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned(), agreed)
}

#[test]
fn a_certificate_of_ones_own_gives_https_and_http_2() {
    let place = Place::new(Engine::Sqlite);
    let [cert, key] = certificate(&place);
    let server = place.start_with(&["--tls-cert", &cert, "--tls-key", &key, "--public-url", "https://localhost"]);
    let address = server.base.strip_prefix("https://").unwrap().to_owned();
    assert_eq!(over_tls(&place, &address, "/healthz", &[b"h2", b"http/1.1"]).1, b"h2");
    assert_eq!(over_tls(&place, &address, "/healthz", &[b"http/1.1"]).0, "HTTP/1.1 200 OK");

    certificate(&place);
    server.hang_up();
    until("the new certificate is in use", || {
        std::panic::catch_unwind(|| over_tls(&place, &address, "/healthz", &[b"http/1.1"]).0).ok()
    });
    assert!(server.terminate());
}

#[test]
fn a_certificate_that_cannot_be_read_is_said_at_once() {
    let place = Place::new(Engine::Sqlite);
    let [cert, _] = certificate(&place);
    let site = place.folder.path().join("site");
    let serve = ["serve", "--listen", "127.0.0.1:0", "--site", site.to_str().unwrap()];
    let files = ["--tls-cert", &cert, "--tls-key", "/nowhere/key.pem"];
    let (started, said) = place.run(&[&serve[..], &files, &["--public-url", "https://localhost"]].concat());
    assert!(!started && said.contains("/nowhere/key.pem"), "{said}");
    // Without it links would be plain HTTP's, and the session's cookie would go over it.
    let (started, said) = place.run(&[&serve[..], &files].concat());
    assert!(!started && said.contains("--public-url"), "{said}");
}
