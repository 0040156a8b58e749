//! Two servers on one database, a database that goes away and comes back, the command line beside a server.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use model::Status;

use crate::{
    support::{Client, Engine, Place, Wire, customer, on_both, until},
    wall::{Wall, snapshot},
};

on_both!(a_second_server_on_the_same_data_is_refused);
fn a_second_server_on_the_same_data_is_refused(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let site = place.folder.path().join("site");
    let (started, said) = place.run(&["serve", "--listen", "127.0.0.1:0", "--site", site.to_str().unwrap()]);
    assert!(!started && said.contains("another server is running"), "{said}");
    let (filled, said) = place.run(&["demo", "--customers", "2", "--monitors", "4"]);
    assert!(!filled && said.contains("another server is running"), "{said}");
    assert!(server.terminate());
    let (filled, said) = place.run(&["demo", "--customers", "2", "--monitors", "4"]);
    assert!(filled && said.contains("Sign in as"), "{said}");
}

#[test]
fn a_database_that_goes_away_gives_an_honest_page_and_comes_back() {
    let mut place = Place::new(Engine::Postgres);
    let database = place.database_address().unwrap();
    let wire = Wire::to(database);
    let through = place.url.as_ref().unwrap().replace(&database.to_string(), &wire.address.to_string());
    assert_ne!(place.url.as_ref(), Some(&through));
    place.url = Some(through);
    let server = place.start();
    let rita = server.set_up();
    rita.add_customer("Harbor");
    assert_eq!(server.client().get("/readyz").status, 200);

    wire.cut();
    let page = rita.get("/customers");
    assert_eq!(page.status, 503);
    assert!(page.body.contains("cannot be reached") && !page.body.contains("Harbor"), "{}", page.body);
    let refused = rita.post("/fn/customer-create", &crate::support::customer("Lost"));
    assert_eq!((refused.status, refused.body.contains("Unavailable")), (503, true), "{}", refused.body);
    assert_eq!(server.client().get("/readyz").status, 503);
    assert_eq!(server.client().get("/healthz").status, 200, "a restart would not help");

    wire.mend();
    until("the list is there again", || rita.get("/customers").body.contains("Harbor").then_some(()));
    assert!(!rita.get("/customers").body.contains("Lost"));
    rita.add_customer("Cedar");
}

on_both!(f11_a_change_is_followed_though_who_made_it_goes_away);
fn f11_a_change_is_followed_though_who_made_it_goes_away(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let rita = server.set_up();
    let monitor = rita.add_monitor(&rita.add_customer("Harbor"), "web", "steady");
    let held = place.hold_writes();
    rita.post_and_go_away("/fn/monitor-suspend", &format!("monitor={monitor}"));
    drop(held);
    until("the wall shows it", || (snapshot(&rita).ok()?.1.status(0)? == Status::Suspended).then_some(()));
}

on_both!(a13_the_quota_is_raised_from_the_command_line_beside_a_running_server);
fn a13_the_quota_is_raised_from_the_command_line_beside_a_running_server(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let rita = server.set_up();
    for name in ["One", "Two", "Three"] {
        rita.add_customer(name);
    }
    let fourth = rita.post("/fn/customer-create", &crate::support::customer("Four"));
    assert_eq!((fourth.status, fourth.body.contains("CustomerQuota")), (409, true), "{}", fourth.body);
    let (raised, said) = place.run(&["msp", "quota", "--customers", "4"]);
    assert!(raised && said.contains("3/4"), "{said}");
    rita.add_customer("Four");
}

/// The board and the database, monitor by monitor, while nothing can be stored: where they differ.
fn differences(place: &Place, client: &Client, monitors: &HashMap<u32, String>) -> Vec<String> {
    let _held = place.hold_writes();
    // What is stored already goes out with the next frame, and a snapshot is up to a second old.
    std::thread::sleep(Duration::from_millis(1_200));
    let (head, board) = snapshot(client).unwrap();
    let stored: HashMap<String, (String, String, i64)> = place
        .rows::<4>("SELECT monitor_id, status, reason, CAST(since AS TEXT) FROM statuses")
        .into_iter()
        .map(|[id, status, reason, since]| (id, (status, reason, since.parse().unwrap())))
        .collect();
    let tiles: Vec<u32> = board.tiles().collect();
    assert!(!tiles.is_empty());
    let differs = |slot: &u32| {
        let shown = (board.status(*slot).unwrap().key(), board.reason(*slot));
        let (status, reason, since) = &stored[&monitors[slot]];
        let same = shown == (status.as_str(), reason.as_str()) && (board.since(*slot) - since).abs() <= 1_000;
        (!same).then(|| format!("{} is {shown:?} in epoch {:x}, stored {status} {reason} {since}", board.name(*slot), head.epoch))
    };
    tiles.iter().filter_map(differs).collect()
}

/// Which monitor stands at each slot.
fn monitors_of(client: &Client) -> HashMap<u32, String> {
    let (head, board) = snapshot(client).unwrap();
    let id = |slot: u32| {
        let answer = client.get(&format!("/live/tile/{:016x}/{slot}", head.epoch));
        answer.location.unwrap().rsplit('/').next().unwrap().to_owned()
    };
    board.tiles().map(|slot| (slot, id(slot))).collect()
}

/// A thousand changes a second and a person who writes, while the database is away for as long as `away` takes: nothing that was
/// acknowledged is lost, walls know that their data are old, and then boards and database agree again.
fn survives(place: &Place, away: impl FnOnce(&dyn Fn())) {
    let rita = place.start().set_up();
    assert!(place.run(&["demo", "--customers", "10", "--monitors", "300"]).0);
    assert!(place.run(&["msp", "quota", "--customers", "1000000"]).0);
    let server = place.start_with(&["--churn", "1000"]);
    let rita = rita.at(&server.base);
    let monitors = monitors_of(&rita);
    assert_eq!(differences(place, &rita, &monitors), Vec::<String>::new());

    let wall = Wall::open(&rita, &Arc::new(AtomicU32::new(0)));
    until("the wall has its first beat", || wall.shown().beat);
    let over = AtomicBool::new(false);
    let Written { acknowledged, refused, longest } = std::thread::scope(|scope| {
        let writer = scope.spawn(|| write_until(&rita, &over));
        std::thread::sleep(Duration::from_millis(500));
        away(&|| {
            // Whatever was on its way is either in or refused by now.
            until("as_of stands still", || {
                let (now, as_of, _) = wall.shown().beat.unwrap();
                (now - as_of > 3_000).then_some(())
            });
            let stands = wall.shown().beat.unwrap().1;
            until("and beats go on", || (wall.shown().beat.unwrap().0 > stands + 5_000).then_some(()));
            assert_eq!(wall.shown().beat.unwrap().1, stands);
        });
        let back = Instant::now();
        until("the data are fresh again", || {
            let (now, as_of, _) = wall.shown().beat.unwrap();
            (now - as_of < 2_500).then_some(())
        });
        until("boards and database agree", || differences(place, &rita, &monitors).is_empty().then_some(()));
        assert!(back.elapsed() < Duration::from_secs(15), "it took {:?}", back.elapsed());
        let before = acknowledged_now(place);
        until("people can save again", || (acknowledged_now(place) > before).then_some(()));
        over.store(true, Ordering::SeqCst);
        writer.join().unwrap()
    });
    assert!(refused > 0 || longest > Duration::from_secs(2), "nobody noticed: {refused} refused, the longest took {longest:?}");
    assert!(longest < Duration::from_secs(20), "somebody waited {longest:?} for an answer");
    let stored: HashSet<String> = place.rows::<1>("SELECT company FROM customers").into_iter().map(|[name]| name).collect();
    for name in &acknowledged {
        assert!(stored.contains(name), "{name} was acknowledged");
    }
    assert_eq!(differences(place, &rita, &monitors), Vec::<String>::new());
    assert!(wall.shown().wrong.is_empty(), "{:?}", wall.shown().wrong);
    assert!(server.terminate());
}

fn acknowledged_now(place: &Place) -> usize {
    place.rows::<1>("SELECT company FROM customers").len()
}

/// What came of somebody's customers: the names that were acknowledged, how many were refused, and the longest wait for either.
#[derive(Default)]
struct Written {
    acknowledged: Vec<String>,
    refused: u32,
    longest: Duration,
}

/// Adds customers until it is over.
fn write_until(client: &Client, over: &AtomicBool) -> Written {
    let mut written = Written::default();
    for number in 0.. {
        if over.load(Ordering::SeqCst) {
            break;
        }
        let name = format!("customer {number}");
        let asked = Instant::now();
        match client.post("/fn/customer-create", &customer(&name)).status {
            200 => written.acknowledged.push(name),
            503 => written.refused += 1,
            other => panic!("{name}: {other}"),
        }
        written.longest = written.longest.max(asked.elapsed());
        std::thread::sleep(Duration::from_millis(50));
    }
    written
}

#[test]
fn f11_postgresql_that_is_killed_under_load_loses_nothing_and_boards_agree_again() {
    let cluster = fixture::own_cluster();
    survives(&Place::on(&cluster), |meanwhile| {
        cluster.stop_at_once().unwrap();
        meanwhile();
        cluster.start_again().unwrap();
    });
}

#[test]
fn f11_sqlite_that_another_process_locks_under_load_loses_nothing_and_boards_agree_again() {
    let place = Place::new(Engine::Sqlite);
    survives(&place, |meanwhile| {
        let _held = place.hold_writes();
        meanwhile();
    });
}

#[test]
fn f11_a_change_whose_answer_was_lost_is_on_the_boards_all_the_same() {
    let mut place = Place::new(Engine::Postgres);
    let database = place.database_address().unwrap();
    let wire = Wire::to(database);
    let through = place.url.as_ref().unwrap().replace(&database.to_string(), &wire.address.to_string());
    let direct = place.url.replace(through);
    let server = place.start();
    let rita = server.set_up();
    let harbor = rita.add_customer("Harbor");
    let web = rita.add_monitor(&harbor, "web", "silent");
    place.url = direct;
    let suspended = || place.rows::<1>("SELECT status FROM statuses") == [["SUSPENDED".to_owned()]];
    let mut lost = false;
    for _ in 0..20 {
        wire.lose_next_answer();
        // Other commits of the server run beside this one: the answer that is lost may be theirs.
        let answer = rita.post("/fn/monitor-suspend", &[("monitor", &web)]);
        lost = answer.status == 503 && suspended();
        if lost {
            break;
        }
        until("it is resumed", || (rita.post("/fn/monitor-resume", &[("monitor", &web)]).status == 200).then_some(()));
    }
    assert!(lost, "no answer was lost");
    until("the wall shows what is stored", || {
        let (_, board) = snapshot(&rita).unwrap();
        board.tiles().all(|slot| board.status(slot) == Some(model::Status::Suspended)).then_some(())
    });
}
