//! One MSP's board and everyone who watches it (DESIGN, way 3): slots, frames, resuming, snapshots.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use brotli::enc::BrotliEncoderParams;
use model::{
    CustomerId, MonitorId,
    board::{Board, Op},
    health::{Counts, Taken},
    wire::{self, Head},
};
use tokio::sync::broadcast;

/// Frames that are kept for those who come back: one minute at twenty a second.
const KEPT: usize = 1200;
/// Events that a slow watcher may be behind before it has to take a new snapshot.
const BEHIND: usize = 512;
/// How long a snapshot is good for, in milliseconds: whoever gets it resumes from its sequence.
const SNAPSHOT_MS: i64 = 1000;

/// What a watcher is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A batch of changes: the event's id, and the frame in base64.
    Frame { id: String, data: String },
    /// Once a second: the server's time, and up to when its data are known to be true; UTC milliseconds, a comma between.
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
    epoch: u64,
    build: String,
    inside: Mutex<Inside>,
    watchers: broadcast::Sender<Arc<Event>>,
    /// Held while a snapshot is made, so that many who ask at once get one.
    snapshot: tokio::sync::Mutex<Option<Arc<Snapshot>>>,
}

#[derive(Debug, Default)]
struct Inside {
    /// As of `sequence`; `pending` is not in it yet.
    board: Board,
    sequence: u64,
    pending: Vec<Op>,
    kept: VecDeque<Arc<Event>>,
    slots: HashMap<MonitorId, u32>,
    monitors: Vec<MonitorId>,
    customers: HashMap<CustomerId, u32>,
    next_customer: u32,
}

impl BoardRoom {
    pub(crate) fn new(build: String) -> Self {
        Self {
            epoch: rand::random(),
            build,
            inside: Mutex::default(),
            watchers: broadcast::Sender::new(BEHIND),
            snapshot: tokio::sync::Mutex::new(None),
        }
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

    /// Puts the pending changes onto the board and sends them as one frame.
    pub(crate) fn flush(&self, now: i64) {
        let mut inside = self.inside();
        if inside.pending.is_empty() {
            return;
        }
        let ops = std::mem::take(&mut inside.pending);
        for op in &ops {
            if inside.board.apply(op).is_err() {
                tracing::error!(?op, "a change does not fit the board");
            }
        }
        inside.sequence += 1;
        let frame = Arc::new(Event::Frame {
            id: wire::event_id(self.epoch, inside.sequence),
            data: BASE64_STANDARD.encode(wire::encode_frame(now, &ops)),
        });
        inside.kept.push_back(frame.clone());
        if inside.kept.len() > KEPT {
            inside.kept.pop_front();
        }
        // Under the lock, so that frames leave in the order of their sequence.
        let _ = self.watchers.send(frame);
    }

    pub(crate) fn beat(&self, now: i64, as_of: i64) {
        let _ = self.watchers.send(Arc::new(Event::Beat(format!("{now},{as_of}"))));
    }

    pub(crate) fn watch(&self, from: Option<(u64, u64)>) -> Watching {
        let inside = self.inside();
        let coming = self.watchers.subscribe();
        let missed = match from {
            None => Vec::new(),
            Some((epoch, sequence)) => inside.since(self.epoch, epoch, sequence).unwrap_or_else(|| vec![Arc::new(Event::Resync)]),
        };
        Watching { missed, coming }
    }

    pub(crate) fn monitor_at(&self, epoch: u64, slot: u32) -> Option<MonitorId> {
        let inside = self.inside();
        let monitor = (epoch == self.epoch).then(|| inside.monitors.get(slot as usize))??;
        inside.slots.contains_key(monitor).then(|| monitor.clone())
    }

    pub(crate) fn counts(&self, customer: &CustomerId) -> Counts {
        let inside = self.inside();
        inside.customers.get(customer).map(|slot| inside.board.customer_counts(*slot)).unwrap_or_default()
    }

    pub(crate) fn taken(&self, customer: &CustomerId) -> Taken {
        let inside = self.inside();
        inside.customers.get(customer).map(|slot| inside.board.customer_taken(*slot)).unwrap_or_default()
    }

    pub(crate) async fn snapshot(&self, now: i64) -> Arc<Snapshot> {
        let mut kept = self.snapshot.lock().await;
        let (board, head) = {
            let inside = self.inside();
            if let Some(kept) = kept.as_ref()
                && (kept.sequence == inside.sequence || (now - kept.at).abs() < SNAPSHOT_MS)
            {
                return kept.clone();
            }
            let head = Head { epoch: self.epoch, sequence: inside.sequence, at: now, build: self.build.clone() };
            (inside.board.clone(), head)
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

impl Inside {
    /// The frames after `sequence`, or `None` where they are not all known.
    fn since(&self, own_epoch: u64, epoch: u64, sequence: u64) -> Option<Vec<Arc<Event>>> {
        let missed = usize::try_from(self.sequence.checked_sub(sequence)?).ok()?;
        (epoch == own_epoch && missed <= self.kept.len())
            .then(|| self.kept.iter().skip(self.kept.len() - missed).cloned().collect())
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
    use model::{Status, board::Tile};

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
        let (head, _) = open(&*room.snapshot(1000).await);
        turn(&room, Status::Down);
        turn(&room, Status::Up);
        let watching = room.watch(Some((head.epoch, head.sequence)));
        let ids: Vec<_> = watching
            .missed
            .iter()
            .map(|event| match event.as_ref() {
                Event::Frame { id, .. } => wire::parse_event_id(id).unwrap(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(ids, [(head.epoch, head.sequence + 1), (head.epoch, head.sequence + 2)]);
        assert!(room.watch(Some((head.epoch, head.sequence + 2))).missed.is_empty());
    }

    #[tokio::test]
    async fn f3_an_unknown_epoch_or_a_gap_is_a_resync() {
        let room = room_with_tile();
        let (head, _) = open(&*room.snapshot(1000).await);
        let resync = [Arc::new(Event::Resync)];
        assert_eq!(room.watch(Some((head.epoch ^ 1, head.sequence))).missed, resync);
        assert_eq!(room.watch(Some((head.epoch, head.sequence + 1))).missed, resync);
        for _ in 0..=KEPT {
            turn(&room, Status::Down);
        }
        assert_eq!(room.watch(Some((head.epoch, head.sequence))).missed, resync);
    }

    #[tokio::test]
    async fn f3_snapshot_and_later_frames_give_the_board() {
        let room = room_with_tile();
        turn(&room, Status::Trouble);
        let (head, board) = open(&*room.snapshot(5000).await);
        assert_eq!((head.sequence, board.status(0)), (2, Some(Status::Trouble)));
        turn(&room, Status::Down);
        let (_, later) = open(&*room.snapshot(5000 + SNAPSHOT_MS).await);
        assert_eq!(later.status(0), Some(Status::Down));
    }

    #[test]
    fn a_slot_is_never_used_twice() {
        let room = room_with_tile();
        let first = room.vacate(&MonitorId::from_u128(1)).unwrap();
        assert_ne!(room.slot(&MonitorId::from_u128(1)), first);
        assert_eq!(room.monitor_at(room.epoch, first), Some(MonitorId::from_u128(1)));
    }
}
