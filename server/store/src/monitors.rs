//! Monitors: lists and pages, adding, editing, deleting, and who suspended them (DOMAIN B3, G1, G2, G10).

use std::collections::BTreeSet;

use model::{
    CustomerId, LocationId, MonitorId, MspId, Refusal, Status,
    customers::{OutageRow, PAGE_ROWS},
    lifecycle::State,
    monitors::{
        Check, Evidence, Kind, MonitorDetail, MonitorInput, MonitorPage, MonitorQuery, MonitorRow, MonitorSettings, MonitorSort,
        Source, TransitionRow,
    },
    roles::{Action, Relation},
    text::fold,
};
use sqlx::AssertSqlSafe;

use crate::{
    Actor, Error, Result, Store,
    customers::{Head, last_page, lock_customer, search_pattern, sort_key},
    db::{Tx, Value, row, values},
    events::{Changes, Event, record},
    heartbeats::keep_heartbeat,
    intake::StatusWrite,
    locations::chosen_location,
    msps::{Room, give_room_back, number, settings_in, take_room},
    outages::{OUTAGE, OUTAGES_JOINED, OutageStored, outage_row},
};

/// How many transitions a monitor's page shows.
const TRANSITIONS_SHOWN: u32 = 50;

/// Who suspended a monitor, which decides what brings it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    Nobody,
    Hand,
    Terminated,
    Free,
}

impl Hold {
    /// How it is stored.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Nobody => "",
            Self::Hand => "hand",
            Self::Terminated => "terminated",
            Self::Free => "free",
        }
    }
}

/// How a monitor stands before somebody suspends or resumes it.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    id: MonitorId,
    status: Status,
    verdict_at: i64,
    latency_ms: Option<u32>,
}

pub(crate) fn status_of(key: &str) -> Result<Status> {
    Status::from_key(key).ok_or_else(|| Error::unreadable("a monitor has no known status"))
}

/// A new row of `monitors` begins with this; then come its values.
pub(crate) const INSERT_MONITORS: &str =
    "INSERT INTO monitors (id, msp_id, customer_id, location_id, search, name_sort, name, kind, target,
    interval_s, timeout_s, retries, settings, created_at, modified_at) VALUES";

/// The values for [`INSERT_MONITORS`].
pub(crate) fn monitor_row(
    id: &MonitorId,
    msp: &MspId,
    customer: &CustomerId,
    location: Option<&LocationId>,
    settings: &MonitorSettings,
    now: i64,
) -> Result<[Value; 15]> {
    let target = settings.check.target();
    Ok([
        id.into(),
        msp.into(),
        customer.into(),
        location.map(ToString::to_string).into(),
        search_text(settings).into(),
        sort_key(&settings.name).into(),
        (&settings.name).into(),
        settings.check.kind().key().into(),
        target.into(),
        settings.interval_s.into(),
        settings.timeout_s.into(),
        settings.retries.into(),
        check_json(&settings.check)?.into(),
        now.into(),
        now.into(),
    ])
}

fn search_text(settings: &MonitorSettings) -> String {
    [fold(&settings.name), fold(&settings.check.target())].join("\n")
}

fn check_json(check: &Check) -> Result<String> {
    serde_json::to_string(check).map_err(Error::unreadable)
}

row! {
    /// The columns that hold a monitor's settings.
    pub(crate) struct SettingsStored {
        name: String,
        settings: String,
        interval_s: i64,
        timeout_s: i64,
        retries: i64,
    }
}

impl SettingsStored {
    pub(crate) fn read(self) -> Result<MonitorSettings> {
        Ok(MonitorSettings {
            name: self.name,
            check: serde_json::from_str(&self.settings).map_err(Error::unreadable)?,
            interval_s: number(self.interval_s),
            timeout_s: number(self.timeout_s),
            retries: number(self.retries),
        })
    }
}

/// A monitor that is about to be changed, its customer locked.
pub(crate) struct Locked {
    pub(crate) head: Head,
    pub(crate) settings: MonitorSettings,
    location: Option<(String, String)>,
    version: i64,
    is_suspended: bool,
    standing: Standing,
}

row! {
    struct LockedStored {
        ..settings: SettingsStored,
        location_id: Option<String>,
        location_name: Option<String>,
        version: i64,
        suspended_by: String,
        status: String,
        verdict_at: i64,
        latency_ms: Option<i64>,
    }
}

/// The monitor, its customer locked until the transaction ends, once `actor` may manage it.
pub(crate) async fn lock_monitor(tx: &mut Tx, actor: &Actor, id: &MonitorId) -> Result<Locked> {
    let sql = "SELECT customer_id FROM monitors WHERE id = $1 AND msp_id = $2";
    let Some((customer,)) = tx.maybe::<(String,)>(sql, values![id, actor.msp()]).await? else {
        return Err(Refusal::NotFound.into());
    };
    let customer: CustomerId = customer.parse().map_err(Error::unreadable)?;
    let head = lock_customer(tx, actor, Action::ManageMonitors, &customer).await?;
    head.changeable()?;
    tx.lock_statuses().await?;
    // Read again under the locks: it may have been deleted while they were waited for.
    let sql = "SELECT m.name, m.settings, m.interval_s, m.timeout_s, m.retries, m.version, m.location_id, l.name AS location_name,
            s.suspended_by, s.status, s.verdict_at, s.latency_ms
        FROM monitors m JOIN statuses s ON s.monitor_id = m.id LEFT JOIN locations l ON l.id = m.location_id WHERE m.id = $1 AND m.msp_id = $2";
    let found: Option<LockedStored> = tx.maybe(sql, values![id, actor.msp()]).await?;
    let row = found.ok_or(Refusal::NotFound)?;
    Ok(Locked {
        head,
        settings: row.settings.read()?,
        location: row.location_id.zip(row.location_name),
        version: row.version,
        is_suspended: row.suspended_by != Hold::Nobody.key(),
        standing: Standing {
            id: id.clone(),
            status: status_of(&row.status)?,
            verdict_at: row.verdict_at,
            latency_ms: row.latency_ms.map(number),
        },
    })
}

/// Whether a FREE account has room for one more monitor that is not suspended (DOMAIN B3).
async fn require_free_room(tx: &mut Tx, actor: &Actor, head: &Head) -> Result<()> {
    if head.state != State::Free {
        return Ok(());
    }
    let sql = "SELECT COUNT(*) FROM statuses WHERE customer_id = $1 AND suspended_by = ''";
    let (kept,): (i64,) = tx.one(sql, values![&head.id]).await?;
    let most = settings_in(tx, actor.msp()).await?.free_monitors;
    if number(kept) < most { Ok(()) } else { Err(Refusal::FreeLimit { most }.into()) }
}

impl Store {
    /// One page of monitors in the order that is asked for: all of the MSP's for staff, their own customer's for a customer user. A page past the end
    /// is the last one.
    pub async fn monitors(&self, actor: &Actor, query: &MonitorQuery) -> Result<MonitorPage> {
        match actor.customer() {
            Some(_) => actor.require(Action::ReadOwnPortal, Relation::Own)?,
            None => actor.require(Action::SeeAll, Relation::None)?,
        }
        let mut page = self.monitors_by_status(actor, query).await?;
        page.matching = match query.status {
            Some(status) => page.by_status[usize::from(status.code())],
            None => page.by_status.iter().sum(),
        };
        page.page = query.page.clamp(1, last_page(page.matching));
        let (condition, mut values) = list_condition(actor, query, "m");
        let mut status_condition = String::new();
        if let Some(status) = query.status {
            values.push(status.key().into());
            status_condition = format!(" AND s.status = ${}", values.len());
        }
        values.extend(values![PAGE_ROWS, i64::from(page.page - 1) * i64::from(PAGE_ROWS)]);
        let last = values.len();
        let sql = format!(
            "SELECT {ROW} FROM {JOINED} WHERE {condition}{status_condition} ORDER BY {} LIMIT ${} OFFSET ${last}",
            order(query),
            last - 1
        );
        let rows: Vec<RowStored> = self.db().rows(AssertSqlSafe(sql), values).await?;
        page.rows = rows.into_iter().map(list_row).collect::<Result<_>>()?;
        Ok(page)
    }

    /// How many of the list stand where, whatever status is asked for.
    async fn monitors_by_status(&self, actor: &Actor, query: &MonitorQuery) -> Result<MonitorPage> {
        // Without a search the narrow table knows it all.
        let (tables, owner) = if query.search.trim().is_empty() { ("statuses s", "s") } else { (JOINED, "m") };
        let (condition, values) = list_condition(actor, query, owner);
        let sql = format!("SELECT s.status, COUNT(*) FROM {tables} WHERE {condition} GROUP BY s.status");
        let mut page = MonitorPage::default();
        for (status, count) in self.db().rows::<(String, i64)>(AssertSqlSafe(sql), values).await? {
            page.by_status[usize::from(status_of(&status)?.code())] = number(count);
        }
        Ok(page)
    }

    /// A monitor's page, with its newest transitions.
    ///
    /// # Errors
    /// As [`Store::customer`] for the monitor's customer.
    pub async fn monitor(&self, actor: &Actor, id: &MonitorId) -> Result<MonitorDetail> {
        let head = self.require_for_monitor(actor, id).await?;
        let sql = format!(
            "SELECT {ROW}, m.settings, m.timeout_s, m.retries, m.version, m.location_id, l.name AS location_name,
                s.verdict_at, s.latency_ms
            FROM {JOINED} LEFT JOIN locations l ON l.id = m.location_id WHERE m.id = $1 AND m.msp_id = $2"
        );
        let found: Option<DetailStored> = self.db().maybe(AssertSqlSafe(sql), values![id, actor.msp()]).await?;
        let stored = found.ok_or(Refusal::NotFound)?;
        let row = list_row(stored.row)?;
        let may_manage = head.allow(actor, Action::ManageMonitors).is_ok() && head.changeable().is_ok();
        let settings = SettingsStored {
            name: row.name.clone(),
            settings: stored.settings,
            interval_s: row.interval_s.into(),
            timeout_s: stored.timeout_s,
            retries: stored.retries,
        };
        let location = stored.location_id.map(|id| id.parse().map_err(Error::unreadable)).transpose()?;
        Ok(MonitorDetail {
            row,
            settings: settings.read()?,
            location: location.zip(stored.location_name),
            version: stored.version,
            verdict_at: stored.verdict_at,
            latency_ms: stored.latency_ms.map(number),
            transitions: self.transitions(actor, id).await?,
            heartbeat: if may_manage { self.heartbeat(id).await? } else { None },
            may_manage,
        })
    }

    async fn transitions(&self, actor: &Actor, id: &MonitorId) -> Result<Vec<TransitionRow>> {
        let sql = "SELECT at, from_status, to_status, reason, evidence FROM transitions WHERE monitor_id = $1 ORDER BY id DESC LIMIT $2";
        let rows: Vec<(i64, String, String, String, String)> = self.db().rows(sql, values![id, TRANSITIONS_SHOWN]).await?;
        rows.into_iter()
            .map(|(at, from, to, reason, evidence)| {
                let mut evidence: Evidence = serde_json::from_str(&evidence).map_err(Error::unreadable)?;
                // It may name one of the MSP's people.
                if actor.customer().is_some() && evidence.source == Source::Person {
                    "Decided by the service provider.".clone_into(&mut evidence.rule);
                }
                Ok(TransitionRow { at, from: status_of(&from)?, to: status_of(&to)?, reason, evidence })
            })
            .collect()
    }

    /// The monitor's customer, once `actor` may open it.
    pub(crate) async fn require_for_monitor(&self, actor: &Actor, id: &MonitorId) -> Result<Head> {
        let sql = "SELECT customer_id FROM monitors WHERE id = $1 AND msp_id = $2";
        let Some((customer,)) = self.db().maybe::<(String,)>(sql, values![id, actor.msp()]).await? else {
            return Err(Refusal::NotFound.into());
        };
        let customer: CustomerId = customer.parse().map_err(Error::unreadable)?;
        self.require_for_customer(actor, Action::OpenCustomer, &customer).await
    }

    /// Adds a monitor, in DISCOVERY until its first verdict.
    ///
    /// # Errors
    /// [`Refusal::Invalid`], [`Refusal::MonitorQuota`], [`Refusal::FreeLimit`], [`Refusal::Inactive`], and as
    /// [`Store::customer`].
    pub async fn create_monitor(&self, actor: &Actor, customer: &CustomerId, input: &MonitorInput) -> Result<MonitorId> {
        let valid = input.validate();
        let now = self.now();
        let mut tx = self.db().begin().await?;
        let head = lock_customer(&mut tx, actor, Action::ManageMonitors, customer).await?;
        head.changeable()?;
        let settings = valid.map_err(Refusal::Invalid)?;
        let location = chosen_location(&mut tx, &head, &input.location).await?;
        require_free_room(&mut tx, actor, &head).await?;
        let id = MonitorId::from_u128(self.inner.ids.bits(now));
        tx.bulk(
            INSERT_MONITORS,
            "",
            vec![monitor_row(&id, actor.msp(), customer, location.as_ref().map(|(id, _)| id), &settings, now)?],
        )
        .await?;
        keep_heartbeat(&mut tx, &id, &settings.check).await?;
        let status = "INSERT INTO statuses (monitor_id, msp_id, customer_id, status, since) VALUES ($1, $2, $3, $4, $5)";
        tx.run(status, values![&id, actor.msp(), customer, Status::Discovery.key(), now]).await?;
        tx.run("UPDATE customers SET monitors = monitors + 1 WHERE id = $1", values![customer]).await?;
        take_room(&mut tx, actor.msp(), Room::Monitors, 1).await?;
        let place = location.map(|(_, name)| name).unwrap_or_default();
        let changes = settings_changes(None, Some(&settings)).with("location", "", &place);
        let event = Event { kind: "monitor.created", customer: Some(customer), subject: &settings.name, changes };
        record(&mut tx, actor, now, event).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Replaces the settings. Where the check itself is another one, the monitor is in DISCOVERY again, unless it is suspended.
    ///
    /// # Errors
    /// [`Refusal::Conflict`], [`Refusal::Invalid`], [`Refusal::Inactive`], and as [`Store::customer`].
    pub async fn edit_monitor(&self, actor: &Actor, id: &MonitorId, version: i64, input: &MonitorInput) -> Result<()> {
        let valid = input.validate();
        let now = self.now();
        let mut tx = self.db().begin().await?;
        let locked = lock_monitor(&mut tx, actor, id).await?;
        let settings = valid.map_err(Refusal::Invalid)?;
        if locked.version != version {
            return Err(Refusal::Conflict.into());
        }
        let location = chosen_location(&mut tx, &locked.head, &input.location).await?;
        let location = location.map(|(id, name)| (id.to_string(), name)).unwrap_or_default();
        let before = locked.location.clone().unwrap_or_default();
        if settings == locked.settings && location.0 == before.0 {
            return Ok(());
        }
        let sql =
            "UPDATE monitors SET search = $3, name_sort = $4, name = $5, kind = $6, target = $7, interval_s = $8, timeout_s = $9,
                retries = $10, settings = $11, modified_at = $12, location_id = $13, version = version + 1 WHERE id = $1 AND msp_id = $2";
        let values = values![
            id,
            actor.msp(),
            search_text(&settings),
            sort_key(&settings.name),
            &settings.name,
            settings.check.kind().key(),
            settings.check.target(),
            settings.interval_s,
            settings.timeout_s,
            settings.retries,
            check_json(&settings.check)?,
            now,
            Some(location.0).filter(|id| !id.is_empty()),
        ];
        tx.run(sql, values).await?;
        keep_heartbeat(&mut tx, id, &settings.check).await?;
        if looks_elsewhere(&locked.settings.check, &settings.check) && !locked.is_suspended {
            self.resume(&mut tx, actor, &locked.head.id, vec![locked.standing], "Its check was changed.").await?;
        }
        let changes = settings_changes(Some(&locked.settings), Some(&settings)).with("location", &before.1, &location.1);
        let event = Event { kind: "monitor.edited", customer: Some(&locked.head.id), subject: &settings.name, changes };
        record(&mut tx, actor, now, event).await?;
        tx.commit().await
    }

    /// Suspends a monitor by hand. One that is suspended already stays as it is.
    ///
    /// # Errors
    /// [`Refusal::Inactive`], and as [`Store::customer`].
    pub async fn suspend_monitor(&self, actor: &Actor, id: &MonitorId) -> Result<()> {
        let mut tx = self.db().begin().await?;
        let locked = lock_monitor(&mut tx, actor, id).await?;
        if locked.is_suspended {
            return Ok(());
        }
        let rule = format!("Suspended by {}.", actor.title());
        let before = locked.standing.status;
        self.suspend(&mut tx, actor, &locked.head.id, vec![locked.standing], Hold::Hand, &rule).await?;
        let changes = Changes::default().with("status", before.key(), Status::Suspended.key());
        let event = Event { kind: "monitor.suspended", customer: Some(&locked.head.id), subject: &locked.settings.name, changes };
        record(&mut tx, actor, self.now(), event).await?;
        tx.commit().await
    }

    /// Brings a suspended monitor back, in DISCOVERY. One that is not suspended stays as it is.
    ///
    /// # Errors
    /// [`Refusal::FreeLimit`], [`Refusal::Inactive`], and as [`Store::customer`].
    pub async fn resume_monitor(&self, actor: &Actor, id: &MonitorId) -> Result<()> {
        let mut tx = self.db().begin().await?;
        let locked = lock_monitor(&mut tx, actor, id).await?;
        if !locked.is_suspended {
            return Ok(());
        }
        require_free_room(&mut tx, actor, &locked.head).await?;
        let rule = format!("Resumed by {}.", actor.title());
        self.resume(&mut tx, actor, &locked.head.id, vec![locked.standing], &rule).await?;
        let changes = Changes::default().with("status", Status::Suspended.key(), Status::Discovery.key());
        let event = Event { kind: "monitor.resumed", customer: Some(&locked.head.id), subject: &locked.settings.name, changes };
        record(&mut tx, actor, self.now(), event).await?;
        tx.commit().await
    }

    /// Deletes a monitor with its history; its customer's id.
    ///
    /// # Errors
    /// [`Refusal::Inactive`], and as [`Store::customer`].
    pub async fn delete_monitor(&self, actor: &Actor, id: &MonitorId) -> Result<CustomerId> {
        let mut tx = self.db().begin().await?;
        let locked = lock_monitor(&mut tx, actor, id).await?;
        tx.run("DELETE FROM monitors WHERE id = $1 AND msp_id = $2", values![id, actor.msp()]).await?;
        tx.run("UPDATE customers SET monitors = monitors - 1 WHERE id = $1", values![&locked.head.id]).await?;
        give_room_back(&mut tx, actor.msp(), Room::Monitors, 1).await?;
        let changes = settings_changes(Some(&locked.settings), None);
        let event = Event { kind: "monitor.deleted", customer: Some(&locked.head.id), subject: &locked.settings.name, changes };
        record(&mut tx, actor, self.now(), event).await?;
        tx.commit().await?;
        Ok(locked.head.id)
    }

    /// The monitor's outages, the newest first.
    ///
    /// # Errors
    /// As [`Store::customer`] for the monitor's customer.
    pub async fn outages_of_monitor(&self, actor: &Actor, id: &MonitorId, limit: u32) -> Result<Vec<OutageRow>> {
        self.require_for_monitor(actor, id).await?;
        let now = self.now();
        let sql = format!(
            "SELECT {OUTAGE} FROM {OUTAGES_JOINED} WHERE o.monitor_id = $1 AND o.msp_id = $2 ORDER BY o.id DESC LIMIT $3"
        );
        let rows: Vec<OutageStored> = self.db().rows(AssertSqlSafe(sql), values![id, actor.msp(), limit]).await?;
        rows.into_iter().map(|row| outage_row(actor, now, row)).collect()
    }

    /// The customer's monitors with this hold, the oldest first.
    pub(crate) async fn standing(&self, tx: &mut Tx, customer: &CustomerId, hold: Hold) -> Result<Vec<Standing>> {
        let sql = "SELECT monitor_id, status, verdict_at, latency_ms FROM statuses
            WHERE customer_id = $1 AND suspended_by = $2 ORDER BY monitor_id";
        let rows: Vec<(String, String, i64, Option<i64>)> = tx.rows(sql, values![customer, hold.key()]).await?;
        rows.into_iter()
            .map(|(id, status, verdict_at, latency)| {
                let id = id.parse().map_err(Error::unreadable)?;
                Ok(Standing { id, status: status_of(&status)?, verdict_at, latency_ms: latency.map(number) })
            })
            .collect()
    }

    /// Suspends monitors of one customer, with a transition for each that was not, in a transaction that has
    /// [`Tx::lock_statuses`].
    pub(crate) async fn suspend(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        customer: &CustomerId,
        monitors: Vec<Standing>,
        hold: Hold,
        rule: &str,
    ) -> Result<()> {
        // Who it was is the MSP's own matter, and the reason is everybody's: customers and screens read it.
        let reason = if hold == Hold::Hand { "Suspended by hand." } else { rule };
        let writes = self.decided(actor, customer, monitors, Status::Suspended, reason, rule);
        self.write_statuses(tx, &writes, Some(hold)).await
    }

    /// Puts monitors of one customer into DISCOVERY, held by nobody, in a transaction that has [`Tx::lock_statuses`].
    pub(crate) async fn resume(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        customer: &CustomerId,
        monitors: Vec<Standing>,
        rule: &str,
    ) -> Result<()> {
        let writes = self.decided(actor, customer, monitors, Status::Discovery, "", rule);
        self.write_statuses(tx, &writes, Some(Hold::Nobody)).await
    }

    /// What a person's decision makes of each monitor.
    fn decided(
        &self,
        actor: &Actor,
        customer: &CustomerId,
        monitors: Vec<Standing>,
        status: Status,
        reason: &str,
        rule: &str,
    ) -> Vec<StatusWrite> {
        let now = self.now();
        let suspends = status == Status::Suspended;
        let evidence = Evidence { source: Source::Person, said: status, latency_ms: None, attempts: 1, rule: rule.to_owned() };
        monitors
            .into_iter()
            .map(|monitor| StatusWrite {
                monitor: monitor.id,
                msp: actor.msp().clone(),
                customer: customer.clone(),
                status,
                since: now,
                reason: reason.to_owned(),
                // Whoever comes back starts anew: an old verdict would make it look stale.
                verdict_at: if suspends { monitor.verdict_at } else { 0 },
                latency_ms: monitor.latency_ms.filter(|_| suspends),
                held: None,
                transition: (monitor.status != status).then(|| (monitor.status, evidence.clone())),
            })
            .collect()
    }
}

/// Whether what was found before says nothing of what is looked at now. A heartbeat's grace is no other target.
fn looks_elsewhere(before: &Check, after: &Check) -> bool {
    before != after && !(before.kind() == Kind::Heartbeat && after.kind() == Kind::Heartbeat)
}

/// The list's `ORDER BY`. The id makes it whole, so that no row is on two pages.
fn order(query: &MonitorQuery) -> String {
    let way = if query.descending { "DESC" } else { "ASC" };
    match query.sort {
        MonitorSort::Name => format!("m.name_sort {way}, m.id {way}"),
        MonitorSort::Customer => format!("c.name_sort {way}, m.customer_id {way}, m.name_sort, m.id"),
        MonitorSort::Status => format!("{} {way}, m.name_sort, m.id", severity()),
        MonitorSort::Since => format!("s.since {way}, m.id {way}"),
    }
}

/// The place of a status in the order of severity.
fn severity() -> String {
    let places: String =
        Status::ALL.into_iter().map(|status| format!(" WHEN '{}' THEN {}", status.key(), status.code())).collect();
    format!("CASE s.status{places} END")
}

/// The list's `WHERE` but for the status, and its values. `owner` is the table that is asked whose a monitor is.
fn list_condition(actor: &Actor, query: &MonitorQuery, owner: &str) -> (String, Vec<Value>) {
    let mut values = Vec::new();
    let mut condition = actor.sees(&format!("{owner}.msp_id"), &format!("{owner}.customer_id"), &mut values);
    for customer in [actor.customer(), query.customer.as_ref()].into_iter().flatten() {
        values.push(customer.into());
        condition.push_str(&format!(" AND {owner}.customer_id = ${}", values.len()));
    }
    if !query.search.trim().is_empty() {
        values.push(search_pattern(&query.search).into());
        let place = values.len();
        condition.push_str(&format!(" AND (m.search LIKE ${place} ESCAPE '\\' OR c.name_sort LIKE ${place} ESCAPE '\\')"));
    }
    (condition, values)
}

/// Each setting that the kind has, by the name of the form's control.
fn fields(settings: &MonitorSettings) -> Vec<(&'static str, String)> {
    let input = MonitorInput::from(settings);
    let mut fields = vec![("name", input.name), ("kind", input.kind)];
    fields.extend(match settings.check.kind() {
        Kind::Http => vec![("url", input.url), ("contains", input.contains), ("latency_limit_ms", input.latency_limit_ms)],
        Kind::Tcp => vec![("host", input.host), ("port", input.port), ("latency_limit_ms", input.latency_limit_ms)],
        Kind::Ping => vec![("host", input.host), ("latency_limit_ms", input.latency_limit_ms)],
        Kind::Dns => vec![
            ("record_name", input.record_name),
            ("record", input.record),
            ("resolver", input.resolver),
            ("expects", input.expects),
            ("latency_limit_ms", input.latency_limit_ms),
        ],
        Kind::Tls => vec![("host", input.host), ("port", input.port), ("warn_days", input.warn_days)],
        Kind::Heartbeat => vec![("grace_s", input.grace_s)],
        Kind::Simulated => vec![("profile", input.profile)],
    });
    fields.push(("interval_s", input.interval_s));
    if settings.check.kind() != Kind::Heartbeat {
        fields.extend([("timeout_s", input.timeout_s), ("retries", input.retries)]);
    }
    fields
}

fn settings_changes(before: Option<&MonitorSettings>, after: Option<&MonitorSettings>) -> Changes {
    let before = before.map(fields).unwrap_or_default();
    let after = after.map(fields).unwrap_or_default();
    let names: BTreeSet<&str> = before.iter().chain(&after).map(|(name, _)| *name).collect();
    let value = |fields: &[(&str, String)], name: &str| {
        fields.iter().find(|(field, _)| *field == name).map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let mut changes = Changes::default();
    for name in names {
        changes.note(name, &value(&before, name), &value(&after, name));
    }
    changes
}

/// What a list is read from.
const JOINED: &str = "monitors m JOIN statuses s ON s.monitor_id = m.id JOIN customers c ON c.id = m.customer_id";

/// The columns of a row of a list.
const ROW: &str =
    "m.id, m.name, m.customer_id, c.name AS customer_name, m.kind, m.target, s.status, s.since, s.reason, m.interval_s";

row! {
    struct RowStored {
        id: String,
        name: String,
        customer_id: String,
        customer_name: String,
        kind: String,
        target: String,
        status: String,
        since: i64,
        reason: String,
        interval_s: i64,
    }
}

row! {
    struct DetailStored {
        ..row: RowStored,
        settings: String,
        timeout_s: i64,
        retries: i64,
        version: i64,
        location_id: Option<String>,
        location_name: Option<String>,
        verdict_at: i64,
        latency_ms: Option<i64>,
    }
}

fn list_row(row: RowStored) -> Result<MonitorRow> {
    Ok(MonitorRow {
        id: row.id.parse().map_err(Error::unreadable)?,
        name: row.name,
        customer: row.customer_id.parse().map_err(Error::unreadable)?,
        customer_name: row.customer_name,
        kind: Kind::from_key(&row.kind).ok_or_else(|| Error::unreadable("a monitor is of no known kind"))?,
        target: row.target,
        status: status_of(&row.status)?,
        since: row.since,
        reason: row.reason,
        interval_s: number(row.interval_s),
    })
}
