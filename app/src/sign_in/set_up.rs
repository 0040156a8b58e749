//! The first page of an empty installation: the MSP and its first admin.

use leptos::prelude::*;
use leptos_meta::Title;
use model::users::{PASSWORD_LEAST, SetupInput};

use crate::{
    answer::{problem_at, refusal_beside_fields, typed_before},
    failure::Failure,
    ui::{Banner, BannerKind, TextField},
};

/// The demonstration that the set-up page offers.
#[cfg(feature = "ssr")]
const DEMO: (u32, u32, u64) = (60, 2_000, 1);

/// Sets up the MSP and signs its admin in.
#[server(prefix = "/fn", endpoint = "set-up")]
pub async fn set_up(input: SetupInput) -> Result<String, Failure> {
    use crate::caller;
    let handles = caller::handles();
    let done = handles.store.set_up(&input, &caller::origin()).await;
    let (msp, token) = done.inspect_err(|_| caller::keep_typed(&SetupInput { password: String::new(), ..input.clone() }))?;
    caller::set_session(Some(&token));
    if input.demo == "demo" {
        let (customers, monitors, seed) = DEMO;
        handles.live.fill_demo(&msp, customers, monitors, seed).await?;
    }
    Ok(caller::goes_to("/".into()))
}

#[component]
pub fn SetUpPage() -> impl IntoView {
    let action = ServerAction::<SetUp>::new();
    let answer = Signal::from(action.value());
    let typed = RwSignal::new(typed_before::<SetupInput>().unwrap_or_default());
    let with_demo = typed.with_untracked(|typed| typed.demo == "demo");
    let refusal = refusal_beside_fields(answer);
    Effect::new(move || {
        if let Some(Ok(path)) = answer.get() {
            super::load(&path);
        }
    });
    view! {
        <Title text="Set up"/>
        <main class="sign-in">
            <ActionForm action=action attr:class="sheet" attr:novalidate=true>
                <div class="brand"><span class="moon"></span>"Nocturne"</div>
                <h1>"Set up your MSP"</h1>
                <p class="quiet">"This installation is empty. Name your MSP and create its first admin."</p>
                {move || refusal.get().map(|r| view! { <Banner kind=BannerKind::Error>{r.to_string()}</Banner> })}
                <TextField name="input[msp_name]" label="Name of your MSP" autocomplete="organization" required=true
                    value=Signal::derive(move || typed.with(|t| t.msp_name.clone()))
                    on_change=Callback::new(move |v| typed.update(|t| t.msp_name = v)) error=problem_at(answer, "msp_name")/>
                <TextField name="input[name]" label="Your name" autocomplete="name" required=true
                    value=Signal::derive(move || typed.with(|t| t.name.clone()))
                    on_change=Callback::new(move |v| typed.update(|t| t.name = v)) error=problem_at(answer, "name")/>
                <TextField name="input[email]" label="Your email" kind="email" autocomplete="username" required=true
                    value=Signal::derive(move || typed.with(|t| t.email.clone()))
                    on_change=Callback::new(move |v| typed.update(|t| t.email = v)) error=problem_at(answer, "email")/>
                <TextField name="input[password]" label="Password" kind="password" autocomplete="new-password" required=true
                    hint=format!("At least {PASSWORD_LEAST} characters.")
                    value=Signal::derive(move || typed.with(|t| t.password.clone()))
                    on_change=Callback::new(move |v| typed.update(|t| t.password = v)) error=problem_at(answer, "password")/>
                <label class="check">
                    <input type="checkbox" name="input[demo]" value="demo" checked=with_demo/>
                    <span>"Fill it with a demonstration"<small class="quiet">"60 customers with 2,000 simulated monitors, marked as such everywhere."</small></span>
                </label>
                <button class="btn main" type="submit" disabled=action.pending()>"Set up"</button>
            </ActionForm>
        </main>
    }
}
