//! One MSP's board and everyone who watches it (DESIGN, way 3): slots, frames, resuming, snapshots.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use brotli::enc::BrotliEncoderParams;
use model::{
    CustomerId, MonitorId,
    board::{Board, Op},
    health::{Counts, Taken},
    wire::{self, Beat, Head},
};
use store::Denied;
use tokio::sync::broadcast;

use crate::audience::Audience;

/// How long a snapshot is good for, in milliseconds: whoever gets it resumes from its sequence.
const SNAPSHOT_MS: i64 = 1000;
/// The same where nothing has changed since: a wall's clock begins with the snapshot's.
const STILL_MS: i64 = 10_000;

/// What a watcher is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A batch of changes: the event's id, and the frame in base64.
    Frame { id: String, data: String },
    /// Once a second: a [`Beat`] as text.
    Beat(String),
    /// What was asked for is not known any more: take a new snapshot.
    Resync,
}

/// A board as bytes to send.
#[derive(Debug)]
pub struct Snapshot {
    /// As `model::wire::encode_snapshot` made it.
    pub plain: Vec<u8>,
    /// The same, compressed by brotli.
    pub brotli: Vec<u8>,
    sequence: u64,
    at: i64,
}

/// What a watcher holds: first what it missed, then what comes.
#[derive(Debug)]
pub struct Watching {
    pub missed: Vec<Arc<Event>>,
    pub coming: broadcast::Receiver<Arc<Event>>,
}

#[derive(Debug)]
pub(crate) struct BoardRoom {
    build: String,
    inside: Mutex<Inside>,
}

#[derive(Debug, Default)]
struct Inside {
    /// As of each audience's sequence; `pending` is not in it yet.
    board: Board,
    pending: Vec<Op>,
    audiences: HashMap<Denied, Audience>,
    slots: HashMap<MonitorId, u32>,
    monitors: Vec<MonitorId>,
    customers: HashMap<CustomerId, u32>,
    next_customer: u32,
}

impl BoardRoom {
    pub(crate) fn new(build: String) -> Self {
        let mut inside = Inside::default();
        // Those who are denied nothing are there from the start: who comes back finds every frame since then.
        inside.audience(&Denied::default());
        Self { build, inside: Mutex::new(inside) }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The monitor's slot, a new one where it has none.
    pub(crate) fn slot(&self, monitor: &MonitorId) -> u32 {
        let mut inside = self.inside();
        if let Some(slot) = inside.slots.get(monitor) {
            return *slot;
        }
        let slot = u32::try_from(inside.monitors.len()).unwrap_or(u32::MAX);
        inside.monitors.push(monitor.clone());
        inside.slots.insert(monitor.clone(), slot);
        slot
    }

    /// The slot of a monitor that leaves; it is never used again.
    pub(crate) fn vacate(&self, monitor: &MonitorId) -> Option<u32> {
        self.inside().slots.remove(monitor)
    }

    pub(crate) fn customer_slot(&self, customer: &CustomerId) -> u32 {
        let mut inside = self.inside();
        if let Some(slot) = inside.customers.get(customer) {
            return *slot;
        }
        let slot = inside.next_customer;
        inside.next_customer += 1;
        inside.customers.insert(customer.clone(), slot);
        slot
    }

    pub(crate) fn vacate_customer(&self, customer: &CustomerId) -> Option<u32> {
        self.inside().customers.remove(customer)
    }

    /// Changes that go out with the next frame.
    pub(crate) fn change(&self, ops: Vec<Op>) {
        self.inside().pending.extend(ops);
    }

    /// Puts the pending changes onto the board and sends them to each audience as one frame. Whether there were any.
    pub(crate) fn flush(&self, now: i64) -> bool {
        let mut inside = self.inside();
        if inside.pending.is_empty() {
            return false;
        }
        let ops = std::mem::take(&mut inside.pending);
        for op in &ops {
            if inside.board.apply(op).is_err() {
                tracing::error!(?op, "a change does not fit the board");
            }
        }
        let Inside { board, audiences, .. } = &mut *inside;
        // Under the lock, so that frames leave in the order of their sequence.
        for (denied, audience) in audiences {
            audience.tell(denied, now, &ops, board);
        }
        true
    }

    pub(crate) fn beat(&self, beat: Beat) {
        let beat = Arc::new(Event::Beat(beat.to_string()));
        let mut inside = self.inside();
        for audience in inside.audiences.values_mut() {
            audience.beat(&beat);
        }
        inside.audiences.retain(|denied, audience| denied.is_empty() || !audience.is_forgotten());
    }

    pub(crate) fn watch(&self, denied: &Denied, from: Option<(u64, u64)>) -> Watching {
        let mut inside = self.inside();
        let audience = inside.audience(denied);
        let coming = audience.subscribe();
        let missed = match from {
            None => Vec::new(),
            Some((epoch, sequence)) => audience.since(epoch, sequence).unwrap_or_else(|| vec![Arc::new(Event::Resync)]),
        };
        Watching { missed, coming }
    }

    /// How many monitors stand on the board, or will with the next frame.
    pub(crate) fn monitors(&self) -> usize {
        self.inside().slots.len()
    }

    /// How many streams are open.
    pub(crate) fn watchers(&self) -> usize {
        self.inside().audiences.values().map(Audience::watchers).sum()
    }

    pub(crate) fn monitor_at(&self, denied: &Denied, epoch: u64, slot: u32) -> Option<MonitorId> {
        let inside = self.inside();
        let audience = inside.audiences.get(denied).filter(|audience| audience.epoch == epoch)?;
        let monitor = inside.monitors.get(slot as usize)?;
        (audience.sees(&inside.board, slot) && inside.slots.contains_key(monitor)).then(|| monitor.clone())
    }

    /// The slots of these monitors as far as they stand on the board that such an audience sees, each once and ascending; and the epoch that
    /// they are of.
    pub(crate) fn slots_of(&self, denied: &Denied, wanted: &[Vec<MonitorId>]) -> (u64, Vec<Vec<u32>>) {
        let mut inside = self.inside();
        let epoch = inside.audience(denied).epoch;
        let Inside { board, audiences, slots, .. } = &*inside;
        let seen = |slot: &u32| audiences.get(denied).is_some_and(|audience| audience.sees(board, *slot));
        let places = |monitors: &Vec<MonitorId>| {
            let mut places: Vec<u32> = monitors.iter().filter_map(|monitor| slots.get(monitor).copied()).filter(seen).collect();
            places.sort_unstable();
            places.dedup();
            places
        };
        (epoch, wanted.iter().map(places).collect())
    }

    /// The board as the last frame left it and as those who are denied just these customers see it: a copy, so that whoever looks long at
    /// it holds nothing up.
    pub(crate) fn copy(&self, denied: &Denied) -> (Board, Places) {
        let mut inside = self.inside();
        (inside.view(denied), Places(inside.monitors.clone()))
    }

    pub(crate) fn counts(&self, customer: &CustomerId) -> Counts {
        let inside = self.inside();
        inside.customers.get(customer).map(|slot| inside.board.customer_counts(*slot)).unwrap_or_default()
    }

    pub(crate) fn taken(&self, customer: &CustomerId) -> Taken {
        let inside = self.inside();
        inside.customers.get(customer).map(|slot| inside.board.customer_taken(*slot)).unwrap_or_default()
    }

    pub(crate) async fn snapshot(&self, denied: &Denied, now: i64) -> Arc<Snapshot> {
        let place = self.inside().audience(denied).place.clone();
        let mut kept = place.lock().await;
        let (board, head) = {
            let mut inside = self.inside();
            let Audience { epoch, sequence, .. } = *inside.audience(denied);
            if let Some(kept) = kept.as_ref()
                && (now - kept.at).abs() < if kept.sequence == sequence { STILL_MS } else { SNAPSHOT_MS }
            {
                return kept.clone();
            }
            let head = Head { epoch, sequence, at: now, build: self.build.clone() };
            (inside.sent(denied), head)
        };
        let (sequence, at) = (head.sequence, head.at);
        let encoding = move || {
            let plain = wire::encode_snapshot(&head, &board);
            (compress(&plain), plain)
        };
        let (brotli, plain) = tokio::task::spawn_blocking(encoding).await.unwrap_or_default();
        let snapshot = Arc::new(Snapshot { plain, brotli, sequence, at });
        *kept = Some(snapshot.clone());
        snapshot
    }
}

/// Which monitor stands at which slot.
pub(crate) struct Places(Vec<MonitorId>);

impl Places {
    pub(crate) fn monitor(&self, slot: u32) -> Option<&MonitorId> {
        self.0.get(slot as usize)
    }
}

impl Inside {
    /// Those who are denied just these customers.
    fn audience(&mut self, denied: &Denied) -> &mut Audience {
        let Self { board, customers, audiences, .. } = self;
        audiences.entry(denied.clone()).or_insert_with(|| {
            // One that has just left may still be on the board, one that has just come is not yet.
            let standing = board.customers().filter(|(_, id, _)| denied.contains(id)).map(|(slot, ..)| slot);
            let known = customers.iter().filter(|(id, _)| denied.contains(id)).map(|(_, slot)| *slot);
            Audience::new(denied, standing.chain(known).collect::<HashSet<u32>>())
        })
    }

    /// The board as they see it.
    fn view(&mut self, denied: &Denied) -> Board {
        self.audience(denied);
        self.audiences.get(denied).map(|audience| audience.view(&self.board)).unwrap_or_default()
    }

    /// The same as it is sent to them.
    fn sent(&mut self, denied: &Denied) -> Board {
        self.audience(denied);
        let Self { board, audiences, .. } = self;
        audiences.get_mut(denied).map(|audience| audience.sent(board)).unwrap_or_default()
    }
}

/// Brotli at a quality that takes milliseconds for 10,000 tiles.
fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() / 3);
    let params = BrotliEncoderParams { quality: 5, lgwin: 20, ..BrotliEncoderParams::default() };
    if let Err(error) = brotli::BrotliCompress(&mut &bytes[..], &mut out, &params) {
        tracing::error!(%error, "a snapshot could not be compressed");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audience::KEPT;
    use model::{Status, board::Tile};

    /// Those who are denied nothing.
    fn all() -> Denied {
        Denied::default()
    }

    fn room_with_tile() -> BoardRoom {
        let room = BoardRoom::new("b".into());
        let owner = room.customer_slot(&CustomerId::from_u128(1));
        let slot = room.slot(&MonitorId::from_u128(1));
        room.change(vec![
            Op::Customer { slot: owner, id: CustomerId::from_u128(1), name: "Harbor".into() },
            Op::Tile(Tile { slot, owner, name: "web".into(), status: Status::Up, since: 0, reason: String::new(), stale: false }),
        ]);
        room.flush(1000);
        room
    }

    fn turn(room: &BoardRoom, status: Status) {
        room.change(vec![Op::Status { slot: 0, status, since: 1000, reason: String::new() }]);
        room.flush(1000);
    }

    fn open(snapshot: &Snapshot) -> (Head, Board) {
        let mut bytes = Vec::new();
        brotli::BrotliDecompress(&mut &snapshot.brotli[..], &mut bytes).unwrap();
        wire::decode_snapshot(&bytes).unwrap()
    }

    #[tokio::test]
    async fn f3_whoever_resumes_gets_what_was_missed_and_nothing_else() {
        let room = room_with_tile();
        let (head, _) = open(&*room.snapshot(&all(), 1000).await);
        turn(&room, Status::Down);
        turn(&room, Status::Up);
        let watching = room.watch(&all(), Some((head.epoch, head.sequence)));
        let ids: Vec<_> = watching
            .missed
            .iter()
            .map(|event| match event.as_ref() {
                Event::Frame { id, .. } => wire::parse_event_id(id).unwrap(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(ids, [(head.epoch, head.sequence + 1), (head.epoch, head.sequence + 2)]);
        assert!(room.watch(&all(), Some((head.epoch, head.sequence + 2))).missed.is_empty());
    }

    #[tokio::test]
    async fn f3_an_unknown_epoch_or_a_gap_is_a_resync() {
        let room = room_with_tile();
        let (head, _) = open(&*room.snapshot(&all(), 1000).await);
        let resync = [Arc::new(Event::Resync)];
        assert_eq!(room.watch(&all(), Some((head.epoch ^ 1, head.sequence))).missed, resync);
        assert_eq!(room.watch(&all(), Some((head.epoch, head.sequence + 1))).missed, resync);
        for _ in 0..=KEPT {
            turn(&room, Status::Down);
        }
        assert_eq!(room.watch(&all(), Some((head.epoch, head.sequence))).missed, resync);
    }

    #[tokio::test]
    async fn f3_snapshot_and_later_frames_give_the_board() {
        let room = room_with_tile();
        turn(&room, Status::Trouble);
        let (head, board) = open(&*room.snapshot(&all(), 5000).await);
        assert_eq!((head.sequence, board.status(0)), (2, Some(Status::Trouble)));
        turn(&room, Status::Down);
        let (_, later) = open(&*room.snapshot(&all(), 5000 + SNAPSHOT_MS).await);
        assert_eq!(later.status(0), Some(Status::Down));
    }

    #[tokio::test]
    async fn f11_a_quiet_board_is_dated_anew() {
        let room = room_with_tile();
        let mut at = Vec::new();
        for now in [5000, 5000 + STILL_MS - 1, 5000 + STILL_MS] {
            at.push(open(&*room.snapshot(&all(), now).await).0.at);
        }
        assert_eq!(at, [5000, 5000, 5000 + STILL_MS]);
    }

    #[tokio::test]
    async fn a_slot_is_never_used_twice() {
        let room = room_with_tile();
        let (head, _) = open(&*room.snapshot(&all(), 1000).await);
        let first = room.vacate(&MonitorId::from_u128(1)).unwrap();
        assert_ne!(room.slot(&MonitorId::from_u128(1)), first);
        assert_eq!(room.monitor_at(&all(), head.epoch, first), Some(MonitorId::from_u128(1)));
    }

    #[tokio::test]
    async fn f10_who_sees_chosen_customers_alone_cannot_count_the_others() {
        let room = room_with_tile();
        let cedar = CustomerId::from_u128(2);
        let only_cedar = Denied::all_but([cedar.clone()]);
        let (head, board) = open(&*room.snapshot(&only_cedar, 1000).await);
        assert_eq!((board.len(), board.customers().count()), (0, 0));
        let owner = room.customer_slot(&cedar);
        let tile =
            |slot, status| Tile { slot, owner, name: "mail".into(), status, since: 0, reason: String::new(), stale: false };
        let others = (0..40).map(|id| room.slot(&MonitorId::from_u128(100 + id))).max().unwrap();
        let slot = room.slot(&MonitorId::from_u128(2));
        assert_eq!((owner, slot), (1, others + 1));
        room.change(vec![
            Op::Customer { slot: owner, id: cedar, name: "Cedar".into() },
            Op::Tile(tile(slot, Status::Up)),
            Op::Status { slot: 0, status: Status::Down, since: 0, reason: "refused".into() },
        ]);
        room.flush(1000);
        turn(&room, Status::Up);
        let missed = room.watch(&only_cedar, Some((head.epoch, head.sequence))).missed;
        let [missed] = &missed[..] else { panic!("{missed:?}") };
        let Event::Frame { data, .. } = missed.as_ref() else { panic!("{missed:?}") };
        let frame = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, data).unwrap();
        let ops = wire::decode_frame(&frame).unwrap().1;
        let slots: Vec<u32> = ops
            .iter()
            .map(|op| match op {
                Op::Customer { slot, .. } => *slot,
                Op::Tile(tile) => tile.slot + tile.owner,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(slots, [0, 0]);
        // The snapshot counts as the frames did, and no tile is found by the board's slot.
        let (_, board) = open(&*room.snapshot(&only_cedar, 9000).await);
        assert_eq!((board.slots(), board.customer_slots(), board.status(0)), (1, 1, Some(Status::Up)));
        for at in [0, slot] {
            assert_eq!(room.monitor_at(&only_cedar, head.epoch, at), None);
        }
    }

    #[tokio::test]
    async fn c7_a_denied_customer_is_unseen_while_it_leaves_and_when_it_comes_back() {
        let room = room_with_tile();
        let harbor = CustomerId::from_u128(1);
        let owner = room.vacate_customer(&harbor).unwrap();
        room.change(vec![Op::TileGone { slot: 0 }, Op::CustomerGone { slot: owner }]);
        // It is not among the customers any more, and still on the board.
        let denied = Denied::from_iter([harbor.clone()]);
        let (head, board) = open(&*room.snapshot(&denied, 1000).await);
        assert_eq!((board.len(), board.customers().count()), (0, 0));
        room.flush(1000);
        let owner = room.customer_slot(&harbor);
        room.change(vec![
            Op::Customer { slot: owner, id: harbor, name: "Harbor".into() },
            Op::Tile(Tile {
                slot: 1,
                owner,
                name: "web".into(),
                status: Status::Up,
                since: 0,
                reason: String::new(),
                stale: false,
            }),
            Op::Status { slot: 1, status: Status::Down, since: 0, reason: "refused".into() },
        ]);
        room.flush(1000);
        assert!(room.watch(&denied, Some((head.epoch, head.sequence))).missed.is_empty());
        let (_, board) = open(&*room.snapshot(&denied, 9000).await);
        assert_eq!((board.len(), board.customers().count()), (0, 0));
        assert_eq!(open(&*room.snapshot(&all(), 9000).await).1.len(), 1);
    }
}
