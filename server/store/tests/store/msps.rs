//! Setting up, quotas, and the MSPs of an installation.

use model::{Problem, Refusal, users::SetupInput};

use crate::both::{PASSWORD, both, customer_input, monitor_input, refused};

fn input(email: &str) -> SetupInput {
    SetupInput {
        msp_name: " Nightwatch ".into(),
        name: "Ada".into(),
        email: email.into(),
        password: PASSWORD.into(),
        ..SetupInput::default()
    }
}

both! {
    async fn the_first_page_sets_up_once_also_when_two_do_it_at_once(t: Fixture) {
        assert!(!t.store.is_set_up().await.unwrap());
        let weak = SetupInput { password: "short".into(), ..input("a@n.example") };
        assert_eq!(refused(t.store.set_up(&weak, &"".into()).await), Refusal::field("password", Problem::TooShort(12)));
        let (a, b) = (input("a@n.example"), input("b@n.example"));
        let (here, there) = ("192.0.2.1".into(), "192.0.2.2".into());
        let (first, second) = tokio::join!(t.store.set_up(&a, &here), t.store.set_up(&b, &there));
        let (won, lost) = if first.is_ok() { (first, second) } else { (second, first) };
        let (msp, token) = won.unwrap();
        assert_eq!(refused(lost), Refusal::AlreadySetUp);
        assert!(t.store.is_set_up().await.unwrap());
        assert_eq!(refused(t.store.set_up(&input("c@n.example"), &"".into()).await), Refusal::AlreadySetUp);
        let msps = t.store.msps().await.unwrap();
        assert_eq!((msps.len(), msps[0].name.as_str(), &msps[0].id), (1, "Nightwatch", &msp));
        let actor = t.store.actor(&token, "").await.unwrap().unwrap();
        let me = t.store.me(&actor).await.unwrap();
        assert_eq!((me.msp_name.as_str(), me.demo), ("Nightwatch", false));
        let events = t.store.events(&actor, None, None, 10).await.unwrap();
        assert_eq!((events.len(), events[0].seq, events[0].kind.as_str()), (1, 1, "msp.created"));
    }

    async fn a13_a_new_msp_has_room_for_three_customers_and_ten_at_once_get_three(t: Fixture) {
        let id = t.store.create_msp("Alpha", "admin@alpha.example", PASSWORD).await.unwrap();
        let admin = t.sign_in("admin@alpha.example").await;
        let creates: Vec<_> = (0..10)
            .map(|n| {
                let (store, admin) = (t.store.clone(), admin.clone());
                tokio::spawn(async move { store.create_customer(&admin, &customer_input(&format!("C{n}"))).await })
            })
            .collect();
        let mut created = Vec::new();
        for create in creates {
            match create.await.unwrap() {
                Ok(id) => created.push(id),
                Err(error) => assert_eq!(error.refusal(), Refusal::CustomerQuota { quota: 3 }),
            }
        }
        assert_eq!(created.len(), 3);
        assert_eq!(t.store.customers(&admin, &Default::default()).await.unwrap().all, 3);
        t.store.step_customer(&admin, &created[0], model::lifecycle::Step::Terminate, "left", None).await.unwrap();
        t.store.create_customer(&admin, &customer_input("Fourth")).await.unwrap();
        let restore = t.store.step_customer(&admin, &created[0], model::lifecycle::Step::Restore, "", None).await;
        assert_eq!(refused(restore), Refusal::CustomerQuota { quota: 3 });
        t.store.set_quota(&id, Some(4), None).await.unwrap();
        t.store.step_customer(&admin, &created[0], model::lifecycle::Step::Restore, "", None).await.unwrap();
        let msp = &t.store.msps().await.unwrap()[0];
        assert_eq!((msp.customers_used, msp.customers_quota), (4, 4));
        let seqs: Vec<i64> = t.store.events(&admin, None, None, 50).await.unwrap().iter().map(|e| e.seq).collect();
        assert_eq!(seqs, (1..=8).rev().collect::<Vec<_>>());
    }

    async fn a13_monitors_have_a_quota_too(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let customer = t.customer(&msp, "Harbor").await;
        t.store.set_quota(&msp.id, None, Some(2)).await.unwrap();
        let first = t.monitor(&msp, &customer, "one").await;
        t.monitor(&msp, &customer, "two").await;
        let third = t.store.create_monitor(&msp.admin, &customer, &monitor_input("three")).await;
        assert_eq!(refused(third), Refusal::MonitorQuota { quota: 2 });
        assert_eq!(t.store.delete_monitor(&msp.admin, &first).await.unwrap(), customer);
        t.monitor(&msp, &customer, "three").await;
        assert_eq!(t.store.monitors(&msp.admin, &Default::default()).await.unwrap().matching, 2);
        assert_eq!(t.store.customers(&msp.admin, &Default::default()).await.unwrap().rows[0].monitors, 2);
    }

    async fn an_msps_form_is_checked_and_its_email_is_free(t: Fixture) {
        t.msp("Alpha").await;
        assert!(matches!(refused(t.store.create_msp("", "x", "y").await), Refusal::Invalid(errors) if errors.len() == 3));
        let taken = t.store.create_msp("Beta", "admin@alpha.example", PASSWORD).await;
        assert_eq!(refused(taken), Refusal::field("email", Problem::Taken));
        assert_eq!(t.store.msps().await.unwrap().len(), 1);
        assert_eq!(refused(t.store.set_quota(&model::MspId::from_u128(7), Some(1), None).await), Refusal::NotFound);
    }
}
