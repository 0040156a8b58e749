//! The keys that work on every page, and the list of them.

use leptos::{html, prelude::*};

/// What each key does; those with two letters are pressed one after the other.
pub(super) const KEYS: [(&str, &str); 9] = [
    ("Ctrl K", "Jump to a customer, a monitor or a page"),
    ("/", "Search the list on this page"),
    ("?", "Show these keys"),
    ("g h", "Customer health"),
    ("g w", "NOC wall"),
    ("g t", "NOC wall as a table"),
    ("g c", "Customers"),
    ("g m", "Monitors"),
    ("Esc", "Close what is open"),
];

/// The page that a letter after `g` leads to.
#[cfg_attr(not(any(feature = "hydrate", test)), expect(dead_code, reason = "only the browser has keys"))]
pub(super) fn page_after_g(letter: &str) -> Option<&'static str> {
    match letter {
        "h" => Some("/"),
        "w" => Some("/wall"),
        "t" => Some("/wall?as=table"),
        "c" => Some("/customers"),
        "m" => Some("/monitors"),
        _ => None,
    }
}

/// Listens to the keys until the current reactive owner is cleaned up.
pub(super) fn listen(jump: Callback<()>, help: Callback<()>, go: Callback<&'static str>) {
    #[cfg(feature = "hydrate")]
    Effect::new(move || {
        /// How long the second letter may take, in milliseconds.
        const SECOND_LETTER: f64 = 1_200.0;
        let g_at = StoredValue::new(f64::NEG_INFINITY);
        let listener = window_event_listener(leptos::ev::keydown, move |event| {
            let key = event.key();
            if (event.ctrl_key() || event.meta_key()) && !event.alt_key() && key.eq_ignore_ascii_case("k") {
                event.prevent_default();
                jump.run(());
                return;
            }
            if event.ctrl_key() || event.meta_key() || event.alt_key() || is_typing(&event) || a_dialog_is_open() {
                return;
            }
            let follows_g = event.time_stamp() - g_at.get_value() < SECOND_LETTER;
            g_at.set_value(if key == "g" { event.time_stamp() } else { f64::NEG_INFINITY });
            if key == "?" {
                event.prevent_default();
                help.run(());
            } else if let (true, Some(page)) = (follows_g, page_after_g(&key)) {
                event.prevent_default();
                go.run(page);
            }
        });
        on_cleanup(move || listener.remove());
    });
    #[cfg(not(feature = "hydrate"))]
    let _ = (jump, help, go);
}

#[cfg(feature = "hydrate")]
fn is_typing(event: &web_sys::KeyboardEvent) -> bool {
    use wasm_bindgen::JsCast;
    event.target().and_then(|target| target.dyn_into::<web_sys::HtmlElement>().ok()).is_some_and(|element| {
        matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT") || element.is_content_editable()
    })
}

#[cfg(feature = "hydrate")]
fn a_dialog_is_open() -> bool {
    document().query_selector("dialog[open]").ok().flatten().is_some()
}

/// The list of the keys.
#[component]
pub(super) fn Help(dialog: NodeRef<html::Dialog>) -> impl IntoView {
    let keys = KEYS
        .into_iter()
        .map(|(keys, does)| {
            let keys = keys.split(' ').map(|key| view! { <kbd>{key}</kbd> }).collect_view();
            view! { <div><dt>{keys}</dt><dd>{does}</dd></div> }
        })
        .collect_view();
    view! {
        <dialog node_ref=dialog class="keys" aria-labelledby="keys">
            <h2 id="keys">"Keyboard"</h2>
            <dl>{keys}</dl>
            <form method="dialog" class="actions"><button class="btn">"Close"</button></form>
        </dialog>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_that_leads_somewhere_is_on_the_list() {
        let listed = KEYS.iter().filter_map(|(keys, _)| keys.strip_prefix("g "));
        assert!(listed.clone().all(|letter| page_after_g(letter).is_some()));
        let letters = ('a'..='z').filter(|letter| page_after_g(&letter.to_string()).is_some());
        assert_eq!(letters.count(), listed.count());
    }
}
