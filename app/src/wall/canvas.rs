//! The wall's canvas: keeps every tile's place in flat arrays, draws what has changed and nothing else, at most once a frame,
//! and says which tile is pointed at.

use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
};

use js_sys::Array;
use leptos::{
    html,
    prelude::{Effect, Get, GetUntracked, GetValue, Memo, NodeRef, Set, document, window},
};
use model::{
    board::Board,
    layout::{Detail, Grid, Rect},
};
use wasm_bindgen::{Clamped, JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    CanvasRenderingContext2d, Event, HtmlCanvasElement, ImageData, KeyboardEvent, MouseEvent, MutationObserver,
    MutationObserverInit, ResizeObserver,
};

use super::{
    facts::{Screen, Tip, reason_line},
    feed::{self, Change, LiveBoard},
    filter::Filter,
    frames::Frames,
    gist::{Owners, Teller},
    listener::Listener,
    paint::{Palette, Words},
};
use crate::ui::span;

/// No place: the tile is not shown.
const NOWHERE: u32 = u32::MAX;
/// Above so many changes a whole repaint is cheaper than one tile after the other.
const MANY: usize = 4_000;

/// What the next frame has to do. Each includes those before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Need {
    #[default]
    Nothing,
    /// Draw the changed tiles.
    Tiles,
    /// Draw everything.
    Paint,
    /// Choose the tiles that are shown, and place them.
    Layout,
    /// Sort the tiles.
    Order,
}

/// Draws the board on `canvas` until the current reactive owner is cleaned up.
pub(super) fn mount(canvas: NodeRef<html::Canvas>, filter: Memo<Filter>, screen: Screen) {
    Effect::new(move |_| {
        let Some(wall) = canvas.get().and_then(|canvas| Wall::new(canvas, filter.get_untracked(), screen)) else { return };
        let live = feed::watch({
            let wall = Rc::clone(&wall);
            move |live, change| wall.heed(live, change)
        });
        wall.live.replace(Rc::downgrade(&live.get_value()));
        let wall = Rc::downgrade(&wall);
        Effect::new(move |_| {
            let filter = filter.get();
            if let Some(wall) = wall.upgrade() {
                wall.filter.replace(filter);
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
    filter: RefCell<Filter>,
    palette: RefCell<Palette>,
    tiles: RefCell<Tiles>,
    frames: Frames<Need>,
    /// The slot that is pointed at, or that the keyboard's cursor is on.
    pointed: Cell<Option<u32>>,
    by_keyboard: Cell<bool>,
    teller: Teller,
    senses: RefCell<Option<Senses>>,
}

/// Flat arrays: nothing is allocated for a tile.
struct Tiles {
    grid: Grid,
    /// Device pixels.
    width: u32,
    height: u32,
    /// Device pixels in a CSS pixel.
    unit: f64,
    /// Every slot in the order of the wall.
    order: Vec<u32>,
    /// The slots that the filter leaves, in that order.
    shown: Vec<u32>,
    /// By slot: its index on the grid.
    place: Vec<u32>,
    owners: Owners,
    /// Slots to draw anew.
    changed: Vec<u32>,
}

impl Tiles {
    fn new() -> Self {
        Self {
            grid: Grid::fit(0, 0, 0),
            width: 0,
            height: 0,
            unit: 1.0,
            order: Vec::new(),
            shown: Vec::new(),
            place: Vec::new(),
            owners: Owners::default(),
            changed: Vec::new(),
        }
    }

    fn place_of(&self, slot: u32) -> Option<u32> {
        self.place.get(slot as usize).copied().filter(|place| *place != NOWHERE)
    }

    fn slot_at(&self, place: u32) -> Option<u32> {
        self.shown.get(place as usize).copied().filter(|_| place < self.grid.shown())
    }

    fn select(&mut self, board: &Board, filter: &Filter) {
        self.owners.select(board, filter);
        let mut shown = std::mem::take(&mut self.shown);
        shown.clear();
        shown.extend(self.order.iter().filter(|slot| {
            self.owners.takes(board.owner(**slot)) && board.status(**slot).is_some_and(|status| filter.takes(status))
        }));
        self.shown = shown;
        self.grid = Grid::fit(length(&self.shown), self.width, self.height);
        self.place.clear();
        self.place.resize(board.slots() as usize, NOWHERE);
        for (place, slot) in (0..self.grid.shown()).zip(&self.shown) {
            self.place[*slot as usize] = place;
        }
    }

    /// The cell without its gap.
    fn tile(&self, place: u32) -> Rect {
        let cell = self.grid.cell(place);
        let gap = self.grid.gap();
        Rect { x: cell.x + gap / 2, y: cell.y + gap / 2, w: cell.w.saturating_sub(gap), h: cell.h.saturating_sub(gap) }
    }

    /// By what a person sees: on a fine screen as many pixels hold less text.
    fn detail(&self) -> Detail {
        match self.grid.detail() {
            Detail::Text if f64::from(self.grid.side()) < 64.0 * self.unit => Detail::Marks,
            detail => detail,
        }
    }
}

impl Wall {
    fn new(canvas: HtmlCanvasElement, filter: Filter, screen: Screen) -> Option<Rc<Self>> {
        let pen: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        let palette = read_palette(&canvas, &pen)?;
        let wall = Rc::new_cyclic(|me| Self {
            me: me.clone(),
            canvas,
            pen,
            screen,
            live: RefCell::default(),
            filter: RefCell::new(filter),
            palette: RefCell::new(palette),
            tiles: RefCell::new(Tiles::new()),
            frames: Frames::default(),
            pointed: Cell::new(None),
            by_keyboard: Cell::new(false),
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
            Change::Everything | Change::Layout => self.frames.need(Need::Order),
            Change::Tiles(slots) => self.note(live, slots),
            Change::Beat => {
                if self.tiles.borrow().unit != window().device_pixel_ratio() {
                    self.measure();
                }
                self.tell(live);
            }
            Change::Link => self.tell(live),
        }
    }

    fn note(&self, live: &LiveBoard, slots: &[u32]) {
        let filter = self.filter.borrow();
        let mut tiles = self.tiles.borrow_mut();
        let board = live.board();
        let comes_or_goes = |slot: &u32| {
            let is_taken = board.status(*slot).is_some_and(|status| filter.takes(status));
            tiles.owners.takes(board.owner(*slot)) && is_taken != tiles.place_of(*slot).is_some()
        };
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
            }
            if need >= Need::Layout {
                tiles.select(&board, &self.filter.borrow());
            }
            if need >= Need::Paint {
                tiles.changed.clear();
                self.paint_all(tiles, &board);
            } else {
                let mut changed = std::mem::take(&mut tiles.changed);
                for place in changed.drain(..).filter_map(|slot| tiles.place_of(slot)) {
                    self.paint_tile(tiles, &board, place);
                }
                tiles.changed = changed;
            }
        }
        self.tell(&live);
    }

    /// The grounds row by row as pixels, for a rectangle a tile is too slow for 100,000 of them; then shapes or words on top.
    fn paint_all(&self, tiles: &Tiles, board: &Board) {
        let palette = self.palette.borrow();
        palette.clear(&self.pen, tiles.width, tiles.height);
        let mut pixels = Vec::new();
        for row in 0..tiles.grid.rows() {
            self.paint_row(tiles, board, &palette, row, &mut pixels);
        }
        if tiles.detail() >= Detail::Marks {
            for place in 0..tiles.grid.shown() {
                self.paint_content(tiles, board, &palette, place);
            }
        }
    }

    fn paint_row(&self, tiles: &Tiles, board: &Board, palette: &Palette, row: u32, pixels: &mut Vec<u8>) {
        let first = row * tiles.grid.columns();
        let count = tiles.grid.columns().min(tiles.grid.shown() - first);
        let Rect { y, h, .. } = tiles.tile(first);
        let line = tiles.width as usize * 4;
        pixels.clear();
        pixels.extend(opaque(palette.bg).into_iter().cycle().take(line));
        let detail = tiles.detail();
        let mut last_owner = None;
        for place in first..first + count {
            let Some(slot) = tiles.slot_at(place) else { break };
            let Some(status) = board.status(slot) else { continue };
            let tile = tiles.tile(place);
            let owner = board.owner(slot);
            if detail >= Detail::Marks && last_owner.is_some_and(|last| last != owner) {
                fill(pixels, tile.x - tiles.grid.gap().div_ceil(2), 1, opaque(palette.line));
            }
            last_owner = Some(owner);
            fill(pixels, tile.x, tile.w, opaque(palette.ground(status, board.is_stale(slot), detail)));
        }
        for _ in 1..h {
            pixels.extend_from_within(..line);
        }
        if let Ok(image) = ImageData::new_with_u8_clamped_array_and_sh(Clamped(pixels), tiles.width, h) {
            let _ = self.pen.put_image_data(&image, 0.0, f64::from(y));
        }
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
            let words = Words { name: board.name(slot), customer: customer(board, slot), reason: &reason };
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
            self.teller.tell(live, counts, length(&tiles.shown), tiles.grid.shown());
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
        Some(Tip {
            status: board.status(slot)?,
            name: board.name(slot).to_owned(),
            customer: customer(board, slot).to_owned(),
            reason: board.reason(slot).to_owned(),
            taken: board.taken(slot).to_owned(),
            age: format!("for {}", span(live.now() - board.since(slot))),
            stale: board.is_stale(slot),
            tile: [css(tile.x), css(tile.y), css(tile.w), css(tile.h)],
            stage: [css(tiles.width), css(tiles.height)],
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
        tiles.slot_at(tiles.grid.hit(x as u32, y as u32)?)
    }

    fn on_pointer(&self, event: &Event) {
        if let Some(event) = event.dyn_ref::<MouseEvent>() {
            self.point(self.slot_under(event), false);
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
        let grid = self.tiles.borrow().grid;
        let last = grid.shown().checked_sub(1)?;
        let Some(here) = here else {
            return matches!(key, "ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown" | "Home" | "End").then_some(0);
        };
        let columns = grid.columns();
        match key {
            "ArrowLeft" => Some(here.saturating_sub(1)),
            "ArrowRight" => Some((here + 1).min(last)),
            "ArrowUp" => Some(here.checked_sub(columns).unwrap_or(here)),
            "ArrowDown" => Some(if here + columns <= last { here + columns } else { here }),
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
        if !self.by_keyboard.get() {
            self.point(None, false);
        }
    }

    fn open(&self, slot: u32, beside: bool) {
        let Some(path) = self.live.borrow().upgrade().map(|live| live.tile_path(slot)) else { return };
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
            if (tiles.width, tiles.height) == (width, height) && tiles.unit.to_bits() == unit.to_bits() {
                return;
            }
            tiles.width = width;
            tiles.height = height;
            tiles.unit = unit;
        }
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
