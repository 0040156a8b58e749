//! A monitor: its kinds and their settings (DOMAIN G1), what the form holds and what is accepted of it, one verdict, and what
//! lists and pages are made of.

mod check;
mod form;
pub mod history;

pub use check::{Check, Kind, Profile, RecordKind, resolver_address};
pub(crate) use form::number;
pub use form::{INTERVALS_S, MonitorInput, MonitorSettings, RETRIES_MOST, TIMEOUT_MOST_S};

use serde::{Deserialize, Serialize};

use crate::{CustomerId, LocationId, MonitorId, Status};

/// What one look at a monitor found. Every source of statuses ends in this (DESIGN, way 2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    pub monitor: MonitorId,
    /// When the look ended, UTC milliseconds.
    pub at: i64,
    pub outcome: Outcome,
    pub source: Source,
}

/// What was found, without whom it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    pub status: Status,
    /// Why, in words that a person understands; empty where all is well.
    pub reason: String,
    pub latency_ms: Option<u32>,
}

/// Where a verdict came from (DOMAIN, Words).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    BuiltIn,
    /// What is watched called in.
    Heartbeat,
    Simulation,
    Person,
    /// A maintenance window that begins or ends.
    Schedule,
}

impl Source {
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::BuiltIn => "built-in check",
            Self::Heartbeat => "heartbeat",
            Self::Simulation => "simulation",
            Self::Person => "a person",
            Self::Schedule => "maintenance schedule",
        }
    }
}

/// Why a transition happened, kept with it (DOMAIN G10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    pub source: Source,
    /// What the verdict that tipped it said.
    pub said: Status,
    pub latency_ms: Option<u32>,
    /// How many verdicts of the same kind stood behind it, this one included.
    pub attempts: u32,
    /// The rule that was applied, in words.
    pub rule: String,
}

/// What the monitor list is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MonitorQuery {
    /// Looked for in the monitor's and its customer's name and in the target.
    pub search: String,
    pub customer: Option<CustomerId>,
    pub status: Option<Status>,
    pub sort: MonitorSort,
    pub descending: bool,
    /// From 1.
    pub page: u32,
}

/// What the monitor list is sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum MonitorSort {
    #[default]
    Name,
    Customer,
    /// By severity, the most severe first.
    Status,
    /// By how long the status lasts, the longest first.
    Since,
}

impl MonitorSort {
    pub const ALL: [Self; 4] = [Self::Name, Self::Customer, Self::Status, Self::Since];

    /// The word in the address.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Customer => "customer",
            Self::Status => "status",
            Self::Since => "since",
        }
    }

    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.key() == key)
    }
}

/// One row of a list of monitors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonitorRow {
    pub id: MonitorId,
    pub name: String,
    pub customer: CustomerId,
    pub customer_name: String,
    pub kind: Kind,
    pub target: String,
    pub status: Status,
    pub since: i64,
    pub reason: String,
    pub interval_s: u32,
}

/// One page of a list of monitors.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonitorPage {
    pub rows: Vec<MonitorRow>,
    pub matching: u32,
    pub page: u32,
    /// By status in the order of [`Status::ALL`], whatever status filter is set.
    pub by_status: [u32; 7],
}

/// A monitor's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonitorDetail {
    pub row: MonitorRow,
    pub settings: MonitorSettings,
    /// Where it stands, with the place's name.
    pub location: Option<(LocationId, String)>,
    pub version: i64,
    /// The last verdict's time, 0 before the first.
    pub verdict_at: i64,
    pub latency_ms: Option<u32>,
    /// The newest transitions, the newest first.
    pub transitions: Vec<TransitionRow>,
    /// Of a heartbeat, for those who manage it.
    pub heartbeat: Option<Heartbeat>,
    pub may_manage: bool,
}

/// How a heartbeat calls in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// Whoever knows it can say that all is well.
    pub token: String,
    /// The last call, UTC milliseconds; 0 before the first.
    pub heard_at: i64,
}

/// One change of a monitor's status with its evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransitionRow {
    pub at: i64,
    pub from: Status,
    pub to: Status,
    pub reason: String,
    pub evidence: Evidence,
}
