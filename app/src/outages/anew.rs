//! Keeps the list of open outages in step, and takes no row from under somebody's hand.

use std::time::Duration;

use leptos::{html::Div, prelude::*};
use model::incidents::IncidentPage;

use super::{
    calls::{OutageList, read_incidents, read_outages},
    list::Asked,
};
use crate::{
    failure::Failure,
    reading::Content,
    ui::{Glyph, Icon},
};

/// How often the list is read anew while the page can be seen.
const AGAIN: Duration = Duration::from_secs(5);

/// What the page shows.
#[derive(Clone, Copy)]
pub(super) struct Shown {
    pub(super) list: Content<Result<OutageList, Failure>>,
    pub(super) incidents: Content<IncidentPage>,
    /// What is around both.
    pub(super) around: NodeRef<Div>,
    /// Whether a pointer has moved there since the list was last read.
    pub(super) moved: StoredValue<bool>,
    /// How often it was read or set by what a person did: an answer that was asked for before is out of date.
    pub(super) turn: StoredValue<u32>,
}

#[derive(Clone, PartialEq)]
struct Fresh {
    list: OutageList,
    incidents: IncidentPage,
}

impl Shown {
    pub(super) fn refetch(self) {
        self.turn.update_value(|turn| *turn = turn.wrapping_add(1));
        self.list.refetch();
        self.incidents.refetch();
    }

    fn set(self, fresh: Fresh) {
        let _ = self.list.try_set(Some(Ok(fresh.list)));
        let _ = self.incidents.try_set(Some(fresh.incidents));
    }

    /// Whether somebody is at it: the next click or key is meant for what stands there now.
    fn is_touched(self) -> bool {
        let moved = self.moved.try_update_value(std::mem::take).unwrap_or_default();
        let around = self.around.try_get_untracked().flatten();
        moved
            || around.is_some_and(|around| {
                around.matches(":focus-within").unwrap_or_default()
                    || around.query_selector("details[open]").is_ok_and(|open| open.is_some())
            })
    }
}

/// Reads anew what the page shows. While somebody is at it, what has changed is offered by a button; else it is shown at once.
#[component]
pub(super) fn Anew(asked: Memo<Asked>, shown: Shown) -> impl IntoView {
    let held = StoredValue::new(None::<Fresh>);
    let waiting = RwSignal::new(None::<Fresh>);
    Effect::new(move || {
        let both = shown.list.get().and_then(Result::ok).zip(shown.incidents.get());
        held.set_value(both.map(|(list, incidents)| Fresh { list, incidents }));
        waiting.set(None);
    });
    Effect::new(move || {
        let read = move || {
            if document().hidden() {
                return;
            }
            let Some((question, turn)) = asked.try_get_untracked().zip(shown.turn.try_get_value()) else { return };
            leptos::task::spawn_local(async move {
                // An answer that does not come leaves what is shown.
                let Ok(fresh) = read_both(question.clone()).await else { return };
                let same = held.try_with_value(|held| held.as_ref() == Some(&fresh));
                if same.is_none() || asked.try_get_untracked() != Some(question) || shown.turn.try_get_value() != Some(turn) {
                    return;
                }
                let touched = shown.is_touched();
                if same == Some(true) {
                    let _ = waiting.try_set(None);
                } else if touched {
                    let _ = waiting.try_set(Some(fresh));
                } else {
                    shown.set(fresh);
                }
            });
        };
        if let Ok(clock) = set_interval_with_handle(read, AGAIN) {
            on_cleanup(move || clock.clear());
        }
    });
    let offer = move || {
        let fresh = waiting.get()?;
        let show = move |_| shown.set(fresh.clone());
        Some(view! { <button type="button" class="btn" on:click=show><Icon glyph=Glyph::Sync/>"Show what has changed"</button> })
    };
    view! { <div class="right" role="status">{offer}</div> }
}

async fn read_both(asked: Asked) -> Result<Fresh, Failure> {
    let incidents = if asked.is_whole() { read_incidents().await? } else { IncidentPage::default() };
    let Asked { filter, customer, page } = asked;
    Ok(Fresh { list: read_outages(filter.slug().to_owned(), customer, page).await?, incidents })
}
