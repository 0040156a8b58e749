//! Incidents over HTTP (DOMAIN F13): on the wall and on the page, to those who see what they are made of.

use model::{Status, incidents::OnWalls};

use crate::{
    maintenance::add_dead_monitor_named,
    support::{Client, Engine, Place, on_both, until, user_id},
    tenants::{command_with_password, sign_in},
    wall::snapshot,
};

fn on_wall(client: &Client) -> OnWalls {
    let answer = client.post("/fn/wall-incidents", &[]);
    assert_eq!(answer.status, 200, "{}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

on_both!(f13_what_begins_together_is_one_incident_to_those_who_see_it);
fn f13_what_begins_together_is_one_incident_to_those_who_see_it(engine: Engine) {
    let place = Place::new(engine);
    let one = command_with_password(&place, &["msp", "create", "--name", "One", "--admin-email", "ada@one.example"]);
    command_with_password(&place, &["msp", "create", "--name", "Two", "--admin-email", "bob@two.example"]);
    for (role, email) in [("operator", "otto@one.example"), ("admin", "uma@one.example")] {
        command_with_password(&place, &["user", "create", "--role", role, "--email", email, "--name", email, "--msp", &one]);
    }
    let server = place.start();
    let [ada, bob, otto] = ["ada@one.example", "bob@two.example", "otto@one.example"].map(|email| sign_in(&server, email));
    let (harbor, cedar) = (ada.add_customer("Harbor"), ada.add_customer("Cedar"));
    ada.add_monitor(&harbor, "harbor simulated", "broken");
    let deny = [("customer", harbor.as_str()), ("user", &user_id(&ada, "uma@one.example")), ("step", "deny"), ("back", "/users")];
    assert_eq!(ada.post("/fn/user-tie", &deny).status, 200);
    let uma = sign_in(&server, "uma@one.example");
    assert!(on_wall(&ada).incidents.is_empty());
    for (customer, name) in [(&harbor, "harbor web"), (&harbor, "harbor mail"), (&cedar, "cedar web")] {
        add_dead_monitor_named(&ada, customer, name);
    }
    let seen = until("three outages of two customers are an incident", || {
        Some(on_wall(&ada)).filter(|seen| seen.incidents.first().is_some_and(|first| first.head.monitors == 3))
    });
    let [incident] = seen.incidents.as_slice() else { panic!("{seen:?}") };
    assert_eq!((incident.head.customers, incident.head.cause().as_str()), (2, "all at 127.0.0.1"));
    // Its slots are those of the board that the same person is sent.
    let (head, board) = snapshot(&ada).unwrap();
    assert_eq!(head.epoch, seen.epoch);
    let mut names: Vec<&str> = incident.slots.iter().map(|slot| board.name(*slot)).collect();
    names.sort_unstable();
    assert_eq!(names, ["cedar web", "harbor mail", "harbor web"]);
    assert!(incident.slots.iter().all(|slot| board.status(*slot) == Some(Status::Down)));
    // Every member of staff sees the same (DOMAIN F6), but not what they are denied (C7), and no other tenant.
    assert_eq!(on_wall(&otto), seen);
    for other in [&uma, &bob] {
        assert_eq!(on_wall(other).incidents, []);
        assert!(!other.get("/outages").body.contains("3 monitors of 2 customers"));
        assert_eq!(other.post("/fn/incident-take", &[("incident", &incident.head.id.to_string())]).status, 404);
    }

    // The pages are whole without a script.
    let id = incident.head.id.to_string();
    let page = ada.get("/outages").body;
    for said in ["3 monitors of 2 customers", "all at 127.0.0.1; all checked by TCP", "Take all 3", "cedar web"] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(!otto.get("/outages").body.contains("Take all"), "nothing of it is his");
    let table = ada.get(&format!("/wall?as=table&incident={id}")).body;
    assert!(table.contains("harbor mail") && table.contains("cedar web") && !table.contains("harbor simulated"), "{table}");

    // Taken whole by a plain form; the boards follow.
    let list = format!("{}/outages", server.base);
    let plain = [("accept", "text/html"), ("sec-fetch-site", "same-origin"), ("referer", list.as_str())];
    let answer = ada.try_post("/fn/incident-take", &[("incident", &id), ("back", "/outages")], &plain).unwrap();
    assert_eq!((answer.status, answer.location.as_deref()), (302, Some("/outages")));
    until("the walls say by whom it is taken", || {
        let (_, board) = snapshot(&ada).unwrap();
        incident.slots.iter().all(|slot| !board.taken(*slot).is_empty()).then_some(())
    });
    assert_eq!(otto.post("/fn/incident-take", &[("incident", &id)]).status, 403);
}
