//! Kiosk links (DOMAIN F10): the wall on a screen where nobody signs in. Read-only, of all customers or chosen ones, for some time.

use serde::{Deserialize, Serialize};

use crate::{CustomerId, FieldError, KioskId, Problem, customers::check_text};

/// The longest name, in characters.
pub const NAME_MOST: u32 = 100;

/// The most links of an MSP that are open at once.
pub const OPEN_MOST: u32 = 200;

/// For how many days a link can be good. Each ends: what is forgotten on a wall somewhere must not stay open for ever.
pub const DAYS: [u32; 6] = [1, 7, 30, 90, 180, 365];

/// What the form begins with.
pub const DAYS_PRESET: u32 = 90;

/// How the wall looks when the link is opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum View {
    #[default]
    ByCustomer,
    WorstFirst,
    FiveMetres,
}

impl View {
    pub const ALL: [Self; 3] = [Self::ByCustomer, Self::WorstFirst, Self::FiveMetres];

    /// How it is stored, and the word in the form.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::ByCustomer => "customer",
            Self::WorstFirst => "severity",
            Self::FiveMetres => "far",
        }
    }

    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.key() == key)
    }

    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::ByCustomer => "By customer",
            Self::WorstFirst => "Worst first",
            Self::FiveMetres => "Five metres",
        }
    }

    /// What the wall's address says of it; empty for the usual one.
    #[must_use]
    pub const fn query(self) -> &'static str {
        match self {
            Self::ByCustomer => "",
            Self::WorstFirst => "order=severity",
            Self::FiveMetres => "view=far",
        }
    }
}

/// Which customers a link shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// Those that its maker sees, also those that come later.
    #[default]
    All,
    Chosen,
}

impl Scope {
    pub const ALL: [Self; 2] = [Self::All, Self::Chosen];

    /// The word in the form.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Chosen => "chosen",
        }
    }

    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.key() == key)
    }
}

/// The form that makes a link, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KioskInput {
    pub name: String,
    /// One of [`DAYS`].
    pub days: String,
    /// A [`View::key`].
    pub view: String,
    /// A [`Scope::key`].
    pub scope: String,
    /// With [`Scope::Chosen`]: whom it shows.
    pub customers: Vec<CustomerId>,
}

/// What is accepted of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKiosk {
    pub name: String,
    pub days: u32,
    pub view: View,
    /// `None` for all.
    pub customers: Option<Vec<CustomerId>>,
}

impl KioskInput {
    /// # Errors
    /// One entry for every field that cannot be taken, in the order of the form.
    pub fn validate(&self) -> Result<NewKiosk, Vec<FieldError>> {
        let mut errors = Vec::new();
        check_text(&mut errors, "name", &self.name, true, NAME_MOST);
        let days = self.days.parse().ok().filter(|days| DAYS.contains(days));
        let view = View::from_key(&self.view);
        let scope = Scope::from_key(&self.scope);
        for (field, is_choice) in [("days", days.is_some()), ("view", view.is_some()), ("scope", scope.is_some())] {
            if !is_choice {
                errors.push(FieldError::new(field, Problem::NotAChoice));
            }
        }
        if scope == Some(Scope::Chosen) && self.customers.is_empty() {
            errors.push(FieldError::new("customers", Problem::NoCustomer));
        }
        let customers = match scope {
            Some(Scope::Chosen) => Some(self.customers.clone()),
            Some(Scope::All) | None => None,
        };
        match (days, view) {
            (Some(days), Some(view)) if errors.is_empty() => {
                Ok(NewKiosk { name: self.name.trim().to_owned(), days, view, customers })
            }
            (Some(_) | None, Some(_) | None) => Err(errors),
        }
    }
}

/// Where a link stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum KioskState {
    Open,
    Expired,
    Revoked,
    /// Whoever made it is no longer an MSP Admin: a link may never do more than its maker.
    MakerGone,
}

impl KioskState {
    /// What a person reads.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Expired => "Expired",
            Self::Revoked => "Revoked",
            Self::MakerGone => "Stopped",
        }
    }
}

/// One row of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KioskRow {
    pub id: KioskId,
    pub name: String,
    /// `None` for all; as far as the reader sees them.
    pub customers: Option<Shown>,
    pub view: View,
    pub state: KioskState,
    /// UTC milliseconds.
    pub created_at: i64,
    pub expires_at: i64,
    /// Name and address, as they were then.
    pub made_by: String,
    /// UTC milliseconds, to within a few minutes; 0 for never.
    pub last_used_at: i64,
    /// From which address; empty where never.
    pub last_used_from: String,
}

/// Some customers by name, and how many more there are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    pub names: Vec<String>,
    pub more: u32,
}

/// What the wall of a link needs to know beside the board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KioskWall {
    /// Whether the MSP is a demonstration, which every page says.
    pub demo: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input() -> KioskInput {
        let text = str::to_owned;
        KioskInput { name: text(" Lobby "), days: text("30"), view: text("far"), scope: text("all"), customers: Vec::new() }
    }

    #[test]
    fn f10_a_link_has_a_name_an_end_and_its_customers() {
        let all = NewKiosk { name: "Lobby".into(), days: 30, view: View::FiveMetres, customers: None };
        assert_eq!(input().validate(), Ok(all.clone()));
        let one = vec![CustomerId::from_u128(1)];
        let chosen = KioskInput { scope: "chosen".into(), customers: one.clone(), ..input() };
        assert_eq!(chosen.validate(), Ok(NewKiosk { customers: Some(one.clone()), ..all.clone() }));
        // Ticks of a choice that was taken back do not count.
        assert_eq!(KioskInput { customers: one, ..input() }.validate(), Ok(all));
    }

    #[test]
    fn f10_what_a_link_cannot_be_is_said_at_each_field() {
        let fields =
            |input: KioskInput| -> Vec<String> { input.validate().unwrap_err().into_iter().map(|error| error.field).collect() };
        assert_eq!(fields(KioskInput::default()), ["name", "days", "view", "scope"]);
        assert_eq!(fields(KioskInput { scope: "chosen".into(), ..input() }), ["customers"]);
        for days in ["0", "2", "-1", "1000", "30.0", "x"] {
            assert_eq!(fields(KioskInput { days: days.into(), ..input() }), ["days"], "{days}");
        }
    }
}
