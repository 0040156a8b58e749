//! The seven statuses of a monitor (DOMAIN, Words). Stale is a mark on a status, not a status.

use serde::{Deserialize, Serialize};

/// What is known of a monitor. The order is that of severity: what needs a person first stands first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub enum Status {
    Down = 0,
    Trouble = 1,
    ConfigurationError = 2,
    Maintenance = 3,
    Discovery = 4,
    Suspended = 5,
    Up = 6,
}

impl Status {
    /// All seven, the most severe first.
    pub const ALL: [Self; 7] =
        [Self::Down, Self::Trouble, Self::ConfigurationError, Self::Maintenance, Self::Discovery, Self::Suspended, Self::Up];

    /// The number that stands for it on the wire.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// Back from the wire; `None` for a number that stands for nothing.
    #[must_use]
    pub const fn from_code(code: u8) -> Option<Self> {
        if code < 7 { Some(Self::ALL[code as usize]) } else { None }
    }

    /// How it is stored.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Down => "DOWN",
            Self::Trouble => "TROUBLE",
            Self::ConfigurationError => "CONFIGURATION ERROR",
            Self::Maintenance => "MAINTENANCE",
            Self::Discovery => "DISCOVERY IN PROGRESS",
            Self::Suspended => "SUSPENDED",
            Self::Up => "UP",
        }
    }

    /// Back from how it is stored.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.key() == key)
    }

    /// What a person reads.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Down => "Down",
            Self::Trouble => "Trouble",
            Self::ConfigurationError => "Config error",
            Self::Maintenance => "Maintenance",
            Self::Discovery => "Discovery",
            Self::Suspended => "Suspended",
            Self::Up => "Up",
        }
    }

    /// The short word in addresses and style sheets (`down`, `trouble`, `config`, `maint`, `disco`, `susp`, `up`).
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Trouble => "trouble",
            Self::ConfigurationError => "config",
            Self::Maintenance => "maint",
            Self::Discovery => "disco",
            Self::Suspended => "susp",
            Self::Up => "up",
        }
    }

    /// Back from the short word.
    #[must_use]
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.slug() == slug)
    }

    /// DOWN and TROUBLE are outages (DOMAIN, Words).
    #[must_use]
    pub const fn is_outage(self) -> bool {
        matches!(self, Self::Down | Self::Trouble)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_survives_each_of_its_three_spellings() {
        for status in Status::ALL {
            assert_eq!(Status::from_code(status.code()), Some(status));
            assert_eq!(Status::from_key(status.key()), Some(status));
            assert_eq!(Status::from_slug(status.slug()), Some(status));
        }
        assert_eq!(Status::from_code(7), None);
    }
}
