//! The second factor (DOMAIN C6): codes by time, recovery codes for when the app is lost, and the second step of signing in.
//!
//! A secret cannot be hashed, for the server computes the same code from it as the app does: whoever reads the database or a
//! backup of it can compute codes, but still has no password. Recovery codes are compared only, so only their hashes are kept.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use data_encoding::BASE32_NOPAD;
use model::{
    CustomerId, Problem, Refusal, UserId,
    account::{OfferedSecret, RECOVERY_CODES},
    lifecycle::State,
};
use sha2::{Digest, Sha256};

use crate::{
    Actor, Error, Origin, Result, Store,
    access::{fold_email, new_token, token_hash},
    db::{Tx, Value, values},
    events::{Changes, Event, record},
    guesses::{Guessed, Target, forget, was_right},
    totp,
};

/// How long a right password waits for its code, in milliseconds.
pub const PENDING_MS: i64 = 5 * 60 * 1000;
/// Codes that may be tried for one right password.
const PENDING_TRIES: i64 = 5;
/// How long a shown secret waits for its first code, in milliseconds.
pub const OFFER_MS: i64 = 15 * 60 * 1000;
/// 80 bits: too many to try them all against a fast hash.
const RECOVERY_BYTES: usize = 10;

impl Store {
    pub(crate) async fn new_pending_sign_in(&self, tx: &mut Tx, user: &UserId) -> Result<String> {
        let now = self.now();
        tx.run("DELETE FROM pending_sign_ins WHERE created_at < $1", values![now - PENDING_MS]).await?;
        let token = new_token();
        let sql = "INSERT INTO pending_sign_ins (token_hash, user_id, created_at) VALUES ($1, $2, $3)";
        tx.run(sql, values![token_hash(&token), user, now]).await?;
        Ok(token)
    }

    /// Whose code the pending sign-in waits for: the email. `None` where it has expired or never was.
    pub async fn pending_sign_in(&self, token: &str) -> Result<Option<String>> {
        let sql = "SELECT users.email FROM pending_sign_ins JOIN users ON users.id = pending_sign_ins.user_id
            WHERE token_hash = $1 AND pending_sign_ins.created_at >= $2 AND tries < $3";
        let row = values![token_hash(token), self.now() - PENDING_MS, PENDING_TRIES];
        Ok(self.db().maybe::<(String,)>(sql, row).await?.map(|(email,)| email))
    }

    /// Gives up a pending sign-in. An unknown token is no error.
    pub async fn drop_pending_sign_in(&self, token: &str) -> Result<()> {
        let mut tx = self.db().begin().await?;
        tx.run("DELETE FROM pending_sign_ins WHERE token_hash = $1", values![token_hash(token)]).await?;
        tx.commit().await
    }

    /// The second step of signing in: a code by time, or a recovery code. The token of a new session.
    ///
    /// # Errors
    /// [`Refusal::SignInExpired`] for a token that is no longer or never was good; [`Refusal::Invalid`] at `code`;
    /// [`Refusal::TooManyAttempts`] as with passwords.
    pub async fn sign_in_by_code(&self, token: &str, code: &str, from: &Origin) -> Result<String> {
        let hash = token_hash(token);
        let sql = "SELECT users.id, users.msp_id, users.customer_id, users.name, users.email, users.totp_secret,
                COALESCE(customers.state, $4)
            FROM pending_sign_ins JOIN users ON users.id = pending_sign_ins.user_id
            LEFT JOIN customers ON customers.id = users.customer_id
            WHERE token_hash = $1 AND pending_sign_ins.created_at >= $2 AND tries < $3";
        let row = values![&hash, self.now() - PENDING_MS, PENDING_TRIES, State::Active.key()];
        let Some(pending) = self.db().maybe::<Pending>(sql, row).await? else {
            return Err(Refusal::SignInExpired.into());
        };
        let (target, email, secret, watched) = pending_of(pending)?;
        if !watched || secret.is_empty() {
            return Err(Refusal::SignInExpired.into());
        }
        let attempt = self.attempt(&email, &from.address).await?;
        let mut tx = self.db().begin().await?;
        // However many codes are sent at once, this row counts them.
        let sql = "UPDATE pending_sign_ins SET tries = tries + 1 WHERE token_hash = $1 AND tries < $2 RETURNING tries";
        let Some((tries,)) = tx.maybe::<(i64,)>(sql, values![&hash, PENDING_TRIES]).await? else {
            return Err(Refusal::SignInExpired.into());
        };
        let Some(used) = self.use_code(&mut tx, &target.user, &secret, code).await? else {
            tx.commit().await?;
            self.was_wrong(&attempt, Some(&target), Guessed::Code).await?;
            let last = tries >= PENDING_TRIES;
            return Err(if last { Refusal::SignInExpired } else { Refusal::field("code", Problem::WrongCode) }.into());
        };
        tx.run("DELETE FROM pending_sign_ins WHERE token_hash = $1", values![&hash]).await?;
        was_right(&mut tx, &attempt).await?;
        let token = self.new_session(&mut tx, &target.user, from).await?;
        if let Used::Recovery { left } = used {
            let actor = Actor::system(target.msp.clone(), &from.address);
            let changes = Changes::default().with("recovery_codes", &(left + 1).to_string(), &left.to_string());
            let event =
                Event { kind: "sign_in.by_recovery_code", customer: target.customer.as_ref(), subject: &target.name, changes };
            record(&mut tx, &actor, self.now(), event).await?;
        }
        tx.commit().await?;
        Ok(token)
    }

    /// Takes the code, whichever kind it is, so that nobody can use it again.
    async fn use_code(&self, tx: &mut Tx, user: &UserId, secret: &str, code: &str) -> Result<Option<Used>> {
        let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let (used,): (i64,) = tx.one("SELECT totp_step FROM users WHERE id = $1", values![user]).await?;
        if let Some(step) = totp::matching_step(secret, &digits, self.now(), used) {
            let sql = "UPDATE users SET totp_step = $2 WHERE id = $1 AND totp_secret = $3 AND totp_step < $2";
            return Ok((tx.run(sql, values![user, step, secret]).await? > 0).then_some(Used::Time));
        }
        let Some(hash) = recovery_hash(user, code) else {
            return Ok(None);
        };
        if tx.run("DELETE FROM recovery_codes WHERE user_id = $1 AND code_hash = $2", values![user, hash]).await? == 0 {
            return Ok(None);
        }
        let (left,): (i64,) = tx.one("SELECT COUNT(*) FROM recovery_codes WHERE user_id = $1", values![user]).await?;
        Ok(Some(Used::Recovery { left }))
    }

    /// Makes a secret and shows it for a while: [`Store::offered_second_factor`].
    ///
    /// # Errors
    /// [`Refusal::Invalid`] at `password`; [`Refusal::Conflict`] where there is a second factor already.
    pub async fn offer_second_factor(&self, actor: &Actor, password: &str) -> Result<()> {
        self.prove(actor, password, "password").await?;
        let mut tx = self.db().begin().await?;
        let sql = "UPDATE users SET totp_offered = $3, totp_offered_at = $4 WHERE id = $1 AND msp_id = $2 AND totp_secret = ''";
        let row = values![actor.person()?, actor.msp(), totp::new_secret(), self.now()];
        if tx.run(sql, row).await? == 0 {
            return Err(Refusal::Conflict.into());
        }
        tx.commit().await
    }

    /// The secret that waits for its first code; `None` where there is none, or no longer.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`] for System.
    pub async fn offered_second_factor(&self, actor: &Actor) -> Result<Option<OfferedSecret>> {
        let sql = "SELECT totp_offered FROM users WHERE id = $1 AND msp_id = $2 AND totp_offered <> '' AND totp_offered_at >= $3";
        let row = values![actor.person()?, actor.msp(), self.now() - OFFER_MS];
        let offered = self.db().maybe::<(String,)>(sql, row).await?;
        Ok(offered.map(|(secret,)| OfferedSecret { uri: totp::uri(actor.email(), &secret), secret }))
    }

    /// Switches the second factor on, once a code proves that the app has the secret. The recovery codes, never to be had again.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] at `code`; [`Refusal::Conflict`] where no secret waits.
    pub async fn confirm_second_factor(&self, actor: &Actor, code: &str) -> Result<Vec<String>> {
        let user = actor.person()?;
        let Some(OfferedSecret { secret, .. }) = self.offered_second_factor(actor).await? else {
            return Err(Refusal::Conflict.into());
        };
        let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let Some(step) = totp::matching_step(&secret, &digits, self.now(), 0) else {
            let problem = if digits.is_empty() { Problem::Required } else { Problem::WrongCode };
            return Err(Refusal::field("code", problem).into());
        };
        let mut tx = self.db().begin().await?;
        let sql = "UPDATE users SET totp_secret = $3, totp_step = $4, totp_offered = '', version = version + 1
            WHERE id = $1 AND msp_id = $2 AND totp_offered = $3 AND totp_secret = ''";
        if tx.run(sql, values![user, actor.msp(), &secret, step]).await? == 0 {
            return Err(Refusal::Conflict.into());
        }
        let codes = new_recovery_codes(&mut tx, user).await?;
        self.note_own(&mut tx, actor, "user.second_factor_enabled", Changes::default()).await?;
        tx.commit().await?;
        Ok(codes)
    }

    /// Makes new recovery codes; the old ones are worthless then.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] at `password`; [`Refusal::Conflict`] where there is no second factor.
    pub async fn renew_recovery_codes(&self, actor: &Actor, password: &str) -> Result<Vec<String>> {
        let user = actor.person()?;
        self.prove(actor, password, "password").await?;
        let mut tx = self.db().begin().await?;
        let sql = "UPDATE users SET version = version + 1 WHERE id = $1 AND msp_id = $2 AND totp_secret <> ''";
        if tx.run(sql, values![user, actor.msp()]).await? == 0 {
            return Err(Refusal::Conflict.into());
        }
        let codes = new_recovery_codes(&mut tx, user).await?;
        self.note_own(&mut tx, actor, "user.recovery_codes_renewed", Changes::default()).await?;
        tx.commit().await?;
        Ok(codes)
    }

    /// Switches the second factor off.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] at `password`; [`Refusal::Conflict`] where there is none.
    pub async fn disable_second_factor(&self, actor: &Actor, password: &str) -> Result<()> {
        let user = actor.person()?;
        self.prove(actor, password, "password").await?;
        let mut tx = self.db().begin().await?;
        if !take_second_factor(&mut tx, user).await? {
            return Err(Refusal::Conflict.into());
        }
        self.note_own(&mut tx, actor, "user.second_factor_disabled", Changes::default()).await?;
        tx.commit().await
    }

    /// Takes the second factor from somebody who has lost it, codes and all. For the command line.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for an unknown email, and for somebody who has none.
    pub async fn reset_second_factor(&self, email: &str) -> Result<()> {
        if email.contains('\0') {
            return Err(Refusal::NotFound.into());
        }
        let mut tx = self.db().begin().await?;
        let sql = "SELECT id, msp_id, name, customer_id FROM users WHERE email_folded = $1";
        let found: Option<(String, String, String, Option<String>)> = tx.maybe(sql, values![fold_email(email)]).await?;
        let Some((user, msp, name, customer)) = found else {
            return Err(Refusal::NotFound.into());
        };
        if !take_second_factor(&mut tx, &user.parse().map_err(Error::unreadable)?).await? {
            return Err(Refusal::NotFound.into());
        }
        forget(&mut tx, email).await?;
        let actor = Actor::system(msp.parse().map_err(Error::unreadable)?, "command line");
        let customer: Option<CustomerId> = customer.map(|id| id.parse()).transpose().map_err(Error::unreadable)?;
        let event =
            Event { kind: "user.second_factor_reset", customer: customer.as_ref(), subject: &name, changes: Changes::default() };
        record(&mut tx, &actor, self.now(), event).await?;
        tx.commit().await
    }

    /// Writes down what a person changed of their own account.
    pub(crate) async fn note_own(&self, tx: &mut Tx, actor: &Actor, kind: &str, changes: Changes) -> Result<()> {
        let event = Event { kind, customer: actor.customer(), subject: actor.name(), changes };
        record(tx, actor, self.now(), event).await
    }
}

/// Which code it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Used {
    Time,
    Recovery { left: i64 },
}

/// User, MSP, customer, name, email, secret, the customer's state.
type Pending = (String, String, Option<String>, String, String, String, String);

/// Who it is, the email, the secret, and whether its people may sign in.
fn pending_of((user, msp, customer, name, email, secret, state): Pending) -> Result<(Target, String, String, bool)> {
    let target = Target {
        user: user.parse().map_err(Error::unreadable)?,
        msp: msp.parse().map_err(Error::unreadable)?,
        customer: customer.map(|customer| customer.parse()).transpose().map_err(Error::unreadable)?,
        name,
    };
    Ok((target, email, secret, State::from_key(&state).is_some_and(State::is_watched)))
}

/// Whether there was one.
async fn take_second_factor(tx: &mut Tx, user: &UserId) -> Result<bool> {
    let sql = "UPDATE users SET totp_secret = '', totp_offered = '', version = version + 1 WHERE id = $1 AND totp_secret <> ''";
    let taken = tx.run(sql, values![user]).await? > 0;
    tx.run("DELETE FROM recovery_codes WHERE user_id = $1", values![user]).await?;
    tx.run("DELETE FROM pending_sign_ins WHERE user_id = $1", values![user]).await?;
    Ok(taken)
}

async fn new_recovery_codes(tx: &mut Tx, user: &UserId) -> Result<Vec<String>> {
    tx.run("DELETE FROM recovery_codes WHERE user_id = $1", values![user]).await?;
    let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| new_recovery_code()).collect();
    let rows: Vec<[Value; 2]> =
        codes.iter().filter_map(|code| Some([Value::from(user), Value::from(recovery_hash(user, code)?)])).collect();
    tx.bulk("INSERT INTO recovery_codes (user_id, code_hash) VALUES", "", rows).await?;
    Ok(codes)
}

/// Sixteen letters and digits in groups of four.
fn new_recovery_code() -> String {
    let letters = BASE32_NOPAD.encode(&rand::random::<[u8; RECOVERY_BYTES]>()).to_lowercase();
    let groups: Vec<&str> = [0..4, 4..8, 8..12, 12..16].into_iter().filter_map(|group| letters.get(group)).collect();
    groups.join("-")
}

/// With the user in it, so that one guess is not a guess at everyone's. `None` for what cannot be a recovery code.
fn recovery_hash(user: &UserId, code: &str) -> Option<String> {
    let letters: String = code.chars().filter(|c| !c.is_whitespace() && *c != '-').map(|c| c.to_ascii_uppercase()).collect();
    let bytes = BASE32_NOPAD.decode(letters.as_bytes()).ok().filter(|bytes| bytes.len() == RECOVERY_BYTES)?;
    Some(URL_SAFE_NO_PAD.encode(Sha256::new().chain_update(user.to_string()).chain_update(bytes).finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c6_a_recovery_code_is_read_however_it_is_typed() {
        let user = UserId::from_u128(1);
        let code = new_recovery_code();
        assert!(code.len() == 19 && code.split('-').all(|group| group.len() == 4), "{code}");
        let hash = recovery_hash(&user, &code).unwrap();
        for typed in [code.to_uppercase(), code.replace('-', ""), format!("  {} ", code.replace('-', " "))] {
            assert_eq!(recovery_hash(&user, &typed).as_ref(), Some(&hash), "{typed}");
        }
        assert_ne!(recovery_hash(&UserId::from_u128(2), &code), Some(hash));
        for wrong in ["", "123456", "1111-1111-1111-1111", &code[..18]] {
            assert_eq!(recovery_hash(&user, wrong), None, "{wrong}");
        }
    }
}
