//! When each monitor is looked at: spread over its interval, one look at a time for each, and never more at once than the
//! machine can carry, however many targets hang.

#[cfg(feature = "test-clock")]
use std::sync::atomic::{AtomicBool, Ordering};
use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use model::{
    MonitorId, Status,
    monitors::{Check, Outcome, Source, Verdict},
};
use store::Clock;
use tokio::sync::Notify;

use crate::{
    Live,
    lanes::{Lane, Lanes},
    leap::Leaps,
    watched::Entry,
};

/// Looks that are begun before anything else has its turn.
const AT_ONCE: usize = 500;
/// How often the clock is asked whether somebody has set it.
const LISTEN: Duration = Duration::from_secs(1);
/// Between two looks that are overdue because the clock was set forward, in milliseconds.
const PACE_MS: i64 = 3;
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
    lane: Lane,
}

impl Job {
    pub(crate) fn of(entry: &Entry) -> Self {
        Self {
            check: Arc::new(entry.settings.check.clone()),
            interval_ms: i64::from(entry.settings.interval_s) * 1000,
            timeout: Duration::from_secs(entry.settings.timeout_s.into()),
            last: entry.verdict_at,
            suspended: entry.status == Status::Suspended,
            lane: Lane::Answering,
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
    lanes: Lanes,
    leaps: Leaps,
    /// A test has told it to look at nothing for now.
    #[cfg(feature = "test-clock")]
    held: AtomicBool,
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
        let leaps = Leaps::from(clock.now());
        Self {
            clock,
            plan: Mutex::default(),
            changed: Notify::new(),
            lanes: Lanes::new(),
            leaps,
            #[cfg(feature = "test-clock")]
            held: AtomicBool::default(),
        }
    }

    #[cfg(feature = "test-clock")]
    pub(crate) fn hold(&self, held: bool) {
        self.held.store(held, Ordering::SeqCst);
        self.changed.notify_one();
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

    /// A look at `job` has ended. Whether it is still what is to be looked at: else what was found says nothing of that, and the next
    /// look is due.
    fn ended_as_planned(&self, monitor: &MonitorId, job: &Job) -> bool {
        let plan = self.plan();
        let Some(planned) = plan.jobs.get(monitor) else { return false };
        let is_same = Arc::ptr_eq(&planned.job.check, &job.check);
        let latest = if is_same { i64::MAX } else { planned.due };
        self.end(plan, monitor, latest);
        is_same
    }

    /// A look has ended: the next one is an interval after it was due, and never in the past.
    fn ended(&self, monitor: &MonitorId) {
        self.ended_until(monitor, i64::MAX);
    }

    /// The same where the next look is wanted at `latest`.
    pub(crate) fn ended_until(&self, monitor: &MonitorId, latest: i64) {
        self.end(self.plan(), monitor, latest);
    }

    fn end(&self, mut plan: MutexGuard<'_, Plan>, monitor: &MonitorId, latest: i64) {
        let now = self.clock.now();
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

    /// How long a look took says in which lane the next one goes.
    fn took(&self, monitor: &MonitorId, took: Duration) {
        if let Some(planned) = self.plan().jobs.get_mut(monitor) {
            planned.job.lane = if took * 2 > planned.job.timeout { Lane::Hanging } else { Lane::Answering };
        }
    }

    /// Somebody has set the clock. Back: everything that is planned goes with it. Forward: what is overdue now is looked at one
    /// after the other, or else it would stay bunched together for ever.
    fn leap(&self, by_ms: i64, now: i64) {
        let mut plan = self.plan();
        let Plan { jobs, queue } = &mut *plan;
        let mut waiting: Vec<_> =
            jobs.iter_mut().filter(|(_, planned)| by_ms < 0 || planned.due < now && !planned.running).collect();
        waiting.sort_unstable_by_key(|(_, planned)| planned.due);
        let count = i64::try_from(waiting.len()).unwrap_or(i64::MAX);
        let spread = count.saturating_mul(PACE_MS).min(SPREAD_MS);
        for (place, (_, planned)) in (0..).zip(waiting) {
            planned.due = if by_ms < 0 { planned.due.saturating_add(by_ms) } else { now + place * spread / count };
        }
        *queue = jobs.iter().map(|(monitor, planned)| Reverse((planned.due, monitor.clone()))).collect();
    }

    async fn wait_for_due(&self) {
        loop {
            let changed = self.changed.notified();
            #[cfg(feature = "test-clock")]
            if self.held.load(Ordering::SeqCst) {
                changed.await;
                continue;
            }
            let now = self.clock.now();
            if let Some(by_ms) = self.leaps.since_last(now) {
                tracing::warn!(by_ms, "the clock was set");
                self.leap(by_ms, now);
            }
            let next = self.plan().queue.peek().map(|Reverse((due, _))| *due);
            match next {
                Some(due) if due <= self.clock.now() => return,
                Some(due) => tokio::select! {
                    () = self.clock.sleep_until(due) => {}
                    () = tokio::time::sleep(LISTEN) => {}
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
    /// Looks at nothing from now on, or again at what is due.
    #[cfg(feature = "test-clock")]
    pub fn hold_looks(&self, held: bool) {
        self.0.schedule.hold(held);
    }

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
                let live = self.clone();
                // Waits for its turn beside the schedule: whoever hangs before it keeps nobody of the other lane.
                tokio::spawn(async move {
                    let room = live.0.schedule.lanes.enter(job.lane).await;
                    live.0.meter.late(live.0.schedule.clock.now() - now);
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
        let begun = Instant::now();
        let outcome: Outcome = self.0.checker.run(&job.check, job.timeout, clock.now()).await;
        self.0.schedule.took(&monitor, begun.elapsed());
        if !self.0.schedule.ended_as_planned(&monitor, job) {
            return;
        }
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
            lane: Lane::Answering,
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
    fn g1_a_look_at_what_was_changed_meanwhile_says_nothing_and_the_next_is_due() {
        let schedule = Schedule::new(Clock::system());
        let (old, new) = (job(0, 3600), job(0, 3600));
        schedule.put(&id(1), old.clone(), false);
        let now = schedule.clock.now();
        assert_eq!(due(&schedule, now), [id(1)]);
        schedule.put(&id(1), new.clone(), true);
        assert_eq!(due(&schedule, now + 1000), [], "the old one is still under way");
        assert!(!schedule.ended_as_planned(&id(1), &old));
        assert_eq!(due(&schedule, now + 1000), [id(1)]);
        assert!(schedule.ended_as_planned(&id(1), &new));
        assert_eq!(due(&schedule, now + 1000), []);
    }

    #[test]
    fn g1_a_clock_that_is_set_forward_makes_no_storm() {
        let schedule = Schedule::new(Clock::system());
        let now = schedule.clock.now();
        for number in 0..5_000 {
            schedule.put(&id(number), job(now, 60), false);
        }
        let (leapt, hours) = (now + 5 * 3_600_000, 5 * 3_600_000);
        schedule.leap(hours, leapt);
        let counts = [0, 1_000, 16_000].map(|later| due(&schedule, leapt + later).len());
        assert!(counts[0] < 20 && (300..400).contains(&counts[1]), "{counts:?}");
        assert_eq!(counts.iter().sum::<usize>(), 5_000, "within seconds all of them");
    }

    #[test]
    fn g1_a_clock_that_is_set_back_stops_no_check() {
        let schedule = Schedule::new(Clock::system());
        let now = schedule.clock.now();
        schedule.put(&id(1), job(now, 60), false);
        let back = now - 5 * 3_600_000;
        schedule.leap(-5 * 3_600_000, back);
        assert_eq!(due(&schedule, back + 59_000), []);
        assert_eq!(due(&schedule, back + 61_000), [id(1)]);
    }

    #[test]
    fn g1_a_target_that_hung_waits_beside_those_that_answer() {
        let schedule = Schedule::new(Clock::system());
        schedule.put(&id(1), job(0, 60), false);
        let lane = || schedule.plan().jobs[&id(1)].job.lane;
        schedule.took(&id(1), Duration::from_secs(10));
        assert_eq!(lane(), Lane::Hanging);
        schedule.took(&id(1), Duration::from_millis(80));
        assert_eq!(lane(), Lane::Answering);
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
