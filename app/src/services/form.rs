//! The form of a service item.

use leptos::prelude::*;
use model::services::{ItemInput, ItemRow, ServiceSheet};

use super::SaveItem;
use crate::{
    answer::{Answer, Said, problem_at, typed_before},
    catalogue::level_of,
    ui::{SelectField, TextField},
};

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
    // What the level's rates are in, for an item that is new.
    let usual =
        level_of(&sheet).and_then(|level| sheet.catalogue.rates(level.rates.as_ref()?)).map(|rates| rates.currency.clone());
    let usual = usual.unwrap_or_else(|| "EUR".to_owned());
    let kept = typed_before::<(String, i64, ItemInput)>().filter(|(typed, ..)| *typed == id);
    let (_, version, input) = kept.unwrap_or((id.clone(), version, stored));
    let ItemInput { service, quantity, rate, currency, from, until, note } = input;
    let currency = if currency.is_empty() { usual } else { currency };
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
                <SelectField name="input[service]" label="Service type" options=services value=Signal::stored(service) error=problem_at(answer, "service")/>
                <TextField name="input[quantity]" label="Quantity" required=true inputmode="decimal" value=Signal::stored(quantity)
                    error=problem_at(answer, "quantity") autocomplete="off"/>
                <div class="row">
                    <TextField name="input[rate]" label="Rate for one unit" inputmode="decimal" hint="Empty: that of the rate template."
                        value=Signal::stored(rate) error=problem_at(answer, "rate") autocomplete="off"/>
                    <SelectField name="input[currency]" label="Currency" options=currencies value=Signal::stored(currency)
                        error=problem_at(answer, "currency")/>
                </div>
                <div class="row">
                    <TextField name="input[from]" label="From" kind="date" value=Signal::stored(from) error=problem_at(answer, "from")/>
                    <TextField name="input[until]" label="Until" kind="date" hint="The last day; empty: until further notice."
                        value=Signal::stored(until) error=problem_at(answer, "until")/>
                </div>
                <TextField name="input[note]" label="Note" kind="textarea" value=Signal::stored(note) error=problem_at(answer, "note")/>
                <div class="actions">
                    <button class="btn main" type="submit" disabled=action.pending()>{button}</button>
                    {is_edit.then(|| view! { <a class="btn" href=path rel="external">"Cancel"</a> })}
                </div>
            </ActionForm>
        </section>
    }
}
