//! How much one commit of the intake holds: as much as is stored quickly, for a person who saves waits until it is.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

/// What a commit may take (DESIGN, SQLite: at most 20 ms), with room for one that takes longer than those before it.
const GOAL: Duration = Duration::from_millis(12);
/// So few verdicts are always taken in together: each commit has a cost of its own.
const LEAST: usize = 50;
const MOST: usize = 1000;

/// Verdicts in the next commit. It follows what the last ones cost: a verdict that changes a status costs a hundred times one that does
/// not.
#[derive(Debug)]
pub(crate) struct Pace(AtomicUsize);

impl Default for Pace {
    fn default() -> Self {
        Self(AtomicUsize::new(LEAST * 4))
    }
}

impl Pace {
    pub(crate) fn verdicts(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// A commit of so many verdicts took so long.
    pub(crate) fn took(&self, verdicts: usize, time: Duration) {
        // A small commit says little of a large one: most of its time is its own cost.
        if verdicts < LEAST {
            return;
        }
        let fitting = verdicts as f64 * GOAL.as_secs_f64() / time.as_secs_f64().max(1e-6);
        let before = self.verdicts();
        let next = (fitting as usize).clamp(before / 4, before * 2).clamp(LEAST, MOST);
        self.0.store(next, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pace after so many full commits whose verdicts take `each` apiece.
    fn after(commits: usize, pace: &Pace, each: Duration) -> usize {
        for _ in 0..commits {
            let verdicts = pace.verdicts();
            pace.took(verdicts, Duration::from_millis(1) + each * u32::try_from(verdicts).unwrap());
        }
        pace.verdicts()
    }

    #[test]
    fn a_commit_follows_what_the_last_ones_cost_and_stays_below_its_goal() {
        let pace = Pace::default();
        assert_eq!(after(10, &pace, Duration::from_micros(5)), MOST);
        let dear = after(10, &pace, Duration::from_micros(80));
        assert!((100..200).contains(&dear), "{dear}");
        assert_eq!(after(10, &pace, Duration::from_millis(5)), LEAST);
        assert_eq!(after(20, &pace, Duration::from_micros(5)), MOST);
    }

    #[test]
    fn a_single_slow_verdict_does_not_slow_down_the_rest() {
        let pace = Pace::default();
        let before = pace.verdicts();
        pace.took(1, Duration::from_secs(1));
        assert_eq!(pace.verdicts(), before);
    }
}
