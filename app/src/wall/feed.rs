//! The board in the browser, kept up to date (DESIGN, way 3): a snapshot, then one stream of frames from there on.
//!
//! The wall draws it, the health view turns its cards by it: [`watch`] is all that either needs.

use std::{
    cell::{Cell, Ref, RefCell},
    rc::{Rc, Weak},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use gloo_timers::{callback::Interval, future::TimeoutFuture};
use js_sys::{Function, Promise, Uint8Array};
use leptos::prelude::{LocalStorage, StoredValue, document, window};
use model::{
    board::{Board, Op},
    wire::{self, Head},
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Event, EventSource, MessageEvent, RequestCache, RequestInit, Response};

use super::{facts::Link, listener::Listener};

/// Without a beat for so long, the link is lost: milliseconds.
const SILENCE: f64 = 5_000.0;
/// Data that lags the server's clock by more than this is stale, however well the beats come: milliseconds.
const LAG: i64 = 10_000;
/// The longest wait before the next attempt, in seconds.
const LONGEST_WAIT: u32 = 15;

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
}

/// Watches the board of the signed-in person's MSP until the current reactive owner is cleaned up. `on` is called after each
/// change, with the board as it is then; never before the first snapshot but for [`Change::Link`].
pub(crate) fn watch(on: impl Fn(&LiveBoard, Change<'_>) + 'static) -> StoredValue<Rc<LiveBoard>, LocalStorage> {
    StoredValue::new_local(LiveBoard::open(on))
}

type OnChange = Box<dyn Fn(&LiveBoard, Change<'_>)>;

/// A board that follows the server's. Dropping it closes the stream.
pub(crate) struct LiveBoard {
    board: RefCell<Board>,
    ready: Cell<bool>,
    epoch: Cell<u64>,
    sequence: Cell<u64>,
    pulse: Cell<Pulse>,
    link: Cell<Link>,
    new_build: Cell<bool>,
    /// The stream has said something since it was opened.
    flowing: Cell<bool>,
    /// Attempts in a row without a beat.
    failures: Cell<u32>,
    /// Frames that could not be read or did not fit.
    misfits: Cell<u32>,
    stream: RefCell<Option<Stream>>,
    timer: RefCell<Option<Interval>>,
    on: OnChange,
}

/// The server's clock when it was last heard.
#[derive(Debug, Clone, Copy, Default)]
struct Pulse {
    now: i64,
    as_of: i64,
    /// By this page's own clock, which no one sets.
    heard: f64,
}

impl LiveBoard {
    fn open(on: impl Fn(&Self, Change<'_>) + 'static) -> Rc<Self> {
        let live = Rc::new(Self {
            board: RefCell::default(),
            ready: Cell::default(),
            epoch: Cell::default(),
            sequence: Cell::default(),
            pulse: Cell::default(),
            link: Cell::default(),
            new_build: Cell::default(),
            flowing: Cell::default(),
            failures: Cell::default(),
            misfits: Cell::default(),
            stream: RefCell::default(),
            timer: RefCell::default(),
            on: Box::new(on),
        });
        let each_second = each(&live, Self::check_link);
        live.timer.replace(Some(Interval::new(1_000, each_second)));
        spawn_local(follow(Rc::downgrade(&live)));
        live
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

    /// Whether the server runs another build than this page.
    pub(crate) fn is_new_build(&self) -> bool {
        self.new_build.get()
    }

    /// The server's time, UTC milliseconds.
    pub(crate) fn now(&self) -> i64 {
        let Pulse { now, heard, .. } = self.pulse.get();
        now + (clock() - heard) as i64
    }

    /// Where the server shows what stands behind a tile.
    pub(crate) fn tile_path(&self, slot: u32) -> String {
        format!("/live/tile/{:016x}/{slot}", self.epoch.get())
    }

    /// Takes a snapshot and listens from there on.
    fn take(self: &Rc<Self>, head: &Head, board: Board) -> Promise {
        self.board.replace(board);
        self.ready.set(true);
        self.epoch.set(head.epoch);
        self.sequence.set(head.sequence);
        self.new_build.set(page_build().is_some_and(|build| build != head.build));
        self.pulse.set(Pulse { now: head.at, as_of: head.at, heard: clock() });
        (self.on)(self, Change::Everything);
        self.check_link();
        self.listen()
    }

    /// Opens the stream. The promise is kept when it has ended: with `true` where a new snapshot is to be taken at once.
    fn listen(self: &Rc<Self>) -> Promise {
        let mut ended = None;
        let promise = Promise::new(&mut |resolve, _| ended = Some(resolve));
        let from = wire::event_id(self.epoch.get(), self.sequence.get());
        self.flowing.set(false);
        match (ended, EventSource::new(&format!("/live/stream?from={from}"))) {
            (Some(ended), Ok(source)) => {
                self.stream.replace(Some(Stream::new(self, source, ended)));
                promise
            }
            (_, Err(_)) | (None, Ok(_)) => Promise::resolve(&JsValue::FALSE),
        }
    }

    fn on_frame(&self, event: &Event) {
        if self.frame(event).is_none() {
            self.misfits.set(self.misfits.get() + 1);
            leptos::logging::warn!("a frame of the stream did not fit ({} so far): taking a new snapshot", self.misfits.get());
            self.begin_again();
        }
    }

    /// `None` where the frame cannot be read or is not the next one.
    fn frame(&self, event: &Event) -> Option<()> {
        let message = event.dyn_ref::<MessageEvent>()?;
        let (epoch, sequence) = wire::parse_event_id(&message.last_event_id())?;
        if epoch != self.epoch.get() || Some(sequence) != self.sequence.get().checked_add(1) {
            return None;
        }
        let bytes = STANDARD.decode(message.data().as_string()?).ok()?;
        let (_, ops) = wire::decode_frame(&bytes).ok()?;
        let mut slots = Vec::with_capacity(ops.len());
        let mut layout = false;
        {
            let mut board = self.board.borrow_mut();
            for op in &ops {
                board.apply(op).ok()?;
                match op {
                    Op::Status { slot, .. } | Op::Stale { slot, .. } | Op::Taken { slot, .. } => slots.push(*slot),
                    Op::Customer { .. } | Op::CustomerGone { .. } | Op::Tile(_) | Op::TileGone { .. } => layout = true,
                }
            }
        }
        self.sequence.set(sequence);
        self.flowing.set(true);
        (self.on)(self, if layout { Change::Layout } else { Change::Tiles(&slots) });
        Some(())
    }

    fn on_beat(&self, event: &Event) {
        let text = event.dyn_ref::<MessageEvent>().and_then(|message| message.data().as_string()).unwrap_or_default();
        let Some((now, as_of)) = text.split_once(',') else { return };
        let (Ok(now), Ok(as_of)) = (now.trim().parse(), as_of.trim().parse()) else { return };
        self.pulse.set(Pulse { now, as_of, heard: clock() });
        self.flowing.set(true);
        self.failures.set(0);
        self.check_link();
        (self.on)(self, Change::Beat);
    }

    fn on_error(&self) {
        let stream = self.stream.borrow();
        if let Some(stream) = stream.as_ref().filter(|stream| stream.source.ready_state() == EventSource::CLOSED) {
            stream.end(false);
        }
    }

    fn begin_again(&self) {
        if let Some(stream) = self.stream.borrow().as_ref() {
            stream.end(true);
        }
    }

    fn check_link(&self) {
        let link = self.judge_link();
        if self.link.replace(link) != link {
            (self.on)(self, Change::Link);
        }
    }

    fn judge_link(&self) -> Link {
        if !self.ready.get() {
            return Link::Connecting;
        }
        let Pulse { now, as_of, heard } = self.pulse.get();
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

/// A closure that does not keep the board alive.
fn each(live: &Rc<LiveBoard>, act: impl Fn(&LiveBoard) + 'static) -> impl Fn() + 'static {
    let live = Rc::downgrade(live);
    move || {
        if let Some(live) = live.upgrade() {
            act(&live);
        }
    }
}

/// Snapshot, stream, and again from the start when that has ended; until the board is dropped.
async fn follow(live: Weak<LiveBoard>) {
    loop {
        let answer = snapshot().await;
        let Some(board) = live.upgrade() else { return };
        let ended = match answer {
            Ok((head, fresh)) => Some(board.take(&head, fresh)),
            Err(Snag::SignedOut) => return sign_in(),
            Err(Snag::Later) => None,
        };
        // Nothing may keep the board alive while this waits.
        drop(board);
        let at_once = match ended {
            Some(ended) => JsFuture::from(ended).await.is_ok_and(|at_once| at_once.is_truthy()),
            None => false,
        };
        let Some(board) = live.upgrade() else { return };
        board.stream.replace(None);
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

/// Why there is no snapshot.
enum Snag {
    SignedOut,
    Later,
}

impl From<JsValue> for Snag {
    fn from(_: JsValue) -> Self {
        Self::Later
    }
}

impl From<wire::BadWire> for Snag {
    fn from(bad: wire::BadWire) -> Self {
        leptos::logging::warn!("the snapshot cannot be read: {bad}");
        Self::Later
    }
}

async fn snapshot() -> Result<(Head, Board), Snag> {
    let how = RequestInit::new();
    how.set_cache(RequestCache::NoStore);
    let answer = JsFuture::from(window().fetch_with_str_and_init("/live/snapshot", &how)).await?;
    let answer: Response = answer.dyn_into()?;
    match answer.status() {
        200 => {}
        401 => return Err(Snag::SignedOut),
        _ => return Err(Snag::Later),
    }
    let bytes = JsFuture::from(answer.array_buffer()?).await?;
    Ok(wire::decode_snapshot(&Uint8Array::new(&bytes).to_vec())?)
}

/// To the sign-in page, and back here from there.
fn sign_in() {
    let location = window().location();
    let here = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
    let _ = location.assign(&format!("/sign-in?next={}", String::from(js_sys::encode_uri_component(&here))));
}

fn page_build() -> Option<String> {
    document().query_selector("meta[name=nocturne-build]").ok()??.get_attribute("content")
}

/// Milliseconds since this page began.
fn clock() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

/// An open stream. Dropping it closes it.
struct Stream {
    source: EventSource,
    ended: Function,
    _listeners: [Listener; 5],
}

impl Stream {
    fn new(live: &Rc<LiveBoard>, source: EventSource, ended: Function) -> Self {
        let on = |name, act: fn(&LiveBoard, &Event)| {
            let live = Rc::downgrade(live);
            Listener::new(&source, name, move |event| {
                if let Some(live) = live.upgrade() {
                    act(&live, &event);
                }
            })
        };
        let listeners = [
            on("open", |live, _| {
                live.flowing.set(true);
                live.check_link();
            }),
            on("frame", LiveBoard::on_frame),
            on("beat", LiveBoard::on_beat),
            on("resync", |live, _| live.begin_again()),
            on("error", |live, _| live.on_error()),
        ];
        Self { source, ended, _listeners: listeners }
    }

    fn end(&self, at_once: bool) {
        self.source.close();
        let _ = self.ended.call1(&JsValue::NULL, &at_once.into());
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.end(false);
    }
}
