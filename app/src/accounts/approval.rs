//! The page on which a Super Admin approves an MSP or declines it (DOMAIN B4): what is asked, by whom, and what stays theirs.

use leptos::{either::Either, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use model::{Refusal, lifecycle::Step};

use super::{AnswerApproval, ApprovalSheet, read_approval};
use crate::{
    answer::{Answer, follow, refusal_of},
    failure::Failure,
    reading::read_blocking,
    shell::Refused,
    ui::{Banner, BannerKind, Reading, When},
};

#[component]
pub fn ApprovalPage() -> impl IntoView {
    let params = use_params_map();
    let approval = Memo::new(move |_| params.with(|params| params.get("approval").unwrap_or_default()));
    let sheet = read_blocking(move || approval.get(), read_approval);
    let action = ServerAction::<AnswerApproval>::new();
    let answer = Signal::from(action.value());
    follow(answer);
    view! {
        <Transition fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                match sheet.await {
                    Ok(sheet) => view! { <Request sheet action answer/> }.into_any(),
                    Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Request(sheet: ApprovalSheet, action: ServerAction<AnswerApproval>, answer: Answer) -> impl IntoView {
    let ApprovalSheet { account, approval } = sheet;
    let title = format!("{} asks to manage {account}", approval.msp);
    let content = match approval.outcome {
        Some(outcome) => Either::Left(view! {
            <Banner kind=BannerKind::Info>{Refusal::ApprovalOver { outcome }.to_string()}</Banner>
            <p><a class="btn" href="/portal">"To your account"</a></p>
        }),
        None => Either::Right(
            view! { <Question msp=approval.msp id=approval.id.to_string() expires_at=approval.expires_at action answer/> },
        ),
    };
    view! {
        <Title text=title.clone()/>
        <nav class="crumbs" aria-label="Where you are"><a href="/portal">{account}</a></nav>
        <div class="head"><h1>{title}</h1></div>
        <p class="quiet">{format!("{} asked on ", approval.asked_by)}<When at=approval.asked_at/>"."</p>
        {content}
    }
}

#[component]
fn Question(msp: String, id: String, expires_at: i64, action: ServerAction<AnswerApproval>, answer: Answer) -> impl IntoView {
    let refusal = refusal_of(answer);
    view! {
        <ActionForm action=action attr:class="form panel approval">
            {move || refusal.get().map(|refusal| view! {
                <Banner kind=BannerKind::Error>{refusal.to_string()}" "<a href="/portal" rel="external">"To your account"</a></Banner>
            })}
            <section>
                <h2>{format!("What {msp} will manage")}</h2>
                <ul>
                    <li>"It sets up monitors for what is yours, and sees how they are, day and night."</li>
                    <li>"It keeps your account's data: address, contacts, locations, services."</li>
                    <li>"It can invite people of yours to read the portal, and take that back."</li>
                    <li>"It can downgrade or terminate its service to you. It learns your name and email."</li>
                </ul>
            </section>
            <section>
                <h2>"What you keep"</h2>
                <ul>
                    <li>"The account is yours, and so is its id. You sign in as before, whatever the MSP does."</li>
                    <li>"You always read your account: its state, its monitors and its open outages."</li>
                    <li>"You can leave the MSP at any time. Its staff loses access at once, its checks stop, and the monitors that it set up are gone with it."</li>
                </ul>
            </section>
            <p class="quiet">"Without an answer the request expires on "<When at=expires_at/>"."</p>
            <input type="hidden" name="approval" value=id/>
            <div class="actions">
                <button class="btn main" type="submit" name="step" value=Step::Approve.key() disabled=action.pending()>"Approve"</button>
                <button class="btn danger" type="submit" name="step" value=Step::Decline.key() disabled=action.pending()>"Decline"</button>
            </div>
        </ActionForm>
    }
}
