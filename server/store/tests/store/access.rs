//! Signing in, sessions, and who may what.

use model::{Refusal, lifecycle::Step, people::TieStep, roles::Role};

use crate::both::{PASSWORD, both, customer_input, monitor_input, refused};

const DAY: i64 = 24 * 60 * 60 * 1000;

both! {
    async fn c6_an_unknown_email_and_a_wrong_password_get_the_same_answer(t: Fixture) {
        t.msp("Alpha").await;
        for (email, password) in [
            ("admin@alpha.example", "wrong horse battery"),
            ("nobody@alpha.example", PASSWORD),
            ("admin@alpha.example\0", PASSWORD),
            ("", ""),
            ("admin@alpha.example", &"x".repeat(100_000)),
        ] {
            assert_eq!(refused(t.store.sign_in(email, password, &"".into()).await), Refusal::WrongCredentials);
        }
        assert!(t.store.sign_in("  ADMIN@alpha.EXAMPLE ", PASSWORD, &"".into()).await.is_ok());
    }

    async fn c6_a_session_is_its_person_until_it_ends(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let token = t.token("admin@alpha.example").await;
        let other = t.token("admin@alpha.example").await;
        let actor = t.store.actor(&token, "").await.unwrap().unwrap();
        assert_eq!((actor.msp(), actor.role(), actor.customer()), (&msp.id, Some(Role::Admin), None));
        for rubbish in ["", "\0", "x", &"y".repeat(10_000), &token.to_lowercase()] {
            assert!(t.store.actor(rubbish, "").await.unwrap().is_none());
        }
        t.store.sign_out(&token).await.unwrap();
        assert!(t.store.actor(&token, "").await.unwrap().is_none());
        assert!(t.store.actor(&other, "").await.unwrap().is_some());
    }

    async fn c6_a_session_lives_thirty_days_from_its_last_use(t: Fixture) {
        t.msp("Alpha").await;
        let token = t.token("admin@alpha.example").await;
        for _ in 0..3 {
            t.clock.advance(29 * DAY);
            assert!(t.store.actor(&token, "").await.unwrap().is_some());
        }
        t.clock.advance(31 * DAY);
        assert!(t.store.actor(&token, "").await.unwrap().is_none());
    }

    async fn c6_a_new_password_signs_out_everywhere(t: Fixture) {
        t.msp("Alpha").await;
        let token = t.token("admin@alpha.example").await;
        assert!(matches!(refused(t.store.reset_password("admin@alpha.example", "short").await), Refusal::Invalid(_)));
        assert_eq!(refused(t.store.reset_password("nobody@alpha.example", PASSWORD).await), Refusal::NotFound);
        t.store.reset_password("Admin@alpha.example", "another horse battery").await.unwrap();
        assert!(t.store.actor(&token, "").await.unwrap().is_none());
        assert_eq!(refused(t.store.sign_in("admin@alpha.example", PASSWORD, &"".into()).await), Refusal::WrongCredentials);
        assert!(t.store.sign_in("admin@alpha.example", "another horse battery", &"".into()).await.is_ok());
    }

    async fn b2_a_terminated_customers_people_are_signed_out_and_stay_out(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let customer = t.customer(&msp, "Harbor").await;
        t.person(&msp, Role::Customer, Some(&customer), "u@harbor.example").await;
        let token = t.token("u@harbor.example").await;
        t.store.step_customer(&msp.admin, &customer, Step::Terminate, "left", None).await.unwrap();
        assert!(t.store.actor(&token, "").await.unwrap().is_none());
        assert_eq!(refused(t.store.sign_in("u@harbor.example", PASSWORD, &"".into()).await), Refusal::WrongCredentials);
        t.store.step_customer(&msp.admin, &customer, Step::Restore, "", None).await.unwrap();
        assert!(t.store.actor(&token, "").await.unwrap().is_none());
        assert!(t.store.sign_in("u@harbor.example", PASSWORD, &"".into()).await.is_ok());
    }

    async fn c4_a_customer_user_reads_their_own_customer_and_nothing_else(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let own = t.customer(&msp, "Own").await;
        let other = t.customer(&msp, "Other").await;
        let own_monitor = t.monitor(&msp, &own, "mine").await;
        let other_monitor = t.monitor(&msp, &other, "theirs").await;
        let user = t.person(&msp, Role::Customer, Some(&own), "u@own.example").await;
        assert_eq!(t.store.customer(&user, &own).await.unwrap().name, "Own");
        let detail = t.store.monitor(&user, &own_monitor).await.unwrap();
        assert!(!detail.may_manage);
        let page = t.store.monitors(&user, &Default::default()).await.unwrap();
        assert_eq!(page.rows.iter().map(|row| row.id.clone()).collect::<Vec<_>>(), std::slice::from_ref(&own_monitor));
        let query = model::monitors::MonitorQuery { customer: Some(other.clone()), ..Default::default() };
        assert_eq!(t.store.monitors(&user, &query).await.unwrap().matching, 0);
        let me = t.store.me(&user).await.unwrap();
        assert_eq!((me.customer, me.customers, me.monitors), (Some(own.clone()), 1, 1));
        assert_eq!(refused(t.store.customer(&user, &other).await), Refusal::NotFound);
        assert_eq!(refused(t.store.monitor(&user, &other_monitor).await), Refusal::NotFound);
        assert_eq!(refused(t.store.outages_of_customer(&user, &other, 5).await), Refusal::NotFound);
        assert_eq!(refused(t.store.customers(&user, &Default::default()).await), Refusal::Forbidden);
        assert_eq!(refused(t.store.health_basis(&user).await), Refusal::Forbidden);
        assert_eq!(refused(t.store.events(&user, None, None, 5).await), Refusal::Forbidden);
        assert_eq!(refused(t.store.edit_customer(&user, &own, 1, &customer_input("Mine")).await), Refusal::Forbidden);
        assert_eq!(refused(t.store.create_monitor(&user, &own, &monitor_input("x")).await), Refusal::Forbidden);
        assert_eq!(refused(t.store.suspend_monitor(&user, &own_monitor).await), Refusal::Forbidden);
        assert_eq!(refused(t.store.step_customer(&user, &own, Step::Terminate, "r", None).await), Refusal::Forbidden);
    }

    async fn c4_an_operator_manages_monitors_of_associated_customers_only(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let theirs = t.customer(&msp, "Theirs").await;
        let strange = t.customer(&msp, "Strange").await;
        let operator = t.person(&msp, Role::Operator, None, "op@alpha.example").await;
        t.store.tie(&msp.admin, &theirs, operator.user().unwrap(), TieStep::Associate).await.unwrap();
        let monitor = t.store.create_monitor(&operator, &theirs, &monitor_input("web")).await.unwrap();
        t.store.suspend_monitor(&operator, &monitor).await.unwrap();
        assert_eq!(t.store.customers(&operator, &Default::default()).await.unwrap().matching, 2);
        let not_associated = Refusal::NotAssociated { customer: strange.clone(), name: "Strange".into(), may_associate: false };
        assert_eq!(refused(t.store.customer(&operator, &strange).await), not_associated);
        assert_eq!(refused(t.store.create_monitor(&operator, &strange, &monitor_input("x")).await), not_associated);
        assert_eq!(refused(t.store.associate_self(&operator, &strange).await), Refusal::Forbidden);
        assert_eq!(refused(t.store.create_customer(&operator, &customer_input("New")).await), Refusal::Forbidden);
        assert_eq!(refused(t.store.edit_customer(&operator, &theirs, 1, &customer_input("New")).await), Refusal::Forbidden);
        assert_eq!(refused(t.store.events(&operator, None, None, 5).await), Refusal::Forbidden);
        for step in Step::ALL {
            assert_eq!(refused(t.store.step_customer(&operator, &theirs, step, "r", None).await), Refusal::Forbidden);
        }
        let create = t.store.create_user(&operator, Role::Admin, None, "x@alpha.example", "X", PASSWORD);
        assert_eq!(refused(create.await), Refusal::Forbidden);
    }

    async fn c5_an_admin_opens_another_admins_customer_after_one_click(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let customer = t.customer(&msp, "Harbor").await;
        let second = t.person(&msp, Role::Admin, None, "second@alpha.example").await;
        let refusal = Refusal::NotAssociated { customer: customer.clone(), name: "Harbor".into(), may_associate: true };
        assert_eq!(refused(t.store.customer(&second, &customer).await), refusal);
        assert_eq!(refused(t.store.edit_customer(&second, &customer, 1, &customer_input("X")).await), refusal);
        assert_eq!(refused(t.store.events(&second, Some(&customer), None, 5).await), refusal);
        t.store.associate_self(&second, &customer).await.unwrap();
        t.store.associate_self(&second, &customer).await.unwrap();
        assert!(t.store.customer(&second, &customer).await.unwrap().associated);
        let events = t.store.events(&second, Some(&customer), None, 5).await.unwrap();
        assert_eq!(events.iter().map(|e| e.kind.as_str()).collect::<Vec<_>>(), ["association.created", "customer.created"]);
        let page = t.store.customers(&second, &Default::default()).await.unwrap();
        assert_eq!((page.rows[0].admins, page.rows[0].associated), (2, true));
    }

    async fn c3_an_email_belongs_to_one_person_only(t: Fixture) {
        let alpha = t.msp("Alpha").await;
        t.msp("Beta").await;
        let create = t.store.create_user(&alpha.admin, Role::Operator, None, "ADMIN@beta.example", "Eve", PASSWORD);
        assert_eq!(refused(create.await), Refusal::field("email", model::Problem::Taken));
        let create = t.store.create_user(&alpha.admin, Role::Customer, None, "c@beta.example", "Eve", PASSWORD);
        assert_eq!(refused(create.await), Refusal::field("role", model::Problem::NotAChoice));
    }
}
