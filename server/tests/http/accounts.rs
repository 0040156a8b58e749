//! Accounts that stand on their own (DOMAIN B4, B6), and what a termination closes (B2), through the real server.

use std::sync::{Arc, atomic::AtomicU32};

use crate::{
    support::{Client, Engine, Place, Server, id_in, on_both, until},
    tenants::{command_with_password, sign_in},
    wall::Wall,
};

/// An account that no MSP manages: its id.
pub(crate) fn account(place: &Place, company: &str, email: &str) -> String {
    let about = ["customer", "create", "--company", company, "--super-admin-name", "Sue Marsh", "--super-admin-email", email];
    command_with_password(place, &about)
}

/// The MSP asks for the account, and its Super Admin approves: the request's id.
pub(crate) fn manage(msp: &Client, sue: &Client, account: &str) -> String {
    let asked = msp.post("/fn/customer-existing", &[("customer", account)]);
    assert_eq!(asked.status, 200, "{}", asked.body);
    let request = id_in(&sue.post("/fn/own-account", &[]).body, "apr_").unwrap();
    let approved = sue.post("/fn/approval-answer", &[("approval", &request), ("step", "approve")]);
    assert_eq!(approved.status, 200, "{}", approved.body);
    request
}

/// The names of the tiles of an open wall.
fn tiles(wall: &Wall) -> Vec<String> {
    let shown = wall.shown();
    let mut names: Vec<String> = shown.board.tiles().map(|slot| shown.board.name(slot).to_owned()).collect();
    names.sort();
    names
}

on_both!(b2_a_terminated_account_is_closed_at_once_for_its_people_and_on_open_walls);
fn b2_a_terminated_account_is_closed_at_once_for_its_people_and_on_open_walls(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let rita = server.set_up();
    let (harbor, cedar) = (rita.add_customer("Harbor"), rita.add_customer("Cedar"));
    rita.add_monitor(&harbor, "harbor-web", "steady");
    rita.add_monitor(&cedar, "cedar-web", "steady");
    let carl =
        ["user", "create", "--role", "customer", "--customer", &harbor, "--email", "carl@harbor.example", "--name", "Carl"];
    command_with_password(&place, &carl);
    let carl = sign_in(&server, "carl@harbor.example");
    assert!(carl.get("/portal").body.contains("harbor-web"));
    let wall = Wall::open(&rita, &Arc::<AtomicU32>::default());
    until("both stand on the wall", || (tiles(&wall) == ["cedar-web", "harbor-web"]).then_some(()));

    let fields = [("customer", harbor.as_str()), ("step", "terminate"), ("reason", "over")];
    assert_eq!(rita.post("/fn/customer-step", &fields).status, 200);
    // The very next request of a customer user, before anything had time to happen by itself.
    assert_eq!(carl.post("/fn/portal", &[("page", "1")]).status, 401);
    assert_eq!(carl.get("/portal").location.as_deref(), Some("/sign-in?next=/portal"));
    let again = server.client().post("/fn/sign-in", &[("email", "carl@harbor.example"), ("password", "correct horse battery")]);
    assert_eq!(again.status, 401);
    until("the wall has lost its tile", || (tiles(&wall) == ["cedar-web"]).then_some(()));
    for (form, more) in
        [("monitor-create", ("version", "2")), ("customer-edit", ("version", "2")), ("customer-step", ("step", "downgrade"))]
    {
        let mut fields = crate::support::customer("Harbor");
        fields.extend(crate::support::monitor(&harbor, "late", "steady"));
        fields.push(more);
        assert_eq!(rita.post(&format!("/fn/{form}"), &fields).status, 409, "{form}");
    }
    let restore = [("customer", harbor.as_str()), ("step", "restore")];
    assert_eq!(rita.post("/fn/customer-step", &restore).status, 200);
    until("the wall has it again", || (tiles(&wall) == ["cedar-web", "harbor-web"]).then_some(()));
    assert!(wall.shown().wrong.is_empty(), "{:?}", wall.shown().wrong);
}

/// What a browser without JavaScript is answered: where it is led, its cookies, and the page that it finds there.
fn plain(server: &Server, client: &Client, form: &str, page: &str, fields: &[(&str, &str)]) -> (String, String) {
    let referer = format!("{}{page}", server.base);
    let headers = [("accept", "text/html"), ("sec-fetch-site", "same-origin"), ("referer", referer.as_str())];
    let answer = client.try_post(form, fields, &headers).unwrap();
    assert_eq!(answer.status, 302, "{}", answer.body);
    let mut next = client.clone();
    if let Some(kept) = &answer.set_cookie {
        next.cookie = Some(format!("{}; {}", client.cookie.as_deref().unwrap(), kept.split(';').next().unwrap()));
    }
    let location = answer.location.unwrap();
    let location = location.strip_prefix(&server.base).unwrap_or(&location).to_owned();
    let body = next.get(&location).body;
    (location, body)
}

on_both!(b4_an_unknown_id_and_a_foreign_one_are_answered_alike);
fn b4_an_unknown_id_and_a_foreign_one_are_answered_alike(engine: Engine) {
    let place = Place::new(engine);
    command_with_password(&place, &["msp", "create", "--name", "One", "--admin-email", "ada@one.example"]);
    command_with_password(&place, &["msp", "create", "--name", "Two", "--admin-email", "bob@two.example"]);
    let (managed, pending) =
        (account(&place, "Managed", "sue@managed.example"), account(&place, "Pending", "kim@pending.example"));
    let server = place.start();
    let (ada, bob) = (sign_in(&server, "ada@one.example"), sign_in(&server, "bob@two.example"));
    let sue = sign_in(&server, "sue@managed.example");
    manage(&ada, &sue, &managed);
    assert_eq!(ada.post("/fn/customer-existing", &[("customer", &pending)]).status, 200);
    let ordinary = ada.add_customer("Ordinary");
    let nobodys = ordinary.replace("cus_0", "cus_f");
    let answers: Vec<(u16, String, String)> = [managed.as_str(), &pending, &ordinary, &nobodys, "harbor", ""]
        .into_iter()
        .map(|id| {
            let scripted = bob.post("/fn/customer-existing", &[("customer", id)]);
            let (_, page) = plain(&server, &bob, "/fn/customer-existing", "/customers/existing", &[("customer", id)]);
            // The id that was typed stands in the field again.
            assert!(id.is_empty() || page.contains(&format!("value=\"{id}\"")), "{id} is lost");
            let said = page.split("id=\"customer-error\"").nth(1).unwrap().split("</p>").next().unwrap().to_owned();
            (scripted.status, scripted.body, said)
        })
        .collect();
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    assert!(answers[0].0 == 422 && answers[0].2.contains("There is no account with this id"), "{:?}", answers[0]);
    assert!(bob.get("/customers").body.contains("No customers yet"));
}

on_both!(b4_b6_a_super_admin_approves_and_leaves_without_javascript);
fn b4_b6_a_super_admin_approves_and_leaves_without_javascript(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let rita = server.set_up();
    let harbor = account(&place, "Harbor", "sue@harbor.example");
    let sue = sign_in(&server, "sue@harbor.example");
    assert!(sue.get("/portal").body.contains(&harbor));
    let (led_to, page) = plain(&server, &rita, "/fn/customer-existing", "/customers/existing", &[("customer", &harbor)]);
    assert!(led_to == "/customers?state=pending" && page.contains("Harbor"), "{led_to}");
    let request = id_in(&sue.get("/portal").body, "apr_").unwrap();
    let address = format!("/account/approval/{request}");
    // The link in a mail: it leads to the sign-in, and from there on.
    assert_eq!(server.client().get(&address).location, Some(format!("/sign-in?next={address}")));
    let page = sue.get(&address).body;
    for shown in ["Night Shift asks to manage Harbor", "What you keep", "Approve", "Decline"] {
        assert!(page.contains(shown), "{shown} is missing");
    }
    let answer = |step| plain(&server, &sue, "/fn/approval-answer", &address, &[("approval", &request), ("step", step)]);
    let (led_to, page) = answer("approve");
    assert!(led_to == "/portal?done=approve" && page.contains("Night Shift manages this account"), "{led_to}");
    assert!(answer("decline").1.contains("This request was approved already"));
    rita.add_monitor(&harbor, "harbor-web", "steady");
    assert!(sue.get("/portal").body.contains("harbor-web"));
    // Never locked out (B6): not by a termination either.
    let terminate = [("customer", harbor.as_str()), ("step", "terminate"), ("reason", "over")];
    assert_eq!(rita.post("/fn/customer-step", &terminate).status, 200);
    assert!(sue.get("/portal").body.contains("Night Shift has terminated this account"));
    assert!(sue.get("/portal/leave").body.contains("This cannot be undone"));
    let (led_to, page) = plain(&server, &sue, "/fn/account-leave", "/portal/leave", &[]);
    assert!(led_to == "/portal?done=leave" && page.contains("No MSP manages this account"), "{led_to}");
    assert_eq!(rita.get(&format!("/customers/{harbor}")).status, 404);
    assert!(rita.get("/audit").body.contains("Account left"));
}

#[test]
fn b4_a_request_that_nobody_answers_expires_by_itself() {
    let place = Place::new(Engine::Sqlite);
    let server = place.start();
    let rita = server.set_up();
    let harbor = account(&place, "Harbor", "sue@harbor.example");
    assert_eq!(rita.post("/fn/customer-existing", &[("customer", &harbor)]).status, 200);
    assert!(rita.get("/customers").body.contains(&harbor));
    rita.advance(14 * 24 * 60 * 60 * 1000 + 1000);
    until("it is gone from the list", || (!rita.get("/customers").body.contains(&harbor)).then_some(()));
    assert!(rita.get("/audit").body.contains("Approval expired"));
}

on_both!(b5_a_termination_is_final_after_the_days_that_the_msp_has_set);
fn b5_a_termination_is_final_after_the_days_that_the_msp_has_set(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let rita = server.set_up();
    let harbor = rita.add_customer("Harbor");
    let mut settings = vec![
        ("version", "1"),
        ("input[name]", "Night Shift"),
        ("input[language]", "en"),
        ("input[report_zone]", "UTC"),
        ("input[free_monitors]", "5"),
        ("input[restore_days]", "3"),
        ("input[refresh_minutes]", "5"),
    ];
    assert_eq!(rita.post("/fn/settings-edit", &settings).status, 200);
    settings[2] = ("input[language]", "de");
    assert_eq!(rita.post("/fn/settings-edit", &settings).status, 409, "it was edited since");
    let step = |step| rita.post("/fn/customer-step", &[("customer", &harbor), ("step", step), ("reason", "over")]).status;
    assert!(rita.get(&format!("/customers/{harbor}/step/terminate")).body.contains("can be restored for 3 days"));
    assert_eq!(step("terminate"), 200);
    rita.advance(3 * 24 * 60 * 60 * 1000 - 60_000);
    assert!(rita.get(&format!("/customers/{harbor}")).body.contains("It can be restored until"));
    assert_eq!(step("restore"), 200);
    assert_eq!(step("terminate"), 200);
    rita.advance(3 * 24 * 60 * 60 * 1000 + 60_000);
    let page = rita.get(&format!("/customers/{harbor}")).body;
    assert!(page.contains("Now this is final") && !page.contains("/step/restore"), "{page}");
    assert_eq!((rita.get(&format!("/customers/{harbor}/step/restore")).status, step("restore")), (409, 409));
}

#[test]
fn b2_the_reason_is_not_lost_without_javascript() {
    let place = Place::new(Engine::Sqlite);
    let server = place.start();
    let rita = server.set_up();
    let harbor = rita.add_customer("Harbor");
    let page = format!("/customers/{harbor}/step/terminate");
    let reason = format!("too long a reason {}", "x".repeat(500));
    let fields = [("customer", harbor.as_str()), ("step", "terminate"), ("version", "1"), ("reason", reason.as_str())];
    let (_, shown) = plain(&server, &rita, "/fn/customer-step", &page, &fields);
    assert!(shown.contains(&reason) && shown.contains("At most 500 characters"), "{shown}");
    // Somebody else was faster: the page says what it is now, and who made it so.
    assert_eq!(rita.post("/fn/customer-step", &[("customer", &harbor), ("step", "downgrade"), ("version", "1")]).status, 200);
    let fields = [("customer", harbor.as_str()), ("step", "terminate"), ("version", "1"), ("reason", "The contract ended")];
    let (_, shown) = plain(&server, &rita, "/fn/customer-step", &page, &fields);
    assert!(
        shown.contains("changed this account in the meantime: it is Free now") && shown.contains("The contract ended"),
        "{shown}"
    );
    assert!(shown.contains("rita@msp.example"), "{shown}");
}
