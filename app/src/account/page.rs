//! The account's page.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::{
    account::SecondFactor,
    users::{Me, PASSWORD_LEAST},
};

use super::{
    Whole,
    calls::{AccountSheet, ChangePassword, EndOtherSessions, EndSession, read_account},
    reread,
    sessions::Sessions,
};
use crate::{
    answer::{follow, problem_at},
    failure::Failure,
    reading::read_blocking,
    shell::Refused,
    sign_in::signing_out,
    ui::{Banner, BannerKind, Reading, TextField},
};

#[component]
pub fn AccountPage() -> impl IntoView {
    let change = ServerAction::<ChangePassword>::new();
    let end = ServerAction::<EndSession>::new();
    let end_others = ServerAction::<EndOtherSessions>::new();
    let sheet = read_blocking(|| (), |()| read_account());
    for answer in [Signal::from(change.value()), Signal::from(end.value()), Signal::from(end_others.value())] {
        follow(answer);
        reread(sheet, answer);
    }
    // Here, so that a session that is ended does not empty the form.
    let typed = Typed { old: RwSignal::new(String::new()), new: RwSignal::new(String::new()) };
    view! {
        <Title text="Your account"/>
        <Transition fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                match sheet.await {
                    Ok(AccountSheet { me, account }) => view! {
                        <Head me=me.clone()/>
                        <Done/>
                        <div class="account">
                            <Sessions sessions=account.sessions end end_others/>
                            <Factor second_factor=account.second_factor/>
                            <Password me change typed/>
                        </div>
                    }
                    .into_any(),
                    Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Head(me: Me) -> impl IntoView {
    let sign_out = signing_out();
    view! {
        <div class="head">
            <h1>"Your account"</h1>
            <span class="quiet">{format!("{} · {} · {}", me.name, me.email, me.role.label())}</span>
            // A phone's dock has no room for it.
            <ActionForm action=sign_out attr:class="leave">
                <button class="btn" type="submit">"Sign out"</button>
            </ActionForm>
        </div>
    }
}

/// What was just done, also without JavaScript.
#[component]
fn Done() -> impl IntoView {
    let query = use_query_map();
    let words = move || match query.with(|query| query.get("done").unwrap_or_default()).as_str() {
        "password" => Some("Your password is changed, and you are signed out everywhere else."),
        "session" => Some("That session is signed out."),
        "sessions" => Some("You are signed out everywhere else."),
        "second-factor-off" => Some("The second factor is off: your password alone signs you in."),
        _ => None,
    };
    move || words().map(|words| view! { <Banner kind=BannerKind::Info>{words}</Banner> })
}

#[component]
fn Factor(second_factor: SecondFactor) -> impl IntoView {
    let content = match second_factor {
        SecondFactor::Off => view! {
            <p>"Off. With it, who learns your password still cannot sign in: a code from an app on your phone is asked for too."</p>
            <div class="actions"><a class="btn" href="/account/second-factor">"Set up a second factor"</a></div>
        }
        .into_any(),
        SecondFactor::On { recovery_left } => view! {
            <p><span class="pill a">"On"</span>" Signing in asks for a code from your authenticator app."</p>
            <p class:few=recovery_left < 3>{left_in_words(recovery_left)}</p>
            <div class="actions">
                <a class="btn" href="/account/recovery-codes">"New recovery codes"</a>
                <a class="btn danger" href="/account/second-factor">"Switch off"</a>
            </div>
        }
        .into_any(),
    };
    view! {
        <section aria-labelledby="second-factor">
            <h2 id="second-factor">"Second factor"</h2>
            <div class="panel">{content}</div>
        </section>
    }
}

pub(super) fn left_in_words(left: u32) -> String {
    match left {
        0 => "No recovery code is left: make new ones before you lose the app.".into(),
        1 => "One recovery code is left.".into(),
        _ => format!("{left} recovery codes are left."),
    }
}

/// The passwords that are being typed.
#[derive(Debug, Clone, Copy)]
struct Typed {
    old: RwSignal<String>,
    new: RwSignal<String>,
}

#[component]
fn Password(me: Me, change: ServerAction<ChangePassword>, typed: Typed) -> impl IntoView {
    let answer = Signal::from(change.value());
    let Typed { old, new } = typed;
    Effect::new(move || {
        if let Some(Ok(_)) = answer.get() {
            old.set(String::new());
            new.set(String::new());
        }
    });
    view! {
        <section aria-labelledby="change-password">
            <h2 id="change-password">"Password"</h2>
            <ActionForm action=change attr:class="form panel" attr:novalidate=true>
                <Whole answer/>
                // For password managers, which keep a password by its email.
                <input type="email" autocomplete="username" value=me.email readonly=true hidden=true/>
                <TextField name="old_password" label="Your password now" kind="password" autocomplete="current-password" required=true
                    value=old on_change=Callback::new(move |text| old.set(text)) error=problem_at(answer, "old_password")/>
                <TextField name="password" label="New password" kind="password" autocomplete="new-password" required=true
                    hint=format!("At least {PASSWORD_LEAST} characters. It signs you out everywhere else.")
                    value=new on_change=Callback::new(move |text| new.set(text)) error=problem_at(answer, "password")/>
                <div class="actions">
                    <button class="btn main" type="submit" disabled=change.pending()>"Change password"</button>
                </div>
            </ActionForm>
        </section>
    }
}
