//! 'Plan maintenance' and 'edit maintenance' (DOMAIN G2).

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{components::A, hooks::use_params_map};
use model::{
    CustomerId, MonitorId, Refusal,
    maintenance::{CHOSEN_MOST, Day, WindowDetail, WindowInput},
};
use serde::{Deserialize, Serialize};

use crate::{
    answer::{Answer, follow, problem_at, refusal_of, typed_before},
    failure::Failure,
    reading::read_blocking,
    shell::Refused,
    ui::{Banner, BannerKind, Reading, SelectField, TextField},
};

/// What the form offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    pub customer: CustomerId,
    pub customer_name: String,
    pub monitors: Vec<(MonitorId, String)>,
    pub zones: Vec<String>,
    /// What a new window begins with: the customer's own, where it has one.
    pub zone: String,
    /// The window that is edited.
    pub window: Option<WindowDetail>,
}

#[cfg(feature = "ssr")]
async fn basis(actor: &store::Actor, customer: &CustomerId, window: Option<WindowDetail>) -> Result<Basis, Failure> {
    let handles = crate::caller::handles();
    let edited = window.as_ref().map(|window| &window.row.id);
    let monitors = handles.store.window_choices(actor, customer, edited, CHOSEN_MOST).await?;
    let detail = handles.store.customer(actor, customer).await?;
    let own = detail.input.report_zone;
    let zone = if store::occurrences::is_zone(&own) { own } else { "UTC".to_owned() };
    let zones = store::occurrences::zone_names();
    Ok(Basis { customer: customer.clone(), customer_name: detail.name, monitors, zones, zone, window })
}

/// What a new window's form offers, once it is sure that the person may plan one.
#[server(prefix = "/fn", endpoint = "maintenance-basis")]
pub async fn read_basis(customer: String) -> Result<Basis, Failure> {
    let actor = crate::caller::actor()?;
    basis(&actor, &crate::caller::id(&customer)?, None).await
}

/// A window and what its form offers, once it is sure that the person may edit it.
#[server(prefix = "/fn", endpoint = "maintenance-window")]
pub async fn read_window(window: String) -> Result<Basis, Failure> {
    let actor = crate::caller::actor()?;
    let detail = crate::caller::handles().store.window(&actor, &crate::caller::id(&window)?).await?;
    let customer = detail.row.customer.clone();
    basis(&actor, &customer, Some(detail)).await
}

/// Plans a window and leads to the list.
#[server(prefix = "/fn", endpoint = "maintenance-create")]
pub async fn plan_window(customer: String, input: WindowInput) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let planned = caller::handles().live.create_window(&actor, &caller::id(&customer)?, &input).await;
    planned.inspect_err(|_| caller::keep_typed(&input))?;
    Ok(caller::goes_to("/maintenance".into()))
}

/// Changes a window and leads to the list.
#[server(prefix = "/fn", endpoint = "maintenance-edit")]
pub async fn edit_window(window: String, version: i64, input: WindowInput) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let edited = caller::handles().live.edit_window(&actor, &caller::id(&window)?, version, &input).await;
    edited.inspect_err(|_| caller::keep_typed(&(version, &input)))?;
    Ok(caller::goes_to("/maintenance".into()))
}

#[component]
pub fn MaintenanceNewPage() -> impl IntoView {
    let params = use_params_map();
    let customer = Memo::new(move |_| params.with(|params| params.get("customer").unwrap_or_default()));
    let basis = read_blocking(move || customer.get(), read_basis);
    view! {
        <Title text="Plan maintenance"/>
        <Suspense fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                match basis.await {
                    Ok(basis) => view! { <NewForm basis/> }.into_any(),
                    Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn NewForm(basis: Basis) -> impl IntoView {
    let action = ServerAction::<PlanWindow>::new();
    let answer: Answer = action.value().into();
    let typed = typed_before().unwrap_or_else(|| WindowInput::usual(&basis.zone));
    let back = format!("/customers/{}", basis.customer);
    let (customer, owner) = (basis.customer.to_string(), basis.customer_name.clone());
    follow(answer);
    view! {
        <nav class="crumbs" aria-label="Where this is"><A href=back.clone()>{owner}</A></nav>
        <div class="head"><h1>"Plan maintenance"</h1></div>
        <ActionForm action=action attr:class="form panel window-form" attr:novalidate=true>
            <Said answer again=None/>
            <input type="hidden" name="customer" value=customer/>
            <Fields typed basis answer/>
            <div class="actions">
                <button class="btn main" type="submit" disabled=action.pending()>"Plan maintenance"</button>
                <A href=back attr:class="btn">"Cancel"</A>
            </div>
        </ActionForm>
    }
}

#[component]
pub fn MaintenanceEditPage() -> impl IntoView {
    let params = use_params_map();
    let window = Memo::new(move |_| params.with(|params| params.get("window").unwrap_or_default()));
    let basis = read_blocking(move || window.get(), read_window);
    view! {
        <Title text="Edit maintenance"/>
        <Suspense fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                match basis.await {
                    Ok(Basis { window: Some(window), .. }) if !window.row.may_manage => view! { <Refused refusal=Refusal::Forbidden/> }.into_any(),
                    Ok(basis) => match basis.window.clone() {
                        Some(window) => view! { <EditForm window basis/> }.into_any(),
                        None => view! { <Refused refusal=Refusal::NotFound/> }.into_any(),
                    },
                    Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn EditForm(window: WindowDetail, basis: Basis) -> impl IntoView {
    let action = ServerAction::<EditWindow>::new();
    let answer: Answer = action.value().into();
    // With the version that was edited, so that a conflict stays one until the page is read anew.
    let (version, typed) = typed_before().unwrap_or_else(|| (window.row.version, WindowInput::from(&window.settings)));
    let again = format!("/maintenance/{}", window.row.id);
    follow(answer);
    view! {
        <nav class="crumbs" aria-label="Where this is"><A href="/maintenance">"Maintenance"</A></nav>
        <div class="head"><h1>{format!("Edit {}", window.row.name)}</h1></div>
        <ActionForm action=action attr:class="form panel window-form" attr:novalidate=true>
            <Said answer again=Some(again)/>
            <input type="hidden" name="window" value=window.row.id.to_string()/>
            <input type="hidden" name="version" value=version.to_string()/>
            <Fields typed basis answer/>
            <div class="actions">
                <button class="btn main" type="submit" disabled=action.pending()>"Save"</button>
                <A href="/maintenance" attr:class="btn">"Cancel"</A>
            </div>
        </ActionForm>
    }
}

/// What the last answer says about the whole form. `again` is where the other person's changes can be seen.
#[component]
fn Said(answer: Answer, again: Option<String>) -> impl IntoView {
    let refusal = refusal_of(answer);
    move || {
        let refusal = refusal.get()?;
        let reload = (refusal == Refusal::Conflict).then(|| again.clone()).flatten();
        let reload = reload.map(|href| view! { " "<a href=href rel="external">"Reload"</a> });
        Some(view! { <Banner kind=BannerKind::Error>{refusal.to_string()}{reload}</Banner> })
    }
}

/// Every field. Those of the other kind or scope are in `only` and hidden by the style sheet, so that this works without JavaScript
/// too. What is typed stays in the controls: nothing else on the page depends on it.
#[component]
fn Fields(typed: WindowInput, basis: Basis, answer: Answer) -> impl IntoView {
    let WindowInput {
        name,
        scope,
        monitors: chosen,
        kind,
        begins,
        ends,
        days,
        start,
        hours,
        minutes,
        from,
        until,
        zone,
        enabled,
    } = typed;
    let all = basis.monitors.len();
    let monitors: Vec<Choice> = basis
        .monitors
        .into_iter()
        .map(|(id, name)| (id.to_string(), name))
        .map(|(id, name)| Choice { is_chosen: chosen.contains(&id), value: id, label: name })
        .collect();
    let weekdays = Day::ALL.map(|day| Choice {
        is_chosen: days.iter().any(|chosen| chosen == day.short()),
        value: day.short().to_owned(),
        label: day.label().to_owned(),
    });
    let zones: Vec<(String, String)> = basis.zones.into_iter().map(|zone| (zone.clone(), zone)).collect();
    let choice = |value: &str, label: &str, chosen: &str| Choice {
        is_chosen: value == chosen,
        value: value.to_owned(),
        label: label.to_owned(),
    };
    let scopes =
        vec![choice("all", "All monitors of the customer, also later ones", &scope), choice("chosen", "Chosen monitors", &scope)];
    let kinds = vec![choice("once", "Once", &kind), choice("weekly", "Every week", &kind)];
    view! {
        <TextField name="input[name]" label="Name" required=true placeholder="Monthly patches" value=Signal::stored(name) error=problem_at(answer, "name")/>
        <Group name="input[scope]" field="scope" legend="What is maintained" kind="radio" choices=scopes answer/>
        <div class="only chosen">
            <Group name="input[monitors][]" field="monitors" legend="Monitors" kind="checkbox" choices=monitors answer/>
            {(all == CHOSEN_MOST as usize).then(|| view! { <p class="hint">"The first thousand by name can be chosen."</p> })}
        </div>
        <Group name="input[kind]" field="kind" legend="How often" kind="radio" choices=kinds answer/>
        <div class="only once">
            <TextField name="input[begins]" label="Begins" kind="datetime-local" value=Signal::stored(begins) error=problem_at(answer, "begins")/>
            <TextField name="input[ends]" label="Ends" kind="datetime-local" value=Signal::stored(ends) error=problem_at(answer, "ends")/>
        </div>
        <div class="only weekly">
            <Group name="input[days][]" field="days" legend="On" kind="checkbox" choices=weekdays.to_vec() answer/>
            <TextField name="input[start]" label="Begins at" kind="time" value=Signal::stored(start) error=problem_at(answer, "start")/>
            <div class="row">
                <TextField name="input[hours]" label="Lasts, hours" inputmode="numeric" value=Signal::stored(hours) error=problem_at(answer, "hours")/>
                <TextField name="input[minutes]" label="and minutes" inputmode="numeric" value=Signal::stored(minutes) error=problem_at(answer, "minutes")/>
            </div>
            <p class="hint">"It may go past midnight, and lasts 24 hours at most."</p>
            <div class="row">
                <TextField name="input[from]" label="First day" kind="date" hint="Empty: from now on." value=Signal::stored(from) error=problem_at(answer, "from")/>
                <TextField name="input[until]" label="Last day" kind="date" hint="Empty: for good." value=Signal::stored(until) error=problem_at(answer, "until")/>
            </div>
        </div>
        <SelectField name="input[zone]" label="Time zone" options=zones value=Signal::stored(zone) error=problem_at(answer, "zone")
            hint="A time that a change of clocks leaves out begins right after it; one that comes twice means the first."/>
        <label class="check">
            <input type="checkbox" name="input[enabled]" value="yes" checked=enabled == "yes"/>
            <span>"Enabled"</span>
        </label>
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Choice {
    value: String,
    label: String,
    is_chosen: bool,
}

/// Radio buttons or check boxes under one legend, with the error below.
#[component]
fn Group(
    name: &'static str,
    field: &'static str,
    legend: &'static str,
    /// The inputs' type.
    kind: &'static str,
    choices: Vec<Choice>,
    answer: Answer,
) -> impl IntoView {
    let problem = problem_at(answer, field);
    let choices = choices
        .into_iter()
        .map(|choice| {
            view! {
                <label>
                    <input type=kind name=name value=choice.value checked=choice.is_chosen
                        aria-invalid=move || problem.read().is_some().then_some("true")/>
                    <span>{choice.label}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="choices">
            <legend>{legend}</legend>
            <div>{choices}</div>
            {move || problem.get().map(|problem| view! { <p class="error" role="alert">{problem.to_string()}</p> })}
        </fieldset>
    }
}
