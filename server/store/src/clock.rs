//! The one source of the server's time (DESIGN, Ids and times). With the feature `test-clock` a test can move it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::sync::Notify;

/// UTC milliseconds, and sleeping until one of them. Clones move together.
#[derive(Debug, Clone)]
pub struct Clock {
    ahead: Arc<AtomicI64>,
    moved: Arc<Notify>,
}

impl Clock {
    /// The machine's time.
    #[must_use]
    pub fn system() -> Self {
        Self { ahead: Arc::default(), moved: Arc::default() }
    }

    /// UTC milliseconds.
    #[must_use]
    pub fn now(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX).saturating_add(self.ahead.load(Ordering::SeqCst))
    }

    /// Returns once [`Clock::now`] is at least `at_ms`.
    pub async fn sleep_until(&self, at_ms: i64) {
        loop {
            let moved = self.moved.notified();
            tokio::pin!(moved);
            // Registered before the time is read, so that no move in between is missed.
            moved.as_mut().enable();
            let left = at_ms.saturating_sub(self.now());
            if left <= 0 {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(left.unsigned_abs())) => {}
                () = moved => {}
            }
        }
    }

    /// Moves the time forward and wakes every sleeper that is now due.
    #[cfg(feature = "test-clock")]
    pub fn advance(&self, ms: i64) {
        self.ahead.fetch_add(ms, Ordering::SeqCst);
        self.moved.notify_waiters();
    }
}
