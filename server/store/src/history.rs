//! What monitors measured, and what their pages show of it (DOMAIN G7). One row holds a monitor's hour.

use std::{collections::BTreeMap, fmt::Write as _};

use model::{
    MonitorId, Refusal, TransitionId,
    monitors::history::{History, Measured, Range, Turn, points, stretches},
};

use crate::{Actor, Error, Result, Store, db::values, monitors::status_of, msps::number};

pub(crate) const HOUR_MS: i64 = 60 * 60 * 1000;

/// Monitors that one call of [`Store::keep_latencies`] should be given, so that a person's change never waits long for its transaction.
pub const KEEP_AT_ONCE: usize = 500;

/// What a monitor measured: when, UTC milliseconds, and how many milliseconds it took.
pub type Samples = Vec<(i64, u32)>;

impl Store {
    /// Adds measurements to what is kept, all of them or none. Those of a monitor that is deleted are dropped, and so are those of an hour that was
    /// thinned already.
    pub async fn keep_latencies(&self, measured: &[(MonitorId, Samples)]) -> Result<()> {
        let rows = hours(measured);
        let head = "INSERT INTO latencies (monitor_id, hour_at, samples)
            SELECT v.column1, v.column2, v.column3 FROM (VALUES";
        let tail = ") AS v WHERE EXISTS (SELECT 1 FROM monitors m WHERE m.id = v.column1)
            ON CONFLICT (monitor_id, hour_at) DO UPDATE SET samples = latencies.samples || excluded.samples WHERE latencies.thinned = FALSE";
        let mut tx = self.db().begin().await?;
        tx.bulk(head, tail, rows.iter().map(|(id, hour, samples)| [(*id).into(), (*hour).into(), samples.into()]).collect())
            .await?;
        tx.commit().await
    }

    /// How a monitor stood and what it measured over `range`, up to now. `unkept` is what [`Store::keep_latencies`] will be given
    /// later.
    ///
    /// # Errors
    /// As [`Store::customer`] for the monitor's customer.
    pub async fn history(&self, actor: &Actor, id: &MonitorId, range: Range, unkept: &[(i64, u32)]) -> Result<History> {
        self.require_for_monitor(actor, id).await?;
        let to = self.now();
        let from = to - range.ms();
        let sql = "SELECT m.created_at, s.status FROM monitors m JOIN statuses s ON s.monitor_id = m.id WHERE m.id = $1 AND m.msp_id = $2";
        let found: Option<(i64, String)> = self.db().maybe(sql, values![id, actor.msp()]).await?;
        let (added_at, status) = found.ok_or(Refusal::NotFound)?;
        let mut measured = self.latencies(id, from).await?;
        let kept_until = measured.last().map_or(i64::MIN, |last| last.at);
        measured.extend(unkept.iter().filter(|(at, _)| *at > kept_until).map(|(at, ms)| Measured::one(*at, *ms)));
        Ok(History {
            range,
            from,
            to,
            points: points(range, to, &measured),
            stretches: stretches(from, to, added_at, &self.turns(id, from).await?, status_of(&status)?),
        })
    }

    /// The oldest first.
    async fn latencies(&self, id: &MonitorId, from: i64) -> Result<Vec<Measured>> {
        let sql = "SELECT hour_at, samples, thinned, count, sum_ms, least_ms, most_ms FROM latencies
            WHERE monitor_id = $1 AND hour_at > $2 ORDER BY hour_at";
        let rows: Vec<(i64, String, bool, i64, i64, i64, i64)> = self.db().rows(sql, values![id, from - HOUR_MS]).await?;
        let mut measured = Vec::new();
        for (hour, samples, thinned, count, sum_ms, least_ms, most_ms) in rows {
            if thinned {
                measured.push(Measured {
                    at: hour + HOUR_MS / 2,
                    count: number(count),
                    sum_ms: sum_ms.max(0).unsigned_abs(),
                    least_ms: number(least_ms),
                    most_ms: number(most_ms),
                });
            } else {
                measured.extend(read_samples(hour, &samples));
            }
        }
        Ok(measured)
    }

    /// The changes of status since `from`, the oldest first.
    async fn turns(&self, id: &MonitorId, from: i64) -> Result<Vec<Turn>> {
        // Ids ascend with time, so the table's own key finds them; a source's clock may be ahead of ours.
        let sql = "SELECT at, from_status, to_status FROM transitions WHERE monitor_id = $1 AND id > $2 AND at >= $3 ORDER BY id";
        let bound = TransitionId::from_u128(u128::from((from - HOUR_MS).max(0).unsigned_abs()) << 80).to_string();
        let rows: Vec<(i64, String, String)> = self.db().rows(sql, values![id, bound, from]).await?;
        rows.into_iter()
            .map(|(at, from, to)| Ok(Turn { at, from: status_of(&from)?, to: status_of(&to)? }))
            .collect::<Result<_, Error>>()
    }
}

/// One row for each monitor and hour.
fn hours(measured: &[(MonitorId, Samples)]) -> Vec<(&MonitorId, i64, String)> {
    let mut rows = Vec::new();
    for (id, samples) in measured {
        let mut by_hour: BTreeMap<i64, String> = BTreeMap::new();
        for (at, ms) in samples {
            let hour = at.div_euclid(HOUR_MS) * HOUR_MS;
            // Never fails: it writes to memory.
            let _ = write!(by_hour.entry(hour).or_default(), "{}:{ms} ", (at - hour) / 1000);
        }
        rows.extend(by_hour.into_iter().map(|(hour, samples)| (id, hour, samples)));
    }
    rows
}

/// Back from what [`hours`] wrote; what cannot be read is passed over.
pub(crate) fn read_samples(hour: i64, samples: &str) -> impl Iterator<Item = Measured> {
    samples.split_ascii_whitespace().filter_map(move |sample| {
        let (second, ms) = sample.split_once(':')?;
        // The end of its second, so that a measurement of the same second that is kept later is not taken for a newer one.
        Some(Measured::one(hour + second.parse::<i64>().ok()? * 1000 + 999, ms.parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g7_measurements_are_kept_by_hour_and_read_back() {
        let hour = 500_000 * HOUR_MS;
        let measured = [(MonitorId::from_u128(1), vec![(hour - 1, 7), (hour, 8), (hour + 61_500, 12_345)])];
        let rows = hours(&measured);
        let texts: Vec<(i64, &str)> = rows.iter().map(|(_, hour, text)| (*hour, text.as_str())).collect();
        assert_eq!(texts, [(hour - HOUR_MS, "3599:7 "), (hour, "0:8 61:12345 ")]);
        let read: Vec<_> = read_samples(hour, &format!("{}rubbish 5: :6 ", rows[1].2)).map(|m| (m.at, m.sum_ms)).collect();
        assert_eq!(read, [(hour + 999, 8), (hour + 61_999, 12_345)]);
    }
}
