//! The list's search box: a plain GET form that looks as you type once the wasm has arrived.

use std::time::Duration;

use leptos::{ev, html, leptos_dom::helpers::debounce, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use model::customers::CustomerQuery;

use super::address::{address_of, beside_search};
use crate::ui::{Glyph, Icon};

/// How long the person must have stopped typing.
const PAUSE: Duration = Duration::from_millis(200);

#[component]
pub(super) fn SearchBox(query: Memo<CustomerQuery>) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let sent = StoredValue::new(query.with_untracked(|query| query.search.clone()));
    let navigate = use_navigate();
    let look = move |typed: String| {
        if sent.with_value(|sent| *sent == typed) {
            return;
        }
        sent.set_value(typed.clone());
        let address = address_of(&CustomerQuery { search: typed, page: 1, ..query.get_untracked() });
        navigate(&address, NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
    };
    let mut look_later = debounce(PAUSE, look.clone());
    // The address may change without the box, by a link or the way back; what is being typed is never overwritten.
    Effect::new(move || {
        let search = query.with(|query| query.search.clone());
        if sent.with_value(|sent| *sent != search)
            && let Some(input) = input.get()
        {
            input.set_value(&search);
            sent.set_value(search);
        }
    });
    focus_on_slash(input);
    view! {
        <form class="field" role="search" method="get" action="/customers"
            on:submit=move |event| {
                event.prevent_default();
                if let Some(input) = input.get_untracked() {
                    look(input.value());
                }
            }
        >
            <Icon glyph=Glyph::Search/>
            <input type="search" name="q" node_ref=input placeholder="Name, id, contact or email" aria-label="Find a customer" autocomplete="off"
                maxlength="100" value=query.with_untracked(|query| query.search.clone())
                on:input:target=move |event| look_later(event.target().value())/>
            {move || {
                query
                    .with(beside_search)
                    .into_iter()
                    .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
                    .collect_view()
            }}
            <kbd aria-hidden="true">"/"</kbd>
        </form>
    }
}

/// '/' jumps into the box, unless the person is typing elsewhere.
fn focus_on_slash(input: NodeRef<html::Input>) {
    Effect::new(move || {
        let keys = window_event_listener(ev::keydown, move |event| {
            if event.key() != "/" || event.ctrl_key() || event.meta_key() || event.alt_key() || is_typing() {
                return;
            }
            if let Some(input) = input.get_untracked() {
                event.prevent_default();
                let _ = input.focus();
                input.select();
            }
        });
        on_cleanup(move || keys.remove());
    });
}

fn is_typing() -> bool {
    document().active_element().is_some_and(|element| matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"))
}
