//! Incidents: what is read as one, who sees which part of it, and taking it whole.

use model::{
    CustomerId, MonitorId, OutageId, Refusal, Status, monitors::MonitorInput, outages::OutageQuery, people::TieStep, roles::Role,
};
use store::{Scope, incidents::TakenIncident};

use crate::{
    both::{Fixture, Msp, both, monitor_input, refused},
    intake::verdict,
};

/// A customer with monitors of pages at one host, all of them down, a second apart.
async fn down(t: &Fixture, msp: &Msp, company: &str, count: u32, at: i64) -> (CustomerId, Vec<MonitorId>) {
    failing(t, msp, company, count, Status::Down, at).await
}

async fn failing(t: &Fixture, msp: &Msp, company: &str, count: u32, to: Status, at: i64) -> (CustomerId, Vec<MonitorId>) {
    let customer = t.customer(msp, company).await;
    let mut monitors = Vec::new();
    for number in 0..count {
        let name = format!("{company} {number}");
        let input = MonitorInput { url: format!("https://gateway.example/{number}"), ..monitor_input(&name) };
        let monitor = t.store.create_monitor(&msp.admin, &customer, &input).await.unwrap();
        verdict(t, &monitor, to, at + i64::from(number) * 1000).await;
        monitors.push(monitor);
    }
    (customer, monitors)
}

async fn only_id(t: &Fixture, msp: &Msp) -> OutageId {
    let found = t.store.incidents(&msp.admin).await.unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].head.id.clone()
}

async fn taken(t: &Fixture, monitor: &MonitorId) -> String {
    t.store.watched(Scope::Monitor(monitor)).await.unwrap()[0].taken_by.clone()
}

both! {
    async fn f13_outages_of_customers_at_one_host_are_an_incident_until_they_end(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let now = t.clock.now();
        let (_, harbor) = down(&t, &msp, "Harbor", 2, now).await;
        assert_eq!(t.store.incident_page(&msp.admin).await.unwrap(), model::incidents::IncidentPage::default());
        let (_, cedar) = down(&t, &msp, "Cedar", 2, now + 2_000).await;
        // Another host at the same time, and the same host an hour before, are not of it.
        let other = t.customer(&msp, "Other").await;
        let apart = t.monitor(&msp, &other, "apart").await;
        verdict(&t, &apart, Status::Down, now).await;
        down(&t, &msp, "Early", 1, now - 3_600_000).await;

        let page = t.store.incident_page(&msp.admin).await.unwrap();
        assert_eq!((page.lasting.len(), page.over.len(), page.more), (1, 0, 0));
        let incident = &page.lasting[0];
        assert_eq!(
            (incident.head.monitors, incident.head.customers, incident.head.lasting, incident.head.began_at, incident.more),
            (4, 2, 4, now, 0)
        );
        assert_eq!(incident.head.cause(), "all at gateway.example");
        assert!(incident.head.why().starts_with("Began within 3 s; all at gateway.example; all checked by HTTP"), "{}", incident.head.why());
        let rows: Vec<_> = incident.rows.iter().map(|row| (row.customer_name.as_str(), row.outage.monitor.clone(), row.may_care)).collect();
        assert_eq!(
            rows,
            [("Harbor", &harbor[0]), ("Harbor", &harbor[1]), ("Cedar", &cedar[0]), ("Cedar", &cedar[1])].map(|(name, id)| (name, id.clone(), true))
        );

        let id = only_id(&t, &msp).await;
        for (monitor, seconds) in [(&harbor[0], 60), (&harbor[1], 61)] {
            verdict(&t, monitor, Status::Up, now + seconds * 1000).await;
        }
        let page = t.store.incident_page(&msp.admin).await.unwrap();
        assert_eq!((page.lasting[0].head.id.clone(), page.lasting[0].head.lasting), (id.clone(), 2), "its name stays");
        assert_eq!(page.lasting[0].rows[0].customer_name, "Cedar", "those that last stand first");
        verdict(&t, &cedar[0], Status::Up, now + 62_000).await;
        let page = t.store.incident_page(&msp.admin).await.unwrap();
        assert_eq!((page.lasting.len(), page.over.len(), page.over[0].head.lasting), (0, 1, 1));
        assert_eq!(refused(t.store.take_incident(&msp.admin, &id).await), Refusal::NotFound, "it is over");
        verdict(&t, &cedar[1], Status::Up, now + 63_000).await;
        t.clock.advance(25 * 60 * 60_000);
        assert_eq!(t.store.incident_page(&msp.admin).await.unwrap(), model::incidents::IncidentPage::default());
    }

    async fn f13_trouble_that_turns_to_down_stays_one_incident_and_is_taken(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let now = t.clock.now();
        let (_, mut all) = failing(&t, &msp, "Harbor", 3, Status::Trouble, now).await;
        all.extend(failing(&t, &msp, "Cedar", 3, Status::Trouble, now).await.1);
        let before = t.store.incidents(&msp.admin).await.unwrap().remove(0).head;
        assert_eq!((before.monitors, before.lasting), (6, 6));
        // One by one, the last long after the first.
        for (monitor, minutes) in all.iter().zip(1..) {
            verdict(&t, monitor, Status::Down, now + minutes * 120_000).await;
            let found = t.store.incidents(&msp.admin).await.unwrap();
            assert_eq!(found.len(), 1, "{found:?}");
            assert_eq!(found[0].head, before, "nothing of what it says has changed");
            assert!(found[0].outages.iter().all(|outage| all.contains(&outage.monitor)), "it has its tiles on a wall");
        }
        let page = t.store.incident_page(&msp.admin).await.unwrap();
        assert_eq!((page.lasting.len(), page.over.len()), (1, 0));
        let rows: Vec<_> = page.lasting[0].rows.iter().map(|row| (row.outage.status, row.outage.ended_at)).collect();
        assert_eq!(rows, [(Status::Down, None); 6], "the outages that last are listed");
        let mut monitors = t.store.take_incident(&msp.admin, &before.id).await.unwrap().monitors;
        monitors.sort();
        let mut whole = all.clone();
        whole.sort();
        assert_eq!(monitors, whole);
        assert_eq!(taken(&t, &all[5]).await, "admin");
        // It turns again, and whoever took it still has it.
        verdict(&t, &all[0], Status::Trouble, now + 3_600_000).await;
        let page = t.store.incident_page(&msp.admin).await.unwrap();
        assert_eq!(page.lasting[0].head, before);
        assert!(page.lasting[0].rows.iter().all(|row| row.outage.care.taken_by == "admin"), "{page:?}");
    }

    async fn f13_an_incident_is_the_same_however_long_it_lasts(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let now = t.clock.now();
        let hours = |hours: i64| hours * 3_600_000;
        let (_, harbor) = failing(&t, &msp, "Harbor", 2, Status::Trouble, now).await;
        let (_, cedar) = down(&t, &msp, "Cedar", 3, now + 2_000).await;
        let id = only_id(&t, &msp).await;
        // The one that it began with turns, and is well again; another turns and lasts.
        verdict(&t, &harbor[0], Status::Down, now + 120_000).await;
        verdict(&t, &harbor[0], Status::Up, now + 180_000).await;
        verdict(&t, &harbor[1], Status::Down, now + 120_000).await;
        verdict(&t, &harbor[1], Status::Trouble, now + 180_000).await;
        // What was over before is not of it.
        let (_, early) = down(&t, &msp, "Early", 1, now - hours(1)).await;
        verdict(&t, &early[0], Status::Up, now - hours(1) + 1_000).await;
        let before = t.store.incident_page(&msp.admin).await.unwrap();
        let head = &before.lasting[0].head;
        assert_eq!((head.id.clone(), head.began_at, head.monitors, head.lasting), (id.clone(), now, 5, 4));
        t.clock.advance(hours(25));
        let after = t.store.incident_page(&msp.admin).await.unwrap();
        assert_eq!(after, before, "a day makes no difference");
        let last = &after.lasting[0].rows[4].outage;
        assert_eq!((last.status, last.ended_at), (Status::Down, Some(now + 180_000)), "the outage that it was last");
        assert_eq!(t.store.take_incident(&msp.admin, &id).await.unwrap().monitors.len(), 4);

        // It is over with the last but one, and remembered for a day.
        for (monitor, seconds) in cedar.iter().zip(1..) {
            verdict(&t, monitor, Status::Up, now + hours(25) + seconds * 1000).await;
        }
        let page = t.store.incident_page(&msp.admin).await.unwrap();
        assert_eq!((page.lasting.len(), page.over.len()), (0, 1));
        let head = &page.over[0].head;
        assert_eq!((&head.id, head.monitors, head.lasting), (&id, 5, 1));
        t.clock.advance(hours(25));
        assert_eq!(t.store.incident_page(&msp.admin).await.unwrap(), model::incidents::IncidentPage::default());
    }

    async fn f13_g9_an_incident_is_taken_whole_by_whom_it_concerns(t: Fixture) {
        let (msp, other) = (t.msp("Alpha").await, t.msp("Beta").await);
        let now = t.clock.now();
        let (harbor, mut all) = down(&t, &msp, "Harbor", 3, now).await;
        let (cedar, cedars) = down(&t, &msp, "Cedar", 2, now).await;
        let id = only_id(&t, &msp).await;
        let otto = t.person(&msp, Role::Operator, None, "otto@alpha.example").await;
        let carl = t.person(&msp, Role::Customer, Some(&harbor), "carl@harbor.example").await;
        assert_eq!(refused(t.store.take_incident(&other.admin, &id).await), Refusal::NotFound);
        assert_eq!(refused(t.store.take_incident(&msp.admin, &OutageId::from_u128(7)).await), Refusal::NotFound);
        assert_eq!(refused(t.store.incidents(&carl).await), Refusal::Forbidden);
        assert_eq!(refused(t.store.incident_page(&carl).await), Refusal::Forbidden);
        assert_eq!(refused(t.store.take_incident(&carl, &id).await), Refusal::Forbidden);
        assert!(t.store.incidents(&other.admin).await.unwrap().is_empty());
        // Everyone sees it whole; it is taken as far as it is one's own.
        assert!(matches!(refused(t.store.take_incident(&otto, &id).await), Refusal::NotAssociated { .. }));
        t.store.tie(&msp.admin, &cedar, otto.user().unwrap(), TieStep::Associate).await.unwrap();
        let seen = t.store.incident_page(&otto).await.unwrap().lasting.remove(0);
        assert_eq!((seen.head.monitors, seen.rows.iter().filter(|row| row.may_care).count()), (5, 2));
        let TakenIncident { mut monitors, by } = t.store.take_incident(&otto, &id).await.unwrap();
        monitors.sort();
        assert_eq!((&monitors, by.as_str()), (&cedars, "Someone"));
        assert_eq!((taken(&t, &cedars[0]).await.as_str(), taken(&t, &all[0]).await.as_str()), ("Someone", ""));
        // The admin takes what is left, each with its event; nothing is taken out of anybody's hands.
        let mut rest = t.store.take_incident(&msp.admin, &id).await.unwrap().monitors;
        rest.sort();
        all.sort();
        assert_eq!(rest, all);
        assert!(t.store.take_incident(&msp.admin, &id).await.unwrap().monitors.is_empty());
        assert_eq!(t.store.open_outages(&msp.admin, &OutageQuery::default()).await.unwrap().by_filter, [5, 0, 5, 0]);
        for (customer, name, count) in [(&harbor, "admin", 3), (&cedar, "Someone", 2)] {
            let events = t.store.events(&msp.admin, Some(customer), None, 50).await.unwrap();
            let events: Vec<_> = events.iter().filter(|event| event.kind == "outage.taken").collect();
            assert_eq!(events.len(), count);
            for event in events {
                let incident = ("incident".to_owned(), String::new(), id.to_string());
                assert_eq!(event.changes, [incident, ("taken_by".to_owned(), String::new(), name.to_owned())]);
            }
        }
    }

    async fn f13_c7_who_is_denied_a_customer_sees_the_incident_without_it(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let now = t.clock.now();
        let (secret, secrets) = down(&t, &msp, "Secretum", 2, now).await;
        let (harbor, _) = down(&t, &msp, "Harbor", 1, now + 1_000).await;
        let bo = t.person(&msp, Role::Admin, None, "bo@alpha.example").await;
        t.store.tie(&msp.admin, &secret, bo.user().unwrap(), TieStep::Deny).await.unwrap();
        let bo = t.sign_in("bo@alpha.example").await;
        let whole = only_id(&t, &msp).await;
        assert!(t.store.incidents(&bo).await.unwrap().is_empty(), "what is left is of one customer");
        let (cedar, _) = down(&t, &msp, "Cedar", 2, now + 2_000).await;
        for customer in [&harbor, &cedar] {
            t.store.associate_self(&bo, customer).await.unwrap();
        }
        let page = t.store.incident_page(&bo).await.unwrap();
        let head = &page.lasting[0].head;
        assert_eq!((head.monitors, head.customers, head.began_at), (3, 2, now + 1_000));
        let (shown, id) = (format!("{page:?} {:?}", t.store.incidents(&bo).await.unwrap()), secret.to_string());
        assert!(!shown.contains("Secretum") && !shown.contains(&id) && !shown.contains(&secrets[0].to_string()), "{shown}");
        assert_eq!(refused(t.store.take_incident(&bo, &whole).await), Refusal::NotFound);
        assert_eq!(t.store.take_incident(&bo, &head.id).await.unwrap().monitors.len(), 3);
        assert_eq!(taken(&t, &secrets[0]).await, "");
        assert_eq!(t.store.incident_page(&msp.admin).await.unwrap().lasting[0].head.monitors, 5);
    }
}
