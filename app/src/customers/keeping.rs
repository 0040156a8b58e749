//! Keeps a draft while it is being typed: when typing pauses, when a field is left, and when the page is left or closed. One request at
//! a time, and the form itself goes after what is on its way: on no link does older text arrive last.

use leptos::prelude::*;

/// What the page says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a browser keeps what is typed"))]
pub(super) enum Kept {
    Nothing,
    Draft,
    Failed,
}

/// The keeping of one section's form.
#[derive(Clone, Copy)]
pub(super) struct Keeping {
    pub(super) kept: RwSignal<Kept>,
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a browser types"))]
    waiting: StoredValue<Option<TimeoutHandle>>,
    /// What was typed and not sent yet.
    #[cfg(feature = "hydrate")]
    unsent: StoredValue<browser::Unsent, LocalStorage>,
    #[cfg(feature = "hydrate")]
    on_its_way: StoredValue<bool>,
    /// Whether the form itself is on its way, or the draft is being thrown away: nothing is typed meanwhile.
    #[cfg(feature = "hydrate")]
    busy: Signal<bool>,
    /// The form was sent, and not refused.
    #[cfg(feature = "hydrate")]
    is_sent: StoredValue<bool>,
    /// What was submitted in the meantime.
    #[cfg(feature = "hydrate")]
    held_back: StoredValue<Option<browser::Submit>, LocalStorage>,
}

impl Keeping {
    /// `busy` is whether the form itself is on its way or the draft is being thrown away, `refused` whether the form came back.
    pub(super) fn new(busy: Signal<bool>, refused: Signal<bool>) -> Self {
        let keeping = Self {
            kept: RwSignal::new(Kept::Nothing),
            waiting: StoredValue::new(None),
            #[cfg(feature = "hydrate")]
            unsent: StoredValue::new_local(browser::Unsent::default()),
            #[cfg(feature = "hydrate")]
            on_its_way: StoredValue::new(false),
            #[cfg(feature = "hydrate")]
            busy,
            #[cfg(feature = "hydrate")]
            is_sent: StoredValue::new(false),
            #[cfg(feature = "hydrate")]
            held_back: StoredValue::new_local(None),
        };
        #[cfg(feature = "hydrate")]
        keeping.send_when_left(refused);
        #[cfg(not(feature = "hydrate"))]
        let _ = (busy, refused);
        keeping
    }

    /// A key was pressed.
    pub(super) fn typed(self) {
        #[cfg(feature = "hydrate")]
        self.send_in(browser::PAUSE);
    }

    /// A field was left, or something was ticked.
    pub(super) fn changed(self) {
        #[cfg(feature = "hydrate")]
        self.send_in(browser::LEFT);
    }

    /// The form itself is sent, or the draft is thrown away: in its turn.
    pub(super) fn submitted(self, event: &leptos::ev::SubmitEvent) {
        #[cfg(feature = "hydrate")]
        self.stop_or_hold_back(event);
        #[cfg(not(feature = "hydrate"))]
        let _ = event;
    }
}

#[cfg(feature = "hydrate")]
mod browser {
    use std::{cell::RefCell, rc::Rc, time::Duration};

    use leptos::{ev::SubmitEvent, form::FromFormData, prelude::*, server_fn::ServerFn};
    use wasm_bindgen::JsCast;
    use web_sys::{FormData, HtmlElement, HtmlFormElement, UrlSearchParams};

    use super::{Keeping, Kept};
    use crate::customers::{drafts::SaveDraft, wizard::FORM};

    /// How long typing must pause.
    pub(super) const PAUSE: Duration = Duration::from_millis(700);

    /// How long after a field was left. A click on 'Next' leaves one as well, and needs no request beside its own.
    pub(super) const LEFT: Duration = Duration::from_millis(300);

    /// What a form held when something was typed last.
    pub(super) type Unsent = Rc<RefCell<Option<FormData>>>;

    /// A form, and the button that was pressed.
    #[derive(Debug, Clone)]
    pub(super) struct Submit {
        form: HtmlFormElement,
        by: Option<HtmlElement>,
    }

    impl Submit {
        fn of(event: &SubmitEvent) -> Option<Self> {
            Some(Self { form: event.target()?.dyn_into().ok()?, by: event.submitter() })
        }

        fn again(self) {
            let _ = self.form.request_submit_with_submitter(self.by.as_ref());
        }
    }

    /// What the form holds now.
    fn held() -> Option<FormData> {
        let form = document().get_element_by_id(FORM)?.dyn_into::<HtmlFormElement>().ok()?;
        FormData::new_with_form(&form).ok()
    }

    fn to_keep(form: &FormData) -> Option<SaveDraft> {
        form.set_with_str("to", "keep").ok()?;
        SaveDraft::from_form_data(form).ok()
    }

    /// A page that closes can no longer wait for an answer: the browser sends it on its own.
    fn send_off(form: &FormData) {
        let _ = form.set_with_str("to", "keep");
        if let Ok(body) = UrlSearchParams::new_with_str_sequence_sequence(form) {
            let _ = window().navigator().send_beacon_with_opt_url_search_params(SaveDraft::url(), Some(&body));
        }
    }

    /// Nobody is there any more whom it could be told how that went.
    async fn send_once(unsent: Option<FormData>) {
        if let Some(typed) = unsent.as_ref().and_then(to_keep) {
            let _ = typed.run_on_client().await;
        }
    }

    /// From now on a reload comes back to this draft. The page itself stays as it is.
    fn stand_at(path: &str) {
        if let Ok(history) = window().history() {
            let state = history.state().unwrap_or(wasm_bindgen::JsValue::NULL);
            let _ = history.replace_state_with_url(&state, "", Some(path));
        }
    }

    impl Keeping {
        pub(super) fn clear(self) {
            if let Some(waiting) = self.waiting.try_get_value().flatten() {
                waiting.clear();
            }
        }

        fn is_busy(self) -> bool {
            self.busy.try_get_untracked() != Some(false)
        }

        pub(super) fn send_in(self, pause: Duration) {
            // A field that is taken away while it is being typed in still says that it has changed.
            if self.is_busy() {
                return;
            }
            self.clear();
            self.is_sent.set_value(false);
            self.unsent.with_value(|unsent| unsent.replace(held()));
            self.waiting.set_value(set_timeout_with_handle(move || self.send(), pause).ok());
        }

        pub(super) fn stop_or_hold_back(self, event: &SubmitEvent) {
            self.clear();
            if self.on_its_way.get_value() {
                event.prevent_default();
                event.stop_propagation();
                self.held_back.set_value(Submit::of(event));
            } else {
                self.is_sent.set_value(true);
            }
        }

        fn send(self) {
            let Some(unsent) = self.unsent.try_get_value() else { return };
            if self.is_busy() || unsent.borrow().is_none() || self.on_its_way.try_get_value() != Some(false) {
                return;
            }
            let Some(held) = held() else { return };
            let Some(typed) = to_keep(&held) else { return };
            unsent.take();
            self.on_its_way.set_value(true);
            leptos::task::spawn_local(async move {
                let saved = typed.run_on_client().await;
                let is_left = self.on_its_way.try_set_value(false).is_some();
                if saved.is_err() {
                    unsent.borrow_mut().get_or_insert(held);
                }
                if is_left {
                    return send_once(unsent.take()).await;
                }
                if let (Ok(path), true) = (&saved, self.kept.try_get_untracked().is_some()) {
                    stand_at(path);
                }
                let _ = self.kept.try_set(if saved.is_ok() { Kept::Draft } else { Kept::Failed });
                match self.held_back.try_update_value(Option::take).flatten() {
                    Some(submit) => submit.again(),
                    // What was typed in the meantime. After a failure it goes with what is typed next.
                    None if saved.is_ok() => self.send(),
                    None => {}
                }
            });
        }

        /// What is unsent of a page that is left, unless something of it is on its way: what was typed after that goes after that.
        fn left(self) -> Option<FormData> {
            let is_over =
                self.is_busy() || self.is_sent.try_get_value() != Some(false) || self.on_its_way.try_get_value() != Some(false);
            if is_over { None } else { self.unsent.try_get_value()?.take() }
        }

        /// Closed, or left for another page of the app.
        pub(super) fn send_when_left(self, refused: Signal<bool>) {
            Effect::new(move || {
                if refused.get() {
                    self.is_sent.set_value(false);
                }
            });
            Effect::new(move || {
                let closing = window_event_listener_untyped("pagehide", move |_| {
                    let unsent = self.unsent.try_get_value().is_some_and(|unsent| unsent.borrow().is_some());
                    let is_over = self.is_busy() || self.is_sent.try_get_value() != Some(false);
                    if let (true, Some(held)) = (unsent && !is_over, held()) {
                        send_off(&held);
                    }
                });
                on_cleanup(move || closing.remove());
            });
            on_cleanup(move || {
                self.clear();
                leptos::task::spawn_local(send_once(self.left()));
            });
        }
    }
}
