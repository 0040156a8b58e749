//! The captcha (DOMAIN A4): makes challenges and spends their solutions. A challenge is signed and bound to the session that asked
//! for it; it is stored only once it was used, until it would have expired anyhow.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use model::{
    Problem, Refusal,
    captcha::{ALGORITHM, Challenge, FIELD, Solution},
};
use sha2::{Digest, Sha256};

use crate::{
    Actor, Error, Result, Store,
    db::{Tx, values},
};

/// How long a challenge can be solved, in milliseconds: as long as somebody may read a page before they go on.
pub const CAPTCHA_MS: i64 = 30 * 60 * 1000;
/// Up to this number is looked: about a tenth of a second on a desk, a second on a phone.
const NUMBER_MOST: u32 = 80_000;
/// A solution is not longer than this, in bytes of base64.
const SOLUTION_MOST: usize = 2_000;
/// The row of `settings` with the key that signs.
const KEY: &str = "captcha_key";

fn mac(key: &str, text: &str) -> Result<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).map_err(Error::unreadable)?;
    mac.update(text.as_bytes());
    Ok(mac)
}

fn hash(salt: &str, number: u32) -> String {
    HEXLOWER.encode(&Sha256::digest(format!("{salt}{number}")))
}

/// Whom a challenge is for, without saying who that is.
fn whose(actor: &Actor) -> String {
    let session = actor.session().map(ToString::to_string).unwrap_or_default();
    HEXLOWER.encode(&Sha256::digest(session)[..8])
}

/// A parameter of the salt.
fn parameter<'a>(salt: &'a str, name: &str) -> Option<&'a str> {
    let (_, parameters) = salt.split_once('?')?;
    parameters.split('&').filter_map(|pair| pair.split_once('=')).find(|(known, _)| *known == name).map(|(_, value)| value)
}

impl Store {
    /// The key that signs what this installation hands out and takes back; made once.
    pub(crate) async fn signing_key(&self) -> Result<String> {
        let read = "SELECT value FROM settings WHERE key = $1";
        if let Some((key,)) = self.db().maybe::<(String,)>(read, values![KEY]).await? {
            return Ok(key);
        }
        let mut tx = self.db().begin().await?;
        let new = HEXLOWER.encode(&rand::random::<[u8; 32]>());
        tx.run("INSERT INTO settings (key, value) VALUES ($1, $2) ON CONFLICT DO NOTHING", values![KEY, new]).await?;
        let (key,): (String,) = tx.one(read, values![KEY]).await?;
        tx.commit().await?;
        Ok(key)
    }

    /// A new challenge for the session that asks.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`].
    pub async fn captcha_challenge(&self, actor: &Actor) -> Result<Challenge> {
        let random = HEXLOWER.encode(&rand::random::<[u8; 12]>());
        let expires = (self.now() + CAPTCHA_MS) / 1000;
        let salt = format!("{random}?expires={expires}&for={}", whose(actor));
        let challenge = hash(&salt, rand::random_range(0..=NUMBER_MOST));
        let signature = HEXLOWER.encode(&mac(&self.signing_key().await?, &challenge)?.finalize().into_bytes());
        Ok(Challenge { algorithm: ALGORITHM.to_owned(), challenge, maxnumber: NUMBER_MOST, salt, signature })
    }

    /// Takes a solution, once.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] at `captcha` where it is none of this session's, or was used or is too old.
    pub async fn spend_captcha(&self, actor: &Actor, solution: &str) -> Result<()> {
        let key = self.signing_key().await?;
        let mut tx = self.db().begin().await?;
        spend_in(&mut tx, actor, &key, self.now(), solution).await?;
        tx.commit().await
    }
}

async fn spend_in(tx: &mut Tx, actor: &Actor, key: &str, now: i64, solution: &str) -> Result<()> {
    let refused = |problem| Refusal::field(FIELD, problem);
    let solution = read(solution).ok_or_else(|| refused(Problem::NotSolved))?;
    let signature = HEXLOWER.decode(solution.signature.as_bytes()).map_err(|_| refused(Problem::NotSolved))?;
    let is_ours = mac(key, &solution.challenge)?.verify_slice(&signature).is_ok();
    let is_solved = solution.algorithm == ALGORITHM && hash(&solution.salt, solution.number) == solution.challenge;
    if !is_ours || !is_solved || parameter(&solution.salt, "for") != Some(&whose(actor)) {
        return Err(refused(Problem::NotSolved).into());
    }
    let expires_at = parameter(&solution.salt, "expires").and_then(|text| text.parse::<i64>().ok()).unwrap_or_default() * 1000;
    if expires_at < now {
        return Err(refused(Problem::SolvedBefore).into());
    }
    tx.run("DELETE FROM spent_captchas WHERE expires_at < $1", values![now]).await?;
    let spend = "INSERT INTO spent_captchas (challenge, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING challenge";
    if tx.maybe::<(String,)>(spend, values![solution.challenge, expires_at]).await?.is_none() {
        return Err(refused(Problem::SolvedBefore).into());
    }
    Ok(())
}

fn read(solution: &str) -> Option<Solution> {
    if solution.len() > SOLUTION_MOST {
        return None;
    }
    serde_json::from_slice(&STANDARD.decode(solution).ok()?).ok()
}
