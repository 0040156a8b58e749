//! The list of maintenance windows: what is open first, then what comes; or what is over.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{components::A, hooks::use_query_map, params::ParamsMap};
use model::{
    customers::PAGE_ROWS,
    maintenance::{Phase, Rule, WindowPage, WindowRow},
    roles::{Action, Relation},
};

use super::{Doing, EndNow, Times, scope_words};
use crate::{
    failure::Failure,
    reading::read_blocking,
    shell::{Refused, i_may},
    ui::{Banner, BannerKind, Empty, Glyph, Icon, Pager, Reading, address, grouped},
};

/// Reads one page of the list. `customer` is an id; empty means all.
#[server(prefix = "/fn", endpoint = "maintenance")]
pub async fn read_windows(customer: String, over: bool, page: u32) -> Result<WindowPage, Failure> {
    use model::maintenance::WindowQuery;
    let actor = crate::caller::actor()?;
    let customer = if customer.is_empty() { None } else { Some(crate::caller::id(&customer)?) };
    let query = WindowQuery { customer, over, page: page.max(1), ..WindowQuery::default() };
    Ok(crate::caller::handles().store.windows(&actor, &query).await?)
}

/// What the address asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Asked {
    customer: String,
    over: bool,
    page: u32,
}

impl Asked {
    fn read(query: &ParamsMap) -> Self {
        Self {
            customer: query.get("customer").unwrap_or_default(),
            over: query.get("show").as_deref() == Some("over"),
            page: query.get("page").and_then(|page| page.parse().ok()).unwrap_or(1).max(1),
        }
    }

    fn href(&self) -> String {
        let page = if self.page > 1 { self.page.to_string() } else { String::new() };
        let show = if self.over { "over" } else { "" };
        address("/maintenance", &[("customer", &self.customer), ("show", show), ("page", &page)])
    }

    fn with_over(&self, over: bool) -> String {
        Self { over, page: 1, ..self.clone() }.href()
    }
}

#[component]
pub fn MaintenancePage() -> impl IntoView {
    let query = use_query_map();
    let asked = Memo::new(move |_| query.with(Asked::read));
    let list = read_blocking(move || asked.get(), |asked| read_windows(asked.customer, asked.over, asked.page));
    let doing = Doing::new(Callback::new(move |()| list.refetch()));
    view! {
        <Title text="Maintenance"/>
        <div class="head">
            <h1>"Maintenance"</h1>
            <div class="right">
                <Suspense>
                    {move || i_may(Action::ManageMaintenance, Relation::Associated).then(|| view! {
                        <A href="/maintenance/new" attr:class="btn main"><Icon glyph=Glyph::Plus/>"Plan maintenance"</A>
                    })}
                </Suspense>
            </div>
        </div>
        {move || doing.refusal().map(|refusal| view! { <Banner kind=BannerKind::Error>{refusal.to_string()}</Banner> })}
        <Transition fallback=|| view! { <Reading/> }>
            {move || {
                let asked = asked.get();
                Suspend::new(async move {
                    match list.await {
                        Ok(page) => view! { <Found page asked doing/> }.into_any(),
                        Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}

/// Chips, rows and pager.
#[component]
fn Found(page: WindowPage, asked: Asked, doing: Doing) -> impl IntoView {
    let WindowPage { rows, matching, page, open, coming, over } = page;
    let content = if rows.is_empty() {
        let (title, text) = if asked.over {
            ("Nothing is over yet", "What was maintained stands here afterwards.")
        } else {
            (
                "No maintenance is planned",
                "While a window is open its monitors are in Maintenance: no outage begins, and nobody is called.",
            )
        };
        view! { <Empty title text/> }.into_any()
    } else {
        let shown = asked.clone();
        view! {
            <Rows rows doing back=asked.href()/>
            <Pager page rows_per_page=PAGE_ROWS matching href=Callback::new(move |page| Asked { page, ..shown.clone() }.href())/>
        }
        .into_any()
    };
    let of_customer = (!asked.customer.is_empty()).then(|| {
        let all = Asked { customer: String::new(), page: 1, ..asked.clone() }.href();
        view! { <a class="chip filter" aria-current="true" href=all>"Of one customer"<Icon glyph=Glyph::Close/></a> }
    });
    let current = |is: bool| is.then_some("true");
    view! {
        <nav class="chips num" aria-label="Filters">
            <a class="chip" href=asked.with_over(false) aria-current=current(!asked.over)>
                "Open "<b>{grouped(open)}</b>", coming "<b>{grouped(coming)}</b>
            </a>
            <a class="chip" href=asked.with_over(true) aria-current=current(asked.over)>"Over "<b>{grouped(over)}</b></a>
            {of_customer}
        </nav>
        {content}
    }
}

#[component]
fn Rows(rows: Vec<WindowRow>, doing: Doing, back: String) -> impl IntoView {
    let rows = rows.into_iter().map(|window| view! { <Row window doing back=back.clone()/> }).collect_view();
    view! {
        <div class="tw">
            <table class="list windows-list">
                <caption class="unseen">"Maintenance windows"</caption>
                <thead>
                    <tr>
                        <th scope="col">"State"</th>
                        <th scope="col">"Name"</th>
                        <th scope="col">"Customer"</th>
                        <th scope="col">"Monitors"</th>
                        <th scope="col">"Rule"</th>
                        <th scope="col">"Open"</th>
                        <th scope="col"><span class="unseen">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

#[component]
fn Row(window: WindowRow, doing: Doing, back: String) -> impl IntoView {
    let class = if window.phase == Phase::Open { "pill a" } else { "pill" };
    let edit = format!("/maintenance/{}", window.id);
    let may_edit = window.may_manage && !matches!(window.rule, Rule::AtOnce { .. });
    let name = window.name.clone();
    let name = if may_edit { view! { <A href=edit>{name}</A> }.into_any() } else { name.into_any() };
    let owner = window.customer_name.clone();
    view! {
        <tr>
            <td><span class=class>{window.phase.label()}</span></td>
            <th scope="row">{name}</th>
            <td><A href=format!("/customers/{}", window.customer)>{owner}</A></td>
            <td class="quiet">{scope_words(window.monitors)}</td>
            <td class="quiet">{window.rule.words()}</td>
            <td class="times"><Times window=window.clone()/></td>
            <td class="do">
                <EndNow window=window.clone() doing back/>
                {window.may_manage.then(|| view! { <Delete window doing/> })}
            </td>
        </tr>
    }
}

#[component]
fn Delete(window: WindowRow, doing: Doing) -> impl IntoView {
    let label = format!("Delete {}", window.name);
    view! {
        <details class="menu confirm" name="window-menu">
            <summary class="btn quiet small" title=label.clone() aria-label=label><Icon glyph=Glyph::Trash/></summary>
            <div>
                <p>"Deleting "<b>{window.name}</b>" ends it where it is open. Its monitors' history stays."</p>
                <ActionForm action=doing.delete on:submit=move |_| doing.forget()>
                    <input type="hidden" name="window" value=window.id.to_string()/>
                    <button class="btn main danger" type="submit" disabled=move || doing.pending()>"Delete this window"</button>
                </ActionForm>
            </div>
        </details>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g2_the_address_is_the_only_state() {
        let mut query = ParamsMap::new();
        query.insert("customer", "cus_1".into());
        query.insert("show", "over".into());
        query.insert("page", "3".into());
        let asked = Asked::read(&query);
        assert_eq!(asked.href(), "/maintenance?customer=cus_1&show=over&page=3");
        assert_eq!(asked.with_over(false), "/maintenance?customer=cus_1");
    }
}
