//! Another tenant's customers and monitors are not there: every function that takes an id says so, and changes nothing.

use model::{
    CustomerId, MonitorId, Refusal, UserId, groups::Ticks, lifecycle::Step, monitors::MonitorQuery, people::TieStep, roles::Role,
};
use store::Actor;

use crate::both::{Fixture, PASSWORD, both, customer_input, monitor_input, refused};

async fn nothing_is_there(t: &Fixture, actor: &Actor, customer: &CustomerId, monitor: &MonitorId) {
    let store = &t.store;
    let not_found = Refusal::NotFound;
    assert_eq!(refused(store.customer(actor, customer).await), not_found);
    assert_eq!(refused(store.edit_customer(actor, customer, 1, &customer_input("Stolen")).await), not_found);
    for step in Step::ALL {
        assert_eq!(refused(store.step_customer(actor, customer, step, "reason", Some(1)).await), not_found);
    }
    assert_eq!(refused(store.step_basis(actor, customer).await), not_found);
    assert_eq!(refused(store.associate_self(actor, customer).await), not_found);
    let own = actor.user().cloned().unwrap_or(UserId::from_u128(1));
    for step in TieStep::ALL {
        assert_eq!(refused(store.tie(actor, customer, &own, step).await), not_found);
    }
    assert_eq!(refused(store.people_of_customer(actor, customer).await), not_found);
    let planted = Ticks { shown: Vec::new(), ticked: vec![customer.clone()] };
    assert_eq!(refused(store.create_group(actor, "Planted", &planted).await), not_found);
    assert_eq!(refused(store.outages_of_customer(actor, customer, 10).await), not_found);
    assert_eq!(refused(store.events(actor, Some(customer), None, 10).await), not_found);
    assert_eq!(refused(store.create_monitor(actor, customer, &monitor_input("planted")).await), not_found);
    let planted = store.create_user(actor, Role::Customer, Some(customer), "spy@beta.example", "Spy", PASSWORD).await;
    assert_eq!(refused(planted), not_found);
    assert_eq!(refused(store.monitor(actor, monitor).await), not_found);
    assert_eq!(refused(store.edit_monitor(actor, monitor, 1, &monitor_input("stolen")).await), not_found);
    assert_eq!(refused(store.suspend_monitor(actor, monitor).await), not_found);
    assert_eq!(refused(store.resume_monitor(actor, monitor).await), not_found);
    assert_eq!(refused(store.delete_monitor(actor, monitor).await), not_found);
    assert_eq!(refused(store.outages_of_monitor(actor, monitor, 10).await), not_found);
    assert_eq!(refused(store.history(actor, monitor, Default::default(), &[]).await), not_found);
    assert_eq!(refused(store.renew_heartbeat(actor, monitor).await), not_found);
    let query = MonitorQuery { customer: Some(customer.clone()), ..MonitorQuery::default() };
    assert_eq!(store.monitors(actor, &query).await.unwrap().matching, 0);
}

both! {
    async fn another_tenants_ids_are_as_unknown_as_unknown_ones(t: Fixture) {
        let (alpha, beta) = (t.msp("Alpha").await, t.msp("Beta").await);
        let customer = t.customer(&alpha, "Harbor").await;
        let monitor = t.monitor(&alpha, &customer, "web").await;
        let before = t.store.customer(&alpha.admin, &customer).await.unwrap();
        let log = t.store.events(&alpha.admin, None, None, 100).await.unwrap();
        let beta_system = Actor::system(beta.id.clone(), "test");
        for actor in [&beta.admin, &beta_system] {
            nothing_is_there(&t, actor, &customer, &monitor).await;
            nothing_is_there(&t, actor, &CustomerId::from_u128(7), &MonitorId::from_u128(7)).await;
        }
        assert_eq!(t.store.customer(&alpha.admin, &customer).await.unwrap(), before);
        assert_eq!(t.store.events(&alpha.admin, None, None, 100).await.unwrap(), log);
        assert_eq!(t.store.customers(&beta.admin, &Default::default()).await.unwrap().all, 0);
        assert_eq!(t.store.monitors(&beta.admin, &Default::default()).await.unwrap().matching, 0);
        let foreigner = t.store.tie(&alpha.admin, &customer, beta.admin.user().unwrap(), TieStep::Associate).await;
        assert_eq!(refused(foreigner), Refusal::NotFound);
    }
}
