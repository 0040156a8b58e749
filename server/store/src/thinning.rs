//! What is kept gets less with its age (DOMAIN G7): single measurements become an hour's figures, and what is older than anybody
//! asks for goes. All in small steps, so that a person's change never waits long. It crosses tenants, so it takes no
//! [`Actor`](crate::Actor).

use model::{MonitorId, OutageId, TransitionId, monitors::history::Measured};
use sqlx::AssertSqlSafe;

use crate::{
    Error, Result, Store,
    db::{Value, values},
    history::{HOUR_MS, read_samples},
};

/// Hours that one step of [`Store::thin_latencies`] takes.
const THIN_ROWS: u32 = 100;
/// Monitors whose history one step of [`Store::forget_before`] looks through.
const FORGET_MONITORS: u32 = 20;

/// From when on what is kept, UTC milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Horizon {
    /// Latencies by the hour.
    pub latencies: i64,
    /// Transitions but for each monitor's last, and outages that have ended.
    pub transitions: i64,
}

impl Store {
    /// Puts the figures of some hours that ended before `before` in place of their measurements. Whether there may be more.
    pub async fn thin_latencies(&self, before: i64) -> Result<bool> {
        let mut tx = self.db().begin().await?;
        let sql = "SELECT monitor_id, hour_at, samples FROM latencies WHERE thinned = FALSE AND hour_at <= $1 ORDER BY hour_at LIMIT $2";
        let hours: Vec<(String, i64, String)> = tx.rows(sql, values![before - HOUR_MS, THIN_ROWS]).await?;
        let more = hours.len() == THIN_ROWS as usize;
        let rows = hours.into_iter().map(|(monitor, hour, samples)| figures(monitor, hour, &samples)).collect();
        let head =
            "UPDATE latencies SET samples = '', thinned = TRUE, count = v.column3, sum_ms = v.column4, least_ms = v.column5,
            most_ms = v.column6 FROM (VALUES";
        tx.bulk(head, ") AS v WHERE monitor_id = v.column1 AND hour_at = v.column2", rows).await?;
        tx.commit().await?;
        Ok(more)
    }

    /// Forgets what is older than the horizon, of some monitors after `after`. The last of them, or `None` where none is left.
    pub async fn forget_before(&self, horizon: Horizon, after: Option<&MonitorId>) -> Result<Option<MonitorId>> {
        let sql = "SELECT id FROM monitors WHERE id > $1 ORDER BY id LIMIT $2";
        let after = after.map(ToString::to_string).unwrap_or_default();
        let ids: Vec<(String,)> = self.db().rows(sql, values![after, FORGET_MONITORS]).await?;
        let Some((last,)) = ids.last() else { return Ok(None) };
        let last = last.parse().map_err(Error::unreadable)?;
        let places: Vec<String> = (3..ids.len() + 3).map(|place| format!("${place}")).collect();
        let places = places.join(", ");
        let of_these = |from: i64, bound: Value| -> Vec<Value> {
            [from.into(), bound].into_iter().chain(ids.iter().map(|(id,)| Value::from(id))).collect()
        };
        // Ids ascend with time: by them each table's own key finds what is old, without a further index on what is written all the time.
        let (transition, outage) = (TransitionId::from_u128(first_id(horizon)), OutageId::from_u128(first_id(horizon)));
        let mut tx = self.db().begin().await?;
        let latencies = format!("DELETE FROM latencies WHERE hour_at BETWEEN $1 AND $2 AND monitor_id IN ({places})");
        tx.run(AssertSqlSafe(latencies), of_these(0, (horizon.latencies - HOUR_MS).into())).await?;
        // The last one says why a monitor is as it is, however long ago that began.
        let transitions = format!(
            "DELETE FROM transitions WHERE at < $1 AND id < $2 AND monitor_id IN ({places})
                AND id < (SELECT MAX(last.id) FROM transitions AS last WHERE last.monitor_id = transitions.monitor_id)"
        );
        tx.run(AssertSqlSafe(transitions), of_these(horizon.transitions, transition.to_string().into())).await?;
        let outages = format!("DELETE FROM outages WHERE ended_at < $1 AND id < $2 AND monitor_id IN ({places})");
        tx.run(AssertSqlSafe(outages), of_these(horizon.transitions, outage.to_string().into())).await?;
        tx.commit().await?;
        Ok(Some(last))
    }
}

/// Below every id that was minted at the horizon or later.
fn first_id(horizon: Horizon) -> u128 {
    u128::from(horizon.transitions.max(0).unsigned_abs()) << 80
}

/// Monitor, hour, count, sum, least, most.
fn figures(monitor: String, hour: i64, samples: &str) -> [Value; 6] {
    let together = read_samples(hour, samples).reduce(Measured::and);
    let sum = together.map_or(0, |m| i64::try_from(m.sum_ms).unwrap_or(i64::MAX));
    let of = |figure: fn(Measured) -> u32| Value::from(together.map_or(0, figure));
    [monitor.into(), hour.into(), of(|m| m.count), sum.into(), of(|m| m.least_ms), of(|m| m.most_ms)]
}
