//! Shows the wall as it was (DOMAIN F12): reads the day and the pieces that are needed, winds them to the moment, and plays.
//!
//! Pieces begin at the whole hour where an hour fits into one, and at the moment that is sought where it does not. While it plays, the
//! next one is asked for before it is needed; a moment whose piece has not come is waited for.

use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
};

use gloo_timers::{callback::Interval, future::TimeoutFuture};
use leptos::prelude::{GetUntracked, ReadUntracked, Set, Update, WithUntracked};
use model::{
    board::Op,
    replay::{DAY_MS, Day, Moment, NotReplayed, PIECE_MS, Reel, SETTLED_MS, decode_day, decode_piece},
};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

use super::{
    feed::{LiveBoard, clock, sign_in},
    frames::Frames,
    get::get,
    replay::{Replay, Shown, Strip},
};
use crate::ui::own_build;

/// What is kept of pieces: so many, and so many changes in all of them.
const KEPT_PIECES: usize = 30;
const KEPT_TURNS: usize = 600_000;
/// While it plays the moment is told this often, in milliseconds.
const TELL_EVERY: f64 = 200.0;
/// A frame that comes later than this, in milliseconds, was not played meanwhile: the page was hidden.
const LONGEST_FRAME: f64 = 250.0;
/// How long before a piece ends the next one is asked for: milliseconds of the viewer.
const AHEAD: i64 = 4_000;
/// From where it plays when it is at the end: milliseconds before it.
const AGAIN: i64 = 60 * 60 * 1_000;
/// How often the day is read anew, in milliseconds, and how soon after a failure.
const DAY_EVERY: u32 = 5 * 60 * 1_000;
const RETRY: u32 = 2_000;
/// How long the server may take to begin with one, in milliseconds: it reads a day of all monitors.
const BEGINS: u32 = 60_000;
/// How soon it is read anew where it no longer fits: milliseconds.
const SOON: u32 = 250;

/// See the module's text.
pub(super) struct Projector {
    me: Weak<Self>,
    replay: Replay,
    screen: RefCell<Weak<LiveBoard>>,
    day: RefCell<Option<Day>>,
    /// When the day was read, by this page's own clock.
    read_at: Cell<f64>,
    /// The one in use is the last.
    reels: RefCell<Vec<Reel>>,
    /// The screen shows the last of the reels, where it is wound to.
    is_shown: Cell<bool>,
    /// What the address asks for, until the day has come.
    asked: Cell<Option<Result<Moment, NotReplayed>>>,
    /// The moment that is to be shown, UTC milliseconds, and what is left of the one after it.
    wanted: Cell<i64>,
    rest: Cell<f64>,
    reads_day: Cell<bool>,
    reads_piece: Cell<bool>,
    /// An hour does not fit into a piece.
    dense: Cell<bool>,
    frames: Frames<bool>,
    played_at: Cell<f64>,
    told_at: Cell<f64>,
    timer: RefCell<Option<Interval>>,
}

/// Why there is no answer.
enum Snag {
    SignedOut,
    /// Monitors came or went, or the screen has been open for longer than the day's beginning is kept.
    Outdated,
    /// The server says why.
    Refused(String),
    Later,
}

impl From<JsValue> for Snag {
    fn from(_: JsValue) -> Self {
        Self::Later
    }
}

impl From<model::wire::BadWire> for Snag {
    fn from(bad: model::wire::BadWire) -> Self {
        leptos::logging::warn!("what is to be replayed cannot be read: {bad}");
        Self::Later
    }
}

impl Projector {
    pub(super) fn new(replay: Replay) -> Rc<Self> {
        let projector = Rc::new_cyclic(|me| Self {
            me: Weak::clone(me),
            replay,
            screen: RefCell::default(),
            day: RefCell::default(),
            read_at: Cell::default(),
            reels: RefCell::default(),
            is_shown: Cell::default(),
            asked: Cell::default(),
            wanted: Cell::default(),
            rest: Cell::default(),
            reads_day: Cell::default(),
            reads_piece: Cell::default(),
            dense: Cell::default(),
            frames: Frames::default(),
            played_at: Cell::default(),
            told_at: Cell::default(),
            timer: RefCell::default(),
        });
        projector.frames.begin(projector.act(|projector| {
            projector.frames.came();
            if projector.frames.take() {
                projector.step();
            }
        }));
        projector.timer.replace(Some(Interval::new(DAY_EVERY, projector.act(Self::read_day))));
        projector.read_day();
        projector
    }

    /// A closure that does not keep the projector alive.
    fn act(&self, act: impl Fn(&Self) + 'static) -> impl Fn() + 'static {
        let me = self.me.clone();
        move || {
            if let Some(projector) = me.upgrade() {
                act(&projector);
            }
        }
    }

    /// Projects onto this board from now on.
    pub(super) fn show_on(&self, live: &Rc<LiveBoard>) {
        self.screen.replace(Rc::downgrade(live));
        self.clean_screen();
        self.show();
    }

    /// An empty board with the day's customers.
    fn clean_screen(&self) {
        self.is_shown.set(false);
        let day = self.day.borrow();
        if let (Some(day), Some(screen)) = (day.as_ref(), self.screen.borrow().upgrade()) {
            let is_new_build = own_build().is_some_and(|build| build != day.build);
            screen.begin_past(day.board(), day.edition, is_new_build);
        }
    }

    /// To what the address asks for.
    pub(super) fn ask(&self, moment: Result<Moment, NotReplayed>) {
        self.asked.set(Some(moment));
        self.answer();
    }

    fn answer(&self) {
        let Some((from, to)) = self.ends() else { return };
        let Some(asked) = self.asked.take() else { return };
        match asked.and_then(|moment| moment.within(from, to)) {
            Ok(at) => {
                self.seek(at);
                if asked == Ok(Moment::Latest) {
                    self.replay.write_down();
                }
            }
            Err(why) => {
                self.pause();
                self.replay.trouble.set(Some(why.to_string()));
            }
        }
    }

    /// The first and the last moment, UTC milliseconds: the last goes on with the server's clock.
    fn ends(&self) -> Option<(i64, i64)> {
        let day = self.day.borrow();
        let day = day.as_ref()?;
        Some((day.from, day.to + (clock() - self.read_at.get()) as i64))
    }

    /// To a moment, and no further than to an end.
    pub(super) fn seek(&self, at: i64) {
        let Some((from, to)) = self.ends() else { return };
        self.asked.set(None);
        self.replay.trouble.set(None);
        self.wanted.set(at.clamp(from, to).div_euclid(1_000).saturating_mul(1_000).max(from));
        self.rest.set(0.0);
        self.tell();
        self.show();
    }

    pub(super) fn play(&self) {
        let Some((from, to)) = self.ends() else { return };
        if !(from..=to - 2_000).contains(&self.wanted.get()) {
            self.seek((to - AGAIN).max(from));
        }
        self.played_at.set(clock());
        self.replay.plays.set(true);
        self.frames.need(true);
    }

    pub(super) fn pause(&self) {
        if self.replay.plays.get_untracked() {
            self.replay.plays.set(false);
            self.seek(self.wanted.get());
            self.replay.write_down();
        }
    }

    /// One frame of playing.
    fn step(&self) {
        let Some((_, to)) = self.ends().filter(|_| self.replay.plays.get_untracked()) else { return };
        let now = clock();
        let passed = (now - self.played_at.replace(now)).clamp(0.0, LONGEST_FRAME);
        // A moment that is still waited for is not passed over.
        if self.show() {
            let gone = passed * f64::from(self.replay.speed.get_untracked().times()) + self.rest.get();
            self.rest.set(gone.fract());
            let next = self.wanted.get() + gone as i64;
            self.wanted.set(next.min(to));
            if next >= to {
                self.tell();
                self.show();
                self.replay.said.set("You have reached the present.".to_owned());
                return self.pause();
            }
            self.show();
            self.look_ahead(to);
        }
        if now - self.told_at.get() >= TELL_EVERY {
            self.tell();
        }
        self.frames.need(true);
    }

    /// Tells the bar where it is.
    fn tell(&self) {
        let Some((_, to)) = self.ends() else { return };
        self.told_at.set(clock());
        let shown = Shown { at: self.wanted.get(), now: to + SETTLED_MS };
        if self.replay.shown.get_untracked() != shown {
            self.replay.shown.set(shown);
        }
        let is_beyond = self.replay.strip.with_untracked(|strip| strip.as_ref().is_some_and(|strip| strip.to < shown.at));
        if is_beyond {
            self.replay.strip.update(|strip| {
                if let Some(strip) = strip {
                    strip.to = shown.at;
                }
            });
        }
    }

    /// Brings the screen to the moment that is wanted; whether it could. Otherwise the piece is asked for.
    fn show(&self) -> bool {
        let is_shown = self.try_show();
        let waits = !is_shown && self.replay.trouble.read_untracked().is_none();
        if self.replay.waits.get_untracked() != waits {
            self.replay.waits.set(waits);
        }
        if waits && self.day.borrow().is_some() {
            let wanted = self.wanted.get();
            let from = self.day.borrow().as_ref().map_or(wanted, |day| day.from);
            self.read_piece(if self.dense.get() {
                wanted
            } else {
                (wanted.div_euclid(PIECE_MS) * PIECE_MS).max(from).min(wanted)
            });
        }
        is_shown
    }

    fn show_again(&self) {
        let _ = self.show();
    }

    fn try_show(&self) -> bool {
        let wanted = self.wanted.get();
        let mut reels = self.reels.borrow_mut();
        let Some(place) = reels.iter().rposition(|reel| reel.covers(wanted)) else { return false };
        let is_other = place + 1 != reels.len();
        if is_other {
            let reel = reels.remove(place);
            reels.push(reel);
        }
        let Some(screen) = self.screen.borrow().upgrade() else { return true };
        let day = self.day.borrow();
        let (Some(day), Some(reel)) = (day.as_ref(), reels.last_mut()) else { return false };
        reel.wind(wanted);
        let ops: Vec<Op> = {
            let board = screen.board();
            if is_other || !self.is_shown.get() {
                (0..reel.slots()).filter_map(|slot| reel.op(day, &board, slot)).collect()
            } else {
                reel.touched().iter().filter_map(|slot| reel.op(day, &board, *slot)).collect()
            }
        };
        self.is_shown.set(true);
        screen.move_past(&ops, wanted);
        true
    }

    /// Asks for the piece after this one in time.
    fn look_ahead(&self, to: i64) {
        let next = {
            let reels = self.reels.borrow();
            let Some(end) = reels.last().map(|reel| reel.piece().to) else { return };
            let left = (end - self.wanted.get()) / i64::from(self.replay.speed.get_untracked().times());
            let is_there = end + 1_000 >= to || reels.iter().any(|reel| reel.covers(end + 1));
            (left < AHEAD && !is_there).then_some(end)
        };
        if let Some(from) = next {
            self.read_piece(from);
        }
    }

    fn read_day(&self) {
        if self.reads_day.replace(true) {
            return;
        }
        let me = self.me.clone();
        spawn_local(async move {
            let day = fetch_day().await;
            Self::wait_behind(day.as_ref().err(), &me).await;
            let Some(projector) = me.upgrade() else { return };
            projector.reads_day.set(false);
            match day {
                Ok(day) => projector.take_day(day),
                Err(snag) => projector.stumble(snag, Self::read_day),
            }
        });
    }

    fn take_day(&self, day: Day) {
        let is_other = self.day.borrow().as_ref().is_none_or(|before| before.edition != day.edition);
        let strip =
            Strip { from: day.from, to: day.to, begins: day.from, columns: day.columns.clone(), known_from: day.known_from };
        self.replay.strip.set(Some(strip));
        self.read_at.set(clock());
        self.day.replace(Some(day));
        if is_other {
            self.reels.borrow_mut().clear();
            self.clean_screen();
        }
        if self.asked.get().is_some() {
            self.answer();
        } else if self.replay.trouble.read_untracked().is_none() {
            self.tell();
            self.show();
        }
    }

    fn read_piece(&self, from: i64) {
        let Some(edition) = self.day.borrow().as_ref().map(|day| day.edition) else { return };
        if self.reads_piece.replace(true) {
            return;
        }
        let me = self.me.clone();
        spawn_local(async move {
            let reel = fetch_piece(edition, from).await;
            Self::wait_behind(reel.as_ref().err(), &me).await;
            let Some(projector) = me.upgrade() else { return };
            projector.reads_piece.set(false);
            match reel {
                Ok(reel) => projector.take_piece(reel, from),
                Err(snag) => projector.stumble(snag, Self::show_again),
            }
        });
    }

    fn take_piece(&self, reel: Reel, asked: i64) {
        let piece = reel.piece();
        let slots = self.day.borrow().as_ref().map_or(0, |day| day.monitors.len());
        // The day was read anew meanwhile: that of today will be asked for.
        if piece.base.len() != slots || self.day.borrow().as_ref().is_none_or(|day| day.edition != piece.edition) {
            return self.show_again();
        }
        let to = piece.to;
        if let Some((_, latest)) = self.ends() {
            self.dense.set(to < (piece.from + PIECE_MS).min(latest - 1_000));
        }
        // The server's clock runs a little behind ours: there is nothing newer.
        if asked == self.wanted.get() && to < asked {
            self.wanted.set(to);
        }
        {
            let mut reels = self.reels.borrow_mut();
            // The last one is the one in use.
            let place = reels.len().saturating_sub(1);
            reels.insert(place, reel);
            let turns = |reels: &[Reel]| reels.iter().map(|reel| reel.piece().turns.len()).sum::<usize>();
            while reels.len() > 2 && (reels.len() > KEPT_PIECES || turns(&reels) > KEPT_TURNS) {
                reels.remove(0);
            }
        }
        self.show_again();
    }

    /// Waits until it may be asked again. Nothing keeps the projector alive meanwhile.
    async fn wait_behind(snag: Option<&Snag>, me: &Weak<Self>) {
        match snag {
            Some(Snag::SignedOut) => {
                // The page is left: nothing is asked any more.
                sign_in();
                std::future::pending::<()>().await;
            }
            Some(Snag::Later) => {
                if let Some(projector) = me.upgrade() {
                    projector.replay.said.set("The server does not answer. It is asked again.".to_owned());
                }
                TimeoutFuture::new(RETRY).await;
            }
            Some(Snag::Outdated) => TimeoutFuture::new(SOON).await,
            Some(Snag::Refused(_)) | None => {}
        }
    }

    /// What is done about a snag; `again` is what did not succeed.
    fn stumble(&self, snag: Snag, again: impl Fn(&Self)) {
        match snag {
            Snag::Outdated => {
                self.wanted.set(self.wanted.get().max(self.ends().map_or(i64::MIN, |(_, to)| to - DAY_MS)));
                self.read_day();
            }
            Snag::Refused(why) => {
                self.replay.plays.set(false);
                self.replay.trouble.set(Some(why));
            }
            Snag::Later => again(self),
            Snag::SignedOut => {}
        }
    }
}

async fn fetch_day() -> Result<Day, Snag> {
    Ok(decode_day(&fetch("/live/replay").await?)?)
}

async fn fetch_piece(edition: u64, from: i64) -> Result<Reel, Snag> {
    let bytes = fetch(&format!("/live/replay/piece?edition={edition:016x}&from={from}")).await?;
    Ok(Reel::new(decode_piece(&bytes)?))
}

async fn fetch(address: &str) -> Result<Vec<u8>, Snag> {
    let answer = get(address, BEGINS).await?;
    match answer.status() {
        200 => Ok(answer.bytes().await?),
        401 => Err(Snag::SignedOut),
        409 | 410 => Err(Snag::Outdated),
        400..=499 => Err(Snag::Refused(answer.text().await?)),
        _ => Err(Snag::Later),
    }
}
