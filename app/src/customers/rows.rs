//! The wizard's sections of rows (DOMAIN A7): service items, locations and contacts. Each page ends with an empty row; one that
//! stays empty is none, so that any number of them can be typed without JavaScript as well.

use leptos::prelude::*;
use model::{
    FieldError,
    contacts::ContactInput,
    drafts::{CONTACTS, Draft, ITEMS, LEVEL, LOCATIONS, Offers, ROWS_MOST, Section},
    locations::LocationInput,
    services::ItemInput,
};

use super::{fields::Typing, wizard::FORM};
use crate::{
    contacts::ContactFields,
    locations::LocationFields,
    services::ItemFields,
    ui::{Banner, BannerKind, Glyph, Icon, Part, SelectField},
};

/// The service type of a row that is none.
const NO_SERVICE: &str = "None";

/// The rows of one section, and what stands above them.
#[component]
pub(super) fn Rows(section: Section, typing: Typing) -> impl IntoView {
    let draft = typing.typed.get_untracked();
    let problems = typing.problems.get_untracked();
    match section {
        Section::Services => view! { <Level draft=draft.clone() typing/><Items draft typing problems/> }.into_any(),
        Section::Locations => view! { <Locations draft problems/> }.into_any(),
        Section::Contacts => view! { <Contacts draft problems/> }.into_any(),
        Section::Company | Section::Address | Section::Contact | Section::Account | Section::Portal | Section::Review => {
            ().into_any()
        }
    }
}

#[component]
fn Level(draft: Draft, typing: Typing) -> impl IntoView {
    let Offers { levels, pack, .. } = typing.offers.get_value();
    let hint = pack.map(|(_, service)| format!("Every customer begins with the service {service}, at the rate of its level."));
    view! {
        <SelectField name=LEVEL label="Program level" options=levels value=Signal::stored(draft.level) error=typing.problem_at(LEVEL)
            hint=hint.unwrap_or_default()/>
    }
}

#[component]
fn Items(draft: Draft, typing: Typing, problems: Vec<FieldError>) -> impl IntoView {
    let Offers { mut services, currencies, .. } = typing.offers.get_value();
    services.insert(0, (String::new(), NO_SERVICE.to_owned()));
    let row = move |typed: ItemInput, part: Part| {
        let (services, currencies) = (services.clone(), currencies.clone());
        view! { <ItemFields typed services currencies part/> }.into_any()
    };
    list(Section::Services, ITEMS, "Service item", (draft.items, ItemInput::default()), &problems, row)
}

#[component]
fn Locations(draft: Draft, problems: Vec<FieldError>) -> impl IntoView {
    let row = |typed: LocationInput, part: Part| view! { <LocationFields typed part/> }.into_any();
    list(Section::Locations, LOCATIONS, "Location", (draft.locations, LocationInput::usual()), &problems, row)
}

#[component]
fn Contacts(draft: Draft, problems: Vec<FieldError>) -> impl IntoView {
    let places: Vec<(String, String)> =
        draft.locations.iter().map(|location| location.name.trim().to_owned()).map(|name| (name.clone(), name)).collect();
    if places.is_empty() && draft.contacts.is_empty() {
        return view! {
            <Banner kind=BannerKind::Info>"Each contact is at one location. Add a location first, or go on without contacts."</Banner>
            <div class="actions">
                <button class="btn" form=FORM type="submit" name="to" value=Section::Locations.key()>"Add location"</button>
            </div>
        }
        .into_any();
    }
    let row = move |typed: ContactInput, part: Part| {
        let mut places = places.clone();
        // One that was renamed since: it is wrong, and says so.
        if !typed.location.is_empty() && !places.iter().any(|(name, _)| *name == typed.location) {
            places.insert(0, (typed.location.clone(), typed.location.clone()));
        }
        view! { <ContactFields typed places part/> }.into_any()
    };
    list(Section::Contacts, CONTACTS, "Contact", (draft.contacts, ContactInput::default()), &problems, row).into_any()
}

/// The rows that were typed, and an empty one behind them as long as there may be more.
fn list<T>(
    section: Section,
    rows: &'static str,
    called: &'static str,
    (mut typed, empty): (Vec<T>, T),
    problems: &[FieldError],
    row: impl Fn(T, Part) -> AnyView,
) -> AnyView {
    let given = typed.len();
    if given < ROWS_MOST {
        typed.push(empty);
    }
    let fieldsets = typed
        .into_iter()
        .enumerate()
        .map(|(place, typed)| {
            let number = place + 1;
            let title = if place == given { format!("{called} {number}, if there is one") } else { format!("{called} {number}") };
            let part = Part::Row { rows, place, problems: problems.to_vec() };
            let remove = (place < given).then(|| {
                view! {
                    <button class="btn quiet small" form=FORM type="submit" name="remove" value=format!("{rows}[{place}]")
                        aria-label=format!("Remove {} {number}", called.to_lowercase())>
                        <Icon glyph=Glyph::Trash/>"Remove"
                    </button>
                }
            });
            view! {
                <fieldset class="one-of-many">
                    <legend>{title}</legend>
                    {remove}
                    {row(typed, part)}
                </fieldset>
            }
        })
        .collect_view();
    let more = if given < ROWS_MOST {
        view! {
            <div class="actions">
                <button class="btn" form=FORM type="submit" name="to" value=section.key()><Icon glyph=Glyph::Plus/>"Add another"</button>
            </div>
        }
        .into_any()
    } else {
        view! { <p class="hint">{format!("These are {ROWS_MOST}, the most that can be added here. More can be added on the customer's own page.")}</p> }
            .into_any()
    };
    view! {
        {fieldsets}
        {more}
    }
    .into_any()
}
