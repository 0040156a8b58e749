//! A field that suggests while one types (WAI-ARIA APG, "Editable combobox with list autocomplete"). The lists stay on the server,
//! which takes what was typed whether it was picked or not. Before the wasm has arrived the browser suggests from a `<datalist>`.

use leptos::{ev, html, prelude::*, server_fn::codec::Json};
use model::Problem;

use super::field::{Entry, described_by, follow};
use crate::failure::Failure;

/// Names of the list that a person may mean by what they have typed so far.
#[server(prefix = "/fn", endpoint = "choices", input = Json)]
#[allow(clippy::unused_async, reason = "a server function is async, whatever it waits for")]
pub async fn find_choices(list: String, typed: String) -> Result<Vec<String>, Failure> {
    use model::roles::{Action, Relation};
    crate::caller::actor()?.require(Action::SeeAll, Relation::None)?;
    let list = choices(&list).ok_or(model::Refusal::NotFound)?;
    Ok(list.search(&typed))
}

#[cfg(feature = "ssr")]
fn choices(list: &str) -> Option<store::choices::Choices> {
    use store::choices::Choices;
    match list {
        "countries" => Some(Choices::Countries),
        "languages" => Some(Choices::Languages),
        "zones" => Some(Choices::Zones),
        _ => None,
    }
}

/// The whole list as a `<datalist>`, for browsers without JavaScript; the others never parse it.
fn plain_list(id: &str, list: &str) -> String {
    #[cfg(feature = "ssr")]
    {
        let escaped = |name: &str| name.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
        let options: String = choices(list)
            .into_iter()
            .flat_map(store::choices::Choices::names)
            .map(|name| format!("<option value=\"{}\"></option>", escaped(name)))
            .collect();
        format!("<datalist id=\"{id}\">{options}</datalist>")
    }
    #[cfg(not(feature = "ssr"))]
    {
        let _ = (id, list);
        String::new()
    }
}

/// The list while it is open.
#[derive(Debug, Clone, Copy)]
struct Popup {
    list: &'static str,
    control: NodeRef<html::Input>,
    open: RwSignal<bool>,
    names: RwSignal<Vec<String>>,
    /// Which one the arrow keys have reached.
    active: RwSignal<Option<usize>>,
    /// What was last searched for, until the list is closed: an answer that comes too late is not shown.
    sought: RwSignal<Option<String>>,
    /// The answer to that has not come: what is shown is of an earlier search.
    waits: RwSignal<bool>,
    /// Arrow keys that were pressed meanwhile, and whether each leads on: they mean the answer.
    stepped: RwSignal<Vec<bool>>,
    /// Enter was pressed behind them.
    entered: RwSignal<bool>,
    on_change: Option<Callback<String>>,
}

impl Popup {
    fn new(list: &'static str, on_change: Option<Callback<String>>) -> Self {
        Self {
            list,
            control: NodeRef::new(),
            open: RwSignal::new(false),
            names: RwSignal::new(Vec::new()),
            active: RwSignal::new(None),
            sought: RwSignal::new(None),
            waits: RwSignal::new(false),
            stepped: RwSignal::new(Vec::new()),
            entered: RwSignal::new(false),
            on_change,
        }
    }

    /// Shows what `typed` may mean.
    fn search(self, typed: String) {
        self.sought.set(Some(typed.clone()));
        self.active.set(None);
        self.waits.set(true);
        self.stepped.set(Vec::new());
        self.entered.set(false);
        leptos::task::spawn_local(async move {
            let found = find_choices(self.list.to_owned(), typed.clone()).await;
            if self.sought.try_get_untracked() != Some(Some(typed)) {
                return;
            }
            self.waits.set(false);
            let Ok(found) = found else { return };
            self.open.set(!found.is_empty());
            self.names.set(found);
            for forward in std::mem::take(&mut *self.stepped.write()) {
                self.step(forward);
            }
            if let Some(picked) = self.picked().filter(|_| self.entered.get_untracked()) {
                self.pick(picked);
            }
        });
    }

    /// What is typed is being searched for, and its list is not there yet.
    fn is_awaited(self) -> bool {
        self.waits.get_untracked() && self.sought.with_untracked(Option::is_some)
    }

    fn close(self) {
        self.sought.set(None);
        self.open.set(false);
        self.active.set(None);
    }

    fn step(self, forward: bool) {
        if self.waits.get_untracked() {
            return self.stepped.update(|stepped| stepped.push(forward));
        }
        let count = self.names.with_untracked(Vec::len);
        if count == 0 {
            return;
        }
        let next = match (self.active.get_untracked(), forward) {
            (None, true) => 0,
            (None, false) => count - 1,
            (Some(at), true) => (at + 1) % count,
            (Some(at), false) => (at + count - 1) % count,
        };
        self.active.set(Some(next));
        show_option(self.control, next);
    }

    fn picked(self) -> Option<String> {
        let at = self.active.get_untracked()?;
        self.names.with_untracked(|names| names.get(at).cloned())
    }

    fn pick(self, picked: String) {
        self.close();
        put(self.control, &picked);
        self.heard(picked);
    }

    fn heard(self, typed: String) {
        if let Some(on_change) = self.on_change {
            on_change.run(typed);
        }
    }
}

/// One of a list of the server's: `countries`, `languages` or `zones`. Its id is its `name`.
#[component]
pub fn Combobox(
    #[prop(into)] name: Oco<'static, str>,
    label: &'static str,
    list: &'static str,
    #[prop(optional, into)] value: Signal<String>,
    #[prop(optional, into)] on_change: Option<Callback<String>>,
    #[prop(optional, into)] error: Signal<Option<Problem>>,
    #[prop(optional)] required: bool,
    #[prop(optional, into)] hint: String,
) -> impl IntoView {
    let popup = Popup::new(list, on_change);
    let hinted = !hint.is_empty();
    let initial = value.get_untracked();
    follow(popup.control, initial.clone(), value, on_change);
    let on_key = move |event: ev::KeyboardEvent| {
        let open = popup.open.get_untracked() || popup.is_awaited();
        match event.key().as_str() {
            "ArrowDown" | "ArrowUp" if open => popup.step(event.key() == "ArrowDown"),
            "ArrowDown" | "ArrowUp" => popup.search(String::new()),
            "Escape" if open => popup.close(),
            "Enter" if open => match popup.picked() {
                Some(picked) => popup.pick(picked),
                None if popup.is_awaited() && !popup.stepped.read_untracked().is_empty() => popup.entered.set(true),
                None => return popup.close(),
            },
            "Tab" => {
                if let Some(picked) = popup.picked() {
                    popup.pick(picked);
                }
                return popup.close();
            }
            _ => return,
        }
        event.prevent_default();
    };
    // A list of the browser's own beside ours would be two at once.
    let alive = RwSignal::new(false);
    Effect::new(move || alive.set(true));
    let (popup_id, plain_id) = (format!("{name}-list"), format!("{name}-plain"));
    let (id, of_options, active, described) = (name.clone(), name.clone(), name.clone(), name.clone());
    let options = move || {
        let names = popup.names.get();
        names
            .into_iter()
            .enumerate()
            .map(|(at, text)| {
                let picked = text.clone();
                view! {
                    <li role="option" id=option_id(&of_options, at) aria-selected=move || (popup.active.get() == Some(at)).to_string()
                        // The field keeps the focus.
                        on:mousedown=move |event| event.prevent_default() on:click=move |_| popup.pick(picked.clone())>{text}</li>
                }
            })
            .collect_view()
    };
    let plain_list_id = plain_id.clone();
    view! {
        <Entry name label required hint error>
            <div class="combobox">
                <input
                    node_ref=popup.control id=id.clone() name=id type="text" value=initial autocomplete="off"
                    list=move || (!alive.get()).then(|| plain_list_id.clone())
                    role="combobox" aria-autocomplete="list" aria-controls=popup_id.clone()
                    aria-expanded=move || popup.open.get().to_string()
                    aria-activedescendant=move || popup.active.get().map(|at| option_id(&active, at))
                    aria-required=required.then_some("true") aria-invalid=move || error.read().is_some().then_some("true")
                    aria-describedby=move || described_by(&described, hinted, error.read().is_some())
                    on:input:target=move |event| {
                        let typed = event.target().value();
                        popup.search(typed.clone());
                        popup.heard(typed);
                    }
                    on:keydown=on_key on:blur=move |_| popup.close()
                    on:click=move |_| if !popup.open.get_untracked() { popup.search(String::new()) }
                />
                <noscript inner_html=plain_list(&plain_id, list)></noscript>
                <ul role="listbox" id=popup_id aria-label=label hidden=move || !popup.open.get()>{options}</ul>
                <span class="unseen" role="status">{move || popup.open.get().then(|| said(popup.names.with(Vec::len)))}</span>
            </div>
        </Entry>
    }
}

fn option_id(name: &str, at: usize) -> String {
    format!("{name}-option-{at}")
}

fn said(count: usize) -> String {
    if count == 1 { "1 suggestion".to_owned() } else { format!("{count} suggestions") }
}

/// Puts the picked text into the control, and lets the form know that it changed.
fn put(control: NodeRef<html::Input>, text: &str) {
    #[cfg(feature = "hydrate")]
    if let Some(control) = control.get_untracked() {
        control.set_value(text);
        let bubbling = web_sys::EventInit::new();
        bubbling.set_bubbles(true);
        if let Ok(event) = web_sys::Event::new_with_event_init_dict("change", &bubbling) {
            let _ = control.dispatch_event(&event);
        }
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (control, text);
}

/// Brings the option that the arrow keys have reached to where it is seen.
fn show_option(control: NodeRef<html::Input>, at: usize) {
    #[cfg(feature = "hydrate")]
    if let Some(control) = control.get_untracked()
        && let Some(option) = document().get_element_by_id(&option_id(&control.id(), at))
    {
        let how = web_sys::ScrollIntoViewOptions::new();
        how.set_block(web_sys::ScrollLogicalPosition::Nearest);
        option.scroll_into_view_with_scroll_into_view_options(&how);
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (control, at);
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn a3_the_whole_list_is_there_without_javascript_and_escaped() {
        let list = plain_list("x", "countries");
        assert!(list.contains("<option value=\"Antigua &amp; Barbuda\">") && list.contains("Côte d'Ivoire"));
        assert_eq!(plain_list("x", "nothing"), "<datalist id=\"x\"></datalist>");
    }
}
