//! Notices that somebody has set the clock: what it says against a clock that no one sets.

use std::{
    sync::{Mutex, PoisonError},
    time::Instant,
};

/// A smaller step than this is none: clocks are corrected all the time, in milliseconds.
pub(crate) const LEAST_MS: i64 = 2_000;

#[derive(Debug)]
pub(crate) struct Leaps(Mutex<(Instant, i64)>);

impl Leaps {
    pub(crate) fn from(now: i64) -> Self {
        Self(Mutex::new((Instant::now(), now)))
    }

    /// By how much the clock was set since this was last asked, in milliseconds; less than 0 where it went back.
    pub(crate) fn since_last(&self, now: i64) -> Option<i64> {
        self.between(Instant::now(), now)
    }

    fn between(&self, instant: Instant, now: i64) -> Option<i64> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = i64::try_from(instant.saturating_duration_since(last.0).as_millis()).unwrap_or(i64::MAX);
        let leapt = now - last.1 - passed;
        *last = (instant, now);
        (leapt.abs() >= LEAST_MS).then_some(leapt)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn time_that_passes_is_no_leap_and_a_clock_that_is_set_is_one() {
        let leaps = Leaps::from(1_000_000);
        let begin = Instant::now();
        let at = |seconds| begin + Duration::from_secs(seconds);
        assert_eq!(leaps.between(at(10), 1_010_050), None);
        assert_eq!(leaps.between(at(11), 1_011_050 + 3_600_000), Some(3_600_000));
        assert_eq!(leaps.between(at(12), 1_012_050 + 3_600_000), None);
        assert_eq!(leaps.between(at(13), 1_013_050 - 60_000), Some(-3_660_000));
    }
}
