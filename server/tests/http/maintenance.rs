//! Maintenance and outages over HTTP: whose they are, who may, and where a plain form leads.

use crate::{
    support::{Client, Engine, Place, id_in, last_segment, monitor, on_both, until},
    tenants::{command_with_password, sign_in},
};

/// A monitor of a port where nothing listens: it is down, and stays so.
pub(crate) fn add_dead_monitor(client: &Client, customer: &str) -> String {
    add_dead_monitor_named(client, customer, "web")
}

pub(crate) fn add_dead_monitor_named(client: &Client, customer: &str, name: &str) -> String {
    let mut fields = monitor(customer, name, "");
    fields[2] = ("input[kind]", "tcp");
    fields.extend([("input[host]", "127.0.0.1"), ("input[port]", "1")]);
    let answer = client.post("/fn/monitor-create", &fields);
    assert_eq!(answer.status, 200, "{}", answer.body);
    last_segment(&answer.body)
}

on_both!(g2_g9_windows_and_outages_of_another_tenant_are_the_same_404_as_unknown_ones);
fn g2_g9_windows_and_outages_of_another_tenant_are_the_same_404_as_unknown_ones(engine: Engine) {
    let place = Place::new(engine);
    let one = command_with_password(&place, &["msp", "create", "--name", "One", "--admin-email", "ada@one.example"]);
    command_with_password(&place, &["msp", "create", "--name", "Two", "--admin-email", "bob@two.example"]);
    let new = ["user", "create", "--role", "operator", "--email", "otto@one.example", "--name", "Otto", "--msp", &one];
    command_with_password(&place, &new);
    let server = place.start();
    let (ada, bob) = (sign_in(&server, "ada@one.example"), sign_in(&server, "bob@two.example"));
    let otto = sign_in(&server, "otto@one.example");
    let harbor = ada.add_customer("Harbor");
    let dead = add_dead_monitor(&ada, &harbor);
    let outage = until("the monitor is down", || id_in(&ada.get("/outages").body, "out_"));
    let held = ada.add_monitor(&harbor, "mail", "silent");
    assert_eq!(ada.post("/fn/maintenance-begin", &[("monitor", &held), ("minutes", "30")]).status, 200);
    // A window's address stands in the form that ends it.
    let window = id_in(&ada.get("/maintenance").body, "mnt_").unwrap();

    let asked = |client: &Client, customer: &str, monitor_id: &str, window: &str, outage: &str| {
        let plan = vec![
            ("input[name]", "Mine"),
            ("input[scope]", "all"),
            ("input[kind]", "once"),
            ("input[begins]", "2030-01-01T10:00"),
            ("input[ends]", "2030-01-01T11:00"),
            ("input[zone]", "UTC"),
        ];
        let mut edit = plan.clone();
        edit.extend([("window", window), ("version", "1")]);
        let mut create = plan;
        create.push(("customer", customer));
        let mut statuses: Vec<u16> =
            [format!("/customers/{customer}/maintenance/new"), format!("/maintenance/{window}"), format!("/outages/{outage}")]
                .iter()
                .map(|page| client.get(page).status)
                .collect();
        for (path, fields) in [
            ("/fn/maintenance-create", create),
            ("/fn/maintenance-edit", edit),
            ("/fn/maintenance-end", vec![("window", window)]),
            ("/fn/maintenance-delete", vec![("window", window)]),
            ("/fn/maintenance-begin", vec![("customer", customer), ("minutes", "30")]),
            ("/fn/maintenance-begin", vec![("monitor", monitor_id), ("minutes", "30")]),
            ("/fn/outage-take", vec![("outage", outage)]),
            ("/fn/outage-hand-back", vec![("outage", outage)]),
            ("/fn/outage-note", vec![("outage", outage), ("text", "mine")]),
            ("/fn/outage-snooze", vec![("outage", outage), ("minutes", "30"), ("reason", "mine")]),
        ] {
            statuses.push(client.post(path, &fields).status);
        }
        statuses
    };
    let other = |id: &str| format!("{}f{}", &id[..4], &id[5..]);
    let unknown = asked(&bob, &other(&harbor), &other(&dead), &other(&window), &other(&outage));
    assert_eq!(asked(&bob, &harbor, &dead, &window, &outage), unknown);
    assert!(unknown.iter().all(|status| *status == 404), "{unknown:?}");
    assert!(asked(&otto, &harbor, &dead, &window, &outage).iter().all(|status| *status == 403));
    for page in ["/outages", "/maintenance"] {
        assert!(!bob.get(page).body.contains("Harbor"), "{page}");
        assert!(otto.get(page).body.contains("Harbor"), "{page}");
    }
}

on_both!(g9_a_plain_form_leads_back_to_where_it_stood_and_nowhere_else);
fn g9_a_plain_form_leads_back_to_where_it_stood_and_nowhere_else(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let rita = server.set_up();
    let harbor = rita.add_customer("Harbor");
    add_dead_monitor(&rita, &harbor);
    let outage = until("the monitor is down", || id_in(&rita.get("/outages").body, "out_"));
    let list = format!("{}/outages", server.base);
    let plain = [("accept", "text/html"), ("sec-fetch-site", "same-origin"), ("referer", list.as_str())];
    let mine = format!("/customers/{harbor}");
    for (back, leads) in [(mine.as_str(), mine.as_str()), ("https://evil.example", "/outages"), ("//evil.example", "/outages")] {
        let taken = rita.try_post("/fn/outage-take", &[("outage", &outage), ("back", back)], &plain).unwrap();
        assert_eq!((taken.status, taken.location.as_deref()), (302, Some(leads)), "{back}");
    }
    assert!(rita.get(&mine).body.contains("Taken by"));
}
