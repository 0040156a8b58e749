//! A monitor's figures in words.

use model::monitors::{Evidence, Profile};

use crate::ui::grouped;

pub(crate) fn counted(n: u32, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{} {one}s", grouped(n)) }
}

/// "33 monitors", "1 monitor".
#[must_use]
pub fn monitors(n: u32) -> String {
    counted(n, "monitor")
}

/// "3 notes", "1 note".
#[must_use]
pub fn notes(n: u32) -> String {
    counted(n, "note")
}

/// An interval in its largest whole unit: "90 seconds", "5 minutes", "1 hour", "7 days".
#[must_use]
pub fn interval(seconds: u32) -> String {
    if seconds > 0 && seconds.is_multiple_of(86_400) {
        counted(seconds / 86_400, "day")
    } else if seconds > 0 && seconds.is_multiple_of(3600) {
        counted(seconds / 3600, "hour")
    } else if seconds > 0 && seconds.is_multiple_of(60) {
        counted(seconds / 60, "minute")
    } else {
        counted(seconds, "second")
    }
}

/// How long something lasted, to two units: "45 s", "4 min", "2 h 5 min", "3 d 4 h".
#[must_use]
pub fn lasted(ms: i64) -> String {
    let seconds = ms.max(0) / 1000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let two = |large: i64, unit: &str, small: i64, part: &str| {
        if small == 0 { format!("{large} {unit}") } else { format!("{large} {unit} {small} {part}") }
    };
    if minutes == 0 {
        format!("{seconds} s")
    } else if hours == 0 {
        format!("{minutes} min")
    } else if days == 0 {
        two(hours, "h", minutes % 60, "min")
    } else {
        two(days, "d", hours % 24, "h")
    }
}

/// What stood behind a transition (DOMAIN G10): who said what, and how often.
#[must_use]
pub fn evidence(evidence: &Evidence) -> String {
    let source = capital(evidence.source.label());
    let said = evidence.said.label();
    let took = evidence.latency_ms.map(|ms| format!(" after {} ms", grouped(ms))).unwrap_or_default();
    match evidence.attempts {
        0 | 1 => format!("{source} said {said}{took}."),
        n => format!("{source} said {said}{took}, {} times in a row.", grouped(n)),
    }
}

/// With a capital first letter.
#[must_use]
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// What a simulated monitor does.
#[must_use]
pub const fn profile(profile: Profile) -> &'static str {
    match profile {
        Profile::Steady => "Steady: nearly always Up",
        Profile::Flaky => "Flaky: Up, with short outages",
        Profile::Slow => "Slow: Trouble most of the time",
        Profile::Broken => "Broken: Down most of the time",
        Profile::Misconfigured => "Misconfigured: Config error",
        Profile::Maintained => "Maintained: Maintenance",
        Profile::Silent => "Silent: stays in Discovery",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Status, monitors::Source};

    #[test]
    fn an_interval_is_said_in_its_largest_whole_unit() {
        let said = [1, 10, 60, 90, 300, 3600, 7200, 604_800].map(interval);
        assert_eq!(said, ["1 second", "10 seconds", "1 minute", "90 seconds", "5 minutes", "1 hour", "2 hours", "7 days"]);
    }

    #[test]
    fn a_length_is_said_in_two_units_at_most() {
        let said = [-5, 45_999, 240_000, 3_600_000, 7_500_000, 273_600_000].map(lasted);
        assert_eq!(said, ["0 s", "45 s", "4 min", "1 h", "2 h 5 min", "3 d 4 h"]);
    }

    #[test]
    fn g10_evidence_reads_as_a_sentence() {
        let of = |attempts, latency_ms| {
            evidence(&Evidence { source: Source::BuiltIn, said: Status::Down, latency_ms, attempts, rule: String::new() })
        };
        assert_eq!(of(3, Some(10_012)), "Built-in check said Down after 10,012 ms, 3 times in a row.");
        assert_eq!(of(1, None), "Built-in check said Down.");
    }
}
