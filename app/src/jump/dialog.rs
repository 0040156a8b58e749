//! The way in, and the dialog: a line to type in, and below it where that leads.

use std::time::Duration;

use leptos::{ev, html, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use model::{Refusal, users::Me};

use super::{
    Kind, Place, jump,
    keys::{Help, listen},
    pages,
    recent::{recent, remember},
};
use crate::ui::{Glyph, Icon, Mark};

/// How long typing must pause before the database is asked.
const PAUSE: Duration = Duration::from_millis(120);

/// What is typed, and what was found.
#[derive(Clone, Copy)]
struct Search {
    me: StoredValue<Me>,
    typed: RwSignal<String>,
    /// What the answer below belongs to.
    answered: RwSignal<String>,
    found: RwSignal<Vec<Place>>,
    refusal: RwSignal<Option<Refusal>>,
    recent: RwSignal<Vec<Place>>,
    /// The place that Enter leads to.
    here: RwSignal<usize>,
    waiting: StoredValue<Option<TimeoutHandle>>,
}

impl Search {
    fn new(me: Me) -> Self {
        Self {
            me: StoredValue::new(me),
            typed: RwSignal::default(),
            answered: RwSignal::default(),
            found: RwSignal::default(),
            refusal: RwSignal::default(),
            recent: RwSignal::default(),
            here: RwSignal::default(),
            waiting: StoredValue::default(),
        }
    }

    fn begin(self) {
        self.hear(String::new());
        self.recent.set(self.me.with_value(|me| recent(&me.id)));
    }

    /// One more letter was typed.
    fn hear(self, text: String) {
        self.here.set(0);
        self.stop_waiting();
        if text.trim().is_empty() {
            self.found.set(Vec::new());
            self.refusal.set(None);
            self.answered.set(text.clone());
        } else {
            let wanted = text.clone();
            self.waiting.set_value(set_timeout_with_handle(move || self.ask(wanted), PAUSE).ok());
        }
        self.typed.set(text);
    }

    fn stop_waiting(self) {
        if let Some(waiting) = self.waiting.try_update_value(Option::take).flatten() {
            waiting.clear();
        }
    }

    fn ask(self, wanted: String) {
        leptos::task::spawn_local(async move {
            let answer = jump(wanted.clone()).await;
            // Another letter has been typed meanwhile, or the page has gone.
            if self.typed.try_with_untracked(|typed| *typed != wanted) != Some(false) {
                return;
            }
            let (found, refusal) = match answer {
                Ok(found) => (found, None),
                Err(failure) => (Vec::new(), Some(failure.0)),
            };
            self.found.set(found);
            self.refusal.set(refusal);
            self.answered.set(wanted);
        });
    }

    /// Where one can go from here, in the order that is shown.
    fn places(self) -> Vec<Place> {
        let typed = self.typed.get();
        let pages = self.me.with_value(|me| pages(me, &typed));
        if typed.trim().is_empty() {
            self.recent.get().into_iter().chain(pages).collect()
        } else {
            pages.into_iter().chain(self.found.get()).collect()
        }
    }
}

/// The link that says so, and the two dialogs. `is_app`: whether pages change without being loaded anew.
#[component]
pub fn Jump(me: Me, #[prop(default = true)] is_app: bool) -> impl IntoView {
    let search = Search::new(me);
    let dialog = NodeRef::<html::Dialog>::new();
    let help = NodeRef::<html::Dialog>::new();
    let line = NodeRef::<html::Input>::new();
    on_cleanup(move || search.stop_waiting());
    let open = Callback::new(move |()| {
        search.begin();
        show(dialog);
        if let Some(line) = line.get_untracked() {
            line.set_value("");
            let _ = line.focus();
        }
    });
    let navigate = use_navigate();
    let go = Callback::new(move |href: String| {
        close(dialog);
        // The wall stands for itself: it is always loaded anew.
        if is_app && !href.starts_with("/wall") {
            navigate(&href, NavigateOptions::default());
        } else {
            crate::sign_in::load(&href);
        }
    });
    listen(open, Callback::new(move |()| show(help)), Callback::new(move |page: &'static str| go.run(page.to_owned())));
    let places = Memo::new(move |_| search.places());
    let choose = Callback::new(move |(place, beside): (Place, bool)| {
        search.me.with_value(|me| remember(&me.id, &place));
        if beside {
            close(dialog);
            open_beside(&place.href);
        } else {
            go.run(place.href);
        }
    });
    view! {
        <a class="jump btn" href="/customers" aria-keyshortcuts="Control+K" aria-haspopup="dialog" on:click=move |event: ev::MouseEvent| {
            event.prevent_default();
            event.stop_propagation();
            open.run(());
        }>
            <Icon glyph=Glyph::Search/><span class="word">"Search"</span><kbd aria-hidden="true">"Ctrl K"</kbd>
        </a>
        <dialog node_ref=dialog class="jump-to" aria-label="Jump to" on:click=move |event| close_on_scrim(dialog, &event)>
            <Line search line places choose/>
            <Places search places choose/>
        </dialog>
        <Help dialog=help/>
    }
}

#[component]
fn Line(search: Search, line: NodeRef<html::Input>, places: Memo<Vec<Place>>, choose: Callback<(Place, bool)>) -> impl IntoView {
    let step = move |down: bool| {
        let count = places.with_untracked(Vec::len);
        if count > 0 {
            search.here.update(|here| *here = (*here + if down { 1 } else { count - 1 }) % count);
        }
    };
    let on_key = move |event: ev::KeyboardEvent| {
        match event.key().as_str() {
            "ArrowDown" => step(true),
            "ArrowUp" => step(false),
            "Enter" => {
                let place = places.with_untracked(|places| places.get(search.here.get_untracked()).cloned());
                // What is typed faster than it is found does not lead to what was found before.
                let is_settled =
                    search.typed.with_untracked(|typed| search.answered.with_untracked(|answered| typed == answered));
                if let Some(place) = place.filter(|place| is_settled || place.kind == Kind::Page) {
                    choose.run((place, event.ctrl_key() || event.meta_key()));
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    let active = move || places.with(|places| places.get(search.here.get()).map(|_| format!("jump-{}", search.here.get())));
    view! {
        <div class="line">
            <Icon glyph=Glyph::Search/>
            <input
                node_ref=line type="text" role="combobox" aria-label="Customer, monitor or page" placeholder="Customer, monitor or page"
                aria-expanded="true" aria-controls="jump-places" aria-autocomplete="list" aria-activedescendant=active
                maxlength="100" autocomplete="off" spellcheck="false"
                on:input:target=move |event| search.hear(event.target().value())
                on:keydown=on_key
            />
            <kbd aria-hidden="true">"Esc"</kbd>
        </div>
    }
}

#[component]
fn Places(search: Search, places: Memo<Vec<Place>>, choose: Callback<(Place, bool)>) -> impl IntoView {
    let options = move || {
        let mut before = None;
        places
            .get()
            .into_iter()
            .enumerate()
            .map(|(index, place)| {
                let heading = (before.replace(place.kind) != Some(place.kind)).then(|| place.kind.heading());
                view! { <Choice search index place heading choose/> }
            })
            .collect_view()
    };
    let is_searching = move || search.typed.with(|typed| search.answered.with(|answered| typed != answered));
    let said = move || match (is_searching(), places.with(Vec::len)) {
        (true, _) => "Searching…".to_owned(),
        (false, 0) if search.refusal.read().is_none() => "Nothing has this name.".to_owned(),
        (false, 1) => "1 place".to_owned(),
        (false, count) => format!("{count} places"),
    };
    let is_told = move || is_searching() || (places.with(Vec::is_empty) && search.refusal.read().is_none());
    view! {
        {move || search.refusal.get().map(|refusal| view! { <p class="error" role="alert">{refusal.to_string()}</p> })}
        <ul id="jump-places" role="listbox" aria-label="Places">{options}</ul>
        <p class="said" class:unseen=move || !is_told() role="status">{said}</p>
    }
}

#[component]
fn Choice(
    search: Search,
    index: usize,
    place: Place,
    heading: Option<&'static str>,
    choose: Callback<(Place, bool)>,
) -> impl IntoView {
    let is_here = move || search.here.get() == index;
    let node = NodeRef::<html::Li>::new();
    keep_in_view(node, is_here);
    let chosen = place.clone();
    view! {
        {heading.map(|heading| view! { <li class="heading" role="presentation">{heading}</li> })}
        <li
            node_ref=node id=format!("jump-{index}") role="option" aria-selected=move || is_here().to_string()
            on:mousemove=move |_| search.here.set(index)
            on:click=move |event: ev::MouseEvent| choose.run((chosen.clone(), event.ctrl_key() || event.meta_key()))
        >
            {place.status.map(|status| view! { <Mark status label=true/> })}
            <span class="what">{place.name}</span>
            <span class="quiet">{place.about}</span>
        </li>
    }
}

fn show(dialog: NodeRef<html::Dialog>) {
    #[cfg(feature = "hydrate")]
    if let Some(dialog) = dialog.try_get_untracked().flatten().filter(|dialog| !dialog.open()) {
        let _ = dialog.show_modal();
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = dialog;
}

fn close(dialog: NodeRef<html::Dialog>) {
    #[cfg(feature = "hydrate")]
    if let Some(dialog) = dialog.try_get_untracked().flatten() {
        dialog.close();
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = dialog;
}

/// A click beside the dialog is one on the dialog itself, and not on anything in it.
fn close_on_scrim(dialog: NodeRef<html::Dialog>, event: &ev::MouseEvent) {
    #[cfg(feature = "hydrate")]
    if event.target() == event.current_target() {
        close(dialog);
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (dialog, event);
}

fn open_beside(href: &str) {
    #[cfg(feature = "hydrate")]
    let _ = window().open_with_url_and_target(href, "_blank");
    #[cfg(not(feature = "hydrate"))]
    let _ = href;
}

/// Scrolls the list to the choice when the keys come to it.
fn keep_in_view(node: NodeRef<html::Li>, is_here: impl Fn() -> bool + 'static) {
    #[cfg(feature = "hydrate")]
    Effect::new(move || {
        if let (true, Some(node)) = (is_here(), node.get()) {
            let how = web_sys::ScrollIntoViewOptions::new();
            how.set_block(web_sys::ScrollLogicalPosition::Nearest);
            node.scroll_into_view_with_scroll_into_view_options(&how);
        }
    });
    #[cfg(not(feature = "hydrate"))]
    let _ = (node, is_here);
}
