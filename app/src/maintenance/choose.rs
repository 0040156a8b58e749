//! Whose maintenance is planned: a window belongs to one customer, so that is asked first.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{components::A, hooks::use_query_map};
use model::CustomerId;

use crate::{
    failure::Failure,
    reading::read_blocking,
    shell::Refused,
    ui::{Empty, FindBox, Glyph, Icon, Reading},
};

/// The customers that the person may plan maintenance for: the first that the search finds.
#[server(prefix = "/fn", endpoint = "maintenance-customers")]
pub async fn read_choices(search: String) -> Result<Vec<(CustomerId, String)>, Failure> {
    let actor = crate::caller::actor()?;
    Ok(crate::caller::handles().store.maintenance_customers(&actor, &search).await?)
}

#[component]
pub fn MaintenanceChoosePage() -> impl IntoView {
    let query = use_query_map();
    let q = Memo::new(move |_| query.with(|query| query.get("q").unwrap_or_default()));
    let choices = read_blocking(move || q.get(), read_choices);
    view! {
        <Title text="Plan maintenance"/>
        <nav class="crumbs" aria-label="Where this is"><A href="/maintenance">"Maintenance"</A></nav>
        <div class="head"><h1>"Plan maintenance"</h1></div>
        <div class="panel choose-customer">
            <p>"For which customer?"</p>
            <FindBox path="/maintenance/new" label="Customer" q=q kept=Signal::derive(Vec::new)/>
            <Transition fallback=|| view! { <Reading/> }>
                {move || Suspend::new(async move {
                    match choices.await {
                        Ok(choices) if choices.is_empty() => view! {
                            <Empty title="No customer here" text="Maintenance is planned for customers that you are associated with. Search for another, or open one to associate yourself."/>
                        }.into_any(),
                        Ok(choices) => view! { <Choices choices/> }.into_any(),
                        Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                    }
                })}
            </Transition>
        </div>
    }
}

#[component]
fn Choices(choices: Vec<(CustomerId, String)>) -> impl IntoView {
    let lines = choices
        .into_iter()
        .map(|(id, name)| view! { <li><A href=format!("/customers/{id}/maintenance/new")>{name}<Icon glyph=Glyph::ChevronRight/></A></li> })
        .collect_view();
    view! { <ul class="choices">{lines}</ul> }
}
