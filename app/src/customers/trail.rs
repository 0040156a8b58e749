//! The newest changes to one customer, for its page (DOMAIN A15).

use leptos::prelude::*;
use model::events::{EventRow, kind_in_words};

use crate::{audit::Changes, ui::When};

#[component]
pub(super) fn Trail(events: Vec<EventRow>) -> impl IntoView {
    view! {
        <div class="tw" tabindex="0">
            <table class="trail">
                <caption class="unseen">"The newest changes"</caption>
                <thead>
                    <tr>
                        <th scope="col">"When"</th>
                        <th scope="col">"Who"</th>
                        <th scope="col">"What"</th>
                        <th scope="col">"Changes"</th>
                    </tr>
                </thead>
                <tbody>{events.into_iter().map(|event| view! { <TrailRow event/> }).collect_view()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn TrailRow(event: EventRow) -> impl IntoView {
    let from = format!("From {}", event.from);
    view! {
        <tr>
            <td class="num quiet"><When at=event.at/></td>
            <td title=from>{event.actor}</td>
            <td class="what">{kind_in_words(&event.kind)}<small class="quiet">{event.subject}</small></td>
            <td class="wrap"><Changes changes=event.changes/></td>
        </tr>
    }
}
