//! The list of mails: filtered by state and paged by the address alone.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{hooks::use_query_map, params::ParamsMap};
use model::{
    customers::PAGE_ROWS,
    mail::{MailState, OutboxPage, OutboxRow},
};

use super::{Outbox, SendAgain, SendAgainButton, read_outbox, when_sent_again};
use crate::{
    answer::refusal_of,
    failure::Failure,
    monitors::words,
    reading::read_blocking,
    shell::Refused,
    ui::{Ago, Ahead, Banner, BannerKind, Empty, Pager, Reading, address, grouped},
};

/// What the address asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Asked {
    state: Option<MailState>,
    page: u32,
}

impl Asked {
    fn read(query: &ParamsMap) -> Self {
        Self {
            state: query.get_str("state").and_then(MailState::from_key),
            page: query.get_str("page").and_then(|page| page.parse().ok()).unwrap_or(1).max(1),
        }
    }

    fn href(&self) -> String {
        let page = if self.page > 1 { self.page.to_string() } else { String::new() };
        address("/outbox", &[("state", &word(self.state)), ("page", &page)])
    }
}

/// A state in the address.
fn word(state: Option<MailState>) -> String {
    state.map(|state| state.key().to_ascii_lowercase()).unwrap_or_default()
}

#[component]
pub fn OutboxPageView() -> impl IntoView {
    let query = use_query_map();
    let asked = Memo::new(move |_| query.with(Asked::read));
    let outbox = read_blocking(move || asked.get(), |asked| read_outbox(word(asked.state), asked.page));
    let action = ServerAction::<SendAgain>::new();
    when_sent_again(action, Callback::new(move |()| outbox.refetch()));
    let refusal = refusal_of(Signal::from(action.value()));
    view! {
        <Title text="Outbox"/>
        <div class="head"><h1>"Outbox"</h1></div>
        {move || refusal.get().map(|refusal| view! { <Banner kind=BannerKind::Error>{refusal.to_string()}</Banner> })}
        <Transition fallback=|| view! { <Reading/> }>
            {move || {
                let asked = asked.get();
                Suspend::new(async move {
                    match outbox.await {
                        Ok(outbox) => view! { <Found outbox asked action/> }.into_any(),
                        Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}

/// Chips, rows and pager; and what is wrong with all of it.
#[component]
fn Found(outbox: Outbox, asked: Asked, action: ServerAction<SendAgain>) -> impl IntoView {
    let Outbox { page: OutboxPage { rows, matching, page, by_state }, sends } = outbox;
    let [queued, sending, ..] = by_state;
    let waiting = queued + sending;
    let silent = (!sends).then(|| {
        view! {
            <Banner kind=BannerKind::Warn>
                <p>"This installation has no mail server: nothing is sent. "{words::counted(waiting, "mail")}" "{if waiting == 1 { "waits" } else { "wait" }}" here until it has one."</p>
                <p>"Whoever runs it starts it with "<code>"--smtp-url"</code>" and "<code>"--mail-from"</code>"."</p>
            </Banner>
        }
    });
    let all: u32 = by_state.iter().sum();
    let chips = MailState::ALL
        .into_iter()
        .zip(by_state)
        .map(|(state, count)| view! { <Chip asked=asked.clone() state=Some(state) label=state.label() count/> })
        .collect_view();
    let list = if rows.is_empty() {
        view! { <Empty title="No mail here" text="Invitations and what else is mailed stands here, with how far it got."/> }
            .into_any()
    } else {
        let shown = asked.clone();
        let back = asked.href();
        view! {
            <Rows rows back action/>
            <Pager page rows_per_page=PAGE_ROWS matching href=Callback::new(move |page| Asked { page, ..shown.clone() }.href())/>
        }
        .into_any()
    };
    view! {
        {silent}
        <nav class="chips num" aria-label="State">
            <Chip asked=asked.clone() state=None label="All" count=all/>
            {chips}
        </nav>
        {list}
    }
}

#[component]
fn Chip(asked: Asked, state: Option<MailState>, label: &'static str, count: u32) -> impl IntoView {
    let current = (asked.state == state).then_some("true");
    let href = Asked { state, page: 1 }.href();
    view! { <a class="chip" href=href aria-current=current>{label}" "<b>{grouped(count)}</b></a> }
}

#[component]
fn Rows(rows: Vec<OutboxRow>, back: String, action: ServerAction<SendAgain>) -> impl IntoView {
    view! {
        <div class="tw" tabindex="0">
            <table class="outbox">
                <caption class="unseen">"Mails, the newest first"</caption>
                <thead>
                    <tr>
                        <th scope="col">"To"</th>
                        <th scope="col" class="subject">"Subject"</th>
                        <th scope="col">"State"</th>
                        <th scope="col" class="r attempts">"Attempts"</th>
                        <th scope="col" class="written">"Written"</th>
                        <th scope="col"><span class="unseen">"Change"</span></th>
                    </tr>
                </thead>
                <tbody>{rows.into_iter().map(|row| view! { <Row row back=back.clone() action/> }).collect_view()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn Row(row: OutboxRow, back: String, action: ServerAction<SendAgain>) -> impl IntoView {
    let again =
        (row.state == MailState::Failed).then(|| view! { <SendAgainButton mail=row.id.clone() to=row.to.clone() back action/> });
    let href = format!("/outbox/{}", row.id);
    view! {
        <tr>
            <th scope="row"><span class="name"><a href=href title=row.to.clone()>{row.to.clone()}</a></span></th>
            <td class="subject" title=row.subject.clone()>{row.subject.clone()}</td>
            <td class="what"><State row=row.clone()/></td>
            <td class="r num attempts">{grouped(row.attempts)}</td>
            <td class="quiet num written"><Ago at=row.created_at/></td>
            <td class="r">{again}</td>
        </tr>
    }
}

/// Where a mail stands, and why it is not further.
#[component]
pub(super) fn State(row: OutboxRow) -> impl IntoView {
    let OutboxRow { state, attempts, last_error, next_attempt_at, .. } = row;
    let next = (state == MailState::Queued && attempts > 0)
        .then(|| view! { <small class="quiet">"tried again "<Ahead at=next_attempt_at/></small> });
    let title = last_error.clone();
    let why = (!last_error.is_empty()).then(|| view! { <small class="quiet" title=title>{last_error}</small> });
    let class = if state == MailState::Failed { "pill denied" } else { "pill" };
    view! { <span class=class>{state.label()}</span>{why}{next} }
}
