//! One member of staff and the MSP's customers: searched, filtered and paged by the address alone.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{
    hooks::{use_params_map, use_query_map},
    params::ParamsMap,
};
use model::{
    customers::PAGE_ROWS,
    people::{StaffSheet, TiedCustomer, Ties, TiesQuery},
    roles::{Action, Relation, may},
};

use super::{ChangeTie, Standing, TieButtons, page_of, read_person, staff::LastSeen, when_changed};
use crate::{
    answer::refusal_of,
    failure::Failure,
    shell::{Myself, Refused},
    ui::{Banner, BannerKind, Empty, Pager, Reading, address, grouped},
};

fn query_of(params: &ParamsMap) -> TiesQuery {
    TiesQuery {
        search: params.get("q").unwrap_or_default(),
        ties: params.get_str("show").and_then(Ties::from_key).unwrap_or_default(),
        page: params.get_str("page").and_then(|page| page.parse().ok()).unwrap_or(1).max(1),
    }
}

fn address_of(page: &str, query: &TiesQuery) -> String {
    let number = if query.page > 1 { query.page.to_string() } else { String::new() };
    address(page, &[("q", &query.search), ("show", query.ties.key()), ("page", &number)])
}

#[component]
pub fn PersonPage() -> impl IntoView {
    let params = use_params_map();
    let user = Memo::new(move |_| params.with(|params| params.get("user").unwrap_or_default()));
    let asked = use_query_map();
    let query = Memo::new(move |_| asked.with(query_of));
    let sheet = Resource::new_blocking(
        move || (user.get(), query.get()),
        |(user, query)| async move {
            let sheet = read_person(user, query.clone()).await;
            (query, sheet)
        },
    );
    let action = ServerAction::<ChangeTie>::new();
    when_changed(action, Callback::new(move |()| sheet.refetch()));
    let refusal = refusal_of(Signal::from(action.value()));
    let Myself(me) = expect_context();
    view! {
        {move || refusal.get().map(|refusal| view! { <Banner kind=BannerKind::Error>{refusal.to_string()}</Banner> })}
        <Transition fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                let may_manage = me.await.is_ok_and(|me| may(me.role, Action::Administer, Relation::None));
                match sheet.await {
                    (query, Ok(sheet)) => view! { <Sheet query sheet may_manage action/> }.into_any(),
                    (_, Err(Failure(refusal))) => view! { <Title text="People"/><Refused refusal/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Sheet(query: TiesQuery, sheet: StaffSheet, may_manage: bool, action: ServerAction<ChangeTie>) -> impl IntoView {
    let StaffSheet { person, customers, matching, page } = sheet;
    let own = page_of(&person.id);
    let href = {
        let (own, query) = (own.clone(), query.clone());
        Callback::new(move |page: u32| address_of(&own, &TiesQuery { page, ..query.clone() }))
    };
    let back = address_of(&own, &TiesQuery { page, ..query.clone() });
    let rows = customers
        .into_iter()
        .map(|customer| view! { <Row customer user=person.id.clone() name=person.name.clone() back=back.clone() may_manage action/> })
        .collect_view();
    let list = if matching == 0 {
        view! { <Empty title="No customer here" text="Nothing matches this search and this filter."/> }.into_any()
    } else {
        view! {
            <div class="tw">
                <table class="person">
                    <caption class="unseen">"Customers and how this person stands to each"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Customer"</th>
                            <th scope="col" class="account">"Account"</th>
                            <th scope="col">"Access"</th>
                            <th scope="col"><span class="unseen">"Change"</span></th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <Pager page rows_per_page=PAGE_ROWS matching href/>
        }
        .into_any()
    };
    view! {
        <Title text=person.name.clone()/>
        <nav class="crumbs" aria-label="Where you are"><a href="/users">"People"</a></nav>
        <div class="head">
            <h1>{person.name.clone()}</h1>
            <span class="pill">{person.role.label()}</span>
            <span class="quiet">{person.email.clone()}</span>
            <span class="quiet">"Last seen: "<LastSeen at=person.last_seen_at/></span>
            <div class="right"><Find own=own.clone() query=query.clone()/></div>
        </div>
        <nav class="chips num" aria-label="Access">
            <Chip own=own.clone() query=query.clone() ties=Ties::All label="All customers"/>
            <Chip own=own.clone() query=query.clone() ties=Ties::Associated label="Associated" count=person.associations/>
            <Chip own query ties=Ties::Denied label="Denied" count=person.denials/>
        </nav>
        {list}
    }
}

/// A form of its own: the address of this page is not known when the program is built.
#[component]
fn Find(own: String, query: TiesQuery) -> impl IntoView {
    view! {
        <form method="get" action=own class="field find" role="search">
            <crate::ui::Icon glyph=crate::ui::Glyph::Search/>
            <input type="search" name="q" value=query.search placeholder="Find a customer" aria-label="Find a customer" maxlength="100" autocomplete="off"/>
            {(query.ties != Ties::All).then(|| view! { <input type="hidden" name="show" value=query.ties.key()/> })}
        </form>
    }
}

#[component]
fn Chip(own: String, query: TiesQuery, ties: Ties, label: &'static str, #[prop(optional)] count: Option<u32>) -> impl IntoView {
    let current = (query.ties == ties).then_some("true");
    let href = address_of(&own, &TiesQuery { ties, page: 1, ..query });
    view! { <a class="chip" href=href aria-current=current>{label}{count.map(|count| view! { " "<b>{grouped(count)}</b> })}</a> }
}

#[component]
fn Row(
    customer: TiedCustomer,
    user: model::UserId,
    name: String,
    back: String,
    may_manage: bool,
    action: ServerAction<ChangeTie>,
) -> impl IntoView {
    let TiedCustomer { id, name: company, state, tie } = customer;
    let about = format!("{name} and {company}");
    view! {
        <tr>
            <th scope="row"><span class="name"><a href=format!("/customers/{id}") title=company.clone()>{company.clone()}</a></span></th>
            <td class="quiet account">{state.label()}</td>
            <td><Standing tie/></td>
            <td class="r">{may_manage.then(|| view! { <TieButtons about customer=id user tie back action/> })}</td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c3_the_address_holds_the_whole_query() {
        let pairs = [("q", "a&b".to_owned()), ("show", "denied".to_owned()), ("page", "2".to_owned())];
        let query = query_of(&pairs.into_iter().collect());
        assert_eq!(query, TiesQuery { search: "a&b".into(), ties: Ties::Denied, page: 2 });
        assert_eq!(address_of("/users/x", &query), "/users/x?q=a%26b&show=denied&page=2");
        assert_eq!(address_of("/users/x", &TiesQuery { page: 1, ..TiesQuery::default() }), "/users/x");
    }
}
