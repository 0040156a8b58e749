//! What was measured is stored in batches, read together with what still waits, and gets less with its age (DOMAIN G7). What nobody
//! answered in time ends (B4).

use std::time::Duration;

use model::{
    MonitorId,
    import::KEPT_MS,
    monitors::history::{History, Range},
};
use store::{Actor, Error, history::KEEP_AT_ONCE, thinning::Horizon};

use crate::Live;

/// How long what was measured is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Each measurement; afterwards an hour's figures.
    pub raw_hours: u32,
    /// An hour's figures.
    pub latency_days: u32,
    /// Transitions, and outages that have ended.
    pub days: u32,
}

impl Default for Keep {
    fn default() -> Self {
        Self { raw_hours: 48, latency_days: 90, days: 400 }
    }
}

const HOUR_MS: i64 = 60 * 60 * 1000;
/// After a start there is more urgent work than this, in milliseconds.
const FIRST_MS: i64 = 60_000;
/// For how many days a mail that was sent, or has failed, can be looked up.
const MAIL_DAYS: i64 = 90;
/// Between two small steps: whoever waits for the database comes first.
const PAUSE: Duration = Duration::from_millis(50);

impl Live {
    /// How a monitor stood and what it measured over `range`, up to now.
    ///
    /// # Errors
    /// As the store's function of the same name.
    pub async fn history(&self, actor: &Actor, monitor: &MonitorId, range: Range) -> Result<History, Error> {
        let unkept = self.gate().await.samples_of(monitor);
        self.0.store.history(actor, monitor, range, &unkept).await
    }

    pub(crate) async fn write_down_latencies(&self) {
        let mut samples = self.gate().await.take_samples();
        let mut kept = 0;
        for part in samples.chunks(KEEP_AT_ONCE) {
            if let Err(error) = self.0.store.keep_latencies(part).await {
                tracing::warn!(%error, "what was measured could not be stored: it waits for the next time");
                break;
            }
            kept += part.len();
        }
        if kept < samples.len() {
            self.gate().await.give_samples_back(samples.split_off(kept));
        }
    }

    /// Thins what is old and ends what has expired, once an hour.
    pub(crate) async fn keeping_loop(self) {
        let clock = self.0.store.clock().clone();
        let mut next = clock.now() + FIRST_MS;
        loop {
            tokio::select! {
                () = clock.sleep_until(next) => {}
                () = self.closed() => return,
            }
            next = clock.now() + HOUR_MS;
            self.forget_imports(clock.now()).await;
            tokio::select! {
                thinned = self.thin(clock.now()) => {
                    if let Err(error) = thinned {
                        tracing::warn!(%error, "what is old could not be thinned: the next hour tries again");
                    }
                }
                () = self.closed() => return,
            }
            if let Err(error) = self.0.store.expire_approvals().await {
                tracing::warn!(%error, "requests that nobody answered could not be ended: the next hour tries again");
            }
        }
    }

    async fn forget_imports(&self, now: i64) {
        self.0.jobs.forget_ended();
        if let Err(error) = self.0.store.forget_imports(now - KEPT_MS).await {
            tracing::warn!(%error, "files that were to be imported could not be forgotten: the next hour tries again");
        }
    }

    async fn thin(&self, now: i64) -> Result<(), Error> {
        self.0.store.forget_drafts().await?;
        let Keep { raw_hours, latency_days, days } = self.0.keep;
        self.0.store.forget_mails(now - MAIL_DAYS * 24 * HOUR_MS).await?;
        while self.0.store.thin_latencies(now - i64::from(raw_hours) * HOUR_MS).await? {
            tokio::time::sleep(PAUSE).await;
        }
        let horizon = Horizon {
            latencies: now - i64::from(latency_days) * 24 * HOUR_MS,
            transitions: now - i64::from(days) * 24 * HOUR_MS,
        };
        let mut last = None;
        loop {
            last = self.0.store.forget_before(horizon, last.as_ref()).await?;
            if last.is_none() {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}
