//! Invitations (DOMAIN C3, D2): an address is asked in, by a link that works once and not for ever.

use serde::{Deserialize, Serialize};

use crate::{
    FieldError, InvitationId, Problem, UserId,
    customers::{check_email, check_text},
    roles::Role,
    users::check_password,
};

/// For how long an invitation is good, in days.
pub const INVITATION_DAYS: i64 = 7;

/// The longest name, in characters.
const NAME_MOST: u32 = 100;

/// Where an invitation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum InvitationState {
    Open,
    /// Nobody took it in time; it can be sent again.
    Expired,
    Accepted,
    Revoked,
}

impl InvitationState {
    /// From how it is stored: whether time has run out is not.
    #[must_use]
    pub fn from_key(key: &str, expires_at: i64, now: i64) -> Option<Self> {
        match key {
            "OPEN" if expires_at > now => Some(Self::Open),
            "OPEN" => Some(Self::Expired),
            "ACCEPTED" => Some(Self::Accepted),
            "REVOKED" => Some(Self::Revoked),
            _ => None,
        }
    }

    /// What a person reads.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Expired => "Expired",
            Self::Accepted => "Accepted",
            Self::Revoked => "Revoked",
        }
    }

    /// Whether it can be sent again, or revoked.
    #[must_use]
    pub const fn is_pending(self) -> bool {
        matches!(self, Self::Open | Self::Expired)
    }
}

/// The form that invites. `role` is a [`Role::key`]; a customer's people have no choice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationInput {
    #[serde(default)]
    pub email: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub role: String,
}

impl InvitationInput {
    /// The role that is offered: to staff the chosen one, to a customer's people the only one.
    ///
    /// # Errors
    /// One entry for every field that cannot be taken.
    pub fn validate(&self, is_staff: bool) -> Result<Role, Vec<FieldError>> {
        let mut errors = Vec::new();
        check_email(&mut errors, "email", &self.email, true);
        check_text(&mut errors, "name", &self.name, false, NAME_MOST);
        let role = match (is_staff, Role::from_key(&self.role)) {
            (true, Some(role @ (Role::Admin | Role::Operator))) => role,
            (true, Some(Role::Customer | Role::SuperAdmin) | None) => {
                errors.push(FieldError::new("role", Problem::NotAChoice));
                Role::Operator
            }
            (false, _) => Role::Customer,
        };
        if errors.is_empty() { Ok(role) } else { Err(errors) }
    }
}

/// One row of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationRow {
    pub id: InvitationId,
    pub email: String,
    pub name: String,
    pub role: Role,
    pub state: InvitationState,
    /// UTC milliseconds.
    pub created_at: i64,
    pub expires_at: i64,
    /// Name and address.
    pub invited_by: String,
}

/// What the page of an invitation tells whoever has its link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    pub msp: String,
    /// Whose portal is offered; `None` for staff.
    pub customer: Option<String>,
    pub email: String,
    /// As whoever invited wrote it; may be empty.
    pub name: String,
    pub role: Role,
}

/// The form that accepts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptInput {
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub password: String,
}

impl AcceptInput {
    /// # Errors
    /// One entry for every field that cannot be taken.
    pub fn validate(&self) -> Result<(), Vec<FieldError>> {
        let mut errors = Vec::new();
        check_text(&mut errors, "name", &self.name, true, NAME_MOST);
        check_password(&mut errors, "password", &self.password);
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// A customer's own person, as the customer's users page lists them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerUser {
    pub id: UserId,
    pub name: String,
    pub email: String,
    /// UTC milliseconds, to within a few minutes; 0 for never.
    pub last_seen_at: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c3_staff_is_invited_as_staff_and_a_customers_person_as_its_person() {
        let input = |role: &str| InvitationInput { email: "a@b.example".into(), name: String::new(), role: role.into() };
        assert_eq!(input("admin").validate(true), Ok(Role::Admin));
        assert_eq!(input("admin").validate(false), Ok(Role::Customer));
        for role in ["customer", "", "owner"] {
            assert_eq!(input(role).validate(true), Err(vec![FieldError::new("role", Problem::NotAChoice)]), "{role}");
        }
        let errors =
            InvitationInput { email: "a@b".into(), name: "a\u{0}".into(), role: String::new() }.validate(false).unwrap_err();
        assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), ["email", "name"]);
    }

    #[test]
    fn c3_an_invitation_that_nobody_took_in_time_has_expired() {
        assert_eq!(InvitationState::from_key("OPEN", 10, 9), Some(InvitationState::Open));
        assert_eq!(InvitationState::from_key("OPEN", 10, 10), Some(InvitationState::Expired));
        assert_eq!(InvitationState::from_key("ACCEPTED", 10, 99), Some(InvitationState::Accepted));
        assert_eq!(InvitationState::from_key("", 10, 9), None);
    }
}
