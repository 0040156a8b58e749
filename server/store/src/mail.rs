//! Mails on their way out: written when they are queued, in the transaction of what they tell of, and claimed by whoever sends.
//!
//! A mail that is claimed and then neither sent nor failed, for its sender has gone, is due again after [`LEASE_MS`]: it may arrive
//! twice, and never not at all.

use std::sync::LazyLock;

use minijinja::{Environment, UndefinedBehavior, Value};
use model::{
    CustomerId, MailId, MspId,
    mail::{MailState, Template},
};

use crate::{
    Error, Result,
    db::{Tx, values},
    ids::Mint,
};

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
