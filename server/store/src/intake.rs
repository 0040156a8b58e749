//! What `live` reads and writes (DESIGN, way 2). It crosses tenants, so it takes no [`Actor`](crate::Actor).

use std::collections::{BTreeMap, HashMap, HashSet};

use model::{
    CustomerId, MonitorId, MspId, OutageId, Status, TransitionId, WindowId,
    monitors::{Evidence, MonitorSettings},
};
use sqlx::AssertSqlSafe;

use crate::{
    Error, Result, Store,
    db::{Tx, Value, row, values},
    monitors::{Hold, SettingsStored, status_of},
};

/// Rows that one transaction of [`Store::touch`] writes, so that a person's change never waits long.
const TOUCH_ROWS: usize = 1000;

/// Which part of the installation is read again.
#[derive(Debug, Clone, Copy)]
pub enum Scope<'a> {
    All,
    Customer(&'a CustomerId),
    Monitor(&'a MonitorId),
}

/// A monitor of an ACTIVE or FREE customer as the intake starts with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchedMonitor {
    pub id: MonitorId,
    pub msp: MspId,
    pub customer: CustomerId,
    pub customer_name: String,
    pub settings: MonitorSettings,
    pub status: Status,
    /// UTC milliseconds, as the following times.
    pub since: i64,
    pub reason: String,
    /// 0 before the first verdict.
    pub verdict_at: i64,
    /// A heartbeat's last call; 0 before the first, and for every other kind.
    pub heard_at: i64,
    pub held: Option<Held>,
    /// Who took the outage that lasts; empty where nobody did or none does.
    pub taken_by: String,
}

/// A maintenance window that keeps a monitor in MAINTENANCE, and what its verdicts say meanwhile (DOMAIN G2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub window: WindowId,
    /// What it returns to: its last verdict's status, or DISCOVERY.
    pub beneath: Status,
    pub beneath_reason: String,
}

/// One status to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusWrite {
    pub monitor: MonitorId,
    pub msp: MspId,
    pub customer: CustomerId,
    pub status: Status,
    pub since: i64,
    pub reason: String,
    pub verdict_at: i64,
    pub latency_ms: Option<u32>,
    pub held: Option<Held>,
    /// What it was before, and why it changed; `None` where the status did not change.
    pub transition: Option<(Status, Evidence)>,
}

/// What one batch of the intake keeps, all of it or nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Commit<'a> {
    pub writes: &'a [StatusWrite],
    /// When heartbeats called in, UTC milliseconds, once for each monitor.
    pub heard: &'a [(MonitorId, i64)],
    /// A canary (DOMAIN F15) leaves its time in a row that is nobody's.
    pub canary: Option<i64>,
}

impl Store {
    /// The monitors of ACTIVE and FREE customers, suspended ones included, the oldest first.
    pub async fn watched(&self, scope: Scope<'_>) -> Result<Vec<WatchedMonitor>> {
        let (condition, values) = match scope {
            Scope::All => ("", Vec::new()),
            Scope::Customer(id) => (" AND m.customer_id = $1", values![id]),
            Scope::Monitor(id) => (" AND m.id = $1", values![id]),
        };
        let sql = format!(
            "SELECT m.id, m.msp_id, m.customer_id, c.name AS customer_name, m.name, m.settings, m.interval_s, m.timeout_s, m.retries,
                s.status, s.since, s.reason, s.verdict_at, s.window_id, s.beneath, s.beneath_reason,
                COALESCE(h.heard_at, 0) AS heard_at, COALESCE(o.taken_by, '') AS taken_by
            FROM monitors m JOIN statuses s ON s.monitor_id = m.id JOIN customers c ON c.id = m.customer_id
            LEFT JOIN heartbeats h ON h.monitor_id = m.id
            LEFT JOIN outages o ON o.monitor_id = m.id AND o.ended_at IS NULL
            WHERE c.state IN ('ACTIVE', 'FREE'){condition} ORDER BY m.id"
        );
        let rows: Vec<WatchedStored> = self.db().rows(AssertSqlSafe(sql), values).await?;
        rows.into_iter().map(watched_monitor).collect()
    }

    /// MSP, id and name of the ACTIVE and FREE customers, also of those without monitors. A monitor's scope gives its customer.
    pub async fn watched_customers(&self, scope: Scope<'_>) -> Result<Vec<(MspId, CustomerId, String)>> {
        let (condition, values) = match scope {
            Scope::All => ("", Vec::new()),
            Scope::Customer(id) => (" AND id = $1", values![id]),
            Scope::Monitor(id) => (" AND id = (SELECT customer_id FROM monitors WHERE monitors.id = $1)", values![id]),
        };
        let sql = format!("SELECT msp_id, id, name FROM customers WHERE state IN ('ACTIVE', 'FREE'){condition} ORDER BY id");
        let rows: Vec<(String, String, String)> = self.db().rows(AssertSqlSafe(sql), values).await?;
        rows.into_iter()
            .map(|(msp, id, name)| Ok((msp.parse().map_err(Error::unreadable)?, id.parse().map_err(Error::unreadable)?, name)))
            .collect()
    }

    /// When the last canary was kept: since then nothing was taken in.
    pub async fn last_canary(&self) -> Result<Option<i64>> {
        let found: Option<(String,)> = self.db().maybe("SELECT value FROM settings WHERE key = 'canary'", Vec::new()).await?;
        Ok(found.and_then(|(at,)| at.parse().ok()))
    }

    /// Keeps the statuses, their transitions and their outages, all in one transaction. A monitor that was deleted or suspended
    /// in the meantime is skipped.
    pub async fn commit(&self, writes: &[StatusWrite]) -> Result<()> {
        self.commit_all(&Commit { writes, ..Commit::default() }).await
    }

    /// The same with everything else that one batch of the intake keeps.
    pub async fn commit_all(&self, commit: &Commit<'_>) -> Result<()> {
        let Commit { writes, heard, canary } = *commit;
        if writes.is_empty() && heard.is_empty() && canary.is_none() {
            return Ok(());
        }
        let mut tx = self.db().begin().await?;
        tx.lock_statuses().await?;
        self.write_statuses(&mut tx, writes, None).await?;
        let head = "UPDATE heartbeats SET heard_at = v.column2 FROM (VALUES";
        let tail = ") AS v WHERE monitor_id = v.column1 AND heard_at < v.column2";
        tx.bulk(head, tail, heard.iter().map(|(id, at)| [id.into(), (*at).into()]).collect()).await?;
        if let Some(at) = canary {
            let sql =
                "INSERT INTO settings (key, value) VALUES ('canary', $1) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
            tx.run(sql, values![at.to_string()]).await?;
        }
        tx.commit().await
    }

    /// Keeps when monitors were last heard of, and how long they took, where nothing else changed.
    pub async fn touch(&self, seen: &[(MonitorId, i64, Option<u32>)]) -> Result<()> {
        let head = "UPDATE statuses SET verdict_at = v.column2, latency_ms = v.column3 FROM (VALUES";
        let tail = ") AS v WHERE monitor_id = v.column1 AND suspended_by = ''";
        for part in seen.chunks(TOUCH_ROWS) {
            let mut tx = self.db().begin().await?;
            tx.lock_statuses().await?;
            tx.bulk(head, tail, part.iter().map(|(id, at, latency)| [id.into(), (*at).into(), (*latency).into()]).collect())
                .await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Writes within a transaction that has [`Tx::lock_statuses`]. `hold` is what a person's step sets; without one, what
    /// somebody suspended is left alone.
    pub(crate) async fn write_statuses(&self, tx: &mut Tx, writes: &[StatusWrite], hold: Option<Hold>) -> Result<()> {
        let last: BTreeMap<&MonitorId, &StatusWrite> = writes.iter().map(|write| (&write.monitor, write)).collect();
        let head = format!(
            "UPDATE statuses SET status = v.column2, since = v.column3, reason = v.column4, verdict_at = v.column5,
                latency_ms = v.column6, window_id = v.column7, beneath = v.column8, beneath_reason = v.column9,
                suspended_by = '{}', version = version + 1 FROM (VALUES",
            hold.unwrap_or(Hold::Nobody).key()
        );
        let unheld = if hold.is_some() { "" } else { " AND suspended_by = ''" };
        let tail = format!(") AS v WHERE monitor_id = v.column1{unheld} RETURNING monitor_id");
        let written: Vec<(String,)> =
            tx.bulk_returning(&head, &tail, last.values().map(|write| status_row(write)).collect()).await?;
        let written: Option<HashSet<String>> =
            (written.len() < last.len()).then(|| written.into_iter().map(|(id,)| id).collect());
        let mut follow_up = FollowUp::default();
        for write in writes {
            let is_written = written.as_ref().is_none_or(|ids| ids.contains(&write.monitor.to_string()));
            if let (true, Some((from, evidence))) = (is_written, &write.transition) {
                self.follow_up(&mut follow_up, write, *from, evidence)?;
            }
        }
        follow_up.write(tx).await
    }

    /// What one transition adds: itself, and the outages that it closes and opens.
    fn follow_up<'a>(
        &self,
        follow_up: &mut FollowUp<'a>,
        write: &'a StatusWrite,
        from: Status,
        evidence: &Evidence,
    ) -> Result<()> {
        let now = self.now();
        follow_up.transitions.push([
            (&write.monitor).into(),
            TransitionId::from_u128(self.inner.ids.bits(now)).to_string().into(),
            write.since.into(),
            from.key().into(),
            write.status.key().into(),
            (&write.reason).into(),
            serde_json::to_string(evidence).map_err(Error::unreadable)?.into(),
        ]);
        if from.is_outage() {
            // One that was opened in this very batch is stored closed.
            match follow_up.open.remove(&write.monitor) {
                Some(index) => follow_up.opened[index][7] = Some(write.since).into(),
                None => follow_up.closed.push([(&write.monitor).into(), write.since.into()]),
            }
        }
        if from.is_outage() && write.status.is_outage() {
            follow_up.handed_on.entry(&write.monitor).or_insert((write.since, 0)).1 = write.since;
        } else {
            follow_up.handed_on.remove(&write.monitor);
        }
        if write.status.is_outage() {
            follow_up.open.insert(&write.monitor, follow_up.opened.len());
            follow_up.opened.push([
                (&write.monitor).into(),
                OutageId::from_u128(self.inner.ids.bits(now)).to_string().into(),
                (&write.msp).into(),
                (&write.customer).into(),
                write.status.key().into(),
                (&write.reason).into(),
                write.since.into(),
                None::<i64>.into(),
            ]);
        }
        Ok(())
    }
}

/// Rows that go with written statuses.
#[derive(Default)]
struct FollowUp<'a> {
    transitions: Vec<[Value; 7]>,
    closed: Vec<[Value; 2]>,
    opened: Vec<[Value; 8]>,
    /// Outages that go on as another one, TROUBLE after DOWN: whoever looked after the one looks after the other.
    /// When the stored one ended, and when the one began that still lasts: a batch may hold others between them.
    handed_on: HashMap<&'a MonitorId, (i64, i64)>,
    /// Which of `opened` still lasts, by monitor.
    open: HashMap<&'a MonitorId, usize>,
}

pub(crate) const INSERT_TRANSITIONS: &str =
    "INSERT INTO transitions (monitor_id, id, at, from_status, to_status, reason, evidence) VALUES";
pub(crate) const INSERT_OUTAGES: &str =
    "INSERT INTO outages (monitor_id, id, msp_id, customer_id, status, reason, started_at, ended_at) VALUES";

const HAND_ON: &str = "UPDATE outages SET taken_by = o.taken_by, taken_at = o.taken_at, snoozed_until = o.snoozed_until,
    snoozed_by = o.snoozed_by, snooze_reason = o.snooze_reason FROM (VALUES";

impl FollowUp<'_> {
    async fn write(self, tx: &mut Tx) -> Result<()> {
        tx.bulk(INSERT_TRANSITIONS, "", self.transitions).await?;
        // A clock that was set back ends no outage before it began.
        let close =
            "UPDATE outages SET ended_at = CASE WHEN v.column2 > started_at THEN v.column2 ELSE started_at END FROM (VALUES";
        tx.bulk(close, ") AS v WHERE monitor_id = v.column1 AND ended_at IS NULL", self.closed).await?;
        tx.bulk(INSERT_OUTAGES, " ON CONFLICT DO NOTHING", self.opened).await?;
        let tail = ") AS v JOIN outages AS o ON o.monitor_id = v.column1 AND o.ended_at = v.column2
            WHERE outages.monitor_id = v.column1 AND outages.started_at = v.column3 AND outages.ended_at IS NULL
                AND (o.taken_by <> '' OR o.snoozed_until > 0)";
        let handed_on = self.handed_on.into_iter();
        tx.bulk(HAND_ON, tail, handed_on.map(|(monitor, (ended, began))| [monitor.into(), ended.into(), began.into()]).collect())
            .await
    }
}

fn status_row(write: &StatusWrite) -> [Value; 9] {
    let (window, beneath, beneath_reason) = match &write.held {
        Some(held) => (held.window.to_string(), held.beneath.key(), held.beneath_reason.as_str()),
        None => (String::new(), "", ""),
    };
    [
        (&write.monitor).into(),
        write.status.key().into(),
        write.since.into(),
        (&write.reason).into(),
        write.verdict_at.into(),
        write.latency_ms.into(),
        window.into(),
        beneath.into(),
        beneath_reason.into(),
    ]
}

row! {
    struct WatchedStored {
        ..settings: SettingsStored,
        id: String,
        msp_id: String,
        customer_id: String,
        customer_name: String,
        status: String,
        since: i64,
        reason: String,
        verdict_at: i64,
        heard_at: i64,
        window_id: String,
        beneath: String,
        beneath_reason: String,
        taken_by: String,
    }
}

fn watched_monitor(row: WatchedStored) -> Result<WatchedMonitor> {
    let held = match row.window_id.as_str() {
        "" => None,
        window => Some(Held {
            window: window.parse().map_err(Error::unreadable)?,
            beneath: status_of(&row.beneath)?,
            beneath_reason: row.beneath_reason,
        }),
    };
    Ok(WatchedMonitor {
        id: row.id.parse().map_err(Error::unreadable)?,
        msp: row.msp_id.parse().map_err(Error::unreadable)?,
        customer: row.customer_id.parse().map_err(Error::unreadable)?,
        customer_name: row.customer_name,
        settings: row.settings.read()?,
        status: status_of(&row.status)?,
        since: row.since,
        reason: row.reason,
        verdict_at: row.verdict_at,
        heard_at: row.heard_at,
        held,
        taken_by: row.taken_by,
    })
}
