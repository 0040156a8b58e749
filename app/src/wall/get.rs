//! Reading an address of the server: what does not come in time is given up, for a connection can die without a word.

use gloo_timers::callback::Timeout;
use js_sys::Uint8Array;
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, RequestCache, RequestInit, Response};

/// How long an answer that has begun may take to come whole, in milliseconds.
const WHOLE: u32 = 60_000;

/// An answer that has begun.
pub(super) struct Answer {
    response: Response,
    abort: AbortController,
}

/// `within` so many milliseconds it has to begin.
pub(super) async fn get(address: &str, within: u32) -> Result<Answer, JsValue> {
    let how = RequestInit::new();
    how.set_cache(RequestCache::NoStore);
    let abort = AbortController::new()?;
    how.set_signal(Some(&abort.signal()));
    let begins = limit(&abort, within);
    let response = JsFuture::from(window().fetch_with_str_and_init(address, &how)).await?;
    drop(begins);
    Ok(Answer { response: response.dyn_into()?, abort })
}

impl Answer {
    pub(super) fn status(&self) -> u16 {
        self.response.status()
    }

    pub(super) async fn bytes(self) -> Result<Vec<u8>, JsValue> {
        let _comes = limit(&self.abort, WHOLE);
        Ok(Uint8Array::new(&JsFuture::from(self.response.array_buffer()?).await?).to_vec())
    }

    pub(super) async fn text(self) -> Result<String, JsValue> {
        let _comes = limit(&self.abort, WHOLE);
        Ok(JsFuture::from(self.response.text()?).await?.as_string().unwrap_or_default())
    }
}

/// Until it is dropped.
fn limit(abort: &AbortController, ms: u32) -> Timeout {
    let abort = abort.clone();
    Timeout::new(ms, move || abort.abort())
}
