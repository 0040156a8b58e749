//! One status card (DOMAIN E1).

use leptos::prelude::*;
use model::health::{Counts, Health, Taken};

use super::{deck::LiveCard, strip::Strip};
use crate::{
    monitors::words,
    ui::{Mark, grouped},
};

/// A link to the customer, in the customer's colour.
#[component]
pub(super) fn StatusCard(card: LiveCard) -> impl IntoView {
    let LiveCard { customer, name, counts, health, taken, strip, .. } = card;
    view! {
        <a class=move || format!("card {}", health.get().status().slug()) href=format!("/customers/{customer}")>
            <span class="n" title=name.clone()>{name.clone()}</span>
            <span class="s num">{move || figures(counts.get(), &taken.read())}</span>
            <Strip strip/>
        </a>
    }
}

fn figures(counts: Counts, taken: &Taken) -> impl IntoView + use<> {
    let (worst, beside) = words_of(counts);
    let taken = taken_words(counts, taken);
    let worst = if counts.health() == Health::Up {
        view! { <span>{worst}</span> }.into_any()
    } else {
        view! { <b>{worst}</b> }.into_any()
    };
    view! {
        <Mark status=counts.health().status()/>
        {worst}
        {beside.map(|beside| view! { <span>{beside}</span> })}
        {taken.map(|words| view! { <span class="taken" title=words.clone()>{words.clone()}</span> })}
        {(counts.total > 0).then(|| view! { <span class="total">{words::monitors(counts.total)}</span> })}
    }
}

/// What the card says first, and what beside it.
pub(super) fn words_of(counts: Counts) -> (String, Option<String>) {
    let trouble = || format!("{} trouble", grouped(counts.trouble));
    match counts.health() {
        Health::Down => (format!("{} down", grouped(counts.down)), (counts.trouble > 0).then(trouble)),
        Health::Trouble => (trouble(), None),
        Health::Up if counts.total == 0 => ("No monitors".to_owned(), None),
        Health::Up => ("All up".to_owned(), None),
    }
}

/// By whom the monitors that give the card its colour are taken; how many, while not all are (DOMAIN G9).
fn taken_words(counts: Counts, taken: &Taken) -> Option<String> {
    let all = if counts.down > 0 { counts.down } else { counts.trouble };
    match taken.count {
        0 => None,
        count if count >= all => Some(format!("taken by {}", taken.by)),
        count => Some(format!("{} of {} taken", grouped(count), grouped(all))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g9_a_card_says_by_whom_it_is_taken() {
        let said = |count| taken_words(Counts { down: 2, trouble: 5, total: 9 }, &Taken { count, by: "Ana, Bo".into() });
        assert_eq!(said(0), None);
        assert_eq!(said(1), Some("1 of 2 taken".into()));
        assert_eq!(said(2), Some("taken by Ana, Bo".into()));
    }

    #[test]
    fn e1_a_card_says_its_worst_first() {
        let said = |down, trouble, total| words_of(Counts { down, trouble, total });
        assert_eq!(said(2, 3, 9), ("2 down".into(), Some("3 trouble".into())));
        assert_eq!(said(1, 0, 9), ("1 down".into(), None));
        assert_eq!(said(0, 3, 9), ("3 trouble".into(), None));
        assert_eq!(said(0, 0, 9), ("All up".into(), None));
        assert_eq!(said(0, 0, 0), ("No monitors".into(), None));
    }
}
