//! Kiosk links (DOMAIN F10): made, listed, revoked, and opened on a screen.
//!
//! Of a link's token only the hash is kept. Who opens it gets a session of its own for it, so that the token itself stays in no
//! browser. What a screen may is found out at each question, in [`Store::kiosk_actor`].

use std::{collections::HashMap, fmt};

use model::{
    KioskId, Refusal,
    kiosks::{KioskInput, KioskRow, KioskState, OPEN_MOST, Shown, View},
    roles::{Action, Relation, Role},
};
use sqlx::AssertSqlSafe;

use crate::{
    Actor, Error, Result, Store,
    access::{new_token, token_hash},
    db::{Tx, Value, row, values},
    events::{Changes, Event, record_each},
    groups::named_in,
    guesses::{count_wrong_link, refuse_locked},
    msps::{lock_msp, number},
};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Links that are shown at once: those that are open, which are fewer, and then the newest.
const SHOWN: u32 = 400;

/// Customers of a link that are named in the list.
const NAMED: usize = 3;

/// Screens of one link: of more the one that was seen last comes off.
const SCREENS_MOST: u32 = 200;

/// A link that was just made.
pub struct MadeKiosk {
    pub id: KioskId,
    /// Shown once, and known to nobody else.
    pub token: String,
}

impl fmt::Debug for MadeKiosk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The token is its maker's alone.
        f.debug_struct("MadeKiosk").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A link that was just opened.
pub struct OpenedKiosk {
    pub id: KioskId,
    /// The token of the screen's session.
    pub session: String,
    pub view: View,
    /// How long it is good for at most, in milliseconds.
    pub lasts_ms: i64,
}

impl fmt::Debug for OpenedKiosk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The token is the browser's alone.
        f.debug_struct("OpenedKiosk")
            .field("id", &self.id)
            .field("view", &self.view)
            .field("lasts_ms", &self.lasts_ms)
            .finish_non_exhaustive()
    }
}

row! {
    struct Stored {
        id: String,
        name: String,
        all_customers: bool,
        view: String,
        created_at: i64,
        expires_at: i64,
        revoked_at: i64,
        made_by: String,
        role: Option<String>,
        last_used_at: i64,
        last_used_from: String,
    }
}

impl Stored {
    fn state(&self, now: i64) -> KioskState {
        if self.revoked_at > 0 {
            KioskState::Revoked
        } else if self.expires_at <= now {
            KioskState::Expired
        } else if self.role.as_deref() == Some(Role::Admin.key()) {
            KioskState::Open
        } else {
            KioskState::MakerGone
        }
    }
}

impl Store {
    /// The MSP's links: those that are not over, then those that are, each the newest first.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] without [`Action::Administer`].
    pub async fn kiosks(&self, actor: &Actor) -> Result<Vec<KioskRow>> {
        actor.require(Action::Administer, Relation::None)?;
        let now = self.now();
        let sql = "SELECT k.id, k.name, k.all_customers, k.view, k.created_at, k.expires_at, k.revoked_at, k.made_by, u.role,
                k.last_used_at, k.last_used_from
            FROM kiosks k LEFT JOIN users u ON u.id = k.maker_id WHERE k.msp_id = $1
            ORDER BY CASE WHEN k.revoked_at = 0 AND k.expires_at > $2 THEN 0 ELSE 1 END, k.id DESC LIMIT $3";
        let rows: Vec<Stored> = self.db().rows(sql, values![actor.msp(), now, SHOWN]).await?;
        let mut chosen = self.chosen_for_kiosks(actor).await?;
        rows.into_iter()
            .map(|row| {
                let customers = (!row.all_customers).then(|| chosen.remove(&row.id).unwrap_or_default());
                let state = row.state(now);
                Ok(KioskRow {
                    id: row.id.parse().map_err(Error::unreadable)?,
                    name: row.name,
                    customers,
                    view: View::from_key(&row.view).ok_or_else(|| Error::unreadable("a kiosk link has no known view"))?,
                    state,
                    created_at: row.created_at,
                    expires_at: row.expires_at,
                    made_by: row.made_by,
                    last_used_at: row.last_used_at,
                    last_used_from: row.last_used_from,
                })
            })
            .collect()
    }

    /// By link: the first of its customers, as far as the actor sees them.
    async fn chosen_for_kiosks(&self, actor: &Actor) -> Result<HashMap<String, Shown>> {
        let mut values = Vec::new();
        let seen = actor.sees("c.msp_id", "c.id", &mut values);
        values.push(Value::from(i64::try_from(NAMED).unwrap_or(i64::MAX)));
        let place = values.len();
        let sql = format!(
            "SELECT kiosk_id, name, many FROM (SELECT kc.kiosk_id, c.name, COUNT(*) OVER (PARTITION BY kc.kiosk_id) AS many,
                ROW_NUMBER() OVER (PARTITION BY kc.kiosk_id ORDER BY c.name_sort, c.id) AS place
                FROM kiosk_customers kc JOIN customers c ON c.id = kc.customer_id WHERE {seen}) AS found
            WHERE place <= ${place} ORDER BY kiosk_id, place"
        );
        let rows: Vec<(String, String, i64)> = self.db().rows(AssertSqlSafe(sql), values).await?;
        let mut chosen: HashMap<String, Shown> = HashMap::new();
        for (kiosk, name, many) in rows {
            let shown = chosen.entry(kiosk).or_default();
            shown.names.push(name);
            shown.more = number(many).saturating_sub(u32::try_from(shown.names.len()).unwrap_or(u32::MAX));
        }
        Ok(chosen)
    }

    /// Makes a link.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] at `name`, `days`, `view`, `scope` or `customers`; [`Refusal::NotFound`] for a customer that is not
    /// there; [`Refusal::TooManyKiosks`]; [`Refusal::Forbidden`] without [`Action::Administer`].
    pub async fn create_kiosk(&self, actor: &Actor, input: &KioskInput) -> Result<MadeKiosk> {
        actor.require(Action::Administer, Relation::None)?;
        let maker = actor.person()?;
        let new = input.validate().map_err(Refusal::Invalid)?;
        let now = self.now();
        let expires_at = now + i64::from(new.days) * DAY_MS;
        let made = MadeKiosk { id: KioskId::from_u128(self.inner.ids.bits(now)), token: new_token() };
        let mut tx = self.db().begin().await?;
        // So that no two pass the limit at once.
        lock_msp(&mut tx, actor.msp()).await?;
        let open = "SELECT COUNT(*) FROM kiosks WHERE msp_id = $1 AND revoked_at = 0 AND expires_at > $2";
        let (open,): (i64,) = tx.one(open, values![actor.msp(), now]).await?;
        if number(open) >= OPEN_MOST {
            return Err(Refusal::TooManyKiosks { most: OPEN_MOST }.into());
        }
        let chosen = named_in(&mut tx, actor, new.customers.as_deref().unwrap_or_default()).await?;
        let sql =
            "INSERT INTO kiosks (id, msp_id, name, token_hash, maker_id, made_by, all_customers, view, created_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        let row = values![
            &made.id,
            actor.msp(),
            &new.name,
            token_hash(&made.token),
            maker,
            actor.title(),
            new.customers.is_none(),
            new.view.key(),
            now,
            expires_at,
        ];
        tx.run(sql, row).await?;
        let rows = chosen.keys().map(|customer| [(&made.id).into(), customer.into()]).collect();
        tx.bulk("INSERT INTO kiosk_customers (kiosk_id, customer_id) VALUES", "", rows).await?;
        let whose = if new.customers.is_none() { "all".to_owned() } else { chosen.len().to_string() };
        let changes = Changes::default().with("days", "", &new.days.to_string()).with("customers", "", &whose);
        let mut events = vec![Event { kind: "kiosk.created", customer: None, subject: &new.name, changes }];
        // One each: it is hidden from whom its customer is denied to.
        events.extend(chosen.iter().map(|(customer, named)| {
            let changes = Changes::default().with("kiosk", "", &new.name);
            Event { kind: "kiosk.customer_shown", customer: Some(customer), subject: named, changes }
        }));
        record_each(&mut tx, actor, now, events).await?;
        tx.commit().await?;
        Ok(made)
    }

    /// Ends a link for good: its screens are told within a second.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], also for another tenant's; [`Refusal::Conflict`] for one that was revoked before;
    /// [`Refusal::Forbidden`] without [`Action::Administer`].
    pub async fn revoke_kiosk(&self, actor: &Actor, id: &KioskId) -> Result<()> {
        actor.require(Action::Administer, Relation::None)?;
        let now = self.now();
        let mut tx = self.db().begin().await?;
        let sql = "UPDATE kiosks SET version = version WHERE id = $1 AND msp_id = $2 RETURNING name, revoked_at";
        let found: Option<(String, i64)> = tx.maybe(sql, values![id, actor.msp()]).await?;
        let (name, revoked_at) = found.ok_or(Refusal::NotFound)?;
        if revoked_at > 0 {
            return Err(Refusal::Conflict.into());
        }
        tx.run("UPDATE kiosks SET revoked_at = $2, version = version + 1 WHERE id = $1", values![id, now]).await?;
        tx.run("DELETE FROM kiosk_sessions WHERE kiosk_id = $1", values![id]).await?;
        let changes = Changes::default().with("state", "open", "revoked");
        record_each(&mut tx, actor, now, vec![Event { kind: "kiosk.revoked", customer: None, subject: &name, changes }]).await?;
        tx.commit().await
    }

    /// Opens a link: a session for the screen that asks from `from`, an address. Guesses are counted by address, apart from those of
    /// the sign-in, so that a forgotten screen keeps nobody from signing in.
    ///
    /// # Errors
    /// [`Refusal::KioskOver`] alike for a token that nobody ever had and for a link that has expired, was revoked or has lost its
    /// maker; [`Refusal::TooManyAttempts`], whatever the token, where there were too many of these.
    pub async fn open_kiosk(&self, token: &str, from: &str) -> Result<OpenedKiosk> {
        let now = self.now();
        let mut tx = self.db().begin().await?;
        refuse_locked(&mut tx, from, now).await?;
        let sql = "SELECT k.id, k.view, k.expires_at FROM kiosks k JOIN users u ON u.id = k.maker_id AND u.msp_id = k.msp_id
            WHERE k.token_hash = $1 AND k.revoked_at = 0 AND k.expires_at > $2 AND u.customer_id IS NULL AND u.role = 'admin'";
        let found: Option<(String, String, i64)> = tx.maybe(sql, values![token_hash(token), now]).await?;
        let Some((id, view, expires_at)) = found else {
            count_wrong_link(&mut tx, from, now).await?;
            tx.commit().await?;
            return Err(Refusal::KioskOver.into());
        };
        let session = new_token();
        let sql = "INSERT INTO kiosk_sessions (token_hash, kiosk_id, created_at, last_seen_at) VALUES ($1, $2, $3, $3)";
        tx.run(sql, values![token_hash(&session), &id, now]).await?;
        let sql = "DELETE FROM kiosk_sessions WHERE kiosk_id = $1 AND token_hash NOT IN (SELECT token_hash FROM kiosk_sessions
            WHERE kiosk_id = $1 ORDER BY last_seen_at DESC, token_hash LIMIT $2)";
        tx.run(sql, values![&id, SCREENS_MOST]).await?;
        used(&mut tx, &id, from, now).await?;
        tx.commit().await?;
        let view = View::from_key(&view).ok_or_else(|| Error::unreadable("a kiosk link has no known view"))?;
        Ok(OpenedKiosk { id: id.parse().map_err(Error::unreadable)?, session, view, lasts_ms: expires_at - now })
    }

    /// Notes that a screen of the link is on.
    pub(crate) async fn see_kiosk(&self, session_hash: &str, kiosk: &str, from: &str) -> Result<()> {
        let now = self.now();
        let mut tx = self.db().begin().await?;
        tx.run("UPDATE kiosk_sessions SET last_seen_at = $2 WHERE token_hash = $1", values![session_hash, now]).await?;
        used(&mut tx, kiosk, from, now).await?;
        tx.commit().await
    }
}

async fn used(tx: &mut Tx, kiosk: &str, from: &str, now: i64) -> Result<()> {
    tx.run("UPDATE kiosks SET last_used_at = $2, last_used_from = $3 WHERE id = $1", values![kiosk, now, from]).await?;
    Ok(())
}
