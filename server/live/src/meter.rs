//! What the live part counts of itself (DOMAIN K2).

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use model::{
    monitors::{Source, Verdict},
    vitals::{MailVitals, Rate, SourceVitals},
};
use store::mail::Delivery;

/// Seconds that the figures of 'the last minute' look back.
const MINUTE: usize = 60;

/// Counts since the process started, and what each of the last seconds brought.
#[derive(Debug, Default)]
pub(crate) struct Meter(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    totals: Totals,
    /// The totals as they were at each of the last seconds, the oldest first.
    seconds: VecDeque<Totals>,
    /// How long each commit of this second took, in microseconds; then the same of the last ones.
    commits: Vec<u32>,
    commit_seconds: VecDeque<Vec<u32>>,
    late_ms: u32,
    late_seconds: VecDeque<u32>,
}

#[derive(Debug, Clone, Default)]
struct Totals {
    verdicts: u64,
    transitions: u64,
    refused: u64,
    sources: Vec<(Source, u64, i64)>,
    /// Sent, delayed, refused.
    mails: [u64; 3],
}

/// What a reading of the meter says; the rest of `model::vitals::Vitals` comes from elsewhere.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) verdicts: Rate,
    pub(crate) transitions: Rate,
    pub(crate) refused: Rate,
    pub(crate) commit_us: u32,
    pub(crate) commit_worst_us: u32,
    pub(crate) late_ms: u32,
    pub(crate) sources: Vec<SourceVitals>,
    pub(crate) mail: MailVitals,
}

impl Meter {
    fn counted(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A batch was taken in.
    pub(crate) fn took(&self, verdicts: &[Verdict], transitions: usize, commit: Option<Duration>) {
        let mut counted = self.counted();
        let totals = &mut counted.totals;
        totals.verdicts += verdicts.len() as u64;
        totals.transitions += transitions as u64;
        for verdict in verdicts {
            match totals.sources.iter_mut().find(|(source, ..)| *source == verdict.source) {
                Some((_, count, last)) => {
                    *count += 1;
                    *last = verdict.at.max(*last);
                }
                None => totals.sources.push((verdict.source, 1, verdict.at)),
            }
        }
        if let Some(commit) = commit {
            counted.commits.push(u32::try_from(commit.as_micros()).unwrap_or(u32::MAX));
        }
    }

    /// The database did not take a batch.
    pub(crate) fn refused(&self) {
        self.counted().totals.refused += 1;
    }

    /// It was tried to send a mail.
    pub(crate) fn mailed(&self, delivery: &Delivery) {
        let kind = match delivery {
            Delivery::Sent => 0,
            Delivery::Delayed(_) => 1,
            Delivery::Refused(_) => 2,
        };
        self.counted().totals.mails[kind] += 1;
    }

    /// A look began so much after it was due.
    pub(crate) fn late(&self, ms: i64) {
        let mut counted = self.counted();
        counted.late_ms = counted.late_ms.max(u32::try_from(ms).unwrap_or(0));
    }

    /// A second has passed.
    pub(crate) fn second(&self) {
        let mut counted = self.counted();
        let totals = counted.totals.clone();
        let (commits, late_ms) = (std::mem::take(&mut counted.commits), std::mem::take(&mut counted.late_ms));
        push(&mut counted.seconds, totals);
        push(&mut counted.commit_seconds, commits);
        push(&mut counted.late_seconds, late_ms);
    }

    pub(crate) fn read(&self) -> Reading {
        let counted = self.counted();
        let before = counted.seconds.front().filter(|_| counted.seconds.len() == MINUTE).cloned().unwrap_or_default();
        let now = &counted.totals;
        let rate = |total: u64, before: u64| Rate { total, minute: total - before };
        let mut commits: Vec<u32> = counted.commit_seconds.iter().flatten().chain(&counted.commits).copied().collect();
        commits.sort_unstable();
        let sources = now.sources.iter().map(|(source, total, last_at)| {
            let before = before.sources.iter().find(|(known, ..)| known == source).map_or(0, |(_, count, _)| *count);
            SourceVitals { source: *source, verdicts: rate(*total, before), last_at: *last_at }
        });
        let [sent, delayed, refused] = [0, 1, 2].map(|kind| rate(now.mails[kind], before.mails[kind]));
        Reading {
            verdicts: rate(now.verdicts, before.verdicts),
            transitions: rate(now.transitions, before.transitions),
            refused: rate(now.refused, before.refused),
            commit_us: commits.get(commits.len() / 2).copied().unwrap_or_default(),
            commit_worst_us: commits.last().copied().unwrap_or_default(),
            late_ms: counted.late_seconds.iter().copied().max().unwrap_or_default().max(counted.late_ms),
            sources: sources.collect(),
            mail: MailVitals { sent, delayed, refused },
        }
    }
}

fn push<T>(last: &mut VecDeque<T>, value: T) {
    if last.len() == MINUTE {
        last.pop_front();
    }
    last.push_back(value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{MonitorId, Status, monitors::Outcome};

    fn verdicts(count: u128, source: Source) -> Vec<Verdict> {
        let outcome = Outcome { status: Status::Up, reason: String::new(), latency_ms: None };
        let verdict = |id| Verdict { monitor: MonitorId::from_u128(id), at: 1_000, outcome: outcome.clone(), source };
        (0..count).map(verdict).collect()
    }

    #[test]
    fn k2_the_last_minute_is_told_apart_from_the_whole() {
        let meter = Meter::default();
        meter.took(&verdicts(5, Source::BuiltIn), 2, Some(Duration::from_micros(900)));
        meter.second();
        meter.took(&verdicts(3, Source::Simulation), 0, Some(Duration::from_micros(100)));
        meter.refused();
        meter.mailed(&Delivery::Sent);
        meter.mailed(&Delivery::Delayed("greylisted".into()));
        let early = meter.read();
        let mail = early.mail;
        assert_eq!((mail.sent.minute, mail.delayed.total, mail.refused.total), (1, 1, 0));
        assert_eq!((early.verdicts.total, early.transitions.total, early.refused.minute), (8, 2, 1));
        assert_eq!((early.commit_us, early.commit_worst_us), (900, 900));
        for _ in 0..=MINUTE {
            meter.second();
        }
        let late = meter.read();
        assert_eq!((late.verdicts, late.commit_worst_us), (Rate { total: 8, minute: 0 }, 0));
        let simulated = late.sources.iter().find(|known| known.source == Source::Simulation).unwrap();
        assert_eq!((simulated.verdicts, simulated.last_at), (Rate { total: 3, minute: 0 }, 1_000));
    }
}
