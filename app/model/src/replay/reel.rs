//! A piece, wound to a moment in it: flat arrays, nothing is allocated for a tile, and a step takes the same time in both directions.

use super::{Day, Piece, Stand};
use crate::board::{Board, Op, Tile};

/// No change before it in its piece.
const FIRST: u32 = u32::MAX;

/// See the module's text.
#[derive(Debug, Clone)]
pub struct Reel {
    piece: Piece,
    /// By change: the one before it of the same monitor.
    before: Vec<u32>,
    /// By slot, as of the moment it is wound to.
    now: Vec<Stand>,
    /// The first change that is not done.
    next: usize,
    /// The slots that the last winding touched, each once.
    touched: Vec<u32>,
    is_touched: Vec<bool>,
}

impl Reel {
    /// Wound to the piece's beginning. Changes of slots that the piece does not have are passed over.
    #[must_use]
    pub fn new(mut piece: Piece) -> Self {
        let slots = piece.base.len();
        piece.turns.retain(|turn| (turn.slot as usize) < slots);
        let mut last = vec![FIRST; slots];
        let before =
            (0u32..).zip(&piece.turns).map(|(place, turn)| std::mem::replace(&mut last[turn.slot as usize], place)).collect();
        Self { now: piece.base.clone(), before, next: 0, touched: Vec::new(), is_touched: vec![false; slots], piece }
    }

    #[must_use]
    pub const fn piece(&self) -> &Piece {
        &self.piece
    }

    /// Whether the moment lies in the piece.
    #[must_use]
    pub const fn covers(&self, at: i64) -> bool {
        self.piece.from <= at && at <= self.piece.to
    }

    #[must_use]
    pub fn slots(&self) -> u32 {
        u32::try_from(self.now.len()).unwrap_or(u32::MAX)
    }

    /// Winds to the moment, forwards or back: every change up to and with it is done. The slots that changes on the way were about,
    /// each once.
    pub fn wind(&mut self, at: i64) -> &[u32] {
        for slot in self.touched.drain(..) {
            self.is_touched[slot as usize] = false;
        }
        let goal = self.piece.turns.partition_point(|turn| turn.at <= at);
        while self.next < goal {
            let turn = self.piece.turns[self.next];
            self.now[turn.slot as usize] = turn.to;
            self.next += 1;
            self.touch(turn.slot);
        }
        while self.next > goal {
            self.next -= 1;
            let slot = self.piece.turns[self.next].slot;
            self.now[slot as usize] = match self.before[self.next] {
                FIRST => self.piece.base[slot as usize],
                before => self.piece.turns[before as usize].to,
            };
            self.touch(slot);
        }
        &self.touched
    }

    /// What the last winding touched.
    #[must_use]
    pub fn touched(&self) -> &[u32] {
        &self.touched
    }

    fn touch(&mut self, slot: u32) {
        if !std::mem::replace(&mut self.is_touched[slot as usize], true) {
            self.touched.push(slot);
        }
    }

    /// How a monitor stands at the moment it is wound to.
    #[must_use]
    pub fn stand(&self, slot: u32) -> Stand {
        self.now.get(slot as usize).copied().unwrap_or(Stand::ABSENT)
    }

    /// Empty where there is nothing to say.
    #[must_use]
    pub fn reason(&self, stand: Stand) -> &str {
        self.piece.texts.get(stand.reason as usize).map_or("", String::as_str)
    }

    /// What brings the tile at `slot` of `board`, which holds the day's customers, to how it stands now; `None` where it is so already.
    #[must_use]
    pub fn op(&self, day: &Day, board: &Board, slot: u32) -> Option<Op> {
        let stand = self.stand(slot);
        let reason = self.reason(stand);
        match (stand.status, board.status(slot)) {
            (None, None) => None,
            (None, Some(_)) => Some(Op::TileGone { slot }),
            (Some(status), Some(shown)) => {
                let is_shown = (shown, board.since(slot), board.reason(slot)) == (status, stand.since, reason);
                (!is_shown).then(|| Op::Status { slot, status, since: stand.since, reason: reason.to_owned() })
            }
            (Some(status), None) => {
                let monitor = day.monitors.get(slot as usize)?;
                Some(Op::Tile(Tile {
                    slot,
                    owner: monitor.customer,
                    name: monitor.name.clone(),
                    status,
                    since: stand.since,
                    reason: reason.to_owned(),
                    stale: false,
                }))
            }
        }
    }
}

impl Day {
    /// A board with the customers and no tile.
    #[must_use]
    pub fn board(&self) -> Board {
        let mut board = Board::default();
        for (slot, (id, name)) in (0u32..).zip(&self.customers) {
            // It fits: the slots ascend.
            let _ = board.apply(&Op::Customer { slot, id: id.clone(), name: name.clone() });
        }
        board
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        CustomerId, Status,
        replay::{DayMonitor, Turn},
    };

    const SLOTS: u32 = 7;

    fn dice(mut state: u64) -> impl FnMut(u32) -> u32 {
        move |most| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % u64::from(most)) as u32
        }
    }

    fn day() -> Day {
        Day {
            edition: 1,
            from: 0,
            to: 1_000,
            build: String::new(),
            customers: (0..2).map(|n| (CustomerId::from_u128(n), format!("customer {n}"))).collect(),
            monitors: (0..SLOTS).map(|n| DayMonitor { customer: n % 2, name: format!("monitor {n}") }).collect(),
            columns: Vec::new(),
            known_from: 0,
        }
    }

    fn piece(random: &mut impl FnMut(u32) -> u32, from: i64, base: Vec<Stand>, turns: u32) -> Piece {
        let texts = vec![String::new(), "refused".to_owned(), "timed out".to_owned()];
        let mut at = from;
        let turns = (0..turns)
            .map(|_| {
                // Often several at one instant.
                at += i64::from(random(3));
                Turn { at, slot: random(SLOTS), to: stand(random, at) }
            })
            .collect();
        Piece { edition: 1, from, to: at + 5, texts, base, turns }
    }

    fn stand(random: &mut impl FnMut(u32) -> u32, since: i64) -> Stand {
        match random(8) {
            7 => Stand::ABSENT,
            code => Stand { status: Status::from_code(code as u8), since, reason: random(3) },
        }
    }

    /// From scratch: each change up to the moment, one after the other.
    fn as_of(piece: &Piece, at: i64) -> Vec<Stand> {
        let mut stands = piece.base.clone();
        for turn in piece.turns.iter().filter(|turn| turn.at <= at) {
            stands[turn.slot as usize] = turn.to;
        }
        stands
    }

    #[test]
    fn f12_winding_to_and_fro_is_the_same_as_replaying_from_the_beginning() {
        let mut random = dice(0x2545_f491_4f6c_dd1d);
        for _ in 0..60 {
            let base = (0..SLOTS).map(|_| stand(&mut random, -9)).collect();
            let turns = random(60);
            let mut reel = Reel::new(piece(&mut random, 0, base, turns));
            let end = reel.piece().to;
            for _ in 0..80 {
                let at = i64::from(random(u32::try_from(end + 3).unwrap())) - 1;
                let before: Vec<Stand> = (0..SLOTS).map(|slot| reel.stand(slot)).collect();
                let touched = reel.wind(at).to_vec();
                let stands: Vec<Stand> = (0..SLOTS).map(|slot| reel.stand(slot)).collect();
                assert_eq!(stands, as_of(reel.piece(), at), "at {at}");
                let moved: Vec<u32> = (0..SLOTS).filter(|slot| before[*slot as usize] != stands[*slot as usize]).collect();
                assert!(moved.iter().all(|slot| touched.contains(slot)), "{moved:?} are among {touched:?}");
                let once: std::collections::HashSet<_> = touched.iter().collect();
                assert_eq!(once.len(), touched.len(), "each once: {touched:?}");
            }
        }
    }

    #[test]
    fn f12_the_board_follows_from_piece_to_piece() {
        let mut random = dice(0x9e37_79b9_7f4a_7c15);
        let day = day();
        let first = Reel::new(piece(&mut random, 0, vec![Stand::ABSENT; SLOTS as usize], 50));
        let (end, base) = (first.piece().to, as_of(first.piece(), first.piece().to));
        let second = Reel::new(piece(&mut random, end, base, 50));
        let mut reels = [first, second];
        let last = reels[1].piece().to;
        let mut board = day.board();
        let mut shown = 0;
        for _ in 0..400 {
            let at = i64::from(random(u32::try_from(last + 1).unwrap()));
            let place = usize::from(!reels[0].covers(at));
            let reel = &mut reels[place];
            assert!(reel.covers(at));
            let touched = reel.wind(at).to_vec();
            let slots = if place == shown { touched } else { (0..SLOTS).collect() };
            shown = place;
            for slot in slots {
                if let Some(op) = reel.op(&day, &board, slot) {
                    board.apply(&op).unwrap();
                }
            }
            for (slot, stand) in (0u32..).zip(as_of(reel.piece(), at)) {
                assert_eq!(board.status(slot), stand.status, "slot {slot} at {at}");
                if stand.status.is_some() {
                    assert_eq!((board.since(slot), board.reason(slot)), (stand.since, reel.reason(stand)));
                    assert_eq!((board.owner(slot), board.name(slot)), (slot % 2, format!("monitor {slot}").as_str()));
                }
            }
        }
    }

    #[test]
    fn f12_a_change_of_a_slot_that_is_not_there_is_passed_over() {
        let to = Stand { status: Some(Status::Down), since: 0, reason: 9 };
        let turns = vec![Turn { at: 1, slot: 4, to }, Turn { at: 2, slot: 0, to }];
        let piece = Piece { edition: 1, from: 0, to: 5, texts: vec![String::new()], base: vec![Stand::ABSENT], turns };
        let mut reel = Reel::new(piece);
        assert_eq!(reel.wind(5), [0]);
        assert_eq!((reel.reason(reel.stand(0)), reel.stand(4)), ("", Stand::ABSENT));
    }
}
