//! Setting up, quotas, and the MSPs of an installation.

use model::{Problem, Refusal, msps::MspSettingsInput, roles::Role, users::SetupInput};

use crate::both::{Fixture, Msp, PASSWORD, both, customer_input, monitor_input, refused};

/// Changes the MSP's settings as its admin.
pub(crate) async fn set(t: &Fixture, msp: &Msp, change: impl FnOnce(&mut MspSettingsInput)) {
    let system = store::Actor::system(msp.id.clone(), "test");
    let before = t.store.msp_settings(&system).await.unwrap();
    let mut input = MspSettingsInput::from(&before);
    change(&mut input);
    t.store.edit_msp_settings(&system, before.version, &input).await.unwrap();
}

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

    async fn settings_begin_as_domain_says_and_are_changed_by_an_admin_alone(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let first = t.store.msp_settings(&msp.admin).await.unwrap();
        let as_read = (first.language.as_str(), first.report_zone.as_str(), first.free_monitors, first.restore_days, first.refresh_minutes);
        assert_eq!((first.name.as_str(), as_read), ("Alpha", ("en", "UTC", 5, 30, 5)));
        let mut input = MspSettingsInput::from(&first);
        input.report_zone = "Mars/Olympus".into();
        let wrong = t.store.edit_msp_settings(&msp.admin, first.version, &input).await;
        assert_eq!(refused(wrong), Refusal::field("report_zone", Problem::NotAChoice));
        input.report_zone = "Europe/Berlin".into();
        input.language = "de".into();
        t.store.edit_msp_settings(&msp.admin, first.version, &input).await.unwrap();
        let stale = t.store.edit_msp_settings(&msp.admin, first.version, &MspSettingsInput::from(&first)).await;
        assert_eq!(refused(stale), Refusal::Conflict);
        let now = t.store.msp_settings(&msp.admin).await.unwrap();
        assert_eq!((now.language.as_str(), now.report_zone.as_str(), now.version), ("de", "Europe/Berlin", first.version + 1));
        t.store.edit_msp_settings(&msp.admin, now.version, &input).await.unwrap();
        assert_eq!(t.store.msp_settings(&msp.admin).await.unwrap().version, now.version, "nothing differs: nothing is written");
        let event = &t.store.events(&msp.admin, None, None, 1).await.unwrap()[0];
        let change = |field: &str, old: &str, new: &str| (field.to_owned(), old.to_owned(), new.to_owned());
        assert_eq!(event.kind, "msp.settings_changed");
        assert_eq!(event.changes.len(), 2);
        assert!(event.changes.contains(&change("language", "en", "de")) && event.changes.contains(&change("report_zone", "UTC", "Europe/Berlin")));
        let otto = t.person(&msp, Role::Operator, None, "otto@alpha.example").await;
        assert_eq!(refused(t.store.edit_msp_settings(&otto, now.version, &input).await), Refusal::Forbidden);
        assert_eq!(t.store.msp_settings(&otto).await.unwrap(), now);
        let other = t.msp("Beta").await;
        assert_eq!(t.store.msp_settings(&other.admin).await.unwrap().language, "en");
    }
}
