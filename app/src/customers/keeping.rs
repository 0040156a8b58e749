//! Keeps a draft while it is being typed: when typing pauses, when a field is left, and when the page is closed. One request at a
//! time, and the form itself goes after what is on its way: on no link does older text arrive last.

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
    /// Something was typed that was not sent yet.
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a browser types"))]
    unsent: StoredValue<bool>,
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a browser types"))]
    waiting: StoredValue<Option<TimeoutHandle>>,
    #[cfg(feature = "hydrate")]
    on_its_way: StoredValue<bool>,
    /// What was submitted in the meantime.
    #[cfg(feature = "hydrate")]
    held_back: StoredValue<Option<browser::Submit>, LocalStorage>,
}

impl Keeping {
    /// `sending` is whether the form itself is on its way.
    pub(super) fn new(sending: Signal<bool>) -> Self {
        let keeping = Self {
            kept: RwSignal::new(Kept::Nothing),
            unsent: StoredValue::new(false),
            waiting: StoredValue::new(None),
            #[cfg(feature = "hydrate")]
            on_its_way: StoredValue::new(false),
            #[cfg(feature = "hydrate")]
            held_back: StoredValue::new_local(None),
        };
        #[cfg(feature = "hydrate")]
        keeping.send_when_closed(sending);
        #[cfg(not(feature = "hydrate"))]
        let _ = sending;
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
    use std::time::Duration;

    use leptos::{ev::SubmitEvent, form::FromFormData, prelude::*, server_fn::ServerFn};
    use wasm_bindgen::JsCast;
    use web_sys::{FormData, HtmlElement, HtmlFormElement, UrlSearchParams};

    use super::{Keeping, Kept};
    use crate::customers::{drafts::SaveDraft, wizard::FORM};

    /// How long typing must pause.
    pub(super) const PAUSE: Duration = Duration::from_millis(700);

    /// How long after a field was left. A click on 'Next' leaves one as well, and needs no request beside its own.
    pub(super) const LEFT: Duration = Duration::from_millis(300);

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

        pub(super) fn send_in(self, pause: Duration) {
            self.clear();
            self.unsent.set_value(true);
            self.waiting.set_value(set_timeout_with_handle(move || self.send(), pause).ok());
        }

        pub(super) fn stop_or_hold_back(self, event: &SubmitEvent) {
            self.clear();
            if self.on_its_way.get_value() {
                event.prevent_default();
                event.stop_propagation();
                self.held_back.set_value(Submit::of(event));
            } else {
                self.unsent.set_value(false);
            }
        }

        fn send(self) {
            if self.unsent.try_get_value() != Some(true) || self.on_its_way.try_get_value() != Some(false) {
                return;
            }
            let Some(held) = held() else { return };
            if held.append_with_str("to", "keep").is_err() {
                return;
            }
            let Ok(typed) = SaveDraft::from_form_data(&held) else { return };
            self.unsent.set_value(false);
            self.on_its_way.set_value(true);
            leptos::task::spawn_local(async move {
                let saved = typed.run_on_client().await;
                let _ = self.on_its_way.try_set_value(false);
                if let (Ok(path), true) = (&saved, self.kept.try_get_untracked().is_some()) {
                    stand_at(path);
                }
                let _ = self.kept.try_set(if saved.is_ok() { Kept::Draft } else { Kept::Failed });
                match self.held_back.try_update_value(Option::take).flatten() {
                    Some(submit) => submit.again(),
                    // What was typed in the meantime.
                    None => self.send(),
                }
            });
        }

        /// A page that closes can no longer wait for an answer: the browser sends it on its own.
        pub(super) fn send_when_closed(self, sending: Signal<bool>) {
            Effect::new(move || {
                let closing = window_event_listener_untyped("pagehide", move |_| {
                    let unsent = self.unsent.try_get_value() == Some(true) && sending.try_get_untracked() != Some(true);
                    if let (true, Some(held)) = (unsent, held()) {
                        let _ = held.append_with_str("to", "keep");
                        if let Ok(body) = UrlSearchParams::new_with_str_sequence_sequence(&held) {
                            let url = SaveDraft::url();
                            let _ = window().navigator().send_beacon_with_opt_url_search_params(url, Some(&body));
                        }
                    }
                });
                on_cleanup(move || closing.remove());
            });
            on_cleanup(move || self.clear());
        }
    }
}
