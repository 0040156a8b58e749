//! What goes over the wire to a wall, and what many walls cost the server.

use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::{Installation, RUNS, browser::THOUSAND_CHANGES, client::Client, print, print_rate, settle};
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

/// Heartbeats that are called by 32 connections, which stay open: one status per request, each answered once it is taken.
pub(super) fn http() -> Outcome<()> {
    const HEARTBEATS: usize = 200;
    const CONNECTIONS: usize = 32;
    const RUN: Duration = Duration::from_secs(5);
    let place = Installation::with_demo(200, 10_000)?;
    place.run(&["msp", "quota", "--monitors", "20000"], b"")?;
    let server = place.start(&[])?;
    let mut client = server.client()?;
    let list = client.post("/fn/customers", "application/json", br#"{"query":{}}"#)?.expect(200)?;
    let customer = id_in(&list.body, "cus_")?;
    let tied = client.post("/fn/customer-associate", FORM, format!("customer={customer}").as_bytes())?.expect(200);
    tied.map_err(|error| format!("cannot associate: {error}"))?;
    let addresses: Vec<String> = (0..HEARTBEATS).map(|_| heartbeat(&mut client, &customer)).collect::<Outcome<_>>()?;
    let mut rates = Vec::new();
    for _ in 0..RUNS {
        let begun = Instant::now();
        let called = thread::scope(|scope| {
            let calls: Vec<_> = (0..CONNECTIONS)
                .map(|first| {
                    let addresses = &addresses;
                    scope.spawn(move || -> Outcome<usize> {
                        let mut caller = Client::connect(server.address, "")?;
                        let mut called = 0;
                        while begun.elapsed() < RUN {
                            let address = &addresses[(first + called * CONNECTIONS) % HEARTBEATS];
                            caller.get(address, "")?.expect(200)?;
                            called += 1;
                        }
                        Ok(called)
                    })
                })
                .collect();
            calls.into_iter().map(|call| call.join().map_err(|_| "a caller panicked")?).sum::<Outcome<usize>>()
        })?;
        rates.push(called as f64 / begun.elapsed().as_secs_f64());
    }
    print_rate("intake.http_per_second", 10_000 + HEARTBEATS as u32, "statuses/s", rates);
    Ok(())
}

const FORM: &str = "application/x-www-form-urlencoded";

/// The address that a new heartbeat is called at.
fn heartbeat(client: &mut Client, customer: &str) -> Outcome<String> {
    let fields = format!(
        "customer={customer}&input[name]=backup&input[kind]=heartbeat&input[interval_s]=300&input[grace_s]=60&input[timeout_s]=5&input[retries]=0"
    );
    let added = client.post("/fn/monitor-create", FORM, fields.as_bytes())?.expect(200)?;
    let monitor = id_in(&added.body, "mon_")?;
    let page = client.post("/fn/monitor", FORM, format!("monitor={monitor}&range=").as_bytes())?.expect(200)?;
    let text = String::from_utf8_lossy(&page.body).into_owned();
    let token = text.split("/heartbeat/").nth(1).and_then(|rest| rest.split('"').next()).ok_or("no address of a heartbeat")?;
    Ok(format!("/heartbeat/{token}"))
}

fn id_in(body: &[u8], prefix: &str) -> Outcome<String> {
    let text = String::from_utf8_lossy(body);
    let start = text.find(prefix).ok_or_else(|| format!("no {prefix} in {text}"))?;
    Ok(text[start..].chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).collect())
}
