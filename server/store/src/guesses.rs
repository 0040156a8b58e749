//! Guessing, slowed and locked (DOMAIN C6): per account and per address, in the database, so that a restart forgets nothing.
//!
//! An attempt counts as failed from its beginning and is taken back when it was right: however many run at once, no more of them
//! are looked at than may fail. An email that nobody has is counted like any other, so that a lock tells nothing.

use std::net::IpAddr;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use model::{CustomerId, MspId, Refusal, UserId};
use sha2::{Digest, Sha256};

use crate::{
    Actor, Error, Result, Store,
    access::fold_email,
    db::{Tx, values},
    events::{Changes, Event, record},
};

/// The failure in a row that locks an account.
const ACCOUNT_FAILURES: i64 = 5;
/// How long it is locked then; each further failure doubles it.
const ACCOUNT_LOCK_MS: i64 = 30_000;
const ACCOUNT_LOCK_MOST_MS: i64 = 15 * 60_000;
/// An account's failures are forgotten after so long without another.
const ACCOUNT_FORGETS_MS: i64 = 24 * 60 * 60_000;
/// Failures that an address has in a stretch of time, over all accounts; it is locked until the stretch ends.
const ADDRESS_FAILURES: i64 = 20;
const ADDRESS_STRETCH_MS: i64 = 10 * 60_000;
/// Rows that are kept, the newest: whoever guesses at ever new emails must not fill the database.
const ROWS_MOST: u32 = 50_000;

/// One guess on its way: counted in both places.
#[derive(Debug)]
pub(crate) struct Attempt {
    account: Counted,
    address: Counted,
    from: String,
}

#[derive(Debug)]
struct Counted {
    subject: String,
    failures: i64,
    /// How long it is locked if this one fails; 0 where it is not.
    lock_ms: i64,
}

#[derive(Debug, Clone, Copy)]
enum Place {
    Account,
    Address,
}

impl Place {
    /// When what was counted is forgotten, after `guesses.since`.
    const fn forgets_ms(self) -> i64 {
        match self {
            Self::Account => ACCOUNT_FORGETS_MS,
            Self::Address => ADDRESS_STRETCH_MS,
        }
    }

    /// Whether `guesses.since` moves with each failure.
    const fn counts_in_a_row(self) -> bool {
        match self {
            Self::Account => true,
            Self::Address => false,
        }
    }

    fn lock_ms(self, failures: i64, since: i64, now: i64) -> i64 {
        match self {
            Self::Account if failures < ACCOUNT_FAILURES => 0,
            Self::Account => {
                let doubled = u32::try_from(failures - ACCOUNT_FAILURES).unwrap_or(u32::MAX).min(16);
                (ACCOUNT_LOCK_MS << doubled).min(ACCOUNT_LOCK_MOST_MS)
            }
            Self::Address if failures < ADDRESS_FAILURES => 0,
            Self::Address => since + ADDRESS_STRETCH_MS - now,
        }
    }
}

/// Whose account was guessed at.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) user: UserId,
    pub(crate) msp: MspId,
    pub(crate) customer: Option<CustomerId>,
    pub(crate) name: String,
}

/// What was guessed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Guessed {
    Password,
    Code,
}

impl Guessed {
    const fn key(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Code => "second factor",
        }
    }
}

impl Store {
    /// Counts a guess at the account of `email` from `from`. End it by [`Store::was_wrong`], [`was_half_right`] or
    /// [`was_right`].
    ///
    /// # Errors
    /// [`Refusal::TooManyAttempts`] where either is locked; nothing was counted then.
    pub(crate) async fn attempt(&self, email: &str, from: &str) -> Result<Attempt> {
        let now = self.now();
        let mut tx = self.db().begin().await?;
        // Always in this order, so that no two wait for each other.
        let account = count(&mut tx, Place::Account, account_subject(email), now).await?;
        let address = count(&mut tx, Place::Address, address_subject(from), now).await?;
        tx.commit().await?;
        if address.lock_ms > 0 {
            tracing::warn!(from, "an address has had its share of wrong guesses");
        }
        Ok(Attempt { account, address, from: from.to_owned() })
    }

    /// It stays counted. Where the account is somebody's, their MSP's trail says so.
    pub(crate) async fn was_wrong(&self, attempt: &Attempt, target: Option<&Target>, guessed: Guessed) -> Result<()> {
        let now = self.now();
        let mut tx = self.db().begin().await?;
        // The same amount of writing for an account that does not exist.
        let sql = "UPDATE guesses SET since = $2 WHERE subject = $1";
        tx.run(sql, values![&attempt.account.subject, now]).await?;
        thin(&mut tx, now).await?;
        if let Some(target) = target {
            let actor = Actor::system(target.msp.clone(), &attempt.from);
            let changes = Changes::default().with("wrong", "", guessed.key());
            let (customer, subject) = (target.customer.as_ref(), target.name.as_str());
            record(&mut tx, &actor, now, Event { kind: "sign_in.failed", customer, subject, changes }).await?;
            if attempt.account.lock_ms > 0 {
                let lock = format!("{} s", attempt.account.lock_ms / 1000);
                let changes = Changes::default().with("locked_for", "", &lock);
                record(&mut tx, &actor, now, Event { kind: "sign_in.locked", customer, subject, changes }).await?;
            }
        }
        tx.commit().await
    }
}

/// The password was right and a code is still asked for: as if this guess had not been, but those before it still count, or else
/// who knows the password could guess at codes for ever.
pub(crate) async fn was_half_right(tx: &mut Tx, attempt: &Attempt) -> Result<()> {
    take_back(tx, &attempt.account).await?;
    take_back(tx, &attempt.address).await
}

/// Nobody guesses here: the account begins anew.
pub(crate) async fn was_right(tx: &mut Tx, attempt: &Attempt) -> Result<()> {
    tx.run("DELETE FROM guesses WHERE subject = $1", values![&attempt.account.subject]).await?;
    take_back(tx, &attempt.address).await
}

/// Opens the account again for a person who was given a new password.
pub(crate) async fn forget(tx: &mut Tx, email: &str) -> Result<()> {
    tx.run("DELETE FROM guesses WHERE subject = $1", values![account_subject(email)]).await?;
    Ok(())
}

/// Whether `from` may open a kiosk link now.
///
/// # Errors
/// [`Refusal::TooManyAttempts`].
pub(crate) async fn refuse_locked(tx: &mut Tx, from: &str, now: i64) -> Result<()> {
    let sql = "SELECT subject FROM guesses WHERE subject = $1 AND locked_until > $2 AND locked_until <= $3";
    let subject = kiosk_subject(from);
    let found: Option<(String,)> = tx.maybe(sql, values![&subject, now, now + ACCOUNT_LOCK_MOST_MS]).await?;
    match found {
        Some(_) => Err(locked(tx, &subject, now).await?),
        None => Ok(()),
    }
}

/// Counts a kiosk link that is none.
pub(crate) async fn count_wrong_link(tx: &mut Tx, from: &str, now: i64) -> Result<()> {
    let counted = count(tx, Place::Address, kiosk_subject(from), now).await?;
    if counted.lock_ms > 0 {
        tracing::warn!(from, "an address has had its share of wrong kiosk links");
    }
    thin(tx, now).await
}

async fn take_back(tx: &mut Tx, counted: &Counted) -> Result<()> {
    let sql = "UPDATE guesses SET failures = failures - 1, locked_until = CASE WHEN failures <= $2 THEN 0 ELSE locked_until END
        WHERE subject = $1 AND failures > 0";
    tx.run(sql, values![&counted.subject, counted.failures]).await?;
    Ok(())
}

async fn count(tx: &mut Tx, place: Place, subject: String, now: i64) -> Result<Counted> {
    let sql = "INSERT INTO guesses (subject, failures, since, locked_until) VALUES ($1, 1, $2, 0)
        ON CONFLICT (subject) DO UPDATE SET
            failures = CASE WHEN guesses.since <= $3 THEN 1 ELSE guesses.failures + 1 END,
            since = CASE WHEN guesses.since <= $3 OR guesses.since > $2 OR $4 THEN $2 ELSE guesses.since END
        WHERE guesses.locked_until <= $2 OR guesses.locked_until > $5
        RETURNING failures, since";
    // No lock lasts longer than a quarter of an hour: one that would was set before the clock was put back, and ends.
    let row = values![&subject, now, now - place.forgets_ms(), place.counts_in_a_row(), now + ACCOUNT_LOCK_MOST_MS];
    let Some((failures, since)) = tx.maybe::<(i64, i64)>(sql, row).await? else {
        return Err(locked(tx, &subject, now).await?);
    };
    let lock_ms = place.lock_ms(failures, since, now);
    if lock_ms > 0 {
        tx.run("UPDATE guesses SET locked_until = $2 WHERE subject = $1", values![&subject, now + lock_ms]).await?;
    }
    Ok(Counted { subject, failures, lock_ms })
}

async fn locked(tx: &mut Tx, subject: &str, now: i64) -> Result<Error> {
    let (until,): (i64,) = tx.one("SELECT locked_until FROM guesses WHERE subject = $1", values![subject]).await?;
    let wait_ms = (until - now).max(1).unsigned_abs();
    Ok(Refusal::TooManyAttempts { wait_s: u32::try_from(wait_ms.div_ceil(1000)).unwrap_or(u32::MAX) }.into())
}

async fn thin(tx: &mut Tx, now: i64) -> Result<()> {
    tx.run("DELETE FROM guesses WHERE since < $1", values![now - ACCOUNT_FORGETS_MS]).await?;
    let sql = "DELETE FROM guesses WHERE since < (SELECT since FROM guesses ORDER BY since DESC LIMIT 1 OFFSET $1)";
    tx.run(sql, values![ROWS_MOST]).await?;
    Ok(())
}

fn account_subject(email: &str) -> String {
    format!("account {}", URL_SAFE_NO_PAD.encode(Sha256::digest(fold_email(email))))
}

/// Who has one IPv6 address has its whole /64.
fn address_subject(from: &str) -> String {
    match from.parse().map(|address: IpAddr| address.to_canonical()) {
        Ok(IpAddr::V4(address)) => format!("address {address}"),
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("address {a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Err(_) => "address unknown".to_owned(),
    }
}

/// Apart from the sign-in's: a screen with an old link must not keep an office from signing in.
fn kiosk_subject(from: &str) -> String {
    format!("kiosk {}", address_subject(from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c6_delays_grow_to_a_quarter_of_an_hour_and_no_further() {
        let locks: Vec<i64> = (1..=12).map(|failures| Place::Account.lock_ms(failures, 0, 0) / 1000).collect();
        assert_eq!(locks, [0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900]);
        assert_eq!(Place::Account.lock_ms(i64::MAX, 0, 0), ACCOUNT_LOCK_MOST_MS);
        assert_eq!(Place::Address.lock_ms(19, 0, 60_000), 0);
        assert_eq!(Place::Address.lock_ms(20, 0, 60_000), 9 * 60_000);
    }

    #[test]
    fn c6_an_ipv6_network_is_one_guesser() {
        assert_eq!(address_subject("2001:db8:1:2::1"), address_subject("2001:db8:1:2:ffff::9"));
        assert_ne!(address_subject("2001:db8:1:2::1"), address_subject("2001:db8:1:3::1"));
        assert_eq!(address_subject("::ffff:192.0.2.7"), address_subject("192.0.2.7"));
        assert_ne!(address_subject("192.0.2.7"), address_subject("192.0.2.8"));
    }
}
