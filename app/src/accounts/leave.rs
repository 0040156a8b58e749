//! The page that asks before an account leaves its MSP (DOMAIN B6).

use leptos::prelude::*;
use leptos_meta::Title;
use model::{Refusal, accounts::Manager};

use super::{LeaveMsp, read_own_account};
use crate::{
    answer::{Answer, follow, refusal_of},
    failure::Failure,
    reading::read_blocking,
    shell::Refused,
    ui::{Banner, BannerKind, Reading},
};

#[component]
pub fn LeavePage() -> impl IntoView {
    let sheet = read_blocking(|| (), |()| read_own_account());
    let action = ServerAction::<LeaveMsp>::new();
    let answer = Signal::from(action.value());
    follow(answer);
    view! {
        <Transition fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                match sheet.await {
                    Ok(sheet) => match sheet.manager {
                        Some(manager) => view! { <Confirm name=sheet.name manager action answer/> }.into_any(),
                        None => view! { <Refused refusal=Refusal::NotManaged/> }.into_any(),
                    },
                    Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Confirm(name: String, manager: Manager, action: ServerAction<LeaveMsp>, answer: Answer) -> impl IntoView {
    let refusal = refusal_of(answer);
    let button = format!("Leave {}", manager.msp);
    view! {
        <Title text=button.clone()/>
        <nav class="crumbs" aria-label="Where you are"><a href="/portal">{name.clone()}</a></nav>
        <div class="head"><h1>{button.clone()}"?"</h1></div>
        <ActionForm action=action attr:class="form grave">
            {move || refusal.get().map(|refusal| view! { <Banner kind=BannerKind::Error>{refusal.to_string()}</Banner> })}
            <ul>
                <li>{format!("{}'s checks stop at once. The monitors that it set up are gone, with their history.", manager.msp)}</li>
                <li>"Its staff, and the people whom it invited to its portal, lose access at once."</li>
                <li>{format!("{name} goes on without an MSP: you keep signing in, and its id stays the same. Another MSP can ask for it, or this one again.")}</li>
                <li>{format!("{}'s audit trail keeps what happened.", manager.msp)}</li>
            </ul>
            <p>"This cannot be undone."</p>
            // What cannot be taken back is not the first thing that the tab key finds.
            <div class="actions">
                <a class="btn" href="/portal">"Cancel"</a>
                <button class="btn main danger" type="submit" disabled=action.pending()>{button}</button>
            </div>
        </ActionForm>
    }
}
