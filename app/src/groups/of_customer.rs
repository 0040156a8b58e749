//! The groups of a customer's page: which it is in, and for an MSP Admin the way in and out (DOMAIN C1, from the customer's side).

use leptos::prelude::*;
use model::{CustomerId, groups::GroupOfCustomer};

use super::{JoinGroup, LeaveGroup, page_of};
use crate::{
    answer::refusal_of,
    ui::{Banner, BannerKind, Glyph, Icon},
};

/// `on_done` is run after each change.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "a component owns what it is given")]
pub fn GroupsOfCustomer(
    customer: CustomerId,
    name: String,
    groups: Vec<GroupOfCustomer>,
    may_manage: bool,
    on_done: Callback<()>,
) -> impl IntoView {
    let join = ServerAction::<JoinGroup>::new();
    let leave = ServerAction::<LeaveGroup>::new();
    let answer = Signal::derive(move || join.value().get().or_else(|| leave.value().get()));
    Effect::new(move || {
        if let Some(Ok(_)) = answer.get() {
            on_done.run(());
        }
    });
    let refusal = refusal_of(answer);
    let (own, others): (Vec<GroupOfCustomer>, Vec<GroupOfCustomer>) = groups.into_iter().partition(|group| group.member);
    let is_in_none = own.is_empty();
    let of = customer.clone();
    let own = own
        .into_iter()
        .map(|group| view! { <Own group customer=of.clone() name=name.clone() may_manage join leave/> })
        .collect_view();
    view! {
        {move || refusal.get().map(|refusal| view! { <Banner kind=BannerKind::Error>{refusal.to_string()}</Banner> })}
        <div class="panel groups-of-customer">
            {if is_in_none {
                view! { <p class="quiet">"In no group."</p> }.into_any()
            } else {
                view! { <ul class="chosen">{own}</ul> }.into_any()
            }}
            {may_manage.then(|| view! { <Others customer others join/> })}
        </div>
    }
}

#[component]
fn Own(
    group: GroupOfCustomer,
    customer: CustomerId,
    name: String,
    may_manage: bool,
    join: ServerAction<JoinGroup>,
    leave: ServerAction<LeaveGroup>,
) -> impl IntoView {
    let label = format!("Take {name} out of {}", group.name);
    let link = view! { <a href=page_of(&group.id)>{group.name}</a> };
    view! {
        <li class="chip">
            {link}
            {may_manage.then(|| view! {
                <ActionForm action=leave on:submit=move |_| join.value().set(None)>
                    <input type="hidden" name="customer" value=customer.to_string()/>
                    <input type="hidden" name="group" value=group.id.to_string()/>
                    <button class="btn quiet small" type="submit" aria-label=label disabled=leave.pending()><Icon glyph=Glyph::Close/></button>
                </ActionForm>
            })}
        </li>
    }
}

#[component]
fn Others(customer: CustomerId, others: Vec<GroupOfCustomer>, join: ServerAction<JoinGroup>) -> impl IntoView {
    if others.is_empty() {
        return view! { <p class="more"><a href="/groups/new">"Add group"</a></p> }.into_any();
    }
    let options =
        others.into_iter().map(|group| view! { <option value=group.id.to_string()>{group.name}</option> }).collect_view();
    view! {
        <ActionForm action=join attr:class="others">
            <input type="hidden" name="customer" value=customer.to_string()/>
            <select name="group" aria-label="Another group">{options}</select>
            <button class="btn" type="submit" disabled=join.pending()>"Put into this group"</button>
        </ActionForm>
    }
    .into_any()
}
