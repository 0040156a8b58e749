//! How a tile looks: its colour by status, its shape (DOMAIN F9), and its words where they fit (DOMAIN F2).

use js_sys::Array;
use model::{
    Status,
    layout::{Detail, Rect},
};
use wasm_bindgen::JsValue;
use web_sys::{CanvasRenderingContext2d, CssStyleDeclaration};

/// How much of a stale tile's colour is left (DOMAIN F11).
const FADED: f64 = 0.35;
/// The smallest text, in CSS pixels.
const SMALLEST: f64 = 11.0;
const LARGEST: f64 = 48.0;
/// A longer path takes longer to fill than two.
const CROSSES_AT_ONCE: u32 = 64;

pub(super) type Rgb = [u8; 3];

/// The wall's colours, out of the style sheet's tokens.
pub(super) struct Palette {
    pub(super) bg: Rgb,
    /// Between two customers.
    pub(super) line: Rgb,
    pub(super) bg_css: String,
    /// A customer's name on the ground.
    name_css: String,
    family: String,
    /// By status, then the same faded.
    paints: Vec<Paint>,
}

struct Paint {
    fill: Rgb,
    css: String,
    /// What can be read upon it.
    ink: String,
}

/// What a tile says.
pub(super) struct Words<'a> {
    pub(super) name: &'a str,
    pub(super) customer: &'a str,
    pub(super) reason: &'a str,
}

impl Palette {
    /// Reads the tokens as they are now. The pen knows what a colour's text means.
    pub(super) fn read(pen: &CanvasRenderingContext2d, style: &CssStyleDeclaration) -> Self {
        let token = |name: &str| {
            pen.set_fill_style_str("#000000");
            pen.set_fill_style_str(style.get_property_value(name).unwrap_or_default().trim());
            pen.fill_style().as_string().as_deref().and_then(parse).unwrap_or_default()
        };
        let (bg, text) = (token("--bg"), token("--text"));
        let dark = luminance(bg) < 0.5;
        let tile = |status: Status| {
            let pure = token(&format!("--{}", status.slug()));
            match status {
                Status::Down | Status::Trouble | Status::ConfigurationError => pure,
                Status::Maintenance => mix(pure, bg, 0.75),
                Status::Discovery => mix(pure, bg, 0.6),
                Status::Suspended => mix(pure, bg, 0.35),
                Status::Up => mix(pure, bg, if dark { 0.42 } else { 0.55 }),
            }
        };
        let paint = |status: Status, fill: Rgb| {
            let under = if is_hollow(status) { bg } else { fill };
            let ink = if contrast(text, under) > contrast(bg, under) { text } else { bg };
            Paint { fill, css: css(fill), ink: css(ink) }
        };
        let fresh = Status::ALL.map(|status| paint(status, tile(status)));
        let faded = Status::ALL.map(|status| paint(status, mix(tile(status), bg, FADED)));
        Self {
            bg,
            line: token("--edge"),
            bg_css: css(bg),
            name_css: css(token("--muted")),
            family: style.get_property_value("font-family").unwrap_or_default(),
            paints: fresh.into_iter().chain(faded).collect(),
        }
    }

    fn paint(&self, status: Status, stale: bool) -> &Paint {
        &self.paints[usize::from(status.code()) + if stale { 7 } else { 0 }]
    }

    /// What fills the tile before its shape is drawn on it.
    pub(super) fn ground(&self, status: Status, stale: bool, detail: Detail) -> Rgb {
        let fill = self.paint(status, stale).fill;
        match (detail, status) {
            (Detail::Pixels | Detail::Blocks, _) => fill,
            (Detail::Marks, Status::Down | Status::Suspended | Status::Up) => fill,
            (Detail::Marks, Status::Trouble | Status::ConfigurationError | Status::Maintenance | Status::Discovery) => self.bg,
            (Detail::Text, Status::Discovery) => self.bg,
            (
                Detail::Text,
                Status::Down
                | Status::Trouble
                | Status::ConfigurationError
                | Status::Maintenance
                | Status::Suspended
                | Status::Up,
            ) => fill,
        }
    }

    pub(super) fn clear(&self, pen: &CanvasRenderingContext2d, width: u32, height: u32) {
        pen.set_fill_style_str(&self.bg_css);
        pen.fill_rect(0.0, 0.0, width.into(), height.into());
    }

    pub(super) fn fill(&self, pen: &CanvasRenderingContext2d, tile: Rect, colour: Rgb) {
        pen.set_fill_style_str(&css(colour));
        pen.fill_rect(tile.x.into(), tile.y.into(), tile.w.into(), tile.h.into());
    }

    /// The status' shape over the whole tile.
    pub(super) fn shape(&self, pen: &CanvasRenderingContext2d, tile: Rect, status: Status, stale: bool) {
        let place = Place::of(tile);
        let fill = &self.paint(status, stale).css;
        match status {
            Status::Up => {}
            Status::Down => cross(pen, place, &self.bg_css),
            Status::Suspended => {
                pen.set_fill_style_str(&self.bg_css);
                let edge = (place.side() * 0.15).round().max(1.0);
                pen.fill_rect(place.x + edge, place.y + edge, place.w - 2.0 * edge, place.h - 2.0 * edge);
            }
            Status::Trouble | Status::ConfigurationError | Status::Maintenance | Status::Discovery => {
                mark(pen, place, status, fill);
            }
        }
    }

    /// The shape of DOWN over each of these tiles, which are of one size: many of them in one path.
    pub(super) fn crosses(&self, pen: &CanvasRenderingContext2d, tiles: impl Iterator<Item = Rect>) {
        let mut drawn = 0;
        for place in tiles.map(Place::of) {
            if drawn == 0 {
                begin_crosses(pen, place, &self.bg_css);
            } else if drawn % CROSSES_AT_ONCE == 0 {
                pen.stroke();
                pen.begin_path();
            }
            add_cross(pen, place);
            drawn += 1;
        }
        if drawn > 0 {
            pen.stroke();
        }
    }

    /// The tile with a small mark and its words. `unit` is a CSS pixel in device pixels.
    pub(super) fn words(
        &self,
        pen: &CanvasRenderingContext2d,
        tile: Rect,
        status: Status,
        stale: bool,
        words: &Words<'_>,
        unit: f64,
    ) {
        let paint = self.paint(status, stale);
        let place = Place::of(tile);
        self.hollow(pen, place, status, paint, unit);
        let size = (place.side() * 0.115).clamp(SMALLEST * unit, LARGEST * unit);
        let margin = size * 0.55;
        let width = place.w - 2.0 * margin;
        let bottom = place.y + place.h - margin * 0.5;
        let badge = size * 0.85;
        mark(pen, Place { x: place.x + margin, y: place.y + margin, w: badge, h: badge }, status, &paint.ink);
        pen.set_fill_style_str(&paint.ink);
        pen.set_text_baseline("top");
        let mut line = place.y + margin + badge + size * 0.3;
        let small = (size * 0.9).max(SMALLEST * unit);
        self.set_font(pen, 600, size);
        line = write(pen, words.name, place.x + margin, line, width, size * 1.3, bottom - small * 1.3, 2);
        self.set_font(pen, 450, small);
        line = write(pen, words.customer, place.x + margin, line, width, small * 1.3, bottom, 1);
        if status.is_outage() {
            write(pen, words.reason, place.x + margin, line + small * 0.3, width, small * 1.3, bottom, 4);
        }
    }

    /// Sets what [`Lettering::width`] measures by.
    pub(super) fn set_name_font(&self, pen: &CanvasRenderingContext2d, lettering: &Lettering) {
        self.set_font(pen, 600, lettering.size);
    }

    /// A customer's name in front of its tiles.
    pub(super) fn name(&self, pen: &CanvasRenderingContext2d, place: Rect, name: &str, lettering: &Lettering) {
        let (place, Lettering { size, lines, margin }) = (Place::of(place), *lettering);
        self.set_name_font(pen, lettering);
        pen.set_fill_style_str(&self.name_css);
        pen.set_text_baseline("top");
        let (width, step) = (place.w - 2.0 * margin, size * Lettering::STEP);
        let lines = if measure(pen, name) <= width { 1 } else { lines };
        // Inter's letters stand a little high in their line.
        let top = place.y + (place.h - step * f64::from(lines)) / 2.0 + size * 0.12;
        write(pen, name, place.x + margin, top.round(), width, step, f64::INFINITY, lines);
    }

    fn hollow(&self, pen: &CanvasRenderingContext2d, place: Place, status: Status, paint: &Paint, unit: f64) {
        let edge = (2.0 * unit).round();
        if status == Status::Suspended {
            pen.set_fill_style_str(&self.bg_css);
            pen.fill_rect(place.x + edge, place.y + edge, place.w - 2.0 * edge, place.h - 2.0 * edge);
        } else if status == Status::Discovery {
            pen.set_stroke_style_str(&paint.css);
            pen.set_line_width(edge);
            dashes(pen, 6.0 * unit, 4.0 * unit);
            pen.stroke_rect(place.x + edge / 2.0, place.y + edge / 2.0, place.w - edge, place.h - edge);
            solid(pen);
        }
    }

    fn set_font(&self, pen: &CanvasRenderingContext2d, weight: u32, size: f64) {
        pen.set_font(&format!("{weight} {size:.1}px {}", self.family));
    }
}

/// How customers' names are written in front of their tiles. In device pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lettering {
    size: f64,
    lines: u32,
    margin: f64,
}

impl Lettering {
    /// From one line to the next.
    const STEP: f64 = 1.2;

    /// In cells of this height. `scale` is a CSS pixel where the root's text is of 16.
    pub(super) fn of(height: u32, scale: f64) -> Self {
        let height = f64::from(height);
        let size = (height * 0.42).clamp(12.0 * scale, 15.0 * scale);
        Self { size, lines: if height >= 2.0 * Self::STEP * size { 2 } else { 1 }, margin: 5.0 * scale }
    }

    /// How much a name needs across; a long one is cut.
    pub(super) fn width(&self, pen: &CanvasRenderingContext2d, name: &str) -> u32 {
        let whole = measure(pen, name);
        let longest = || name.split_whitespace().map(|word| measure(pen, word)).fold(0.0, f64::max);
        let text = if self.lines == 2 { longest().max(whole * 0.56) } else { whole };
        (text.min(13.0 * self.size) + 2.0 * self.margin + 1.0).ceil() as u32
    }
}

const fn is_hollow(status: Status) -> bool {
    matches!(status, Status::Suspended | Status::Discovery)
}

#[derive(Clone, Copy)]
struct Place {
    x: f64,
    y: f64,
    w: f64,
    h: f64,
}

impl Place {
    fn of(tile: Rect) -> Self {
        Self { x: tile.x.into(), y: tile.y.into(), w: tile.w.into(), h: tile.h.into() }
    }

    const fn side(self) -> f64 {
        self.w.min(self.h)
    }
}

/// The status' mark in one colour, filling its place; the same shapes as the page's marks.
fn mark(pen: &CanvasRenderingContext2d, place: Place, status: Status, colour: &str) {
    let Place { x, y, w, h } = place;
    pen.set_fill_style_str(colour);
    match status {
        Status::Down => cross(pen, Place { x: x - w * 0.2, y: y - h * 0.2, w: w * 1.4, h: h * 1.4 }, colour),
        Status::Trouble => polygon(pen, &[(x + w / 2.0, y), (x + w, y + h), (x, y + h)]),
        Status::ConfigurationError => {
            polygon(pen, &[(x + w / 2.0, y), (x + w, y + h / 2.0), (x + w / 2.0, y + h), (x, y + h / 2.0)]);
        }
        Status::Maintenance => {
            let bar = (h / 5.0).floor().max(2.0);
            let mut top = 0.0;
            while top < h {
                pen.fill_rect(x, y + top, w, bar.min(h - top));
                top += bar * 2.0;
            }
        }
        Status::Discovery => {
            let thick = (place.side() * 0.17).max(1.5);
            ring(pen, place, colour, thick, true);
        }
        Status::Suspended => ring(pen, place, colour, (place.side() * 0.13).max(1.0), false),
        Status::Up => {
            pen.begin_path();
            let _ = pen.arc(x + w / 2.0, y + h / 2.0, place.side() / 2.0, 0.0, std::f64::consts::TAU);
            pen.fill();
        }
    }
}

fn cross(pen: &CanvasRenderingContext2d, place: Place, colour: &str) {
    begin_crosses(pen, place, colour);
    add_cross(pen, place);
    pen.stroke();
}

fn begin_crosses(pen: &CanvasRenderingContext2d, place: Place, colour: &str) {
    pen.set_stroke_style_str(colour);
    pen.set_line_width((place.side() * 0.13).max(1.2));
    pen.begin_path();
}

fn add_cross(pen: &CanvasRenderingContext2d, Place { x, y, w, h }: Place) {
    let (dx, dy) = (w * 0.28, h * 0.28);
    pen.move_to(x + dx, y + dy);
    pen.line_to(x + w - dx, y + h - dy);
    pen.move_to(x + w - dx, y + dy);
    pen.line_to(x + dx, y + h - dy);
}

fn polygon(pen: &CanvasRenderingContext2d, corners: &[(f64, f64)]) {
    pen.begin_path();
    for (index, (x, y)) in corners.iter().enumerate() {
        if index == 0 { pen.move_to(*x, *y) } else { pen.line_to(*x, *y) }
    }
    pen.close_path();
    pen.fill();
}

fn ring(pen: &CanvasRenderingContext2d, place: Place, colour: &str, thick: f64, dashed: bool) {
    let radius = (place.side() - thick) / 2.0;
    pen.set_stroke_style_str(colour);
    pen.set_line_width(thick);
    if dashed {
        let eighth = radius * std::f64::consts::TAU / 8.0;
        dashes(pen, eighth * 1.2, eighth * 0.8);
    }
    pen.begin_path();
    let _ = pen.arc(place.x + place.w / 2.0, place.y + place.h / 2.0, radius, 0.0, std::f64::consts::TAU);
    pen.stroke();
    solid(pen);
}

fn dashes(pen: &CanvasRenderingContext2d, on: f64, off: f64) {
    let _ = pen.set_line_dash(&Array::of2(&JsValue::from_f64(on), &JsValue::from_f64(off)));
}

fn solid(pen: &CanvasRenderingContext2d) {
    let _ = pen.set_line_dash(&Array::new());
}

/// Writes `text` in at most `lines` lines, cut with an ellipsis, none of them below `bottom`. The place of the next line.
#[expect(clippy::too_many_arguments, reason = "a text, a box and a rhythm: a struct would be made for one call")]
fn write(pen: &CanvasRenderingContext2d, text: &str, x: f64, y: f64, width: f64, step: f64, bottom: f64, lines: u32) -> f64 {
    let mut y = y;
    let mut rest = text.trim();
    for line in 1..=lines {
        if rest.is_empty() || y + step > bottom {
            break;
        }
        let last = line == lines || y + 2.0 * step > bottom;
        let end = if last { rest.len() } else { broken(pen, rest, width) };
        let _ = pen.fill_text(&clipped(pen, rest[..end].trim_end(), width), x, y);
        rest = rest[end..].trim_start();
        y += step;
    }
    y
}

/// Where a line of this width ends: after a word if one fits, else within it.
fn broken(pen: &CanvasRenderingContext2d, text: &str, width: f64) -> usize {
    let fits = fitting(pen, text, width, "");
    if fits == text.len() {
        return fits;
    }
    let first = text.chars().next().map_or(0, char::len_utf8);
    let after = |marks: &[char]| text[..fits].rfind(marks).map(|index| index + 1);
    after(&[' ']).or_else(|| after(&['-', '.', '_', '/', ':'])).unwrap_or(fits).max(first)
}

fn clipped(pen: &CanvasRenderingContext2d, text: &str, width: f64) -> String {
    if measure(pen, text) <= width {
        return text.to_owned();
    }
    match fitting(pen, text, width, "…") {
        0 => String::new(),
        end => format!("{}…", text[..end].trim_end()),
    }
}

/// How many bytes of `text` fit into `width` with `tail` after them.
fn fitting(pen: &CanvasRenderingContext2d, text: &str, width: f64, tail: &str) -> usize {
    let ends: Vec<usize> = text.char_indices().map(|(index, _)| index).chain([text.len()]).collect();
    let count = ends.partition_point(|end| measure(pen, &format!("{}{tail}", &text[..*end])) <= width);
    count.checked_sub(1).map_or(0, |last| ends[last])
}

fn measure(pen: &CanvasRenderingContext2d, text: &str) -> f64 {
    pen.measure_text(text).map_or(f64::MAX, |measured| measured.width())
}

/// `#rrggbb`, as a canvas spells an opaque colour.
fn parse(text: &str) -> Option<Rgb> {
    let digits = u32::from_str_radix(text.strip_prefix('#').filter(|digits| digits.len() == 6)?, 16).ok()?;
    let [_, r, g, b] = digits.to_be_bytes();
    Some([r, g, b])
}

fn css([r, g, b]: Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

fn mix(colour: Rgb, towards: Rgb, share: f64) -> Rgb {
    let part = |index: usize| (f64::from(colour[index]) * share + f64::from(towards[index]) * (1.0 - share)).round() as u8;
    [part(0), part(1), part(2)]
}

/// WCAG 2.2, relative luminance.
fn luminance(colour: Rgb) -> f64 {
    let [r, g, b] = colour.map(|part| {
        let part = f64::from(part) / 255.0;
        if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

fn contrast(one: Rgb, other: Rgb) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}
