//! `cargo xtask bench`: the release binary, a real Chromium and real clients on this machine. One JSON line per figure on standard
//! output: the median of several runs, and the worst. What each figure is stands at the function that measures it.

mod browser;
mod client;
mod customers;
mod installation;
mod live;

use std::fmt::Write as _;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use crate::site::Kind;
use crate::step::{Outcome, cargo, root, run, step};
use client::Client;
use installation::{Running, end};

pub(crate) use browser::script;
pub(crate) use installation::Installation;

const RUNS: usize = 5;

/// What a figure is called, how it is measured, and for how many monitors (or customers).
struct Bench {
    /// The names that it prints: for choosing.
    names: &'static [&'static str],
    measure: fn() -> Outcome<()>,
}

const BENCHES: [Bench; 12] = [
    Bench { names: &["bundle.wasm_brotli_bytes"], measure: bundle },
    Bench { names: &["start.first_wall_ms"], measure: start },
    Bench { names: &["wire.snapshot_bytes", "wire.bytes_per_s_per_wall"], measure: live::wire },
    Bench { names: &["server.memory_mib"], measure: live::memory },
    Bench { names: &["intake.per_second"], measure: intake },
    Bench { names: &["intake.http_per_second"], measure: live::http },
    Bench { names: &["customers.list_p99_ms"], measure: customers::list },
    Bench { names: &["customers.save_p99_ms"], measure: customers::save },
    Bench { names: &["wall.heap_growth_percent"], measure: browser::heap },
    Bench { names: &["live.status_to_pixel_p99_ms"], measure: browser::pixel },
    Bench { names: &["wall.seek_ms"], measure: browser::seek },
    Bench { names: &WALL, measure: browser::wall },
];

const WALL: [&str; 10] = [
    "wall.open_ms",
    "wall.first_paint_ms",
    "wall.frame_gap_p99_ms",
    "wall.main_thread_ms_per_s",
    "wall.dom_first_paint_ms",
    "wall.dom_frame_gap_p99_ms",
    "wall.uhd_open_ms",
    "wall.uhd_first_paint_ms",
    "wall.uhd_frame_gap_p99_ms",
    "wall.uhd_main_thread_ms_per_s",
];

/// Builds for release and measures everything, or what has a name that begins with `filter`.
pub(crate) fn bench(filter: &str) -> Outcome<()> {
    crate::build(Kind::Release)?;
    for bench in BENCHES {
        if bench.names.iter().any(|name| name.starts_with(filter) || filter.starts_with(name)) {
            step(bench.names[0], || (bench.measure)())?;
        }
    }
    Ok(())
}

/// Prints a figure: the median and the worst (the largest) of several.
fn print(name: &str, n: u32, unit: &str, mut values: Vec<f64>) {
    values.sort_by(f64::total_cmp);
    print_figure(name, n, unit, values[values.len() / 2], values[values.len() - 1]);
}

/// The same where more is better.
fn print_rate(name: &str, n: u32, unit: &str, mut values: Vec<f64>) {
    values.sort_by(f64::total_cmp);
    print_figure(name, n, unit, values[values.len() / 2], values[0]);
}

#[allow(clippy::print_stdout, reason = "the figures are what this program answers")]
fn print_figure(name: &str, n: u32, unit: &str, value: f64, worst: f64) {
    println!(r#"{{"bench": "{name}", "n": {n}, "value": {value:.1}, "worst": {worst:.1}, "unit": "{unit}"}}"#);
}

/// Of times in milliseconds.
fn p99(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[(times.len() * 99 / 100).min(times.len() - 1)]
}

fn ms(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}

/// The whole console as a browser fetches it.
fn bundle() -> Outcome<()> {
    let mut bytes = 0;
    for path in crate::site::files_below(&root().join("target/site-release"))? {
        if path.to_string_lossy().ends_with(".wasm.br") {
            bytes += fs::metadata(path)?.len();
        }
    }
    print("bundle.wasm_brotli_bytes", 0, "bytes", vec![bytes as f64]);
    Ok(())
}

/// Start of the process → the snapshot is answered, for 1,000, 10,000 and 100,000 monitors.
fn start() -> Outcome<()> {
    for monitors in [1_000, 10_000, 100_000] {
        let place = Installation::with_demo(monitors / 50, monitors)?;
        let cookie = place.start(&[])?.cookie.clone();
        let mut times = Vec::new();
        for _ in 0..RUNS {
            let begun = Instant::now();
            let (mut child, address) = place.spawn(&[])?;
            let answer = Client::connect(address, &cookie)?
                .get("/live/snapshot", "accept-encoding: br\r\n")
                .and_then(|answer| answer.expect(200));
            times.push(ms(begun));
            end(&mut child);
            answer?;
        }
        print("start.first_wall_ms", monitors, "ms", times);
    }
    Ok(())
}

/// Verdicts per second in batches of 1,000, a tenth of them changing the status, each change stored with its transition and outage before
/// the answer. The generator is in the process of the intake itself: no HTTP is in it.
fn intake() -> Outcome<()> {
    run(cargo().args(["bench", "--package", "live", "--bench", "intake"]))
}

/// Waits until the first verdicts of a fresh demonstration are in: the snapshot's size stays for three seconds.
pub(crate) fn settle(server: &Running) -> Outcome<usize> {
    let (mut size, mut same) = (0, 0);
    let mut client = server.client()?;
    for _ in 0..120 {
        thread::sleep(Duration::from_secs(1));
        let now = client.get("/live/snapshot", "accept-encoding: br\r\n")?.expect(200)?.body.len();
        // Ages and flickering reasons move it by a few bytes.
        same = if now.abs_diff(size) < 64 { same + 1 } else { 0 };
        size = now;
        if same == 3 {
            return Ok(size);
        }
    }
    Err("the demonstration did not settle within two minutes".into())
}

/// A JSON text.
fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            character if u32::from(character) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            character => out.push(character),
        }
    }
    out.push('"');
    out
}
