//! The MSP's people: what they are, and that they can be removed; never oneself, and never the last who can manage the rest.

use model::{
    Refusal, UserId,
    people::TieStep,
    roles::{Action, Relation, Role},
};

use crate::both::{Fixture, Msp, both, refused};

/// How many Admins the list says are associated with the customer.
async fn admins(t: &Fixture, msp: &Msp, customer: &model::CustomerId) -> u32 {
    let page = t.store.customers(&msp.admin, &model::customers::CustomerQuery::default()).await.unwrap();
    page.rows.iter().find(|row| row.id == *customer).unwrap().admins
}

both! {
    async fn c3_a_role_is_changed_and_with_it_what_its_person_may_and_what_the_list_counts(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let customer = t.customer(&msp, "Harbor").await;
        let otto = t.person(&msp, Role::Operator, None, "otto@alpha.example").await;
        let user = otto.user().unwrap();
        t.store.tie(&msp.admin, &customer, user, TieStep::Associate).await.unwrap();
        let before = admins(&t, &msp, &customer).await;
        t.store.change_role(&msp.admin, user, Role::Admin).await.unwrap();
        t.store.change_role(&msp.admin, user, Role::Admin).await.unwrap();
        assert_eq!(admins(&t, &msp, &customer).await, before + 1);
        let otto = t.sign_in("otto@alpha.example").await;
        assert!(otto.may(Action::Administer, Relation::None));
        // Two admins: the second may take it from the first, and then nobody from the second.
        let rita = msp.admin.user().unwrap();
        t.store.change_role(&otto, rita, Role::Operator).await.unwrap();
        assert_eq!(admins(&t, &Msp { id: msp.id.clone(), admin: otto.clone() }, &customer).await, before);
        let rita_now = t.sign_in("admin@alpha.example").await;
        assert_eq!(refused(t.store.change_role(&rita_now, user, Role::Operator).await), Refusal::Forbidden);
        for step in [t.store.change_role(&otto, user, Role::Operator).await, t.store.remove_user(&otto, user).await.map(|_| ())] {
            assert_eq!(refused(step), Refusal::NotOneself);
        }
        assert!(matches!(refused(t.store.change_role(&otto, rita, Role::Customer).await), Refusal::Invalid(_)));
        let events = t.store.events(&otto, None, None, 2).await.unwrap();
        assert_eq!(events[0].kind, "user.role_changed");
        assert_eq!(events[0].changes, [("role".to_owned(), "admin".to_owned(), "operator".to_owned())]);
    }

    async fn c3_who_is_removed_is_out_at_once_and_what_they_did_stays(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let bo = t.person(&msp, Role::Admin, None, "bo@alpha.example").await;
        let token = t.token("bo@alpha.example").await;
        let customer = t.store.create_customer(&bo, &crate::both::customer_input("Harbor")).await.unwrap();
        t.store.associate_self(&msp.admin, &customer).await.unwrap();
        let before = admins(&t, &msp, &customer).await;
        assert_eq!(t.store.remove_user(&msp.admin, bo.user().unwrap()).await.unwrap(), None);
        assert_eq!(admins(&t, &msp, &customer).await, before - 1);
        assert!(t.store.actor(&token, "").await.unwrap().is_none());
        assert_eq!(t.store.staff(&msp.admin).await.unwrap().len(), 1);
        let people = t.store.people_of_customer(&msp.admin, &customer).await.unwrap();
        assert_eq!(people.len(), 1);
        let log = format!("{:?}", t.store.events(&msp.admin, Some(&customer), None, 10).await.unwrap());
        assert!(log.contains("Someone <bo@alpha.example>"), "{log}");
        assert_eq!(refused(t.store.remove_user(&msp.admin, bo.user().unwrap()).await), Refusal::NotFound);
        // The address is free again.
        t.person(&msp, Role::Operator, None, "bo@alpha.example").await;
    }

    async fn c3_a_customers_person_is_removed_by_an_admin_alone(t: Fixture) {
        let (msp, beta) = (t.msp("Alpha").await, t.msp("Beta").await);
        let customer = t.customer(&msp, "Harbor").await;
        let carl = t.person(&msp, Role::Customer, Some(&customer), "carl@harbor.example").await;
        let user = carl.user().unwrap();
        let otto = t.person(&msp, Role::Operator, None, "otto@alpha.example").await;
        assert_eq!(refused(t.store.remove_user(&otto, user).await), Refusal::Forbidden);
        assert_eq!(refused(t.store.remove_user(&carl, otto.user().unwrap()).await), Refusal::Forbidden);
        for stranger in [user, otto.user().unwrap()] {
            assert_eq!(refused(t.store.remove_user(&beta.admin, stranger).await), Refusal::NotFound);
            assert_eq!(refused(t.store.change_role(&beta.admin, stranger, Role::Admin).await), Refusal::NotFound);
        }
        // A customer's person is no staff, and becomes none.
        assert_eq!(refused(t.store.change_role(&msp.admin, user, Role::Admin).await), Refusal::NotFound);
        assert_eq!(refused(t.store.users_of_customer(&carl, &customer).await), Refusal::Forbidden);
        assert_eq!(t.store.remove_user(&msp.admin, user).await.unwrap(), Some(customer.clone()));
        assert!(t.store.users_of_customer(&msp.admin, &customer).await.unwrap().is_empty());
        let event = t.store.events(&msp.admin, Some(&customer), None, 1).await.unwrap().remove(0);
        assert_eq!((event.kind.as_str(), event.subject.as_str()), ("user.removed", "Someone"));
        assert_eq!(refused(t.store.remove_user(&msp.admin, &UserId::from_u128(7)).await), Refusal::NotFound);
    }

    async fn c3_two_admins_who_remove_each_other_at_once_leave_one(t: Fixture) {
        for round in 0..3 {
            let msp = t.msp(&format!("Alpha{round}")).await;
            let bo = t.person(&msp, Role::Admin, None, &format!("bo{round}@alpha.example")).await;
            let (one, two) = (msp.admin.clone(), bo.clone());
            let (s1, s2) = (t.store.clone(), t.store.clone());
            let first = tokio::spawn(async move { s1.remove_user(&one, two.user().unwrap()).await.map(|_| ()) });
            let (one, two) = (msp.admin.clone(), bo.clone());
            let second = tokio::spawn(async move { s2.change_role(&two, one.user().unwrap(), Role::Operator).await });
            let results = [first.await.unwrap(), second.await.unwrap()];
            let won = results.iter().filter(|result| result.is_ok()).count();
            assert_eq!(won, 1, "{results:?}");
            let left = if t.store.me(&bo).await.is_ok() { &bo } else { &msp.admin };
            let staff = t.store.staff(left).await.unwrap();
            assert!(staff.iter().any(|person| person.role == Role::Admin), "{staff:?}");
        }
    }
}
