//! The browser's entry point.

#![recursion_limit = "512"]

/// Takes over the document that the server has sent.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(app::App);
}
