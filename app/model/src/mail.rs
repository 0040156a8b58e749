//! Mails that Nocturne sends: which there are, and how each stands on its way out.

use serde::{Deserialize, Serialize};

use crate::MailId;

/// A kind of mail. Its text, its HTML and its subject are two files of the store per language, named by [`Template::key`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Template {
    /// To a new member of the MSP's staff (DOMAIN C3).
    StaffInvitation,
    /// To a customer's person, who then reads the portal (DOMAIN D2).
    CustomerInvitation,
    /// To the Super Admin of an account that an MSP wants to manage (DOMAIN B4).
    ApprovalAsked,
    /// To whom a long customer list was too long to be given at once (DOMAIN A12).
    ExportReady,
}

impl Template {
    pub const ALL: [Self; 4] = [Self::StaffInvitation, Self::CustomerInvitation, Self::ApprovalAsked, Self::ExportReady];

    /// How it is stored, and the name of its files.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::StaffInvitation => "staff_invitation",
            Self::CustomerInvitation => "customer_invitation",
            Self::ApprovalAsked => "approval_asked",
            Self::ExportReady => "export_ready",
        }
    }

    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|template| template.key() == key)
    }

    /// What a person reads.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::StaffInvitation => "Invitation of staff",
            Self::CustomerInvitation => "Invitation of a customer",
            Self::ApprovalAsked => "Request to manage an account",
            Self::ExportReady => "Customer list to download",
        }
    }

    /// What has to be known to write it. The fact `link` is the receiver's alone: it is shown to nobody else, and forgotten once
    /// the mail is sent.
    #[must_use]
    pub const fn facts(self) -> &'static [&'static str] {
        match self {
            Self::StaffInvitation => &["msp", "inviter", "role", "days", "link"],
            Self::CustomerInvitation => &["msp", "inviter", "customer", "days", "link"],
            Self::ApprovalAsked => &["msp", "asker", "account", "days", "link"],
            Self::ExportReady => &["msp", "rows", "hours", "link"],
        }
    }
}

/// Where a mail stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MailState {
    Queued,
    Sending,
    Sent,
    Failed,
}

impl MailState {
    pub const ALL: [Self; 4] = [Self::Queued, Self::Sending, Self::Sent, Self::Failed];

    /// How it is stored.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::Sending => "SENDING",
            Self::Sent => "SENT",
            Self::Failed => "FAILED",
        }
    }

    /// Back from how it is stored, or from an address (`failed`).
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.key().eq_ignore_ascii_case(key))
    }

    /// What a person reads.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Queued => "Queued",
            Self::Sending => "Sending",
            Self::Sent => "Sent",
            Self::Failed => "Failed",
        }
    }
}

/// How long is waited after each attempt that did not work, in minutes. After the last one the mail has failed, a day after it was
/// first tried.
pub const BACK_OFF_MIN: [i64; 9] = [1, 5, 15, 60, 120, 240, 240, 360, 399];

/// A mail in the list of those that go out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxRow {
    pub id: MailId,
    pub to: String,
    pub subject: String,
    pub template: Template,
    pub state: MailState,
    pub attempts: u32,
    /// Why the last attempt did not work, in words; empty where none failed.
    pub last_error: String,
    /// UTC milliseconds.
    pub created_at: i64,
    /// When it is tried next, where it is queued.
    pub next_attempt_at: i64,
    /// 0 until it is sent.
    pub sent_at: i64,
}

/// A page of the outbox, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxPage {
    pub rows: Vec<OutboxRow>,
    pub matching: u32,
    pub page: u32,
    /// How many stand in each state, in the order of [`MailState::ALL`].
    pub by_state: [u32; 4],
}

/// One mail, to be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxMail {
    pub row: OutboxRow,
    /// The text as it goes out, but for the link.
    pub text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_tried_for_a_day() {
        assert_eq!(BACK_OFF_MIN.iter().sum::<i64>(), 24 * 60);
    }
}
