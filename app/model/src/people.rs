//! The MSP's staff and how each of them stands to each customer: associated (DOMAIN C3), denied (C7).

use serde::{Deserialize, Serialize};

use crate::{CustomerId, UserId, lifecycle::State, roles::Role};

/// One member of the MSP's staff, as lists show them. Figures and customers are those that the asker sees (DOMAIN C7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffRow {
    pub id: UserId,
    pub name: String,
    pub email: String,
    pub role: Role,
    /// Customers that they are associated with.
    pub associations: u32,
    /// Customers that they are denied.
    pub denials: u32,
    /// UTC milliseconds, to within a few minutes; 0 for never.
    pub last_seen_at: i64,
}

/// Which customers of a person's page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ties {
    #[default]
    All,
    Associated,
    Denied,
}

impl Ties {
    pub const ALL: [Self; 3] = [Self::All, Self::Associated, Self::Denied];

    /// The word in the address.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Associated => "associated",
            Self::Denied => "denied",
        }
    }

    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ties| ties.key() == key)
    }
}

/// What a person's page asks for of their customers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TiesQuery {
    /// As in the customer list.
    pub search: String,
    pub ties: Ties,
    /// From 1.
    pub page: u32,
}

/// How a member of staff and a customer stand to each other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tie {
    pub associated: bool,
    /// It outranks everything else that they have (DOMAIN C7).
    pub denied: bool,
}

/// A person's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffSheet {
    pub person: StaffRow,
    pub customers: Vec<TiedCustomer>,
    /// How many the query leaves, over all pages.
    pub matching: u32,
    pub page: u32,
}

/// A customer on a person's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TiedCustomer {
    pub id: CustomerId,
    pub name: String,
    pub state: State,
    pub tie: Tie,
}

/// A member of staff on a customer's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TiedPerson {
    pub id: UserId,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub tie: Tie,
}

/// What an MSP Admin changes between a member of staff and a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TieStep {
    Associate,
    Dissociate,
    Deny,
    Allow,
}

impl TieStep {
    pub const ALL: [Self; 4] = [Self::Associate, Self::Dissociate, Self::Deny, Self::Allow];

    /// The word in the form.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Associate => "associate",
            Self::Dissociate => "dissociate",
            Self::Deny => "deny",
            Self::Allow => "allow",
        }
    }

    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.key() == key)
    }

    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Associate => "Associate",
            Self::Dissociate => "Dissociate",
            Self::Deny => "Deny",
            Self::Allow => "Allow",
        }
    }
}

impl Tie {
    /// What can be changed.
    #[must_use]
    pub const fn steps(self) -> [TieStep; 2] {
        [
            if self.associated { TieStep::Dissociate } else { TieStep::Associate },
            if self.denied { TieStep::Allow } else { TieStep::Deny },
        ]
    }
}
