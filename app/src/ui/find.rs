//! The box that searches a list: a GET form, so that the address is the only state, which submits as one types once the
//! browser's part has arrived.

use std::time::Duration;

use leptos::{html, prelude::*};
use leptos_router::{NavigateOptions, components::Form, hooks::use_navigate};

use super::{Glyph, Icon};

/// How long typing must pause before the address follows.
const PAUSE: Duration = Duration::from_millis(200);

/// An address of this site; parameters without a value are left out.
#[must_use]
pub fn address(path: &str, parameters: &[(&str, &str)]) -> String {
    let mut address = path.to_owned();
    let mut before = '?';
    for (name, value) in parameters.iter().filter(|(_, value)| !value.is_empty()) {
        address.push(before);
        address.push_str(name);
        address.push('=');
        for byte in value.bytes() {
            // RFC 3986, 2.3.
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
                address.push(char::from(byte));
            } else {
                address.push_str(&format!("%{byte:02X}"));
            }
        }
        before = '&';
    }
    address
}

/// Searches `path` by its parameter `q`. `kept` are the parameters that stay beside it; `on_typed` hears each key at once.
/// The key `/` goes to it.
#[component]
pub fn FindBox(
    path: &'static str,
    label: &'static str,
    /// What can be typed, where the label does not say it.
    #[prop(default = label)]
    placeholder: &'static str,
    #[prop(into)] q: Signal<String>,
    #[prop(into)] kept: Signal<Vec<(&'static str, String)>>,
    #[prop(optional)] on_typed: Option<Callback<String>>,
) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let sent = StoredValue::new(q.get_untracked());
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    let stop = move || {
        if let Some(handle) = waiting.try_get_value().flatten() {
            handle.clear();
        }
    };
    on_cleanup(stop);
    // The address may change by the back button or a link; what is being typed meanwhile is not touched.
    Effect::new(move || {
        let q = q.get();
        if sent.get_value() != q
            && let Some(input) = input.get()
        {
            input.set_value(&q);
            sent.set_value(q);
        }
    });
    let navigate = use_navigate();
    let follow = move |text: String| {
        let kept = kept.get_untracked();
        let mut parameters = vec![("q", text.as_str())];
        parameters.extend(kept.iter().map(|(name, value)| (*name, value.as_str())));
        let address = address(path, &parameters);
        sent.set_value(text);
        navigate(&address, NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
    };
    let hear = move |text: String| {
        if let Some(on_typed) = on_typed {
            on_typed.run(text.clone());
        }
        stop();
        let follow = follow.clone();
        waiting.set_value(set_timeout_with_handle(move || follow(text), PAUSE).ok());
    };
    slash_goes_to(input);
    view! {
        <Form method="GET" action=path attr:class="field find" attr:role="search" on:submit=move |_| stop()>
            <Icon glyph=Glyph::Search/>
            <input node_ref=input type="search" name="q" placeholder=placeholder aria-label=label maxlength="100" aria-keyshortcuts="/" autocomplete="off"
                value=q.get_untracked() on:input:target=move |event| hear(event.target().value())/>
            {move || kept.get().into_iter().filter(|(_, value)| !value.is_empty())
                .map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view()}
            <kbd aria-hidden="true">"/"</kbd>
        </Form>
    }
}

/// The key `/` focuses the box, unless somebody is typing elsewhere.
fn slash_goes_to(input: NodeRef<html::Input>) {
    #[cfg(feature = "hydrate")]
    Effect::new(move || {
        use wasm_bindgen::JsCast;
        let listener = window_event_listener(leptos::ev::keydown, move |event| {
            if event.key() != "/" || event.ctrl_key() || event.meta_key() || event.alt_key() {
                return;
            }
            let typing = event
                .target()
                .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
                .is_some_and(|element| matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"));
            if let (false, Some(input)) = (typing, input.try_get_untracked().flatten()) {
                event.prevent_default();
                let _ = input.focus();
                input.select();
            }
        });
        on_cleanup(move || listener.remove());
    });
    #[cfg(not(feature = "hydrate"))]
    let _ = input;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_every_character_and_leaves_out_what_is_empty() {
        assert_eq!(address("/monitors", &[("q", ""), ("status", "")]), "/monitors");
        assert_eq!(address("/monitors", &[("q", "a&b=Ä /"), ("page", "2")]), "/monitors?q=a%26b%3D%C3%84%20%2F&page=2");
    }
}
