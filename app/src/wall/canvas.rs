//! The wall's canvas: keeps every tile's place in flat arrays, draws what has changed and nothing else, at most once a frame,
//! and says which tile is pointed at.

use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
};

use gloo_timers::callback::Timeout;
use js_sys::Array;
use leptos::{
    html,
    prelude::{Effect, Get, GetUntracked, GetValue, Memo, NodeRef, Set, document, window},
};
use model::{
    Status,
    board::Board,
    layout::{Detail, Flow, Heading, Rect, Run},
    text::one_line,
};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    CanvasRenderingContext2d, Event, HtmlCanvasElement, KeyboardEvent, MouseEvent, MutationObserver, MutationObserverInit,
    ResizeObserver,
};

use super::{
    facts::{Screen, Tip, reason_line},
    far,
    feed::{Change, LiveBoard, clock},
    filter::Filter,
    frames::Frames,
    gist::{Owners, Teller},
    glide::Glide,
    listener::Listener,
    paint::{Lettering, Palette, Words},
    replay::Replay,
    size::root_size,
    strip::Strip,
    table::Asked,
};
use crate::ui::span;

/// No place: the tile is not shown.
const NOWHERE: u32 = u32::MAX;
/// Above so many changes a whole repaint is cheaper than one tile after the other.
const MANY: usize = 4_000;
/// A customer's name stands before its tiles where a cell is at least so high, in CSS pixels of a root of 16.
const NAME_HEIGHT: f64 = 17.0;
/// Tiles of this side and more have words, their customer's name among them: CSS pixels.
const TEXT_SIDE: f64 = 64.0;
/// A pointer that leaves a tile sooner runs over them, in milliseconds, and points at none until it rests: nobody can read so fast, and
/// each tile's words are laid out and painted anew.
const REST: f64 = 80.0;

/// What the next frame has to do. Each includes those before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Need {
    #[default]
    Nothing,
    /// Move what glides.
    Glide,
    /// Draw the changed tiles.
    Tiles,
    /// Draw everything.
    Paint,
    /// Choose the tiles that are shown, and place them.
    Layout,
    /// Sort the tiles.
    Order,
}

/// What the address says of the tiles beside the filter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Look {
    by_severity: bool,
    far: bool,
}

/// Draws the board on `canvas` until the current reactive owner is cleaned up.
pub(super) fn mount(canvas: NodeRef<html::Canvas>, filter: Memo<Filter>, asked: Memo<Asked>, replay: Replay, screen: Screen) {
    Effect::new(move |_| {
        let Some(wall) = canvas.get().and_then(|canvas| Wall::new(canvas, filter.get_untracked(), screen)) else { return };
        let live = replay.watch({
            let wall = Rc::clone(&wall);
            move |live, change| wall.heed(live, change)
        });
        wall.live.replace(Rc::downgrade(&live.get_value()));
        let wall = Rc::downgrade(&wall);
        Effect::new(move |_| {
            let (filter, Asked { by_severity, far, .. }) = (filter.get(), asked.get());
            if let Some(wall) = wall.upgrade() {
                if let Some(live) = wall.live.borrow().upgrade() {
                    wall.teller.hear_anew(&live, &wall.filter.borrow(), &filter);
                }
                wall.filter.replace(filter);
                wall.look.set(Look { by_severity, far });
                wall.frames.need(Need::Layout);
            }
        });
    });
}

struct Wall {
    me: Weak<Self>,
    canvas: HtmlCanvasElement,
    pen: CanvasRenderingContext2d,
    screen: Screen,
    live: RefCell<Weak<LiveBoard>>,
    /// What the slots are of.
    epoch: Cell<u64>,
    filter: RefCell<Filter>,
    look: Cell<Look>,
    palette: RefCell<Palette>,
    strip: Strip,
    glide: RefCell<Option<Glide>>,
    tiles: RefCell<Tiles>,
    frames: Frames<Need>,
    /// The slot that is pointed at, or that the keyboard's cursor is on.
    pointed: Cell<Option<u32>>,
    by_keyboard: Cell<bool>,
    /// The slot under the pointer, when the pointer came there, and what points at it once it rests.
    under: Cell<Option<u32>>,
    entered_at: Cell<f64>,
    following: RefCell<Option<Timeout>>,
    telling: RefCell<Option<Timeout>>,
    teller: Teller,
    senses: RefCell<Option<Senses>>,
}

/// Flat arrays: nothing is allocated for a tile.
struct Tiles {
    flow: Flow,
    /// How they were placed.
    look: Look,
    /// Device pixels.
    width: u32,
    height: u32,
    /// Device pixels in a CSS pixel.
    unit: f64,
    /// The same for text, which is larger on a large screen.
    scale: f64,
    /// Where the canvas is in its stage, and the stage's width and height: CSS pixels. Asked of the page once, for asking makes it lay
    /// itself out.
    origin: [f64; 2],
    stage: [f64; 2],
    /// Every slot in the order of the wall.
    order: Vec<u32>,
    /// The slots that the filter leaves, in that order.
    shown: Vec<u32>,
    /// By slot: its index among those shown.
    place: Vec<u32>,
    /// The customer of each run of tiles, where their names are shown.
    named: Vec<u32>,
    owners: Owners,
    /// Slots to draw anew.
    changed: Vec<u32>,
}

impl Tiles {
    fn new() -> Self {
        Self {
            flow: Flow::plain(0, 0, 0),
            look: Look::default(),
            width: 0,
            height: 0,
            unit: 1.0,
            scale: 1.0,
            origin: [0.0; 2],
            stage: [0.0; 2],
            order: Vec::new(),
            shown: Vec::new(),
            place: Vec::new(),
            named: Vec::new(),
            owners: Owners::default(),
            changed: Vec::new(),
        }
    }

    fn place_of(&self, slot: u32) -> Option<u32> {
        self.place.get(slot as usize).copied().filter(|place| *place != NOWHERE)
    }

    fn slot_at(&self, place: u32) -> Option<u32> {
        self.shown.get(place as usize).copied().filter(|_| place < self.flow.tiles())
    }

    fn slot_in(&self, cell: u32) -> Option<u32> {
        self.flow.tile_in(cell).and_then(|place| self.slot_at(place))
    }

    /// `name_width` is how much a customer's name needs across, by its slot, where cells have a side of so much.
    fn select(&mut self, board: &Board, filter: &Filter, look: Look, name_width: impl Fn(u32, u32) -> u32) {
        self.owners.select(board, filter);
        let mut shown = std::mem::take(&mut self.shown);
        shown.clear();
        shown.extend(self.order.iter().filter(|slot| self.owners.shows(board, filter, **slot)));
        if look.by_severity {
            board.sort_by_severity(&mut shown);
        }
        self.shown = shown;
        self.look = look;
        self.flow = Flow::plain(length(&self.shown), self.width, self.height);
        self.named.clear();
        let sides = (NAME_HEIGHT * self.scale).ceil() as u32..(TEXT_SIDE * self.unit).ceil() as u32;
        if look == Look::default() && sides.contains(&self.flow.grid().side()) {
            // Names make the cells a little smaller.
            let side = self.flow.grid().side() * 7 / 8;
            let runs = self.runs(board, |owner| name_width(owner, side));
            self.flow = Flow::grouped(&runs, &sides, self.width, self.height);
        }
        self.place.clear();
        self.place.resize(board.slots() as usize, NOWHERE);
        for (place, slot) in (0..self.flow.tiles()).zip(&self.shown) {
            self.place[*slot as usize] = place;
        }
    }

    fn runs(&mut self, board: &Board, name_width: impl Fn(u32) -> u32) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        for slot in &self.shown {
            let owner = board.owner(*slot);
            match runs.last_mut().filter(|_| self.named.last() == Some(&owner)) {
                Some(run) => run.tiles += 1,
                None => {
                    runs.push(Run { tiles: 1, name: name_width(owner) });
                    self.named.push(owner);
                }
            }
        }
        runs
    }

    /// The cell without its gap.
    fn tile(&self, place: u32) -> Rect {
        self.flow.tile(place)
    }

    /// By what a person sees: on a fine screen as many pixels hold less text. From afar words of a tile are but noise.
    fn detail(&self) -> Detail {
        let grid = self.flow.grid();
        match grid.detail() {
            Detail::Text if self.look.far || f64::from(grid.side()) < TEXT_SIDE * self.unit => Detail::Marks,
            detail => detail,
        }
    }
}

impl Wall {
    fn new(canvas: HtmlCanvasElement, filter: Filter, screen: Screen) -> Option<Rc<Self>> {
        let pen: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        let palette = read_palette(&canvas, &pen)?;
        let strip = Strip::new()?;
        let wall = Rc::new_cyclic(|me| Self {
            me: me.clone(),
            canvas,
            pen,
            screen,
            live: RefCell::default(),
            epoch: Cell::default(),
            filter: RefCell::new(filter),
            look: Cell::default(),
            palette: RefCell::new(palette),
            strip,
            glide: RefCell::default(),
            tiles: RefCell::new(Tiles::new()),
            frames: Frames::default(),
            pointed: Cell::new(None),
            by_keyboard: Cell::new(false),
            under: Cell::new(None),
            entered_at: Cell::new(f64::NEG_INFINITY),
            following: RefCell::default(),
            telling: RefCell::default(),
            teller: Teller::new(screen),
            senses: RefCell::default(),
        });
        wall.frames.begin(wall.act(|wall| {
            wall.frames.came();
            wall.draw();
        }));
        wall.senses.replace(Some(Senses::new(&wall)));
        wall.measure();
        spawn_local(after_fonts(Rc::downgrade(&wall)));
        Some(wall)
    }

    /// A closure that does not keep the wall alive.
    fn act(&self, act: impl Fn(&Self) + 'static) -> impl Fn() + 'static {
        let me = self.me.clone();
        move || {
            if let Some(wall) = me.upgrade() {
                act(&wall);
            }
        }
    }

    /// What the feed says.
    fn heed(&self, live: &LiveBoard, change: Change<'_>) {
        match change {
            Change::Everything | Change::Layout => {
                if self.epoch.replace(live.epoch()) != live.epoch() {
                    // At its slot stands another monitor now.
                    self.under.set(None);
                    self.point(None, false);
                }
                self.frames.need(Need::Order);
            }
            Change::Tiles(slots) => self.note(live, slots),
            Change::Beat => {
                if self.tiles.borrow().unit != window().device_pixel_ratio() {
                    self.measure();
                }
                self.tell(live);
            }
            Change::Link => self.tell(live),
            Change::Unseen(slots) => self.teller.call(&live.board(), &self.filter.borrow(), slots),
        }
    }

    fn note(&self, live: &LiveBoard, slots: &[u32]) {
        self.teller.hear(&live.board(), &self.filter.borrow(), Some(slots));
        if self.look.get().by_severity {
            return self.frames.need(Need::Layout);
        }
        let filter = self.filter.borrow();
        let mut tiles = self.tiles.borrow_mut();
        let board = live.board();
        let comes_or_goes = |slot: &u32| tiles.owners.shows(&board, &filter, *slot) != tiles.place_of(*slot).is_some();
        if filter.by_status() && slots.iter().any(comes_or_goes) {
            self.frames.need(Need::Layout);
        }
        tiles.changed.extend_from_slice(slots);
        if tiles.changed.len() > MANY {
            tiles.changed.clear();
            self.frames.need(Need::Paint);
        } else {
            self.frames.need(Need::Tiles);
        }
    }

    fn draw(&self) {
        let Some(live) = self.live.borrow().upgrade().filter(|live| live.is_ready()) else { return };
        let need = self.frames.take();
        {
            let board = live.board();
            let tiles = &mut *self.tiles.borrow_mut();
            if need >= Need::Order {
                tiles.order = board.order();
                self.teller.offer(&board);
                self.teller.hear(&board, &self.filter.borrow(), None);
            }
            if need >= Need::Layout {
                self.place(tiles, &board);
            }
            if need >= Need::Paint || (need == Need::Tiles && self.glide.borrow().is_some()) {
                tiles.changed.clear();
                self.paint_all(tiles, &board);
                if let Some(glide) = self.glide.borrow().as_ref() {
                    glide.keep(&self.canvas);
                }
            } else {
                let mut changed = std::mem::take(&mut tiles.changed);
                for place in changed.drain(..).filter_map(|slot| tiles.place_of(slot)) {
                    self.paint_tile(tiles, &board, place);
                }
                tiles.changed = changed;
            }
            self.move_on(tiles);
        }
        if need >= Need::Order {
            // Behind the frame: what the page says of a wall that opens must not keep its tiles waiting. Later it says it with them, for
            // the page would be laid out and drawn once more.
            let tell = self.act(|wall| {
                if let Some(live) = wall.live.borrow().upgrade() {
                    wall.tell(&live);
                }
            });
            self.telling.replace(Some(Timeout::new(0, tell)));
        } else if need > Need::Glide {
            self.tell(&live);
        }
    }

    /// Chooses the tiles and places them. Where the order is by severity, before or now, those that move glide.
    fn place(&self, tiles: &mut Tiles, board: &Board) {
        let look = self.look.get();
        let may_glide = (look.by_severity || tiles.look.by_severity) && Glide::may(tiles.shown.len());
        let mut before = Vec::new();
        if may_glide {
            before.extend(tiles.shown.iter().zip(0..tiles.flow.tiles()).map(|(slot, place)| {
                let Rect { x, y, .. } = tiles.tile(place);
                (*slot, f64::from(x), f64::from(y))
            }));
            if let Some(glide) = self.glide.borrow().as_ref() {
                glide.put_into(&mut before);
            }
        }
        let palette = self.palette.borrow();
        let scale = tiles.scale;
        tiles.select(board, &self.filter.borrow(), look, |owner, side| {
            let lettering = Lettering::of(side, scale);
            palette.set_name_font(&self.pen, &lettering);
            lettering.width(&self.pen, &one_line(board.customer(owner).map_or("", |(_, name)| name)))
        });
        let moves = before.into_iter().filter_map(|(slot, x, y)| Some((tiles.tile(tiles.place_of(slot)?), slot, x, y)));
        let moves = moves.filter(|(to, _, x, y)| (f64::from(to.x), f64::from(to.y)) != (*x, *y));
        self.glide.replace(if may_glide { Glide::begin(moves, &palette.bg_css) } else { None });
    }

    fn move_on(&self, tiles: &Tiles) {
        let mut glide = self.glide.borrow_mut();
        if glide.as_ref().is_some_and(|glide| glide.draw(&self.pen, f64::from(tiles.width), f64::from(tiles.height))) {
            self.frames.need(Need::Glide);
        } else {
            *glide = None;
        }
    }

    /// The grounds as pixels, for a rectangle a tile is too slow for 100,000 of them; then shapes or words on top.
    fn paint_all(&self, tiles: &Tiles, board: &Board) {
        let palette = self.palette.borrow();
        palette.clear(&self.pen, tiles.width, tiles.height);
        let grid = tiles.flow.grid();
        self.strip.paint(&self.pen, tiles.width, grid.rows(), |row, line| {
            self.paint_row(tiles, board, &palette, row, line);
            let Rect { y, h, .. } = grid.cell(row * grid.columns());
            (y + grid.gap() / 2, h.saturating_sub(grid.gap()))
        });
        for heading in tiles.flow.headings() {
            self.paint_heading(tiles, board, &palette, *heading);
        }
        if tiles.detail() >= Detail::Marks {
            let status = |place: &u32| tiles.slot_at(*place).and_then(|slot| board.status(slot));
            let is_cross = |place: &u32| tiles.detail() == Detail::Marks && status(place) == Some(Status::Down);
            for place in (0..tiles.flow.tiles()).filter(|place| !is_cross(place)) {
                self.paint_content(tiles, board, &palette, place);
            }
            palette.crosses(&self.pen, (0..tiles.flow.tiles()).filter(is_cross).map(|place| tiles.tile(place)));
        }
    }

    fn paint_row(&self, tiles: &Tiles, board: &Board, palette: &Palette, row: u32, line: &mut [u8]) {
        let grid = tiles.flow.grid();
        let first = row * grid.columns();
        fill(line, 0, tiles.width, opaque(palette.bg));
        let detail = tiles.detail();
        let mut last_owner = None;
        for cell in first..(first + grid.columns()).min(grid.shown()) {
            let Some((slot, status)) = tiles.slot_in(cell).and_then(|slot| Some((slot, board.status(slot)?))) else {
                last_owner = None;
                continue;
            };
            let Rect { x, w, .. } = grid.cell(cell);
            let (x, w) = (x + grid.gap() / 2, w.saturating_sub(grid.gap()));
            let owner = board.owner(slot);
            let is_other = last_owner.is_some_and(|last| last != owner);
            if is_other && detail >= Detail::Marks && !tiles.look.by_severity {
                fill(line, x - grid.gap().div_ceil(2), 1, opaque(palette.line));
            }
            last_owner = Some(owner);
            fill(line, x, w, opaque(palette.ground(status, board.is_stale(slot), detail)));
        }
    }

    fn paint_heading(&self, tiles: &Tiles, board: &Board, palette: &Palette, heading: Heading) {
        let owner = tiles.named.get(heading.run as usize);
        let Some((_, name)) = owner.and_then(|owner| board.customer(*owner)) else { return };
        let lettering = Lettering::of(tiles.flow.grid().side(), tiles.scale);
        palette.name(&self.pen, tiles.flow.heading(heading), &one_line(name), &lettering);
    }

    fn paint_tile(&self, tiles: &Tiles, board: &Board, place: u32) {
        let Some(slot) = tiles.slot_at(place) else { return };
        let Some(status) = board.status(slot) else { return };
        let palette = self.palette.borrow();
        palette.fill(&self.pen, tiles.tile(place), palette.ground(status, board.is_stale(slot), tiles.detail()));
        if tiles.detail() >= Detail::Marks {
            self.paint_content(tiles, board, &palette, place);
        }
    }

    fn paint_content(&self, tiles: &Tiles, board: &Board, palette: &Palette, place: u32) {
        let Some(slot) = tiles.slot_at(place) else { return };
        let Some(status) = board.status(slot) else { return };
        let (tile, stale) = (tiles.tile(place), board.is_stale(slot));
        if tiles.detail() == Detail::Text {
            let reason = reason_line(board.reason(slot), board.taken(slot));
            let (name, customer) = (one_line(board.name(slot)), one_line(customer(board, slot)));
            let words = Words { name: &name, customer: &customer, reason: &one_line(&reason) };
            palette.words(&self.pen, tile, status, stale, &words, tiles.unit);
        } else {
            palette.shape(&self.pen, tile, status, stale);
        }
    }

    /// Tells the page what it says in words.
    fn tell(&self, live: &LiveBoard) {
        let board = live.board();
        {
            let tiles = self.tiles.borrow();
            let counts = tiles.owners.counts(&board, &self.filter.borrow());
            self.teller.tell(live, counts, length(&tiles.shown), tiles.flow.tiles());
            if tiles.look.far {
                let filter = self.filter.borrow();
                far::show(self.screen, live, &board, filter.incident().is_some(), |slot| {
                    tiles.owners.shows(&board, &filter, slot)
                });
            }
        }
        self.show_tip(live, &board);
    }

    fn show_tip(&self, live: &LiveBoard, board: &Board) {
        let tip = self.pointed.get().and_then(|slot| self.tip(live, board, slot));
        if self.screen.tip.get_untracked() != tip {
            self.screen.tip.set(tip);
        }
    }

    fn tip(&self, live: &LiveBoard, board: &Board, slot: u32) -> Option<Tip> {
        let tiles = self.tiles.borrow();
        let tile = tiles.tile(tiles.place_of(slot)?);
        let css = |pixels: u32| f64::from(pixels) / tiles.unit;
        let [left, top] = tiles.origin;
        Some(Tip {
            status: board.status(slot)?,
            name: board.name(slot).to_owned(),
            customer: customer(board, slot).to_owned(),
            reason: board.reason(slot).to_owned(),
            taken: board.taken(slot).to_owned(),
            age: format!("for {}", span(live.now() - board.since(slot))),
            stale: board.is_stale(slot),
            tile: [left + css(tile.x), top + css(tile.y), css(tile.w), css(tile.h)],
            stage: tiles.stage,
        })
    }

    fn point(&self, slot: Option<u32>, by_keyboard: bool) {
        if self.pointed.replace(slot) == slot && self.by_keyboard.get() == by_keyboard {
            return;
        }
        self.by_keyboard.set(by_keyboard);
        let Some(live) = self.live.borrow().upgrade() else { return };
        self.show_tip(&live, &live.board());
        if by_keyboard {
            let said = self.screen.tip.get_untracked().map(|tip| tip.sentence()).unwrap_or_default();
            self.screen.said.set(said);
        }
    }

    fn slot_under(&self, event: &MouseEvent) -> Option<u32> {
        let tiles = self.tiles.borrow();
        let (x, y) = (f64::from(event.offset_x()) * tiles.unit, f64::from(event.offset_y()) * tiles.unit);
        if x < 0.0 || y < 0.0 {
            return None;
        }
        tiles.slot_at(tiles.flow.hit(x as u32, y as u32)?)
    }

    fn on_pointer(&self, event: &Event) {
        let Some(event) = event.dyn_ref::<MouseEvent>() else { return };
        let slot = self.slot_under(event);
        if self.under.replace(slot) == slot && !self.by_keyboard.get() {
            return;
        }
        self.following.take();
        let entered_at = self.entered_at.replace(clock());
        if clock() - entered_at >= REST {
            self.point(slot, false);
        } else {
            self.point(None, false);
            let point = self.act(|wall| wall.point(wall.under.get(), false));
            self.following.replace(Some(Timeout::new(REST as u32, point)));
        }
    }

    fn on_click(&self, event: &Event) {
        if let Some(event) = event.dyn_ref::<MouseEvent>()
            && let Some(slot) = self.slot_under(event)
        {
            self.open(slot, event.ctrl_key() || event.meta_key() || event.shift_key());
        }
    }

    fn on_key(&self, event: &Event) {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
        if event.alt_key() || event.ctrl_key() || event.meta_key() {
            return;
        }
        let here = self.pointed.get().and_then(|slot| self.tiles.borrow().place_of(slot));
        match (event.key().as_str(), here) {
            ("Escape", _) => self.point(None, true),
            ("Enter" | " ", Some(place)) => {
                if let Some(slot) = self.slot_at(place) {
                    self.open(slot, false);
                }
            }
            (key, here) => {
                let Some(place) = self.step(key, here) else { return };
                self.following.take();
                self.point(self.slot_at(place), true);
            }
        }
        event.prevent_default();
    }

    fn slot_at(&self, place: u32) -> Option<u32> {
        self.tiles.borrow().slot_at(place)
    }

    /// Where a key moves the cursor; `None` for a key that moves nothing.
    fn step(&self, key: &str, here: Option<u32>) -> Option<u32> {
        let tiles = self.tiles.borrow();
        let last = tiles.flow.tiles().checked_sub(1)?;
        let Some(here) = here else {
            return matches!(key, "ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown" | "Home" | "End").then_some(0);
        };
        match key {
            "ArrowLeft" => Some(here.saturating_sub(1)),
            "ArrowRight" => Some((here + 1).min(last)),
            "ArrowUp" => Some(tiles.flow.step(here, false).unwrap_or(here)),
            "ArrowDown" => Some(tiles.flow.step(here, true).unwrap_or(here)),
            "Home" => Some(0),
            "End" => Some(last),
            _ => None,
        }
    }

    fn on_focus(&self) {
        let by_keyboard = self.canvas.matches(":focus-visible").unwrap_or_default();
        if by_keyboard && self.pointed.get().is_none() {
            self.point(self.slot_at(0), true);
        }
    }

    fn on_leave(&self) {
        self.following.take();
        self.under.set(None);
        if !self.by_keyboard.get() {
            self.point(None, false);
        }
    }

    fn open(&self, slot: u32, beside: bool) {
        let Some(path) = self.live.borrow().upgrade().and_then(|live| live.tile_path(slot)) else { return };
        if beside {
            let _ = window().open_with_url_and_target(&path, "_blank");
        } else {
            let _ = window().location().assign(&path);
        }
    }

    fn on_theme(&self) {
        if let Some(palette) = read_palette(&self.canvas, &self.pen) {
            self.palette.replace(palette);
            self.frames.need(Need::Paint);
        }
    }

    /// Takes the canvas' size, to the device pixel. Draws at once: setting a canvas' size empties it.
    fn measure(&self) {
        let unit = window().device_pixel_ratio();
        let around = self.canvas.get_bounding_client_rect();
        let pixels = |start: f64, end: f64| ((end * unit).round() - (start * unit).round()).max(0.0) as u32;
        let width = pixels(around.left(), around.right());
        let height = pixels(around.top(), around.bottom());
        {
            let mut tiles = self.tiles.borrow_mut();
            tiles.origin = [f64::from(self.canvas.offset_left()), f64::from(self.canvas.offset_top())];
            if let Some(stage) = self.canvas.parent_element() {
                tiles.stage = [f64::from(stage.client_width()), f64::from(stage.client_height())];
            }
            if (tiles.width, tiles.height) == (width, height) && tiles.unit.to_bits() == unit.to_bits() {
                return;
            }
            tiles.width = width;
            tiles.height = height;
            tiles.unit = unit;
            tiles.scale = unit * root_size() / 16.0;
            // Nothing glides to where it is because the screen has changed.
            tiles.shown.clear();
        }
        self.glide.replace(None);
        self.canvas.set_width(width);
        self.canvas.set_height(height);
        self.frames.note(Need::Layout);
        self.draw();
    }
}

/// What the wall listens to, until it is dropped.
struct Senses {
    _listeners: Vec<Listener>,
    resized: Option<ResizeObserver>,
    _on_resize: Closure<dyn Fn()>,
    themed: Option<MutationObserver>,
    _on_theme: Closure<dyn Fn()>,
}

impl Senses {
    fn new(wall: &Wall) -> Self {
        let on = |name, act: fn(&Wall, &Event)| {
            let me = wall.me.clone();
            Listener::new(&wall.canvas, name, move |event| {
                if let Some(wall) = me.upgrade() {
                    act(&wall, &event);
                }
            })
        };
        let mut listeners = vec![
            on("pointermove", Wall::on_pointer),
            on("pointerleave", |wall, _| wall.on_leave()),
            on("pointercancel", |wall, _| wall.on_leave()),
            on("click", Wall::on_click),
            on("keydown", Wall::on_key),
            on("focus", |wall, _| wall.on_focus()),
            on("blur", |wall, _| wall.point(None, false)),
        ];
        if let Ok(Some(system)) = window().match_media("(prefers-color-scheme: dark)") {
            let on_theme = wall.act(Wall::on_theme);
            listeners.push(Listener::new(&system, "change", move |_| on_theme()));
        }
        let on_resize = Closure::<dyn Fn()>::new(wall.act(Wall::measure));
        let resized = ResizeObserver::new(on_resize.as_ref().unchecked_ref()).ok();
        if let Some(resized) = &resized {
            resized.observe(&wall.canvas);
        }
        let on_theme = Closure::<dyn Fn()>::new(wall.act(Wall::on_theme));
        let themed = MutationObserver::new(on_theme.as_ref().unchecked_ref()).ok();
        if let (Some(themed), Some(root)) = (&themed, document().document_element()) {
            let what = MutationObserverInit::new();
            what.set_attribute_filter(&Array::of1(&JsValue::from_str("data-theme")));
            let _ = themed.observe_with_options(&root, &what);
        }
        Self { _listeners: listeners, resized, _on_resize: on_resize, themed, _on_theme: on_theme }
    }
}

impl Drop for Senses {
    fn drop(&mut self) {
        if let Some(resized) = &self.resized {
            resized.disconnect();
        }
        if let Some(themed) = &self.themed {
            themed.disconnect();
        }
    }
}

/// Words drawn before the fonts had come are drawn again.
async fn after_fonts(wall: Weak<Wall>) {
    let Ok(ready) = document().fonts().ready() else { return };
    let _ = JsFuture::from(ready).await;
    if let Some(wall) = wall.upgrade() {
        wall.frames.need(Need::Paint);
    }
}

fn read_palette(canvas: &HtmlCanvasElement, pen: &CanvasRenderingContext2d) -> Option<Palette> {
    Some(Palette::read(pen, &window().get_computed_style(canvas).ok()??))
}

fn customer(board: &Board, slot: u32) -> &str {
    board.customer(board.owner(slot)).map_or("", |(_, name)| name)
}

const fn opaque([r, g, b]: [u8; 3]) -> [u8; 4] {
    [r, g, b, 255]
}

fn fill(pixels: &mut [u8], x: u32, count: u32, colour: [u8; 4]) {
    let (start, end) = (x as usize * 4, (x + count) as usize * 4);
    for pixel in pixels[start..end].chunks_exact_mut(4) {
        pixel.copy_from_slice(&colour);
    }
}

fn length(slots: &[u32]) -> u32 {
    u32::try_from(slots.len()).unwrap_or(u32::MAX)
}
