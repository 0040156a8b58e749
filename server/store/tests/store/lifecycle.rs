//! The life of an account (DOMAIN B1 to B5).

use model::{
    CustomerId, MonitorId, Problem, Refusal, Status,
    lifecycle::{FREE_MONITORS, State, Step, WrongStep},
    monitors::{MonitorQuery, Source},
};
use store::Scope;

use crate::both::{Fixture, Msp, both, customer_input, monitor_input, refused};

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
                match tried.from(detail.state, detail.state_before) {
                    Ok(next) => {
                        step(&t, &msp, &id, tried).await.unwrap();
                        assert_eq!(state(&t, &msp, &id).await, next);
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
        assert_eq!(refused(stale), Refusal::Conflict);
        t.store.step_customer(&msp.admin, &other, Step::Downgrade, "", Some(2)).await.unwrap();
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
        let full = Refusal::FreeLimit { most: FREE_MONITORS };
        assert_eq!(refused(t.store.create_monitor(&msp.admin, &id, &monitor_input("m7")).await), full);
        assert_eq!(refused(t.store.resume_monitor(&msp.admin, &monitors[6]).await), full);
        step(&t, &msp, &id, Step::Upgrade).await.unwrap();
        assert_eq!(suspended(&t, &msp, &id).await, [true, false, false, false, false, false, false]);
        t.store.resume_monitor(&msp.admin, &monitors[0]).await.unwrap();
        assert_eq!(suspended(&t, &msp, &id).await, [false; 7]);
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
