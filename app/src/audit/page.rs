//! The page of the trail: the filter, its rows, and the way to the older ones.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{components::A, hooks::use_query_map};
use model::{
    Refusal,
    events::{EventInput, EventRow, kind_in_words},
};

use super::{
    Changes, Trail,
    filter::{Filter, address_of, csv_of, input_of},
    read_kinds, read_trail,
};
use crate::{
    failure::Failure,
    reading::read_blocking,
    shell::Refused,
    ui::{Asked, Download, DownloadProgress, Downloading, Empty, Glyph, Icon, Reading, When},
};

#[component]
pub fn AuditPage() -> impl IntoView {
    let params = use_query_map();
    let input = Memo::new(move |_| params.with(input_of));
    let before = Memo::new(move |_| {
        params.with(|params| params.get("before").and_then(|seq| seq.parse::<i64>().ok()).unwrap_or_default())
    });
    // The answer carries its question: while the next one is on its way, the links on screen still fit the rows on screen.
    let trail = read_blocking(
        move || (input.get(), before.get()),
        |(input, before)| async move { (input.clone(), before, read_trail(input, before).await) },
    );
    let kinds = read_blocking(|| (), |()| read_kinds());
    let downloading = Downloading::new();
    let csv = Signal::derive(move || Asked { address: input.with(csv_of), file: "audit.csv", body: None });
    view! {
        <Title text="Audit trail"/>
        <div class="head">
            <h1>"Audit trail"</h1>
            <span class="quiet">"Every change, the newest first"</span>
            <div class="right"><Download downloading asked=csv label="CSV"/></div>
        </div>
        <DownloadProgress downloading/>
        <Transition fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                let kinds = kinds.await.unwrap_or_default();
                let (input, before, trail) = trail.await;
                match trail {
                    Ok(trail) => view! {
                        <Filter input=input.clone() kinds errors=Vec::new()/>
                        <Shown trail input first=before == 0/>
                    }
                    .into_any(),
                    Err(Failure(Refusal::Invalid(errors))) => view! {
                        <Filter input kinds errors/>
                        <Empty title="This filter cannot be applied" text="Please look at the fields above."/>
                    }
                    .into_any(),
                    Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Shown(trail: Trail, input: EventInput, first: bool) -> impl IntoView {
    let newest =
        (!first).then(|| view! { <A href=address_of(&input, 0) attr:class="btn"><Icon glyph=Glyph::ChevronLeft/>"Newest"</A> });
    if trail.events.is_empty() {
        let (title, text) = if input.is_empty() {
            ("No changes", "What people and commands change is written down here.")
        } else {
            ("Nothing found", "No change is left by this filter.")
        };
        return view! { <Empty title text>{newest}</Empty> }.into_any();
    }
    let older = trail.older_than.map(|seq| {
        view! { <A href=address_of(&input, seq) attr:class="btn" attr:rel="next">"Older"<Icon glyph=Glyph::ChevronRight/></A> }
    });
    let rows = trail.events.into_iter().map(|event| view! { <Event event/> }).collect_view();
    view! {
        <div class="tw" tabindex="0">
            <table class="trail">
                <caption class="unseen">"Changes, the newest first"</caption>
                <thead>
                    <tr>
                        <th scope="col">"When"</th>
                        <th scope="col">"Who"</th>
                        <th scope="col">"From"</th>
                        <th scope="col">"What"</th>
                        <th scope="col">"Subject"</th>
                        <th scope="col">"Changes"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        <nav class="pager" aria-label="Pages"><span></span><span class="steps">{newest}{older}</span></nav>
    }
    .into_any()
}

#[component]
fn Event(event: EventRow) -> impl IntoView {
    let whose = (!event.customer.is_empty()).then(|| {
        let only = EventInput { customer: event.customer.clone(), ..EventInput::default() };
        let title = "Only this customer's changes";
        view! {
            <A href=address_of(&only, 0) attr:class="btn quiet small" attr:title=title attr:aria-label=format!("{title}: {}", event.subject)>
                <Icon glyph=Glyph::Filter/>
            </A>
        }
    });
    view! {
        <tr>
            <td><When at=event.at/></td>
            <td>{event.actor}</td>
            <td class="quiet num">{event.from}</td>
            <td title=event.kind.clone()>{kind_in_words(&event.kind)}</td>
            <td>{event.subject}{whose}</td>
            <td class="wrap"><Changes changes=event.changes/></td>
        </tr>
    }
}
