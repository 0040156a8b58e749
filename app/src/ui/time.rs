//! Times. The server and the first frame in the browser say UTC; then the browser says it in its own zone and language. What time it is
//! the server says: a machine whose clock is wrong makes nothing look newer or older than it is.

use leptos::prelude::*;

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// `at`, UTC milliseconds, as `2026-11-22 09:12 UTC`.
#[must_use]
pub fn utc(at: i64) -> String {
    let (year, month, day) = civil(at.div_euclid(DAY));
    let minutes = at.rem_euclid(DAY) / MINUTE;
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02} UTC", minutes / 60, minutes % 60)
}

/// `at`, UTC milliseconds, as HTML's `datetime` wants it: `2026-11-22T09:12:03Z`.
#[must_use]
pub fn iso(at: i64) -> String {
    let (year, month, day) = civil(at.div_euclid(DAY));
    let seconds = at.rem_euclid(DAY) / SECOND;
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// Year, month and day of the proleptic Gregorian calendar, from days since 1970-01-01 (Howard Hinnant's `civil_from_days`).
const fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

/// A stretch of milliseconds in its largest unit: `40 s`, `4 min`, `2 h`, `3 days`. Less than nothing is `0 s`.
#[must_use]
pub fn span(ms: i64) -> String {
    let ms = ms.max(0);
    match ms {
        0..MINUTE => format!("{} s", ms / SECOND),
        MINUTE..HOUR => format!("{} min", ms / MINUTE),
        HOUR..DAY => format!("{} h", ms / HOUR),
        _ if ms < 2 * DAY => "1 day".into(),
        _ => format!("{} days", ms / DAY),
    }
}

/// How long ago `at` was at `now`. What is ahead of it, because a document takes its time to come, is `just now`.
#[cfg_attr(not(any(feature = "hydrate", test)), expect(dead_code, reason = "only the browser knows what time it is there"))]
fn ago(at: i64, now: i64) -> String {
    if now - at < MINUTE { "just now".into() } else { format!("{} ago", span(now - at)) }
}

/// How far ahead `at` is at `now`. What is past, or so near that it makes no difference, is `now`.
#[cfg_attr(not(any(feature = "hydrate", test)), expect(dead_code, reason = "only the browser knows what time it is there"))]
fn ahead(at: i64, now: i64) -> String {
    if at - now < SECOND { "now".into() } else { format!("in {}", span(at - now)) }
}

/// A date and time: UTC at first, then as the browser's own zone and language write it; pointing at it shows UTC.
#[component]
pub fn When(at: i64) -> impl IntoView {
    let text = RwSignal::new(utc(at));
    #[cfg(feature = "hydrate")]
    Effect::new(move || {
        if let Some(local) = browser::local(at) {
            text.set(local);
        }
    });
    view! { <time class="num" datetime=iso(at) title=utc(at)>{text}</time> }
}

/// How long ago: UTC at first, then `4 min ago`, which keeps moving; pointing at it shows UTC.
#[component]
pub fn Ago(at: i64) -> impl IntoView {
    let text = RwSignal::new(utc(at));
    #[cfg(feature = "hydrate")]
    {
        let now = browser::now();
        Effect::new(move || {
            let words = ago(at, now.get());
            if text.with_untracked(|shown| *shown != words) {
                text.set(words);
            }
        });
    }
    view! { <time class="num" datetime=iso(at) title=utc(at)>{text}</time> }
}

/// From here on the page goes by the server's clock: `at` is its time now, UTC milliseconds.
#[cfg(feature = "hydrate")]
pub(crate) fn go_by(at: i64) {
    browser::go_by(at);
}

/// The same where `at` is when the server began with the document.
#[cfg(feature = "hydrate")]
pub(crate) fn go_by_document(at: i64) {
    browser::go_by(at + browser::since_asked());
}

/// What a tick of an axis tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TickUnit {
    /// `14:30`.
    Minute,
    /// `23 Nov`.
    Day,
}

/// A tick of an axis: in UTC at first, then in the browser's zone.
#[component]
pub fn Tick(at: i64, unit: TickUnit) -> impl IntoView {
    let text = RwSignal::new(tick(at, unit));
    #[cfg(feature = "hydrate")]
    Effect::new(move || text.set(tick(at + browser::offset(at), unit)));
    view! { <time datetime=iso(at)>{text}</time> }
}

fn tick(at: i64, unit: TickUnit) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    match unit {
        TickUnit::Minute => {
            let minutes = at.rem_euclid(DAY) / MINUTE;
            format!("{:02}:{:02}", minutes / 60, minutes % 60)
        }
        TickUnit::Day => {
            let (_, month, day) = civil(at.div_euclid(DAY));
            let month = usize::try_from(month - 1).ok().and_then(|month| MONTHS.get(month)).copied().unwrap_or_default();
            format!("{day} {month}")
        }
    }
}

/// How far ahead: UTC at first, then `in 4 min`, which keeps moving; pointing at it shows UTC.
#[component]
pub fn Ahead(at: i64) -> impl IntoView {
    let text = RwSignal::new(utc(at));
    #[cfg(feature = "hydrate")]
    {
        let now = browser::now();
        Effect::new(move || {
            let words = ahead(at, now.get());
            if text.with_untracked(|shown| *shown != words) {
                text.set(words);
            }
        });
    }
    view! { <time class="num" datetime=iso(at) title=utc(at)>{text}</time> }
}

#[cfg(feature = "hydrate")]
mod browser {
    use gloo_timers::callback::Interval;
    use js_sys::{Array, Date, Intl::DateTimeFormat, Object, Reflect};
    use leptos::prelude::*;
    use std::cell::{Cell, OnceCell};
    use wasm_bindgen::JsValue;

    /// How often [`now`] moves, in milliseconds: the smallest unit that is said is the minute.
    const TICK: u32 = 10_000;

    thread_local! {
        static NOW: OnceCell<ArcRwSignal<i64>> = const { OnceCell::new() };
        /// By how much the server's clock is ahead of this machine's, in milliseconds.
        static AHEAD: Cell<i64> = const { Cell::new(0) };
        static FORMAT: OnceCell<DateTimeFormat> = const { OnceCell::new() };
    }

    /// The server's time in UTC milliseconds. One timer serves the whole page, and begins with the first who asks.
    pub(super) fn now() -> ArcRwSignal<i64> {
        NOW.with(|cell| {
            let now = cell.get_or_init(|| {
                let now = ArcRwSignal::new(clock());
                let ticking = now.clone();
                Interval::new(TICK, move || ticking.set(clock())).forget();
                now
            });
            // A component that comes later than the last tick starts with the time that it is.
            if now.with_untracked(|last| (clock() - last).abs() > 1000) {
                now.set(clock());
            }
            now.clone()
        })
    }

    fn clock() -> i64 {
        machine() + AHEAD.get()
    }

    pub(super) fn go_by(at: i64) {
        AHEAD.set(at - machine());
    }

    /// How long ago the document was asked for, in milliseconds: a bit longer ago than the server began with it, so that nothing looks
    /// newer than it is. 0 where the browser does not say.
    #[expect(clippy::cast_possible_truncation, reason = "a page is not open for as long as that")]
    pub(super) fn since_asked() -> i64 {
        let Some(performance) = window().performance() else { return 0 };
        let asked = performance.get_entries_by_type("navigation").get(0);
        let asked = Reflect::get(&asked, &"requestStart".into()).ok().and_then(|at| at.as_f64());
        asked.map_or(0, |asked| (performance.now() - asked) as i64)
    }

    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 are whole and far below 2^53")]
    fn machine() -> i64 {
        Date::now() as i64
    }

    /// What is to be added to UTC for the browser's zone at `at`, in milliseconds.
    #[expect(clippy::cast_possible_truncation, reason = "minutes, whole and few")]
    pub(super) fn offset(at: i64) -> i64 {
        -(Date::new(&JsValue::from_f64(at as f64)).get_timezone_offset() as i64) * super::MINUTE
    }

    /// In the browser's zone and language; `None` where it cannot say.
    pub(super) fn local(at: i64) -> Option<String> {
        let date = Date::new(&JsValue::from_f64(at as f64));
        FORMAT.with(|cell| {
            let format = cell.get_or_init(|| {
                let options = Object::new();
                for (key, value) in [("dateStyle", "medium"), ("timeStyle", "short")] {
                    let _ = Reflect::set(&options, &key.into(), &value.into());
                }
                DateTimeFormat::new(&Array::new(), &options)
            });
            format.format().call1(&JsValue::UNDEFINED, &date).ok()?.as_string()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_reads_as_utc() {
        assert_eq!(utc(0), "1970-01-01 00:00 UTC");
        assert_eq!(utc(-1), "1969-12-31 23:59 UTC");
        assert_eq!(utc(951_782_400_000), "2000-02-29 00:00 UTC");
        assert_eq!(utc(951_868_800_000), "2000-03-01 00:00 UTC");
        assert_eq!(utc(1_795_338_720_000), "2026-11-22 09:12 UTC");
        assert_eq!(utc(4_107_542_399_999), "2100-02-28 23:59 UTC");
        assert_eq!(utc(4_107_542_400_000), "2100-03-01 00:00 UTC");
        assert_eq!(iso(1_795_338_723_456), "2026-11-22T09:12:03Z");
    }

    #[test]
    fn g7_a_tick_says_no_more_than_its_unit() {
        assert_eq!(tick(1_795_338_720_000, TickUnit::Minute), "09:12");
        assert_eq!(tick(1_795_338_720_000, TickUnit::Day), "22 Nov");
    }

    #[test]
    fn every_day_of_four_centuries_follows_the_one_before() {
        let mut before = civil(-1);
        for days in 0..146_097 {
            let day = civil(days);
            let next_day = (day.0, day.1) == (before.0, before.1) && day.2 == before.2 + 1;
            let next_month = day.2 == 1 && before.2 >= 28 && (day.0 * 12 + day.1) == (before.0 * 12 + before.1 + 1);
            assert!(next_day || next_month, "{before:?} then {day:?}");
            before = day;
        }
        assert_eq!(civil(146_097), (2370, 1, 1));
    }

    #[test]
    fn e2_how_long_ago_is_said_in_the_largest_unit() {
        assert_eq!(ago(0, 59 * SECOND), "just now");
        assert_eq!(ago(60 * SECOND, 0), "just now");
        assert_eq!(ago(0, 2 * MINUTE + 59 * SECOND), "2 min ago");
        assert_eq!(ago(0, 23 * HOUR), "23 h ago");
        assert_eq!(ago(0, 47 * HOUR), "1 day ago");
        assert_eq!(ago(0, 3 * DAY), "3 days ago");
        assert_eq!(ahead(2 * HOUR, 0), "in 2 h");
        assert_eq!(ahead(0, MINUTE), "now");
        assert_eq!(span(40 * SECOND), "40 s");
        assert_eq!(span(-5), "0 s");
    }
}
