//! Frames of the browser that are asked for: one at a time, for the most that is needed by then.

use std::cell::{Cell, RefCell};

use leptos::prelude::window;
use wasm_bindgen::{JsCast, closure::Closure};

/// `N` says what a frame has to do: each value includes those before it, and the first is nothing. Dropping it cancels the frame.
#[derive(Default)]
pub(super) struct Frames<N> {
    need: Cell<N>,
    /// The frame that was asked for.
    asked: Cell<Option<i32>>,
    on_frame: RefCell<Option<Closure<dyn Fn()>>>,
}

impl<N: Copy + Default + Ord> Frames<N> {
    /// What is done in each frame. It says by [`Self::came`] that the frame has come.
    pub(super) fn begin(&self, on_frame: impl Fn() + 'static) {
        self.on_frame.replace(Some(Closure::new(on_frame)));
    }

    pub(super) fn came(&self) {
        self.asked.set(None);
    }

    /// Notes what is needed, for whoever draws next.
    pub(super) fn note(&self, need: N) {
        self.need.set(self.need.get().max(need));
    }

    /// Asks for one frame, unless one is coming already.
    pub(super) fn need(&self, need: N) {
        self.note(need);
        if self.asked.get().is_none()
            && let Some(on_frame) = self.on_frame.borrow().as_ref()
        {
            self.asked.set(window().request_animation_frame(on_frame.as_ref().unchecked_ref()).ok());
        }
    }

    /// What is needed now; nothing is from then on.
    pub(super) fn take(&self) -> N {
        self.need.take()
    }
}

impl<N> Drop for Frames<N> {
    fn drop(&mut self) {
        if let Some(frame) = self.asked.get() {
            let _ = window().cancel_animation_frame(frame);
        }
    }
}
