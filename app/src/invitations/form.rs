//! The forms that invite: a member of the MSP's staff, or a customer's person.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::{
    Refusal,
    invitations::{INVITATION_DAYS, InvitationInput},
    roles::{Action, Relation, Role, may},
};

use super::{Invite, home_of};
use crate::{
    answer::{Answer, follow, problem_at, refusal_beside_fields, typed_before},
    customers::customer_in_path,
    failure::Failure,
    people::read_users_of_customer,
    reading::read_blocking,
    shell::{Myself, Refused},
    ui::{Banner, BannerKind, Reading, SelectField, TextField},
};

#[component]
pub fn InviteStaffPage() -> impl IntoView {
    let action = ServerAction::<Invite>::new();
    follow(Signal::from(action.value()));
    let Myself(me) = expect_context();
    view! {
        <Title text="Invite"/>
        <Suspense fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                match me.await {
                    Ok(me) if may(me.role, Action::Administer, Relation::None) => view! {
                        <nav class="crumbs" aria-label="Where you are"><a href="/users">"People"</a></nav>
                        <div class="head"><h1>"Invite"</h1><span class="quiet">{me.msp_name}</span></div>
                        <Form customer=String::new() action/>
                    }
                    .into_any(),
                    Ok(_) => view! { <Refused refusal=Refusal::Forbidden/> }.into_any(),
                    Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
pub fn InviteOfCustomerPage() -> impl IntoView {
    let customer = customer_in_path();
    let sheet = read_blocking(move || customer.get(), read_users_of_customer);
    let action = ServerAction::<Invite>::new();
    follow(Signal::from(action.value()));
    view! {
        <Title text="Invite"/>
        <Suspense fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                match sheet.await {
                    Ok(sheet) if sheet.may_invite => {
                        let id = sheet.customer.to_string();
                        view! {
                            <nav class="crumbs" aria-label="Where you are">
                                <a href="/customers">"Customers"</a>
                                <a href=format!("/customers/{id}")>{sheet.name.clone()}</a>
                                <a href=home_of(&id)>"Users"</a>
                            </nav>
                            <div class="head"><h1>"Invite"</h1><span class="quiet">{sheet.name}</span></div>
                            <Form customer=id action/>
                        }
                        .into_any()
                    }
                    Ok(sheet) if sheet.may_manage => view! { <Refused refusal=Refusal::Inactive/> }.into_any(),
                    Ok(_) => view! { <Refused refusal=Refusal::Forbidden/> }.into_any(),
                    Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Form(customer: String, action: ServerAction<Invite>) -> impl IntoView {
    let answer = Signal::from(action.value());
    let refusal = refusal_beside_fields(answer);
    // A contact's page says whom it is about (DOMAIN A10).
    let asked = use_query_map().with_untracked(|query| InvitationInput {
        email: query.get("email").unwrap_or_default(),
        name: query.get("name").unwrap_or_default(),
        ..InvitationInput::default()
    });
    let typed = RwSignal::new(typed_before().unwrap_or(asked));
    let is_staff = customer.is_empty();
    let home = home_of(&customer);
    let about = if is_staff {
        "They get a mail with a link, choose a password, and are in."
    } else {
        "They get a mail with a link, choose a password, and read this customer's portal: its monitors and outages, and nothing else."
    };
    view! {
        <ActionForm action=action attr:class="form panel" attr:novalidate=true>
            {move || refusal.get().map(|r| view! { <Banner kind=BannerKind::Error>{r.to_string()}</Banner> })}
            <input type="hidden" name="customer" value=customer/>
            <p class="quiet">{about}{format!(" The link works once, for {INVITATION_DAYS} days.")}</p>
            <TextField name="input[email]" label="Email" kind="email" required=true autocomplete="off"
                value=Signal::derive(move || typed.with(|t| t.email.clone()))
                on_change=Callback::new(move |v| typed.update(|t| t.email = v)) error=problem_at(answer, "email")/>
            <TextField name="input[name]" label="Name" autocomplete="off" hint="They can change it."
                value=Signal::derive(move || typed.with(|t| t.name.clone()))
                on_change=Callback::new(move |v| typed.update(|t| t.name = v)) error=problem_at(answer, "name")/>
            {is_staff.then(|| view! { <RoleField typed answer/> })}
            <div class="actions">
                <button class="btn main" type="submit" disabled=action.pending()>"Send the invitation"</button>
                <a class="btn" href=home>"Cancel"</a>
            </div>
        </ActionForm>
    }
}

#[component]
fn RoleField(typed: RwSignal<InvitationInput>, answer: Answer) -> impl IntoView {
    let options = [Role::Operator, Role::Admin].map(|role| (role.key().to_owned(), role.label().to_owned())).to_vec();
    // What a browser shows first is what is sent.
    let chosen =
        Signal::derive(move || typed.with(|t| if t.role.is_empty() { Role::Operator.key().into() } else { t.role.clone() }));
    view! {
        <SelectField name="input[role]" label="Role" options value=chosen
            hint="An MSP Admin manages everything in the MSP. An MSP Operator sees it, and works on the customers that are theirs."
            on_change=Callback::new(move |v| typed.update(|t| t.role = v)) error=problem_at(answer, "role")/>
    }
}
