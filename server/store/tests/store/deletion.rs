//! Deleting a customer (DOMAIN A11).

use model::{
    Problem, Refusal,
    customers::{CustomerQuery, deletion::Losses},
    groups::Ticks,
    lifecycle::Step,
    monitors::MonitorQuery,
    outages::OutageQuery,
    roles::Role,
};
use store::intake::Scope;

use crate::{
    both::{both, refused},
    maintenance::daily,
};

const OWN: &str = "admin@alpha.example";

both! {
    async fn a11_it_is_gone_from_view_at_once_and_the_rest_follows_in_steps(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let (harbor, elm) = (t.customer(&msp, "Harbor").await, t.customer(&msp, "Elm").await);
        for n in 0..230 {
            t.monitor(&msp, &harbor, &format!("harbor {n}")).await;
        }
        let spared = t.monitor(&msp, &elm, "elm").await;
        t.store.create_window(&msp.admin, &harbor, &daily("works")).await.unwrap();
        t.store.create_group(&msp.admin, "Ports", &Ticks { shown: Vec::new(), ticked: vec![harbor.clone(), elm.clone()] }).await.unwrap();
        t.person(&msp, Role::Customer, Some(&harbor), "carl@harbor.example").await;
        let carl = t.token("carl@harbor.example").await;
        let basis = t.store.deletion_basis(&msp.admin, &harbor).await.unwrap();
        assert_eq!(basis.losses, Losses { monitors: 230, outages: 0, users: 1, windows: 1, groups: 1, people: 1 });

        let before = t.store.customers(&msp.admin, &CustomerQuery::default()).await.unwrap();
        for (typed, problem) in [("", Problem::Required), ("someone@else.example", Problem::NotOwnEmail)] {
            assert_eq!(refused(t.store.delete_customer(&msp.admin, &harbor, typed).await), Refusal::field("email", problem));
        }
        assert_eq!(t.store.customers(&msp.admin, &CustomerQuery::default()).await.unwrap(), before);
        t.store.delete_customer(&msp.admin, &harbor, " Admin@Alpha.Example ").await.unwrap();

        // The admin is asked for anew, as with each request.
        let admin = t.sign_in(OWN).await;
        let list = t.store.customers(&admin, &CustomerQuery::default()).await.unwrap();
        assert_eq!((list.all, list.inactive, list.rows.len()), (1, 0, 1));
        assert_eq!(t.store.monitors(&admin, &MonitorQuery::default()).await.unwrap().matching, 1);
        assert_eq!(t.store.open_outages(&admin, &OutageQuery::default()).await.unwrap().matching, 0);
        assert_eq!(refused(t.store.customer(&admin, &harbor).await), Refusal::NotFound);
        assert_eq!(refused(t.store.delete_customer(&admin, &harbor, OWN).await), Refusal::NotFound);
        assert_eq!(t.store.watched(Scope::All).await.unwrap().into_iter().map(|monitor| monitor.id).collect::<Vec<_>>(), [spared]);
        assert!(t.store.actor(&carl, "192.0.2.7").await.unwrap().is_none());
        let room = t.store.msps().await.unwrap().remove(0);
        assert_eq!((room.customers_used, room.monitors_used), (1, 1));

        let mut steps = 0;
        while t.store.go_on_deleting(&harbor).await.unwrap() {
            steps += 1;
        }
        assert!(steps >= 3, "230 monitors in {steps} steps");
        assert!(t.store.deletions().await.unwrap().is_empty() && !t.store.go_on_deleting(&harbor).await.unwrap());
        let admin = t.sign_in(OWN).await;
        assert!(admin.denied().is_empty());
        let events = t.store.audit(&admin, &Default::default(), None, 500).await.unwrap();
        let of_harbor: Vec<&str> = events.iter().filter(|event| event.customer == harbor.to_string()).map(|event| event.kind.as_str()).collect();
        assert_eq!((of_harbor[0], of_harbor.len()), ("customer.deleted", 230 + 5));
        assert_eq!(events[0].subject, "Harbor");
        // The same name and the same addresses can come again.
        t.customer(&msp, "Harbor").await;
        assert_eq!(t.store.customers(&admin, &CustomerQuery::default()).await.unwrap().all, 2);
    }

    async fn a11_an_inactive_account_gives_no_room_back_twice_and_operators_delete_nothing(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let gone = t.customer(&msp, "Gone").await;
        t.monitor(&msp, &gone, "web").await;
        t.customer(&msp, "Stays").await;
        let olu = t.person(&msp, Role::Operator, None, "olu@alpha.example").await;
        assert_eq!(refused(t.store.delete_customer(&olu, &gone, "olu@alpha.example").await), Refusal::Forbidden);
        assert_eq!(refused(t.store.deletion_basis(&olu, &gone).await), Refusal::Forbidden);
        t.store.step_customer(&msp.admin, &gone, Step::Terminate, "over", None).await.unwrap();
        t.store.delete_customer(&msp.admin, &gone, OWN).await.unwrap();
        let room = t.store.msps().await.unwrap().remove(0);
        assert_eq!((room.customers_used, room.monitors_used), (1, 0));
        // Nor does whoever joins before the rest has followed see anything of it.
        let joins = t.person(&msp, Role::Admin, None, "joins@alpha.example").await;
        assert_eq!(t.store.customers(&joins, &CustomerQuery::default()).await.unwrap().all, 1);
        assert_eq!(refused(t.store.customer(&joins, &gone).await), Refusal::NotFound);
    }
}
