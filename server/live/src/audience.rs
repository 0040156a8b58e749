//! Those who are sent the same bytes (DESIGN, way 3): the MSP's staff who are denied nothing are one audience, and so are all who
//! are denied the same customers (DOMAIN C7), and the screens of kiosk links that show the same ones (F10). A frame is encoded once
//! for each.
//!
//! Each has an epoch of its own, so that who passes from one to another takes a new snapshot: a person who has just been denied a
//! customer cannot resume where they were, with that customer still on the screen.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use model::{
    board::{Board, Op, Slots},
    wire,
};
use store::Denied;
use tokio::sync::broadcast;

use crate::board_room::{Event, Snapshot};

/// Frames that are kept for those who come back: one minute at ten a second, which are the most.
pub(crate) const KEPT: usize = 600;
/// Events that a slow watcher may be behind before it has to take a new snapshot.
const BEHIND: usize = 512;
/// How long an audience of nobody is kept, for those who come back: in beats, one a second.
const IDLE_BEATS: u32 = 60;

/// A snapshot's place, held while one is made, so that many who ask at once get one.
pub(crate) type Place = Arc<tokio::sync::Mutex<Option<Arc<Snapshot>>>>;

/// See the module's text.
#[derive(Debug)]
pub(crate) struct Audience {
    pub(crate) epoch: u64,
    pub(crate) sequence: u64,
    /// The slots of the denied customers, also of those that are gone: a slot is never used twice.
    hidden: HashSet<u32>,
    /// Where it sees chosen customers alone.
    own: Option<OwnSlots>,
    kept: VecDeque<Arc<Event>>,
    watchers: broadcast::Sender<Arc<Event>>,
    pub(crate) place: Place,
    /// Beats since somebody watched.
    idle: u32,
}

/// Slots that are given out in the order in which this audience meets them: by those of the board a kiosk would know how many other
/// monitors and customers there are (DOMAIN F10).
#[derive(Debug, Default)]
struct OwnSlots {
    customers: HashMap<u32, u32>,
    tiles: HashMap<u32, u32>,
}

impl Slots for OwnSlots {
    fn of_customer(&mut self, slot: u32) -> u32 {
        next(&mut self.customers, slot)
    }

    fn of_tile(&mut self, slot: u32) -> u32 {
        next(&mut self.tiles, slot)
    }
}

fn next(given: &mut HashMap<u32, u32>, slot: u32) -> u32 {
    let next = u32::try_from(given.len()).unwrap_or(u32::MAX);
    *given.entry(slot).or_insert(next)
}

impl Audience {
    /// Of those who are denied just these customers. `hidden` are the slots of the customers that it does not see, as far as there
    /// are any yet.
    pub(crate) fn new(denied: &Denied, hidden: HashSet<u32>) -> Self {
        Self {
            epoch: rand::random(),
            sequence: 0,
            hidden,
            own: denied.is_all_but().then(OwnSlots::default),
            kept: VecDeque::new(),
            watchers: broadcast::Sender::new(BEHIND),
            place: Place::default(),
            idle: 0,
        }
    }

    /// How many streams are open.
    pub(crate) fn watchers(&self) -> usize {
        self.watchers.receiver_count()
    }

    /// Sends what of `ops`, which `board` has done already, this audience sees; nothing where it sees none of it.
    pub(crate) fn tell(&mut self, denied: &Denied, now: i64, ops: &[Op], board: &Board) {
        let ops = self.seen(denied, ops, board);
        if ops.is_empty() {
            return;
        }
        self.sequence += 1;
        let frame = Arc::new(Event::Frame {
            id: wire::event_id(self.epoch, self.sequence),
            data: BASE64_STANDARD.encode(wire::encode_frame(now, &ops)),
        });
        self.kept.push_back(frame.clone());
        if self.kept.len() > KEPT {
            self.kept.pop_front();
        }
        let _ = self.watchers.send(frame);
    }

    fn seen<'a>(&mut self, denied: &Denied, ops: &'a [Op], board: &Board) -> Cow<'a, [Op]> {
        if denied.is_empty() {
            return Cow::Borrowed(ops);
        }
        for op in ops {
            if let Op::Customer { slot, id, .. } = op
                && denied.contains(id)
            {
                self.hidden.insert(*slot);
            }
        }
        let Self { hidden, own, .. } = self;
        let seen = ops.iter().filter(|op| board.customer_of(op).is_some_and(|customer| !hidden.contains(&customer))).cloned();
        Cow::Owned(match own {
            Some(own) => seen.map(|op| op.renumbered(own)).collect(),
            None => seen.collect(),
        })
    }

    /// The board as it sees it.
    pub(crate) fn view(&self, board: &Board) -> Board {
        if self.hidden.is_empty() { board.clone() } else { board.without(&self.hidden) }
    }

    /// The same as it is sent: with the audience's own slots, where it has any.
    pub(crate) fn sent(&mut self, board: &Board) -> Board {
        let view = self.view(board);
        match &mut self.own {
            Some(own) => view.renumbered(own),
            None => view,
        }
    }

    /// Whether it sees the tile that stands at `slot`. Who has other slots than the board's asks for none by theirs.
    pub(crate) fn sees(&self, board: &Board, slot: u32) -> bool {
        if self.own.is_some() {
            return false;
        }
        self.hidden.is_empty() || (board.status(slot).is_some() && !self.hidden.contains(&board.owner(slot)))
    }

    /// Also counts how long nobody has been watching.
    pub(crate) fn beat(&mut self, beat: &Arc<Event>) {
        self.idle = if self.watchers.receiver_count() > 0 { 0 } else { self.idle.saturating_add(1) };
        let _ = self.watchers.send(beat.clone());
    }

    pub(crate) const fn is_forgotten(&self) -> bool {
        self.idle > IDLE_BEATS
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Arc<Event>> {
        self.watchers.subscribe()
    }

    /// The frames after `sequence`, or `None` where they are not all known.
    pub(crate) fn since(&self, epoch: u64, sequence: u64) -> Option<Vec<Arc<Event>>> {
        let missed = usize::try_from(self.sequence.checked_sub(sequence)?).ok()?;
        (epoch == self.epoch && missed <= self.kept.len())
            .then(|| self.kept.iter().skip(self.kept.len() - missed).cloned().collect())
    }
}
