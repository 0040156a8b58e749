//! Outages in people's hands (DOMAIN G9): taken, handed back, noted, snoozed; and the list of those that last.

use model::{
    CustomerId, MonitorId, OutageId, Problem, Refusal,
    customers::{OutageRow, PAGE_ROWS},
    outages::{
        Care, NOTE_MOST, Note, OpenOutage, OutageDetail, OutageFilter, OutagePage, OutageQuery, SNOOZE_MINUTES,
        SNOOZE_REASON_MOST, accepted_text,
    },
    roles::{Action, Relation},
};
use sqlx::AssertSqlSafe;

use crate::{
    Actor, Error, Result, Store,
    customers::{Head, last_page, lock_customer, user_key},
    db::{Tx, Value, row, values},
    events::{Changes, Event, record},
    monitors::status_of,
    msps::number,
    occurrences::moment,
};

/// The columns of an outage as lists show it.
pub(crate) const OUTAGE: &str =
    "o.id, o.monitor_id, m.name AS monitor_name, o.status, o.reason, o.started_at, o.ended_at, o.taken_by,
    o.taken_at, o.snoozed_until, o.snoozed_by, o.snooze_reason, o.notes";

/// What they are read from.
pub(crate) const OUTAGES_JOINED: &str = "outages o JOIN monitors m ON m.id = o.monitor_id";

row! {
    pub(crate) struct OutageStored {
        id: String,
        monitor_id: String,
        monitor_name: String,
        status: String,
        reason: String,
        started_at: i64,
        ended_at: Option<i64>,
        taken_by: String,
        taken_at: i64,
        snoozed_until: i64,
        snoozed_by: String,
        snooze_reason: String,
        notes: i64,
    }
}

/// Who looks after an outage is the MSP's own matter: a customer's people do not read it.
/// A snooze that is over by `now` is none.
pub(crate) fn outage_row(actor: &Actor, now: i64, row: OutageStored) -> Result<OutageRow> {
    let care = if actor.customer().is_some() {
        Care::default()
    } else {
        Care {
            taken_by: row.taken_by,
            taken_at: row.taken_at,
            snoozed_until: if row.snoozed_until > now { row.snoozed_until } else { 0 },
            snoozed_by: row.snoozed_by,
            snooze_reason: row.snooze_reason,
            notes: number(row.notes),
        }
    };
    Ok(OutageRow {
        id: row.id.parse().map_err(Error::unreadable)?,
        monitor: row.monitor_id.parse().map_err(Error::unreadable)?,
        monitor_name: row.monitor_name,
        status: status_of(&row.status)?,
        reason: row.reason,
        started_at: row.started_at,
        ended_at: row.ended_at,
        care,
    })
}

row! {
    struct OwnedStored {
        ..outage: OutageStored,
        customer_id: String,
        customer_name: String,
        associated: i64,
    }
}

/// The columns of an outage with whose it is; who asks is the parameter at `asker`.
fn owned(asker: usize) -> String {
    format!(
        "{OUTAGE}, o.customer_id, c.name AS customer_name,
        (SELECT COUNT(*) FROM associations a WHERE a.customer_id = o.customer_id AND a.user_id = ${asker}) AS associated"
    )
}

const OWNED_JOINED: &str = "outages o JOIN monitors m ON m.id = o.monitor_id JOIN customers c ON c.id = o.customer_id";

fn open_outage(actor: &Actor, now: i64, row: OwnedStored) -> Result<OpenOutage> {
    let relation = if row.associated > 0 { Relation::Associated } else { Relation::Unassociated };
    Ok(OpenOutage {
        may_care: actor.may(Action::AcknowledgeOutages, relation),
        outage: outage_row(actor, now, row.outage)?,
        customer: row.customer_id.parse().map_err(Error::unreadable)?,
        customer_name: row.customer_name,
    })
}

/// An outage that is about to be changed, its customer locked.
struct Locked {
    head: Head,
    outage: OutageRow,
}

impl Locked {
    async fn record(&self, tx: &mut Tx, actor: &Actor, at: i64, kind: &str, changes: Changes) -> Result<()> {
        let event = Event { kind, customer: Some(&self.head.id), subject: &self.outage.monitor_name, changes };
        record(tx, actor, at, event).await
    }
}

/// The outage while it lasts, its customer locked until the transaction ends, once `actor` may look after it.
async fn lock_outage(tx: &mut Tx, actor: &Actor, now: i64, id: &OutageId) -> Result<Locked> {
    let sql = "SELECT customer_id FROM outages WHERE id = $1 AND msp_id = $2";
    let Some((customer,)) = tx.maybe::<(String,)>(sql, values![id, actor.msp()]).await? else {
        return Err(Refusal::NotFound.into());
    };
    let customer: CustomerId = customer.parse().map_err(Error::unreadable)?;
    let head = lock_customer(tx, actor, Action::AcknowledgeOutages, &customer).await?;
    head.changeable()?;
    tx.lock_statuses().await?;
    // Read under the locks: it may have ended while they were waited for.
    let sql = format!("SELECT {OUTAGE} FROM {OUTAGES_JOINED} WHERE o.id = $1 AND o.msp_id = $2");
    let found: Option<OutageStored> = tx.maybe(AssertSqlSafe(sql), values![id, actor.msp()]).await?;
    let outage = outage_row(actor, now, found.ok_or(Refusal::NotFound)?)?;
    if outage.ended_at.is_some() { Err(Refusal::OutageOver.into()) } else { Ok(Locked { head, outage }) }
}

impl Store {
    /// Takes an open outage; its monitor. Of two who do so at once, the second is told whom to ask.
    ///
    /// # Errors
    /// [`Refusal::OutageTaken`], [`Refusal::OutageOver`], [`Refusal::Inactive`], and as [`Store::customer`].
    pub async fn take_outage(&self, actor: &Actor, id: &OutageId) -> Result<MonitorId> {
        let now = self.now();
        let mut tx = self.db().begin().await?;
        let locked = lock_outage(&mut tx, actor, now, id).await?;
        let by = &locked.outage.care.taken_by;
        if by == actor.name() {
            return Ok(locked.outage.monitor);
        }
        if locked.outage.care.is_taken() {
            return Err(Refusal::OutageTaken { by: by.clone() }.into());
        }
        tx.run("UPDATE outages SET taken_by = $2, taken_at = $3 WHERE id = $1", values![id, actor.name(), now]).await?;
        let changes = Changes::default().with("taken_by", "", actor.name());
        locked.record(&mut tx, actor, now, "outage.taken", changes).await?;
        tx.commit().await?;
        Ok(locked.outage.monitor)
    }

    /// Hands an outage back, whoever took it; its monitor. One that nobody took stays so.
    ///
    /// # Errors
    /// As [`Store::take_outage`].
    pub async fn hand_outage_back(&self, actor: &Actor, id: &OutageId) -> Result<MonitorId> {
        let now = self.now();
        let mut tx = self.db().begin().await?;
        let locked = lock_outage(&mut tx, actor, now, id).await?;
        if !locked.outage.care.is_taken() {
            return Ok(locked.outage.monitor);
        }
        tx.run("UPDATE outages SET taken_by = '', taken_at = 0 WHERE id = $1", values![id]).await?;
        let changes = Changes::default().with("taken_by", &locked.outage.care.taken_by, "");
        locked.record(&mut tx, actor, now, "outage.handed_back", changes).await?;
        tx.commit().await?;
        Ok(locked.outage.monitor)
    }

    /// Adds a note. Notes are never changed.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] at `text`, and as [`Store::take_outage`].
    pub async fn note_outage(&self, actor: &Actor, id: &OutageId, text: &str) -> Result<()> {
        let now = self.now();
        let mut tx = self.db().begin().await?;
        let locked = lock_outage(&mut tx, actor, now, id).await?;
        let text = accepted_text("text", text, true, NOTE_MOST).map_err(|error| Refusal::Invalid(vec![error]))?;
        let note = uuid::Uuid::from_u128(self.inner.ids.bits(now)).simple().to_string();
        let sql = "INSERT INTO outage_notes (monitor_id, outage_id, id, at, author, text) VALUES ($1, $2, $3, $4, $5, $6)";
        tx.run(sql, values![&locked.outage.monitor, id, note, now, actor.name(), &text]).await?;
        tx.run("UPDATE outages SET notes = notes + 1 WHERE id = $1", values![id]).await?;
        locked.record(&mut tx, actor, now, "outage.noted", Changes::default().with("note", "", &text)).await?;
        tx.commit().await
    }

    /// Snoozes an outage for so many minutes from now; 0 ends a snooze. It is over by itself with its time or the outage.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] at `minutes` or `reason`, and as [`Store::take_outage`].
    pub async fn snooze_outage(&self, actor: &Actor, id: &OutageId, minutes: u32, reason: &str) -> Result<()> {
        let now = self.now();
        let mut tx = self.db().begin().await?;
        let locked = lock_outage(&mut tx, actor, now, id).await?;
        let ends = minutes == 0;
        let mut errors = Vec::new();
        if !ends && !SNOOZE_MINUTES.contains(&minutes) {
            errors.push(model::FieldError::new("minutes", Problem::NotAChoice));
        }
        let reason = if ends { Ok(String::new()) } else { accepted_text("reason", reason, true, SNOOZE_REASON_MOST) };
        let reason = reason.unwrap_or_else(|error| {
            errors.push(error);
            String::new()
        });
        if !errors.is_empty() {
            return Err(Refusal::Invalid(errors).into());
        }
        let care = &locked.outage.care;
        if ends && !care.is_snoozed() {
            return Ok(());
        }
        let (until, by) = if ends { (0, "") } else { (now + i64::from(minutes) * 60_000, actor.name()) };
        let sql = "UPDATE outages SET snoozed_until = $2, snoozed_by = $3, snooze_reason = $4 WHERE id = $1";
        tx.run(sql, values![id, until, by, &reason]).await?;
        let before = if care.is_snoozed() { care.snooze_reason.as_str() } else { "" };
        let changes =
            Changes::default().with("snoozed_until", &moment(care.snoozed_until), &moment(until)).with("reason", before, &reason);
        locked.record(&mut tx, actor, now, if ends { "outage.woken" } else { "outage.snoozed" }, changes).await?;
        tx.commit().await
    }

    /// One outage with its notes.
    ///
    /// # Errors
    /// As [`Store::customer`] for its customer; [`Refusal::Forbidden`] to people of a customer.
    pub async fn outage(&self, actor: &Actor, id: &OutageId) -> Result<OutageDetail> {
        let sql = format!("SELECT {} FROM {OWNED_JOINED} WHERE o.id = $2 AND o.msp_id = $3", owned(1));
        let found: Option<OwnedStored> = self.db().maybe(AssertSqlSafe(sql), values![user_key(actor), id, actor.msp()]).await?;
        let OpenOutage { outage, customer, customer_name, .. } = open_outage(actor, self.now(), found.ok_or(Refusal::NotFound)?)?;
        self.require_for_customer(actor, Action::AcknowledgeOutages, &customer).await?;
        let sql = "SELECT author, at, text FROM outage_notes WHERE outage_id = $1 ORDER BY id";
        let notes: Vec<(String, i64, String)> = self.db().rows(sql, values![id]).await?;
        let notes = notes.into_iter().map(|(author, at, text)| Note { author, at, text }).collect();
        Ok(OutageDetail { outage, customer, customer_name, notes })
    }

    /// Outages of the actor's MSP by their ids, in no order.
    pub(crate) async fn outages_by_id(&self, actor: &Actor, ids: &[OutageId]) -> Result<Vec<OpenOutage>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut values = values![user_key(actor)];
        let seen = actor.sees("o.msp_id", "o.customer_id", &mut values);
        let places: Vec<String> = (values.len() + 1..).take(ids.len()).map(|place| format!("${place}")).collect();
        values.extend(ids.iter().map(Value::from));
        let sql = format!("SELECT {} FROM {OWNED_JOINED} WHERE {seen} AND o.id IN ({})", owned(1), places.join(", "));
        let rows: Vec<OwnedStored> = self.db().rows(AssertSqlSafe(sql), values).await?;
        let now = self.now();
        rows.into_iter().map(|row| open_outage(actor, now, row)).collect()
    }

    /// One page of the MSP's open outages, the newest first. A page past the end is the last one.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] without [`Action::SeeAll`].
    pub async fn open_outages(&self, actor: &Actor, query: &OutageQuery) -> Result<OutagePage> {
        actor.require(Action::SeeAll, Relation::None)?;
        let now = self.now();
        let mut page = OutagePage::default();
        for (filter, count) in OutageFilter::ALL.into_iter().zip(&mut page.by_filter) {
            let (condition, values) = open_condition(actor, query, filter, now);
            let sql = format!("SELECT COUNT(*) FROM outages o WHERE {condition}");
            *count = number(self.db().one::<(i64,)>(AssertSqlSafe(sql), values).await?.0);
            if filter == query.filter {
                page.matching = *count;
            }
        }
        page.page = query.page.clamp(1, last_page(page.matching));
        let (condition, mut values) = open_condition(actor, query, query.filter, now);
        values.extend(values![user_key(actor), PAGE_ROWS, i64::from(page.page - 1) * i64::from(PAGE_ROWS)]);
        let last = values.len();
        let sql = format!(
            "SELECT {} FROM {OWNED_JOINED} WHERE {condition}
            ORDER BY o.started_at DESC, o.id DESC LIMIT ${} OFFSET ${last}",
            owned(last - 2),
            last - 1
        );
        let rows: Vec<OwnedStored> = self.db().rows(AssertSqlSafe(sql), values).await?;
        page.rows = rows.into_iter().map(|row| open_outage(actor, now, row)).collect::<Result<_>>()?;
        Ok(page)
    }
}

/// The list's `WHERE`, and its values.
fn open_condition(actor: &Actor, query: &OutageQuery, filter: OutageFilter, now: i64) -> (String, Vec<Value>) {
    let mut values = Vec::new();
    let mut condition = actor.sees("o.msp_id", "o.customer_id", &mut values);
    condition.push_str(" AND o.ended_at IS NULL");
    if let Some(customer) = &query.customer {
        values.push(customer.into());
        condition.push_str(&format!(" AND o.customer_id = ${}", values.len()));
    }
    match filter {
        OutageFilter::All => {}
        OutageFilter::Taken => condition.push_str(" AND o.taken_by <> ''"),
        OutageFilter::Waiting => {
            values.push(now.into());
            condition.push_str(&format!(" AND o.taken_by = '' AND o.snoozed_until <= ${}", values.len()));
        }
        OutageFilter::Snoozed => {
            values.push(now.into());
            condition.push_str(&format!(" AND o.snoozed_until > ${}", values.len()));
        }
    }
    (condition, values)
}
