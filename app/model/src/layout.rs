//! The wall's layout: where each tile stands (DOMAIN F1, F7).
//!
//! Every number is in device pixels. Cells share the screen among them to the pixel: two neighbours differ by one pixel at
//! most, and nothing is left over but the end of the last row.

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

    #[test]
    fn a_gap_never_swallows_a_tile() {
        each(|_, _, _, grid| assert!(grid.shown() == 0 || grid.gap() < grid.side()));
    }
}
