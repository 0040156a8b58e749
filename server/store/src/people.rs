//! The MSP's staff and its customers: who is associated with what (DOMAIN C3), and who is denied what (C7).
//!
//! An MSP Admin denies a customer to any other member of staff, also to another Admin, but to nobody's own self. So whoever denies
//! goes on seeing the customer, and one Admin is always left who can allow it again. A denial outranks an association and leaves
//! it as it is: once it is lifted, everything is as before.

use model::{
    CustomerId, MspId, Problem, Refusal, UserId,
    customers::PAGE_ROWS,
    invitations::CustomerUser,
    people::{StaffRow, StaffSheet, Tie, TieStep, TiedCustomer, TiedPerson, Ties, TiesQuery},
    roles::{Action, Relation, Role},
    text::fold,
};
use sqlx::AssertSqlSafe;

use crate::{
    Actor, Error, Result, Store,
    customers::{Head, insert_association, last_page, lock_customer, search_pattern, state_of},
    db::{Tx, Value, values},
    events::{Changes, Event, record},
    msps::number,
};

/// A member of staff who is about to be associated, dissociated, denied or allowed.
pub(crate) struct Person {
    pub(crate) role: Role,
    /// As the audit trail names them.
    pub(crate) title: String,
}

/// The person, locked: what they are stays so until the transaction ends. Customers are locked before.
pub(crate) async fn staff_in(tx: &mut Tx, actor: &Actor, user: &UserId) -> Result<Person> {
    let sql = "UPDATE users SET role = role WHERE id = $1 AND msp_id = $2 AND customer_id IS NULL RETURNING role, name, email";
    let found: Option<(String, String, String)> = tx.maybe(sql, values![user, actor.msp()]).await?;
    let (role, name, email) = found.ok_or(Refusal::NotFound)?;
    Ok(Person { role: role_of(&role)?, title: format!("{name} <{email}>") })
}

pub(crate) fn role_of(key: &str) -> Result<Role> {
    Role::from_key(key).ok_or_else(|| Error::unreadable("a user has no known role"))
}

impl Store {
    /// The MSP's staff by name.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] without [`Action::SeeAll`].
    pub async fn staff(&self, actor: &Actor) -> Result<Vec<StaffRow>> {
        actor.require(Action::SeeAll, Relation::None)?;
        let mut values = values![actor.msp()];
        let sql = format!("{} ORDER BY u.id", staff_sql(actor, &mut values));
        let rows: Vec<StaffStored> = self.db().rows(AssertSqlSafe(sql), values).await?;
        let mut staff: Vec<StaffRow> = rows.into_iter().map(staff_row).collect::<Result<_>>()?;
        staff.sort_by_cached_key(|person| (fold(&person.name), person.id.clone()));
        Ok(staff)
    }

    /// One member of staff, and a page of the MSP's customers with how they stand to each.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], also for another tenant's; [`Refusal::Forbidden`] without [`Action::SeeAll`].
    pub async fn staff_member(&self, actor: &Actor, user: &UserId, query: &TiesQuery) -> Result<StaffSheet> {
        actor.require(Action::SeeAll, Relation::None)?;
        let mut values = values![actor.msp()];
        let mut sql = staff_sql(actor, &mut values);
        values.push(user.into());
        sql.push_str(&format!(" AND u.id = ${}", values.len()));
        let found: Option<StaffStored> = self.db().maybe(AssertSqlSafe(sql), values).await?;
        let person = staff_row(found.ok_or(Refusal::NotFound)?)?;
        let (condition, mut values) = ties_condition(actor, user, query);
        let count = format!("SELECT COUNT(*) FROM customers c WHERE {condition}");
        let (matching,): (i64,) = self.db().one(AssertSqlSafe(count), values.clone()).await?;
        let matching = number(matching);
        let page = query.page.clamp(1, last_page(matching));
        values.extend(values![PAGE_ROWS, i64::from(page - 1) * i64::from(PAGE_ROWS)]);
        let last = values.len();
        let sql = format!(
            "SELECT c.id, c.name, c.state, (SELECT COUNT(*) FROM associations WHERE customer_id = c.id AND user_id = $1),
                (SELECT COUNT(*) FROM denials WHERE customer_id = c.id AND user_id = $1)
            FROM customers c WHERE {condition} ORDER BY c.name_sort, c.id LIMIT ${} OFFSET ${last}",
            last - 1
        );
        let rows: Vec<(String, String, String, i64, i64)> = self.db().rows(AssertSqlSafe(sql), values).await?;
        let customers = rows
            .into_iter()
            .map(|(id, name, state, associations, denials)| {
                let id = id.parse().map_err(Error::unreadable)?;
                Ok(TiedCustomer { id, name, state: state_of(&state)?, tie: tie(associations, denials) })
            })
            .collect::<Result<_>>()?;
        Ok(StaffSheet { person, customers, matching, page })
    }

    /// The MSP's staff by name, with how each stands to the customer.
    ///
    /// # Errors
    /// As [`Store::customer`].
    pub async fn people_of_customer(&self, actor: &Actor, customer: &CustomerId) -> Result<Vec<TiedPerson>> {
        // The MSP's staff is not for the customer's own people.
        actor.require(Action::SeeAll, Relation::None)?;
        self.require_for_customer(actor, Action::OpenCustomer, customer).await?;
        let sql = "SELECT u.id, u.name, u.email, u.role,
                (SELECT COUNT(*) FROM associations WHERE customer_id = $2 AND user_id = u.id),
                (SELECT COUNT(*) FROM denials WHERE customer_id = $2 AND user_id = u.id)
            FROM users u WHERE u.msp_id = $1 AND u.customer_id IS NULL";
        let rows: Vec<(String, String, String, String, i64, i64)> = self.db().rows(sql, values![actor.msp(), customer]).await?;
        let mut people = rows
            .into_iter()
            .map(|(id, name, email, role, associations, denials)| {
                let (id, role) = (id.parse().map_err(Error::unreadable)?, role_of(&role)?);
                Ok(TiedPerson { id, name, email, role, tie: tie(associations, denials) })
            })
            .collect::<Result<Vec<TiedPerson>>>()?;
        people.sort_by_cached_key(|person| (fold(&person.name), person.id.clone()));
        Ok(people)
    }

    /// Associates, dissociates, denies or allows. What is so already is no error.
    ///
    /// # Errors
    /// [`Refusal::DeniesSelf`]; [`Refusal::Forbidden`] without [`Action::Administer`]; [`Refusal::NotFound`], also for who is not
    /// staff of this MSP.
    pub async fn tie(&self, actor: &Actor, customer: &CustomerId, user: &UserId, step: TieStep) -> Result<()> {
        let mut tx = self.db().begin().await?;
        let head = lock_customer(&mut tx, actor, Action::Administer, customer).await?;
        if step == TieStep::Deny && actor.user() == Some(user) {
            return Err(Refusal::DeniesSelf.into());
        }
        self.tie_in(tx, actor, &head, user, step).await
    }

    /// The same once the customer is locked and the step is allowed.
    pub(crate) async fn tie_in(&self, mut tx: Tx, actor: &Actor, head: &Head, user: &UserId, step: TieStep) -> Result<()> {
        let person = staff_in(&mut tx, actor, user).await?;
        let now = self.now();
        let is_new = match step {
            TieStep::Associate => insert_association(&mut tx, &head.id, user, now).await?,
            TieStep::Dissociate => {
                tx.run("DELETE FROM associations WHERE customer_id = $1 AND user_id = $2", values![&head.id, user]).await? > 0
            }
            TieStep::Deny => {
                let sql = "INSERT INTO denials (customer_id, user_id, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
                tx.run(sql, values![&head.id, user, now]).await? > 0
            }
            TieStep::Allow => {
                tx.run("DELETE FROM denials WHERE customer_id = $1 AND user_id = $2", values![&head.id, user]).await? > 0
            }
        };
        if !is_new {
            return Ok(());
        }
        if person.role == Role::Admin {
            count_admin(&mut tx, &head.id, step).await?;
        }
        let (kind, before, after) = match step {
            TieStep::Associate => ("association.created", "", person.title.as_str()),
            TieStep::Dissociate => ("association.removed", person.title.as_str(), ""),
            TieStep::Deny => ("denial.created", "", person.title.as_str()),
            TieStep::Allow => ("denial.removed", person.title.as_str(), ""),
        };
        let changes = Changes::default().with("user", before, after);
        record(&mut tx, actor, now, Event { kind, customer: Some(&head.id), subject: &head.name, changes }).await?;
        tx.commit().await
    }
}

impl Store {
    /// Makes an MSP Operator an MSP Admin, or the other way round.
    ///
    /// # Errors
    /// [`Refusal::NotOneself`]; [`Refusal::LastAdmin`]; [`Refusal::LastAdminOfSome`]; [`Refusal::Invalid`] at `role` for what no staff has; [`Refusal::Forbidden`]
    /// without [`Action::Administer`]; [`Refusal::NotFound`], also for who is not staff of this MSP; [`Refusal::Conflict`].
    pub async fn change_role(&self, actor: &Actor, user: &UserId, role: Role) -> Result<()> {
        let by = match role {
            Role::Admin => 1,
            Role::Operator => -1,
            Role::Customer | Role::SuperAdmin => return Err(Refusal::field("role", Problem::NotAChoice).into()),
        };
        let mut tx = self.manage(actor, user).await?;
        let person = lock_staff(&mut tx, actor, user).await?;
        if person.role == role {
            return Ok(());
        }
        tx.run("UPDATE users SET role = $2, version = version + 1 WHERE id = $1", values![user, role.key()]).await?;
        count_admin_everywhere(&mut tx, user, by).await?;
        let changes = Changes::default().with("role", person.role.key(), role.key());
        record(&mut tx, actor, self.now(), Event { kind: "user.role_changed", customer: None, subject: &person.title, changes })
            .await?;
        if person.role == Role::Admin {
            an_admin_is_left(&mut tx, actor).await?;
        }
        tx.commit().await
    }

    /// Removes a member of staff, or a customer's person, whose customer it then answers: their sessions end and their associations
    /// go with them; what they did stays in the audit trail.
    ///
    /// # Errors
    /// As [`Store::change_role`], and [`Refusal::NotFound`] for the people of a customer that the actor is denied.
    pub async fn remove_user(&self, actor: &Actor, user: &UserId) -> Result<Option<CustomerId>> {
        let mut tx = self.manage(actor, user).await?;
        let sql = "SELECT customer_id, name, email FROM users WHERE id = $1 AND msp_id = $2";
        let found: Option<(Option<String>, String, String)> = tx.maybe(sql, values![user, actor.msp()]).await?;
        let (customer, name, email) = found.ok_or(Refusal::NotFound)?;
        let customer: Option<CustomerId> = customer.map(|id| id.parse()).transpose().map_err(Error::unreadable)?;
        let role = match &customer {
            Some(customer) => {
                lock_customer(&mut tx, actor, Action::Administer, customer).await?;
                Role::Customer
            }
            None => lock_staff(&mut tx, actor, user).await?.role,
        };
        if role == Role::Admin {
            count_admin_everywhere(&mut tx, user, -1).await?;
        }
        // What waits for its code is every MSP Admin's, and holds room of the quota: it does not go with who typed it.
        let sql = "UPDATE drafts SET user_id = $1 WHERE user_id = $2 AND waiting_since > 0";
        tx.run(sql, values![actor.person()?, user]).await?;
        if tx.run("DELETE FROM users WHERE id = $1", values![user]).await? == 0 {
            return Err(Refusal::Conflict.into());
        }
        let changes = Changes::default().with("email", &email, "").with("role", role.key(), "");
        let event = Event { kind: "user.removed", customer: customer.as_ref(), subject: &name, changes };
        record(&mut tx, actor, self.now(), event).await?;
        if role == Role::Admin {
            an_admin_is_left(&mut tx, actor).await?;
        }
        tx.commit().await?;
        Ok(customer)
    }

    /// A transaction in which `actor` may change what somebody else is.
    async fn manage(&self, actor: &Actor, user: &UserId) -> Result<Tx> {
        actor.require(Action::Administer, Relation::None)?;
        if actor.user() == Some(user) {
            return Err(Refusal::NotOneself.into());
        }
        self.db().begin().await
    }

    /// The customer's own people by name.
    ///
    /// # Errors
    /// As [`Store::people_of_customer`].
    pub async fn users_of_customer(&self, actor: &Actor, customer: &CustomerId) -> Result<Vec<CustomerUser>> {
        actor.require(Action::SeeAll, Relation::None)?;
        self.require_for_customer(actor, Action::OpenCustomer, customer).await?;
        let sql = "SELECT id, name, email, last_seen_at FROM users WHERE msp_id = $1 AND customer_id = $2";
        let rows: Vec<(String, String, String, i64)> = self.db().rows(sql, values![actor.msp(), customer]).await?;
        let mut users = rows
            .into_iter()
            .map(|(id, name, email, last_seen_at)| {
                Ok(CustomerUser { id: id.parse().map_err(Error::unreadable)?, name, email, last_seen_at })
            })
            .collect::<Result<Vec<CustomerUser>>>()?;
        users.sort_by_cached_key(|user| (fold(&user.name), user.id.clone()));
        Ok(users)
    }
}

/// A member of staff, locked, and before them the customers that they are associated with: whose number of Admins may change.
async fn lock_staff(tx: &mut Tx, actor: &Actor, user: &UserId) -> Result<Person> {
    let sql = "UPDATE customers SET admins = admins
        WHERE msp_id = $1 AND id IN (SELECT customer_id FROM associations WHERE user_id = $2)";
    let locked = tx.run(sql, values![actor.msp(), user]).await?;
    let person = staff_in(tx, actor, user).await?;
    let (associations,): (i64,) = tx.one("SELECT COUNT(*) FROM associations WHERE user_id = $1", values![user]).await?;
    // Somebody has associated or dissociated them between the two.
    if u64::from(number(associations)) == locked { Ok(person) } else { Err(Refusal::Conflict.into()) }
}

/// Keeps `customers.admins` where a person who is associated becomes an Admin, or no longer is one.
async fn count_admin_everywhere(tx: &mut Tx, user: &UserId, by: i64) -> Result<()> {
    let sql = "UPDATE customers SET admins = admins + $2 WHERE id IN (SELECT customer_id FROM associations WHERE user_id = $1)";
    tx.run(sql, values![user, by]).await?;
    Ok(())
}

/// Asked once the MSP's row is locked, where an Admin goes: two Admins who remove each other at once are one after the other here.
async fn an_admin_is_left(tx: &mut Tx, actor: &Actor) -> Result<()> {
    let sql = "SELECT COUNT(*) FROM users WHERE msp_id = $1 AND role = $2";
    let (admins,): (i64,) = tx.one(sql, values![actor.msp(), Role::Admin.key()]).await?;
    if admins == 0 {
        return Err(Refusal::LastAdmin.into());
    }
    // One that is being deleted is denied to everybody.
    let sql = "SELECT d.customer_id FROM denials d JOIN users u ON u.id = d.user_id
        WHERE u.msp_id = $1 AND u.role = $2 AND d.customer_id NOT IN (SELECT customer_id FROM deletions)
        GROUP BY d.customer_id HAVING COUNT(*) >= $3 LIMIT 1";
    let unseen: Option<(String,)> = tx.maybe(sql, values![actor.msp(), Role::Admin.key(), admins]).await?;
    if unseen.is_some() { Err(Refusal::LastAdminOfSome.into()) } else { Ok(()) }
}

/// Keeps `customers.admins`, the number of associated Admins.
async fn count_admin(tx: &mut Tx, customer: &CustomerId, step: TieStep) -> Result<()> {
    let sql = match step {
        TieStep::Associate => "UPDATE customers SET admins = admins + 1 WHERE id = $1",
        TieStep::Dissociate => "UPDATE customers SET admins = admins - 1 WHERE id = $1",
        TieStep::Deny | TieStep::Allow => return Ok(()),
    };
    tx.run(sql, values![customer]).await?;
    Ok(())
}

/// Hides the trail of a customer that is about to go from whom it is denied to.
pub(crate) async fn hide_trail(tx: &mut Tx, customer: &CustomerId) -> Result<()> {
    let sql = "INSERT INTO hidden_trails (user_id, customer_id) SELECT user_id, customer_id FROM denials WHERE customer_id = $1
        ON CONFLICT DO NOTHING";
    tx.run(sql, values![customer]).await?;
    Ok(())
}

/// Denies a customer that has come back to whom it was denied to before, but for the one who brings it in.
pub(crate) async fn deny_again(tx: &mut Tx, msp: &MspId, by: &UserId, customer: &CustomerId, now: i64) -> Result<()> {
    let of_msp = "customer_id = $1 AND user_id IN (SELECT id FROM users WHERE msp_id = $2)";
    let sql = format!(
        "INSERT INTO denials (user_id, customer_id, created_at)
        SELECT user_id, customer_id, CAST($3 AS BIGINT) FROM hidden_trails WHERE {of_msp} AND user_id <> $4"
    );
    tx.run(AssertSqlSafe(sql), values![customer, msp, now, by]).await?;
    let sql = format!("DELETE FROM hidden_trails WHERE {of_msp}");
    tx.run(AssertSqlSafe(sql), values![customer, msp]).await?;
    Ok(())
}

const fn tie(associations: i64, denials: i64) -> Tie {
    Tie { associated: associations > 0, denied: denials > 0 }
}

/// The columns of [`StaffStored`] for the staff of the MSP, which is the first of `values`.
fn staff_sql(actor: &Actor, values: &mut Vec<Value>) -> String {
    let associated = actor.sees("u.msp_id", "a.customer_id", values);
    let denied = actor.sees("u.msp_id", "d.customer_id", values);
    format!(
        "SELECT u.id, u.name, u.email, u.role, u.last_seen_at,
            (SELECT COUNT(*) FROM associations a WHERE a.user_id = u.id AND {associated}),
            (SELECT COUNT(*) FROM denials d WHERE d.user_id = u.id AND {denied})
        FROM users u WHERE u.msp_id = $1 AND u.customer_id IS NULL"
    )
}

/// The `WHERE` of a person's customers, and its values: the person is the first.
fn ties_condition(actor: &Actor, user: &UserId, query: &TiesQuery) -> (String, Vec<Value>) {
    let mut values = values![user];
    let mut condition = actor.sees("c.msp_id", "c.id", &mut values);
    // The person is named in any case: PostgreSQL wants every value to be used.
    condition.push_str(match query.ties {
        Ties::All => " AND CAST($1 AS TEXT) IS NOT NULL",
        Ties::Associated => " AND c.id IN (SELECT customer_id FROM associations WHERE user_id = $1)",
        Ties::Denied => " AND c.id IN (SELECT customer_id FROM denials WHERE user_id = $1)",
    });
    if !query.search.trim().is_empty() {
        values.push(search_pattern(&query.search).into());
        condition.push_str(&format!(" AND c.search LIKE ${} ESCAPE '\\'", values.len()));
    }
    (condition, values)
}

/// Id, name, email, role, last seen, associations, denials.
type StaffStored = (String, String, String, String, i64, i64, i64);

fn staff_row((id, name, email, role, last_seen_at, associations, denials): StaffStored) -> Result<StaffRow> {
    Ok(StaffRow {
        id: id.parse().map_err(Error::unreadable)?,
        name,
        email,
        role: role_of(&role)?,
        associations: number(associations),
        denials: number(denials),
        last_seen_at,
    })
}
