//! The list of monitors: searched, and filtered by status and customer, all in the address.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{components::A, hooks::use_query_map, params::ParamsMap};
use model::{
    Status,
    customers::PAGE_ROWS,
    monitors::{MonitorPage, MonitorRow, MonitorSort},
    roles::{Action, Relation, Role, may},
};
use serde::{Deserialize, Serialize};

use super::words;
use crate::{
    failure::Failure,
    reading::read_blocking,
    shell::{Myself, Refused},
    ui::{Ago, Empty, FindBox, Glyph, Icon, Mark, Pager, Reading, address, grouped},
};

/// One page of the list, and whose monitors they are where only one customer's are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonitorList {
    pub page: MonitorPage,
    pub customer_name: String,
}

/// Reads one page of the list. `status` is a slug, `customer` an id; empty means all. `sort` is a word of [`MonitorSort`]; any
/// other is the usual one.
#[server(prefix = "/fn", endpoint = "monitors")]
pub async fn read_monitors(
    search: String,
    status: String,
    customer: String,
    sort: String,
    descending: bool,
    page: u32,
) -> Result<MonitorList, Failure> {
    let actor = crate::caller::actor()?;
    let store = crate::caller::handles().store;
    let customer = if customer.is_empty() { None } else { Some(crate::caller::id(&customer)?) };
    let sort = MonitorSort::from_key(&sort).unwrap_or_default();
    let status = Status::from_slug(&status);
    let query = model::monitors::MonitorQuery { search, customer, status, sort, descending, page: page.max(1) };
    let page = store.monitors(&actor, &query).await?;
    let customer_name = match (&query.customer, page.rows.first()) {
        (Some(_), Some(row)) => row.customer_name.clone(),
        (Some(id), None) => name_of(&store, &actor, id).await?,
        (None, _) => String::new(),
    };
    Ok(MonitorList { page, customer_name })
}

/// The name of a customer that may have no monitor to tell it.
#[cfg(feature = "ssr")]
async fn name_of(store: &store::Store, actor: &store::Actor, id: &model::CustomerId) -> Result<String, Failure> {
    let query = model::customers::CustomerQuery { search: id.to_string(), page: 1, ..Default::default() };
    let page = store.customers(actor, &query).await?;
    page.rows.into_iter().find(|row| row.id == *id).map(|row| row.name).ok_or_else(|| model::Refusal::NotFound.into())
}

/// What the address asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Asked {
    q: String,
    status: Option<Status>,
    customer: String,
    sort: MonitorSort,
    descending: bool,
    page: u32,
}

impl Asked {
    fn read(query: &ParamsMap) -> Self {
        Self {
            q: query.get("q").unwrap_or_default(),
            status: query.get("status").and_then(|slug| Status::from_slug(&slug)),
            customer: query.get("customer").unwrap_or_default(),
            sort: query.get("sort").and_then(|key| MonitorSort::from_key(&key)).unwrap_or_default(),
            descending: query.get("dir").as_deref() == Some("desc"),
            page: query.get("page").and_then(|page| page.parse().ok()).unwrap_or(1).max(1),
        }
    }

    fn slug(&self) -> &'static str {
        self.status.map_or("", Status::slug)
    }

    /// What a new search leaves as it is: the filters and the order, not the page.
    fn beside_search(&self) -> Vec<(&'static str, String)> {
        let sort = if self.sort == MonitorSort::default() { "" } else { self.sort.key() };
        let dir = if self.descending { "desc" } else { "" };
        vec![
            ("status", self.slug().to_owned()),
            ("customer", self.customer.clone()),
            ("sort", sort.to_owned()),
            ("dir", dir.to_owned()),
        ]
    }

    fn href(&self) -> String {
        let page = if self.page > 1 { self.page.to_string() } else { String::new() };
        let beside = self.beside_search();
        let mut parameters = vec![("q", self.q.as_str())];
        parameters.extend(beside.iter().map(|(name, value)| (*name, value.as_str())));
        parameters.push(("page", &page));
        address("/monitors", &parameters)
    }

    /// By this, the other way round where it is by this already.
    fn sorted_by(&self, sort: MonitorSort) -> String {
        Self { sort, descending: self.sort == sort && !self.descending, page: 1, ..self.clone() }.href()
    }

    fn with_status(&self, status: Option<Status>) -> String {
        Self { status, page: 1, ..self.clone() }.href()
    }

    fn of_all_customers(&self) -> String {
        Self { customer: String::new(), page: 1, ..self.clone() }.href()
    }

    fn is_filtered(&self) -> bool {
        !self.q.is_empty() || self.status.is_some() || !self.customer.is_empty()
    }
}

#[component]
pub fn MonitorsPage() -> impl IntoView {
    let Myself(me) = expect_context();
    let query = use_query_map();
    let asked = Memo::new(move |_| query.with(Asked::read));
    let list = read_blocking(
        move || asked.get(),
        |asked| {
            let (status, sort) = (asked.slug().to_owned(), asked.sort.key().to_owned());
            read_monitors(asked.q, status, asked.customer, sort, asked.descending, asked.page)
        },
    );
    let kept = Signal::derive(move || asked.with(Asked::beside_search));
    view! {
        <Title text="Monitors"/>
        <div class="head">
            <h1>"Monitors"</h1>
            <div class="right">
                <FindBox path="/monitors" label="Monitor, customer, target" q=Signal::derive(move || asked.with(|asked| asked.q.clone())) kept/>
            </div>
        </div>
        <Transition fallback=|| view! { <Reading/> }>
            {move || {
                let asked = asked.get();
                Suspend::new(async move {
                    let role = me.await.ok().map(|me| me.role);
                    match list.await {
                        Ok(list) => view! { <Found list asked role/> }.into_any(),
                        Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}

/// Chips, rows and pager.
#[component]
fn Found(list: MonitorList, asked: Asked, role: Option<Role>) -> impl IntoView {
    let MonitorList { page, customer_name } = list;
    let content = if page.rows.is_empty() {
        view! { <NothingFound asked=asked.clone() role/> }.into_any()
    } else {
        let asked = asked.clone();
        view! {
            <Rows rows=page.rows asked=asked.clone()/>
            <Pager page=page.page rows_per_page=PAGE_ROWS matching=page.matching
                href=Callback::new(move |page| Asked { page, ..asked.clone() }.href())/>
        }
        .into_any()
    };
    view! {
        <Chips by_status=page.by_status customer_name asked/>
        {content}
    }
}

#[component]
fn Chips(by_status: [u32; 7], customer_name: String, asked: Asked) -> impl IntoView {
    let all: u32 = by_status.iter().sum();
    let one = Status::ALL
        .into_iter()
        .zip(by_status)
        .map(|(status, count)| {
            let current = (asked.status == Some(status)).then_some("true");
            view! {
                <a class="chip" href=asked.with_status(Some(status)) aria-current=current>
                    <Mark status/>{status.label()}" "<b>{grouped(count)}</b>
                </a>
            }
        })
        .collect_view();
    let of_customer = (!asked.customer.is_empty()).then(|| {
        let title = format!("Show all customers instead of {customer_name} only");
        view! {
            <a class="chip filter" aria-current="true" href=asked.of_all_customers() title=title.clone() aria-label=title>
                {customer_name}<Icon glyph=Glyph::Close/>
            </a>
        }
    });
    view! {
        <nav class="chips num" aria-label="Filters">
            <a class="chip" href=asked.with_status(None) aria-current=asked.status.is_none().then_some("true")>"All "<b>{grouped(all)}</b></a>
            {one}
            {of_customer}
        </nav>
    }
}

#[component]
fn Rows(rows: Vec<MonitorRow>, asked: Asked) -> impl IntoView {
    let rows = rows.into_iter().map(|row| view! { <Row row/> }).collect_view();
    // On a phone its rows are stacked, which would take a table's roles from it: they are said.
    view! {
        <div class="tw monitor-list">
            <table class="list" role="table">
                <caption class="unseen">"Monitors"</caption>
                <thead role="rowgroup">
                    <tr role="row">
                        <SortHead asked=asked.clone() sort=MonitorSort::Name label="Name"/>
                        <SortHead asked=asked.clone() sort=MonitorSort::Customer label="Customer"/>
                        <th scope="col" role="columnheader">"Kind"</th>
                        <th scope="col" role="columnheader">"Target"</th>
                        <SortHead asked=asked.clone() sort=MonitorSort::Status label="Status"/>
                        <SortHead asked sort=MonitorSort::Since label="Since"/>
                        <th scope="col" role="columnheader" class="r">"Interval"</th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </div>
    }
}

/// A column that the list can be sorted by; once more, and it is the other way round.
#[component]
fn SortHead(asked: Asked, sort: MonitorSort, label: &'static str) -> impl IntoView {
    let order = (asked.sort == sort).then_some(if asked.descending { "descending" } else { "ascending" });
    view! { <th scope="col" role="columnheader" aria-sort=order><a href=asked.sorted_by(sort)>{label}</a></th> }
}

#[component]
fn Row(row: MonitorRow) -> impl IntoView {
    view! {
        <tr role="row">
            <td role="cell"><A href=format!("/monitors/{}", row.id) attr:class="name"><Mark status=row.status/><span>{row.name}</span></A></td>
            <td role="cell"><A href=format!("/customers/{}", row.customer)>{row.customer_name}</A></td>
            <td role="cell" class="quiet kind">{row.kind.short()}</td>
            <td role="cell" class="quiet cut" title=row.target.clone()><span class="target">{row.target.clone()}</span></td>
            <td role="cell" class="reason" title=row.reason.clone()>
                {row.status.label()}
                {(!row.reason.is_empty()).then(|| view! { " "<small class="quiet">{row.reason.clone()}</small> })}
            </td>
            <td role="cell" class="quiet num since"><Ago at=row.since/></td>
            <td role="cell" class="quiet num r interval">{words::interval(row.interval_s)}</td>
        </tr>
    }
}

#[component]
fn NothingFound(asked: Asked, role: Option<Role>) -> impl IntoView {
    if !asked.is_filtered() {
        return view! {
            <Empty title="No monitors yet".to_owned() text="A monitor belongs to a customer: open one, and add what is to be watched.".to_owned()>
                <A href="/customers" attr:class="btn main">"Choose a customer"</A>
            </Empty>
        }
        .into_any();
    }
    let may_add = role.is_some_and(|role| may(role, Action::ManageMonitors, Relation::Associated));
    let add = (!asked.customer.is_empty() && may_add).then(|| {
        view! { <A href=format!("/customers/{}/monitors/new", asked.customer) attr:class="btn main"><Icon glyph=Glyph::Plus/>"Add monitor"</A> }
    });
    view! {
        <Empty title="No monitor matches".to_owned() text="Nothing has this name, customer, target and status together.".to_owned()>
            <A href="/monitors" attr:class="btn">"Show all monitors"</A>
            {add}
        </Empty>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_the_only_state() {
        let mut query = ParamsMap::new();
        query.insert("q", "web & mail".into());
        query.insert("status", "config".into());
        query.insert("customer", "cus_1".into());
        query.insert("page", "3".into());
        let asked = Asked::read(&query);
        assert_eq!(asked.href(), "/monitors?q=web%20%26%20mail&status=config&customer=cus_1&page=3");
        assert_eq!(asked.with_status(None), "/monitors?q=web%20%26%20mail&customer=cus_1");
        assert_eq!(asked.of_all_customers(), "/monitors?q=web%20%26%20mail&status=config");
        assert_eq!(asked.sorted_by(MonitorSort::Name), "/monitors?q=web%20%26%20mail&status=config&customer=cus_1&dir=desc");
        query.insert("sort", "since".into());
        query.insert("dir", "desc".into());
        let asked = Asked::read(&query);
        assert_eq!(asked.sorted_by(MonitorSort::Since), "/monitors?q=web%20%26%20mail&status=config&customer=cus_1&sort=since");
        assert_eq!(asked.with_status(None), "/monitors?q=web%20%26%20mail&customer=cus_1&sort=since&dir=desc");
    }

    #[test]
    fn rubbish_in_the_address_asks_for_the_first_page_of_all() {
        let mut query = ParamsMap::new();
        query.insert("status", "purple".into());
        query.insert("page", "-1".into());
        assert_eq!(Asked::read(&query), Asked { page: 1, ..Asked::default() });
    }
}
