//! Outages across customers that began together, shown as one incident (DOMAIN F13).
//!
//! The rule, whole. Outages of at least two customers are one incident where they **began together** and **share a cause**.
//!
//! *Began together*: each within [`SPAN_MS`] of the first of them. A monitor that is looked at less often than that finds out later, so
//! it has its check's interval instead, up to [`SPAN_MOST_MS`]: an incident never spans more.
//!
//! *Share a cause*: the first of these that holds, each outage in one incident at most:
//! 1. what is looked at stands in one network (the /24 of an IPv4 address, the /64 of an IPv6 address) or under one domain, and it is
//!    [`BY_TARGET`] many;
//! 2. the monitors' locations are in one city, and it is [`BY_SIGNS`] many;
//! 3. the kind of check and the reason are the same, numbers and addresses in it aside, and it is [`BY_SIGNS`] many: so little tells
//!    of one cause only where much fails at once.
//!
//! A monitor that turns from TROUBLE to DOWN or back ends one outage and begins another in the same moment. To the rule that is one
//! outage: it began with the first of them, and lasts until the last is over.
//!
//! An incident lasts while [`LASTS_LEAST`] of its monitors are not well again. Simulated monitors are made up one by one and share
//! nothing.

mod traits;

pub use traits::{Shared, Traits};

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::{CustomerId, MonitorId, OutageId, monitors::Kind, outages::OpenOutage};

/// How long after the first of them an outage may begin, in milliseconds.
pub const SPAN_MS: i64 = 60_000;
/// The same where the monitor is looked at less often than once in that time.
pub const SPAN_MOST_MS: i64 = 5 * 60_000;
/// Fewer monitors that are not well again are outages of their own, and no incident.
pub const LASTS_LEAST: u32 = 2;
/// For how long an incident that is over is remembered, in milliseconds.
pub const REMEMBERED_MS: i64 = 24 * 60 * 60_000;

/// How much must have failed together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Least {
    pub monitors: u32,
    pub customers: u32,
}

/// What is looked at says much.
pub const BY_TARGET: Least = Least { monitors: 3, customers: 2 };
/// Place, kind and reason say less.
pub const BY_SIGNS: Least = Least { monitors: 10, customers: 3 };

/// The rule as people read it beside what it found.
pub const RULE: &str = "Outages of at least two customers are shown as one incident where they began together and share a cause. \
    Together: within 60 seconds of the first, or for a monitor that is looked at less often within its interval, up to five minutes. \
    A cause: what is looked at stands in one network or under one domain, and at least 3 monitors are concerned; or at least \
    10 monitors of 3 customers are in one city, or fail the same kind of check for the same reason.";

/// One outage, as the rule sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    pub outage: OutageId,
    /// The last of those that it went on as, DOWN after TROUBLE; itself where there is none.
    pub latest: OutageId,
    pub monitor: MonitorId,
    pub customer: CustomerId,
    /// When it began, UTC milliseconds.
    pub at: i64,
    /// When the last of them ended, UTC milliseconds; `None` while it lasts.
    pub ended_at: Option<i64>,
    pub interval_s: u32,
    pub traits: Traits,
}

impl Begun {
    #[must_use]
    pub const fn lasts(&self) -> bool {
        self.ended_at.is_none()
    }

    /// The earliest first outage that it can have begun together with, UTC milliseconds.
    fn reach(&self) -> i64 {
        self.at.saturating_sub((i64::from(self.interval_s) * 1000).clamp(SPAN_MS, SPAN_MOST_MS))
    }
}

/// Outages that are one incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    pub head: Head,
    /// In the order in which they began.
    pub outages: Vec<Begun>,
}

impl Incident {
    /// Whether it lasted at `at`, UTC milliseconds, or began later.
    #[must_use]
    pub fn lasted_at(&self, at: i64) -> bool {
        let unwell = self.outages.iter().filter(|outage| outage.ended_at.is_none_or(|ended| ended >= at));
        unwell.map(|outage| &outage.monitor).collect::<HashSet<_>>().len() >= LASTS_LEAST as usize
    }
}

/// What an incident says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The outage that it began with names it.
    pub id: OutageId,
    /// When that began, UTC milliseconds.
    pub began_at: i64,
    /// How much later the last of them began, in milliseconds.
    pub span_ms: i64,
    pub monitors: u32,
    pub customers: u32,
    /// Monitors that are not well again.
    pub lasting: u32,
    /// What all of them share, the most telling first; never empty.
    pub shared: Vec<Shared>,
}

impl Head {
    #[must_use]
    pub const fn lasts(&self) -> bool {
        self.lasting >= LASTS_LEAST
    }

    /// What tells the most, by its name alone: "gateway.example".
    #[must_use]
    pub fn name(&self) -> String {
        self.shared.first().map(|shared| shared.name().to_owned()).unwrap_or_default()
    }

    /// What tells the most: "all at gateway.example".
    #[must_use]
    pub fn cause(&self) -> String {
        self.shared.first().map(ToString::to_string).unwrap_or_default()
    }

    /// Why these are together, whole: "Began within 12 s; all at gateway.example; all checked by HTTP".
    #[must_use]
    pub fn why(&self) -> String {
        // A part of a second is a second: nothing here is more exact.
        let seconds = (self.span_ms + 999) / 1000;
        let began = match seconds {
            0 => "Began in the same second".to_owned(),
            1..=120 => format!("Began within {seconds} s"),
            _ => format!("Began within {} min", (seconds + 59) / 60),
        };
        self.shared.iter().fold(began, |said, shared| format!("{said}; {shared}"))
    }
}

/// An incident as a wall needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnWall {
    pub head: Head,
    /// Its monitors' slots on the board, also of those that are well again.
    pub slots: Vec<u32>,
}

/// The incidents that last, as a wall needs them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnWalls {
    /// The board's epoch that the slots are of.
    pub epoch: u64,
    pub incidents: Vec<OnWall>,
}

/// The most outages that a page lists of one incident.
pub const ROWS_MOST: u32 = 100;
/// The most incidents that a page lists, of those that last and of those that are over.
pub const INCIDENTS_MOST: usize = 20;

/// An incident with its outages, as far as a page lists them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    pub head: Head,
    /// Those that last first, then in the order in which they began.
    pub rows: Vec<OpenOutage>,
    /// How many more there are.
    pub more: u32,
}

/// The incidents of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentPage {
    /// The newest first.
    pub lasting: Vec<Listed>,
    /// Over within the last 24 hours, the newest first.
    pub over: Vec<Listed>,
    /// How many that last have no room here.
    pub more: u32,
}

/// Finds the incidents among outages, the newest first. The order of what is given does not matter, and what is given twice counts
/// once. Takes about as long as sorting them.
#[must_use]
pub fn incidents(mut begun: Vec<Begun>) -> Vec<Incident> {
    begun.retain(|outage| outage.traits.kind() != Kind::Simulated);
    let begun = joined(begun);
    let mut is_taken = vec![false; begun.len()];
    let mut found: Vec<Vec<usize>> = Vec::new();
    for (cause, least) in CAUSES {
        let mut alike: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, outage) in begun.iter().enumerate().filter(|(index, _)| !is_taken[*index]) {
            if let Some(cause) = cause(&outage.traits) {
                alike.entry(cause).or_default().push(index);
            }
        }
        for group in alike.into_values().filter(|group| group.len() >= least.monitors as usize) {
            for together in together(&begun, &group, least) {
                together.iter().for_each(|index| is_taken[*index] = true);
                found.push(together);
            }
        }
    }
    // By their first outage, of which each has its own.
    found.sort_unstable_by_key(|members| std::cmp::Reverse(members.first().copied()));
    found.into_iter().map(|members| incident(members.iter().map(|index| begun[*index].clone()).collect())).collect()
}

/// Each outage once, in the order in which they began; those of one monitor that go on as one another are one. What was read both before
/// and after its end lasts.
fn joined(mut begun: Vec<Begun>) -> Vec<Begun> {
    begun.sort_unstable_by(|a, b| (a.at, &a.outage, a.ended_at.is_some()).cmp(&(b.at, &b.outage, b.ended_at.is_some())));
    begun.dedup_by(|a, b| a.outage == b.outage);
    let mut joined: Vec<Begun> = Vec::with_capacity(begun.len());
    // Where in `joined` the outage of a monitor is that ended then.
    let mut ended: HashMap<(MonitorId, i64), usize> = HashMap::new();
    for outage in begun {
        let (monitor, ended_at) = (outage.monitor.clone(), outage.ended_at);
        let index = if let Some(index) = ended.remove(&(monitor.clone(), outage.at)) {
            joined[index].latest = outage.latest;
            joined[index].ended_at = ended_at;
            index
        } else {
            joined.push(outage);
            joined.len() - 1
        };
        if let Some(at) = ended_at {
            ended.insert((monitor, at), index);
        }
    }
    joined
}

/// When outages that were over before `since` can have begun as part of an incident that was not: from and to, UTC milliseconds, the
/// newest first. `begun` are those that last or ended later, with what they went on from.
#[must_use]
pub fn spans(begun: &[Begun], since: i64) -> Vec<[i64; 2]> {
    let mut groups: Vec<(u32, [i64; 2])> = Vec::new();
    let old = begun.iter().filter(|outage| outage.at < since.saturating_add(SPAN_MOST_MS)).cloned().collect();
    for Begun { at, .. } in joined(old) {
        match groups.last_mut() {
            Some((count, [_, last])) if at - *last <= SPAN_MOST_MS => {
                *count += 1;
                *last = at;
            }
            Some(_) | None => groups.push((1, [at, at])),
        }
    }
    // Without so many of them it was over by then.
    groups.retain(|(count, _)| *count >= LASTS_LEAST);
    groups.into_iter().rev().map(|(_, [first, last])| [first - SPAN_MOST_MS, last + SPAN_MOST_MS]).collect()
}

type Cause = fn(&Traits) -> Option<String>;

/// What can be shared, in the order in which it is looked for, and by how many it must be.
const CAUSES: [(Cause, Least); 3] = [(Traits::area, BY_TARGET), (Traits::place, BY_SIGNS), (Traits::signs, BY_SIGNS)];

/// Of outages that share a cause (places in `begun`, in the order in which they began), those that began together. Each can have begun
/// together with a first outage from its reach on: a sweep over the firsts, which each enters and leaves once.
fn together(begun: &[Begun], group: &[usize], least: Least) -> Vec<Vec<usize>> {
    let mut entering = group.to_vec();
    entering.sort_by_key(|index| begun[*index].reach());
    let mut entering = entering.into_iter().peekable();
    let mut inside = Inside::default();
    let mut leaving = group.iter().copied().peekable();
    let mut found = Vec::new();
    for first in group {
        let at = begun[*first].at;
        while let Some(index) = entering.next_if(|index| begun[*index].reach() <= at) {
            inside.enter(index, &begun[index]);
        }
        while let Some(index) = leaving.next_if(|index| begun[*index].at < at) {
            inside.leave(index, &begun[index]);
        }
        if inside.is_enough(least) {
            found.push(inside.take());
        }
    }
    found
}

/// The outages that can have begun together with the first that is looked at.
#[derive(Default)]
struct Inside<'a> {
    /// Whether an outage that has come is still here.
    here: HashMap<usize, bool>,
    monitors: HashMap<&'a MonitorId, u32>,
    customers: HashMap<&'a CustomerId, u32>,
}

impl<'a> Inside<'a> {
    fn enter(&mut self, index: usize, outage: &'a Begun) {
        self.here.insert(index, true);
        *self.monitors.entry(&outage.monitor).or_default() += 1;
        *self.customers.entry(&outage.customer).or_default() += 1;
    }

    /// One that was taken before is not here any more.
    fn leave(&mut self, index: usize, outage: &Begun) {
        if self.here.remove(&index).is_none() {
            return;
        }
        forget(&mut self.monitors, &outage.monitor);
        forget(&mut self.customers, &outage.customer);
    }

    fn is_enough(&self, least: Least) -> bool {
        self.monitors.len() >= least.monitors as usize && self.customers.len() >= least.customers as usize
    }

    /// All of them, in the order in which they began; none is here then.
    fn take(&mut self) -> Vec<usize> {
        self.monitors.clear();
        self.customers.clear();
        let mut taken: Vec<usize> = self.here.drain().map(|(index, _)| index).collect();
        taken.sort_unstable();
        taken
    }
}

fn forget<K: std::hash::Hash + Eq>(counts: &mut HashMap<&K, u32>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

fn incident(outages: Vec<Begun>) -> Incident {
    let distinct = |keys: Vec<u128>| {
        let mut keys = keys;
        keys.sort_unstable();
        keys.dedup();
        u32::try_from(keys.len()).unwrap_or(u32::MAX)
    };
    let ends = outages.first().zip(outages.last());
    let head = Head {
        id: ends.map_or(OutageId::from_u128(0), |(first, _)| first.outage.clone()),
        began_at: ends.map_or(0, |(first, _)| first.at),
        span_ms: ends.map_or(0, |(first, last)| last.at - first.at),
        monitors: distinct(outages.iter().map(|outage| outage.monitor.to_u128()).collect()),
        customers: distinct(outages.iter().map(|outage| outage.customer.to_u128()).collect()),
        lasting: distinct(outages.iter().filter(|outage| outage.lasts()).map(|outage| outage.monitor.to_u128()).collect()),
        shared: traits::shared(outages.iter().map(|outage| &outage.traits)),
    };
    Incident { head, outages }
}

#[cfg(test)]
mod tests;
