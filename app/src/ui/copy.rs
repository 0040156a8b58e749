//! A line to copy: a field that selects itself, and a button for it once the browser's part has arrived.

use leptos::{html, prelude::*};

/// `text` under its `label`.
#[component]
pub fn CopyLine(id: &'static str, label: &'static str, text: String) -> impl IntoView {
    let line = NodeRef::<html::Input>::new();
    let copied = RwSignal::new(false);
    let can_copy = RwSignal::new(false);
    Effect::new(move || can_copy.set(true));
    let copy = move |_| {
        if let Some(line) = line.get() {
            line.select();
            copied.set(copy_selected());
        }
    };
    let button = move || {
        can_copy.get().then(|| {
            view! {
                <button class="btn" type="button" on:click=copy aria-describedby=id>
                    {move || if copied.get() { "Copied" } else { "Copy" }}
                </button>
            }
        })
    };
    view! {
        <div class="entry copy">
            <label for=id>{label}</label>
            <div>
                <input node_ref=line id=id class="num" type="text" readonly=true value=text on:focus:target=move |event| event.target().select()/>
                {button}
            </div>
        </div>
    }
}

/// The old way, which also works where the page came over plain HTTP.
#[cfg(feature = "hydrate")]
fn copy_selected() -> bool {
    use wasm_bindgen::JsCast;
    document().dyn_into::<web_sys::HtmlDocument>().is_ok_and(|page| page.exec_command("copy").unwrap_or(false))
}

#[cfg(not(feature = "hydrate"))]
fn copy_selected() -> bool {
    false
}
