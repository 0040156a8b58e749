//! Heartbeats (DOMAIN G1): a call is a verdict like any other, and so is silence.

use model::{
    MonitorId, Status,
    monitors::{Outcome, Source, Verdict},
};
use store::{Actor, Error, intake::Scope};
use time::{OffsetDateTime, macros::format_description};

use crate::{Live, watched::Entry};

impl Live {
    /// Somebody called in with this token: UP, once it is stored. `false` where nobody has such a token.
    ///
    /// # Errors
    /// When the database did not take it: the caller should call again.
    pub async fn heard(&self, token: &str) -> Result<bool, Error> {
        let Some(monitor) = self.0.store.heartbeat_of(token).await? else { return Ok(false) };
        let outcome = Outcome { status: Status::Up, reason: String::new(), latency_ms: None };
        self.submit(vec![Verdict { monitor, at: self.0.store.clock().now(), outcome, source: Source::Heartbeat }]).await?;
        Ok(true)
    }

    /// As the store's function of the same name.
    #[allow(clippy::missing_errors_doc, reason = "said there")]
    pub async fn renew_heartbeat(&self, actor: &Actor, id: &MonitorId) -> Result<(), Error> {
        let mut watched = self.gate().await;
        self.0.store.renew_heartbeat(actor, id).await?;
        self.follow(&mut watched, Scope::Monitor(id)).await;
        Ok(())
    }

    /// Hands in what silence means for these monitors now, and plans the next time to ask.
    pub(crate) async fn listen(&self, monitors: Vec<MonitorId>) {
        let verdicts = self.silences(monitors).await;
        if !verdicts.is_empty() {
            self.hand_in(verdicts).await;
        }
    }

    async fn silences(&self, monitors: Vec<MonitorId>) -> Vec<Verdict> {
        let watched = self.gate().await;
        let now = self.0.store.clock().now();
        let mut verdicts = Vec::new();
        for monitor in monitors {
            let Some((entry, grace_s)) = watched.monitors.get(&monitor).and_then(|entry| Some((entry, entry.grace_s()?))) else {
                self.0.schedule.ended_until(&monitor, i64::MAX);
                continue;
            };
            let silence = Silence::of(entry, grace_s, now, (self.0.lived_until, self.0.started_at));
            self.0.schedule.ended_until(&monitor, silence.next);
            if let Some(outcome) = silence.outcome {
                verdicts.push(Verdict { monitor, at: now, outcome, source: Source::BuiltIn });
            }
        }
        verdicts
    }
}

/// What silence means, and by when to ask again.
#[derive(Debug, PartialEq, Eq)]
struct Silence {
    outcome: Option<Outcome>,
    next: i64,
}

impl Silence {
    /// This server was down from the first to the second of `down`.
    fn of(entry: &Entry, grace_s: u32, now: i64, down: (i64, i64)) -> Self {
        let grace = i64::from(grace_s) * 1000;
        let interval = i64::from(entry.settings.interval_s) * 1000;
        let (status, _) = entry.true_status();
        let has_called = entry.heard_at > 0 && (status != Status::Discovery || entry.heard_at >= entry.since);
        if !has_called {
            return Self { outcome: None, next: now + interval };
        }
        let deadline = entry.deadline(grace_s);
        if now < deadline {
            let outcome = Outcome { status: Status::Up, reason: String::new(), latency_ms: None };
            return Self { outcome: Some(outcome), next: deadline };
        }
        // While this server was down nobody could call: the callers have a grace to come back, and whose call fell into it comes with
        // the next one.
        let (from, until) = down;
        let was_missed = entry.heard_at + interval < until && deadline > from;
        let back_by = until + grace + if was_missed { interval } else { 0 };
        if now < back_by && !status.is_outage() {
            return Self { outcome: None, next: back_by };
        }
        let reason = format!("Nothing heard since {}", utc(entry.heard_at));
        let outcome = Outcome { status: Status::Down, reason, latency_ms: None };
        Self { outcome: Some(outcome), next: now + interval }
    }
}

fn utc(at: i64) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second] UTC");
    OffsetDateTime::from_unix_timestamp(at / 1000).ok().and_then(|at| at.format(&format).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use model::{
        CustomerId, MspId,
        monitors::{Check, MonitorSettings},
    };

    use super::*;

    const HEARD: i64 = 1_790_000_000_000;
    /// It was not down since.
    const UP: (i64, i64) = (0, 0);

    fn entry(status: Status, heard_at: i64) -> Entry {
        let check = Check::Heartbeat { grace_s: 30 };
        Entry {
            msp: MspId::from_u128(1),
            customer: CustomerId::from_u128(1),
            slot: 0,
            settings: MonitorSettings { name: "backup".into(), check, interval_s: 60, timeout_s: 1, retries: 0 },
            status,
            since: HEARD - 1000,
            reason: String::new(),
            verdict_at: heard_at,
            latency_ms: None,
            heard_at,
            sampled_at: 0,
            attempts: 0,
            stale: false,
            held: None,
            taken_by: String::new(),
        }
    }

    fn said(entry: &Entry, now: i64, down: (i64, i64)) -> (Option<Status>, i64) {
        let silence = Silence::of(entry, 30, now, down);
        (silence.outcome.map(|outcome| outcome.status), silence.next - HEARD)
    }

    #[test]
    fn g1_a_heartbeat_is_down_once_interval_and_grace_are_over_and_not_before() {
        let up = entry(Status::Up, HEARD);
        assert_eq!(said(&up, HEARD + 89_999, UP), (Some(Status::Up), 90_000));
        assert_eq!(said(&up, HEARD + 90_000, UP), (Some(Status::Down), 150_000));
        let reason = Silence::of(&up, 30, HEARD + 90_000, UP).outcome.unwrap().reason;
        assert_eq!(reason, "Nothing heard since 2026-09-21 14:13:20 UTC");
        assert_eq!(said(&entry(Status::Down, HEARD), HEARD + 200_000, UP).0, Some(Status::Down));
    }

    #[test]
    fn g1_silence_says_nothing_before_the_first_call() {
        assert_eq!(said(&entry(Status::Discovery, 0), HEARD + 900_000, UP), (None, 960_000));
        // It called before it was suspended, not since it is back.
        assert_eq!(said(&entry(Status::Discovery, HEARD - 5000), HEARD + 900_000, UP), (None, 960_000));
    }

    #[test]
    fn g1_callers_have_a_grace_to_come_back_after_the_server_was_down() {
        let start = HEARD + 500_000;
        let late = (HEARD + 90_000, start);
        assert_eq!(said(&entry(Status::Up, HEARD), start + 1, late), (None, 530_000));
        assert_eq!(said(&entry(Status::Up, HEARD), start + 30_000, late).0, Some(Status::Down));
        assert_eq!(said(&entry(Status::Down, HEARD), start + 1, late).0, Some(Status::Down));
        // The call of after 60 seconds fell into it, and the next one has not come due.
        let missed = (HEARD + 59_000, HEARD + 61_000);
        assert_eq!(said(&entry(Status::Up, HEARD), HEARD + 91_000, missed), (None, 151_000));
        assert_eq!(said(&entry(Status::Up, HEARD), HEARD + 151_000, missed).0, Some(Status::Down));
    }
}
