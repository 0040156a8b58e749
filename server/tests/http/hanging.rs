//! Two thousand targets that accept and never answer (DOMAIN G1).

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{io::AsyncReadExt, net::TcpListener};

use crate::{
    clock::Target,
    support::{Engine, Place},
};

const HANGING: usize = 2_000;
const GOOD: usize = 50;
/// Of every monitor, in seconds.
const INTERVAL: u64 = 8;
const TIMEOUT: u64 = 4;
const WATCHED: Duration = Duration::from_secs(28);

/// Accepts and stays silent; how many connections are open.
fn silent() -> (u16, Arc<AtomicUsize>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let open = Arc::new(AtomicUsize::new(0));
    let counted = open.clone();
    std::thread::spawn(move || {
        crate::support::block_on(async move {
            listener.set_nonblocking(true).unwrap();
            let listener = TcpListener::from_std(listener).unwrap();
            loop {
                let Ok((mut socket, _)) = listener.accept().await else { continue };
                let counted = counted.clone();
                counted.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move {
                    while matches!(socket.read(&mut [0; 1024]).await, Ok(1..)) {}
                    counted.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
    });
    (port, open)
}

#[test]
fn g1_two_thousand_targets_that_hang_keep_nobody_else_waiting() {
    let place = Place::new(Engine::Sqlite);
    assert!(place.run(&["demo", "--customers", "10", "--monitors", &(HANGING + GOOD).to_string()]).0);
    let target = Target::start();
    let (port, open) = silent();
    // The good ones are the youngest: whoever goes by age comes to them last.
    let sql = format!(
        "UPDATE statuses SET status = 'DISCOVERY IN PROGRESS', since = 0, verdict_at = 0, reason = '', suspended_by = '';
        UPDATE outages SET ended_at = started_at WHERE ended_at IS NULL;
        UPDATE customers SET state = 'ACTIVE';
        UPDATE monitors SET kind = 'http', interval_s = {INTERVAL}, timeout_s = {TIMEOUT}, retries = 0,
            settings = '{{\"kind\":\"http\",\"url\":\"http://127.0.0.1:{port}/\"}}';
        UPDATE monitors SET settings = '{{\"kind\":\"http\",\"url\":\"http://127.0.0.1:{}/' || id || '\"}}'
            WHERE id IN (SELECT id FROM monitors ORDER BY id DESC LIMIT {GOOD});",
        target.port
    );
    place.execute(Box::leak(sql.into_boxed_str()));

    let server = place.start();
    let started = Instant::now();
    let (mut most_open, mut most_files) = (0, 0);
    while started.elapsed() < WATCHED {
        most_open = most_open.max(open.load(Ordering::SeqCst));
        most_files = most_files.max(fs::read_dir(format!("/proc/{}/fd", server.pid())).unwrap().count());
        std::thread::sleep(Duration::from_millis(200));
    }
    let limit = Duration::from_secs(INTERVAL + TIMEOUT);
    let asked = target.asked.lock().unwrap().clone();
    assert_eq!(asked.len(), GOOD);
    for (path, times) in &asked {
        let moments = [&[started][..], times, &[Instant::now()]].concat();
        let longest = moments.windows(2).map(|pair| pair[1].saturating_duration_since(pair[0])).max().unwrap();
        assert!(longest <= limit, "{path} waited for {longest:?}");
    }
    assert!(most_open >= 500, "only {most_open} hung at once: that proves nothing");
    assert!(most_open <= HANGING && most_files <= 2_300, "{most_open} connections, {most_files} files");
    let metrics = server.client().get("/metrics").body;
    let memory = metrics.lines().find_map(|line| line.strip_prefix("nocturne_memory_bytes ")).unwrap();
    assert!(memory.parse::<f64>().unwrap() < 400e6, "{memory} bytes");
    let ended = Instant::now();
    assert!(server.terminate());
    assert!(ended.elapsed() < Duration::from_secs(4), "it took {:?} to end", ended.elapsed());
}
