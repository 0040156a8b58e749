//! The customer list (DOMAIN A1, A2): searched, filtered by state, sorted and paged by the address alone.

use leptos::{either::Either, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::{
    CustomerId, Refusal,
    customers::{CustomerPage, CustomerQuery, CustomerRow, CustomerSort, PAGE_ROWS, export::AT_ONCE_MOST, filter::FilterInput},
    lifecycle::State,
    roles::{Action, Relation, Role, may},
    users::Me,
};

use super::{
    StatePill,
    address::{address_of, beside_search, csv_of, query_of},
    calls::list_customers,
    columns::{ChooseColumns, Columns},
    filter::{FilterChips, Filters},
    held::HeldPage,
    menu::{RowMenu, close_menus_by_themselves},
    offers::offers,
    page_of,
    ticks::{Tick, TickAll, Ticked, Ticks},
    waiting::WaitingTab,
};
use crate::{
    failure::Failure,
    reading::read_blocking,
    shell::{Myself, Refused, i_may},
    ui::{
        Asked, Download, DownloadProgress, Downloading, Empty, FindBox, Glyph, Icon, Mailed, Mark, Pager, Reading, Toasts, When,
        grouped,
    },
};

/// In the address once the list was asked for as CSV and is emailed.
pub(super) const MAILED: &str = "mailed";

#[component]
pub fn CustomersPage() -> impl IntoView {
    let Myself(me) = expect_context();
    let params = use_query_map();
    let query = Memo::new(move |_| params.with(query_of));
    // The answer carries its question: while the next one is on its way, the links on screen still fit the rows on screen.
    let answer = read_blocking(
        move || query.get(),
        |query| async move {
            let page = list_customers(query.clone()).await;
            (query, page)
        },
    );
    let mailed = move || params.with(|params| params.get_str(MAILED).is_some()).then(|| view! { <Mailed/> });
    let columns = Columns::remembered();
    let downloading = Downloading::new();
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
        {mailed}
        <DownloadProgress downloading/>
        <Filters query/>
        <Transition fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                let me = me.await.ok();
                let (query, page) = answer.await;
                match page {
                    Ok(page) => view! { <List query page me columns downloading/> }.into_any(),
                    Err(Failure(Refusal::Invalid(_))) => view! { <NotLikeThis query/> }.into_any(),
                    Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn AddCustomer() -> impl IntoView {
    view! {
        <a class="btn" href="/customers/import">"Import"</a>
        <a class="btn main" href="/customers/new">"Add customer"</a>
    }
}

/// The filters of the address cannot be applied: what is wrong stands at them.
#[component]
fn NotLikeThis(query: CustomerQuery) -> impl IntoView {
    view! {
        <FilterChips query/>
        <Empty title="These filters cannot be applied" text="Please look at the fields above."/>
    }
}

#[component]
fn List(query: CustomerQuery, page: CustomerPage, me: Option<Me>, columns: Columns, downloading: Downloading) -> impl IntoView {
    let role = me.as_ref().map(|me| me.role);
    if page.all == 0 {
        let may_add = role.is_some_and(|role| may(role, Action::AddCustomer, Relation::None));
        return view! {
            <Empty title="No customers yet".to_owned() text="Customers stand here as soon as you add the first one.".to_owned()>
                {may_add.then(|| view! { <AddCustomer/><WaitingTab/> })}
            </Empty>
        }
        .into_any();
    }
    let href = {
        let query = query.clone();
        Callback::new(move |page: u32| address_of(&CustomerQuery { page, ..query.clone() }))
    };
    let ticks = Ticks::of(me.as_ref().map(|me| &me.id));
    let csv = Asked { address: csv_of(&query), file: "customers.csv", body: None };
    let matching = page.matching;
    let narrowed = query.is_narrowed() || query.state.is_some();
    let body = if page.rows.is_empty() {
        Either::Left(view! { <NothingHere query=query.clone() matching=page.matching/> })
    } else {
        Either::Right(view! {
            <Table query=query.clone() rows=page.rows role columns ticks/>
            <Pager page=page.page rows_per_page=PAGE_ROWS matching=page.matching href/>
        })
    };
    view! {
        <div class="tools">
        <nav class="chips num" aria-label="Status">
            <StateChip query=query.clone() state=None label="All" count=page.all/>
            <StateChip query=query.clone() state=Some(State::Active) label=State::Active.label() count=page.active/>
            <StateChip query=query.clone() state=Some(State::Free) label=State::Free.label() count=page.free/>
            <StateChip query=query.clone() state=Some(State::Pending) label=State::Pending.label() count=page.pending/>
            <StateChip query=query.clone() state=Some(State::Inactive) label=State::Inactive.label() count=page.inactive/>
            {role.is_some_and(|role| may(role, Action::AddCustomer, Relation::None)).then(|| view! { <WaitingTab/> })}
        </nav>
            <div class="right">
                <Ticked ticks downloading/>
                <ChooseColumns columns query=query.clone()/>
                {if matching > AT_ONCE_MOST {
                    Either::Left(view! { <ByMail downloading address=csv.address/> })
                } else {
                    let label = if narrowed { "CSV of these" } else { "CSV" };
                    Either::Right(view! { <Download downloading asked=Signal::stored(csv) label/> })
                }}
            </div>
        </div>
        <FilterChips query/>
        {body}
    }
    .into_any()
}

/// What is too long to be given at once: a link to it is emailed.
#[component]
fn ByMail(downloading: Downloading, address: String) -> impl IntoView {
    let asked = Asked { address: address.clone(), file: "customers.csv", body: Some("mail=yes".into()) };
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !downloading.is_running() {
            downloading.start(asked.clone());
        }
    };
    view! {
        <form method="post" action=address on:submit=send>
            <input type="hidden" name="mail" value="yes"/>
            <button type="submit" class="btn"><Icon glyph=Glyph::Download/>"CSV by email"</button>
        </form>
    }
}

/// No row is left: by the search, by the filter, or because the page is beyond the last one.
#[component]
fn NothingHere(query: CustomerQuery, matching: u32) -> impl IntoView {
    let (title, text, way, address) = if matching > 0 {
        let first = CustomerQuery { page: 1, ..query };
        ("No such page", "The list is shorter than that.".to_owned(), "Go to the first page", address_of(&first))
    } else if !query.filter.is_empty() {
        let cleared = CustomerQuery { filter: FilterInput::default(), page: 1, ..query };
        ("Nothing found", "No customer is left by these filters.".to_owned(), "Clear all filters", address_of(&cleared))
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
fn Table(query: CustomerQuery, rows: Vec<CustomerRow>, role: Option<Role>, columns: Columns, ticks: Ticks) -> impl IntoView {
    let ids = rows.iter().map(|row| row.id.clone()).collect();
    view! {
        <div class=move || columns.class()>
            <table>
                <caption class="unseen">"Customers"</caption>
                <thead>
                    <tr>
                        <TickAll ticks ids/>
                        <SortHead query=query.clone() sort=CustomerSort::Name label="Name" class=""/>
                        <SortHead query=query.clone() sort=CustomerSort::Email label="Email" class="email"/>
                        <SortHead query=query.clone() sort=CustomerSort::State label="Status" class="state"/>
                        <SortHead query=query.clone() sort=CustomerSort::Services label="Services" class="r services"/>
                        <SortHead query=query.clone() sort=CustomerSort::Monitors label="Monitors" class="r monitors"/>
                        <th scope="col" class="r alerts">"Open alerts"</th>
                        <SortHead query=query.clone() sort=CustomerSort::Admins label="MSP Admins" class="r admins"/>
                        <SortHead query=query.clone() sort=CustomerSort::Added label="Added" class="added"/>
                        <SortHead query sort=CustomerSort::Modified label="Modified" class="modified"/>
                        <th scope="col" class="r"><span class="unseen">"Actions"</span></th>
                    </tr>
                </thead>
                // Another answer's rows are other rows: they are drawn anew, so that no open menu moves to another customer.
                <tbody>{move || rows.iter().cloned().map(|row| view! { <Row row role ticks/> }).collect_view()}</tbody>
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
fn Row(row: CustomerRow, role: Option<Role>, ticks: Ticks) -> impl IntoView {
    let offers = role.map(|role| offers(role, row.state, row.associated)).unwrap_or_default();
    let health = row.state.is_watched().then(|| row.counts.health().status());
    let alerts = row.counts.down + row.counts.trouble;
    let services = grouped(row.services);
    // Who is not associated cannot open them.
    let services = if row.associated {
        Either::Left(view! { <a href=HeldPage::Services.path(&row.id)>{services}</a> })
    } else {
        Either::Right(services)
    };
    view! {
        <tr>
            <Tick ticks id=row.id.clone() label=format!("Tick {}", row.name)/>
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
            <td class="state"><StatePill state=row.state/></td>
            <td class="r num services">{services}</td>
            <td class="r num monitors"><a href=format!("/monitors?customer={}", row.id)>{grouped(row.monitors)}</a></td>
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
