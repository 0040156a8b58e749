//! Incidents on the wall (DOMAIN F13): a calm strip below the bar that names each and leads to its tiles; in five-metre mode one entry
//! in the place of its outages.

use std::{collections::HashSet, sync::Arc};

use leptos::prelude::*;
#[cfg(feature = "hydrate")]
use model::board::Board;
use model::{
    OutageId, Status,
    incidents::{Head, OnWalls, RULE},
};

use super::{Filtering, facts::Screen, filter::Filter, local_time, table::Asked};
use crate::{
    failure::Failure,
    outages::incidents::{left, size},
    ui::{Mark, grouped, span},
};

/// The strip names so many, and counts the others.
const NAMED: usize = 3;

/// Reads the incidents that last.
#[server(prefix = "/fn", endpoint = "wall-incidents")]
pub async fn read_on_wall() -> Result<OnWalls, Failure> {
    let actor = crate::caller::actor()?;
    Ok(crate::caller::handles().live.incidents_on_wall(&actor).await?)
}

/// An incident that lasts, as the board has it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub head: Head,
    /// Its monitors, also those that are well again.
    pub slots: Arc<HashSet<u32>>,
    /// The worst of them.
    pub status: Status,
}

impl std::hash::Hash for Shown {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (&self.head.id, self.head.lasting, self.head.monitors).hash(state);
    }
}

/// As many of `slots` as `takes` leaves are not well: how many, and the worst.
#[cfg(feature = "hydrate")]
fn unwell(slots: &HashSet<u32>, board: &Board, takes: impl Fn(u32) -> bool) -> Option<(u32, Status)> {
    let unwell =
        slots.iter().filter(|slot| takes(**slot)).filter_map(|slot| board.status(*slot)).filter(|status| status.is_outage());
    let (mut count, mut worst) = (0, None);
    for status in unwell {
        count += 1;
        worst = worst.min(Some(status)).or(Some(status));
    }
    worst.map(|worst| (count, worst))
}

/// The incident as the board has it; `None` where it is over.
#[cfg(feature = "hydrate")]
pub(super) fn on_board(head: &Head, slots: Arc<HashSet<u32>>, board: &Board) -> Option<Shown> {
    let (lasting, status) = unwell(&slots, board, |_| true)?;
    let shown = Shown { head: Head { lasting, ..head.clone() }, slots, status };
    shown.head.lasts().then_some(shown)
}

/// The incidents among the tiles that `takes` leaves.
#[cfg(feature = "hydrate")]
pub(super) fn among(incidents: &[Shown], board: &Board, takes: impl Fn(u32) -> bool) -> Vec<Shown> {
    let left = |shown: &Shown| {
        let (lasting, status) = unwell(&shown.slots, board, &takes)?;
        let shown = Shown { head: Head { lasting, ..shown.head.clone() }, status, ..shown.clone() };
        shown.head.lasts().then_some(shown)
    };
    incidents.iter().filter_map(left).collect()
}

/// Puts the slots of the filter's incident into it, as far as they are known.
pub(super) fn resolve(filter: Filter, screen: Screen) -> Filter {
    let Some(id) = filter.incident().cloned() else { return filter };
    let slots =
        screen.incidents.with(|known| known.iter().flatten().find(|shown| shown.head.id == id).map(|shown| shown.slots.clone()));
    filter.among(slots.unwrap_or_default())
}

/// The incidents that last, the newest first. From five metres it is seen only where one is chosen: the entries say the same.
#[component]
pub(super) fn IncidentStrip(screen: Screen, filtering: Filtering, asked: Memo<Asked>, far: Memo<bool>) -> impl IntoView {
    let named = Memo::new(move |_| {
        let chosen = filtering.now.read().incident().cloned();
        let mut known: Vec<Shown> = screen.incidents.read().iter().flatten().cloned().collect();
        // The chosen one is always named: it is how one gets back.
        known.sort_by_key(|shown| Some(&shown.head.id) != chosen.as_ref());
        known
    });
    let is_seen = Memo::new(move |_| !named.read().is_empty() && (!far.get() || filtering.now.read().incident().is_some()));
    let ids = move || named.read().iter().take(NAMED).map(|shown| shown.head.id.clone()).collect::<Vec<_>>();
    let more = move || {
        let more = u32::try_from(named.read().len().saturating_sub(NAMED)).unwrap_or(u32::MAX);
        (more > 0).then(|| view! { <a class="more" href="/outages" rel="external">{format!("and {} more", grouped(more))}</a> })
    };
    move || {
        is_seen.get().then(|| {
            view! {
                <nav class="incident-strip" aria-label="Incidents">
                    <For each=ids key=Clone::clone let:id>
                        <Entry id named filtering asked/>
                    </For>
                    {more}
                </nav>
            }
        })
    }
}

/// It stays the same link while outages come and go, so that whoever is on it stays there.
#[component]
fn Entry(id: OutageId, named: Memo<Vec<Shown>>, filtering: Filtering, asked: Memo<Asked>) -> impl IntoView {
    let shown = {
        let id = id.clone();
        Memo::new(move |_| named.read().iter().find(|shown| shown.head.id == id).cloned())
    };
    let is_chosen = {
        let id = id.clone();
        Memo::new(move |_| filtering.now.read().incident() == Some(&id))
    };
    let href = move || asked.get().address(&filtering.now.get().toggle_incident(&id).query());
    let content = move || {
        let Shown { head, status, .. } = shown.get()?;
        let word = if is_chosen.get() { "Only this incident" } else { "Incident" };
        let left = left(&head).map(|left| view! { <span class="left">{left}</span> });
        Some(view! {
            <Mark status label=true/>
            <b>{word}</b>
            <span class="what">{format!("{} since {}, {}", size(&head), local_time(head.began_at), head.cause())}</span>
            {left}
        })
    };
    let title = move || shown.read().as_ref().map(|shown| format!("{}. {RULE}", shown.head.why()));
    let status = move || shown.read().as_ref().map(|shown| shown.status.slug());
    view! {
        <a href=href title=title aria-current=move || is_chosen.get().then_some("true") data-status=status>{content}</a>
    }
}

/// One entry of five-metre mode.
#[component]
pub(super) fn LargeIncident(incident: Shown, screen: Screen) -> impl IntoView {
    let Shown { head, status, .. } = incident;
    let since = head.began_at;
    let age = Memo::new(move |_| span(screen.far.read().now - since));
    let href = format!("/wall?view=far&incident={}", head.id);
    let left = left(&head).map(|left| format!(", {left}"));
    view! {
        <li class="incident" data-status=status.slug()>
            <Mark status label=true/>
            <p class="name"><a href=href><bdi>{head.name()}</bdi></a></p>
            <p class="age num">{age}</p>
            <p class="why"><bdi class="whose">"Incident"</bdi><bdi>{size(&head)}{left}</bdi></p>
        </li>
    }
}
