//! Customers to tick: found by a search, and kept from one search to the next.

use std::time::Duration;

use leptos::prelude::*;
use model::{GroupId, groups::OfferedCustomer};

use super::{offer_customers, ticking::Ticking};
use crate::{
    monitors::words,
    ui::{Glyph, Icon, grouped},
};

/// How long typing must pause before the search follows.
const PAUSE: Duration = Duration::from_millis(200);

/// The fields of a form: `tick[]` is each ticked customer, `shown` those that it says something of. `own` is the page's address: without
/// JavaScript a search for `q` leads back to it, with everything that was typed.
#[component]
pub(crate) fn ChooseCustomers(group: Option<GroupId>, ticking: Ticking, search: String, own: String) -> impl IntoView {
    let query = RwSignal::new(search);
    search_as_typed(group, query, ticking);
    view! {
        <fieldset class="ticking">
            <legend>"Customers"</legend>
            <div class="field find">
                <Icon glyph=Glyph::Search/>
                <input type="search" name="q" placeholder="Name, id, contact or email" aria-label="Find a customer to tick" maxlength="100" autocomplete="off"
                    value=query.get_untracked() on:input:target=move |event| query.set(event.target().value())
                    on:keydown=move |event| if event.key() == "Enter" { event.prevent_default() }/>
                <button type="submit" formmethod="get" formaction=own class="btn small" on:click=move |event| {
                    event.prevent_default();
                    query.notify();
                }>"Find"</button>
            </div>
            <input type="hidden" name="shown" value=move || ticking.shown()/>
            <Elsewhere ticking/>
            <ul class="ticks">
                <For each=move || ticking.offer.get().rows key=|row| row.id.clone() let:row>
                    <Tick row ticking/>
                </For>
            </ul>
            <p class="hint num" role="status">{move || ticking.offer.with(|offer| beyond(offer.matching, offer.rows.len()))}</p>
        </fieldset>
    }
}

#[component]
fn Tick(row: OfferedCustomer, ticking: Ticking) -> impl IntoView {
    let (asked, said) = (row.clone(), row.clone());
    view! {
        <li>
            <label class="check">
                <input type="checkbox" name="tick[]" value=row.id.to_string() checked=ticking.is_ticked(&row)
                    prop:checked=move || ticking.is_ticked(&asked)
                    on:change:target=move |event| ticking.say(&said, event.target().checked())/>
                <span>{row.name}</span>
            </label>
        </li>
    }
}

/// What was ticked before another search: it is sent as well, and can be taken back.
#[component]
fn Elsewhere(ticking: Ticking) -> impl IntoView {
    move || {
        let elsewhere = ticking.elsewhere();
        (!elsewhere.is_empty()).then(|| {
            let chips = elsewhere
                .into_iter()
                .map(|(id, name)| {
                    let value = id.to_string();
                    view! {
                        <li class="chip">
                            <input type="hidden" name="tick[]" value=value/>
                            {name.clone()}
                            <button type="button" class="btn quiet small" aria-label=format!("Untick {name}") on:click=move |_| ticking.forget(&id)>
                                <Icon glyph=Glyph::Close/>
                            </button>
                        </li>
                    }
                })
                .collect_view();
            view! { <ul class="chosen" aria-label="Ticked before">{chips}</ul> }
        })
    }
}

/// How many the search finds, and that not all of them are shown.
fn beyond(matching: u32, shown: usize) -> String {
    match u32::try_from(shown).unwrap_or(u32::MAX) {
        0 => "No customer matches.".to_owned(),
        shown if shown < matching => format!("{} of {}: search to find the others.", grouped(shown), grouped(matching)),
        _ => words::counted(matching, "customer"),
    }
}

/// Reads the offer anew once typing pauses; an answer that another search has overtaken is not shown.
fn search_as_typed(group: Option<GroupId>, query: RwSignal<String>, ticking: Ticking) {
    let group = StoredValue::new(group);
    Effect::new(move |before: Option<()>| {
        let search = query.get();
        if before.is_none() {
            return;
        }
        let read = move || {
            let Some(group) = group.try_get_value() else { return };
            leptos::task::spawn_local(async move {
                let answer = offer_customers(group, search.clone()).await;
                if let (Ok(offer), true) = (answer, query.try_get_untracked() == Some(search)) {
                    let _ = ticking.offer.try_set(offer);
                }
            });
        };
        if let Ok(waiting) = set_timeout_with_handle(read, PAUSE) {
            on_cleanup(move || waiting.clear());
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c1_the_form_says_that_there_are_more() {
        assert_eq!(beyond(10_000, 50), "50 of 10,000: search to find the others.");
        assert_eq!(beyond(1, 1), "1 customer");
        assert_eq!(beyond(0, 0), "No customer matches.");
    }
}
