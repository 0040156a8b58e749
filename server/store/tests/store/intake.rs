//! What `live` keeps: statuses, transitions, outages, and the strips that are read from them.

use model::{
    MonitorId, Status,
    monitors::{Evidence, Source},
};
use store::{Scope, StatusWrite, WatchedMonitor};

use crate::both::{Fixture, both};

pub(crate) fn write(monitor: &WatchedMonitor, from: Status, to: Status, at: i64) -> StatusWrite {
    let evidence =
        Evidence { source: Source::BuiltIn, said: to, latency_ms: Some(7), attempts: 3, rule: "three in a row".into() };
    StatusWrite {
        monitor: monitor.id.clone(),
        msp: monitor.msp.clone(),
        customer: monitor.customer.clone(),
        status: to,
        since: at,
        reason: if to.is_outage() { format!("{} at {at}", to.key()) } else { String::new() },
        verdict_at: at,
        latency_ms: Some(7),
        held: None,
        transition: (from != to).then_some((from, evidence)),
    }
}

/// Commits one verdict as `live` would.
pub(crate) async fn verdict(t: &Fixture, id: &MonitorId, to: Status, at: i64) {
    let monitor = &t.store.watched(Scope::Monitor(id)).await.unwrap()[0];
    t.store.commit(&[write(monitor, monitor.status, to, at)]).await.unwrap();
}

both! {
    async fn g10_a_commit_keeps_status_transition_and_outage_together(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let customer = t.customer(&msp, "Harbor").await;
        let id = t.monitor(&msp, &customer, "web").await;
        for (to, at) in [(Status::Up, 1_000), (Status::Down, 2_000), (Status::Trouble, 3_000), (Status::Up, 4_000), (Status::Down, 5_000)] {
            verdict(&t, &id, to, at).await;
        }
        let page = t.store.monitor(&msp.admin, &id).await.unwrap();
        assert_eq!((page.row.status, page.row.since, page.row.reason.as_str()), (Status::Down, 5_000, "DOWN at 5000"));
        assert_eq!((page.verdict_at, page.latency_ms), (5_000, Some(7)));
        assert_eq!(page.transitions.iter().map(|tr| tr.at).collect::<Vec<_>>(), [5_000, 4_000, 3_000, 2_000, 1_000]);
        assert_eq!(page.transitions[3].evidence.rule, "three in a row");
        let outages = t.store.outages_of_monitor(&msp.admin, &id, 10).await.unwrap();
        let seen: Vec<_> = outages.iter().map(|o| (o.status, o.started_at, o.ended_at)).collect();
        assert_eq!(seen, [(Status::Down, 5_000, None), (Status::Trouble, 3_000, Some(4_000)), (Status::Down, 2_000, Some(3_000))]);
        assert_eq!(t.store.outages_of_customer(&msp.admin, &customer, 2).await.unwrap(), outages[..2]);
        // One that lasts stands before all that have ended since.
        let other = t.monitor(&msp, &customer, "mail").await;
        for (to, at) in [(Status::Down, 6_000), (Status::Up, 7_000)] {
            verdict(&t, &other, to, at).await;
        }
        assert_eq!(t.store.outages_of_customer(&msp.admin, &customer, 1).await.unwrap(), outages[..1]);
    }

    async fn g7_several_verdicts_of_one_monitor_in_one_batch_are_kept_in_order(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let customer = t.customer(&msp, "Harbor").await;
        let id = t.monitor(&msp, &customer, "web").await;
        let monitor = &t.store.watched(Scope::All).await.unwrap()[0];
        let batch = [
            write(monitor, Status::Discovery, Status::Down, 1_000),
            write(monitor, Status::Down, Status::Up, 2_000),
            write(monitor, Status::Up, Status::Trouble, 3_000),
        ];
        t.store.commit(&batch).await.unwrap();
        let outages = t.store.outages_of_monitor(&msp.admin, &id, 10).await.unwrap();
        let seen: Vec<_> = outages.iter().map(|o| (o.status, o.started_at, o.ended_at)).collect();
        assert_eq!(seen, [(Status::Trouble, 3_000, None), (Status::Down, 1_000, Some(2_000))]);
        assert_eq!(t.store.monitor(&msp.admin, &id).await.unwrap().row.status, Status::Trouble);
    }

    async fn g2_what_was_deleted_or_suspended_meanwhile_is_skipped(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let customer = t.customer(&msp, "Harbor").await;
        let mut ids = Vec::new();
        for n in 0..150 {
            ids.push(t.monitor(&msp, &customer, &format!("m{n:03}")).await);
        }
        let watched = t.store.watched(Scope::Customer(&customer)).await.unwrap();
        t.store.delete_monitor(&msp.admin, &ids[10]).await.unwrap();
        t.store.suspend_monitor(&msp.admin, &ids[120]).await.unwrap();
        let batch: Vec<_> = watched.iter().map(|m| write(m, Status::Discovery, Status::Down, 1_000)).collect();
        t.store.commit(&batch).await.unwrap();
        let page = t.store.monitors(&msp.admin, &Default::default()).await.unwrap();
        assert_eq!(page.by_status, [148, 0, 0, 0, 0, 1, 0]);
        assert_eq!(t.store.outages_of_customer(&msp.admin, &customer, 500).await.unwrap().len(), 148);
        let held = t.store.monitor(&msp.admin, &ids[120]).await.unwrap();
        assert_eq!((held.row.status, held.transitions.len()), (Status::Suspended, 1));
        let seen: Vec<_> = ids.iter().map(|id| (id.clone(), 9_000, Some(3))).collect();
        t.store.touch(&seen).await.unwrap();
        assert_eq!(t.store.monitor(&msp.admin, &ids[120]).await.unwrap().verdict_at, 0);
        let touched = t.store.monitor(&msp.admin, &ids[0]).await.unwrap();
        assert_eq!((touched.verdict_at, touched.latency_ms, touched.row.since), (9_000, Some(3), 1_000));
        t.store.commit(&[]).await.unwrap();
        t.store.touch(&[]).await.unwrap();
    }

    async fn g2_people_and_the_intake_do_not_wait_for_each_other_for_ever(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let customer = t.customer(&msp, "Harbor").await;
        for n in 0..40 {
            t.monitor(&msp, &customer, &format!("m{n:03}")).await;
        }
        let mut watched = t.store.watched(Scope::All).await.unwrap();
        let intake = tokio::spawn({
            let store = t.store.clone();
            async move {
                for round in 0..30 {
                    watched.reverse();
                    let batch: Vec<_> = watched.iter().map(|m| write(m, Status::Up, Status::Down, round)).collect();
                    store.commit(&batch).await.unwrap();
                }
            }
        });
        for step in [model::lifecycle::Step::Terminate, model::lifecycle::Step::Restore].into_iter().cycle().take(10) {
            t.store.step_customer(&msp.admin, &customer, step, "r", None).await.unwrap();
        }
        intake.await.unwrap();
    }

    async fn e1_a_strip_shows_the_worst_of_each_half_hour(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let beta = t.msp("Beta").await;
        let (good, bad) = (t.customer(&msp, "good").await, t.customer(&msp, "Bad").await);
        let id = t.monitor(&msp, &bad, "web").await;
        t.clock.advance(25 * 60 * 60 * 1000);
        let now = t.clock.now();
        verdict(&t, &id, Status::Trouble, now - 100 * 60_000).await;
        verdict(&t, &id, Status::Down, now - 40 * 60_000).await;
        let basis = t.store.health_basis(&msp.admin).await.unwrap();
        assert_eq!((basis.active, basis.free, basis.inactive), (2, 0, 0));
        assert_eq!(basis.customers.iter().map(|c| c.1.as_str()).collect::<Vec<_>>(), ["Bad", "good"]);
        let strip = &basis.customers[0].2;
        assert_eq!((basis.customers[0].0.clone(), strip.len()), (bad, 48));
        assert!(strip.ends_with('d') && strip.contains("td") && strip.starts_with("uuu"), "{strip}");
        assert_eq!(basis.customers[1], (good, "good".into(), "u".repeat(48)));
        assert!(t.store.health_basis(&beta.admin).await.unwrap().customers.is_empty());
        let new = t.customer(&beta, "New").await;
        let strip = t.store.health_basis(&beta.admin).await.unwrap().customers[0].clone();
        assert_eq!(strip, (new, "New".into(), format!("{}u", "-".repeat(47))));
    }

    async fn f1_watched_holds_every_monitor_of_active_and_free_customers(t: Fixture) {
        let (alpha, beta) = (t.msp("Alpha").await, t.msp("Beta").await);
        let (one, two) = (t.customer(&alpha, "One").await, t.customer(&beta, "Two").await);
        let first = t.monitor(&alpha, &one, "a").await;
        let second = t.monitor(&beta, &two, "b").await;
        t.store.suspend_monitor(&beta.admin, &second).await.unwrap();
        let all = t.store.watched(Scope::All).await.unwrap();
        assert_eq!(all.iter().map(|m| (&m.id, m.status)).collect::<Vec<_>>(), [(&first, Status::Discovery), (&second, Status::Suspended)]);
        assert_eq!((&all[1].msp, &all[1].customer, all[1].customer_name.as_str()), (&beta.id, &two, "Two"));
        assert_eq!(t.store.watched(Scope::Customer(&two)).await.unwrap(), all[1..]);
        assert_eq!(t.store.watched(Scope::Monitor(&first)).await.unwrap(), all[..1]);
        let customers = t.store.watched_customers(Scope::All).await.unwrap();
        assert_eq!(customers, [(alpha.id.clone(), one, "One".to_owned()), (beta.id.clone(), two.clone(), "Two".to_owned())]);
        assert_eq!(t.store.watched_customers(Scope::Customer(&two)).await.unwrap(), customers[1..]);
        assert_eq!(t.store.watched_customers(Scope::Monitor(&second)).await.unwrap(), customers[1..]);
    }
}
