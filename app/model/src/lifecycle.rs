//! The life of an account (DOMAIN B1): which state follows which, and by what step.

use serde::{Deserialize, Serialize};

/// Where an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum State {
    /// An existing account whose Super Admin has not approved the MSP yet.
    Pending,
    Active,
    /// Downgraded: keeps a small number of monitors (DOMAIN B3).
    Free,
    /// Terminated: can only be viewed, restored or deleted (DOMAIN B2).
    Inactive,
}

impl State {
    pub const ALL: [Self; 4] = [Self::Pending, Self::Active, Self::Free, Self::Inactive];

    /// How it is stored.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Active => "ACTIVE",
            Self::Free => "FREE",
            Self::Inactive => "INACTIVE",
        }
    }

    /// Back from how it is stored, or from an address (`active`).
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.key().eq_ignore_ascii_case(key))
    }

    /// What a person reads.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Active => "Active",
            Self::Free => "Free",
            Self::Inactive => "Inactive",
        }
    }

    /// Whether its monitors are checked and shown on cards and wall (DOMAIN E1, F1), and the account can be changed at all: what is
    /// PENDING or INACTIVE can only be viewed (B2, B4).
    #[must_use]
    pub const fn is_watched(self) -> bool {
        matches!(self, Self::Active | Self::Free)
    }
}

/// Who may take a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Taker {
    /// An MSP Admin.
    Admin,
    /// The account's own Super Admin (DOMAIN B4, B6).
    SuperAdmin,
    /// Nobody: it happens by itself.
    Time,
}

/// What changes an account's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Step {
    Downgrade,
    Upgrade,
    Terminate,
    Restore,
    /// The MSP no longer asks.
    Withdraw,
    Approve,
    Decline,
    /// [`APPROVAL_DAYS`] went by without an answer.
    Expire,
    /// The account goes on without this MSP.
    Leave,
}

impl Step {
    pub const ALL: [Self; 9] = [
        Self::Upgrade,
        Self::Downgrade,
        Self::Terminate,
        Self::Restore,
        Self::Withdraw,
        Self::Approve,
        Self::Decline,
        Self::Expire,
        Self::Leave,
    ];

    /// The word in addresses and in the audit trail.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Downgrade => "downgrade",
            Self::Upgrade => "upgrade",
            Self::Terminate => "terminate",
            Self::Restore => "restore",
            Self::Withdraw => "withdraw",
            Self::Approve => "approve",
            Self::Decline => "decline",
            Self::Expire => "expire",
            Self::Leave => "leave",
        }
    }

    /// Back from the word in an address.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.key() == key)
    }

    /// What the button says.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Downgrade => "Downgrade to Free",
            Self::Upgrade => "Upgrade to Active",
            Self::Terminate => "Terminate",
            Self::Restore => "Restore",
            Self::Withdraw => "Withdraw request",
            Self::Approve => "Approve",
            Self::Decline => "Decline",
            Self::Expire => "Expire",
            Self::Leave => "Leave the MSP",
        }
    }

    #[must_use]
    pub const fn taker(self) -> Taker {
        match self {
            Self::Downgrade | Self::Upgrade | Self::Terminate | Self::Restore | Self::Withdraw => Taker::Admin,
            Self::Approve | Self::Decline | Self::Leave => Taker::SuperAdmin,
            Self::Expire => Taker::Time,
        }
    }

    /// The steps of an MSP Admin that lead anywhere from `state`.
    #[must_use]
    pub fn offered(state: State) -> Vec<Self> {
        let leads = |step: &Self| step.taker() == Taker::Admin && step.from(state, Some(State::Active)).is_ok();
        Self::ALL.into_iter().filter(leads).collect()
    }

    /// The state that this step leads to; `None` where the account is gone from the MSP's list. `before` is what an INACTIVE account
    /// was when it was terminated.
    ///
    /// # Errors
    /// [`WrongStep`] for every pair that DOMAIN B1, B4 and B6 do not name.
    pub const fn from(self, state: State, before: Option<State>) -> Result<Option<State>, WrongStep> {
        match (self, state) {
            (Self::Downgrade, State::Active) => Ok(Some(State::Free)),
            (Self::Upgrade, State::Free) | (Self::Approve, State::Pending) => Ok(Some(State::Active)),
            (Self::Terminate, State::Active | State::Free) => Ok(Some(State::Inactive)),
            (Self::Restore, State::Inactive) => match before {
                Some(was @ (State::Active | State::Free)) => Ok(Some(was)),
                Some(State::Pending | State::Inactive) | None => Err(WrongStep { step: self, state }),
            },
            (Self::Withdraw | Self::Decline | Self::Expire, State::Pending)
            | (Self::Leave, State::Active | State::Free | State::Inactive) => Ok(None),
            (Self::Downgrade, State::Pending | State::Free | State::Inactive)
            | (Self::Upgrade, State::Pending | State::Active | State::Inactive)
            | (Self::Terminate, State::Pending | State::Inactive)
            | (Self::Restore, State::Pending | State::Active | State::Free)
            | (Self::Withdraw | Self::Approve | Self::Decline | Self::Expire, State::Active | State::Free | State::Inactive)
            | (Self::Leave, State::Pending) => Err(WrongStep { step: self, state }),
        }
    }
}

/// A step that the account's state does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{} is not possible while the account is {}", step.label(), state.label())]
pub struct WrongStep {
    pub step: Step,
    pub state: State,
}

/// How long an account stays PENDING without an answer of its Super Admin, in days (DOMAIN B1).
pub const APPROVAL_DAYS: u32 = 14;

#[cfg(test)]
mod tests {
    use super::*;

    /// DOMAIN B1 written out a second time, as data: every state by every step. `-` is refused, `.` gone from the list, else the first
    /// letter of the state that it leads to. What is INACTIVE was FREE.
    #[test]
    fn b1_every_state_by_every_step() {
        let table = [
            ("upgrade", "--A-"),
            ("downgrade", "-F--"),
            ("terminate", "-II-"),
            ("restore", "---F"),
            ("withdraw", ".---"),
            ("approve", "A---"),
            ("decline", ".---"),
            ("expire", ".---"),
            ("leave", "-..."),
        ];
        let answers = Step::ALL.map(|step| {
            let letter = |state: State| match step.from(state, Some(State::Free)) {
                Ok(Some(next)) => next.label()[..1].to_owned(),
                Ok(None) => ".".to_owned(),
                Err(wrong) => {
                    assert_eq!(wrong, WrongStep { step, state });
                    "-".to_owned()
                }
            };
            (step.key(), State::ALL.map(letter).concat())
        });
        let expected = table.map(|(step, row)| (step, row.to_owned()));
        assert_eq!(answers, expected, "the columns are {:?}", State::ALL);
    }

    #[test]
    fn b5_restore_returns_to_what_it_was() {
        assert_eq!(Step::Restore.from(State::Inactive, Some(State::Active)), Ok(Some(State::Active)));
        for nothing in [None, Some(State::Pending), Some(State::Inactive)] {
            assert!(Step::Restore.from(State::Inactive, nothing).is_err());
        }
    }

    #[test]
    fn b1_an_admin_is_offered_what_leads_anywhere_and_is_theirs() {
        assert_eq!(Step::offered(State::Pending), [Step::Withdraw]);
        assert_eq!(Step::offered(State::Active), [Step::Downgrade, Step::Terminate]);
        assert_eq!(Step::offered(State::Free), [Step::Upgrade, Step::Terminate]);
        assert_eq!(Step::offered(State::Inactive), [Step::Restore]);
    }
}
