//! What a monitor measured and how it stood over a stretch of time (DOMAIN G7): the points of its latency chart, the stretches of
//! its statuses, and its availability.

use serde::{Deserialize, Serialize};

use crate::Status;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// How far back a page looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Range {
    Hour,
    #[default]
    Day,
    Week,
    Month,
}

impl Range {
    pub const ALL: [Self; 4] = [Self::Hour, Self::Day, Self::Week, Self::Month];

    /// The word in the address.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Hour => "1h",
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
        }
    }

    #[must_use]
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|range| range.slug() == slug)
    }

    /// What a person reads.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Hour => "1 hour",
            Self::Day => "24 hours",
            Self::Week => "7 days",
            Self::Month => "30 days",
        }
    }

    /// Its length in milliseconds.
    #[must_use]
    pub const fn ms(self) -> i64 {
        match self {
            Self::Hour => HOUR_MS,
            Self::Day => DAY_MS,
            Self::Week => 7 * DAY_MS,
            Self::Month => 30 * DAY_MS,
        }
    }

    /// What one point of the chart stands for, in milliseconds. From a week on at least an hour: that is what is kept of older
    /// measurements.
    #[must_use]
    pub const fn step_ms(self) -> i64 {
        match self {
            Self::Hour => MINUTE_MS,
            Self::Day => 10 * MINUTE_MS,
            Self::Week => HOUR_MS,
            Self::Month => 4 * HOUR_MS,
        }
    }
}

/// One measurement, or several of them taken together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured {
    /// UTC milliseconds.
    pub at: i64,
    pub count: u32,
    pub sum_ms: u64,
    pub least_ms: u32,
    pub most_ms: u32,
}

impl Measured {
    #[must_use]
    pub fn one(at: i64, ms: u32) -> Self {
        Self { at, count: 1, sum_ms: ms.into(), least_ms: ms, most_ms: ms }
    }

    /// Both together, at the time of the first.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            at: self.at,
            count: self.count.saturating_add(other.count),
            sum_ms: self.sum_ms.saturating_add(other.sum_ms),
            least_ms: self.least_ms.min(other.least_ms),
            most_ms: self.most_ms.max(other.most_ms),
        }
    }

    fn average_ms(self) -> u32 {
        u32::try_from(self.sum_ms / u64::from(self.count.max(1))).unwrap_or(u32::MAX)
    }
}

/// One point of the chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// The middle of what it stands for, UTC milliseconds.
    pub at: i64,
    pub count: u32,
    pub average_ms: u32,
    pub least_ms: u32,
    pub most_ms: u32,
}

/// A time in which the status stayed the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    pub from: i64,
    pub to: i64,
    pub status: Status,
}

/// One change of status: when, from what, to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    pub at: i64,
    pub from: Status,
    pub to: Status,
}

/// What a monitor's page shows of a range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    pub range: Range,
    /// UTC milliseconds, `to` being when it was asked for.
    pub from: i64,
    pub to: i64,
    /// One for each step in which something was measured, the oldest first.
    pub points: Vec<Point>,
    /// Without a gap from when the monitor was added, or from the range's begin, to `to`.
    pub stretches: Vec<Stretch>,
}

/// The points of a range that ends at `to`. A step without a measurement has none.
#[must_use]
pub fn points(range: Range, to: i64, measured: &[Measured]) -> Vec<Point> {
    let (from, step) = (to - range.ms(), range.step_ms());
    let mut steps: Vec<(i64, Measured)> = Vec::new();
    let mut sorted: Vec<Measured> = measured.iter().copied().filter(|m| (from..=to).contains(&m.at) && m.count > 0).collect();
    sorted.sort_by_key(|m| m.at);
    for measured in sorted {
        let place = measured.at.div_euclid(step);
        match steps.last_mut() {
            Some((last, together)) if *last == place => *together = together.and(measured),
            Some(_) | None => steps.push((place, measured)),
        }
    }
    steps
        .into_iter()
        .map(|(place, together)| Point {
            at: (place * step + step / 2).clamp(from, to),
            count: together.count,
            average_ms: together.average_ms(),
            least_ms: together.least_ms,
            most_ms: together.most_ms,
        })
        .collect()
}

/// How a monitor stood between `from` and `to`. `turns` are its changes since `from`, the oldest first, `now` is its status at
/// `to`, and there was no monitor before `added_at`.
#[must_use]
pub fn stretches(from: i64, to: i64, added_at: i64, turns: &[Turn], now: Status) -> Vec<Stretch> {
    let mut begin = from.max(added_at);
    let mut status = turns.first().map_or(now, |turn| turn.from);
    let mut found: Vec<Stretch> = Vec::new();
    let mut add = |from: i64, to: i64, status| {
        if from < to {
            match found.last_mut() {
                Some(last) if last.status == status => last.to = to,
                Some(_) | None => found.push(Stretch { from, to, status }),
            }
        }
    };
    for turn in turns {
        // A source's clock may lag behind the change before it.
        let at = turn.at.clamp(begin, to.max(begin));
        add(begin, at, status);
        (begin, status) = (at, turn.to);
    }
    add(begin, to, status);
    found
}

/// How long a monitor was there for those who use it. MAINTENANCE and SUSPENDED do not count, nor does what says nothing of the
/// target: DISCOVERY and CONFIGURATION ERROR. TROUBLE counts as available, for it answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Availability {
    pub up_ms: i64,
    pub trouble_ms: i64,
    pub down_ms: i64,
}

impl Availability {
    #[must_use]
    pub fn of(stretches: &[Stretch]) -> Self {
        let mut sum = Self::default();
        for Stretch { from, to, status } in stretches {
            match status {
                Status::Up => sum.up_ms += to - from,
                Status::Trouble => sum.trouble_ms += to - from,
                Status::Down => sum.down_ms += to - from,
                Status::ConfigurationError | Status::Maintenance | Status::Discovery | Status::Suspended => {}
            }
        }
        sum
    }

    /// In hundredths of a percent, rounded down, so that 100 % means not a millisecond of DOWN; `None` where nothing counts.
    #[must_use]
    pub fn basis_points(self) -> Option<u32> {
        let available = self.up_ms + self.trouble_ms;
        let measured = available + self.down_ms;
        (measured > 0).then(|| u32::try_from(i128::from(available) * 10_000 / i128::from(measured)).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_000 * DAY_MS + 7 * MINUTE_MS + 11;

    fn stretch(from: i64, to: i64, status: Status) -> Stretch {
        Stretch { from, to, status }
    }

    #[test]
    fn g7_a_point_is_what_was_measured_in_its_step_and_there_is_none_where_nothing_was() {
        let minute = NOW - 20 * MINUTE_MS;
        let measured = [
            Measured::one(minute + 100, 40),
            Measured::one(minute, 20),
            Measured::one(NOW - 5 * MINUTE_MS, 7),
            Measured::one(NOW - 61 * MINUTE_MS, 999),
        ];
        let points = points(Range::Hour, NOW, &measured);
        let said: Vec<_> = points.iter().map(|p| (p.count, p.average_ms, p.least_ms, p.most_ms)).collect();
        assert_eq!(said, [(2, 30, 20, 40), (1, 7, 7, 7)]);
        assert!((points[0].at - minute).abs() <= MINUTE_MS && points[0].at < points[1].at);
    }

    #[test]
    fn g7_hours_and_single_measurements_go_together_by_their_weight() {
        let hour = NOW.div_euclid(4 * HOUR_MS) * 4 * HOUR_MS - 4 * HOUR_MS;
        let kept = Measured { at: hour, count: 9, sum_ms: 90, least_ms: 5, most_ms: 50 };
        let points = points(Range::Month, NOW, &[kept, Measured::one(hour + HOUR_MS, 20)]);
        assert_eq!(points.len(), 1);
        assert_eq!((points[0].count, points[0].average_ms, points[0].least_ms, points[0].most_ms), (10, 11, 5, 50));
    }

    #[test]
    fn g7_the_stretches_are_whole_from_the_begin_to_now() {
        let (up, down) = (Status::Up, Status::Down);
        assert_eq!(stretches(100, 200, 0, &[], up), [stretch(100, 200, up)]);
        assert_eq!(stretches(100, 200, 150, &[], up), [stretch(150, 200, up)]);
        let turns = [Turn { at: 120, from: up, to: down }, Turn { at: 130, from: down, to: up }];
        assert_eq!(stretches(100, 200, 0, &turns, up), [stretch(100, 120, up), stretch(120, 130, down), stretch(130, 200, up)]);
        let late = [Turn { at: 90, from: Status::Discovery, to: up }, Turn { at: 300, from: up, to: down }];
        assert_eq!(stretches(100, 200, 0, &late, down), [stretch(100, 200, up)]);
    }

    #[test]
    fn g7_availability_leaves_out_what_says_nothing_of_the_target() {
        let of = |stretches: &[Stretch]| Availability::of(stretches).basis_points();
        let day = [
            stretch(0, 8_000, Status::Up),
            stretch(8_000, 9_000, Status::Trouble),
            stretch(9_000, 10_000, Status::Down),
            stretch(10_000, 90_000, Status::Maintenance),
            stretch(90_000, 99_000, Status::Suspended),
        ];
        assert_eq!(of(&day), Some(9_000));
        assert_eq!(of(&day[3..]), None);
        assert_eq!(of(&[stretch(0, DAY_MS * 30, Status::Up), stretch(DAY_MS * 30, DAY_MS * 30 + 1, Status::Down)]), Some(9_999));
        assert_eq!(of(&[stretch(0, 1, Status::Up)]), Some(10_000));
    }
}
