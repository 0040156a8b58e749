//! Who is asking: signing in, sessions, and the [`Actor`] that every tenant's query takes. Nothing else constructs one.

use std::{collections::BTreeSet, sync::Arc};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use model::{
    CustomerId, KioskId, MspId, Refusal, SessionId, UserId,
    lifecycle::State,
    roles::{Action, Relation, Role, kiosk_may, may},
    users::PASSWORD_MOST,
};
use sha2::{Digest, Sha256};

use crate::{
    Error, Result, Store,
    db::{Tx, Value, row, values},
    guesses::{Attempt, Guessed, Target, was_half_right, was_right},
};

/// How long a session lives without being used, in milliseconds.
pub const SESSION_IDLE_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// A session's last use is written at most this often, in milliseconds.
pub(crate) const SEEN_EVERY_MS: i64 = 5 * 60 * 1000;

/// What is kept of a browser's User-Agent, in characters.
const USER_AGENT_MOST: usize = 400;

/// From where a person signs in, as the list of their sessions tells it.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// An IP address.
    pub address: String,
    /// The User-Agent that the browser says it is.
    pub user_agent: String,
}

impl From<&str> for Origin {
    /// An address, and nothing known about the browser.
    fn from(address: &str) -> Self {
        Self { address: address.to_owned(), user_agent: String::new() }
    }
}

/// What a right password leads to.
#[derive(Clone, PartialEq, Eq)]
pub enum SignedIn {
    /// The token of a new session.
    Session(String),
    /// A token that is good for [`Store::sign_in_by_code`] alone.
    SecondFactor(String),
}

impl std::fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The token is the browser's alone.
        f.write_str(match self {
            Self::Session(_) => "Session",
            Self::SecondFactor(_) => "SecondFactor",
        })
    }
}

/// Who is asking, from where, and for which MSP.
#[derive(Debug, Clone)]
pub struct Actor {
    msp: MspId,
    from: String,
    kind: Kind,
    denied: Denied,
}

/// The customers that do not exist for whoever asks: those that a person is denied (DOMAIN C7), for most people none; for a kiosk link
/// of chosen customers all others (F10). Whoever has the same ones sees the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Denied(Which);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Which {
    These(Arc<BTreeSet<CustomerId>>),
    AllBut(Arc<BTreeSet<CustomerId>>),
}

impl Denied {
    /// Every customer but these, also those that come later.
    #[must_use]
    pub fn all_but(customers: impl IntoIterator<Item = CustomerId>) -> Self {
        Self(Which::AllBut(Arc::new(customers.into_iter().collect())))
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        match &self.0 {
            Which::These(customers) => customers.is_empty(),
            Which::AllBut(_) => false,
        }
    }

    /// Whether it is [`Denied::all_but`] some.
    #[must_use]
    pub const fn is_all_but(&self) -> bool {
        match &self.0 {
            Which::These(_) => false,
            Which::AllBut(_) => true,
        }
    }

    #[must_use]
    pub fn contains(&self, customer: &CustomerId) -> bool {
        match &self.0 {
            Which::These(customers) => customers.contains(customer),
            Which::AllBut(customers) => !customers.contains(customer),
        }
    }
}

impl Default for Denied {
    fn default() -> Self {
        Self::from_iter([])
    }
}

impl FromIterator<CustomerId> for Denied {
    fn from_iter<I: IntoIterator<Item = CustomerId>>(customers: I) -> Self {
        Self(Which::These(Arc::new(customers.into_iter().collect())))
    }
}

#[derive(Debug, Clone)]
enum Kind {
    Staff {
        person: Person,
        role: Role,
    },
    Customer {
        person: Person,
        customer: CustomerId,
    },
    /// Who owns an account that stands on its own. Their tenant is the account's home, never an MSP.
    SuperAdmin {
        person: Person,
        account: CustomerId,
    },
    /// A screen on which a kiosk link was opened.
    Kiosk(Kiosk),
    System,
}

/// A kiosk link (DOMAIN F10), as far as its screen needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kiosk {
    pub id: KioskId,
    pub name: String,
    /// Whether its MSP is a demonstration.
    pub demo: bool,
    /// UTC milliseconds.
    pub expires_at: i64,
}

#[derive(Debug, Clone)]
struct Person {
    user: UserId,
    name: String,
    email: String,
    session: SessionId,
    renewed: bool,
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

    /// `None` for a kiosk link and for System.
    #[must_use]
    pub const fn role(&self) -> Option<Role> {
        match &self.kind {
            Kind::Staff { role, .. } => Some(*role),
            Kind::Customer { .. } => Some(Role::Customer),
            Kind::SuperAdmin { .. } => Some(Role::SuperAdmin),
            Kind::Kiosk(_) | Kind::System => None,
        }
    }

    /// Who is signed in; `None` for a kiosk link and for System.
    fn signed_in(&self) -> Option<&Person> {
        match &self.kind {
            Kind::Staff { person, .. } | Kind::Customer { person, .. } | Kind::SuperAdmin { person, .. } => Some(person),
            Kind::Kiosk(_) | Kind::System => None,
        }
    }

    #[must_use]
    pub fn user(&self) -> Option<&UserId> {
        self.signed_in().map(|person| &person.user)
    }

    /// The person's session that asks; `None` for who is no person.
    #[must_use]
    pub fn session(&self) -> Option<&SessionId> {
        self.signed_in().map(|person| &person.session)
    }

    /// Whether this use has put off the session's end: the browser's cookie is due for the same.
    #[must_use]
    pub fn is_renewed(&self) -> bool {
        self.signed_in().is_some_and(|person| person.renewed)
    }

    /// The person, for what is their own: the account, the sessions.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`] for a kiosk link and for System, who are nobody.
    pub(crate) fn person(&self) -> Result<&UserId, Refusal> {
        self.user().ok_or(Refusal::SignedOut)
    }

    /// How the person signs in.
    pub(crate) fn email(&self) -> &str {
        self.signed_in().map_or("", |person| &person.email)
    }

    /// The person's name, or the link's.
    pub(crate) fn name(&self) -> &str {
        match &self.kind {
            Kind::Staff { person, .. } | Kind::Customer { person, .. } | Kind::SuperAdmin { person, .. } => &person.name,
            Kind::Kiosk(kiosk) => &kiosk.name,
            Kind::System => "System",
        }
    }

    /// Whose portal a customer user reads; `None` for everyone else.
    #[must_use]
    pub const fn customer(&self) -> Option<&CustomerId> {
        match &self.kind {
            Kind::Customer { customer, .. } => Some(customer),
            Kind::Staff { .. } | Kind::SuperAdmin { .. } | Kind::Kiosk(_) | Kind::System => None,
        }
    }

    /// The account that a Super Admin owns.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] for everyone else.
    pub(crate) fn account(&self) -> Result<&CustomerId, Refusal> {
        self.require(Action::OwnAccount, Relation::Own)?;
        match &self.kind {
            Kind::SuperAdmin { account, .. } => Ok(account),
            Kind::Staff { .. } | Kind::Customer { .. } | Kind::Kiosk(_) | Kind::System => Err(Refusal::Forbidden),
        }
    }

    /// The Super Admin as the MSP sees them that manages the account or asks to: somebody who reads their own customer, and in whose
    /// name its log is written.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] for everyone else.
    pub(crate) fn within(&self, msp: MspId) -> Result<Self, Refusal> {
        match &self.kind {
            Kind::SuperAdmin { person, account } => {
                let kind = Kind::Customer { person: person.clone(), customer: account.clone() };
                Ok(Self { msp, from: self.from.clone(), kind, denied: Denied::default() })
            }
            Kind::Staff { .. } | Kind::Customer { .. } | Kind::Kiosk(_) | Kind::System => Err(Refusal::Forbidden),
        }
    }

    /// The kiosk link whose screen this is; `None` for everyone else.
    #[must_use]
    pub const fn kiosk(&self) -> Option<&Kiosk> {
        match &self.kind {
            Kind::Kiosk(kiosk) => Some(kiosk),
            Kind::Staff { .. } | Kind::Customer { .. } | Kind::SuperAdmin { .. } | Kind::System => None,
        }
    }

    /// The customers that do not exist for this actor.
    #[must_use]
    pub const fn denied(&self) -> &Denied {
        &self.denied
    }

    /// What this actor sees of a table, as a condition: the rows of their MSP, without those of customers that they are denied.
    /// `msp` and `customer` are the columns that hold the ids. Every list and every count begins its `WHERE` with it. Who is
    /// denied nothing, which is nearly everyone, gets a condition without the second half. A kiosk link reads no table.
    pub(crate) fn sees(&self, msp: &str, customer: &str, values: &mut Vec<Value>) -> String {
        values.push(self.msp().into());
        let tenant = format!("{msp} = ${}", values.len());
        if self.kiosk().is_some() {
            return format!("{tenant} AND FALSE");
        }
        let Some(user) = self.user().filter(|_| !self.denied.is_empty()) else {
            return tenant;
        };
        values.push(user.into());
        format!("{tenant} AND {customer} NOT IN (SELECT customer_id FROM denials WHERE user_id = ${})", values.len())
    }

    /// What `model::roles` says; System may all.
    #[must_use]
    pub fn may(&self, action: Action, relation: Relation) -> bool {
        match &self.kind {
            Kind::Staff { role, .. } => may(*role, action, relation),
            Kind::Customer { .. } => may(Role::Customer, action, relation),
            Kind::SuperAdmin { .. } => may(Role::SuperAdmin, action, relation),
            Kind::Kiosk(_) => kiosk_may(action),
            Kind::System => true,
        }
    }

    /// # Errors
    /// [`Refusal::Forbidden`] where [`Actor::may`] says no.
    pub fn require(&self, action: Action, relation: Relation) -> Result<(), Refusal> {
        if self.may(action, relation) { Ok(()) } else { Err(Refusal::Forbidden) }
    }

    /// As the audit trail names it.
    pub(crate) fn title(&self) -> String {
        match &self.kind {
            Kind::Staff { person, .. } | Kind::Customer { person, .. } | Kind::SuperAdmin { person, .. } => {
                format!("{} <{}>", person.name, person.email)
            }
            Kind::Kiosk(kiosk) => format!("Kiosk link {}", kiosk.name),
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

pub(crate) fn new_token() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

pub(crate) fn token_hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token))
}

impl Store {
    /// Looks at email and password. The work and the answer are the same for a wrong password and an unknown email.
    ///
    /// # Errors
    /// [`Refusal::WrongCredentials`], also for a user of a customer that is PENDING or INACTIVE (DOMAIN B2);
    /// [`Refusal::TooManyAttempts`] while the account or the address is locked, whatever the password.
    pub async fn sign_in(&self, email: &str, password: &str, from: &Origin) -> Result<SignedIn> {
        if password.chars().count() > PASSWORD_MOST as usize || email.contains('\0') {
            return Err(Refusal::WrongCredentials.into());
        }
        let attempt = self.attempt(email, &from.address).await?;
        let sql =
            "SELECT users.id, users.msp_id, users.customer_id, users.name, users.password_hash, COALESCE(customers.state, $2)
            FROM users LEFT JOIN customers ON customers.id = users.customer_id WHERE users.email_folded = $1";
        let found: Option<Known> = self.db().maybe(sql, values![fold_email(email), State::Active.key()]).await?;
        let hash = found.as_ref().map(|known| known.4.clone());
        let right = self.inner.passwords.verify(password, hash).await?;
        let found = found.map(known_of).transpose()?;
        match found {
            Some((target, hash, watched)) if right && watched => self.let_in(&attempt, &target, &hash, from).await,
            Some((target, ..)) => {
                self.was_wrong(&attempt, Some(&target), Guessed::Password).await?;
                Err(Refusal::WrongCredentials.into())
            }
            None => {
                self.was_wrong(&attempt, None, Guessed::Password).await?;
                Err(Refusal::WrongCredentials.into())
            }
        }
    }

    async fn let_in(&self, attempt: &Attempt, target: &Target, hash: &str, from: &Origin) -> Result<SignedIn> {
        let mut tx = self.db().begin().await?;
        // A password that was reset while this one was being verified revokes it. A write that changes nothing locks the row: a reset
        // that comes now waits, and ends the session that is made here.
        let sql = "UPDATE users SET last_seen_at = last_seen_at WHERE id = $1 AND password_hash = $2 RETURNING totp_secret <> ''";
        let Some((second_factor,)) = tx.maybe::<(bool,)>(sql, values![&target.user, hash]).await? else {
            return Err(Refusal::WrongCredentials.into());
        };
        let signed_in = if second_factor {
            was_half_right(&mut tx, attempt).await?;
            SignedIn::SecondFactor(self.new_pending_sign_in(&mut tx, &target.user).await?)
        } else {
            was_right(&mut tx, attempt).await?;
            SignedIn::Session(self.new_session(&mut tx, &target.user, from).await?)
        };
        tx.commit().await?;
        Ok(signed_in)
    }

    /// The token of a new session.
    pub(crate) async fn new_session(&self, tx: &mut Tx, user: &UserId, from: &Origin) -> Result<String> {
        let now = self.now();
        let expired = "DELETE FROM sessions WHERE user_id = $1 AND last_seen_at < $2";
        tx.run(expired, values![user, now - SESSION_IDLE_MS]).await?;
        let token = new_token();
        let id = SessionId::from_u128(self.inner.ids.bits(now));
        let user_agent: String = from.user_agent.chars().filter(|c| !c.is_control()).take(USER_AGENT_MOST).collect();
        let sql = "INSERT INTO sessions (token_hash, id, user_id, origin, user_agent, created_at, last_seen_at)
            VALUES ($1, $2, $3, $4, $5, $6, $6)";
        tx.run(sql, values![token_hash(&token), &id, user, &from.address, user_agent, now]).await?;
        tx.run(SEEN, values![user, now]).await?;
        Ok(token)
    }

    /// The session's person; `None` for a token that is unknown, revoked, expired or rubbish.
    pub async fn actor(&self, token: &str, from: &str) -> Result<Option<Actor>> {
        self.person_of(token, from, true).await
    }

    /// The same for what cannot give the browser its cookie anew: it does not put off the session's end either.
    pub async fn onlooker(&self, token: &str, from: &str) -> Result<Option<Actor>> {
        self.person_of(token, from, false).await
    }

    async fn person_of(&self, token: &str, from: &str, renews: bool) -> Result<Option<Actor>> {
        let hash = token_hash(token);
        let now = self.now();
        let found: Option<SessionRow> = self.db().maybe(SESSION, values![&hash, now - SESSION_IDLE_MS]).await?;
        let Some(row) = found else {
            return Ok(None);
        };
        let renewed = renews && row.6 < now - SEEN_EVERY_MS;
        if renewed {
            let mut tx = self.db().begin().await?;
            tx.run("UPDATE sessions SET last_seen_at = $2 WHERE token_hash = $1", values![&hash, now]).await?;
            tx.run(SEEN, values![&row.0, now]).await?;
            tx.commit().await?;
        }
        let denied = if row.8 > 0 { self.denied(&row.0).await? } else { Denied::default() };
        actor_of(row, from, denied, renewed).map(Some)
    }

    /// The same for a session that this transaction has made: nothing is denied to somebody so new.
    pub(crate) async fn actor_in(&self, tx: &mut Tx, token: &str, from: &str) -> Result<Option<Actor>> {
        let row: Option<SessionRow> = tx.maybe(SESSION, values![token_hash(token), self.now() - SESSION_IDLE_MS]).await?;
        row.map(|row| actor_of(row, from, Denied::default(), false)).transpose()
    }

    async fn denied(&self, user: &str) -> Result<Denied> {
        let sql = "SELECT customer_id FROM denials WHERE user_id = $1";
        let rows: Vec<(String,)> = self.db().rows(sql, values![user]).await?;
        rows.into_iter().map(|(id,)| id.parse().map_err(Error::unreadable)).collect()
    }

    /// The screen that has this token of [`Store::open_kiosk`]; `None` for one that is unknown or rubbish, and for a link that has expired,
    /// was revoked or has lost its maker: it does what an MSP Admin gave it to do, as long as they are one (DOMAIN F10).
    pub async fn kiosk_actor(&self, token: &str, from: &str) -> Result<Option<Actor>> {
        let hash = token_hash(token);
        let now = self.now();
        let found: Option<KioskSession> = self.db().maybe(KIOSK_SESSION, values![&hash, now]).await?;
        let Some(row) = found else {
            return Ok(None);
        };
        if row.last_seen_at < now - SEEN_EVERY_MS {
            self.see_kiosk(&hash, &row.id, from).await?;
        }
        let denied = if row.denials > 0 { self.denied(&row.maker).await? } else { Denied::default() };
        let denied = if row.all_customers { denied } else { self.all_but_chosen(&row.id, &denied).await? };
        let kiosk =
            Kiosk { id: row.id.parse().map_err(Error::unreadable)?, name: row.name, demo: row.demo, expires_at: row.expires_at };
        let msp = row.msp_id.parse().map_err(Error::unreadable)?;
        Ok(Some(Actor { msp, from: from.to_owned(), kind: Kind::Kiosk(kiosk), denied }))
    }

    /// All customers but those that were chosen for the link and that its maker is not denied.
    async fn all_but_chosen(&self, kiosk: &str, denied: &Denied) -> Result<Denied> {
        let sql = "SELECT customer_id FROM kiosk_customers WHERE kiosk_id = $1";
        let rows: Vec<(String,)> = self.db().rows(sql, values![kiosk]).await?;
        let chosen: Vec<CustomerId> =
            rows.into_iter().map(|(id,)| id.parse().map_err(Error::unreadable)).collect::<Result<_>>()?;
        Ok(Denied::all_but(chosen.into_iter().filter(|customer| !denied.contains(customer))))
    }

    /// Ends the session. An unknown token is no error.
    pub async fn sign_out(&self, token: &str) -> Result<()> {
        let mut tx = self.db().begin().await?;
        tx.run("DELETE FROM sessions WHERE token_hash = $1", values![token_hash(token)]).await?;
        tx.commit().await
    }
}

/// User, MSP, customer, name, hash of the password, the customer's state.
type Known = (String, String, Option<String>, String, String, String);

/// Whose account it is, the hash of its password, and whether its people may sign in.
fn known_of((user, msp, customer, name, hash, state): Known) -> Result<(Target, String, bool)> {
    let target = Target {
        user: user.parse().map_err(Error::unreadable)?,
        msp: msp.parse().map_err(Error::unreadable)?,
        customer: customer.map(|customer| customer.parse()).transpose().map_err(Error::unreadable)?,
        name,
    };
    Ok((target, hash, State::from_key(&state).is_some_and(State::is_watched)))
}

/// When a person was last here, beside their sessions, which end.
const SEEN: &str = "UPDATE users SET last_seen_at = $2 WHERE id = $1";

const SESSION: &str =
    "SELECT users.id, users.msp_id, COALESCE(users.customer_id, accounts.id), users.role, users.name, users.email,
        sessions.last_seen_at, sessions.id, (SELECT COUNT(*) FROM denials WHERE user_id = users.id)
    FROM sessions JOIN users ON users.id = sessions.user_id
    LEFT JOIN customers ON customers.id = users.customer_id
    LEFT JOIN accounts ON accounts.home_id = users.msp_id
    WHERE sessions.token_hash = $1 AND sessions.last_seen_at >= $2
        AND (users.customer_id IS NULL OR customers.state IN ('ACTIVE', 'FREE'))";

/// Of what a screen is allowed, at each question: its link is open, and its maker is still an MSP Admin. One that was off for months is
/// still the same screen.
const KIOSK_SESSION: &str =
    "SELECT k.id, k.msp_id, k.name, k.all_customers, k.expires_at, m.demo, s.last_seen_at, k.maker_id AS maker,
        (SELECT COUNT(*) FROM denials WHERE user_id = k.maker_id) AS denials
    FROM kiosk_sessions s JOIN kiosks k ON k.id = s.kiosk_id JOIN msps m ON m.id = k.msp_id
    JOIN users u ON u.id = k.maker_id AND u.msp_id = k.msp_id
    WHERE s.token_hash = $1 AND k.revoked_at = 0 AND k.expires_at > $2
        AND u.customer_id IS NULL AND u.role = 'admin'";

row! {
    struct KioskSession {
        id: String,
        msp_id: String,
        name: String,
        all_customers: bool,
        expires_at: i64,
        demo: bool,
        last_seen_at: i64,
        maker: String,
        denials: i64,
    }
}

/// User, tenant, customer or own account, role, name, email, last seen, session, how many customers they are denied.
type SessionRow = (String, String, Option<String>, String, String, String, i64, String, i64);

fn actor_of(row: SessionRow, from: &str, denied: Denied, renewed: bool) -> Result<Actor> {
    let (user, msp, customer, role, name, email, _, session, _) = row;
    let session = session.parse().map_err(Error::unreadable)?;
    let person = Person { user: user.parse().map_err(Error::unreadable)?, name, email, session, renewed };
    let role = Role::from_key(&role).ok_or_else(|| Error::unreadable("a user has no known role"))?;
    let kind = match (role, customer) {
        (Role::Admin | Role::Operator, None) => Kind::Staff { person, role },
        (Role::Customer, Some(customer)) => Kind::Customer { person, customer: customer.parse().map_err(Error::unreadable)? },
        (Role::SuperAdmin, Some(account)) => Kind::SuperAdmin { person, account: account.parse().map_err(Error::unreadable)? },
        (Role::Admin | Role::Operator, Some(_)) | (Role::Customer | Role::SuperAdmin, None) => {
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
            person: Person {
                user: UserId::from_u128(2),
                name: String::new(),
                email: String::new(),
                session: SessionId::from_u128(3),
                renewed: false,
            },
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
