//! Switching the second factor on and off.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{Refusal, account::SecondFactor};

use super::{
    Crumbs, Proof, Whole,
    calls::{ConfirmSecondFactor, DisableSecondFactor, OfferSecondFactor, Offered, Qr, SecondFactorSheet, read_second_factor},
    reread,
};
use crate::{
    answer::{Answer, follow, problem_at},
    failure::Failure,
    reading::read_blocking,
    shell::Refused,
    ui::{Banner, BannerKind, Reading, TextField},
};

#[component]
pub fn SecondFactorPage() -> impl IntoView {
    let offer = ServerAction::<OfferSecondFactor>::new();
    let confirm = ServerAction::<ConfirmSecondFactor>::new();
    let disable = ServerAction::<DisableSecondFactor>::new();
    follow(Signal::from(offer.value()));
    follow(Signal::from(confirm.value()));
    follow(Signal::from(disable.value()));
    let sheet = read_blocking(|| (), |()| read_second_factor());
    // It leads to this page again, which then shows what is new.
    reread(sheet, Signal::from(offer.value()));
    let confirmed: Answer = Signal::from(confirm.value());
    let is_over = Memo::new(move |_| confirmed.with(is_conflict));
    // After each answer: the next secret may wait too long as well.
    Effect::new(move || {
        if confirmed.with(is_conflict) {
            sheet.refetch();
        }
    });
    view! {
        <Title text="Second factor"/>
        <Crumbs/>
        <div class="head"><h1>"Second factor"</h1></div>
        <Transition fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                match sheet.await {
                    Ok(SecondFactorSheet { second_factor: SecondFactor::On { .. }, .. }) => view! { <Disable disable/> }.into_any(),
                    Ok(SecondFactorSheet { offered: Some(offered), .. }) => view! { <Confirm offered confirm/> }.into_any(),
                    Ok(SecondFactorSheet { offered: None, .. }) => view! { <Begin offer is_over/> }.into_any(),
                    Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// Whether the secret was no longer good.
fn is_conflict(answer: &Option<Result<String, Failure>>) -> bool {
    matches!(answer, Some(Err(Failure(Refusal::Conflict))))
}

#[component]
fn Begin(offer: ServerAction<OfferSecondFactor>, is_over: Memo<bool>) -> impl IntoView {
    let answer = Signal::from(offer.value());
    view! {
        <ActionForm action=offer attr:class="form panel" attr:novalidate=true>
            <Whole answer/>
            {move || is_over.get().then(|| view! {
                <Banner kind=BannerKind::Error>
                    "The secret has waited too long for its first code. Begin again, and remove it from your app."
                </Banner>
            })}
            <p>"You need an authenticator app, on your phone for example. It shows a code that changes every thirty seconds; signing in then asks for your password and for that code."</p>
            <Proof answer/>
            <div class="actions">
                <button class="btn main" type="submit" disabled=offer.pending()>"Go on"</button>
                <a class="btn" href="/account">"Cancel"</a>
            </div>
        </ActionForm>
    }
}

#[component]
fn Confirm(offered: Offered, confirm: ServerAction<ConfirmSecondFactor>) -> impl IntoView {
    let answer: Answer = Signal::from(confirm.value());
    let typed = RwSignal::new(String::new());
    // That an older secret was over is no word about this one.
    let about_this = Signal::derive(move || if answer.with(is_conflict) { None } else { answer.get() });
    view! {
        <ActionForm action=confirm attr:class="form panel" attr:novalidate=true>
            <Whole answer=about_this/>
            <p>"Scan this with your authenticator app, or type the secret into it."</p>
            <Picture qr=offered.picture/>
            <div class="entry">
                <span class="label" id="secret-label">"Secret"</span>
                <code class="secret" aria-labelledby="secret-label">{in_fours(&offered.secret)}</code>
            </div>
            <TextField name="code" label="Code" autocomplete="one-time-code" inputmode="numeric" required=true
                hint="The six digits that the app shows now: they prove that it has the secret."
                value=typed on_change=Callback::new(move |text| typed.set(text)) error=problem_at(answer, "code")/>
            <div class="actions">
                <button class="btn main" type="submit" disabled=confirm.pending()>"Switch on"</button>
                <a class="btn" href="/account">"Cancel"</a>
            </div>
        </ActionForm>
    }
}

/// Always dark on light: many apps do not read it the other way round.
#[component]
fn Picture(qr: Qr) -> impl IntoView {
    view! {
        <svg class="qr" viewBox=format!("0 0 {0} {0}", qr.size) role="img" aria-label="QR code of the secret" shape-rendering="crispEdges">
            <rect width="100%" height="100%" fill="#ffffff"></rect>
            <path d=qr.path fill="#000000"></path>
        </svg>
    }
}

/// In groups of four, as it is easier to type.
fn in_fours(secret: &str) -> String {
    let letters: Vec<char> = secret.chars().collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

#[component]
fn Disable(disable: ServerAction<DisableSecondFactor>) -> impl IntoView {
    let answer = Signal::from(disable.value());
    view! {
        <ActionForm action=disable attr:class="form panel" attr:novalidate=true>
            <Whole answer/>
            <p>"The second factor is on. Switched off, your password alone signs you in, and your recovery codes are worthless."</p>
            <Proof answer/>
            <div class="actions">
                <a class="btn" href="/account">"Cancel"</a>
                <button class="btn main danger" type="submit" disabled=disable.pending()>"Switch off"</button>
            </div>
        </ActionForm>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c6_a_secret_is_shown_in_groups() {
        assert_eq!(in_fours("GEZDGNBVGY3TQOJQ"), "GEZD GNBV GY3T QOJQ");
    }
}
