//! Maintenance windows (DOMAIN G2): when monitors are worked on, what the form holds and what is accepted of it.
//!
//! A window's times are local times of its zone. The rules, by which the server finds the instants (it alone knows the zones): a
//! local time that does not exist means the first instant after the gap; one that exists twice means the first; a weekly window's
//! length is elapsed time.

use serde::{Deserialize, Serialize};
use std::fmt;

use crate::{CustomerId, FieldError, MonitorId, Problem, WindowId, customers::check_text, monitors::number};

/// The longest that a weekly window lasts, in minutes.
pub const WEEKLY_MOST_MINUTES: u32 = 24 * 60;
/// How long a window that is opened by a click may last, in minutes.
pub const AT_ONCE_MINUTES: [u32; 4] = [30, 60, 120, 240];
/// The most monitors that one window chooses by hand; more are all of the customer's.
pub const CHOSEN_MOST: u32 = 1000;

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date {
    pub year: i16,
    pub month: i8,
    pub day: i8,
}

/// A date and a minute of it, without a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LocalTime {
    pub date: Date,
    /// From midnight.
    pub minute: u16,
}

impl Date {
    /// From `2026-11-23`, as HTML's date inputs write it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month, day) = three(text, '-')?;
        if year.len() != 4 || month.len() != 2 || day.len() != 2 {
            return None;
        }
        let date = Self { year: digits(year)?, month: digits(month)?, day: digits(day)? };
        let is_day = (1..=12).contains(&date.month) && (1..=days_in(date.year, date.month)).contains(&date.day);
        (is_day && (1970..=2200).contains(&date.year)).then_some(date)
    }
}

impl LocalTime {
    /// From `2026-11-23T22:00`, as HTML's date and time inputs write it; seconds are passed over.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (date, time) = text.split_once('T')?;
        Some(Self { date: Date::parse(date)?, minute: minute_of_day(time)? })
    }
}

/// From `22:00`, as HTML's time inputs write it; seconds are passed over.
#[must_use]
pub fn minute_of_day(text: &str) -> Option<u16> {
    let (hour, rest) = text.split_once(':')?;
    let minute = rest.split(':').next()?;
    let (hour, minute): (u16, u16) = (digits(hour)?, digits(minute)?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

/// `22:00`.
#[must_use]
pub fn clock_time(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

fn three(text: &str, between: char) -> Option<(&str, &str, &str)> {
    let (first, rest) = text.split_once(between)?;
    let (second, third) = rest.split_once(between)?;
    Some((first, second, third))
}

fn digits<T: std::str::FromStr>(text: &str) -> Option<T> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

const fn days_in(year: i16, month: i8) -> i8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}T{}", self.date, clock_time(self.minute))
    }
}

/// A text that is no date or time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a date or time")]
pub struct NotATime;

macro_rules! as_text {
    ($($name:ident),+) => {$(
        impl TryFrom<String> for $name {
            type Error = NotATime;
            fn try_from(text: String) -> Result<Self, NotATime> {
                Self::parse(&text).ok_or(NotATime)
            }
        }

        impl From<$name> for String {
            fn from(time: $name) -> Self {
                time.to_string()
            }
        }
    )+};
}

as_text!(Date, LocalTime);

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Day {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Day {
    pub const ALL: [Self; 7] =
        [Self::Monday, Self::Tuesday, Self::Wednesday, Self::Thursday, Self::Friday, Self::Saturday, Self::Sunday];

    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Monday => "Monday",
            Self::Tuesday => "Tuesday",
            Self::Wednesday => "Wednesday",
            Self::Thursday => "Thursday",
            Self::Friday => "Friday",
            Self::Saturday => "Saturday",
            Self::Sunday => "Sunday",
        }
    }

    /// The first three letters, which also stand for it in a form.
    #[must_use]
    pub fn short(self) -> &'static str {
        &self.label()[..3]
    }

    #[must_use]
    pub fn from_short(short: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|day| day.short() == short)
    }
}

/// When a window is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Rule {
    /// From one local time to another.
    Once { begins: LocalTime, ends: LocalTime },
    /// From the same local time on each of these days, for so long. The first and the last day on which it begins are optional.
    Weekly { days: Vec<Day>, start: u16, minutes: u32, from: Option<Date>, until: Option<Date> },
    /// Between two instants, UTC milliseconds: opened by a click.
    AtOnce { from: i64, until: i64 },
}

impl Rule {
    /// In words: "Once", "Mon, Wed at 22:00 for 2 h".
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Once { .. } => "Once".into(),
            Self::AtOnce { .. } => "At once".into(),
            Self::Weekly { days, start, minutes, .. } => {
                let days = if days.len() == Day::ALL.len() {
                    "Every day".to_owned()
                } else {
                    days.iter().map(|day| day.short()).collect::<Vec<_>>().join(", ")
                };
                format!("{days} at {} for {}", clock_time(*start), length(*minutes))
            }
        }
    }
}

/// "30 min", "2 h", "1 h 30 min".
#[must_use]
pub fn length(minutes: u32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// What is accepted of the form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowSettings {
    pub name: String,
    /// `None`: all of the customer's, also those that are added later.
    pub monitors: Option<Vec<MonitorId>>,
    pub rule: Rule,
    /// An IANA name; whether there is such a zone only the server knows.
    pub zone: String,
    pub enabled: bool,
}

/// The form, as typed. Names are those of the form's controls.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WindowInput {
    pub name: String,
    /// `all` or `chosen`.
    pub scope: String,
    pub monitors: Vec<String>,
    /// `once` or `weekly`.
    pub kind: String,
    pub begins: String,
    pub ends: String,
    pub days: Vec<String>,
    pub start: String,
    pub hours: String,
    pub minutes: String,
    pub from: String,
    pub until: String,
    pub zone: String,
    /// `yes`, or empty.
    pub enabled: String,
}

impl WindowInput {
    /// What a new window's form begins with.
    #[must_use]
    pub fn usual(zone: &str) -> Self {
        Self {
            scope: "all".into(),
            kind: "once".into(),
            start: "22:00".into(),
            hours: "2".into(),
            minutes: "0".into(),
            zone: zone.into(),
            enabled: "yes".into(),
            ..Self::default()
        }
    }

    /// # Errors
    /// One entry for every field that cannot be taken, in the order of the form.
    pub fn validate(&self) -> Result<WindowSettings, Vec<FieldError>> {
        let mut errors = Vec::new();
        check_text(&mut errors, "name", &self.name, true, 200);
        let monitors = self.monitors(&mut errors);
        let rule = self.rule(&mut errors);
        check_text(&mut errors, "zone", &self.zone, true, 100);
        match rule {
            Some(rule) if errors.is_empty() => Ok(WindowSettings {
                name: self.name.trim().to_owned(),
                monitors,
                rule,
                zone: self.zone.trim().to_owned(),
                enabled: self.enabled == "yes",
            }),
            _ => Err(errors),
        }
    }

    fn monitors(&self, errors: &mut Vec<FieldError>) -> Option<Vec<MonitorId>> {
        match self.scope.as_str() {
            "all" => return None,
            "chosen" => {}
            _ => {
                errors.push(FieldError::new("scope", Problem::NotAChoice));
                return None;
            }
        }
        let mut chosen: Vec<MonitorId> = Vec::new();
        for monitor in &self.monitors {
            match monitor.parse() {
                Ok(monitor) => chosen.push(monitor),
                Err(_) => errors.push(FieldError::new("monitors", Problem::NotAChoice)),
            }
        }
        chosen.sort();
        chosen.dedup();
        if chosen.is_empty() {
            errors.push(FieldError::new("monitors", Problem::Required));
        } else if chosen.len() > CHOSEN_MOST as usize {
            errors.push(FieldError::new("monitors", Problem::OutOfRange { from: 1, to: CHOSEN_MOST }));
        }
        Some(chosen)
    }

    fn rule(&self, errors: &mut Vec<FieldError>) -> Option<Rule> {
        match self.kind.as_str() {
            "once" => self.once(errors),
            "weekly" => self.weekly(errors),
            _ => {
                errors.push(FieldError::new("kind", Problem::NotAChoice));
                None
            }
        }
    }

    fn once(&self, errors: &mut Vec<FieldError>) -> Option<Rule> {
        let begins = typed(errors, "begins", &self.begins, LocalTime::parse);
        let ends = typed(errors, "ends", &self.ends, LocalTime::parse);
        let (begins, ends) = (begins?, ends?);
        if ends <= begins {
            errors.push(FieldError::new("ends", Problem::EndsBeforeItBegins));
        }
        Some(Rule::Once { begins, ends })
    }

    fn weekly(&self, errors: &mut Vec<FieldError>) -> Option<Rule> {
        let mut days: Vec<Day> = self.days.iter().filter_map(|day| Day::from_short(day)).collect();
        days.sort_unstable();
        days.dedup();
        if days.is_empty() {
            errors.push(FieldError::new("days", Problem::Required));
        }
        let start = typed(errors, "start", &self.start, minute_of_day);
        let hours = number(errors, "hours", &self.hours, 0, 24);
        let rest = number(errors, "minutes", &self.minutes, 0, 59);
        let minutes = hours.zip(rest).map(|(hours, rest)| hours * 60 + rest);
        if minutes.is_some_and(|minutes| minutes == 0 || minutes > WEEKLY_MOST_MINUTES) {
            errors.push(FieldError::new("hours", Problem::UpToADay));
        }
        let from = maybe_date(errors, "from", &self.from);
        let until = maybe_date(errors, "until", &self.until);
        if let (Some(from), Some(until)) = (from, until)
            && until < from
        {
            errors.push(FieldError::new("until", Problem::EndsBeforeItBegins));
        }
        Some(Rule::Weekly { days, start: start?, minutes: minutes?, from, until })
    }
}

impl From<&WindowSettings> for WindowInput {
    /// A window that was opened by a click reads as one without times: whoever edits it gives them.
    fn from(settings: &WindowSettings) -> Self {
        let mut input = Self {
            name: settings.name.clone(),
            scope: if settings.monitors.is_some() { "chosen" } else { "all" }.into(),
            monitors: settings.monitors.iter().flatten().map(ToString::to_string).collect(),
            enabled: if settings.enabled { "yes" } else { "" }.into(),
            ..Self::usual(&settings.zone)
        };
        match &settings.rule {
            Rule::Once { begins, ends } => {
                input.begins = begins.to_string();
                input.ends = ends.to_string();
            }
            Rule::Weekly { days, start, minutes, from, until } => {
                let date = |date: &Option<Date>| date.map(|date| date.to_string()).unwrap_or_default();
                input.kind = "weekly".into();
                input.days = days.iter().map(|day| day.short().to_owned()).collect();
                input.start = clock_time(*start);
                input.hours = (minutes / 60).to_string();
                input.minutes = (minutes % 60).to_string();
                input.from = date(from);
                input.until = date(until);
            }
            Rule::AtOnce { .. } => {}
        }
        input
    }
}

fn typed<T>(errors: &mut Vec<FieldError>, field: &str, value: &str, parse: fn(&str) -> Option<T>) -> Option<T> {
    let value = value.trim();
    let parsed = parse(value);
    if parsed.is_none() {
        let problem = if value.is_empty() { Problem::Required } else { Problem::NotATime };
        errors.push(FieldError::new(field, problem));
    }
    parsed
}

fn maybe_date(errors: &mut Vec<FieldError>, field: &str, value: &str) -> Option<Date> {
    if value.trim().is_empty() { None } else { typed(errors, field, value, Date::parse) }
}

/// Where a window stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Phase {
    Open,
    Coming,
    Disabled,
    Over,
}

impl Phase {
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Coming => "Coming",
            Self::Disabled => "Disabled",
            Self::Over => "Over",
        }
    }
}

/// One window as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowRow {
    pub id: WindowId,
    pub name: String,
    pub customer: CustomerId,
    pub customer_name: String,
    /// How many it chose; `None` for all of the customer's.
    pub monitors: Option<u32>,
    pub rule: Rule,
    pub zone: String,
    pub phase: Phase,
    /// Of the occurrence that is open, comes next, or was the last; UTC milliseconds. 0 where there is none.
    pub from: i64,
    pub until: i64,
    /// The same as the clocks of its zone say it; empty where there is none.
    pub local: String,
    pub may_manage: bool,
    pub version: i64,
}

/// What the list is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WindowQuery {
    pub customer: Option<CustomerId>,
    /// Only those that hold this monitor.
    pub monitor: Option<MonitorId>,
    /// Those that are over, instead of all others.
    pub over: bool,
    /// From 1.
    pub page: u32,
}

/// One page of the list: what is open first, then what comes, the soonest first; or what is over, the latest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowPage {
    pub rows: Vec<WindowRow>,
    pub matching: u32,
    pub page: u32,
    /// Whatever is asked for: open, coming or disabled, over.
    pub open: u32,
    pub coming: u32,
    pub over: u32,
}

/// A window with what its form edits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowDetail {
    pub row: WindowRow,
    pub settings: WindowSettings,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weekly() -> WindowInput {
        WindowInput {
            name: "Patches".into(),
            kind: "weekly".into(),
            days: vec!["Sun".into(), "Wed".into(), "Sun".into()],
            ..WindowInput::usual("Europe/Berlin")
        }
    }

    fn problems(input: &WindowInput) -> Vec<(String, Problem)> {
        input.validate().err().unwrap_or_default().into_iter().map(|error| (error.field, error.problem)).collect()
    }

    #[test]
    fn g2_a_window_reads_back_as_it_was_typed() {
        let once = WindowInput {
            name: "Move".into(),
            begins: "2026-11-23T22:00".into(),
            ends: "2026-11-24T02:30".into(),
            scope: "chosen".into(),
            monitors: vec![MonitorId::from_u128(7).to_string()],
            enabled: String::new(),
            ..WindowInput::usual("UTC")
        };
        let dated = WindowInput {
            days: vec!["Wed".into(), "Sun".into()],
            from: "2026-01-01".into(),
            until: "2026-12-31".into(),
            ..weekly()
        };
        for input in [once, dated] {
            let settings = input.validate().unwrap();
            assert_eq!(WindowInput::from(&settings), input);
            let json = serde_json::to_string(&settings).unwrap();
            assert_eq!(serde_json::from_str::<WindowSettings>(&json).unwrap(), settings);
        }
        assert_eq!(weekly().validate().unwrap().rule.words(), "Wed, Sun at 22:00 for 2 h");
    }

    #[test]
    fn g2_each_error_stands_at_its_field() {
        let one = |field: &str, problem| vec![(field.to_owned(), problem)];
        let once = |begins: &str, ends: &str| WindowInput {
            name: "Move".into(),
            begins: begins.into(),
            ends: ends.into(),
            ..WindowInput::usual("UTC")
        };
        assert_eq!(problems(&once("2026-11-23T22:00", "2026-11-23T22:00")), one("ends", Problem::EndsBeforeItBegins));
        assert_eq!(problems(&once("", "2026-11-23T22:00")), one("begins", Problem::Required));
        assert_eq!(problems(&once("2026-02-29T22:00", "2026-11-23T22:00")), one("begins", Problem::NotATime));
        assert_eq!(problems(&WindowInput { name: " ".into(), ..weekly() }), one("name", Problem::Required));
        assert_eq!(problems(&WindowInput { days: vec!["Someday".into()], ..weekly() }), one("days", Problem::Required));
        assert_eq!(problems(&WindowInput { start: "24:00".into(), ..weekly() }), one("start", Problem::NotATime));
        assert_eq!(problems(&WindowInput { hours: "0".into(), ..weekly() }), one("hours", Problem::UpToADay));
        assert_eq!(
            problems(&WindowInput { hours: "24".into(), minutes: "1".into(), ..weekly() }),
            one("hours", Problem::UpToADay)
        );
        assert_eq!(problems(&WindowInput { scope: "chosen".into(), ..weekly() }), one("monitors", Problem::Required));
        let dates = WindowInput { from: "2026-02-01".into(), until: "2026-01-31".into(), ..weekly() };
        assert_eq!(problems(&dates), one("until", Problem::EndsBeforeItBegins));
    }

    #[test]
    fn g2_only_days_of_the_calendar_are_dates() {
        for right in ["2024-02-29", "2000-02-29", "2026-12-31"] {
            assert_eq!(Date::parse(right).unwrap().to_string(), right);
        }
        for wrong in [
            "",
            "2026-02-29",
            "2100-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-04-31",
            "26-04-30",
            "2026-4-3",
            "2026-04-+3",
            "0026-01-01",
        ] {
            assert_eq!(Date::parse(wrong), None, "{wrong}");
        }
        assert_eq!(LocalTime::parse("2026-11-23T22:05:30").unwrap().to_string(), "2026-11-23T22:05");
    }
}
