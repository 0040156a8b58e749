//! The simulated kind of monitor: by its profile, or churned at a given rate for load.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use model::{
    MonitorId, Status,
    monitors::{Check, Outcome, Profile, Source, Verdict},
};
use rand::seq::IteratorRandom;
use tokio::time::MissedTickBehavior;

use crate::{Live, watched::Entry};

/// How often a part of the churn is handed in.
const TICK: Duration = Duration::from_millis(50);
/// The largest part: it is stored in one go, and people's own changes wait for it.
const PART_MOST: f64 = 5_000.0;
/// How many monitors are drawn at once.
const POOL: usize = 1_000;

#[derive(Debug)]
pub(crate) struct Simulation {
    per_second: u32,
    /// How often churn has turned a monitor, and into what: its own next look confirms that instead of undoing it.
    churned: Mutex<HashMap<MonitorId, (u64, Outcome)>>,
}

impl Simulation {
    pub(crate) fn new(per_second: u32) -> Self {
        Self { per_second, churned: Mutex::default() }
    }

    /// `None` where this monitor gives no verdict.
    pub(crate) fn outcome(&self, profile: Profile, monitor: &MonitorId, now: i64) -> Option<Outcome> {
        if let Some((_, outcome)) = self.churned.lock().unwrap_or_else(PoisonError::into_inner).get(monitor) {
            return Some(outcome.clone());
        }
        checks::simulated::outcome(profile, monitor.to_u128(), now)
    }

    /// Another outcome than the last one, nine times in ten; at first another than the monitor's status.
    fn turn(&self, monitor: &MonitorId, status: Status) -> Outcome {
        let mut churned = self.churned.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = |turns| checks::simulated::churn(monitor.to_u128(), turns);
        let turns = match churned.get(monitor) {
            Some((turns, _)) => turns + 1,
            None => u64::from((outcome(0).status == Status::Up) == (status == Status::Up)),
        };
        let outcome = outcome(turns);
        churned.insert(monitor.clone(), (turns, outcome.clone()));
        outcome
    }
}

impl Live {
    pub(crate) async fn churn_loop(self) {
        let per_second = self.0.simulation.per_second;
        if per_second == 0 {
            return;
        }
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut begun = Instant::now();
        let mut owed = 0.0;
        let mut pool = Vec::new();
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                () = self.closed() => return,
            }
            // What cannot be kept up with is not made up for.
            owed = (owed + f64::from(per_second) * begun.elapsed().as_secs_f64()).min(PART_MOST);
            begun = Instant::now();
            let now = self.0.store.clock().now();
            let chosen = self.some_simulated(&mut pool, owed as usize).await;
            owed -= owed.floor();
            let verdicts: Vec<Verdict> = chosen
                .into_iter()
                .map(|(monitor, status)| {
                    let outcome = self.0.simulation.turn(&monitor, status);
                    Verdict { monitor, at: now, outcome, source: Source::Simulation }
                })
                .collect();
            // One batch after the other is stored: where that is slower than the churn is to be, whoever really has something to say does
            // not wait behind a queue of it.
            if !verdicts.is_empty() {
                tokio::select! {
                    // Whether it was stored shows in the boards.
                    _ = self.submit(verdicts) => {}
                    () = self.closed() => return,
                }
            }
        }
    }

    /// The next ones of a pool, which is filled when it runs out: to look through all monitors at each tick costs more than the churn does.
    async fn some_simulated(&self, pool: &mut Vec<MonitorId>, count: usize) -> Vec<(MonitorId, Status)> {
        let watched = self.gate().await;
        let simulated =
            |entry: &&Entry| matches!(entry.settings.check, Check::Simulated { .. }) && entry.status != Status::Suspended;
        if pool.len() < count {
            let all = watched.monitors.iter().filter(|(_, entry)| simulated(entry)).map(|(id, _)| id);
            pool.extend(all.choose_multiple(&mut rand::rng(), count.max(POOL)).into_iter().cloned());
        }
        let next = pool.drain(pool.len().saturating_sub(count)..);
        next.filter_map(|id| {
            let status = watched.monitors.get(&id).filter(simulated)?.status;
            Some((id, status))
        })
        .collect()
    }
}
