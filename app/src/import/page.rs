//! A file's page: what its columns are taken as, what the check found, and the button that imports.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{
    hooks::{use_params_map, use_query_map},
    params::ParamsMap,
};
use model::{
    Refusal,
    import::{ImportDetail, Shown, Stage},
};
use serde::{Deserialize, Serialize};

use super::{
    DiscardImport, ImportSheet, MapImport, RunImport, UPLOAD, columns::Columns, page_of, read_import, report::Report,
    working::Working,
};
use crate::{
    answer::{follow, refusal_of},
    failure::Failure,
    monitors::words,
    reading::read_blocking,
    shell::{Myself, Refused},
    ui::{Banner, BannerKind, Glyph, Icon, Reading, address},
};

/// Which lines of the report the address asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Asked {
    pub(super) shown: Shown,
    pub(super) page: u32,
}

impl Asked {
    fn read(query: &ParamsMap) -> Self {
        Self {
            shown: query.get_str("show").and_then(Shown::from_key).unwrap_or_default(),
            page: query.get_str("page").and_then(|page| page.parse().ok()).unwrap_or(1).max(1),
        }
    }

    pub(super) fn href(self, page: &str) -> String {
        let number = if self.page > 1 { self.page.to_string() } else { String::new() };
        address(page, &[("show", self.shown.key()), ("page", &number)])
    }
}

#[component]
pub fn ImportPage() -> impl IntoView {
    let Myself(me) = expect_context();
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("import").unwrap_or_default()));
    let query = use_query_map();
    let asked = Memo::new(move |_| query.with(Asked::read));
    let sheet = read_blocking(
        move || (id.get(), asked.get()),
        |(id, asked)| async move { (asked, read_import(id, asked.shown.key().to_owned(), asked.page).await) },
    );
    // The page is about to say something else, and the focus goes to where that stands.
    let moved = RwSignal::new(false);
    let map = ServerAction::<MapImport>::new();
    let run = ServerAction::<RunImport>::new();
    let discard = ServerAction::<DiscardImport>::new();
    follow(Signal::from(discard.value()));
    Effect::new(move || {
        let done = [map.value().get(), run.value().get()];
        if done.iter().flatten().any(Result::is_ok) {
            moved.set(true);
            sheet.refetch();
        }
    });
    let on_end = Callback::new(move |()| {
        moved.set(true);
        sheet.refetch();
        me.refetch();
    });
    let refusal = refusal_of(Signal::derive(move || {
        map.value()
            .get()
            .filter(Result::is_err)
            .or_else(|| run.value().get().filter(Result::is_err))
            .or_else(|| discard.value().get())
    }));
    view! {
        <Title text="Import customers"/>
        {move || refusal.get().map(|refusal| view! { <Banner kind=BannerKind::Error>{refusal.to_string()}</Banner> })}
        <Transition fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                match sheet.await {
                    (asked, Ok(sheet)) => view! { <Sheet sheet asked map run discard moved on_end/> }.into_any(),
                    (_, Err(Failure(refusal))) => view! { <Refused refusal/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Sheet(
    sheet: ImportSheet,
    asked: Asked,
    map: ServerAction<MapImport>,
    run: ServerAction<RunImport>,
    discard: ServerAction<DiscardImport>,
    moved: RwSignal<bool>,
    on_end: Callback<()>,
) -> impl IntoView {
    let ImportSheet { detail, report, progress } = sheet;
    let came_to_nothing = progress.as_ref().and_then(|progress| progress.refusal.clone());
    let going_on = progress.filter(|progress| progress.refusal.is_none());
    focus_what_is_new(moved);
    let is_open = going_on.is_none() && detail.stage != Stage::Imported;
    let body = match (going_on, detail.stage) {
        (Some(progress), _) => view! { <Working import=detail.id.clone() progress on_end/> }.into_any(),
        (None, Stage::Imported) => view! { <Over detail=detail.clone()/> }.into_any(),
        (None, Stage::Uploaded) => view! { <Columns detail=detail.clone() map/> }.into_any(),
        (None, Stage::Checked) => view! { <Report detail=detail.clone() report asked map run/> }.into_any(),
    };
    view! {
        <nav class="crumbs" aria-label="Where you are">
            <a href="/customers">"Customers"</a>
            <span aria-hidden="true">"/"</span>
            <a href=UPLOAD>"Import customers"</a>
        </nav>
        <div class="head">
            <h1>{detail.file_name.clone()}</h1>
            <span class="quiet num">{words::counted(detail.customers, "customer")}</span>
            <div class="right">{is_open.then(|| view! { <Discard import=detail.id.to_string() discard/> })}</div>
        </div>
        {came_to_nothing.map(|refusal| view! { <CameToNothing refusal/> })}
        {body}
    }
}

#[component]
fn CameToNothing(refusal: Refusal) -> impl IntoView {
    view! { <Banner kind=BannerKind::Error>{refusal.to_string()}</Banner> }
}

#[component]
fn Discard(import: String, discard: ServerAction<DiscardImport>) -> impl IntoView {
    view! {
        <ActionForm action=discard>
            <input type="hidden" name="import" value=import/>
            <button class="btn" type="submit" disabled=discard.pending()><Icon glyph=Glyph::Trash/>"Discard"</button>
        </ActionForm>
    }
}

#[component]
fn Over(detail: ImportDetail) -> impl IntoView {
    view! {
        <section class="panel import-over" aria-labelledby="import-result">
            <h2 id="import-result" tabindex="-1">{words::counted(detail.customers, "customer")}" imported"</h2>
            <p>"You are associated with each of them. The audit trail keeps what was imported."</p>
            <div class="actions">
                <a class="btn main" href="/customers">"To the customers"</a>
                <a class="btn" href="/groups">"To the groups"</a>
                <a class="btn" href=UPLOAD>"Import another file"</a>
            </div>
        </section>
    }
}

/// Who works by keyboard or hears the page is led to what is new, for what had the focus is gone.
fn focus_what_is_new(moved: RwSignal<bool>) {
    #[cfg(feature = "hydrate")]
    if moved.get_untracked() {
        moved.set(false);
        request_animation_frame(|| {
            use wasm_bindgen::JsCast;
            let new =
                document().get_element_by_id("import-result").and_then(|found| found.dyn_into::<web_sys::HtmlElement>().ok());
            if let Some(new) = new {
                let _ = new.focus();
            }
        });
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = moved;
}

/// The address of the report as a file.
pub(super) fn report_file(detail: &ImportDetail) -> String {
    format!("/imports/{}/report.csv", detail.id)
}

/// The page's own address.
pub(super) fn own(detail: &ImportDetail) -> String {
    page_of(&detail.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a18_the_address_says_which_lines_are_shown() {
        let query: ParamsMap = [("show", "wrong".to_owned()), ("page", "3".to_owned())].into_iter().collect();
        let asked = Asked::read(&query);
        assert_eq!(asked, Asked { shown: Shown::Wrong, page: 3 });
        assert_eq!(asked.href("/customers/import/x"), "/customers/import/x?show=wrong&page=3");
        assert_eq!(Asked::read(&ParamsMap::new()).href("/customers/import/x"), "/customers/import/x");
    }
}
