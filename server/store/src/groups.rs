//! Customer groups (DOMAIN C1), and which of them a person wants to see first on Home (C2).
//!
//! A group holds customers that some of its readers may be denied (C7): those are left as they are by whoever does not see them,
//! and what happens to a customer in a group is an event of that customer's own.
//!
//! Order of locks, here and where a customer is made or edited: customers that are there, staff, new customers, groups, the MSP's row.

use std::collections::{BTreeMap, HashMap, HashSet};

use model::{
    CustomerId, GroupId, Problem, Refusal, UserId,
    groups::{
        CHANGED_MOST, GroupDetail, GroupOfCustomer, GroupOffer, GroupRow, GroupUser, OFFERED, OfferedCustomer, Ticks,
        validate_name,
    },
    roles::{Action, Relation, Role},
};
use sqlx::AssertSqlSafe;

use crate::{
    Actor, Error, Result, Store,
    customers::{lock_customer, search_pattern, sort_key},
    db::{Tx, Value, values},
    events::{Changes, Event, record, record_each},
    msps::number,
    people::{role_of, staff_in},
};

/// Ids in one question.
const ASKED_AT_ONCE: usize = 100;

/// Customers by id, with their names.
type Named = BTreeMap<CustomerId, String>;

/// The group is another one now: whoever has its form open is told so.
pub(crate) async fn regrouped(tx: &mut Tx, id: &GroupId, now: i64) -> Result<()> {
    let sql = "UPDATE customer_groups SET modified_at = $2, version = version + 1 WHERE id = $1";
    tx.run(sql, values![id, now]).await?;
    Ok(())
}

impl Store {
    /// The MSP's groups by name.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] without [`Action::SeeAll`].
    pub async fn groups(&self, actor: &Actor) -> Result<Vec<GroupRow>> {
        actor.require(Action::SeeAll, Relation::None)?;
        let mut values = values![actor.msp()];
        let members = actor.sees("g.msp_id", "m.customer_id", &mut values);
        let users = actor.sees("g.msp_id", "m.customer_id", &mut values);
        let sql = format!(
            "SELECT g.id, g.name, (SELECT COUNT(*) FROM group_members m WHERE m.group_id = g.id AND {members}),
                (SELECT COUNT(DISTINCT a.user_id) FROM group_members m JOIN associations a ON a.customer_id = m.customer_id
                    WHERE m.group_id = g.id AND {users})
            FROM customer_groups g WHERE g.msp_id = $1 ORDER BY g.name_sort, g.id"
        );
        let rows: Vec<(String, String, i64, i64)> = self.db().rows(AssertSqlSafe(sql), values).await?;
        rows.into_iter()
            .map(|(id, name, customers, users)| {
                let id = id.parse().map_err(Error::unreadable)?;
                Ok(GroupRow { id, name, customers: number(customers), users: number(users) })
            })
            .collect()
    }

    /// One group, with the MSP users who are associated with its customers.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], also for another tenant's; [`Refusal::Forbidden`] without [`Action::SeeAll`].
    pub async fn group(&self, actor: &Actor, id: &GroupId) -> Result<GroupDetail> {
        actor.require(Action::SeeAll, Relation::None)?;
        let mut values = values![id, actor.msp()];
        let seen = actor.sees("g.msp_id", "m.customer_id", &mut values);
        let sql = format!(
            "SELECT g.name, g.version, (SELECT COUNT(*) FROM group_members m WHERE m.group_id = g.id AND {seen})
            FROM customer_groups g WHERE g.id = $1 AND g.msp_id = $2"
        );
        let found: Option<(String, i64, i64)> = self.db().maybe(AssertSqlSafe(sql), values).await?;
        let (name, version, customers) = found.ok_or(Refusal::NotFound)?;
        Ok(GroupDetail {
            id: id.clone(),
            name,
            version,
            customers: number(customers),
            is_default: self.default_group(actor).await?.as_ref() == Some(id),
            users: self.group_users(actor, id).await?,
        })
    }

    async fn group_users(&self, actor: &Actor, id: &GroupId) -> Result<Vec<GroupUser>> {
        let mut values = values![id];
        let seen = actor.sees("u.msp_id", "m.customer_id", &mut values);
        let sql = format!(
            "SELECT u.id, u.name, u.email, u.role, COUNT(*) FROM group_members m
            JOIN associations a ON a.customer_id = m.customer_id JOIN users u ON u.id = a.user_id
            WHERE m.group_id = $1 AND {seen} GROUP BY u.id, u.name, u.email, u.role ORDER BY u.name, u.id"
        );
        let rows: Vec<(String, String, String, String, i64)> = self.db().rows(AssertSqlSafe(sql), values).await?;
        rows.into_iter()
            .map(|(user, name, email, role, customers)| {
                let user = user.parse().map_err(Error::unreadable)?;
                Ok(GroupUser { user, name, email, role: role_of(&role)?, customers: number(customers) })
            })
            .collect()
    }

    /// Customers to tick, those of `group` first, then by name.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] without [`Action::SeeAll`].
    pub async fn group_offer(&self, actor: &Actor, group: Option<&GroupId>, search: &str) -> Result<GroupOffer> {
        actor.require(Action::SeeAll, Relation::None)?;
        let mut values = values![group.map(ToString::to_string).unwrap_or_default(), OFFERED];
        let mut condition = actor.sees("c.msp_id", "c.id", &mut values);
        if !search.trim().is_empty() {
            values.push(search_pattern(search).into());
            condition.push_str(&format!(" AND c.search LIKE ${} ESCAPE '\\'", values.len()));
        }
        let sql = format!(
            "SELECT id, name, member, matching FROM (SELECT c.id, c.name, c.name_sort, COUNT(*) OVER () AS matching,
                (SELECT COUNT(*) FROM group_members m WHERE m.group_id = $1 AND m.customer_id = c.id) AS member
                FROM customers c WHERE {condition}) AS found
            ORDER BY member DESC, name_sort, id LIMIT $2"
        );
        let rows: Vec<(String, String, i64, i64)> = self.db().rows(AssertSqlSafe(sql), values).await?;
        let matching = rows.first().map_or(0, |row| number(row.3));
        let rows = rows
            .into_iter()
            .map(|(id, name, member, _)| {
                Ok(OfferedCustomer { id: id.parse().map_err(Error::unreadable)?, name, member: member > 0 })
            })
            .collect::<Result<_>>()?;
        Ok(GroupOffer { rows, matching })
    }

    /// The names of customers, for a form that shows what was ticked before. Those that are not there are left out.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] without [`Action::SeeAll`].
    pub async fn names_of_customers(&self, actor: &Actor, ids: &[CustomerId]) -> Result<Vec<(CustomerId, String)>> {
        actor.require(Action::SeeAll, Relation::None)?;
        let mut named = Vec::new();
        for part in ids.chunks(ASKED_AT_ONCE) {
            let (sql, values) = named_sql(actor, part);
            named.extend(self.db().rows::<(String, String)>(AssertSqlSafe(sql), values).await?);
        }
        named.into_iter().map(|(id, name)| Ok((id.parse().map_err(Error::unreadable)?, name))).collect()
    }

    /// Adds a group with the ticked customers.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] at `name`; [`Refusal::NotFound`] for a customer that is not there; [`Refusal::Forbidden`] without
    /// [`Action::Administer`].
    pub async fn create_group(&self, actor: &Actor, name: &str, ticks: &Ticks) -> Result<GroupId> {
        actor.require(Action::Administer, Relation::None)?;
        validate_name(name).map_err(Refusal::Invalid)?;
        let (name, now) = (name.trim(), self.now());
        let id = GroupId::from_u128(self.inner.ids.bits(now));
        let mut tx = self.db().begin().await?;
        let sql = "INSERT INTO customer_groups (id, msp_id, name, name_sort, created_at, modified_at)
            VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT DO NOTHING RETURNING id";
        let new = values![&id, actor.msp(), name, sort_key(name), now];
        if tx.maybe::<(String,)>(sql, new).await?.is_none() {
            return Err(Refusal::field("name", Problem::Taken).into());
        }
        let added = named_in(&mut tx, actor, &ticks.ticked).await?;
        insert_members(&mut tx, &id, &added).await?;
        let changes = Changes::default().with("name", "", name);
        let mut events = vec![Event { kind: "group.created", customer: None, subject: name, changes }];
        events.extend(added.iter().map(|(customer, named)| joined(customer, named, name)));
        record_each(&mut tx, actor, now, events).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Renames a group and puts its customers as ticked; those that the form did not show stay. `version` is the one that the
    /// person saw; where nothing differs nothing is written.
    ///
    /// # Errors
    /// [`Refusal::Conflict`] where another edit came first, and as [`Store::create_group`].
    pub async fn edit_group(&self, actor: &Actor, id: &GroupId, version: i64, name: &str, ticks: &Ticks) -> Result<()> {
        actor.require(Action::Administer, Relation::None)?;
        let valid = validate_name(name);
        let now = self.now();
        let mut tx = self.db().begin().await?;
        let (old, current) = lock_group(&mut tx, actor, id).await?;
        valid.map_err(Refusal::Invalid)?;
        if current != version {
            return Err(Refusal::Conflict.into());
        }
        let name = name.trim();
        let mut removed = members_among(&mut tx, actor, id, &ticks.shown).await?;
        let ticked: HashSet<&CustomerId> = ticks.ticked.iter().collect();
        removed.retain(|customer, _| !ticked.contains(customer));
        let kept = members_among(&mut tx, actor, id, &ticks.ticked).await?;
        let new: Vec<CustomerId> = ticks.ticked.iter().filter(|customer| !kept.contains_key(customer)).cloned().collect();
        let added = named_in(&mut tx, actor, &new).await?;
        if name == old && added.is_empty() && removed.is_empty() {
            return Ok(());
        }
        rename(&mut tx, id, name, now).await?;
        insert_members(&mut tx, id, &added).await?;
        delete_members(&mut tx, id, &removed).await?;
        let mut events = Vec::new();
        if name != old {
            let changes = Changes::default().with("name", &old, name);
            events.push(Event { kind: "group.renamed", customer: None, subject: name, changes });
        }
        events.extend(added.iter().map(|(customer, named)| joined(customer, named, name)));
        events.extend(removed.iter().map(|(customer, named)| left(customer, named, name)));
        record_each(&mut tx, actor, now, events).await?;
        tx.commit().await
    }

    /// Deletes a group. Its customers and their associations stay.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::Forbidden`] without [`Action::Administer`].
    pub async fn delete_group(&self, actor: &Actor, id: &GroupId) -> Result<()> {
        actor.require(Action::Administer, Relation::None)?;
        let mut tx = self.db().begin().await?;
        let (name, _) = lock_group(&mut tx, actor, id).await?;
        // All of them, whoever deletes: each has its event, which is hidden from whom it is to be hidden from.
        let sql = "SELECT c.id, c.name FROM group_members m JOIN customers c ON c.id = m.customer_id WHERE m.group_id = $1";
        let members = named(tx.rows(sql, values![id]).await?)?;
        tx.run("DELETE FROM customer_groups WHERE id = $1 AND msp_id = $2", values![id, actor.msp()]).await?;
        let changes = Changes::default().with("name", &name, "");
        let mut events: Vec<Event<'_>> = members.iter().map(|(customer, named)| left(customer, named, &name)).collect();
        events.push(Event { kind: "group.deleted", customer: None, subject: &name, changes });
        record_each(&mut tx, actor, self.now(), events).await?;
        tx.commit().await
    }

    /// The MSP's groups by name, and which of them the customer is in.
    ///
    /// # Errors
    /// As [`Store::customer`]; [`Refusal::Forbidden`] without [`Action::SeeAll`].
    pub async fn groups_of_customer(&self, actor: &Actor, customer: &CustomerId) -> Result<Vec<GroupOfCustomer>> {
        actor.require(Action::SeeAll, Relation::None)?;
        self.require_for_customer(actor, Action::OpenCustomer, customer).await?;
        let sql = "SELECT g.id, g.name, (SELECT COUNT(*) FROM group_members m WHERE m.group_id = g.id AND m.customer_id = $2)
            FROM customer_groups g WHERE g.msp_id = $1 ORDER BY g.name_sort, g.id";
        let rows: Vec<(String, String, i64)> = self.db().rows(sql, values![actor.msp(), customer]).await?;
        rows.into_iter()
            .map(|(id, name, members)| {
                Ok(GroupOfCustomer { id: id.parse().map_err(Error::unreadable)?, name, member: members > 0 })
            })
            .collect()
    }

    /// Puts a customer into a group. Being in it already is no error.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], also for another tenant's; [`Refusal::Forbidden`] without [`Action::Administer`].
    pub async fn join_group(&self, actor: &Actor, customer: &CustomerId, id: &GroupId) -> Result<()> {
        actor.require(Action::Administer, Relation::None)?;
        let mut tx = self.db().begin().await?;
        let head = lock_customer(&mut tx, actor, Action::Administer, customer).await?;
        let (group, _) = lock_group(&mut tx, actor, id).await?;
        let sql = "INSERT INTO group_members (group_id, customer_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        if tx.run(sql, values![id, customer]).await? == 0 {
            return Ok(());
        }
        self.keep_regrouped(tx, actor, id, joined(customer, &head.name, &group)).await
    }

    /// Takes a customer out of a group. Not being in it is no error.
    ///
    /// # Errors
    /// As [`Store::join_group`].
    pub async fn leave_group(&self, actor: &Actor, customer: &CustomerId, id: &GroupId) -> Result<()> {
        actor.require(Action::Administer, Relation::None)?;
        let mut tx = self.db().begin().await?;
        let head = lock_customer(&mut tx, actor, Action::Administer, customer).await?;
        let (group, _) = lock_group(&mut tx, actor, id).await?;
        let sql = "DELETE FROM group_members WHERE group_id = $1 AND customer_id = $2";
        if tx.run(sql, values![id, customer]).await? == 0 {
            return Ok(());
        }
        self.keep_regrouped(tx, actor, id, left(customer, &head.name, &group)).await
    }

    async fn keep_regrouped(&self, mut tx: Tx, actor: &Actor, id: &GroupId, event: Event<'_>) -> Result<()> {
        let now = self.now();
        regrouped(&mut tx, id, now).await?;
        record(&mut tx, actor, now, event).await?;
        tx.commit().await
    }

    /// Associates a user with all of the group's customers. Those that they are denied are left out, for an association would
    /// come to life unseen once the denial is taken back.
    ///
    /// # Errors
    /// As [`Store::dissociate_group`].
    pub async fn associate_group(&self, actor: &Actor, id: &GroupId, user: &UserId) -> Result<()> {
        actor.require(Action::Administer, Relation::None)?;
        let mut tx = self.db().begin().await?;
        let mut values = values![id, user];
        let seen = actor.sees("c.msp_id", "c.id", &mut values);
        // A write that changes nothing locks the customers on either engine, before anything that depends on them.
        let sql = format!(
            "UPDATE customers SET admins = admins WHERE id IN (
                SELECT c.id FROM group_members m JOIN customers c ON c.id = m.customer_id WHERE m.group_id = $1 AND {seen}
                    AND c.id NOT IN (SELECT customer_id FROM denials WHERE user_id = $2))
            RETURNING id, name"
        );
        let mut customers = named(tx.rows(AssertSqlSafe(sql), values).await?)?;
        let person = staff_in(&mut tx, actor, user).await?;
        lock_group(&mut tx, actor, id).await?;
        let now = self.now();
        let rows = customers.keys().map(|customer| [customer.into(), user.into(), now.into()]).collect();
        let head = "INSERT INTO associations (customer_id, user_id, created_at) VALUES";
        let new: Vec<(String,)> = tx.bulk_returning(head, " ON CONFLICT DO NOTHING RETURNING customer_id", rows).await?;
        let new: HashSet<String> = new.into_iter().map(|(id,)| id).collect();
        customers.retain(|customer, _| new.contains(&customer.to_string()));
        if customers.is_empty() {
            return Ok(());
        }
        if person.role == Role::Admin {
            let rows = customers.keys().map(|customer| [customer.into()]).collect();
            tx.bulk("UPDATE customers SET admins = admins + 1 WHERE id IN (VALUES", ")", rows).await?;
        }
        let events = customers.iter().map(|(customer, named)| {
            let changes = Changes::default().with("user", "", &person.title);
            Event { kind: "association.created", customer: Some(customer), subject: named, changes }
        });
        record_each(&mut tx, actor, now, events.collect()).await?;
        tx.commit().await
    }

    /// Takes a user's associations with all of the group's customers away. Having none is no error.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], also for who is not staff of this MSP; [`Refusal::Forbidden`] without [`Action::Administer`].
    pub async fn dissociate_group(&self, actor: &Actor, id: &GroupId, user: &UserId) -> Result<()> {
        actor.require(Action::Administer, Relation::None)?;
        let mut tx = self.db().begin().await?;
        let mut values = values![id, user];
        let seen = actor.sees("c.msp_id", "c.id", &mut values);
        // A write that changes nothing locks the customers on either engine, before anything that depends on them.
        let sql = format!(
            "UPDATE customers SET admins = admins WHERE id IN (
                SELECT c.id FROM group_members m JOIN customers c ON c.id = m.customer_id JOIN associations a ON a.customer_id = c.id
                WHERE m.group_id = $1 AND a.user_id = $2 AND {seen})
            RETURNING id, name"
        );
        let mut customers = named(tx.rows(AssertSqlSafe(sql), values).await?)?;
        let person = staff_in(&mut tx, actor, user).await?;
        lock_group(&mut tx, actor, id).await?;
        let rows = customers.keys().map(|customer| [customer.into(), user.into()]).collect();
        let head = "DELETE FROM associations WHERE (customer_id, user_id) IN (VALUES";
        let gone: Vec<(String,)> = tx.bulk_returning(head, ") RETURNING customer_id", rows).await?;
        // While this waited for a customer, somebody else may have dissociated them.
        let gone: HashSet<String> = gone.into_iter().map(|(customer,)| customer).collect();
        customers.retain(|customer, _| gone.contains(&customer.to_string()));
        if customers.is_empty() {
            return Ok(());
        }
        if person.role == Role::Admin {
            let rows = customers.keys().map(|customer| [customer.into()]).collect();
            tx.bulk("UPDATE customers SET admins = admins - 1 WHERE id IN (VALUES", ")", rows).await?;
        }
        let events = customers.iter().map(|(customer, named)| {
            let changes = Changes::default().with("user", &person.title, "");
            Event { kind: "association.removed", customer: Some(customer), subject: named, changes }
        });
        record_each(&mut tx, actor, self.now(), events.collect()).await?;
        tx.commit().await
    }

    /// The group that the person wants to see first on Home.
    pub async fn default_group(&self, actor: &Actor) -> Result<Option<GroupId>> {
        let Some(user) = actor.user() else { return Ok(None) };
        let sql = "SELECT default_group FROM users WHERE id = $1 AND msp_id = $2";
        let found: Option<(Option<String>,)> = self.db().maybe(sql, values![user, actor.msp()]).await?;
        found.and_then(|(group,)| group).map(|group| group.parse().map_err(Error::unreadable)).transpose()
    }

    /// Sets it, or no group with `None`.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::Forbidden`] for who has no Home.
    pub async fn set_default_group(&self, actor: &Actor, group: Option<&GroupId>) -> Result<()> {
        actor.require(Action::SeeAll, Relation::None)?;
        let user = actor.user().ok_or(Refusal::Forbidden)?;
        let before = self.default_group(actor).await?;
        if before.as_ref() == group {
            return Ok(());
        }
        let mut tx = self.db().begin().await?;
        let after = match group {
            Some(group) => lock_group(&mut tx, actor, group).await?.0,
            None => String::new(),
        };
        let sql = "UPDATE users SET default_group = $2 WHERE id = $1 RETURNING name";
        let (name,): (String,) = tx.one(sql, values![user, group.map(ToString::to_string)]).await?;
        let before = match &before {
            Some(group) => lock_group(&mut tx, actor, group).await?.0,
            None => String::new(),
        };
        let changes = Changes::default().with("default_group", &before, &after);
        let event = Event { kind: "user.default_group_changed", customer: None, subject: &name, changes };
        record(&mut tx, actor, self.now(), event).await?;
        tx.commit().await
    }
}

pub(crate) fn joined<'a>(customer: &'a CustomerId, named: &'a str, group: &str) -> Event<'a> {
    let changes = Changes::default().with("group", "", group);
    Event { kind: "group.customer_added", customer: Some(customer), subject: named, changes }
}

pub(crate) fn left<'a>(customer: &'a CustomerId, named: &'a str, group: &str) -> Event<'a> {
    let changes = Changes::default().with("group", group, "");
    Event { kind: "group.customer_removed", customer: Some(customer), subject: named, changes }
}

/// The group's name and version, locked until the transaction ends.
async fn lock_group(tx: &mut Tx, actor: &Actor, id: &GroupId) -> Result<(String, i64)> {
    let sql = "UPDATE customer_groups SET version = version WHERE id = $1 AND msp_id = $2 RETURNING name, version";
    Ok(tx.maybe(sql, values![id, actor.msp()]).await?.ok_or(Refusal::NotFound)?)
}

async fn rename(tx: &mut Tx, id: &GroupId, name: &str, now: i64) -> Result<()> {
    let sql = "UPDATE customer_groups SET name = $2, name_sort = $3, modified_at = $4, version = version + 1 WHERE id = $1";
    match tx.run(sql, values![id, name, sort_key(name), now]).await {
        // The name is the only thing in this row that must be unique.
        Err(Error::Broken(sqlx::Error::Database(error))) if error.is_unique_violation() => {
            Err(Refusal::field("name", Problem::Taken).into())
        }
        other => other.map(|_| ()),
    }
}

async fn insert_members(tx: &mut Tx, id: &GroupId, customers: &Named) -> Result<()> {
    let rows = customers.keys().map(|customer| [id.into(), customer.into()]).collect();
    tx.bulk("INSERT INTO group_members (group_id, customer_id) VALUES", " ON CONFLICT DO NOTHING", rows).await
}

async fn delete_members(tx: &mut Tx, id: &GroupId, customers: &Named) -> Result<()> {
    let rows = customers.keys().map(|customer| [id.into(), customer.into()]).collect();
    tx.bulk("DELETE FROM group_members WHERE (group_id, customer_id) IN (VALUES", ")", rows).await
}

fn named(rows: Vec<(String, String)>) -> Result<Named> {
    rows.into_iter().map(|(id, name)| Ok((id.parse().map_err(Error::unreadable)?, name))).collect()
}

/// `SELECT id, name` of those of `ids` that the actor sees.
fn named_sql(actor: &Actor, ids: &[CustomerId]) -> (String, Vec<Value>) {
    let mut values = Vec::new();
    let seen = actor.sees("c.msp_id", "c.id", &mut values);
    let first = values.len() + 1;
    values.extend(ids.iter().map(Value::from));
    let places: Vec<String> = (first..=values.len()).map(|place| format!("${place}")).collect();
    (format!("SELECT c.id, c.name FROM customers c WHERE {seen} AND c.id IN ({})", places.join(", ")), values)
}

/// The customers with these ids: every one must be there for the actor.
pub(crate) async fn named_in(tx: &mut Tx, actor: &Actor, ids: &[CustomerId]) -> Result<Named> {
    if ids.len() > CHANGED_MOST as usize {
        return Err(Refusal::BadRequest.into());
    }
    let wanted: HashSet<&CustomerId> = ids.iter().collect();
    let mut found = Named::new();
    for part in ids.chunks(ASKED_AT_ONCE) {
        let (sql, values) = named_sql(actor, part);
        found.extend(named(tx.rows(AssertSqlSafe(sql), values).await?)?);
    }
    if found.len() == wanted.len() { Ok(found) } else { Err(Refusal::NotFound.into()) }
}

/// Those of `ids` that are in the group, as far as the actor sees them.
async fn members_among(tx: &mut Tx, actor: &Actor, group: &GroupId, ids: &[CustomerId]) -> Result<Named> {
    let mut found = HashMap::new();
    for part in ids.chunks(ASKED_AT_ONCE) {
        let (sql, mut values) = named_sql(actor, part);
        values.push(group.into());
        let place = values.len();
        let sql = format!("{sql} AND c.id IN (SELECT customer_id FROM group_members WHERE group_id = ${place})");
        found.extend(named(tx.rows(AssertSqlSafe(sql), values).await?)?);
    }
    Ok(found.into_iter().collect())
}
