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

    /// Whether its monitors are checked and shown on cards and wall (DOMAIN E1, F1).
    #[must_use]
    pub const fn is_watched(self) -> bool {
        matches!(self, Self::Active | Self::Free)
    }
}

/// What a person does to an account's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Step {
    Downgrade,
    Upgrade,
    Terminate,
    Restore,
}

impl Step {
    pub const ALL: [Self; 4] = [Self::Upgrade, Self::Downgrade, Self::Terminate, Self::Restore];

    /// The word in addresses and in the audit trail.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Downgrade => "downgrade",
            Self::Upgrade => "upgrade",
            Self::Terminate => "terminate",
            Self::Restore => "restore",
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
        }
    }

    /// The steps that lead anywhere from `state`.
    #[must_use]
    pub fn offered(state: State) -> Vec<Self> {
        Self::ALL.into_iter().filter(|step| step.from(state, Some(State::Active)).is_ok()).collect()
    }

    /// The state that this step leads to. `before` is what an INACTIVE account was when it was terminated.
    ///
    /// # Errors
    /// [`WrongStep`] for every pair that DOMAIN B1 does not name.
    pub const fn from(self, state: State, before: Option<State>) -> Result<State, WrongStep> {
        match (self, state) {
            (Self::Downgrade, State::Active) => Ok(State::Free),
            (Self::Upgrade, State::Free) => Ok(State::Active),
            (Self::Terminate, State::Active | State::Free) => Ok(State::Inactive),
            (Self::Restore, State::Inactive) => match before {
                Some(was @ (State::Active | State::Free)) => Ok(was),
                Some(State::Pending | State::Inactive) | None => Err(WrongStep { step: self, state }),
            },
            (Self::Downgrade, State::Pending | State::Free | State::Inactive)
            | (Self::Upgrade, State::Pending | State::Active | State::Inactive)
            | (Self::Terminate, State::Pending | State::Inactive)
            | (Self::Restore, State::Pending | State::Active | State::Free) => Err(WrongStep { step: self, state }),
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

/// How many monitors a FREE account keeps, the oldest first (DOMAIN B3).
pub const FREE_MONITORS: u32 = 5;

/// How long a termination can be undone, in days (DOMAIN B5).
pub const RESTORE_DAYS: i64 = 30;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b1_only_the_named_steps_lead_anywhere() {
        let mut allowed = Vec::new();
        for state in State::ALL {
            for step in Step::ALL {
                if let Ok(next) = step.from(state, Some(State::Free)) {
                    allowed.push((state, step, next));
                }
            }
        }
        assert_eq!(
            allowed,
            [
                (State::Active, Step::Downgrade, State::Free),
                (State::Active, Step::Terminate, State::Inactive),
                (State::Free, Step::Upgrade, State::Active),
                (State::Free, Step::Terminate, State::Inactive),
                (State::Inactive, Step::Restore, State::Free),
            ]
        );
    }

    #[test]
    fn b5_restore_returns_to_what_it_was() {
        assert_eq!(Step::Restore.from(State::Inactive, Some(State::Active)), Ok(State::Active));
        assert!(Step::Restore.from(State::Inactive, None).is_err());
    }
}
