//! The customer list as CSV (DOMAIN A12): its rows, before they are written.

use std::collections::BTreeSet;

use model::{
    CustomerId, Refusal,
    customers::{
        CustomerQuery, CustomerSort,
        export::{ExportRow, Wanted},
        filter::FilterInput,
    },
    groups::Ticks,
    people::TieStep,
    roles::Role,
};
use store::Actor;

use crate::both::{Fixture, both, customer_input, refused};

async fn all(t: &Fixture, actor: &Actor, wanted: &Wanted) -> Vec<ExportRow> {
    let mut rows = Vec::new();
    let mut place = None;
    loop {
        let part = t.store.export_customers(actor, wanted, place.as_ref()).await.unwrap();
        assert!(part.rows.len() <= 500, "no more than a part stands in memory");
        rows.extend(part.rows);
        place = part.next;
        if place.is_none() {
            return rows;
        }
    }
}

fn shown(query: CustomerQuery) -> Wanted {
    Wanted::Shown(Box::new(query))
}

both! {
    async fn a12_every_row_is_there_once_in_the_order_of_the_list(t: Fixture) {
        let msp = t.msp("Alpha").await;
        t.store.set_quota(&msp.id, Some(5_000), Some(5_000)).await.unwrap();
        t.store.fill_demo(&msp.id, 1_203, 1_500, 1).await.unwrap();
        let other = t.msp("Beta").await;
        t.customer(&other, "Foreign").await;
        for sort in CustomerSort::ALL {
            for descending in [false, true] {
                let wanted = shown(CustomerQuery { sort, descending, ..CustomerQuery::default() });
                let rows = all(&t, &msp.admin, &wanted).await;
                let ids: BTreeSet<&CustomerId> = rows.iter().map(|export| &export.row.id).collect();
                assert_eq!((rows.len(), ids.len()), (1_203, 1_203), "{sort:?} {descending}");
                assert_eq!(t.store.count_export(&msp.admin, &wanted).await.unwrap(), 1_203);
                let first = t.store.customers(&msp.admin, &CustomerQuery { sort, descending, page: 1, ..CustomerQuery::default() }).await.unwrap();
                let begun: Vec<&CustomerId> = rows.iter().take(50).map(|export| &export.row.id).collect();
                assert_eq!(begun, first.rows.iter().map(|row| &row.id).collect::<Vec<_>>(), "{sort:?} {descending}");
            }
        }
        let few = CustomerQuery { filter: FilterInput { devices_from: "3".into(), ..FilterInput::default() }, ..CustomerQuery::default() };
        let rows = all(&t, &msp.admin, &shown(few)).await;
        assert!(!rows.is_empty() && rows.iter().all(|export| export.row.monitors >= 3));
    }

    async fn a12_what_was_ticked_is_there_and_nothing_else(t: Fixture) {
        let (msp, other) = (t.msp("Alpha").await, t.msp("Beta").await);
        let [one, two] = [t.customer(&msp, "One").await, t.customer(&msp, "Two").await];
        t.customer(&msp, "Three").await;
        let foreign = t.customer(&other, "Foreign").await;
        let wanted = Wanted::Ticked(vec![one.clone(), foreign, two.clone(), CustomerId::from_u128(7)]);
        assert_eq!(t.store.count_export(&msp.admin, &wanted).await.unwrap(), 2);
        let rows = all(&t, &msp.admin, &wanted).await;
        assert_eq!(rows.iter().map(|export| &export.row.id).collect::<Vec<_>>(), [&one, &two]);
        assert_eq!(all(&t, &msp.admin, &Wanted::Ticked(Vec::new())).await, []);
    }

    async fn a12_c4_account_data_are_there_for_who_may_open_the_account(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let input = model::customers::CustomerInput { city: "Hull".into(), ..customer_input("Harbor") };
        let harbor = t.store.create_customer(&msp.admin, &input).await.unwrap();
        let elm = t.customer(&msp, "Elm").await;
        t.store.create_group(&msp.admin, "Ports", &Ticks { shown: Vec::new(), ticked: vec![harbor.clone()] }).await.unwrap();
        let olu = t.person(&msp, Role::Operator, None, "olu@alpha.example").await;
        t.store.tie(&msp.admin, &harbor, olu.user().unwrap(), TieStep::Associate).await.unwrap();
        let rows = all(&t, &olu, &shown(CustomerQuery::default())).await;
        let of = |id: &CustomerId| rows.iter().find(|export| export.row.id == *id).unwrap();
        let account = of(&harbor).account.as_ref().unwrap();
        assert_eq!((account.input.city.as_str(), account.groups.as_slice()), ("Hull", ["Ports".to_owned()].as_slice()));
        assert_eq!(account.people, ["admin@alpha.example", "olu@alpha.example"]);
        assert_eq!((of(&elm).row.email.as_str(), of(&elm).account.is_none()), ("it@customer.example", true));
        assert!(all(&t, &msp.admin, &shown(CustomerQuery::default())).await.iter().all(|export| export.account.is_some()));
        let carl = t.person(&msp, Role::Customer, Some(&harbor), "carl@harbor.example").await;
        assert_eq!(refused(t.store.count_export(&carl, &shown(CustomerQuery::default())).await), Refusal::Forbidden);
    }
}
