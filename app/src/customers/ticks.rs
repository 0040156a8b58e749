//! The ticks of the list (DOMAIN A12): they outlive paging, sorting and filtering, for this tab keeps them. Without the browser's
//! part they are those of the page that is sent.

use std::collections::BTreeSet;

use leptos::prelude::*;
use model::{CustomerId, UserId, customers::export::AT_ONCE_MOST};

use crate::ui::{Asked, Downloading, Glyph, Icon, grouped};

/// The form that the ticks belong to, wherever they stand.
pub(super) const FORM: &str = "ticked";

/// What is ticked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ticks {
    ids: RwSignal<BTreeSet<CustomerId>>,
    /// Where this tab keeps them: each person has their own.
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a tab keeps ticks"))]
    key: StoredValue<String>,
    /// The server knows nothing of them: what they change in the page is drawn once the browser has taken over.
    ready: RwSignal<bool>,
}

impl Ticks {
    pub(super) fn of(user: Option<&UserId>) -> Self {
        let key = format!("ticked-customers-{}", user.map(ToString::to_string).unwrap_or_default());
        let ids = kept(&key);
        let ticks = Self { ids: RwSignal::new(ids), key: StoredValue::new(key), ready: RwSignal::new(false) };
        Effect::new(move || {
            // What was ticked in the page before it was alive.
            ticks.keep();
            ticks.ready.set(true);
        });
        ticks
    }

    pub(super) fn has(self, id: &CustomerId) -> bool {
        self.ids.with(|ids| ids.contains(id))
    }

    pub(super) fn tick<'a>(self, some: impl IntoIterator<Item = &'a CustomerId>, ticked: bool) {
        self.ids.update(|ids| {
            for id in some {
                if !ticked {
                    ids.remove(id);
                } else if ids.len() < AT_ONCE_MOST as usize {
                    ids.insert(id.clone());
                }
            }
        });
        self.keep();
    }

    fn clear(self) {
        self.ids.set(BTreeSet::new());
        self.keep();
    }

    fn count(self) -> u32 {
        if self.ready.get() { self.ids.with(|ids| u32::try_from(ids.len()).unwrap_or(u32::MAX)) } else { 0 }
    }

    /// Ids with commas between them.
    fn joined(self) -> String {
        self.ids.with_untracked(|ids| ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
    }

    fn keep(self) {
        #[cfg(feature = "hydrate")]
        if let Some(storage) = storage() {
            // A browser that keeps nothing forgets them with the page.
            let _ = self.key.with_value(|key| storage.set_item(key, &self.joined()));
        }
    }
}

/// What this tab keeps, and what is ticked in the page that the server sent.
fn kept(key: &str) -> BTreeSet<CustomerId> {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;
        let kept = storage().and_then(|storage| storage.get_item(key).ok()?).unwrap_or_default();
        let mut ids: BTreeSet<CustomerId> = kept.split(',').filter_map(|id| id.parse().ok()).collect();
        if let Ok(boxes) = document().query_selector_all("input[name='tick[]']:checked") {
            let boxes = (0..boxes.length()).filter_map(|n| boxes.item(n)?.dyn_into::<web_sys::HtmlInputElement>().ok());
            ids.extend(boxes.filter_map(|tick| tick.value().parse().ok()));
        }
        ids
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = key;
        BTreeSet::new()
    }
}

#[cfg(feature = "hydrate")]
fn storage() -> Option<web_sys::Storage> {
    window().session_storage().ok()?
}

/// A row's tick.
#[component]
pub(super) fn Tick(ticks: Ticks, id: CustomerId, label: String) -> impl IntoView {
    let (asked, value) = (id.clone(), id.to_string());
    view! {
        <td class="tick">
            <input type="checkbox" form=FORM name="tick[]" value=value aria-label=label
                prop:checked=move || ticks.has(&asked)
                on:change:target=move |event| ticks.tick([&id], event.target().checked())/>
        </td>
    }
}

/// The head of that column: all rows of this page.
#[component]
pub(super) fn TickAll(ticks: Ticks, ids: Vec<CustomerId>) -> impl IntoView {
    let shown = StoredValue::new(ids);
    let all = move || shown.with_value(|ids| ids.iter().all(|id| ticks.has(id)));
    let some = move || shown.with_value(|ids| ids.iter().any(|id| ticks.has(id)));
    view! {
        <th scope="col" class="tick">
            <input type="checkbox" class="with-script" aria-label="Tick all on this page" title="Tick all on this page" autocomplete="off"
                prop:checked=all prop:indeterminate=move || some() && !all()
                on:change:target=move |event| shown.with_value(|ids| ticks.tick(ids, event.target().checked()))/>
        </th>
    }
}

/// How many are ticked, and what can be done with them.
#[component]
pub(super) fn Ticked(ticks: Ticks, downloading: Downloading) -> impl IntoView {
    let nothing = move || ticks.ready.get() && ticks.count() == 0;
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !downloading.is_running() {
            let body = Some(format!("ticked={}", ticks.joined()));
            downloading.start(Asked { address: "/customers.csv".into(), file: "customers.csv", body });
        }
    };
    view! {
        <form id=FORM class="ticked" method="post" action="/customers.csv" hidden=nothing on:submit=send>
            <span class="num with-script" role="status">{move || format!("{} ticked", grouped(ticks.count()))}</span>
            <button type="button" class="btn small with-script" on:click=move |_| ticks.clear()>"Clear"</button>
            <button type="submit" class="btn small"><Icon glyph=Glyph::Download/>"CSV of what is ticked"</button>
        </form>
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn a12_no_more_is_ticked_than_is_given_at_once() {
        Owner::new().with(|| {
            let ticks = Ticks { ids: RwSignal::default(), key: StoredValue::new(String::new()), ready: RwSignal::new(true) };
            let all: Vec<CustomerId> = (0..u128::from(AT_ONCE_MOST) + 3).map(CustomerId::from_u128).collect();
            ticks.tick(&all, true);
            assert_eq!(ticks.count(), AT_ONCE_MOST);
            assert!(ticks.has(&all[7]) && !ticks.has(&all[all.len() - 1]));
            ticks.tick(&all[..10], false);
            assert_eq!(ticks.count(), AT_ONCE_MOST - 10);
            ticks.clear();
            assert_eq!((ticks.count(), ticks.joined().as_str()), (0, ""));
        });
    }
}
