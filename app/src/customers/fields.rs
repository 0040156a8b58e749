//! The customer form's fields by section. One column; every field of the model stands in exactly one section.

use leptos::prelude::*;
use model::customers::{COMPANY_SIZES, CustomerInput, Field};

use super::suggestions::{COUNTRIES, LANGUAGES, ZONES};
use crate::{
    answer::{Answer, problem_at},
    ui::{SelectField, TextField},
};

struct Section {
    anchor: &'static str,
    title: &'static str,
    controls: &'static [Control],
}

struct Control {
    /// The field's name in the model.
    name: &'static str,
    /// The control's name in the form, and its id.
    form_name: &'static str,
    look: Look,
    required: bool,
    hint: &'static str,
}

enum Look {
    /// An input of this type.
    Input(&'static str),
    CompanySize,
    /// A text with suggestions; the datalist's id and what is in it.
    Suggested(&'static str, &'static [&'static str]),
}

macro_rules! control {
    ($name:ident, $look:expr, $required:literal, $hint:literal) => {
        Control {
            name: stringify!($name),
            form_name: concat!("input[", stringify!($name), "]"),
            look: $look,
            required: $required,
            hint: $hint,
        }
    };
    ($name:ident, $look:expr) => {
        control!($name, $look, false, "")
    };
    ($name:ident) => {
        control!($name, Look::Input("text"), false, "")
    };
}

const SECTIONS: &[Section] = &[
    Section {
        anchor: "section-company",
        title: "Company",
        controls: &[
            control!(company, Look::Input("text"), false, "Without a company the main contact's name stands in lists."),
            control!(website, Look::Input("url"), false, "It begins with http:// or https://."),
            control!(industries, Look::Input("text"), false, "Several are separated by commas."),
            control!(company_size, Look::CompanySize),
        ],
    },
    Section {
        anchor: "section-contact",
        title: "Main contact",
        controls: &[
            control!(contact_first),
            control!(contact_last),
            control!(contact_role),
            control!(email, Look::Input("email"), true, ""),
            control!(mobile, Look::Input("tel"), false, "With the country code, +44 for example."),
            control!(business_phone, Look::Input("tel")),
        ],
    },
    Section {
        anchor: "section-account",
        title: "Account",
        controls: &[control!(account_manager_email, Look::Input("email"), true, ""), control!(internal_reference)],
    },
    Section {
        anchor: "section-address",
        title: "Address",
        controls: &[
            control!(address1),
            control!(address2),
            control!(city),
            control!(state_region),
            control!(zip),
            control!(country, Look::Suggested("countries", COUNTRIES)),
        ],
    },
    Section {
        anchor: "section-portal",
        title: "Portal and language",
        controls: &[
            control!(
                portal_name,
                Look::Input("text"),
                false,
                "Small letters, digits and hyphens; no other customer may have it."
            ),
            control!(language, Look::Suggested("languages", LANGUAGES), false, "A language tag: en for English, de for German."),
            control!(
                report_zone,
                Look::Suggested("zones", ZONES),
                false,
                "A name of the tz database, Europe/Berlin for example."
            ),
        ],
    },
];

/// Links to the sections (DOMAIN A3).
#[component]
pub(super) fn JumpLinks() -> impl IntoView {
    view! {
        <nav aria-label="Sections">
            {SECTIONS.iter().map(|section| view! { <a href=format!("#{}", section.anchor)>{section.title}</a> }).collect_view()}
        </nav>
    }
}

/// Every field, with what was typed in `typed` and the errors of `answer`.
#[component]
pub(super) fn Fields(typed: RwSignal<CustomerInput>, answer: Answer) -> impl IntoView {
    SECTIONS
        .iter()
        .map(|section| {
            view! {
                <fieldset id=section.anchor>
                    <legend>{section.title}</legend>
                    {section.controls.iter().map(|control| view! { <OneField control typed answer/> }).collect_view()}
                </fieldset>
            }
        })
        .collect_view()
}

#[component]
fn OneField(control: &'static Control, typed: RwSignal<CustomerInput>, answer: Answer) -> impl IntoView {
    let field = model_field(control)?;
    let value = Signal::derive(move || typed.with(|typed| (field.get)(typed).clone()));
    let on_change = Callback::new(move |text: String| typed.update(|typed| *(field.set)(typed) = text));
    let error = problem_at(answer, control.name);
    let Control { form_name: name, required, hint, .. } = *control;
    Some(match control.look {
        Look::Input(kind) => {
            view! { <TextField name label=field.label kind value on_change error required hint autocomplete="off"/> }.into_any()
        }
        Look::CompanySize => {
            view! { <SelectField name label=field.label options=company_sizes() value on_change error required hint/> }.into_any()
        }
        Look::Suggested(list, suggestions) => {
            suggest(name, list);
            view! {
                <TextField name label=field.label value on_change error required hint autocomplete="off"/>
                <datalist id=list>{suggestions.iter().map(|text| view! { <option value=*text></option> }).collect_view()}</datalist>
            }
            .into_any()
        }
    })
}

fn model_field(control: &Control) -> Option<&'static Field> {
    CustomerInput::FIELDS.iter().find(|field| field.name == control.name)
}

fn company_sizes() -> Vec<(String, String)> {
    let sizes = COMPANY_SIZES.iter().map(|size| ((*size).to_owned(), format!("{size} people")));
    std::iter::once((String::new(), "Not given".to_owned())).chain(sizes).collect()
}

/// Gives the control its suggestions. They are no more than a help, so they come with the wasm.
fn suggest(control: &'static str, list: &'static str) {
    Effect::new(move || {
        if let Some(control) = document().get_element_by_id(control) {
            let _ = control.set_attribute("list", list);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a3_every_field_stands_in_one_section() {
        let mut placed: Vec<&str> = SECTIONS.iter().flat_map(|section| section.controls).map(|control| control.name).collect();
        placed.sort_unstable();
        let mut known: Vec<&str> = CustomerInput::FIELDS.iter().map(|field| field.name).collect();
        known.sort_unstable();
        assert_eq!(placed, known);
    }

    #[test]
    fn a3_what_is_required_is_said_to_be() {
        let required: Vec<&str> = SECTIONS
            .iter()
            .flat_map(|section| section.controls)
            .filter(|control| control.required)
            .map(|control| control.name)
            .collect();
        assert_eq!(required, ["email", "account_manager_email"]);
    }
}
