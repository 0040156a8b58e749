//! The audit trail (DOMAIN A15): one row per change, numbered without a gap within an MSP, written in the change's own
//! transaction.

use std::collections::BTreeMap;

use model::{
    CustomerId, Refusal,
    customers::CustomerInput,
    events::{EventFilter, EventInput, EventRow, Whose},
    roles::{Action, Relation},
    text::fold,
};
use sqlx::AssertSqlSafe;

use crate::{
    Actor, Error, Result, Store,
    customers::search_pattern,
    db::{Tx, Value, values},
};

/// The most rows that one question gives.
const EVENTS_MOST: u32 = 500;

/// One change on its way into the log.
pub(crate) struct Event<'a> {
    pub(crate) kind: &'a str,
    pub(crate) customer: Option<&'a CustomerId>,
    /// The name of what was changed.
    pub(crate) subject: &'a str,
    pub(crate) changes: Changes,
}

/// The fields that changed, and only those.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    before: BTreeMap<String, String>,
    after: BTreeMap<String, String>,
}

impl Changes {
    /// Notes `field`, unless it stayed as it was. An empty text stands for nothing.
    pub(crate) fn note(&mut self, field: &str, before: &str, after: &str) {
        if before == after {
            return;
        }
        if !before.is_empty() {
            self.before.insert(field.to_owned(), before.to_owned());
        }
        if !after.is_empty() {
            self.after.insert(field.to_owned(), after.to_owned());
        }
    }

    pub(crate) fn with(mut self, field: &str, before: &str, after: &str) -> Self {
        self.note(field, before, after);
        self
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }
}

/// Writes the row. It locks the MSP's row, so it comes last in a transaction (`Tx::lock_statuses` gives the order).
pub(crate) async fn record(tx: &mut Tx, actor: &Actor, at: i64, event: Event<'_>) -> Result<()> {
    record_each(tx, actor, at, vec![event]).await
}

/// Writes a row for each, as [`record`] does. What is about several customers is several events: each is then hidden from whom
/// its customer is denied to (DOMAIN C7).
pub(crate) async fn record_each(tx: &mut Tx, actor: &Actor, at: i64, events: Vec<Event<'_>>) -> Result<()> {
    let count = i64::try_from(events.len()).unwrap_or(i64::MAX);
    let next = "UPDATE msps SET event_seq = event_seq + $2 WHERE id = $1 RETURNING event_seq";
    let Some((last,)) = tx.maybe::<(i64,)>(next, values![actor.msp(), count]).await? else {
        return Err(Refusal::NotFound.into());
    };
    let rows = (last - count + 1..).zip(events).map(|(seq, event)| row(actor, at, seq, &event)).collect::<Result<Vec<_>>>()?;
    let head = "INSERT INTO events (msp_id, seq, at, actor, origin, kind, customer_id, subject, before, after, actor_search,
        subject_search) VALUES";
    tx.bulk(head, "", rows).await
}

fn row(actor: &Actor, at: i64, seq: i64, event: &Event<'_>) -> Result<[Value; 12]> {
    // What a customer user does is about their customer.
    let customer = event.customer.or_else(|| actor.customer()).map(ToString::to_string).unwrap_or_default();
    Ok([
        actor.msp().into(),
        seq.into(),
        at.into(),
        actor.title().into(),
        actor.origin().into(),
        event.kind.into(),
        customer.into(),
        event.subject.into(),
        json(&event.changes.before)?.into(),
        json(&event.changes.after)?.into(),
        fold(&actor.title()).into(),
        fold(event.subject).into(),
    ])
}

fn json(fields: &BTreeMap<String, String>) -> Result<String> {
    serde_json::to_string(fields).map_err(Error::unreadable)
}

impl Store {
    /// The newest changes first that the filter leaves, from below the sequence `before` on.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] at the filter's fields; [`Refusal::Forbidden`] without [`Action::Administer`].
    pub async fn audit(&self, actor: &Actor, input: &EventInput, before: Option<i64>, limit: u32) -> Result<Vec<EventRow>> {
        actor.require(Action::Administer, Relation::None)?;
        let filter = input.accept().map_err(Refusal::Invalid)?;
        let [period] = self.instants(actor, [filter.period]).await?;
        let (condition, mut values) = condition(actor, &filter, period);
        values.extend(values![before.unwrap_or(i64::MAX), limit.min(EVENTS_MOST)]);
        let last = values.len();
        let sql = format!("{COLUMNS} WHERE {condition} AND seq < ${} ORDER BY seq DESC LIMIT ${last}", last - 1);
        let rows: Vec<Stored> = self.db().rows(AssertSqlSafe(sql), values).await?;
        rows.into_iter().map(event_row).collect()
    }

    /// The kinds that stand in the MSP's trail.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] without [`Action::Administer`].
    pub async fn event_kinds(&self, actor: &Actor) -> Result<Vec<String>> {
        actor.require(Action::Administer, Relation::None)?;
        // From each kind to the next by the index: the trail itself, however long it is, is not read.
        let sql = "WITH RECURSIVE found (kind) AS (
                SELECT MIN(kind) FROM events WHERE msp_id = $1
                UNION ALL
                SELECT (SELECT MIN(kind) FROM events WHERE msp_id = $1 AND kind > found.kind) FROM found WHERE found.kind IS NOT NULL
            ) SELECT kind FROM found WHERE kind IS NOT NULL";
        let rows: Vec<(String,)> = self.db().rows(sql, values![actor.msp()]).await?;
        Ok(rows.into_iter().map(|(kind,)| kind).collect())
    }

    /// The newest changes first, from below the sequence `before` on: of one customer, or of the whole MSP.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] without [`Action::Administer`] for the whole MSP; for one customer as [`Store::customer`].
    pub async fn events(
        &self,
        actor: &Actor,
        customer: Option<&CustomerId>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<EventRow>> {
        let before = before.unwrap_or(i64::MAX);
        let limit = limit.min(EVENTS_MOST);
        let rows = match customer {
            None => {
                actor.require(Action::Administer, Relation::None)?;
                let mut values = Vec::new();
                let seen = seen(actor, &mut values);
                let place = values.len() + 1;
                values.extend(values![before, limit]);
                let sql = format!("{COLUMNS} WHERE {seen} AND seq < ${place} ORDER BY seq DESC LIMIT ${}", place + 1);
                self.db().rows(AssertSqlSafe(sql), values).await?
            }
            Some(customer) => {
                // Who of the MSP did what, and from where, is not for the customer's own people.
                actor.require(Action::SeeAll, Relation::None)?;
                self.require_for_customer(actor, Action::OpenCustomer, customer).await?;
                let sql = format!("{COLUMNS} WHERE msp_id = $1 AND customer_id = $2 AND seq < $3 ORDER BY seq DESC LIMIT $4");
                self.db().rows(AssertSqlSafe(sql), values![actor.msp(), customer, before, limit]).await?
            }
        };
        rows.into_iter().map(event_row).collect()
    }
}

const COLUMNS: &str = "SELECT seq, at, actor, origin, kind, customer_id, subject, before, after FROM events";

/// Seq, at, actor, origin, kind, customer, subject, before, after.
type Stored = (i64, i64, String, String, String, String, String, String, String);

/// What the actor sees of the trail: a customer that is gone is hidden from whom it was denied to as long as it was there.
fn seen(actor: &Actor, values: &mut Vec<Value>) -> String {
    let seen = actor.sees("msp_id", "customer_id", values);
    let Some(user) = actor.user() else { return seen };
    values.push(user.into());
    format!("{seen} AND customer_id NOT IN (SELECT customer_id FROM hidden_trails WHERE user_id = ${})", values.len())
}

/// What the filter leaves of the trail, and its values. From an instant on, and before one.
fn condition(actor: &Actor, filter: &EventFilter, (from, until): (Option<i64>, Option<i64>)) -> (String, Vec<Value>) {
    let mut values = Vec::new();
    let mut condition = seen(actor, &mut values);
    let mut narrow = |text: &str, value: Value, values: &mut Vec<Value>| {
        values.push(value);
        condition.push_str(&text.replace('?', &format!("${}", values.len())));
    };
    if !filter.who.is_empty() {
        narrow(" AND actor_search LIKE ? ESCAPE '\\'", search_pattern(&filter.who).into(), &mut values);
    }
    if !filter.kind.is_empty() {
        narrow(" AND kind = ?", (&filter.kind).into(), &mut values);
    }
    match &filter.customer {
        None => {}
        Some(Whose::Id(id)) => narrow(" AND customer_id = ?", id.into(), &mut values),
        // One that is gone is found by the event that says so.
        Some(Whose::Named(name)) => narrow(
            " AND customer_id IN (SELECT id FROM customers WHERE msp_id = $1 AND search LIKE ? ESCAPE '\\' UNION ALL
                SELECT customer_id FROM events WHERE msp_id = $1 AND subject_search LIKE ? ESCAPE '\\' AND kind IN
                    ('customer.deleted', 'account.left', 'approval.withdrawn', 'approval.declined', 'approval.expired', 'customer.verification_discarded', 'customer.verification_expired'))",
            search_pattern(name).into(),
            &mut values,
        ),
    }
    if let Some(from) = from {
        narrow(" AND at >= ?", from.into(), &mut values);
    }
    if let Some(until) = until {
        narrow(" AND at < ?", until.into(), &mut values);
    }
    (condition, values)
}

fn event_row((seq, at, actor, from, kind, customer, subject, before, after): Stored) -> Result<EventRow> {
    let before: BTreeMap<String, String> = serde_json::from_str(&before).map_err(Error::unreadable)?;
    let mut after: BTreeMap<String, String> = serde_json::from_str(&after).map_err(Error::unreadable)?;
    let mut changes: Vec<(String, String, String)> = before
        .into_iter()
        .map(|(field, old)| {
            let new = after.remove(&field).unwrap_or_default();
            (field, old, new)
        })
        .collect();
    changes.extend(after.into_iter().map(|(field, new)| (field, String::new(), new)));
    // In the order of the form where there is one.
    let place = |name: &str| CustomerInput::FIELDS.iter().position(|field| field.name == name).unwrap_or(usize::MAX);
    changes.sort_by_key(|(field, ..)| place(field));
    Ok(EventRow { seq, at, actor, from, kind, customer, subject, changes })
}
