//! The audit trail (DOMAIN A15): one row per change, numbered without a gap within an MSP, written in the change's own
//! transaction.

use std::collections::BTreeMap;

use model::{
    CustomerId, Refusal,
    customers::CustomerInput,
    events::EventRow,
    roles::{Action, Relation},
};

use crate::{
    Actor, Error, Result, Store,
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
    let head = "INSERT INTO events (msp_id, seq, at, actor, origin, kind, customer_id, subject, before, after) VALUES";
    tx.bulk(head, "", rows).await
}

fn row(actor: &Actor, at: i64, seq: i64, event: &Event<'_>) -> Result<[Value; 10]> {
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
    ])
}

fn json(fields: &BTreeMap<String, String>) -> Result<String> {
    serde_json::to_string(fields).map_err(Error::unreadable)
}

impl Store {
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
        let columns = "SELECT seq, at, actor, origin, kind, subject, before, after FROM events";
        let rows = match customer {
            None => {
                actor.require(Action::Administer, Relation::None)?;
                let mut values = Vec::new();
                let seen = actor.sees("msp_id", "customer_id", &mut values);
                let place = values.len() + 1;
                values.extend(values![before, limit]);
                let sql = format!("{columns} WHERE {seen} AND seq < ${place} ORDER BY seq DESC LIMIT ${}", place + 1);
                self.db().rows(sqlx::AssertSqlSafe(sql), values).await?
            }
            Some(customer) => {
                // Who of the MSP did what, and from where, is not for the customer's own people.
                actor.require(Action::SeeAll, Relation::None)?;
                self.require_for_customer(actor, Action::OpenCustomer, customer).await?;
                let sql = format!("{columns} WHERE msp_id = $1 AND customer_id = $2 AND seq < $3 ORDER BY seq DESC LIMIT $4");
                self.db().rows(sqlx::AssertSqlSafe(sql), values![actor.msp(), customer, before, limit]).await?
            }
        };
        rows.into_iter().map(event_row).collect()
    }
}

/// Seq, at, actor, origin, kind, subject, before, after.
type Stored = (i64, i64, String, String, String, String, String, String);

fn event_row((seq, at, actor, from, kind, subject, before, after): Stored) -> Result<EventRow> {
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
    Ok(EventRow { seq, at, actor, from, kind, subject, changes })
}
