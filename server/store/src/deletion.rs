//! Deleting a customer (DOMAIN A11). It is gone from view in one transaction; its monitors, each with a history that may be
//! long, follow in small steps, so that nobody's change waits long. The audit trail keeps what it says of it. An account that leaves its
//! MSP (B6) goes the same way.

use model::{
    CustomerId, MspId, Problem, Refusal, UserId,
    customers::deletion::{DeletionBasis, Losses},
    lifecycle::State,
    roles::Action,
};

use crate::{
    Actor, Error, Result, Store,
    access::fold_email,
    customers::{Head, lock_customer},
    db::{Tx, values},
    events::{Changes, Event, record},
    msps::{Room, give_room_back, lock_msp, number},
    people::hide_trail,
};

/// Monitors that one step takes.
const STEP_MONITORS: u32 = 100;
/// Rows of their history that one step takes.
const STEP_ROWS: u32 = 2_000;

/// What there is the most of, each by its key: the monitor, and what tells its rows apart.
const HISTORY: [(&str, &str); 3] = [("latencies", "hour_at"), ("transitions", "id"), ("outages", "id")];

/// Monitors, outages, users, windows, groups, people.
type LossesStored = (i64, i64, i64, i64, i64, i64);

impl Store {
    /// What would be lost with the customer.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] without [`Action::ChangeLifecycle`]; [`Refusal::NotFound`].
    pub async fn deletion_basis(&self, actor: &Actor, id: &CustomerId) -> Result<DeletionBasis> {
        let head = self.require_for_customer(actor, Action::ChangeLifecycle, id).await?;
        let sql = "SELECT (SELECT COUNT(*) FROM monitors WHERE customer_id = $1), (SELECT COUNT(*) FROM outages WHERE customer_id = $1),
            (SELECT COUNT(*) FROM users WHERE customer_id = $1), (SELECT COUNT(*) FROM windows WHERE customer_id = $1),
            (SELECT COUNT(*) FROM group_members WHERE customer_id = $1), (SELECT COUNT(*) FROM associations WHERE customer_id = $1)";
        let losses: LossesStored = self.db().one(sql, values![id]).await?;
        let (monitors, outages, users, windows, groups, people) = losses;
        let [monitors, outages, users, windows, groups, people] = [monitors, outages, users, windows, groups, people].map(number);
        let losses = Losses { monitors, outages, users, windows, groups, people };
        Ok(DeletionBasis { customer: head.id, name: head.name, state: head.state, losses, associated: head.associated })
    }

    /// Deletes the customer once the person has typed their own email: nobody sees it any more, its people are signed out, its
    /// room is given back. [`Store::go_on_deleting`] then removes what is left of it.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] at `email`; [`Refusal::Pending`]; [`Refusal::Forbidden`] without [`Action::ChangeLifecycle`]; [`Refusal::NotFound`].
    pub async fn delete_customer(&self, actor: &Actor, id: &CustomerId, email: &str) -> Result<()> {
        let now = self.now();
        let mut tx = self.db().begin().await?;
        let head = lock_customer(&mut tx, actor, Action::ChangeLifecycle, id).await?;
        if head.state == State::Pending {
            return Err(Refusal::Pending.into());
        }
        if email.trim().is_empty() {
            return Err(Refusal::field("email", Problem::Required).into());
        }
        if fold_email(email) != fold_email(actor.email()) {
            return Err(Refusal::field("email", Problem::NotOwnEmail).into());
        }
        hide(&mut tx, actor.msp(), &head, now).await?;
        let changes = Changes::default().with("name", &head.name, "").with("state", head.state.key(), "").with(
            "monitors",
            &head.monitors.to_string(),
            "",
        );
        let event = Event { kind: "customer.deleted", customer: Some(id), subject: &head.name, changes };
        record(&mut tx, actor, now, event).await?;
        tx.commit().await
    }

    /// Customers of which something is left, the oldest deletion first. It crosses tenants, so it takes no [`Actor`].
    pub async fn deletions(&self) -> Result<Vec<CustomerId>> {
        let rows: Vec<(String,)> =
            self.db().rows("SELECT customer_id FROM deletions ORDER BY begun_at, customer_id", Vec::new()).await?;
        rows.into_iter().map(|(id,)| id.parse().map_err(Error::unreadable)).collect()
    }

    /// One small step of a deletion that was begun. Whether something is left.
    pub async fn go_on_deleting(&self, id: &CustomerId) -> Result<bool> {
        let begun: Option<(String,)> =
            self.db().maybe("SELECT customer_id FROM deletions WHERE customer_id = $1", values![id]).await?;
        if begun.is_none() {
            return Ok(false);
        }
        let mut tx = self.db().begin().await?;
        // The same monitors in each step, until they are gone.
        let some = "(SELECT id FROM monitors WHERE customer_id = $1 ORDER BY name_sort, id LIMIT $2)";
        for (table, key) in HISTORY {
            let sql = format!(
                "DELETE FROM {table} WHERE (monitor_id, {key}) IN (SELECT monitor_id, {key} FROM {table} WHERE monitor_id IN {some} LIMIT $3)"
            );
            if tx.run(sqlx::AssertSqlSafe(sql), values![id, STEP_MONITORS, STEP_ROWS]).await? > 0 {
                tx.commit().await?;
                return Ok(true);
            }
        }
        tx.lock_statuses().await?;
        let sql = format!("DELETE FROM monitors WHERE id IN {some}");
        if tx.run(sqlx::AssertSqlSafe(sql), values![id, STEP_MONITORS]).await? > 0 {
            tx.commit().await?;
            return Ok(true);
        }
        // Everything else that is the customer's alone goes with its row.
        tx.run("DELETE FROM customers WHERE id = $1", values![id]).await?;
        tx.commit().await?;
        Ok(false)
    }
}

/// Denies a new member of the staff what is being deleted, as [`hide`] denied it to those who were there.
pub(crate) async fn hide_from(tx: &mut Tx, msp: &MspId, user: &UserId, now: i64) -> Result<()> {
    // Who joins and what is deleted at the same time know of each other, whichever comes first.
    lock_msp(tx, msp).await?;
    let sql = "INSERT INTO denials (user_id, customer_id, created_at)
        SELECT CAST($1 AS TEXT), c.id, CAST($3 AS BIGINT) FROM deletions d JOIN customers c ON c.id = d.customer_id WHERE c.msp_id = $2";
    tx.run(sql, values![user, msp, now]).await?;
    Ok(())
}

/// Takes the customer out of everybody's sight and its people out of the house, and gives its room back. Until its row goes it is denied
/// to the whole staff: what hides a customer from one person (DOMAIN C7) hides it from all.
pub(crate) async fn hide(tx: &mut Tx, msp: &MspId, head: &Head, now: i64) -> Result<()> {
    let id = &head.id;
    hide_trail(tx, id).await?;
    tx.run("INSERT INTO deletions (customer_id, begun_at) VALUES ($1, $2)", values![id, now]).await?;
    let sql = "UPDATE customers SET state = $3, state_before = '', portal_name = '', version = version + 1 WHERE id = $1 AND msp_id = $2";
    tx.run(sql, values![id, msp, State::Inactive.key()]).await?;
    for sql in [
        "DELETE FROM invitations WHERE customer_id = $1",
        "DELETE FROM outbox WHERE customer_id = $1",
        "DELETE FROM users WHERE customer_id = $1",
        "DELETE FROM windows WHERE customer_id = $1",
        "DELETE FROM group_members WHERE customer_id = $1",
        "DELETE FROM associations WHERE customer_id = $1",
    ] {
        tx.run(sql, values![id]).await?;
    }
    lock_msp(tx, msp).await?;
    let sql = "INSERT INTO denials (user_id, customer_id, created_at)
        SELECT id, $2, CAST($3 AS BIGINT) FROM users WHERE msp_id = $1 AND customer_id IS NULL ON CONFLICT DO NOTHING";
    tx.run(sql, values![msp, id, now]).await?;
    if head.state == State::Inactive {
        return Ok(());
    }
    give_room_back(tx, msp, Room::Customers, 1).await?;
    give_room_back(tx, msp, Room::Monitors, head.monitors).await
}
