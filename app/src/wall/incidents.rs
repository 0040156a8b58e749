//! Incidents on the wall (DOMAIN F13): a calm strip below the bar that names each and leads to its tiles; in five-metre mode one entry
//! in the place of its outages.

use std::{collections::HashSet, sync::Arc};

use leptos::prelude::*;
#[cfg(any(feature = "hydrate", test))]
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
#[cfg(any(feature = "hydrate", test))]
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

/// The incidents among the tiles that `takes` leaves, each as large as it is there.
#[cfg(any(feature = "hydrate", test))]
pub(super) fn among(incidents: &[Shown], board: &Board, takes: impl Fn(u32) -> bool) -> Vec<Shown> {
    let left = |shown: &Shown| {
        let (lasting, status) = unwell(&shown.slots, board, &takes)?;
        let (mut monitors, mut owners) = (0, HashSet::new());
        for slot in shown.slots.iter().filter(|slot| takes(**slot)) {
            monitors += 1;
            owners.insert(board.owner(*slot));
        }
        let customers = u32::try_from(owners.len()).unwrap_or(u32::MAX);
        let head = Head { monitors, customers, lasting, ..shown.head.clone() };
        let shown = Shown { head, status, ..shown.clone() };
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
    // Otherwise it keeps its place while there is none: when one begins no tile may move.
    let is_seen = Memo::new(move |_| !far.get() || (!named.read().is_empty() && filtering.now.read().incident().is_some()));
    let none = move || {
        let is_none = screen.incidents.with(|known| known.as_ref().is_some_and(Vec::is_empty));
        is_none.then(|| view! { <p class="none">"No incidents"</p> })
    };
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
                    {none}
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
pub(super) fn LargeIncident(incident: Shown, screen: Screen, filtering: Filtering, asked: Memo<Asked>) -> impl IntoView {
    let Shown { head, status, .. } = incident;
    let since = head.began_at;
    let age = Memo::new(move |_| span(screen.far.read().now - since));
    let href = {
        let id = head.id.clone();
        move || asked.get().address(&filtering.now.get().toggle_incident(&id).query())
    };
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

#[cfg(test)]
mod tests {
    use model::{
        CustomerId,
        board::{Op, Tile},
    };

    use super::*;

    #[test]
    fn f13_an_incident_is_as_large_as_the_tiles_that_are_shown() {
        let mut board = Board::default();
        for owner in 0..3u32 {
            let name = format!("Customer {owner}");
            board.apply(&Op::Customer { slot: owner, id: CustomerId::from_u128(u128::from(owner)), name }).unwrap();
            for (slot, status) in (owner * 3..).zip([Status::Down, Status::Trouble, Status::Up]) {
                let (name, reason) = (format!("m{slot}"), String::new());
                board.apply(&Op::Tile(Tile { slot, owner, name, status, since: 0, reason, stale: false })).unwrap();
            }
        }
        let head = Head {
            id: OutageId::from_u128(1),
            began_at: 0,
            span_ms: 0,
            monitors: 9,
            customers: 3,
            lasting: 6,
            shared: Vec::new(),
        };
        let whole = Shown { head, slots: Arc::new((0..9).collect()), status: Status::Down };
        let seen = |takes: &dyn Fn(u32) -> bool| {
            let seen = among(std::slice::from_ref(&whole), &board, takes);
            seen.first().map(|Shown { head, status, .. }| (head.monitors, head.customers, head.lasting, *status))
        };
        assert_eq!(seen(&|_| true), Some((9, 3, 6, Status::Down)));
        assert_eq!(seen(&|slot| board.owner(slot) < 1), Some((3, 1, 2, Status::Down)), "of one customer");
        let in_trouble = |slot| board.status(slot) == Some(Status::Trouble);
        assert_eq!(seen(&in_trouble), Some((3, 3, 3, Status::Trouble)), "of one status, none of which is well again");
        assert_eq!(seen(&|slot| slot < 1), None, "one alone is an outage");
    }
}
