//! Keeps the wall's incidents in step (DOMAIN F13): the server is asked again when an outage has begun; that one ends the board knows
//! by itself.

use std::{
    cell::RefCell,
    collections::HashSet,
    rc::{Rc, Weak},
    sync::Arc,
};

use leptos::prelude::{GetUntracked, Set};
use model::{Refusal, Status, board::Board, incidents::Head};
use wasm_bindgen_futures::spawn_local;

use super::{
    facts::Screen,
    feed::{LiveBoard, clock},
    incidents::{on_board, read_on_wall},
    source::Source,
};
use crate::{answer::in_time, failure::Failure};

/// However much fails, the server is asked at most this often, in milliseconds.
const AGAIN: f64 = 2_000.0;

/// See the module's text.
#[derive(Debug)]
pub(super) struct Together {
    screen: Screen,
    known: Rc<RefCell<Known>>,
}

#[derive(Debug)]
struct Known {
    /// The epoch that the slots are of.
    epoch: u64,
    incidents: Vec<(Head, Arc<HashSet<u32>>)>,
    /// Whether the server has answered for this epoch.
    is_answered: bool,
    asked_at: f64,
    is_asking: bool,
    /// An outage has begun since the server was asked.
    is_wanted: bool,
    /// The board has changed since it was last looked at.
    has_changed: bool,
}

impl Together {
    pub(super) fn new(screen: Screen) -> Self {
        let known = Known {
            epoch: 0,
            incidents: Vec::new(),
            is_answered: false,
            asked_at: f64::NEG_INFINITY,
            is_asking: false,
            is_wanted: true,
            has_changed: true,
        };
        Self { screen, known: Rc::new(RefCell::new(known)) }
    }

    /// These tiles (`None`: any) have changed.
    pub(super) fn hear(&self, board: &Board, slots: Option<&[u32]>) {
        let mut known = self.known.borrow_mut();
        known.has_changed = true;
        let fails = |slot: u32| board.status(slot).is_some_and(Status::is_outage);
        known.is_wanted |= slots.is_none_or(|slots| slots.iter().any(|slot| fails(*slot)));
    }

    pub(super) fn tell(&self, live: &LiveBoard) {
        // A kiosk knows its own board and nothing that is said of others beside it.
        if !live.is_ready() || self.screen.source == Source::Kiosk {
            return;
        }
        let mut known = self.known.borrow_mut();
        if known.epoch != live.epoch() {
            known.forget(live.epoch());
        }
        if known.is_wanted && !known.is_asking && clock() - known.asked_at >= AGAIN {
            known.is_asking = true;
            known.is_wanted = false;
            known.asked_at = clock();
            spawn_local(ask(self.known.clone(), self.screen, live.weak()));
        }
        if known.has_changed {
            known.show(self.screen, &live.board());
        }
    }
}

impl Known {
    /// Slots of another epoch are those of other monitors, or of a customer that the person is no longer to see.
    fn forget(&mut self, epoch: u64) {
        self.epoch = epoch;
        self.incidents.clear();
        self.is_answered = false;
        self.is_wanted = true;
        self.has_changed = true;
    }

    fn show(&mut self, screen: Screen, board: &Board) {
        self.has_changed = false;
        let shown = self.incidents.iter().filter_map(|(head, slots)| on_board(head, slots.clone(), board)).collect();
        let shown = self.is_answered.then_some(shown);
        if screen.incidents.get_untracked() != shown {
            screen.incidents.set(shown);
        }
    }
}

async fn ask(known: Rc<RefCell<Known>>, screen: Screen, live: Weak<LiveBoard>) {
    let answer = in_time(read_on_wall()).await;
    // The page may have gone on.
    let Some(live) = live.upgrade() else { return };
    let mut known = known.borrow_mut();
    known.is_asking = false;
    match answer {
        Ok(answer) if answer.epoch == known.epoch => {
            let incidents = answer.incidents.into_iter();
            known.incidents = incidents.map(|on| (on.head, Arc::new(on.slots.into_iter().collect()))).collect();
            known.is_answered = true;
            known.show(screen, &live.board());
        }
        Err(Failure(Refusal::Forbidden | Refusal::SignedOut)) => {}
        // The server has begun anew, or is away: its stream says so too.
        Ok(_) | Err(_) => known.is_wanted = true,
    }
}
