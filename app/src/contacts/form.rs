//! The form of a contact.

use leptos::prelude::*;
use model::contacts::{ContactInput, ContactRow, ContactSheet, PortalAccess};

use super::SaveContact;
use crate::{
    answer::{Answer, Said, typed_before},
    ui::{Part, SelectField, TextField},
};

/// Adds a contact, or edits `row`.
#[component]
pub(super) fn ContactForm(
    sheet: ContactSheet,
    row: Option<ContactRow>,
    /// The page's own address.
    path: String,
    action: ServerAction<SaveContact>,
) -> impl IntoView {
    let answer: Answer = action.value().into();
    let id = row.as_ref().map(|row| row.id.to_string()).unwrap_or_default();
    let is_edit = row.is_some();
    let (title, button, version, stored) = match row {
        Some(row) => (format!("Edit {}", row.input.name()), "Save", row.version, row.input),
        None => ("Add contact".to_owned(), "Add contact", 0, ContactInput::default()),
    };
    let kept = typed_before::<(String, i64, ContactInput)>().filter(|(typed, ..)| *typed == id);
    let (_, version, typed) = kept.unwrap_or((id.clone(), version, stored));
    let places = sheet.locations.into_iter().map(|(id, name)| (id.to_string(), name)).collect();
    view! {
        <section class="aside" aria-labelledby="contact-form">
            <h2 id="contact-form">{title}</h2>
            <ActionForm action=action attr:class="form panel" attr:novalidate=true>
                <Said answer again=format!("{path}?edit={id}")/>
                <input type="hidden" name="customer" value=sheet.customer.to_string()/>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="version" value=version.to_string()/>
                <ContactFields typed places part=Part::Alone(answer)/>
                <div class="actions">
                    <button class="btn main" type="submit" disabled=action.pending()>{button}</button>
                    {is_edit.then(|| view! { <a class="btn" href=path rel="external">"Cancel"</a> })}
                </div>
            </ActionForm>
        </section>
    }
}

/// Every field of a contact; what is typed stays in the controls. It stands in a form of its own or in a larger one.
#[allow(clippy::needless_pass_by_value, reason = "a component owns its properties")]
#[component]
pub fn ContactFields(
    typed: ContactInput,
    /// What the form says of each location, and its name: where the contact may be, the usual one first.
    places: Vec<(String, String)>,
    part: Part,
) -> impl IntoView {
    let ContactInput { first_name, last_name, location, email, phone, title, portal_access } = typed;
    let access: Vec<_> =
        PortalAccess::ALL.into_iter().map(|access| (access.key().to_owned(), access.label().to_owned())).collect();
    view! {
        <div class="row">
            <TextField name=part.name("first_name") label="First name" value=Signal::stored(first_name) error=part.error("first_name")
                autocomplete="off"/>
            <TextField name=part.name("last_name") label="Last name" value=Signal::stored(last_name) error=part.error("last_name")
                autocomplete="off"/>
        </div>
        <SelectField name=part.name("location") label="Location" options=places value=Signal::stored(location) error=part.error("location")/>
        <TextField name=part.name("title") label="Role or title" value=Signal::stored(title) error=part.error("title") autocomplete="off"/>
        <TextField name=part.name("email") label="Email" kind="email" value=Signal::stored(email) error=part.error("email") autocomplete="off"/>
        <TextField name=part.name("phone") label="Phone" kind="tel" value=Signal::stored(phone) error=part.error("phone") autocomplete="off"/>
        <SelectField name=part.name("portal_access") label="Portal access" options=access value=Signal::stored(portal_access)
            hint="Whoever gets access needs an email address, and is invited there." error=part.error("portal_access")/>
    }
}
