//! The words of a reason that more than one kind of check, or the simulation, needs.

/// The longest reason, in characters.
const LENGTH_MOST: usize = 200;

/// `850 ms`, `2 s`, `4.2 s`.
pub(crate) fn seconds(ms: u64) -> String {
    let tenths = ms.saturating_add(50) / 100;
    match (ms, tenths % 10) {
        (0..1000, _) => format!("{ms} ms"),
        (_, 0) => format!("{} s", tenths / 10),
        (_, tenth) => format!("{}.{tenth} s", tenths / 10),
    }
}

/// `4.2 s, limit 2 s`; in milliseconds where rounding would make the two the same.
pub(crate) fn slow(took_ms: u32, limit_ms: u32) -> String {
    let (took, limit) = (seconds(took_ms.into()), seconds(limit_ms.into()));
    if took == limit { format!("{took_ms} ms, limit {limit_ms} ms") } else { format!("{took}, limit {limit}") }
}

const DAY_S: i64 = 86_400;

/// Whole days of a span in seconds, the rest dropped.
pub(crate) fn whole_days(span_s: i64) -> i64 {
    span_s.max(0) / DAY_S
}

/// `Certificate expired 3 days ago`; less than a day is today.
pub(crate) fn expired(ago_s: i64) -> String {
    match whole_days(ago_s) {
        0 => "Certificate expired today".into(),
        1 => "Certificate expired 1 day ago".into(),
        days => format!("Certificate expired {days} days ago"),
    }
}

/// `Certificate expires in 5 days`; less than a day is today.
pub(crate) fn expires(left_s: i64) -> String {
    match whole_days(left_s) {
        0 => "Certificate expires today".into(),
        1 => "Certificate expires in 1 day".into(),
        days => format!("Certificate expires in {days} days"),
    }
}

/// `Certificate is not valid yet, only in 3 days`; less than a day is later today.
pub(crate) fn not_yet_valid(left_s: i64) -> String {
    match whole_days(left_s) {
        0 => "Certificate is not valid yet, only later today".into(),
        1 => "Certificate is not valid yet, only in 1 day".into(),
        days => format!("Certificate is not valid yet, only in {days} days"),
    }
}

/// What a peer sent is not trusted to be printable: controls and marks that turn the direction of writing become spaces, and
/// what is too long is cut.
pub(crate) fn clean(text: &str) -> String {
    cut(text, LENGTH_MOST)
}

/// [`clean`], for a part of a reason.
pub(crate) fn cut(text: &str, most: usize) -> String {
    let mut kept: String = text.chars().take(most).map(|c| if is_hostile(c) { ' ' } else { c }).collect();
    if text.chars().nth(most).is_some() {
        kept.pop();
        kept.push('…');
    }
    kept
}

fn is_hostile(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = DAY_S;

    #[test]
    fn g1_times_read_as_a_person_would_say_them() {
        let said = [0, 850, 999, 1000, 1949, 1950, 2000, 4180, 60_000].map(seconds);
        assert_eq!(said, ["0 ms", "850 ms", "999 ms", "1 s", "1.9 s", "2 s", "2 s", "4.2 s", "60 s"]);
        assert_eq!(slow(4180, 2000), "4.2 s, limit 2 s");
        assert_eq!(slow(2040, 2000), "2040 ms, limit 2000 ms");
    }

    #[test]
    fn g1_a_certificate_ends_today_in_one_day_or_in_whole_days() {
        assert_eq!(expires(0), "Certificate expires today");
        assert_eq!(expires(DAY - 1), "Certificate expires today");
        assert_eq!(expires(DAY), "Certificate expires in 1 day");
        assert_eq!(expires(2 * DAY - 1), "Certificate expires in 1 day");
        assert_eq!(expires(6 * DAY - 1), "Certificate expires in 5 days");
        assert_eq!(expired(1), "Certificate expired today");
        assert_eq!(expired(DAY), "Certificate expired 1 day ago");
        assert_eq!(expired(4 * DAY - 1), "Certificate expired 3 days ago");
    }

    #[test]
    fn g1_a_reason_is_short_and_printable() {
        assert_eq!(clean("a\r\nb\u{1b}[31m\u{202e}c"), "a  b [31m c");
        let long = clean(&"ä".repeat(500));
        assert_eq!(long.chars().count(), LENGTH_MOST);
        assert!(long.ends_with('…'));
    }
}
