//! Turns cards as soon as a status changes, by the same live board as the wall (DOMAIN E4).

use std::collections::{BTreeSet, HashSet};

use model::{CustomerId, board::Board};

use super::deck::Deck;
use crate::wall::{
    Link,
    feed::{Change, watch},
    source::Source,
};

/// Follows the board until the current reactive owner is cleaned up. `on_strange` is run when a new board lacks a customer that has a
/// card: one that was denied to this person must not stay (DOMAIN C7).
pub(super) fn follow(deck: Deck, on_strange: impl Fn() + 'static) {
    // The handle lives in the owner, and with it the stream.
    let _ = watch(Source::Staff, move |live, change| match change {
        Change::Everything => {
            deck.forget_live();
            all(deck, &live.board());
            let known: HashSet<CustomerId> = live.board().customers().map(|(_, customer, _)| customer.clone()).collect();
            if !deck.is_within(&known.iter().collect()) {
                on_strange();
            }
        }
        Change::Layout => all(deck, &live.board()),
        Change::Tiles(slots) => some(deck, &live.board(), slots),
        Change::Link => {
            if matches!(live.link(), Link::Lost { .. }) {
                deck.forget_live();
            }
        }
        Change::Beat | Change::Unseen(_) => {}
    });
}

fn all(deck: Deck, board: &Board) {
    for (slot, customer, _) in board.customers() {
        deck.turn(customer, board.customer_counts(slot));
        deck.take_over(customer, board.customer_taken(slot));
    }
}

/// The customers of these tiles, each once.
fn some(deck: Deck, board: &Board, tiles: &[u32]) {
    let owners: BTreeSet<u32> = tiles.iter().map(|tile| board.owner(*tile)).collect();
    for owner in owners {
        if let Some((customer, _)) = board.customer(owner) {
            deck.turn(customer, board.customer_counts(owner));
            deck.take_over(customer, board.customer_taken(owner));
        }
    }
}
