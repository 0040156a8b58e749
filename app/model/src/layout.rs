//! The wall's layout: where each tile stands (DOMAIN F1, F7).
//!
//! Every number is in device pixels. Cells share the screen among them to the pixel: two neighbours differ by one pixel at
//! most, and nothing is left over but the end of the last row. A [`Flow`] says which cells hold tiles and which a customer's name.

use std::ops::Range;

/// The most that a cell may be longer one way than the other: with few tiles this fills the screen better than squares do.
const STRETCH: f64 = 1.25;

/// What a stretched cell costs against screen that is left unused.
const SQUARENESS: f64 = 0.25;

/// A cell's place, its gap included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rect {
    pub x: u32,
    pub y: u32,
    pub w: u32,
    pub h: u32,
}

/// How much of a tile can be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// A colour, without gaps.
    Pixels,
    /// A colour, and a gap to the next.
    Blocks,
    /// A shape for each status.
    Marks,
    /// Names and reasons.
    Text,
}

impl Detail {
    /// By the shorter side of a cell.
    #[must_use]
    pub const fn of(side: u32) -> Self {
        match side {
            0..4 => Self::Pixels,
            4..9 => Self::Blocks,
            9..64 => Self::Marks,
            64.. => Self::Text,
        }
    }
}

/// Rows and columns, filled from left to right and from top to bottom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    shown: u32,
    columns: u32,
    rows: u32,
    left: u32,
    top: u32,
    /// Of all columns together.
    width: u32,
    /// Of all rows together.
    height: u32,
}

impl Grid {
    /// A grid of `count` cells on a screen, without scrolling, as square and as large as they can be.
    ///
    /// Where the screen has fewer pixels than that, it holds one cell a pixel: see [`Grid::shown`].
    #[must_use]
    pub fn fit(count: u32, width: u32, height: u32) -> Self {
        let pixels = u64::from(width) * u64::from(height);
        let shown = u32::try_from(pixels).map_or(count, |pixels| count.min(pixels));
        if shown == 0 {
            return Self { shown, columns: 0, rows: 0, left: width / 2, top: height / 2, width: 0, height: 0 };
        }
        let most = shown.min(width);
        let ideal = (f64::from(shown) * f64::from(width) / f64::from(height)).sqrt();
        let first = ((ideal / 2.0) as u32).clamp(1, most);
        let last = ((ideal * 2.0).ceil() as u32).clamp(first, most);
        let mut best = Self::of_columns(most, shown, width, height);
        for columns in first..=last {
            if shown.div_ceil(columns) > height {
                continue;
            }
            let grid = Self::of_columns(columns, shown, width, height);
            if grid.score(width, height) > best.score(width, height) {
                best = grid;
            }
        }
        best
    }

    fn of_columns(columns: u32, shown: u32, width: u32, height: u32) -> Self {
        let rows = shown.div_ceil(columns);
        let cell_width = f64::from(width) / f64::from(columns);
        let cell_height = f64::from(height) / f64::from(rows);
        let used_width = width.min((f64::from(columns) * cell_height * STRETCH) as u32);
        let used_height = height.min((f64::from(rows) * cell_width * STRETCH) as u32);
        Self {
            shown,
            columns,
            rows,
            left: (width - used_width) / 2,
            top: (height - used_height) / 2,
            width: used_width,
            height: used_height,
        }
    }

    fn score(&self, width: u32, height: u32) -> f64 {
        let (w, h) = self.cell_size();
        let used = f64::from(self.shown) * w * h / (f64::from(width) * f64::from(height));
        used - SQUARENESS * (w / h).ln().abs()
    }

    fn cell_size(&self) -> (f64, f64) {
        (f64::from(self.width) / f64::from(self.columns), f64::from(self.height) / f64::from(self.rows))
    }

    /// How many cells there are: fewer than were asked for where the screen has fewer pixels.
    #[must_use]
    pub const fn shown(&self) -> u32 {
        self.shown
    }

    #[must_use]
    pub const fn columns(&self) -> u32 {
        self.columns
    }

    #[must_use]
    pub const fn rows(&self) -> u32 {
        self.rows
    }

    /// The shorter side of the smallest cell; 0 where there is none.
    #[must_use]
    pub const fn side(&self) -> u32 {
        if self.shown == 0 {
            return 0;
        }
        let (w, h) = (self.width / self.columns, self.height / self.rows);
        if w < h { w } else { h }
    }

    #[must_use]
    pub const fn detail(&self) -> Detail {
        Detail::of(self.side())
    }

    /// How wide the empty stretch between two tiles is.
    #[must_use]
    pub const fn gap(&self) -> u32 {
        match self.side() {
            0..4 => 0,
            4..25 => 1,
            25..50 => 2,
            50..133 => self.side() * 6 / 100,
            133.. => 8,
        }
    }

    /// The cell's place. One that is not shown has the place that it would have, which may be off the screen.
    #[must_use]
    pub fn cell(&self, index: u32) -> Rect {
        if self.columns == 0 {
            return Rect { x: self.left, y: self.top, w: 0, h: 0 };
        }
        let (x, w) = part(index % self.columns, self.columns, self.width);
        let (y, h) = part(index / self.columns, self.rows, self.height);
        Rect { x: self.left + x, y: self.top.saturating_add(y), w, h }
    }

    /// The cell at a pixel.
    #[must_use]
    pub fn hit(&self, x: u32, y: u32) -> Option<u32> {
        let column = which(x.checked_sub(self.left)?, self.columns, self.width)?;
        let row = which(y.checked_sub(self.top)?, self.rows, self.height)?;
        let index = u64::from(row) * u64::from(self.columns) + u64::from(column);
        u32::try_from(index).ok().filter(|index| *index < self.shown)
    }
}

/// The tiles of one customer, which stand one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    pub tiles: u32,
    /// How many pixels its name needs across.
    pub name: u32,
}

/// A customer's name in front of its tiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heading {
    /// The index of its run.
    pub run: u32,
    /// Its first cell, and how many it takes.
    pub cell: u32,
    pub span: u32,
}

/// Names may take so many of a hundred cells; where they would take more, there are none.
const HEADINGS_MOST: u32 = 20;

/// What the cells of a grid hold: tiles in their order, and in front of each customer's its name where names fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    grid: Grid,
    tiles: u32,
    headings: Vec<Heading>,
    /// By tile: its cell. Empty where each tile has the cell of its own number.
    cells: Vec<u32>,
    /// By cell: its tile, or [`NO_TILE`].
    held: Vec<u32>,
}

const NO_TILE: u32 = u32::MAX;

impl Flow {
    /// Nothing but tiles.
    #[must_use]
    pub fn plain(tiles: u32, width: u32, height: u32) -> Self {
        let grid = Grid::fit(tiles, width, height);
        Self { grid, tiles: grid.shown(), headings: Vec::new(), cells: Vec::new(), held: Vec::new() }
    }

    /// With the names of customers, where the shorter side of a cell is within `sides` (names need a height, and large tiles say
    /// whose they are themselves) and names do not take the room that tiles need; else without.
    #[must_use]
    pub fn grouped(runs: &[Run], sides: &Range<u32>, width: u32, height: u32) -> Self {
        let tiles = runs.iter().map(|run| run.tiles).fold(0u32, u32::saturating_add);
        let plain = Self::plain(tiles, width, height);
        let side = plain.grid.side();
        if !sides.contains(&side) || plain.tiles < tiles {
            return plain;
        }
        let names: u64 = runs.iter().filter(|run| run.tiles > 0).map(|run| u64::from(span(run.name, side, run.tiles))).sum();
        if names * 100 > (names + u64::from(tiles)) * u64::from(HEADINGS_MOST) {
            return plain;
        }
        Self::best(runs, tiles, width, height, plain.grid.columns())
            .filter(|flow| flow.grid.side() >= sides.start)
            .unwrap_or(plain)
    }

    /// The one with the largest tiles, among numbers of columns near to what they would be without names.
    fn best(runs: &[Run], tiles: u32, width: u32, height: u32, without: u32) -> Option<Self> {
        let mut best: Option<(f64, Grid)> = None;
        for columns in without..=(without.saturating_mul(2)).min(width) {
            let cells = walk(runs, columns, width / columns, |_, _| {});
            if cells.div_ceil(columns) > height {
                continue;
            }
            let grid = Grid::of_columns(columns, cells, width, height);
            let score = Grid { shown: tiles, ..grid }.score(width, height);
            if best.is_none_or(|(before, _)| score > before) {
                best = Some((score, grid));
            }
        }
        best.map(|(_, grid)| Self::of(runs, grid, tiles, width))
    }

    fn of(runs: &[Run], grid: Grid, tiles: u32, width: u32) -> Self {
        let mut headings = Vec::with_capacity(runs.len());
        let mut cells = Vec::with_capacity(tiles as usize);
        let mut held = vec![NO_TILE; grid.shown as usize];
        walk(runs, grid.columns, width / grid.columns, |heading, count| {
            headings.push(heading);
            for cell in (heading.cell + heading.span..).take(count as usize) {
                held[cell as usize] = u32::try_from(cells.len()).unwrap_or(NO_TILE);
                cells.push(cell);
            }
        });
        Self { grid, tiles, headings, cells, held }
    }

    #[must_use]
    pub const fn grid(&self) -> &Grid {
        &self.grid
    }

    /// How many tiles there are: fewer than were asked for where the screen has fewer pixels.
    #[must_use]
    pub const fn tiles(&self) -> u32 {
        self.tiles
    }

    #[must_use]
    pub fn headings(&self) -> &[Heading] {
        &self.headings
    }

    /// The cell that a tile stands in.
    #[must_use]
    pub fn cell_of(&self, tile: u32) -> u32 {
        if self.cells.is_empty() { tile } else { self.cells.get(tile as usize).copied().unwrap_or(NO_TILE) }
    }

    /// The tile in a cell; `None` for a name, and for what is left empty.
    #[must_use]
    pub fn tile_in(&self, cell: u32) -> Option<u32> {
        let tile = if self.cells.is_empty() { cell } else { self.held.get(cell as usize).copied()? };
        (tile < self.tiles).then_some(tile)
    }

    /// A tile's place without the gap around it. One that is not shown has the place that it would have.
    #[must_use]
    pub fn tile(&self, tile: u32) -> Rect {
        let Rect { x, y, w, h } = self.grid.cell(self.cell_of(tile));
        let gap = self.grid.gap();
        Rect { x: x + gap / 2, y: y.saturating_add(gap / 2), w: w.saturating_sub(gap), h: h.saturating_sub(gap) }
    }

    /// A name's place.
    #[must_use]
    pub fn heading(&self, heading: Heading) -> Rect {
        let (first, last) = (self.grid.cell(heading.cell), self.grid.cell(heading.cell + heading.span - 1));
        Rect { w: last.x + last.w - first.x, ..first }
    }

    /// The tile at a pixel, the gap around it included.
    #[must_use]
    pub fn hit(&self, x: u32, y: u32) -> Option<u32> {
        self.tile_in(self.grid.hit(x, y)?)
    }

    /// The tile one row further down (or up): the one below, or the nearest to that where a name stands there. `None` where there
    /// is no further row.
    #[must_use]
    pub fn step(&self, tile: u32, down: bool) -> Option<u32> {
        let cell = self.cell_of(tile);
        let columns = self.grid.columns;
        let row = (cell / columns.max(1)).checked_add_signed(if down { 1 } else { -1 }).filter(|row| *row < self.grid.rows)?;
        let (first, here) = (row * columns, row * columns + cell % columns);
        (0..columns).find_map(|away| {
            let after = (here + away < first + columns).then_some(here + away);
            let before = here.checked_sub(away).filter(|cell| *cell >= first);
            [after, before].into_iter().flatten().find_map(|cell| self.tile_in(cell))
        })
    }
}

/// How many cells a name takes: one at least, and no more than as many again as its run has tiles, and two.
fn span(name: u32, cell: u32, tiles: u32) -> u32 {
    name.div_ceil(cell.max(1)).clamp(1, tiles.saturating_add(2))
}

/// Goes through the cells: each run's name and then its tiles. A name is not broken at the end of a row, nor stands there without a
/// tile behind it. How many cells that takes.
fn walk(runs: &[Run], columns: u32, cell_width: u32, mut see: impl FnMut(Heading, u32)) -> u32 {
    let mut cell = 0u32;
    for (run, Run { tiles, name }) in (0u32..).zip(runs.iter().copied()).filter(|(_, run)| run.tiles > 0) {
        let span = span(name, cell_width, tiles).min(columns.saturating_sub(1).max(1));
        let left = columns - cell % columns;
        if left < columns && left < span + 1 {
            cell += left;
        }
        see(Heading { run, cell, span }, tiles);
        cell = cell.saturating_add(span).saturating_add(tiles);
    }
    cell
}

/// Where something is that glides from one place to another, at a share of its time from 0 to 1: quick at first, then slower.
#[must_use]
pub fn glide(from: f64, to: f64, share: f64) -> f64 {
    let left = 1.0 - share.clamp(0.0, 1.0);
    to + (from - to) * left * left * left
}

/// The farthest that a picture which stands for long is moved out of its middle, in pixels each way.
pub const DRIFT: i32 = 4;

/// How far the picture stands out of its middle after so many moves, across and down, in pixels: one pixel each way at most from one
/// move to the next, to and fro, so that no edge burns in.
#[must_use]
pub const fn drift(moves: u32) -> (i32, i32) {
    // Down is slower than across: both come back to their beginnings together after 240 moves only.
    (swing(moves.wrapping_add(4), DRIFT), swing(moves.wrapping_add(3) / 5, DRIFT - 1))
}

/// Back and forth between `-far` and `far`.
const fn swing(moves: u32, far: i32) -> i32 {
    let period = 4 * far;
    let at = (moves % period.unsigned_abs()).cast_signed();
    if at <= 2 * far { at - far } else { 3 * far - at }
}

/// Start and length of the `index`th of `parts` of a whole.
fn part(index: u32, parts: u32, whole: u32) -> (u32, u32) {
    let edge = |index: u64| u32::try_from(index * u64::from(whole) / u64::from(parts)).unwrap_or(u32::MAX);
    let start = edge(u64::from(index));
    (start, edge(u64::from(index) + 1) - start)
}

/// The part that a place is in: the last one that starts at or before it.
fn which(place: u32, parts: u32, whole: u32) -> Option<u32> {
    if place >= whole {
        return None;
    }
    u32::try_from(((u64::from(place) + 1) * u64::from(parts) - 1) / u64::from(whole)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCREENS: [(u32, u32); 12] = [
        (1920, 1030),
        (1908, 1023),
        (1366, 700),
        (1440, 840),
        (2560, 1380),
        (3840, 2100),
        (7680, 4260),
        (1080, 1850),
        (390, 780),
        (768, 960),
        (3440, 1380),
        (1024, 700),
    ];
    const ODD: [(u32, u32); 9] = [(0, 0), (0, 900), (1, 1), (1, 900), (900, 1), (3, 2), (17, 13), (5000, 10), (200, 150)];

    fn counts() -> impl Iterator<Item = u32> {
        (0..130).chain([131, 199, 250, 333, 480, 512, 777, 999]).chain((1000..1100).step_by(7)).chain([
            1_597, 2_000, 3_000, 4_181, 5_000, 7_919, 9_999, 10_000, 10_001, 10_007, 25_000, 65_537, 100_000, 104_729, 250_000,
        ])
    }

    fn each(mut look: impl FnMut(u32, u32, u32, Grid)) {
        for (width, height) in SCREENS.into_iter().chain(ODD) {
            for count in counts() {
                look(count, width, height, Grid::fit(count, width, height));
            }
        }
    }

    #[test]
    fn f1_no_tile_overlaps_another_or_leaves_the_screen() {
        each(|count, width, height, grid| {
            assert_eq!(u64::from(grid.shown()), u64::from(count).min(u64::from(width) * u64::from(height)));
            for index in 0..grid.shown() {
                let cell = grid.cell(index);
                assert!(cell.w > 0 && cell.h > 0, "{count} on {width}x{height}: {cell:?}");
                assert!(cell.x + cell.w <= width && cell.y + cell.h <= height, "{count} on {width}x{height}: {cell:?}");
                if index % grid.columns() > 0 {
                    let before = grid.cell(index - 1);
                    assert_eq!((before.x + before.w, before.y, before.h), (cell.x, cell.y, cell.h));
                }
                if index >= grid.columns() {
                    let above = grid.cell(index - grid.columns());
                    assert_eq!((above.x, above.w, above.y + above.h), (cell.x, cell.w, cell.y));
                }
            }
        });
    }

    #[test]
    fn f1_all_tiles_are_of_one_size_and_nearly_square() {
        each(|count, width, height, grid| {
            if grid.shown() == 0 {
                return;
            }
            let sizes = || (0..grid.shown()).map(|index| grid.cell(index));
            let widths = (sizes().map(|cell| cell.w).min(), sizes().map(|cell| cell.w).max());
            let heights = (sizes().map(|cell| cell.h).min(), sizes().map(|cell| cell.h).max());
            for (least, most) in [widths, heights] {
                assert!(most.unwrap() - least.unwrap() <= 1, "{count} on {width}x{height}");
            }
            let (w, h) = grid.cell_size();
            // Below a few pixels a side cannot be cut to measure.
            if grid.side() >= 4 {
                assert!(w.max(h) / w.min(h) < STRETCH * 1.05, "{count} on {width}x{height}: {w}x{h}");
            }
        });
    }

    #[test]
    fn f1_the_screen_is_used() {
        let few = |count| count < 1000;
        for (width, height) in SCREENS {
            for count in counts().chain(1000..3000).filter(|count| !few(*count)) {
                let grid = Grid::fit(count, width, height);
                let (w, h) = grid.cell_size();
                let unused = 1.0 - f64::from(count) * w * h / f64::from(width) / f64::from(height);
                assert!(unused < 0.03, "{count} on {width}x{height}: {:.1} % unused", unused * 100.0);
            }
        }
    }

    #[test]
    fn f2_pointing_at_a_tile_finds_it() {
        each(|count, width, height, grid| {
            for index in 0..grid.shown() {
                let Rect { x, y, w, h } = grid.cell(index);
                for (px, py) in [(x + w / 2, y + h / 2), (x, y), (x + w - 1, y + h - 1)] {
                    assert_eq!(grid.hit(px, py), Some(index), "{count} on {width}x{height}");
                }
            }
            assert_eq!(grid.hit(width, height), None);
        });
    }

    #[test]
    fn f1_one_tile_stands_in_the_middle_and_is_nearly_square() {
        let cell = Grid::fit(1, 1920, 1030).cell(0);
        assert_eq!(cell, Rect { x: 316, y: 0, w: 1287, h: 1030 });
    }

    #[test]
    fn f7_more_tiles_than_pixels_are_told() {
        let grid = Grid::fit(250_000, 100, 100);
        assert_eq!((grid.shown(), grid.detail(), grid.gap()), (10_000, Detail::Pixels, 0));
        let grid = Grid::fit(100_000, 1920, 1030);
        assert_eq!((grid.shown(), grid.detail(), grid.gap()), (100_000, Detail::Blocks, 1));
        assert_eq!(Grid::fit(10_000, 1920, 1030).detail(), Detail::Marks);
        assert_eq!(Grid::fit(100, 1920, 1030).detail(), Detail::Text);
        assert_eq!(Grid::fit(u32::MAX, u32::MAX, u32::MAX).hit(0, 0), Some(0));
    }

    /// Customers as they are: most have some monitors, few have many.
    fn customers(tiles: u32, count: u32, seed: u64) -> Vec<Run> {
        let mut random = Random(seed);
        let mut left = tiles;
        let mut runs = Vec::new();
        for customer in (0..count).rev() {
            let mean = left / (customer + 1);
            let tiles = if customer == 0 { left } else { (random.below(2 * mean.max(1) + 1)).min(left) };
            left -= tiles;
            runs.push(Run { tiles, name: 30 + random.below(150) });
        }
        runs
    }

    /// Marsaglia's xorshift: the same numbers from the same seed.
    struct Random(u64);

    impl Random {
        fn below(&mut self, most: u32) -> u32 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            u32::try_from(self.0 % u64::from(most)).unwrap()
        }
    }

    fn each_flow(mut look: impl FnMut(&[Run], u32, u32, &Flow)) {
        for (width, height) in SCREENS.into_iter().chain(ODD) {
            for tiles in [0, 1, 2, 13, 99, 100, 333, 500, 1_000, 2_000, 3_000, 5_000, 10_000, 100_000] {
                for share in [1, 5, 12, 20, 50, 150, 1_000] {
                    let runs = customers(tiles, (tiles / share).max(1), u64::from(tiles * share + 1));
                    look(&runs, width, height, &Flow::grouped(&runs, &(18..64), width, height));
                }
            }
        }
    }

    #[test]
    fn f2_names_stand_before_their_tiles_and_nothing_overlaps_or_leaves_the_screen() {
        let mut with_names = 0;
        each_flow(|runs, width, height, flow| {
            let mut taken = vec![false; flow.grid().shown() as usize];
            let mut take =
                |cell: u32| assert!(!std::mem::replace(&mut taken[cell as usize], true), "{width}x{height}: {cell} twice");
            for tile in 0..flow.tiles() {
                let cell = flow.cell_of(tile);
                take(cell);
                assert_eq!(flow.tile_in(cell), Some(tile));
                let Rect { x, y, w, h } = flow.tile(tile);
                assert!(w > 0 && h > 0 && x + w <= width && y + h <= height, "{width}x{height}");
                assert_eq!(flow.hit(x + w / 2, y + h / 2), Some(tile));
            }
            let mut first = 0;
            for heading in flow.headings() {
                (heading.cell..heading.cell + heading.span).for_each(&mut take);
                assert_eq!(heading.cell / flow.grid().columns(), (heading.cell + heading.span - 1) / flow.grid().columns());
                let Rect { x, y, w, h } = flow.heading(*heading);
                assert!(x + w <= width && y + h <= height && flow.hit(x + w / 2, y + h / 2).is_none());
                assert_eq!(flow.tile_in(heading.cell + heading.span), Some(first), "its tiles follow it");
                first += runs[heading.run as usize].tiles;
            }
            with_names += usize::from(!flow.headings().is_empty());
            let all: u32 = runs.iter().map(|run| run.tiles).sum();
            assert!(
                flow.headings().is_empty() || (first == all && flow.tiles() == all && (18..64).contains(&flow.grid().side()))
            );
        });
        assert!(with_names > 100, "names were shown {with_names} times only");
    }

    #[test]
    fn f1_names_never_take_the_room_that_tiles_need() {
        each_flow(|runs, width, height, flow| {
            let tiles: u32 = runs.iter().map(|run| run.tiles).sum();
            if tiles < 1_000 || !SCREENS.contains(&(width, height)) {
                return;
            }
            let (w, h) = flow.grid().cell_size();
            let names: u32 = flow.headings().iter().map(|heading| heading.span).sum();
            let screen = f64::from(width) * f64::from(height);
            let used = f64::from(tiles + names) * w * h / screen;
            assert!(used > 0.97 - if flow.headings().is_empty() { 0.0 } else { 0.03 }, "{tiles} on {width}x{height}: {used}");
            assert!(f64::from(names) <= f64::from(tiles + names) * 0.25, "{names} cells of names beside {tiles} tiles");
        });
        let runs = customers(10_000, 200, 7);
        let flow = Flow::grouped(&runs, &(18..64), 1920, 1030);
        assert_eq!((flow.headings().len(), *flow.grid()), (0, Grid::fit(10_000, 1920, 1030)), "names would be too small to read");
        let runs = customers(2_000, 60, 7);
        assert!(!Flow::grouped(&runs, &(18..64), 1920, 1030).headings().is_empty());
    }

    #[test]
    fn f2_a_step_up_or_down_leads_to_a_tile_of_the_next_row() {
        each_flow(|_, _, _, flow| {
            for tile in (0..flow.tiles()).step_by(7) {
                let row = |tile| flow.cell_of(tile) / flow.grid().columns();
                for (down, other) in [(true, flow.step(tile, true)), (false, flow.step(tile, false))] {
                    let Some(other) = other else { continue };
                    assert_eq!(row(other).abs_diff(row(tile)), 1);
                    assert_eq!(other > tile, down);
                }
            }
        });
    }

    #[test]
    fn f1_a_tile_glides_from_its_old_place_to_its_new_one() {
        assert_eq!((glide(10.0, 50.0, 0.0), glide(10.0, 50.0, 1.0), glide(10.0, 50.0, 7.0)), (10.0, 50.0, 50.0));
        let places: Vec<f64> = (0..=20).map(|step| glide(10.0, 50.0, f64::from(step) / 20.0)).collect();
        assert!(places.is_sorted() && places[10] > 30.0);
    }

    #[test]
    fn f8_a_picture_that_stands_for_long_moves_by_pixels() {
        let all: std::collections::HashSet<_> = (0..1_000).map(drift).collect();
        assert!(all.len() > 40, "{}", all.len());
        assert!(all.iter().all(|(x, y)| x.abs() <= DRIFT && y.abs() <= DRIFT));
        for moves in 0..1_000 {
            let ((x, y), (next_x, next_y)) = (drift(moves), drift(moves + 1));
            assert_eq!((next_x - x).abs(), 1);
            assert!((next_y - y).abs() <= 1);
        }
    }

    #[test]
    fn a_gap_never_swallows_a_tile() {
        each(|_, _, _, grid| assert!(grid.shown() == 0 || grid.gap() < grid.side()));
    }
}
