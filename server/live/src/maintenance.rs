//! Maintenance windows that begin and end (DOMAIN G2): they hold monitors in MAINTENANCE, through the one gate as every change.
//!
//! Checks go on meanwhile; what they say waits beneath the window and is true again at once when it ends. SUSPENDED outranks a
//! window.

use std::collections::HashMap;

use model::{
    CustomerId, MonitorId, Status, WindowId,
    maintenance::WindowInput,
    monitors::{Evidence, Source},
};
use store::{Actor, Error, Held, maintenance::WatchedWindow};

use crate::{
    Live,
    leap::LEAST_MS,
    watched::{Batch, Entry, Watched, write},
};

/// How soon it is tried again where the database was away at the begin or end of a window, in milliseconds.
const AGAIN_MS: i64 = 1000;

/// Every window that may be open now or later.
#[derive(Debug, Default)]
pub(crate) struct Windows {
    all: Vec<WatchedWindow>,
    /// When the next one begins or ends; at that instant the monitors have to be looked through.
    next: Option<i64>,
    /// When they were looked through last.
    settled_at: i64,
}

impl Windows {
    pub(crate) fn replace(&mut self, all: Vec<WatchedWindow>) {
        self.all = all;
        self.next = None;
    }

    /// What is open, and from now on when that changes next.
    fn advance(&mut self, now: i64) -> Open<'_> {
        let mut open = Open::default();
        self.next = None;
        self.settled_at = now;
        for window in &self.all {
            let Some(occurrence) = window.calendar.current(now) else { continue };
            let change = if occurrence.from <= now { occurrence.until } else { occurrence.from };
            self.next = Some(self.next.map_or(change, |next| next.min(change)));
            if occurrence.from <= now {
                open.put(window);
            }
        }
        open
    }
}

/// The windows that are open at one instant, by what they hold.
#[derive(Debug, Default)]
struct Open<'a> {
    of_customer: HashMap<&'a CustomerId, Vec<&'a WatchedWindow>>,
    of_monitor: HashMap<&'a MonitorId, Vec<&'a WatchedWindow>>,
}

impl<'a> Open<'a> {
    fn put(&mut self, window: &'a WatchedWindow) {
        match &window.monitors {
            None => self.of_customer.entry(&window.customer).or_default().push(window),
            Some(monitors) => {
                for monitor in monitors {
                    self.of_monitor.entry(monitor).or_default().push(window);
                }
            }
        }
    }

    /// The window that holds a monitor: the one that does already, else the oldest.
    fn holding(&self, monitor: &MonitorId, entry: &Entry) -> Option<&'a WatchedWindow> {
        let of_customer = self.of_customer.get(&entry.customer).into_iter().flatten();
        let candidates = of_customer.chain(self.of_monitor.get(monitor).into_iter().flatten());
        let held = entry.held.as_ref().map(|held| &held.window);
        candidates.copied().min_by_key(|window| (Some(&window.id) != held, &window.id))
    }
}

impl Watched {
    /// What the windows change about at most `most` monitors at `now`.
    fn settle(&mut self, now: i64, most: usize) -> Batch {
        let open = self.windows.advance(now);
        let mut batch = Batch::default();
        for (id, entry) in &self.monitors {
            if batch.writes.len() == most {
                break;
            }
            // A person's SUSPENDED outranks every window.
            let window = if entry.status == Status::Suspended { None } else { open.holding(id, entry) };
            let changed = match (window, &entry.held) {
                (None, None) => None,
                (Some(window), None) => Some(begin(entry, window, now)),
                (Some(window), Some(held)) if held.window == window.id && entry.reason == reason_of(window) => None,
                (Some(window), Some(held)) => Some(hand_over(entry, held, window)),
                (None, Some(held)) => Some(end(entry, held, now)),
            };
            if let Some((entry, transition)) = changed {
                batch.writes.push(write(id, &entry, transition));
                batch.entries.insert(id.clone(), entry);
            }
        }
        batch
    }
}

/// A monitor as it will be, and its transition.
type Changed = (Entry, Option<(Status, Evidence)>);

fn reason_of(window: &WatchedWindow) -> String {
    format!("Maintenance: {}", window.name)
}

fn begin(entry: &Entry, window: &WatchedWindow, now: i64) -> Changed {
    let mut held = entry.clone();
    held.held = Some(Held { window: window.id.clone(), beneath: entry.status, beneath_reason: entry.reason.clone() });
    held.turn(Status::Maintenance, now, reason_of(window));
    let rule = format!("The maintenance window {} began. What the checks say meanwhile is true when it ends.", window.name);
    (held, Some((entry.status, evidence(Status::Maintenance, entry, rule))))
}

/// One window ends while another is open: it stays in MAINTENANCE.
fn hand_over(entry: &Entry, held: &Held, window: &WatchedWindow) -> Changed {
    let mut other = entry.clone();
    other.held = Some(Held { window: window.id.clone(), ..held.clone() });
    other.reason = reason_of(window);
    (other, None)
}

fn end(entry: &Entry, held: &Held, now: i64) -> Changed {
    let mut released = entry.clone();
    released.held = None;
    released.turn(held.beneath, now, held.beneath_reason.clone());
    let name = entry.reason.strip_prefix("Maintenance: ").unwrap_or_default();
    let rule = if held.beneath == Status::Discovery {
        format!("The maintenance window {name} ended. No verdict came so far.")
    } else {
        format!("The maintenance window {name} ended. The last verdict counts again.")
    };
    let transition = (entry.status != held.beneath).then(|| (entry.status, evidence(held.beneath, entry, rule)));
    (released, transition)
}

fn evidence(said: Status, entry: &Entry, rule: String) -> Evidence {
    let latency_ms = if said == Status::Maintenance { None } else { entry.latency_ms };
    Evidence { source: Source::Schedule, said, latency_ms, attempts: 1, rule }
}

/// Those that people do fail as the store's function of the same name does.
impl Live {
    #[allow(clippy::missing_errors_doc, reason = "said once, above")]
    pub async fn create_window(&self, actor: &Actor, customer: &CustomerId, input: &WindowInput) -> Result<WindowId, Error> {
        let mut watched = self.gate().await;
        let id = self.0.store.create_window(actor, customer, input).await?;
        self.follow_windows(&mut watched).await;
        Ok(id)
    }

    #[allow(clippy::missing_errors_doc, reason = "said once, above")]
    pub async fn open_window(&self, actor: &Actor, customer: &CustomerId, minutes: u32) -> Result<WindowId, Error> {
        let mut watched = self.gate().await;
        let id = self.0.store.open_window(actor, customer, None, minutes).await?;
        self.follow_windows(&mut watched).await;
        Ok(id)
    }

    #[allow(clippy::missing_errors_doc, reason = "said once, above")]
    pub async fn open_window_for_monitor(&self, actor: &Actor, monitor: &MonitorId, minutes: u32) -> Result<WindowId, Error> {
        let mut watched = self.gate().await;
        let id = self.0.store.open_window_for_monitor(actor, monitor, minutes).await?;
        self.follow_windows(&mut watched).await;
        Ok(id)
    }

    #[allow(clippy::missing_errors_doc, reason = "said once, above")]
    pub async fn edit_window(&self, actor: &Actor, id: &WindowId, version: i64, input: &WindowInput) -> Result<(), Error> {
        let mut watched = self.gate().await;
        self.0.store.edit_window(actor, id, version, input).await?;
        self.follow_windows(&mut watched).await;
        Ok(())
    }

    #[allow(clippy::missing_errors_doc, reason = "said once, above")]
    pub async fn end_window(&self, actor: &Actor, id: &WindowId) -> Result<(), Error> {
        let mut watched = self.gate().await;
        self.0.store.end_window(actor, id).await?;
        self.follow_windows(&mut watched).await;
        Ok(())
    }

    #[allow(clippy::missing_errors_doc, reason = "said once, above")]
    pub async fn delete_window(&self, actor: &Actor, id: &WindowId) -> Result<CustomerId, Error> {
        let mut watched = self.gate().await;
        let customer = self.0.store.delete_window(actor, id).await?;
        self.follow_windows(&mut watched).await;
        Ok(customer)
    }

    /// After a person's change of a window: the monitors follow. It is stored already, so a database that goes away here is
    /// caught up later.
    pub(crate) async fn follow_windows(&self, watched: &mut Watched) {
        let followed = match self.0.store.watched_windows().await {
            Ok(windows) => {
                watched.windows.replace(windows);
                self.settle(watched).await
            }
            Err(error) => Err(error),
        };
        if let Err(error) = followed {
            tracing::warn!(%error, "the monitors could not follow a maintenance window: they catch up as soon as the database is back");
            self.0.behind.store(true, std::sync::atomic::Ordering::Relaxed);
        }
    }

    /// Makes every monitor agree with the windows that are open now, in commits of the usual size.
    pub(crate) async fn settle(&self, watched: &mut Watched) -> Result<(), Error> {
        let now = self.0.store.clock().now();
        loop {
            let batch = watched.settle(now, self.0.pace.verdicts());
            self.0.windows_changed.notify_one();
            if batch.writes.is_empty() {
                return Ok(());
            }
            if let Err(error) = self.0.store.commit(&batch.writes).await {
                watched.windows.next = Some(now + AGAIN_MS);
                return Err(error);
            }
            self.0.incidents.heed(&batch);
            for (msp, ops) in watched.accept(batch) {
                self.room(&msp).change(ops);
            }
        }
    }

    /// The same, where a window has begun or ended since the last time, or the clock was put back.
    pub(crate) async fn settle_if_due(&self, watched: &mut Watched) -> Result<(), Error> {
        let now = self.0.store.clock().now();
        let windows = &watched.windows;
        // A clock that was put back makes of what has begun something that comes, and of what is over something open.
        let is_put_back = now < windows.settled_at - LEAST_MS;
        if is_put_back || windows.next.is_some_and(|next| next <= now) { self.settle(watched).await } else { Ok(()) }
    }

    pub(crate) async fn maintenance_loop(self) {
        let clock = self.0.store.clock().clone();
        loop {
            let changed = self.0.windows_changed.notified();
            let next = self.gate().await.windows.next;
            let due = async {
                match next {
                    Some(next) => clock.sleep_until(next).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = due => {}
                () = changed => continue,
                () = self.closed() => return,
            }
            if let Err(error) = self.settle_if_due(&mut *self.gate().await).await {
                tracing::warn!(%error, "a maintenance window could not begin or end: it is tried again");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watched::tests::{says, watched};
    use model::maintenance::Rule;
    use store::occurrences::Calendar;

    fn window(number: u128, from: i64, until: i64) -> WatchedWindow {
        WatchedWindow {
            id: WindowId::from_u128(number),
            customer: CustomerId::from_u128(1),
            name: format!("W{number}"),
            monitors: None,
            calendar: Calendar::new(Rule::AtOnce { from, until }, "UTC", 0),
        }
    }

    fn web() -> MonitorId {
        MonitorId::from_u128(1)
    }

    const COMMIT: usize = 1000;

    /// Settles at `now`: from and to of the transition, where there is one.
    fn at(watched: &mut Watched, now: i64) -> Option<(Status, Status)> {
        let batch = watched.settle(now, COMMIT);
        let turned = batch.writes.first().and_then(|w| w.transition.as_ref().map(|(from, _)| (*from, w.status)));
        watched.accept(batch);
        turned
    }

    #[test]
    fn g2_a_window_holds_a_monitor_and_the_last_verdict_returns_with_its_end() {
        let mut watched = watched(Status::Down, 1);
        watched.windows.replace(vec![window(1, 2_000, 9_000)]);
        assert_eq!(at(&mut watched, 1_999), None);
        assert_eq!(watched.windows.next, Some(2_000));
        assert_eq!(at(&mut watched, 2_000), Some((Status::Down, Status::Maintenance)));
        assert_eq!((watched.windows.next, at(&mut watched, 3_000)), (Some(9_000), None));
        // Weighed beneath: better counts at once, worse after its retries.
        for (time, said, beneath) in
            [(3_000, Status::Up, Status::Up), (4_000, Status::Down, Status::Up), (5_000, Status::Down, Status::Down)]
        {
            let batch = watched.weigh_all(&[says(time, said, "x")]);
            assert!(batch.writes.iter().all(|w| w.status == Status::Maintenance && w.transition.is_none()));
            watched.accept(batch);
            assert_eq!(watched.monitors[&web()].held.as_ref().unwrap().beneath, beneath, "{time}");
        }
        assert_eq!(at(&mut watched, 9_000), Some((Status::Maintenance, Status::Down)));
        assert_eq!(watched.monitors[&web()].reason, "x");
        assert_eq!(watched.windows.next, None);
    }

    #[test]
    fn g2_a_simulated_maintenance_is_none_of_a_window() {
        let mut watched = watched(Status::Maintenance, 0);
        watched.windows.replace(vec![window(1, 2_000, 9_000)]);
        at(&mut watched, 2_000);
        assert_eq!(watched.monitors[&web()].held.as_ref().unwrap().beneath, Status::Maintenance);
        at(&mut watched, 9_000);
        assert_eq!((watched.monitors[&web()].status, watched.monitors[&web()].held.is_none()), (Status::Maintenance, true));
    }

    #[test]
    fn g2_suspended_outranks_a_window_and_one_window_hands_over_to_another() {
        let mut suspended = watched(Status::Suspended, 0);
        suspended.windows.replace(vec![window(1, 0, 9_000)]);
        assert_eq!(at(&mut suspended, 2_000), None);

        let mut held = watched(Status::Up, 0);
        held.windows.replace(vec![window(1, 0, 5_000), window(2, 0, 9_000)]);
        assert_eq!(at(&mut held, 2_000), Some((Status::Up, Status::Maintenance)));
        assert_eq!(at(&mut held, 5_000), None);
        let entry = &held.monitors[&web()];
        assert_eq!((entry.status, entry.since, entry.reason.as_str()), (Status::Maintenance, 2_000, "Maintenance: W2"));
        assert_eq!(at(&mut held, 9_000), Some((Status::Maintenance, Status::Up)));
    }

    #[test]
    fn g2_many_monitors_are_settled_in_parts() {
        let mut many = watched(Status::Up, 0);
        let one = many.monitors[&web()].clone();
        for number in 2..=5 {
            many.monitors.insert(MonitorId::from_u128(number), one.clone());
        }
        many.windows.replace(vec![window(1, 0, 9_000)]);
        let mut sizes = Vec::new();
        loop {
            let batch = many.settle(1_000, 2);
            if batch.writes.is_empty() {
                break;
            }
            sizes.push(batch.writes.len());
            many.accept(batch);
        }
        assert_eq!(sizes, [2, 2, 1]);
    }
}
