//! What goes over the wire to a wall, and what many walls cost the server.

use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::{Installation, RUNS, browser::THOUSAND_CHANGES, print, settle};
use crate::step::Outcome;

/// How long a stream is listened to in one run.
const LISTENED: Duration = Duration::from_secs(10);

/// The snapshot as sent (brotli), and everything that one stream carries at 1,000 changes per second.
pub(super) fn wire() -> Outcome<()> {
    for monitors in [1_000, 10_000, 100_000] {
        let place = Installation::with_demo(monitors / 50, monitors)?;
        let quiet = place.start(&[])?;
        print("wire.snapshot_bytes", monitors, "bytes", vec![settle(&quiet)? as f64]);
        drop(quiet);
        let busy = place.start(&["--churn", THOUSAND_CHANGES])?;
        settle_changes(&busy)?;
        let mut rates = Vec::new();
        for _ in 0..RUNS {
            let mut stream = busy.client()?.stream("/live/stream")?;
            let (begun, mut bytes, mut part) = (Instant::now(), 0, [0; 65_536]);
            while begun.elapsed() < LISTENED {
                bytes += stream.read(&mut part)?;
            }
            rates.push(bytes as f64 / begun.elapsed().as_secs_f64());
        }
        print("wire.bytes_per_s_per_wall", monitors, "bytes/s", rates);
    }
    Ok(())
}

/// After a start every monitor is looked at once within half a minute.
fn settle_changes(_server: &super::Running) -> Outcome<()> {
    thread::sleep(Duration::from_secs(35));
    Ok(())
}

/// 10,000 monitors, 50 walls that read, and as many changes as 1,000 per second make in ten minutes, ten times as fast.
pub(super) fn memory() -> Outcome<()> {
    const WALLS: usize = 50;
    let place = Installation::with_demo(200, 10_000)?;
    let server = place.start(&["--churn", "10000"])?;
    let ended = AtomicBool::new(false);
    let mib = thread::scope(|scope| {
        let mut walls = Vec::new();
        for _ in 0..WALLS {
            server.client()?.get("/live/snapshot", "accept-encoding: br\r\n")?.expect(200)?;
            let mut stream = server.client()?.stream("/live/stream")?;
            let ended = &ended;
            walls.push(scope.spawn(move || {
                let mut part = [0; 65_536];
                let mut bytes = 0;
                while !ended.load(Ordering::Relaxed) {
                    match stream.read(&mut part) {
                        Ok(0) | Err(_) => return bytes,
                        Ok(count) => bytes += count,
                    }
                }
                bytes
            }));
        }
        thread::sleep(Duration::from_secs(60));
        let mib = server.memory_mib();
        ended.store(true, Ordering::Relaxed);
        for wall in walls {
            if wall.join().is_ok_and(|bytes| bytes == 0) {
                return Err("a wall got nothing".into());
            }
        }
        mib
    })?;
    print("server.memory_mib", 10_000, "MiB", vec![mib]);
    Ok(())
}
