//! What comes from the server: the snapshot, and the stream of its events.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use gloo_timers::callback::Timeout;
use js_sys::Uint8Array;
use leptos::prelude::window;
use model::{
    board::{Board, Op},
    wire::{self, Head},
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Event, EventSource, MessageEvent, RequestCache, RequestInit, Response};

use super::{listener::Listener, source::Source};

/// How long a snapshot may take to begin, and to come, in milliseconds: a connection that has died says nothing.
const FIRST_BYTE: u32 = 15_000;
const WHOLE: u32 = 60_000;

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
    let how = RequestInit::new();
    how.set_cache(RequestCache::NoStore);
    let abort = AbortController::new()?;
    how.set_signal(Some(&abort.signal()));
    let limit = |ms| {
        let abort = abort.clone();
        Timeout::new(ms, move || abort.abort())
    };
    let begins = limit(FIRST_BYTE);
    let answer = JsFuture::from(window().fetch_with_str_and_init(source.snapshot(), &how)).await?;
    drop(begins);
    let answer: Response = answer.dyn_into()?;
    match answer.status() {
        200 => {}
        401 => return Err(Snag::SignedOut),
        404 if source == Source::Kiosk => return Err(Snag::Over),
        _ => return Err(Snag::Later),
    }
    let comes = limit(WHOLE);
    let bytes = JsFuture::from(answer.array_buffer()?).await?;
    drop(comes);
    Ok(wire::decode_snapshot(&Uint8Array::new(&bytes).to_vec())?)
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
