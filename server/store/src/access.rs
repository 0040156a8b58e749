//! Who is asking: signing in, sessions, and the [`Actor`] that every tenant's query takes. Nothing else constructs one.

use std::{collections::BTreeSet, sync::Arc};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use model::{
    CustomerId, MspId, Refusal, UserId,
    lifecycle::State,
    roles::{Action, Relation, Role, may},
    users::PASSWORD_MOST,
};
use sha2::{Digest, Sha256};

use crate::{
    Error, Result, Store,
    db::{Tx, Value, values},
};

/// How long a session lives without being used, in milliseconds.
pub const SESSION_IDLE_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// A session's last use is written at most this often, in milliseconds.
const SEEN_EVERY_MS: i64 = 5 * 60 * 1000;

/// Who is asking, from where, and for which MSP.
#[derive(Debug, Clone)]
pub struct Actor {
    msp: MspId,
    from: String,
    kind: Kind,
    denied: Denied,
}

/// The customers that a person is denied (DOMAIN C7); for most people none. Whoever has the same ones sees the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Denied(Arc<BTreeSet<CustomerId>>);

impl Denied {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[must_use]
    pub fn contains(&self, customer: &CustomerId) -> bool {
        self.0.contains(customer)
    }

    pub fn iter(&self) -> impl Iterator<Item = &CustomerId> {
        self.0.iter()
    }
}

impl FromIterator<CustomerId> for Denied {
    fn from_iter<I: IntoIterator<Item = CustomerId>>(customers: I) -> Self {
        Self(Arc::new(customers.into_iter().collect()))
    }
}

#[derive(Debug, Clone)]
enum Kind {
    Staff { person: Person, role: Role },
    Customer { person: Person, customer: CustomerId },
    System,
}

#[derive(Debug, Clone)]
struct Person {
    user: UserId,
    name: String,
    email: String,
}

impl Actor {
    /// The program itself, or who runs its command line. `from` says which.
    #[must_use]
    pub fn system(msp: MspId, from: &str) -> Self {
        Self { msp, from: from.to_owned(), kind: Kind::System, denied: Denied::default() }
    }

    #[must_use]
    pub const fn msp(&self) -> &MspId {
        &self.msp
    }

    /// `None` for System.
    #[must_use]
    pub const fn role(&self) -> Option<Role> {
        match &self.kind {
            Kind::Staff { role, .. } => Some(*role),
            Kind::Customer { .. } => Some(Role::Customer),
            Kind::System => None,
        }
    }

    #[must_use]
    pub const fn user(&self) -> Option<&UserId> {
        match &self.kind {
            Kind::Staff { person, .. } | Kind::Customer { person, .. } => Some(&person.user),
            Kind::System => None,
        }
    }

    /// Whose portal a customer user reads; `None` for everyone else.
    #[must_use]
    pub const fn customer(&self) -> Option<&CustomerId> {
        match &self.kind {
            Kind::Customer { customer, .. } => Some(customer),
            Kind::Staff { .. } | Kind::System => None,
        }
    }

    /// The customers that do not exist for this person.
    #[must_use]
    pub const fn denied(&self) -> &Denied {
        &self.denied
    }

    /// What this actor sees of a table, as a condition: the rows of their MSP, without those of customers that they are denied.
    /// `msp` and `customer` are the columns that hold the ids. Every list and every count begins its `WHERE` with it. Who is
    /// denied nothing, which is nearly everyone, gets a condition without the second half.
    pub(crate) fn sees(&self, msp: &str, customer: &str, values: &mut Vec<Value>) -> String {
        values.push(self.msp().into());
        let tenant = format!("{msp} = ${}", values.len());
        let Some(user) = self.user().filter(|_| !self.denied.is_empty()) else {
            return tenant;
        };
        values.push(user.into());
        format!("{tenant} AND {customer} NOT IN (SELECT customer_id FROM denials WHERE user_id = ${})", values.len())
    }

    /// What `model::roles::may` says; System may all.
    #[must_use]
    pub fn may(&self, action: Action, relation: Relation) -> bool {
        self.role().is_none_or(|role| may(role, action, relation))
    }

    /// # Errors
    /// [`Refusal::Forbidden`] where [`Actor::may`] says no.
    pub fn require(&self, action: Action, relation: Relation) -> Result<(), Refusal> {
        if self.may(action, relation) { Ok(()) } else { Err(Refusal::Forbidden) }
    }

    /// As the audit trail names it.
    pub(crate) fn title(&self) -> String {
        match &self.kind {
            Kind::Staff { person, .. } | Kind::Customer { person, .. } => format!("{} <{}>", person.name, person.email),
            Kind::System => "System".to_owned(),
        }
    }

    /// From where it asks.
    pub(crate) fn origin(&self) -> &str {
        &self.from
    }
}

/// How an email address is compared.
pub(crate) fn fold_email(email: &str) -> String {
    email.trim().to_lowercase()
}

fn token_hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token))
}

impl Store {
    /// The token of a new session. The work and the answer are the same for a wrong password and an unknown email.
    ///
    /// # Errors
    /// [`Refusal::WrongCredentials`], also for a user of a customer that is PENDING or INACTIVE (DOMAIN B2).
    pub async fn sign_in(&self, email: &str, password: &str, from: &str) -> Result<String> {
        if password.chars().count() > PASSWORD_MOST as usize || email.contains('\0') {
            return Err(Refusal::WrongCredentials.into());
        }
        let sql = "SELECT users.id, users.password_hash, COALESCE(customers.state, $2) FROM users
            LEFT JOIN customers ON customers.id = users.customer_id WHERE users.email_folded = $1";
        let found: Option<(String, String, String)> =
            self.db().maybe(sql, values![fold_email(email), State::Active.key()]).await?;
        let hash = found.as_ref().map(|(_, hash, _)| hash.clone());
        let right = self.inner.passwords.verify(password, hash).await?;
        let Some((user, hash, state)) = found.filter(|_| right) else {
            return Err(Refusal::WrongCredentials.into());
        };
        if !State::from_key(&state).is_some_and(State::is_watched) {
            return Err(Refusal::WrongCredentials.into());
        }
        let mut tx = self.db().begin().await?;
        // A password that was reset while this one was being verified revokes it.
        let unchanged: Option<(String,)> =
            tx.maybe("SELECT id FROM users WHERE id = $1 AND password_hash = $2", values![&user, hash]).await?;
        if unchanged.is_none() {
            return Err(Refusal::WrongCredentials.into());
        }
        let token = self.new_session(&mut tx, &user, from).await?;
        tx.commit().await?;
        Ok(token)
    }

    pub(crate) async fn new_session(&self, tx: &mut Tx, user: &str, from: &str) -> Result<String> {
        let now = self.now();
        let expired = "DELETE FROM sessions WHERE user_id = $1 AND last_seen_at < $2";
        tx.run(expired, values![user, now - SESSION_IDLE_MS]).await?;
        let token = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        let sql = "INSERT INTO sessions (token_hash, user_id, origin, created_at, last_seen_at) VALUES ($1, $2, $3, $4, $4)";
        tx.run(sql, values![token_hash(&token), user, from, now]).await?;
        tx.run(SEEN, values![user, now]).await?;
        Ok(token)
    }

    /// The session's person; `None` for a token that is unknown, revoked, expired or rubbish.
    pub async fn actor(&self, token: &str, from: &str) -> Result<Option<Actor>> {
        let hash = token_hash(token);
        let now = self.now();
        let sql = "SELECT users.id, users.msp_id, users.customer_id, users.role, users.name, users.email, sessions.last_seen_at,
                (SELECT COUNT(*) FROM denials WHERE user_id = users.id)
            FROM sessions JOIN users ON users.id = sessions.user_id
            LEFT JOIN customers ON customers.id = users.customer_id
            WHERE sessions.token_hash = $1 AND sessions.last_seen_at >= $2
                AND (users.customer_id IS NULL OR customers.state IN ('ACTIVE', 'FREE'))";
        let found: Option<SessionRow> = self.db().maybe(sql, values![&hash, now - SESSION_IDLE_MS]).await?;
        let Some(row) = found else {
            return Ok(None);
        };
        if row.6 < now - SEEN_EVERY_MS {
            let mut tx = self.db().begin().await?;
            tx.run("UPDATE sessions SET last_seen_at = $2 WHERE token_hash = $1", values![&hash, now]).await?;
            tx.run(SEEN, values![&row.0, now]).await?;
            tx.commit().await?;
        }
        let denied = if row.7 > 0 { self.denied(&row.0).await? } else { Denied::default() };
        actor_of(row, from, denied).map(Some)
    }

    async fn denied(&self, user: &str) -> Result<Denied> {
        let sql = "SELECT customer_id FROM denials WHERE user_id = $1";
        let rows: Vec<(String,)> = self.db().rows(sql, values![user]).await?;
        rows.into_iter().map(|(id,)| id.parse().map_err(Error::unreadable)).collect()
    }

    /// Ends the session. An unknown token is no error.
    pub async fn sign_out(&self, token: &str) -> Result<()> {
        let mut tx = self.db().begin().await?;
        tx.run("DELETE FROM sessions WHERE token_hash = $1", values![token_hash(token)]).await?;
        tx.commit().await
    }
}

/// When a person was last here, beside their sessions, which end.
const SEEN: &str = "UPDATE users SET last_seen_at = $2 WHERE id = $1";

/// User, MSP, customer, role, name, email, last seen, how many customers they are denied.
type SessionRow = (String, String, Option<String>, String, String, String, i64, i64);

fn actor_of((user, msp, customer, role, name, email, ..): SessionRow, from: &str, denied: Denied) -> Result<Actor> {
    let person = Person { user: user.parse().map_err(Error::unreadable)?, name, email };
    let role = Role::from_key(&role).ok_or_else(|| Error::unreadable("a user has no known role"))?;
    let kind = match (role, customer) {
        (Role::Admin | Role::Operator, None) => Kind::Staff { person, role },
        (Role::Customer, Some(customer)) => Kind::Customer { person, customer: customer.parse().map_err(Error::unreadable)? },
        (Role::Admin | Role::Operator, Some(_)) | (Role::Customer, None) => {
            return Err(Error::unreadable("a user's role and customer contradict each other"));
        }
    };
    Ok(Actor { msp: msp.parse().map_err(Error::unreadable)?, from: from.to_owned(), kind, denied })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c7_who_is_denied_nothing_asks_as_if_denials_were_not_there() {
        let mut actor = Actor::system(MspId::from_u128(1), "test");
        actor.kind = Kind::Staff {
            person: Person { user: UserId::from_u128(2), name: String::new(), email: String::new() },
            role: Role::Admin,
        };
        let mut values = Vec::new();
        assert_eq!((actor.sees("msp_id", "id", &mut values), values.len()), ("msp_id = $1".to_owned(), 1));
        actor.denied = Denied::from_iter([CustomerId::from_u128(3)]);
        let condition = actor.sees("c.msp_id", "c.id", &mut values);
        assert!(condition.starts_with("c.msp_id = $2 AND c.id NOT IN (") && condition.contains("user_id = $3)"), "{condition}");
        assert_eq!(values.len(), 3);
    }
}
