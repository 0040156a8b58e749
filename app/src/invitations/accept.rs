//! The page behind an invitation's link: who invites, to what, and the two fields that it takes.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use model::{Refusal, invitations::Welcome, users::PASSWORD_LEAST};

use super::{AcceptInvitation, read_invitation};
use crate::{
    answer::{problem_at, refusal_beside_fields, typed_before},
    failure::Failure,
    reading::read_blocking,
    shell::Refused,
    ui::{Banner, BannerKind, Reading, TextField},
};

#[component]
pub fn InvitationPage() -> impl IntoView {
    let params = use_params_map();
    let token = Memo::new(move |_| params.with(|params| params.get("token").unwrap_or_default()));
    let welcome = read_blocking(move || token.get(), read_invitation);
    let action = ServerAction::<AcceptInvitation>::new();
    let answer = Signal::from(action.value());
    Effect::new(move || match answer.get() {
        Some(Ok(path)) => crate::sign_in::load(&path),
        // It was used, taken back or closed while the form was filled in: the page says so once it is read anew.
        Some(Err(Failure(Refusal::InvitationOver))) => {
            crate::sign_in::load(&format!("/invitation/{}", token.get_untracked()));
        }
        Some(Err(_)) | None => {}
    });
    view! {
        <Title text="Invitation"/>
        <main class="sign-in">
            <Suspense fallback=|| view! { <Reading/> }>
                {move || Suspend::new(async move {
                    match welcome.await {
                        Ok(welcome) => view! { <Form welcome token=token.get_untracked() action/> }.into_any(),
                        Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                    }
                })}
            </Suspense>
        </main>
    }
}

#[component]
fn Form(welcome: Welcome, token: String, action: ServerAction<AcceptInvitation>) -> impl IntoView {
    let Welcome { msp, customer, email, name, role } = welcome;
    let answer = Signal::from(action.value());
    let refusal = refusal_beside_fields(answer);
    let name = RwSignal::new(typed_before::<String>().unwrap_or(name));
    let password = RwSignal::new(String::new());
    let to_what = match customer {
        Some(customer) => view! {
            <p class="quiet"><b>{msp}</b>" invites you to the portal of "<b>{customer}</b>": there you see how everything that they watch for you is doing."</p>
        }
        .into_any(),
        None => view! { <p class="quiet">"You are invited to work for "<b>{msp}</b>", as "{role.label()}"."</p> }.into_any(),
    };
    view! {
        <ActionForm action=action attr:class="sheet" attr:novalidate=true>
            <div class="brand"><span class="moon"></span>"Nocturne"</div>
            <h1>"Welcome"</h1>
            {to_what}
            {move || refusal.get().map(|r| view! { <Banner kind=BannerKind::Error>{r.to_string()}</Banner> })}
            <input type="hidden" name="token" value=token/>
            <p class="quiet">"You will sign in as "<b class="address">{email.clone()}</b>"."</p>
            // For password managers: the address is not typed here.
            <input type="hidden" autocomplete="username" value=email/>
            <TextField name="input[name]" label="Your name" autocomplete="name" required=true
                value=name on_change=Callback::new(move |v| name.set(v)) error=problem_at(answer, "name")/>
            <TextField name="input[password]" label="Password" kind="password" autocomplete="new-password" required=true
                hint=format!("At least {PASSWORD_LEAST} characters.")
                value=password on_change=Callback::new(move |v| password.set(v)) error=problem_at(answer, "password")/>
            <button class="btn main" type="submit" disabled=action.pending()>"Accept the invitation"</button>
        </ActionForm>
    }
}
