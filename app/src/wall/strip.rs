//! A picture of the tiles' grounds that is one pixel high for each row: as pixels it is a small part of the screen's, and the browser
//! makes it as high as the rows are.

use std::cell::RefCell;

use leptos::prelude::document;
use wasm_bindgen::{Clamped, JsCast};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

pub(super) struct Strip {
    canvas: HtmlCanvasElement,
    pen: CanvasRenderingContext2d,
    /// Four bytes a pixel; kept, for a whole repaint may come with every frame.
    pixels: RefCell<Vec<u8>>,
}

impl Strip {
    pub(super) fn new() -> Option<Self> {
        let canvas: HtmlCanvasElement = document().create_element("canvas").ok()?.dyn_into().ok()?;
        let pen = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        Some(Self { canvas, pen, pixels: RefCell::default() })
    }

    /// Draws with `onto`. `paint_row` is given each row's number and its pixels, and says at which height it stands and how high it is.
    pub(super) fn paint(
        &self,
        onto: &CanvasRenderingContext2d,
        width: u32,
        rows: u32,
        mut paint_row: impl FnMut(u32, &mut [u8]) -> (u32, u32),
    ) {
        if width == 0 || rows == 0 {
            return;
        }
        let line = width as usize * 4;
        let mut pixels = self.pixels.borrow_mut();
        pixels.resize(line * rows as usize, 0);
        let places: Vec<(u32, u32)> =
            (0..rows).zip(pixels.chunks_exact_mut(line)).map(|(row, line)| paint_row(row, line)).collect();
        if (self.canvas.width(), self.canvas.height()) != (width, rows) {
            self.canvas.set_width(width);
            self.canvas.set_height(rows);
        }
        let Ok(image) = ImageData::new_with_u8_clamped_array_and_sh(Clamped(&pixels), width, rows) else { return };
        let _ = self.pen.put_image_data(&image, 0.0, 0.0);
        onto.set_image_smoothing_enabled(false);
        let width = f64::from(width);
        for (row, (y, height)) in (0u32..).zip(places) {
            let (row, y, height) = (f64::from(row), f64::from(y), f64::from(height));
            let _ = onto.draw_image_with_html_canvas_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
                &self.canvas,
                0.0,
                row,
                width,
                1.0,
                0.0,
                y,
                width,
                height,
            );
        }
    }
}
