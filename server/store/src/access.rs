//! Who is asking: signing in, sessions, and the [`Actor`] that every tenant's query takes. Nothing else constructs one.

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
    db::{Tx, values},
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
        Self { msp, from: from.to_owned(), kind: Kind::System }
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

    /// As colleagues call them.
    pub(crate) fn name(&self) -> &str {
        match &self.kind {
            Kind::Staff { person, .. } | Kind::Customer { person, .. } => &person.name,
            Kind::System => "System",
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
        Ok(token)
    }

    /// The session's person; `None` for a token that is unknown, revoked, expired or rubbish.
    pub async fn actor(&self, token: &str, from: &str) -> Result<Option<Actor>> {
        let hash = token_hash(token);
        let now = self.now();
        let sql = "SELECT users.id, users.msp_id, users.customer_id, users.role, users.name, users.email, sessions.last_seen_at
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
            tx.commit().await?;
        }
        actor_of(row, from).map(Some)
    }

    /// Ends the session. An unknown token is no error.
    pub async fn sign_out(&self, token: &str) -> Result<()> {
        let mut tx = self.db().begin().await?;
        tx.run("DELETE FROM sessions WHERE token_hash = $1", values![token_hash(token)]).await?;
        tx.commit().await
    }
}

/// User, MSP, customer, role, name, email, last seen.
type SessionRow = (String, String, Option<String>, String, String, String, i64);

fn actor_of((user, msp, customer, role, name, email, _): SessionRow, from: &str) -> Result<Actor> {
    let person = Person { user: user.parse().map_err(Error::unreadable)?, name, email };
    let role = Role::from_key(&role).ok_or_else(|| Error::unreadable("a user has no known role"))?;
    let kind = match (role, customer) {
        (Role::Admin | Role::Operator, None) => Kind::Staff { person, role },
        (Role::Customer, Some(customer)) => Kind::Customer { person, customer: customer.parse().map_err(Error::unreadable)? },
        (Role::Admin | Role::Operator, Some(_)) | (Role::Customer, None) => {
            return Err(Error::unreadable("a user's role and customer contradict each other"));
        }
    };
    Ok(Actor { msp: msp.parse().map_err(Error::unreadable)?, from: from.to_owned(), kind })
}
