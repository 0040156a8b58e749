//! What the trail is filtered by: who, what, whose and when. A GET form, so that the address is all the state there is.

use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate, params::ParamsMap};
use model::{
    FieldError,
    events::{EventInput, kind_in_words},
};

use crate::ui::{SelectField, TextField, address};

/// What the address asks for.
pub(super) fn input_of(params: &ParamsMap) -> EventInput {
    let of = |name: &str| params.get_str(name).unwrap_or_default().trim().to_owned();
    EventInput { who: of("who"), kind: of("kind"), customer: of("customer"), from: of("from"), to: of("to") }
}

/// The other way round; `before` is a place in the log, 0 for the newest.
pub(super) fn address_of(input: &EventInput, before: i64) -> String {
    at("/audit", input, before)
}

/// Where what the filter leaves is downloaded.
pub(super) fn csv_of(input: &EventInput) -> String {
    at("/audit.csv", input, 0)
}

fn at(path: &str, input: &EventInput, before: i64) -> String {
    let before = if before > 0 { before.to_string() } else { String::new() };
    let mut pairs = input.pairs().to_vec();
    pairs.push(("before", &before));
    address(path, &pairs)
}

/// The form. `kinds` are those that stand in the trail; `errors` those of what the address says.
#[component]
pub(super) fn Filter(input: EventInput, kinds: Vec<String>, errors: Vec<FieldError>) -> impl IntoView {
    let is_set = !input.is_empty();
    // A kind that an address names and nobody has done yet is a choice, too: else the form would say another than the address.
    let missing = (!input.kind.is_empty() && !kinds.contains(&input.kind)).then(|| input.kind.clone());
    let typed = RwSignal::new(input);
    let problem = move |field: &str| {
        let found = errors.iter().find(|error| error.field == field).map(|error| error.problem.clone());
        Signal::stored(found)
    };
    let value = move |get: fn(&EventInput) -> &String| Signal::derive(move || typed.with(|typed| get(typed).clone()));
    let heard = move |set: fn(&mut EventInput) -> &mut String| {
        Callback::new(move |text: String| typed.update(|typed| *set(typed) = text))
    };
    let mut choices: Vec<(String, String)> =
        kinds.into_iter().chain(missing).map(|kind| (kind.clone(), kind_in_words(&kind))).collect();
    choices.sort_by(|a, b| a.1.cmp(&b.1));
    choices.insert(0, (String::new(), "Everything".to_owned()));
    let navigate = use_navigate();
    let apply = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        navigate(&address_of(&typed.get_untracked(), 0), NavigateOptions::default());
    };
    view! {
        <form method="get" action="/audit" class="panel filter-form" aria-label="Filter" novalidate=true on:submit=apply>
            <TextField name="who" label="Who" placeholder="Name or email" value=value(|i| &i.who) on_change=heard(|i| &mut i.who)
                error=problem("who") autocomplete="off"/>
            <SelectField name="kind" label="What" options=choices value=value(|i| &i.kind) on_change=heard(|i| &mut i.kind) error=problem("kind")/>
            <TextField name="customer" label="Customer" placeholder="Name or id" value=value(|i| &i.customer) on_change=heard(|i| &mut i.customer)
                error=problem("customer") autocomplete="off"/>
            <TextField name="from" label="From" kind="date" value=value(|i| &i.from) on_change=heard(|i| &mut i.from) error=problem("from")/>
            <TextField name="to" label="To" kind="date" value=value(|i| &i.to) on_change=heard(|i| &mut i.to) error=problem("to")/>
            <div class="actions">
                <button type="submit" class="btn main">"Apply"</button>
                {is_set.then(|| view! { <a class="btn" href="/audit">"Clear all"</a> })}
            </div>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a15_the_address_holds_the_whole_filter() {
        let mut params = ParamsMap::new();
        for (name, value) in [("who", " rita "), ("kind", "customer.edited"), ("customer", "Ärzte"), ("from", "2026-11-01")] {
            params.insert(name, value.into());
        }
        let input = input_of(&params);
        assert_eq!(address_of(&input, 7), "/audit?who=rita&kind=customer.edited&customer=%C3%84rzte&from=2026-11-01&before=7");
        assert_eq!(csv_of(&EventInput::default()), "/audit.csv");
    }
}
