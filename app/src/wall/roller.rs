//! Keeps the wall's table in step with the board: sorts at most once a frame, and makes only the rows that are in view.

use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
};

use leptos::{
    html,
    prelude::{Effect, Get, GetUntracked, GetValue, Memo, NodeRef, Set, window},
};
use model::{
    board::Board,
    roll::{Column, Ranks, Sorting},
};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Event, HtmlElement, KeyboardEvent, ResizeObserver};

use super::{
    facts::Screen,
    feed::{Change, LiveBoard},
    filter::Filter,
    frames::Frames,
    gist::{Owners, Teller},
    listener::Listener,
    replay::Replay,
    size::root_size,
    table::{Asked, Line, Sheet, View},
};

/// A row's height in rem, as the style sheet says.
const ROW_REM: f64 = 2.25;
/// Rows beyond each edge of what is seen, so that scrolling shows no gap.
const BEYOND: u32 = 12;

/// What the next frame has to do. Each includes those before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Need {
    #[default]
    Nothing,
    /// Make the rows in view.
    Rows,
    /// Sort and filter.
    Sort,
    /// Rank the names.
    Ranks,
}

/// Follows the board until the current reactive owner is cleaned up.
pub(super) fn mount(
    (around, table): (NodeRef<html::Div>, NodeRef<html::Table>),
    filter: Memo<Filter>,
    asked: Memo<Asked>,
    replay: Replay,
    screen: Screen,
    sheet: Sheet,
) {
    Effect::new(move |_| {
        let (Some(around), Some(table)) = (around.get(), table.get()) else { return };
        let roller = Roller::new((*around).clone(), (*table).clone().unchecked_into(), screen, sheet);
        let live = replay.watch({
            let roller = Rc::clone(&roller);
            move |live, change| roller.heed(live, change)
        });
        roller.live.replace(Rc::downgrade(&live.get_value()));
        let roller = Rc::downgrade(&roller);
        Effect::new(move |before: Option<(Filter, Sorting)>| {
            let (filter, sorting) = (filter.get(), asked.get().sorting);
            let after = (filter.clone(), sorting);
            if let Some(roller) = roller.upgrade() {
                if let Some(live) = roller.live.borrow().upgrade() {
                    roller.teller.hear_anew(&live, &roller.filter.borrow(), &filter);
                }
                roller.filter.replace(filter);
                roller.sorting.set(sorting);
                roller.frames.need(Need::Sort);
                // Another list begins at its beginning.
                if before.is_some_and(|before| !after.0.chooses_as(&before.0) || after.1 != before.1) {
                    roller.around.set_scroll_top(0);
                }
            }
            after
        });
    });
}

struct Roller {
    me: Weak<Self>,
    /// What scrolls.
    around: HtmlElement,
    table: HtmlElement,
    sheet: Sheet,
    live: RefCell<Weak<LiveBoard>>,
    /// What the slots are of.
    epoch: Cell<u64>,
    filter: RefCell<Filter>,
    sorting: Cell<Sorting>,
    owners: RefCell<Owners>,
    ranks: RefCell<Ranks>,
    /// The slots of all rows, in their order.
    order: RefCell<Vec<u32>>,
    teller: Teller,
    frames: Frames<Need>,
    senses: RefCell<Option<Senses>>,
}

struct Senses {
    _listeners: Vec<Listener>,
    resized: Option<ResizeObserver>,
    _on_resize: Closure<dyn Fn()>,
}

impl Drop for Senses {
    fn drop(&mut self) {
        if let Some(resized) = &self.resized {
            resized.disconnect();
        }
    }
}

impl Roller {
    fn new(around: HtmlElement, table: HtmlElement, screen: Screen, sheet: Sheet) -> Rc<Self> {
        let roller = Rc::new_cyclic(|me| Self {
            me: me.clone(),
            around,
            table,
            sheet,
            live: RefCell::default(),
            epoch: Cell::default(),
            filter: RefCell::default(),
            sorting: Cell::default(),
            owners: RefCell::default(),
            ranks: RefCell::default(),
            order: RefCell::default(),
            teller: Teller::new(screen),
            frames: Frames::default(),
            senses: RefCell::default(),
        });
        roller.frames.begin(roller.act(|roller| {
            roller.frames.came();
            roller.write();
        }));
        roller.senses.replace(Some(roller.senses()));
        roller
    }

    fn senses(&self) -> Senses {
        let on = |target: &HtmlElement, name, act: fn(&Self, &Event)| {
            let me = self.me.clone();
            Listener::new(target, name, move |event| {
                if let Some(roller) = me.upgrade() {
                    act(&roller, &event);
                }
            })
        };
        let listeners = vec![
            on(&self.around, "scroll", |roller, _| roller.frames.need(Need::Rows)),
            on(&self.table, "keydown", Self::on_key),
            on(&self.table, "focus", |roller, _| roller.on_focus()),
            on(&self.table, "click", Self::on_click),
        ];
        let on_resize = Closure::<dyn Fn()>::new(self.act(|roller| roller.frames.need(Need::Rows)));
        let resized = ResizeObserver::new(on_resize.as_ref().unchecked_ref()).ok();
        if let Some(resized) = &resized {
            resized.observe(&self.around);
        }
        Senses { _listeners: listeners, resized, _on_resize: on_resize }
    }

    /// A closure that does not keep the table alive.
    fn act(&self, act: impl Fn(&Self) + 'static) -> impl Fn() + 'static {
        let me = self.me.clone();
        move || {
            if let Some(roller) = me.upgrade() {
                act(&roller);
            }
        }
    }

    fn heed(&self, live: &LiveBoard, change: Change<'_>) {
        match change {
            Change::Everything | Change::Layout => self.frames.need(Need::Ranks),
            Change::Tiles(slots) => {
                self.teller.hear(&live.board(), &self.filter.borrow(), Some(slots));
                self.frames.need(if self.is_moved_by_status() { Need::Sort } else { Need::Rows });
            }
            Change::Beat | Change::Link => self.tell(live),
            Change::Unseen(slots) => self.teller.call(&live.board(), &self.filter.borrow(), slots),
        }
    }

    /// Whether a status can move a row, or bring it in.
    fn is_moved_by_status(&self) -> bool {
        let by_column = match self.sorting.get().column {
            Column::Status | Column::Since | Column::Stale => true,
            Column::Monitor | Column::Customer => false,
        };
        by_column || self.filter.borrow().by_status()
    }

    fn write(&self) {
        let Some(live) = self.live.borrow().upgrade().filter(|live| live.is_ready()) else { return };
        let need = self.frames.take();
        {
            let board = live.board();
            if need >= Need::Ranks {
                if self.epoch.replace(live.epoch()) != live.epoch() {
                    // At its slot stands another monitor now.
                    self.sheet.cursor.set(None);
                }
                self.ranks.replace(Ranks::of(&board));
                self.teller.offer(&board);
                self.teller.hear(&board, &self.filter.borrow(), None);
            }
            if need >= Need::Sort {
                self.sort(&board);
            }
            self.show(&live, &board);
        }
        self.tell(&live);
    }

    /// The row that the keyboard is on stays where it is on the screen, wherever it now stands in the list.
    fn sort(&self, board: &Board) {
        let before = self.place_of_cursor();
        let filter = self.filter.borrow();
        let mut owners = self.owners.borrow_mut();
        owners.select(board, &filter);
        let takes = |slot| owners.shows(board, &filter, slot);
        self.order.replace(self.ranks.borrow().sorted(board, self.sorting.get(), takes));
        let after = self.place_of_cursor();
        if let (Some(before), Some(after)) = (before, after)
            && before != after
        {
            let by = (f64::from(after) - f64::from(before)) * f64::from(row_height());
            self.around.set_scroll_top(self.around.scroll_top() + by as i32);
        }
        if before.is_some() && after.is_none() {
            self.sheet.cursor.set(None);
        }
    }

    fn show(&self, live: &LiveBoard, board: &Board) {
        let row = row_height();
        let order = self.order.borrow();
        let top = u32::try_from(self.around.scroll_top()).unwrap_or_default();
        let height = u32::try_from(self.around.client_height()).unwrap_or_default();
        let total = u32::try_from(order.len()).unwrap_or(u32::MAX);
        // Where the list has become shorter the browser scrolls up by itself, but only once this is shown.
        let first = (top / row).saturating_sub(BEYOND).min(total.saturating_sub(height / row));
        let count = height / row + 2 * BEYOND;
        let lines = (first..total).take(count as usize).filter_map(|index| {
            let slot = *order.get(index as usize)?;
            Some(Line {
                index,
                slot,
                href: live.tile_path(slot).unwrap_or_default(),
                name: board.name(slot).to_owned(),
                customer: board.customer(board.owner(slot)).map_or_else(String::new, |(_, name)| name.to_owned()),
                status: board.status(slot)?,
                since: board.since(slot),
                reason: board.reason(slot).to_owned(),
                stale: board.is_stale(slot),
            })
        });
        let view = View { lines: lines.collect(), total, row };
        if self.sheet.view.get_untracked() != view {
            self.sheet.view.set(view);
        }
    }

    fn tell(&self, live: &LiveBoard) {
        let matching = u32::try_from(self.order.borrow().len()).unwrap_or(u32::MAX);
        let counts = self.owners.borrow().counts(&live.board(), &self.filter.borrow());
        self.teller.tell(live, counts, matching, matching);
    }

    fn place_of_cursor(&self) -> Option<u32> {
        let cursor = self.sheet.cursor.get_untracked()?;
        let place = self.order.borrow().iter().position(|slot| *slot == cursor)?;
        u32::try_from(place).ok()
    }

    fn on_focus(&self) {
        if self.sheet.cursor.get_untracked().is_none() {
            let first = u32::try_from(self.around.scroll_top()).unwrap_or_default().div_ceil(row_height());
            self.go(first);
        }
    }

    fn on_click(&self, event: &Event) {
        let row = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()?.closest("tbody tr").ok()?);
        if let Some(slot) = row.and_then(|row| row.id().strip_prefix("row-")?.parse().ok()) {
            self.sheet.cursor.set(Some(slot));
        }
    }

    fn on_key(&self, event: &Event) {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
        let on_link = event.target() != event.current_target();
        if on_link || event.alt_key() || event.ctrl_key() || event.meta_key() {
            return;
        }
        let page = u32::try_from(self.around.client_height()).unwrap_or_default() / row_height();
        let (page, last) = (page.saturating_sub(2).max(1), self.last());
        let here = self.place_of_cursor();
        let place = match (event.key().as_str(), here) {
            ("ArrowDown", Some(here)) => here.saturating_add(1),
            ("ArrowUp", Some(here)) => here.saturating_sub(1),
            ("PageDown", Some(here)) => here.saturating_add(page),
            ("PageUp", Some(here)) => here.saturating_sub(page),
            ("Home", _) | ("ArrowDown" | "ArrowUp" | "PageDown" | "PageUp", None) => 0,
            ("End", _) => last,
            ("Enter" | " ", Some(_)) => return self.open(event),
            _ => return,
        };
        event.prevent_default();
        self.go(place);
    }

    fn last(&self) -> u32 {
        u32::try_from(self.order.borrow().len()).unwrap_or(u32::MAX).saturating_sub(1)
    }

    /// Puts the cursor on a row, and the row into view.
    fn go(&self, place: u32) {
        let place = place.min(self.last());
        let Some(slot) = self.order.borrow().get(place as usize).copied() else { return };
        let (row, height) = (f64::from(row_height()), f64::from(self.around.client_height()));
        let (top, seen) = (f64::from(place) * row, f64::from(self.around.scroll_top()));
        // The head sticks above the rows and is as high as one of them.
        let wanted = if top < seen {
            Some(top)
        } else if top + 2.0 * row > seen + height {
            Some(top + 2.0 * row - height)
        } else {
            None
        };
        if let Some(wanted) = wanted {
            self.around.set_scroll_top(wanted.ceil() as i32);
        }
        self.sheet.cursor.set(Some(slot));
        // A screen reader looks for the row at once.
        if let Some(live) = self.live.borrow().upgrade() {
            self.show(&live, &live.board());
        }
    }

    fn open(&self, event: &KeyboardEvent) {
        event.prevent_default();
        let cursor = self.sheet.cursor.get_untracked();
        let path = cursor.and_then(|slot| self.live.borrow().upgrade().and_then(|live| live.tile_path(slot)));
        if let Some(path) = path {
            let _ = window().location().assign(&path);
        }
    }
}

/// CSS pixels of a row, never 0.
fn row_height() -> u32 {
    ((root_size() * ROW_REM).round() as u32).max(1)
}
