//! Every open outage of the MSP, the newest first (DOMAIN G9).

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{components::A, hooks::use_query_map, params::ParamsMap};
use model::{
    customers::PAGE_ROWS,
    incidents::IncidentPage,
    outages::{OpenOutage, OutageFilter, OutagePage},
};

use super::{
    anew::{Anew, Shown},
    calls::{OutageList, read_incidents, read_outages},
    care::{Care, CareHere, CareRefused, Caring},
    incidents::{Incidents, Taking, TakingRefused},
};
use crate::{
    failure::Failure,
    reading::read_blocking,
    shell::Refused,
    ui::{Ago, Empty, Glyph, Icon, Mark, Pager, Reading, address, grouped},
};

/// What the address asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) filter: OutageFilter,
    pub(super) customer: String,
    pub(super) page: u32,
}

impl Asked {
    fn read(query: &ParamsMap) -> Self {
        Self {
            filter: query.get("show").and_then(|slug| OutageFilter::from_slug(&slug)).unwrap_or_default(),
            customer: query.get("customer").unwrap_or_default(),
            page: query.get("page").and_then(|page| page.parse().ok()).unwrap_or(1).max(1),
        }
    }

    /// Incidents stand above the whole list alone.
    pub(super) fn is_whole(&self) -> bool {
        *self == Self { page: 1, ..Self::default() }
    }

    fn href(&self) -> String {
        let page = if self.page > 1 { self.page.to_string() } else { String::new() };
        address("/outages", &[("show", self.filter.slug()), ("customer", &self.customer), ("page", &page)])
    }

    fn with_filter(&self, filter: OutageFilter) -> String {
        Self { filter, page: 1, ..self.clone() }.href()
    }

    fn with_customer(&self, customer: String) -> String {
        Self { customer, page: 1, ..self.clone() }.href()
    }
}

#[component]
pub fn OutagesPage() -> impl IntoView {
    let query = use_query_map();
    let asked = Memo::new(move |_| query.with(Asked::read));
    let list =
        read_blocking(move || asked.get(), |asked| read_outages(asked.filter.slug().to_owned(), asked.customer, asked.page));
    let incidents = read_blocking(
        move || asked.with(Asked::is_whole),
        |is_whole| async move { if is_whole { read_incidents().await.unwrap_or_default() } else { IncidentPage::default() } },
    );
    let shown = Shown { list, incidents, around: NodeRef::new(), moved: StoredValue::new(false), turn: StoredValue::new(0) };
    let read_anew = Callback::new(move |()| shown.refetch());
    let (caring, taking) = (Caring::new(read_anew), Taking::new(read_anew));
    view! {
        <Title text="Open outages"/>
        <div class="head"><h1>"Open outages"</h1><Anew asked shown/></div>
        <CareRefused caring/>
        <TakingRefused taking/>
        <div node_ref=shown.around on:pointermove=move |_| shown.moved.set_value(true)>
            <Transition>
                {move || Suspend::new(async move { view! { <Incidents page=incidents.await caring taking/> } })}
            </Transition>
            <Transition fallback=|| view! { <Reading/> }>
                {move || {
                    let asked = asked.get();
                    Suspend::new(async move {
                        match list.await {
                            Ok(list) => view! { <Found list asked caring/> }.into_any(),
                            Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                        }
                    })
                }}
            </Transition>
        </div>
    }
}

/// Chips, rows and pager.
#[component]
fn Found(list: OutageList, asked: Asked, caring: Caring) -> impl IntoView {
    let OutageList { page: OutagePage { rows, matching, page, by_filter }, customer_name } = list;
    let content = if rows.is_empty() {
        let text = match asked.filter {
            OutageFilter::All => "Every monitor that is watched is neither down nor in trouble.",
            OutageFilter::Waiting => "Each open outage is taken or snoozed.",
            OutageFilter::Taken => "Nobody has taken an open outage.",
            OutageFilter::Snoozed => "No open outage is snoozed.",
        };
        view! { <Empty title="No outage here" text/> }.into_any()
    } else {
        let shown = asked.clone();
        view! {
            <Rows rows asked=asked.clone() caring/>
            <Pager page rows_per_page=PAGE_ROWS matching href=Callback::new(move |page| Asked { page, ..shown.clone() }.href())/>
        }
        .into_any()
    };
    view! {
        <Chips by_filter customer_name asked/>
        {content}
    }
}

#[component]
fn Chips(by_filter: [u32; 4], customer_name: String, asked: Asked) -> impl IntoView {
    let one = OutageFilter::ALL
        .into_iter()
        .zip(by_filter)
        .map(|(filter, count)| {
            let current = (asked.filter == filter).then_some("true");
            view! { <a class="chip" href=asked.with_filter(filter) aria-current=current>{filter.label()}" "<b>{grouped(count)}</b></a> }
        })
        .collect_view();
    let of_customer = (!asked.customer.is_empty()).then(|| {
        let name = if customer_name.is_empty() { "One customer".to_owned() } else { customer_name };
        let title = format!("Show all customers instead of {name} only");
        view! {
            <a class="chip filter" aria-current="true" href=asked.with_customer(String::new()) title=title.clone() aria-label=title>
                {name}<Icon glyph=Glyph::Close/>
            </a>
        }
    });
    view! { <nav class="chips num" aria-label="Filters">{one}{of_customer}</nav> }
}

#[component]
fn Rows(rows: Vec<OpenOutage>, asked: Asked, caring: Caring) -> impl IntoView {
    let rows = rows.into_iter().map(|row| view! { <Row row asked=asked.clone() caring/> }).collect_view();
    view! { <WholeTable caption="Open outages, the newest first">{rows}</WholeTable> }
}

/// Outages of several customers in rows.
#[component]
pub(super) fn WholeTable(caption: &'static str, children: Children) -> impl IntoView {
    view! {
        <div class="tw" tabindex="0">
            <table class="list outages-list">
                <caption class="unseen">{caption}</caption>
                <thead>
                    <tr>
                        <th scope="col">"Monitor"</th>
                        <th scope="col">"Customer"</th>
                        <th scope="col">"What"</th>
                        <th scope="col">"Began"</th>
                        <th scope="col">"Who looks after it"</th>
                    </tr>
                </thead>
                <tbody>{children()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn Row(row: OpenOutage, asked: Asked, caring: Caring) -> impl IntoView {
    let OpenOutage { outage, customer, customer_name, may_care } = row;
    let here = CareHere { caring, may: may_care, back: asked.href() };
    let title = format!("Only {customer_name}'s");
    let name = outage.monitor_name.clone();
    view! {
        <tr>
            <th scope="row">
                <span class="name"><Mark status=outage.status/><A href=format!("/monitors/{}", outage.monitor)>{name}</A></span>
            </th>
            <td class="nowrap">
                <A href=format!("/customers/{customer}")>{customer_name}</A>
                <a class="btn quiet small" href=asked.with_customer(customer.to_string()) title=title.clone() aria-label=title><Icon glyph=Glyph::Filter/></a>
            </td>
            <td class="what">{outage.status.label()}<small class="quiet" title=outage.reason.clone()>{outage.reason.clone()}</small></td>
            <td class="quiet num"><Ago at=outage.started_at/></td>
            <td><Care outage here/></td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g9_the_address_is_the_only_state() {
        let mut query = ParamsMap::new();
        query.insert("show", "taken".into());
        query.insert("customer", "cus_1".into());
        query.insert("page", "2".into());
        let asked = Asked::read(&query);
        assert_eq!(asked.href(), "/outages?show=taken&customer=cus_1&page=2");
        assert_eq!(asked.with_filter(OutageFilter::All), "/outages?customer=cus_1");
        assert_eq!(asked.with_customer(String::new()), "/outages?show=taken");
    }
}
