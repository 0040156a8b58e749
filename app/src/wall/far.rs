//! Five-metre mode (DOMAIN F8): what is wrong in letters that are read across a room, beside the tiles, which are then but a calm field.
//!
//! Sizes are shares of the screen, for it is the screen's height in metres that counts. A wall's screen of 65 inches is 809 mm high.
//! ISO 9241-303 wants letters 20 to 22 minutes of arc high and no less than 16: at five metres 29 to 32 mm, and 23 mm. A capital of Inter
//! is 0.727 of its size. So names and ages are 5.2 % of the screen's height (21 minutes), everything else 4 % (16 minutes). A phone is
//! held in the hand: there the width sets the size.

use leptos::prelude::*;
use model::Status;

use super::{
    Filtering,
    facts::{Facts, Large, Link, Screen},
    incidents::LargeIncident,
    local_time,
    table::Asked,
};
use crate::ui::{Mark, grouped, span};

/// Names, as shares of the screen's height and width: as the style sheet says.
#[cfg(any(feature = "hydrate", test))]
const NAME: (f64, f64) = (0.052, 0.082);
/// In the size of names: an outage on a screen that lies and on one that stands, what is between two, and the line that counts the rest.
#[cfg(any(feature = "hydrate", test))]
const ROW: (f64, f64) = (2.6, 3.5);
#[cfg(any(feature = "hydrate", test))]
const GAP: f64 = 0.22;
#[cfg(any(feature = "hydrate", test))]
const MORE: f64 = 1.4;

/// How many of `total` outages a place of this height has room for, on a screen of `width` by `height`: one at least. In CSS pixels.
#[cfg(any(feature = "hydrate", test))]
fn room(place: f64, width: f64, height: f64, total: usize) -> usize {
    let name = (NAME.0 * height).min(NAME.1 * width).max(1.0);
    let row = if width < height { ROW.1 } else { ROW.0 };
    let fitting = |place: f64| ((place / name + GAP) / (row + GAP)).max(1.0) as usize;
    let all = fitting(place);
    if total <= all { all } else { fitting(place - MORE * name) }
}

/// Says what is wrong among the tiles that `takes` leaves. An incident takes one entry instead of its outages, unless it is what they are
/// chosen by.
#[cfg(feature = "hydrate")]
pub(super) fn show(
    screen: Screen,
    live: &super::feed::LiveBoard,
    board: &model::board::Board,
    by_incident: bool,
    takes: impl Fn(u32) -> bool,
) {
    let Some(place) = document().query_selector(".wrong > .list").ok().flatten() else { return };
    let size = |length: Result<wasm_bindgen::JsValue, _>| length.ok().and_then(|length| length.as_f64()).unwrap_or_default();
    let (width, height) = (size(window().inner_width()), size(window().inner_height()));
    let known = screen.incidents.get_untracked().filter(|_| !by_incident).unwrap_or_default();
    let mut incidents = super::incidents::among(&known, board, &takes);
    let worst = board.worst(usize::MAX, |slot| takes(slot) && !incidents.iter().any(|incident| incident.slots.contains(&slot)));
    let most = room(f64::from(place.client_height()), width, height, incidents.len() + worst.slots.len());
    let beyond = incidents.split_off(most.min(incidents.len()));
    let (seen, rest) = worst.slots.split_at((most - incidents.len()).min(worst.slots.len()));
    // A monitor that failed again may be of two of them.
    let beyond: std::collections::HashSet<u32> =
        beyond.iter().flat_map(|incident| incident.slots.iter()).copied().filter(|slot| takes(*slot)).collect();
    let count = |status| {
        let slots = rest.iter().chain(&beyond).filter(|slot| board.status(**slot) == Some(status));
        u32::try_from(slots.count()).unwrap_or(u32::MAX)
    };
    let large = |slot: &u32| {
        Some(Large {
            slot: *slot,
            href: live.tile_path(*slot),
            status: board.status(*slot)?,
            name: board.name(*slot).to_owned(),
            customer: board.customer(board.owner(*slot)).map_or_else(String::new, |(_, name)| name.to_owned()),
            reason: super::facts::reason_line(board.reason(*slot), board.taken(*slot)),
            since: board.since(*slot),
        })
    };
    let outages = seen.iter().filter_map(large).collect();
    let far = screen.far;
    let next = super::facts::Far { incidents, outages, more: [count(Status::Down), count(Status::Trouble)], now: live.now() };
    if far.get_untracked() != next {
        far.set(next);
    }
}

/// What is wrong, and how much is well.
#[component]
pub(super) fn FarSide(screen: Screen, filtering: Filtering, asked: Memo<Asked>) -> impl IntoView {
    let lost = Memo::new(move |_| match screen.facts.read().link {
        Link::Lost { since } => Some(since),
        Link::Connecting | Link::Live | Link::Over | Link::Past => None,
    });
    let is_well = Memo::new(move |_| {
        let Facts { ready, counts: [down, trouble, ..], matching, .. } = *screen.facts.read();
        ready && matching > 0 && down + trouble == 0
    });
    view! {
        <section class="wrong" aria-label="What is wrong">
            {move || lost.get().map(|since| view! { <p class="lost">{format!("Link lost, data from {}", local_time(since))}</p> })}
            <div class="list">
                <ol>
                    <For each=move || screen.far.read().incidents.clone() key=Clone::clone let:incident>
                        <LargeIncident incident screen filtering asked/>
                    </For>
                    <For each=move || screen.far.read().outages.clone() key=Clone::clone let:outage>
                        <Outage outage screen/>
                    </For>
                </ol>
                {move || more(screen.far.read().more).map(|text| view! { <p class="more num">{text}</p> })}
                {move || (is_well.get() && lost.get().is_none()).then(|| view! { <Well screen/> })}
            </div>
        </section>
        <p class="calm num">{move || calm(&screen.facts.read())}</p>
    }
}

#[component]
fn Outage(outage: Large, screen: Screen) -> impl IntoView {
    let Large { href, status, name, customer, reason, since, .. } = outage;
    let age = Memo::new(move |_| span(screen.far.read().now - since));
    view! {
        <li data-status=status.slug()>
            <Mark status label=true/>
            <p class="name">{linked(href, name)}</p>
            <p class="age num">{age}</p>
            <p class="why"><bdi class="whose">{customer}</bdi><bdi>{reason}</bdi></p>
        </li>
    }
}

/// To its monitor, where that can be opened.
fn linked(href: Option<String>, name: String) -> AnyView {
    match href {
        Some(href) => view! { <a href=href><bdi>{name}</bdi></a> }.into_any(),
        None => view! { <bdi>{name}</bdi> }.into_any(),
    }
}

#[component]
fn Well(screen: Screen) -> impl IntoView {
    view! {
        <div class="well">
            <Mark status=Status::Up/>
            <p class="name">{move || well(&screen.facts.read())}</p>
            <p class="why num">{move || calm(&screen.facts.read())}</p>
        </div>
    }
}

fn well(facts: &Facts) -> &'static str {
    let [up, all] = up_of(facts);
    if up == all { "All is well" } else { "Nothing is down" }
}

/// Those that are up, and all of them.
fn up_of(facts: &Facts) -> [u32; 2] {
    [facts.counts[usize::from(Status::Up.code())], facts.counts.iter().sum()]
}

fn calm(facts: &Facts) -> Option<String> {
    let [up, all] = up_of(facts);
    facts.ready.then(|| format!("{} of {} up", grouped(up), grouped(all)))
}

fn more([down, trouble]: [u32; 2]) -> Option<String> {
    let parts: Vec<String> = [(down, "down"), (trouble, "in trouble")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{} {word}", grouped(count)))
        .collect();
    (!parts.is_empty()).then(|| format!("and {} more: {}", grouped(down + trouble), parts.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f8_a_wall_names_as_many_outages_as_can_be_read_from_afar() {
        assert_eq!((room(1000.0, 1920.0, 1080.0, 3), room(1000.0, 1920.0, 1080.0, 6)), (6, 6));
        assert_eq!(room(1000.0, 1920.0, 1080.0, 99), 5, "the line that counts the others takes its room");
        assert_eq!(room(2000.0, 3840.0, 2160.0, 99), 5, "a finer screen is not a larger one");
        assert_eq!(room(0.0, 0.0, 0.0, 99), 1);
        assert!((2..9).contains(&room(500.0, 390.0, 844.0, 99)));
    }

    #[test]
    fn f8_what_has_no_room_is_counted() {
        assert_eq!(more([0, 0]), None);
        assert_eq!(more([56, 1_039]).as_deref(), Some("and 1,095 more: 56 down, 1,039 in trouble"));
        assert_eq!(more([0, 2]).as_deref(), Some("and 2 more: 2 in trouble"));
    }

    #[test]
    fn f8_all_is_well_only_where_everything_is_up() {
        let mut facts = Facts { ready: true, counts: [0, 0, 0, 0, 0, 0, 9_665], ..Facts::default() };
        assert_eq!((well(&facts), calm(&facts).as_deref()), ("All is well", Some("9,665 of 9,665 up")));
        facts.counts[2] = 1;
        assert_eq!((well(&facts), calm(&facts).as_deref()), ("Nothing is down", Some("9,665 of 9,666 up")));
    }
}
