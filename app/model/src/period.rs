//! From one day to another, as filters take it: both days belong to it. A day is the MSP's, which is UTC's for now.

use crate::{FieldError, Problem, maintenance::Date};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// From the one instant up to, and without, the other: UTC milliseconds. What is `None` is open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Period {
    pub from: Option<i64>,
    pub until: Option<i64>,
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
    Period { from: first.map(begins), until: last.map(|day| begins(day) + DAY_MS) }
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

/// Midnight of the day in UTC (Howard Hinnant's `days_from_civil`).
pub(crate) fn begins(date: Date) -> i64 {
    let (month, day) = (i64::from(date.month), i64::from(date.day));
    let year = i64::from(date.year) - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let from_march = (month + 9) % 12;
    let day_of_year = (153 * from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    (era * 146_097 + day_of_era - 719_468) * DAY_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a1_a_day_begins_at_midnight_and_is_whole() {
        let mut errors = Vec::new();
        let period = read_period(&mut errors, ("from", "2026-11-24"), ("to", "2026-11-24"));
        assert_eq!(period, Period { from: Some(1_795_478_400_000), until: Some(1_795_564_800_000) });
        let leap = read_period(&mut errors, ("from", "2000-02-29"), ("to", ""));
        assert_eq!(leap, Period { from: Some(951_782_400_000), until: None });
        assert!(errors.is_empty());
    }
}
