//! The sign-in page.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    answer::{problem_at, refusal_beside_fields},
    failure::Failure,
    ui::{Banner, BannerKind, TextField},
};

/// Signs in and leads to `next`, a path of this site.
#[server(prefix = "/fn", endpoint = "sign-in")]
pub async fn sign_in(email: String, password: String, #[server(default)] next: String) -> Result<String, Failure> {
    use crate::caller;
    let token = caller::handles().store.sign_in(&email, &password, &caller::peer()).await?;
    caller::set_session(Some(&token));
    let inside = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\r', '\n']);
    Ok(caller::goes_to(if inside { next } else { "/".into() }))
}

#[component]
pub fn SignInPage() -> impl IntoView {
    let action = ServerAction::<SignIn>::new();
    let answer = Signal::from(action.value());
    let (email, set_email) = signal(String::new());
    let (password, set_password) = signal(String::new());
    let next = move || use_query_map().with(|query| query.get("next").unwrap_or_default());
    Effect::new(move || {
        if let Some(Ok(path)) = answer.get() {
            super::load(&path);
        }
    });
    let refusal = refusal_beside_fields(answer);
    view! {
        <Title text="Sign in"/>
        <main class="sign-in">
            <ActionForm action=action attr:class="sheet" attr:novalidate=true>
                <div class="brand"><span class="moon"></span>"Nocturne"</div>
                <h1>"Sign in"</h1>
                {move || refusal.get().map(|r| view! { <Banner kind=BannerKind::Error>{r.to_string()}</Banner> })}
                <input type="hidden" name="next" value=next/>
                <TextField name="email" label="Email" kind="email" autocomplete="username" required=true
                    value=email on_change=Callback::new(move |v| set_email.set(v)) error=problem_at(answer, "email")/>
                <TextField name="password" label="Password" kind="password" autocomplete="current-password" required=true
                    value=password on_change=Callback::new(move |v| set_password.set(v)) error=problem_at(answer, "password")/>
                <button class="btn main" type="submit" disabled=action.pending()>"Sign in"</button>
            </ActionForm>
        </main>
    }
}
