//! What a NOC expects of a screen that is always on: title and icon carry the count of DOWN, the screen does not fall asleep, and
//! nothing burns into it.

use leptos::prelude::*;

use super::facts::Screen;

/// How long the picture stands still, in milliseconds.
#[cfg(feature = "hydrate")]
const STILL: u32 = 180_000;

/// The page's title.
pub(super) fn title(down: u32) -> String {
    if down == 0 { "NOC wall".to_owned() } else { format!("({down}) NOC wall") }
}

/// The icon of a page that has something to say, as an address of its own.
#[cfg(any(feature = "hydrate", test))]
fn badge(down: u32) -> String {
    let text = if down > 99 { "99+".to_owned() } else { down.to_string() };
    let size = [24, 20, 15][text.len().clamp(1, 3) - 1];
    // An address: no raw `#`, `<` or quote.
    format!(
        "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='7' \
         fill='%23d92d20'/%3E%3Ctext x='16' y='17' fill='%23fff' font-family='sans-serif' font-weight='700' font-size='{size}' \
         text-anchor='middle' dominant-baseline='central'%3E{text}%3C/text%3E%3C/svg%3E"
    )
}

/// Keeps the icon in step, and the screen awake, until the current reactive owner is cleaned up.
pub(super) fn attend(screen: Screen) {
    #[cfg(feature = "hydrate")]
    {
        let icon = StoredValue::new_local(browser::Icon::find());
        Effect::new(move || {
            let down = screen.down.get();
            icon.with_value(|icon| {
                if let Some(icon) = icon {
                    icon.show(down);
                }
            });
        });
        Effect::new(move || {
            let awake = browser::Awake::stay();
            StoredValue::new_local(awake);
        });
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = screen;
}

/// Room around the picture, for [`model::layout::drift`] to move it in: while `far` or in full screen. As CSS' `padding`.
pub(super) fn shelter(far: Memo<bool>) -> Signal<Option<String>> {
    #[cfg(feature = "hydrate")]
    {
        let full = RwSignal::new(false);
        let moves = RwSignal::new(0u32);
        Effect::new(move || {
            let on_change = move |_| full.set(document().fullscreen_element().is_some());
            StoredValue::new_local(super::listener::Listener::new(&document(), "fullscreenchange", on_change));
            StoredValue::new_local(gloo_timers::callback::Interval::new(STILL, move || {
                if far.get_untracked() || full.get_untracked() {
                    moves.update(|moves| *moves = moves.wrapping_add(1));
                }
            }));
        });
        // The server draws none, and what the browser takes over has to be the same.
        let is_here = RwSignal::new(false);
        Effect::new(move || is_here.set(true));
        Signal::derive(move || {
            (is_here.get() && (far.get() || full.get())).then(|| padding(moves.get(), window().device_pixel_ratio()))
        })
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = far;
        Signal::derive(|| None)
    }
}

/// Whole device pixels, so that nothing is blurred; the picture keeps its size, so that no tile changes its place in it.
#[cfg(any(feature = "hydrate", test))]
fn padding(moves: u32, unit: f64) -> String {
    use model::layout::{DRIFT, drift};
    let (x, y) = drift(moves);
    let [top, right, bottom, left] = [DRIFT + y, DRIFT - x, DRIFT - y, DRIFT + x].map(|pixels| f64::from(pixels) / unit);
    format!("{top}px {right}px {bottom}px {left}px")
}

#[cfg(feature = "hydrate")]
mod browser {
    use std::{
        cell::RefCell,
        rc::{Rc, Weak},
    };

    use js_sys::{Function, Promise, Reflect};
    use leptos::prelude::{document, window};
    use wasm_bindgen::{JsCast, JsValue};
    use wasm_bindgen_futures::{JsFuture, spawn_local};
    use web_sys::Element;

    use crate::wall::listener::Listener;

    /// The page's icon; as it was when this is dropped.
    pub(super) struct Icon {
        link: Element,
        plain: [(&'static str, String); 2],
    }

    impl Icon {
        pub(super) fn find() -> Option<Self> {
            let link = document().query_selector("link[rel=icon]").ok()??;
            let plain = ["href", "type"].map(|name| (name, link.get_attribute(name).unwrap_or_default()));
            Some(Self { link, plain })
        }

        pub(super) fn show(&self, down: u32) {
            if down > 0 {
                let _ = self.link.set_attribute("href", &super::badge(down));
            } else {
                self.restore();
            }
        }

        fn restore(&self) {
            for (name, value) in &self.plain {
                if self.link.get_attribute(name).as_ref() != Some(value) {
                    let _ = self.link.set_attribute(name, value);
                }
            }
        }
    }

    impl Drop for Icon {
        fn drop(&mut self) {
            self.restore();
        }
    }

    /// Keeps the screen from falling asleep while the page is seen. The browser lets go whenever it is hidden.
    pub(super) struct Awake {
        held: RefCell<Option<JsValue>>,
        seen: RefCell<Option<Listener>>,
    }

    impl Awake {
        pub(super) fn stay() -> Rc<Self> {
            let awake = Rc::new(Self { held: RefCell::default(), seen: RefCell::default() });
            let me = Rc::downgrade(&awake);
            awake.seen.replace(Some(Listener::new(&document(), "visibilitychange", move |_| ask(me.clone()))));
            ask(Rc::downgrade(&awake));
            awake
        }
    }

    fn ask(awake: Weak<Awake>) {
        if document().hidden() {
            return;
        }
        spawn_local(async move {
            let Some(held) = request().await else { return };
            match awake.upgrade() {
                Some(awake) => drop(awake.held.replace(Some(held))),
                None => release(&held),
            }
        });
    }

    /// `None` where this browser cannot, or will not: on a battery that runs low, for example.
    async fn request() -> Option<JsValue> {
        let lock = Reflect::get(&window().navigator(), &"wakeLock".into()).ok().filter(JsValue::is_object)?;
        let request: Function = Reflect::get(&lock, &"request".into()).ok()?.dyn_into().ok()?;
        let promise: Promise = request.call1(&lock, &"screen".into()).ok()?.dyn_into().ok()?;
        JsFuture::from(promise).await.ok()
    }

    fn release(held: &JsValue) {
        let release = Reflect::get(held, &"release".into()).ok().and_then(|release| release.dyn_into::<Function>().ok());
        if let Some(release) = release {
            let _ = release.call0(held);
        }
    }

    impl Drop for Awake {
        fn drop(&mut self) {
            if let Some(held) = self.held.take() {
                release(&held);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f3_the_icon_counts_and_is_an_address() {
        assert!(badge(7).contains(">7%3C/text") || badge(7).contains("%3E7%3C/text"));
        assert!(badge(1_000).contains("%3E99+%3C/text"));
        assert!(!badge(12).contains(['#', '<', '>', '"', '\n']), "{}", badge(12));
        assert_eq!((title(0), title(12)), ("NOC wall".to_owned(), "(12) NOC wall".to_owned()));
    }

    #[test]
    fn f8_the_picture_moves_by_device_pixels_and_keeps_its_size() {
        for moves in 0..300 {
            let text = padding(moves, 2.0);
            let sides: Vec<f64> = text.split(' ').map(|side| side.trim_end_matches("px").parse().unwrap()).collect();
            assert_eq!((sides[0] + sides[2], sides[1] + sides[3]), (4.0, 4.0), "{text}");
            assert!(sides.iter().all(|side| *side >= 0.0 && (side * 2.0).fract() == 0.0), "{text}");
        }
    }
}
