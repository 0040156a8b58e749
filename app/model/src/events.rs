//! The audit trail (DOMAIN A15): one row per change, with before and after.

use serde::{Deserialize, Serialize};

/// One change as a person reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRow {
    /// Its place in the MSP's log, from 1 without a gap.
    pub seq: i64,
    /// UTC milliseconds.
    pub at: i64,
    /// Who: a person's name and email, or `System`.
    pub actor: String,
    /// From where: an IP address, or `command line`.
    pub from: String,
    /// What: `customer.created`, `monitor.suspended` ...
    pub kind: String,
    /// The name of what was changed, as it was then.
    pub subject: String,
    /// Field, before, after; a field that was not there before or after has an empty text.
    pub changes: Vec<(String, String, String)>,
}
