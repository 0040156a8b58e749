//! What happens by itself: the intake, the boards and who watches them, the scheduler.
//!
//! Everything that changes a status goes through here (DESIGN, way 2). A person's change that touches statuses does too: it
//! takes the intake's gate, is written by `store`, and the boards follow.

mod audience;
mod board_room;
mod canary;
mod deletion;
mod figures;
mod heartbeats;
mod import;
mod incidents;
mod intake;
mod keeping;
mod lanes;
mod leap;
mod mail;
mod maintenance;
mod meter;
mod pace;
mod people;
mod roll;
mod schedule;
mod simulation;
mod sms;
mod watched;

pub use board_room::{Event, Snapshot, Watching};
pub use keeping::Keep;
pub use mail::{MailFrom, Mailer, SmtpUrl};
pub use sms::Sms;

use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use board_room::BoardRoom;
use canary::{Aviary, Canary};
use checks::Checker;
use figures::Figures;
use import::Jobs;
use incidents::Incidents;
use intake::Submission;
use meter::Meter;
use model::{
    CustomerId, MonitorId, MspId, Refusal,
    health::Counts,
    monitors::Verdict,
    roles::{Action, Relation},
    vitals::Vitals,
    wire::Beat,
};
use pace::Pace;
use schedule::Schedule;
use simulation::Simulation;
use store::{Actor, Error, Store, intake::Scope};
use tokio::sync::{Mutex, MutexGuard, Notify, mpsc, oneshot, watch};
use watched::Watched;

/// How the live part is set up.
#[derive(Debug)]
pub struct Settings {
    pub checker: Checker,
    /// Status changes per second among the simulated monitors; 0 leaves them to their profiles.
    pub churn: u32,
    /// Names the build in snapshots.
    pub build: String,
    pub keep: Keep,
    /// Without one, mails stay in the outbox.
    pub mailer: Option<Mailer>,
}

/// The live part of a server; cheap to clone.
#[derive(Clone)]
pub struct Live(Arc<Inner>);

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Live").finish_non_exhaustive()
    }
}

struct Inner {
    store: Store,
    checker: Checker,
    /// The gate: who holds it may change statuses, one at a time.
    gate: Mutex<Watched>,
    boards: RwLock<HashMap<MspId, Arc<BoardRoom>>>,
    build: String,
    keep: Keep,
    schedule: Schedule,
    simulation: Simulation,
    submissions: mpsc::Sender<Submission>,
    sends_mail: bool,
    figures: Figures,
    incidents: Incidents,
    jobs: Jobs,
    meter: Meter,
    pace: Pace,
    started_at: i64,
    /// When a server was last known to live before this one started.
    lived_until: i64,
    aviary: Aviary,
    /// Up to when the boards are known to be true, UTC milliseconds.
    as_of: AtomicI64,
    /// A change was stored that the boards could not follow: the database went away in between.
    behind: AtomicBool,
    /// When the next maintenance window begins or ends may be another instant now.
    windows_changed: Notify,
    closing: watch::Sender<bool>,
}

/// How many submissions may wait before their senders do.
const WAITING: usize = 256;
/// How soon a change that comes alone is in a frame.
const TICK: Duration = Duration::from_millis(25);
/// How long changes are gathered behind a frame: each frame costs every screen a repaint, whatever is in it.
const FRAME: Duration = Duration::from_millis(100);

impl Live {
    /// Reads what is watched, and starts to watch it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn start(store: Store, settings: Settings) -> Result<Self, Error> {
        let (submissions, waiting) = mpsc::channel(WAITING);
        let now = store.clock().now();
        let live = Self(Arc::new(Inner {
            simulation: Simulation::new(settings.churn),
            schedule: Schedule::new(store.clock().clone()),
            checker: settings.checker,
            gate: Mutex::new(Watched::default()),
            boards: RwLock::default(),
            build: settings.build,
            keep: settings.keep,
            sends_mail: settings.mailer.is_some(),
            submissions,
            figures: Figures::default(),
            incidents: Incidents::default(),
            jobs: Jobs::default(),
            meter: Meter::default(),
            pace: Pace::default(),
            started_at: now,
            lived_until: store.last_canary().await?.unwrap_or(now),
            aviary: Aviary::default(),
            as_of: AtomicI64::new(now),
            behind: AtomicBool::new(false),
            windows_changed: Notify::new(),
            closing: watch::Sender::new(false),
            store,
        }));
        live.reconcile(&mut *live.0.gate.lock().await, Scope::All).await?;
        tokio::spawn(live.clone().intake_loop(waiting));
        tokio::spawn(live.clone().schedule_loop());
        tokio::spawn(live.clone().maintenance_loop());
        tokio::spawn(live.clone().churn_loop());
        tokio::spawn(live.clone().frame_loop());
        tokio::spawn(live.clone().canary_loop());
        tokio::spawn(live.clone().beat_loop());
        tokio::spawn(live.clone().stale_loop());
        tokio::spawn(live.clone().keeping_loop());
        tokio::spawn(live.clone().deleting_loop());
        if let Some(mailer) = settings.mailer {
            tokio::spawn(live.clone().mail_loop(mailer));
        }
        Ok(live)
    }

    /// Ends every loop and writes down what has not been yet.
    pub async fn close(&self) {
        self.0.closing.send_replace(true);
        self.write_down_verdict_times().await;
        self.write_down_latencies().await;
    }

    /// Takes verdicts from any source. Answers once each status change among them is stored.
    ///
    /// # Errors
    /// When the database did not take them; none of them counts then.
    pub async fn submit(&self, verdicts: Vec<Verdict>) -> Result<(), Error> {
        let (done, answer) = oneshot::channel();
        self.send_in(Submission { verdicts, done: Some(done), ..Submission::default() }, answer).await
    }

    async fn send_in(&self, submission: Submission, answer: oneshot::Receiver<Result<(), Error>>) -> Result<(), Error> {
        if self.0.submissions.send(submission).await.is_err() {
            return Err(Refusal::Unavailable.into());
        }
        answer.await.unwrap_or_else(|_| Err(Refusal::Unavailable.into()))
    }

    /// The same for sources that will look again anyway: they do not wait for the answer.
    async fn hand_in(&self, verdicts: Vec<Verdict>) {
        let _ = self.0.submissions.send(Submission { verdicts, ..Submission::default() }).await;
    }

    /// Whether there is a mail server to send by.
    #[must_use]
    pub fn sends_mail(&self) -> bool {
        self.0.sends_mail
    }

    /// How a customer's monitors stand now.
    #[must_use]
    pub fn counts(&self, msp: &MspId, customer: &CustomerId) -> Counts {
        self.room(msp).counts(customer)
    }

    /// The board of the actor's MSP as bytes to send, without the customers that they are denied.
    ///
    /// # Errors
    /// Refused to customer users (DOMAIN F6).
    pub async fn snapshot(&self, actor: &Actor) -> Result<Arc<Snapshot>, Error> {
        actor.require(Action::WatchBoard, Relation::None)?;
        Ok(self.room(actor.msp()).snapshot(actor.denied(), self.0.store.clock().now()).await)
    }

    /// What changes from now on, or since `from` (epoch and sequence) where that is still known.
    ///
    /// # Errors
    /// Refused to customer users (DOMAIN F6).
    pub fn watch(&self, actor: &Actor, from: Option<(u64, u64)>) -> Result<Watching, Error> {
        actor.require(Action::WatchBoard, Relation::None)?;
        Ok(self.room(actor.msp()).watch(actor.denied(), from))
    }

    /// Which monitor stands at a slot; `None` too where the slot is of another epoch.
    ///
    /// # Errors
    /// Refused to customer users (DOMAIN F6) and kiosk links (F10).
    pub fn monitor_at(&self, actor: &Actor, epoch: u64, slot: u32) -> Result<Option<MonitorId>, Error> {
        actor.require(Action::SeeAll, Relation::None)?;
        Ok(self.room(actor.msp()).monitor_at(actor.denied(), epoch, slot))
    }

    /// How this installation is (DOMAIN K2). `version` is the program's.
    ///
    /// # Errors
    /// Refused to all but MSP Admins.
    pub fn vitals(&self, actor: &Actor, version: &str) -> Result<Vitals, Error> {
        actor.require(Action::Administer, Relation::None)?;
        Ok(self.read_vitals(version))
    }

    /// The same for those who run the machine: what may ask for it is the server's to decide.
    #[must_use]
    pub fn read_vitals(&self, version: &str) -> Vitals {
        let read = self.0.meter.read();
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let rooms = self.rooms();
        Vitals {
            version: version.to_owned(),
            build: self.0.build.clone(),
            engine: self.0.store.engine().to_owned(),
            started_at: self.0.started_at,
            now: self.0.store.clock().now(),
            as_of: self.0.as_of.load(Ordering::Relaxed),
            verdicts: read.verdicts,
            transitions: read.transitions,
            refused: read.refused,
            waiting: count(WAITING - self.0.submissions.capacity()),
            waiting_most: count(WAITING),
            commit_us: read.commit_us,
            commit_worst_us: read.commit_worst_us,
            late_ms: read.late_ms,
            // Of the boards and not of what the gate guards: an intake that hangs holds that, and then this is asked for.
            monitors: count(rooms.iter().map(|room| room.monitors()).sum()),
            watchers: count(rooms.iter().map(|room| room.watchers()).sum()),
            memory: memory_of_process(),
            sources: read.sources,
            mail: self.0.sends_mail.then_some(read.mail),
        }
    }

    fn room(&self, msp: &MspId) -> Arc<BoardRoom> {
        if let Some(room) = self.0.boards.read().unwrap_or_else(PoisonError::into_inner).get(msp) {
            return room.clone();
        }
        let mut boards = self.0.boards.write().unwrap_or_else(PoisonError::into_inner);
        boards.entry(msp.clone()).or_insert_with(|| Arc::new(BoardRoom::new(self.0.build.clone()))).clone()
    }

    fn rooms(&self) -> Vec<Arc<BoardRoom>> {
        self.0.boards.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    async fn gate(&self) -> MutexGuard<'_, Watched> {
        self.0.gate.lock().await
    }

    /// Returns once the server is closing: loops and streams end then.
    pub async fn closed(&self) {
        let _ = self.0.closing.subscribe().wait_for(|closing| *closing).await;
    }

    /// Sends what has changed, gathered into frames.
    async fn frame_loop(self) {
        let mut pause = TICK;
        loop {
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.closed() => return,
            }
            let canary = self.0.aviary.take_landed();
            let now = self.0.store.clock().now();
            let mut sent = false;
            for room in self.rooms() {
                sent |= room.flush(now);
            }
            pause = if sent { FRAME } else { TICK };
            if let Some(canary) = canary {
                self.0.aviary.came_out(canary);
                // Boards that could not follow a change are not true, however fast the intake is.
                if !self.0.behind.load(Ordering::Relaxed) {
                    self.0.as_of.fetch_max(canary.at, Ordering::Relaxed);
                }
            }
        }
    }

    /// Once a second, and never while the one before is still in the intake: lets a canary go.
    async fn canary_loop(self) {
        let mut tick = every_second();
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                () = self.closed() => return,
            }
            let canary = Canary::new(self.0.store.clock().now());
            self.0.aviary.let_go(canary);
            let (done, answer) = oneshot::channel();
            let submission = Submission { canary: Some(canary), done: Some(done), ..Submission::default() };
            // Whether it was stored shows in whether it comes out.
            tokio::select! {
                _ = self.send_in(submission, answer) => {}
                () = self.closed() => return,
            }
        }
    }

    /// Once a second: marks what has gone stale. It waits for the gate, as a beat must not: one that comes late looks like a lost link.
    async fn stale_loop(self) {
        let mut tick = every_second();
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                () = self.closed() => return,
            }
            let mut watched = self.gate().await;
            // Read once the turn has come, for no verdict that came before is later.
            let now = self.0.store.clock().now();
            for (msp, ops) in watched.mark_stale(now) {
                self.room(&msp).change(ops);
            }
        }
    }

    /// Once a second: tells everyone who watches how true the boards are.
    async fn beat_loop(self) {
        let mut tick = every_second();
        let mut beats = 0u64;
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                () = self.closed() => return,
            }
            beats += 1;
            let now = self.0.store.clock().now();
            // Also where the clock was set back: data from the future would look fresh for as long as that.
            self.0.as_of.fetch_min(now, Ordering::Relaxed);
            let beat = Beat { now, as_of: self.0.as_of.load(Ordering::Relaxed), delay_ms: self.0.aviary.delay_ms() };
            for room in self.rooms() {
                room.beat(beat);
            }
            self.0.figures.forget_old(now);
            self.0.meter.second();
            if self.0.store.take_doubt() {
                tracing::warn!("a change was never answered: the boards are compared with the database");
                self.0.behind.store(true, Ordering::Relaxed);
            }
            if self.0.behind.load(Ordering::Relaxed) {
                let live = self.clone();
                tokio::spawn(async move { live.catch_up().await });
            }
            if beats.is_multiple_of(30) {
                let live = self.clone();
                tokio::spawn(async move { live.write_down_verdict_times().await });
            }
            // Between two of the others.
            if beats % 60 == 15 {
                let live = self.clone();
                tokio::spawn(async move { live.write_down_latencies().await });
            }
        }
    }

    async fn write_down_verdict_times(&self) {
        let times = self.gate().await.take_verdict_times();
        if times.is_empty() {
            return;
        }
        if let Err(error) = self.0.store.touch(&times).await {
            tracing::warn!(%error, "the times of the last verdicts could not be stored");
        }
    }
}

/// A tick that comes late moves those behind it: none of them is made up for.
fn every_second() -> tokio::time::Interval {
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    tick
}

/// What the process holds of the machine's memory, in bytes. Linux alone says it.
fn memory_of_process() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix("kB")?;
    Some(kib.trim().parse::<u64>().ok()? * 1024)
}
