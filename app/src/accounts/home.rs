//! The Super Admin's home: what the account is, who manages it or asks to, and its id to hand to an MSP.

use leptos::{either::Either, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::{
    accounts::{AccountSheet, ApprovalRow, Manager, Outcome},
    lifecycle::{State, Step},
};

use crate::ui::{Banner, BannerKind, CopyLine, When};

/// Everything above what the MSP has of the account.
#[component]
pub(crate) fn AccountHead(sheet: AccountSheet) -> impl IntoView {
    let (open, over): (Vec<ApprovalRow>, Vec<ApprovalRow>) = sheet.approvals.into_iter().partition(|row| row.outcome.is_none());
    let state = sheet.manager.as_ref().map(|manager| manager.state);
    let leave = sheet.manager.as_ref().map(|manager| format!("Leave {}", manager.msp));
    view! {
        <Title text=sheet.name.clone()/>
        <div class="head">
            <h1>{sheet.name}</h1>
            <StandingPill state/>
            <div class="right">{leave.map(|leave| view! { <a class="btn danger" href="/portal/leave">{leave}</a> })}</div>
        </div>
        <Done/>
        {open.into_iter().map(|approval| view! { <Asks approval/> }).collect_view()}
        <section class="panel own-account" aria-labelledby="own-account">
            <h2 id="own-account">"Your account"</h2>
            <Managed manager=sheet.manager/>
            <CopyLine id="customer-id" label="Customer id" text=sheet.id.to_string()/>
            <p class="hint">"An MSP that you want to work with asks for your account by this id. Nothing happens until you approve."</p>
        </section>
        {(!over.is_empty()).then(|| view! { <Past approvals=over/> })}
    }
}

#[component]
fn StandingPill(state: Option<State>) -> impl IntoView {
    match state {
        None => view! { <span class="pill">"Not managed"</span> }.into_any(),
        Some(State::Active) => view! { <span class="pill a">{State::Active.label()}</span> }.into_any(),
        Some(state @ (State::Pending | State::Free | State::Inactive)) => {
            view! { <span class="pill">{state.label()}</span> }.into_any()
        }
    }
}

/// What was just done, also without JavaScript.
#[component]
fn Done() -> impl IntoView {
    let query = use_query_map();
    let words = move || match query.with(|query| query.get_str("done").and_then(Step::from_key)) {
        Some(Step::Approve) => Some("You approved. The MSP manages this account from now on; you can leave it at any time."),
        Some(Step::Decline) => Some("You declined. The MSP has no access to this account."),
        Some(Step::Leave) => Some("You left. No MSP manages this account any more."),
        Some(Step::Downgrade | Step::Upgrade | Step::Terminate | Step::Restore | Step::Withdraw | Step::Expire) | None => None,
    };
    move || words().map(|words| view! { <Banner kind=BannerKind::Info>{words}</Banner> })
}

/// A request that waits for an answer.
#[component]
fn Asks(approval: ApprovalRow) -> impl IntoView {
    view! {
        <Banner kind=BannerKind::Info>
            <p>{format!("{} asks to manage this account. The request expires on ", approval.msp)}<When at=approval.expires_at/>"."</p>
            <p><a class="btn main" href=format!("/account/approval/{}", approval.id)>"See the request"</a></p>
        </Banner>
    }
}

#[component]
fn Managed(manager: Option<Manager>) -> impl IntoView {
    let Some(Manager { msp, state, restorable_until }) = manager else {
        return Either::Left(view! { <p>"No MSP manages this account. Nothing of yours is being watched."</p> });
    };
    let words = match state {
        State::Pending | State::Active => format!("{msp} manages this account."),
        State::Free => format!("{msp} manages this account. It is free: a small number of monitors is kept."),
        State::Inactive => format!("{msp} has terminated this account: nothing of yours is being watched."),
    };
    let undone = (state == State::Inactive)
        .then(|| view! { <p class="quiet">"The MSP can undo this until "<When at=restorable_until/>". You can leave it now, and work with another."</p> });
    Either::Right(view! { <p>{words}</p>{undone} })
}

/// What was asked before, and how it ended.
#[component]
fn Past(approvals: Vec<ApprovalRow>) -> impl IntoView {
    let rows = approvals
        .into_iter()
        .map(|row| {
            view! {
                <tr>
                    <th scope="row">{row.msp}</th>
                    <td class="num quiet"><When at=row.asked_at/></td>
                    <td>{row.outcome.map(ending)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section aria-labelledby="past-requests">
            <h2 id="past-requests">"Earlier requests"</h2>
            <div class="tw" tabindex="0">
                <table>
                    <caption class="unseen">"Earlier requests, the newest first"</caption>
                    <thead><tr><th scope="col">"MSP"</th><th scope="col">"Asked"</th><th scope="col">"Ended"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
}

const fn ending(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Approved => "You approved",
        Outcome::Declined => "You declined",
        Outcome::Withdrawn => "Withdrawn by the MSP",
        Outcome::Expired => "Expired without an answer",
    }
}
