//! The MSP's audit trail (DOMAIN A15): who changed what, when, from where, before and after.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{components::A, hooks::use_query_map};
use model::{customers::CustomerInput, events::EventRow};
use serde::{Deserialize, Serialize};

use crate::{
    failure::Failure,
    monitors::words::capital,
    shell::Refused,
    ui::{Empty, Glyph, Icon, Reading, When},
};

/// Events on one page.
#[cfg(feature = "ssr")]
const PAGE: u32 = 50;
/// Fields that are shown without a click.
const FEW: usize = 4;

/// One page of the trail, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trail {
    pub events: Vec<EventRow>,
    /// The older ones come before this one's place in the log; `None` at the end.
    pub older_than: Option<i64>,
}

/// Reads the events before `before`, a place in the log; 0 for the newest.
#[server(prefix = "/fn", endpoint = "audit")]
pub async fn read_trail(before: i64) -> Result<Trail, Failure> {
    let actor = crate::caller::actor()?;
    let before = (before > 0).then_some(before);
    // One more than is shown tells whether there is an older page.
    let mut events = crate::caller::handles().store.events(&actor, None, before, PAGE + 1).await?;
    let more = events.len() > PAGE as usize;
    events.truncate(PAGE as usize);
    let older_than = events.last().filter(|_| more).map(|event| event.seq);
    Ok(Trail { events, older_than })
}

#[component]
pub fn AuditPage() -> impl IntoView {
    let query = use_query_map();
    let before =
        Memo::new(move |_| query.with(|query| query.get("before").and_then(|seq| seq.parse::<i64>().ok()).unwrap_or_default()));
    let trail = Resource::new_blocking(move || before.get(), read_trail);
    view! {
        <Title text="Audit trail"/>
        <div class="head"><h1>"Audit trail"</h1><span class="quiet">"Every change, the newest first"</span></div>
        <Transition fallback=|| view! { <Reading/> }>
            {move || {
                let first = before.get() == 0;
                Suspend::new(async move {
                    match trail.await {
                        Ok(trail) => view! { <Shown trail first/> }.into_any(),
                        Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}

#[component]
fn Shown(trail: Trail, first: bool) -> impl IntoView {
    let newest = (!first).then(|| view! { <A href="/audit" attr:class="btn"><Icon glyph=Glyph::ChevronLeft/>"Newest"</A> });
    if trail.events.is_empty() {
        return view! {
            <Empty title="No changes" text="What people and commands change is written down here.">{newest}</Empty>
        }
        .into_any();
    }
    let older = trail.older_than.map(|seq| {
        view! { <A href=format!("/audit?before={seq}") attr:class="btn" attr:rel="next">"Older"<Icon glyph=Glyph::ChevronRight/></A> }
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
    view! {
        <tr>
            <td><When at=event.at/></td>
            <td>{event.actor}</td>
            <td class="quiet num">{event.from}</td>
            <td title=event.kind.clone()>{what(&event.kind)}</td>
            <td>{event.subject}</td>
            <td class="wrap"><Changes changes=event.changes/></td>
        </tr>
    }
}

/// What an event changed, field by field; many are folded away.
#[component]
pub(crate) fn Changes(changes: Vec<(String, String, String)>) -> impl IntoView {
    let count = changes.len();
    let lines = changes.into_iter().map(|(field, before, after)| view! { <Change field before after/> }).collect_view();
    let list = view! { <ul class="changes">{lines}</ul> };
    if count == 0 {
        ().into_any()
    } else if count > FEW {
        view! { <details><summary>{format!("{count} fields")}</summary>{list}</details> }.into_any()
    } else {
        list.into_any()
    }
}

#[component]
fn Change(field: String, before: String, after: String) -> impl IntoView {
    let arrow = (!before.is_empty() && !after.is_empty()).then(|| view! { <span class="quiet">" → "</span> });
    let old = (!before.is_empty()).then(|| view! { <del>{before}</del> });
    let new = if after.is_empty() {
        view! { <span class="quiet">" removed"</span> }.into_any()
    } else {
        view! { <ins>{after}</ins> }.into_any()
    };
    view! { <li><span class="quiet">{label(&field)}": "</span>{old}{arrow}{new}</li> }
}

/// `customer.terminated` as a person says it.
pub(crate) fn what(kind: &str) -> String {
    capital(&kind.replace(['.', '_', '-'], " "))
}

/// A field's name as its form has it.
fn label(field: &str) -> String {
    CustomerInput::FIELDS
        .iter()
        .find(|known| known.name == field)
        .map_or_else(|| capital(&field.replace(['_', '.'], " ")), |known| known.label.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a15_an_event_is_said_in_words() {
        assert_eq!(what("customer.terminated"), "Customer terminated");
        assert_eq!(label("account_manager_email"), "Account manager's email");
        assert_eq!(label("interval_s"), "Interval s");
    }
}
