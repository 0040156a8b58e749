//! A job that calls in with curl, and what its monitor's page shows.

use crate::support::{Client, Engine, Place, Server, last_segment, on_both, until};

fn call(server: &Server, method: &str, path: &str) -> u16 {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().new_agent();
    let address = format!("{}{path}", server.base);
    let answer = match method {
        "GET" => agent.get(&address).call(),
        "HEAD" => agent.head(&address).call(),
        _ => agent.post(&address).send("exit code 0"),
    };
    answer.unwrap().status().as_u16()
}

fn address_on(client: &Client, monitor: &str) -> String {
    let page = client.get(&format!("/monitors/{monitor}")).body;
    let (_, after) = page.split_once("/heartbeat/").expect("the page shows the address");
    let token: String = after.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
    format!("/heartbeat/{token}")
}

on_both!(g1_a_heartbeat_is_called_by_get_head_and_post_without_signing_in);
fn g1_a_heartbeat_is_called_by_get_head_and_post_without_signing_in(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let rita = server.set_up();
    let harbor = rita.add_customer("Harbor");
    let fields = [
        ("customer", harbor.as_str()),
        ("input[name]", "backup"),
        ("input[kind]", "heartbeat"),
        ("input[interval_s]", "300"),
        ("input[grace_s]", "60"),
    ];
    let added = rita.post("/fn/monitor-create", &fields);
    assert_eq!(added.status, 200, "{}", added.body);
    let monitor = last_segment(&added.body);
    let address = address_on(&rita, &monitor);
    let page = || rita.get(&format!("/monitors/{monitor}")).body;
    assert!(page().contains(&format!("curl -fsS --retry 3 {}{address}", server.base)) && page().contains("Discovery"));

    for method in ["GET", "HEAD", "POST"] {
        assert_eq!(call(&server, method, &address), 200, "{method}");
    }
    assert!(page().contains("Heartbeat said Up"), "the call is stored when it is answered");
    for unknown in ["/heartbeat/nobody", "/heartbeat/", &format!("{address}x")] {
        assert_eq!(call(&server, "GET", unknown), 404, "{unknown}");
    }

    let renewed = rita.post("/fn/heartbeat-renew", &[("monitor", &monitor)]);
    assert_eq!(renewed.status, 200, "{}", renewed.body);
    assert_eq!(call(&server, "POST", &address), 404);
    let address = address_on(&rita, &monitor);
    assert_eq!(call(&server, "POST", &address), 200);

    // Silent for longer than interval and grace.
    let advanced = ureq::post(format!("{}/__test/clock", server.base)).header("content-type", "application/json");
    advanced.send(r#"{"advance_ms":361000}"#).unwrap();
    until("it is down", || page().contains("Nothing heard since 20").then_some(()));
    assert_eq!(call(&server, "GET", &address), 200);
    assert!(page().contains(r#"<span class="pill">Up"#) && page().contains("Nothing heard since 20"));
}

on_both!(g7_the_page_draws_what_was_measured_without_a_script);
fn g7_the_page_draws_what_was_measured_without_a_script(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let rita = server.set_up();
    let harbor = rita.add_customer("Harbor");
    let monitor = rita.add_monitor(&harbor, "web", "steady");
    let page = |range: &str| rita.get(&format!("/monitors/{monitor}?range={range}")).body;
    until("something was measured", || page("1h").contains("on average, from").then_some(()));
    for range in ["1h", "24h", "7d", "30d", "rubbish"] {
        let body = page(range);
        assert!(body.contains("<svg") && body.contains("Availability") && body.contains("The same as a table"), "{range}");
        assert!(!body.contains("style="), "the policy drops style attributes");
    }
    assert!(page("7d").contains("Latency over 7 days"));
}
