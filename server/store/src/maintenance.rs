//! Maintenance windows (DOMAIN G2): what people plan, begin and end. Holding the monitors is `live`'s matter.

use std::cmp::Reverse;

use model::{
    CustomerId, MonitorId, Problem, Refusal, WindowId,
    customers::PAGE_ROWS,
    maintenance::{AT_ONCE_MINUTES, Phase, Rule, WindowDetail, WindowInput, WindowPage, WindowQuery, WindowRow, WindowSettings},
    roles::{Action, Relation},
};
use sqlx::AssertSqlSafe;

use crate::{
    Actor, Error, Result, Store,
    customers::{Head, last_page, lock_customer, search_pattern, user_key},
    db::{Tx, Value, row, values},
    events::{Changes, Event, record},
    msps::number,
    occurrences::{Calendar, is_zone, moment},
};

/// The zone of a window that is opened by a click: instants need none, and it is shown in the reader's own beside it.
const AT_ONCE_ZONE: &str = "UTC";

/// A window as `live` watches it.
#[derive(Debug, Clone)]
pub struct WatchedWindow {
    pub id: WindowId,
    pub customer: CustomerId,
    pub name: String,
    /// `None`: all of the customer's.
    pub monitors: Option<Vec<MonitorId>>,
    pub calendar: Calendar,
}

row! {
    struct WindowStored {
        id: String,
        customer_id: String,
        customer_name: String,
        name: String,
        all_monitors: bool,
        chosen: i64,
        rule: String,
        zone: String,
        enabled: bool,
        closed_at: i64,
        version: i64,
        associated: i64,
    }
}

/// What a list is read from; `$1` is who asks.
const LIST: &str = "SELECT w.id, w.customer_id, c.name AS customer_name, w.name, w.all_monitors,
        (SELECT COUNT(*) FROM window_monitors x WHERE x.window_id = w.id) AS chosen,
        w.rule, w.zone, w.enabled, w.closed_at, w.version,
        (SELECT COUNT(*) FROM associations a WHERE a.customer_id = w.customer_id AND a.user_id = $1) AS associated
    FROM windows w JOIN customers c ON c.id = w.customer_id";

/// The windows that `actor` sees, and the values so far.
fn seen_by(actor: &Actor) -> (String, Vec<Value>) {
    let mut values = values![user_key(actor)];
    let sees = actor.sees("w.msp_id", "w.customer_id", &mut values);
    (format!("{LIST} WHERE {sees}"), values)
}

fn read_rule(rule: &str) -> Result<Rule> {
    serde_json::from_str(rule).map_err(Error::unreadable)
}

fn rule_json(rule: &Rule) -> Result<String> {
    serde_json::to_string(rule).map_err(Error::unreadable)
}

fn list_row(actor: &Actor, row: WindowStored, now: i64) -> Result<WindowRow> {
    let rule = read_rule(&row.rule)?;
    let calendar = Calendar::new(rule.clone(), &row.zone, row.closed_at);
    let (phase, occurrence) = calendar.stands(row.enabled, now);
    let relation = if row.associated > 0 { Relation::Associated } else { Relation::Unassociated };
    Ok(WindowRow {
        id: row.id.parse().map_err(Error::unreadable)?,
        name: row.name,
        customer: row.customer_id.parse().map_err(Error::unreadable)?,
        customer_name: row.customer_name,
        monitors: (!row.all_monitors).then(|| number(row.chosen)),
        rule,
        zone: row.zone,
        phase,
        from: occurrence.map_or(0, |occurrence| occurrence.from),
        until: occurrence.map_or(0, |occurrence| occurrence.until),
        local: occurrence.map(|occurrence| calendar.local(occurrence)).unwrap_or_default(),
        may_manage: actor.may(Action::ManageMaintenance, relation),
        version: row.version,
    })
}

/// A window that is about to be changed, its customer locked.
struct Locked {
    head: Head,
    settings: WindowSettings,
    closed_at: i64,
    version: i64,
}

impl Locked {
    async fn record(&self, tx: &mut Tx, actor: &Actor, at: i64, kind: &str, name: &str, changes: Changes) -> Result<()> {
        record(tx, actor, at, Event { kind, customer: Some(&self.head.id), subject: name, changes }).await
    }
}

/// The window, its customer locked until the transaction ends, once `actor` may manage it.
async fn lock_window(tx: &mut Tx, actor: &Actor, id: &WindowId) -> Result<Locked> {
    let sql = "SELECT customer_id FROM windows WHERE id = $1 AND msp_id = $2";
    let Some((customer,)) = tx.maybe::<(String,)>(sql, values![id, actor.msp()]).await? else {
        return Err(Refusal::NotFound.into());
    };
    let customer: CustomerId = customer.parse().map_err(Error::unreadable)?;
    let head = lock_customer(tx, actor, Action::ManageMaintenance, &customer).await?;
    head.changeable()?;
    let sql = "SELECT name, all_monitors, rule, zone, enabled, closed_at, version FROM windows WHERE id = $1 AND msp_id = $2";
    let found: Option<(String, bool, String, String, bool, i64, i64)> = tx.maybe(sql, values![id, actor.msp()]).await?;
    let (name, all_monitors, rule, zone, enabled, closed_at, version) = found.ok_or(Refusal::NotFound)?;
    let sql = "SELECT monitor_id FROM window_monitors WHERE window_id = $1 ORDER BY monitor_id";
    let chosen: Vec<(String,)> = tx.rows(sql, values![id]).await?;
    let monitors = if all_monitors { None } else { Some(read_monitors(chosen)?) };
    let settings = WindowSettings { name, monitors, rule: read_rule(&rule)?, zone, enabled };
    Ok(Locked { head, settings, closed_at, version })
}

fn read_monitors(rows: Vec<(String,)>) -> Result<Vec<MonitorId>> {
    rows.into_iter().map(|(id,)| id.parse().map_err(Error::unreadable)).collect()
}

impl Store {
    /// The first customers by name that `actor` may plan maintenance for, and that the search finds.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] for whoever may plan none.
    pub async fn maintenance_customers(&self, actor: &Actor, search: &str) -> Result<Vec<(CustomerId, String)>> {
        actor.require(Action::ManageMaintenance, Relation::Associated)?;
        let mut values = Vec::new();
        let seen = actor.sees("msp_id", "id", &mut values);
        values.extend(values![search_pattern(search), actor.person()?, PAGE_ROWS]);
        let last = values.len();
        let sql = format!(
            "SELECT id, name FROM customers WHERE {seen} AND search LIKE ${} ESCAPE '\\' AND state IN ('ACTIVE', 'FREE')
                AND id IN (SELECT customer_id FROM associations WHERE user_id = ${}) ORDER BY name_sort, id LIMIT ${last}",
            last - 2,
            last - 1
        );
        let rows: Vec<(String, String)> = self.db().rows(AssertSqlSafe(sql), values).await?;
        rows.into_iter().map(|(id, name)| Ok((id.parse().map_err(Error::unreadable)?, name))).collect()
    }

    /// Plans a window for monitors of a customer.
    ///
    /// # Errors
    /// [`Refusal::Invalid`], also at the end of a time that is over, [`Refusal::Inactive`], and as [`Store::customer`].
    pub async fn create_window(&self, actor: &Actor, customer: &CustomerId, input: &WindowInput) -> Result<WindowId> {
        let valid = accepted(input);
        let now = self.now();
        let mut tx = self.db().begin().await?;
        let head = lock_customer(&mut tx, actor, Action::ManageMaintenance, customer).await?;
        head.changeable()?;
        let settings = valid?;
        still_comes(&settings, now)?;
        self.insert_window(tx, actor, &head, settings, "maintenance.created").await
    }

    /// Opens a window now, for so many minutes: for one monitor, or for all of the customer's.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] at `minutes`, [`Refusal::Inactive`], and as [`Store::customer`].
    pub async fn open_window(
        &self,
        actor: &Actor,
        customer: &CustomerId,
        monitor: Option<&MonitorId>,
        minutes: u32,
    ) -> Result<WindowId> {
        let now = self.now();
        let mut tx = self.db().begin().await?;
        let head = lock_customer(&mut tx, actor, Action::ManageMaintenance, customer).await?;
        head.changeable()?;
        if !AT_ONCE_MINUTES.contains(&minutes) {
            return Err(Refusal::field("minutes", Problem::NotAChoice).into());
        }
        let settings = WindowSettings {
            name: "Begun at once".into(),
            monitors: monitor.map(|monitor| vec![monitor.clone()]),
            rule: Rule::AtOnce { from: now, until: now + i64::from(minutes) * 60_000 },
            zone: AT_ONCE_ZONE.into(),
            enabled: true,
        };
        self.insert_window(tx, actor, &head, settings, "maintenance.begun").await
    }

    /// The same for one monitor, whoever's it is.
    ///
    /// # Errors
    /// As [`Store::open_window`].
    pub async fn open_window_for_monitor(&self, actor: &Actor, monitor: &MonitorId, minutes: u32) -> Result<WindowId> {
        let sql = "SELECT customer_id FROM monitors WHERE id = $1 AND msp_id = $2";
        let Some((customer,)) = self.db().maybe::<(String,)>(sql, values![monitor, actor.msp()]).await? else {
            return Err(Refusal::NotFound.into());
        };
        self.open_window(actor, &customer.parse().map_err(Error::unreadable)?, Some(monitor), minutes).await
    }

    async fn insert_window(
        &self,
        mut tx: Tx,
        actor: &Actor,
        head: &Head,
        settings: WindowSettings,
        kind: &str,
    ) -> Result<WindowId> {
        let now = self.now();
        let id = WindowId::from_u128(self.inner.ids.bits(now));
        let sql = "INSERT INTO windows (id, msp_id, customer_id, name, all_monitors, rule, zone, enabled, created_at, created_by)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        let row = values![
            &id,
            actor.msp(),
            &head.id,
            &settings.name,
            settings.monitors.is_none(),
            rule_json(&settings.rule)?,
            &settings.zone,
            settings.enabled,
            now,
            actor.title(),
        ];
        tx.run(sql, row).await?;
        choose_monitors(&mut tx, &head.id, &id, settings.monitors.as_deref()).await?;
        let changes = settings_changes(None, Some(&settings));
        record(&mut tx, actor, now, Event { kind, customer: Some(&head.id), subject: &settings.name, changes }).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Replaces the settings. What somebody ended begins again where it now lies at another time, and not where the series it is of
    /// has changed.
    ///
    /// # Errors
    /// [`Refusal::Conflict`], [`Refusal::Invalid`], also at the end of a time that is over, [`Refusal::Inactive`], and as
    /// [`Store::customer`].
    pub async fn edit_window(&self, actor: &Actor, id: &WindowId, version: i64, input: &WindowInput) -> Result<()> {
        let valid = accepted(input);
        let now = self.now();
        let mut tx = self.db().begin().await?;
        let locked = lock_window(&mut tx, actor, id).await?;
        let settings = valid?;
        if locked.version != version {
            return Err(Refusal::Conflict.into());
        }
        let before = &locked.settings;
        if settings == *before {
            return Ok(());
        }
        if settings.rule != before.rule || settings.zone != before.zone {
            still_comes(&settings, now)?;
        }
        let ended = |settings: &WindowSettings| calendar(settings, 0).current(locked.closed_at - 1);
        let is_same_time = ended(&settings) == ended(before);
        let sql = "UPDATE windows SET name = $2, all_monitors = $3, rule = $4, zone = $5, enabled = $6, closed_at = $7,
                version = version + 1 WHERE id = $1";
        let row = values![
            id,
            &settings.name,
            settings.monitors.is_none(),
            rule_json(&settings.rule)?,
            &settings.zone,
            settings.enabled,
            if is_same_time { locked.closed_at } else { 0 },
        ];
        tx.run(sql, row).await?;
        tx.run("DELETE FROM window_monitors WHERE window_id = $1", values![id]).await?;
        choose_monitors(&mut tx, &locked.head.id, id, settings.monitors.as_deref()).await?;
        let changes = settings_changes(Some(before), Some(&settings));
        locked.record(&mut tx, actor, now, "maintenance.edited", &settings.name, changes).await?;
        tx.commit().await
    }

    /// Ends what is open of a window now; a weekly one is open again at its next time. One that is not open stays as it is.
    ///
    /// # Errors
    /// [`Refusal::Inactive`], and as [`Store::customer`].
    pub async fn end_window(&self, actor: &Actor, id: &WindowId) -> Result<()> {
        let now = self.now();
        let mut tx = self.db().begin().await?;
        let locked = lock_window(&mut tx, actor, id).await?;
        let settings = &locked.settings;
        let (Phase::Open, Some(occurrence)) = calendar(settings, locked.closed_at).stands(settings.enabled, now) else {
            return Ok(());
        };
        // At least a millisecond: an occurrence of no length would not be one.
        let closed_at = now.max(occurrence.from + 1);
        tx.run("UPDATE windows SET closed_at = $2, version = version + 1 WHERE id = $1", values![id, closed_at]).await?;
        let changes = Changes::default().with("until", &moment(occurrence.until), &moment(closed_at));
        locked.record(&mut tx, actor, now, "maintenance.ended", &settings.name, changes).await?;
        tx.commit().await
    }

    /// Deletes a window; its customer.
    ///
    /// # Errors
    /// [`Refusal::Inactive`], and as [`Store::customer`].
    pub async fn delete_window(&self, actor: &Actor, id: &WindowId) -> Result<CustomerId> {
        let now = self.now();
        let mut tx = self.db().begin().await?;
        let locked = lock_window(&mut tx, actor, id).await?;
        tx.run("DELETE FROM windows WHERE id = $1", values![id]).await?;
        let changes = settings_changes(Some(&locked.settings), None);
        locked.record(&mut tx, actor, now, "maintenance.deleted", &locked.settings.name, changes).await?;
        tx.commit().await?;
        Ok(locked.head.id)
    }

    /// One page of the MSP's windows. A page past the end is the last one.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] without [`Action::SeeAll`].
    pub async fn windows(&self, actor: &Actor, query: &WindowQuery) -> Result<WindowPage> {
        actor.require(Action::SeeAll, Relation::None)?;
        let now = self.now();
        let (mut sql, mut values) = seen_by(actor);
        if let Some(customer) = &query.customer {
            values.push(customer.into());
            sql.push_str(&format!(" AND w.customer_id = ${}", values.len()));
        }
        if let Some(monitor) = &query.monitor {
            values.push(monitor.into());
            let place = values.len();
            sql.push_str(&format!(
                " AND (EXISTS (SELECT 1 FROM window_monitors x WHERE x.window_id = w.id AND x.monitor_id = ${place})
                OR (w.all_monitors AND w.customer_id = (SELECT m.customer_id FROM monitors m WHERE m.id = ${place})))"
            ));
        }
        let stored: Vec<WindowStored> = self.db().rows(AssertSqlSafe(sql), values).await?;
        let rows = stored.into_iter().map(|row| list_row(actor, row, now)).collect::<Result<Vec<_>>>()?;
        Ok(page_of(rows, query))
    }

    /// One window with what its form edits.
    ///
    /// # Errors
    /// As [`Store::customer`] for its customer.
    pub async fn window(&self, actor: &Actor, id: &WindowId) -> Result<WindowDetail> {
        let (seen, mut values) = seen_by(actor);
        values.push(id.into());
        let sql = format!("{seen} AND w.id = ${}", values.len());
        let found: Option<WindowStored> = self.db().maybe(AssertSqlSafe(sql), values).await?;
        let stored = found.ok_or(Refusal::NotFound)?;
        let (all_monitors, enabled) = (stored.all_monitors, stored.enabled);
        let row = list_row(actor, stored, self.now())?;
        self.require_for_customer(actor, Action::ManageMaintenance, &row.customer).await?;
        let sql = "SELECT monitor_id FROM window_monitors WHERE window_id = $1 ORDER BY monitor_id";
        let chosen: Vec<(String,)> = self.db().rows(sql, values![id]).await?;
        let monitors = if all_monitors { None } else { Some(read_monitors(chosen)?) };
        let settings =
            WindowSettings { name: row.name.clone(), monitors, rule: row.rule.clone(), zone: row.zone.clone(), enabled };
        Ok(WindowDetail { row, settings })
    }

    /// Id and name of the customer's monitors, by name, for a window's form: `most` at most, and those that `window` has chosen
    /// already.
    ///
    /// # Errors
    /// As [`Store::customer`]; [`Refusal::Inactive`].
    pub async fn window_choices(
        &self,
        actor: &Actor,
        customer: &CustomerId,
        window: Option<&WindowId>,
        most: u32,
    ) -> Result<Vec<(MonitorId, String)>> {
        self.require_for_customer(actor, Action::ManageMaintenance, customer).await?.changeable()?;
        let sql = "SELECT id, name FROM monitors WHERE customer_id = $1 AND (
                id IN (SELECT id FROM monitors WHERE customer_id = $1 ORDER BY name_sort, id LIMIT $2)
                OR id IN (SELECT monitor_id FROM window_monitors WHERE window_id = $3))
            ORDER BY name_sort, id";
        let window = window.map(ToString::to_string).unwrap_or_default();
        let rows: Vec<(String, String)> = self.db().rows(sql, values![customer, most, window]).await?;
        rows.into_iter().map(|(id, name)| Ok((id.parse().map_err(Error::unreadable)?, name))).collect()
    }

    /// What `live` watches: every enabled window that is not over, of every MSP. It crosses tenants, so it takes no [`Actor`].
    pub async fn watched_windows(&self) -> Result<Vec<WatchedWindow>> {
        let now = self.now();
        let sql = "SELECT id, customer_id, name, all_monitors, rule, zone, closed_at FROM windows WHERE enabled ORDER BY id";
        let rows: Vec<(String, String, String, bool, String, String, i64)> = self.db().rows(sql, Vec::new()).await?;
        let mut watched = Vec::new();
        for (id, customer, name, all_monitors, rule, zone, closed_at) in rows {
            let calendar = Calendar::new(read_rule(&rule)?, &zone, closed_at);
            if calendar.current(now).is_none() {
                continue;
            }
            let monitors = if all_monitors {
                None
            } else {
                let sql = "SELECT monitor_id FROM window_monitors WHERE window_id = $1 ORDER BY monitor_id";
                Some(read_monitors(self.db().rows(sql, values![&id]).await?)?)
            };
            watched.push(WatchedWindow {
                id: id.parse().map_err(Error::unreadable)?,
                customer: customer.parse().map_err(Error::unreadable)?,
                name,
                monitors,
                calendar,
            });
        }
        Ok(watched)
    }
}

fn accepted(input: &WindowInput) -> Result<WindowSettings, Refusal> {
    let settings = input.validate().map_err(Refusal::Invalid)?;
    if is_zone(&settings.zone) { Ok(settings) } else { Err(Refusal::field("zone", Problem::NotAChoice)) }
}

fn calendar(settings: &WindowSettings, closed_at: i64) -> Calendar {
    Calendar::new(settings.rule.clone(), &settings.zone, closed_at)
}

/// A time that is over, or that no clock of the zone shows, holds nothing: that is said where it was typed, and not found out at night.
fn still_comes(settings: &WindowSettings, now: i64) -> Result<(), Refusal> {
    let end = match settings.rule {
        Rule::Once { .. } => "ends",
        Rule::Weekly { .. } => "until",
        Rule::AtOnce { .. } => return Ok(()),
    };
    if calendar(settings, 0).current(now).is_some() { Ok(()) } else { Err(Refusal::field(end, Problem::NeverComes)) }
}

/// Keeps which monitors a window chose; each must be the customer's own.
async fn choose_monitors(tx: &mut Tx, customer: &CustomerId, id: &WindowId, monitors: Option<&[MonitorId]>) -> Result<()> {
    for monitor in monitors.unwrap_or_default() {
        let sql = "INSERT INTO window_monitors (window_id, monitor_id)
            SELECT $1, id FROM monitors WHERE id = $2 AND customer_id = $3";
        if tx.run(sql, values![id, monitor, customer]).await? == 0 {
            return Err(Refusal::field("monitors", Problem::NotAChoice).into());
        }
    }
    Ok(())
}

fn page_of(rows: Vec<WindowRow>, query: &WindowQuery) -> WindowPage {
    let count = |phases: &[Phase]| rows.iter().filter(|row| phases.contains(&row.phase)).count();
    let [open, coming, over] = [count(&[Phase::Open]), count(&[Phase::Coming, Phase::Disabled]), count(&[Phase::Over])]
        .map(|count| u32::try_from(count).unwrap_or(u32::MAX));
    let mut rows: Vec<WindowRow> = rows.into_iter().filter(|row| (row.phase == Phase::Over) == query.over).collect();
    if query.over {
        rows.sort_by_key(|row| (Reverse(row.until), row.id.clone()));
    } else {
        rows.sort_by_key(|row| (row.phase, row.from, row.id.clone()));
    }
    let matching = if query.over { over } else { open + coming };
    let page = query.page.clamp(1, last_page(matching));
    let rows = rows.into_iter().skip(((page - 1) * PAGE_ROWS) as usize).take(PAGE_ROWS as usize).collect();
    WindowPage { rows, matching, page, open, coming, over }
}

/// Each setting by the name of the form's control.
fn fields(settings: &WindowSettings) -> Vec<(&'static str, String)> {
    let monitors = match &settings.monitors {
        None => "all".to_owned(),
        Some(monitors) => monitors.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    };
    let times = match &settings.rule {
        Rule::Once { begins, ends } => vec![("begins", begins.to_string()), ("ends", ends.to_string())],
        Rule::AtOnce { from, until } => vec![("from", moment(*from)), ("until", moment(*until))],
        Rule::Weekly { from, until, .. } => {
            let date = |date: &Option<model::maintenance::Date>| date.map(|date| date.to_string()).unwrap_or_default();
            vec![("weekly", settings.rule.words()), ("from", date(from)), ("until", date(until))]
        }
    };
    let mut fields = vec![("name", settings.name.clone()), ("monitors", monitors)];
    fields.extend(times);
    fields.extend([("zone", settings.zone.clone()), ("enabled", if settings.enabled { "yes" } else { "no" }.to_owned())]);
    fields
}

fn settings_changes(before: Option<&WindowSettings>, after: Option<&WindowSettings>) -> Changes {
    let (before, after) = (before.map(fields).unwrap_or_default(), after.map(fields).unwrap_or_default());
    let value = |fields: &[(&str, String)], name: &str| {
        fields.iter().find(|(field, _)| *field == name).map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let mut changes = Changes::default();
    for (name, _) in before.iter().chain(&after) {
        changes.note(name, &value(&before, name), &value(&after, name));
    }
    changes
}
