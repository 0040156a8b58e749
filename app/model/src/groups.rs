//! Customer groups (DOMAIN C1): a name and customers; a customer may be in many. A group gives no rights: who is associated with
//! what stands at each customer.

use serde::{Deserialize, Serialize};

use crate::{CustomerId, FieldError, GroupId, UserId, customers::check_text, roles::Role};

/// The longest name, in characters.
pub const NAME_MOST: u32 = 100;

/// Customers that the form offers at once.
pub const OFFERED: u32 = 50;

/// The most customers that one change may put in or take out: what fits into a form.
pub const CHANGED_MOST: u32 = 2000;

/// # Errors
/// One entry where `name` cannot be taken.
pub fn validate_name(name: &str) -> Result<(), Vec<FieldError>> {
    let mut errors = Vec::new();
    check_text(&mut errors, "name", name, true, NAME_MOST);
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// One row of the list of groups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupRow {
    pub id: GroupId,
    pub name: String,
    /// Customers in it.
    pub customers: u32,
    /// MSP users who are associated with at least one of them.
    pub users: u32,
}

/// A group, for its form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupDetail {
    pub id: GroupId,
    pub name: String,
    /// Sent back by an edit; another one since then refuses it.
    pub version: i64,
    pub customers: u32,
    /// Whether it is the asker's default on Home.
    pub is_default: bool,
    pub users: Vec<GroupUser>,
}

/// A group as a customer's page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupOfCustomer {
    pub id: GroupId,
    pub name: String,
    /// Whether the customer is in it.
    pub member: bool,
}

/// An MSP user who is associated with customers of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupUser {
    pub user: UserId,
    pub name: String,
    pub email: String,
    pub role: Role,
    /// With how many of them.
    pub customers: u32,
}

/// Customers to tick in a group's form: those that a search finds, those in the group first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupOffer {
    /// At most [`OFFERED`].
    pub rows: Vec<OfferedCustomer>,
    /// How many the search finds.
    pub matching: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferedCustomer {
    pub id: CustomerId,
    pub name: String,
    /// Whether it is in the group as that is stored.
    pub member: bool,
}

/// What a form says of a group's customers: those that it showed, and the ticked ones among them. What it did not show stays as it
/// is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ticks {
    pub shown: Vec<CustomerId>,
    pub ticked: Vec<CustomerId>,
}
