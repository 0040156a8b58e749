//! Deleting a customer (DOMAIN A11), over HTTP: what is left of it afterwards.

use crate::{
    maintenance::add_dead_monitor,
    support::{Engine, Place, id_in, on_both, until},
    tenants::{command_with_password, sign_in},
};

const OWN: &str = "rita@one.example";

/// Every table with a column that names a customer, from the database's own schema.
fn tables_about_customers(place: &Place, engine: Engine) -> Vec<String> {
    let sql = match engine {
        Engine::Sqlite => {
            "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c ON c.name = 'customer_id' WHERE m.type = 'table' ORDER BY m.name"
        }
        Engine::Postgres => {
            "SELECT CAST(table_name AS TEXT) FROM information_schema.columns
                WHERE column_name = 'customer_id' AND table_schema = 'public' ORDER BY table_name"
        }
    };
    place.rows::<1>(sql).into_iter().map(|[name]| name).collect()
}

on_both!(a11_nothing_of_a_deleted_customer_is_left_but_the_audit);
fn a11_nothing_of_a_deleted_customer_is_left_but_the_audit(engine: Engine) {
    let place = Place::new(engine);
    let msp = command_with_password(&place, &["msp", "create", "--name", "One", "--admin-email", OWN]);
    let server = place.start();
    let rita = sign_in(&server, OWN);
    let (harbor, elm) = (rita.add_customer("Harbor"), rita.add_customer("Elm"));
    let user = |customer: &str, email: &str| {
        let about =
            ["user", "create", "--role", "customer", "--customer", customer, "--name", "Carl", "--email", email, "--msp", &msp];
        command_with_password(&place, &about)
    };
    for (customer, email) in [(&harbor, "carl@harbor.example"), (&elm, "eve@elm.example")] {
        user(customer, email);
        let monitor = add_dead_monitor(&rita, customer);
        until("its monitor is down", || {
            let page = rita.post("/fn/outages", &[("filter", ""), ("customer", customer), ("page", "1")]).body;
            id_in(&page, "out_")
        });
        rita.post("/fn/maintenance-begin", &[("monitor", &monitor), ("minutes", "30")]);
    }
    rita.post("/fn/group-create", &[("name", "Ports"), ("tick[]", &harbor), ("tick[]", &elm)]);
    let carl = sign_in(&server, "carl@harbor.example");
    let tables = tables_about_customers(&place, engine);
    let left = |customer: &str| -> Vec<String> {
        let of = |table: &String| {
            let sql = format!("SELECT CAST(COUNT(*) AS TEXT) FROM {table} WHERE customer_id = '{customer}'");
            let [[count]] = place.rows::<1>(sql.leak()).try_into().unwrap();
            (count != "0").then(|| table.clone())
        };
        tables.iter().filter_map(of).collect()
    };
    let filled = left(&harbor);
    for table in ["associations", "events", "group_members", "monitors", "outages", "statuses", "users", "windows"] {
        assert!(filled.iter().any(|name| name == table), "{table} holds nothing to lose: {filled:?}");
    }

    let page = rita.get(&format!("/customers/{harbor}/delete"));
    assert!(page.status == 200 && page.body.contains("1 monitor,") && page.body.contains("1 customer user,"), "{}", page.body);
    let delete = |email: &str, answer: &str| {
        rita.post("/fn/customer-delete", &[("customer", &harbor), ("email", email), ("answer", answer)])
    };
    assert_eq!(delete("carl@harbor.example", "delete").status, 422);
    // What Enter sends, without a script as well.
    let cancelled = rita.send("/fn/customer-delete", &[("customer", &harbor), ("email", OWN), ("answer", "")]);
    assert_eq!((cancelled.status, cancelled.location.as_deref()), (302, Some(format!("/customers/{harbor}").as_str())));
    assert_eq!(left(&harbor), filled);
    assert_eq!(delete(OWN, "delete").body, "\"/customers\"");

    until("nothing is left", || (left(&harbor) == ["events"]).then_some(()));
    assert_eq!(place.rows::<1>("SELECT name FROM customers"), [["Elm".to_owned()]]);
    // What belongs to its monitors went with them, and what is another's stayed.
    for sql in [
        "SELECT CAST(COUNT(*) AS TEXT) FROM transitions WHERE monitor_id NOT IN (SELECT id FROM monitors)",
        "SELECT CAST(COUNT(*) AS TEXT) FROM latencies WHERE monitor_id NOT IN (SELECT id FROM monitors)",
        "SELECT CAST(COUNT(*) AS TEXT) FROM outages WHERE monitor_id NOT IN (SELECT id FROM monitors)",
    ] {
        assert_eq!(place.rows::<1>(sql), [["0".to_owned()]], "{sql}");
    }
    assert!(left(&elm).len() >= filled.len() - 1, "{:?}", left(&elm));
    assert_eq!(carl.get("/portal").status, 303);
    assert_eq!(rita.get(&format!("/customers/{harbor}")).status, 404);
    let snapshot = rita.try_bytes("/live/snapshot").unwrap();
    assert!(!snapshot.windows(6).any(|bytes| bytes == b"Harbor"));
    let trail = rita.get(&format!("/audit?customer={harbor}")).body;
    assert!(trail.contains("Customer deleted") && trail.contains("Rita") | trail.contains(OWN), "{trail}");
}
