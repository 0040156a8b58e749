//! The filters of the customer list (DOMAIN A1): name, devices, added, modified; as they stand in the address, and as they are
//! accepted.

use serde::{Deserialize, Serialize};

use super::{TEXT_MOST, check_text};
use crate::{
    FieldError, Problem,
    period::{Period, read_period},
};

/// The filters as typed. Names are those of the form's controls and of the address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FilterInput {
    pub name: String,
    pub devices_from: String,
    pub devices_to: String,
    pub added_from: String,
    pub added_to: String,
    pub modified_from: String,
    pub modified_to: String,
}

/// One control: its name, and how to read and write it.
#[derive(Debug, Clone, Copy)]
pub struct FilterField {
    pub name: &'static str,
    pub get: fn(&FilterInput) -> &String,
    pub set: fn(&mut FilterInput) -> &mut String,
}

macro_rules! filter_fields {
    ($($name:ident),* $(,)?) => {
        &[$(FilterField { name: stringify!($name), get: |i| &i.$name, set: |i| &mut i.$name }),*]
    };
}

/// What is accepted: what is left open does not narrow the list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomerFilter {
    /// Contained in the name, as typed.
    pub name: String,
    pub devices: (Option<u32>, Option<u32>),
    pub added: Period,
    pub modified: Period,
}

impl FilterInput {
    /// Every control in the order of the form.
    pub const FIELDS: &'static [FilterField] =
        filter_fields!(name, devices_from, devices_to, added_from, added_to, modified_from, modified_to);

    /// Whether nothing is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        Self::FIELDS.iter().all(|field| (field.get)(self).trim().is_empty())
    }

    /// # Errors
    /// One entry for every field that cannot be taken, in the order of the form; a range that ends before it begins is wrong at
    /// its end.
    pub fn accept(&self) -> Result<CustomerFilter, Vec<FieldError>> {
        let mut errors = Vec::new();
        check_text(&mut errors, "name", &self.name, false, TEXT_MOST);
        let from = count(&mut errors, "devices_from", &self.devices_from);
        let to = count(&mut errors, "devices_to", &self.devices_to);
        if let (Some(from), Some(to)) = (from, to)
            && from > to
        {
            errors.push(FieldError::new("devices_to", Problem::BelowFrom));
        }
        let added = read_period(&mut errors, ("added_from", &self.added_from), ("added_to", &self.added_to));
        let modified = read_period(&mut errors, ("modified_from", &self.modified_from), ("modified_to", &self.modified_to));
        if errors.is_empty() {
            Ok(CustomerFilter { name: self.name.trim().to_owned(), devices: (from, to), added, modified })
        } else {
            Err(errors)
        }
    }
}

fn count(errors: &mut Vec<FieldError>, field: &str, typed: &str) -> Option<u32> {
    let typed = typed.trim();
    if typed.is_empty() {
        return None;
    }
    let number = if typed.bytes().all(|byte| byte.is_ascii_digit()) { typed.parse().ok() } else { None };
    if number.is_none() {
        errors.push(FieldError::new(field, Problem::NotANumber));
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maintenance::Date;

    fn wrong(change: impl FnOnce(&mut FilterInput)) -> Vec<(String, Problem)> {
        let mut input = FilterInput::default();
        change(&mut input);
        input.accept().err().unwrap_or_default().into_iter().map(|error| (error.field, error.problem)).collect()
    }

    #[test]
    fn a1_what_is_left_open_does_not_narrow_the_list() {
        assert_eq!(FilterInput::default().accept(), Ok(CustomerFilter::default()));
        assert!(FilterInput { name: "  ".into(), ..FilterInput::default() }.is_empty());
        let input = FilterInput {
            name: " Harbor ".into(),
            devices_from: "5".into(),
            added_to: "1970-01-01".into(),
            ..FilterInput::default()
        };
        let filter = input.accept().unwrap();
        assert_eq!(
            (filter.name.as_str(), filter.devices, filter.added),
            ("Harbor", (Some(5), None), Period { first: None, last: Date::parse("1970-01-01") })
        );
    }

    #[test]
    fn a1_each_error_stands_at_its_field() {
        let one = |field: &str, problem| vec![(field.to_owned(), problem)];
        assert_eq!(wrong(|i| i.devices_from = "many".into()), one("devices_from", Problem::NotANumber));
        assert_eq!(wrong(|i| i.devices_to = "99999999999".into()), one("devices_to", Problem::NotANumber));
        assert_eq!(wrong(|i| i.added_from = "2026-02-30".into()), one("added_from", Problem::NotATime));
        assert_eq!(wrong(|i| i.modified_to = "yesterday".into()), one("modified_to", Problem::NotATime));
        assert_eq!(wrong(|i| i.name = "x".repeat(1000)), one("name", Problem::TooLong(TEXT_MOST)));
        let mut turned = FilterInput { devices_from: "7".into(), devices_to: "3".into(), ..FilterInput::default() };
        assert_eq!(turned.accept(), Err(vec![FieldError::new("devices_to", Problem::BelowFrom)]));
        turned = FilterInput { added_from: "2026-11-24".into(), added_to: "2026-11-23".into(), ..FilterInput::default() };
        assert_eq!(turned.accept(), Err(vec![FieldError::new("added_to", Problem::EndsBeforeItBegins)]));
    }
}
