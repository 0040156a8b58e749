//! Heartbeats: who has which token, and when they last called.

use model::{Refusal, lifecycle::Step, monitors::MonitorInput, roles::Role};
use store::{Commit, Scope};

use crate::both::{both, monitor_input, refused};

fn heartbeat(name: &str) -> MonitorInput {
    MonitorInput { kind: "heartbeat".into(), ..monitor_input(name) }
}

both! {
    async fn g1_a_heartbeat_is_known_by_its_token_until_that_is_renewed(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let customer = t.customer(&msp, "Harbor").await;
        let id = t.store.create_monitor(&msp.admin, &customer, &heartbeat("backup")).await.unwrap();
        let web = t.monitor(&msp, &customer, "web").await;
        let token = async || t.store.monitor(&msp.admin, &id).await.unwrap().heartbeat.unwrap().token;
        let first = token().await;
        assert_eq!(first.len(), 32);
        assert_eq!(t.store.heartbeat_of(&first).await.unwrap().as_ref(), Some(&id));
        assert_eq!(t.store.monitor(&msp.admin, &web).await.unwrap().heartbeat, None);
        for unknown in ["", "x", &first.to_lowercase(), &"a".repeat(32), "' OR 1=1 --", "\0"] {
            assert_eq!(t.store.heartbeat_of(unknown).await.unwrap(), None, "{unknown}");
        }
        t.store.renew_heartbeat(&msp.admin, &id).await.unwrap();
        assert_ne!(token().await, first);
        assert_eq!(t.store.heartbeat_of(&first).await.unwrap(), None);
        assert_eq!(t.store.heartbeat_of(&token().await).await.unwrap().as_ref(), Some(&id));
        let event = t.store.events(&msp.admin, Some(&customer), None, 1).await.unwrap().remove(0);
        assert_eq!(event.changes, [("heartbeat_address".to_owned(), String::new(), "renewed".to_owned())]);
        assert_eq!(refused(t.store.renew_heartbeat(&msp.admin, &web).await), Refusal::NotFound);
        let beta = t.msp("Beta").await;
        assert_eq!(refused(t.store.renew_heartbeat(&beta.admin, &id).await), Refusal::NotFound);
    }

    async fn g1_a_token_is_shown_to_those_who_manage_the_monitor_alone(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let customer = t.customer(&msp, "Harbor").await;
        let id = t.store.create_monitor(&msp.admin, &customer, &heartbeat("backup")).await.unwrap();
        let reader = t.person(&msp, Role::Customer, Some(&customer), "reader@harbor.example").await;
        assert_eq!(t.store.monitor(&reader, &id).await.unwrap().heartbeat, None);
        assert_eq!(refused(t.store.renew_heartbeat(&reader, &id).await), Refusal::Forbidden);
    }

    async fn g1_a_token_ends_with_its_account_and_with_its_kind(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let customer = t.customer(&msp, "Harbor").await;
        let id = t.store.create_monitor(&msp.admin, &customer, &heartbeat("backup")).await.unwrap();
        let page = t.store.monitor(&msp.admin, &id).await.unwrap();
        let token = page.heartbeat.unwrap().token;
        t.store.step_customer(&msp.admin, &customer, Step::Terminate, "moved on", None).await.unwrap();
        assert_eq!(t.store.heartbeat_of(&token).await.unwrap(), None);
        t.store.step_customer(&msp.admin, &customer, Step::Restore, "", None).await.unwrap();
        assert_eq!(t.store.heartbeat_of(&token).await.unwrap().as_ref(), Some(&id));
        t.store.edit_monitor(&msp.admin, &id, page.version, &monitor_input("backup")).await.unwrap();
        assert_eq!(t.store.heartbeat_of(&token).await.unwrap(), None);
    }

    async fn g1_another_grace_keeps_token_status_and_the_last_call(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let customer = t.customer(&msp, "Harbor").await;
        let id = t.store.create_monitor(&msp.admin, &customer, &heartbeat("backup")).await.unwrap();
        crate::intake::verdict(&t, &id, model::Status::Up, 5_000).await;
        t.store.commit_all(&Commit { heard: &[(id.clone(), 5_000)], ..Commit::default() }).await.unwrap();
        t.store.commit_all(&Commit { heard: &[(id.clone(), 4_000)], ..Commit::default() }).await.unwrap();
        let before = t.store.monitor(&msp.admin, &id).await.unwrap();
        let patient = MonitorInput { grace_s: "600".into(), ..heartbeat("backup") };
        t.store.edit_monitor(&msp.admin, &id, before.version, &patient).await.unwrap();
        let after = t.store.monitor(&msp.admin, &id).await.unwrap();
        assert_eq!((&after.heartbeat, after.row.status), (&before.heartbeat, model::Status::Up));
        assert_eq!(t.store.watched(Scope::Monitor(&id)).await.unwrap()[0].heard_at, 5_000);
    }
}
