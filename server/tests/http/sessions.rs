//! Set-up, sign-in, sign-out, and what is refused without a trace of internals.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
};

use crate::support::{Answer, Client, Engine, Place, Server, on_both};

on_both!(an_empty_installation_leads_to_its_first_page_and_only_once);
fn an_empty_installation_leads_to_its_first_page_and_only_once(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let nobody = server.client();
    assert_eq!(nobody.get("/customers").location.as_deref(), Some("/set-up"));
    let page = nobody.get("/set-up");
    assert!(page.status == 200 && page.body.contains("Name of your MSP"), "{}", page.status);
    let rita = server.set_up();
    assert_eq!(rita.get("/").status, 200);
    assert_eq!(nobody.get("/set-up").location.as_deref(), Some("/"));
    let again = nobody.post(
        "/fn/set-up",
        &[
            ("input[msp_name]", "x"),
            ("input[name]", "x"),
            ("input[email]", "x@x.example"),
            ("input[password]", "correct horse battery"),
        ],
    );
    assert_eq!(again.status, 409, "{}", again.body);
}

on_both!(a_refused_set_up_keeps_what_was_typed_without_javascript);
fn a_refused_set_up_keeps_what_was_typed_without_javascript(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let mut nobody = server.client();
    let page = format!("{}/set-up", server.base);
    let fields = [
        ("input[msp_name]", "Nacht & Söhne"),
        ("input[name]", "Rita"),
        ("input[email]", "rita@msp.example"),
        ("input[password]", "short"),
        ("input[demo]", "demo"),
    ];
    let plain = [("accept", "text/html"), ("sec-fetch-site", "same-origin"), ("referer", page.as_str())];
    let refused = nobody.try_post("/fn/set-up", &fields, &plain).unwrap();
    let kept = refused.set_cookie.unwrap();
    nobody.cookie = kept.split(';').next().map(str::to_owned);
    let location = refused.location.unwrap();
    let page = nobody.get(location.strip_prefix(&server.base).unwrap_or(&location)).body;
    for shown in ["Nacht &amp; Söhne", "rita@msp.example", "checked"] {
        assert!(page.contains(shown), "{shown} is missing");
    }
    assert!(!page.contains("value=\"short\""));
}

on_both!(c6_signing_in_makes_a_new_session_and_signing_out_ends_it);
fn c6_signing_in_makes_a_new_session_and_signing_out_ends_it(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let first = server.set_up();
    let mut second = server.client();
    let wrong = second.post("/fn/sign-in", &[("email", "rita@msp.example"), ("password", "wrong horse battery")]);
    let unknown = second.post("/fn/sign-in", &[("email", "nobody@msp.example"), ("password", "wrong horse battery")]);
    assert_eq!((wrong.status, &wrong.body, wrong.set_cookie.is_none()), (401, &unknown.body, true));
    let right = second
        .post("/fn/sign-in", &[("email", "Rita@MSP.example"), ("password", "correct horse battery"), ("next", "//evil.example")]);
    assert_eq!((right.status, right.body.as_str()), (200, "\"/\""));
    let cookie = right.set_cookie.clone().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && !cookie.contains("Secure"), "{cookie}");
    second.keep_session(&right);
    assert_ne!(first.cookie, second.cookie);
    assert_eq!(second.get("/customers").status, 200);
    assert_eq!(second.post("/fn/sign-out", &[]).status, 200);
    assert_eq!(second.get("/customers").location.as_deref(), Some("/sign-in?next=/customers"));
    assert_eq!(first.get("/customers").status, 200);
}

on_both!(c6_the_cookie_lasts_as_long_as_the_session_that_its_use_renews);
fn c6_the_cookie_lasts_as_long_as_the_session_that_its_use_renews(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let rita = server.set_up();
    let cookie = rita.cookie.clone().unwrap();
    assert_eq!(rita.get("/customers").set_cookie, None);
    let asks: [fn(&Client) -> Answer; 3] =
        [|rita| rita.get("/customers"), |rita| rita.post("/fn/customers", &[]), |rita| rita.get("/sign-in")];
    for ask in asks {
        rita.advance(10 * 60 * 1000);
        let renewed = ask(&rita).set_cookie.unwrap();
        assert!(renewed.starts_with(&format!("{cookie}; ")) && renewed.contains("Max-Age=2592000; HttpOnly"), "{renewed}");
        assert_eq!(ask(&rita).set_cookie, None);
    }
    // Signing out is not undone by it.
    rita.advance(10 * 60 * 1000);
    let out = rita.post("/fn/sign-out", &[]).set_cookie.unwrap();
    assert!(out.contains("Max-Age=0"), "{out}");
}

on_both!(c6_cookies_are_secure_where_the_public_url_is);
fn c6_cookies_are_secure_where_the_public_url_is(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start_with(&["--public-url", "https://noc.example.com"]);
    let rita = server.set_up();
    assert!(rita.cookie.as_deref().unwrap().starts_with("__Host-nocturne="));
    let answer = server.client().post("/fn/sign-in", &[("email", "rita@msp.example"), ("password", "correct horse battery")]);
    assert!(answer.set_cookie.unwrap().contains("; Secure"));
}

on_both!(c6_another_site_cannot_make_a_browser_change_anything);
fn c6_another_site_cannot_make_a_browser_change_anything(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let rita = server.set_up();
    let fields = crate::support::customer("Forged");
    for headers in [[("sec-fetch-site", "cross-site")], [("sec-fetch-site", "same-site")], [("origin", "https://evil.example")]] {
        let answer = rita.try_post("/fn/customer-create", &fields, &headers).unwrap();
        assert_eq!(answer.status, 403, "{headers:?}");
    }
    assert!(!rita.get("/customers").body.contains("Forged"));
}

on_both!(rubbish_is_refused_without_a_trace_of_internals);
fn rubbish_is_refused_without_a_trace_of_internals(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let rita = server.set_up();
    let mut stranger = server.client();
    for cookie in
        ["nocturne=", "nocturne=rubbish", "nocturne=%00%ff", "=;;=; nocturne", &format!("nocturne={}", "a".repeat(4000))]
    {
        stranger.cookie = Some(cookie.to_owned());
        assert_eq!(stranger.get("/customers").location.as_deref(), Some("/sign-in?next=/customers"), "{cookie}");
        assert_eq!(stranger.post("/fn/health", &[("fresh", "false")]).status, 401);
        assert_eq!(stranger.get("/live/snapshot").status, 401);
        assert_eq!(stranger.get("/live/stream").status, 401);
    }
    assert!(announces_too_much(&server, &rita).starts_with("HTTP/1.1 413 "));
    let long = "x".repeat(10_000);
    let answer = rita.post("/fn/customer-create", &crate::support::customer(&long));
    assert_eq!((answer.status, answer.body.contains("TooLong")), (422, true));
    let missing = rita.post("/fn/customer-edit", &[("customer", "cus_1")]);
    assert_eq!(missing.status, 400, "{}", missing.body);
    for answer in [missing, answer] {
        for trace in ["sqlx", "SQL", "panicked", "src/", ".rs", "deserial"] {
            assert!(!answer.body.contains(trace), "{trace} in {}", answer.body);
        }
    }
    assert_eq!(rita.get("/no/such/page").status, 404);
    assert_eq!(rita.get("/customers/cus_1").status, 404);
    assert_eq!(rita.get("/pkg/../secret").status, 404);
}

/// Says that a body of 300 KiB will come: what the server answers to that alone.
fn announces_too_much(server: &Server, client: &Client) -> String {
    let host = server.base.strip_prefix("http://").unwrap();
    let mut socket = TcpStream::connect(host).unwrap();
    let cookie = client.cookie.as_deref().unwrap();
    write!(
        socket,
        "POST /fn/customer-create HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 307200\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    BufReader::new(socket).read_line(&mut answer).unwrap();
    answer
}
