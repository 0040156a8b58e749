//! The form of a location.

use leptos::prelude::*;
use model::locations::{LocationInput, LocationRow, LocationSheet};

use super::SaveLocation;
use crate::{
    answer::{Answer, Said, problem_at, typed_before},
    ui::{SelectField, TextField},
};

/// Adds a location, or edits `row`.
#[component]
pub(super) fn LocationForm(
    sheet: LocationSheet,
    row: Option<LocationRow>,
    /// The page's own address.
    path: String,
    action: ServerAction<SaveLocation>,
) -> impl IntoView {
    let answer: Answer = action.value().into();
    let id = row.as_ref().map(|row| row.id.to_string()).unwrap_or_default();
    let is_edit = row.is_some();
    let (title, button, version, stored) = match row {
        Some(row) => (format!("Edit {}", row.input.name), "Save", row.version, row.input),
        None => ("Add location".to_owned(), "Add location", 0, LocationInput::usual()),
    };
    let kept = typed_before::<(String, i64, LocationInput)>().filter(|(typed, ..)| *typed == id);
    let (_, version, typed) = kept.unwrap_or((id.clone(), version, stored));
    view! {
        <section class="aside" aria-labelledby="location-form">
            <h2 id="location-form">{title}</h2>
            <ActionForm action=action attr:class="form panel" attr:novalidate=true>
                <Said answer again=format!("{path}?edit={id}")/>
                <input type="hidden" name="customer" value=sheet.customer.to_string()/>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="version" value=version.to_string()/>
                <LocationFields typed countries=sheet.countries zones=sheet.zones answer/>
                <div class="actions">
                    <button class="btn main" type="submit" disabled=action.pending()>{button}</button>
                    {is_edit.then(|| view! { <a class="btn" href=path rel="external">"Cancel"</a> })}
                </div>
            </ActionForm>
        </section>
    }
}

/// Every field of a location; what is typed stays in the controls. It stands in a form of its own or in a larger one.
#[component]
pub fn LocationFields(
    typed: LocationInput,
    /// Code and name.
    countries: Vec<(String, String)>,
    zones: Vec<String>,
    answer: Answer,
) -> impl IntoView {
    let shown = typed.is_on_dashboard();
    let LocationInput { name, address1, address2, city, state_region, zip, country, zone, on_dashboard: _ } = typed;
    let none = |words: &str| (String::new(), words.to_owned());
    let countries: Vec<_> = std::iter::once(none("Not given")).chain(countries).collect();
    let zones: Vec<_> =
        std::iter::once(none("The customer's")).chain(zones.into_iter().map(|zone| (zone.clone(), zone))).collect();
    view! {
        <TextField name="input[name]" label="Name" required=true placeholder="Head office" value=Signal::stored(name)
            error=problem_at(answer, "name") autocomplete="off"/>
        <TextField name="input[address1]" label="Address" value=Signal::stored(address1) error=problem_at(answer, "address1") autocomplete="off"/>
        <TextField name="input[address2]" label="Address, second line" value=Signal::stored(address2) error=problem_at(answer, "address2")
            autocomplete="off"/>
        <div class="row">
            <TextField name="input[zip]" label="ZIP or postal code" value=Signal::stored(zip) error=problem_at(answer, "zip") autocomplete="off"/>
            <TextField name="input[city]" label="City" value=Signal::stored(city) error=problem_at(answer, "city") autocomplete="off"/>
        </div>
        <TextField name="input[state_region]" label="State or region" value=Signal::stored(state_region)
            error=problem_at(answer, "state_region") autocomplete="off"/>
        <SelectField name="input[country]" label="Country" options=countries value=Signal::stored(country) error=problem_at(answer, "country")/>
        <SelectField name="input[zone]" label="Time zone" options=zones value=Signal::stored(zone) error=problem_at(answer, "zone")/>
        <label class="check">
            <input type="checkbox" name="input[on_dashboard]" value="yes" checked=shown/>
            <span>"Show on dashboard"<small class="quiet">"On overview pages. It changes no status and no wall."</small></span>
        </label>
    }
}
