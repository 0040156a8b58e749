//! The audit trail (DOMAIN A15).

use model::{customers::CustomerInput, events::EventInput, lifecycle::Step, monitors::MonitorInput, roles::Role};

use crate::both::{PASSWORD, both, customer_input, monitor_input};

both! {
    async fn a15_every_change_is_one_row_numbered_without_a_gap(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let id = t.customer(&msp, "Harbor").await;
        t.store.edit_customer(&msp.admin, &id, 1, &CustomerInput { city: "Leeds".into(), ..customer_input("Harbour") }).await.unwrap();
        let monitor = t.monitor(&msp, &id, "web").await;
        let refused = t.store.create_monitor(&msp.admin, &id, &monitor_input("")).await;
        assert!(refused.is_err());
        let slower = MonitorInput { interval_s: "300".into(), ..monitor_input("web") };
        t.store.edit_monitor(&msp.admin, &monitor, 1, &slower).await.unwrap();
        t.person(&msp, Role::Customer, Some(&id), "u@harbor.example").await;
        t.store.reset_password("u@harbor.example", "another horse battery").await.unwrap();
        for step in [Step::Downgrade, Step::Upgrade, Step::Terminate, Step::Restore] {
            t.store.step_customer(&msp.admin, &id, step, "a reason", None).await.unwrap();
        }
        t.store.delete_monitor(&msp.admin, &monitor).await.unwrap();
        let events = t.store.events(&msp.admin, None, None, 100).await.unwrap();
        let kinds: Vec<&str> = events.iter().rev().map(|e| e.kind.as_str()).collect();
        assert_eq!(kinds, [
            "msp.created", "msp.quota_changed", "customer.created", "customer.edited", "monitor.created", "monitor.edited", "user.created",
            "user.password_reset", "customer.downgraded", "customer.upgraded", "customer.terminated", "customer.restored", "monitor.deleted",
        ]);
        assert_eq!(events.iter().rev().map(|e| e.seq).collect::<Vec<_>>(), (1..=13).collect::<Vec<_>>());
        let text = |before: &str, after: &str| (before.to_owned(), after.to_owned());
        let edited = &events[9];
        assert_eq!((edited.actor.as_str(), edited.from.as_str(), edited.subject.as_str()), ("admin <admin@alpha.example>", "192.0.2.7", "Harbour"));
        let changes: Vec<_> = edited.changes.iter().map(|(f, b, a)| (f.as_str(), text(b, a))).collect();
        assert_eq!(changes, [("company", text("Harbor", "Harbour")), ("city", text("", "Leeds"))]);
        assert_eq!(events[7].changes, [("interval_s".to_owned(), "60".to_owned(), "300".to_owned())]);
        assert!(events[2].changes.contains(&("terminate_reason".into(), String::new(), "a reason".into())));
        assert!(!format!("{events:?}").contains(PASSWORD) && !format!("{events:?}").contains("argon2"));
    }

    async fn a15_the_log_is_read_page_by_page_and_customer_by_customer(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let one = t.customer(&msp, "One").await;
        let two = t.customer(&msp, "Two").await;
        t.monitor(&msp, &one, "web").await;
        let page = t.store.events(&msp.admin, None, None, 2).await.unwrap();
        assert_eq!(page.iter().map(|e| e.seq).collect::<Vec<_>>(), [5, 4]);
        let next = t.store.events(&msp.admin, None, Some(4), 2).await.unwrap();
        assert_eq!(next.iter().map(|e| e.seq).collect::<Vec<_>>(), [3, 2]);
        let of_one = t.store.events(&msp.admin, Some(&one), None, 10).await.unwrap();
        assert_eq!(of_one.iter().map(|e| e.seq).collect::<Vec<_>>(), [5, 3]);
        let of_two = t.store.events(&msp.admin, Some(&two), Some(4), 10).await.unwrap();
        assert!(of_two.is_empty());
    }

    async fn a15_the_trail_is_filtered_by_who_what_whose_and_when(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let bo = t.person(&msp, Role::Admin, None, "Bo@alpha.example").await;
        let harbor = t.customer(&msp, "Hárbor").await;
        let elm = t.store.create_customer(&bo, &customer_input("Elm")).await.unwrap();
        t.clock.advance(2 * 24 * 60 * 60 * 1000);
        t.store.step_customer(&bo, &elm, Step::Downgrade, "", None).await.unwrap();
        t.store.delete_customer(&msp.admin, &harbor, "admin@alpha.example").await.unwrap();
        while t.store.go_on_deleting(&harbor).await.unwrap() {}
        let of = async |input: EventInput| -> Vec<String> {
            t.store.audit(&msp.admin, &input, None, 100).await.unwrap().into_iter().rev().map(|event| event.kind).collect()
        };
        let input = EventInput::default;
        assert_eq!(of(EventInput { who: "BO@ALPHA".into(), ..input() }).await, ["customer.created", "customer.downgraded"]);
        assert_eq!(of(EventInput { kind: "customer.created".into(), ..input() }).await.len(), 2);
        // Also a customer that is there no more, by its name and by its id.
        for whose in ["harbor".to_owned(), harbor.to_string()] {
            assert_eq!(of(EventInput { customer: whose, ..input() }).await, ["customer.created", "customer.deleted"]);
        }
        assert_eq!(of(EventInput { customer: "elm".into(), who: "nobody".into(), ..input() }).await, Vec::<String>::new());
        let today = t.store.audit(&msp.admin, &input(), None, 1).await.unwrap()[0].at;
        let all = of(input()).await.len();
        let period = |from: &str, to: &str| EventInput { from: from.into(), to: to.into(), ..input() };
        assert_eq!(of(period("1970-01-01", "2200-12-31")).await.len(), all);
        assert_eq!(of(period("", "1970-01-01")).await.len(), 0);
        assert!(today > 0);
        let kinds = t.store.event_kinds(&msp.admin).await.unwrap();
        assert_eq!(kinds, ["customer.created", "customer.deleted", "customer.downgraded", "msp.created", "msp.quota_changed", "user.created"]);
        let page = t.store.audit(&msp.admin, &EventInput { customer: elm.to_string(), ..input() }, Some(1_000_000), 1).await.unwrap();
        let older = t.store.audit(&msp.admin, &EventInput { customer: elm.to_string(), ..input() }, Some(page[0].seq), 1).await.unwrap();
        assert_eq!((page[0].kind.as_str(), older[0].kind.as_str()), ("customer.downgraded", "customer.created"));
    }
}
