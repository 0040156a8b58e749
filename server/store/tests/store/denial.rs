//! A customer that a person is denied does not exist for them (DOMAIN C7): every function that takes an [`Actor`] is asked by one.

use std::collections::BTreeSet;

use model::{
    ContactId, CustomerId, GroupId, ItemId, LocationId, MonitorId, Refusal, UserId,
    contacts::ContactInput,
    customers::{CustomerQuery, export::Wanted},
    drafts::AccountEdit,
    events::EventInput,
    groups::Ticks,
    import::Encoding,
    invitations::InvitationInput,
    lifecycle::{State, Step},
    locations::LocationInput,
    maintenance::WindowQuery,
    monitors::{MonitorInput, MonitorQuery, Outcome, Source, history::Range},
    outages::OutageQuery,
    people::{TieStep, Ties, TiesQuery},
    roles::Role,
    services::ItemInput,
};
use store::{
    Actor, StatusWrite,
    import::Done,
    verification::{Verified, Whose},
};

use crate::{
    accounts::{account, gone, managed},
    both::{Fixture, Msp, PASSWORD, both, customer_input, monitor_input, refused},
    kiosks::chosen,
    maintenance::daily,
    wizard::{code, with_mobile},
};

/// Stands in everything that is the denied customer's, and in nothing else.
const SECRET: &str = "Secretum";
/// The MSP's first admin.
const RITA: &str = "admin@alpha.example";

struct Scene {
    msp: Msp,
    secret: CustomerId,
    open: CustomerId,
    secret_monitor: MonitorId,
    group: GroupId,
    secret_group: GroupId,
    /// An admin who created nothing, is associated with both and denied the first.
    bo: Actor,
}

async fn scene(t: &Fixture) -> Scene {
    let msp = t.msp("Alpha").await;
    let secret = t.customer(&msp, &format!("{SECRET} Labs")).await;
    let open = t.customer(&msp, "Harbor").await;
    let secret_monitor = t.monitor(&msp, &secret, &format!("{SECRET} web")).await;
    t.monitor(&msp, &open, "harbor web").await;
    let bo = t.person(&msp, Role::Admin, None, "bo@alpha.example").await;
    for customer in [&secret, &open] {
        t.store.associate_self(&bo, customer).await.unwrap();
    }
    goes_down(t, &msp, &secret, &secret_monitor).await;
    t.store.create_window(&msp.admin, &secret, &daily("Secret works")).await.unwrap();
    let both = Ticks { shown: Vec::new(), ticked: vec![secret.clone(), open.clone()] };
    let group = t.store.create_group(&msp.admin, "Region", &both).await.unwrap();
    let only = Ticks { shown: Vec::new(), ticked: vec![secret.clone()] };
    let secret_group = t.store.create_group(&msp.admin, "Others", &only).await.unwrap();
    t.store.create_kiosk(&msp.admin, &chosen(&[&secret, &open])).await.unwrap();
    let email = format!("{SECRET}@customer.example");
    t.store.create_user(&msp.admin, Role::Customer, Some(&secret), &email, &format!("{SECRET} user"), PASSWORD).await.unwrap();
    t.store.reset_password(&email, "another horse battery").await.unwrap();
    t.store.invite(&msp.admin, Some(&secret), &invitee()).await.unwrap();
    t.store.tie(&msp.admin, &secret, bo.user().unwrap(), TieStep::Deny).await.unwrap();
    let bo = t.sign_in("bo@alpha.example").await;
    // What is younger has not settled, and no replay shows it.
    t.clock.advance(2_000);
    Scene { msp, secret, open, secret_monitor, group, secret_group, bo }
}

fn invitee() -> InvitationInput {
    InvitationInput { email: format!("{SECRET}.reader@customer.example"), ..InvitationInput::default() }
}

async fn goes_down(t: &Fixture, msp: &Msp, customer: &CustomerId, monitor: &MonitorId) {
    let now = t.clock.now();
    let reason = format!("{SECRET} refused");
    let outcome = Outcome { status: model::Status::Down, reason: reason.clone(), latency_ms: None };
    let evidence = model::monitors::Evidence {
        source: Source::BuiltIn,
        said: outcome.status,
        latency_ms: None,
        attempts: 1,
        rule: String::new(),
    };
    let write = StatusWrite {
        monitor: monitor.clone(),
        msp: msp.id.clone(),
        customer: customer.clone(),
        status: outcome.status,
        since: now,
        reason,
        verdict_at: now,
        latency_ms: None,
        held: None,
        transition: Some((model::Status::Discovery, evidence)),
    };
    t.store.commit(&[write]).await.unwrap();
}

/// What every function that reads says to `actor`, by its name.
async fn said(t: &Fixture, scene: &Scene, actor: &Actor) -> Vec<(&'static str, String)> {
    let s = &t.store;
    let search = |search: &str| CustomerQuery { search: search.into(), ..CustomerQuery::default() };
    let mut said = Vec::new();
    for query in [
        CustomerQuery::default(),
        search(SECRET),
        search(&scene.secret.to_string()),
        CustomerQuery { state: Some(State::Active), ..CustomerQuery::default() },
        CustomerQuery { page: 9, ..search("a") },
    ] {
        said.push(("customers", format!("{:?}", s.customers(actor, &query).await.unwrap())));
    }
    for query in [
        MonitorQuery::default(),
        MonitorQuery { search: SECRET.into(), ..MonitorQuery::default() },
        MonitorQuery { customer: Some(scene.secret.clone()), ..MonitorQuery::default() },
        MonitorQuery { status: Some(model::Status::Down), ..MonitorQuery::default() },
    ] {
        said.push(("monitors", format!("{:?}", s.monitors(actor, &query).await.unwrap())));
    }
    let basis = s.health_basis(actor).await.unwrap();
    said.push(("health_basis", format!("{:?} {} {:?}", basis.customers, basis.active, basis.groups)));
    said.push(("events", format!("{:?}", s.events(actor, None, None, 500).await.unwrap())));
    for input in [
        EventInput::default(),
        EventInput { customer: SECRET.into(), ..EventInput::default() },
        EventInput { customer: scene.secret.to_string(), ..EventInput::default() },
    ] {
        said.push(("audit", format!("{:?}", s.audit(actor, &input, None, 500).await.unwrap())));
    }
    said.push(("event_kinds", format!("{:?}", s.event_kinds(actor).await.unwrap())));
    for wanted in
        [Wanted::Shown(Box::default()), Wanted::Shown(Box::new(search(SECRET))), Wanted::Ticked(vec![scene.secret.clone()])]
    {
        let part = s.export_customers(actor, &wanted, None).await.unwrap();
        let count = s.count_export(actor, &wanted).await.unwrap();
        assert_eq!(part.rows.len(), count as usize);
        said.push(("export_customers", format!("{:?}", part.rows)));
        said.push(("count_export", count.to_string()));
    }
    for found in ["", SECRET] {
        said.push(("maintenance_customers", format!("{:?}", s.maintenance_customers(actor, found).await.unwrap())));
    }
    let day = s.replay_day(actor, "b").await.unwrap();
    let piece = s.replay_piece(actor, day.edition, t.clock.now() - 600_000).await.unwrap();
    said.push(("replay_piece", format!("{piece:?}")));
    for slot in 0..2 {
        said.push(("replay_monitor", format!("{:?}", s.replay_monitor(actor, day.edition, slot).await.ok())));
    }
    said.push(("replay_day", format!("{day:?}")));
    said.push(("me", format!("{:?}", s.me(actor).await.unwrap())));
    said.push(("groups", format!("{:?}", s.groups(actor).await.unwrap())));
    for group in [&scene.group, &scene.secret_group] {
        said.push(("group", format!("{:?}", s.group(actor, group).await.unwrap())));
        for text in ["", SECRET] {
            said.push(("group_offer", format!("{:?}", s.group_offer(actor, Some(group), text).await.unwrap())));
        }
    }
    let ids = [scene.secret.clone(), scene.open.clone()];
    said.push(("names_of_customers", format!("{:?}", s.names_of_customers(actor, &ids).await.unwrap())));
    said.push(("open_outages", format!("{:?}", s.open_outages(actor, &OutageQuery::default()).await.unwrap())));
    let of_secret = OutageQuery { customer: Some(scene.secret.clone()), ..OutageQuery::default() };
    said.push(("open_outages", format!("{:?}", s.open_outages(actor, &of_secret).await.unwrap())));
    for query in [
        WindowQuery { page: 1, ..WindowQuery::default() },
        WindowQuery { customer: Some(scene.secret.clone()), page: 1, ..WindowQuery::default() },
        WindowQuery { monitor: Some(scene.secret_monitor.clone()), page: 1, ..WindowQuery::default() },
    ] {
        said.push(("windows", format!("{:?}", s.windows(actor, &query).await.unwrap())));
    }
    said.push(("catalogue", format!("{:?}", s.catalogue(actor).await.unwrap())));
    said.push(("default_group", format!("{:?}", s.default_group(actor).await.unwrap())));
    said.push(("outbox", format!("{:?}", s.outbox(actor, None, 1).await.unwrap())));
    said.push(("outbox", format!("{:?}", s.outbox(actor, Some(model::mail::MailState::Queued), 9).await.unwrap())));
    said.push(("invitations", format!("{:?}", s.invitations(actor, None).await.unwrap())));
    said.push(("kiosks", format!("{:?}", s.kiosks(actor).await.unwrap())));
    said.push(("staff", format!("{:?}", s.staff(actor).await.unwrap())));
    for user in [scene.bo.user().unwrap(), scene.msp.admin.user().unwrap()] {
        for ties in Ties::ALL {
            for text in ["", SECRET] {
                let query = TiesQuery { search: text.into(), ties, page: 1 };
                said.push(("staff_member", format!("{:?}", s.staff_member(actor, user, &query).await.unwrap())));
            }
        }
    }
    said
}

/// Each refuses `actor` as it refuses an id that nobody ever had. The names of the functions that were asked.
async fn nothing_is_there(t: &Fixture, actor: &Actor, customer: &CustomerId, monitor: &MonitorId) -> BTreeSet<&'static str> {
    let s = &t.store;
    let mut asked = BTreeSet::new();
    macro_rules! not_found {
        ($($name:ident($($argument:expr),*)),* $(,)?) => {
            $(assert_eq!(refused(s.$name(actor, $($argument),*).await), Refusal::NotFound, stringify!($name));
            asked.insert(stringify!($name));)*
        };
    }
    let own = actor.user().unwrap();
    let ticks = Ticks { shown: Vec::new(), ticked: vec![customer.clone()] };
    not_found!(
        customer(customer),
        edit_customer(customer, 1, &customer_input("Stolen")),
        edit_account(customer, 1, &AccountEdit::default(), true),
        chosen_for(customer),
        number_to_verify(&Whose::Customer(customer.clone())),
        renew_code(&Whose::Customer(customer.clone())),
        note_not_texted(&Whose::Customer(customer.clone())),
        verify_mobile(&Whose::Customer(customer.clone()), "123456"),
        discard_number(&Whose::Customer(customer.clone())),
        associate_self(customer),
        step_basis(customer),
        people_of_customer(customer),
        groups_of_customer(customer),
        users_of_customer(customer),
        invitations(Some(customer)),
        invite(Some(customer), &invitee()),
        create_kiosk(&chosen(&[customer])),
        outages_of_customer(customer, 10),
        events(Some(customer), None, 10),
        create_monitor(customer, &monitor_input("planted")),
        create_user(Role::Customer, Some(customer), "spy@beta.example", "Spy", PASSWORD),
        monitor(monitor),
        edit_monitor(monitor, 1, &MonitorInput::default()),
        suspend_monitor(monitor),
        resume_monitor(monitor),
        delete_monitor(monitor),
        outages_of_monitor(monitor, 10),
        create_group("Planted", &ticks),
        history(monitor, Range::Hour, &[]),
        renew_heartbeat(monitor),
        window_choices(customer, None, 10),
        create_window(customer, &daily("planted")),
        open_window(customer, None, 30),
        open_window_for_monitor(monitor, 30),
        deletion_basis(customer),
        delete_customer(customer, "bo@alpha.example"),
        services_of_customer(customer),
        choose_level(customer, "lvl"),
        save_item(customer, None, &ItemInput::default()),
        delete_item(customer, &ItemId::from_u128(7)),
        locations_of_customer(customer),
        location_choices(customer),
        save_location(customer, None, &LocationInput::default()),
        make_default_location(customer, &LocationId::from_u128(7)),
        delete_location(customer, &LocationId::from_u128(7)),
        contacts_of_customer(customer),
        save_contact(customer, None, &ContactInput::default()),
        delete_contact(customer, &ContactId::from_u128(7)),
    );
    for step in Step::ALL {
        not_found!(step_customer(customer, step, "reason", None));
    }
    for step in TieStep::ALL {
        not_found!(tie(customer, own, step));
    }
    asked
}

/// The functions of the store that take an [`Actor`], from their own text.
fn taking_an_actor() -> BTreeSet<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
    let mut found = BTreeSet::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for function in text.split("    pub async fn ").skip(1) {
            let (name, rest) = function.split_once('(').unwrap();
            if rest.split_once(')').unwrap().0.contains("actor: &Actor") {
                found.insert(name.to_owned());
            }
        }
    }
    found
}

both! {
    async fn c7_a_denied_customer_stands_in_no_answer(t: Fixture) {
        let scene = scene(&t).await;
        let id = scene.secret.to_string();
        let leaks = |text: &str| text.contains(SECRET) || text.contains(&id) || text.contains(&scene.secret_monitor.to_string());
        for (name, text) in said(&t, &scene, &scene.bo).await {
            assert!(!leaks(&text), "{name}: {text}");
        }
        // The same questions do find it for who is not denied it: none of them is asked in vain.
        let found: BTreeSet<&str> =
            said(&t, &scene, &scene.msp.admin).await.into_iter().filter(|(_, text)| leaks(text)).map(|(name, _)| name).collect();
        let about_it = [
            "audit",
            "customers",
            "events",
            "export_customers",
            "group_offer",
            "health_basis",
            "kiosks",
            "maintenance_customers",
            "monitors",
            "names_of_customers",
            "open_outages",
            "outbox",
            "replay_day",
            "replay_monitor",
            "replay_piece",
            "staff_member",
            "windows",
        ];
        assert_eq!(found, BTreeSet::from(about_it));
    }

    async fn c7_counts_leave_a_denied_customer_out(t: Fixture) {
        let Scene { msp, bo, open, group, .. } = scene(&t).await;
        let page = t.store.customers(&bo, &CustomerQuery::default()).await.unwrap();
        assert_eq!((page.all, page.active, page.matching, page.rows.len()), (1, 1, 1, 1));
        let monitors = t.store.monitors(&bo, &MonitorQuery::default()).await.unwrap();
        assert_eq!((monitors.matching, monitors.by_status.iter().sum::<u32>()), (1, 1));
        let me = t.store.me(&bo).await.unwrap();
        assert_eq!((me.customers, me.monitors), (1, 1));
        let basis = t.store.health_basis(&bo).await.unwrap();
        assert_eq!((basis.customers.len(), basis.active), (1, 1));
        let day = t.store.replay_day(&bo, "b").await.unwrap();
        assert_eq!((day.customers.len(), day.monitors.len()), (1, 1));
        assert!(day.columns.iter().all(|column| column.down == 0), "its outage is in no column");
        assert_eq!(basis.groups, [(group.clone(), "Region".to_owned())]);
        let groups = t.store.groups(&bo).await.unwrap();
        assert_eq!(groups.iter().map(|g| (g.name.as_str(), g.customers, g.users)).collect::<Vec<_>>(), [("Others", 0, 0), ("Region", 1, 2)]);
        let own = t.store.staff_member(&bo, bo.user().unwrap(), &TiesQuery::default()).await.unwrap();
        assert_eq!((own.person.associations, own.person.denials, own.matching), (1, 0, 1));
        assert_eq!(own.customers[0].id, open);
        let seen = t.store.staff_member(&msp.admin, bo.user().unwrap(), &TiesQuery::default()).await.unwrap();
        assert_eq!((seen.person.associations, seen.person.denials, seen.matching), (2, 1, 2));
    }

    async fn c7_its_id_is_as_unknown_as_an_unknown_one(t: Fixture) {
        let scene = scene(&t).await;
        let before = t.store.customer(&scene.msp.admin, &scene.secret).await.unwrap();
        nothing_is_there(&t, &scene.bo, &scene.secret, &scene.secret_monitor).await;
        nothing_is_there(&t, &scene.bo, &CustomerId::from_u128(7), &MonitorId::from_u128(7)).await;
        assert_eq!(t.store.customer(&scene.msp.admin, &scene.secret).await.unwrap(), before);
    }

    async fn c7_its_outages_and_windows_are_as_unknown_as_others(t: Fixture) {
        let scene = scene(&t).await;
        let s = &t.store;
        let outages = s.open_outages(&scene.msp.admin, &OutageQuery::default()).await.unwrap();
        let outage = outages.rows.iter().find(|row| row.customer == scene.secret).unwrap().outage.id.clone();
        let window = s.windows(&scene.msp.admin, &WindowQuery { page: 1, ..WindowQuery::default() }).await.unwrap().rows.remove(0).id;
        macro_rules! not_found {
            ($($name:ident($($argument:expr),*)),* $(,)?) => {
                $(assert_eq!(refused(s.$name(&scene.bo, $($argument),*).await), Refusal::NotFound, stringify!($name));)*
            };
        }
        not_found!(
            outage(&outage),
            take_outage(&outage),
            hand_outage_back(&outage),
            note_outage(&outage, "seen"),
            snooze_outage(&outage, 30, "known"),
            window(&window),
            edit_window(&window, 1, &daily("Stolen")),
            end_window(&window),
            delete_window(&window),
        );
        assert!(s.outage(&scene.msp.admin, &outage).await.unwrap().notes.is_empty());
        assert_eq!(s.window(&scene.msp.admin, &window).await.unwrap().row.name, "Secret works");
    }

    async fn c7_its_mails_invitations_and_people_are_as_unknown_as_others(t: Fixture) {
        let Scene { msp, secret, bo, .. } = scene(&t).await;
        let s = &t.store;
        let mail = s.outbox(&msp.admin, None, 1).await.unwrap().rows[0].id.clone();
        let invitation = s.invitations(&msp.admin, Some(&secret)).await.unwrap()[0].id.clone();
        let user = s.users_of_customer(&msp.admin, &secret).await.unwrap()[0].id.clone();
        macro_rules! not_found {
            ($($name:ident($($argument:expr),*)),* $(,)?) => {
                $(assert_eq!(refused(s.$name(&bo, $($argument),*).await), Refusal::NotFound, stringify!($name));)*
            };
        }
        not_found!(
            outbox_mail(&mail),
            send_again(&mail),
            resend_invitation(&invitation),
            revoke_invitation(&invitation),
            remove_user(&user),
        );
        assert_eq!(s.outbox(&bo, None, 1).await.unwrap().by_state, [0; 4]);
        assert!(s.invitations(&msp.admin, Some(&secret)).await.unwrap()[0].state.is_pending());
        assert_eq!(s.users_of_customer(&msp.admin, &secret).await.unwrap().len(), 1);
    }

    async fn c7_no_function_that_takes_an_actor_is_left_out(t: Fixture) {
        let scene = scene(&t).await;
        let mut asked: BTreeSet<String> = said(&t, &scene, &scene.bo).await.into_iter().map(|(name, _)| name.to_owned()).collect();
        let there = nothing_is_there(&t, &scene.bo, &scene.secret, &scene.secret_monitor).await;
        asked.extend(there.into_iter().map(str::to_owned));
        // They are about the actor's own account, which no customer is part of.
        let own = [
            "account",
            "captcha_challenge",
            "change_password",
            "confirm_second_factor",
            "disable_second_factor",
            "end_other_sessions",
            "end_session",
            // Their own files: what a check tells of others is tested below.
            "upload_import",
            "imports",
            "import",
            "map_import",
            "check_import",
            "import_report",
            "import_report_lines",
            "run_import",
            "discard_import",
            "offer_second_factor",
            "offered_second_factor",
            "renew_recovery_codes",
            "spend_captcha",
            // Their own export, which holds what `export_customers` says by then.
            "export",
            "request_export",
        ];
        // Of the MSP itself, and of the account that a Super Admin owns: whoever is staff is refused those.
        asked.extend(["msp_settings", "edit_msp_settings"].map(str::to_owned));
        asked.extend(["own_account", "reader_of_own_account", "approval", "answer_approval", "leave_msp"].map(str::to_owned));
        asked.extend(own.map(str::to_owned));
        // A customer that is being built, or waits for its code, is none yet: nobody can be denied it.
        let not_yet = [
            "add_customer",
            "discard_draft",
            "draft",
            "drafts",
            "hold_customer",
            "judge_draft",
            "new_draft",
            "offers",
            "reopen_waiting",
            "save_draft",
            "waiting_customers",
        ];
        asked.extend(not_yet.map(str::to_owned));
        // Of an incident that it is part of: f13_.
        asked.extend(["incidents", "incident_page", "take_incident"].map(str::to_owned));
        // Of an outage or a window of it: tested below.
        let of_it = [
            "outage",
            "take_outage",
            "hand_outage_back",
            "note_outage",
            "snooze_outage",
            "window",
            "edit_window",
            "end_window",
            "delete_window",
        ];
        asked.extend(of_it.map(str::to_owned));
        // Of the MSP's catalogue, which is about no customer; that they name none to whom it is denied: a8_.
        let catalogue = ["save_level", "save_plan", "save_service_type", "save_rates", "make_default", "delete_part"];
        asked.extend(catalogue.map(str::to_owned));
        // Of a mail, an invitation or a person of it: tested above.
        let of_its_people = ["outbox_mail", "send_again", "resend_invitation", "revoke_invitation", "remove_user"];
        asked.extend(of_its_people.map(str::to_owned));
        // It is about the MSP's staff alone.
        asked.insert("change_role".to_owned());
        // It answers with nothing: any MSP Admin ends any link.
        asked.insert("revoke_kiosk".to_owned());
        // They answer with no customer of the MSP; what they do to one that is hidden from the actor is tested below.
        asked.extend(["create_customer", "ask_account", "edit_group", "delete_group", "dissociate_group", "set_default_group"].map(str::to_owned));
        asked.extend(["join_group", "leave_group", "associate_group"].map(str::to_owned));
        let left_out: Vec<String> = taking_an_actor().difference(&asked).cloned().collect();
        assert!(left_out.is_empty(), "say in this file what they answer to somebody who is denied a customer: {left_out:?}");
    }

    async fn c7_who_was_an_actor_before_is_denied_all_the_same(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let secret = t.customer(&msp, SECRET).await;
        let bo = t.person(&msp, Role::Admin, None, "bo@alpha.example").await;
        t.store.associate_self(&bo, &secret).await.unwrap();
        t.store.tie(&msp.admin, &secret, bo.user().unwrap(), TieStep::Deny).await.unwrap();
        // Two admins at once cannot deny each other: somebody is always left who can allow it again.
        let back = t.store.tie(&bo, &secret, msp.admin.user().unwrap(), TieStep::Deny).await;
        assert_eq!(refused(back), Refusal::NotFound);
        assert_eq!(refused(t.store.customer(&bo, &secret).await), Refusal::NotFound);
    }

    async fn c7_no_customer_is_left_without_an_admin_who_sees_it(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let secret = t.customer(&msp, SECRET).await;
        let bo = t.person(&msp, Role::Admin, None, "bo@alpha.example").await;
        t.store.tie(&msp.admin, &secret, bo.user().unwrap(), TieStep::Deny).await.unwrap();
        let bo = t.sign_in("bo@alpha.example").await;
        let rita = msp.admin.user().unwrap();
        assert_eq!(refused(t.store.remove_user(&bo, rita).await), Refusal::LastAdminOfSome);
        assert_eq!(refused(t.store.change_role(&bo, rita, Role::Operator).await), Refusal::LastAdminOfSome);
        let cy = t.person(&msp, Role::Admin, None, "cy@alpha.example").await;
        t.store.remove_user(&bo, rita).await.unwrap();
        t.store.associate_self(&cy, &secret).await.unwrap();
    }

    async fn c7_a_denial_is_made_lifted_and_written_down(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let secret = t.customer(&msp, SECRET).await;
        let own = msp.admin.user().unwrap();
        assert_eq!(refused(t.store.tie(&msp.admin, &secret, own, TieStep::Deny).await), Refusal::DeniesSelf);
        let operator = t.person(&msp, Role::Operator, None, "otto@alpha.example").await;
        let otto = operator.user().unwrap().clone();
        assert_eq!(refused(t.store.tie(&operator, &secret, own, TieStep::Deny).await), Refusal::Forbidden);
        t.store.tie(&msp.admin, &secret, &otto, TieStep::Associate).await.unwrap();
        for _ in 0..2 {
            t.store.tie(&msp.admin, &secret, &otto, TieStep::Deny).await.unwrap();
        }
        let denied = t.sign_in("otto@alpha.example").await;
        assert!(denied.denied().contains(&secret) && !operator.denied().contains(&secret));
        assert_eq!(refused(t.store.customer(&denied, &secret).await), Refusal::NotFound);
        t.store.tie(&msp.admin, &secret, &otto, TieStep::Allow).await.unwrap();
        let allowed = t.sign_in("otto@alpha.example").await;
        assert!(allowed.denied().is_empty());
        // The association was there all the time.
        assert!(t.store.customer(&allowed, &secret).await.unwrap().associated);
        t.store.tie(&msp.admin, &secret, &otto, TieStep::Dissociate).await.unwrap();
        assert!(matches!(refused(t.store.customer(&allowed, &secret).await), Refusal::NotAssociated { .. }));
        let events = t.store.events(&msp.admin, Some(&secret), None, 10).await.unwrap();
        let kinds: Vec<&str> = events.iter().rev().map(|event| event.kind.as_str()).collect();
        assert_eq!(kinds, ["customer.created", "association.created", "denial.created", "denial.removed", "association.removed"]);
        let person = "Someone <otto@alpha.example>".to_owned();
        assert_eq!(events[2].changes, [("user".to_owned(), String::new(), person.clone())]);
        assert_eq!(events[0].changes, [("user".to_owned(), person, String::new())]);
        let stranger = t.store.tie(&msp.admin, &secret, &UserId::from_u128(7), TieStep::Deny).await;
        assert_eq!(refused(stranger), Refusal::NotFound);
    }

    async fn c7_a_group_keeps_what_its_editor_does_not_see(t: Fixture) {
        let Scene { msp, bo, secret, open, group, secret_group, .. } = scene(&t).await;
        // The form showed one customer, and it was unticked; the hidden one cannot be taken out even by its id.
        let form = Ticks { shown: vec![open.clone(), secret.clone()], ticked: Vec::new() };
        t.store.edit_group(&bo, &group, 1, "Region", &form).await.unwrap();
        assert_eq!(t.store.group(&bo, &group).await.unwrap().customers, 0);
        let offer = t.store.group_offer(&msp.admin, Some(&group), "").await.unwrap();
        assert_eq!(offer.rows.iter().filter(|row| row.member).map(|row| &row.id).collect::<Vec<_>>(), [&secret]);
        t.store.dissociate_group(&bo, &group, msp.admin.user().unwrap()).await.unwrap();
        assert!(t.store.customer(&msp.admin, &secret).await.unwrap().associated);
        let otto = t.person(&msp, Role::Operator, None, "otto@alpha.example").await;
        t.store.join_group(&bo, &open, &group).await.unwrap();
        t.store.associate_group(&bo, &group, otto.user().unwrap()).await.unwrap();
        assert!(t.store.customer(&otto, &open).await.unwrap().associated);
        assert!(matches!(refused(t.store.customer(&otto, &secret).await), Refusal::NotAssociated { .. }));
        assert_eq!(refused(t.store.join_group(&bo, &secret, &group).await), Refusal::NotFound);
        assert_eq!(refused(t.store.leave_group(&bo, &secret, &group).await), Refusal::NotFound);
        t.store.set_default_group(&bo, Some(&secret_group)).await.unwrap();
        t.store.delete_group(&bo, &secret_group).await.unwrap();
        assert_eq!(t.store.default_group(&bo).await.unwrap(), None);
        let created = t.store.create_customer(&bo, &customer_input("Bo's own")).await.unwrap();
        assert_eq!(t.store.customer(&bo, &created).await.unwrap().name, "Bo's own");
        let log = format!("{:?}", t.store.events(&bo, None, None, 500).await.unwrap());
        assert!(log.contains("group.deleted") && !log.contains(SECRET), "{log}");
        let log = format!("{:?}", t.store.events(&msp.admin, Some(&secret), None, 500).await.unwrap());
        assert!(log.contains("group.customer_removed"), "{log}");
    }

    async fn c7_what_was_written_while_a_number_was_verified_is_the_customers(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let bo = t.person(&msp, Role::Admin, None, "bo@alpha.example").await;
        let draft = with_mobile(SECRET, "+447400123456");
        let (first, _) = t.store.hold_customer(&msp.admin, &draft, None).await.unwrap();
        // It is opened once more before the code is typed.
        let again = t.store.reopen_waiting(&msp.admin, &first).await.unwrap();
        let (second, text) = t.store.hold_customer(&msp.admin, &draft, Some(&again)).await.unwrap();
        let verified = t.store.verify_mobile(&msp.admin, &Whose::Draft(second), &code(&text)).await.unwrap();
        let Verified::Created(secret) = verified else { panic!("{verified:?}") };
        let of_secret = t.store.events(&msp.admin, Some(&secret), None, 100).await.unwrap();
        let kinds: Vec<&str> = of_secret.iter().rev().map(|event| event.kind.as_str()).collect();
        let begun = "customer.verification_begun";
        assert_eq!(kinds, [begun, "customer.verification_discarded", begun, "customer.created"]);
        t.store.tie(&msp.admin, &secret, bo.user().unwrap(), TieStep::Deny).await.unwrap();
        let bo = t.sign_in("bo@alpha.example").await;
        let trail = format!("{:?}", t.store.audit(&bo, &EventInput::default(), None, 500).await.unwrap());
        assert!(!trail.contains(SECRET), "{trail}");
    }

    async fn c7_the_trail_of_a_deleted_customer_stays_hidden(t: Fixture) {
        let Scene { msp, bo, secret, .. } = scene(&t).await;
        t.store.delete_customer(&msp.admin, &secret, RITA).await.unwrap();
        while t.store.go_on_deleting(&secret).await.unwrap() {}
        let of_secret = EventInput { customer: SECRET.into(), ..EventInput::default() };
        for (actor, told) in [(t.sign_in("bo@alpha.example").await, false), (bo, false), (t.sign_in(RITA).await, true)] {
            let trail = format!("{:?}", t.store.audit(&actor, &EventInput::default(), None, 500).await.unwrap());
            let newest = format!("{:?}", t.store.events(&actor, None, None, 500).await.unwrap());
            assert_eq!((trail.contains(SECRET), newest.contains(SECRET)), (told, told), "{trail}");
            assert_eq!(t.store.audit(&actor, &of_secret, None, 500).await.unwrap().is_empty(), !told);
        }
    }

    async fn c7_an_account_that_comes_back_is_denied_to_whom_it_was(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let account = account(&t, "sue@harbor.example").await;
        managed(&t, &msp, &account).await;
        let bo = t.person(&msp, Role::Admin, None, "bo@alpha.example").await;
        t.store.tie(&msp.admin, &account.id, bo.user().unwrap(), TieStep::Deny).await.unwrap();
        t.store.leave_msp(&account.sue).await.unwrap();
        gone(&t, &account).await;
        let told = async |actor: &Actor| {
            let events = t.store.events(actor, None, None, 500).await.unwrap();
            events.iter().any(|event| event.customer == account.id.to_string())
        };
        assert!(!told(&t.sign_in("bo@alpha.example").await).await && told(&t.sign_in(RITA).await).await);
        managed(&t, &msp, &account).await;
        let bo = t.sign_in("bo@alpha.example").await;
        assert_eq!(refused(t.store.customer(&bo, &account.id).await), Refusal::NotFound);
        // Who brings it in themselves has it: its owner let them in.
        t.store.leave_msp(&account.sue).await.unwrap();
        gone(&t, &account).await;
        t.store.ask_account(&bo, &account.id.to_string()).await.unwrap();
        let bo = t.sign_in("bo@alpha.example").await;
        assert!(t.store.customer(&bo, &account.id).await.unwrap().associated);
        assert!(told(&bo).await);
    }

    async fn c7_what_hides_a_customer_while_it_is_deleted_hides_it_no_longer(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let account = account(&t, "sue@harbor.example").await;
        managed(&t, &msp, &account).await;
        t.person(&msp, Role::Admin, None, "bo@alpha.example").await;
        t.store.delete_customer(&msp.admin, &account.id, RITA).await.unwrap();
        // Its owner has nobody to leave any more.
        assert_eq!(refused(t.store.leave_msp(&account.sue).await), Refusal::NotManaged);
        assert_eq!(t.store.own_account(&account.sue).await.unwrap().manager, None);
        gone(&t, &account).await;
        let admin = t.sign_in(RITA).await;
        let trail = t.store.events(&admin, None, None, 500).await.unwrap();
        assert!(trail.iter().any(|event| event.kind == "customer.deleted"), "{trail:?}");
        managed(&t, &msp, &account).await;
        assert!(t.sign_in("bo@alpha.example").await.denied().is_empty());
    }

    async fn c7_a_dry_run_does_not_tell_of_a_denied_customer(t: Fixture) {
        let Scene { msp, bo, .. } = scene(&t).await;
        let text = format!("Company,Email\n{SECRET} Labs,it@customer.example\nHarbor,it@customer.example\n");
        for (actor, doubtful) in [(&bo, 1), (&msp.admin, 2)] {
            let id = t.store.upload_import(actor, "x.csv", text.clone().into_bytes(), Encoding::Utf8).await.unwrap();
            t.store.check_import(actor, &id, &Done::default()).await.unwrap();
            assert_eq!(t.store.import(actor, &id).await.unwrap().summary.unwrap().doubtful, doubtful);
        }
    }
}
