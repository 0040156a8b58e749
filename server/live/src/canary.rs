//! The canary (DOMAIN F15): once a second it goes the whole way of a verdict, through the intake's queue, its gate and a commit
//! onto the boards and out with a frame. When it is out, everything that came in before it is, too.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// One canary on its way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Canary {
    /// When it was let go, by the server's clock: UTC milliseconds.
    pub(crate) at: i64,
    /// The same by a clock that no one sets.
    left: Instant,
}

impl Canary {
    pub(crate) fn new(at: i64) -> Self {
        Self { at, left: Instant::now() }
    }
}

/// What is known of the canaries so far.
#[derive(Debug, Default)]
pub(crate) struct Aviary(Mutex<Inside>);

#[derive(Debug, Default)]
struct Inside {
    /// The oldest that is not out yet.
    flying: Option<Canary>,
    /// Through the commit; leaves with the next frame.
    landed: Option<Canary>,
    /// What the last one took.
    took: Option<Duration>,
}

impl Aviary {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A canary is about to go in.
    pub(crate) fn let_go(&self, canary: Canary) {
        self.inside().flying.get_or_insert(canary);
    }

    /// It is stored, and what came before it is on the boards. One that could not be stored never lands, and the delay grows.
    pub(crate) fn land(&self, canary: Canary) {
        self.inside().landed = Some(canary);
    }

    /// The one that leaves with the frames that are sent next.
    pub(crate) fn take_landed(&self) -> Option<Canary> {
        self.inside().landed.take()
    }

    /// It is out.
    pub(crate) fn came_out(&self, canary: Canary) {
        let mut inside = self.inside();
        let left = inside.flying.take().map_or(canary.left, |flying| flying.left);
        inside.took = Some(left.elapsed());
    }

    /// How long the way takes now, in milliseconds: the last canary's, or that of one which has been away for longer. `None`
    /// before the first one was let go.
    pub(crate) fn delay_ms(&self) -> Option<u32> {
        let inside = self.inside();
        let away = inside.flying.map(|canary| canary.left.elapsed());
        let longest = inside.took.max(away)?;
        Some(u32::try_from(longest.as_millis()).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left_before(ms: u64) -> Canary {
        Canary { at: 0, left: Instant::now().checked_sub(Duration::from_millis(ms)).unwrap() }
    }

    #[test]
    fn f15_a_canary_that_stays_away_makes_the_delay_grow() {
        let aviary = Aviary::default();
        assert_eq!(aviary.delay_ms(), None);
        let first = left_before(40);
        aviary.let_go(first);
        aviary.land(first);
        aviary.came_out(aviary.take_landed().unwrap());
        assert!((40..1000).contains(&aviary.delay_ms().unwrap()));
        assert!(aviary.take_landed().is_none());

        // One is lost on its way, and so is the next: the first of them counts.
        aviary.let_go(left_before(7_000));
        aviary.let_go(left_before(6_000));
        assert!((7_000..8_000).contains(&aviary.delay_ms().unwrap()));
        aviary.came_out(left_before(20));
        assert!(aviary.delay_ms().unwrap() >= 7_000, "what was on its way for so long came out so late");
        let next = left_before(20);
        aviary.let_go(next);
        aviary.came_out(next);
        assert!(aviary.delay_ms().unwrap() < 1000);
    }
}
