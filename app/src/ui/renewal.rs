//! Another build runs on the server than this page is of (DOMAIN K3): the page says so, keeps what was typed, and loads itself anew.

use leptos::prelude::*;

use super::{Glyph, Icon};

/// Asks now and then which build the server runs, and offers to reload when it is another one.
#[component]
pub fn Renewal() -> impl IntoView {
    let other = RwSignal::new(false);
    #[cfg(feature = "hydrate")]
    {
        Effect::new(browser::type_again);
        browser::ask_now_and_then(other);
    }
    move || {
        other.get().then(|| {
            view! {
                <div class="renewal" role="status">
                    <Icon glyph=Glyph::Sync/>
                    <p>"A new version of Nocturne is running. What you have typed is kept."</p>
                    <button type="button" class="btn" on:click=|_| renew()>"Reload"</button>
                </div>
            }
        })
    }
}

fn renew() {
    #[cfg(feature = "hydrate")]
    browser::renew();
}

/// Reloads within half a minute once `other` says, or the server when it is asked now and then, that it runs another build: not every
/// screen at the same instant, and once for each build only, for behind a proxy two may answer in turns. Being asked, the server also
/// renews the cookie of a session that is used in no other way.
pub(crate) fn renew_by_itself(other: Signal<bool>) {
    #[cfg(feature = "hydrate")]
    {
        let answered = RwSignal::new(false);
        browser::ask_now_and_then(answered);
        let other = Memo::new(move |_| other.get() || answered.get());
        Effect::new(move || {
            if other.get() {
                leptos::task::spawn_local(browser::renew_once());
            }
        });
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = other;
}

#[cfg(feature = "hydrate")]
mod browser {
    use std::time::Duration;

    use gloo_timers::future::TimeoutFuture;
    use leptos::prelude::*;
    use serde::{Deserialize, Serialize};
    use wasm_bindgen::{JsCast, JsValue};
    use wasm_bindgen_futures::JsFuture;
    use web_sys::{Element, Event, EventInit, HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement, Response, Storage};

    use crate::ui::own_build;

    /// How often the server is asked while the page can be seen.
    const AGAIN: Duration = Duration::from_secs(60);
    /// The longest that a screen waits before it reloads by itself, in milliseconds.
    const SPREAD: f64 = 20_000.0;
    /// Where in the tab's own storage things are kept.
    const TYPED: &str = "typed";
    const RENEWED_FOR: &str = "renewed-for";

    /// What stood in a page's controls.
    #[derive(Serialize, Deserialize)]
    struct Typed {
        path: String,
        controls: Vec<Control>,
    }

    #[derive(Serialize, Deserialize, PartialEq)]
    struct Control {
        name: String,
        value: String,
        checked: bool,
    }

    pub(super) fn ask_now_and_then(other: RwSignal<bool>) {
        let ask = move || {
            if document().hidden() || other.try_get_untracked() != Some(false) {
                return;
            }
            leptos::task::spawn_local(async move {
                if let (Some(running), Some(own)) = (running_build().await, own_build()) {
                    let _ = other.try_set(running != own);
                }
            });
        };
        if let Ok(clock) = set_interval_with_handle(ask, AGAIN) {
            on_cleanup(move || clock.clear());
        }
        let seen = window_event_listener(leptos::ev::focus, move |_| ask());
        on_cleanup(move || seen.remove());
    }

    async fn running_build() -> Option<String> {
        let answer: Response = JsFuture::from(window().fetch_with_str("/build")).await.ok()?.dyn_into().ok()?;
        if !answer.ok() {
            return None;
        }
        JsFuture::from(answer.text().ok()?).await.ok()?.as_string()
    }

    fn storage() -> Option<Storage> {
        window().session_storage().ok().flatten()
    }

    pub(super) fn renew() {
        keep_typed();
        let _ = window().location().reload();
    }

    pub(super) async fn renew_once() {
        let running = loop {
            TimeoutFuture::new((js_sys::Math::random() * SPREAD) as u32).await;
            if let Some(running) = running_build().await {
                break running;
            }
        };
        let Some(storage) = storage() else { return };
        let renewed_for = storage.get_item(RENEWED_FOR).ok().flatten();
        if own_build().is_none_or(|own| own == running) || renewed_for.as_ref() == Some(&running) {
            return;
        }
        let _ = storage.set_item(RENEWED_FOR, &running);
        renew();
    }

    fn path() -> String {
        let location = window().location();
        location.pathname().unwrap_or_default() + &location.search().unwrap_or_default()
    }

    /// The controls of the page's forms that a person fills in; never a password or a file.
    fn controls() -> Vec<Element> {
        let selector =
            "main form :is(input, select, textarea)[name]:not([type=password], [type=hidden], [type=file], [type=submit])";
        let Ok(found) = document().query_selector_all(selector) else { return Vec::new() };
        (0..found.length()).filter_map(|index| found.item(index)?.dyn_into().ok()).collect()
    }

    fn read(element: &Element) -> Control {
        let name = element.get_attribute("name").unwrap_or_default();
        let (value, checked) = if let Some(input) = element.dyn_ref::<HtmlInputElement>() {
            (input.value(), input.checked())
        } else if let Some(select) = element.dyn_ref::<HtmlSelectElement>() {
            (select.value(), false)
        } else if let Some(area) = element.dyn_ref::<HtmlTextAreaElement>() {
            (area.value(), false)
        } else {
            (String::new(), false)
        };
        Control { name, value, checked }
    }

    fn write(element: &Element, control: &Control) {
        if let Some(input) = element.dyn_ref::<HtmlInputElement>() {
            if matches!(input.type_().as_str(), "checkbox" | "radio") {
                input.set_checked(control.checked);
            } else {
                input.set_value(&control.value);
            }
        } else if let Some(select) = element.dyn_ref::<HtmlSelectElement>() {
            select.set_value(&control.value);
        } else if let Some(area) = element.dyn_ref::<HtmlTextAreaElement>() {
            area.set_value(&control.value);
        }
        // Whoever listens to the control learns it as if it had been typed.
        for name in ["input", "change"] {
            let init = EventInit::new();
            init.set_bubbles(true);
            if let Ok(event) = Event::new_with_event_init_dict(name, &init) {
                let _ = element.dispatch_event(&event);
            }
        }
    }

    fn keep_typed() {
        let typed = Typed { path: path(), controls: controls().iter().map(read).collect() };
        if let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(&typed)) {
            let _ = storage.set_item(TYPED, &text);
        }
    }

    /// Puts back what was typed before the page was renewed. Twice, for a choice may bring controls that were not there before.
    pub(super) fn type_again(_: Option<()>) {
        let Some(storage) = storage() else { return };
        let Some(typed) = storage.get_item(TYPED).ok().flatten() else { return };
        let _ = storage.remove_item(TYPED);
        let Ok(typed) = serde_json::from_str::<Typed>(&typed) else { return };
        if typed.path != path() {
            return;
        }
        leptos::task::spawn_local(async move {
            for _ in 0..2 {
                fill(&typed.controls);
                next_frame().await;
            }
        });
    }

    fn fill(kept: &[Control]) {
        let mut kept: Vec<&Control> = kept.iter().collect();
        for element in controls() {
            let now = read(&element);
            let Some(place) = kept.iter().position(|control| control.name == now.name) else { continue };
            let control = kept.remove(place);
            if *control != now {
                write(&element, control);
            }
        }
    }

    async fn next_frame() {
        let frame = js_sys::Promise::new(&mut |resolve, _| {
            request_animation_frame(move || {
                let _ = resolve.call0(&JsValue::UNDEFINED);
            });
        });
        let _ = JsFuture::from(frame).await;
    }
}
