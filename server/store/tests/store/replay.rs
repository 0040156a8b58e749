//! The wall of the last 24 hours (DOMAIN F12): a day and its pieces, read from what is stored.

use model::{
    MonitorId, Refusal, Status,
    lifecycle::Step,
    monitors::{Evidence, Source},
    replay::{DAY_MS, Day, NotReplayed, OPEN_MS, PIECE_MS, PIECE_TURNS, Piece, Reel, SETTLED_MS},
    roles::Role,
};
use store::{Scope, StatusWrite, thinning::Horizon};

use crate::{
    both::{Fixture, Msp, both, refused},
    intake::verdict,
};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

async fn day(t: &Fixture, msp: &Msp) -> Day {
    t.store.replay_day(&msp.admin, "b").await.unwrap()
}

async fn piece(t: &Fixture, msp: &Msp, from: i64) -> Piece {
    t.store.replay_piece(&msp.admin, day(t, msp).await.edition, from).await.unwrap()
}

/// The wall at a moment: name, status and reason of each tile, by name.
async fn wall(t: &Fixture, msp: &Msp, at: i64) -> Vec<(String, Status, String)> {
    let day = day(t, msp).await;
    let mut reel = Reel::new(t.store.replay_piece(&msp.admin, day.edition, at - 5 * MINUTE).await.unwrap());
    assert!(reel.covers(at));
    reel.wind(at);
    let mut board = day.board();
    for slot in 0..reel.slots() {
        if let Some(op) = reel.op(&day, &board, slot) {
            board.apply(&op).unwrap();
        }
    }
    let tile = |slot| (board.name(slot).to_owned(), board.status(slot).unwrap(), board.reason(slot).to_owned());
    let mut tiles: Vec<_> = board.tiles().map(tile).collect();
    tiles.sort();
    tiles
}

fn tile(name: &str, status: Status, reason: &str) -> (String, Status, String) {
    (name.to_owned(), status, reason.to_owned())
}

/// A verdict of now. When that is.
async fn turns(t: &Fixture, monitor: &MonitorId, to: Status) -> i64 {
    let now = t.clock.now();
    verdict(t, monitor, to, now).await;
    now
}

both! {
    async fn f12_the_wall_at_any_moment_is_as_it_was(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let harbor = t.customer(&msp, "Harbor").await;
        let begun = t.clock.now();
        let web = t.monitor(&msp, &harbor, "web").await;
        let calm = t.monitor(&msp, &harbor, "calm").await;
        t.clock.advance(10 * MINUTE);
        turns(&t, &web, Status::Up).await;
        turns(&t, &calm, Status::Up).await;
        t.clock.advance(2 * HOUR);
        let down = turns(&t, &web, Status::Down).await;
        t.clock.advance(10 * MINUTE);
        let up = turns(&t, &web, Status::Up).await;
        t.clock.advance(3 * HOUR);
        let late = t.monitor(&msp, &harbor, "late").await;
        t.clock.advance(15 * MINUTE);
        let trouble = turns(&t, &web, Status::Trouble).await;
        turns(&t, &late, Status::Up).await;
        t.clock.advance(HOUR);

        let calm = |status| tile("calm", status, "");
        let web = |status, reason: &str| tile("web", status, reason);
        let why = format!("DOWN at {down}");
        assert_eq!(wall(&t, &msp, begun + 5 * MINUTE).await, [calm(Status::Discovery), web(Status::Discovery, "")]);
        assert_eq!(wall(&t, &msp, down - 1_000).await, [calm(Status::Up), web(Status::Up, "")]);
        assert_eq!(wall(&t, &msp, down + 5_000).await, [calm(Status::Up), web(Status::Down, &why)]);
        assert_eq!(wall(&t, &msp, up - 60_000).await, [calm(Status::Up), web(Status::Down, &why)]);
        assert_eq!(wall(&t, &msp, up + 5_000).await, [calm(Status::Up), web(Status::Up, "")]);
        // It is not there before it was added, and then as it was.
        assert_eq!(wall(&t, &msp, trouble - 16 * MINUTE).await.len(), 2);
        assert_eq!(wall(&t, &msp, trouble - 5 * MINUTE).await[1], tile("late", Status::Discovery, ""));
        let at_last = [calm(Status::Up), tile("late", Status::Up, ""), web(Status::Trouble, &format!("TROUBLE at {trouble}"))];
        assert_eq!(wall(&t, &msp, trouble + 30 * MINUTE).await, at_last);

        let day = day(&t, &msp).await;
        assert_eq!((day.to - day.from, day.known_from, day.build.as_str()), (DAY_MS, day.from, "b"));
        let column = |at: i64| day.columns[usize::try_from((at - day.from) / model::replay::COLUMN_MS).unwrap()];
        assert_eq!((column(down + MINUTE).down, column(up + 6 * MINUTE).down), (1, 0));
        assert_eq!((column(day.to).down, column(day.to).trouble), (0, 1));
        // Since when it is so is the source's to say.
        let piece = piece(&t, &msp, down + MINUTE).await;
        let slot = day.monitors.iter().position(|monitor| monitor.name == "web").unwrap();
        assert_eq!(piece.base[slot].since, down.div_euclid(1_000) * 1_000);
    }

    async fn f12_an_outage_says_what_it_said_then(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let harbor = t.customer(&msp, "Harbor").await;
        let web = t.monitor(&msp, &harbor, "web").await;
        let down = turns(&t, &web, Status::Down).await;
        t.clock.advance(20 * HOUR);
        // The reason alone changes, as it does when a target fails in another way.
        let monitor = &t.store.watched(Scope::Monitor(&web)).await.unwrap()[0];
        let other = StatusWrite {
            since: down,
            reason: "refused".into(),
            transition: None,
            ..crate::intake::write(monitor, Status::Down, Status::Down, t.clock.now())
        };
        t.store.commit(&[other]).await.unwrap();
        t.clock.advance(10 * MINUTE);
        let before = t.clock.now() - 10 * HOUR;
        assert_eq!(wall(&t, &msp, before).await, [tile("web", Status::Down, &format!("DOWN at {down}"))]);
    }

    async fn f12_only_moments_of_the_last_day_are_answered_and_only_of_this_edition(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let harbor = t.customer(&msp, "Harbor").await;
        let web = t.monitor(&msp, &harbor, "web").await;
        t.clock.advance(26 * HOUR);
        let (now, edition) = (t.clock.now(), day(&t, &msp).await.edition);
        let ask = |from: i64| t.store.replay_piece(&msp.admin, edition, from);
        for (from, why) in [
            (now + 10 * MINUTE, NotReplayed::ToCome),
            (i64::MAX / 2, NotReplayed::ToCome),
            (now - DAY_MS - OPEN_MS - MINUTE, NotReplayed::TooOld),
            (i64::MIN / 2, NotReplayed::TooOld),
        ] {
            assert_eq!(refused(ask(from).await), Refusal::Replay(why), "{from}");
        }
        let last = ask(now).await.unwrap();
        assert!(last.from == last.to && last.to <= t.clock.now() - SETTLED_MS, "the newest is what has settled");
        assert_eq!(ask(now - DAY_MS).await.unwrap().base.len(), 1);
        assert_eq!(t.store.replay_monitor(&msp.admin, edition, 0).await.unwrap(), web);
        assert_eq!(refused(t.store.replay_monitor(&msp.admin, edition, 1).await), Refusal::NotFound);
        t.monitor(&msp, &harbor, "mail").await;
        assert_eq!(refused(ask(now).await), Refusal::Replay(NotReplayed::Outdated));
        assert_eq!(refused(t.store.replay_monitor(&msp.admin, edition, 0).await), Refusal::NotFound);
    }

    async fn f12_nothing_of_another_tenant_is_in_it_and_customers_are_refused(t: Fixture) {
        let (alpha, beta) = (t.msp("Alpha").await, t.msp("Beta").await);
        let harbor = t.customer(&alpha, "Harbor").await;
        let cedar = t.customer(&beta, "Cedar").await;
        let web = t.monitor(&alpha, &harbor, "web").await;
        let mail = t.monitor(&beta, &cedar, "mail").await;
        let reader = t.person(&alpha, Role::Customer, Some(&harbor), "carl@harbor.example").await;
        let operator = t.person(&alpha, Role::Operator, None, "otto@alpha.example").await;
        t.clock.advance(MINUTE);
        turns(&t, &web, Status::Down).await;
        turns(&t, &mail, Status::Trouble).await;
        t.clock.advance(MINUTE);
        let edition = day(&t, &alpha).await.edition;
        let from = t.clock.now() - 30 * MINUTE;
        let seen = piece(&t, &alpha, from).await;
        assert_eq!(seen.base.len(), 1);
        // It came, and it went down.
        assert_eq!(seen.turns.iter().map(|turn| turn.to.status).collect::<Vec<_>>(), [Some(Status::Discovery), Some(Status::Down)]);
        assert_eq!(t.store.replay_day(&operator, "b").await.unwrap().monitors, day(&t, &alpha).await.monitors);
        assert_eq!(t.store.replay_piece(&operator, edition, from).await.unwrap().turns, seen.turns, "the same for all staff");
        assert_eq!(refused(t.store.replay_piece(&beta.admin, edition, from).await), Refusal::Replay(NotReplayed::Outdated));
        assert_eq!(refused(t.store.replay_monitor(&beta.admin, edition, 0).await), Refusal::NotFound);
        assert_eq!(refused(t.store.replay_day(&reader, "b").await), Refusal::Forbidden);
        assert_eq!(refused(t.store.replay_piece(&reader, edition, from).await), Refusal::Forbidden);
        assert_eq!(refused(t.store.replay_monitor(&reader, edition, 0).await), Refusal::Forbidden);
    }

    async fn f12_what_has_left_the_wall_since_is_shown_until_then_and_what_was_deleted_is_not(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let (harbor, cedar) = (t.customer(&msp, "Harbor").await, t.customer(&msp, "Cedar").await);
        let web = t.monitor(&msp, &harbor, "web").await;
        let gone = t.monitor(&msp, &cedar, "gone").await;
        let deleted = t.monitor(&msp, &harbor, "deleted").await;
        for monitor in [&web, &gone, &deleted] {
            turns(&t, monitor, Status::Up).await;
        }
        t.clock.advance(HOUR);
        t.store.step_customer(&msp.admin, &cedar, Step::Terminate, "over", None).await.unwrap();
        let left = t.clock.now();
        t.store.delete_monitor(&msp.admin, &deleted).await.unwrap();
        t.clock.advance(HOUR);
        let web = tile("web", Status::Up, "");
        assert_eq!(wall(&t, &msp, left - 5 * MINUTE).await, [tile("gone", Status::Up, ""), web.clone()]);
        assert_eq!(wall(&t, &msp, left + MINUTE).await, std::slice::from_ref(&web));
        assert_eq!(wall(&t, &msp, left + 10 * MINUTE).await, [web], "nor is it there where a piece begins");
        t.clock.advance(DAY_MS + OPEN_MS);
        assert_eq!(day(&t, &msp).await.monitors.len(), 1, "it left the wall before this day");
    }

    async fn f12_a_status_whose_beginning_is_forgotten_is_known_from_what_followed(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let harbor = t.customer(&msp, "Harbor").await;
        let web = t.monitor(&msp, &harbor, "web").await;
        turns(&t, &web, Status::Up).await;
        t.clock.advance(3 * HOUR);
        let down = turns(&t, &web, Status::Down).await;
        t.clock.advance(HOUR);
        let horizon = Horizon { latencies: down - HOUR, transitions: down - HOUR };
        t.store.forget_before(horizon, None).await.unwrap();
        assert_eq!(t.store.monitor(&msp.admin, &web).await.unwrap().transitions.len(), 1);
        assert_eq!(wall(&t, &msp, down - 5 * MINUTE).await, [tile("web", Status::Up, "")]);
    }

    async fn f12_a_piece_is_no_longer_than_it_may_be_and_the_next_goes_on_where_it_ends(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let harbor = t.customer(&msp, "Harbor").await;
        let web = t.monitor(&msp, &harbor, "web").await;
        t.clock.advance(2 * MINUTE);
        let begun = t.clock.now();
        // More than one piece takes, and so many at once only here.
        let total = PIECE_TURNS + 500;
        for batch in 0..(total / 500) {
            flaps(&t, &web, 500, batch % 2 == 0).await;
        }
        let ended = t.clock.now();
        t.clock.advance(3 * HOUR);
        let edition = day(&t, &msp).await.edition;
        let mut from = begun - 1;
        let mut turns = 0;
        let mut pieces = 0;
        while from < ended {
            let piece = t.store.replay_piece(&msp.admin, edition, from).await.unwrap();
            assert!(piece.turns.len() <= PIECE_TURNS as usize && piece.to - piece.from <= PIECE_MS);
            assert!(piece.from == from && piece.to > from);
            assert!(piece.turns.iter().all(|turn| turn.at > piece.from && turn.at <= piece.to));
            turns += piece.turns.len();
            pieces += 1;
            from = piece.to;
        }
        assert_eq!((turns, pieces), (total as usize, 2));
    }
}

/// So many changes to and fro in one batch.
async fn flaps(t: &Fixture, id: &MonitorId, count: u32, begins_up: bool) {
    let now = t.clock.now();
    let monitor = &t.store.watched(Scope::Monitor(id)).await.unwrap()[0];
    let status = |place: u32| if place.is_multiple_of(2) == begins_up { Status::Up } else { Status::Maintenance };
    let write = |place: u32| {
        let rule = String::new();
        let evidence = Evidence { source: Source::BuiltIn, said: status(place), latency_ms: None, attempts: 1, rule };
        StatusWrite {
            monitor: id.clone(),
            msp: monitor.msp.clone(),
            customer: monitor.customer.clone(),
            status: status(place),
            since: now,
            reason: String::new(),
            verdict_at: now,
            latency_ms: None,
            held: None,
            transition: Some((status(place + 1), evidence)),
        }
    };
    t.store.commit(&(0..count).map(write).collect::<Vec<_>>()).await.unwrap();
}
