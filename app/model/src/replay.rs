//! The wall as it was at a moment of the last 24 hours (DOMAIN F12).
//!
//! A [`Day`] says once which monitors there are and when it was bad; a [`Piece`] says how each of them stood when it begins, and what
//! changed until it ends; a [`Reel`] winds a piece to any moment in it. Times are when the server took a change, which is when the
//! wall showed it.
//!
//! What is shown: the monitors that are there now, each from when it was added; those of a customer that was terminated since, until
//! then. A monitor that was deleted has left no history, so it is on no replayed wall. Names are today's. Whether a tile was stale,
//! and who had taken an outage, is not kept, and is not shown.

mod reel;
mod wire;

use serde::{Deserialize, Serialize};

use crate::{CustomerId, Status, maintenance::Date};

pub use reel::Reel;
pub use wire::{decode_day, decode_piece, encode_day, encode_piece};

const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// How far back a wall can be replayed, in milliseconds.
pub const DAY_MS: i64 = 24 * HOUR_MS;
/// The longest piece, in milliseconds.
pub const PIECE_MS: i64 = HOUR_MS;
/// The most changes that a piece is made of: where there are more, it is shorter. Those of all tenants count, so that no tenant's
/// traffic makes another's piece slow.
pub const PIECE_TURNS: u32 = 20_000;
/// What is younger may still be on its way into the database: milliseconds.
pub const SETTLED_MS: i64 = 1_000;
/// A screen that has been open for so long still gets the pieces of its bar's beginning: milliseconds.
pub const OPEN_MS: i64 = HOUR_MS;
/// What one column of the bar stands for, in milliseconds.
pub const COLUMN_MS: i64 = 5 * MINUTE_MS;
/// The most outages that are read for the bar, the newest.
pub const OUTAGES_MOST: u32 = 100_000;

/// Why a moment is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum NotReplayed {
    #[error("This is no moment that can be read. One looks like 2026-11-25T03:12:00Z.")]
    Unreadable,
    #[error("This moment has not come yet: the wall can be replayed up to now.")]
    ToCome,
    #[error("This moment is more than 24 hours ago: the wall can be replayed for the last 24 hours.")]
    TooOld,
    #[error("Monitors came or went in the meantime: what was read before no longer fits.")]
    Outdated,
}

impl NotReplayed {
    #[must_use]
    pub const fn http_status(self) -> u16 {
        match self {
            Self::Unreadable | Self::ToCome => 422,
            Self::TooOld => 410,
            Self::Outdated => 409,
        }
    }
}

/// What an address asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The newest that there is.
    Latest,
    /// UTC milliseconds, whole seconds.
    At(i64),
}

impl Moment {
    /// The word for [`Moment::Latest`] in addresses.
    pub const LATEST: &'static str = "latest";

    /// From an address: the word, or a time of RFC 3339 in UTC, to the second.
    ///
    /// # Errors
    /// [`NotReplayed::Unreadable`].
    pub fn parse(text: &str) -> Result<Self, NotReplayed> {
        if text == Self::LATEST {
            return Ok(Self::Latest);
        }
        read_time(text).map(Self::At).ok_or(NotReplayed::Unreadable)
    }

    /// The moment itself, where it lies between the first and the last that can be shown.
    ///
    /// # Errors
    /// [`NotReplayed::TooOld`] and [`NotReplayed::ToCome`].
    pub const fn within(self, from: i64, to: i64) -> Result<i64, NotReplayed> {
        match self {
            Self::Latest => Ok(to),
            Self::At(at) if at < from => Err(NotReplayed::TooOld),
            Self::At(at) if at > to => Err(NotReplayed::ToCome),
            Self::At(at) => Ok(at),
        }
    }
}

/// `2026-11-25T03:12:07Z` as UTC milliseconds.
fn read_time(text: &str) -> Option<i64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let mut parts = time.split(':').map(|part| {
        let is_plain = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        if is_plain { part.parse::<i64>().ok() } else { None }
    });
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() || hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    Some(begins(Date::parse(date)?) + hours * HOUR_MS + minutes * MINUTE_MS + seconds * SECOND_MS)
}

/// How fast it plays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Speed {
    /// A second is a second.
    Real,
    /// A second is a minute.
    #[default]
    Minutes,
    /// A second is ten minutes.
    TenMinutes,
}

impl Speed {
    pub const ALL: [Self; 3] = [Self::Real, Self::Minutes, Self::TenMinutes];

    #[must_use]
    pub const fn times(self) -> u32 {
        match self {
            Self::Real => 1,
            Self::Minutes => 60,
            Self::TenMinutes => 600,
        }
    }
}

/// How one monitor stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stand {
    /// `None` where it is not there (yet, or any more).
    pub status: Option<Status>,
    /// UTC milliseconds, whole seconds.
    pub since: i64,
    /// Its place among the piece's texts.
    pub reason: u32,
}

impl Stand {
    /// Not there.
    pub const ABSENT: Self = Self { status: None, since: 0, reason: 0 };
}

/// One change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// When the server took it, UTC milliseconds.
    pub at: i64,
    pub slot: u32,
    pub to: Stand,
}

/// What is shown of a day: read once. A monitor's slot is its place in `monitors`; it is good for this edition alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// Names the monitors and their order: a piece of another edition has other slots.
    pub edition: u64,
    /// The first and the last moment, UTC milliseconds.
    pub from: i64,
    pub to: i64,
    /// Which build of the product made it.
    pub build: String,
    pub customers: Vec<(CustomerId, String)>,
    pub monitors: Vec<DayMonitor>,
    pub columns: Vec<Column>,
    /// Columns that begin before are not known: there were more than [`OUTAGES_MOST`] outages.
    pub known_from: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayMonitor {
    /// Its place in the day's customers.
    pub customer: u32,
    pub name: String,
}

/// How bad it was at worst within [`COLUMN_MS`]: the most that were DOWN, and in TROUBLE, at one time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Column {
    pub down: u32,
    pub trouble: u32,
}

/// A stretch of the day: how everything stands when it begins, and each change from there to its end, in order. Both ends belong to
/// it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub edition: u64,
    pub from: i64,
    pub to: i64,
    /// The reasons; the first is empty.
    pub texts: Vec<String>,
    /// By slot, as of `from`.
    pub base: Vec<Stand>,
    pub turns: Vec<Turn>,
}

/// One outage, as far as the bar knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub is_down: bool,
    /// UTC milliseconds.
    pub from: i64,
    pub to: i64,
}

/// The columns from `from` to `to`, the last of them perhaps cut short.
#[must_use]
pub fn columns(spans: &[Span], from: i64, to: i64) -> Vec<Column> {
    let count = usize::try_from((to - from).div_euclid(COLUMN_MS) + 1).unwrap_or_default();
    let mut columns = vec![Column::default(); count];
    for is_down in [true, false] {
        let mut steps: Vec<(i64, i64)> = spans
            .iter()
            .filter(|span| span.is_down == is_down && span.to > span.from)
            .flat_map(|span| [(span.from, 1), (span.to, -1)])
            .collect();
        // At one time the ends come first: what hands over to another is never two.
        steps.sort_unstable();
        let (mut open, mut next) = (0i64, 0);
        for (begins, column) in (0i64..).map(|place| from + place * COLUMN_MS).zip(&mut columns) {
            while steps.get(next).is_some_and(|(at, _)| *at <= begins) {
                open += steps[next].1;
                next += 1;
            }
            let mut most = open;
            while steps.get(next).is_some_and(|(at, _)| *at < begins + COLUMN_MS) {
                open += steps[next].1;
                most = most.max(open);
                next += 1;
            }
            let most = u32::try_from(most).unwrap_or_default();
            if is_down {
                column.down = most;
            } else {
                column.trouble = most;
            }
        }
    }
    columns
}

/// Midnight of the day in UTC (Howard Hinnant's `days_from_civil`).
fn begins(date: Date) -> i64 {
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
    fn f12_a_moment_in_an_address_reads_to_the_second() {
        assert_eq!(Moment::parse("2000-02-29T00:00:00Z"), Ok(Moment::At(951_782_400_000)));
        assert_eq!(Moment::parse("2026-11-22T09:12:03Z"), Ok(Moment::At(1_795_338_723_000)));
        assert_eq!(Moment::parse("latest"), Ok(Moment::Latest));
        for wrong in [
            "",
            "yesterday",
            "2026-11-22",
            "2026-11-22T09:12Z",
            "2026-11-22T09:12:03",
            "2026-11-22T09:12:03+01:00",
            "2026-11-22T24:12:03Z",
            "2026-11-22T09:60:03Z",
            "2026-11-22T09:12:3Z",
            "2026-11-22T09:12:-3Z",
            "2026-11-22T09:12:03:04Z",
            "2026-02-30T09:12:03Z",
            "1795338723000",
        ] {
            assert_eq!(Moment::parse(wrong), Err(NotReplayed::Unreadable), "{wrong}");
        }
    }

    #[test]
    fn f12_only_a_moment_of_the_day_is_shown() {
        assert_eq!(Moment::Latest.within(10, 20), Ok(20));
        assert_eq!((Moment::At(10).within(10, 20), Moment::At(20).within(10, 20)), (Ok(10), Ok(20)));
        assert_eq!(Moment::At(9).within(10, 20), Err(NotReplayed::TooOld));
        assert_eq!(Moment::At(21).within(10, 20), Err(NotReplayed::ToCome));
    }

    #[test]
    fn f12_a_column_is_as_high_as_the_worst_instant_in_it() {
        let span = |is_down, from, to| Span { is_down, from, to };
        let spans = [
            span(true, -5, 10),
            span(true, 10, 20),
            span(true, 15, COLUMN_MS + 1),
            span(true, 30, 30),
            span(false, COLUMN_MS, i64::MAX),
            span(false, -9, 0),
        ];
        let seen: Vec<_> = columns(&spans, 0, 3 * COLUMN_MS - 1).into_iter().map(|c| (c.down, c.trouble)).collect();
        assert_eq!(seen, [(2, 0), (1, 1), (0, 1)]);
    }

    /// Seeded outages against a count of each instant.
    #[test]
    fn f12_columns_agree_with_a_count_of_every_instant() {
        let mut state = 0x9e37_79b9_7f4a_7c15u64;
        let mut random = move |most: i64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % most.unsigned_abs()).cast_signed()
        };
        let tick = COLUMN_MS / 4;
        for _ in 0..200 {
            let spans: Vec<Span> = (0..random(30))
                .map(|_| {
                    let from = (random(40) - 10) * tick;
                    Span { is_down: random(2) == 0, from, to: from + random(20) * tick }
                })
                .collect();
            let at = |is_down: bool, at: i64| {
                spans.iter().filter(|span| span.is_down == is_down && span.from <= at && at < span.to).count() as u32
            };
            for (place, column) in (0i64..).zip(columns(&spans, 0, 6 * COLUMN_MS - 1)) {
                let most = |is_down| (0..4).map(|quarter| at(is_down, place * COLUMN_MS + quarter * tick)).max().unwrap();
                assert_eq!((column.down, column.trouble), (most(true), most(false)), "column {place} of {spans:?}");
            }
        }
    }
}
