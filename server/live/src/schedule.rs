//! When each monitor is looked at: spread over its interval, one look at a time for each, and never more at once than the
//! machine can carry, however many targets hang.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use model::{
    MonitorId, Status,
    monitors::{Check, Outcome, Source, Verdict},
};
use store::Clock;
use tokio::sync::{Notify, Semaphore};

use crate::{Live, watched::Entry};

/// Looks under way at once. Each holds one socket; the usual limit of open files is 1,024.
const AT_ONCE: usize = 500;
/// After a start, overdue monitors are spread over this long (or their interval, where that is shorter), in milliseconds.
const SPREAD_MS: i64 = 30_000;

/// What to look at.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    check: Arc<Check>,
    interval_ms: i64,
    timeout: Duration,
    /// The last verdict's time.
    last: i64,
    suspended: bool,
}

impl Job {
    pub(crate) fn of(entry: &Entry) -> Self {
        Self {
            check: Arc::new(entry.settings.check.clone()),
            interval_ms: i64::from(entry.settings.interval_s) * 1000,
            timeout: Duration::from_secs(entry.settings.timeout_s.into()),
            last: entry.verdict_at,
            suspended: entry.status == Status::Suspended,
        }
    }
}

#[derive(Debug)]
struct Planned {
    job: Job,
    due: i64,
    running: bool,
}

#[derive(Debug)]
pub(crate) struct Schedule {
    clock: Clock,
    plan: Mutex<Plan>,
    changed: Notify,
    room: Arc<Semaphore>,
}

#[derive(Debug, Default)]
struct Plan {
    jobs: HashMap<MonitorId, Planned>,
    /// May hold entries that are out of date: what counts is `Planned::due`.
    queue: BinaryHeap<Reverse<(i64, MonitorId)>>,
}

impl Plan {
    fn due_at(&mut self, monitor: &MonitorId, due: i64) {
        if let Some(planned) = self.jobs.get_mut(monitor) {
            planned.due = due;
            self.queue.push(Reverse((due, monitor.clone())));
        }
    }

    /// What is due now and not under way, at most `most` of them.
    fn take_due(&mut self, now: i64, most: usize) -> Vec<(MonitorId, Job)> {
        let mut due = Vec::new();
        while due.len() < most
            && let Some(Reverse((at, _))) = self.queue.peek()
            && *at <= now
            && let Some(Reverse((at, monitor))) = self.queue.pop()
        {
            if let Some(planned) = self.jobs.get_mut(&monitor)
                && planned.due == at
                && !planned.running
            {
                planned.running = true;
                due.push((monitor, planned.job.clone()));
            }
        }
        due
    }
}

impl Schedule {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, plan: Mutex::default(), changed: Notify::new(), room: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Plans a monitor. `now`: look at once, whatever was planned.
    pub(crate) fn put(&self, monitor: &MonitorId, job: Job, now: bool) {
        if job.suspended {
            return self.remove(monitor);
        }
        let time = self.clock.now();
        let due = if now || job.last == 0 { time } else { first_due(monitor, &job, time) };
        let mut plan = self.plan();
        let running = plan.jobs.get(monitor).is_some_and(|planned| planned.running);
        plan.jobs.insert(monitor.clone(), Planned { job, due, running });
        plan.due_at(monitor, due);
        drop(plan);
        self.changed.notify_one();
    }

    pub(crate) fn remove(&self, monitor: &MonitorId) {
        self.plan().jobs.remove(monitor);
    }

    /// A failure that may be a hiccup is looked at again soon: after a quarter of the interval, 2 to 15 seconds.
    pub(crate) fn look_again(&self, monitor: &MonitorId) {
        let now = self.clock.now();
        let mut plan = self.plan();
        let Some(planned) = plan.jobs.get(monitor) else { return };
        let soon = now + (planned.job.interval_ms / 4).clamp(2_000, 15_000);
        if soon < planned.due || planned.due <= now {
            plan.due_at(monitor, soon);
            drop(plan);
            self.changed.notify_one();
        }
    }

    /// A look has ended: the next one is an interval after it was due, and never in the past.
    fn ended(&self, monitor: &MonitorId) {
        self.ended_until(monitor, i64::MAX);
    }

    /// The same where the next look is wanted at `latest`.
    pub(crate) fn ended_until(&self, monitor: &MonitorId, latest: i64) {
        let now = self.clock.now();
        let mut plan = self.plan();
        let Some(planned) = plan.jobs.get_mut(monitor) else { return };
        planned.running = false;
        let next = if planned.due > now { planned.due } else { (planned.due + planned.job.interval_ms).max(now + 1000) };
        plan.due_at(monitor, next.min(latest));
        drop(plan);
        self.changed.notify_one();
    }

    /// How long the first look that is due has been so, in milliseconds.
    fn late(&self, now: i64) -> i64 {
        self.plan().queue.peek().map_or(0, |Reverse((due, _))| (now - due).max(0))
    }

    async fn wait_for_due(&self) {
        loop {
            let changed = self.changed.notified();
            let next = self.plan().queue.peek().map(|Reverse((due, _))| *due);
            match next {
                Some(due) if due <= self.clock.now() => return,
                Some(due) => tokio::select! {
                    () = self.clock.sleep_until(due) => {}
                    () = changed => {}
                },
                None => changed.await,
            }
        }
    }
}

/// Goes on with the old rhythm where that lies ahead, else is spread, so that not everything is due at once after a start.
fn first_due(monitor: &MonitorId, job: &Job, now: i64) -> i64 {
    let next = job.last + job.interval_ms;
    if next > now && next <= now + job.interval_ms {
        return next;
    }
    let spread = SPREAD_MS.min(job.interval_ms).max(1);
    let place = i64::try_from(monitor.to_u128() % 1_000_003).unwrap_or(0);
    now + place % spread
}

impl Live {
    pub(crate) async fn schedule_loop(self) {
        loop {
            tokio::select! {
                () = self.0.schedule.wait_for_due() => {}
                () = self.closed() => return,
            }
            let now = self.0.schedule.clock.now();
            self.0.meter.late(self.0.schedule.late(now));
            let due = self.0.schedule.plan().take_due(now, AT_ONCE);
            let (mut at_once, mut heartbeats) = (Vec::new(), Vec::new());
            for (monitor, job) in due {
                if let Check::Heartbeat { .. } = job.check.as_ref() {
                    heartbeats.push(monitor);
                    continue;
                }
                if let Check::Simulated { profile } = job.check.as_ref() {
                    if let Some(outcome) = self.0.simulation.outcome(*profile, &monitor, now) {
                        at_once.push(Verdict { monitor: monitor.clone(), at: now, outcome, source: Source::Simulation });
                    }
                    self.0.schedule.ended(&monitor);
                    continue;
                }
                let Ok(room) = self.0.schedule.room.clone().acquire_owned().await else { return };
                let live = self.clone();
                tokio::spawn(async move {
                    live.look(monitor, &job).await;
                    drop(room);
                });
            }
            if !heartbeats.is_empty() {
                // Beside the schedule: this waits for the gate, which a person's large change may hold for a while.
                let live = self.clone();
                tokio::spawn(async move { live.listen(heartbeats).await });
            }
            if !at_once.is_empty() {
                self.hand_in(at_once).await;
            }
        }
    }

    async fn look(&self, monitor: MonitorId, job: &Job) {
        let clock = &self.0.schedule.clock;
        let outcome: Outcome = self.0.checker.run(&job.check, job.timeout, clock.now()).await;
        self.0.schedule.ended(&monitor);
        self.hand_in(vec![Verdict { monitor, at: clock.now(), outcome, source: Source::BuiltIn }]).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(last: i64, interval_s: i64) -> Job {
        Job {
            check: Arc::new(Check::Tcp { host: "10.0.0.5".into(), port: 443, latency_limit_ms: None }),
            interval_ms: interval_s * 1000,
            timeout: Duration::from_secs(10),
            last,
            suspended: false,
        }
    }

    fn id(number: u128) -> MonitorId {
        MonitorId::from_u128(number)
    }

    fn due(schedule: &Schedule, at: i64) -> Vec<MonitorId> {
        schedule.plan().take_due(at, usize::MAX).into_iter().map(|(monitor, _)| monitor).collect()
    }

    #[test]
    fn g1_a_new_monitor_is_looked_at_now_and_an_old_one_goes_on_with_its_rhythm() {
        let schedule = Schedule::new(Clock::system());
        let now = schedule.clock.now();
        schedule.put(&id(1), job(0, 60), false);
        schedule.put(&id(2), job(now - 20_000, 60), false);
        assert_eq!(due(&schedule, now + 100), [id(1)]);
        assert_eq!(due(&schedule, now + 39_000), []);
        assert_eq!(due(&schedule, now + 40_000), [id(2)]);
    }

    #[test]
    fn g1_overdue_monitors_are_spread_and_not_due_at_once() {
        let now = 1_000_000_000;
        let mut places: Vec<i64> =
            (0..1000).map(|number| first_due(&id(number * 7919), &job(now - 999_000, 60), now) - now).collect();
        places.sort_unstable();
        assert!(places.iter().all(|place| (0..SPREAD_MS).contains(place)));
        let busiest = places.chunk_by(|a, b| a / 1000 == b / 1000).map(<[i64]>::len).max();
        assert!(busiest < Some(100), "{busiest:?} of 1,000 in one second");
    }

    #[test]
    fn g1_a_look_that_hangs_is_not_begun_again_and_nothing_piles_up() {
        let schedule = Schedule::new(Clock::system());
        schedule.put(&id(1), job(0, 10), false);
        let now = schedule.clock.now();
        assert_eq!(due(&schedule, now), [id(1)]);
        for later in 1..100 {
            schedule.look_again(&id(1));
            assert_eq!(due(&schedule, now + later * 10_000), [], "it is still under way");
        }
        schedule.ended(&id(1));
        assert_eq!(due(&schedule, now), []);
        assert_eq!(due(&schedule, now + 1_000_000), [id(1)], "once, however many intervals were missed");
        assert_eq!(due(&schedule, now + 1_000_000), []);
    }

    #[test]
    fn g1_a_failure_is_looked_at_again_within_seconds() {
        let schedule = Schedule::new(Clock::system());
        schedule.put(&id(1), job(0, 60), false);
        let now = schedule.clock.now();
        assert_eq!(due(&schedule, now), [id(1)]);
        schedule.ended(&id(1));
        schedule.look_again(&id(1));
        assert_eq!(due(&schedule, now + 10_000), []);
        assert_eq!(due(&schedule, now + 16_000), [id(1)]);
    }

    #[test]
    fn g2_a_suspended_or_deleted_monitor_is_not_looked_at() {
        let schedule = Schedule::new(Clock::system());
        let now = schedule.clock.now();
        schedule.put(&id(1), Job { suspended: true, ..job(0, 60) }, true);
        schedule.put(&id(2), job(0, 60), true);
        schedule.remove(&id(2));
        assert_eq!(due(&schedule, now + 100_000), []);
    }
}
