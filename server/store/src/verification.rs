//! Mobile numbers that are verified by a text message (DOMAIN A5). A finished customer whose number is not verified yet stays a draft:
//! to everything else there is no such customer. It keeps its room of the quota meanwhile, so that the code never comes too late.
//! A changed number of a customer waits beside it; the old one stays until then.

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use model::{
    CustomerId, DraftId, Problem, Refusal,
    drafts::{Draft, NumberToVerify, Section, WaitingRow},
    roles::{Action, Relation},
};
use sha2::Sha256;

use crate::{
    Actor, Error, Result, Store,
    choices::shown_phone,
    customers::lock_customer,
    db::{Tx, values},
    drafts::{RoomFrom, Stored, destine, insert_draft, lock_draft, settled, write_draft},
    events::{Changes, Event, record},
    msps::{give_held_room_back, hold_room},
};

/// How long a code is good, in milliseconds.
pub const CODE_MS: i64 = 10 * 60 * 1000;
/// How long after one code another can be sent, in milliseconds.
pub const RESEND_MS: i64 = 60 * 1000;
/// Wrong codes until a new one is needed.
pub const TRIES: i64 = 5;
const DIGITS: usize = 6;

/// A text message to send: whoever gets one from the store sends it.
#[derive(Clone, PartialEq, Eq)]
pub struct Text {
    /// E.164.
    pub to: String,
    pub text: String,
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The code is the receiver's alone.
        f.debug_struct("Text").field("to", &self.to).finish_non_exhaustive()
    }
}

/// What a number belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// A customer that is not there before its number is verified.
    Draft(DraftId),
    /// A customer's changed number.
    Customer(CustomerId),
}

impl Whose {
    fn id(&self) -> String {
        match self {
            Self::Draft(id) => id.to_string(),
            Self::Customer(id) => id.to_string(),
        }
    }

    /// The column of `mobile_checks`.
    const fn column(&self) -> &'static str {
        match self {
            Self::Draft(_) => "draft_id",
            Self::Customer(_) => "customer_id",
        }
    }
}

/// What a right code did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verified {
    /// There is a customer now.
    Created(CustomerId),
    /// The customer has its new number.
    Changed(CustomerId),
}

fn code_hash(key: &str, whose: &str, code: &str) -> Result<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).map_err(Error::unreadable)?;
    mac.update(format!("{whose} {code}").as_bytes());
    Ok(HEXLOWER.encode(&mac.finalize().into_bytes()))
}

/// A new code for the number, in place of an older one.
async fn new_code(tx: &mut Tx, whose: &Whose, mobile: &str, key: &str, now: i64) -> Result<Text> {
    let code = format!("{:0DIGITS$}", rand::random_range(0..1_000_000_u32));
    let (id, column) = (whose.id(), whose.column());
    let hash = code_hash(key, &id, &code)?;
    let sql = format!(
        "INSERT INTO mobile_checks ({column}, mobile, code_hash, sent_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT ({column}) DO UPDATE SET mobile = excluded.mobile, code_hash = excluded.code_hash, sent_at = excluded.sent_at,
            tries = 0"
    );
    tx.run(sqlx::AssertSqlSafe(sql), values![id, mobile, hash, now]).await?;
    let text = format!("Your code for Nocturne is {code}. It is good for {} minutes.", CODE_MS / 60_000);
    Ok(Text { to: mobile.to_owned(), text })
}

/// Sets out to verify a customer's changed number; an empty one takes back what waited. To one that waits already no second text message
/// goes out so soon, and its wrong tries stay counted.
pub(crate) async fn begin_change(tx: &mut Tx, id: &CustomerId, mobile: &str, key: &str, now: i64) -> Result<Option<Text>> {
    if mobile.is_empty() {
        tx.run("DELETE FROM mobile_checks WHERE customer_id = $1", values![id]).await?;
        return Ok(None);
    }
    let whose = Whose::Customer(id.clone());
    let sql = "SELECT COUNT(*) FROM mobile_checks WHERE customer_id = $1 AND mobile = $2 AND sent_at > $3";
    let (waits,): (i64,) = tx.one(sql, values![id, mobile, now - RESEND_MS]).await?;
    if waits > 0 {
        return Ok(None);
    }
    new_code(tx, &whose, mobile, key, now).await.map(Some)
}

/// A number that waits, as it is stored.
struct Check {
    mobile: String,
    code_hash: String,
    sent_at: i64,
    tries: i64,
}

async fn check_of(tx: &mut Tx, whose: &Whose) -> Result<Check> {
    let sql = format!("SELECT mobile, code_hash, sent_at, tries FROM mobile_checks WHERE {} = $1", whose.column());
    let found: Option<(String, String, i64, i64)> = tx.maybe(sqlx::AssertSqlSafe(sql), values![whose.id()]).await?;
    let (mobile, code_hash, sent_at, tries) = found.ok_or(Refusal::NotFound)?;
    Ok(Check { mobile, code_hash, sent_at, tries })
}

async fn forget(tx: &mut Tx, whose: &Whose) -> Result<()> {
    let sql = format!("DELETE FROM mobile_checks WHERE {} = $1", whose.column());
    tx.run(sqlx::AssertSqlSafe(sql), values![whose.id()]).await?;
    Ok(())
}

/// A finished draft of the MSP, locked until the transaction ends.
async fn lock_waiting(tx: &mut Tx, actor: &Actor, id: &DraftId) -> Result<Stored> {
    actor.require(Action::AddCustomer, Relation::None)?;
    let found = lock_draft(tx, actor.msp(), id).await?.filter(|stored| stored.waiting_since > 0);
    Ok(found.ok_or(Refusal::NotFound)?)
}

/// The name and the customer of what the number belongs to, which the actor may change; locked until the transaction ends.
async fn lock(tx: &mut Tx, actor: &Actor, whose: &Whose) -> Result<(String, Option<CustomerId>)> {
    match whose {
        Whose::Draft(id) => {
            let Stored { draft, customer, .. } = lock_waiting(tx, actor, id).await?;
            Ok((draft.name(), customer))
        }
        Whose::Customer(id) => {
            let head = lock_customer(tx, actor, Action::EditCustomer, id).await?;
            head.changeable()?;
            Ok((head.name, Some(head.id)))
        }
    }
}

impl Store {
    /// Finishes a customer whose mobile number is to be verified first: it waits, and keeps its room of the quota. The draft that it
    /// was typed into is gone then. The text message is to be sent.
    ///
    /// # Errors
    /// As [`Store::add_customer`].
    pub async fn hold_customer(&self, actor: &Actor, draft: &Draft, from: Option<&DraftId>) -> Result<(DraftId, Text)> {
        actor.require(Action::AddCustomer, Relation::None)?;
        // Judged now, and once more when it becomes a customer. It stays as it was typed, so that it can be gone on with.
        let mobile = settled(draft).map_err(Refusal::Invalid)?.input.mobile;
        if let Some(problem) = self.problems(draft).await?.into_iter().next() {
            return Err(Refusal::Invalid(vec![problem]).into());
        }
        let key = self.signing_key().await?;
        let now = self.now();
        let mut tx = self.db().begin().await?;
        let customer = self.take_own(&mut tx, actor, from).await?;
        let id = DraftId::from_u128(self.inner.ids.bits(now));
        insert_draft(&mut tx, actor, &id, draft, now).await?;
        write_draft(&mut tx, &id, draft, Section::Review, now).await?;
        destine(&mut tx, &id, Some(&customer), now).await?;
        let text = new_code(&mut tx, &Whose::Draft(id.clone()), &mobile, &key, now).await?;
        hold_room(&mut tx, actor.msp()).await?;
        let changes = Changes::default().with("mobile", "", &mobile);
        let kind = "customer.verification_begun";
        let event = Event { kind, customer: Some(&customer), subject: &draft.name(), changes };
        record(&mut tx, actor, now, event).await?;
        tx.commit().await?;
        Ok((id, text))
    }

    /// The MSP's customers that wait for their code, the oldest first.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] without [`Action::AddCustomer`].
    pub async fn waiting_customers(&self, actor: &Actor) -> Result<Vec<WaitingRow>> {
        actor.require(Action::AddCustomer, Relation::None)?;
        let sql = "SELECT d.id, d.name, d.typed, d.waiting_since, m.mobile, u.name FROM drafts d
            JOIN mobile_checks m ON m.draft_id = d.id JOIN users u ON u.id = d.user_id
            WHERE d.msp_id = $1 AND d.waiting_since > 0 ORDER BY d.waiting_since, d.id";
        let rows: Vec<(String, String, String, i64, String, String)> = self.db().rows(sql, values![actor.msp()]).await?;
        rows.into_iter()
            .map(|(id, name, typed, since, mobile, by)| {
                let draft: Draft = serde_json::from_str(&typed).map_err(Error::unreadable)?;
                let (id, mobile) = (id.parse().map_err(Error::unreadable)?, shown_phone(&mobile));
                Ok(WaitingRow { id, name, email: draft.input.email, mobile, by, since })
            })
            .collect()
    }

    /// The number that waits.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] where none does; [`Refusal::Forbidden`], and for a customer as [`Store::edit_customer`].
    pub async fn number_to_verify(&self, actor: &Actor, whose: &Whose) -> Result<NumberToVerify> {
        let name = match whose {
            Whose::Draft(id) => {
                actor.require(Action::AddCustomer, Relation::None)?;
                let sql = "SELECT name FROM drafts WHERE id = $1 AND msp_id = $2 AND waiting_since > 0";
                let found: Option<(String,)> = self.db().maybe(sql, values![id, actor.msp()]).await?;
                found.ok_or(Refusal::NotFound)?.0
            }
            Whose::Customer(id) => self.require_for_customer(actor, Action::EditCustomer, id).await?.name,
        };
        let sql = format!("SELECT mobile, sent_at FROM mobile_checks WHERE {} = $1", whose.column());
        let found: Option<(String, i64)> = self.db().maybe(sqlx::AssertSqlSafe(sql), values![whose.id()]).await?;
        let (mobile, sent_at) = found.ok_or(Refusal::NotFound)?;
        Ok(NumberToVerify { name, mobile: shown_phone(&mobile), sent_at })
    }

    /// A new code for the number that waits; the text message is to be sent.
    ///
    /// # Errors
    /// [`Refusal::TooManyAttempts`] so soon after the last one, and as [`Store::number_to_verify`].
    pub async fn renew_code(&self, actor: &Actor, whose: &Whose) -> Result<Text> {
        let key = self.signing_key().await?;
        let now = self.now();
        let mut tx = self.db().begin().await?;
        lock(&mut tx, actor, whose).await?;
        let check = check_of(&mut tx, whose).await?;
        let left = check.sent_at + RESEND_MS - now;
        if left > 0 {
            let wait_s = u32::try_from((left + 999) / 1000).unwrap_or(u32::MAX);
            return Err(Refusal::TooManyAttempts { wait_s }.into());
        }
        let text = new_code(&mut tx, whose, &check.mobile, &key, now).await?;
        tx.commit().await?;
        Ok(text)
    }

    /// Notes that the text message could not be sent: another one may be sent at once.
    ///
    /// # Errors
    /// As [`Store::number_to_verify`].
    pub async fn note_not_texted(&self, actor: &Actor, whose: &Whose) -> Result<()> {
        let mut tx = self.db().begin().await?;
        lock(&mut tx, actor, whose).await?;
        let sql = format!("UPDATE mobile_checks SET sent_at = 0 WHERE {} = $1", whose.column());
        tx.run(sqlx::AssertSqlSafe(sql), values![whose.id()]).await?;
        tx.commit().await
    }

    /// Takes a code. The right one makes the customer, or gives it its new number.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] at `code`: a wrong one, one that is too old, or after too many. What [`Store::add_customer`] refuses is
    /// refused here as well, and the customer goes on waiting.
    pub async fn verify_mobile(&self, actor: &Actor, whose: &Whose, code: &str) -> Result<Verified> {
        let key = self.signing_key().await?;
        let now = self.now();
        let mut tx = self.db().begin().await?;
        lock(&mut tx, actor, whose).await?;
        let check = check_of(&mut tx, whose).await?;
        let refused = |problem| Err(Refusal::field("code", problem).into());
        if check.tries >= TRIES {
            return refused(Problem::CodeUsedUp);
        }
        if now - check.sent_at > CODE_MS {
            return refused(Problem::CodeExpired);
        }
        let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        if code.is_empty() {
            return refused(Problem::Required);
        }
        if code_hash(&key, &whose.id(), &code)? != check.code_hash {
            let sql = format!("UPDATE mobile_checks SET tries = tries + 1 WHERE {} = $1", whose.column());
            tx.run(sqlx::AssertSqlSafe(sql), values![whose.id()]).await?;
            tx.commit().await?;
            return refused(if check.tries + 1 >= TRIES { Problem::CodeUsedUp } else { Problem::WrongCode });
        }
        let verified = match whose {
            Whose::Draft(id) => Verified::Created(self.create_waiting(&mut tx, actor, id).await?),
            Whose::Customer(id) => {
                forget(&mut tx, whose).await?;
                change_mobile(&mut tx, actor, id, &check.mobile, now).await?;
                Verified::Changed(id.clone())
            }
        };
        tx.commit().await?;
        Ok(verified)
    }

    async fn create_waiting(&self, tx: &mut Tx, actor: &Actor, id: &DraftId) -> Result<CustomerId> {
        let Stored { user, mut draft, customer, .. } = lock_waiting(tx, actor, id).await?;
        // Whoever types the code in: it is the customer of the one who added it, too.
        if !draft.people.contains(&user) {
            draft.people.push(user);
        }
        let draft = settled(&draft).map_err(Refusal::Invalid)?;
        tx.run("DELETE FROM drafts WHERE id = $1", values![id]).await?;
        let customer = customer.unwrap_or_else(|| CustomerId::from_u128(self.inner.ids.bits(self.now())));
        self.create_in(tx, actor, &customer, &draft, RoomFrom::Held).await?;
        Ok(customer)
    }

    /// Gives a number up: the customer that waits is gone and its room is free, or the customer keeps the number that it has.
    ///
    /// # Errors
    /// As [`Store::number_to_verify`].
    pub async fn discard_number(&self, actor: &Actor, whose: &Whose) -> Result<()> {
        let now = self.now();
        let mut tx = self.db().begin().await?;
        let (name, customer) = lock(&mut tx, actor, whose).await?;
        let check = check_of(&mut tx, whose).await?;
        forget(&mut tx, whose).await?;
        match whose {
            Whose::Draft(id) => {
                tx.run("DELETE FROM drafts WHERE id = $1", values![id]).await?;
                give_held_room_back(&mut tx, actor.msp()).await?;
            }
            Whose::Customer(_) => {}
        }
        let changes = Changes::default().with("mobile", &check.mobile, "");
        let event = Event { kind: "customer.verification_discarded", customer: customer.as_ref(), subject: &name, changes };
        record(&mut tx, actor, now, event).await?;
        tx.commit().await
    }

    /// Opens a waiting customer again, as a draft of the actor's: its number may have been mistyped. Its room is free meanwhile.
    ///
    /// # Errors
    /// As [`Store::number_to_verify`]; [`Refusal::TooManyDrafts`].
    pub async fn reopen_waiting(&self, actor: &Actor, id: &DraftId) -> Result<DraftId> {
        let now = self.now();
        let mut tx = self.db().begin().await?;
        let Stored { draft, customer, .. } = lock_waiting(&mut tx, actor, id).await?;
        tx.run("DELETE FROM drafts WHERE id = $1", values![id]).await?;
        let new = DraftId::from_u128(self.inner.ids.bits(now));
        insert_draft(&mut tx, actor, &new, &draft, now).await?;
        write_draft(&mut tx, &new, &draft, Section::Contact, now).await?;
        destine(&mut tx, &new, customer.as_ref(), 0).await?;
        give_held_room_back(&mut tx, actor.msp()).await?;
        let changes = Changes::default().with("mobile", &draft.input.mobile, "");
        let kind = "customer.verification_discarded";
        let event = Event { kind, customer: customer.as_ref(), subject: &draft.name(), changes };
        record(&mut tx, actor, now, event).await?;
        tx.commit().await?;
        Ok(new)
    }
}

async fn change_mobile(tx: &mut Tx, actor: &Actor, id: &CustomerId, mobile: &str, now: i64) -> Result<()> {
    let (name, before): (String, String) =
        tx.one("SELECT name, mobile FROM customers WHERE id = $1 AND msp_id = $2", values![id, actor.msp()]).await?;
    let sql = "UPDATE customers SET mobile = $3, modified_at = $4, version = version + 1 WHERE id = $1 AND msp_id = $2";
    tx.run(sql, values![id, actor.msp(), mobile, now]).await?;
    let changes = Changes::default().with("mobile", &before, mobile);
    record(tx, actor, now, Event { kind: "customer.edited", customer: Some(id), subject: &name, changes }).await
}
