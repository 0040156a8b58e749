//! The stream over real sockets.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use crate::support::{Client, Engine, Place, Server, add_operator, on_both, user_id};

/// The events of a stream, line by line.
pub(crate) struct Events(BufReader<TcpStream>);

impl Events {
    pub(crate) fn open(server: &Server, client: &Client, path: &str, last_event_id: Option<&str>) -> Self {
        let host = server.base.strip_prefix("http://").unwrap();
        let mut socket = TcpStream::connect(host).unwrap();
        socket.set_read_timeout(Some(std::time::Duration::from_secs(20))).unwrap();
        let last = last_event_id.map(|id| format!("Last-Event-ID: {id}\r\n")).unwrap_or_default();
        let cookie = client.cookie.as_deref().unwrap();
        write!(socket, "GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\nCookie: {cookie}\r\n{last}\r\n")
            .unwrap();
        Self(BufReader::new(socket))
    }

    /// The next line with `prefix`, without it; `None` at the end of the stream.
    pub(crate) fn next(&mut self, prefix: &str) -> Option<String> {
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            // The last chunk of a chunked body: the stream has ended.
            if line.trim_end() == "0" {
                return None;
            }
            if let Some(rest) = line.trim_end().strip_prefix(prefix) {
                return Some(rest.to_owned());
            }
        }
    }
}

on_both!(f3_a_stream_sends_changes_and_resumes_where_it_was_cut);
fn f3_a_stream_sends_changes_and_resumes_where_it_was_cut(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let rita = server.set_up();
    let harbor = rita.add_customer("Harbor");
    let mut events = Events::open(&server, &rita, "/live/stream", None);
    assert_eq!(events.next("event: ").as_deref(), Some("beat"));
    rita.add_monitor(&harbor, "web", "steady");
    let first = events.next("id: ").unwrap();
    drop(events);
    rita.add_monitor(&harbor, "mail", "steady");
    let (epoch, sequence) = first.split_once('-').unwrap();
    let mut resumed = Events::open(&server, &rita, "/live/stream", Some(&first));
    assert_eq!(resumed.next("id: ").unwrap(), format!("{epoch}-{}", sequence.parse::<u64>().unwrap() + 1));
    for unknown in [format!("{:016x}-{sequence}", 7), format!("{epoch}-999999"), "rubbish".into()] {
        let mut lost = Events::open(&server, &rita, &format!("/live/stream?from={unknown}"), None);
        assert_eq!(lost.next("event: ").as_deref(), Some("resync"), "{unknown}");
    }
}

on_both!(c6_signing_out_ends_open_streams);
fn c6_signing_out_ends_open_streams(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let rita = server.set_up();
    let mut events = Events::open(&server, &rita, "/live/stream", None);
    assert_eq!(events.next("event: ").as_deref(), Some("beat"));
    assert_eq!(rita.post("/fn/sign-out", &[]).status, 200);
    while events.next("event: ").is_some() {}
}

on_both!(c6_an_open_stream_leaves_the_session_to_be_renewed_where_a_cookie_can_be);
fn c6_an_open_stream_leaves_the_session_to_be_renewed_where_a_cookie_can_be(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let rita = server.set_up();
    let mut events = Events::open(&server, &rita, "/live/stream", None);
    assert_eq!(events.next("event: ").as_deref(), Some("beat"));
    rita.advance(10 * 60 * 1000);
    for _ in 0..3 {
        assert!(events.next("event: ").is_some());
    }
    assert!(rita.get("/build").set_cookie.is_some());
}

on_both!(c7_denying_ends_open_streams_and_another_snapshot_follows);
fn c7_denying_ends_open_streams_and_another_snapshot_follows(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let rita = server.set_up();
    let (harbor, cedar) = (rita.add_customer("Harbor"), rita.add_customer("Cedar"));
    let hidden = rita.add_monitor(&harbor, "harbor-web", "steady");
    rita.add_monitor(&cedar, "cedar-web", "steady");
    let otto = add_operator(&place, &server, "otto@msp.example");
    let user = user_id(&rita, "otto@msp.example");
    let tie = |step: &str| {
        let answer = rita.post("/fn/user-tie", &[("customer", &harbor), ("user", &user), ("step", step), ("back", "/users")]);
        assert_eq!(answer.status, 200, "{}", answer.body);
    };
    tie("associate");
    assert!(otto.get("/live/snapshot").body.contains("harbor-web"));
    let mut events = Events::open(&server, &otto, "/live/stream", None);
    let mut hers = Events::open(&server, &rita, "/live/stream", None);
    assert_eq!(events.next("event: ").as_deref(), Some("beat"));
    tie("deny");
    let last: Vec<String> = std::iter::from_fn(|| events.next("event: ")).collect();
    assert_eq!(last.last().map(String::as_str), Some("resync"), "{last:?}");
    assert!(hers.next("event: ").is_some());
    let body = otto.get("/live/snapshot").body;
    assert!(!body.contains("arbor") && body.contains("cedar-web"));
    for path in ["/", "/customers", "/monitors", "/customers?q=harbor", "/users", &format!("/users/{user}"), "/groups"] {
        let page = otto.get(path);
        assert!(page.status == 200 && !page.body.contains("Harbor") && !page.body.contains("harbor-web"), "{path}");
    }
    let unknown = otto.get("/customers/cus_00000000000070008000000000000000");
    for path in [
        format!("/customers/{harbor}"),
        format!("/customers/{harbor}/edit"),
        format!("/customers/{harbor}/monitors/new"),
        format!("/monitors?customer={harbor}"),
        format!("/monitors/{hidden}"),
    ] {
        let page = otto.get(&path);
        assert_eq!((page.status, page.body.contains("Harbor")), (unknown.status, false), "{path}");
    }
    tie("allow");
    assert_eq!(otto.get(&format!("/customers/{harbor}")).status, 200);
}

on_both!(sigterm_ends_the_server_with_a_stream_open);
fn sigterm_ends_the_server_with_a_stream_open(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let rita = server.set_up();
    let mut events = Events::open(&server, &rita, "/live/stream", None);
    assert_eq!(events.next("event: ").as_deref(), Some("beat"));
    assert!(server.terminate());
    while events.next("event: ").is_some() {}
}
