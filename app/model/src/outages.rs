//! Outages in people's hands (DOMAIN G9): taken, noted, snoozed.

use serde::{Deserialize, Serialize};

use crate::{CustomerId, FieldError, Problem, customers::OutageRow};

/// The longest note, in characters.
pub const NOTE_MOST: u32 = 2_000;
/// The longest reason of a snooze, in characters.
pub const SNOOZE_REASON_MOST: u32 = 500;
/// For how long an outage can be snoozed, in minutes.
pub const SNOOZE_MINUTES: [u32; 4] = [30, 60, 240, 720];

/// Who looks after an outage. Empty to people of a customer: it is the MSP's own matter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Care {
    /// Who took it; empty where nobody has.
    pub taken_by: String,
    /// UTC milliseconds, as the following time.
    pub taken_at: i64,
    /// 0 where it is not snoozed, or no longer.
    pub snoozed_until: i64,
    pub snoozed_by: String,
    pub snooze_reason: String,
    pub notes: u32,
}

impl Care {
    #[must_use]
    pub const fn is_taken(&self) -> bool {
        !self.taken_by.is_empty()
    }

    #[must_use]
    pub const fn is_snoozed(&self) -> bool {
        self.snoozed_until > 0
    }
}

/// One thing that somebody wrote about an outage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    pub author: String,
    /// UTC milliseconds.
    pub at: i64,
    pub text: String,
}

/// Which open outages a list shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum OutageFilter {
    #[default]
    All,
    /// Neither taken nor snoozed: what waits for somebody.
    Waiting,
    Taken,
    Snoozed,
}

impl OutageFilter {
    pub const ALL: [Self; 4] = [Self::All, Self::Waiting, Self::Taken, Self::Snoozed];

    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Waiting => "Waiting",
            Self::Taken => "Taken",
            Self::Snoozed => "Snoozed",
        }
    }

    /// The word in the address.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Waiting => "waiting",
            Self::Taken => "taken",
            Self::Snoozed => "snoozed",
        }
    }

    #[must_use]
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|filter| filter.slug() == slug)
    }
}

/// What the list of open outages is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OutageQuery {
    pub customer: Option<CustomerId>,
    pub filter: OutageFilter,
    /// From 1.
    pub page: u32,
}

/// An open outage of some customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenOutage {
    pub outage: OutageRow,
    pub customer: CustomerId,
    pub customer_name: String,
    /// Whether the asker may look after it.
    pub may_care: bool,
}

/// One page of open outages, the newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutagePage {
    pub rows: Vec<OpenOutage>,
    pub matching: u32,
    pub page: u32,
    /// In the order of [`OutageFilter::ALL`], whatever filter is set.
    pub by_filter: [u32; 4],
}

/// One outage's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutageDetail {
    pub outage: OutageRow,
    pub customer: CustomerId,
    pub customer_name: String,
    /// The oldest first.
    pub notes: Vec<Note>,
}

/// A text of several lines, trimmed.
///
/// # Errors
/// One at `field` where it is missing, too long, or holds a control character other than a line break or tab.
pub fn accepted_text(field: &str, text: &str, required: bool, most: u32) -> Result<String, FieldError> {
    let text = text.trim().replace("\r\n", "\n");
    let problem = if text.is_empty() && required {
        Problem::Required
    } else if text.chars().count() > most as usize {
        Problem::TooLong(most)
    } else if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        Problem::ControlCharacter
    } else {
        return Ok(text);
    };
    Err(FieldError::new(field, problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g9_a_note_has_lines_and_an_end() {
        let of = |text: &str| accepted_text("text", text, true, NOTE_MOST).map_err(|error| error.problem);
        assert_eq!(of(" called the ISP\r\nticket 7 \n"), Ok("called the ISP\nticket 7".into()));
        assert_eq!(of(" \n "), Err(Problem::Required));
        assert_eq!(of(&"x".repeat(2_001)), Err(Problem::TooLong(2_000)));
        assert_eq!(of(&"ä".repeat(2_000)), Ok("ä".repeat(2_000)));
        assert_eq!(of("a\0b"), Err(Problem::ControlCharacter));
    }
}
