//! The customer filter: a popover with a search box and a box to tick for each customer (DOMAIN F4).

use leptos::{ev, html, prelude::*};
use model::text::fold;

use super::{Filtering, facts::Choice};
use crate::ui::{Glyph, Icon, grouped};

/// More customers than this are narrowed by typing, not by scrolling.
const MOST: usize = 200;

/// The button, and the popover while it is open.
pub(super) fn customer_pick(filtering: Filtering, choices: RwSignal<Vec<Choice>>) -> impl IntoView {
    let open = RwSignal::new(false);
    let around = NodeRef::<html::Div>::new();
    let button = NodeRef::<html::Button>::new();
    let title = move || match filtering.now.read().customers().len() {
        0 => "All customers".to_owned(),
        1 => "1 customer".to_owned(),
        count => format!("{count} customers"),
    };
    let on_key = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" && open.get_untracked() {
            open.set(false);
            if let Some(button) = button.get_untracked() {
                let _ = button.focus();
            }
        }
    };
    let on_focus_out = move |event: ev::FocusEvent| {
        if !stays_inside(around, &event) {
            open.set(false);
        }
    };
    view! {
        <div class="pop" node_ref=around on:keydown=on_key on:focusout=on_focus_out>
            <button
                type="button"
                class="btn"
                node_ref=button
                aria-haspopup="dialog"
                aria-expanded=move || open.get().to_string()
                on:click=move |_| open.update(|open| *open = !*open)
            >
                <Icon glyph=Glyph::Filter/><span class="label">{title}</span>
            </button>
            {move || open.get().then(|| view! { <Popover filtering choices/> })}
        </div>
    }
}

#[component]
fn Popover(filtering: Filtering, choices: RwSignal<Vec<Choice>>) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let search = NodeRef::<html::Input>::new();
    Effect::new(move || {
        if let Some(search) = search.get() {
            let _ = search.focus();
        }
    });
    let found = move || {
        let wanted = fold(&typed.read());
        choices.read().iter().filter(|choice| choice.folded.contains(&wanted)).cloned().collect::<Vec<_>>()
    };
    let more = move || {
        let count = found().len();
        match count {
            0 => Some("No customer of that name has a monitor.".to_owned()),
            _ if count > MOST => {
                Some(format!("{} more: type to narrow.", grouped(u32::try_from(count - MOST).unwrap_or(u32::MAX))))
            }
            _ => None,
        }
    };
    view! {
        <div class="popover" role="dialog" aria-label="Show by customer" tabindex="-1">
            <div class="search">
                <Icon glyph=Glyph::Search/>
                <input
                    type="search"
                    node_ref=search
                    placeholder="Find a customer"
                    aria-label="Find a customer"
                    autocomplete="off"
                    prop:value=move || typed.get()
                    on:input=move |event| typed.set(event_target_value(&event))
                />
            </div>
            <ul class="choices">
                <For
                    each=move || found().into_iter().take(MOST)
                    key=|choice| (choice.id.clone(), choice.name.clone(), choice.monitors)
                    let:choice
                >
                    <Tick filtering choice/>
                </For>
            </ul>
            {move || more().map(|text| view! { <p class="quiet">{text}</p> })}
            <button
                type="button"
                class="btn small"
                disabled=move || !filtering.now.read().by_customer()
                on:click=move |_| filtering.change.run(filtering.now.get_untracked().with_every_customer())
            >
                "All customers"
            </button>
        </div>
    }
}

#[component]
fn Tick(filtering: Filtering, choice: Choice) -> impl IntoView {
    let Choice { id, name, monitors, .. } = choice;
    let is_chosen = {
        let id = id.clone();
        move || filtering.now.read().customers().contains(&id)
    };
    view! {
        <li>
            <label>
                <input
                    type="checkbox"
                    prop:checked=is_chosen
                    on:change=move |_| filtering.change.run(filtering.now.get_untracked().toggle_customer(&id))
                />
                {name}
                <span class="count num">{grouped(monitors)}</span>
            </label>
        </li>
    }
}

/// Whether the focus goes to something else in the popover.
fn stays_inside(around: NodeRef<html::Div>, event: &ev::FocusEvent) -> bool {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;
        let next = event.related_target().and_then(|target| target.dyn_into::<web_sys::Node>().ok());
        around.get_untracked().is_some_and(|around| next.is_some_and(|next| around.contains(Some(&next))))
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = (around, event);
        true
    }
}
