//! Adding a customer that exists already, by its id (DOMAIN B4).

use leptos::prelude::*;
use leptos_meta::Title;
use model::{
    Refusal,
    lifecycle::APPROVAL_DAYS,
    roles::{Action, Relation, may},
};

use super::AskAccount;
use crate::{
    answer::{follow, problem_at, refusal_beside_fields, typed_before},
    failure::Failure,
    reading::read_blocking,
    shell::Refused,
    ui::{Banner, BannerKind, Reading, TextField},
};

#[component]
pub fn ExistingPage() -> impl IntoView {
    let me = read_blocking(|| (), |()| crate::sign_in::who_am_i());
    let action = ServerAction::<AskAccount>::new();
    follow(Signal::from(action.value()));
    view! {
        <Title text="Add existing customer"/>
        <Suspense fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                match me.await {
                    Ok(me) if may(me.role, Action::AddCustomer, Relation::None) => view! { <Form action/> }.into_any(),
                    Ok(_) => view! { <Refused refusal=Refusal::Forbidden/> }.into_any(),
                    Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Form(action: ServerAction<AskAccount>) -> impl IntoView {
    let answer = Signal::from(action.value());
    let refusal = refusal_beside_fields(answer);
    let typed = RwSignal::new(typed_before().unwrap_or_default());
    view! {
        <nav class="crumbs" aria-label="Where you are"><a href="/customers">"Customers"</a></nav>
        <div class="head">
            <h1>"Add existing customer"</h1>
            <div class="right"><a class="btn" href="/customers/new">"New customer instead"</a></div>
        </div>
        <ActionForm action=action attr:class="form panel" attr:novalidate=true>
            {move || refusal.get().map(|refusal| view! { <Banner kind=BannerKind::Error>{refusal.to_string()}</Banner> })}
            <p>
                {format!(
                    "An account that exists already has a Super Admin, who is asked by email and decides. Until then it stands in your list as pending; without an answer the request expires after {APPROVAL_DAYS} days."
                )}
            </p>
            <TextField name="customer" label="Customer id" required=true autocomplete="off" hint="Its Super Admin finds it in their account: cus_ and 32 characters."
                value=typed on_change=Callback::new(move |text| typed.set(text)) error=problem_at(answer, "customer")/>
            <div class="actions">
                <button class="btn main" type="submit" disabled=action.pending()>"Ask for approval"</button>
                <a class="btn" href="/customers">"Cancel"</a>
            </div>
        </ActionForm>
    }
}
