//! The customer form's fields by section (`model::drafts::Section`). One column; the wizard shows one section, the form that edits
//! shows all of them.

use leptos::prelude::*;
use model::{
    FieldError, Problem,
    customers::{COMPANY_SIZES, CustomerInput, Field},
    drafts::{Draft, GROUPS, INVITE_EMAIL, Offers, PEOPLE, Section},
};

use super::rows::Rows;
use crate::ui::{Combobox, SelectField, TextField};

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
    Industries,
    /// One of a list of the server's.
    Pick(&'static str),
    Mobile,
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

const COMPANY: &[Control] = &[
    control!(company, Look::Input("text"), false, "Without a company the main contact's name stands in lists."),
    control!(website, Look::Input("url"), false, "It begins with http:// or https://."),
    control!(industries, Look::Industries),
    control!(company_size, Look::CompanySize),
];
const ADDRESS: &[Control] = &[
    control!(address1),
    control!(address2),
    control!(city),
    control!(state_region),
    control!(zip),
    control!(
        country,
        Look::Pick("countries"),
        false,
        "Phone numbers without a country code are read as numbers of this country."
    ),
];
const CONTACT: &[Control] = &[
    control!(contact_first),
    control!(contact_last),
    control!(contact_role),
    control!(email, Look::Input("email"), true, ""),
    control!(mobile, Look::Mobile),
    control!(business_phone, Look::Input("tel")),
];
const ACCOUNT: &[Control] = &[control!(account_manager_email, Look::Input("email"), true, ""), control!(internal_reference)];
const PORTAL: &[Control] = &[
    control!(portal_name, Look::Input("text"), false, "Small letters, digits and hyphens; no other customer may have it."),
    control!(language, Look::Pick("languages"), false, "Of the portal and of mails."),
    control!(report_zone, Look::Pick("zones"), false, "Times in the customer's reports are of this zone."),
];

const fn controls(section: Section) -> &'static [Control] {
    match section {
        Section::Company => COMPANY,
        Section::Address => ADDRESS,
        Section::Contact => CONTACT,
        Section::Account => ACCOUNT,
        Section::Portal => PORTAL,
        Section::Services | Section::Locations | Section::Contacts | Section::Review => &[],
    }
}

/// A form that is being filled in: what it holds, what is wrong with it, and what it offers.
#[derive(Clone, Copy)]
pub(super) struct Typing {
    pub(super) typed: RwSignal<Draft>,
    pub(super) problems: Signal<Vec<FieldError>>,
    pub(super) offers: StoredValue<Offers>,
}

impl Typing {
    pub(super) fn problem_at(self, field: &'static str) -> Signal<Option<Problem>> {
        let Self { problems, .. } = self;
        Signal::derive(move || {
            problems.with(|problems| problems.iter().find(|error| error.field == field).map(|error| error.problem.clone()))
        })
    }
}

/// The fields of one section. The invitation is offered where a customer is added (DOMAIN A6).
#[component]
pub(super) fn Fields(section: Section, typing: Typing, adds: bool) -> impl IntoView {
    view! {
        {controls(section).iter().map(|control| view! { <OneField control typing/> }).collect_view()}
        {(section == Section::Account).then(|| view! { <Groups typing/><People typing adds/> })}
        {(adds && section == Section::Portal).then(|| view! { <Invitation typing/> })}
        {adds.then(|| view! { <Rows section typing/> })}
    }
}

#[component]
fn OneField(control: &'static Control, typing: Typing) -> impl IntoView {
    let field = model_field(control)?;
    let Typing { typed, offers, .. } = typing;
    let value = Signal::derive(move || typed.with(|typed| (field.get)(&typed.input).clone()));
    let on_change = Callback::new(move |text: String| typed.update(|typed| *(field.set)(&mut typed.input) = text));
    let error = typing.problem_at(control.name);
    let Control { form_name: name, required, hint, .. } = *control;
    Some(match control.look {
        Look::Input(kind) => {
            view! { <TextField name label=field.label kind value on_change error required hint autocomplete="off"/> }.into_any()
        }
        Look::Mobile => {
            let hint = mobile_hint(offers.with_value(|offers| offers.verifies));
            view! { <TextField name label=field.label kind="tel" value on_change error required hint autocomplete="off"/> }
                .into_any()
        }
        Look::CompanySize => {
            view! { <SelectField name label=field.label options=company_sizes() value on_change error required hint/> }.into_any()
        }
        Look::Pick(list) => view! { <Combobox name label=field.label list value on_change error required hint/> }.into_any(),
        Look::Industries => view! { <Industries label=field.label value on_change error/> }.into_any(),
    })
}

/// What happens to the number (DOMAIN A5).
const fn mobile_hint(verifies: bool) -> &'static str {
    if verifies {
        "With the country code, +44 for example. It gets a code by text message, which you type in before the customer is added."
    } else {
        "With the country code, +44 for example. This installation sends no text messages: the number is not verified."
    }
}

fn model_field(control: &Control) -> Option<&'static Field> {
    CustomerInput::FIELDS.iter().find(|field| field.name == control.name)
}

fn company_sizes() -> Vec<(String, String)> {
    let sizes = COMPANY_SIZES.iter().map(|size| ((*size).to_owned(), format!("{size} people")));
    std::iter::once((String::new(), "Not given".to_owned())).chain(sizes).collect()
}

/// The industries among the field's text.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
}

/// A tick for each industry; one that an older form took and that is not offered stays on offer.
#[component]
fn Industries(
    label: &'static str,
    value: Signal<String>,
    on_change: Callback<String>,
    error: Signal<Option<Problem>>,
) -> impl IntoView {
    let typing: Typing = expect_context();
    let mut offered = typing.offers.with_value(|offers| offers.industries.clone());
    let others: Vec<String> = value.with_untracked(|value| {
        parts(value).filter(|part| !offered.iter().any(|known| known == part)).map(str::to_owned).collect()
    });
    offered.extend(others);
    let ticks = offered
        .into_iter()
        .map(|industry| {
            let (asked, said) = (industry.clone(), industry.clone());
            let is_ticked = move || value.with(|value| parts(value).any(|part| part == asked));
            let on_tick = move |ticked: bool| {
                let mut chosen: Vec<String> = value.with_untracked(|value| parts(value).map(str::to_owned).collect());
                put(&mut chosen, &said, ticked);
                on_change.run(chosen.join(", "));
            };
            view! { <Tick name="industry[]" value=industry.clone() label=industry is_ticked on_tick=Callback::new(on_tick)/> }
        })
        .collect_view();
    view! { <Ticks legend=label id="industries" error>{ticks}</Ticks> }
}

/// Ticks `one`, or takes its tick away.
fn put<T: Clone + PartialEq>(chosen: &mut Vec<T>, one: &T, ticked: bool) {
    chosen.retain(|other| other != one);
    if ticked {
        chosen.push(one.clone());
    }
}

#[component]
fn Groups(typing: Typing) -> impl IntoView {
    let Typing { typed, offers, .. } = typing;
    let groups = offers.with_value(|offers| offers.groups.clone());
    let ticks = groups
        .into_iter()
        .map(|(id, name)| {
            let value = id.to_string();
            let said = id.clone();
            let is_ticked = move || typed.with(|typed| typed.groups.contains(&id));
            let on_tick = Callback::new(move |ticked: bool| typed.update(|typed| put(&mut typed.groups, &said, ticked)));
            view! { <Tick name="group[]" value label=name is_ticked on_tick/> }
        })
        .collect_view();
    let none = offers.with_value(|offers| offers.groups.is_empty());
    view! {
        <Ticks legend="Customer groups" id=GROUPS error=typing.problem_at(GROUPS)>
            {ticks}
            {none.then(|| view! { <li class="quiet">"There are no groups yet."</li> })}
        </Ticks>
    }
}

#[component]
fn People(typing: Typing, adds: bool) -> impl IntoView {
    let Typing { typed, offers, .. } = typing;
    let people = offers.with_value(|offers| offers.people.clone());
    let ticks = people
        .into_iter()
        .map(|person| {
            let value = person.id.to_string();
            let (id, said) = (person.id.clone(), person.id);
            let is_ticked = move || typed.with(|typed| typed.people.contains(&id));
            let on_tick = Callback::new(move |ticked: bool| typed.update(|typed| put(&mut typed.people, &said, ticked)));
            let more = format!("{}, {}", person.role.label(), person.email);
            view! { <Tick name="person[]" value label=person.name more is_ticked on_tick/> }
        })
        .collect_view();
    let hint = if adds { "You are associated with the customers that you add." } else { "" };
    view! { <Ticks legend="Associated MSP users" id=PEOPLE error=typing.problem_at(PEOPLE) hint>{ticks}</Ticks> }
}

/// Ticks under one legend.
#[component]
fn Ticks(
    legend: &'static str,
    id: &'static str,
    error: Signal<Option<Problem>>,
    #[prop(optional)] hint: &'static str,
    children: Children,
) -> impl IntoView {
    let describedby = move || error.read().is_some().then(|| format!("{id}-error"));
    view! {
        <fieldset class="ticking entry" aria-describedby=describedby>
            <legend class="label">{legend}</legend>
            <ul class="ticks">{children()}</ul>
            {(!hint.is_empty()).then(|| view! { <p class="hint">{hint}</p> })}
            {move || error.get().map(|problem| view! { <p class="error" id=format!("{id}-error") role="alert">{problem.to_string()}</p> })}
        </fieldset>
    }
}

#[component]
fn Tick(
    name: &'static str,
    value: String,
    label: String,
    #[prop(optional)] more: Option<String>,
    is_ticked: impl Fn() -> bool + Clone + Send + Sync + 'static,
    on_tick: Callback<bool>,
) -> impl IntoView {
    let at_first = untrack(&is_ticked);
    view! {
        <li>
            <label class="check">
                <input type="checkbox" name=name value=value checked=at_first prop:checked=is_ticked
                    on:change:target=move |event| on_tick.run(event.target().checked())/>
                <span>{label}{more.map(|more| view! { <small class="quiet">{more}</small> })}</span>
            </label>
        </li>
    }
}

/// 'Invite this customer' (DOMAIN A3, D2): off, to an address of its own, which begins as the customer's.
#[component]
fn Invitation(typing: Typing) -> impl IntoView {
    let Typing { typed, .. } = typing;
    let invited = move || typed.with(|typed| typed.invite);
    let value = Signal::derive(move || {
        typed.with(|typed| if typed.invite_email.is_empty() { typed.input.email.clone() } else { typed.invite_email.clone() })
    });
    let on_change = Callback::new(move |text: String| typed.update(|typed| typed.invite_email = text));
    view! {
        <fieldset class="invitation">
            <legend class="unseen">"Invitation"</legend>
            <label class="check">
                <input type="checkbox" name="invite" value="invite" checked=typed.with_untracked(|typed| typed.invite) prop:checked=invited
                    on:change:target=move |event| {
                        let invite = event.target().checked();
                        typed.update(|typed| typed.invite = invite);
                    }/>
                <span>"Invite this customer"<small class="quiet">"A mail with a link to the portal goes out once the customer is added."</small></span>
            </label>
            <TextField name=INVITE_EMAIL label="Invitation goes to" kind="email" value on_change error=typing.problem_at(INVITE_EMAIL)
                autocomplete="off"/>
        </fieldset>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::drafts::{CONTACTS, INVITE, ITEMS, LEVEL, LOCATIONS};

    #[test]
    fn a3_every_field_has_its_control() {
        for section in Section::ALL {
            let others = [GROUPS, PEOPLE, INVITE, INVITE_EMAIL, LEVEL, ITEMS, LOCATIONS, CONTACTS];
            let fields: Vec<&str> = section.fields().iter().copied().filter(|field| !others.contains(field)).collect();
            let placed: Vec<&str> = controls(section).iter().map(|control| control.name).collect();
            assert_eq!(placed, fields, "{section:?}");
        }
    }

    #[test]
    fn a3_what_is_required_is_said_to_be() {
        let all = Section::ALL.into_iter().flat_map(controls);
        let required: Vec<&str> = all.filter(|control| control.required).map(|control| control.name).collect();
        assert_eq!(required, ["email", "account_manager_email"]);
    }
}
