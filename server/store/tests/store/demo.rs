//! The demonstration.

use model::{Status, customers::CustomerQuery};
use store::{Actor, Scope, WatchedMonitor};

use crate::both::{Fixture, both};

/// What the seed decides, without ids and times.
fn made(monitors: &[WatchedMonitor]) -> Vec<(String, String, String, Status)> {
    monitors.iter().map(|m| (m.customer_name.clone(), m.settings.name.clone(), m.settings.check.target(), m.status)).collect()
}

async fn of_msp(t: &Fixture, msp: &model::MspId) -> Vec<WatchedMonitor> {
    let all = t.store.watched(Scope::All).await.unwrap();
    all.into_iter().filter(|m| m.msp == *msp).collect()
}

both! {
    async fn a_demonstration_is_marked_varied_and_the_same_for_the_same_seed(t: Fixture) {
        let (alpha, beta) = (t.msp("Alpha").await, t.msp("Beta").await);
        t.store.fill_demo(&alpha.id, 40, 1_500, 7).await.unwrap();
        t.store.fill_demo(&beta.id, 40, 1_500, 7).await.unwrap();
        let monitors = of_msp(&t, &alpha.id).await;
        assert_eq!(monitors.len(), 1_500);
        assert_eq!(made(&monitors), made(&of_msp(&t, &beta.id).await));
        let up = monitors.iter().filter(|m| m.status == Status::Up).count();
        assert!((1_400..1_490).contains(&up), "{up}");
        let other = monitors.iter().filter(|m| !m.settings.name.is_ascii()).count();
        assert!((225..375).contains(&other), "{other}");
        let me = t.store.me(&alpha.admin).await.unwrap();
        assert_eq!((me.demo, me.customers, me.monitors), (true, 40, 1_500));
        let query = CustomerQuery { sort: model::customers::CustomerSort::Monitors, descending: true, ..CustomerQuery::default() };
        let page = t.store.customers(&alpha.admin, &query).await.unwrap();
        assert!(page.rows[0].monitors > 4 * page.rows[20].monitors);
        assert!(page.rows.iter().all(|row| row.associated && row.admins == 1));
        // The same places and people for the same seed too, at most three and two of each, and one default always (A9, A10, A14).
        let held = async |actor: &Actor| {
            let mut held = Vec::new();
            for row in &t.store.customers(actor, &query).await.unwrap().rows {
                let services = t.store.services_of_customer(actor, &row.id).await.unwrap();
                let level = services.catalogue.level(&services.level.unwrap()).unwrap().name.clone();
                let places = t.store.locations_of_customer(actor, &row.id).await.unwrap().rows;
                assert_eq!(places.iter().filter(|place| place.is_default).count(), 1);
                let people = t.store.contacts_of_customer(actor, &row.id).await.unwrap().rows;
                let inputs: Vec<_> = places.iter().map(|place| place.input.clone()).collect();
                assert!(inputs.iter().all(|input| input.validate().is_ok()) && people.iter().all(|row| row.input.validate().is_ok()));
                held.push((row.name.clone(), level, services.items.len(), inputs, people.iter().map(|row| row.input.name()).collect::<Vec<_>>()));
            }
            held.sort_by(|one, other| one.0.cmp(&other.0));
            held
        };
        let made_up = held(&alpha.admin).await;
        assert_eq!(made_up, held(&beta.admin).await);
        let levels: std::collections::BTreeSet<&str> = made_up.iter().map(|held| held.1.as_str()).collect();
        assert_eq!(levels.into_iter().collect::<Vec<_>>(), ["Essential", "Premium", "Standard"]);
        let places: Vec<&str> = made_up.iter().flat_map(|held| &held.3).map(|input| input.name.as_str()).collect();
        let other = places.iter().filter(|name| !name.is_ascii()).count();
        assert!(other * 20 > places.len() && other * 2 < places.len(), "{other} of {}", places.len());
        for row in &page.rows {
            let detail = t.store.customer(&alpha.admin, &row.id).await.unwrap();
            assert!(detail.demo && detail.input.validate().is_ok(), "{detail:?}");
        }
        let strips: String = t.store.health_basis(&alpha.admin).await.unwrap().customers.into_iter().map(|c| c.2).collect();
        assert!(strips.contains('d') && strips.contains('t') && !strips.contains('-'));
        let down = monitors.iter().find(|m| m.status == Status::Down).unwrap();
        let outages = t.store.outages_of_monitor(&alpha.admin, &down.id, 10).await.unwrap();
        assert_eq!((outages[0].started_at, outages[0].ended_at), (down.since, None));
    }

    async fn a_second_filling_adds_and_leaves_the_room_there_was(t: Fixture) {
        let msp = t.msp("Alpha").await;
        t.store.fill_demo(&msp.id, 3, 10, 1).await.unwrap();
        t.store.fill_demo(&msp.id, 2, 0, 2).await.unwrap();
        let row = &t.store.msps().await.unwrap()[0];
        assert_eq!((row.customers_used, row.customers_quota, row.monitors_used, row.monitors_quota), (5, 1005, 10, 1010));
        assert_eq!(t.store.fill_demo(&model::MspId::from_u128(1), 1, 1, 1).await.unwrap_err().refusal(), model::Refusal::NotFound);
    }
}
