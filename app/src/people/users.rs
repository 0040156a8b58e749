//! A customer's users page (DOMAIN C3): the MSP's staff and how each stands to it, its own people, and who is invited.

use leptos::{either::Either, prelude::*};
use leptos_meta::Title;
use model::{Refusal, invitations::CustomerUser};

use super::{PeopleOfCustomer, RemoveUser, UsersOfCustomer, read_users_of_customer, staff::LastSeen};
use crate::{
    answer::refusal_of,
    customers::{NotYours, customer_in_path},
    failure::Failure,
    invitations::Invitations,
    reading::read_blocking,
    shell::Refused,
    ui::{Banner, BannerKind, Glyph, Icon, Reading},
};

#[component]
pub fn UsersOfCustomerPage() -> impl IntoView {
    let customer = customer_in_path();
    let sheet = read_blocking(move || customer.get(), read_users_of_customer);
    let again = Callback::new(move |()| sheet.refetch());
    let remove = ServerAction::<RemoveUser>::new();
    Effect::new(move || {
        if let Some(Ok(_)) = remove.value().get() {
            again.run(());
        }
    });
    let refusal = refusal_of(Signal::from(remove.value()));
    view! {
        {move || refusal.get().map(|refusal| view! { <Banner kind=BannerKind::Error>{refusal.to_string()}</Banner> })}
        <Transition fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                match sheet.await {
                    Ok(sheet) => view! { <Sheet sheet remove again/> }.into_any(),
                    Err(Failure(Refusal::NotAssociated { customer, name, may_associate })) => {
                        view! { <NotYours customer name may_associate on_done=again/> }.into_any()
                    }
                    Err(Failure(refusal)) => view! { <Title text="Users"/><Refused refusal/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Sheet(sheet: UsersOfCustomer, remove: ServerAction<RemoveUser>, again: Callback<()>) -> impl IntoView {
    let UsersOfCustomer { customer, name, staff, users, invitations, may_manage, may_invite } = sheet;
    let page = format!("/customers/{customer}");
    let own = format!("{page}/users");
    let invite = format!("{own}/invite");
    let title = format!("Users of {name}");
    let users = if users.is_empty() {
        Either::Left(view! { <p class="panel quiet">"Nobody of this customer can sign in yet."</p> })
    } else {
        Either::Right(view! { <CustomerUsers users back=own.clone() may_manage remove/> })
    };
    view! {
        <Title text=title/>
        <nav class="crumbs" aria-label="Where you are"><a href="/customers">"Customers"</a><a href=page>{name.clone()}</a></nav>
        <div class="head">
            <h1>"Users"</h1>
            <span class="quiet">{name}</span>
            <div class="right">
                {may_invite.then(|| view! { <a class="btn main" href=invite><Icon glyph=Glyph::Plus/>"Invite"</a> })}
            </div>
        </div>
        <section aria-labelledby="customer-users">
            <h2 id="customer-users">"Customer users"</h2>
            {users}
        </section>
        {may_manage.then(|| view! {
            <section aria-labelledby="invitations">
                <h2 id="invitations">"Invitations"</h2>
                <Invitations rows=invitations back=own.clone() on_done=again/>
            </section>
        })}
        <section aria-labelledby="msp-users">
            <h2 id="msp-users">"MSP users"</h2>
            <PeopleOfCustomer customer people=staff may_manage back=own on_done=again/>
        </section>
    }
}

#[component]
fn CustomerUsers(users: Vec<CustomerUser>, back: String, may_manage: bool, remove: ServerAction<RemoveUser>) -> impl IntoView {
    let rows = users
        .into_iter()
        .map(|CustomerUser { id, name, email, last_seen_at }| {
            let back = back.clone();
            let button = may_manage.then(|| {
                view! {
                    <details class="menu confirm">
                        <summary class="btn small" aria-label=format!("Remove {name}")>"Remove"</summary>
                        <div>
                            <p><b>{name.clone()}</b>" is signed out at once and cannot sign in any more. This cannot be undone; they can be invited again."</p>
                            <ActionForm action=remove>
                                <input type="hidden" name="user" value=id.to_string()/>
                                <input type="hidden" name="back" value=back/>
                                <button class="btn main danger" type="submit" disabled=remove.pending()>"Remove this person"</button>
                            </ActionForm>
                        </div>
                    </details>
                }
            });
            view! {
                <tr>
                    <th scope="row"><span class="name"><span title=name.clone()>{name.clone()}</span></span></th>
                    <td class="quiet" title=email.clone()>{email.clone()}</td>
                    <td class="quiet num seen"><LastSeen at=last_seen_at/></td>
                    <td class="r">{button}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="tw">
            <table class="customer-users">
                <caption class="unseen">"People of this customer who read its portal"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"Email"</th>
                        <th scope="col" class="seen">"Last seen"</th>
                        <th scope="col"><span class="unseen">"Change"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}
