//! A clock that is set by hours, forward and back (DOMAIN F11, G1).

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use model::{Status, board::Board};

use crate::{
    support::{Client, Engine, Place, on_both, until},
    wall::{Wall, snapshot},
};

const HOUR_MS: i64 = 60 * 60 * 1000;
const MONITORS: usize = 40;

/// A web server that counts what each path is asked for, and says that it is ill when told to.
pub(crate) struct Target {
    pub(crate) port: u16,
    pub(crate) asked: Arc<Mutex<HashMap<String, Vec<Instant>>>>,
    ill: Arc<AtomicBool>,
}

impl Target {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let target = Self { port: listener.local_addr().unwrap().port(), asked: Arc::default(), ill: Arc::default() };
        let (asked, ill) = (target.asked.clone(), target.ill.clone());
        std::thread::spawn(move || {
            for mut socket in listener.incoming().flatten() {
                let (asked, ill) = (asked.clone(), ill.clone());
                std::thread::spawn(move || {
                    let mut line = String::new();
                    let _ = BufReader::new(&socket).read_line(&mut line);
                    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
                    asked.lock().unwrap().entry(path).or_default().push(Instant::now());
                    let status = if ill.load(Ordering::SeqCst) { "500 Ill" } else { "200 OK" };
                    let _ = write!(socket, "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                });
            }
        });
        target
    }

    /// How often each path was asked for since then.
    fn since(&self, then: Instant) -> Vec<usize> {
        self.asked.lock().unwrap().values().map(|times| times.iter().filter(|at| **at > then).count()).collect()
    }
}

fn count(board: &Board, status: Status) -> u32 {
    board.counts()[usize::from(status.code())]
}

/// Ages on the board are neither negative nor those of another time, and its data are not of the future.
fn check_ages(client: &Client, oldest_s: i64) {
    let (head, board) = snapshot(client).unwrap();
    for slot in board.tiles() {
        let age = head.at - board.since(slot);
        assert!((0..=oldest_s * 1000).contains(&age), "{} is so for {age} ms", board.name(slot));
        assert!(!board.is_stale(slot), "{} is stale", board.name(slot));
    }
}

on_both!(g1_a_clock_that_is_set_makes_no_storm_and_stops_nothing);
fn g1_a_clock_that_is_set_makes_no_storm_and_stops_nothing(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let rita = server.set_up();
    let harbor = rita.add_customer("Harbor");
    let target = Target::start();
    for number in 0..MONITORS {
        let (name, url) = (format!("web {number}"), format!("http://127.0.0.1:{}/{number}", target.port));
        let kept = crate::support::monitor(&harbor, &name, "").into_iter();
        let mut fields: Vec<_> = kept.filter(|(field, _)| !matches!(*field, "input[kind]" | "input[profile]")).collect();
        fields.extend([("input[kind]", "http"), ("input[url]", url.as_str())]);
        assert_eq!(rita.post("/fn/monitor-create", &fields).status, 200);
    }
    let wall = Wall::open(&rita, &Arc::new(AtomicU32::new(0)));
    let all = |status: Status| {
        until(&format!("all are {status:?}"), || {
            let shown = wall.shown();
            (count(&shown.board, status) as usize == MONITORS && shown.board.tiles().all(|slot| !shown.board.is_stale(slot)))
                .then_some(())
        });
    };
    all(Status::Up);

    let forward = Instant::now();
    rita.advance(5 * HOUR_MS);
    until("each is looked at anew", || {
        let counts = target.since(forward);
        counts.iter().all(|count| *count > 0).then_some(())
    });
    all(Status::Up);
    let most = forward.elapsed().as_secs() / 10 + 2;
    assert!(target.since(forward).iter().all(|count| *count as u64 <= most), "{:?}", target.since(forward));
    assert_eq!(rita.get("/customers").status, 200, "a session outlives five hours");
    check_ages(&rita, 6 * 60 * 60);

    let guess = |password| server.client().post("/fn/sign-in", &[("email", "rita@msp.example"), ("password", password)]).status;
    for _ in 0..5 {
        guess("wrong horse battery");
    }
    assert_eq!(guess("correct horse battery"), 429);
    target.ill.store(true, Ordering::SeqCst);
    let back = Instant::now();
    rita.advance(-3 * HOUR_MS);
    assert_eq!(guess("correct horse battery"), 200, "a lock does not last for hours");
    all(Status::Down);
    assert!(back.elapsed() < Duration::from_secs(20), "{:?}", back.elapsed());
    check_ages(&rita, 30);
    target.ill.store(false, Ordering::SeqCst);
    all(Status::Up);
    check_ages(&rita, 60);
    assert!(wall.shown().wrong.is_empty(), "{:?}", wall.shown().wrong);
    let (now, as_of, _) = wall.shown().beat.unwrap();
    assert!((0..5_000).contains(&(now - as_of)), "{} ms behind", now - as_of);
    let outages = place.rows::<2>(
        "SELECT CAST(COUNT(*) AS TEXT), CAST(COALESCE(SUM(CASE WHEN ended_at < started_at THEN 1 ELSE 0 END), 0) AS TEXT)
        FROM outages WHERE ended_at IS NOT NULL",
    );
    assert_eq!(outages, [[MONITORS.to_string(), "0".to_owned()]], "none ends before it began");
    rita.add_customer("Cedar");
    let newest = place.rows::<1>("SELECT subject FROM events ORDER BY seq DESC LIMIT 1");
    assert_eq!(newest, [["Cedar".to_owned()]]);
}
