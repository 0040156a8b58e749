//! The board as a list (DOMAIN F14): the same tiles, in an order that a person chooses, the worst first by default.

use serde::{Deserialize, Serialize};

use crate::{CustomerId, MonitorId, Status, board::Board, text::fold};

/// Rows of a page where the server makes it.
pub const ROLL_ROWS: u32 = 50;

/// By what the list is sorted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Column {
    /// The most severe first.
    #[default]
    Status,
    Monitor,
    /// Then by monitor, as the wall is.
    Customer,
    /// The longest first.
    Since,
    /// What is stale first.
    Stale,
}

impl Column {
    pub const ALL: [Self; 5] = [Self::Status, Self::Monitor, Self::Customer, Self::Since, Self::Stale];

    /// The word in addresses.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Monitor => "monitor",
            Self::Customer => "customer",
            Self::Since => "since",
            Self::Stale => "stale",
        }
    }

    #[must_use]
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.slug() == slug)
    }
}

/// The order of the list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sorting {
    pub column: Column,
    /// Turned round.
    pub descending: bool,
}

/// Where each tile stands by its names. These change seldom, and to compare them is slow.
#[derive(Debug, Clone, Default)]
pub struct Ranks {
    /// The tiles in the order of the wall.
    tiles: Vec<u32>,
    /// By slot: its place in that order.
    by_customer: Vec<u32>,
    /// By slot: its place by the monitor's name.
    by_monitor: Vec<u32>,
}

impl Ranks {
    #[must_use]
    pub fn of(board: &Board) -> Self {
        let tiles = board.order();
        let by_customer = places(board, &tiles);
        let mut names: Vec<(String, u32)> =
            tiles.iter().map(|slot| (fold(board.name(*slot)), by_customer[*slot as usize])).collect();
        names.sort_unstable();
        let by_name: Vec<u32> = names.into_iter().map(|(_, place)| tiles[place as usize]).collect();
        Self { by_monitor: places(board, &by_name), by_customer, tiles }
    }

    /// The tiles that are taken, in the order that is asked for.
    pub fn sorted(&self, board: &Board, sorting: Sorting, takes: impl Fn(u32) -> bool) -> Vec<u32> {
        let mut rows: Vec<(i64, u32, u32)> = self
            .tiles
            .iter()
            .copied()
            .filter(|slot| takes(*slot))
            .map(|slot| (self.key(board, sorting.column, slot), self.by_customer[slot as usize], slot))
            .collect();
        if sorting.descending {
            rows.sort_unstable_by(|a, b| b.cmp(a));
        } else {
            rows.sort_unstable();
        }
        rows.into_iter().map(|(_, _, slot)| slot).collect()
    }

    fn key(&self, board: &Board, column: Column, slot: u32) -> i64 {
        match column {
            Column::Status => board.status(slot).map_or(i64::MAX, |status| status.code().into()),
            Column::Monitor => self.by_monitor[slot as usize].into(),
            Column::Customer => 0,
            Column::Since => board.since(slot),
            Column::Stale => i64::from(!board.is_stale(slot)),
        }
    }
}

fn places(board: &Board, tiles: &[u32]) -> Vec<u32> {
    let mut places = vec![0; board.slots() as usize];
    for (place, slot) in (0u32..).zip(tiles) {
        places[*slot as usize] = place;
    }
    places
}

/// One row where the server makes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollRow {
    pub monitor: MonitorId,
    pub name: String,
    pub customer: CustomerId,
    pub customer_name: String,
    pub status: Status,
    /// UTC milliseconds.
    pub since: i64,
    pub reason: String,
    pub stale: bool,
}

/// One page of the list, and the figures above it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roll {
    pub rows: Vec<RollRow>,
    /// Rows on all pages.
    pub matching: u32,
    /// From 1; a page past the end is the last one.
    pub page: u32,
    /// Of the chosen customers, in the order of [`Status::ALL`].
    pub counts: [u32; 7],
    /// Of the chosen customers, without a verdict for three intervals.
    pub stale: u32,
    /// Monitors of all customers.
    pub total: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::{Op, Tile};

    fn board() -> Board {
        let mut board = Board::default();
        let customer = |slot, name: &str| Op::Customer { slot, id: CustomerId::from_u128(slot.into()), name: name.into() };
        let tile = |slot, owner, name: &str, status, since, stale| {
            Op::Tile(Tile { slot, owner, name: name.into(), status, since, reason: String::new(), stale })
        };
        for op in [
            customer(0, "Zenith"),
            customer(1, "Ärzte"),
            tile(0, 0, "web", Status::Up, 400, false),
            tile(1, 1, "Mail", Status::Down, 300, false),
            tile(2, 1, "dns", Status::Up, 200, true),
            tile(3, 0, "archive", Status::Down, 100, false),
            tile(4, 0, "gone", Status::Down, 1, false),
            Op::TileGone { slot: 4 },
        ] {
            board.apply(&op).unwrap();
        }
        board
    }

    fn sorted(column: Column, descending: bool) -> Vec<u32> {
        let board = board();
        Ranks::of(&board).sorted(&board, Sorting { column, descending }, |_| true)
    }

    #[test]
    fn f14_the_worst_stands_first_and_what_is_alike_as_on_the_wall() {
        assert_eq!(sorted(Column::Status, false), [1, 3, 2, 0]);
        assert_eq!(sorted(Column::Status, true), [0, 2, 3, 1]);
        assert_eq!(sorted(Column::Customer, false), [2, 1, 3, 0]);
        assert_eq!(sorted(Column::Monitor, false), [3, 2, 1, 0]);
        assert_eq!(sorted(Column::Since, false), [3, 2, 1, 0]);
        assert_eq!(sorted(Column::Stale, false), [2, 1, 3, 0]);
    }

    #[test]
    fn f14_only_what_is_taken_is_in_the_list() {
        let board = board();
        let down = |slot| board.status(slot) == Some(Status::Down);
        assert_eq!(Ranks::of(&board).sorted(&board, Sorting::default(), down), [1, 3]);
        assert!(Ranks::of(&Board::default()).sorted(&Board::default(), Sorting::default(), |_| true).is_empty());
    }

    #[test]
    fn f14_an_order_survives_the_address() {
        for column in Column::ALL {
            assert_eq!(Column::from_slug(column.slug()), Some(column));
        }
        assert_eq!(Column::from_slug("colour"), None);
    }
}
