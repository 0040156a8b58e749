//! Two servers on one database, a database that goes away and comes back, the command line beside a server.

use crate::support::{Engine, Place, Wire, on_both, until};

on_both!(a_second_server_on_the_same_data_is_refused);
fn a_second_server_on_the_same_data_is_refused(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let site = place.folder.path().join("site");
    let (started, said) = place.run(&["serve", "--listen", "127.0.0.1:0", "--site", site.to_str().unwrap()]);
    assert!(!started && said.contains("another server is running"), "{said}");
    let (filled, said) = place.run(&["demo", "--customers", "2", "--monitors", "4"]);
    assert!(!filled && said.contains("another server is running"), "{said}");
    assert!(server.terminate());
    let (filled, said) = place.run(&["demo", "--customers", "2", "--monitors", "4"]);
    assert!(filled && said.contains("Sign in as"), "{said}");
}

#[test]
fn a_database_that_goes_away_gives_an_honest_page_and_comes_back() {
    let mut place = Place::new(Engine::Postgres);
    let database = place.database_address().unwrap();
    let wire = Wire::to(database);
    let through = place.url.as_ref().unwrap().replace(&database.to_string(), &wire.address.to_string());
    assert_ne!(place.url.as_ref(), Some(&through));
    place.url = Some(through);
    let server = place.start();
    let rita = server.set_up();
    rita.add_customer("Harbor");
    assert_eq!(server.client().get("/readyz").status, 200);

    wire.cut();
    let page = rita.get("/customers");
    assert_eq!(page.status, 503);
    assert!(page.body.contains("cannot be reached") && !page.body.contains("Harbor"), "{}", page.body);
    let refused = rita.post("/fn/customer-create", &crate::support::customer("Lost"));
    assert_eq!((refused.status, refused.body.contains("Unavailable")), (503, true), "{}", refused.body);
    assert_eq!(server.client().get("/readyz").status, 503);
    assert_eq!(server.client().get("/healthz").status, 200, "a restart would not help");

    wire.mend();
    until("the list is there again", || rita.get("/customers").body.contains("Harbor").then_some(()));
    assert!(!rita.get("/customers").body.contains("Lost"));
    rita.add_customer("Cedar");
}

on_both!(a13_the_quota_is_raised_from_the_command_line_beside_a_running_server);
fn a13_the_quota_is_raised_from_the_command_line_beside_a_running_server(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let rita = server.set_up();
    for name in ["One", "Two", "Three"] {
        rita.add_customer(name);
    }
    let fourth = rita.post("/fn/customer-create", &crate::support::customer("Four"));
    assert_eq!((fourth.status, fourth.body.contains("CustomerQuota")), (409, true), "{}", fourth.body);
    let (raised, said) = place.run(&["msp", "quota", "--customers", "4"]);
    assert!(raised && said.contains("3/4"), "{said}");
    rita.add_customer("Four");
}
