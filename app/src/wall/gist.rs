//! What the bar says of the board, whether it is drawn as tiles or written as a table.

use std::cell::{Cell, RefCell};

use leptos::prelude::{GetUntracked, ReadUntracked, Set, Update};
use model::{Status, board::Board, text::fold};

use super::{
    alarm::Alarm,
    facts::{Choice, Facts, Screen},
    feed::LiveBoard,
    filter::Filter,
    together::Together,
};

/// The counts are said at most this often, in milliseconds.
const QUIET: f64 = 10_000.0;

/// By customer's slot: whether the filter leaves it.
#[derive(Debug, Default)]
pub(super) struct Owners(Vec<bool>);

impl Owners {
    pub(super) fn select(&mut self, board: &Board, filter: &Filter) {
        self.0.clear();
        self.0.resize(board.customer_slots() as usize, false);
        for (slot, id, _) in board.customers() {
            self.0[slot as usize] = filter.takes_customer(id);
        }
    }

    fn takes(&self, owner: u32) -> bool {
        self.0.get(owner as usize).copied().unwrap_or_default()
    }

    /// Whether the filter leaves this tile, whatever its status.
    pub(super) fn has(&self, board: &Board, filter: &Filter, slot: u32) -> bool {
        self.takes(board.owner(slot)) && filter.takes_slot(slot)
    }

    /// Whether the filter leaves this tile.
    pub(super) fn shows(&self, board: &Board, filter: &Filter, slot: u32) -> bool {
        self.has(board, filter, slot) && board.status(slot).is_some_and(|status| filter.takes(status))
    }

    /// By status, of the customers that the filter leaves; and how many of them are stale.
    pub(super) fn counts(&self, board: &Board, filter: &Filter) -> ([u32; 7], u32) {
        if !filter.by_customer() && filter.incident().is_none() {
            return (board.counts(), board.stale_count());
        }
        let mut counts = [0; 7];
        let mut stale = 0;
        for slot in board.tiles().filter(|slot| self.has(board, filter, *slot)) {
            if let Some(status) = board.status(slot) {
                counts[usize::from(status.code())] += 1;
                stale += u32::from(board.is_stale(slot));
            }
        }
        (counts, stale)
    }
}

/// Tells the page, and says the counts aloud where they have changed.
#[derive(Debug)]
pub(super) struct Teller {
    screen: Screen,
    summed_at: Cell<f64>,
    alarm: RefCell<Alarm>,
    together: Together,
}

impl Teller {
    pub(super) fn new(screen: Screen) -> Self {
        Self { screen, summed_at: Cell::new(f64::NEG_INFINITY), alarm: RefCell::default(), together: Together::new(screen) }
    }

    /// `matching` tiles are left by the filter, `drawn` of them can be seen.
    pub(super) fn tell(&self, live: &LiveBoard, (counts, stale): ([u32; 7], u32), matching: u32, drawn: u32) {
        let facts = Facts {
            ready: live.is_ready(),
            counts,
            total: live.board().len(),
            matching,
            drawn,
            stale,
            link: live.link(),
            delay_ms: live.delay_ms(),
            new_build: live.is_new_build(),
            misfits: live.misfits(),
        };
        self.alarm.borrow_mut().end_at(live.now());
        self.set_down(counts);
        if self.screen.facts.get_untracked() != facts {
            self.screen.facts.set(facts);
        }
        self.sum_up(&facts);
        // Incidents are of the present, and so are their slots.
        if !self.screen.past.get_untracked() {
            self.together.tell(live);
        }
    }

    fn set_down(&self, [down, ..]: [u32; 7]) {
        let down = if self.screen.past.get_untracked() { 0 } else { down };
        if self.screen.down.get_untracked() != down {
            self.screen.down.set(down);
        }
    }

    /// Looks whether one of these tiles (`None`: of all) has newly gone DOWN.
    pub(super) fn hear(&self, board: &Board, filter: &Filter, slots: Option<&[u32]>) {
        if self.screen.past.get_untracked() {
            return;
        }
        self.together.hear(board, slots);
        // Until it is known which tiles the incident has, none of them is old or new.
        if filter.incident().is_some() && self.screen.incidents.read_untracked().is_none() {
            return;
        }
        let is_down = |slot: &u32| {
            board.status(*slot) == Some(Status::Down)
                && filter.takes_slot(*slot)
                && board.customer(board.owner(*slot)).is_some_and(|(customer, _)| filter.takes_customer(customer))
        };
        let newest = match slots {
            Some(slots) => slots.iter().copied().filter(is_down).map(|slot| board.since(slot)).max(),
            None => board.tiles().filter(is_down).map(|slot| board.since(slot)).max(),
        };
        if self.alarm.borrow_mut().is_new(newest) {
            self.screen.alarms.update(|alarms| *alarms = alarms.wrapping_add(1));
        }
    }

    /// Another filter leaves other tiles: which of them are DOWN already is not new. A tile that has joined the incident is.
    pub(super) fn hear_anew(&self, live: &LiveBoard, before: &Filter, filter: &Filter) {
        if live.is_ready() {
            if !filter.chooses_as(before) {
                self.alarm.take();
            }
            self.hear(&live.board(), filter, None);
        }
    }

    /// The same while nobody sees the page: its title still counts.
    pub(super) fn call(&self, board: &Board, filter: &Filter, slots: Option<&[u32]>) {
        self.hear(board, filter, slots);
        let mut owners = Owners::default();
        if filter.by_customer() || filter.incident().is_some() {
            owners.select(board, filter);
        }
        self.set_down(owners.counts(board, filter).0);
    }

    fn sum_up(&self, facts: &Facts) {
        let now = js_sys::Date::now();
        if facts.ready && now - self.summed_at.get() >= QUIET {
            let sentence = facts.sentence();
            if self.screen.summary.get_untracked() != sentence {
                self.screen.summary.set(sentence);
                self.summed_at.set(now);
            }
        }
    }

    /// The customers to choose from.
    pub(super) fn offer(&self, board: &Board) {
        let mut choices: Vec<Choice> = board
            .customers()
            .map(|(slot, id, name)| Choice {
                id: id.clone(),
                name: name.to_owned(),
                folded: fold(name),
                monitors: board.customer_counts(slot).total,
            })
            .filter(|choice| choice.monitors > 0)
            .collect();
        choices.sort_by(|a, b| (&a.folded, &a.id).cmp(&(&b.folded, &b.id)));
        if self.screen.choices.get_untracked() != choices {
            self.screen.choices.set(choices);
        }
    }
}
