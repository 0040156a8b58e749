//! Verdicts, people and boards together, on both engines: what goes in at one end is what a wall gets at the other.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::time::Duration;

use checks::{Checker, Policy};
use fixture::Database;
use live::{Event, Keep, Live, Settings};
use model::{
    CustomerId, MonitorId, MspId, Refusal, Status,
    board::Board,
    customers::CustomerInput,
    drafts::{AccountEdit, Draft},
    health::Counts,
    lifecycle::Step,
    maintenance::WindowInput,
    monitors::{MonitorInput, Outcome, Source, Verdict, history::Range},
    people::TieStep,
    roles::Role,
    roll::Sorting,
    wire::{self, Beat},
};
use sqlx::{Connection, Executor, PgConnection, SqliteConnection, sqlite::SqliteConnectOptions};
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

    /// Holds what every commit of statuses needs, from outside, until it is let go.
    async fn block(&self) -> Block {
        match &self.database {
            Some(database) => {
                let mut other = PgConnection::connect(&database.url()).await.unwrap();
                other.execute("BEGIN").await.unwrap();
                other.execute("LOCK TABLE settings IN EXCLUSIVE MODE").await.unwrap();
                Block::Postgres(other)
            }
            None => {
                let options = SqliteConnectOptions::new().filename(self.folder.path().join("nocturne.db"));
                let mut other = SqliteConnection::connect_with(&options).await.unwrap();
                other.execute("BEGIN IMMEDIATE").await.unwrap();
                Block::Sqlite(other)
            }
        }
    }
}

async fn close(live: &Live, store: &Store) {
    live.close().await;
    store.close().await;
}

enum Block {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Block {
    async fn let_go(self) {
        match self {
            Self::Sqlite(mut other) => drop(other.execute("ROLLBACK").await.unwrap()),
            Self::Postgres(mut other) => drop(other.execute("ROLLBACK").await.unwrap()),
        }
    }
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
    c7_nothing_of_a_denied_customer_is_on_the_wire,
    c7_an_audience_is_never_resumed_by_another,
    f10_a_kiosk_is_sent_nothing_of_another_customer_and_follows_its_maker,
    f15_a_canary_proves_the_whole_way_and_an_intake_that_hangs_is_seen,
    f14_the_list_is_the_board,
    g1_g10_a_heartbeat_is_up_when_it_calls_and_down_when_it_is_silent_also_over_a_restart,
    g7_what_was_measured_is_read_at_once_and_survives_a_restart,
    g2_a_window_begins_and_ends_by_the_clock_and_the_truth_returns_with_it,
    g2_a_window_follows_a_clock_that_is_put_back,
    g2_a_server_that_was_down_over_a_begin_and_an_end_is_right_at_its_start,
    g9_who_took_an_outage_stands_on_every_board_until_it_ends,
);

async fn start(store: &Store) -> Live {
    let settings = Settings {
        checker: Checker::new(Policy::new(Vec::new())),
        churn: 0,
        build: "test".into(),
        keep: Keep::default(),
        mailer: None,
    };
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
    live.add_customer(actor, &Draft::of(input), None).await.unwrap()
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
    store.clock().advance(5 * 60 * 1000);
    assert!(live.health(&rita, false).await.unwrap().read_at > fresh.read_at);
    close(&live, &store).await;
}

/// What the two tests below are about: rita sees all, otto is denied Harbor.
struct Denial {
    store: Store,
    live: Live,
    rita: Actor,
    harbor: CustomerId,
    web: MonitorId,
    mail: MonitorId,
}

async fn denial(place: &Place) -> Denial {
    let store = place.open().await;
    let live = start(&store).await;
    let (_, rita) = msp(&store).await;
    let (harbor, cedar) = (customer(&live, &rita, "Harbor").await, customer(&live, &rita, "Cedar").await);
    let (web, mail) = (monitor(&live, &rita, &harbor, "secret web").await, monitor(&live, &rita, &cedar, "mail").await);
    store.create_user(&rita, Role::Operator, None, "otto@msp.example", "Otto", "correct horse battery").await.unwrap();
    Denial { store, live, rita, harbor, web, mail }
}

impl Denial {
    /// Otto as he is now.
    async fn otto(&self) -> Actor {
        let signed_in = self.store.sign_in("otto@msp.example", "correct horse battery", &"test".into()).await.unwrap();
        let SignedIn::Session(token) = signed_in else { panic!("Otto has no second factor") };
        self.store.actor(&token, "test").await.unwrap().unwrap()
    }

    async fn deny(&self) -> Actor {
        let otto = self.otto().await;
        self.store.tie(&self.rita, &self.harbor, otto.user().unwrap(), TieStep::Deny).await.unwrap();
        self.otto().await
    }

    /// Whether bytes hold anything that is Harbor's own.
    fn tells(&self, bytes: &[u8]) -> bool {
        let id = self.harbor.to_u128().to_be_bytes();
        [b"Harbor".as_slice(), b"Harbour", b"secret", &id]
            .iter()
            .any(|part| bytes.windows(part.len()).any(|found| found == *part))
    }

    /// The frames until one that says this reason, decoded to bytes.
    async fn frames(&self, watching: &mut live::Watching, reason: &str) -> Vec<Vec<u8>> {
        let mut frames = Vec::new();
        loop {
            let Event::Frame { data, .. } = &*watching.coming.recv().await.unwrap() else { continue };
            let bytes = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, data).unwrap();
            let last = bytes.windows(reason.len()).any(|found| found == reason.as_bytes());
            frames.push(bytes);
            if last {
                return frames;
            }
        }
    }
}

async fn c7_nothing_of_a_denied_customer_is_on_the_wire(place: &Place) {
    let scene = denial(place).await;
    let Denial { store, live, rita, harbor, web, mail } = &scene;
    let otto = scene.deny().await;
    let snapshot = live.snapshot(&otto).await.unwrap();
    assert!(!scene.tells(&snapshot.plain) && scene.tells(&live.snapshot(rita).await.unwrap().plain));
    let board = wall(live, &otto).await;
    assert_eq!((board.len(), board.customers().count(), board.counts().iter().sum::<u32>()), (1, 1, 1));

    let (mut his, mut hers) = (live.watch(&otto, None).unwrap(), live.watch(rita, None).unwrap());
    live.submit(vec![says(store, web, Status::Down, "secret refused")]).await.unwrap();
    let input = CustomerInput {
        company: "Harbour".into(),
        email: "it@customer.example".into(),
        account_manager_email: "rita@msp.example".into(),
        ..CustomerInput::default()
    };
    live.edit_account(rita, harbor, 1, &AccountEdit { input, ..AccountEdit::default() }, false).await.unwrap();
    monitor(live, rita, harbor, "secret mail").await;
    live.step_customer(rita, harbor, Step::Terminate, "secret", None).await.unwrap();
    live.step_customer(rita, harbor, Step::Restore, "", None).await.unwrap();
    live.delete_monitor(rita, web).await.unwrap();
    live.submit(vec![says(store, mail, Status::Down, "mail refused")]).await.unwrap();
    let (his, hers) = (scene.frames(&mut his, "mail refused").await, scene.frames(&mut hers, "mail refused").await);
    assert!(his.iter().all(|frame| !scene.tells(frame)) && hers.iter().any(|frame| scene.tells(frame)));
    assert_eq!(his.len(), 1, "a frame in which there is nothing for an audience is none");
    store.clock().advance(2_000);
    assert!(!scene.tells(&live.snapshot(&otto).await.unwrap().plain));

    let roll = live.roll(&otto, Sorting::default(), 1, None, |_| true, |_| true).await.unwrap();
    assert_eq!((roll.total, roll.matching, roll.rows[0].name.as_str()), (1, 1, "mail"));
    let health = live.health(&otto, false).await.unwrap();
    assert_eq!((health.cards.len(), health.active), (1, 1));
    assert_eq!(live.health(rita, false).await.unwrap().cards.len(), 2);
    live.close().await;
    store.close().await;
}

async fn c7_an_audience_is_never_resumed_by_another(place: &Place) {
    let scene = denial(place).await;
    let Denial { store, live, rita, harbor, .. } = &scene;
    let before = scene.otto().await;
    let head = |snapshot: &live::Snapshot| wire::decode_snapshot(&snapshot.plain).unwrap().0;
    let old = head(&live.snapshot(&before).await.unwrap());
    assert_eq!(old.epoch, head(&live.snapshot(rita).await.unwrap()).epoch);
    assert!(live.monitor_at(&before, old.epoch, 0).unwrap().is_some());

    let otto = scene.deny().await;
    let resumed = live.watch(&otto, Some((old.epoch, old.sequence))).unwrap();
    assert!(matches!(*resumed.missed[0], Event::Resync));
    let new = head(&live.snapshot(&otto).await.unwrap());
    assert_ne!(new.epoch, old.epoch);
    assert!(live.watch(&otto, Some((new.epoch, new.sequence))).unwrap().missed.is_empty());
    let at = |epoch| -> Vec<MonitorId> { (0..4).filter_map(|slot| live.monitor_at(&otto, epoch, slot).unwrap()).collect() };
    assert_eq!((at(old.epoch).len(), at(new.epoch)), (0, vec![scene.mail.clone()]));

    store.tie(rita, harbor, otto.user().unwrap(), TieStep::Allow).await.unwrap();
    let again = scene.otto().await;
    assert_eq!(head(&live.snapshot(&again).await.unwrap()).epoch, old.epoch);
    live.close().await;
    store.close().await;
}

async fn f10_a_kiosk_is_sent_nothing_of_another_customer_and_follows_its_maker(place: &Place) {
    let scene = denial(place).await;
    let Denial { store, live, rita, harbor, web, mail } = &scene;
    let cedar = store.monitor(rita, mail).await.unwrap().row.customer;
    let input = model::kiosks::KioskInput {
        name: "Lobby".into(),
        days: "1".into(),
        view: "customer".into(),
        scope: "chosen".into(),
        customers: vec![cedar.clone()],
    };
    let made = store.create_kiosk(rita, &input).await.unwrap();
    let session = store.open_kiosk(&made.token, "test").await.unwrap().session;
    let screen = store.kiosk_actor(&session, "test").await.unwrap().unwrap();

    let snapshot = live.snapshot(&screen).await.unwrap();
    assert!(!scene.tells(&snapshot.plain));
    let (head, board) = wire::decode_snapshot(&snapshot.plain).unwrap();
    assert_eq!((board.len(), board.slots(), board.customer_slots()), (1, 1, 1), "not even how many others there are");
    assert_ne!(head.epoch, wire::decode_snapshot(&live.snapshot(rita).await.unwrap().plain).unwrap().0.epoch);

    let mut its = live.watch(&screen, None).unwrap();
    live.submit(vec![says(store, web, Status::Down, "secret refused")]).await.unwrap();
    let quay = customer(live, rita, "Harbour Quay").await;
    monitor(live, rita, &quay, "secret crane").await;
    live.delete_monitor(rita, web).await.unwrap();
    live.submit(vec![says(store, mail, Status::Down, "mail refused")]).await.unwrap();
    let frames = scene.frames(&mut its, "mail refused").await;
    assert!(frames.iter().all(|frame| !scene.tells(frame)));
    assert_eq!(frames.len(), 1, "a frame in which there is nothing for a kiosk is none");
    store.clock().advance(2_000);
    let board = wall(live, &screen).await;
    assert_eq!((board.len(), board.status(0), board.reason(0)), (1, Some(Status::Down), "mail refused"));

    // Nothing else of what the house knows.
    assert!(matches!(live.health(&screen, false).await, Err(store::Error::Refused(Refusal::Forbidden))));
    assert!(matches!(
        live.roll(&screen, Sorting::default(), 1, None, |_| true, |_| true).await,
        Err(store::Error::Refused(Refusal::Forbidden))
    ));
    assert!(matches!(live.monitor_at(&screen, head.epoch, 0), Err(store::Error::Refused(Refusal::Forbidden))));
    assert!(matches!(live.customer(&screen, harbor).await, Err(store::Error::Refused(Refusal::Forbidden))));
    live.close().await;
    store.close().await;
}

/// The next beat for which `so` holds.
async fn beat(watching: &mut live::Watching, so: impl Fn(Beat) -> bool) -> Beat {
    let waiting = async {
        loop {
            if let Event::Beat(text) = watching.coming.recv().await.unwrap().as_ref() {
                let beat = Beat::parse(text).unwrap();
                if so(beat) {
                    return beat;
                }
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting).await.expect("no such beat has come")
}

async fn f15_a_canary_proves_the_whole_way_and_an_intake_that_hangs_is_seen(place: &Place) {
    let store = place.open().await;
    let live = start(&store).await;
    let (_, rita) = msp(&store).await;
    let harbor = customer(&live, &rita, "Harbor").await;
    monitor(&live, &rita, &harbor, "web").await;
    let before = store.events(&rita, None, None, 100).await.unwrap();
    let mut watching = live.watch(&rita, None).unwrap();
    let first = beat(&mut watching, |beat| beat.delay_ms.is_some_and(|ms| ms < 1_000)).await;
    let second = beat(&mut watching, |beat| beat.as_of > first.as_of).await;
    assert!(second.now - second.as_of < 3_000, "{second:?}");

    let block = place.block().await;
    // What was on its way when it began may still come out.
    let stopped = beat(&mut watching, |beat| beat.delay_ms.is_some_and(|ms| ms > 2_000)).await;
    let later = beat(&mut watching, |beat| beat.now - stopped.now > 2_500).await;
    assert_eq!(later.as_of, stopped.as_of);
    // Then above all somebody asks how it is.
    assert_eq!((live.read_vitals("test").monitors, live.read_vitals("test").as_of), (1, stopped.as_of));
    assert_eq!(live.read_vitals("test").mail, None, "there is no mail server");
    assert!(later.delay_ms > stopped.delay_ms && later.now - later.as_of > 4_000, "{later:?}");

    block.let_go().await;
    let healed = beat(&mut watching, |beat| beat.as_of > later.now).await;
    beat(&mut watching, |beat| beat.as_of > healed.as_of && beat.delay_ms.is_some_and(|ms| ms < 1_000)).await;
    assert_eq!(store.events(&rita, None, None, 100).await.unwrap(), before, "no tenant has a trace of it");
    live.close().await;
    store.close().await;
}

async fn f14_the_list_is_the_board(place: &Place) {
    let store = place.open().await;
    let live = start(&store).await;
    let (_, rita) = msp(&store).await;
    let (harbor, cedar) = (customer(&live, &rita, "Harbor").await, customer(&live, &rita, "Cedar").await);
    let web = monitor(&live, &rita, &harbor, "web").await;
    monitor(&live, &rita, &cedar, "mail").await;
    live.submit(vec![says(&store, &web, Status::Down, "refused")]).await.unwrap();
    until(&live, &rita, &store, |board| board.counts()[0] == 1).await;
    let all = live.roll(&rita, Sorting::default(), 1, None, |_| true, |_| true).await.unwrap();
    assert_eq!((all.matching, all.page, all.total, all.counts[0]), (2, 1, 2, 1));
    assert_eq!((&all.rows[0].monitor, all.rows[0].status, all.rows[0].reason.as_str()), (&web, Status::Down, "refused"));
    assert_eq!((all.rows[1].customer_name.as_str(), all.rows[1].status), ("Cedar", Status::Discovery));
    let is_cedar = move |customer: &CustomerId| *customer == cedar;
    let of_cedar = live.roll(&rita, Sorting::default(), 9, None, is_cedar, |status| status == Status::Down).await.unwrap();
    assert_eq!((of_cedar.matching, of_cedar.page, of_cedar.total), (0, 1, 2));
    assert_eq!(of_cedar.counts.iter().sum::<u32>(), 1, "the figures are of the customer, whatever status is asked for");
    let only_web = Some(std::collections::HashSet::from([web.clone()]));
    let of_incident = live.roll(&rita, Sorting::default(), 1, only_web, |_| true, |_| true).await.unwrap();
    assert_eq!((of_incident.matching, &of_incident.rows[0].monitor, of_incident.counts.iter().sum::<u32>()), (1, &web, 1));
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
    store.clock().advance(200_000);
    live.close().await;

    // The deadline is counted from the call, not from the start.
    let live = start(&store).await;
    store.clock().advance(161_000);
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

const HOUR: i64 = 3_600_000;

/// Once, in UTC, from so long after `now` on for so long; whole minutes count.
fn window(now: i64, after: i64, length: i64) -> WindowInput {
    let local = |at: i64| {
        let (days, minutes) = (at.div_euclid(24 * HOUR), at.rem_euclid(24 * HOUR) / 60_000);
        // Days since the first of January 2026.
        let day = days - 20_454;
        let lengths = |year: i64| [31, if year % 4 == 0 { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let (mut year, mut month, mut left) = (2026, 0, day);
        while left >= lengths(year)[month] {
            left -= lengths(year)[month];
            (year, month) = if month == 11 { (year + 1, 0) } else { (year, month + 1) };
        }
        format!("{year:04}-{:02}-{:02}T{:02}:{:02}", month + 1, left + 1, minutes / 60, minutes % 60)
    };
    WindowInput {
        name: "Move".into(),
        begins: local(now + after),
        ends: local(now + after + length),
        ..WindowInput::usual("UTC")
    }
}

fn status(board: &Board, status: Status) -> u32 {
    board.counts()[usize::from(status.code())]
}

async fn g2_a_window_begins_and_ends_by_the_clock_and_the_truth_returns_with_it(place: &Place) {
    let store = place.open().await;
    let live = start(&store).await;
    let (_, rita) = msp(&store).await;
    let harbor = customer(&live, &rita, "Harbor").await;
    let (web, mail) = (monitor(&live, &rita, &harbor, "web").await, monitor(&live, &rita, &harbor, "mail").await);
    live.submit(vec![says(&store, &web, Status::Down, "refused")]).await.unwrap();
    live.create_window(&rita, &harbor, &window(store.clock().now(), HOUR, HOUR)).await.unwrap();
    until(&live, &rita, &store, |board| status(board, Status::Down) == 1).await;

    store.clock().advance(HOUR);
    until(&live, &rita, &store, |board| status(board, Status::Maintenance) == 2).await;
    let held = store.monitor(&rita, &web).await.unwrap();
    let newest = &held.transitions[0];
    assert_eq!((newest.from, newest.to, newest.evidence.source), (Status::Down, Status::Maintenance, Source::Schedule));
    assert!(newest.evidence.rule.contains("Move"), "{}", newest.evidence.rule);
    assert!(store.outages_of_monitor(&rita, &web, 1).await.unwrap()[0].ended_at.is_some());

    // Verdicts go on coming, and open no outage.
    live.submit(vec![says(&store, &web, Status::Up, ""), says(&store, &mail, Status::Down, "no answer")]).await.unwrap();
    assert_eq!(store.monitor(&rita, &mail).await.unwrap().row.status, Status::Maintenance);
    assert!(store.outages_of_monitor(&rita, &mail, 1).await.unwrap().is_empty());
    // Suspended by hand outranks the window; resumed, the window holds it again.
    live.suspend_monitor(&rita, &web).await.unwrap();
    assert_eq!(store.monitor(&rita, &web).await.unwrap().row.status, Status::Suspended);
    live.resume_monitor(&rita, &web).await.unwrap();
    assert_eq!(store.monitor(&rita, &web).await.unwrap().row.status, Status::Maintenance);
    // One that is added while the window is open is in it.
    let late = monitor(&live, &rita, &harbor, "late").await;
    assert_eq!(store.monitor(&rita, &late).await.unwrap().row.status, Status::Maintenance);

    store.clock().advance(HOUR);
    until(&live, &rita, &store, |board| status(board, Status::Maintenance) == 0).await;
    let statuses = |board: &Board| (status(board, Status::Down), status(board, Status::Discovery));
    until(&live, &rita, &store, |board| statuses(board) == (1, 2)).await;
    assert!(
        matches!(&store.outages_of_monitor(&rita, &mail, 5).await.unwrap()[..], [open] if open.ended_at.is_none() && open.reason == "no answer")
    );

    // At once, for one monitor; and ended before its time.
    let at_once = live.open_window_for_monitor(&rita, &mail, 30).await.unwrap();
    assert_eq!(store.monitor(&rita, &mail).await.unwrap().row.status, Status::Maintenance);
    assert_eq!(store.monitor(&rita, &web).await.unwrap().row.status, Status::Discovery);
    live.end_window(&rita, &at_once).await.unwrap();
    store.clock().advance(1);
    until(&live, &rita, &store, |board| statuses(board) == (1, 2)).await;
    live.close().await;
    store.close().await;
}

async fn g2_a_window_follows_a_clock_that_is_put_back(place: &Place) {
    let store = place.open().await;
    let live = start(&store).await;
    let (_, rita) = msp(&store).await;
    let harbor = customer(&live, &rita, "Harbor").await;
    let web = monitor(&live, &rita, &harbor, "web").await;
    live.submit(vec![says(&store, &web, Status::Up, "")]).await.unwrap();
    live.create_window(&rita, &harbor, &window(store.clock().now(), HOUR, HOUR)).await.unwrap();
    store.clock().advance(HOUR + HOUR / 2);
    until(&live, &rita, &store, |board| status(board, Status::Maintenance) == 1).await;
    store.clock().advance(HOUR);
    until(&live, &rita, &store, |board| status(board, Status::Up) == 1).await;
    // It is not over any more, and then it has not begun yet.
    store.clock().advance(-HOUR);
    until(&live, &rita, &store, |board| status(board, Status::Maintenance) == 1).await;
    store.clock().advance(-HOUR);
    until(&live, &rita, &store, |board| status(board, Status::Up) == 1).await;
    live.close().await;
    store.close().await;
}

async fn g2_a_server_that_was_down_over_a_begin_and_an_end_is_right_at_its_start(place: &Place) {
    let store = place.open().await;
    let live = start(&store).await;
    let (_, rita) = msp(&store).await;
    let harbor = customer(&live, &rita, "Harbor").await;
    let web = monitor(&live, &rita, &harbor, "web").await;
    live.submit(vec![says(&store, &web, Status::Up, "")]).await.unwrap();
    live.create_window(&rita, &harbor, &window(store.clock().now(), HOUR, 2 * HOUR)).await.unwrap();
    live.close().await;

    store.clock().advance(2 * HOUR);
    let again = start(&store).await;
    assert!(only(&wall(&again, &rita).await, Status::Maintenance, "Maintenance: Move"));
    again.submit(vec![says(&store, &web, Status::Down, "refused")]).await.unwrap();
    assert_eq!(store.monitor(&rita, &web).await.unwrap().row.status, Status::Maintenance);
    again.close().await;

    store.clock().advance(2 * HOUR);
    let last = start(&store).await;
    assert!(only(&wall(&last, &rita).await, Status::Down, "refused"), "what was said before the restart is kept");
    assert!(store.outages_of_monitor(&rita, &web, 1).await.unwrap()[0].ended_at.is_none());
    last.close().await;
    store.close().await;
}

async fn g9_who_took_an_outage_stands_on_every_board_until_it_ends(place: &Place) {
    let store = place.open().await;
    let live = start(&store).await;
    let (_, rita) = msp(&store).await;
    let harbor = customer(&live, &rita, "Harbor").await;
    let web = monitor(&live, &rita, &harbor, "web").await;
    live.submit(vec![says(&store, &web, Status::Down, "refused")]).await.unwrap();
    until(&live, &rita, &store, |board| only(board, Status::Down, "refused")).await;
    let outage = store.outages_of_monitor(&rita, &web, 1).await.unwrap()[0].id.clone();
    let mut watching = live.watch(&rita, None).unwrap();
    live.take_outage(&rita, &outage).await.unwrap();
    until(&live, &rita, &store, |board| board.taken(0) == "rita").await;
    loop {
        if let Event::Frame { data, .. } = &*watching.coming.recv().await.unwrap() {
            let (_, ops) = wire::decode_frame(&base64::Engine::decode(&base64::prelude::BASE64_STANDARD, data).unwrap()).unwrap();
            assert_eq!(ops, [model::board::Op::Taken { slot: 0, by: "rita".into() }]);
            break;
        }
    }
    let card = &live.health(&rita, false).await.unwrap().cards[0];
    assert_eq!((card.taken.count, card.taken.by.as_str()), (1, "rita"));
    live.close().await;

    let again = start(&store).await;
    assert_eq!(wall(&again, &rita).await.taken(0), "rita", "it survives a restart");
    again.hand_outage_back(&rita, &outage).await.unwrap();
    until(&again, &rita, &store, |board| board.taken(0).is_empty()).await;
    again.take_outage(&rita, &outage).await.unwrap();
    again.submit(vec![says(&store, &web, Status::Up, "")]).await.unwrap();
    again.submit(vec![says(&store, &web, Status::Down, "refused")]).await.unwrap();
    until(&again, &rita, &store, |board| only(board, Status::Down, "refused") && board.taken(0).is_empty()).await;
    again.close().await;
    store.close().await;
}
