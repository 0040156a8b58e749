//! Everything that is watched, in memory, and the rule by which a verdict becomes a status.

use std::collections::{HashMap, HashSet};

use model::{
    CustomerId, MonitorId, MspId, Status,
    board::Op,
    monitors::{Check, Evidence, Kind, MonitorSettings, Outcome, Source, Verdict},
};
use store::{
    history::Samples,
    intake::{Held, StatusWrite, WatchedMonitor},
};

use crate::maintenance::Windows;

/// A monitor's latency is noted at most this often, in milliseconds: a little below the shortest interval.
const SAMPLE_EVERY_MS: i64 = 4_000;
/// Latencies of one monitor that wait to be stored while the database is away.
const SAMPLES_MOST: usize = 500;

/// A verdict may have come in after the time was read, in milliseconds.
const LEEWAY_MS: i64 = 1000;

/// What the intake's gate guards.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    pub(crate) monitors: HashMap<MonitorId, Entry>,
    pub(crate) customers: HashMap<CustomerId, (MspId, String)>,
    pub(crate) windows: Windows,
    /// Whose last verdict is newer than what is stored.
    fresher: HashSet<MonitorId>,
    /// Latencies that are not stored yet.
    samples: HashMap<MonitorId, Samples>,
}

/// One monitor.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) msp: MspId,
    pub(crate) customer: CustomerId,
    pub(crate) slot: u32,
    pub(crate) settings: MonitorSettings,
    pub(crate) status: Status,
    pub(crate) since: i64,
    pub(crate) reason: String,
    pub(crate) verdict_at: i64,
    pub(crate) latency_ms: Option<u32>,
    /// A heartbeat's last call.
    pub(crate) heard_at: i64,
    /// When a latency was last noted.
    pub(crate) sampled_at: i64,
    /// Verdicts in a row that say something worse than the status does.
    pub(crate) attempts: u32,
    pub(crate) stale: bool,
    /// The maintenance window that it is held by; its status is MAINTENANCE then.
    pub(crate) held: Option<Held>,
    /// Who took its outage; empty where nobody did.
    pub(crate) taken_by: String,
}

impl Entry {
    pub(crate) fn new(monitor: WatchedMonitor, slot: u32) -> Self {
        Self {
            msp: monitor.msp,
            customer: monitor.customer,
            slot,
            settings: monitor.settings,
            status: monitor.status,
            since: monitor.since,
            reason: monitor.reason,
            verdict_at: monitor.verdict_at,
            latency_ms: None,
            heard_at: monitor.heard_at,
            sampled_at: 0,
            attempts: 0,
            stale: false,
            held: monitor.held,
            taken_by: monitor.taken_by,
        }
    }

    /// A heartbeat's grace, in seconds; other kinds have none.
    pub(crate) fn grace_s(&self) -> Option<u32> {
        match self.settings.check {
            Check::Heartbeat { grace_s } => Some(grace_s),
            Check::Http { .. }
            | Check::Tcp { .. }
            | Check::Ping { .. }
            | Check::Dns { .. }
            | Check::Tls { .. }
            | Check::Simulated { .. } => None,
        }
    }

    /// Until when a heartbeat's silence means nothing.
    pub(crate) fn deadline(&self, grace_s: u32) -> i64 {
        self.heard_at + (i64::from(self.settings.interval_s) + i64::from(grace_s)) * 1000
    }

    /// The status and reason that its verdicts are weighed against: those beneath a maintenance window, where one holds it.
    pub(crate) fn true_status(&self) -> (Status, &str) {
        match &self.held {
            Some(held) => (held.beneath, &held.beneath_reason),
            None => (self.status, &self.reason),
        }
    }

    /// What is shown from now on.
    pub(crate) fn turn(&mut self, status: Status, since: i64, reason: String) {
        self.status = status;
        self.since = since;
        self.reason = reason;
        if !status.is_outage() {
            self.taken_by.clear();
        }
    }

    /// No verdict for three intervals (DOMAIN F11). Nothing is expected of what is suspended.
    fn is_overdue(&self, now: i64) -> bool {
        let last = self.verdict_at.max(if self.true_status().0 == Status::Discovery { self.since } else { 0 });
        self.status != Status::Suspended && now - last > 3 * i64::from(self.settings.interval_s) * 1000
    }
}

/// What a verdict means for a monitor.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Weighed {
    /// The status stays; only the time of the last verdict is news.
    Same,
    /// It looks worse, but may be a hiccup: look again soon.
    LookAgain,
    /// The status stays, the reason is another.
    OtherReason,
    /// The status changes.
    Turns(Evidence),
}

/// The rule (DOMAIN G1, G10): what is better than or equal to the status counts at once; what is worse counts once it has been
/// said `retries` times more; CONFIGURATION ERROR counts at once, for it can never work. Returns the attempts so far, too.
pub(crate) fn weigh(entry: &Entry, verdict: &Verdict) -> (Weighed, u32) {
    let Outcome { status: said, reason, latency_ms } = &verdict.outcome;
    let (status, known_reason) = entry.true_status();
    if *said == status {
        let weighed = if reason == known_reason { Weighed::Same } else { Weighed::OtherReason };
        return (weighed, 0);
    }
    let retries = entry.settings.retries;
    let worse = said.is_outage() && !(status == Status::Down && *said == Status::Trouble);
    let attempts = entry.attempts + 1;
    if worse && attempts <= retries {
        return (Weighed::LookAgain, attempts);
    }
    let rule = if !worse {
        "One verdict is enough for this status.".to_owned()
    } else if entry.settings.check.kind() == Kind::Heartbeat {
        "It was silent for longer than its interval and its grace.".to_owned()
    } else if retries == 0 {
        "One verdict is enough, for no retries are set.".to_owned()
    } else {
        format!("{attempts} verdicts in a row are needed: the first and {retries} retries.")
    };
    let evidence = Evidence {
        source: verdict.source,
        said: *said,
        latency_ms: *latency_ms,
        attempts: if worse { attempts } else { 1 },
        rule,
    };
    (Weighed::Turns(evidence), 0)
}

/// What a batch of verdicts comes to: what to store, and what to do once it is stored.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) writes: Vec<StatusWrite>,
    /// Monitors as they will be.
    pub(crate) entries: HashMap<MonitorId, Entry>,
    pub(crate) look_again: Vec<MonitorId>,
    /// Heartbeats that called in, and when: kept with the statuses, for silence is counted from here.
    pub(crate) heard: HashMap<MonitorId, i64>,
}

impl Watched {
    /// Weighs each verdict, in order. Nothing has changed until [`Self::accept`].
    pub(crate) fn weigh_all(&self, verdicts: &[Verdict]) -> Batch {
        let mut batch = Batch::default();
        for verdict in verdicts {
            let Some(known) = batch.entries.get(&verdict.monitor).or_else(|| self.monitors.get(&verdict.monitor)) else {
                continue;
            };
            // A person's SUSPENDED outranks every source; a verdict of before the current status is old news.
            if known.status == Status::Suspended || verdict.at < known.verdict_at {
                continue;
            }
            // Silence that was judged before a call was taken in.
            let was_called = || known.grace_s().is_some_and(|grace_s| verdict.at < known.deadline(grace_s));
            if verdict.source == Source::BuiltIn && verdict.outcome.status == Status::Down && was_called() {
                continue;
            }
            let mut entry = known.clone();
            let (weighed, attempts) = weigh(&entry, verdict);
            entry.attempts = attempts;
            entry.verdict_at = verdict.at;
            entry.latency_ms = verdict.outcome.latency_ms;
            if verdict.source == Source::Heartbeat {
                entry.heard_at = verdict.at;
                batch.heard.insert(verdict.monitor.clone(), verdict.at);
            }
            let transition = match weighed {
                Weighed::Same => None,
                Weighed::LookAgain => {
                    batch.look_again.push(verdict.monitor.clone());
                    None
                }
                Weighed::OtherReason | Weighed::Turns(_) if entry.held.is_some() => {
                    if let Some(held) = &mut entry.held {
                        held.beneath = verdict.outcome.status;
                        held.beneath_reason.clone_from(&verdict.outcome.reason);
                    }
                    batch.writes.push(write(&verdict.monitor, &entry, None));
                    None
                }
                Weighed::OtherReason => {
                    entry.reason.clone_from(&verdict.outcome.reason);
                    batch.writes.push(write(&verdict.monitor, &entry, None));
                    None
                }
                Weighed::Turns(evidence) => Some((entry.status, evidence)),
            };
            if let Some(transition) = transition {
                entry.turn(verdict.outcome.status, verdict.at, verdict.outcome.reason.clone());
                batch.writes.push(write(&verdict.monitor, &entry, Some(transition)));
            }
            batch.entries.insert(verdict.monitor.clone(), entry);
        }
        batch
    }

    /// The batch is stored: it becomes what is, and what the boards are told is returned.
    pub(crate) fn accept(&mut self, batch: Batch) -> HashMap<MspId, Vec<Op>> {
        let mut ops: HashMap<MspId, Vec<Op>> = HashMap::new();
        for (id, mut entry) in batch.entries {
            let Some(known) = self.monitors.get_mut(&id) else { continue };
            let told = ops.entry(entry.msp.clone()).or_default();
            if (known.status, &known.reason, known.since) != (entry.status, &entry.reason, entry.since) {
                told.push(Op::Status {
                    slot: entry.slot,
                    status: entry.status,
                    since: entry.since,
                    reason: entry.reason.clone(),
                });
            }
            // It was well in between: another outage, which nobody has taken yet.
            if entry.status.is_outage() && known.taken_by != entry.taken_by {
                told.push(Op::Taken { slot: entry.slot, by: entry.taken_by.clone() });
            }
            // A window that begins or ends is no verdict.
            if known.stale && known.verdict_at != entry.verdict_at {
                entry.stale = false;
                told.push(Op::Stale { slot: entry.slot, stale: false });
            }
            if let Some(ms) = entry.latency_ms
                && entry.verdict_at - entry.sampled_at >= SAMPLE_EVERY_MS
            {
                entry.sampled_at = entry.verdict_at;
                self.samples.entry(id.clone()).or_default().push((entry.verdict_at, ms));
            }
            *known = entry;
            self.fresher.insert(id);
        }
        ops
    }

    /// Marks what has had no verdict for three intervals; what the boards are told is returned. Where the clock was set back,
    /// nothing stays newer than now: the next verdicts would be old news, and silence would go unnoticed.
    pub(crate) fn mark_stale(&mut self, now: i64) -> HashMap<MspId, Vec<Op>> {
        let mut ops: HashMap<MspId, Vec<Op>> = HashMap::new();
        for entry in self.monitors.values_mut() {
            entry.verdict_at = entry.verdict_at.min(now);
            entry.heard_at = entry.heard_at.min(now);
            entry.sampled_at = entry.sampled_at.min(now);
            if entry.since > now + LEEWAY_MS {
                entry.since = now;
                let (slot, status, reason) = (entry.slot, entry.status, entry.reason.clone());
                ops.entry(entry.msp.clone()).or_default().push(Op::Status { slot, status, since: now, reason });
            }
            let stale = entry.is_overdue(now);
            if stale != entry.stale {
                entry.stale = stale;
                ops.entry(entry.msp.clone()).or_default().push(Op::Stale { slot: entry.slot, stale });
            }
        }
        ops
    }

    /// The times of last verdicts that are not stored yet; they count as stored from here on.
    pub(crate) fn take_verdict_times(&mut self) -> Vec<(MonitorId, i64, Option<u32>)> {
        let fresher = std::mem::take(&mut self.fresher);
        fresher
            .into_iter()
            .filter_map(|id| {
                self.monitors.get(&id).map(|entry| (entry.verdict_at, entry.latency_ms)).map(|(at, latency)| (id, at, latency))
            })
            .collect()
    }

    /// The latencies that are not stored yet, of monitors that are still watched; they count as stored from here on.
    pub(crate) fn take_samples(&mut self) -> Vec<(MonitorId, Samples)> {
        let samples = std::mem::take(&mut self.samples);
        samples.into_iter().filter(|(id, _)| self.monitors.contains_key(id)).collect()
    }

    /// They could not be stored: they wait for the next time, the newest of them.
    pub(crate) fn give_samples_back(&mut self, samples: Vec<(MonitorId, Samples)>) {
        for (id, mut older) in samples {
            let waiting = self.samples.entry(id).or_default();
            older.append(waiting);
            *waiting = older.split_off(older.len().saturating_sub(SAMPLES_MOST));
        }
    }

    /// A monitor's latencies that are not stored yet.
    pub(crate) fn samples_of(&self, monitor: &MonitorId) -> Samples {
        self.samples.get(monitor).cloned().unwrap_or_default()
    }
}

pub(crate) fn write(monitor: &MonitorId, entry: &Entry, transition: Option<(Status, Evidence)>) -> StatusWrite {
    StatusWrite {
        monitor: monitor.clone(),
        msp: entry.msp.clone(),
        customer: entry.customer.clone(),
        status: entry.status,
        since: entry.since,
        reason: entry.reason.clone(),
        verdict_at: entry.verdict_at,
        latency_ms: entry.latency_ms,
        held: entry.held.clone(),
        transition,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use model::monitors::{Check, Source};

    pub(crate) fn watched(status: Status, retries: u32) -> Watched {
        let settings = MonitorSettings {
            name: "web".into(),
            check: Check::Tcp { host: "10.0.0.5".into(), port: 443, latency_limit_ms: None },
            interval_s: 60,
            timeout_s: 10,
            retries,
        };
        let entry = Entry {
            msp: MspId::from_u128(1),
            customer: CustomerId::from_u128(1),
            slot: 0,
            settings,
            status,
            since: 1000,
            reason: String::new(),
            verdict_at: 1000,
            latency_ms: None,
            heard_at: 0,
            sampled_at: 0,
            attempts: 0,
            stale: false,
            held: None,
            taken_by: String::new(),
        };
        let mut watched = Watched::default();
        watched.monitors.insert(MonitorId::from_u128(1), entry);
        watched
    }

    pub(crate) fn says(at: i64, status: Status, reason: &str) -> Verdict {
        Verdict {
            monitor: MonitorId::from_u128(1),
            at,
            outcome: Outcome { status, reason: reason.into(), latency_ms: None },
            source: Source::BuiltIn,
        }
    }

    fn statuses(batch: &Batch) -> Vec<(Status, i64)> {
        batch.writes.iter().map(|w| (w.status, w.since)).collect()
    }

    #[test]
    fn g9_an_outage_that_follows_at_once_is_nobodys() {
        let mut watched = watched(Status::Down, 0);
        if let Some(entry) = watched.monitors.get_mut(&MonitorId::from_u128(1)) {
            entry.taken_by = "Ana".into();
        }
        let batch = watched.weigh_all(&[says(2_000, Status::Up, ""), says(3_000, Status::Down, "refused")]);
        let told = watched.accept(batch).remove(&MspId::from_u128(1)).unwrap_or_default();
        assert!(told.contains(&Op::Taken { slot: 0, by: String::new() }), "{told:?}");
    }

    #[test]
    fn g1_a_call_undoes_the_silence_that_was_judged_before_it() {
        let mut watched = watched(Status::Up, 0);
        if let Some(entry) = watched.monitors.get_mut(&MonitorId::from_u128(1)) {
            entry.settings.check = Check::Heartbeat { grace_s: 30 };
        }
        let call = Verdict { source: Source::Heartbeat, ..says(99_000, Status::Up, "") };
        let batch = watched.weigh_all(&[call, says(100_000, Status::Down, "Nothing heard")]);
        assert_eq!(statuses(&batch), []);
        watched.accept(batch);
        let silent = watched.weigh_all(&[says(99_000 + 90_000, Status::Down, "Nothing heard")]);
        assert_eq!(statuses(&silent), [(Status::Down, 189_000)]);
    }

    #[test]
    fn g1_a_failure_counts_once_its_retries_are_used_up() {
        let mut watched = watched(Status::Up, 2);
        for at in [2000, 3000] {
            let batch = watched.weigh_all(&[says(at, Status::Down, "refused")]);
            assert_eq!((statuses(&batch), batch.look_again.len()), (vec![], 1));
            watched.accept(batch);
        }
        let batch = watched.weigh_all(&[says(4000, Status::Down, "refused")]);
        assert_eq!(statuses(&batch), [(Status::Down, 4000)]);
        let (from, evidence) = batch.writes[0].transition.clone().unwrap();
        assert_eq!((from, evidence.attempts), (Status::Up, 3));
        let told = watched.accept(batch);
        assert_eq!(
            told[&MspId::from_u128(1)],
            [Op::Status { slot: 0, status: Status::Down, since: 4000, reason: "refused".into() }]
        );
    }

    #[test]
    fn g1_one_good_verdict_between_starts_the_count_anew() {
        let mut watched = watched(Status::Up, 1);
        for (at, status) in [(2000, Status::Down), (3000, Status::Up), (4000, Status::Down)] {
            let batch = watched.weigh_all(&[says(at, status, "")]);
            assert_eq!(statuses(&batch), []);
            watched.accept(batch);
        }
    }

    #[test]
    fn g1_recovery_and_configuration_errors_count_at_once() {
        for (from, to) in [
            (Status::Down, Status::Up),
            (Status::Down, Status::Trouble),
            (Status::Up, Status::ConfigurationError),
            (Status::Discovery, Status::Up),
        ] {
            let watched = watched(from, 5);
            assert_eq!(statuses(&watched.weigh_all(&[says(2000, to, "")])), [(to, 2000)], "{from:?} {to:?}");
        }
    }

    #[test]
    fn g10_another_reason_is_stored_without_a_transition() {
        let mut watched = watched(Status::Down, 0);
        let batch = watched.weigh_all(&[says(2000, Status::Down, "time-out"), says(3000, Status::Down, "refused")]);
        assert_eq!(statuses(&batch), [(Status::Down, 1000), (Status::Down, 1000)]);
        assert!(batch.writes.iter().all(|w| w.transition.is_none()));
        watched.accept(batch);
        assert_eq!(watched.monitors[&MonitorId::from_u128(1)].reason, "refused");
    }

    #[test]
    fn g2_a_suspended_monitor_takes_no_verdict_and_old_news_is_none() {
        assert_eq!(statuses(&watched(Status::Suspended, 0).weigh_all(&[says(2000, Status::Down, "")])), []);
        assert_eq!(statuses(&watched(Status::Up, 0).weigh_all(&[says(500, Status::Down, "")])), []);
    }

    #[test]
    fn f11_three_intervals_without_a_verdict_make_it_stale_and_one_verdict_ends_that() {
        let mut watched = watched(Status::Up, 0);
        assert!(watched.mark_stale(181_000).is_empty());
        let told = watched.mark_stale(181_001);
        assert_eq!(told[&MspId::from_u128(1)], [Op::Stale { slot: 0, stale: true }]);
        assert!(watched.mark_stale(181_002).is_empty());
        let batch = watched.weigh_all(&[says(190_000, Status::Up, "")]);
        let told = watched.accept(batch);
        assert_eq!(told[&MspId::from_u128(1)], [Op::Stale { slot: 0, stale: false }]);
    }

    #[test]
    fn f11_a_clock_that_is_set_back_makes_no_verdict_old_news_and_hides_no_silence() {
        let mut watched = watched(Status::Up, 0);
        let batch = watched.weigh_all(&[says(9_000_000, Status::Down, "refused")]);
        watched.accept(batch);
        let told = watched.mark_stale(2_000_000);
        assert_eq!(
            told[&MspId::from_u128(1)],
            [Op::Status { slot: 0, status: Status::Down, since: 2_000_000, reason: "refused".into() }]
        );
        assert!(watched.mark_stale(2_000_100).is_empty());
        let told = watched.mark_stale(2_181_000);
        assert_eq!(told[&MspId::from_u128(1)], [Op::Stale { slot: 0, stale: true }]);
        let batch = watched.weigh_all(&[says(2_190_000, Status::Up, "")]);
        assert_eq!(statuses(&batch), [(Status::Up, 2_190_000)]);
    }

    #[test]
    fn g7_latencies_are_noted_until_they_are_stored_and_not_more_often_than_an_interval() {
        let mut watched = watched(Status::Up, 0);
        let id = MonitorId::from_u128(1);
        for at in [10_000, 10_050, 15_000, 20_000] {
            let mut verdict = says(at, Status::Up, "");
            verdict.outcome.latency_ms = (at < 20_000).then_some(7);
            let batch = watched.weigh_all(&[verdict]);
            watched.accept(batch);
        }
        assert_eq!(watched.samples_of(&id), [(10_000, 7), (15_000, 7)]);
        let taken = watched.take_samples();
        assert_eq!(watched.samples_of(&id), []);
        let mut verdict = says(30_000, Status::Up, "");
        verdict.outcome.latency_ms = Some(9);
        let batch = watched.weigh_all(&[verdict]);
        watched.accept(batch);
        watched.give_samples_back(taken);
        assert_eq!(watched.samples_of(&id), [(10_000, 7), (15_000, 7), (30_000, 9)]);
        watched.monitors.clear();
        assert!(watched.take_samples().is_empty());
    }

    #[test]
    fn nothing_has_changed_before_it_is_stored() {
        let watched = watched(Status::Up, 0);
        let batch = watched.weigh_all(&[says(2000, Status::Down, "")]);
        assert_eq!(batch.writes.len(), 1);
        assert_eq!(watched.monitors[&MonitorId::from_u128(1)].status, Status::Up);
    }
}
