//! Sends what stands in the outbox, by SMTP. Any number of servers may do so on one database: each claims its mails first.
//!
//! What an SMTP server refuses for good has failed at once. Everything else is tried again, at growing distances, for a day: a
//! server that is away, that asks to try later, or that does not accept our password, for that is not the mail's fault.

use std::{fmt, str::FromStr, time::Duration};

use futures::future::join_all;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp::{self, PoolConfig},
};
use store::{
    Error,
    mail::{ClaimedMail, Delivery},
};

use crate::Live;

/// How often it is looked whether a mail is due, in milliseconds.
const EVERY_MS: i64 = 1000;
/// Mails that are sent at the same time.
const AT_ONCE: u32 = 4;
/// How long a step of SMTP may take, and a whole mail.
const STEP_MOST: Duration = Duration::from_secs(30);
const MAIL_MOST: Duration = Duration::from_secs(120);
/// What a server says of whoever signs in, not of the mail (RFC 4954, 6).
const SIGN_IN: [&str; 5] = ["530", "534", "535", "538", "454"];

/// Where mails go: `smtp://user:password@host:587?tls=required`, or `smtps://`.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpUrl(String);

impl SmtpUrl {
    /// Host and port, without who signs in.
    fn server(&self) -> &str {
        let rest = self.0.split_once("://").map_or("", |(_, rest)| rest);
        let rest = rest.split(['/', '?']).next().unwrap_or_default();
        rest.rsplit('@').next().unwrap_or_default()
    }
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address may hold a password.
        f.debug_tuple("SmtpUrl").field(&self.server()).finish()
    }
}

impl From<String> for SmtpUrl {
    /// Whether it can be used [`Mailer::new`] says: whoever parses a command line repeats what it does not understand.
    fn from(url: String) -> Self {
        Self(url)
    }
}

/// Who mails are from: `Name <local@domain>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailFrom(Mailbox);

impl FromStr for MailFrom {
    type Err = &'static str;

    fn from_str(from: &str) -> Result<Self, Self::Err> {
        from.parse().map(Self).map_err(|_| "it looks like Name <noc@example.com>")
    }
}

/// Sends mails one by one, over connections that it keeps for a while.
#[derive(Debug)]
pub struct Mailer {
    smtp: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    server: String,
}

impl Mailer {
    /// # Errors
    /// How an address looks, where this is none.
    pub fn new(url: &SmtpUrl, from: &MailFrom) -> Result<Self, &'static str> {
        let smtp = AsyncSmtpTransport::<Tokio1Executor>::from_url(&url.0)
            .map_err(|_| "it looks like smtp://user:password@host:587?tls=required or smtps://user:password@host")?
            .timeout(Some(STEP_MOST))
            .pool_config(PoolConfig::new().max_size(AT_ONCE))
            .build();
        Ok(Self { smtp, from: from.0.clone(), server: url.server().to_owned() })
    }

    async fn send(&self, mail: &ClaimedMail) -> Delivery {
        let message = match self.message(mail) {
            Ok(message) => message,
            Err(why) => return Delivery::Refused(format!("This mail cannot be written: {why}.")),
        };
        match tokio::time::timeout(MAIL_MOST, self.smtp.send(message)).await {
            Ok(Ok(_)) => Delivery::Sent,
            Ok(Err(error)) => failure(&self.server, &error),
            Err(_) => Delivery::Delayed(format!("The mail server {} did not answer in time.", self.server)),
        }
    }

    fn message(&self, mail: &ClaimedMail) -> Result<Message, String> {
        let to = mail.to.parse().map_err(|_| format!("{} is no address", mail.to))?;
        // The same at each attempt: a mail that arrives twice can be told.
        let id = format!("<{}@{}>", mail.id, self.from.email.domain());
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(&mail.subject)
            .message_id(Some(id))
            .multipart(MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone()))
            .map_err(|error| error.to_string())?;
        // So that no absence note comes back (RFC 3834, 5).
        let header = HeaderName::new_from_ascii_str("Auto-Submitted");
        message.headers_mut().insert_raw(HeaderValue::new(header, "auto-generated".to_owned()));
        Ok(message)
    }
}

/// Why a mail was not sent, and whether another attempt may help.
fn failure(server: &str, error: &smtp::Error) -> Delivery {
    let said = innermost(error);
    let code = error.status().map(|code| code.to_string()).unwrap_or_default();
    if SIGN_IN.contains(&code.as_str()) {
        return Delivery::Delayed(format!("The mail server {server} did not let Nocturne sign in: {code} {said}"));
    }
    if error.is_permanent() {
        return Delivery::Refused(format!("The mail server refused it for good: {code} {said}"));
    }
    Delivery::Delayed(if error.is_transient() {
        format!("The mail server asks to try again later: {code} {said}")
    } else if error.is_timeout() {
        format!("The mail server {server} did not answer in time.")
    } else if error.is_tls() {
        format!("There was no secure connection to the mail server {server}: {said}")
    } else {
        format!("The mail server {server} cannot be reached: {said}")
    })
}

/// What was at the bottom of it: the server's own words, or the system's.
fn innermost(error: &smtp::Error) -> String {
    let mut last: &dyn std::error::Error = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}

impl Live {
    /// Sends what is due, once a second.
    pub(crate) async fn mail_loop(self, mailer: Mailer) {
        let clock = self.0.store.clock().clone();
        loop {
            match self.send_due(&mailer).await {
                // There may be more.
                Ok(sent) if sent == AT_ONCE as usize => continue,
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "the outbox could not be read or written: mails wait"),
            }
            tokio::select! {
                () = clock.sleep_until(clock.now() + EVERY_MS) => {}
                () = self.closed() => return,
            }
        }
    }

    /// How many mails were due.
    async fn send_due(&self, mailer: &Mailer) -> Result<usize, Error> {
        let mails = self.0.store.claim_mails(AT_ONCE).await?;
        let sending = mails.iter().map(|mail| async {
            let delivery = mailer.send(mail).await;
            self.0.meter.mailed(&delivery);
            match &delivery {
                Delivery::Sent => tracing::info!(mail = %mail.id, "a mail was sent"),
                Delivery::Delayed(why) | Delivery::Refused(why) => tracing::warn!(mail = %mail.id, why, "a mail was not sent"),
            }
            self.0.store.delivered(mail, &delivery).await
        });
        join_all(sending).await.into_iter().collect::<Result<Vec<()>, Error>>()?;
        Ok(mails.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k2_no_password_of_the_mail_server_is_ever_printed() {
        let url = SmtpUrl::from("smtp://noc:p%40ss@mail.example:587?tls=required".to_owned());
        let from: MailFrom = "Night <noc@msp.example>".parse().unwrap();
        assert_eq!(format!("{url:?}"), r#"SmtpUrl("mail.example:587")"#);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let _inside = runtime.enter();
        let mailer = Mailer::new(&url, &from).unwrap();
        assert!(!format!("{mailer:?}").contains("p@ss"), "{mailer:?}");
    }

    #[test]
    fn k2_what_is_no_mail_server_is_refused_when_the_program_starts() {
        let from: MailFrom = "noc@msp.example".parse().unwrap();
        for wrong in ["mail.example:587", "http://u:secret@mail.example", "smtp://", "smtp://mail.example?tls=maybe"] {
            assert!(!Mailer::new(&wrong.to_owned().into(), &from).unwrap_err().contains("secret"), "{wrong}");
        }
        assert!("nobody".parse::<MailFrom>().is_err());
    }
}
