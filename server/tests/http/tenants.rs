//! Another tenant's things do not exist, and a role's limits hold whatever the screen offers.

use std::{io::Write, process::Stdio};

use crate::support::{Client, Engine, Place, Server, customer, monitor, on_both};

const PASSWORD: &str = "correct horse battery";

pub(crate) fn command_with_password(place: &Place, arguments: &[&str]) -> String {
    let mut child =
        place.command(arguments).arg("--password-stdin").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

pub(crate) fn sign_in(server: &Server, email: &str) -> Client {
    let mut client = server.client();
    let answer = client.post("/fn/sign-in", &[("email", email), ("password", PASSWORD)]);
    assert_eq!(answer.status, 200, "{}", answer.body);
    client.keep_session(&answer);
    client
}

on_both!(c4_another_tenants_id_is_the_same_404_as_an_unknown_one);
fn c4_another_tenants_id_is_the_same_404_as_an_unknown_one(engine: Engine) {
    let place = Place::new(engine);
    command_with_password(&place, &["msp", "create", "--name", "One", "--admin-email", "ada@one.example"]);
    command_with_password(&place, &["msp", "create", "--name", "Two", "--admin-email", "bob@two.example"]);
    let server = place.start();
    let (ada, bob) = (sign_in(&server, "ada@one.example"), sign_in(&server, "bob@two.example"));
    let theirs = ada.add_customer("Harbor");
    let their_monitor = ada.add_monitor(&theirs, "web", "steady");
    let nobodys = theirs.replace("cus_0", "cus_f");
    let nobodys_monitor = their_monitor.replace("mon_0", "mon_f");

    let asked = |customer: &str, monitor_id: &str| {
        let mut answers = Vec::new();
        for path in [
            format!("/customers/{customer}"),
            format!("/customers/{customer}/edit"),
            format!("/customers/{customer}/step/terminate"),
            format!("/customers/{customer}/monitors/new"),
            format!("/monitors/{monitor_id}"),
            format!("/monitors/{monitor_id}/edit"),
        ] {
            let page = bob.get(&path);
            answers.push((path.replace(customer, "C").replace(monitor_id, "M"), page.status, page.body.contains("Harbor")));
        }
        let mut edit = vec![("customer", customer), ("version", "1")];
        edit.extend(crate::support::customer("Taken over"));
        let mut edit_monitor = monitor(customer, "taken", "steady");
        edit_monitor.extend([("monitor", monitor_id), ("version", "1")]);
        for (path, fields) in [
            ("/fn/customer-edit", edit),
            ("/fn/customer-step", vec![("customer", customer), ("step", "terminate"), ("reason", "mine"), ("version", "1")]),
            ("/fn/customer-associate", vec![("customer", customer)]),
            ("/fn/monitor-create", monitor(customer, "mine", "steady")),
            ("/fn/monitor-edit", edit_monitor),
            ("/fn/monitor-suspend", vec![("monitor", monitor_id)]),
            ("/fn/monitor-resume", vec![("monitor", monitor_id)]),
            ("/fn/monitor-delete", vec![("monitor", monitor_id)]),
            ("/fn/heartbeat-renew", vec![("monitor", monitor_id)]),
            ("/fn/monitor", vec![("monitor", monitor_id), ("range", "24h")]),
        ] {
            let answer = bob.post(path, &fields);
            assert!(!answer.body.contains("Harbor"), "{path}");
            answers.push((format!("{path} {}", answer.body), answer.status, false));
        }
        answers
    };
    let foreign = asked(&theirs, &their_monitor);
    assert_eq!(foreign, asked(&nobodys, &nobodys_monitor));
    assert!(foreign.iter().all(|(_, status, _)| *status == 404), "{foreign:#?}");
    assert!(!bob.get("/customers").body.contains("Harbor"));
    assert!(!bob.get("/monitors").body.contains("Harbor"));
    assert!(!bob.get("/").body.contains("Harbor"));
    assert!(ada.get(&format!("/customers/{theirs}")).body.contains("Harbor"));
}

on_both!(c4_an_operator_manages_monitors_of_associated_customers_and_nothing_else);
fn c4_an_operator_manages_monitors_of_associated_customers_and_nothing_else(engine: Engine) {
    let place = Place::new(engine);
    let msp = command_with_password(&place, &["msp", "create", "--name", "One", "--admin-email", "ada@one.example"]);
    command_with_password(
        &place,
        &["user", "create", "--role", "operator", "--email", "otto@one.example", "--name", "Otto", "--msp", &msp],
    );
    let server = place.start();
    let (ada, otto) = (sign_in(&server, "ada@one.example"), sign_in(&server, "otto@one.example"));
    let harbor = ada.add_customer("Harbor");
    assert!(otto.get("/customers").body.contains("Harbor"));
    assert_eq!(otto.get("/live/snapshot").status, 200);
    assert_eq!(otto.post("/fn/customer-create", &customer("Otto's own")).status, 403);
    assert_eq!(otto.post("/fn/customer-associate", &[("customer", &harbor)]).status, 403);
    assert_eq!(otto.get(&format!("/customers/{harbor}")).status, 403);
    assert_eq!(otto.post("/fn/monitor-create", &monitor(&harbor, "web", "steady")).status, 403);
    let step = [("customer", harbor.as_str()), ("step", "terminate"), ("reason", "no"), ("version", "1")];
    assert_eq!(otto.post("/fn/customer-step", &step).status, 403);
    assert_eq!(otto.get("/audit").status, 403);
}

on_both!(f6_a_customer_user_sees_the_portal_and_never_the_wall);
fn f6_a_customer_user_sees_the_portal_and_never_the_wall(engine: Engine) {
    let place = Place::new(engine);
    command_with_password(&place, &["msp", "create", "--name", "One", "--admin-email", "ada@one.example"]);
    let server = place.start();
    let ada = sign_in(&server, "ada@one.example");
    let (harbor, cedar) = (ada.add_customer("Harbor"), ada.add_customer("Cedar"));
    ada.add_monitor(&harbor, "harbor-web", "steady");
    let cedars = ada.add_monitor(&cedar, "cedar-web", "steady");
    let new = ["user", "create", "--role", "customer", "--customer", &harbor, "--email", "carl@harbor.example", "--name", "Carl"];
    command_with_password(&place, &new);
    let carl = sign_in(&server, "carl@harbor.example");
    let portal = carl.get("/portal");
    assert!(
        portal.status == 200 && portal.body.contains("harbor-web") && !portal.body.contains("cedar-web"),
        "{}",
        portal.status
    );
    for page in ["/", "/wall", "/customers", "/monitors", "/audit"] {
        assert_eq!(carl.get(page).location.as_deref(), Some("/portal"), "{page}");
    }
    for page in ["/account", "/account/second-factor"] {
        assert_eq!(carl.get(page).status, 200, "{page}");
    }
    assert_eq!(carl.get("/live/snapshot").status, 403);
    assert_eq!(carl.get("/live/stream").status, 403);
    assert_eq!(carl.post("/fn/health", &[("fresh", "false")]).status, 403);
    assert_eq!(carl.post("/fn/monitor-suspend", &[("monitor", &cedars)]).status, 404);
    // Terminating the account signs its people out (DOMAIN B2).
    let step = [("customer", harbor.as_str()), ("step", "terminate"), ("reason", "moved on"), ("version", "1")];
    assert_eq!(ada.post("/fn/customer-step", &step).status, 200);
    assert_eq!(carl.get("/portal").location.as_deref(), Some("/sign-in?next=/portal"));
}
