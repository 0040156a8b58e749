//! Simulated monitors: outcomes that look like those of real checks, made from the monitor's number and the time alone, so
//! that every process and every run makes the same. Statuses last minutes to hours and keep their reason, as real ones do.

use model::{
    Status,
    monitors::{Outcome, Profile},
};

use crate::reason;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// What a monitor of this profile shows at `now_ms` (UTC); `None` where it never shows anything.
#[must_use]
pub fn outcome(profile: Profile, monitor: u128, now_ms: i64) -> Option<Outcome> {
    match profile {
        Profile::Steady => Some(steady(monitor, now_ms)),
        Profile::Flaky => Some(flaky(monitor, now_ms)),
        Profile::Slow => Some(slow(monitor, now_ms)),
        Profile::Broken => Some(broken(monitor, now_ms)),
        Profile::Misconfigured => Some(misconfigured(monitor)),
        Profile::Maintained => Some(maintained(monitor, now_ms)),
        Profile::Silent => None,
    }
}

/// The `n`th outcome of a monitor that serves as load: nine times in ten another status than the one before, in turns UP and
/// DOWN or TROUBLE.
#[must_use]
pub fn churn(monitor: u128, n: u64) -> Outcome {
    let mut dice = Dice::of(monitor, n, Salt::Churn);
    let turn = Dice::of(monitor, 0, Salt::Churn).below(2);
    let well = n.wrapping_add(turn.into()).is_multiple_of(2) != dice.chance(5);
    if well {
        up(dice.between(5, 400))
    } else if dice.chance(60) {
        down(&mut dice, &place(monitor))
    } else {
        trouble(&mut dice)
    }
}

/// One fault of some minutes in one period of twenty-five.
fn steady(monitor: u128, now_ms: i64) -> Outcome {
    let period = Period::of(monitor, now_ms, 6 * HOUR_MS);
    let mut dice = Dice::of(monitor, period.number, Salt::Fault);
    let fault = dice.chance(4).then(|| dice.stretch(6 * 60, 2, 6));
    if fault.is_some_and(|fault| fault.holds(period.minute)) {
        return down_or_trouble(&mut dice, monitor);
    }
    up(usual_latency(monitor, now_ms))
}

/// One fault of some minutes in two of three half hours.
fn flaky(monitor: u128, now_ms: i64) -> Outcome {
    let period = Period::of(monitor, now_ms, HOUR_MS / 2);
    let mut dice = Dice::of(monitor, period.number, Salt::Fault);
    let fault = dice.chance(66).then(|| dice.stretch(30, 2, 9));
    if fault.is_some_and(|fault| fault.holds(period.minute)) {
        return down_or_trouble(&mut dice, monitor);
    }
    up(usual_latency(monitor, now_ms))
}

/// TROUBLE; in four hours of ten it is quick enough for some minutes.
fn slow(monitor: u128, now_ms: i64) -> Outcome {
    let period = Period::of(monitor, now_ms, HOUR_MS);
    let mut dice = Dice::of(monitor, period.number, Salt::Fault);
    let relief = dice.chance(40).then(|| dice.stretch(60, 4, 12));
    if relief.is_some_and(|relief| relief.holds(period.minute)) {
        return up(1200 + moment(monitor, now_ms).below(700));
    }
    too_slow(&mut dice)
}

/// DOWN; it comes back for some minutes in three periods of ten, and the next outage may have another reason.
fn broken(monitor: u128, now_ms: i64) -> Outcome {
    let period = Period::of(monitor, now_ms, 6 * HOUR_MS);
    let mut dice = Dice::of(monitor, period.number, Salt::Fault);
    let back_for = if dice.chance(30) { dice.between(4, 12) } else { 0 };
    if period.minute < back_for {
        return up(usual_latency(monitor, now_ms));
    }
    down(&mut dice, &place(monitor))
}

/// The same at all times: nobody has repaired it.
fn misconfigured(monitor: u128) -> Outcome {
    let mut dice = Dice::of(monitor, 0, Salt::Place);
    let reason = match dice.below(4) {
        0 => "127.0.0.1 (loopback) is not an allowed target; see --allow-target".into(),
        1 => format!("169.254.{}.{} (link-local) is not an allowed target; see --allow-target", dice.below(256), dice.below(256)),
        2 => "The address is not a valid HTTP or HTTPS URL".into(),
        _ => format!("srv_{:02}..example is not a host name", dice.below(100)),
    };
    Outcome { status: Status::ConfigurationError, reason, latency_ms: None }
}

fn maintained(monitor: u128, now_ms: i64) -> Outcome {
    const WORKS: [&str; 6] =
        ["firmware update", "operating system patches", "move to new storage", "database upgrade", "power works", "new firewall"];
    let period = Period::of(monitor, now_ms, 24 * HOUR_MS);
    let work = Dice::of(monitor, period.number, Salt::Fault).pick(&WORKS);
    Outcome { status: Status::Maintenance, reason: format!("Planned maintenance: {work}"), latency_ms: None }
}

fn up(latency_ms: u32) -> Outcome {
    Outcome { status: Status::Up, reason: String::new(), latency_ms: Some(latency_ms) }
}

fn down_or_trouble(dice: &mut Dice, monitor: u128) -> Outcome {
    if dice.chance(60) { down(dice, &place(monitor)) } else { trouble(dice) }
}

fn trouble(dice: &mut Dice) -> Outcome {
    if dice.chance(85) {
        return too_slow(dice);
    }
    let reason = reason::expires(i64::from(dice.below(14)) * 86_400);
    Outcome { status: Status::Trouble, reason, latency_ms: Some(dice.between(20, 120)) }
}

fn too_slow(dice: &mut Dice) -> Outcome {
    let limit_ms = dice.pick(&[1000, 2000, 3000]);
    let took_ms = limit_ms + dice.between(200, 4500);
    Outcome { status: Status::Trouble, reason: reason::slow(took_ms, limit_ms), latency_ms: Some(took_ms) }
}

fn down(dice: &mut Dice, place: &Place) -> Outcome {
    let Place { address, host } = place;
    let unanswered = |reason| Outcome { status: Status::Down, reason, latency_ms: None };
    let answered =
        |reason: &str, latency_ms| Outcome { status: Status::Down, reason: reason.into(), latency_ms: Some(latency_ms) };
    match dice.below(10) {
        0 | 1 => unanswered(format!("No answer from {address} in 10 s")),
        2 | 3 => unanswered(format!("Connection refused by {address}")),
        4 => answered("HTTP 503 Service Unavailable", dice.between(15, 300)),
        5 => answered("HTTP 502 Bad Gateway", dice.between(15, 300)),
        6 => answered("HTTP 500 Internal Server Error", dice.between(40, 900)),
        7 => unanswered(format!("{address} closed the connection before answering")),
        8 => unanswered(format!("Host name {host} does not exist")),
        _ => answered(&reason::expired(i64::from(dice.below(9)) * 86_400), dice.between(20, 120)),
    }
}

/// What a simulated monitor would look at; the same for all its reasons.
struct Place {
    address: String,
    host: String,
}

fn place(monitor: u128) -> Place {
    const PORTS: [u16; 6] = [443, 443, 443, 80, 8443, 22];
    const ROLES: [&str; 8] = ["web", "shop", "mail", "vpn", "db", "files", "erp", "portal"];
    let mut dice = Dice::of(monitor, 0, Salt::Place);
    let (a, b, c) = (dice.below(256), dice.below(256), dice.between(1, 254));
    let address = format!("10.{a}.{b}.{c}:{}", dice.pick(&PORTS));
    Place { address, host: format!("{}{}.example", dice.pick(&ROLES), dice.between(1, 9)) }
}

/// Changes a little from look to look, around what is usual for the monitor.
fn usual_latency(monitor: u128, now_ms: i64) -> u32 {
    let usual = Dice::of(monitor, 0, Salt::Latency).between(8, 320);
    usual + moment(monitor, now_ms).below(usual / 4 + 4)
}

fn moment(monitor: u128, now_ms: i64) -> Dice {
    Dice::of(monitor, now_ms.div_euclid(10_000).cast_unsigned(), Salt::Latency)
}

/// The stretch of time in which a monitor's fate is decided once. Each monitor's begin at another moment, so that they do not
/// all change at the full hour.
struct Period {
    number: u64,
    /// Minutes since it began.
    minute: u32,
}

impl Period {
    fn of(monitor: u128, now_ms: i64, length_ms: i64) -> Self {
        let offset = i64::from(Dice::of(monitor, 0, Salt::Offset).below(u32::MAX)) % length_ms;
        let shifted = now_ms.saturating_add(offset);
        let minute = shifted.rem_euclid(length_ms) / MINUTE_MS;
        Self { number: shifted.div_euclid(length_ms).cast_unsigned(), minute: u32::try_from(minute).unwrap_or(u32::MAX) }
    }
}

/// Minutes of a period, the last not included.
struct Stretch {
    from: u32,
    to: u32,
}

impl Stretch {
    fn holds(&self, minute: u32) -> bool {
        (self.from..self.to).contains(&minute)
    }
}

/// What a throw is for: the same monitor and time give something else for each.
#[derive(Clone, Copy)]
enum Salt {
    Offset = 1,
    Fault,
    Place,
    Latency,
    Churn,
}

/// SplitMix64 (Steele, Lea, Flood 2014): small, even, and the same in every version of every library.
struct Dice(u64);

impl Dice {
    fn of(monitor: u128, number: u64, salt: Salt) -> Self {
        let mut dice = Self(salt as u64);
        for part in [(monitor >> 64) as u64, monitor as u64, number] {
            dice.0 = dice.next() ^ part;
        }
        dice
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 0 to `limit`, the limit not included.
    fn below(&mut self, limit: u32) -> u32 {
        (((self.next() >> 32) * u64::from(limit)) >> 32) as u32
    }

    fn between(&mut self, from: u32, to: u32) -> u32 {
        from + self.below(to - from + 1)
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Copy, const N: usize>(&mut self, among: &[T; N]) -> T {
        among[self.below(N as u32) as usize]
    }

    /// `from` to `to` minutes somewhere in a period of `period` minutes.
    fn stretch(&mut self, period: u32, from: u32, to: u32) -> Stretch {
        let length = self.between(from, to);
        let begin = self.below(period - length);
        Stretch { from: begin, to: begin + length }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    const START_MS: i64 = 1_790_000_000_000;
    const DAY_MIN: i64 = 24 * 60;

    /// Minute by minute, for one day of each of a hundred monitors.
    fn days(profile: Profile) -> Vec<Vec<Outcome>> {
        let at = |monitor, minute| outcome(profile, monitor, START_MS + minute * MINUTE_MS).unwrap();
        (0..100).map(|monitor| (0..DAY_MIN).map(|minute| at(monitor << 64 | 7, minute)).collect()).collect()
    }

    fn percent_of(days: &[Vec<Outcome>], status: Status) -> f64 {
        let all = days.iter().flatten();
        100.0 * all.clone().filter(|o| o.status == status).count() as f64 / all.count() as f64
    }

    #[test]
    fn g1_each_profile_is_what_its_name_says() {
        assert!(percent_of(&days(Profile::Steady), Status::Up) > 99.0);
        let flaky = days(Profile::Flaky);
        assert!((80.0..95.0).contains(&percent_of(&flaky, Status::Up)));
        assert!(percent_of(&flaky, Status::Down) > 4.0 && percent_of(&flaky, Status::Trouble) > 2.0);
        let slow = days(Profile::Slow);
        assert!(percent_of(&slow, Status::Trouble) > 90.0 && percent_of(&slow, Status::Up) > 1.0);
        let broken = days(Profile::Broken);
        assert!(percent_of(&broken, Status::Down) > 95.0 && percent_of(&broken, Status::Up) > 0.2);
        assert!((percent_of(&days(Profile::Misconfigured), Status::ConfigurationError) - 100.0).abs() < 1e-9);
        assert!((percent_of(&days(Profile::Maintained), Status::Maintenance) - 100.0).abs() < 1e-9);
        assert_eq!(outcome(Profile::Silent, 1, START_MS), None);
    }

    #[test]
    fn g1_a_simulated_fault_lasts_minutes_and_keeps_its_reason() {
        for day in days(Profile::Flaky) {
            let mut faults = Vec::new();
            for pair in day.windows(2) {
                match (pair[0].status.is_outage(), pair[1].status.is_outage()) {
                    (false, true) => faults.push(1),
                    (true, true) => {
                        if let Some(minutes) = faults.last_mut() {
                            *minutes += 1;
                        }
                    }
                    (_, false) => {}
                }
            }
            assert!(faults.iter().all(|minutes| *minutes <= 18), "{faults:?}");
        }
        let reasons = |day: &[Outcome]| day.iter().map(|o| o.reason.clone()).collect::<BTreeSet<_>>().len();
        assert!(days(Profile::Broken).iter().all(|day| reasons(day) <= 6));
    }

    #[test]
    fn g1_reasons_are_varied_and_stand_only_where_something_is_wrong() {
        let mut down = BTreeMap::new();
        for profile in [Profile::Steady, Profile::Flaky, Profile::Slow, Profile::Broken] {
            for outcome in days(profile).into_iter().flatten() {
                assert_eq!(outcome.status == Status::Up, outcome.reason.is_empty());
                assert_eq!(reason::clean(&outcome.reason), outcome.reason);
                if outcome.status == Status::Down {
                    *down.entry(outcome.reason).or_insert(0) += 1;
                }
            }
        }
        for words in ["No answer from 10.", "Connection refused by 10.", "HTTP 503", "expired", "does not exist"] {
            assert!(down.keys().any(|reason| reason.contains(words)), "{words}");
        }
    }

    #[test]
    fn g1_the_same_monitor_at_the_same_time_is_the_same_and_two_monitors_are_not() {
        for profile in [Profile::Steady, Profile::Flaky, Profile::Slow, Profile::Broken] {
            assert_eq!(outcome(profile, 5, START_MS), outcome(profile, 5, START_MS));
        }
        assert_ne!(outcome(Profile::Broken, 5, START_MS), outcome(Profile::Broken, 6, START_MS));
        assert!(outcome(Profile::Flaky, u128::MAX, i64::MIN).is_some() && outcome(Profile::Flaky, 0, i64::MAX).is_some());
    }

    #[test]
    fn g1_churn_changes_most_of_the_time() {
        let mut changes = 0;
        let mut seen = BTreeSet::new();
        for monitor in 0..100 {
            for n in 0..100 {
                let (before, after) = (churn(monitor, n), churn(monitor, n + 1));
                changes += usize::from(before.status != after.status);
                assert_eq!(after.status == Status::Up, after.reason.is_empty());
                seen.insert(after.status);
            }
        }
        assert!(changes > 8_500, "{changes}");
        assert_eq!(seen, BTreeSet::from([Status::Down, Status::Trouble, Status::Up]));
        assert_eq!(churn(3, 4), churn(3, 4));
    }
}
