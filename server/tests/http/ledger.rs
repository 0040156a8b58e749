//! SIGKILL at any moment loses nothing that was acknowledged.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
        mpsc::{Sender, channel},
    },
    time::Duration,
};

use sqlx::{ConnectOptions, Row, postgres::PgConnectOptions, sqlite::SqliteConnectOptions};

use crate::support::{Client, Engine, Place, block_on, customer, on_both, sqlite_file};

const KILLS: u32 = 20;
const WRITERS: u32 = 3;

/// What one client was told, and what it asked last without being told.
#[derive(Default)]
struct Ledger {
    customers: Vec<String>,
    /// Whether its monitor was said to be suspended.
    suspended: Option<bool>,
    asked_suspended: Option<bool>,
}

on_both!(twenty_kills_lose_nothing_that_was_acknowledged);
fn twenty_kills_lose_nothing_that_was_acknowledged(engine: Engine) {
    let place = Place::new(engine);
    let mut server = place.start();
    let rita = server.set_up();
    let harbor = rita.add_customer("Harbor");
    let monitors: Vec<String> = (0..WRITERS).map(|n| rita.add_monitor(&harbor, &format!("monitor {n}"), "silent")).collect();
    assert!(place.run(&["msp", "quota", "--customers", "1000000"]).0);

    let mut ledgers: Vec<Ledger> = (0..WRITERS).map(|_| Ledger::default()).collect();
    let names = AtomicU32::new(0);
    for _ in 0..KILLS {
        let over = Arc::new(AtomicBool::new(false));
        let client = rita.at(&server.base);
        let (told, answers) = channel();
        std::thread::scope(|scope| {
            for (ledger, monitor) in ledgers.iter_mut().zip(&monitors) {
                let (client, over, names, told) = (client.clone(), over.clone(), &names, told.clone());
                scope.spawn(move || write_until_cut(&client, &over, names, monitor, ledger, &told));
            }
            // However fast the machine is, some are acknowledged before, and the next are on their way.
            let heard = (0..rand::random_range(0..8)).all(|_| answers.recv_timeout(Duration::from_secs(20)).is_ok());
            std::thread::sleep(Duration::from_millis(rand::random_range(0..60)));
            over.store(true, Ordering::SeqCst);
            server.kill();
            assert!(heard, "no change is acknowledged any more");
        });
        server = place.start();
    }
    server.kill();

    let (customers, statuses) = block_on(stored(&place));
    let acknowledged: usize = ledgers.iter().map(|ledger| ledger.customers.len()).sum();
    assert!(acknowledged > KILLS as usize, "only {acknowledged} changes were acknowledged: too few to prove anything");
    for (ledger, monitor) in ledgers.iter().zip(&monitors) {
        for name in &ledger.customers {
            assert_eq!(customers.get(name), Some(&1), "{name} was acknowledged");
        }
        if let Some(suspended) = ledger.suspended {
            let is = statuses[monitor] == "SUSPENDED";
            assert!(is == suspended || ledger.asked_suspended == Some(is), "{monitor} is {}", statuses[monitor]);
        }
    }
    for (name, count) in &customers {
        assert!(name == "Harbor" || *count == 1, "{name} stands {count} times");
    }
}

/// Writes until the connection is cut; each answer goes into the ledger before the next question, and each customer's is told.
fn write_until_cut(client: &Client, over: &AtomicBool, names: &AtomicU32, monitor: &str, ledger: &mut Ledger, told: &Sender<()>) {
    let same_origin = [("sec-fetch-site", "same-origin")];
    for round in 0u32.. {
        let name = format!("customer {}", names.fetch_add(1, Ordering::SeqCst));
        match client.try_post("/fn/customer-create", &customer(&name), &same_origin) {
            Ok(answer) => {
                assert_eq!(answer.status, 200, "{}", answer.body);
                ledger.customers.push(name);
                // Once it is over nobody listens.
                let _ = told.send(());
            }
            Err(_) => return assert!(over.load(Ordering::SeqCst), "the server ended by itself"),
        }
        let suspend = round % 2 == 0;
        ledger.asked_suspended = Some(suspend);
        let path = if suspend { "/fn/monitor-suspend" } else { "/fn/monitor-resume" };
        match client.try_post(path, &[("monitor", monitor)], &same_origin) {
            // It may be so already: the change before a kill may have been stored without being acknowledged.
            Ok(_) => ledger.suspended = Some(suspend),
            Err(_) => return assert!(over.load(Ordering::SeqCst), "the server ended by itself"),
        }
    }
}

/// Every customer's name with how often it stands there, and each monitor's status.
async fn stored(place: &Place) -> (HashMap<String, u32>, HashMap<String, String>) {
    const CUSTOMERS: &str = "SELECT company FROM customers";
    const STATUSES: &str = "SELECT monitor_id, status FROM statuses";
    let mut customers = HashMap::new();
    let mut statuses = HashMap::new();
    if let Some(url) = &place.url {
        let mut connection = url.parse::<PgConnectOptions>().unwrap().connect().await.unwrap();
        for row in sqlx::query(CUSTOMERS).fetch_all(&mut connection).await.unwrap() {
            *customers.entry(row.get(0)).or_default() += 1;
        }
        for row in sqlx::query(STATUSES).fetch_all(&mut connection).await.unwrap() {
            statuses.insert(row.get(0), row.get(1));
        }
    } else {
        let mut connection = SqliteConnectOptions::new()
            .filename(sqlite_file(place.folder.path()))
            .collation("C", str::cmp)
            .connect()
            .await
            .unwrap();
        let whole: String = sqlx::query("PRAGMA integrity_check").fetch_one(&mut connection).await.unwrap().get(0);
        assert_eq!(whole, "ok");
        for row in sqlx::query(CUSTOMERS).fetch_all(&mut connection).await.unwrap() {
            *customers.entry(row.get(0)).or_default() += 1;
        }
        for row in sqlx::query(STATUSES).fetch_all(&mut connection).await.unwrap() {
            statuses.insert(row.get(0), row.get(1));
        }
    }
    (customers, statuses)
}
