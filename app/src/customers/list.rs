//! The customer list (DOMAIN A1, A2): searched, filtered by state, sorted and paged by the address alone.

use leptos::{either::Either, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::{
    CustomerId,
    customers::{CustomerPage, CustomerQuery, CustomerRow, CustomerSort, PAGE_ROWS},
    lifecycle::State,
    roles::{Action, Relation, Role, may},
};

use super::{
    StatePill,
    address::{address_of, beside_search, query_of},
    calls::list_customers,
    menu::{RowMenu, close_menus_by_themselves},
    offers::offers,
    page_of,
};
use crate::{
    failure::Failure,
    shell::{Myself, Refused, i_may},
    ui::{Empty, FindBox, Mark, Pager, Reading, Toasts, When, grouped},
};

#[component]
pub fn CustomersPage() -> impl IntoView {
    let Myself(me) = expect_context();
    let params = use_query_map();
    let query = Memo::new(move |_| params.with(query_of));
    // The answer carries its question: while the next one is on its way, the links on screen still fit the rows on screen.
    let answer = Resource::new_blocking(
        move || query.get(),
        |query| async move {
            let page = list_customers(query.clone()).await;
            (query, page)
        },
    );
    close_menus_by_themselves();
    expect_context::<Toasts>().follow_undone(move || answer.refetch());
    view! {
        <Title text="Customers"/>
        <div class="head">
            <h1>"Customers"</h1>
            <Transition>
                {move || {
                    let (_, page) = answer.get()?;
                    Some(view! { <span class="quiet num">{grouped(page.ok()?.all)}</span> })
                }}
            </Transition>
            <div class="right">
                <FindBox path="/customers" label="Find a customer" placeholder="Name, id, contact or email"
                    q=Signal::derive(move || query.with(|query| query.search.clone()))
                    kept=Signal::derive(move || query.with(beside_search))/>
                <a class="btn also" href="/groups">"Groups"</a>
                <a class="btn also" href="/users">"People"</a>
                <Transition>{move || i_may(Action::AddCustomer, Relation::None).then(|| view! { <AddCustomer/> })}</Transition>
            </div>
        </div>
        <Transition fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                let role = me.await.ok().map(|me| me.role);
                let (query, page) = answer.await;
                match page {
                    Ok(page) => view! { <List query page role/> }.into_any(),
                    Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn AddCustomer() -> impl IntoView {
    view! { <a class="btn main" href="/customers/new">"Add customer"</a> }
}

#[component]
fn List(query: CustomerQuery, page: CustomerPage, role: Option<Role>) -> impl IntoView {
    if page.all == 0 {
        let may_add = role.is_some_and(|role| may(role, Action::AddCustomer, Relation::None));
        return view! {
            <Empty title="No customers yet".to_owned() text="Customers stand here as soon as you add the first one.".to_owned()>
                {may_add.then(|| view! { <AddCustomer/> })}
            </Empty>
        }
        .into_any();
    }
    let href = {
        let query = query.clone();
        Callback::new(move |page: u32| address_of(&CustomerQuery { page, ..query.clone() }))
    };
    let body = if page.rows.is_empty() {
        Either::Left(view! { <NothingHere query=query.clone() matching=page.matching/> })
    } else {
        Either::Right(view! {
            <Table query=query.clone() rows=page.rows role/>
            <Pager page=page.page rows_per_page=PAGE_ROWS matching=page.matching href/>
        })
    };
    view! {
        <nav class="chips num" aria-label="Status">
            <StateChip query=query.clone() state=None label="All" count=page.all/>
            <StateChip query=query.clone() state=Some(State::Active) label=State::Active.label() count=page.active/>
            <StateChip query=query.clone() state=Some(State::Free) label=State::Free.label() count=page.free/>
            <StateChip query=query.clone() state=Some(State::Pending) label=State::Pending.label() count=page.pending/>
            <StateChip query state=Some(State::Inactive) label=State::Inactive.label() count=page.inactive/>
        </nav>
        {body}
    }
    .into_any()
}

/// No row is left: by the search, by the filter, or because the page is beyond the last one.
#[component]
fn NothingHere(query: CustomerQuery, matching: u32) -> impl IntoView {
    let (title, text, way, address) = if matching > 0 {
        let first = CustomerQuery { page: 1, ..query };
        ("No such page", "The list is shorter than that.".to_owned(), "Go to the first page", address_of(&first))
    } else if query.search.is_empty() {
        ("Nothing found", "No customer has this status.".to_owned(), "Show all customers", "/customers".to_owned())
    } else {
        let cleared = CustomerQuery { search: String::new(), page: 1, ..query.clone() };
        let among = query.state.map(|state| format!(" among the customers that are {}", state.label())).unwrap_or_default();
        ("Nothing found", format!("No customer matches \"{}\"{among}.", query.search), "Clear search", address_of(&cleared))
    };
    view! {
        <Empty title=title.to_owned() text>
            <a class="btn" href=address>{way}</a>
        </Empty>
    }
}

#[component]
fn StateChip(query: CustomerQuery, state: Option<State>, label: &'static str, count: u32) -> impl IntoView {
    let current = (query.state == state).then_some("true");
    let href = address_of(&CustomerQuery { state, page: 1, ..query });
    view! { <a class="chip" href=href aria-current=current>{label}" "<b>{grouped(count)}</b></a> }
}

#[component]
fn Table(query: CustomerQuery, rows: Vec<CustomerRow>, role: Option<Role>) -> impl IntoView {
    view! {
        <div class="tw customers-list">
            <table>
                <caption class="unseen">"Customers"</caption>
                <thead>
                    <tr>
                        <SortHead query=query.clone() sort=CustomerSort::Name label="Name" class=""/>
                        <SortHead query=query.clone() sort=CustomerSort::Email label="Email" class="email"/>
                        <SortHead query=query.clone() sort=CustomerSort::State label="Status" class=""/>
                        <SortHead query=query.clone() sort=CustomerSort::Monitors label="Monitors" class="r"/>
                        <th scope="col" class="r alerts">"Open alerts"</th>
                        <SortHead query=query.clone() sort=CustomerSort::Admins label="Admins" class="r admins"/>
                        <SortHead query=query.clone() sort=CustomerSort::Added label="Added" class="added"/>
                        <SortHead query sort=CustomerSort::Modified label="Modified" class="modified"/>
                        <th scope="col" class="r"><span class="unseen">"Actions"</span></th>
                    </tr>
                </thead>
                // Another answer's rows are other rows: they are drawn anew, so that no open menu moves to another customer.
                <tbody>{move || rows.iter().cloned().map(|row| view! { <Row row role/> }).collect_view()}</tbody>
            </table>
        </div>
    }
}

/// A column's head: a link that sorts by it, or turns the order round.
#[component]
fn SortHead(query: CustomerQuery, sort: CustomerSort, label: &'static str, class: &'static str) -> impl IntoView {
    let is_sorted = query.sort == sort;
    let order = is_sorted.then_some(if query.descending { "descending" } else { "ascending" });
    let href = address_of(&CustomerQuery { sort, descending: is_sorted && !query.descending, page: 1, ..query });
    view! { <th scope="col" class=class aria-sort=order><a href=href>{label}</a></th> }
}

#[component]
fn Row(row: CustomerRow, role: Option<Role>) -> impl IntoView {
    let offers = role.map(|role| offers(role, row.state, row.associated)).unwrap_or_default();
    let health = row.state.is_watched().then(|| row.counts.health().status());
    let alerts = row.counts.down + row.counts.trouble;
    view! {
        <tr>
            <th scope="row">
                <span class="name">
                    {match health {
                        Some(status) => Either::Left(view! { <Mark status label=true/> }),
                        None => Either::Right(view! { <span class="mark"></span> }),
                    }}
                    <a href=page_of(&row.id) title=row.name.clone()>{row.name.clone()}</a>
                    <ShortId id=row.id.clone()/>
                </span>
            </th>
            <td class="quiet email" title=row.email.clone()>{row.email.clone()}</td>
            <td><StatePill state=row.state/></td>
            <td class="r num"><a href=format!("/monitors?customer={}", row.id)>{grouped(row.monitors)}</a></td>
            <td class="r num alerts" class:quiet=alerts == 0 title=format!("{} down, {} trouble", row.counts.down, row.counts.trouble)>
                {grouped(alerts)}
            </td>
            <td class="r num quiet admins">{grouped(row.admins)}</td>
            <td class="num quiet added"><When at=row.added_at/></td>
            <td class="num quiet modified"><When at=row.modified_at/></td>
            <td class="r"><RowMenu label=format!("Actions for {}", row.name) customer=row.id offers/></td>
        </tr>
    }
}

/// The end of an id, which differs from customer to customer; the whole of it on hovering.
#[component]
fn ShortId(id: CustomerId) -> impl IntoView {
    let whole = id.to_string();
    let end = whole.get(whole.len() - 8..).unwrap_or_default().to_owned();
    view! { <small class="quiet num id" title=whole>{end}</small> }
}
