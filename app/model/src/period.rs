//! From one day to another, as filters take it: both days belong to it. A day is the MSP's: it begins when it does in its report zone.

use crate::{FieldError, Problem, maintenance::Date};

/// What is `None` is open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Period {
    pub first: Option<Date>,
    pub last: Option<Date>,
}

/// What two controls, each its name and what was typed, ask for. Adds an error where it is no date, or the last day is before
/// the first.
#[must_use]
pub fn read_period(errors: &mut Vec<FieldError>, from: (&str, &str), to: (&str, &str)) -> Period {
    let first = date(errors, from);
    let last = date(errors, to);
    if let (Some(first), Some(last)) = (first, last)
        && last < first
    {
        errors.push(FieldError::new(to.0, Problem::EndsBeforeItBegins));
    }
    Period { first, last }
}

fn date(errors: &mut Vec<FieldError>, (field, typed): (&str, &str)) -> Option<Date> {
    let typed = typed.trim();
    if typed.is_empty() {
        return None;
    }
    let date = Date::parse(typed);
    if date.is_none() {
        errors.push(FieldError::new(field, Problem::NotATime));
    }
    date
}
