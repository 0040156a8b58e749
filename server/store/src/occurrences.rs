//! When a maintenance window is open: from its rule in its zone to instants (DOMAIN G2; the rules stand in
//! `model::maintenance`). The zones are bundled, so that every server knows the same ones.

use std::sync::LazyLock;

use jiff::{
    Timestamp,
    civil::{self, DateTime},
    tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase},
};
use model::{
    maintenance::{Date, Day, LocalTime, Phase, Rule, clock_time},
    period::Period,
};

const MINUTE_MS: i64 = 60 * 1000;
/// Days before now on which an occurrence that still lasts may have begun: it lasts a day, and local days differ.
const DAYS_BEFORE: i64 = 2;
/// Days that are looked through for the next one: a week, and a day that is not there (Samoa, 2011).
const DAYS_AHEAD: i64 = 9;

pub(crate) static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// One time that a window is open, UTC milliseconds; `until` is not part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    pub from: i64,
    pub until: i64,
}

/// A window's rule in its zone, ready to be asked.
#[derive(Debug, Clone)]
pub struct Calendar {
    rule: Rule,
    zone: TimeZone,
    /// What began before is over by then; 0 where nobody ended it.
    closed_at: i64,
}

/// The names of the zones, for a person to choose from: those of a region and a city, and UTC.
#[must_use]
pub fn zone_names() -> Vec<String> {
    const REGIONS: [&str; 10] =
        ["Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"];
    let is_offered = |name: &str| name == "UTC" || name.split_once('/').is_some_and(|(region, _)| REGIONS.contains(&region));
    let mut names: Vec<String> =
        DATABASE.available().map(|name| name.as_str().to_owned()).filter(|name| is_offered(name)).collect();
    names.sort_unstable();
    names
}

/// Whether there is a zone of exactly this name.
#[must_use]
pub fn is_zone(name: &str) -> bool {
    DATABASE.get(name).is_ok_and(|zone| zone.iana_name() == Some(name))
}

/// From which instant on, UTC milliseconds, and before which a period's days are in this zone.
pub(crate) fn instants(period: Period, zone: &str) -> (Option<i64>, Option<i64>) {
    let zone = DATABASE.get(zone).unwrap_or(TimeZone::UTC);
    let begins = |day: civil::Date| Some(zone.to_timestamp(day.at(0, 0, 0, 0)).ok()?.as_millisecond());
    let behind = |day: civil::Date| begins(day.tomorrow().ok()?);
    (period.first.and_then(civil_date).and_then(begins), period.last.and_then(civil_date).and_then(behind))
}

impl Calendar {
    /// In UTC where the zone is unknown, which [`is_zone`] has refused before.
    #[must_use]
    pub fn new(rule: Rule, zone: &str, closed_at: i64) -> Self {
        Self { rule, zone: DATABASE.get(zone).unwrap_or(TimeZone::UTC), closed_at }
    }

    /// The occurrence that is open at `now`, or else the next one.
    #[must_use]
    pub fn current(&self, now: i64) -> Option<Occurrence> {
        let lasts = |occurrence: &Occurrence| occurrence.until > now;
        match &self.rule {
            Rule::Once { .. } | Rule::AtOnce { .. } => self.only().filter(lasts),
            Rule::Weekly { from, .. } => {
                let today = self.local_day(now)?;
                let first = today.saturating_sub(days(DAYS_BEFORE));
                let first = from.and_then(civil_date).map_or(first, |from| first.max(from));
                (0..=DAYS_BEFORE + DAYS_AHEAD).filter_map(|day| self.on(first.checked_add(days(day)).ok()?)).find(lasts)
            }
        }
    }

    /// The last occurrence that has ended by `now`.
    #[must_use]
    pub fn last(&self, now: i64) -> Option<Occurrence> {
        let is_over = |occurrence: &Occurrence| occurrence.until <= now;
        match &self.rule {
            Rule::Once { .. } | Rule::AtOnce { .. } => self.only().filter(is_over),
            Rule::Weekly { until, .. } => {
                let today = self.local_day(now)?;
                let last = until.and_then(civil_date).map_or(today, |until| today.min(until));
                (0..=DAYS_BEFORE + DAYS_AHEAD).filter_map(|day| self.on(last.checked_sub(days(day)).ok()?)).find(is_over)
            }
        }
    }

    /// Where it stands, and the occurrence that is open, comes next, or was the last.
    #[must_use]
    pub fn stands(&self, enabled: bool, now: i64) -> (Phase, Option<Occurrence>) {
        match self.current(now) {
            None => (Phase::Over, self.last(now)),
            Some(next) if !enabled => (Phase::Disabled, Some(next)),
            Some(next) if next.from <= now => (Phase::Open, Some(next)),
            Some(next) => (Phase::Coming, Some(next)),
        }
    }

    /// As the clocks of the zone say it: `Mon 2026-11-23 22:00 to 00:30`.
    #[must_use]
    pub fn local(&self, occurrence: Occurrence) -> String {
        let (from, until) = (self.local_time(occurrence.from), self.local_time(occurrence.until));
        let (Some(from), Some(until)) = (from, until) else { return String::new() };
        let day = |at: DateTime| format!("{} {}", weekday(at.date()).short(), at.date());
        let time = |at: DateTime| {
            clock_time(u16::try_from(at.hour()).unwrap_or_default() * 60 + u16::try_from(at.minute()).unwrap_or_default())
        };
        if from.date() == until.date() {
            format!("{} {} to {}", day(from), time(from), time(until))
        } else {
            format!("{} {} to {} {}", day(from), time(from), day(until), time(until))
        }
    }

    /// The occurrence of a rule that has just one.
    fn only(&self) -> Option<Occurrence> {
        let (from, until) = match &self.rule {
            Rule::Once { begins, ends } => (self.instant(local(*begins)?)?, self.instant(local(*ends)?)?),
            Rule::AtOnce { from, until } => (*from, *until),
            Rule::Weekly { .. } => return None,
        };
        self.cut(from, until)
    }

    /// The occurrence that begins on a day, where one does.
    fn on(&self, day: civil::Date) -> Option<Occurrence> {
        let Rule::Weekly { days, start, minutes, from, until } = &self.rule else { return None };
        let within = from.and_then(civil_date).is_none_or(|from| day >= from)
            && until.and_then(civil_date).is_none_or(|until| day <= until);
        if !within || !days.contains(&weekday(day)) {
            return None;
        }
        let from = self.instant(at_minute(day, *start)?)?;
        self.cut(from, from + i64::from(*minutes) * MINUTE_MS)
    }

    fn cut(&self, from: i64, until: i64) -> Option<Occurrence> {
        let until = if from < self.closed_at { until.min(self.closed_at) } else { until };
        (from < until).then_some(Occurrence { from, until })
    }

    /// The instant that a local time means.
    fn instant(&self, local: DateTime) -> Option<i64> {
        let instant = match self.zone.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(local).ok()?,
            AmbiguousOffset::Fold { before, .. } => before.to_timestamp(local).ok()?,
            AmbiguousOffset::Gap { before, .. } => {
                // By the offset that no longer holds it lies after the gap's end, which is the transition before it.
                let beyond = before.to_timestamp(local).ok()?;
                let after = Timestamp::from_millisecond(beyond.as_millisecond() + 1).ok()?;
                self.zone.preceding(after).next()?.timestamp()
            }
        };
        Some(instant.as_millisecond())
    }

    fn local_time(&self, at: i64) -> Option<DateTime> {
        Some(self.zone.to_datetime(Timestamp::from_millisecond(at).ok()?))
    }

    fn local_day(&self, at: i64) -> Option<civil::Date> {
        Some(self.local_time(at)?.date())
    }
}

/// An instant as the audit trail says it: `2026-11-23 22:00 UTC`; nothing for 0.
pub(crate) fn moment(at: i64) -> String {
    match Timestamp::from_millisecond(at) {
        Ok(instant) if at > 0 => instant.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        Ok(_) | Err(_) => String::new(),
    }
}

fn days(count: i64) -> jiff::Span {
    jiff::Span::new().days(count)
}

fn weekday(day: civil::Date) -> Day {
    let place = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or_default();
    Day::ALL[place % Day::ALL.len()]
}

fn civil_date(date: Date) -> Option<civil::Date> {
    civil::Date::new(date.year, date.month, date.day).ok()
}

fn local(time: LocalTime) -> Option<DateTime> {
    at_minute(civil_date(time.date)?, time.minute)
}

fn at_minute(day: civil::Date, minute: u16) -> Option<DateTime> {
    let time = civil::Time::new(i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?, 0, 0).ok()?;
    Some(day.to_datetime(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 60 * MINUTE_MS;

    fn utc(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    fn once(begins: &str, ends: &str, zone: &str) -> Calendar {
        let rule = Rule::Once { begins: LocalTime::parse(begins).unwrap(), ends: LocalTime::parse(ends).unwrap() };
        Calendar::new(rule, zone, 0)
    }

    fn weekly(days: &[Day], start: u16, minutes: u32, zone: &str) -> Calendar {
        Calendar::new(Rule::Weekly { days: days.to_vec(), start, minutes, from: None, until: None }, zone, 0)
    }

    fn from(calendar: &Calendar) -> i64 {
        calendar.only().unwrap().from
    }

    #[test]
    fn g2_a_time_that_does_not_exist_is_the_end_of_the_gap_and_one_that_exists_twice_is_the_first() {
        let instants = [
            ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:00:00Z"),
            ("Europe/Berlin", "2026-03-29T02:00", "2026-03-29T01:00:00Z"),
            ("Europe/Berlin", "2026-03-29T03:00", "2026-03-29T01:00:00Z"),
            ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30:00Z"),
            ("Europe/Berlin", "2026-10-25T03:00", "2026-10-25T02:00:00Z"),
            ("America/New_York", "2026-03-08T02:30", "2026-03-08T07:00:00Z"),
            ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30:00Z"),
            // Half an hour only.
            ("Australia/Lord_Howe", "2026-10-04T02:10", "2026-10-03T15:30:00Z"),
            ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45:00Z"),
            // A whole day that was left out.
            ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T10:00:00Z"),
        ];
        for (zone, local, instant) in instants {
            assert_eq!(from(&once(local, "2030-01-01T00:00", zone)), utc(instant), "{zone} {local}");
        }
    }

    #[test]
    fn g2_around_each_change_every_minute_of_the_day_begins_once_and_lasts_its_length() {
        for (zone, year) in [("Europe/Berlin", 2026), ("America/New_York", 2026), ("Australia/Lord_Howe", 2026)] {
            for (month, day) in [(3, 29), (10, 25), (3, 8), (11, 1), (4, 5), (10, 4)] {
                let date = civil::date(year, month, day);
                let noon_before = date.yesterday().unwrap().at(12, 0, 0, 0);
                let noon_before = DATABASE.get(zone).unwrap().to_ambiguous_timestamp(noon_before).compatible().unwrap();
                let mut before = i64::MIN;
                for start in (0..1440).step_by(10) {
                    let calendar = weekly(&[weekday(date)], start, 90, zone);
                    let occurrence = calendar.current(noon_before.as_millisecond()).unwrap();
                    let place = format!("{zone} {date} {}", clock_time(start));
                    assert_eq!(occurrence.until - occurrence.from, 90 * MINUTE_MS, "{place}: elapsed time");
                    assert!(occurrence.from >= before, "{place}: a later time of the day never begins earlier");
                    before = occurrence.from;
                    let shown = calendar.local_time(occurrence.from).unwrap();
                    let wanted = at_minute(date, start).unwrap();
                    assert_eq!(shown.date(), date, "{place}");
                    assert!(shown >= wanted, "{place}: {shown}");
                    if shown != wanted {
                        // Only a time within a gap is moved, and to the first instant after it.
                        let just_before = calendar.local_time(occurrence.from - 1).unwrap();
                        assert!(just_before < wanted, "{place}: {just_before}");
                    }
                    // Open from its first instant to its last, and at no other.
                    assert_eq!(calendar.current(occurrence.from), Some(occurrence), "{place}");
                    assert_eq!(calendar.current(occurrence.until - 1), Some(occurrence), "{place}");
                    let next = calendar.current(occurrence.until).unwrap();
                    assert!(next.from - occurrence.from >= 7 * 24 * HOUR - HOUR, "{place}");
                    assert_eq!(calendar.last(occurrence.until), Some(occurrence), "{place}");
                }
            }
        }
    }

    #[test]
    fn g2_a_weekly_window_crosses_midnight_and_keeps_its_local_time() {
        let calendar = weekly(&[Day::Saturday], 23 * 60, 180, "Europe/Berlin");
        let summer = calendar.current(utc("2026-10-24T20:59:59Z")).unwrap();
        assert_eq!(summer, Occurrence { from: utc("2026-10-24T21:00:00Z"), until: utc("2026-10-25T00:00:00Z") });
        assert_eq!(calendar.current(utc("2026-10-24T23:59:59Z")), Some(summer), "past midnight");
        let winter = calendar.current(summer.until).unwrap();
        assert_eq!(winter.from, utc("2026-10-31T22:00:00Z"));
        assert_eq!(calendar.local(summer), "Sat 2026-10-24 23:00 to Sun 2026-10-25 02:00");
        assert_eq!(calendar.local(winter), "Sat 2026-10-31 23:00 to Sun 2026-11-01 02:00");
    }

    #[test]
    fn a1_a_day_is_as_long_as_it_is_in_the_zone() {
        let day = |text| Period { first: Date::parse(text), last: Date::parse(text) };
        let longer = (Some(utc("2026-10-24T22:00:00Z")), Some(utc("2026-10-25T23:00:00Z")));
        assert_eq!(instants(day("2026-10-25"), "Europe/Berlin"), longer);
        // The clocks go on at midnight: it begins at one o'clock.
        let shorter = (Some(utc("2026-03-08T05:00:00Z")), Some(utc("2026-03-09T04:00:00Z")));
        assert_eq!(instants(day("2026-03-08"), "America/Havana"), shorter);
        assert_eq!(instants(day("2200-12-31"), "UTC").1, Some(utc("2201-01-01T00:00:00Z")));
        assert_eq!(instants(Period::default(), "UTC"), (None, None));
    }

    #[test]
    fn g2_first_and_last_day_bound_a_weekly_window() {
        let date = |text| Some(Date::parse(text).unwrap());
        let rule =
            Rule::Weekly { days: Day::ALL.to_vec(), start: 0, minutes: 60, from: date("2026-06-10"), until: date("2026-06-12") };
        let calendar = Calendar::new(rule, "UTC", 0);
        assert_eq!(calendar.stands(true, utc("2026-01-01T00:00:00Z")).0, Phase::Coming);
        assert_eq!(calendar.current(utc("2026-01-01T00:00:00Z")).unwrap().from, utc("2026-06-10T00:00:00Z"));
        assert_eq!(calendar.stands(true, utc("2026-06-12T00:30:00Z")).0, Phase::Open);
        assert_eq!(calendar.stands(false, utc("2026-06-12T00:30:00Z")).0, Phase::Disabled);
        let (phase, last) = calendar.stands(true, utc("2027-01-01T00:00:00Z"));
        assert_eq!((phase, last.unwrap().from), (Phase::Over, utc("2026-06-12T00:00:00Z")));
    }

    #[test]
    fn g2_a_window_that_somebody_ended_is_over_until_its_next_time() {
        let rule = Rule::Weekly { days: Day::ALL.to_vec(), start: 0, minutes: 120, from: None, until: None };
        let ended = utc("2026-06-10T00:30:00Z");
        let calendar = Calendar::new(rule, "UTC", ended);
        assert_eq!(calendar.current(ended - 1).unwrap().until, ended);
        assert_eq!(calendar.current(ended).unwrap().from, utc("2026-06-11T00:00:00Z"));
        assert_eq!(calendar.last(ended).unwrap().until, ended);
    }

    #[test]
    fn g2_zones_are_known_by_their_exact_names() {
        let names = zone_names();
        for name in ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Australia/Lord_Howe"] {
            assert!(is_zone(name) && names.iter().any(|offered| offered == name), "{name}");
        }
        for name in ["", "Mars/Base", "europe/berlin", "../etc/passwd", "Europe/Berlin "] {
            assert!(!is_zone(name), "{name}");
        }
        assert!(names.iter().all(|name| is_zone(name)), "{names:?}");
    }
}
