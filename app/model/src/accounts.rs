//! Accounts that stand on their own (DOMAIN B4, B6): with or without an MSP, each has a Super Admin, who approves an MSP, declines
//! it, and can leave it.

use serde::{Deserialize, Serialize};

use crate::{
    ApprovalId, CustomerId, FieldError,
    customers::{TEXT_MOST, check_email, check_text},
    lifecycle::{State, Step},
    users::check_password,
};

/// A new account and its Super Admin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountInput {
    pub company: String,
    pub super_admin_name: String,
    pub super_admin_email: String,
    pub password: String,
}

impl AccountInput {
    /// # Errors
    /// One entry for every field that cannot be taken.
    pub fn validate(&self) -> Result<(), Vec<FieldError>> {
        let mut errors = Vec::new();
        check_text(&mut errors, "company", &self.company, true, TEXT_MOST);
        check_text(&mut errors, "super_admin_name", &self.super_admin_name, true, 100);
        check_email(&mut errors, "super_admin_email", &self.super_admin_email, true);
        check_password(&mut errors, "password", &self.password);
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// How a request of an MSP ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Outcome {
    Approved,
    Declined,
    Withdrawn,
    Expired,
}

impl Outcome {
    pub const ALL: [Self; 4] = [Self::Approved, Self::Declined, Self::Withdrawn, Self::Expired];

    /// How it is stored, and said in the middle of a sentence.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
        }
    }

    /// `None` too for the empty text of one that is open.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.key() == key)
    }

    /// What ends a request so; `None` for the steps that end none.
    #[must_use]
    pub const fn of(step: Step) -> Option<Self> {
        match step {
            Step::Approve => Some(Self::Approved),
            Step::Decline => Some(Self::Declined),
            Step::Withdraw => Some(Self::Withdrawn),
            Step::Expire => Some(Self::Expired),
            Step::Downgrade | Step::Upgrade | Step::Terminate | Step::Restore | Step::Leave => None,
        }
    }
}

/// What the page of a step needs to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepBasis {
    pub customer: CustomerId,
    pub name: String,
    pub state: State,
    /// Sent back by the step; another change since then refuses it.
    pub version: i64,
    /// How many monitors a FREE account keeps.
    pub free_monitors: u32,
    /// How long a termination can be undone, in days.
    pub restore_days: u32,
    /// Up to when this one's termination can be undone; 0 where there is none.
    pub restorable_until: i64,
    /// Whether that is over.
    pub is_final: bool,
    /// Whether the asker may open its page.
    pub may_open: bool,
}

/// Who asked for a PENDING account, and until when it can be approved: as the MSP sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    pub by: String,
    pub at: i64,
    pub expires_at: i64,
}

/// An MSP that manages the account, as its Super Admin sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manager {
    pub msp: String,
    pub state: State,
    /// Up to when the MSP can undo a termination; 0 where there is none.
    pub restorable_until: i64,
}

/// One request of an MSP, as the Super Admin sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalRow {
    pub id: ApprovalId,
    pub msp: String,
    /// Name and email.
    pub asked_by: String,
    pub asked_at: i64,
    pub expires_at: i64,
    /// `None` while it is open.
    pub outcome: Option<Outcome>,
    pub decided_at: i64,
}

/// The Super Admin's own account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountSheet {
    pub id: CustomerId,
    pub name: String,
    pub created_at: i64,
    pub manager: Option<Manager>,
    /// The newest first.
    pub approvals: Vec<ApprovalRow>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::State;

    #[test]
    fn b4_whatever_ends_a_pending_account_is_an_outcome() {
        for step in Step::ALL {
            let ends = step.from(State::Pending, None).is_ok();
            assert_eq!(Outcome::of(step).is_some(), ends, "{step:?}");
        }
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::from_key(outcome.key()), Some(outcome));
        }
        assert_eq!(Outcome::from_key(""), None);
    }

    #[test]
    fn b4_an_account_needs_a_company_and_somebody_who_owns_it() {
        let good = AccountInput {
            company: "Harbor Logistics".into(),
            super_admin_name: "Sue".into(),
            super_admin_email: "sue@harbor.example".into(),
            password: "correct horse battery".into(),
        };
        assert_eq!(good.validate(), Ok(()));
        let fields = |input: AccountInput| input.validate().unwrap_err().into_iter().map(|e| e.field).collect::<Vec<_>>();
        assert_eq!(fields(AccountInput::default()), ["company", "super_admin_name", "super_admin_email", "password"]);
        assert_eq!(fields(AccountInput { company: "x".repeat(10_000), ..good }), ["company"]);
    }
}
