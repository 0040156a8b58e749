//! Verdicts, people and boards together, on both engines: what goes in at one end is what a wall gets at the other.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::time::Duration;

use checks::{Checker, Policy};
use fixture::Database;
use live::{Event, Live, Settings};
use model::{
    CustomerId, MonitorId, MspId, Status,
    board::Board,
    customers::CustomerInput,
    health::Counts,
    lifecycle::Step,
    monitors::{MonitorInput, Outcome, Source, Verdict},
    wire,
};
use store::{Actor, Clock, Location, Purpose, SignedIn, Store};

/// Where a test's data are; they go with it.
struct Place {
    folder: tempfile::TempDir,
    database: Option<Database>,
}

/// A store and what lives on it, an MSP and its admin.
struct Console {
    store: Store,
    live: Live,
    msp: MspId,
    rita: Actor,
}

impl Place {
    fn sqlite() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), database: None }
    }

    fn postgres() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), database: Some(Database::create()) }
    }

    async fn open(&self) -> Store {
        let database_url = self.database.as_ref().map(Database::url);
        let location = Location { database_url, data_dir: self.folder.path().to_owned() };
        let store = Store::open(&location, Purpose::Serve, Clock::system()).await.unwrap();
        store.migrate().await.unwrap();
        store
    }

    async fn console(&self) -> Console {
        let store = self.open().await;
        let live = start(&store).await;
        let (msp, rita) = msp(&store).await;
        Console { store, live, msp, rita }
    }
}

async fn close(live: &Live, store: &Store) {
    live.close().await;
    store.close().await;
}

macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name(&super::Place::sqlite()).await;
            })*
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                super::$name(&super::Place::postgres()).await;
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
);

async fn start(store: &Store) -> Live {
    let settings = Settings { checker: Checker::new(Policy::new(Vec::new())), churn: 0, build: "test".into() };
    Live::start(store.clone(), settings).await.unwrap()
}

async fn msp(store: &Store) -> (MspId, Actor) {
    let msp = store.create_msp("Night Shift", "rita@msp.example", "correct horse battery").await.unwrap();
    let signed_in = store.sign_in("rita@msp.example", "correct horse battery", &"test".into()).await.unwrap();
    let SignedIn::Session(token) = signed_in else { panic!("no second factor was set up") };
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
    let Console { store, live, msp, rita } = place.console().await;
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
    close(&again, &store).await;
}

async fn b2_a_terminated_customer_leaves_the_board_and_comes_back(place: &Place) {
    let Console { store, live, rita, .. } = place.console().await;
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
    close(&live, &store).await;
}

async fn b3_a_free_account_keeps_five_on_the_board(place: &Place) {
    let Console { store, live, rita, .. } = place.console().await;
    let harbor = customer(&live, &rita, "Harbor").await;
    for number in 0..8 {
        monitor(&live, &rita, &harbor, &format!("monitor {number}")).await;
    }
    let suspended = |board: &Board| board.counts()[usize::from(Status::Suspended.code())];
    live.step_customer(&rita, &harbor, Step::Downgrade, "", None).await.unwrap();
    until(&live, &rita, &store, |board| (board.len(), suspended(board)) == (8, 3)).await;
    live.step_customer(&rita, &harbor, Step::Upgrade, "", None).await.unwrap();
    until(&live, &rita, &store, |board| (board.len(), suspended(board)) == (8, 0)).await;
    close(&live, &store).await;
}

async fn g2_a_suspended_monitor_takes_no_verdicts(place: &Place) {
    let Console { store, live, rita, .. } = place.console().await;
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
    close(&live, &store).await;
}

async fn e2_figures_are_kept_for_five_minutes_and_colours_never(place: &Place) {
    let Console { store, live, msp, rita } = place.console().await;
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
    close(&live, &store).await;
}
