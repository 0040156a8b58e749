//! The wall as a list, made here for those whose browser does not (DOMAIN F14).

use std::collections::HashSet;

use model::{
    CustomerId, MonitorId, Refusal, Status,
    board::Board,
    roles::{Action, Relation},
    roll::{ROLL_ROWS, Ranks, Roll, RollRow, Sorting},
};
use store::{Actor, Error};

use crate::{Live, board_room::Places};

impl Live {
    /// One page of the board of the actor's MSP. `among` (where it is not `None`), `takes_customer` and `takes` are what the filter leaves.
    ///
    /// # Errors
    /// Refused to customer users (DOMAIN F6).
    pub async fn roll(
        &self,
        actor: &Actor,
        sorting: Sorting,
        page: u32,
        among: Option<HashSet<MonitorId>>,
        takes_customer: impl Fn(&CustomerId) -> bool + Send + 'static,
        takes: impl Fn(Status) -> bool + Send + 'static,
    ) -> Result<Roll, Error> {
        actor.require(Action::SeeAll, Relation::None)?;
        let (room, denied) = (self.room(actor.msp()), actor.denied().clone());
        // To rank the names of 100,000 monitors takes a while.
        let read = move || {
            let (board, places) = room.copy(&denied);
            let is_among =
                |slot| among.as_ref().is_none_or(|among| places.monitor(slot).is_some_and(|monitor| among.contains(monitor)));
            page_of(&board, &places, sorting, page, &is_among, &takes_customer, &takes)
        };
        tokio::task::spawn_blocking(read).await.map_err(|_| Refusal::Internal.into())
    }
}

fn page_of(
    board: &Board,
    places: &Places,
    sorting: Sorting,
    page: u32,
    is_among: &dyn Fn(u32) -> bool,
    takes_customer: &dyn Fn(&CustomerId) -> bool,
    takes: &dyn Fn(Status) -> bool,
) -> Roll {
    let mut roll = Roll { total: board.len(), ..Roll::default() };
    let mut is_chosen = vec![false; board.customer_slots() as usize];
    for (slot, id, _) in board.customers() {
        is_chosen[slot as usize] = takes_customer(id);
    }
    let is_chosen = |slot: u32| is_chosen[board.owner(slot) as usize] && is_among(slot);
    for slot in board.tiles().filter(|slot| is_chosen(*slot)) {
        if let Some(status) = board.status(slot) {
            roll.counts[usize::from(status.code())] += 1;
            roll.stale += u32::from(board.is_stale(slot));
        }
    }
    let slots = Ranks::of(board).sorted(board, sorting, |slot| is_chosen(slot) && board.status(slot).is_some_and(takes));
    roll.matching = u32::try_from(slots.len()).unwrap_or(u32::MAX);
    roll.page = page.clamp(1, roll.matching.div_ceil(ROLL_ROWS).max(1));
    let first = (roll.page - 1) as usize * ROLL_ROWS as usize;
    roll.rows = slots.iter().skip(first).take(ROLL_ROWS as usize).filter_map(|slot| row(board, places, *slot)).collect();
    roll
}

fn row(board: &Board, places: &Places, slot: u32) -> Option<RollRow> {
    let (customer, customer_name) = board.customer(board.owner(slot))?;
    Some(RollRow {
        monitor: places.monitor(slot)?.clone(),
        name: board.name(slot).to_owned(),
        customer: customer.clone(),
        customer_name: customer_name.to_owned(),
        status: board.status(slot)?,
        since: board.since(slot),
        reason: board.reason(slot).to_owned(),
        stale: board.is_stale(slot),
    })
}
