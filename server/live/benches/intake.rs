//! How many verdicts the intake takes in per second: in batches of 1,000, a tenth of them turning the status, each turn committed
//! with its transition and outage before the answer. On SQLite in a folder of its own; 10,000 monitors.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints, and fails by panicking")]

use std::time::{Duration, Instant};

use checks::{Checker, Policy};
use live::{Keep, Live, Settings};
use model::{
    MonitorId, Status,
    monitors::{Outcome, Source, Verdict},
};
use store::{Clock, Location, Purpose, Scope, Store};

const MONITORS: u32 = 10_000;
const BATCH: usize = 1_000;
const RUN: Duration = Duration::from_secs(5);
const RUNS: usize = 5;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let mut rates = runtime.block_on(measure());
    rates.sort_by(f64::total_cmp);
    // Here the worst is the smallest.
    let (value, worst) = (rates[RUNS / 2], rates[0]);
    println!(
        r#"{{"bench": "intake.per_second", "n": {MONITORS}, "value": {value:.0}, "worst": {worst:.0}, "unit": "verdicts/s"}}"#
    );
}

async fn measure() -> Vec<f64> {
    let folder = tempfile::tempdir().unwrap();
    let place = Location { database_url: None, data_dir: folder.path().to_owned() };
    let store = Store::open(&place, Purpose::Serve, Clock::system()).await.unwrap();
    store.migrate().await.unwrap();
    let msp = store.create_msp("Bench", "bench@msp.example", "correct horse battery").await.unwrap();
    store.set_quota(&msp, Some(1_000), Some(MONITORS)).await.unwrap();
    store.fill_demo(&msp, 200, MONITORS, 1).await.unwrap();
    let ids: Vec<MonitorId> = store.watched(Scope::All).await.unwrap().into_iter().map(|monitor| monitor.id).collect();
    let checker = Checker::new(Policy::new(Vec::new()));
    let settings = Settings { checker, churn: 0, build: "bench".into(), keep: Keep::default(), mailer: None };
    let live = Live::start(store.clone(), settings).await.unwrap();
    let mut load = Load { ids, next: 0, down: vec![false; MONITORS as usize] };
    let mut rates = Vec::new();
    for _ in 0..RUNS {
        let (begun, mut taken) = (Instant::now(), 0);
        while begun.elapsed() < RUN {
            // Two batches are always under way, as two sources would send them.
            let (one, other) = (load.batch(store.clock().now()), load.batch(store.clock().now()));
            let (one, other) = tokio::join!(live.submit(one), live.submit(other));
            one.and(other).unwrap();
            taken += 2 * BATCH;
        }
        rates.push(taken as f64 / begun.elapsed().as_secs_f64());
    }
    live.close().await;
    store.close().await;
    rates
}

/// Goes round the monitors, none of which is retried; every tenth verdict says the other of UP and DOWN.
struct Load {
    ids: Vec<MonitorId>,
    next: usize,
    down: Vec<bool>,
}

impl Load {
    fn batch(&mut self, now: i64) -> Vec<Verdict> {
        (0..BATCH).map(|number| self.verdict(number, now)).collect()
    }

    fn verdict(&mut self, number: usize, now: i64) -> Verdict {
        let place = self.next % self.ids.len();
        self.next += 1;
        if number.is_multiple_of(10) {
            self.down[place] = !self.down[place];
        }
        let (status, reason) =
            if self.down[place] { (Status::Down, "connection refused by 10.0.0.5:443") } else { (Status::Up, "") };
        let outcome = Outcome { status, reason: reason.to_owned(), latency_ms: Some(12) };
        Verdict { monitor: self.ids[place].clone(), at: now, outcome, source: Source::BuiltIn }
    }
}
