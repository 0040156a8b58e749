//! Verdicts, people and boards together, on both engines: what goes in at one end is what a wall gets at the other.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::time::Duration;

use checks::{Checker, Policy};
use live::{Event, Keep, Live, Settings};
use model::{
    CustomerId, MonitorId, MspId, Status,
    board::Board,
    customers::CustomerInput,
    health::Counts,
    lifecycle::Step,
    monitors::{MonitorInput, Outcome, Source, Verdict, history::Range},
    wire,
};
use sqlx::{Connection, Executor, PgConnection};
use store::{Actor, Clock, Location, Purpose, Store};

/// A store of its own, and the database on PostgreSQL to drop at the end.
struct Place {
    folder: tempfile::TempDir,
    database: Option<(String, String)>,
}

impl Place {
    fn sqlite() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), database: None }
    }

    async fn postgres() -> Self {
        let server = std::env::var("NOCTURNE_TEST_POSTGRES")
            .expect("NOCTURNE_TEST_POSTGRES names a PostgreSQL to test on: `cargo xtask test` starts one");
        let name = format!("live_{:016x}", rand::random::<u64>());
        let mut admin = PgConnection::connect(&server).await.unwrap();
        admin.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
        Self { folder: tempfile::tempdir().unwrap(), database: Some((server, name)) }
    }

    async fn open(&self) -> Store {
        let database_url = self.database.as_ref().map(|(server, name)| format!("{}/{name}", server.rsplit_once('/').unwrap().0));
        let location = Location { database_url, data_dir: self.folder.path().to_owned() };
        let store = Store::open(&location, Purpose::Serve, Clock::system()).await.unwrap();
        store.migrate().await.unwrap();
        store
    }

    async fn remove(self) {
        if let Some((server, name)) = &self.database {
            let mut admin = PgConnection::connect(server).await.unwrap();
            admin.execute(sqlx::AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).await.unwrap();
        }
    }
}

macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                let place = super::Place::sqlite();
                super::$name(&place).await;
                place.remove().await;
            })*
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                let place = super::Place::postgres().await;
                super::$name(&place).await;
                place.remove().await;
            })*
        }
    };
}

on_both!(
    f3_a_verdict_is_stored_before_it_is_on_the_board_and_survives_a_restart,
    b2_a_terminated_customer_leaves_the_board_and_comes_back,
    b3_a_free_account_keeps_five_on_the_board,
    g2_a_suspended_monitor_takes_no_verdicts,
    e2_figures_are_kept_for_five_minutes_and_colours_never,
    g1_g10_a_heartbeat_is_up_when_it_calls_and_down_when_it_is_silent_also_over_a_restart,
    g7_what_was_measured_is_read_at_once_and_survives_a_restart,
);

async fn start(store: &Store) -> Live {
    let settings =
        Settings { checker: Checker::new(Policy::new(Vec::new())), churn: 0, build: "test".into(), keep: Keep::default() };
    Live::start(store.clone(), settings).await.unwrap()
}

async fn msp(store: &Store) -> (MspId, Actor) {
    let msp = store.create_msp("Night Shift", "rita@msp.example", "correct horse battery").await.unwrap();
    let token = store.sign_in("rita@msp.example", "correct horse battery", "test").await.unwrap();
    (msp, store.actor(&token, "test").await.unwrap().unwrap())
}

async fn customer(live: &Live, actor: &Actor, name: &str) -> CustomerId {
    let input = CustomerInput {
        company: name.into(),
        email: "it@customer.example".into(),
        account_manager_email: "rita@msp.example".into(),
        ..CustomerInput::default()
    };
    live.create_customer(actor, &input).await.unwrap()
}

/// A monitor that gives no verdict by itself.
async fn monitor(live: &Live, actor: &Actor, customer: &CustomerId, name: &str) -> MonitorId {
    let input = MonitorInput {
        name: name.into(),
        kind: "simulated".into(),
        profile: "silent".into(),
        retries: "0".into(),
        ..MonitorInput::default()
    };
    live.create_monitor(actor, customer, &input).await.unwrap()
}

fn says(store: &Store, monitor: &MonitorId, status: Status, reason: &str) -> Verdict {
    let outcome = Outcome { status, reason: reason.into(), latency_ms: None };
    Verdict { monitor: monitor.clone(), at: store.clock().now(), outcome, source: Source::BuiltIn }
}

/// The board that somebody who opens a wall now is sent.
async fn wall(live: &Live, actor: &Actor) -> Board {
    let mut bytes = Vec::new();
    brotli::BrotliDecompress(&mut &live.snapshot(actor).await.unwrap().brotli[..], &mut bytes).unwrap();
    wire::decode_snapshot(&bytes).unwrap().1
}

/// Waits until the wall looks so: frames are gathered, and a snapshot may be a second old.
async fn until(live: &Live, actor: &Actor, store: &Store, so: impl Fn(&Board) -> bool) {
    for _ in 0..200 {
        store.clock().advance(1_000);
        if so(&wall(live, actor).await) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the wall never looked so: {:?}", wall(live, actor).await);
}

fn only(board: &Board, status: Status, reason: &str) -> bool {
    let tiles: Vec<u32> = board.tiles().collect();
    matches!(tiles[..], [slot] if board.status(slot) == Some(status) && board.reason(slot) == reason)
}

async fn f3_a_verdict_is_stored_before_it_is_on_the_board_and_survives_a_restart(place: &Place) {
    let store = place.open().await;
    let live = start(&store).await;
    let (msp, rita) = msp(&store).await;
    let harbor = customer(&live, &rita, "Harbor").await;
    let web = monitor(&live, &rita, &harbor, "web").await;
    let mut watching = live.watch(&rita, None).unwrap();
    until(&live, &rita, &store, |board| only(board, Status::Discovery, "")).await;

    live.submit(vec![says(&store, &web, Status::Down, "refused")]).await.unwrap();
    let stored = store.monitor(&rita, &web).await.unwrap();
    assert_eq!((stored.row.status, stored.row.reason.as_str()), (Status::Down, "refused"));
    assert_eq!(stored.transitions[0].evidence.source, Source::BuiltIn);
    let outages = store.outages_of_monitor(&rita, &web, 10).await.unwrap();
    assert!(matches!(&outages[..], [open] if open.ended_at.is_none() && open.reason == "refused"), "{outages:?}");
    until(&live, &rita, &store, |board| only(board, Status::Down, "refused")).await;
    assert_eq!(live.counts(&msp, &harbor), Counts { down: 1, trouble: 0, total: 1 });
    loop {
        if matches!(*watching.coming.recv().await.unwrap(), Event::Frame { .. }) {
            break;
        }
    }

    live.submit(vec![says(&store, &web, Status::Up, "")]).await.unwrap();
    let outages = store.outages_of_monitor(&rita, &web, 10).await.unwrap();
    assert!(matches!(&outages[..], [ended] if ended.ended_at.is_some()), "{outages:?}");
    live.submit(vec![says(&store, &web, Status::Trouble, "slow")]).await.unwrap();
    live.close().await;

    let again = start(&store).await;
    assert!(only(&wall(&again, &rita).await, Status::Trouble, "slow"));
    again.close().await;
    store.close().await;
}

async fn b2_a_terminated_customer_leaves_the_board_and_comes_back(place: &Place) {
    let store = place.open().await;
    let live = start(&store).await;
    let (_, rita) = msp(&store).await;
    let (harbor, cedar) = (customer(&live, &rita, "Harbor").await, customer(&live, &rita, "Cedar").await);
    let web = monitor(&live, &rita, &harbor, "web").await;
    monitor(&live, &rita, &cedar, "mail").await;
    live.submit(vec![says(&store, &web, Status::Down, "refused")]).await.unwrap();
    live.step_customer(&rita, &harbor, Step::Terminate, "moved on", None).await.unwrap();
    until(&live, &rita, &store, |board| board.len() == 1 && board.customers().all(|(_, id, _)| *id == cedar)).await;
    // A check that was under way when the account ended comes too late.
    live.submit(vec![says(&store, &web, Status::Up, "")]).await.unwrap();
    assert!(store.outages_of_monitor(&rita, &web, 10).await.unwrap()[0].ended_at.is_some());
    assert_eq!(live.health(&rita, false).await.unwrap().cards.len(), 1);

    live.step_customer(&rita, &harbor, Step::Restore, "", None).await.unwrap();
    until(&live, &rita, &store, |board| board.len() == 2 && board.counts()[usize::from(Status::Discovery.code())] == 2).await;
    live.submit(vec![says(&store, &web, Status::Up, "")]).await.unwrap();
    until(&live, &rita, &store, |board| board.counts()[usize::from(Status::Up.code())] == 1).await;
    live.close().await;
    store.close().await;
}

async fn b3_a_free_account_keeps_five_on_the_board(place: &Place) {
    let store = place.open().await;
    let live = start(&store).await;
    let (_, rita) = msp(&store).await;
    let harbor = customer(&live, &rita, "Harbor").await;
    for number in 0..8 {
        monitor(&live, &rita, &harbor, &format!("monitor {number}")).await;
    }
    let suspended = |board: &Board| board.counts()[usize::from(Status::Suspended.code())];
    live.step_customer(&rita, &harbor, Step::Downgrade, "", None).await.unwrap();
    until(&live, &rita, &store, |board| (board.len(), suspended(board)) == (8, 3)).await;
    live.step_customer(&rita, &harbor, Step::Upgrade, "", None).await.unwrap();
    until(&live, &rita, &store, |board| (board.len(), suspended(board)) == (8, 0)).await;
    live.close().await;
    store.close().await;
}

async fn g2_a_suspended_monitor_takes_no_verdicts(place: &Place) {
    let store = place.open().await;
    let live = start(&store).await;
    let (_, rita) = msp(&store).await;
    let harbor = customer(&live, &rita, "Harbor").await;
    let web = monitor(&live, &rita, &harbor, "web").await;
    live.suspend_monitor(&rita, &web).await.unwrap();
    live.submit(vec![says(&store, &web, Status::Down, "refused")]).await.unwrap();
    assert_eq!(store.monitor(&rita, &web).await.unwrap().row.status, Status::Suspended);
    until(&live, &rita, &store, |board| board.counts()[usize::from(Status::Suspended.code())] == 1).await;
    live.resume_monitor(&rita, &web).await.unwrap();
    until(&live, &rita, &store, |board| only(board, Status::Discovery, "")).await;
    live.delete_monitor(&rita, &web).await.unwrap();
    until(&live, &rita, &store, Board::is_empty).await;
    live.close().await;
    store.close().await;
}

async fn e2_figures_are_kept_for_five_minutes_and_colours_never(place: &Place) {
    let store = place.open().await;
    let live = start(&store).await;
    let (msp, rita) = msp(&store).await;
    let harbor = customer(&live, &rita, "Harbor").await;
    let web = monitor(&live, &rita, &harbor, "web").await;
    let first = live.health(&rita, false).await.unwrap();
    live.submit(vec![says(&store, &web, Status::Down, "refused")]).await.unwrap();
    until(&live, &rita, &store, |board| only(board, Status::Down, "refused")).await;
    assert_eq!(live.counts(&msp, &harbor).down, 1);
    let kept = live.health(&rita, false).await.unwrap();
    assert_eq!((kept.read_at, kept.cards[0].counts.down), (first.read_at, 1));
    assert!(!kept.cards[0].strip.ends_with('d'), "{}", kept.cards[0].strip);
    let fresh = live.health(&rita, true).await.unwrap();
    assert!(fresh.read_at > first.read_at && fresh.cards[0].strip.ends_with('d'), "{}", fresh.cards[0].strip);
    store.clock().advance(model::health::REFRESH_MS);
    assert!(live.health(&rita, false).await.unwrap().read_at > fresh.read_at);
    live.close().await;
    store.close().await;
}

/// Waits until the monitor stands so in the database.
async fn stands(store: &Store, actor: &Actor, monitor: &MonitorId, status: Status) -> model::monitors::MonitorDetail {
    for _ in 0..400 {
        let page = store.monitor(actor, monitor).await.unwrap();
        if page.row.status == status {
            return page;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it never stood so: {:?}", store.monitor(actor, monitor).await.unwrap());
}

async fn g1_g10_a_heartbeat_is_up_when_it_calls_and_down_when_it_is_silent_also_over_a_restart(place: &Place) {
    let store = place.open().await;
    let live = start(&store).await;
    let (_, rita) = msp(&store).await;
    let harbor = customer(&live, &rita, "Harbor").await;
    let input = MonitorInput {
        name: "backup".into(),
        kind: "heartbeat".into(),
        interval_s: "300".into(),
        grace_s: "60".into(),
        ..MonitorInput::default()
    };
    let backup = live.create_monitor(&rita, &harbor, &input).await.unwrap();
    let token = store.monitor(&rita, &backup).await.unwrap().heartbeat.unwrap().token;
    store.clock().advance(3_600_000);
    assert_eq!(store.monitor(&rita, &backup).await.unwrap().row.status, Status::Discovery);

    assert!(live.heard(&token).await.unwrap());
    let page = store.monitor(&rita, &backup).await.unwrap();
    assert_eq!((page.row.status, page.transitions[0].evidence.source), (Status::Up, Source::Heartbeat));
    assert!(!live.heard("nobody's").await.unwrap());
    store.clock().advance(300_000);
    assert!(live.heard(&token).await.unwrap());
    let heard_at = store.monitor(&rita, &backup).await.unwrap().heartbeat.unwrap().heard_at;
    store.clock().advance(300_000);
    live.close().await;

    // The deadline is counted from the call, not from the start.
    let live = start(&store).await;
    store.clock().advance(61_000);
    let page = stands(&store, &rita, &backup, Status::Down).await;
    assert!(page.row.reason.starts_with("Nothing heard since 20"), "{}", page.row.reason);
    assert!(page.row.since >= heard_at + 360_000, "{} {heard_at}", page.row.since);
    let evidence = &page.transitions[0].evidence;
    assert_eq!(evidence.source, Source::BuiltIn);
    assert_eq!(evidence.rule, "It was silent for longer than its interval and its grace.");
    assert!(matches!(&store.outages_of_monitor(&rita, &backup, 9).await.unwrap()[..], [open] if open.ended_at.is_none()));

    assert!(live.heard(&token).await.unwrap());
    assert_eq!(store.monitor(&rita, &backup).await.unwrap().row.status, Status::Up);
    live.suspend_monitor(&rita, &backup).await.unwrap();
    assert!(live.heard(&token).await.unwrap());
    store.clock().advance(10_000_000);
    assert_eq!(store.monitor(&rita, &backup).await.unwrap().row.status, Status::Suspended);
    live.resume_monitor(&rita, &backup).await.unwrap();
    store.clock().advance(10_000_000);
    assert!(live.heard(&token).await.unwrap());
    stands(&store, &rita, &backup, Status::Up).await;
    let statuses: Vec<Status> = store.monitor(&rita, &backup).await.unwrap().transitions.iter().map(|turn| turn.to).collect();
    assert_eq!(statuses[..3], [Status::Up, Status::Discovery, Status::Suspended]);
    live.close().await;
    store.close().await;
}

async fn g7_what_was_measured_is_read_at_once_and_survives_a_restart(place: &Place) {
    let store = place.open().await;
    let live = start(&store).await;
    let (_, rita) = msp(&store).await;
    let harbor = customer(&live, &rita, "Harbor").await;
    let web = monitor(&live, &rita, &harbor, "web").await;
    for (status, latency_ms) in [(Status::Up, Some(20)), (Status::Trouble, Some(400)), (Status::Down, None)] {
        store.clock().advance(120_000);
        let verdict = says(&store, &web, status, "");
        live.submit(vec![Verdict { outcome: Outcome { latency_ms, ..verdict.outcome }, ..verdict }]).await.unwrap();
    }
    store.clock().advance(60_000);
    let seen = async |live: &Live| {
        let history = live.history(&rita, &web, Range::Hour).await.unwrap();
        assert!(history.stretches.iter().any(|stretch| stretch.status == Status::Down));
        history.points.iter().map(|point| point.average_ms).collect::<Vec<_>>()
    };
    assert_eq!(seen(&live).await, [20, 400]);
    live.close().await;
    let again = start(&store).await;
    assert_eq!(seen(&again).await, [20, 400]);
    again.close().await;
    store.close().await;
}
