//! Lists as CSV (DOMAIN A12, A15), as a browser fetches them.

use crate::{
    support::{Engine, Place, add_operator, customer, on_both},
    tenants::{command_with_password, sign_in},
};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// The cells of a file that the server wrote, row by row.
fn table(text: &str) -> Vec<Vec<String>> {
    let body = text.strip_prefix('\u{feff}').expect("a byte order mark");
    let rows = csv::ReaderBuilder::new().has_headers(false).from_reader(body.as_bytes());
    rows.into_records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn column<'a>(table: &'a [Vec<String>], name: &str) -> Vec<&'a str> {
    let place = table[0].iter().position(|head| head == name).unwrap_or_else(|| panic!("no {name} in {:?}", table[0]));
    table[1..].iter().map(|row| row[place].as_str()).collect()
}

on_both!(a12_the_file_holds_what_the_filter_shows_and_no_formula);
fn a12_the_file_holds_what_the_filter_shows_and_no_formula(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let rita = server.set_up();
    for (company, more) in [
        ("=1+1", ("input[city]", "Kingston, \"Hull\"")),
        ("Harbor", ("input[mobile]", "+44 1482 300300")),
        ("Elm", ("input[city]", "Leeds")),
    ] {
        let mut form = customer(company);
        form.push(more);
        assert_eq!(rita.post("/fn/customer-create", &form).status, 200);
    }
    let (status, headers, text) = rita.csv("/customers.csv", &["content-type", "content-disposition", "x-rows"]);
    assert_eq!(status, 200);
    assert_eq!(headers, ["text/csv; charset=utf-8; header=present", "attachment; filename=\"customers.csv\"", "3"]);
    assert!(text.contains("\r\n"));
    let all = table(&text);
    assert_eq!(column(&all, "Name"), ["'=1+1", "Elm", "Harbor"]);
    assert_eq!(column(&all, "City")[0], "Kingston, \"Hull\"");
    assert_eq!(column(&all, "Mobile number")[2], "'+441482300300");
    assert_eq!(column(&all, "MSP users"), ["rita@msp.example"; 3]);
    assert_eq!(column(&all, "Status"), ["Active"; 3]);

    let (_, headers, text) = rita.csv("/customers.csv?name=H&sort=name&dir=desc&q=customer.example", &["x-rows"]);
    assert_eq!((headers, column(&table(&text), "Name")), (vec!["1".to_owned()], vec!["Harbor"]));
    assert_eq!(rita.csv("/customers.csv?added_from=tomorrow", &[]).0, 422);

    let ids: Vec<&str> = column(&all, "Customer id");
    let ticked = rita.send("/customers.csv", &[("tick[]", ids[0]), ("tick[]", ids[1])]);
    assert_eq!((ticked.status, column(&table(&ticked.body), "Name")), (200, vec!["'=1+1", "Elm"]));
    let joined = rita.send("/customers.csv", &[("ticked", &format!("{},{}", ids[2], ids[0]))]);
    assert_eq!(column(&table(&joined.body), "Name"), ["'=1+1", "Harbor"]);
    assert_eq!(rita.send("/customers.csv", &[]).status, 400);
    assert_eq!(server.client().send("/customers.csv", &[("ticked", ids[0])]).status, 401);

    // An operator who is associated with nobody reads the list, and no more than the list.
    let olu = add_operator(&place, &server, "olu@msp.example");
    let (_, _, text) = olu.csv("/customers.csv", &[]);
    let seen = table(&text);
    assert_eq!((column(&seen, "City"), column(&seen, "Email")), (vec!["", "", ""], vec!["it@customer.example"; 3]));
}

on_both!(a12_above_five_thousand_rows_a_link_is_emailed);
fn a12_above_five_thousand_rows_a_link_is_emailed(engine: Engine) {
    let place = Place::new(engine);
    let msp = command_with_password(&place, &["msp", "create", "--name", "One", "--admin-email", "rita@one.example"]);
    let about = ["user", "create", "--role", "admin", "--email", "bo@one.example", "--name", "Bo", "--msp", &msp];
    command_with_password(&place, &about);
    assert!(place.run(&["demo", "--customers", "5001", "--monitors", "10", "--seed", "1"]).0);
    let server = place.start();
    let (rita, bo) = (sign_in(&server, "rita@one.example"), sign_in(&server, "bo@one.example"));

    // 5,000 are given at once, and whole.
    let (status, headers, text) = rita.csv("/customers.csv?devices_to=0", &["x-rows"]);
    let rows: usize = headers[0].parse().unwrap();
    assert_eq!((status, table(&text).len() - 1), (200, rows));

    let (status, _, said) = rita.csv("/customers.csv?sort=monitors&dir=desc", &[]);
    assert!(status == 409 && said.contains("too long to be given at once"), "{status} {said}");
    assert!(rita.get("/customers").body.contains("CSV by email"));
    assert_eq!(rita.post("/customers.csv?sort=monitors&dir=desc", &[("mail", "yes")]).status, 202);
    let back = rita.send("/customers.csv?sort=monitors&dir=desc", &[("mail", "yes")]);
    assert_eq!((back.status, back.location.as_deref()), (303, Some("/customers?sort=monitors&dir=desc&mailed=1")));
    assert!(rita.get("/customers?mailed=1").body.contains("on its way to your email address"));

    let mails = place.rows::<3>("SELECT recipient, subject, link FROM outbox WHERE template = 'export_ready' ORDER BY id");
    assert_eq!(mails.len(), 2);
    let [to, subject, link] = &mails[0];
    assert_eq!((to.as_str(), subject.as_str()), ("rita@one.example", "One: the customer list is ready"));
    let path = &link[link.find("/exports/").expect("a link")..];
    assert!(path.len() > "/exports/".len() + 40, "{path} can be guessed");
    let page = rita.get(path);
    assert!(page.status == 200 && page.body.contains("5,001") && page.body.contains(&format!("{path}/customers.csv")));
    let (status, headers, text) = rita.csv(&format!("{path}/customers.csv"), &["x-rows"]);
    let whole = table(&text);
    assert_eq!((status, headers[0].as_str(), whole.len()), (200, "5001", 5002));
    let monitors: Vec<u32> = column(&whole, "Monitors").into_iter().map(|count| count.parse().unwrap()).collect();
    assert!(monitors.is_sorted_by(|a, b| a >= b));

    // The link alone is worth nothing, and a day later nothing to anybody.
    assert_eq!((bo.get(path).status, bo.csv(&format!("{path}/customers.csv"), &[]).0), (404, 404));
    assert_eq!(server.client().get(path).location.as_deref(), Some(format!("/sign-in?next={path}").as_str()));
    rita.advance(DAY_MS);
    let late = rita.get(path);
    assert!(late.status == 410 && late.body.contains("This link is over"), "{}", late.status);
    assert_eq!(rita.csv(&format!("{path}/customers.csv"), &[]).0, 410);
    let kinds = place.rows::<1>("SELECT kind FROM events WHERE kind = 'export.requested'");
    assert_eq!(kinds.len(), 2);
}

on_both!(a15_the_trail_is_exported_as_it_is_filtered);
fn a15_the_trail_is_exported_as_it_is_filtered(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let rita = server.set_up();
    let harbor = rita.add_customer("=cmd()");
    rita.add_monitor(&harbor, "web", "steady");
    let (status, _, text) = rita.csv(&format!("/audit.csv?customer={harbor}&who=rita"), &[]);
    let trail = table(&text);
    assert_eq!(
        (status, column(&trail, "Kind"), column(&trail, "What")),
        (200, vec!["monitor.created", "customer.created"], vec!["Monitor created", "Customer created"])
    );
    assert_eq!((column(&trail, "Subject"), column(&trail, "Who")[0]), (vec!["web", "'=cmd()"], "Rita <rita@msp.example>"));
    assert!(column(&trail, "Changes")[1].contains("Email:  → it@customer.example"), "{:?}", trail[2]);
    assert_eq!(rita.csv("/audit.csv?from=2026-02-30", &[]).0, 422);
    let page = rita.get("/audit?kind=customer.created&from=2026-02-30");
    assert!(page.status == 422 && page.body.contains("a date or time that there is"));
    let page = rita.get("/audit?kind=customer.created").body;
    assert!(page.contains("Customer created") && !page.contains("<td>web"));
}

on_both!(a15_nothing_that_is_written_down_can_be_changed);
fn a15_nothing_that_is_written_down_can_be_changed(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let rita = server.set_up();
    rita.add_customer("Harbor");
    let before = place.rows::<3>("SELECT kind, actor, after FROM events ORDER BY seq");
    assert!(!before.is_empty());
    for statement in [
        "UPDATE events SET actor = 'Nobody'",
        "UPDATE events SET at = 0 WHERE seq = 1",
        "DELETE FROM events",
        "DELETE FROM events WHERE seq = 1",
    ] {
        let said = place.try_execute(statement.to_owned()).expect_err(statement);
        assert!(said.contains("append-only"), "{statement}: {said}");
    }
    if engine == Engine::Postgres {
        assert!(place.try_execute("TRUNCATE events".into()).expect_err("truncate").contains("append-only"));
    }
    assert_eq!(place.rows::<3>("SELECT kind, actor, after FROM events ORDER BY seq"), before);
}
