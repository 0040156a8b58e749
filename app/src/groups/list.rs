//! The list of groups.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{
    groups::GroupRow,
    roles::{Action, Relation},
};

use super::{list_groups, page_of};
use crate::{
    failure::Failure,
    reading::read_blocking,
    shell::{Refused, i_may},
    ui::{Empty, Glyph, Icon, Reading, address, grouped},
};

#[component]
pub fn GroupsPage() -> impl IntoView {
    let groups = read_blocking(|| (), |()| list_groups());
    view! {
        <Title text="Customer groups"/>
        <div class="head">
            <h1>"Customer groups"</h1>
            <div class="right">
                <Transition>{move || i_may(Action::Administer, Relation::None).then(|| view! { <AddGroup/> })}</Transition>
            </div>
        </div>
        <Transition fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                match groups.await {
                    Ok(groups) => view! { <Groups groups/> }.into_any(),
                    Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn AddGroup() -> impl IntoView {
    view! { <a class="btn main" href="/groups/new"><Icon glyph=Glyph::Plus/>"Add group"</a> }
}

#[component]
fn Groups(groups: Vec<GroupRow>) -> impl IntoView {
    if groups.is_empty() {
        return view! {
            <Empty title="No groups yet" text="A group puts customers under one name, to see them together on Home."/>
        }
        .into_any();
    }
    view! {
        <div class="tw">
            <table class="groups">
                <caption class="unseen">"Customer groups"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col" class="r">"Customers"</th>
                        <th scope="col" class="r">"Users"</th>
                        <th scope="col"><span class="unseen">"On Home"</span></th>
                    </tr>
                </thead>
                <tbody>{groups.into_iter().map(|group| view! { <Row group/> }).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

#[component]
fn Row(group: GroupRow) -> impl IntoView {
    let home = address("/", &[("group", &group.id.to_string())]);
    view! {
        <tr>
            <th scope="row"><span class="name"><a href=page_of(&group.id) title=group.name.clone()>{group.name.clone()}</a></span></th>
            <td class="r num">{grouped(group.customers)}</td>
            <td class="r num">{grouped(group.users)}</td>
            <td class="r">{(group.customers > 0).then(|| view! { <a class="btn small" href=home aria-label=format!("Health of {}", group.name)>"Health"</a> })}</td>
        </tr>
    }
}
