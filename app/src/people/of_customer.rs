//! The people of a customer's page: the MSP's staff, and how each stands to that customer (DOMAIN C3, C7).

use leptos::prelude::*;
use model::{
    CustomerId,
    people::{Tie, TieStep, TiedPerson},
};

use super::{ChangeTie, Standing, TieButtons, page_of, when_changed};
use crate::{
    answer::refusal_of,
    ui::{Banner, BannerKind},
};

/// Those who are associated or denied; the others can be chosen. `back` is the page that it stands on; `on_done` is run after each
/// change.
#[component]
pub fn PeopleOfCustomer(
    customer: CustomerId,
    people: Vec<TiedPerson>,
    may_manage: bool,
    back: String,
    on_done: Callback<()>,
) -> impl IntoView {
    let action = ServerAction::<ChangeTie>::new();
    when_changed(action, on_done);
    let refusal = refusal_of(Signal::from(action.value()));
    let (tied, others): (Vec<TiedPerson>, Vec<TiedPerson>) = people.into_iter().partition(|person| person.tie != Tie::default());
    let rows = tied
        .into_iter()
        .map(|person| view! { <Row person customer=customer.clone() back=back.clone() may_manage action/> })
        .collect_view();
    view! {
        {move || refusal.get().map(|refusal| view! { <Banner kind=BannerKind::Error>{refusal.to_string()}</Banner> })}
        <div class="tw">
            <table class="people">
                <caption class="unseen">"MSP users who are associated with this customer, or are denied it"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col" class="role">"Role"</th>
                        <th scope="col">"Access"</th>
                        <th scope="col"><span class="unseen">"Change"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        {may_manage.then(|| view! { <Others customer others back action/> })}
    }
}

#[component]
fn Row(
    person: TiedPerson,
    customer: CustomerId,
    back: String,
    may_manage: bool,
    action: ServerAction<ChangeTie>,
) -> impl IntoView {
    let TiedPerson { id, name, email, role, tie } = person;
    view! {
        <tr>
            <th scope="row"><span class="name"><a href=page_of(&id) title=email>{name.clone()}</a></span></th>
            <td class="quiet role">{role.label()}</td>
            <td><Standing tie/></td>
            <td class="r">{may_manage.then(|| view! { <TieButtons about=name customer user=id tie back action/> })}</td>
        </tr>
    }
}

/// Chooses one of the others: one form, whose button says what is done.
#[component]
fn Others(customer: CustomerId, others: Vec<TiedPerson>, back: String, action: ServerAction<ChangeTie>) -> impl IntoView {
    if others.is_empty() {
        return None;
    }
    let options = others
        .into_iter()
        .map(|person| view! { <option value=person.id.to_string()>{format!("{} ({})", person.name, person.role.label())}</option> })
        .collect_view();
    Some(view! {
        <ActionForm action=action attr:class="others">
            <input type="hidden" name="customer" value=customer.to_string()/>
            <input type="hidden" name="back" value=back/>
            <select name="user" aria-label="Another person">{options}</select>
            <button class="btn" type="submit" name="step" value=TieStep::Associate.key() disabled=action.pending()>"Associate"</button>
            <button class="btn danger" type="submit" name="step" value=TieStep::Deny.key() disabled=action.pending()>"Deny"</button>
        </ActionForm>
    })
}
