//! When a DOWN is a new one.

/// A time goes over the wire in whole seconds before the frame that brings it, so that the same one may come a second later again:
/// milliseconds.
const GRAIN: i64 = 1_000;

/// Knows the newest DOWN that was seen.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Alarm {
    newest: Option<i64>,
}

impl Alarm {
    /// `down` is since when the newest of some tiles is DOWN, UTC milliseconds. What was so from the first is not new.
    pub(super) fn is_new(&mut self, down: Option<i64>) -> bool {
        let down = down.unwrap_or(i64::MIN);
        let before = self.newest.replace(self.newest.map_or(down, |newest| newest.max(down)));
        before.is_some_and(|newest| down > newest.saturating_add(GRAIN))
    }

    /// `now` is the server's time, UTC milliseconds: where its clock was set back, what was seen in its future makes nothing old.
    pub(super) fn end_at(&mut self, now: i64) {
        self.newest = self.newest.map(|newest| newest.min(now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f3_only_a_new_down_is_called_out() {
        let mut alarm = Alarm::default();
        assert!(!alarm.is_new(Some(50_000)), "it was so from the first");
        assert!(!alarm.is_new(None));
        assert!(!alarm.is_new(Some(50_900)), "the same, with another reason");
        assert!(alarm.is_new(Some(60_000)));
        assert!(!alarm.is_new(Some(60_000)));
        assert!(!alarm.is_new(Some(40_000)));
        let mut quiet = Alarm::default();
        assert!(!quiet.is_new(None));
        assert!(quiet.is_new(Some(5)), "the first of all");
    }

    #[test]
    fn f3_a_clock_that_is_set_back_silences_nothing() {
        let mut alarm = Alarm::default();
        alarm.end_at(8_000_000);
        assert!(!alarm.is_new(None));
        assert!(alarm.is_new(Some(9_000_000)));
        alarm.end_at(9_000_500);
        assert!(!alarm.is_new(Some(9_000_900)), "the same a moment later");
        alarm.end_at(5_400_000);
        assert!(alarm.is_new(Some(5_500_000)));
    }
}
