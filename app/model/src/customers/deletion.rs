//! Deleting a customer (DOMAIN A11): what is lost with it.

use serde::{Deserialize, Serialize};

use crate::{CustomerId, lifecycle::State};

/// What the page says before it asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletionBasis {
    pub customer: CustomerId,
    pub name: String,
    pub state: State,
    pub losses: Losses,
    /// Whether the asker may open its page, to go back there.
    pub associated: bool,
}

/// How many of each go with it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Losses {
    pub monitors: u32,
    pub outages: u32,
    pub users: u32,
    pub windows: u32,
    /// Groups that it is taken out of; they stay.
    pub groups: u32,
    /// Members of the MSP's staff who are associated with it; they stay.
    pub people: u32,
}
