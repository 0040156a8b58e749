//! The board: every watched monitor of one MSP and its status, in memory, as server and browser both hold it.
//!
//! Flat arrays indexed by slot. A slot is a `u32`, never used twice in an epoch; slots that are gone stay empty.

use std::collections::{HashMap, HashSet};

use crate::{
    CustomerId, Status,
    health::{Counts, Taken},
    text::fold,
};

/// An empty slot's status.
const GONE: u8 = u8::MAX;

/// One change of the board. A frame of the stream is a list of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    /// A customer appears, or has another name.
    Customer {
        slot: u32,
        id: CustomerId,
        name: String,
    },
    /// A customer is gone; its tiles went before it.
    CustomerGone {
        slot: u32,
    },
    /// A tile appears, or has another name.
    Tile(Tile),
    TileGone {
        slot: u32,
    },
    /// `since` is UTC milliseconds; the reason is empty where there is nothing to say.
    Status {
        slot: u32,
        status: Status,
        since: i64,
        reason: String,
    },
    /// No verdict for three intervals, or one again (DOMAIN F11).
    Stale {
        slot: u32,
        stale: bool,
    },
    /// Somebody took the outage, or with an empty name handed it back (DOMAIN G9). It ends with the outage by itself.
    Taken {
        slot: u32,
        by: String,
    },
}

/// Other slots for those of a board. It gives the same for the same.
pub trait Slots {
    fn of_customer(&mut self, slot: u32) -> u32;
    fn of_tile(&mut self, slot: u32) -> u32;
}

impl Op {
    /// The same change with other slots.
    #[must_use]
    pub fn renumbered(mut self, slots: &mut impl Slots) -> Self {
        match &mut self {
            Self::Customer { slot, .. } | Self::CustomerGone { slot } => *slot = slots.of_customer(*slot),
            Self::Tile(tile) => {
                tile.slot = slots.of_tile(tile.slot);
                tile.owner = slots.of_customer(tile.owner);
            }
            Self::TileGone { slot } | Self::Status { slot, .. } | Self::Stale { slot, .. } | Self::Taken { slot, .. } => {
                *slot = slots.of_tile(*slot);
            }
        }
        self
    }
}

/// One tile, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    pub slot: u32,
    /// The customer's slot.
    pub owner: u32,
    pub name: String,
    pub status: Status,
    pub since: i64,
    pub reason: String,
    pub stale: bool,
}

/// An op that does not fit the board it was given to: the receiver takes a new snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the change names a slot that this board does not have")]
pub struct Unknown;

/// The most slots that a board takes, so that a corrupt frame cannot make anyone allocate without bound.
pub const MOST_SLOTS: u32 = 4_000_000;

/// See the module's text.
#[derive(Debug, Clone, Default)]
pub struct Board {
    customers: Vec<Option<(CustomerId, String)>>,
    by_customer: Vec<[u32; 7]>,
    status: Vec<u8>,
    owner: Vec<u32>,
    since: Vec<i64>,
    stale: Vec<bool>,
    names: Names,
    reasons: HashMap<u32, String>,
    /// Who took the outage, of those that are taken.
    taken: HashMap<u32, String>,
    counts: [u32; 7],
    stale_count: u32,
}

impl Board {
    /// Does `op`. Slots of tiles and customers may come in any order.
    ///
    /// # Errors
    /// [`Unknown`] where it names a slot that is not there, or a new one beyond [`MOST_SLOTS`]; nothing has changed then.
    pub fn apply(&mut self, op: &Op) -> Result<(), Unknown> {
        match op {
            Op::Customer { slot, id, name } => {
                let index = room(*slot)?;
                if self.customers.len() <= index {
                    self.customers.resize(index + 1, None);
                    self.by_customer.resize(index + 1, [0; 7]);
                }
                self.customers[index] = Some((id.clone(), name.clone()));
            }
            Op::CustomerGone { slot } => *self.customers.get_mut(*slot as usize).ok_or(Unknown)? = None,
            Op::Tile(tile) => self.put(tile)?,
            Op::TileGone { slot } => {
                let index = self.index(*slot)?;
                self.uncount(index);
                self.status[index] = GONE;
                self.stale[index] = false;
                self.reasons.remove(slot);
                self.taken.remove(slot);
            }
            Op::Status { slot, status, since, reason } => {
                let index = self.index(*slot)?;
                self.uncount(index);
                self.status[index] = status.code();
                self.since[index] = *since;
                self.count(index);
                self.set_reason(*slot, reason);
                self.end_taken(*slot, *status);
            }
            Op::Stale { slot, stale } => {
                let index = self.index(*slot)?;
                self.stale_count = self.stale_count - u32::from(self.stale[index]) + u32::from(*stale);
                self.stale[index] = *stale;
            }
            Op::Taken { slot, by } => {
                self.index(*slot)?;
                if by.is_empty() {
                    self.taken.remove(slot);
                } else {
                    self.taken.insert(*slot, by.clone());
                }
            }
        }
        Ok(())
    }

    fn put(&mut self, tile: &Tile) -> Result<(), Unknown> {
        let index = room(tile.slot)?;
        if self.customer(tile.owner).is_none() {
            return Err(Unknown);
        }
        if self.status.len() <= index {
            self.status.resize(index + 1, GONE);
            self.owner.resize(index + 1, 0);
            self.since.resize(index + 1, 0);
            self.stale.resize(index + 1, false);
        }
        if self.status[index] != GONE {
            self.uncount(index);
        }
        self.status[index] = tile.status.code();
        self.owner[index] = tile.owner;
        self.since[index] = tile.since;
        self.stale[index] = tile.stale;
        self.names.set(index, &tile.name);
        self.count(index);
        self.set_reason(tile.slot, &tile.reason);
        self.end_taken(tile.slot, tile.status);
        Ok(())
    }

    fn index(&self, slot: u32) -> Result<usize, Unknown> {
        let index = slot as usize;
        if self.status.get(index).is_some_and(|code| *code != GONE) { Ok(index) } else { Err(Unknown) }
    }

    fn count(&mut self, index: usize) {
        let code = usize::from(self.status[index]);
        self.counts[code] += 1;
        self.by_customer[self.owner[index] as usize][code] += 1;
        self.stale_count += u32::from(self.stale[index]);
    }

    fn uncount(&mut self, index: usize) {
        let code = usize::from(self.status[index]);
        self.counts[code] -= 1;
        self.by_customer[self.owner[index] as usize][code] -= 1;
        self.stale_count -= u32::from(self.stale[index]);
    }

    fn end_taken(&mut self, slot: u32, status: Status) {
        // Where there is none it is not looked for: a wall that opens asks for each of its tiles.
        if !status.is_outage() && !self.taken.is_empty() {
            self.taken.remove(&slot);
        }
    }

    fn set_reason(&mut self, slot: u32, reason: &str) {
        if !reason.is_empty() {
            self.reasons.insert(slot, reason.to_owned());
        } else if !self.reasons.is_empty() {
            self.reasons.remove(&slot);
        }
    }

    /// Slots ever given out; the next free one.
    #[must_use]
    pub fn slots(&self) -> u32 {
        u32::try_from(self.status.len()).unwrap_or(u32::MAX)
    }

    /// Customer slots ever given out; the next free one.
    #[must_use]
    pub fn customer_slots(&self) -> u32 {
        u32::try_from(self.customers.len()).unwrap_or(u32::MAX)
    }

    /// `None` where no tile stands.
    #[must_use]
    pub fn status(&self, slot: u32) -> Option<Status> {
        self.status.get(slot as usize).copied().and_then(Status::from_code)
    }

    /// Tiles that are there.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.counts.iter().sum()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// By status, in the order of [`Status::ALL`].
    #[must_use]
    pub const fn counts(&self) -> [u32; 7] {
        self.counts
    }

    /// Tiles without a verdict for three intervals.
    #[must_use]
    pub const fn stale_count(&self) -> u32 {
        self.stale_count
    }

    /// A customer's figures by its slot.
    #[must_use]
    pub fn customer_counts(&self, slot: u32) -> Counts {
        let by = self.by_customer.get(slot as usize).copied().unwrap_or_default();
        Counts { down: by[0], trouble: by[1], total: by.iter().sum() }
    }

    #[must_use]
    pub fn customer(&self, slot: u32) -> Option<(&CustomerId, &str)> {
        self.customers.get(slot as usize)?.as_ref().map(|(id, name)| (id, name.as_str()))
    }

    /// Slot, id and name of each customer that is there.
    pub fn customers(&self) -> impl Iterator<Item = (u32, &CustomerId, &str)> {
        (0u32..).zip(&self.customers).filter_map(|(slot, entry)| entry.as_ref().map(|(id, name)| (slot, id, name.as_str())))
    }

    /// The slots where a tile stands, ascending.
    pub fn tiles(&self) -> impl Iterator<Item = u32> {
        (0u32..).zip(&self.status).filter(|(_, code)| **code != GONE).map(|(slot, _)| slot)
    }

    /// The tile's customer's slot.
    #[must_use]
    pub fn owner(&self, slot: u32) -> u32 {
        self.owner.get(slot as usize).copied().unwrap_or_default()
    }

    #[must_use]
    pub fn name(&self, slot: u32) -> &str {
        self.names.get(slot as usize)
    }

    /// Since when it has this status, UTC milliseconds.
    #[must_use]
    pub fn since(&self, slot: u32) -> i64 {
        self.since.get(slot as usize).copied().unwrap_or_default()
    }

    #[must_use]
    pub fn is_stale(&self, slot: u32) -> bool {
        self.stale.get(slot as usize).copied().unwrap_or_default()
    }

    /// Empty where there is nothing to say.
    #[must_use]
    pub fn reason(&self, slot: u32) -> &str {
        self.reasons.get(&slot).map_or("", String::as_str)
    }

    /// Reasons that are there.
    #[must_use]
    pub const fn reasons(&self) -> &HashMap<u32, String> {
        &self.reasons
    }

    /// The slot of the customer that `op` is about, once it was done or while its tile is there; `None` where it fits nothing.
    #[must_use]
    pub fn customer_of(&self, op: &Op) -> Option<u32> {
        match op {
            Op::Customer { slot, .. } | Op::CustomerGone { slot } => Some(*slot),
            Op::Tile(tile) => Some(tile.owner),
            Op::TileGone { slot } | Op::Status { slot, .. } | Op::Stale { slot, .. } | Op::Taken { slot, .. } => {
                self.owner.get(*slot as usize).copied()
            }
        }
    }

    /// The same board as it is without these customers, by their slots: nothing of them is left in tiles, names, reasons or counts.
    #[must_use]
    pub fn without(&self, hidden: &HashSet<u32>) -> Self {
        let mut seen = Self::default();
        for (slot, id, name) in self.customers().filter(|(slot, ..)| !hidden.contains(slot)) {
            let _ = seen.apply(&Op::Customer { slot, id: id.clone(), name: name.to_owned() });
        }
        for slot in self.tiles().filter(|slot| !hidden.contains(&self.owner(*slot))) {
            if let Some(tile) = self.tile(slot) {
                let _ = seen.apply(&Op::Tile(tile));
                let _ = seen.apply(&Op::Taken { slot, by: self.taken(slot).to_owned() });
            }
        }
        seen
    }

    /// The same board with other slots: those of tiles and of customers that `slots` gives.
    #[must_use]
    pub fn renumbered(&self, slots: &mut impl Slots) -> Self {
        let mut other = Self::default();
        for (slot, id, name) in self.customers() {
            let op = Op::Customer { slot, id: id.clone(), name: name.to_owned() };
            let _ = other.apply(&op.renumbered(slots));
        }
        for slot in self.tiles() {
            if let Some(tile) = self.tile(slot) {
                let _ = other.apply(&Op::Tile(tile).renumbered(slots));
                let _ = other.apply(&Op::Taken { slot, by: self.taken(slot).to_owned() }.renumbered(slots));
            }
        }
        other
    }

    /// One tile, whole.
    fn tile(&self, slot: u32) -> Option<Tile> {
        Some(Tile {
            slot,
            owner: self.owner(slot),
            name: self.name(slot).to_owned(),
            status: self.status(slot)?,
            since: self.since(slot),
            reason: self.reason(slot).to_owned(),
            stale: self.is_stale(slot),
        })
    }

    /// Who took the tile's outage; empty where nobody did.
    #[must_use]
    pub fn taken(&self, slot: u32) -> &str {
        self.taken.get(&slot).map_or("", String::as_str)
    }

    /// Those that are taken, and by whom.
    #[must_use]
    pub const fn all_taken(&self) -> &HashMap<u32, String> {
        &self.taken
    }

    /// Of a customer, by its slot: how many of the monitors that give it its colour are taken, and by whom.
    #[must_use]
    pub fn customer_taken(&self, slot: u32) -> Taken {
        let worst = self.customer_counts(slot).health().status();
        let mut names: Vec<&str> = Vec::new();
        let mut count = 0;
        for (tile, by) in &self.taken {
            if self.owner(*tile) == slot && self.status(*tile) == Some(worst) {
                count += 1;
                names.push(by);
            }
        }
        names.sort_unstable();
        names.dedup();
        Taken { count, by: names.join(", ") }
    }

    /// The tiles in the order of the wall: by customer's name, then by monitor's name. It does not depend on any status, so
    /// that no change of status moves a tile (DOMAIN F1).
    #[must_use]
    pub fn order(&self) -> Vec<u32> {
        let mut customers: Vec<(u32, String)> = self.customers().map(|(slot, _, name)| (slot, fold(name))).collect();
        customers.sort_by(|a, b| (&a.1, a.0).cmp(&(&b.1, b.0)));
        let mut rank = vec![0u32; self.customers.len()];
        for (place, (slot, _)) in (0u32..).zip(&customers) {
            rank[*slot as usize] = place;
        }
        let mut tiles: Vec<(u32, String, u32)> =
            self.tiles().map(|slot| (rank[self.owner(slot) as usize], fold(self.name(slot)), slot)).collect();
        tiles.sort_unstable();
        tiles.into_iter().map(|(_, _, slot)| slot).collect()
    }
}

/// What is wrong, as far as there is room to say it (DOMAIN F8).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Worst {
    /// The worst first, and of those alike the newest.
    pub slots: Vec<u32>,
    /// How many more are DOWN and TROUBLE.
    pub more: [u32; 2],
}

impl Board {
    /// Puts the worst first: by status, and outages by age, the newest first. Of all others none moves past its like, so that a
    /// change moves as few as can be.
    pub fn sort_by_severity(&self, slots: &mut Vec<u32>) {
        let code = |slot: u32| self.status.get(slot as usize).map_or(Status::ALL.len() - 1, |code| usize::from(*code).min(6));
        let mut counts = [0usize; 7];
        for slot in &*slots {
            counts[code(*slot)] += 1;
        }
        let mut starts = [0usize; 7];
        for status in 1..7 {
            starts[status] = starts[status - 1] + counts[status - 1];
        }
        let outages = starts[usize::from(Status::ConfigurationError.code())];
        let troubles = starts[usize::from(Status::Trouble.code())];
        let mut sorted = vec![0; slots.len()];
        for slot in &*slots {
            let place = &mut starts[code(*slot)];
            sorted[*place] = *slot;
            *place += 1;
        }
        for alike in [0..troubles, troubles..outages] {
            sorted[alike].sort_by_key(|slot| std::cmp::Reverse(self.since(*slot)));
        }
        *slots = sorted;
    }

    /// The `most` worst outages among the tiles that `takes` leaves.
    #[must_use]
    pub fn worst(&self, most: usize, takes: impl Fn(u32) -> bool) -> Worst {
        let mut slots: Vec<u32> =
            self.tiles().filter(|slot| self.status(*slot).is_some_and(Status::is_outage) && takes(*slot)).collect();
        self.sort_by_severity(&mut slots);
        let rest = slots.split_off(most.min(slots.len()));
        let down = rest.iter().filter(|slot| self.status(**slot) == Some(Status::Down)).count();
        let more = [down, rest.len() - down].map(|count| u32::try_from(count).unwrap_or(u32::MAX));
        Worst { slots, more }
    }
}

fn room(slot: u32) -> Result<usize, Unknown> {
    if slot < MOST_SLOTS { Ok(slot as usize) } else { Err(Unknown) }
}

/// Names end to end in one text: no allocation per tile.
#[derive(Debug, Clone, Default)]
struct Names {
    text: String,
    spans: Vec<(u32, u32)>,
    waste: usize,
}

impl Names {
    fn get(&self, index: usize) -> &str {
        let (start, end) = self.spans.get(index).copied().unwrap_or_default();
        self.text.get(start as usize..end as usize).unwrap_or_default()
    }

    fn set(&mut self, index: usize, name: &str) {
        if self.spans.len() <= index {
            self.spans.resize(index + 1, (0, 0));
        }
        let old = self.get(index);
        if old == name {
            return;
        }
        self.waste += old.len();
        if self.waste > 65_536 && self.waste * 2 > self.text.len() {
            self.compact();
        }
        let start = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        self.text.push_str(name);
        self.spans[index] = (start, u32::try_from(self.text.len()).unwrap_or(u32::MAX));
    }

    fn compact(&mut self) {
        let mut text = String::with_capacity(self.text.len() - self.waste);
        for span in &mut self.spans {
            let start = u32::try_from(text.len()).unwrap_or(u32::MAX);
            text.push_str(self.text.get(span.0 as usize..span.1 as usize).unwrap_or_default());
            *span = (start, u32::try_from(text.len()).unwrap_or(u32::MAX));
        }
        self.text = text;
        self.waste = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tile(slot: u32, owner: u32, name: &str, status: Status) -> Op {
        Op::Tile(Tile { slot, owner, name: name.into(), status, since: 1000, reason: String::new(), stale: false })
    }

    fn two_customers() -> Board {
        let mut board = Board::default();
        for op in [
            Op::Customer { slot: 0, id: CustomerId::from_u128(1), name: "Zenith".into() },
            Op::Customer { slot: 1, id: CustomerId::from_u128(2), name: "Ärzte".into() },
            tile(0, 0, "web", Status::Up),
            tile(1, 1, "Mail", Status::Down),
            tile(2, 1, "dns", Status::Trouble),
        ] {
            board.apply(&op).unwrap();
        }
        board
    }

    #[test]
    fn e1_counts_follow_every_op() {
        let mut board = two_customers();
        assert_eq!(board.customer_counts(1), Counts { down: 1, trouble: 1, total: 2 });
        board.apply(&Op::Status { slot: 1, status: Status::Up, since: 5, reason: String::new() }).unwrap();
        board.apply(&Op::Stale { slot: 2, stale: true }).unwrap();
        assert_eq!(board.customer_counts(1), Counts { down: 0, trouble: 1, total: 2 });
        assert_eq!((board.counts(), board.stale_count()), ([0, 1, 0, 0, 0, 0, 2], 1));
        board.apply(&Op::TileGone { slot: 2 }).unwrap();
        assert_eq!((board.len(), board.stale_count()), (2, 0));
        assert_eq!(board.apply(&Op::TileGone { slot: 2 }), Err(Unknown));
        assert_eq!(board.apply(&tile(9, 7, "nobody's", Status::Up)), Err(Unknown));
        assert_eq!(board.apply(&tile(u32::MAX, 0, "far", Status::Up)), Err(Unknown));
    }

    #[test]
    fn f1_the_order_is_by_customer_then_name_and_no_status_moves_it() {
        let mut board = two_customers();
        let before = board.order();
        assert_eq!(before, [2, 1, 0]);
        board.apply(&Op::Status { slot: 0, status: Status::Down, since: 5, reason: "gone".into() }).unwrap();
        assert_eq!(board.order(), before);
        assert_eq!(board.reason(0), "gone");
    }

    #[test]
    fn f8_the_worst_and_newest_stands_first_and_the_rest_is_counted() {
        let mut board = Board::default();
        board.apply(&Op::Customer { slot: 0, id: CustomerId::from_u128(1), name: "Zenith".into() }).unwrap();
        for slot in 0..10 {
            board.apply(&tile(slot, 0, "x", Status::Up)).unwrap();
        }
        let mut turn = |slot, status, since| board.apply(&Op::Status { slot, status, since, reason: String::new() }).unwrap();
        turn(1, Status::Trouble, 90);
        turn(3, Status::Down, 20);
        turn(5, Status::Suspended, 95);
        turn(7, Status::Down, 70);
        turn(8, Status::Down, 5);
        turn(9, Status::Trouble, 30);
        let mut slots: Vec<u32> = board.tiles().collect();
        board.sort_by_severity(&mut slots);
        assert_eq!(slots, [7, 3, 8, 1, 9, 5, 0, 2, 4, 6], "what is well keeps its order");
        assert_eq!(board.worst(2, |_| true), Worst { slots: vec![7, 3], more: [1, 2] });
        assert_eq!(board.worst(9, |slot| slot != 7), Worst { slots: vec![3, 8, 1, 9], more: [0, 0] });
        assert_eq!(board.worst(0, |_| false), Worst::default());
        assert_eq!(Board::default().worst(3, |_| true), Worst::default());
    }

    #[test]
    fn c7_without_a_customer_nothing_of_it_is_left() {
        let mut board = two_customers();
        board.apply(&Op::Status { slot: 1, status: Status::Down, since: 5, reason: "refused".into() }).unwrap();
        let seen = board.without(&HashSet::from([1]));
        assert_eq!((seen.len(), seen.counts(), seen.tiles().collect::<Vec<_>>()), (1, [0, 0, 0, 0, 0, 0, 1], vec![0]));
        assert!(!format!("{seen:?}").contains("rzte") && !format!("{seen:?}").contains("Mail"), "{seen:?}");
        assert_eq!((seen.reasons().len(), seen.customer(1)), (0, None));
        assert_eq!(board.without(&HashSet::new()).order(), board.order());
        board.apply(&Op::Taken { slot: 1, by: "Ana".into() }).unwrap();
        assert_eq!((board.without(&HashSet::new()).taken(1), board.without(&HashSet::from([1])).all_taken().len()), ("Ana", 0));
        let status = Op::Status { slot: 1, status: Status::Up, since: 5, reason: String::new() };
        assert_eq!((board.customer_of(&status), board.customer_of(&Op::TileGone { slot: 99 })), (Some(1), None));
    }

    #[test]
    fn f10_other_slots_are_the_same_board() {
        struct Later;
        impl Slots for Later {
            fn of_customer(&mut self, slot: u32) -> u32 {
                slot + 10
            }
            fn of_tile(&mut self, slot: u32) -> u32 {
                slot + 20
            }
        }
        let mut board = two_customers();
        board.apply(&Op::Status { slot: 1, status: Status::Down, since: 5, reason: "refused".into() }).unwrap();
        board.apply(&Op::Taken { slot: 1, by: "Ana".into() }).unwrap();
        let mut other = board.renumbered(&mut Later);
        let said = |board: &Board, slot| {
            let owner = board.customer(board.owner(slot)).map(|(id, name)| (id.clone(), name.to_owned()));
            (owner, board.name(slot).to_owned(), board.status(slot), board.reason(slot).to_owned(), board.taken(slot).to_owned())
        };
        assert_eq!((said(&other, 21), other.status(1)), (said(&board, 1), None));
        assert_eq!(other.order(), board.order().into_iter().map(|slot| slot + 20).collect::<Vec<_>>());
        // A change goes the same way.
        let up = Op::Status { slot: 1, status: Status::Up, since: 9, reason: String::new() };
        board.apply(&up).unwrap();
        other.apply(&up.renumbered(&mut Later)).unwrap();
        assert_eq!((said(&other, 21), other.counts()), (said(&board, 1), board.counts()));
    }

    #[test]
    fn g9_an_outage_is_taken_until_it_ends() {
        let mut board = two_customers();
        let turn = |slot, status| Op::Status { slot, status, since: 5, reason: String::new() };
        let take = |slot, by: &str| Op::Taken { slot, by: by.into() };
        board.apply(&take(1, "Ana")).unwrap();
        board.apply(&take(2, "Bo")).unwrap();
        assert_eq!(board.customer_taken(1), Taken { count: 1, by: "Ana".into() }, "the red ones alone");
        board.apply(&turn(2, Status::Down)).unwrap();
        assert_eq!(board.customer_taken(1), Taken { count: 2, by: "Ana, Bo".into() });
        board.apply(&turn(1, Status::Up)).unwrap();
        board.apply(&turn(1, Status::Down)).unwrap();
        assert_eq!((board.taken(1), board.taken(2)), ("", "Bo"));
        board.apply(&take(2, "")).unwrap();
        assert_eq!(board.customer_taken(1), Taken::default());
        assert_eq!(board.apply(&take(9, "Ana")), Err(Unknown));
    }

    #[test]
    fn names_keep_their_text_through_renames() {
        let mut names = Names::default();
        for round in 0..40 {
            for index in 0..200 {
                names.set(index, &format!("monitor {index} of round {round}"));
            }
        }
        assert_eq!(names.get(7), "monitor 7 of round 39");
        assert!(names.text.len() < 200_000);
    }
}
