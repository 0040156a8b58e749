//! The form of a service item.

use leptos::prelude::*;
use model::services::{ItemInput, ItemRow, ServiceSheet};

use super::SaveItem;
use crate::{
    answer::{Answer, Said, typed_before},
    catalogue::level_of,
    ui::{Part, SelectField, TextField},
};

/// Where no level says which: the first of the list would be chosen otherwise.
const USUAL_CURRENCY: &str = "EUR";

/// Adds an item, or edits `row`.
#[component]
pub(super) fn ItemForm(
    sheet: ServiceSheet,
    row: Option<ItemRow>,
    /// The page's own address.
    path: String,
    action: ServerAction<SaveItem>,
) -> impl IntoView {
    let answer: Answer = action.value().into();
    let id = row.as_ref().map(|row| row.id.to_string()).unwrap_or_default();
    let is_edit = row.is_some();
    let (title, button, version, stored) = match row {
        Some(row) => (format!("Edit {}", row.service_name), "Save", row.version, ItemInput::from(&row)),
        None => ("Add service item".to_owned(), "Add service item", 0, ItemInput::default()),
    };
    let kept = typed_before::<(String, i64, ItemInput)>().filter(|(typed, ..)| *typed == id);
    let (_, version, mut typed) = kept.unwrap_or((id.clone(), version, stored));
    // What the level's rates are in, for an item that is new.
    if typed.currency.is_empty()
        && let Some(rates) = level_of(&sheet).and_then(|level| sheet.catalogue.rates(level.rates.as_ref()?))
    {
        typed.currency.clone_from(&rates.currency);
    }
    let services: Vec<_> = sheet
        .catalogue
        .services
        .iter()
        .map(|service| (service.id.to_string(), format!("{} ({})", service.name, service.unit)))
        .collect();
    let currencies: Vec<_> = sheet.currencies.iter().map(|(code, name)| (code.clone(), format!("{code}, {name}"))).collect();
    view! {
        <section class="aside" aria-labelledby="item-form">
            <h2 id="item-form">{title}</h2>
            <ActionForm action=action attr:class="form panel" attr:novalidate=true>
                <Said answer again=format!("{path}?edit={id}")/>
                <input type="hidden" name="customer" value=sheet.customer.to_string()/>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="version" value=version.to_string()/>
                <ItemFields typed services currencies part=Part::Alone(answer)/>
                <div class="actions">
                    <button class="btn main" type="submit" disabled=action.pending()>{button}</button>
                    {is_edit.then(|| view! { <a class="btn" href=path rel="external">"Cancel"</a> })}
                </div>
            </ActionForm>
        </section>
    }
}

/// Every field of a service item; what is typed stays in the controls. It stands in a form of its own or in a larger one.
#[allow(clippy::needless_pass_by_value, reason = "a component owns its properties")]
#[component]
pub fn ItemFields(
    typed: ItemInput,
    /// Id and name.
    services: Vec<(String, String)>,
    /// Code and name.
    currencies: Vec<(String, String)>,
    part: Part,
) -> impl IntoView {
    let ItemInput { service, quantity, rate, mut currency, from, until, note } = typed;
    if currency.is_empty() {
        USUAL_CURRENCY.clone_into(&mut currency);
    }
    view! {
        <SelectField name=part.name("service") label="Service type" options=services value=Signal::stored(service) error=part.error("service")/>
        <TextField name=part.name("quantity") label="Quantity" required=true inputmode="decimal" value=Signal::stored(quantity)
            error=part.error("quantity") autocomplete="off"/>
        <div class="row">
            <TextField name=part.name("rate") label="Rate for one unit" inputmode="decimal" hint="Empty: that of the rate template."
                value=Signal::stored(rate) error=part.error("rate") autocomplete="off"/>
            <SelectField name=part.name("currency") label="Currency" options=currencies value=Signal::stored(currency)
                error=part.error("currency")/>
        </div>
        <div class="row">
            <TextField name=part.name("from") label="From" kind="date" value=Signal::stored(from) error=part.error("from")/>
            <TextField name=part.name("until") label="Until" kind="date" hint="The last day; empty: until further notice."
                value=Signal::stored(until) error=part.error("until")/>
        </div>
        <TextField name=part.name("note") label="Note" kind="textarea" value=Signal::stored(note) error=part.error("note")/>
    }
}
