//! The filters of the list (DOMAIN A1): a GET form, so that the address is all the state there is, and a chip for each that is set.

use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};
use model::{
    FieldError,
    customers::{
        CustomerQuery,
        filter::{FilterField, FilterInput},
    },
};

use super::address::{address_of, beside_filter};
use crate::ui::{Glyph, Icon, TextField};

/// What can be filtered by, in the order of the form: the label, and the controls by their place among the fields.
const FILTERS: [(&str, &[usize]); 4] = [("Name", &[0]), ("Monitors", &[1, 2]), ("Added", &[3, 4]), ("Modified", &[5, 6])];

/// The disclosure with the form. It stands beside the list, and not in it: another answer neither closes it nor empties it.
#[component]
pub(super) fn Filters(#[prop(into)] query: Signal<CustomerQuery>) -> impl IntoView {
    let typed = RwSignal::new(query.with_untracked(|query| query.filter.clone()));
    let errors = Memo::new(move |_| query.with(|query| query.filter.accept().err().unwrap_or_default()));
    let is_open = errors.with_untracked(|errors| !errors.is_empty());
    // A chip takes a filter away, and the back button brings one back.
    Effect::new(move |before: Option<FilterInput>| {
        let filter = query.with(|query| query.filter.clone());
        if before.is_some_and(|before| before != filter) {
            typed.set(filter.clone());
        }
        filter
    });
    let kept = Signal::derive(move || query.with(|query| [vec![("q", query.search.clone())], beside_filter(query)].concat()));
    let fields = FilterInput::FIELDS.iter().map(|field| view! { <Control field typed errors/> }).collect_view();
    let navigate = use_navigate();
    let apply = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let asked = CustomerQuery { filter: typed.get_untracked(), page: 1, ..query.get_untracked() };
        navigate(&address_of(&asked), NavigateOptions::default());
    };
    view! {
        <details class="filters" open=is_open>
            <summary class="btn"><Icon glyph=Glyph::Filter/>"Filter"</summary>
            <form method="get" action="/customers" class="panel filter-form" aria-label="Filter" novalidate=true on:submit=apply>
                {move || kept.get().into_iter().filter(|(_, value)| !value.is_empty())
                    .map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view()}
                {fields}
                <div class="actions">
                    <button type="submit" class="btn main">"Apply"</button>
                    <a class="btn" href=move || cleared(query.get())>"Clear all"</a>
                </div>
            </form>
        </details>
    }
}

#[component]
fn Control(field: &'static FilterField, typed: RwSignal<FilterInput>, errors: Memo<Vec<FieldError>>) -> impl IntoView {
    let value = Signal::derive(move || typed.with(|typed| (field.get)(typed).clone()));
    let heard = Callback::new(move |text: String| typed.update(|typed| *(field.set)(typed) = text));
    let error = Signal::derive(move || {
        errors.with(|errors| errors.iter().find(|error| error.field == field.name).map(|error| error.problem.clone()))
    });
    match field.name {
        "name" => view! { <TextField name=field.name label=label(field.name) value on_change=heard error autocomplete="off"/> }.into_any(),
        "devices_from" | "devices_to" => view! {
            <TextField name=field.name label=label(field.name) value on_change=heard error inputmode="numeric" autocomplete="off"/>
        }
        .into_any(),
        _ => view! { <TextField name=field.name label=label(field.name) kind="date" value on_change=heard error/> }.into_any(),
    }
}

fn label(field: &str) -> &'static str {
    match field {
        "name" => "Name contains",
        "devices_from" => "Monitors from",
        "devices_to" => "Monitors to",
        "added_from" => "Added from",
        "added_to" => "Added to",
        "modified_from" => "Modified from",
        _ => "Modified to",
    }
}

fn cleared(query: CustomerQuery) -> String {
    address_of(&CustomerQuery { filter: FilterInput::default(), page: 1, ..query })
}

/// A chip for each filter that is set, which takes it away again, and one for all of them.
#[component]
pub(super) fn FilterChips(query: CustomerQuery) -> impl IntoView {
    let set: Vec<_> = FILTERS.into_iter().filter_map(|(label, places)| chip(&query, label, places)).collect();
    if set.is_empty() {
        return None;
    }
    let all = (set.len() > 1).then(|| view! { <a class="btn quiet small" href=cleared(query)>"Clear all filters"</a> });
    let chips = set
        .into_iter()
        .map(|(words, href)| {
            let title = format!("Take away: {words}");
            view! { <a class="chip filter" aria-current="true" href=href title=title.clone() aria-label=title>{words}<Icon glyph=Glyph::Close/></a> }
        })
        .collect_view();
    Some(view! { <nav class="chips num" aria-label="Filters that are set">{chips}{all}</nav> })
}

/// What a filter says, and the address without it.
fn chip(query: &CustomerQuery, label: &str, places: &[usize]) -> Option<(String, String)> {
    let fields: Vec<&FilterField> = places.iter().filter_map(|place| FilterInput::FIELDS.get(*place)).collect();
    let typed: Vec<&str> = fields.iter().map(|field| (field.get)(&query.filter).trim()).collect();
    let words = match typed.as_slice() {
        [only] if !only.is_empty() => format!("{label}: {only}"),
        [from, ""] if !from.is_empty() => format!("{label}: from {from}"),
        ["", to] if !to.is_empty() => format!("{label}: up to {to}"),
        [from, to] if !from.is_empty() => format!("{label}: {from} to {to}"),
        _ => return None,
    };
    let mut filter = query.filter.clone();
    for field in fields {
        (field.set)(&mut filter).clear();
    }
    Some((words, address_of(&CustomerQuery { filter, page: 1, ..query.clone() })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a1_each_filter_that_is_set_has_its_chip() {
        let filter = FilterInput {
            name: "har".into(),
            devices_from: "5".into(),
            added_from: "2026-01-01".into(),
            added_to: "2026-02-01".into(),
            ..FilterInput::default()
        };
        let query = CustomerQuery { filter, search: "x".into(), page: 3, ..CustomerQuery::default() };
        let chips: Vec<_> = FILTERS.into_iter().filter_map(|(label, places)| chip(&query, label, places)).collect();
        let words: Vec<&str> = chips.iter().map(|(words, _)| words.as_str()).collect();
        assert_eq!(words, ["Name: har", "Monitors: from 5", "Added: 2026-01-01 to 2026-02-01"]);
        assert_eq!(chips[2].1, "/customers?q=x&name=har&devices_from=5");
        assert_eq!(cleared(query), "/customers?q=x");
    }
}
