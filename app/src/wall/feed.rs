//! The board in the browser, kept up to date (DESIGN, way 3): a snapshot, then frames from there on. Of all tabs of a browser that
//! show the same board one listens to the server; the others hear it from that one.
//!
//! The wall draws it, the health view turns its cards by it: [`watch`] is all that either needs.

use std::{
    cell::{Cell, Ref, RefCell},
    collections::VecDeque,
    rc::{Rc, Weak},
};

use gloo_timers::{callback::Interval, future::TimeoutFuture};
use js_sys::{Function, Promise};
use leptos::prelude::{LocalStorage, StoredValue, document, window};
use model::{
    board::{Board, Op, Unknown},
    wire::{self, Beat, Head},
};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::{
    facts::Link,
    listener::Listener,
    source::Source,
    stream::{Said, Snag, Stream, read_frame, snapshot},
    tabs::{Bid, Candidacy, Tabs, Word},
};
use crate::ui::own_build;

/// Without a beat for so long, the link is lost: milliseconds.
const SILENCE: f64 = 5_000.0;
/// Without a beat for so long, the connection is taken for dead, though nobody has said so, and another one is tried: milliseconds.
const DEAD: f64 = 15_000.0;
/// Data that lags the server's clock by more than this is stale, however well the beats come: milliseconds.
const LAG: i64 = 10_000;
/// The longest wait before the next attempt, in seconds.
const LONGEST_WAIT: u32 = 15;
/// A leading tab that says nothing for so long is gone or frozen: milliseconds. It speaks every second.
const PATIENCE: f64 = 2_300.0;
/// A tab does not ask again for what it lacks before the answer had time to come: milliseconds.
const ASK_AGAIN: f64 = 500.0;
/// Frames that are kept for tabs that come later, five seconds' worth: their snapshot may be a second old.
const KEPT: usize = 100;

/// What has just changed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Change<'a> {
    /// A snapshot came: nothing known before counts.
    Everything,
    /// Tiles or customers came, went or were renamed.
    Layout,
    /// These tiles have another status, reason or staleness, or somebody took their outage. A slot may be in it twice.
    Tiles(&'a [u32]),
    /// A second has passed and the server still sends.
    Beat,
    /// The link's state.
    Link,
    /// The page is hidden, and these tiles have changed (`None`: any may have): for those who call people to it. Nothing is to be drawn.
    Unseen(Option<&'a [u32]>),
}

/// Watches the board that comes from `source` until the current reactive owner is cleaned up. `on` is called after each
/// change, with the board as it is then; never before the first snapshot but for [`Change::Link`]. While the page is hidden it is told
/// [`Change::Unseen`] alone, and the whole when the page is seen again.
pub(crate) fn watch(source: Source, on: impl Fn(&LiveBoard, Change<'_>) + 'static) -> StoredValue<Rc<LiveBoard>, LocalStorage> {
    StoredValue::new_local(LiveBoard::open(source, on))
}

type OnChange = Box<dyn Fn(&LiveBoard, Change<'_>)>;

/// A board that follows the server's. Dropping it closes the stream.
pub(crate) struct LiveBoard {
    me: Weak<Self>,
    source: Source,
    board: RefCell<Board>,
    ready: Cell<bool>,
    epoch: Cell<u64>,
    /// When the stream was opened, by [`clock`].
    opened: Cell<f64>,
    sequence: Cell<u64>,
    /// The last frames, up to `sequence`.
    kept: RefCell<VecDeque<String>>,
    pulse: Cell<Pulse>,
    link: Cell<Link>,
    /// The kiosk link has ended.
    over: Cell<bool>,
    new_build: Cell<bool>,
    /// Something was heard since this tab last began to listen.
    flowing: Cell<bool>,
    /// Attempts in a row without a beat.
    failures: Cell<u32>,
    /// Frames that could not be read or did not fit.
    misfits: Cell<u32>,
    part: Cell<Part>,
    tabs: RefCell<Option<Tabs>>,
    candidacy: RefCell<Option<Candidacy>>,
    /// When the leading tab was last heard, and when it was last asked.
    led: Cell<f64>,
    asked: Cell<f64>,
    /// Not all tabs lose their patience at the same instant.
    patience: f64,
    stream: RefCell<Option<Stream>>,
    /// Keeps the promise that this round has ended.
    ended: RefCell<Option<Function>>,
    hidden: Cell<bool>,
    missed: Cell<Missed>,
    timer: RefCell<Option<Interval>>,
    seen: RefCell<Option<Listener>>,
    past: Cell<Option<Past>>,
    on: OnChange,
}

/// What a board shows that does not follow the server.
#[derive(Debug, Clone, Copy)]
struct Past {
    edition: u64,
    /// UTC milliseconds.
    moment: i64,
    /// When it was last said that time goes on.
    told: f64,
}

/// From whom this tab hears the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// From itself: this browser's tabs cannot meet.
    Alone,
    /// From itself, and it tells the others.
    Leader,
    /// From the leader.
    Follower,
}

/// What was not told while the page was hidden. Each includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Missed {
    Nothing,
    Words,
    Tiles,
    Everything,
}

/// What the server said of itself when it was last heard.
#[derive(Debug, Clone, Copy, Default)]
struct Pulse {
    now: i64,
    as_of: i64,
    delay_ms: Option<u32>,
    /// By this page's own clock, which no one sets.
    heard: f64,
}

/// How a frame goes with what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// It was the next one, and is on the board.
    Next,
    /// It is on the board already.
    Old,
    /// There are others between.
    Gap,
    /// It is of another board.
    Foreign,
    /// It cannot be read, or contradicts the board.
    Misfit,
}

impl LiveBoard {
    fn open(source: Source, on: impl Fn(&Self, Change<'_>) + 'static) -> Rc<Self> {
        let live = Self::new(source, document().hidden(), on);
        live.timer.replace(Some(Interval::new(1_000, live.act(Self::each_second))));
        let on_seen = live.act(Self::see);
        live.seen.replace(Some(Listener::new(&document(), "visibilitychange", move |_| on_seen())));
        let me = live.me.clone();
        live.tabs.replace(Tabs::meet(source, move |word| {
            if let Some(live) = me.upgrade() {
                live.hear(word);
            }
        }));
        spawn_local(follow(Rc::downgrade(&live)));
        live
    }

    fn new(source: Source, hidden: bool, on: impl Fn(&Self, Change<'_>) + 'static) -> Rc<Self> {
        Rc::new_cyclic(|me| Self {
            me: me.clone(),
            source,
            board: RefCell::default(),
            ready: Cell::default(),
            epoch: Cell::default(),
            opened: Cell::default(),
            sequence: Cell::default(),
            kept: RefCell::default(),
            pulse: Cell::default(),
            link: Cell::default(),
            over: Cell::default(),
            new_build: Cell::default(),
            flowing: Cell::default(),
            failures: Cell::default(),
            misfits: Cell::default(),
            part: Cell::new(Part::Alone),
            tabs: RefCell::default(),
            candidacy: RefCell::default(),
            led: Cell::default(),
            asked: Cell::new(f64::NEG_INFINITY),
            patience: PATIENCE + js_sys::Math::random() * 700.0,
            stream: RefCell::default(),
            ended: RefCell::default(),
            hidden: Cell::new(hidden),
            missed: Cell::new(Missed::Nothing),
            timer: RefCell::default(),
            seen: RefCell::default(),
            past: Cell::new(None),
            on: Box::new(on),
        })
    }

    /// A board that shows what it is given and listens to nobody (DOMAIN F12).
    pub(super) fn of_the_past(on: impl Fn(&Self, Change<'_>) + 'static) -> Rc<Self> {
        let live = Self::new(Source::Staff, false, on);
        live.link.set(Link::Past);
        live
    }

    /// Another day's board: nothing is shown until it is brought to a moment.
    pub(super) fn begin_past(&self, board: Board, edition: u64, is_new_build: bool) {
        self.board.replace(board);
        self.ready.set(false);
        self.new_build.set(is_new_build);
        self.past.set(Some(Past { edition, moment: 0, told: clock() }));
    }

    /// Brings the board to a moment, UTC milliseconds.
    pub(super) fn move_past(&self, ops: &[Op], moment: i64) {
        let Some(Past { edition, told, moment: before }) = self.past.get() else { return };
        // Ages are said in seconds.
        let says_time = clock() - told > 1_000.0 || (moment - before).abs() >= 1_000;
        self.past.set(Some(Past { edition, moment, told: if says_time { clock() } else { told } }));
        let Ok((slots, layout)) = self.apply(ops) else { return };
        if !self.ready.replace(true) {
            self.tell(Change::Everything);
        } else if layout {
            self.tell(Change::Layout);
        } else if !slots.is_empty() {
            self.tell(Change::Tiles(&slots));
        }
        if says_time {
            self.tell(Change::Beat);
        }
    }

    /// Does the changes: the slots that have another status, and whether tiles or customers came, went or were renamed.
    fn apply(&self, ops: &[Op]) -> Result<(Vec<u32>, bool), Unknown> {
        let mut slots = Vec::with_capacity(ops.len());
        let mut layout = false;
        let mut board = self.board.borrow_mut();
        for op in ops {
            board.apply(op)?;
            match op {
                Op::Status { slot, .. } | Op::Stale { slot, .. } | Op::Taken { slot, .. } => slots.push(*slot),
                Op::Customer { .. } | Op::CustomerGone { .. } | Op::Tile(_) | Op::TileGone { .. } => layout = true,
            }
        }
        Ok((slots, layout))
    }

    /// A closure that does not keep the board alive.
    fn act(&self, act: impl Fn(&Self) + 'static) -> impl Fn() + 'static {
        let me = self.me.clone();
        move || {
            if let Some(live) = me.upgrade() {
                act(&live);
            }
        }
    }

    pub(crate) fn board(&self) -> Ref<'_, Board> {
        self.board.borrow()
    }

    /// Whether a snapshot has come.
    pub(crate) fn is_ready(&self) -> bool {
        self.ready.get()
    }

    pub(crate) fn link(&self) -> Link {
        self.link.get()
    }

    /// How long a verdict takes through the server, in milliseconds, as its canary measures it (DOMAIN F15).
    pub(crate) fn delay_ms(&self) -> Option<u32> {
        self.pulse.get().delay_ms
    }

    /// Frames that could not be read or did not fit, since this page began.
    pub(crate) fn misfits(&self) -> u32 {
        self.misfits.get()
    }

    /// Whether the server runs another build than this page.
    pub(crate) fn is_new_build(&self) -> bool {
        self.new_build.get()
    }

    /// What the slots are of: an epoch of the server, or an edition of the past. In another one they are others' slots.
    pub(crate) fn epoch(&self) -> u64 {
        self.past.get().map_or(self.epoch.get(), |past| past.edition)
    }

    /// For what comes later, and must not keep the board alive.
    pub(crate) fn weak(&self) -> Weak<Self> {
        self.me.clone()
    }

    /// The server's time, or the moment that is shown: UTC milliseconds.
    pub(crate) fn now(&self) -> i64 {
        if let Some(past) = self.past.get() {
            return past.moment;
        }
        let Pulse { now, heard, .. } = self.pulse.get();
        now + (clock() - heard) as i64
    }

    /// Where the server shows what stands behind a tile; `None` on a kiosk, which leads nowhere.
    pub(crate) fn tile_path(&self, slot: u32) -> Option<String> {
        if let Some(past) = self.past.get() {
            return Some(format!("/live/replay/tile/{:016x}/{slot}", past.edition));
        }
        match self.source {
            Source::Staff => Some(format!("/live/tile/{:016x}/{slot}", self.epoch.get())),
            Source::Kiosk => None,
        }
    }

    /// Where this tab stands.
    fn id(&self) -> String {
        wire::event_id(self.epoch.get(), self.sequence.get())
    }

    /// Takes a snapshot and listens from there on. The promise is kept when that has ended: with `true` where a new snapshot is to
    /// be taken at once.
    fn take(&self, head: &Head, board: Board) -> Promise {
        self.board.replace(board);
        self.ready.set(true);
        self.epoch.set(head.epoch);
        self.sequence.set(head.sequence);
        self.kept.borrow_mut().clear();
        self.new_build.set(own_build().is_some_and(|build| build != head.build));
        self.pulse.set(Pulse { now: head.at, as_of: head.at, delay_ms: None, heard: clock() });
        self.flowing.set(false);
        self.tell(Change::Everything);
        self.check_link();
        let ended = Promise::new(&mut |resolve, _| {
            self.ended.replace(Some(resolve));
        });
        self.listen();
        ended
    }

    fn listen(&self) {
        if self.tabs.borrow().is_none() {
            if !self.hidden.get() {
                self.open_stream();
            }
            return;
        }
        self.follow_leader(Bid::InTurn);
        self.ask();
    }

    fn follow_leader(&self, bid: Bid) {
        self.part.set(Part::Follower);
        self.stream.replace(None);
        self.led.set(clock());
        let candidacy = Candidacy::stand(
            self.source,
            self.epoch.get(),
            bid,
            self.act(Self::lead),
            self.act(|live| live.follow_leader(Bid::InTurn)),
        );
        self.candidacy.replace(candidacy);
    }

    fn lead(&self) {
        self.part.set(Part::Leader);
        self.say(&Word::Alive { id: self.id() });
        self.open_stream();
    }

    fn open_stream(&self) {
        let me = self.me.clone();
        let stream = Stream::open(self.source, &self.id(), move |said| {
            if let Some(live) = me.upgrade() {
                live.on_said(said);
            }
        });
        if stream.is_none() {
            self.end(false);
        }
        self.opened.set(clock());
        self.stream.replace(stream);
    }

    fn on_said(&self, said: Said) {
        match said {
            Said::Opened => {
                self.flowing.set(true);
                self.check_link();
            }
            Said::Frame { id, data } => {
                let fit = self.frame(&id, &data);
                match fit {
                    Fit::Next => self.say(&Word::Frame { id, data }),
                    Fit::Old => {}
                    Fit::Gap | Fit::Foreign | Fit::Misfit => self.begin_again(fit),
                }
            }
            Said::Beat(text) => {
                if let Some(beat) = Beat::parse(&text) {
                    self.say(&Word::Beat { id: self.id(), data: text });
                    self.on_beat(beat);
                }
            }
            Said::Resync => self.resync(),
            Said::Over => self.be_over(),
            Said::Closed => self.end(false),
        }
    }

    /// What another tab says.
    fn hear(&self, word: Word) {
        let of = |id: &str| wire::parse_event_id(id).filter(|(epoch, _)| self.ready.get() && *epoch == self.epoch.get());
        match (word, self.part.get()) {
            (Word::Ask { id }, Part::Leader) => {
                if let Some((_, sequence)) = of(&id) {
                    self.answer(&id, sequence);
                }
            }
            (Word::Frame { id, data }, Part::Follower) => {
                if of(&id).is_some() {
                    self.led.set(clock());
                    match self.frame(&id, &data) {
                        Fit::Next | Fit::Old | Fit::Foreign => {}
                        Fit::Gap => self.ask(),
                        Fit::Misfit => self.begin_again(Fit::Misfit),
                    }
                }
            }
            (Word::Beat { id, data }, Part::Follower) => {
                if let (Some((_, sequence)), Some(beat)) = (of(&id), Beat::parse(&data)) {
                    self.led.set(clock());
                    if sequence > self.sequence.get() {
                        self.ask();
                    }
                    self.on_beat(beat);
                }
            }
            (Word::Alive { id }, Part::Follower) => {
                if of(&id).is_some() {
                    self.led.set(clock());
                }
            }
            (Word::Resync { id }, Part::Follower) => {
                if of(&id).is_some_and(|(_, sequence)| self.sequence.get() <= sequence) {
                    self.end(true);
                }
            }
            (Word::Ask { .. }, Part::Follower | Part::Alone)
            | (Word::Frame { .. } | Word::Beat { .. } | Word::Alive { .. } | Word::Resync { .. }, Part::Leader | Part::Alone) => {
            }
        }
    }

    fn say(&self, word: &Word) {
        if self.part.get() == Part::Alone {
            return;
        }
        if let Some(tabs) = self.tabs.borrow().as_ref() {
            tabs.say(word);
        }
    }

    /// Asks the leader for what came after the snapshot, or was missed.
    fn ask(&self) {
        if clock() - self.asked.get() > ASK_AGAIN {
            self.asked.set(clock());
            self.say(&Word::Ask { id: self.id() });
        }
    }

    /// Tells a tab that stands at `sequence` what it lacks.
    fn answer(&self, id: &str, sequence: u64) {
        let Some(lacks) = self.sequence.get().checked_sub(sequence).and_then(|lacks| usize::try_from(lacks).ok()) else { return };
        let kept = self.kept.borrow();
        let Some(first) = kept.len().checked_sub(lacks) else { return self.say(&Word::Resync { id: id.to_owned() }) };
        for (place, data) in (sequence + 1..).zip(kept.iter().skip(first)) {
            self.say(&Word::Frame { id: wire::event_id(self.epoch.get(), place), data: data.clone() });
        }
        if self.flowing.get() {
            let Pulse { as_of, delay_ms, .. } = self.pulse.get();
            let beat = Beat { now: self.now(), as_of, delay_ms };
            self.say(&Word::Beat { id: self.id(), data: beat.to_string() });
        }
    }

    fn frame(&self, id: &str, data: &str) -> Fit {
        let Some((epoch, sequence)) = wire::parse_event_id(id) else { return Fit::Misfit };
        let here = self.sequence.get();
        if epoch != self.epoch.get() {
            return Fit::Foreign;
        }
        if sequence != here + 1 {
            return if sequence <= here { Fit::Old } else { Fit::Gap };
        }
        let Some(ops) = read_frame(data) else { return Fit::Misfit };
        let Ok((slots, layout)) = self.apply(&ops) else { return Fit::Misfit };
        self.sequence.set(sequence);
        self.flowing.set(true);
        self.keep(data);
        self.tell(if layout { Change::Layout } else { Change::Tiles(&slots) });
        Fit::Next
    }

    fn keep(&self, data: &str) {
        let mut kept = self.kept.borrow_mut();
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(data.to_owned());
    }

    fn on_beat(&self, beat: Beat) {
        let Beat { now, as_of, delay_ms } = beat;
        crate::ui::go_by(now);
        self.pulse.set(Pulse { now, as_of, delay_ms, heard: clock() });
        self.flowing.set(true);
        self.failures.set(0);
        self.check_link();
        self.tell(Change::Beat);
    }

    fn begin_again(&self, fit: Fit) {
        self.misfits.set(self.misfits.get() + 1);
        leptos::logging::warn!(
            "a frame of the stream did not fit: {fit:?} ({} so far); taking a new snapshot",
            self.misfits.get()
        );
        self.end(true);
    }

    /// The server has forgotten where this browser stands.
    fn resync(&self) {
        self.say(&Word::Resync { id: wire::event_id(self.epoch.get(), u64::MAX) });
        self.end(true);
    }

    /// The link has ended, and so does everything here.
    fn be_over(&self) {
        self.over.set(true);
        self.check_link();
        self.end(false);
    }

    /// Ends this round.
    fn end(&self, at_once: bool) {
        if let Some(ended) = self.ended.take() {
            let _ = ended.call1(&JsValue::NULL, &at_once.into());
        }
    }

    /// No longer listens, neither to the server nor for the others.
    fn leave(&self) {
        self.stream.replace(None);
        self.candidacy.replace(None);
        self.part.set(Part::Alone);
    }

    fn each_second(&self) {
        if self.over.get() {
            return;
        }
        if self.stream.borrow().is_some() && clock() - self.pulse.get().heard.max(self.opened.get()) > DEAD {
            return self.end(false);
        }
        match self.part.get() {
            Part::Alone => {}
            Part::Leader => {
                if clock() - self.pulse.get().heard > 1_500.0 {
                    self.say(&Word::Alive { id: self.id() });
                }
            }
            Part::Follower => {
                if !self.hidden.get() && clock() - self.led.get() > self.patience {
                    self.follow_leader(Bid::TakeOver);
                }
            }
        }
        self.check_link();
    }

    /// The page is seen again, or no longer.
    fn see(&self) {
        let hidden = document().hidden();
        if self.hidden.replace(hidden) == hidden {
            return;
        }
        if self.tabs.borrow().is_none() && self.ended.borrow().is_some() {
            self.flowing.set(false);
            self.stream.replace(None);
            if !hidden {
                self.open_stream();
            }
        }
        if hidden {
            return;
        }
        let missed = self.missed.replace(Missed::Nothing);
        match missed {
            Missed::Nothing | Missed::Words => {}
            Missed::Tiles => self.tell(Change::Layout),
            Missed::Everything => self.tell(Change::Everything),
        }
        if missed > Missed::Nothing {
            self.tell(Change::Link);
        }
        self.check_link();
    }

    fn tell(&self, change: Change<'_>) {
        if !self.hidden.get() {
            return (self.on)(self, change);
        }
        let missed = match change {
            Change::Everything => Missed::Everything,
            Change::Layout | Change::Tiles(_) => Missed::Tiles,
            Change::Beat | Change::Link | Change::Unseen(_) => Missed::Words,
        };
        self.missed.set(self.missed.get().max(missed));
        match change {
            Change::Tiles(slots) => (self.on)(self, Change::Unseen(Some(slots))),
            Change::Everything | Change::Layout => (self.on)(self, Change::Unseen(None)),
            Change::Beat | Change::Link | Change::Unseen(_) => {}
        }
    }

    fn check_link(&self) {
        let link = self.judge_link();
        if self.link.replace(link) != link {
            self.tell(Change::Link);
        }
    }

    fn judge_link(&self) -> Link {
        if self.over.get() {
            return Link::Over;
        }
        if !self.ready.get() {
            return Link::Connecting;
        }
        let Pulse { now, as_of, heard, .. } = self.pulse.get();
        if clock() - heard > SILENCE || now - as_of > LAG {
            Link::Lost { since: as_of }
        } else if self.flowing.get() {
            Link::Live
        } else {
            Link::Connecting
        }
    }

    /// How long to wait before the next attempt; counts it.
    fn wait(&self) -> u32 {
        let failures = self.failures.get();
        self.failures.set(failures.saturating_add(1));
        let seconds = 1_u32.checked_shl(failures).map_or(LONGEST_WAIT, |seconds| seconds.min(LONGEST_WAIT));
        // Not all walls of an MSP at the same instant.
        seconds * 1_000 + (js_sys::Math::random() * 500.0) as u32
    }
}

impl Drop for LiveBoard {
    fn drop(&mut self) {
        // Whoever waits for the end of this round must not wait for ever.
        self.end(false);
    }
}

/// Snapshot, stream, and again from the start when that has ended; until the board is dropped.
async fn follow(live: Weak<LiveBoard>) {
    loop {
        let Some(source) = live.upgrade().map(|live| live.source) else { return };
        let answer = snapshot(source).await;
        let Some(board) = live.upgrade() else { return };
        let ended = match answer {
            Ok((head, fresh)) => Some(board.take(&head, fresh)),
            Err(Snag::SignedOut) => return sign_in(),
            Err(Snag::Over) => return board.be_over(),
            Err(Snag::Later) => None,
        };
        // Nothing may keep the board alive while this waits.
        drop(board);
        let at_once = match ended {
            Some(ended) => JsFuture::from(ended).await.is_ok_and(|at_once| at_once.is_truthy()),
            None => false,
        };
        let Some(board) = live.upgrade() else { return };
        board.leave();
        if board.over.get() {
            return;
        }
        let wait = if at_once && board.failures.get() == 0 {
            board.failures.set(1);
            0
        } else {
            board.wait()
        };
        drop(board);
        TimeoutFuture::new(wait).await;
    }
}

/// To the sign-in page, and back here from there.
pub(super) fn sign_in() {
    let location = window().location();
    let here = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
    let _ = location.assign(&format!("/sign-in?next={}", String::from(js_sys::encode_uri_component(&here))));
}

/// Milliseconds since this page began.
pub(super) fn clock() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}
