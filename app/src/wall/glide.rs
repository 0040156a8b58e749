//! Tiles that glide to their new places (DOMAIN F1, by severity): cut out of the finished picture, so that nothing is drawn anew while
//! they move.

use leptos::prelude::{document, window};
use model::layout::{Rect, glide};
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use super::feed::clock;

/// How long it takes, in milliseconds.
const TIME: f64 = 320.0;
/// Where more would move than this, they jump: the eye follows no more than these, and each costs time in every frame.
const MOST: usize = 3_000;

/// One glide of some tiles, until all are where they belong.
pub(super) struct Glide {
    begun: f64,
    moves: Vec<Move>,
    /// The picture as it will be.
    picture: HtmlCanvasElement,
    pen: CanvasRenderingContext2d,
    ground: String,
}

struct Move {
    slot: u32,
    /// Where its left upper corner was.
    x: f64,
    y: f64,
    to: Rect,
}

impl Move {
    fn at(&self, share: f64) -> (f64, f64) {
        (glide(self.x, self.to.x.into(), share), glide(self.y, self.to.y.into(), share))
    }
}

impl Glide {
    /// Whether so many tiles may glide, and this person likes things to move.
    pub(super) fn may(tiles: usize) -> bool {
        let is_still =
            || window().match_media("(prefers-reduced-motion: reduce)").ok().flatten().is_some_and(|query| query.matches());
        // Of many tiles few may move.
        tiles <= MOST * 4 && !is_still()
    }

    /// `moves` is where each tile belongs, its slot, and where it stands now. `None` where nothing moves, or too many.
    pub(super) fn begin(moves: impl Iterator<Item = (Rect, u32, f64, f64)>, ground: &str) -> Option<Self> {
        let moves: Vec<Move> = moves.map(|(to, slot, x, y)| Move { slot, x, y, to }).take(MOST + 1).collect();
        if moves.is_empty() || moves.len() > MOST {
            return None;
        }
        let picture: HtmlCanvasElement = document().create_element("canvas").ok()?.dyn_into().ok()?;
        let pen = picture.get_context("2d").ok()??.dyn_into().ok()?;
        Some(Self { begun: clock(), moves, picture, pen, ground: ground.to_owned() })
    }

    /// Takes the finished picture from `canvas`.
    pub(super) fn keep(&self, canvas: &HtmlCanvasElement) {
        let (width, height) = (canvas.width(), canvas.height());
        if (self.picture.width(), self.picture.height()) != (width, height) {
            self.picture.set_width(width);
            self.picture.set_height(height);
        }
        let _ = self.pen.draw_image_with_html_canvas_element(canvas, 0.0, 0.0);
    }

    /// Puts the places at which tiles are seen just now into a list of slots and places.
    pub(super) fn put_into(&self, places: &mut [(u32, f64, f64)]) {
        let share = self.share();
        let mut here: Vec<(u32, f64, f64)> =
            self.moves.iter().map(|one| (one.slot, one.at(share))).map(|(slot, (x, y))| (slot, x, y)).collect();
        here.sort_unstable_by_key(|(slot, ..)| *slot);
        for place in places {
            if let Ok(found) = here.binary_search_by_key(&place.0, |(slot, ..)| *slot) {
                *place = here[found];
            }
        }
    }

    /// Draws them where they are now. Whether they move on.
    pub(super) fn draw(&self, pen: &CanvasRenderingContext2d, width: f64, height: f64) -> bool {
        let share = self.share();
        if width < 1.0
            || height < 1.0
            || pen.draw_image_with_html_canvas_element(&self.picture, 0.0, 0.0).is_err()
            || share >= 1.0
        {
            return false;
        }
        pen.set_fill_style_str(&self.ground);
        pen.begin_path();
        for Move { to, .. } in &self.moves {
            pen.rect(to.x.into(), to.y.into(), to.w.into(), to.h.into());
        }
        pen.fill();
        for one in &self.moves {
            let (x, y) = one.at(share);
            let Rect { x: from_x, y: from_y, w, h } = one.to;
            let (w, h) = (f64::from(w), f64::from(h));
            let _ = pen.draw_image_with_html_canvas_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
                &self.picture,
                from_x.into(),
                from_y.into(),
                w,
                h,
                x.round(),
                y.round(),
                w,
                h,
            );
        }
        true
    }

    fn share(&self) -> f64 {
        (clock() - self.begun) / TIME
    }
}
