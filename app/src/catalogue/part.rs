//! The form of one part of the catalogue.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::{
    Refusal,
    catalogue::{LevelInput, LevelRow, Part, PlanInput, PlanRow, RatesInput, RatesRow, ServiceTypeInput, ServiceTypeRow},
};

use super::{Basis, DeletePart, PATH, SaveLevel, SavePlan, SaveRates, SaveServiceType, read_basis};
use crate::{
    answer::{Answer, Said, follow, problem_at, refusal_of, typed_before},
    failure::Failure,
    reading::read_blocking,
    shell::Refused,
    ui::{Banner, BannerKind, Glyph, Icon, Reading, SelectField, TextField},
};

#[component]
pub fn CataloguePartPage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let part = Memo::new(move |_| params.with(|params| params.get("part").unwrap_or_default()));
    let level = Memo::new(move |_| query.with(|query| query.get("level").unwrap_or_default()));
    let basis = read_blocking(move || part.get(), |_| read_basis());
    view! {
        <Suspense fallback=|| view! { <Reading/> }>
            {move || {
                let (part, level) = (part.get(), level.get());
                Suspend::new(async move {
                    match basis.await {
                        Ok(basis) => form_of(&part, &level, basis),
                        Err(Failure(refusal)) => view! { <Title text="Catalogue"/><Refused refusal/> }.into_any(),
                    }
                })
            }}
        </Suspense>
    }
}

/// The form that the address names: of a part by its id, or of a new one.
fn form_of(part: &str, level: &str, basis: Basis) -> AnyView {
    let catalogue = &basis.catalogue;
    let nothing = || view! { <Title text="Catalogue"/><Refused refusal=Refusal::NotFound/> }.into_any();
    match part {
        "new-level" => view! { <LevelForm row=None basis/> }.into_any(),
        "new-service" => view! { <ServiceForm row=None/> }.into_any(),
        "new-rates" => view! { <RatesForm row=None basis/> }.into_any(),
        "new-plan" => match level.parse().ok().and_then(|id| catalogue.level(&id)).cloned() {
            Some(level) => view! { <PlanForm level row=None basis/> }.into_any(),
            None => nothing(),
        },
        id => match id.parse::<Part>() {
            Ok(Part::Level(id)) => match catalogue.level(&id).cloned() {
                Some(row) => view! { <LevelForm row=Some(row) basis/> }.into_any(),
                None => nothing(),
            },
            Ok(Part::Plan(id)) => match catalogue.plan(&id).map(|(level, plan)| (level.clone(), plan.clone())) {
                Some((level, plan)) => view! { <PlanForm level row=Some(plan) basis/> }.into_any(),
                None => nothing(),
            },
            Ok(Part::Service(id)) => match catalogue.service(&id).cloned() {
                Some(row) => view! { <ServiceForm row=Some(row)/> }.into_any(),
                None => nothing(),
            },
            Ok(Part::Rates(id)) => match catalogue.rates(&id).cloned() {
                Some(row) => view! { <RatesForm row=Some(row) basis/> }.into_any(),
                None => nothing(),
            },
            Err(_) => nothing(),
        },
    }
}

/// The head of each form.
#[component]
fn Head(title: String) -> impl IntoView {
    view! {
        <Title text=title.clone()/>
        <nav class="crumbs" aria-label="Where this is"><a href=PATH>"Catalogue"</a></nav>
        <div class="head"><h1>{title}</h1></div>
    }
}

#[component]
fn Buttons(is_new: bool, #[prop(into)] pending: Signal<bool>) -> impl IntoView {
    view! {
        <div class="actions">
            <button class="btn main" type="submit" disabled=pending>{if is_new { "Add" } else { "Save" }}</button>
            <a class="btn" href=PATH>"Cancel"</a>
        </div>
    }
}

/// Which one is edited, of which version; nothing for a new one.
#[component]
fn Edited(id: Option<String>, version: i64) -> impl IntoView {
    id.map(|id| {
        view! {
            <input type="hidden" name="id" value=id/>
            <input type="hidden" name="version" value=version.to_string()/>
        }
    })
}

fn page_of(id: Option<&String>) -> String {
    id.map_or_else(|| PATH.to_owned(), |id| format!("{PATH}/{id}"))
}

#[component]
fn LevelForm(row: Option<LevelRow>, basis: Basis) -> impl IntoView {
    let action = ServerAction::<SaveLevel>::new();
    let answer: Answer = action.value().into();
    follow(answer);
    let (title, version, stored) = match &row {
        Some(row) => {
            let rates = row.rates.as_ref().map(ToString::to_string).unwrap_or_default();
            let input = LevelInput { name: row.name.clone(), description: row.description.clone(), rates };
            (format!("Edit {}", row.name), row.version, input)
        }
        None => ("Add program level".to_owned(), 0, LevelInput::default()),
    };
    let id = row.map(|row| row.id.to_string());
    let (again, is_new) = (page_of(id.as_ref()), id.is_none());
    let (version, LevelInput { name, description, rates }) = typed_before().unwrap_or((version, stored));
    let none = (String::new(), "None".to_owned());
    let offered =
        basis.catalogue.rates.into_iter().map(|rates| (rates.id.to_string(), format!("{} ({})", rates.name, rates.currency)));
    let options = std::iter::once(none).chain(offered).collect::<Vec<_>>();
    view! {
        <Head title/>
        <ActionForm action=action attr:class="form panel" attr:novalidate=true>
            <Said answer again/>
            <Edited id version/>
            <TextField name="input[name]" label="Name" required=true value=Signal::stored(name) error=problem_at(answer, "name") autocomplete="off"/>
            <TextField name="input[description]" label="Description" kind="textarea" value=Signal::stored(description) error=problem_at(answer, "description")/>
            <SelectField name="input[rates]" label="Rate template" options value=Signal::stored(rates) error=problem_at(answer, "rates")
                hint="What a service item costs where no other rate is given with it."/>
            <Buttons is_new pending=action.pending()/>
        </ActionForm>
    }
}

#[component]
fn PlanForm(level: LevelRow, row: Option<PlanRow>, basis: Basis) -> impl IntoView {
    let action = ServerAction::<SavePlan>::new();
    let answer: Answer = action.value().into();
    follow(answer);
    let delete = ServerAction::<DeletePart>::new();
    follow(delete.value().into());
    let (title, version, stored) = match &row {
        Some(row) => {
            let services = row.services.iter().map(ToString::to_string).collect();
            let input = PlanInput { name: row.name.clone(), description: row.description.clone(), services };
            (format!("Edit {}", row.name), row.version, input)
        }
        None => (format!("Add a service plan to {}", level.name), 0, PlanInput::default()),
    };
    let id = row.map(|row| row.id.to_string());
    let (again, is_new) = (page_of(id.as_ref()), id.is_none());
    let (version, PlanInput { name, description, services: ticked }) = typed_before().unwrap_or((version, stored));
    let problem = problem_at(answer, "services");
    let ticks = basis
        .catalogue
        .services
        .into_iter()
        .map(|service| {
            let value = service.id.to_string();
            let checked = ticked.contains(&value);
            view! {
                <label>
                    <input type="checkbox" name="input[services][]" value=value checked=checked/>
                    <span>{service.name}</span>
                </label>
            }
        })
        .collect_view();
    let doomed = id.clone();
    view! {
        <Head title/>
        <ActionForm action=action attr:class="form panel" attr:novalidate=true>
            <Said answer again/>
            <p class="quiet">"Of the program level "<b>{level.name}</b></p>
            <input type="hidden" name="level" value=level.id.to_string()/>
            <Edited id version/>
            <TextField name="input[name]" label="Name" required=true value=Signal::stored(name) error=problem_at(answer, "name") autocomplete="off"/>
            <TextField name="input[description]" label="Description" kind="textarea" value=Signal::stored(description) error=problem_at(answer, "description")/>
            <fieldset class="choices">
                <legend>"Service types"</legend>
                <div>{ticks}</div>
                {move || problem.get().map(|problem| view! { <p class="error" role="alert">{problem.to_string()}</p> })}
            </fieldset>
            <Buttons is_new pending=action.pending()/>
        </ActionForm>
        {move || refusal_of(delete.value().into()).get().map(|refusal| view! { <Banner kind=BannerKind::Error>{refusal.to_string()}</Banner> })}
        {doomed.map(|id| view! {
            <ActionForm action=delete attr:class="form after-form">
                <input type="hidden" name="part" value=id/>
                <button class="btn danger" type="submit" disabled=delete.pending()><Icon glyph=Glyph::Trash/>"Delete this plan"</button>
            </ActionForm>
        })}
    }
}

#[component]
fn ServiceForm(row: Option<ServiceTypeRow>) -> impl IntoView {
    let action = ServerAction::<SaveServiceType>::new();
    let answer: Answer = action.value().into();
    follow(answer);
    let (title, version, stored) = match &row {
        Some(row) => {
            (format!("Edit {}", row.name), row.version, ServiceTypeInput { name: row.name.clone(), unit: row.unit.clone() })
        }
        None => ("Add service type".to_owned(), 0, ServiceTypeInput::default()),
    };
    let id = row.map(|row| row.id.to_string());
    let (again, is_new) = (page_of(id.as_ref()), id.is_none());
    let (version, ServiceTypeInput { name, unit }) = typed_before().unwrap_or((version, stored));
    view! {
        <Head title/>
        <ActionForm action=action attr:class="form panel" attr:novalidate=true>
            <Said answer again/>
            <Edited id version/>
            <TextField name="input[name]" label="Name" required=true value=Signal::stored(name) error=problem_at(answer, "name") autocomplete="off"/>
            <TextField name="input[unit]" label="Unit" required=true placeholder="hour" hint="What is counted: hour, device, month, GB."
                value=Signal::stored(unit) error=problem_at(answer, "unit") autocomplete="off"/>
            <Buttons is_new pending=action.pending()/>
        </ActionForm>
    }
}

#[component]
fn RatesForm(row: Option<RatesRow>, basis: Basis) -> impl IntoView {
    let action = ServerAction::<SaveRates>::new();
    let answer: Answer = action.value().into();
    follow(answer);
    let (title, version, stored) = match &row {
        Some(row) => {
            let rates = row.rates.iter().map(|(service, money)| (service.to_string(), money.plain())).collect();
            let input = RatesInput { name: row.name.clone(), currency: row.currency.clone(), rates };
            (format!("Edit {}", row.name), row.version, input)
        }
        None => ("Add rate template".to_owned(), 0, RatesInput { currency: "EUR".into(), ..RatesInput::default() }),
    };
    let id = row.map(|row| row.id.to_string());
    let (again, is_new) = (page_of(id.as_ref()), id.is_none());
    let (version, RatesInput { name, currency, rates }) = typed_before().unwrap_or((version, stored));
    let currencies: Vec<_> = basis.currencies.into_iter().map(|(code, name)| (code.clone(), format!("{code}, {name}"))).collect();
    let lines = basis
        .catalogue
        .services
        .into_iter()
        .map(|service| {
            let value = rates.get(&service.id.to_string()).cloned().unwrap_or_default();
            view! { <Rate service value answer/> }
        })
        .collect_view();
    view! {
        <Head title/>
        <ActionForm action=action attr:class="form panel" attr:novalidate=true>
            <Said answer again/>
            <Edited id version/>
            <TextField name="input[name]" label="Name" required=true value=Signal::stored(name) error=problem_at(answer, "name") autocomplete="off"/>
            <SelectField name="input[currency]" label="Currency" options=currencies value=Signal::stored(currency) error=problem_at(answer, "currency")/>
            <fieldset>
                <legend>"What one unit costs"</legend>
                <p class="hint">"Empty: no rate. Service items that customers have keep the rate that they were given."</p>
                {lines}
            </fieldset>
            <Buttons is_new pending=action.pending()/>
        </ActionForm>
    }
}

/// The rate of one service type.
#[component]
fn Rate(service: ServiceTypeRow, value: String, answer: Answer) -> impl IntoView {
    let field = RatesInput::field_of(&service.id.to_string());
    let name = format!("input[rates][{}]", service.id);
    let problem = Signal::derive(move || answer.with(|answer| answer.as_ref()?.as_ref().err()?.0.at(&field)));
    let error = format!("{name}-error");
    let described = error.clone();
    view! {
        <div class="entry">
            <label for=name.clone()>{service.name}<small class="quiet">{format!(" per {}", service.unit)}</small></label>
            <input id=name.clone() name=name type="text" inputmode="decimal" value=value autocomplete="off"
                aria-invalid=move || problem.read().is_some().then_some("true")
                aria-describedby=move || problem.read().is_some().then(|| described.clone())/>
            {move || problem.get().map(|problem| view! { <p class="error" id=error.clone() role="alert">{problem.to_string()}</p> })}
        </div>
    }
}
