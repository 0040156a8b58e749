//! The MSP's audit trail (DOMAIN A15): who changed what, when, from where, before and after; filtered by the address alone.

mod filter;
mod page;

pub use page::AuditPage;

use leptos::{prelude::*, server_fn::codec::Json};
use model::{
    customers::CustomerInput,
    events::{EventInput, EventRow},
};
use serde::{Deserialize, Serialize};

use crate::{failure::Failure, monitors::words::capital};

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
#[server(prefix = "/fn", endpoint = "audit", input = Json)]
pub async fn read_trail(input: EventInput, before: i64) -> Result<Trail, Failure> {
    let actor = crate::caller::actor()?;
    let before = (before > 0).then_some(before);
    // One more than is shown tells whether there is an older page.
    let mut events = crate::caller::handles().store.audit(&actor, &input, before, PAGE + 1).await?;
    let more = events.len() > PAGE as usize;
    events.truncate(PAGE as usize);
    let older_than = events.last().filter(|_| more).map(|event| event.seq);
    Ok(Trail { events, older_than })
}

/// The kinds of change that stand in the trail.
#[server(prefix = "/fn", endpoint = "audit-kinds")]
pub async fn read_kinds() -> Result<Vec<String>, Failure> {
    let actor = crate::caller::actor()?;
    Ok(crate::caller::handles().store.event_kinds(&actor).await?)
}

/// What the trail's address asks for, from the pairs of its query string.
#[cfg(feature = "ssr")]
#[must_use]
pub fn input_from(pairs: Vec<(String, String)>) -> EventInput {
    filter::input_of(&pairs.into_iter().collect())
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

/// A field's name as its form has it.
#[must_use]
pub fn label(field: &str) -> String {
    CustomerInput::FIELDS
        .iter()
        .find(|known| known.name == field)
        .map_or_else(|| capital(&field.replace(['_', '.'], " ")), |known| known.label.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a15_a_field_is_called_as_in_its_form() {
        assert_eq!(label("account_manager_email"), "Account manager's email");
        assert_eq!(label("interval_s"), "Interval s");
    }
}
