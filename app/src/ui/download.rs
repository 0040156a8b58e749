//! Downloading a list with a view of how far it is: the file is read as it comes and handed over once it is whole. Without the
//! browser's part it is a plain link or form.

use leptos::prelude::*;

use super::{Banner, BannerKind, Glyph, Icon, grouped};

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) address: String,
    /// The name of the file.
    pub(crate) file: &'static str,
    /// The body of a POST; a GET has none.
    pub(crate) body: Option<String>,
}

/// How far it is.
#[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only the browser comes to an end"))]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Progress {
    #[default]
    Nothing,
    Running {
        rows: u32,
        total: Option<u32>,
    },
    /// The list is too long to be given at once.
    Mailed,
    Failed(String),
}

/// The one download of a page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Downloading {
    progress: RwSignal<Progress>,
    /// Names the one that runs: another, or a cancel, makes it stale.
    round: StoredValue<u32>,
}

impl Downloading {
    pub(crate) fn new() -> Self {
        Self { progress: RwSignal::default(), round: StoredValue::new(0) }
    }

    pub(crate) fn is_running(self) -> bool {
        self.progress.with(|progress| matches!(progress, Progress::Running { .. }))
    }

    fn begin(self) -> u32 {
        self.round
            .try_update_value(|round| {
                *round = round.wrapping_add(1);
                *round
            })
            .unwrap_or_default()
    }

    /// Starts it; in the browser alone.
    pub(crate) fn start(self, asked: Asked) {
        let round = self.begin();
        self.progress.set(Progress::Running { rows: 0, total: None });
        #[cfg(feature = "hydrate")]
        leptos::task::spawn_local(async move {
            let is_current = move || self.round.try_get_value() == Some(round);
            let end = browser::download(&asked, is_current, move |rows, total| {
                let _ = self.progress.try_set(Progress::Running { rows, total });
            })
            .await;
            if is_current() {
                let _ = self.progress.try_set(end);
            }
        });
        #[cfg(not(feature = "hydrate"))]
        let _ = (asked, round);
    }

    fn cancel(self) {
        self.begin();
        self.progress.set(Progress::Nothing);
    }
}

/// The link that starts a download.
#[component]
pub(crate) fn Download(downloading: Downloading, #[prop(into)] asked: Signal<Asked>, label: &'static str) -> impl IntoView {
    view! {
        <a class="btn" rel="external" download=move || asked.with(|asked| asked.file) href=move || asked.with(|asked| asked.address.clone())
            aria-disabled=move || downloading.is_running().then_some("true")
            on:click=move |event| {
                event.prevent_default();
                if !downloading.is_running() {
                    downloading.start(asked.get_untracked());
                }
            }>
            <Icon glyph=Glyph::Download/>{label}
        </a>
    }
}

/// How far the download is, and what came of it.
#[component]
pub(crate) fn DownloadProgress(downloading: Downloading) -> impl IntoView {
    view! {
        <div class="downloading" role="status">
            {move || match downloading.progress.get() {
                Progress::Nothing => ().into_any(),
                Progress::Running { rows, total } => view! {
                    <label>
                        <span class="num">{so_far(rows, total)}</span>
                        {match total {
                            Some(total) => view! { <progress max=total.max(1) value=rows></progress> }.into_any(),
                            None => view! { <progress></progress> }.into_any(),
                        }}
                    </label>
                    <button type="button" class="btn small" on:click=move |_| downloading.cancel()>"Cancel"</button>
                }
                .into_any(),
                Progress::Mailed => view! { <Mailed/> }.into_any(),
                Progress::Failed(why) => view! { <Banner kind=BannerKind::Error>{why}</Banner> }.into_any(),
            }}
        </div>
    }
}

/// A list that is too long to be given at once.
#[component]
pub(crate) fn Mailed() -> impl IntoView {
    view! {
        <Banner kind=BannerKind::Info>
            "This list is too long to be given at once. A link to it is on its way to your email address; it is good for 24 hours, for you alone."
        </Banner>
    }
}

fn so_far(rows: u32, total: Option<u32>) -> String {
    match total {
        Some(total) => format!("{} of {} rows", grouped(rows), grouped(total)),
        None => format!("{} rows so far", grouped(rows)),
    }
}

/// Counts the rows of a CSV as it comes, the head apart: a line break within quotes ends none.
#[derive(Debug, Default)]
struct RowCounter {
    quoted: bool,
    lines: u32,
}

#[cfg_attr(not(any(feature = "hydrate", test)), expect(dead_code, reason = "only the browser counts"))]
impl RowCounter {
    fn take(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match byte {
                b'"' => self.quoted = !self.quoted,
                b'\n' if !self.quoted => self.lines += 1,
                _ => {}
            }
        }
    }

    fn rows(&self) -> u32 {
        self.lines.saturating_sub(1)
    }
}

#[cfg(feature = "hydrate")]
mod browser {
    use std::time::Duration;

    use js_sys::{Array, Reflect, Uint8Array};
    use leptos::prelude::{document, set_timeout, window};
    use model::Refusal;
    use wasm_bindgen::{JsCast, JsValue};
    use wasm_bindgen_futures::JsFuture;
    use web_sys::{Blob, HtmlAnchorElement, ReadableStreamDefaultReader, Request, RequestInit, Response, Url};

    use super::{Asked, Progress, RowCounter};

    /// How long the file is kept for the browser to take.
    const KEPT: Duration = Duration::from_secs(60);

    /// Reads the file to its end and hands it over. `tell` hears how far it is; it stops where it is not `wanted` any more.
    pub(super) async fn download(asked: &Asked, wanted: impl Fn() -> bool, tell: impl Fn(u32, Option<u32>)) -> Progress {
        match read(asked, wanted, tell).await {
            Ok(progress) => progress,
            // What the browser says of it is for nobody's eyes.
            Err(_) => Progress::Failed(Refusal::NoAnswer.to_string()),
        }
    }

    async fn read(asked: &Asked, wanted: impl Fn() -> bool, tell: impl Fn(u32, Option<u32>)) -> Result<Progress, JsValue> {
        let init = RequestInit::new();
        if let Some(body) = &asked.body {
            init.set_method("POST");
            init.set_body(&JsValue::from_str(body));
        }
        let request = Request::new_with_str_and_init(&asked.address, &init)?;
        request.headers().set("accept", "text/csv")?;
        if asked.body.is_some() {
            request.headers().set("content-type", "application/x-www-form-urlencoded")?;
        }
        let answer: Response = JsFuture::from(window().fetch_with_request(&request)).await?.dyn_into()?;
        if answer.status() == 202 {
            return Ok(Progress::Mailed);
        }
        let is_csv = answer.headers().get("content-type")?.is_some_and(|kind| kind.starts_with("text/csv"));
        if !answer.ok() || !is_csv {
            let said = JsFuture::from(answer.text()?).await?.as_string().unwrap_or_default();
            // The page of the sign-in, to which who is signed out is led.
            let why = if answer.ok() { Refusal::SignedOut.to_string() } else { said };
            return Ok(Progress::Failed(why));
        }
        let total = answer.headers().get("x-rows")?.and_then(|rows| rows.parse().ok());
        let body = answer.body().ok_or(JsValue::NULL)?;
        let reader: ReadableStreamDefaultReader = body.get_reader().dyn_into()?;
        let (parts, mut counter) = (Array::new(), RowCounter::default());
        loop {
            let part = JsFuture::from(reader.read()).await?;
            if Reflect::get(&part, &"done".into())?.is_truthy() {
                break;
            }
            if !wanted() {
                let _ = JsFuture::from(reader.cancel()).await;
                return Ok(Progress::Nothing);
            }
            let bytes: Uint8Array = Reflect::get(&part, &"value".into())?.dyn_into()?;
            counter.take(&bytes.to_vec());
            parts.push(&bytes);
            tell(counter.rows(), total);
        }
        hand_over(&Blob::new_with_u8_array_sequence(&parts)?, asked.file)?;
        Ok(Progress::Nothing)
    }

    fn hand_over(file: &Blob, name: &str) -> Result<(), JsValue> {
        let address = Url::create_object_url_with_blob(file)?;
        let link: HtmlAnchorElement = document().create_element("a")?.dyn_into()?;
        link.set_href(&address);
        link.set_download(name);
        // The router follows links of this site; this one is the browser's.
        link.set_rel("external");
        link.click();
        // Some browsers take the file only after this.
        set_timeout(
            move || {
                let _ = Url::revoke_object_url(&address);
            },
            KEPT,
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a12_rows_are_counted_as_they_come() {
        let mut counter = RowCounter::default();
        for part in ["\u{feff}Name,City\r\nHar", "bor,\"Hull\nand \"\"Goole\"\"\"\r", "\nElm,\r\n"] {
            counter.take(part.as_bytes());
        }
        assert_eq!((counter.rows(), counter.quoted), (2, false));
        assert_eq!(so_far(1500, Some(4000)), "1,500 of 4,000 rows");
        assert_eq!(so_far(0, None), "0 rows so far");
    }
}
