//! 'Add monitor' and 'edit monitor' (DOMAIN G1).

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{components::A, hooks::use_params_map};
use model::{
    LocationId, Refusal,
    monitors::{INTERVALS_S, Kind, MonitorInput, Profile, RETRIES_MOST, RecordKind},
};
use serde::{Deserialize, Serialize};

use super::{MonitorView, read_monitor, words};
use crate::{
    answer::{Answer, follow, problem_at, refusal_of, typed_before},
    failure::Failure,
    reading::read_blocking,
    shell::Refused,
    ui::{Banner, BannerKind, Glyph, Icon, Reading, SelectField, TextField},
};

/// Whose monitor it is, and where it may stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    pub name: String,
    /// The default first, then by name.
    pub locations: Vec<(LocationId, String)>,
}

/// The customer of a monitor, once it is sure that the person may manage that.
#[server(prefix = "/fn", endpoint = "monitor-owner")]
pub async fn read_owner(customer: String) -> Result<Owner, Failure> {
    use model::roles::Action;
    let actor = crate::caller::actor()?;
    let handles = crate::caller::handles();
    let detail = handles.live.customer(&actor, &crate::caller::id(&customer)?).await?;
    actor.require(Action::ManageMonitors, crate::customers::relation(detail.associated))?;
    if !detail.state.is_watched() {
        return Err(Refusal::Inactive.into());
    }
    let locations = handles.store.location_choices(&actor, &detail.id).await?;
    Ok(Owner { name: detail.name, locations })
}

/// Adds a monitor and leads to its page.
#[server(prefix = "/fn", endpoint = "monitor-create")]
pub async fn add_monitor(customer: String, input: MonitorInput) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let added = caller::handles().live.create_monitor(&actor, &caller::id(&customer)?, &input).await;
    let id = added.inspect_err(|_| caller::keep_typed(&input))?;
    Ok(caller::goes_to(format!("/monitors/{id}")))
}

/// Changes a monitor and leads to its page.
#[server(prefix = "/fn", endpoint = "monitor-edit")]
pub async fn edit_monitor(monitor: String, version: i64, input: MonitorInput) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let id = caller::id(&monitor)?;
    let edited = caller::handles().live.edit_monitor(&actor, &id, version, &input).await;
    edited.inspect_err(|_| caller::keep_typed(&(version, &input)))?;
    Ok(caller::goes_to(format!("/monitors/{id}")))
}

#[component]
pub fn MonitorNewPage() -> impl IntoView {
    let params = use_params_map();
    let customer = Memo::new(move |_| params.with(|params| params.get("customer").unwrap_or_default()));
    let owner = read_blocking(move || customer.get(), read_owner);
    view! {
        <Title text="Add monitor"/>
        <Suspense fallback=|| view! { <Reading/> }>
            {move || {
                let customer = customer.get();
                Suspend::new(async move {
                    match owner.await {
                        Ok(owner) => view! { <NewForm customer owner/> }.into_any(),
                        Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                    }
                })
            }}
        </Suspense>
    }
}

#[component]
fn NewForm(customer: String, owner: Owner) -> impl IntoView {
    let action = ServerAction::<AddMonitor>::new();
    let answer: Answer = action.value().into();
    let Owner { name, locations } = owner;
    let usual = MonitorInput::default();
    let intervals = intervals(&usual.interval_s);
    let typed = RwSignal::new(typed_before().unwrap_or(usual));
    let back = format!("/customers/{customer}");
    follow(answer);
    view! {
        <nav class="crumbs" aria-label="Where this is"><A href="/customers">"Customers"</A><Icon glyph=Glyph::ChevronRight/><A href=back.clone()>{name}</A></nav>
        <div class="head"><h1>"Add monitor"</h1></div>
        <ActionForm action=action attr:class="form panel monitor-form" attr:novalidate=true>
            <Said answer again=None/>
            <input type="hidden" name="customer" value=customer/>
            <Fields typed answer intervals locations/>
            <div class="actions">
                <button class="btn main" type="submit" disabled=action.pending()>"Add monitor"</button>
                <A href=back attr:class="btn">"Cancel"</A>
            </div>
        </ActionForm>
    }
}

#[component]
pub fn MonitorEditPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("monitor").unwrap_or_default()));
    let monitor = read_blocking(move || id.get(), edit_basis);
    view! {
        <Title text="Edit monitor"/>
        <Suspense fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                match monitor.await {
                    Ok((view, Some(owner))) => view! { <EditForm view owner/> }.into_any(),
                    Ok((_, None)) => view! { <Refused refusal=Refusal::Forbidden/> }.into_any(),
                    Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

/// What is edited, and for who may do so whose it is.
async fn edit_basis(monitor: String) -> Result<(MonitorView, Option<Owner>), Failure> {
    let view = read_monitor(monitor, String::new()).await?;
    if !view.detail.may_manage {
        return Ok((view, None));
    }
    let owner = read_owner(view.detail.row.customer.to_string()).await?;
    Ok((view, Some(owner)))
}

#[component]
fn EditForm(view: MonitorView, owner: Owner) -> impl IntoView {
    let detail = view.detail;
    let action = ServerAction::<EditMonitor>::new();
    let answer: Answer = action.value().into();
    let location = detail.location.map(|(id, _)| id.to_string()).unwrap_or_default();
    let saved = MonitorInput { location, ..MonitorInput::from(&detail.settings) };
    let intervals = intervals(&saved.interval_s);
    // With the version that was edited, so that a conflict stays one until the page is read anew.
    let (version, input) = typed_before().unwrap_or((detail.version, saved));
    let typed = RwSignal::new(input);
    let back = format!("/monitors/{}", detail.row.id);
    let title = format!("Edit {}", detail.row.name);
    follow(answer);
    view! {
        <nav class="crumbs" aria-label="Where this is">
            <A href=format!("/customers/{}", detail.row.customer)>{detail.row.customer_name}</A>
            <Icon glyph=Glyph::ChevronRight/>
            <A href=back.clone()>{detail.row.name}</A>
        </nav>
        <div class="head"><h1>{title}</h1></div>
        <ActionForm action=action attr:class="form panel monitor-form" attr:novalidate=true>
            <Said answer again=Some(format!("{back}/edit"))/>
            <input type="hidden" name="monitor" value=detail.row.id.to_string()/>
            <input type="hidden" name="version" value=version.to_string()/>
            <Fields typed answer intervals locations=owner.locations/>
            <p class="quiet">"Another target, kind or limit puts the monitor back into Discovery until its next verdict."</p>
            <div class="actions">
                <button class="btn main" type="submit" disabled=action.pending()>"Save"</button>
                <A href=back attr:class="btn">"Cancel"</A>
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

/// A field's value, read from what was typed.
fn read(typed: RwSignal<MonitorInput>, field: fn(&MonitorInput) -> &String) -> Signal<String> {
    Signal::derive(move || typed.with(|typed| field(typed).clone()))
}

/// Writes a field's value.
fn write(typed: RwSignal<MonitorInput>, field: fn(&mut MonitorInput) -> &mut String) -> Callback<String> {
    Callback::new(move |value| typed.update(|typed| *field(typed) = value))
}

/// Every field. Those that not every kind has are in `only` and hidden by the style sheet while another kind is chosen, so that
/// this works without JavaScript too; they are never `required` to the browser, which would wait for a hidden one.
#[component]
fn Fields(
    typed: RwSignal<MonitorInput>,
    answer: Answer,
    intervals: Vec<(String, String)>,
    locations: Vec<(LocationId, String)>,
) -> impl IntoView {
    let location = (!locations.is_empty()).then(|| {
        let places = locations.into_iter().map(|(id, name)| (id.to_string(), name));
        let options = std::iter::once((String::new(), "None".to_owned())).chain(places).collect::<Vec<_>>();
        view! {
            <SelectField name="input[location]" label="Location" options hint="Where it stands."
                value=read(typed, |t| &t.location) on_change=write(typed, |t| &mut t.location) error=problem_at(answer, "location")/>
        }
    });
    view! {
        <TextField name="input[name]" label="Name" required=true
            value=read(typed, |t| &t.name) on_change=write(typed, |t| &mut t.name) error=problem_at(answer, "name")/>
        {location}
        <KindField typed answer/>
        <KindFields typed answer/>
        <SelectField name="input[interval_s]" label="Interval" options=intervals
            hint="How often it is looked at. A heartbeat must call in at least once in this time."
            value=read(typed, |t| &t.interval_s) on_change=write(typed, |t| &mut t.interval_s) error=problem_at(answer, "interval_s")/>
        <div class="only heartbeat">
            <TextField name="input[grace_s]" label="Grace in seconds" inputmode="numeric"
                hint="A heartbeat is Down once it is silent for longer than the interval and this."
                value=read(typed, |t| &t.grace_s) on_change=write(typed, |t| &mut t.grace_s) error=problem_at(answer, "grace_s")/>
        </div>
        <div class="only http tcp ping dns tls simulated">
            <TextField name="input[timeout_s]" label="Time-out in seconds" inputmode="numeric" hint="No answer within this time is a failure."
                value=read(typed, |t| &t.timeout_s) on_change=write(typed, |t| &mut t.timeout_s) error=problem_at(answer, "timeout_s")/>
            <TextField name="input[retries]" label="Retries" inputmode="numeric"
                hint=format!("How often a failure must repeat before it counts, from 0 to {RETRIES_MOST}.")
                value=read(typed, |t| &t.retries) on_change=write(typed, |t| &mut t.retries) error=problem_at(answer, "retries")/>
        </div>
    }
}

#[component]
fn KindField(typed: RwSignal<MonitorInput>, answer: Answer) -> impl IntoView {
    let chosen = typed.with_untracked(|typed| typed.kind.clone());
    let problem = problem_at(answer, "kind");
    let choices = Kind::ALL
        .into_iter()
        .map(|kind| {
            view! {
                <label>
                    <input type="radio" name="input[kind]" value=kind.key() checked=kind.key() == chosen
                        on:change=move |_| typed.update(|typed| kind.key().clone_into(&mut typed.kind))/>
                    <span>{kind.label()}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="kind">
            <legend>"What is checked"</legend>
            <div class="kinds">{choices}</div>
            {move || problem.get().map(|problem| view! { <p class="error" role="alert">{problem.to_string()}</p> })}
        </fieldset>
    }
}

#[component]
fn KindFields(typed: RwSignal<MonitorInput>, answer: Answer) -> impl IntoView {
    view! {
        <div class="only http">
            <TextField name="input[url]" label="Address" kind="url" placeholder="https://shop.example/" hint="Of the web page, with http:// or https://."
                value=read(typed, |t| &t.url) on_change=write(typed, |t| &mut t.url) error=problem_at(answer, "url")/>
            <TextField name="input[contains]" label="Must contain" hint="Text that has to stand on the web page. Empty: not looked for."
                value=read(typed, |t| &t.contains) on_change=write(typed, |t| &mut t.contains) error=problem_at(answer, "contains")/>
        </div>
        <div class="only dns">
            <TextField name="input[record_name]" label="Name to look up" placeholder="shop.example" hint="For a DNS record; for PTR also an IP address."
                value=read(typed, |t| &t.record_name) on_change=write(typed, |t| &mut t.record_name) error=problem_at(answer, "record_name")/>
            <SelectField name="input[record]" label="Record" options=records() hint="Of the DNS."
                value=read(typed, |t| &t.record) on_change=write(typed, |t| &mut t.record) error=problem_at(answer, "record")/>
            <TextField name="input[resolver]" label="Name server" placeholder="10.0.0.53" hint="IP address, perhaps with a port. Empty: those of the machine that runs Nocturne."
                value=read(typed, |t| &t.resolver) on_change=write(typed, |t| &mut t.resolver) error=problem_at(answer, "resolver")/>
            <TextField name="input[expects]" label="Expected" hint="Has to stand in one of the records. Empty: any record will do."
                value=read(typed, |t| &t.expects) on_change=write(typed, |t| &mut t.expects) error=problem_at(answer, "expects")/>
        </div>
        <div class="only tcp ping tls">
            <TextField name="input[host]" label="Host" placeholder="mail.example" hint="Name or IP address, for a TCP port, a ping or a certificate."
                value=read(typed, |t| &t.host) on_change=write(typed, |t| &mut t.host) error=problem_at(answer, "host")/>
        </div>
        <div class="only tcp tls">
            <TextField name="input[port]" label="Port" inputmode="numeric" hint="For a TCP port or a certificate."
                value=read(typed, |t| &t.port) on_change=write(typed, |t| &mut t.port) error=problem_at(answer, "port")/>
        </div>
        <div class="only http tcp ping dns">
            <TextField name="input[latency_limit_ms]" label="Trouble above, in milliseconds" inputmode="numeric"
                hint="What takes longer to answer is in Trouble. Empty: no limit."
                value=read(typed, |t| &t.latency_limit_ms) on_change=write(typed, |t| &mut t.latency_limit_ms)
                error=problem_at(answer, "latency_limit_ms")/>
        </div>
        <div class="only tls">
            <TextField name="input[warn_days]" label="Trouble before expiry, in days" inputmode="numeric" hint="For a certificate."
                value=read(typed, |t| &t.warn_days) on_change=write(typed, |t| &mut t.warn_days) error=problem_at(answer, "warn_days")/>
        </div>
        <div class="only simulated">
            <SelectField name="input[profile]" label="Behaviour" options=profiles() hint="Of a simulated monitor: nothing real is checked."
                value=read(typed, |t| &t.profile) on_change=write(typed, |t| &mut t.profile) error=problem_at(answer, "profile")/>
        </div>
    }
}

/// The intervals on offer, and the current one where it is another.
fn intervals(current: &str) -> Vec<(String, String)> {
    let mut seconds = INTERVALS_S.to_vec();
    if let Ok(current) = current.parse::<u32>() {
        seconds.push(current);
    }
    seconds.sort_unstable();
    seconds.dedup();
    seconds.into_iter().map(|seconds| (seconds.to_string(), words::interval(seconds))).collect()
}

fn records() -> Vec<(String, String)> {
    RecordKind::ALL.into_iter().map(|record| (record.key().to_owned(), record.key().to_owned())).collect()
}

fn profiles() -> Vec<(String, String)> {
    Profile::ALL.into_iter().map(|profile| (profile.key().to_owned(), words::profile(profile).to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g1_an_interval_that_is_not_on_offer_stays_selectable() {
        let values = |current: &str| intervals(current).into_iter().map(|(value, _)| value).collect::<Vec<_>>();
        assert_eq!(values("60").len(), INTERVALS_S.len());
        assert_eq!(values("45")[2], "45");
    }
}
