//! One status card per customer (DOMAIN E1): its colour and its figures.

use serde::{Deserialize, Serialize};

use crate::{CustomerId, GroupId, Status};

/// A card's colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Health {
    /// RED: at least one DOWN monitor.
    Down,
    /// GOLDEN YELLOW: no DOWN, at least one TROUBLE.
    Trouble,
    /// GREEN: otherwise.
    Up,
}

impl Health {
    #[must_use]
    pub const fn of(down: u32, trouble: u32) -> Self {
        if down > 0 {
            Self::Down
        } else if trouble > 0 {
            Self::Trouble
        } else {
            Self::Up
        }
    }

    /// The status whose mark and colour it wears.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::Down => Status::Down,
            Self::Trouble => Status::Trouble,
            Self::Up => Status::Up,
        }
    }
}

/// How many of a customer's monitors stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub down: u32,
    pub trouble: u32,
    pub total: u32,
}

impl Counts {
    #[must_use]
    pub const fn health(self) -> Health {
        Health::of(self.down, self.trouble)
    }
}

/// How many of the monitors that give a customer its colour are taken, and by whom (DOMAIN G9).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    pub count: u32,
    /// The names, a comma between; empty where none is taken.
    pub by: String,
}

/// The stretches of a card's strip: the last 24 hours by the half-hour, the oldest first.
pub const STRIP: usize = 48;

/// One card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    pub customer: CustomerId,
    pub name: String,
    pub counts: Counts,
    pub taken: Taken,
    /// [`STRIP`] letters, the worst of each half-hour: `d` DOWN, `t` TROUBLE, `u` neither, `-` before the customer was added.
    pub strip: String,
    /// Places in [`HealthView::groups`].
    pub groups: Vec<u32>,
}

/// What the health view shows (DOMAIN E2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthView {
    /// When the figures were read, UTC milliseconds.
    pub read_at: i64,
    /// How long the server keeps them, and how often the view refreshes: the MSP's setting, in minutes.
    pub refresh_minutes: u32,
    /// RED first, then GOLDEN YELLOW, then GREEN; by name within a colour.
    pub cards: Vec<Card>,
    /// The groups that have a card, by name (DOMAIN C2).
    pub groups: Vec<(GroupId, String)>,
    /// The one that the asker wants to see first.
    pub default_group: Option<GroupId>,
    pub active: u32,
    pub free: u32,
    pub inactive: u32,
}
