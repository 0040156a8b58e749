//! What comes from the server: the snapshot, and the stream of its events.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use model::{
    board::{Board, Op},
    wire::{self, Head},
};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, EventSource, MessageEvent};

use super::{get::get, listener::Listener, source::Source};

/// How long a snapshot may take to begin, in milliseconds.
const BEGINS: u32 = 15_000;

/// Why there is no snapshot.
pub(super) enum Snag {
    SignedOut,
    /// The kiosk link has ended.
    Over,
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

pub(super) async fn snapshot(source: Source) -> Result<(Head, Board), Snag> {
    let answer = get(&source.snapshot(), BEGINS).await?;
    match answer.status() {
        200 => Ok(wire::decode_snapshot(&answer.bytes().await?)?),
        401 => Err(Snag::SignedOut),
        404 if source == Source::Kiosk => Err(Snag::Over),
        _ => Err(Snag::Later),
    }
}

/// The changes that a frame's text holds.
pub(super) fn read_frame(data: &str) -> Option<Vec<Op>> {
    let bytes = STANDARD.decode(data).ok()?;
    wire::decode_frame(&bytes).ok().map(|(_, ops)| ops)
}

/// What the stream says.
pub(super) enum Said {
    Opened,
    Frame {
        id: String,
        data: String,
    },
    Beat(String),
    Resync,
    /// The kiosk link has ended.
    Over,
    /// It is closed, and will not open again by itself.
    Closed,
}

/// An open stream. Dropping it closes it.
pub(super) struct Stream {
    source: EventSource,
    _listeners: [Listener; 6],
}

impl Stream {
    /// Listens from the event `from` on.
    pub(super) fn open(source: Source, from: &str, heard: impl Fn(Said) + Clone + 'static) -> Option<Self> {
        let source = EventSource::new(&format!("{}?from={from}", source.stream())).ok()?;
        let on = |name, read: fn(&Event) -> Option<Said>| {
            let heard = heard.clone();
            Listener::new(&source, name, move |event| {
                if let Some(said) = read(&event) {
                    heard(said);
                }
            })
        };
        let listeners = [
            on("open", |_| Some(Said::Opened)),
            on("frame", |event| {
                let message = event.dyn_ref::<MessageEvent>()?;
                Some(Said::Frame { id: message.last_event_id(), data: message.data().as_string()? })
            }),
            on("beat", |event| event.dyn_ref::<MessageEvent>()?.data().as_string().map(Said::Beat)),
            on("resync", |_| Some(Said::Resync)),
            on("over", |_| Some(Said::Over)),
            on("error", |event| {
                let source: EventSource = event.target()?.dyn_into().ok()?;
                (source.ready_state() == EventSource::CLOSED).then_some(Said::Closed)
            }),
        ];
        Some(Self { source, _listeners: listeners })
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.source.close();
    }
}
