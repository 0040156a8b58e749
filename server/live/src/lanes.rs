//! How many looks are under way at once. Targets that hang have a lane of their own, so that however many they are, those that
//! answer keep their rhythm.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Looks under way in one lane, at most. Each holds one socket.
const MOST: usize = 1000;
/// Open files that are left for everything else: people, walls, the database.
const OTHERS: usize = 300;
/// What most systems give to a process that asks for nothing.
const USUAL_LIMIT: usize = 1024;

#[derive(Debug)]
pub(crate) struct Lanes {
    answering: Arc<Semaphore>,
    hanging: Arc<Semaphore>,
}

/// By what came of a target's last look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    Answering,
    Hanging,
}

impl Lanes {
    /// As wide as the limit of open files allows.
    pub(crate) fn new() -> Self {
        let width = width(limit_of_open_files());
        Self { answering: Arc::new(Semaphore::new(width)), hanging: Arc::new(Semaphore::new(width)) }
    }

    /// Waits for room; `None` never comes, for lanes are not closed.
    pub(crate) async fn enter(&self, lane: Lane) -> Option<OwnedSemaphorePermit> {
        let semaphore = match lane {
            Lane::Answering => &self.answering,
            Lane::Hanging => &self.hanging,
        };
        semaphore.clone().acquire_owned().await.ok()
    }
}

fn width(limit: usize) -> usize {
    (limit.saturating_sub(OTHERS) / 2).clamp(50, MOST)
}

/// Linux alone says it.
fn limit_of_open_files() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(USUAL_LIMIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g1_looks_leave_files_for_everyone_else() {
        for limit in [256, USUAL_LIMIT, 65_536] {
            assert!(2 * width(limit) < limit && width(limit) <= MOST, "{limit}");
        }
        assert_eq!(width(limit_of_open_files().max(65_536)), MOST);
    }
}
