//! What monitors measured: kept, read, thinned and forgotten.

use model::{
    MonitorId, Refusal, Status,
    monitors::history::{Availability, Range},
};
use store::thinning::Horizon;

use crate::{
    both::{both, refused},
    intake::verdict,
};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

both! {
    async fn g7_measurements_are_kept_read_and_those_that_wait_are_read_too(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let customer = t.customer(&msp, "Harbor").await;
        let (id, other) = (t.monitor(&msp, &customer, "web").await, t.monitor(&msp, &customer, "mail").await);
        t.clock.advance(2 * DAY);
        let now = t.clock.now();
        let gone = MonitorId::from_u128(7);
        // The begin of a step of every range.
        let then = (now - 40 * MINUTE).div_euclid(10 * MINUTE) * 10 * MINUTE;
        let first = vec![(now - 26 * HOUR, 999), (now - 90 * MINUTE, 20), (then, 30)];
        t.store.keep_latencies(&[(id.clone(), first), (other.clone(), vec![(now - MINUTE, 5)]), (gone, vec![(now, 1)])]).await.unwrap();
        t.store.keep_latencies(&[(id.clone(), vec![(then + 5_000, 50)])]).await.unwrap();
        let waiting = [(then, 30), (now - 2 * MINUTE, 70)];
        let of = async |id: &MonitorId, range| t.store.history(&msp.admin, id, range, &waiting).await.unwrap();
        let day = of(&id, Range::Day).await;
        let seen: Vec<_> = day.points.iter().map(|p| (p.count, p.least_ms, p.most_ms)).collect();
        assert_eq!(seen, [(1, 20, 20), (2, 30, 50), (1, 70, 70)], "{day:?}");
        assert_eq!((day.points[1].average_ms, day.to - day.from), (40, DAY));
        assert_eq!(of(&id, Range::Hour).await.points.len(), 2);
        assert_eq!(of(&id, Range::Week).await.points.iter().map(|p| p.most_ms).max(), Some(999));
        assert_eq!(t.store.history(&msp.admin, &other, Range::Hour, &[]).await.unwrap().points[0].average_ms, 5);
        let beta = t.msp("Beta").await;
        assert_eq!(refused(t.store.history(&beta.admin, &id, Range::Day, &[]).await), Refusal::NotFound);
    }

    async fn g7_availability_is_that_of_the_range_and_leaves_suspension_out(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let customer = t.customer(&msp, "Harbor").await;
        let id = t.monitor(&msp, &customer, "web").await;
        let added = t.clock.now();
        verdict(&t, &id, Status::Up, added).await;
        t.clock.advance(30 * DAY);
        let now = t.clock.now();
        verdict(&t, &id, Status::Down, now - 12 * HOUR).await;
        verdict(&t, &id, Status::Up, now - 6 * HOUR).await;
        t.store.suspend_monitor(&msp.admin, &id).await.unwrap();
        t.clock.advance(6 * HOUR);
        let share = async |range| {
            let history = t.store.history(&msp.admin, &id, range, &[]).await.unwrap();
            assert!(history.stretches.is_sorted_by(|a, b| a.to == b.from), "{history:?}");
            let availability = Availability::of(&history.stretches);
            ((availability.down_ms + MINUTE / 2) / HOUR, (availability.up_ms + MINUTE / 2) / HOUR)
        };
        assert_eq!(share(Range::Day).await, (6, 12));
        assert_eq!(share(Range::Week).await, (6, 7 * 24 - 12));
        assert_eq!(share(Range::Hour).await, (0, 0));
    }

    async fn g7_old_measurements_become_an_hours_figures_and_at_last_go(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let customer = t.customer(&msp, "Harbor").await;
        let mut ids = Vec::new();
        for n in 0..30 {
            ids.push(t.monitor(&msp, &customer, &format!("m{n:02}")).await);
        }
        t.clock.advance(100 * DAY);
        let now = t.clock.now();
        let hour = (now - 3 * DAY).div_euclid(HOUR) * HOUR;
        let measured: Vec<_> = ids.iter().map(|id| {
            let old = (0..5).flat_map(|n| [(hour + n * HOUR, 10), (hour + n * HOUR + MINUTE, 40)]);
            (id.clone(), old.chain([(now - 95 * DAY, 1), (now - HOUR, 7)]).collect())
        }).collect();
        t.store.keep_latencies(&measured).await.unwrap();
        let before = t.store.history(&msp.admin, &ids[0], Range::Week, &[]).await.unwrap().points;
        let mut steps = 1;
        while t.store.thin_latencies(now - 2 * DAY).await.unwrap() {
            steps += 1;
        }
        assert_eq!(steps, 2, "30 monitors with 6 old hours each, 100 hours at a time");
        assert!(!t.store.thin_latencies(now - 2 * DAY).await.unwrap());
        // What comes late for such an hour is dropped: its figures stand.
        t.store.keep_latencies(&[(ids[0].clone(), vec![(hour, 9_999)])]).await.unwrap();
        let after = t.store.history(&msp.admin, &ids[0], Range::Week, &[]).await.unwrap().points;
        assert_eq!(after, before);
        assert_eq!((after[0].count, after[0].average_ms, after[0].least_ms, after[0].most_ms), (2, 25, 10, 40));

        let horizon = Horizon { latencies: now - 90 * DAY, transitions: now - 400 * DAY };
        let (mut last, mut steps) = (None, 0);
        while let Some(next) = t.store.forget_before(horizon, last.as_ref()).await.unwrap() {
            (last, steps) = (Some(next), steps + 1);
        }
        assert_eq!((last.as_ref(), steps), (ids.last(), 2));
        assert_eq!(t.store.history(&msp.admin, &ids[0], Range::Week, &[]).await.unwrap().points, after);
        t.clock.advance(-80 * DAY);
        assert_eq!(t.store.history(&msp.admin, &ids[29], Range::Month, &[]).await.unwrap().points, []);
    }

    async fn g7_old_transitions_and_ended_outages_go_and_what_lasts_stays(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let customer = t.customer(&msp, "Harbor").await;
        let (ended, open) = (t.monitor(&msp, &customer, "ended").await, t.monitor(&msp, &customer, "open").await);
        let begin = t.clock.now();
        for id in [&ended, &open] {
            verdict(&t, id, Status::Down, begin).await;
        }
        verdict(&t, &ended, Status::Up, begin + MINUTE).await;
        t.clock.advance(401 * DAY);
        let now = t.clock.now();
        verdict(&t, &ended, Status::Trouble, now).await;
        let horizon = Horizon { latencies: now, transitions: now - 400 * DAY };
        assert_eq!(t.store.forget_before(horizon, None).await.unwrap().as_ref(), Some(&open));
        let page = t.store.monitor(&msp.admin, &ended).await.unwrap();
        assert_eq!(page.transitions.iter().map(|turn| turn.to).collect::<Vec<_>>(), [Status::Trouble]);
        let outages = t.store.outages_of_monitor(&msp.admin, &ended, 10).await.unwrap();
        assert_eq!(outages.iter().map(|outage| outage.started_at).collect::<Vec<_>>(), [now]);
        assert_eq!(t.store.outages_of_monitor(&msp.admin, &open, 10).await.unwrap().len(), 1);
        let page = t.store.monitor(&msp.admin, &open).await.unwrap();
        assert_eq!(page.transitions.iter().map(|turn| turn.to).collect::<Vec<_>>(), [Status::Down], "why it is as it is stays");
    }
}
