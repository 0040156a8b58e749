//! An optional sound on a new DOWN: two soft tones that the browser makes itself. Off until somebody presses the button, which is also
//! what a browser waits for before it lets a page sound; remembered for this browser.

use leptos::prelude::*;

use super::facts::Screen;
use crate::ui::{Glyph, Icon};

#[component]
pub(super) fn ChimeButton(screen: Screen) -> impl IntoView {
    let on = RwSignal::new(false);
    // Remembered, but nobody has touched this page yet.
    let waits = RwSignal::new(false);
    #[cfg(feature = "hydrate")]
    let switch = browser::mount(screen, on, waits);
    #[cfg(not(feature = "hydrate"))]
    let switch = {
        let _ = screen;
        move || {}
    };
    let title = move || match (on.get(), waits.get()) {
        (true, true) => "The chime is on, but this browser lets a page sound only after a click on it",
        (true, false) => "A chime sounds when a monitor goes down: press to silence it",
        (false, _) => "Let a chime sound when a monitor goes down",
    };
    view! {
        <button
            type="button"
            class="btn"
            class:waits=move || on.get() && waits.get()
            title=title
            aria-label="Chime when a monitor goes down"
            aria-pressed=move || on.get().to_string()
            on:click=move |_| switch()
        >
            <Icon glyph=Glyph::Chime/>
        </button>
    }
}

#[cfg(feature = "hydrate")]
mod browser {
    use std::{
        cell::{Cell, RefCell},
        rc::Rc,
    };

    use js_sys::Reflect;
    use leptos::prelude::*;
    use wasm_bindgen::{JsCast, JsValue};
    use web_sys::{AudioContext, HtmlDocument};

    use super::Screen;
    use crate::{ui::remember, wall::listener::Listener};

    const COOKIE: &str = "chime";
    /// Hertz, and seconds after the first.
    const TONES: [(f32, f64); 2] = [(880.0, 0.0), (659.26, 0.19)];
    /// How long a tone takes to fade, in seconds.
    const FADES: f64 = 0.7;
    const LOUD: f32 = 0.22;
    const SILENT: f32 = 0.000_1;
    /// Many outages at once are one chime: milliseconds.
    const APART: f64 = 2_000.0;

    /// Sounds on each alarm while `on`. What the button does.
    pub(super) fn mount(screen: Screen, on: RwSignal<bool>, waits: RwSignal<bool>) -> impl Fn() + Copy + 'static {
        let chime = StoredValue::new_local(Rc::new(Chime::default()));
        Effect::new(move || {
            if !is_remembered() {
                return;
            }
            on.set(true);
            waits.set(!chime.get_value().wake());
            let on_touch = move |_| {
                if on.get_untracked() {
                    chime.get_value().wake();
                    waits.set(false);
                }
            };
            for touch in ["pointerdown", "keydown"] {
                StoredValue::new_local(Listener::new(&document(), touch, on_touch));
            }
        });
        Effect::new(move |before: Option<u32>| {
            let alarms = screen.alarms.get();
            if before.is_some_and(|before| before != alarms) && on.get_untracked() {
                chime.get_value().ring();
            }
            alarms
        });
        move || {
            let is_on = !on.get_untracked();
            on.set(is_on);
            waits.set(false);
            remember(COOKIE, if is_on { "on" } else { "off" });
            if is_on {
                // What it sounds like.
                chime.get_value().ring();
            }
        }
    }

    fn is_remembered() -> bool {
        let cookies = document().dyn_into::<HtmlDocument>().ok().and_then(|document| document.cookie().ok()).unwrap_or_default();
        cookies.split("; ").any(|cookie| cookie.strip_prefix(COOKIE) == Some("=on"))
    }

    #[derive(Default)]
    struct Chime {
        context: RefCell<Option<AudioContext>>,
        rang: Cell<Option<f64>>,
    }

    impl Chime {
        /// Whether it may sound.
        fn wake(&self) -> bool {
            let mut context = self.context.borrow_mut();
            if context.is_none() {
                *context = AudioContext::new().ok();
            }
            let Some(context) = context.as_ref() else { return false };
            let _ = context.resume();
            Reflect::get(context, &"state".into()).is_ok_and(|state| state.as_string().as_deref() == Some("running"))
        }

        fn ring(&self) {
            let now = js_sys::Date::now();
            if self.rang.get().is_some_and(|rang| (0.0..APART).contains(&(now - rang))) {
                return;
            }
            self.rang.set(Some(now));
            self.wake();
            if let Some(context) = self.context.borrow().as_ref() {
                for (pitch, after) in TONES {
                    let _ = sound(context, pitch, context.current_time() + after);
                }
            }
        }
    }

    impl Drop for Chime {
        fn drop(&mut self) {
            if let Some(context) = self.context.take() {
                let _ = context.close();
            }
        }
    }

    fn sound(context: &AudioContext, pitch: f32, from: f64) -> Result<(), JsValue> {
        let (tone, volume) = (context.create_oscillator()?, context.create_gain()?);
        tone.frequency().set_value(pitch);
        let level = volume.gain();
        level.set_value_at_time(SILENT, from)?;
        level.exponential_ramp_to_value_at_time(LOUD, from + 0.02)?;
        level.exponential_ramp_to_value_at_time(SILENT, from + FADES)?;
        tone.connect_with_audio_node(&volume)?;
        volume.connect_with_audio_node(&context.destination())?;
        tone.start_with_when(from)?;
        tone.stop_with_when(from + FADES)
    }
}
