//! The portal: what a customer's own people see, read only, and with more about the account itself what its Super Admin sees.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::{
    Status,
    customers::{OutageRow, PAGE_ROWS},
    monitors::{MonitorPage, MonitorRow},
};
use serde::{Deserialize, Serialize};

use crate::{
    accounts::{AccountHead, AccountHome},
    failure::Failure,
    monitors::words,
    outages::{Column, OutageTable},
    reading::read_blocking,
    shell::Refused,
    ui::{Ago, Empty, Mark, Pager, Reading, grouped},
};

/// Newest outages that are looked through for those that last.
#[cfg(feature = "ssr")]
const OUTAGES: u32 = 500;

/// What stands on the portal's page, by who opens it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PortalSheet {
    Customer(Portal),
    Account(Box<AccountHome>),
}

/// A customer as its own people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Portal {
    pub name: String,
    pub monitors: MonitorPage,
    /// Those that last, the newest first.
    pub outages: Vec<OutageRow>,
}

/// Reads the customer of the signed-in customer user, or the account of its Super Admin.
#[server(prefix = "/fn", endpoint = "portal")]
pub async fn read_portal(page: u32) -> Result<PortalSheet, Failure> {
    use model::roles::Role;
    let actor = crate::caller::actor()?;
    if actor.role() != Some(Role::SuperAdmin) {
        return Ok(PortalSheet::Customer(portal_of(&actor, page).await?));
    }
    let store = crate::caller::handles().store;
    let sheet = store.own_account(&actor).await?;
    // What an MSP has of the account is read as that MSP's customer reads it.
    let managed = match store.reader_of_own_account(&actor).await? {
        Some(reader) => Some(portal_of(&reader, page).await?),
        None => None,
    };
    Ok(PortalSheet::Account(Box::new(AccountHome { sheet, managed })))
}

#[cfg(feature = "ssr")]
async fn portal_of(actor: &store::Actor, page: u32) -> Result<Portal, Failure> {
    use model::{Refusal, monitors::MonitorQuery};
    let store = crate::caller::handles().store;
    let id = actor.customer().cloned().ok_or(Refusal::Forbidden)?;
    let name = store.customer(actor, &id).await?.name;
    let query = MonitorQuery { customer: Some(id.clone()), page: page.max(1), ..MonitorQuery::default() };
    let monitors = store.monitors(actor, &query).await?;
    let mut outages = store.outages_of_customer(actor, &id, OUTAGES).await?;
    outages.retain(|outage| outage.ended_at.is_none());
    Ok(Portal { name, monitors, outages })
}

#[component]
pub fn PortalPage() -> impl IntoView {
    let query = use_query_map();
    let page = Memo::new(move |_| query.with(|query| query.get("page").and_then(|page| page.parse::<u32>().ok()).unwrap_or(1)));
    let portal = read_blocking(move || page.get(), read_portal);
    view! {
        <Title text="Portal"/>
        <Transition fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                match portal.await {
                    Ok(PortalSheet::Customer(portal)) => view! { <OfCustomer portal/> }.into_any(),
                    Ok(PortalSheet::Account(home)) => view! { <OfAccount home=*home/> }.into_any(),
                    Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn OfCustomer(portal: Portal) -> impl IntoView {
    let total: u32 = portal.monitors.by_status.iter().sum();
    view! {
        <div class="head"><h1>{portal.name.clone()}</h1><span class="quiet num">{words::monitors(total)}</span></div>
        <Watched portal/>
    }
}

#[component]
fn OfAccount(home: AccountHome) -> impl IntoView {
    view! {
        <AccountHead sheet=home.sheet/>
        {home.managed.map(|portal| view! { <Watched portal/> })}
    }
}

/// How the customer's monitors are.
#[component]
fn Watched(portal: Portal) -> impl IntoView {
    let Portal { monitors, outages, .. } = portal;
    let total: u32 = monitors.by_status.iter().sum();
    let figures = Status::ALL
        .into_iter()
        .zip(monitors.by_status)
        .filter(|(_, count)| *count > 0)
        .map(|(status, count)| view! { <span class="chip"><Mark status/>{status.label()}" "<b>{grouped(count)}</b></span> })
        .collect_view();
    let content = if total == 0 {
        view! { <Empty title="No monitors yet" text="As soon as something of yours is watched, it stands here."/> }.into_any()
    } else {
        view! {
            <Lasting outages/>
            <Monitors page=monitors/>
        }
        .into_any()
    };
    view! {
        <div class="chips num">{figures}</div>
        {content}
    }
}

#[component]
fn Lasting(outages: Vec<OutageRow>) -> impl IntoView {
    const COLUMNS: &[Column] = &[Column::Monitor, Column::Status, Column::Started, Column::Age, Column::Reason];
    let content = if outages.is_empty() {
        view! { <p class="quiet">"Nothing is down or in trouble right now."</p> }.into_any()
    } else {
        view! { <OutageTable outages caption="Outages that last, the newest first" columns=COLUMNS/> }.into_any()
    };
    view! {
        <section aria-labelledby="lasting">
            <h2 id="lasting">"Open outages"</h2>
            {content}
        </section>
    }
}

#[component]
fn Monitors(page: MonitorPage) -> impl IntoView {
    let rows = page.rows.into_iter().map(|row| view! { <Row row/> }).collect_view();
    view! {
        <section aria-labelledby="monitors">
            <h2 id="monitors">"Monitors"</h2>
            <div class="tw" tabindex="0">
                <table>
                    <caption class="unseen">"Monitors"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Name"</th>
                            <th scope="col">"Kind"</th>
                            <th scope="col">"Status"</th>
                            <th scope="col">"Since"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <Pager page=page.page rows_per_page=PAGE_ROWS matching=page.matching href=|page| format!("/portal?page={page}")/>
        </section>
    }
}

#[component]
fn Row(row: MonitorRow) -> impl IntoView {
    view! {
        <tr>
            <td><span class="name"><Mark status=row.status/><span>{row.name}</span></span></td>
            <td class="quiet">{row.kind.short()}</td>
            <td class="reason" title=row.reason.clone()>
                {row.status.label()}
                {(!row.reason.is_empty()).then(|| view! { " "<small class="quiet">{row.reason.clone()}</small> })}
            </td>
            <td class="quiet"><Ago at=row.since/></td>
        </tr>
    }
}
