//! The form of a location.

use leptos::prelude::*;
use model::locations::{LocationInput, LocationRow, LocationSheet};

use super::SaveLocation;
use crate::{
    answer::{Answer, Said, typed_before},
    ui::{Combobox, Part, TextField},
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
        Some(LocationRow { input, country_name, version, .. }) => {
            (format!("Edit {}", input.name), "Save", version, LocationInput { country: country_name, ..input })
        }
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
                <LocationFields typed part=Part::Alone(answer)/>
                <div class="actions">
                    <button class="btn main" type="submit" disabled=action.pending()>{button}</button>
                    {is_edit.then(|| view! { <a class="btn" href=path rel="external">"Cancel"</a> })}
                </div>
            </ActionForm>
        </section>
    }
}

/// Every field of a location; what is typed stays in the controls. It stands in a form of its own or in a larger one.
#[allow(clippy::needless_pass_by_value, reason = "a component owns its properties")]
#[component]
pub fn LocationFields(typed: LocationInput, part: Part) -> impl IntoView {
    let shown = typed.is_on_dashboard();
    let LocationInput { name, address1, address2, city, state_region, zip, country, zone, on_dashboard: _ } = typed;
    view! {
        <TextField name=part.name("name") label="Name" required=true placeholder="Head office" value=Signal::stored(name)
            error=part.error("name") autocomplete="off"/>
        <TextField name=part.name("address1") label="Address" value=Signal::stored(address1) error=part.error("address1") autocomplete="off"/>
        <TextField name=part.name("address2") label="Address, second line" value=Signal::stored(address2) error=part.error("address2")
            autocomplete="off"/>
        <div class="row">
            <TextField name=part.name("zip") label="ZIP or postal code" value=Signal::stored(zip) error=part.error("zip") autocomplete="off"/>
            <TextField name=part.name("city") label="City" value=Signal::stored(city) error=part.error("city") autocomplete="off"/>
        </div>
        <TextField name=part.name("state_region") label="State or region" value=Signal::stored(state_region)
            error=part.error("state_region") autocomplete="off"/>
        <Combobox name=part.name("country") label="Country" list="countries" value=Signal::stored(country) error=part.error("country")/>
        <Combobox name=part.name("zone") label="Time zone" list="zones" value=Signal::stored(zone) error=part.error("zone")
            hint="Empty: that of the customer's reports."/>
        <label class="check">
            <input type="checkbox" name=part.name("on_dashboard") value="yes" checked=shown/>
            <span>"Show on dashboard"<small class="quiet">"On overview pages. It changes no status and no wall."</small></span>
        </label>
    }
}
