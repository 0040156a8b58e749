//! What a customer has of the catalogue (DOMAIN A8): one program level, and service items.

use serde::{Deserialize, Serialize};

use crate::{
    CustomerId, FieldError, ItemId, LevelId, Problem, ServiceTypeId,
    catalogue::{Catalogue, Money, Places, amount, check_lines, parse_amount},
    maintenance::Date,
};

/// How many places a quantity has.
pub const QUANTITY_PLACES: u8 = 2;
/// The longest note, in characters.
pub const NOTE_MOST: u32 = 500;

/// The form of a service item, as typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ItemInput {
    /// A [`ServiceTypeId`].
    pub service: String,
    pub quantity: String,
    /// For one unit; empty for what the program level's rate template says.
    pub rate: String,
    /// ISO 4217; counts where there is a rate.
    pub currency: String,
    /// As HTML's date inputs write it; empty: from the beginning.
    pub from: String,
    /// The last day; empty: until further notice.
    pub until: String,
    pub note: String,
}

impl Default for ItemInput {
    fn default() -> Self {
        Self {
            service: String::new(),
            quantity: "1".into(),
            rate: String::new(),
            currency: String::new(),
            from: String::new(),
            until: String::new(),
            note: String::new(),
        }
    }
}

/// A service item's settings, accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemSettings {
    pub service: ServiceTypeId,
    /// In hundredths.
    pub quantity: i64,
    /// `None`: as the rate template says when it is stored.
    pub rate: Option<Money>,
    pub from: String,
    pub until: String,
    pub note: String,
}

impl ItemInput {
    /// Whether anything at all was chosen or typed: an optional part of a larger form asks so.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self { service, quantity, rate, currency: _, from, until, note } = self;
        // One of it is what the form offers.
        matches!(quantity.trim(), "" | "1") && [service, rate, from, until, note].iter().all(|text| text.trim().is_empty())
    }

    /// # Errors
    /// One entry for every field that cannot be taken, in the order of the form.
    pub fn validate(&self, places: Places) -> Result<ItemSettings, Vec<FieldError>> {
        let mut errors = Vec::new();
        let service = self.service.trim().parse::<ServiceTypeId>().ok();
        if service.is_none() {
            let problem = if self.service.trim().is_empty() { Problem::Required } else { Problem::NotAChoice };
            errors.push(FieldError::new("service", problem));
        }
        let quantity = parse_amount(&self.quantity, QUANTITY_PLACES).filter(|quantity| *quantity > 0);
        if quantity.is_none() {
            errors.push(FieldError::new("quantity", Problem::NotAnAmount(QUANTITY_PLACES)));
        }
        let rate = self.rate(&mut errors, places);
        let from = day(&mut errors, "from", &self.from);
        let until = day(&mut errors, "until", &self.until);
        if let (Some(from), Some(until)) = (from, until)
            && until < from
        {
            errors.push(FieldError::new("until", Problem::EndsBeforeItBegins));
        }
        check_lines(&mut errors, "note", &self.note, NOTE_MOST);
        match (service, quantity) {
            (Some(service), Some(quantity)) if errors.is_empty() => Ok(ItemSettings {
                service,
                quantity,
                rate,
                from: self.from.trim().to_owned(),
                until: self.until.trim().to_owned(),
                note: self.note.trim().to_owned(),
            }),
            _ => Err(errors),
        }
    }

    fn rate(&self, errors: &mut Vec<FieldError>, places: Places) -> Option<Money> {
        if self.rate.trim().is_empty() {
            return None;
        }
        let currency = self.currency.trim();
        let Some(places) = places(currency) else {
            errors.push(FieldError::new("currency", Problem::NotAChoice));
            return None;
        };
        let Some(minor) = parse_amount(&self.rate, places) else {
            errors.push(FieldError::new("rate", Problem::NotAnAmount(places)));
            return None;
        };
        Some(Money { minor, currency: currency.to_owned(), places })
    }
}

fn day(errors: &mut Vec<FieldError>, field: &str, value: &str) -> Option<Date> {
    let value = value.trim();
    let day = Date::parse(value);
    if day.is_none() && !value.is_empty() {
        errors.push(FieldError::new(field, Problem::NotATime));
    }
    day
}

/// A quantity as a person reads it: `2`, `2.5`.
#[must_use]
pub fn quantity(hundredths: i64) -> String {
    let text = amount(hundredths, QUANTITY_PLACES);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A service item as the customer's page lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemRow {
    pub id: ItemId,
    pub service: ServiceTypeId,
    pub service_name: String,
    pub unit: String,
    /// In hundredths.
    pub quantity: i64,
    /// For one unit; `None` where none was agreed.
    pub rate: Option<Money>,
    pub from: String,
    pub until: String,
    pub note: String,
    pub version: i64,
}

impl ItemRow {
    /// Quantity times rate, rounded half up to the minor unit.
    #[must_use]
    pub fn total(&self) -> Option<Money> {
        self.rate.as_ref().map(|rate| Money { minor: (rate.minor * self.quantity + 50) / 100, ..rate.clone() })
    }
}

impl From<&ItemRow> for ItemInput {
    fn from(row: &ItemRow) -> Self {
        Self {
            service: row.service.to_string(),
            quantity: quantity(row.quantity),
            rate: row.rate.as_ref().map(Money::plain).unwrap_or_default(),
            currency: row.rate.as_ref().map(|rate| rate.currency.clone()).unwrap_or_default(),
            from: row.from.clone(),
            until: row.until.clone(),
            note: row.note.clone(),
        }
    }
}

/// A customer's program level and service items, and the catalogue that they are of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceSheet {
    pub customer: CustomerId,
    pub customer_name: String,
    /// `None` before the customer's pack was activated.
    pub level: Option<LevelId>,
    pub items: Vec<ItemRow>,
    pub catalogue: Catalogue,
    /// Code and name, for a form; empty for who may not fill one in.
    pub currencies: Vec<(String, String)>,
    pub may_manage: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(code: &str) -> Option<u8> {
        (code == "EUR").then_some(2)
    }

    fn good() -> ItemInput {
        ItemInput { service: ServiceTypeId::from_u128(1).to_string(), ..ItemInput::default() }
    }

    #[test]
    fn a8_an_item_is_refused_at_its_field() {
        let fields = |input: ItemInput| -> Vec<String> {
            input.validate(places).err().unwrap_or_default().into_iter().map(|error| error.field).collect()
        };
        assert_eq!(fields(good()), [""; 0]);
        let wrong = ItemInput {
            service: String::new(),
            quantity: "0".into(),
            rate: "1".into(),
            currency: "XXX".into(),
            from: "2026-02-30".into(),
            until: "soon".into(),
            note: "x".repeat(501),
        };
        assert_eq!(fields(wrong), ["service", "quantity", "currency", "from", "until", "note"]);
        assert_eq!(fields(ItemInput { rate: "1.234".into(), currency: "EUR".into(), ..good() }), ["rate"]);
        assert_eq!(fields(ItemInput { from: "2026-03-01".into(), until: "2026-02-28".into(), ..good() }), ["until"]);
    }

    #[test]
    fn a8_an_items_total_is_rounded_to_the_minor_unit() {
        let settings =
            ItemInput { quantity: "2.5".into(), rate: "0.33".into(), currency: "EUR".into(), ..good() }.validate(places).unwrap();
        let row = ItemRow {
            id: ItemId::from_u128(1),
            service: settings.service,
            service_name: "On site".into(),
            unit: "hour".into(),
            quantity: settings.quantity,
            rate: settings.rate,
            from: String::new(),
            until: String::new(),
            note: String::new(),
            version: 1,
        };
        assert_eq!(row.total().unwrap().to_string(), "EUR 0.83");
        assert_eq!(["2", "2.5", "0.05", "10"].map(|text| quantity(parse_amount(text, 2).unwrap())), ["2", "2.5", "0.05", "10"]);
        assert_eq!(ItemInput::from(&row).rate, "0.33");
    }
}
