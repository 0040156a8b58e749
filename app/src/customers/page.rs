//! One customer's page (DOMAIN A17): its facts, its monitors, its outages, and what was changed.

use leptos::{either::Either, prelude::*};
use leptos_meta::Title;
use model::{
    CustomerId, Refusal, Status,
    accounts::Asked,
    customers::{CustomerDetail, CustomerInput, OutageRow, is_web_url},
    health::Counts,
    lifecycle::{State, Step},
    monitors::{MonitorPage, MonitorRow},
    roles::{Action, Relation, Role, may},
};

use super::{
    StatePill,
    associate::NotYours,
    calls::{CustomerSheet, read_sheet},
    customer_in_path,
    held::held_blocks,
    offers::{Offer, offers},
    relation,
    trail::Trail,
    waiting::NumberWaits,
};
use crate::{
    failure::Failure,
    groups::GroupsOfCustomer,
    maintenance::{self, MaintenanceBlock, Whose},
    outages::{CareHere, CareRefused, Caring, Column, OutageTable},
    people::PeopleOfCustomer,
    reading::read_blocking,
    shell::{Myself, Refused},
    ui::{Ago, Banner, BannerKind, Mark, Reading, Toasts, When, grouped},
};

#[component]
pub fn CustomerPageView() -> impl IntoView {
    let Myself(me) = expect_context();
    let customer = customer_in_path();
    let sheet = read_blocking(move || customer.get(), read_sheet);
    let again = Callback::new(move |()| sheet.refetch());
    expect_context::<Toasts>().follow_undone(move || sheet.refetch());
    let doing = maintenance::Doing::new(again);
    let caring = Caring::new(again);
    view! {
        <Transition fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                let role = me.await.ok().map(|me| me.role);
                match sheet.await {
                    Ok(sheet) => view! { <Sheet sheet role again doing caring/> }.into_any(),
                    Err(Failure(Refusal::NotAssociated { customer, name, may_associate })) => {
                        view! { <NotYours customer name may_associate on_done=again/> }.into_any()
                    }
                    Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Sheet(
    sheet: CustomerSheet,
    role: Option<Role>,
    again: Callback<()>,
    doing: maintenance::Doing,
    caring: Caring,
) -> impl IntoView {
    let CustomerSheet { detail, shown, number, monitors, outages, people, groups, windows, held, events } = sheet;
    let i_may = |action| detail.state.is_watched() && role.is_some_and(|role| may(role, action, relation(detail.associated)));
    let may_maintain = i_may(Action::ManageMaintenance);
    provide_context(CareHere { caring, may: i_may(Action::AcknowledgeOutages), back: super::page_of(&detail.id) });
    let whose = Whose::Customer(detail.id.clone());
    let mut offers = role.map(|role| offers(role, detail.state, detail.associated)).unwrap_or_default();
    offers.retain(|offer| !(detail.is_final && *offer == Offer::Step(Step::Restore)));
    let may_manage = role.is_some_and(|role| may(role, Action::Administer, Relation::None));
    let may_add_monitor = offers.contains(&Offer::AddMonitor);
    let add_monitor = Offer::AddMonitor.path(&detail.id);
    let all_monitors = format!("/monitors?customer={}", detail.id);
    view! {
        <Title text=detail.name.clone()/>
        <nav class="crumbs" aria-label="Where you are"><a href="/customers">"Customers"</a></nav>
        <Head detail=detail.clone() offers/>
        {detail.asked.clone().map(|asked| view! { <Pending asked/> })}
        {(detail.state == State::Inactive).then(|| view! { <Terminated detail=detail.clone()/> })}
        {number.map(|number| view! { <NumberWaits customer=detail.id.clone() number/> })}
        {detail.state.is_watched().then(|| view! { <Figures customer=detail.id.clone() counts=detail.counts/> })}
        <div class="customer-sheet">
            <div class="blocks">
                <section aria-labelledby="monitors">
                    <h2 id="monitors">"Monitors"</h2>
                    <Monitors page=monitors all=all_monitors add=may_add_monitor.then_some(add_monitor)/>
                </section>
                <section aria-labelledby="outages">
                    <h2 id="outages">"Outages"</h2>
                    <CareRefused caring/>
                    <Outages outages/>
                </section>
                {held_blocks(&super::page_of(&detail.id), held)}
                <section aria-labelledby="people">
                    <h2 id="people">"People"</h2>
                    <PeopleOfCustomer customer=detail.id.clone() people may_manage back=super::page_of(&detail.id) on_done=again/>
                    <p class="more"><a href=format!("{}/users", super::page_of(&detail.id))>"All users and invitations"</a></p>
                </section>
                <section aria-labelledby="groups">
                    <h2 id="groups">"Groups"</h2>
                    <GroupsOfCustomer customer=detail.id.clone() name=detail.name.clone() groups may_manage on_done=again/>
                </section>
                <MaintenanceBlock whose windows may=may_maintain doing/>
                <section aria-labelledby="changes">
                    <h2 id="changes">"Changes"</h2>
                    {if events.is_empty() {
                        Either::Left(view! { <p class="panel quiet">"Nothing was changed yet."</p> })
                    } else {
                        let all = format!("/audit?customer={}", detail.id);
                        Either::Right(view! {
                            <Trail events/>
                            {may_manage.then(|| view! { <p class="more"><a href=all>"All changes"</a></p> })}
                        })
                    }}
                </section>
            </div>
            <aside class="panel" aria-labelledby="facts">
                <h2 id="facts">"Key facts"</h2>
                <Facts detail=CustomerDetail { input: shown, ..detail }/>
            </aside>
        </div>
    }
}

#[component]
fn Head(detail: CustomerDetail, offers: Vec<Offer>) -> impl IntoView {
    let (main, others): (Vec<Offer>, Vec<Offer>) =
        offers.into_iter().partition(|offer| matches!(offer, Offer::AddMonitor | Offer::Step(Step::Restore)));
    let health = detail.state.is_watched().then(|| detail.counts.health().status());
    let id = detail.id;
    view! {
        <div class="head">
            <h1>{health.map(|status| view! { <Mark status label=true/> })}{detail.name}</h1>
            <StatePill state=detail.state/>
            {detail.demo.then(|| view! { <span class="pill">"Demonstration"</span> })}
            <div class="right">
                {others
                    .into_iter()
                    .map(|offer| {
                        let class = if offer.is_dangerous() { "btn danger" } else { "btn" };
                        view! { <a class=class href=offer.path(&id)>{offer.label()}</a> }
                    })
                    .collect_view()}
                {main.into_iter().map(|offer| view! { <a class="btn main" href=offer.path(&id)>{offer.label()}</a> }).collect_view()}
            </div>
        </div>
    }
}

/// How many of its monitors stand where; each figure leads to them.
#[component]
fn Figures(customer: CustomerId, counts: Counts) -> impl IntoView {
    let monitors = format!("/monitors?customer={customer}");
    let of = |status: Status| format!("{monitors}&status={}", status.slug());
    view! {
        <div class="figures">
            <a class="figure" href=of(Status::Down)><b>{grouped(counts.down)}</b><span><Mark status=Status::Down/>"Down"</span></a>
            <a class="figure" href=of(Status::Trouble)><b>{grouped(counts.trouble)}</b><span><Mark status=Status::Trouble/>"Trouble"</span></a>
            <a class="figure" href=monitors.clone()><b>{grouped(counts.total)}</b><span>"Monitors"</span></a>
        </div>
    }
}

/// Why and when the account was terminated, and until when that can be undone (DOMAIN B2, B5).
#[component]
fn Terminated(detail: CustomerDetail) -> impl IntoView {
    view! {
        <Banner kind=BannerKind::Warn>
            <p>"This account was terminated on "<When at=detail.terminated_at/>". It can be viewed, not changed."</p>
            <p>"Reason: "{detail.terminate_reason}</p>
            {if detail.is_final {
                view! { <p>"It could be restored until "<When at=detail.restorable_until/>". Now this is final."</p> }.into_any()
            } else {
                view! { <p>"It can be restored until "<When at=detail.restorable_until/>"; then it is final."</p> }.into_any()
            }}
        </Banner>
    }
}

/// What an existing account waits for (DOMAIN B4).
#[component]
fn Pending(asked: Asked) -> impl IntoView {
    view! {
        <Banner kind=BannerKind::Info>
            <p>"This account waits for its Super Admin, whom "{asked.by}" asked on "<When at=asked.at/>". Until they approve it can be viewed, not changed."</p>
            <p>"Without an answer the request expires on "<When at=asked.expires_at/>". It can be asked again."</p>
        </Banner>
    }
}

#[component]
fn Monitors(page: MonitorPage, all: String, add: Option<String>) -> impl IntoView {
    if page.rows.is_empty() {
        return view! {
            <div class="panel nothing">
                <p class="quiet">"No monitors yet."</p>
                {add.map(|href| view! { <a class="btn" href=href>"Add monitor"</a> })}
            </div>
        }
        .into_any();
    }
    let shown = u32::try_from(page.rows.len()).unwrap_or(u32::MAX);
    view! {
        <div class="tw" tabindex="0">
            <table>
                <caption class="unseen">"Monitors"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"Status"</th>
                        <th scope="col">"Since"</th>
                        <th scope="col" class="kind">"Kind"</th>
                        <th scope="col" class="target">"Target"</th>
                    </tr>
                </thead>
                <tbody>{page.rows.into_iter().map(|row| view! { <MonitorLine row/> }).collect_view()}</tbody>
            </table>
        </div>
        {(page.matching > shown).then(|| view! { <p class="more"><a href=all>{format!("All {} monitors", grouped(page.matching))}</a></p> })}
    }
    .into_any()
}

#[component]
fn MonitorLine(row: MonitorRow) -> impl IntoView {
    view! {
        <tr>
            <th scope="row">
                <span class="name"><Mark status=row.status/><a href=format!("/monitors/{}", row.id) title=row.name.clone()>{row.name.clone()}</a></span>
            </th>
            <td class="what">{row.status.label()}{(!row.reason.is_empty()).then(|| view! { <small class="quiet" title=row.reason.clone()>{row.reason.clone()}</small> })}</td>
            <td class="quiet num"><Ago at=row.since/></td>
            <td class="quiet kind">{row.kind.short()}</td>
            <td class="quiet target" title=row.target.clone()>{row.target.clone()}</td>
        </tr>
    }
}

#[component]
fn Outages(outages: Vec<OutageRow>) -> impl IntoView {
    const COLUMNS: &[Column] = &[Column::MonitorLink, Column::What, Column::Started, Column::Ended, Column::Care];
    if outages.is_empty() {
        Either::Left(view! { <p class="panel quiet">"No outages."</p> })
    } else {
        Either::Right(view! { <OutageTable outages caption="Open and recent outages" columns=COLUMNS/> })
    }
}

/// Every field that is filled in, and what the product itself knows of the account.
#[component]
fn Facts(detail: CustomerDetail) -> impl IntoView {
    let filled = CustomerInput::FIELDS
        .iter()
        .map(|field| (field.name, field.label, (field.get)(&detail.input).clone()))
        .filter(|(_, _, value)| !value.is_empty())
        .map(|(name, label, value)| view! { <div><dt>{label}</dt><dd><Fact name value/></dd></div> })
        .collect_view();
    view! {
        <dl class="facts">
            {filled}
            <div><dt>"Customer id"</dt><dd><small class="num">{detail.id.to_string()}</small></dd></div>
            <div><dt>"Added"</dt><dd><When at=detail.added_at/></dd></div>
            <div><dt>"Modified"</dt><dd><When at=detail.modified_at/></dd></div>
            <div><dt>"Created by"</dt><dd>{detail.created_by}</dd></div>
        </dl>
    }
}

/// A field's value; what can be followed is a link.
#[component]
fn Fact(name: &'static str, value: String) -> impl IntoView {
    match name {
        "email" | "account_manager_email" => {
            let href = format!("mailto:{value}");
            view! { <a href=href rel="external">{value}</a> }.into_any()
        }
        "website" if is_web_url(&value) => {
            let href = value.clone();
            view! { <a href=href rel="external noreferrer">{value}</a> }.into_any()
        }
        _ => value.into_any(),
    }
}
