//! Outages in people's hands: taken, handed back, noted, snoozed, and who may.

use model::{
    OutageId, Problem, Refusal, Status,
    outages::{OutageFilter, OutageQuery},
    people::TieStep,
    roles::Role,
};
use store::Scope;

use crate::{
    both::{Fixture, Msp, both, refused},
    intake::{verdict, write},
};

async fn matching(t: &Fixture, msp: &Msp) -> [u32; 4] {
    t.store.open_outages(&msp.admin, &OutageQuery::default()).await.unwrap().by_filter
}

/// An outage of a monitor of its own.
async fn outage(t: &Fixture, msp: &Msp) -> (model::CustomerId, model::MonitorId, OutageId) {
    let customer = t.customer(msp, "Harbor").await;
    let monitor = t.monitor(msp, &customer, "web").await;
    verdict(t, &monitor, Status::Down, 5_000).await;
    let id = t.store.outages_of_monitor(&msp.admin, &monitor, 1).await.unwrap()[0].id.clone();
    (customer, monitor, id)
}

both! {
    async fn g9_an_outage_is_taken_noted_snoozed_and_handed_back_and_each_change_is_kept(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let (customer, monitor, id) = outage(&t, &msp).await;
        assert_eq!(matching(&t, &msp).await, [1, 1, 0, 0]);
        assert_eq!(t.store.take_outage(&msp.admin, &id).await.unwrap(), monitor);
        t.store.take_outage(&msp.admin, &id).await.unwrap();
        assert_eq!(matching(&t, &msp).await, [1, 0, 1, 0]);
        assert_eq!(t.store.watched(Scope::Monitor(&monitor)).await.unwrap()[0].taken_by, "admin");
        t.store.note_outage(&msp.admin, &id, " Called the ISP.\r\nTicket 7 ").await.unwrap();
        t.store.note_outage(&msp.admin, &id, "They look.").await.unwrap();
        assert_eq!(refused(t.store.note_outage(&msp.admin, &id, " ").await), Refusal::field("text", Problem::Required));
        assert_eq!(refused(t.store.note_outage(&msp.admin, &id, &"x".repeat(2_001)).await), Refusal::field("text", Problem::TooLong(2_000)));
        t.store.snooze_outage(&msp.admin, &id, 60, "Their window is at noon").await.unwrap();
        assert_eq!(refused(t.store.snooze_outage(&msp.admin, &id, 7, "").await).at("minutes"), Some(Problem::NotAChoice));
        assert_eq!(refused(t.store.snooze_outage(&msp.admin, &id, 60, "").await), Refusal::field("reason", Problem::Required));
        assert_eq!(matching(&t, &msp).await, [1, 0, 1, 1]);

        let page = t.store.outage(&msp.admin, &id).await.unwrap();
        let texts: Vec<&str> = page.notes.iter().map(|note| note.text.as_str()).collect();
        assert_eq!(texts, ["Called the ISP.\nTicket 7", "They look."]);
        let care = &page.outage.care;
        assert_eq!((care.taken_by.as_str(), care.notes, care.snooze_reason.as_str()), ("admin", 2, "Their window is at noon"));
        assert!(care.is_snoozed());
        t.clock.advance(60 * 60_000);
        assert_eq!(matching(&t, &msp).await, [1, 0, 1, 0], "the snooze is over by itself");
        t.store.hand_outage_back(&msp.admin, &id).await.unwrap();
        t.store.hand_outage_back(&msp.admin, &id).await.unwrap();
        assert_eq!(matching(&t, &msp).await, [1, 1, 0, 0]);
        t.store.snooze_outage(&msp.admin, &id, 30, "again").await.unwrap();
        t.store.snooze_outage(&msp.admin, &id, 0, "").await.unwrap();
        let events = t.store.events(&msp.admin, Some(&customer), None, 7).await.unwrap();
        let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
        assert_eq!(
            kinds,
            [
                "outage.woken", "outage.snoozed", "outage.handed_back", "outage.snoozed", "outage.noted", "outage.noted",
                "outage.taken"
            ]
        );
        verdict(&t, &monitor, Status::Up, 9_000).await;
        assert_eq!(refused(t.store.take_outage(&msp.admin, &id).await), Refusal::OutageOver);
        assert_eq!(t.store.outage(&msp.admin, &id).await.unwrap().notes.len(), 2);
        t.store.delete_monitor(&msp.admin, &monitor).await.unwrap();
        assert_eq!(refused(t.store.outage(&msp.admin, &id).await), Refusal::NotFound);
    }

    async fn g9_whoever_took_a_down_monitor_keeps_it_when_it_is_in_trouble(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let (_, monitor, id) = outage(&t, &msp).await;
        t.store.take_outage(&msp.admin, &id).await.unwrap();
        verdict(&t, &monitor, Status::Trouble, 6_000).await;
        assert_eq!(t.store.watched(Scope::Monitor(&monitor)).await.unwrap()[0].taken_by, "admin");
        let watched = &t.store.watched(Scope::Monitor(&monitor)).await.unwrap()[0];
        let there_and_back = [
            write(watched, Status::Trouble, Status::Down, 6_500),
            write(watched, Status::Down, Status::Trouble, 6_600),
        ];
        t.store.commit(&there_and_back).await.unwrap();
        assert_eq!(t.store.watched(Scope::Monitor(&monitor)).await.unwrap()[0].taken_by, "admin", "in one batch");
        verdict(&t, &monitor, Status::Up, 7_000).await;
        verdict(&t, &monitor, Status::Down, 8_000).await;
        assert_eq!(t.store.watched(Scope::Monitor(&monitor)).await.unwrap()[0].taken_by, "");
    }

    async fn g9_operators_of_the_customer_may_and_nobody_else(t: Fixture) {
        let (msp, other) = (t.msp("Alpha").await, t.msp("Beta").await);
        let (customer, monitor, id) = outage(&t, &msp).await;
        assert_eq!(refused(t.store.take_outage(&other.admin, &id).await), Refusal::NotFound);
        assert_eq!(refused(t.store.note_outage(&other.admin, &id, "x").await), Refusal::NotFound);
        assert_eq!(refused(t.store.snooze_outage(&other.admin, &id, 30, "x").await), Refusal::NotFound);
        assert_eq!(refused(t.store.hand_outage_back(&other.admin, &id).await), Refusal::NotFound);
        assert_eq!(refused(t.store.outage(&other.admin, &id).await), Refusal::NotFound);
        assert_eq!(matching(&t, &other).await, [0; 4]);
        let otto = t.person(&msp, Role::Operator, None, "otto@alpha.example").await;
        assert!(matches!(refused(t.store.take_outage(&otto, &id).await), Refusal::NotAssociated { may_associate: false, .. }));
        assert!(matches!(refused(t.store.outage(&otto, &id).await), Refusal::NotAssociated { .. }));
        t.store.tie(&msp.admin, &customer, otto.user().unwrap(), TieStep::Associate).await.unwrap();
        t.store.take_outage(&otto, &id).await.unwrap();
        // Who still sees it untaken does not take it from him.
        let by = "Someone".to_owned();
        assert_eq!(refused(t.store.take_outage(&msp.admin, &id).await), Refusal::OutageTaken { by });
        t.store.note_outage(&otto, &id, "internal").await.unwrap();
        // A customer's people see the outage, not who looks after it.
        let carl = t.person(&msp, Role::Customer, Some(&customer), "carl@harbor.example").await;
        assert_eq!(t.store.outages_of_monitor(&carl, &monitor, 1).await.unwrap()[0].care, model::outages::Care::default());
        assert_eq!(refused(t.store.outage(&carl, &id).await), Refusal::Forbidden);
        assert_eq!(refused(t.store.take_outage(&carl, &id).await), Refusal::Forbidden);
        assert_eq!(refused(t.store.open_outages(&carl, &OutageQuery::default()).await), Refusal::Forbidden);
        let taken = OutageQuery { customer: Some(customer), filter: OutageFilter::Taken, page: 9 };
        let page = t.store.open_outages(&msp.admin, &taken).await.unwrap();
        assert_eq!((page.rows.len(), page.page, page.rows[0].customer_name.as_str()), (1, 1, "Harbor"));
    }
}
