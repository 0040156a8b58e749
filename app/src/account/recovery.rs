//! Recovery codes: shown once, and made anew.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{Refusal, account::SecondFactor};

use super::{
    Crumbs, Proof, Whole,
    calls::{RecoverySheet, RenewRecoveryCodes, read_recovery_codes},
    page::left_in_words,
    reread,
};
use crate::{
    answer::follow,
    failure::Failure,
    reading::read_blocking,
    shell::Refused,
    ui::{Banner, BannerKind, Reading},
};

#[component]
pub fn RecoveryCodesPage() -> impl IntoView {
    let renew = ServerAction::<RenewRecoveryCodes>::new();
    follow(Signal::from(renew.value()));
    let sheet = read_blocking(|| (), |()| read_recovery_codes());
    // It leads to this page again, which then shows what is new.
    reread(sheet, Signal::from(renew.value()));
    view! {
        <Title text="Recovery codes"/>
        <Crumbs/>
        <div class="head"><h1>"Recovery codes"</h1></div>
        <Transition fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                match sheet.await {
                    Ok(RecoverySheet { fresh, .. }) if !fresh.is_empty() => view! { <Fresh fresh/> }.into_any(),
                    Ok(RecoverySheet { second_factor: SecondFactor::On { recovery_left }, .. }) => {
                        view! { <Renew left=recovery_left renew/> }.into_any()
                    }
                    Ok(RecoverySheet { second_factor: SecondFactor::Off, .. }) => {
                        view! { <Refused refusal=Refusal::NotFound/> }.into_any()
                    }
                    Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Fresh(fresh: Vec<String>) -> impl IntoView {
    view! {
        <div class="panel codes">
            <Banner kind=BannerKind::Warn>
                "Keep these now: they are not shown again. Each signs you in once when you have lost the app."
            </Banner>
            <ul aria-label="Your recovery codes">
                {fresh.into_iter().map(|code| view! { <li><code>{code}</code></li> }).collect_view()}
            </ul>
            <div class="actions"><a class="btn main" href="/account">"I have kept them"</a></div>
        </div>
    }
}

#[component]
fn Renew(left: u32, renew: ServerAction<RenewRecoveryCodes>) -> impl IntoView {
    let answer = Signal::from(renew.value());
    view! {
        <ActionForm action=renew attr:class="form panel" attr:novalidate=true>
            <Whole answer/>
            <p>{left_in_words(left)}" New codes replace them: the old ones are worthless then."</p>
            <Proof answer/>
            <div class="actions">
                <button class="btn main" type="submit" disabled=renew.pending()>"Make new codes"</button>
                <a class="btn" href="/account">"Cancel"</a>
            </div>
        </ActionForm>
    }
}
