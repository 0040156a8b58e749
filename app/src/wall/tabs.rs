//! The tabs of one browser share one stream (DESIGN, way 3): whoever holds a Web Lock listens to the server, and passes on what
//! it hears by a BroadcastChannel. Both are missing where the page is not a secure context: then each tab is alone.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use js_sys::{Array, Function, Object, Promise, Reflect};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AbortController, BroadcastChannel, MessageEvent};

use super::{listener::Listener, source::Source};

/// What one tab tells the others. An `id` is that of an event of the stream: epoch and sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word {
    /// The leader has heard a frame.
    Frame { id: String, data: String },
    /// The leader has heard a beat, and stands at `id`.
    Beat { id: String, data: String },
    /// The leader lives, but the server does not speak.
    Alive { id: String },
    /// Who stands at `id` or before it has to take a new snapshot.
    Resync { id: String },
    /// A tab that stands at `id` lacks what came after.
    Ask { id: String },
}

impl Word {
    fn to_js(&self) -> JsValue {
        let (kind, id, data) = match self {
            Self::Frame { id, data } => ("frame", id, data.as_str()),
            Self::Beat { id, data } => ("beat", id, data.as_str()),
            Self::Alive { id } => ("alive", id, ""),
            Self::Resync { id } => ("resync", id, ""),
            Self::Ask { id } => ("ask", id, ""),
        };
        Array::of3(&kind.into(), &id.into(), &data.into()).into()
    }

    fn from_js(value: &JsValue) -> Option<Self> {
        let parts = value.dyn_ref::<Array>()?;
        let part = |index| parts.get(index).as_string();
        let (kind, id, data) = (part(0)?, part(1)?, part(2)?);
        Some(match kind.as_str() {
            "frame" => Self::Frame { id, data },
            "beat" => Self::Beat { id, data },
            "alive" => Self::Alive { id },
            "resync" => Self::Resync { id },
            "ask" => Self::Ask { id },
            _ => return None,
        })
    }
}

/// The way to the other tabs, until it is dropped.
pub(super) struct Tabs {
    channel: BroadcastChannel,
    _listener: Listener,
}

impl Tabs {
    /// `None` where this browser cannot. Words on the channel say which board they are about.
    pub(super) fn meet(source: Source, heard: impl Fn(Word) + 'static) -> Option<Self> {
        locks()?;
        let channel = BroadcastChannel::new(&source.tabs()).ok()?;
        let listener = Listener::new(&channel, "message", move |event| {
            if let Some(word) = event.dyn_ref::<MessageEvent>().and_then(|message| Word::from_js(&message.data())) {
                heard(word);
            }
        });
        Some(Self { channel, _listener: listener })
    }

    pub(super) fn say(&self, word: &Word) {
        let _ = self.channel.post_message(&word.to_js());
    }
}

impl Drop for Tabs {
    fn drop(&mut self) {
        self.channel.close();
    }
}

/// How a tab comes to lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bid {
    /// Once no one leads any more.
    InTurn,
    /// At once: who leads does not speak.
    TakeOver,
}

/// A tab's bid to lead those that show the same board. Dropping it ends the bid, or the lead.
pub(super) struct Candidacy {
    ended: Rc<Cell<bool>>,
    abort: Option<AbortController>,
    release: Rc<RefCell<Option<Function>>>,
}

impl Candidacy {
    /// `granted` is called when this tab leads, `lost` when another one has taken over.
    pub(super) fn stand(
        source: Source,
        epoch: u64,
        bid: Bid,
        granted: impl FnOnce() + 'static,
        lost: impl FnOnce() + 'static,
    ) -> Option<Self> {
        let locks = locks()?;
        let ended = Rc::new(Cell::new(false));
        let release: Rc<RefCell<Option<Function>>> = Rc::default();
        let how = Object::new();
        let set = |name: &str, value: &JsValue| Reflect::set(&how, &name.into(), value).ok();
        // The two do not go together; a lock that is taken over is granted at once.
        let abort = match bid {
            Bid::InTurn => {
                let abort = AbortController::new().ok()?;
                set("signal", &abort.signal())?;
                Some(abort)
            }
            Bid::TakeOver => {
                set("steal", &JsValue::TRUE)?;
                None
            }
        };
        let on_granted = {
            let (ended, release) = (Rc::clone(&ended), Rc::clone(&release));
            // The lock is held until the promise that is returned is kept.
            Closure::once_into_js(move |_lock: JsValue| -> JsValue {
                if ended.get() {
                    return JsValue::UNDEFINED;
                }
                let held = Promise::new(&mut |resolve, _| {
                    release.replace(Some(resolve.unchecked_into()));
                });
                granted();
                held.into()
            })
        };
        let request: Function = Reflect::get(&locks, &"request".into()).ok()?.dyn_into().ok()?;
        let name = format!("{}-{epoch:016x}", source.tabs());
        let promise: Promise = request.call3(&locks, &name.into(), &how, &on_granted).ok()?.dyn_into().ok()?;
        let is_over = Rc::clone(&ended);
        spawn_local(async move {
            if JsFuture::from(promise).await.is_err() && !is_over.get() {
                lost();
            }
        });
        Some(Self { ended, abort, release })
    }
}

impl Drop for Candidacy {
    fn drop(&mut self) {
        self.ended.set(true);
        if let Some(abort) = &self.abort {
            abort.abort();
        }
        if let Some(release) = self.release.take() {
            let _ = release.call0(&JsValue::UNDEFINED);
        }
    }
}

fn locks() -> Option<JsValue> {
    Reflect::get(&window().navigator(), &"locks".into()).ok().filter(JsValue::is_object)
}
