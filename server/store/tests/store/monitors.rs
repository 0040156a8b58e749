//! Monitors: lists, pages, and changing them.

use model::{
    Problem, Refusal, Status,
    monitors::{MonitorDetail, MonitorInput, MonitorQuery, MonitorSort},
    roles::Role,
};

use crate::both::{Fixture, Msp, both, monitor_input, refused};

async fn names(t: &Fixture, msp: &Msp, search: &str) -> Vec<String> {
    let query = MonitorQuery { search: search.into(), ..MonitorQuery::default() };
    t.store.monitors(&msp.admin, &query).await.unwrap().rows.into_iter().map(|row| row.name).collect()
}

both! {
    async fn g1_a_new_monitor_is_in_discovery_and_its_settings_are_kept(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let customer = t.customer(&msp, "Harbor").await;
        let input = MonitorInput {
            kind: "tls".into(),
            host: "shop.example".into(),
            port: "8443".into(),
            warn_days: "30".into(),
            ..monitor_input(" web ")
        };
        let id = t.store.create_monitor(&msp.admin, &customer, &input).await.unwrap();
        let page = t.store.monitor(&msp.admin, &id).await.unwrap();
        assert_eq!(page.settings, input.validate().unwrap());
        assert_eq!((page.row.status, page.row.target.as_str(), page.row.customer_name.as_str()), (Status::Discovery, "shop.example:8443", "Harbor"));
        assert_eq!((page.version, page.verdict_at, page.latency_ms, page.may_manage), (1, 0, None, true));
        let bad = t.store.create_monitor(&msp.admin, &customer, &monitor_input("")).await;
        assert_eq!(refused(bad), Refusal::field("name", Problem::Required));
    }

    async fn g1_search_looks_in_name_customer_and_target(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let harbor = t.customer(&msp, "Ångström").await;
        let other = t.customer(&msp, "Other").await;
        t.monitor(&msp, &harbor, "Büro_1").await;
        let tcp = MonitorInput { kind: "tcp".into(), host: "db.internal".into(), ..monitor_input("database") };
        t.store.create_monitor(&msp.admin, &other, &tcp).await.unwrap();
        assert_eq!(names(&t, &msp, "buro").await, ["Büro_1"]);
        assert_eq!(names(&t, &msp, "angstrom").await, ["Büro_1"]);
        assert_eq!(names(&t, &msp, "INTERNAL:443").await, ["database"]);
        assert_eq!(names(&t, &msp, "_").await, ["Büro_1"]);
        assert_eq!(names(&t, &msp, "").await, ["Büro_1", "database"]);
        assert_eq!(names(&t, &msp, "\0").await, Vec::<String>::new());
    }

    async fn g1_the_list_is_sorted_in_the_database_either_way(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let (zebra, acme) = (t.customer(&msp, "Zebra").await, t.customer(&msp, "acme").await);
        for (customer, name, status, since) in [
            (&zebra, "b", Status::Up, 3_000),
            (&zebra, "a", Status::Down, 2_000),
            (&acme, "d", Status::Trouble, 4_000),
            (&acme, "c", Status::Up, 1_000),
        ] {
            let id = t.monitor(&msp, customer, name).await;
            crate::intake::verdict(&t, &id, status, since).await;
        }
        let sorted = async |sort, descending| {
            let query = MonitorQuery { sort, descending, ..MonitorQuery::default() };
            let rows = t.store.monitors(&msp.admin, &query).await.unwrap().rows;
            rows.into_iter().map(|row| row.name).collect::<String>()
        };
        assert_eq!((sorted(MonitorSort::Name, false).await.as_str(), sorted(MonitorSort::Name, true).await.as_str()), ("abcd", "dcba"));
        assert_eq!((sorted(MonitorSort::Customer, false).await.as_str(), sorted(MonitorSort::Customer, true).await.as_str()), ("cdab", "abcd"));
        assert_eq!((sorted(MonitorSort::Status, false).await.as_str(), sorted(MonitorSort::Status, true).await.as_str()), ("adbc", "bcda"));
        assert_eq!((sorted(MonitorSort::Since, false).await.as_str(), sorted(MonitorSort::Since, true).await.as_str()), ("cabd", "dbac"));
    }

    async fn g1_counts_by_status_ignore_the_status_filter(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let customer = t.customer(&msp, "Harbor").await;
        let other = t.customer(&msp, "Other").await;
        t.monitor(&msp, &other, "elsewhere").await;
        let first = t.monitor(&msp, &customer, "a").await;
        t.monitor(&msp, &customer, "b").await;
        t.store.suspend_monitor(&msp.admin, &first).await.unwrap();
        let query = MonitorQuery { status: Some(Status::Suspended), customer: Some(customer), ..MonitorQuery::default() };
        let page = t.store.monitors(&msp.admin, &query).await.unwrap();
        assert_eq!((page.by_status, page.matching, page.rows.len()), ([0, 0, 0, 0, 1, 1, 0], 1, 1));
        assert_eq!(page.rows[0].id, first);
    }

    async fn g1_editing_the_check_starts_anew_and_renaming_does_not(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let customer = t.customer(&msp, "Harbor").await;
        let id = t.monitor(&msp, &customer, "web").await;
        crate::intake::verdict(&t, &id, Status::Down, 5_000).await;
        t.store.edit_monitor(&msp.admin, &id, 1, &monitor_input("shop")).await.unwrap();
        assert_eq!(t.store.monitor(&msp.admin, &id).await.unwrap().row.status, Status::Down);
        assert_eq!(refused(t.store.edit_monitor(&msp.admin, &id, 1, &monitor_input("late")).await), Refusal::Conflict);
        let other_check = MonitorInput { contains: "Welcome".into(), ..monitor_input("shop") };
        t.store.edit_monitor(&msp.admin, &id, 2, &other_check).await.unwrap();
        let page = t.store.monitor(&msp.admin, &id).await.unwrap();
        assert_eq!((page.row.status, page.row.name.as_str(), page.version, page.verdict_at), (Status::Discovery, "shop", 3, 0));
        let outages = t.store.outages_of_monitor(&msp.admin, &id, 5).await.unwrap();
        assert!(outages.len() == 1 && outages[0].ended_at.is_some());
        t.store.edit_monitor(&msp.admin, &id, 3, &other_check).await.unwrap();
        assert_eq!(t.store.monitor(&msp.admin, &id).await.unwrap().version, 3);
        t.store.suspend_monitor(&msp.admin, &id).await.unwrap();
        t.store.edit_monitor(&msp.admin, &id, 3, &monitor_input("shop")).await.unwrap();
        assert_eq!(t.store.monitor(&msp.admin, &id).await.unwrap().row.status, Status::Suspended);
    }

    async fn g2_suspending_by_hand_ends_the_outage_and_keeps_its_evidence(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let customer = t.customer(&msp, "Harbor").await;
        let reader = t.person(&msp, Role::Customer, Some(&customer), "reader@harbor.example").await;
        let id = t.monitor(&msp, &customer, "web").await;
        crate::intake::verdict(&t, &id, Status::Down, 5_000).await;
        t.store.suspend_monitor(&msp.admin, &id).await.unwrap();
        t.store.suspend_monitor(&msp.admin, &id).await.unwrap();
        assert!(t.store.outages_of_customer(&msp.admin, &customer, 5).await.unwrap()[0].ended_at.is_some());
        let page = t.store.monitor(&msp.admin, &id).await.unwrap();
        let told = |page: &MonitorDetail| (page.row.reason.clone(), page.transitions[0].evidence.rule.clone());
        let by = "Suspended by admin <admin@alpha.example>.";
        assert_eq!(told(&page), ("Suspended by hand.".into(), by.into()));
        // Who of the MSP it was is nothing for the customer.
        let read = t.store.monitor(&reader, &id).await.unwrap();
        assert_eq!(told(&read), ("Suspended by hand.".into(), "Decided by the service provider.".into()));
        assert_eq!(page.verdict_at, 5_000);
        t.store.resume_monitor(&msp.admin, &id).await.unwrap();
        t.store.resume_monitor(&msp.admin, &id).await.unwrap();
        let page = t.store.monitor(&msp.admin, &id).await.unwrap();
        assert_eq!((page.row.status, page.row.reason.as_str(), page.verdict_at), (Status::Discovery, "", 0));
        let path: Vec<_> = page.transitions.iter().map(|tr| (tr.from, tr.to)).collect();
        assert_eq!(
            path,
            [(Status::Suspended, Status::Discovery), (Status::Down, Status::Suspended), (Status::Discovery, Status::Down)]
        );
        let kinds: Vec<String> = t.store.events(&msp.admin, None, None, 3).await.unwrap().into_iter().map(|e| e.kind).collect();
        assert_eq!(kinds, ["monitor.resumed", "monitor.suspended", "monitor.created"]);
    }

    async fn a_deleted_monitor_is_gone_with_its_history(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let customer = t.customer(&msp, "Harbor").await;
        let id = t.monitor(&msp, &customer, "web").await;
        crate::intake::verdict(&t, &id, Status::Down, 5_000).await;
        t.store.delete_monitor(&msp.admin, &id).await.unwrap();
        assert_eq!(refused(t.store.monitor(&msp.admin, &id).await), Refusal::NotFound);
        assert_eq!(refused(t.store.delete_monitor(&msp.admin, &id).await), Refusal::NotFound);
        assert!(t.store.outages_of_customer(&msp.admin, &customer, 5).await.unwrap().is_empty());
        let event = &t.store.events(&msp.admin, Some(&customer), None, 1).await.unwrap()[0];
        assert_eq!((event.kind.as_str(), event.subject.as_str()), ("monitor.deleted", "web"));
        assert!(event.changes.contains(&("url".into(), "https://shop.example/".into(), String::new())));
    }
}
