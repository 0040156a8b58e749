//! One mail, to be read as its receiver reads it; but for the link in it, which is the receiver's alone.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use model::mail::{MailState, OutboxMail, OutboxRow};

use super::{SendAgain, SendAgainButton, list::State, read_mail, when_sent_again};
use crate::{
    answer::refusal_of,
    failure::Failure,
    reading::read_blocking,
    shell::Refused,
    ui::{Banner, BannerKind, Reading, When, grouped},
};

#[component]
pub fn MailPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("mail").unwrap_or_default()));
    let mail = read_blocking(move || id.get(), read_mail);
    let action = ServerAction::<SendAgain>::new();
    when_sent_again(action, Callback::new(move |()| mail.refetch()));
    let refusal = refusal_of(Signal::from(action.value()));
    view! {
        {move || refusal.get().map(|refusal| view! { <Banner kind=BannerKind::Error>{refusal.to_string()}</Banner> })}
        <Transition fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                match mail.await {
                    Ok(mail) => view! { <Mail mail action/> }.into_any(),
                    Err(Failure(refusal)) => view! { <Title text="Outbox"/><Refused refusal/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Mail(mail: OutboxMail, action: ServerAction<SendAgain>) -> impl IntoView {
    let OutboxMail { row, text } = mail;
    let own = format!("/outbox/{}", row.id);
    let OutboxRow { id, to, subject, template, state, attempts, created_at, sent_at, .. } = row.clone();
    let again = (state == MailState::Failed).then(|| view! { <SendAgainButton mail=id to=to.clone() back=own action/> });
    view! {
        <Title text=subject.clone()/>
        <nav class="crumbs" aria-label="Where you are"><a href="/outbox">"Outbox"</a></nav>
        <div class="head"><h1>{subject}</h1><div class="right">{again}</div></div>
        <div class="mail">
            <section class="panel" aria-label="The mail"><pre class="letter" tabindex="0">{text}</pre></section>
            <dl class="facts panel">
                <div><dt>"To"</dt><dd>{to}</dd></div>
                <div><dt>"Kind"</dt><dd>{template.label()}</dd></div>
                <div><dt>"State"</dt><dd class="state"><State row/></dd></div>
                <div><dt>"Attempts"</dt><dd class="num">{grouped(attempts)}</dd></div>
                <div><dt>"Written"</dt><dd><When at=created_at/></dd></div>
                {(sent_at > 0).then(|| view! { <div><dt>"Sent"</dt><dd><When at=sent_at/></dd></div> })}
            </dl>
        </div>
    }
}
