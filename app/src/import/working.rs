//! How far a dry run or an import is: asked for again and again, until it has ended. Without JavaScript there is a link that asks.

use std::time::Duration;

use leptos::prelude::*;
use model::{
    ImportId,
    import::{Progress, Work},
};

use super::{page_of, read_progress};
use crate::ui::grouped;

/// Between two questions.
const EVERY: Duration = Duration::from_millis(400);

/// `on_end` is run once, when there is nothing more to wait for.
#[component]
#[allow(clippy::needless_pass_by_value, reason = "a component owns what it is given")]
pub(super) fn Working(import: ImportId, progress: Progress, on_end: Callback<()>) -> impl IntoView {
    let shown = RwSignal::new(progress);
    ask_until_ended(import.to_string(), shown, on_end);
    let what = match shown.get_untracked().work {
        Work::Checking => "Checking every line",
        Work::Importing => "Importing",
    };
    view! {
        <section class="panel import-working" aria-labelledby="import-result">
            <h2 id="import-result" tabindex="-1">{what}</h2>
            <progress aria-labelledby="import-result" max=move || shown.with(|shown| shown.total.max(1).to_string())
                value=move || shown.with(|shown| shown.done.to_string())></progress>
            <p class="num">{move || shown.with(|shown| format!("{} of {}", grouped(shown.done), grouped(shown.total)))}</p>
            <p class="hint">"You can leave this page: it goes on without you. "<a href=page_of(&import) rel="external">"Show how far it is"</a></p>
        </section>
    }
}

fn ask_until_ended(import: String, shown: RwSignal<Progress>, on_end: Callback<()>) {
    Effect::new(move || {
        let import = import.clone();
        let ask = move || {
            let import = import.clone();
            leptos::task::spawn_local(async move {
                // Without an answer it is asked again.
                let Ok(progress) = read_progress(import).await else { return };
                // Another question has ended it, or the page is gone.
                if shown.try_get_untracked().is_none() {
                    return;
                }
                match progress.filter(|progress| progress.refusal.is_none()) {
                    Some(progress) => {
                        let _ = shown.try_set(progress);
                    }
                    None => on_end.run(()),
                }
            });
        };
        if let Ok(every) = set_interval_with_handle(ask, EVERY) {
            on_cleanup(move || every.clear());
        }
    });
}
