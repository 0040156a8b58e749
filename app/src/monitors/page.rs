//! One monitor's page: where it stands and why (DOMAIN G10), its settings, transitions and outages.

use std::time::Duration;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{
    NavigateOptions,
    components::A,
    hooks::{use_navigate, use_params_map, use_query_map},
};
use model::{
    Refusal, Status,
    customers::OutageRow,
    monitors::{Check, Kind, MonitorDetail, MonitorSettings, TransitionRow, history::Range},
    roles::{Action, Relation, Role, may},
};

use super::{
    MonitorView,
    chart::Measurements,
    heartbeat::{self, CallingIn, RenewHeartbeat},
    read_monitor, words,
};
use crate::{
    failure::Failure,
    maintenance::{self, MaintenanceBlock, Whose},
    outages::{CareHere, CareRefused, Caring, Column, OutageTable},
    reading::{Content, read_blocking},
    shell::{Myself, Refused},
    ui::{Ago, Banner, BannerKind, Glyph, Icon, Mark, Reading, Toasts, When, grouped},
};

/// How often the page may read itself anew while it can be seen: each time while the first verdict is awaited...
const TICK: Duration = Duration::from_secs(2);
/// ...and each so many times after that.
const CALM: u32 = 5;

/// Suspends a monitor by hand. Leads back to its page.
#[server(prefix = "/fn", endpoint = "monitor-suspend")]
pub async fn suspend_monitor(monitor: String) -> Result<String, Failure> {
    let actor = crate::caller::actor()?;
    let id = crate::caller::id(&monitor)?;
    crate::caller::handles().live.suspend_monitor(&actor, &id).await?;
    Ok(crate::caller::goes_to(format!("/monitors/{id}")))
}

/// Resumes a suspended monitor. Leads back to its page.
#[server(prefix = "/fn", endpoint = "monitor-resume")]
pub async fn resume_monitor(monitor: String) -> Result<String, Failure> {
    let actor = crate::caller::actor()?;
    let id = crate::caller::id(&monitor)?;
    crate::caller::handles().live.resume_monitor(&actor, &id).await?;
    Ok(crate::caller::goes_to(format!("/monitors/{id}")))
}

/// Deletes a monitor. Leads to its customer.
#[server(prefix = "/fn", endpoint = "monitor-delete")]
pub async fn delete_monitor(monitor: String) -> Result<String, Failure> {
    let actor = crate::caller::actor()?;
    let customer = crate::caller::handles().live.delete_monitor(&actor, &crate::caller::id(&monitor)?).await?;
    Ok(crate::caller::goes_to(format!("/customers/{customer}")))
}

/// What can be done to the monitor. The actions outlive each new reading of the page.
#[derive(Clone, Copy)]
struct Doing {
    suspend: ServerAction<SuspendMonitor>,
    resume: ServerAction<ResumeMonitor>,
    delete: ServerAction<DeleteMonitor>,
    renew: ServerAction<RenewHeartbeat>,
}

impl Doing {
    fn new() -> Self {
        Self {
            suspend: ServerAction::new(),
            resume: ServerAction::new(),
            delete: ServerAction::new(),
            renew: ServerAction::new(),
        }
    }

    /// Why the last attempt was refused.
    fn refusal(self) -> Option<Refusal> {
        let refused = |answer: Option<Result<String, Failure>>| answer?.err().map(|failure| failure.0);
        refused(self.suspend.value().get())
            .or_else(|| refused(self.resume.value().get()))
            .or_else(|| refused(self.delete.value().get()))
            .or_else(|| heartbeat::refusal(self.renew))
    }

    /// A new attempt: what was said about the last one no longer counts.
    fn forget(self) {
        self.suspend.value().set(None);
        self.resume.value().set(None);
        self.delete.value().set(None);
        self.renew.value().set(None);
    }

    fn pending(self) -> bool {
        self.suspend.pending().get() || self.resume.pending().get() || self.delete.pending().get()
    }
}

#[component]
pub fn MonitorPageView() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("monitor").unwrap_or_default()));
    let query = use_query_map();
    let range =
        Memo::new(move |_| query.with(|query| query.get("range").and_then(|slug| Range::from_slug(&slug)).unwrap_or_default()));
    let asked = Memo::new(move |_| (id.get(), range.get()));
    let monitor = read_blocking(move || asked.get(), |(id, range)| read_monitor(id, range.slug().to_owned()));
    let doing = Doing::new();
    let again = Callback::new(move |()| monitor.refetch());
    let maintaining = maintenance::Doing::new(again);
    let caring = Caring::new(again);
    let Myself(me) = expect_context();
    let navigate = use_navigate();
    Effect::new(move || {
        if let Some(Ok(path)) = doing.delete.value().get() {
            // The dock counts monitors.
            me.refetch();
            navigate(&path, NavigateOptions::default());
        }
    });
    Effect::new(move |before: Option<usize>| {
        let done = doing.suspend.version().get() + doing.resume.version().get() + doing.renew.version().get();
        if before.is_some_and(|before| before != done) {
            monitor.refetch();
        }
        done
    });
    let named = StoredValue::new((String::new(), String::new()));
    offer_undo(doing, named);
    expect_context::<Toasts>().follow_undone(move || monitor.refetch());
    let is_awaited = StoredValue::new(false);
    Effect::new(move || {
        let ticks = StoredValue::new(0u32);
        let tick = move || {
            let Some(count) = ticks.try_update_value(|count| {
                *count = count.wrapping_add(1);
                *count
            }) else {
                return;
            };
            if count.is_multiple_of(CALM) || is_awaited.try_get_value() == Some(true) {
                read_anew(asked, monitor);
            }
        };
        if let Ok(clock) = set_interval_with_handle(tick, TICK) {
            on_cleanup(move || clock.clear());
        }
    });
    view! {
        <Transition fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                let role = me.await.ok().map(|me| me.role);
                match monitor.await {
                    Ok(view) => {
                        let _ = is_awaited.try_set_value(view.detail.row.status == Status::Discovery);
                        let _ = named.try_set_value((view.detail.row.id.to_string(), view.detail.row.name.clone()));
                        view! { <Shown view role doing maintaining caring/> }.into_any()
                    }
                    Err(Failure(refusal)) => view! { <Title text="Monitor"/><Refused refusal/> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// Says that a monitor was suspended or resumed, and offers the way back. `named` is the id and the name of the one that is shown: by now
/// that may be another.
fn offer_undo(doing: Doing, named: StoredValue<(String, String)>) {
    let toasts: Toasts = expect_context();
    let which = move |path: &str| {
        let id = path.trim_start_matches("/monitors/").to_owned();
        let name = named.with_value(|(shown, name)| (*shown == id).then(|| name.clone()));
        (id, name.unwrap_or_else(|| "The monitor".to_owned()))
    };
    Effect::new(move || {
        if let Some(Ok(path)) = doing.suspend.value().get() {
            let (id, name) = which(&path);
            toasts.offer(format!("{name} is suspended."), move || resume_again(id.clone(), name.clone()));
        }
    });
    Effect::new(move || {
        if let Some(Ok(path)) = doing.resume.value().get() {
            let (id, name) = which(&path);
            toasts.offer(format!("{name} is resumed."), move || suspend_again(id.clone(), name.clone()));
        }
    });
}

async fn resume_again(id: String, name: String) -> Result<String, Failure> {
    resume_monitor(id).await?;
    Ok(format!("{name} is being checked again."))
}

async fn suspend_again(id: String, name: String) -> Result<String, Failure> {
    suspend_monitor(id).await?;
    Ok(format!("{name} is suspended again."))
}

/// Reads the page anew where it can be seen. An answer that does not come leaves what is shown.
fn read_anew(asked: Memo<(String, Range)>, monitor: Content<Result<MonitorView, Failure>>) {
    if document().hidden() {
        return;
    }
    let Some((id, range)) = asked.try_get_untracked() else {
        return;
    };
    leptos::task::spawn_local(async move {
        let answer = read_monitor(id.clone(), range.slug().to_owned()).await;
        let missed = matches!(answer, Err(Failure(Refusal::NoAnswer | Refusal::Unavailable)));
        if !missed && asked.try_get_untracked() == Some((id, range)) {
            let _ = monitor.try_set(Some(answer));
        }
    });
}

#[component]
fn Shown(view: MonitorView, role: Option<Role>, doing: Doing, maintaining: maintenance::Doing, caring: Caring) -> impl IntoView {
    let MonitorView { detail, outages, history, calls_in, windows, may_care, may_maintain } = view;
    let monitor = detail.row.id.to_string();
    let (interval_s, limit_ms) = (detail.settings.interval_s, detail.settings.check.latency_limit_ms());
    let row = detail.row.clone();
    provide_context(CareHere { caring, may: may_care, back: format!("/monitors/{}", row.id) });
    let is_staff = role.is_some_and(|role| may(role, Action::SeeAll, Relation::None));
    let whose = Whose::Monitor(row.id.clone(), row.customer.clone());
    let owner = if is_staff {
        view! { <A href=format!("/customers/{}", row.customer)>{row.customer_name.clone()}</A> }.into_any()
    } else {
        row.customer_name.clone().into_any()
    };
    view! {
        <Title text=row.name.clone()/>
        <nav class="crumbs" aria-label="Where this is">{owner}<Icon glyph=Glyph::ChevronRight/><span>{row.kind.label()}</span></nav>
        <div class="head">
            <h1><Mark status=row.status/>{row.name.clone()}</h1>
            <span class="pill">{row.status.label()}</span>
            <span class="quiet">"since "<Ago at=row.since/></span>
            {detail.may_manage.then(|| view! { <Actions id=row.id.to_string() name=row.name.clone() status=row.status doing/> })}
        </div>
        {move || doing.refusal().map(|refusal| view! { <Banner kind=BannerKind::Error>{refusal.to_string()}</Banner> })}
        <Why detail=detail.clone()/>
        {calls_in.map(|calls| view! { <CallingIn calls monitor=monitor.clone() renew=doing.renew/> })}
        <Measurements history monitor interval_s limit_ms/>
        <Settings settings=detail.settings location=detail.location.map(|(_, name)| name) id=row.id.to_string()/>
        <CareRefused caring/>
        <Outages outages is_staff/>
        {is_staff.then(|| view! { <MaintenanceBlock whose windows may=may_maintain doing=maintaining/> })}
        <Transitions transitions=detail.transitions/>
    }
}

#[component]
fn Actions(id: String, name: String, status: Status, doing: Doing) -> impl IntoView {
    let edit = format!("/monitors/{id}/edit");
    let doomed = id.clone();
    let switch = if status == Status::Suspended {
        view! {
            <ActionForm action=doing.resume on:submit=move |_| doing.forget()>
                <input type="hidden" name="monitor" value=id/>
                <button class="btn" type="submit" disabled=move || doing.pending()><Icon glyph=Glyph::Play/>"Resume"</button>
            </ActionForm>
        }
        .into_any()
    } else {
        view! {
            <ActionForm action=doing.suspend on:submit=move |_| doing.forget()>
                <input type="hidden" name="monitor" value=id/>
                <button class="btn" type="submit" disabled=move || doing.pending()><Icon glyph=Glyph::Pause/>"Suspend"</button>
            </ActionForm>
        }
        .into_any()
    };
    view! {
        <div class="right">
            <A href=edit attr:class="btn"><Icon glyph=Glyph::Edit/>"Edit"</A>
            {switch}
            <details class="menu confirm">
                <summary class="btn"><Icon glyph=Glyph::Trash/>"Delete"</summary>
                <div>
                    <p>"Deleting "<b>{name}</b>" also deletes its transitions and outages. This cannot be undone."</p>
                    <ActionForm action=doing.delete on:submit=move |_| doing.forget()>
                        <input type="hidden" name="monitor" value=doomed/>
                        <button class="btn main danger" type="submit" disabled=move || doing.pending()>"Delete this monitor"</button>
                    </ActionForm>
                </div>
            </details>
        </div>
    }
}

/// Why it has this status now.
#[component]
fn Why(detail: MonitorDetail) -> impl IntoView {
    let row = detail.row;
    let newest = detail.transitions.into_iter().next().filter(|newest| newest.to == row.status);
    let behind = match newest {
        Some(TransitionRow { at, from, evidence, .. }) => view! {
            <dl class="facts">
                <div><dt>"Source"</dt><dd>{words::capital(evidence.source.label())}</dd></div>
                <div><dt>"Its verdict"</dt><dd>{evidence.said.label()}{evidence.latency_ms.map(after)}</dd></div>
                <div><dt>"Attempts"</dt><dd class="num">{grouped(evidence.attempts)}</dd></div>
                <div><dt>"Before"</dt><dd>{from.label()}", until "<When at/></dd></div>
                <div><dt>"Rule"</dt><dd>{evidence.rule}</dd></div>
                <LastVerdict at=detail.verdict_at latency_ms=detail.latency_ms/>
            </dl>
        }
        .into_any(),
        None => view! { <dl class="facts"><LastVerdict at=detail.verdict_at latency_ms=detail.latency_ms/></dl> }.into_any(),
    };
    let reason = if row.reason.is_empty() { silent(row.status).to_owned() } else { row.reason };
    view! {
        <section class=format!("now {}", row.status.slug()) aria-labelledby="why">
            <Mark status=row.status/>
            <div><h2 id="why" class="unseen">"Why it is "{row.status.label()}</h2><b>{reason}</b></div>
            {behind}
        </section>
    }
}

#[component]
fn LastVerdict(at: i64, latency_ms: Option<u32>) -> impl IntoView {
    let said = if at > 0 { view! { <When at/>{latency_ms.map(after)} }.into_any() } else { "None yet".into_any() };
    view! { <div><dt>"Last verdict"</dt><dd>{said}</dd></div> }
}

fn after(ms: u32) -> String {
    format!(", after {} ms", grouped(ms))
}

/// What a status without a reason means.
const fn silent(status: Status) -> &'static str {
    match status {
        Status::Down => "It does not answer as it should",
        Status::Trouble => "It answers, but not as it should",
        Status::ConfigurationError => "Its settings can never work",
        Status::Maintenance => "It is being worked on",
        Status::Discovery => "Waiting for the first verdict",
        Status::Suspended => "It is not being checked",
        Status::Up => "All is well",
    }
}

#[component]
fn Settings(settings: MonitorSettings, location: Option<String>, id: String) -> impl IntoView {
    let facts =
        facts(&settings).into_iter().map(|(label, value)| view! { <div><dt>{label}</dt><dd>{value}</dd></div> }).collect_view();
    view! {
        <section aria-labelledby="settings">
            <h2 id="settings">"Settings"</h2>
            <dl class="facts panel">
                {facts}
                {location.map(|name| view! { <div><dt>"Location"</dt><dd>{name}</dd></div> })}
                <div><dt>"Monitor id"</dt><dd><code>{id}</code></dd></div>
            </dl>
        </section>
    }
}

/// The settings in words.
fn facts(settings: &MonitorSettings) -> Vec<(&'static str, String)> {
    let mut facts = vec![("Kind", settings.check.kind().label().to_owned())];
    match &settings.check {
        Check::Http { url, contains, .. } => {
            facts.push(("Address", url.clone()));
            if !contains.is_empty() {
                facts.push(("Must contain", contains.clone()));
            }
        }
        Check::Tcp { host, port, .. } => facts.extend([("Host", host.clone()), ("Port", port.to_string())]),
        Check::Ping { host, .. } => facts.push(("Host", host.clone())),
        Check::Dns { name, record, resolver, expects, .. } => {
            let resolver = if resolver.is_empty() { "Of the server's own machine" } else { resolver };
            facts.extend([
                ("Name to look up", name.clone()),
                ("Record", record.key().to_owned()),
                ("Name server", resolver.to_owned()),
            ]);
            if !expects.is_empty() {
                facts.push(("Expected", expects.clone()));
            }
        }
        Check::Tls { host, port, warn_days } => {
            facts.extend([
                ("Host", host.clone()),
                ("Port", port.to_string()),
                ("Trouble before expiry", format!("{warn_days} days")),
            ]);
        }
        Check::Heartbeat { grace_s } => facts.push(("Grace", words::interval(*grace_s))),
        Check::Simulated { profile } => facts.push(("Behaviour", words::profile(*profile).to_owned())),
    }
    if let Some(ms) = settings.check.latency_limit_ms() {
        facts.push(("Trouble above", format!("{} ms", grouped(ms))));
    }
    facts.push(("Interval", words::interval(settings.interval_s)));
    if settings.check.kind() != Kind::Heartbeat {
        facts.extend([("Time-out", words::interval(settings.timeout_s)), ("Retries", settings.retries.to_string())]);
    }
    facts
}

#[component]
fn Outages(outages: Vec<OutageRow>, is_staff: bool) -> impl IntoView {
    const ALL: &[Column] =
        &[Column::MarkedStatus, Column::Started, Column::Ended, Column::Duration, Column::Reason, Column::Care];
    // Who looks after them is the MSP's own matter.
    let columns = if is_staff { ALL } else { &ALL[..ALL.len() - 1] };
    let content = if outages.is_empty() {
        view! { <p class="quiet">"None so far."</p> }.into_any()
    } else {
        view! { <OutageTable outages caption="Outages, the newest first" columns/> }.into_any()
    };
    view! {
        <section aria-labelledby="outages">
            <h2 id="outages">"Outages"</h2>
            {content}
        </section>
    }
}

#[component]
fn Transitions(transitions: Vec<TransitionRow>) -> impl IntoView {
    let content = if transitions.is_empty() {
        view! { <p class="quiet">"None so far: the first verdict brings the first one."</p> }.into_any()
    } else {
        let rows = transitions.into_iter().map(|transition| view! { <Change transition/> }).collect_view();
        view! { <ol class="transitions panel">{rows}</ol> }.into_any()
    };
    view! {
        <section aria-labelledby="transitions">
            <h2 id="transitions">"Transitions"</h2>
            {content}
        </section>
    }
}

#[component]
fn Change(transition: TransitionRow) -> impl IntoView {
    let TransitionRow { at, from, to, reason, evidence } = transition;
    view! {
        <li>
            <Mark status=to/>
            <div>
                <span class="quiet">{from.label()}" to "</span><b>{to.label()}</b>
                {(!reason.is_empty()).then(|| view! { <span>": "{reason}</span> })}
            </div>
            <When at/>
            <p class="evidence"><span>{words::evidence(&evidence)}</span><span>"Rule: "{evidence.rule.clone()}</span></p>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g1_the_page_says_every_setting_of_a_kind() {
        let check = Check::Http { url: "https://a.example/".into(), contains: "Welcome".into(), latency_limit_ms: Some(2000) };
        let said = facts(&MonitorSettings { name: "a".into(), check, interval_s: 60, timeout_s: 10, retries: 2 });
        let labels: Vec<&str> = said.iter().map(|(label, _)| *label).collect();
        assert_eq!(labels, ["Kind", "Address", "Must contain", "Trouble above", "Interval", "Time-out", "Retries"]);
        assert_eq!(said[3].1, "2,000 ms");
    }
}
