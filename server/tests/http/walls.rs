//! SIGKILL with twenty walls open (DOMAIN F3, F11).

use std::{
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use crate::{
    support::{Engine, Place, on_both, until},
    wall::{Wall, fingerprint, snapshot},
};

const WALLS: usize = 20;
const KILLS: u32 = 2;

/// Below those that systems hand out by themselves: no wall that connects takes it while the server is away.
fn free_port() -> u16 {
    (0..).map(|_| rand::random_range(20_000..32_000)).find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap()
}

on_both!(f3_twenty_walls_are_right_again_within_seconds_of_a_kill_and_never_wrong);
fn f3_twenty_walls_are_right_again_within_seconds_of_a_kill_and_never_wrong(engine: Engine) {
    let place = Place::new(engine);
    let listen = format!("127.0.0.1:{}", free_port());
    let churn = ["--churn", "300"];
    let rita = place.start_at(&listen, &[]).set_up();
    assert!(place.run(&["demo", "--customers", "20", "--monitors", "1000"]).0);
    let mut server = place.start_at(&listen, &churn);
    let restarts = Arc::new(AtomicU32::new(0));
    let walls: Vec<Wall> = (0..WALLS).map(|_| Wall::open(&rita, &restarts)).collect();
    let all_right = |what: &str| {
        until(what, || {
            let (head, board) = snapshot(&rita).unwrap();
            let (at, print) = ((head.epoch, head.sequence), fingerprint(&board));
            let end = Instant::now() + Duration::from_secs(1);
            // A snapshot may be newer than the last frame that has arrived.
            while walls.iter().any(|wall| !wall.shown().history.contains_key(&at)) {
                if Instant::now() > end {
                    return None;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            for wall in &walls {
                assert_eq!(wall.shown().history[&at], print, "a wall showed another board than the server's at {at:?}");
            }
            Some(())
        });
    };
    all_right("twenty walls are live");

    for _ in 0..KILLS {
        server.kill();
        restarts.fetch_add(1, Ordering::SeqCst);
        server = place.start_at(&listen, &churn);
        let started = Instant::now();
        all_right("every wall shows what the new server has");
        let took = started.elapsed();
        assert!(took < Duration::from_secs(5), "it took {took:?}");
    }
    let prints: Vec<_> = walls.iter().map(|wall| wall.shown().history.clone()).collect();
    for (at, print) in prints.iter().flatten() {
        assert!(prints.iter().all(|other| other.get(at).is_none_or(|same| same == print)), "two walls differ at {at:?}");
    }
    for wall in &walls {
        assert_eq!(wall.shown().wrong, Vec::<String>::new());
    }
}
