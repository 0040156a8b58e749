//! Kiosk links over HTTP (DOMAIN F10): how one is opened, what its screen is sent, and how it ends.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    process::Stdio,
};

use crate::{
    live_stream::Events,
    support::{Answer, Client, Engine, Place, Server, id_in, on_both, user_id},
    tenants::{command_with_password, sign_in},
    wall::snapshot,
};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Makes a link of these customers, of all where there are none; its token.
pub(crate) fn make_link(admin: &Client, name: &str, customers: &[&str]) -> String {
    let mut admin = admin.clone();
    let scope = if customers.is_empty() { "all" } else { "chosen" };
    let mut fields = vec![("name", name), ("days", "7"), ("view", "far"), ("scope", scope)];
    fields.extend(customers.iter().map(|customer| ("tick[]", *customer)));
    let made = admin.post("/fn/kiosk-create", &fields);
    assert_eq!((made.status, made.body.as_str()), (200, "\"/kiosks\""), "{}", made.body);
    let fresh = made.set_cookie.unwrap();
    assert!(fresh.contains("HttpOnly") && fresh.contains("SameSite=Strict") && fresh.contains("Max-Age=60"), "{fresh}");
    let session = admin.cookie.clone().unwrap();
    admin.cookie = Some(format!("{session}; {}", fresh.split(';').next().unwrap()));
    let page = admin.get("/kiosks");
    assert!(page.set_cookie.is_some_and(|cookie| cookie.starts_with("fresh-link=;")), "it is shown once");
    let after = page.body.split("/kiosk/").nth(1).expect("the link is shown");
    after.split(['"', '&', '\\', '<']).next().unwrap().to_owned()
}

/// A browser in which the link was opened, and the address to which it led.
pub(crate) fn open_link(server: &Server, token: &str) -> (Client, String) {
    let mut screen = server.client();
    let answer = screen.get(&format!("/kiosk/{token}"));
    assert_eq!(answer.status, 303, "{}", answer.body);
    let address = answer.location.as_deref().and_then(|location| location.strip_suffix("?view=far")).expect("a wall").to_owned();
    screen.keep_session(&answer);
    (screen, address)
}

/// An address below that of a link's screen.
fn below(screen: &str, what: &str) -> String {
    format!("{screen}/live/{what}")
}

fn kiosk_id(admin: &Client, name: &str) -> String {
    let list = admin.post("/fn/kiosks", &[]).body;
    let row = list.split("{\"id\":").find(|row| row.contains(&format!("\"name\":\"{name}\""))).expect("a row");
    id_in(row, "ksk_").unwrap()
}

fn revoke(admin: &Client, name: &str) -> Answer {
    admin.post("/fn/kiosk-revoke", &[("kiosk", &kiosk_id(admin, name))])
}

/// A screen's open stream.
fn watch(server: &Server, (screen, address): &(Client, String)) -> Events {
    let mut events = Events::open(server, screen, &below(address, "stream"), None);
    // What changed since may come first.
    while events.next("event: ").expect("a stream that is open") != "beat" {}
    events
}

/// Everything until the stream ends.
fn rest_of(mut events: Events) -> Vec<String> {
    std::iter::from_fn(|| events.next("event: ")).collect()
}

/// What a stranger is told, whatever link they have.
fn told(server: &Server, token: &str) -> (u16, Option<String>, Option<String>, u16, String) {
    let stranger = server.client();
    let first = stranger.get(&format!("/kiosk/{token}"));
    let page = stranger.get(first.location.as_deref().unwrap_or_default());
    // Each page has a nonce of its own.
    let words = page.body.split("<body>").nth(1).unwrap_or_default().split("<script").next().unwrap_or_default().to_owned();
    assert!(!page.body.contains(token), "the token is not passed on");
    (first.status, first.location, first.set_cookie, page.status, words)
}

on_both!(f10_a_link_opens_its_wall_and_holds_nothing_of_another_customer);
fn f10_a_link_opens_its_wall_and_holds_nothing_of_another_customer(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let rita = server.set_up();
    let (harbor, cedar) = (rita.add_customer("Harbor"), rita.add_customer("Cedar"));
    rita.add_monitor(&harbor, "harbor-web", "steady");
    // Without a verdict, which would be a frame of its own.
    rita.add_monitor(&cedar, "cedar-web", "silent");
    let token = make_link(&rita, "Lobby", &[&cedar]);
    assert!(!rita.get("/kiosks").body.contains(&token), "it is shown once");
    for [stored] in place.rows("SELECT token_hash FROM kiosks UNION ALL SELECT after FROM events") {
        assert!(!stored.contains(&token), "only a hash is kept");
    }

    let opened = server.client().get(&format!("/kiosk/{token}"));
    let cookie = opened.set_cookie.unwrap();
    let lobby = kiosk_id(&rita, "Lobby");
    let path = format!("; Path=/kiosk/screen/{lobby};");
    assert!(cookie.contains("; HttpOnly") && cookie.contains(&path) && cookie.contains("; SameSite=Lax"), "{cookie}");
    assert!(!cookie.contains(&token) && opened.body.is_empty());
    let opened = open_link(&server, &token);
    let (screen, address) = &opened;
    assert_eq!(*address, format!("/kiosk/screen/{lobby}"));
    let page = screen.get(&format!("{address}?view=far"));
    assert_eq!(page.status, 200);
    for absent in
        ["Harbor", "harbor", &token, "Lobby", "/customers", "/monitors", "href=\"/wall", "href=\"/\"", "Rita", "cus_", "dock"]
    {
        assert!(!page.body.contains(absent), "{absent}: {}", page.body);
    }
    assert!(page.body.contains("NOC wall") && page.body.contains("Five metres"));

    let bytes = screen.try_bytes(&below(address, "snapshot")).unwrap();
    let holds = |part: &[u8]| bytes.windows(part.len()).any(|found| found == part);
    let harbor_bytes = u128::from_str_radix(harbor.trim_start_matches("cus_"), 16).unwrap().to_be_bytes();
    assert!(holds(b"Cedar") && holds(b"cedar-web") && !holds(b"arbor") && !holds(&harbor_bytes));
    let (head, board) = model::wire::decode_snapshot(&bytes).unwrap();
    assert_eq!((board.len(), board.slots(), board.customer_slots()), (1, 1, 1));

    let mut events = watch(&server, &opened);
    rita.add_monitor(&harbor, "harbor-mail", "steady");
    rita.add_monitor(&cedar, "cedar-mail", "steady");
    // The first frame is already the one of its own customer, numbered without a gap.
    assert_eq!(events.next("id: ").unwrap(), model::wire::event_id(head.epoch, head.sequence + 1));
    let frame = data_encoding::BASE64.decode(events.next("data: ").unwrap().as_bytes()).unwrap();
    let frame = String::from_utf8_lossy(&frame).into_owned();
    assert!(frame.contains("cedar-mail") && !frame.contains("arbor"), "{frame}");

    // Nobody who is signed in borrows it, and it borrows nothing.
    assert_eq!((rita.get(address).status, rita.status_of(&below(address, "snapshot"))), (404, 404));
    let session = screen.cookie.clone().unwrap();
    let (_, value) = session.split_once('=').unwrap();
    for value in [value, &token] {
        let mut thief = server.client();
        thief.cookie = Some(format!("nocturne={value}; {session}"));
        assert_eq!((thief.status_of("/live/snapshot"), thief.post("/fn/me", &[]).status), (401, 401));
        assert_eq!(thief.post("/fn/kiosk", &[]).status, 404);
    }
    let list = rita.post("/fn/kiosks", &[]).body;
    assert!(list.contains("\"last_used_from\":\"127.0.0.1\"") && !list.contains("\"last_used_at\":0"), "{list}");
}

on_both!(f10_revoking_ends_an_open_stream_and_says_why);
fn f10_revoking_ends_an_open_stream_and_says_why(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let rita = server.set_up();
    rita.add_monitor(&rita.add_customer("Harbor"), "web", "steady");
    let (token, other) = (make_link(&rita, "Lobby", &[]), make_link(&rita, "Bridge", &[]));
    let (ends, stays) = (open_link(&server, &token), open_link(&server, &other));
    let (events, mut others) = (watch(&server, &ends), watch(&server, &stays));
    // What one link lets see, it does not let see at the address of another.
    assert_eq!((ends.0.get(&stays.1).status, ends.0.status_of(&below(&stays.1, "snapshot"))), (404, 404));
    assert_eq!(revoke(&rita, "Lobby").status, 200);
    assert_eq!(rest_of(events).last().map(String::as_str), Some("over"));
    let (screen, address) = &ends;
    let answers = [below(address, "snapshot"), below(address, "stream"), address.clone()].map(|path| screen.status_of(&path));
    assert_eq!(answers, [404; 3]);
    assert!(others.next("event: ").is_some() && stays.0.status_of(&below(&stays.1, "snapshot")) == 200);
    assert_eq!(revoke(&rita, "Lobby").status, 409);

    // It is as if it had never been, and so is one that has expired.
    assert_eq!(told(&server, &token), told(&server, "no-such-token"));
    let events = watch(&server, &stays);
    rita.advance(7 * DAY_MS);
    assert_eq!(rest_of(events).last().map(String::as_str), Some("over"));
    let unknown = told(&server, "no-such-token");
    assert_eq!(told(&server, &other), unknown);
    assert_eq!((unknown.0, unknown.1.as_deref(), unknown.3), (303, Some("/kiosk/over"), 404));
    assert!(unknown.4.contains("This link has ended"), "{}", unknown.4);
}

#[test]
fn f10_a_link_loses_what_its_maker_loses_and_is_no_other_msps() {
    let place = Place::new(Engine::Sqlite);
    let msp = command_with_password(&place, &["msp", "create", "--name", "One", "--admin-email", "rita@one.example"]);
    command_with_password(&place, &["msp", "create", "--name", "Two", "--admin-email", "bob@two.example"]);
    let person = ["user", "create", "--role", "admin", "--name", "Ada", "--email", "ada@one.example", "--msp", &msp];
    command_with_password(&place, &person);
    let server = place.start();
    let [rita, ada, bob] = ["rita@one.example", "ada@one.example", "bob@two.example"].map(|email| sign_in(&server, email));
    let (harbor, cedar) = (rita.add_customer("Harbor"), rita.add_customer("Cedar"));
    rita.add_monitor(&harbor, "harbor-web", "steady");
    rita.add_monitor(&cedar, "cedar-web", "steady");
    let screen = open_link(&server, &make_link(&ada, "Bridge", &[]));
    assert_eq!(snapshot_of(&screen).0, 2);

    assert!(!bob.post("/fn/kiosks", &[]).body.contains("Bridge"));
    let id = kiosk_id(&rita, "Bridge");
    let ended = bob.post("/fn/kiosk-revoke", &[("kiosk", &id)]);
    assert_eq!(ended.status, 404);
    let foreign =
        bob.post("/fn/kiosk-create", &[("name", "x"), ("days", "7"), ("view", "far"), ("scope", "chosen"), ("tick[]", &harbor)]);
    assert_eq!(foreign.status, 404, "{}", foreign.body);
    assert_eq!(snapshot(&bob).unwrap().1.len(), 0);

    let user = user_id(&rita, "ada@one.example");
    let tie = |step: &str| {
        let answer = rita.post("/fn/user-tie", &[("customer", &harbor), ("user", &user), ("step", step), ("back", "/users")]);
        assert_eq!(answer.status, 200, "{}", answer.body);
    };
    let events = watch(&server, &screen);
    tie("deny");
    assert_eq!(rest_of(events).last().map(String::as_str), Some("resync"));
    let (tiles, text) = snapshot_of(&screen);
    assert!(tiles == 1 && text.contains("cedar-web") && !text.contains("arbor"), "{text}");

    let events = watch(&server, &screen);
    let role = rita.post("/fn/user-role", &[("user", &user), ("role", "operator")]);
    assert_eq!(role.status, 200, "{}", role.body);
    assert_eq!(rest_of(events).last().map(String::as_str), Some("over"));
    assert_eq!(screen.0.status_of(&below(&screen.1, "snapshot")), 404);
}

/// How many tiles there are, and everything that can be read.
fn snapshot_of((screen, address): &(Client, String)) -> (u32, String) {
    let bytes = screen.try_bytes(&below(address, "snapshot")).unwrap();
    (model::wire::decode_snapshot(&bytes).unwrap().1.len(), String::from_utf8_lossy(&bytes).into_owned())
}

#[test]
fn f10_guesses_are_slowed_and_no_token_is_logged() {
    let place = Place::new(Engine::Sqlite);
    let rita = place.start().set_up();
    let log = place.folder.path().join("log");
    let site = place.folder.path().join("site");
    let mut command = place.command(&["serve", "--listen", "127.0.0.1:0", "--site", site.to_str().unwrap()]);
    let mut child = command.stdout(Stdio::piped()).stderr(File::create(&log).unwrap()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let base = line.trim().strip_prefix("listening on ").unwrap();
    let rita = rita.at(base);
    let token = make_link(&rita, "Lobby", &[]);
    let stranger = Client::new(base);
    for guess in 0..20 {
        assert_eq!(stranger.get(&format!("/kiosk/guess-number-{guess}")).status, 303);
    }
    for token in ["guess-number-21", &token] {
        let refused = stranger.get(&format!("/kiosk/{token}"));
        assert_eq!((refused.status, refused.set_cookie), (429, None));
    }
    assert_eq!(rita.post("/fn/me", &[]).status, 200);
    rita.advance(11 * 60_000);
    let screen = format!("/kiosk/screen/{}?view=far", kiosk_id(&rita, "Lobby"));
    assert_eq!(stranger.get(&format!("/kiosk/{token}")).location, Some(screen));
    child.kill().unwrap();
    child.wait().unwrap();
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.contains("wrong kiosk links"), "{log}");
    assert!(!log.contains(&token) && !log.contains("guess-number"), "{log}");
}
