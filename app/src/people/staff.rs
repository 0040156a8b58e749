//! The list of the MSP's staff.

use leptos::prelude::*;
use leptos_meta::Title;
use model::people::StaffRow;

use super::{Staff, page_of, read_staff};
use crate::{
    failure::Failure,
    invitations::Invitations,
    reading::read_blocking,
    shell::Refused,
    ui::{Ago, Glyph, Icon, Reading, grouped},
};

#[component]
pub fn StaffPage() -> impl IntoView {
    let staff = read_blocking(|| (), |()| read_staff());
    let again = Callback::new(move |()| staff.refetch());
    view! {
        <Title text="People"/>
        <Transition fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                match staff.await {
                    Ok(staff) => view! { <Shown staff again/> }.into_any(),
                    Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Shown(staff: Staff, again: Callback<()>) -> impl IntoView {
    let Staff { rows, invitations } = staff;
    let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let may_manage = invitations.is_some();
    view! {
        <div class="head">
            <h1>"People"</h1>
            <span class="quiet num">{grouped(count)}</span>
            <div class="right">
                {may_manage.then(|| view! { <a class="btn main" href="/users/invite"><Icon glyph=Glyph::Plus/>"Invite"</a> })}
            </div>
        </div>
        <div class="tw">
            <table class="staff">
                <caption class="unseen">"MSP users"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col" class="email">"Email"</th>
                        <th scope="col">"Role"</th>
                        <th scope="col" class="r">"Associated"</th>
                        <th scope="col" class="r">"Denied"</th>
                        <th scope="col" class="seen">"Last seen"</th>
                    </tr>
                </thead>
                <tbody>{rows.into_iter().map(|person| view! { <Person person/> }).collect_view()}</tbody>
            </table>
        </div>
        {invitations.map(|rows| view! {
            <section aria-labelledby="invitations">
                <h2 id="invitations">"Invitations"</h2>
                <Invitations rows back="/users".to_owned() on_done=again/>
            </section>
        })}
    }
}

#[component]
fn Person(person: StaffRow) -> impl IntoView {
    let page = page_of(&person.id);
    view! {
        <tr>
            <th scope="row"><span class="name"><a href=page.clone() title=person.name.clone()>{person.name.clone()}</a></span></th>
            <td class="quiet email" title=person.email.clone()>{person.email.clone()}</td>
            <td>{person.role.label()}</td>
            <td class="r num"><a href=format!("{page}?show=associated")>{grouped(person.associations)}</a></td>
            <td class="r num" class:quiet=person.denials == 0><a href=format!("{page}?show=denied")>{grouped(person.denials)}</a></td>
            <td class="quiet num seen"><LastSeen at=person.last_seen_at/></td>
        </tr>
    }
}

/// When somebody was last here.
#[component]
pub(super) fn LastSeen(at: i64) -> impl IntoView {
    if at > 0 { view! { <Ago at/> }.into_any() } else { "Never".into_any() }
}
