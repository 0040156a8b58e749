//! The customer list as CSV (DOMAIN A12): which rows, what a row holds, and the link under which a long one is fetched later.

use serde::{Deserialize, Serialize};

use super::{CustomerInput, CustomerQuery, CustomerRow};
use crate::{CustomerId, ExportId};

/// Rows that are given at once; above that a link is emailed.
pub const AT_ONCE_MOST: u32 = 5_000;

/// How long such a link is good for, in hours.
pub const LINK_HOURS: u32 = 24;

/// Which customers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// What the list shows, over all of its pages and in its order.
    Shown(Box<CustomerQuery>),
    /// What was ticked, in the order in which it was added.
    Ticked(Vec<CustomerId>),
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportRow {
    pub row: CustomerRow,
    /// The account's data; `None` where the asker sees the customer in the list but may not open it.
    pub account: Option<Account>,
}

/// See [`ExportRow`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    pub input: CustomerInput,
    /// The names of its groups.
    pub groups: Vec<String>,
    /// The addresses of the staff who are associated with it.
    pub people: Vec<String>,
}

/// A list that is fetched by an emailed link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    pub id: ExportId,
    pub query: CustomerQuery,
    /// How many rows there were when it was asked for.
    pub rows: u32,
    pub asked_at: i64,
    pub expires_at: i64,
}
