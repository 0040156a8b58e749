//! A customer's locations (DOMAIN A9): any number, exactly one of them the default.

use serde::{Deserialize, Serialize};

use crate::{
    CustomerId, FieldError, LocationId,
    customers::{TEXT_MOST, check_text},
};

/// The form of a location, as typed. Names are those of the form's controls.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LocationInput {
    pub name: String,
    pub address1: String,
    pub address2: String,
    pub city: String,
    pub state_region: String,
    pub zip: String,
    /// ISO 3166-1, two letters, or as typed a name; may be empty.
    pub country: String,
    /// A name of the tz database, or as typed the beginning of one; empty for the customer's own.
    pub zone: String,
    /// `yes` where it is shown on overview pages; a form sends nothing where it is not ticked.
    pub on_dashboard: String,
}

impl LocationInput {
    /// What a new one begins with.
    #[must_use]
    pub fn usual() -> Self {
        Self { on_dashboard: "yes".into(), ..Self::default() }
    }

    #[must_use]
    pub fn is_on_dashboard(&self) -> bool {
        self.on_dashboard == "yes"
    }

    /// Each text with the name of its control, in the order of the form.
    #[must_use]
    pub fn texts(&self) -> [(&'static str, &str); 8] {
        [
            ("name", &self.name),
            ("address1", &self.address1),
            ("address2", &self.address2),
            ("city", &self.city),
            ("state_region", &self.state_region),
            ("zip", &self.zip),
            ("country", &self.country),
            ("zone", &self.zone),
        ]
    }

    /// The same without white space at the ends, which is what is stored.
    #[must_use]
    pub fn trimmed(&self) -> Self {
        let [name, address1, address2, city, state_region, zip, country, zone] =
            self.texts().map(|(_, text)| text.trim().to_owned());
        let on_dashboard = if self.is_on_dashboard() { "yes" } else { "" }.to_owned();
        Self { name, address1, address2, city, state_region, zip, country, zone, on_dashboard }
    }

    /// Whether anything at all was typed: an optional part of a larger form asks so.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.texts().iter().all(|(_, text)| text.trim().is_empty())
    }

    /// Whether country and zone exist is the store's to say.
    ///
    /// # Errors
    /// One entry for every field that cannot be taken, in the order of the form.
    pub fn validate(&self) -> Result<(), Vec<FieldError>> {
        let mut errors = Vec::new();
        for (field, text) in self.texts() {
            check_text(&mut errors, field, text, field == "name", TEXT_MOST);
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// One location.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocationRow {
    pub id: LocationId,
    pub input: LocationInput,
    /// The country's name; empty where none is given.
    pub country_name: String,
    pub is_default: bool,
    pub contacts: u32,
    pub monitors: u32,
    /// Sent back by an edit; another one since then refuses it.
    pub version: i64,
}

impl LocationRow {
    /// The address on one line.
    #[must_use]
    pub fn address(&self) -> String {
        let LocationInput { address1, address2, city, state_region, zip, .. } = &self.input;
        let town = format!("{zip} {city}");
        let parts = [address1, address2, town.trim(), state_region, &self.country_name].map(|part| part.trim().to_owned());
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }
}

/// A customer's locations, the default first, then by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocationSheet {
    pub customer: CustomerId,
    pub customer_name: String,
    pub rows: Vec<LocationRow>,
    pub may_manage: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Problem;

    #[test]
    fn a9_a_location_needs_a_name_and_no_more() {
        let input = LocationInput { name: " Hafen ".into(), ..LocationInput::usual() };
        assert_eq!(input.validate(), Ok(()));
        assert_eq!(input.trimmed().name, "Hafen");
        assert!(LocationInput::usual().is_empty() && !input.is_empty());
        let wrong = LocationInput { city: "a\nb".into(), zip: "x".repeat(201), ..LocationInput::default() };
        let errors = wrong.validate().unwrap_err();
        assert_eq!(
            errors.into_iter().map(|error| (error.field, error.problem)).collect::<Vec<_>>(),
            [
                ("name".to_owned(), Problem::Required),
                ("city".to_owned(), Problem::ControlCharacter),
                ("zip".to_owned(), Problem::TooLong(TEXT_MOST)),
            ]
        );
    }

    #[test]
    fn a9_an_address_leaves_out_what_is_not_given() {
        let row = |input: LocationInput| LocationRow {
            id: LocationId::from_u128(1),
            input,
            country_name: "Germany".into(),
            is_default: true,
            contacts: 0,
            monitors: 0,
            version: 1,
        };
        let full =
            LocationInput { address1: "Kai 7".into(), city: "Hamburg".into(), zip: "20457".into(), ..LocationInput::default() };
        assert_eq!(row(full).address(), "Kai 7, 20457 Hamburg, Germany");
        assert_eq!(row(LocationInput::default()).address(), "Germany");
    }
}
