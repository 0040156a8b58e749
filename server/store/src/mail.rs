//! Mails on their way out: written when they are queued, in the transaction of what they tell of, and claimed by whoever sends.
//!
//! A mail that is claimed and then neither sent nor failed, for its sender has gone, is due again after `LEASE_MS`: it may arrive
//! twice, and never not at all.

use std::sync::LazyLock;

use minijinja::{Environment, UndefinedBehavior, Value};
use model::{
    CustomerId, MailId, MspId, Refusal,
    customers::PAGE_ROWS,
    mail::{BACK_OFF_MIN, MailState, OutboxMail, OutboxPage, OutboxRow, Template},
    roles::{Action, Relation},
};
use sqlx::AssertSqlSafe;

use crate::{
    Actor, Error, Result, Store,
    customers::last_page,
    db::{self, Tx, values},
    events::{Changes, Event, record},
    ids::Mint,
    msps::number,
};

/// How long a claimed mail is one server's alone, in milliseconds: longer than any attempt takes.
const LEASE_MS: i64 = 5 * 60 * 1000;

/// The languages that mails are written in; any other gets the first.
const LANGUAGES: [&str; 5] = ["en", "de", "es", "fr", "ja"];

/// Stands in a stored mail where its link is.
const LINK: &str = "{LINK}";

/// A mail that is about to be queued.
pub(crate) struct NewMail<'a> {
    pub(crate) msp: Option<&'a MspId>,
    pub(crate) customer: Option<&'a CustomerId>,
    pub(crate) to: &'a str,
    /// The receiver's, as BCP 47.
    pub(crate) language: &'a str,
    pub(crate) template: Template,
    /// What [`Template::facts`] names.
    pub(crate) facts: &'a [(&'a str, String)],
}

/// Writes a mail and queues it. It is sent once `tx` is committed.
///
/// # Errors
/// [`Error::Broken`] where a fact is missing.
pub(crate) async fn enqueue(tx: &mut Tx, now: i64, mail: &NewMail<'_>) -> Result<MailId> {
    let written = write(mail.template, mail.language, mail.facts).map_err(Error::unreadable)?;
    let link = mail.facts.iter().find(|(name, _)| *name == "link").map(|(_, link)| link.clone()).unwrap_or_default();
    let id = MailId::from_u128(Mint::default().bits(now));
    let sql = "INSERT INTO outbox (id, msp_id, customer_id, recipient, subject, text, html, link, template, language, state,
            next_attempt_at, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)";
    let row = values![
        &id,
        mail.msp.map(ToString::to_string),
        mail.customer.map(ToString::to_string),
        mail.to.trim(),
        written.subject,
        written.text,
        written.html,
        link,
        mail.template.key(),
        written.language,
        MailState::Queued.key(),
        now,
    ];
    tx.run(sql, row).await?;
    Ok(id)
}

/// Removes those of these mails that have not gone out: what they tell of is no longer so.
pub(crate) async fn take_back(tx: &mut Tx, ids: Vec<db::Value>) -> Result<()> {
    let rows = ids.into_iter().map(|id| [id]).collect();
    tx.bulk("DELETE FROM outbox WHERE state IN ('QUEUED', 'FAILED') AND id IN (VALUES", ")", rows).await
}

/// A mail that whoever claimed it is to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedMail {
    pub id: MailId,
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// Which attempt this is, from 1.
    pub attempt: u32,
}

/// How an attempt to send went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    Sent,
    /// Worth another try; why not, in words.
    Delayed(String),
    /// No try will help; why not, in words.
    Refused(String),
}

impl Store {
    /// Takes up to `most` mails that are due: no other server has them until [`Store::delivered`], or until the lease is over.
    pub async fn claim_mails(&self, most: u32) -> Result<Vec<ClaimedMail>> {
        let now = self.now();
        let due = "SELECT id FROM outbox WHERE state IN ('QUEUED', 'SENDING') AND next_attempt_at <= $1 LIMIT 1";
        // Most of the time nothing is: a question that writes nothing.
        if self.db().maybe::<(String,)>(due, values![now]).await?.is_none() {
            return Ok(Vec::new());
        }
        let mut tx = self.db().begin().await?;
        let skipping = tx.skip_locked();
        let sql = format!(
            "UPDATE outbox SET state = 'SENDING', attempts = attempts + 1, next_attempt_at = $2, version = version + 1
            WHERE id IN (SELECT id FROM outbox WHERE state IN ('QUEUED', 'SENDING') AND next_attempt_at <= $1
                ORDER BY next_attempt_at, id LIMIT $3 {skipping})
            RETURNING id, recipient, subject, text, html, link, attempts"
        );
        let rows: Vec<Claimed> = tx.rows(AssertSqlSafe(sql), values![now, now + LEASE_MS, most]).await?;
        tx.commit().await?;
        rows.into_iter().map(claimed).collect()
    }

    /// Writes down how it went. Where the lease was over meanwhile and another server has the mail, only that it was sent counts.
    pub async fn delivered(&self, mail: &ClaimedMail, delivery: &Delivery) -> Result<()> {
        let now = self.now();
        let mut tx = self.db().begin().await?;
        match delivery {
            Delivery::Sent => {
                let sql = "UPDATE outbox SET state = 'SENT', sent_at = $2, last_error = '', link = '', version = version + 1
                    WHERE id = $1 AND state <> 'SENT'";
                tx.run(sql, values![&mail.id, now]).await?;
            }
            Delivery::Delayed(_) | Delivery::Refused(_) => {
                let (state, next, why) = after(delivery, mail.attempt, now);
                let sql = "UPDATE outbox SET state = $3, next_attempt_at = $4, last_error = $5, version = version + 1
                    WHERE id = $1 AND attempts = $2 AND state = 'SENDING'";
                tx.run(sql, values![&mail.id, mail.attempt, state.key(), next, why]).await?;
            }
        }
        tx.commit().await
    }

    /// Removes the mails from before `at` that are done with.
    pub async fn forget_mails(&self, at: i64) -> Result<()> {
        let mut tx = self.db().begin().await?;
        tx.run("DELETE FROM outbox WHERE state IN ('SENT', 'FAILED') AND created_at < $1", values![at]).await?;
        tx.commit().await
    }

    /// A page of the MSP's mails, the newest first; of one state, or of all.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] without [`Action::Administer`].
    pub async fn outbox(&self, actor: &Actor, state: Option<MailState>, page: u32) -> Result<OutboxPage> {
        actor.require(Action::Administer, Relation::None)?;
        let mut values = Vec::new();
        let seen = actor.sees("msp_id", "COALESCE(customer_id, '')", &mut values);
        let sql = format!("SELECT state, COUNT(*) FROM outbox WHERE {seen} GROUP BY state");
        let counts: Vec<(String, i64)> = self.db().rows(AssertSqlSafe(sql), values.clone()).await?;
        let of = |state: MailState| counts.iter().find(|(key, _)| key == state.key()).map_or(0, |(_, count)| number(*count));
        let by_state = MailState::ALL.map(of);
        let matching = state.map_or_else(|| by_state.iter().sum(), of);
        let page = page.clamp(1, last_page(matching));
        let only = match state {
            Some(state) => {
                values.push(state.key().into());
                format!(" AND state = ${}", values.len())
            }
            None => String::new(),
        };
        values.extend(values![PAGE_ROWS, i64::from(page - 1) * i64::from(PAGE_ROWS)]);
        let last = values.len();
        let sql = format!("SELECT {ROW} FROM outbox WHERE {seen}{only} ORDER BY id DESC LIMIT ${} OFFSET ${last}", last - 1);
        let rows: Vec<RowStored> = self.db().rows(AssertSqlSafe(sql), values).await?;
        let rows = rows.into_iter().map(outbox_row).collect::<Result<_>>()?;
        Ok(OutboxPage { rows, matching, page, by_state })
    }

    /// One of the MSP's mails, to be read: without its link, which is the receiver's alone.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::Forbidden`] without [`Action::Administer`].
    pub async fn outbox_mail(&self, actor: &Actor, id: &MailId) -> Result<OutboxMail> {
        actor.require(Action::Administer, Relation::None)?;
        let mut values = values![id];
        let seen = actor.sees("msp_id", "COALESCE(customer_id, '')", &mut values);
        let sql = format!("SELECT {ROW} FROM outbox WHERE id = $1 AND {seen}");
        let row: RowStored = self.db().maybe(AssertSqlSafe(sql), values).await?.ok_or(Refusal::NotFound)?;
        let (text,): (String,) = self.db().one("SELECT text FROM outbox WHERE id = $1", values![id]).await?;
        Ok(OutboxMail { row: outbox_row(row)?, text: text.replace(LINK, "[a link that only the receiver gets]") })
    }

    /// Queues a mail that has failed once more, for as many attempts as a new one.
    ///
    /// # Errors
    /// [`Refusal::Conflict`] for one that has not failed; [`Refusal::NotFound`]; [`Refusal::Forbidden`] without
    /// [`Action::Administer`].
    pub async fn send_again(&self, actor: &Actor, id: &MailId) -> Result<()> {
        actor.require(Action::Administer, Relation::None)?;
        let now = self.now();
        let mut tx = self.db().begin().await?;
        let mut values = values![id];
        let seen = actor.sees("msp_id", "COALESCE(customer_id, '')", &mut values);
        let sql = format!("SELECT recipient, subject, customer_id FROM outbox WHERE id = $1 AND {seen}");
        let found: Option<(String, String, Option<String>)> = tx.maybe(AssertSqlSafe(sql), values).await?;
        let (to, subject, customer) = found.ok_or(Refusal::NotFound)?;
        let sql = "UPDATE outbox SET state = 'QUEUED', attempts = 0, next_attempt_at = $2, version = version + 1
            WHERE id = $1 AND state = 'FAILED' RETURNING id";
        tx.maybe::<(String,)>(sql, values![id, now]).await?.ok_or(Refusal::Conflict)?;
        let customer: Option<CustomerId> = customer.map(|id| id.parse()).transpose().map_err(Error::unreadable)?;
        let changes = Changes::default().with("to", "", &to);
        record(&mut tx, actor, now, Event { kind: "mail.sent_again", customer: customer.as_ref(), subject: &subject, changes })
            .await?;
        tx.commit().await
    }
}

/// Where a mail stands after an attempt that did not work, when it is tried next, and why.
fn after(delivery: &Delivery, attempt: u32, now: i64) -> (MailState, i64, &str) {
    let wait = BACK_OFF_MIN.get(attempt.saturating_sub(1) as usize);
    match (delivery, wait) {
        (Delivery::Delayed(why), Some(minutes)) => (MailState::Queued, now + minutes * 60_000, why),
        (Delivery::Delayed(why) | Delivery::Refused(why), _) => (MailState::Failed, now, why),
        (Delivery::Sent, _) => (MailState::Sent, now, ""),
    }
}

/// Id, recipient, subject, text, HTML, link, attempts.
type Claimed = (String, String, String, String, String, String, i64);

fn claimed((id, to, subject, text, html, link, attempts): Claimed) -> Result<ClaimedMail> {
    Ok(ClaimedMail {
        id: id.parse().map_err(Error::unreadable)?,
        to,
        subject,
        text: text.replace(LINK, &link),
        html: html.replace(LINK, &link.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")),
        attempt: number(attempts),
    })
}

const ROW: &str = "id, recipient, subject, template, state, attempts, last_error, created_at, next_attempt_at, sent_at";

/// What [`ROW`] names.
type RowStored = (String, String, String, String, String, i64, String, i64, i64, i64);

fn outbox_row(stored: RowStored) -> Result<OutboxRow> {
    let (id, to, subject, template, state, attempts, last_error, created_at, next_attempt_at, sent_at) = stored;
    Ok(OutboxRow {
        id: id.parse().map_err(Error::unreadable)?,
        to,
        subject,
        template: Template::from_key(&template).ok_or_else(|| Error::unreadable("a mail is of no known kind"))?,
        state: MailState::from_key(&state).ok_or_else(|| Error::unreadable("a mail is in no known state"))?,
        attempts: number(attempts),
        last_error,
        created_at,
        next_attempt_at,
        sent_at,
    })
}

struct Written {
    language: &'static str,
    subject: String,
    text: String,
    html: String,
}

/// The language that `tag` asks for (`de-AT` is German), where `template` is written in it.
fn language_of(template: Template, tag: &str) -> &'static str {
    let primary = tag.split(['-', '_']).next().unwrap_or_default();
    let is_written = |language: &str| file(&path(template, language, "txt")).is_some();
    let asked = LANGUAGES.into_iter().find(|language| language.eq_ignore_ascii_case(primary));
    asked.filter(|language| is_written(language)).unwrap_or(LANGUAGES[0])
}

fn path(template: Template, language: &str, kind: &str) -> String {
    format!("{language}/{}.{kind}", template.key())
}

fn file(path: &str) -> Option<&'static str> {
    FILES.iter().find(|(name, _)| *name == path).map(|(_, text)| *text)
}

fn write<'a>(template: Template, language: &str, facts: &[(&'a str, String)]) -> Result<Written, minijinja::Error> {
    let language = language_of(template, language);
    let known = |(name, fact): &(&'a str, String)| (*name, Value::from(if *name == "link" { LINK } else { fact.as_str() }));
    let facts = Value::from_pairs(facts.iter().map(known).chain([("language", Value::from(language))]));
    let text = TEMPLATES.get_template(&path(template, language, "txt"))?.render(facts.clone())?;
    let html = TEMPLATES.get_template(&path(template, language, "html"))?.render(facts)?;
    // The subject is above the first empty line.
    let (subject, text) = text.split_once("\n\n").unwrap_or((text.as_str(), ""));
    let subject = subject.split_whitespace().collect::<Vec<_>>().join(" ");
    Ok(Written { language, subject, text: format!("{}\n", text.trim()), html })
}

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    templates.set_loader(|name| Ok(file(name).map(str::to_owned)));
    templates
});

/// Text and HTML of each mail. English is needed; where another language is missing, it is written in English.
macro_rules! files {
    ($($path:literal),* $(,)?) => {
        &[
            ("layout.html", include_str!("../templates/mail/layout.html")),
            $(
                (concat!($path, ".txt"), include_str!(concat!("../templates/mail/", $path, ".txt"))),
                (concat!($path, ".html"), include_str!(concat!("../templates/mail/", $path, ".html"))),
            )*
        ]
    };
}

const FILES: &[(&str, &str)] = files![
    "en/staff_invitation",
    "de/staff_invitation",
    "es/staff_invitation",
    "fr/staff_invitation",
    "ja/staff_invitation",
    "en/customer_invitation",
    "de/customer_invitation",
    "es/customer_invitation",
    "fr/customer_invitation",
    "ja/customer_invitation",
    "en/approval_asked",
    "de/approval_asked",
    "es/approval_asked",
    "fr/approval_asked",
    "ja/approval_asked",
    "en/export_ready",
    "de/export_ready",
    "es/export_ready",
    "fr/export_ready",
    "ja/export_ready",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(template: Template) -> Vec<(&'static str, String)> {
        template.facts().iter().map(|name| (*name, format!("<{name}>"))).collect()
    }

    #[test]
    fn d2_every_mail_is_written_in_every_language_and_names_what_it_is_about() {
        for template in Template::ALL {
            for language in LANGUAGES {
                let written = write(template, language, &facts(template)).unwrap();
                assert_eq!(written.language, language, "{template:?}");
                assert!(!written.subject.is_empty() && !written.subject.contains("Subject"), "{}", written.subject);
                for name in template.facts() {
                    let stands = if *name == "link" { LINK.to_owned() } else { format!("<{name}>") };
                    assert!(written.text.contains(&stands), "{template:?} {language}: {name}");
                    let stands = stands.replace('<', "&lt;").replace('>', "&gt;");
                    assert!(written.html.contains(&stands), "{template:?} {language}: {name}");
                }
                assert!(written.html.contains(&format!("lang=\"{language}\"")), "{}", written.html);
            }
        }
    }

    #[test]
    fn d2_a_language_that_no_mail_is_written_in_gets_english() {
        let language =
            |tag: &str| write(Template::CustomerInvitation, tag, &facts(Template::CustomerInvitation)).unwrap().language;
        assert_eq!(["de-AT", "JA", "pt-BR", ""].map(language), ["de", "ja", "en", "en"]);
    }

    #[test]
    fn a_mail_without_a_fact_is_not_written() {
        assert!(write(Template::StaffInvitation, "en", &[]).is_err());
    }

    #[test]
    fn a_subject_is_one_line() {
        let mut facts = facts(Template::CustomerInvitation);
        facts.iter_mut().for_each(|(_, fact)| *fact = "a\r\nBcc: b".to_owned());
        let written = write(Template::CustomerInvitation, "en", &facts).unwrap();
        assert!(!written.subject.contains(['\r', '\n']), "{}", written.subject);
    }
}
