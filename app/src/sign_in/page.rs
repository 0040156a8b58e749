//! The sign-in page: the password, and where there is a second factor then the code.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::Refusal;

use crate::{
    answer::{Answer, problem_at, refusal_beside_fields, typed_before},
    failure::Failure,
    reading::read_blocking,
    ui::{Banner, BannerKind, Reading, TextField, address},
};

/// Looks at the password. Leads to `next`, a path of this site, or on to the question for a code.
#[server(prefix = "/fn", endpoint = "sign-in")]
pub async fn sign_in(email: String, password: String, #[server(default)] next: String) -> Result<String, Failure> {
    use crate::caller;
    use store::SignedIn;
    let asked = caller::handles().store.sign_in(&email, &password, &caller::origin()).await;
    match asked.inspect_err(|_| caller::keep_typed(&email))? {
        SignedIn::Session(token) => {
            caller::set_session(Some(&token));
            Ok(caller::goes_to(caller::back_to(&next, "/")))
        }
        SignedIn::SecondFactor(token) => {
            caller::set_pending_sign_in(Some(&token));
            Ok(caller::goes_to(address("/sign-in", &[("next", &next)])))
        }
    }
}

/// The second step: signs in and leads to `next`.
#[server(prefix = "/fn", endpoint = "sign-in-code")]
pub async fn sign_in_by_code(code: String, #[server(default)] next: String) -> Result<String, Failure> {
    use crate::caller;
    let token = caller::pending_sign_in().ok_or(Refusal::SignInExpired)?;
    let session = caller::handles().store.sign_in_by_code(&token, &code, &caller::origin()).await?;
    caller::set_session(Some(&session));
    caller::set_pending_sign_in(None);
    Ok(caller::goes_to(caller::back_to(&next, "/")))
}

/// Whose code this browser is asked for: the email; `None` where the password comes first.
#[server(prefix = "/fn", endpoint = "sign-in-pending")]
pub async fn pending_sign_in() -> Result<Option<String>, Failure> {
    match crate::caller::pending_sign_in() {
        Some(token) => Ok(crate::caller::handles().store.pending_sign_in(&token).await?),
        None => Ok(None),
    }
}

/// Back to the password.
#[server(prefix = "/fn", endpoint = "sign-in-again")]
pub async fn sign_in_again() -> Result<String, Failure> {
    use crate::caller;
    if let Some(token) = caller::pending_sign_in() {
        caller::handles().store.drop_pending_sign_in(&token).await?;
    }
    caller::set_pending_sign_in(None);
    Ok(caller::goes_to("/sign-in".into()))
}

#[component]
pub fn SignInPage() -> impl IntoView {
    let pending = read_blocking(|| (), |()| pending_sign_in());
    let by_password = ServerAction::<SignIn>::new();
    let by_code = ServerAction::<SignInByCode>::new();
    let again = ServerAction::<SignInAgain>::new();
    for answer in [Signal::from(by_password.value()), Signal::from(by_code.value()), Signal::from(again.value())] {
        go_on(answer);
    }
    let code_answer = Signal::from(by_code.value());
    Effect::new(move || {
        if code_answer.with(|answer| matches!(answer, Some(Err(Failure(Refusal::SignInExpired))))) {
            pending.refetch();
        }
    });
    view! {
        <Title text="Sign in"/>
        <main class="sign-in">
            <Transition fallback=|| view! { <Reading/> }>
                {move || Suspend::new(async move {
                    match pending.await {
                        Ok(Some(email)) => view! { <CodeForm email by_code again/> }.into_any(),
                        Ok(None) | Err(_) => view! { <PasswordForm by_password code_answer/> }.into_any(),
                    }
                })}
            </Transition>
        </main>
    }
}

/// Loads where the answer leads: who is signed in, or how far, has changed.
fn go_on(answer: Answer) {
    Effect::new(move || {
        if let Some(Ok(path)) = answer.get() {
            super::load(&path);
        }
    });
}

fn next_in_query() -> String {
    use_query_map().with(|query| query.get("next").unwrap_or_default())
}

/// `code_answer` says why a code was not enough, where the password is asked for again.
#[component]
fn PasswordForm(by_password: ServerAction<SignIn>, code_answer: Answer) -> impl IntoView {
    let answer = Signal::from(by_password.value());
    let email = RwSignal::new(typed_before::<String>().unwrap_or_default());
    let password = RwSignal::new(String::new());
    let (refusal, before) = (refusal_beside_fields(answer), refusal_beside_fields(code_answer));
    let shown = move || refusal.get().or_else(|| before.get());
    view! {
        <ActionForm action=by_password attr:class="sheet" attr:novalidate=true>
            <div class="brand"><span class="moon"></span>"Nocturne"</div>
            <h1>"Sign in"</h1>
            {move || shown().map(|r| view! { <Banner kind=BannerKind::Error>{r.to_string()}</Banner> })}
            <input type="hidden" name="next" value=next_in_query/>
            <TextField name="email" label="Email" kind="email" autocomplete="username" required=true
                value=email on_change=Callback::new(move |v| email.set(v)) error=problem_at(answer, "email")/>
            <TextField name="password" label="Password" kind="password" autocomplete="current-password" required=true
                value=password on_change=Callback::new(move |v| password.set(v)) error=problem_at(answer, "password")/>
            <button class="btn main" type="submit" disabled=by_password.pending()>"Sign in"</button>
        </ActionForm>
    }
}

#[component]
fn CodeForm(email: String, by_code: ServerAction<SignInByCode>, again: ServerAction<SignInAgain>) -> impl IntoView {
    let answer = Signal::from(by_code.value());
    let refusal = refusal_beside_fields(answer);
    let by_recovery = use_query_map().with_untracked(|query| query.get("with").is_some_and(|with| with == "recovery"));
    let next = next_in_query();
    let code = RwSignal::new(String::new());
    let (label, hint, inputmode) = if by_recovery {
        ("Recovery code", "One of those that you kept. Each works once.", "text")
    } else {
        ("Code", "The six digits that your authenticator app shows now.", "numeric")
    };
    // Each is a page of its own, so that both work without JavaScript.
    let other = if by_recovery {
        view! { <a href=address("/sign-in", &[("next", &next)]) rel="external">"Use a code from the app"</a> }.into_any()
    } else {
        let href = address("/sign-in", &[("with", "recovery"), ("next", &next)]);
        view! { <a href=href rel="external">"Use a recovery code"</a> }.into_any()
    };
    view! {
        <div class="sheet">
            <div class="brand"><span class="moon"></span>"Nocturne"</div>
            <h1>"One more step"</h1>
            <p class="quiet">"The password is right. Signing in as "<b>{email}</b>"."</p>
            <ActionForm action=by_code attr:class="form" attr:novalidate=true>
                {move || refusal.get().map(|r| view! { <Banner kind=BannerKind::Error>{r.to_string()}</Banner> })}
                <input type="hidden" name="next" value=next/>
                <TextField name="code" label=label hint=hint autocomplete="one-time-code" inputmode=inputmode required=true
                    value=code on_change=Callback::new(move |v| code.set(v)) error=problem_at(answer, "code")/>
                <button class="btn main" type="submit" disabled=by_code.pending()>"Sign in"</button>
            </ActionForm>
            <div class="ways">
                {other}
                <ActionForm action=again>
                    <button class="link" type="submit">"Start again"</button>
                </ActionForm>
            </div>
        </div>
    }
}
