//! The life of an account (DOMAIN B1 to B5).

use model::{
    CustomerId, MonitorId, Problem, Refusal, Status,
    lifecycle::{State, Step, Taker, WrongStep},
    monitors::{MonitorQuery, Source},
    roles::Role,
};
use store::Scope;

use crate::both::{Fixture, Msp, both, customer_input, monitor_input, refused};
use crate::msps::set;

const DAY: i64 = 24 * 60 * 60 * 1000;

async fn step(t: &Fixture, msp: &Msp, id: &CustomerId, step: Step) -> store::Result<()> {
    t.store.step_customer(&msp.admin, id, step, if step == Step::Terminate { "left" } else { "" }, None).await
}

async fn state(t: &Fixture, msp: &Msp, id: &CustomerId) -> State {
    t.store.customer(&msp.admin, id).await.unwrap().state
}

/// The customer's monitors by name, each suspended or not.
async fn suspended(t: &Fixture, msp: &Msp, id: &CustomerId) -> Vec<bool> {
    let query = MonitorQuery { customer: Some(id.clone()), ..MonitorQuery::default() };
    let page = t.store.monitors(&msp.admin, &query).await.unwrap();
    page.rows.iter().map(|row| row.status == Status::Suspended).collect()
}

async fn seven_monitors(t: &Fixture, msp: &Msp, id: &CustomerId) -> Vec<MonitorId> {
    let mut monitors = Vec::new();
    for n in 0..7 {
        monitors.push(t.monitor(msp, id, &format!("m{n}")).await);
    }
    monitors
}

both! {
    async fn b1_every_step_from_every_state_does_what_the_table_says(t: Fixture) {
        let msp = t.msp("Alpha").await;
        for path in [vec![], vec![Step::Downgrade], vec![Step::Terminate], vec![Step::Downgrade, Step::Terminate]] {
            for tried in Step::ALL {
                let id = t.customer(&msp, "Harbor").await;
                for before in &path {
                    step(&t, &msp, &id, *before).await.unwrap();
                }
                let detail = t.store.customer(&msp.admin, &id).await.unwrap();
                if tried.taker() != Taker::Admin {
                    assert_eq!(refused(step(&t, &msp, &id, tried).await), Refusal::Forbidden);
                    continue;
                }
                match tried.from(detail.state, detail.state_before) {
                    Ok(next) => {
                        step(&t, &msp, &id, tried).await.unwrap();
                        assert_eq!(Some(state(&t, &msp, &id).await), next);
                    }
                    Err(wrong) => {
                        assert_eq!(refused(step(&t, &msp, &id, tried).await), Refusal::WrongStep(wrong));
                        assert_eq!(t.store.customer(&msp.admin, &id).await.unwrap(), detail);
                    }
                }
            }
        }
    }

    async fn b1_of_two_who_terminate_at_once_one_is_told(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let id = t.customer(&msp, "Harbor").await;
        let (one, two) = tokio::join!(step(&t, &msp, &id, Step::Terminate), step(&t, &msp, &id, Step::Terminate));
        let lost = if one.is_ok() { two } else { one };
        assert_eq!(refused(lost), Refusal::WrongStep(WrongStep { step: Step::Terminate, state: State::Inactive }));
        assert_eq!(t.store.msps().await.unwrap()[0].customers_used, 0);
        let other = t.customer(&msp, "Other").await;
        t.store.edit_customer(&msp.admin, &other, 1, &customer_input("Edited")).await.unwrap();
        let stale = t.store.step_customer(&msp.admin, &other, Step::Downgrade, "", Some(1)).await;
        let by = "admin <admin@alpha.example>".to_owned();
        assert_eq!(refused(stale), Refusal::Overtaken { state: State::Active, by });
        t.store.step_customer(&msp.admin, &other, Step::Downgrade, "", Some(2)).await.unwrap();
    }

    async fn b1_of_two_admins_at_once_the_second_sees_what_the_first_did(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let bo = t.person(&msp, Role::Admin, None, "bo@alpha.example").await;
        for _ in 0..5 {
            let id = t.customer(&msp, "Harbor").await;
            let seen = t.store.step_basis(&bo, &id).await.unwrap();
            assert_eq!((seen.state, seen.may_open, seen.name.as_str()), (State::Active, false, "Harbor"));
            // Both would be possible one after the other: only what each has seen keeps the second from undoing the first.
            let (first, second) = tokio::join!(
                t.store.step_customer(&msp.admin, &id, Step::Downgrade, "", Some(seen.version)),
                t.store.step_customer(&bo, &id, Step::Terminate, "over", Some(seen.version)),
            );
            let now = state(&t, &msp, &id).await;
            let (lost, by) = match (first, second) {
                (Ok(()), lost @ Err(_)) => (lost, "admin <admin@alpha.example>"),
                (lost @ Err(_), Ok(())) => (lost, "Someone <bo@alpha.example>"),
                both => panic!("one of two wins: {both:?}"),
            };
            assert_eq!(refused(lost), Refusal::Overtaken { state: now, by: by.to_owned() });
        }
    }

    async fn b2_terminating_needs_a_reason_and_stops_everything(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let id = t.customer(&msp, "Harbor").await;
        let monitor = t.monitor(&msp, &id, "web").await;
        for (reason, problem) in [(" \n ", Problem::Required), (&*"x".repeat(501), Problem::TooLong(500)), ("a\0b", Problem::ControlCharacter)] {
            let refusal = refused(t.store.step_customer(&msp.admin, &id, Step::Terminate, reason, None).await);
            assert_eq!(refusal, Refusal::field("reason", problem));
        }
        t.store.step_customer(&msp.admin, &id, Step::Terminate, " moved away\nfor good ", None).await.unwrap();
        let detail = t.store.customer(&msp.admin, &id).await.unwrap();
        assert_eq!((detail.state, detail.state_before), (State::Inactive, Some(State::Active)));
        assert_eq!(detail.terminate_reason, "moved away\nfor good");
        assert!(t.store.watched(Scope::All).await.unwrap().is_empty());
        assert!(t.store.watched_customers(Scope::All).await.unwrap().is_empty());
        let page = t.store.monitor(&msp.admin, &monitor).await.unwrap();
        assert_eq!((page.row.status, page.may_manage), (Status::Suspended, false));
        assert_eq!(refused(t.store.edit_customer(&msp.admin, &id, 2, &customer_input("X")).await), Refusal::Inactive);
        assert_eq!(refused(t.store.create_monitor(&msp.admin, &id, &monitor_input("x")).await), Refusal::Inactive);
        assert_eq!(refused(t.store.edit_monitor(&msp.admin, &monitor, 1, &monitor_input("x")).await), Refusal::Inactive);
        assert_eq!(refused(t.store.resume_monitor(&msp.admin, &monitor).await), Refusal::Inactive);
        assert_eq!(refused(t.store.suspend_monitor(&msp.admin, &monitor).await), Refusal::Inactive);
        assert_eq!(refused(t.store.delete_monitor(&msp.admin, &monitor).await), Refusal::Inactive);
        let msp_row = &t.store.msps().await.unwrap()[0];
        assert_eq!((msp_row.customers_used, msp_row.monitors_used), (0, 0));
    }

    async fn b3_free_keeps_the_five_oldest_and_upgrade_brings_back_all_but_those_of_hand(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let id = t.customer(&msp, "Harbor").await;
        let monitors = seven_monitors(&t, &msp, &id).await;
        t.store.suspend_monitor(&msp.admin, &monitors[0]).await.unwrap();
        step(&t, &msp, &id, Step::Downgrade).await.unwrap();
        assert_eq!(suspended(&t, &msp, &id).await, [true, false, false, false, false, false, true]);
        let evidence = &t.store.monitor(&msp.admin, &monitors[6]).await.unwrap().transitions[0];
        assert_eq!((evidence.from, evidence.to, evidence.evidence.source), (Status::Discovery, Status::Suspended, Source::Person));
        let full = Refusal::FreeLimit { most: 5 };
        assert_eq!(refused(t.store.create_monitor(&msp.admin, &id, &monitor_input("m7")).await), full);
        assert_eq!(refused(t.store.resume_monitor(&msp.admin, &monitors[6]).await), full);
        step(&t, &msp, &id, Step::Upgrade).await.unwrap();
        assert_eq!(suspended(&t, &msp, &id).await, [true, false, false, false, false, false, false]);
        t.store.resume_monitor(&msp.admin, &monitors[0]).await.unwrap();
        assert_eq!(suspended(&t, &msp, &id).await, [false; 7]);
    }

    async fn b3_how_many_a_free_account_keeps_is_a_setting(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let id = t.customer(&msp, "Harbor").await;
        seven_monitors(&t, &msp, &id).await;
        set(&t, &msp, |input| input.free_monitors = "2".into()).await;
        step(&t, &msp, &id, Step::Downgrade).await.unwrap();
        assert_eq!(suspended(&t, &msp, &id).await, [false, false, true, true, true, true, true]);
        let full = Refusal::FreeLimit { most: 2 };
        assert_eq!(refused(t.store.create_monitor(&msp.admin, &id, &monitor_input("m7")).await), full);
        // What is Free already keeps what it has; there is room for more at once.
        set(&t, &msp, |input| input.free_monitors = "3".into()).await;
        t.monitor(&msp, &id, "m7").await;
        step(&t, &msp, &id, Step::Terminate).await.unwrap();
        set(&t, &msp, |input| input.free_monitors = "1".into()).await;
        step(&t, &msp, &id, Step::Restore).await.unwrap();
        assert_eq!(suspended(&t, &msp, &id).await, [false, true, true, true, true, true, true, true]);
    }

    async fn b3_a_free_account_may_choose_which_five(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let id = t.customer(&msp, "Harbor").await;
        let monitors = seven_monitors(&t, &msp, &id).await;
        step(&t, &msp, &id, Step::Downgrade).await.unwrap();
        t.store.suspend_monitor(&msp.admin, &monitors[0]).await.unwrap();
        t.store.resume_monitor(&msp.admin, &monitors[6]).await.unwrap();
        assert_eq!(suspended(&t, &msp, &id).await, [true, false, false, false, false, true, false]);
    }

    async fn b5_restoring_brings_back_what_was_and_how_it_was(t: Fixture) {
        let msp = t.msp("Alpha").await;
        for (path, back) in [(vec![Step::Terminate], State::Active), (vec![Step::Downgrade, Step::Terminate], State::Free)] {
            let id = t.customer(&msp, "Harbor").await;
            let monitors = seven_monitors(&t, &msp, &id).await;
            t.store.suspend_monitor(&msp.admin, &monitors[3]).await.unwrap();
            for before in &path[..path.len() - 1] {
                step(&t, &msp, &id, *before).await.unwrap();
            }
            let before = suspended(&t, &msp, &id).await;
            step(&t, &msp, &id, Step::Terminate).await.unwrap();
            assert_eq!(suspended(&t, &msp, &id).await, [true; 7]);
            t.clock.advance(29 * DAY);
            let admin = t.sign_in("admin@alpha.example").await;
            t.store.step_customer(&admin, &id, Step::Restore, "", None).await.unwrap();
            assert_eq!(suspended(&t, &msp, &id).await, before);
            let detail = t.store.customer(&msp.admin, &id).await.unwrap();
            assert_eq!((detail.state, detail.state_before, detail.terminate_reason.as_str()), (back, None, ""));
        }
    }

    async fn b5_after_thirty_days_it_is_final(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let id = t.customer(&msp, "Harbor").await;
        step(&t, &msp, &id, Step::Terminate).await.unwrap();
        t.clock.advance(30 * DAY + 1000);
        let wrong = WrongStep { step: Step::Restore, state: State::Inactive };
        assert_eq!(refused(step(&t, &msp, &id, Step::Restore).await), Refusal::WrongStep(wrong));
        assert!(t.store.customer(&msp.admin, &id).await.unwrap().is_final);
    }

    async fn b5_how_long_it_can_be_undone_is_a_setting(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let id = t.customer(&msp, "Harbor").await;
        step(&t, &msp, &id, Step::Terminate).await.unwrap();
        let detail = t.store.customer(&msp.admin, &id).await.unwrap();
        assert_eq!((detail.restorable_until, detail.is_final), (detail.terminated_at + 30 * DAY, false));
        set(&t, &msp, |input| input.restore_days = "2".into()).await;
        t.clock.advance(2 * DAY + 1000);
        let basis = t.store.step_basis(&msp.admin, &id).await.unwrap();
        assert_eq!((basis.restorable_until, basis.is_final, basis.restore_days), (detail.terminated_at + 2 * DAY, true, 2));
        let wrong = WrongStep { step: Step::Restore, state: State::Inactive };
        assert_eq!(refused(step(&t, &msp, &id, Step::Restore).await), Refusal::WrongStep(wrong));
        set(&t, &msp, |input| input.restore_days = "3".into()).await;
        step(&t, &msp, &id, Step::Restore).await.unwrap();
    }

    async fn b5_restoring_needs_room_for_the_monitors_too_and_is_all_or_nothing(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let id = t.customer(&msp, "Harbor").await;
        t.monitor(&msp, &id, "web").await;
        step(&t, &msp, &id, Step::Terminate).await.unwrap();
        t.store.set_quota(&msp.id, None, Some(0)).await.unwrap();
        assert_eq!(refused(step(&t, &msp, &id, Step::Restore).await), Refusal::MonitorQuota { quota: 0 });
        assert_eq!(state(&t, &msp, &id).await, State::Inactive);
        let row = &t.store.msps().await.unwrap()[0];
        assert_eq!((row.customers_used, row.monitors_used), (0, 0));
    }
}
