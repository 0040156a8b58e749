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
    roles::{Action, Relation, Role, may},
};

use super::{ChangeRole, ChangeTie, RemoveUser, Standing, TieButtons, page_of, read_person, staff::LastSeen, when_changed};
use crate::{
    answer::{follow, refusal_of},
    failure::Failure,
    reading::read_blocking,
    shell::{Myself, Refused},
    ui::{Banner, BannerKind, Empty, Glyph, Icon, Pager, Reading, address, grouped},
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
    let sheet = read_blocking(
        move || (user.get(), query.get()),
        |(user, query)| async move {
            let sheet = read_person(user, query.clone()).await;
            (query, sheet)
        },
    );
    let action = ServerAction::<ChangeTie>::new();
    when_changed(action, Callback::new(move |()| sheet.refetch()));
    let managing = Managing { role: ServerAction::new(), remove: ServerAction::new() };
    follow(Signal::from(managing.remove.value()));
    Effect::new(move || {
        if let Some(Ok(_)) = managing.role.value().get() {
            sheet.refetch();
        }
    });
    let refusals = [
        refusal_of(Signal::from(action.value())),
        refusal_of(Signal::from(managing.role.value())),
        refusal_of(Signal::from(managing.remove.value())),
    ];
    let refusal = move || refusals.iter().find_map(|refusal| refusal.get());
    let Myself(me) = expect_context();
    view! {
        {move || refusal().map(|refusal| view! { <Banner kind=BannerKind::Error>{refusal.to_string()}</Banner> })}
        <Transition fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                let me = me.await.ok();
                let may_manage = me.as_ref().is_some_and(|me| may(me.role, Action::Administer, Relation::None));
                match sheet.await {
                    (query, Ok(sheet)) => {
                        // Never oneself: another MSP Admin would have to.
                        let is_other = me.is_some_and(|me| me.id != sheet.person.id);
                        let managing = (may_manage && is_other).then_some(managing);
                        view! { <Sheet query sheet may_manage action managing/> }.into_any()
                    }
                    (_, Err(Failure(refusal))) => view! { <Title text="People"/><Refused refusal/> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// What an MSP Admin does to somebody else.
#[derive(Clone, Copy)]
struct Managing {
    role: ServerAction<ChangeRole>,
    remove: ServerAction<RemoveUser>,
}

#[component]
fn Sheet(
    query: TiesQuery,
    sheet: StaffSheet,
    may_manage: bool,
    action: ServerAction<ChangeTie>,
    managing: Option<Managing>,
) -> impl IntoView {
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
            <div class="right">
                <Find own=own.clone() query=query.clone()/>
                {managing.map(|managing| view! { <Manage user=person.id.clone() name=person.name.clone() role=person.role managing/> })}
            </div>
        </div>
        <nav class="chips num" aria-label="Access">
            <Chip own=own.clone() query=query.clone() ties=Ties::All label="All customers"/>
            <Chip own=own.clone() query=query.clone() ties=Ties::Associated label="Associated" count=person.associations/>
            <Chip own query ties=Ties::Denied label="Denied" count=person.denials/>
        </nav>
        {list}
    }
}

/// The other role, and the way out. Each is said before it is done.
#[component]
fn Manage(user: model::UserId, name: String, role: Role, managing: Managing) -> impl IntoView {
    let (other, means) = match role {
        Role::Admin | Role::Customer | Role::SuperAdmin => (
            Role::Operator,
            " then sees customers and cards, works on the customers that they are associated with, and manages nothing else.",
        ),
        Role::Operator => (Role::Admin, " then manages everything in the MSP: customers, people and settings."),
    };
    let make = format!("Make {}", other.label());
    let user = user.to_string();
    let same = user.clone();
    view! {
        <details class="menu confirm">
            <summary class="btn">{make.clone()}</summary>
            <div>
                <p><b>{name.clone()}</b>{means}</p>
                <ActionForm action=managing.role>
                    <input type="hidden" name="user" value=user/>
                    <input type="hidden" name="role" value=other.key()/>
                    <button class="btn main" type="submit" disabled=managing.role.pending()>{make}" now"</button>
                </ActionForm>
            </div>
        </details>
        <details class="menu confirm">
            <summary class="btn"><Icon glyph=Glyph::Trash/>"Remove"</summary>
            <div>
                <p><b>{name}</b>" is signed out at once and cannot sign in any more. Their associations go; what they did stays in the audit trail. This cannot be undone."</p>
                <ActionForm action=managing.remove>
                    <input type="hidden" name="user" value=same/>
                    <input type="hidden" name="back" value="/users"/>
                    <button class="btn main danger" type="submit" disabled=managing.remove.pending()>"Remove this person"</button>
                </ActionForm>
            </div>
        </details>
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
