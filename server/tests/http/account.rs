//! One's own account over HTTP: sessions, guessing, the second factor.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use crate::support::{Answer, Client, Engine, Place, Server, on_both};

const RITA: &str = "rita@msp.example";
const PASSWORD: &str = "correct horse battery";
const STEP: i64 = 30_000;

/// The server's clock, as far as this test has moved it.
struct Time<'a> {
    server: &'a Server,
    ahead: i64,
}

impl Time<'_> {
    fn advance(&mut self, ms: i64) {
        self.server.client().advance(ms);
        self.ahead += ms;
    }

    /// The code that an app shows now.
    fn code(&self, secret: &str) -> String {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        let step = (i64::try_from(since.as_millis()).unwrap() + self.ahead) / STEP;
        let mut mac = Hmac::<Sha1>::new_from_slice(&BASE32_NOPAD.decode(secret.as_bytes()).unwrap()).unwrap();
        mac.update(&step.to_be_bytes());
        let hash = mac.finalize().into_bytes();
        let offset = usize::from(hash[19] & 15);
        let number = u32::from_be_bytes(hash[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
        format!("{:06}", number % 1_000_000)
    }
}

fn sign_in(client: &Client, email: &str, password: &str) -> Answer {
    client.post("/fn/sign-in", &[("email", email), ("password", password)])
}

/// A new session's client.
fn signed_in(server: &Server) -> Client {
    let mut client = server.client();
    let answer = sign_in(&client, RITA, PASSWORD);
    assert_eq!(answer.status, 200, "{}", answer.body);
    client.keep_session(&answer);
    client
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("{before} is missing in {text}"));
    rest.split_once(after).unwrap().0
}

/// Switches the second factor on by the pages: the secret and the recovery codes.
fn switch_on(rita: &Client, time: &Time) -> (String, Vec<String>) {
    let offered = rita.post("/fn/second-factor-offer", &[("password", PASSWORD)]);
    assert_eq!((offered.status, offered.body.as_str()), (200, "\"/account/second-factor\""));
    let page = rita.get("/account/second-factor");
    assert!(page.body.contains("QR code of the secret"), "{}", page.body);
    let secret = between(&page.body, "class=\"secret\">", "<").replace(' ', "");
    let confirmed = rita.post("/fn/second-factor-confirm", &[("code", &time.code(&secret))]);
    assert_eq!(confirmed.status, 200, "{}", confirmed.body);
    let fresh = confirmed.set_cookie.unwrap();
    assert!(fresh.contains("HttpOnly") && fresh.contains("SameSite=Strict"), "{fresh}");
    let with_codes = with_cookie(rita, &fresh);
    let page = with_codes.get("/account/recovery-codes");
    assert!(page.set_cookie.unwrap().contains("Max-Age=0"));
    let list = between(&page.body, "aria-label=\"Your recovery codes\">", "</ul>");
    let codes: Vec<String> = list.split("<code>").skip(1).map(|item| item.split('<').next().unwrap().to_owned()).collect();
    assert_eq!(codes.len(), 10, "{list}");
    assert!(rita.get("/account/recovery-codes").body.contains("10 recovery codes are left"));
    (secret, codes)
}

/// `client` with one more cookie.
fn with_cookie(client: &Client, set: &str) -> Client {
    let new = set.split(';').next().unwrap();
    let mut client = client.clone();
    client.cookie = Some(client.cookie.as_deref().map_or_else(|| new.to_owned(), |old| format!("{old}; {new}")));
    client
}

/// Gives the right password: a client that holds what came back for it.
fn password_given(server: &Server) -> Client {
    let answer = sign_in(&server.client(), RITA, PASSWORD);
    assert_eq!((answer.status, answer.body.as_str()), (200, "\"/sign-in\""));
    let pending = answer.set_cookie.unwrap();
    assert!(
        pending.starts_with("nocturne-pending=") && pending.contains("HttpOnly") && pending.contains("Max-Age=300"),
        "{pending}"
    );
    with_cookie(&server.client(), &pending)
}

on_both!(c6_a_session_is_ended_from_the_list_and_its_stream_with_it);
fn c6_a_session_is_ended_from_the_list_and_its_stream_with_it(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let rita = server.set_up();
    let other = signed_in(&server);
    let page = rita.get("/account");
    assert!(page.status == 200 && page.body.contains("This one") && page.body.contains("127.0.0.1"), "{}", page.body);
    let token = rita.cookie.as_deref().unwrap().split_once('=').unwrap().1;
    assert!(!page.body.contains(token), "a token stands in the page");
    let session = format!("ses_{}", between(&page.body, "value=\"ses_", "\""));

    let host = server.base.strip_prefix("http://").unwrap();
    let mut socket = TcpStream::connect(host).unwrap();
    socket.set_read_timeout(Some(std::time::Duration::from_secs(20))).unwrap();
    let cookie = other.cookie.as_deref().unwrap();
    write!(socket, "GET /live/stream HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\nCookie: {cookie}\r\n\r\n").unwrap();
    let mut lines = BufReader::new(socket).lines();
    assert!(lines.any(|line| line.unwrap() == "event: beat"));
    assert_eq!(rita.post("/fn/account-session-end", &[("session", &session)]).status, 200);
    // The last chunk of a chunked body: the stream has ended.
    assert!(lines.any(|line| line.unwrap() == "0"));

    assert_eq!(other.get("/customers").location.as_deref(), Some("/sign-in?next=/customers"));
    assert_eq!(rita.post("/fn/account-session-end", &[("session", &session)]).status, 404);
    assert_eq!(rita.get("/account").status, 200);
    assert_eq!(server.client().get("/account").location.as_deref(), Some("/sign-in?next=/account"));
    // Another tab has signed in meanwhile: this one goes back to where it was, and nowhere else.
    for (next, to) in [("/wall%3Fstatus%3Ddown", "/wall?status=down"), ("//evil.example", "/"), ("%00", "/"), ("", "/")] {
        assert_eq!(rita.get(&format!("/sign-in?next={next}")).location.as_deref(), Some(to));
    }
    assert_eq!(rita.get("/sign-in").location.as_deref(), Some("/"));
}

on_both!(c6_a_changed_password_is_a_new_session_here_and_none_elsewhere);
fn c6_a_changed_password_is_a_new_session_here_and_none_elsewhere(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let mut rita = server.set_up();
    let (old, other) = (rita.clone(), signed_in(&server));
    let fields = |old: &'static str| [("old_password", old), ("password", "another horse battery")];
    let wrong = rita.post("/fn/account-password", &fields("wrong horse battery"));
    assert!(wrong.status == 422 && wrong.body.contains("old_password") && wrong.set_cookie.is_none(), "{}", wrong.body);
    let right = rita.post("/fn/account-password", &fields(PASSWORD));
    assert_eq!((right.status, right.body.as_str()), (200, "\"/account?done=password\""));
    rita.keep_session(&right);
    assert_ne!(rita.cookie, old.cookie);
    assert_eq!(rita.get("/account").status, 200);
    for ended in [old, other] {
        assert_eq!(ended.get("/account").location.as_deref(), Some("/sign-in?next=/account"));
    }
    assert_eq!(sign_in(&server.client(), RITA, PASSWORD).status, 401);
}

on_both!(c6_a_locked_account_says_the_same_as_one_that_is_not_there_until_time_opens_it);
fn c6_a_locked_account_says_the_same_as_one_that_is_not_there_until_time_opens_it(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let rita = server.set_up();
    let mut time = Time { server: &server, ahead: 0 };
    let nobody = server.client();
    for _ in 0..5 {
        for email in [RITA, "nobody@msp.example"] {
            assert_eq!(sign_in(&nobody, email, "wrong horse battery").status, 401);
        }
    }
    let (known, unknown) = (sign_in(&nobody, RITA, PASSWORD), sign_in(&nobody, "nobody@msp.example", PASSWORD));
    for answer in [&known, &unknown] {
        let wait: u32 = answer.retry_after.as_deref().unwrap().parse().unwrap();
        assert!(answer.status == 429 && (20..=30).contains(&wait), "{} {wait}", answer.status);
        assert_eq!(answer.body, format!(r#"{{"TooManyAttempts":{{"wait_s":{wait}}}}}"#));
    }
    // Who is signed in stays so, and reads in the trail what went on.
    let trail = rita.get("/audit").body;
    assert!(trail.contains("Sign in failed") && trail.contains("Sign in locked"));
    time.advance(STEP);
    signed_in(&server);
}

on_both!(c6_an_address_that_guesses_too_much_is_locked_and_no_restart_helps);
fn c6_an_address_that_guesses_too_much_is_locked_and_no_restart_helps(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    server.set_up();
    for n in 0..20 {
        assert_eq!(sign_in(&server.client(), &format!("x{n}@msp.example"), "wrong horse battery").status, 401);
    }
    assert_eq!(sign_in(&server.client(), RITA, PASSWORD).status, 429);
    assert!(server.terminate());
    let server = place.start();
    assert_eq!(sign_in(&server.client(), RITA, PASSWORD).status, 429);
    Time { server: &server, ahead: 0 }.advance(10 * 60_000);
    signed_in(&server);
}

on_both!(c6_the_second_step_takes_a_code_once_and_its_token_opens_nothing_else);
fn c6_the_second_step_takes_a_code_once_and_its_token_opens_nothing_else(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let rita = server.set_up();
    let mut time = Time { server: &server, ahead: 0 };
    let (secret, _) = switch_on(&rita, &time);
    time.advance(2 * STEP);

    let pending = password_given(&server);
    let token = pending.cookie.as_deref().unwrap().split_once('=').unwrap().1.to_owned();
    assert!(pending.get("/sign-in").body.contains("Signing in as <b>rita@msp.example"));
    let mut forged = server.client();
    for as_session in [format!("nocturne={token}"), format!("nocturne={token}; nocturne-pending={token}")] {
        forged.cookie = Some(as_session);
        assert_eq!(forged.get("/account").location.as_deref(), Some("/sign-in?next=/account"));
        assert_eq!(forged.post("/fn/second-factor-off", &[("password", PASSWORD)]).status, 401);
        assert_eq!(forged.get("/live/snapshot").status, 401);
    }

    let code = time.code(&secret);
    let mut second = pending.clone();
    let answer = second.post("/fn/sign-in-code", &[("code", &code), ("next", "/audit")]);
    assert_eq!((answer.status, answer.body.as_str()), (200, "\"/audit\""));
    second.keep_session(&answer);
    let session = second.cookie.as_deref().unwrap();
    assert!(session.starts_with("nocturne=") && !session.contains(&token), "{session}");
    assert_eq!(second.get("/audit").status, 200);

    assert_eq!(pending.post("/fn/sign-in-code", &[("code", &code)]).body, "\"SignInExpired\"");
    let again = password_given(&server);
    let replayed = again.post("/fn/sign-in-code", &[("code", &code)]);
    assert!(replayed.status == 422 && replayed.body.contains("WrongCode"), "{}", replayed.body);
    assert_eq!(server.client().post("/fn/sign-in-code", &[("code", &time.code(&secret))]).status, 401);
    time.advance(5 * 60_000 + 1000);
    assert_eq!(again.post("/fn/sign-in-code", &[("code", &time.code(&secret))]).body, "\"SignInExpired\"");
    assert!(again.get("/sign-in").body.contains("type=\"password\""));
}

on_both!(c6_wrong_codes_lock_the_account_too);
fn c6_wrong_codes_lock_the_account_too(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let rita = server.set_up();
    let mut time = Time { server: &server, ahead: 0 };
    let (secret, _) = switch_on(&rita, &time);
    time.advance(2 * STEP);
    for n in 0..5 {
        let wrong = password_given(&server).post("/fn/sign-in-code", &[("code", "000000")]);
        assert_eq!(wrong.status, 422, "{n}: {}", wrong.body);
    }
    assert_eq!(sign_in(&server.client(), RITA, PASSWORD).status, 429);
    time.advance(STEP);
    let right = password_given(&server).post("/fn/sign-in-code", &[("code", &time.code(&secret))]);
    assert_eq!(right.status, 200, "{}", right.body);
}

on_both!(c6_recovery_codes_and_the_command_line_are_the_ways_back);
fn c6_recovery_codes_and_the_command_line_are_the_ways_back(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let rita = server.set_up();
    let time = Time { server: &server, ahead: 0 };
    let (_, codes) = switch_on(&rita, &time);
    let answer = password_given(&server).post("/fn/sign-in-code", &[("code", &codes[0])]);
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(password_given(&server).post("/fn/sign-in-code", &[("code", &codes[0])]).status, 422);
    assert!(rita.get("/account").body.contains("9 recovery codes are left"));
    let (done, said) = place.run(&["user", "reset-second-factor", "--email", "RITA@msp.example"]);
    assert!(done && said.contains("The second factor is off"), "{said}");
    signed_in(&server);
    assert!(rita.get("/audit").body.contains("User second factor reset"));
    let (done, said) = place.run(&["user", "reset-second-factor", "--email", RITA]);
    assert!(!done && said.contains("There is nothing here"), "{said}");
}

on_both!(c6_the_second_step_works_without_javascript);
fn c6_the_second_step_works_without_javascript(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let rita = server.set_up();
    let mut time = Time { server: &server, ahead: 0 };
    let (secret, _) = switch_on(&rita, &time);
    time.advance(2 * STEP);
    let page = format!("{}/sign-in?next=%2Faudit", server.base);
    let plain = [("accept", "text/html"), ("sec-fetch-site", "same-origin"), ("referer", page.as_str())];
    let wrong = server
        .client()
        .try_post("/fn/sign-in", &[("email", "Zoë@msp.example"), ("password", "wrong horse battery")], &plain)
        .unwrap();
    let location = wrong.location.unwrap();
    let back = with_cookie(&server.client(), &wrong.set_cookie.unwrap()).get(location.strip_prefix(&server.base).unwrap());
    assert!(back.body.contains("value=\"Zoë@msp.example\"") && back.body.contains("Email or password is wrong"), "{}", back.body);

    let fields = [("email", RITA), ("password", PASSWORD), ("next", "/audit")];
    let right = server.client().try_post("/fn/sign-in", &fields, &plain).unwrap();
    assert_eq!((right.status, right.location.as_deref()), (302, Some("/sign-in?next=%2Faudit")));
    let mut client = with_cookie(&server.client(), &right.set_cookie.unwrap());
    let wrong = client.try_post("/fn/sign-in-code", &[("code", "000000"), ("next", "/audit")], &plain).unwrap();
    let location = wrong.location.unwrap();
    let page = client.get(location.strip_prefix(&server.base).unwrap());
    assert!(page.body.contains("This code is not right") && page.body.contains("One more step"), "{}", page.body);
    let code = time.code(&secret);
    let right = client.try_post("/fn/sign-in-code", &[("code", &code), ("next", "/audit")], &plain).unwrap();
    assert_eq!((right.status, right.location.as_deref()), (302, Some("/audit")));
    client.keep_session(&right);
    assert_eq!(client.get("/audit").status, 200);
}
