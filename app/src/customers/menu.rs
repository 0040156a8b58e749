//! The menu of a row: what the person may do with that customer.

use leptos::prelude::*;
use model::CustomerId;

use super::offers::Offer;
use crate::ui::{Glyph, Icon};

/// A disclosure with links, so that it works before the wasm has arrived.
#[component]
pub(super) fn RowMenu(
    /// What the menu is called by those who do not see its row.
    label: String,
    customer: CustomerId,
    offers: Vec<Offer>,
) -> impl IntoView {
    if offers.is_empty() {
        return None;
    }
    let items = offers
        .into_iter()
        .map(move |offer| view! { <li><a href=offer.path(&customer) class:danger=offer.is_dangerous()>{offer.label()}</a></li> })
        .collect_view();
    Some(view! {
        <details class="menu" name="row-menu">
            <summary class="btn quiet small" title="Actions" aria-label=label>
                <Icon glyph=Glyph::More/>
            </summary>
            <ul>{items}</ul>
        </details>
    })
}

/// Closes the open menu when the person clicks elsewhere or presses Escape.
pub(super) fn close_menus_by_themselves() {
    #[cfg(feature = "hydrate")]
    Effect::new(move || {
        use leptos::ev;
        use wasm_bindgen::JsCast;
        let clicks = window_event_listener(ev::click, |event| {
            let Some(menu) = open_menu() else { return };
            let inside = event
                .target()
                .and_then(|target| target.dyn_into::<web_sys::Node>().ok())
                .is_some_and(|node| menu.contains(Some(&node)));
            if !inside {
                let _ = menu.remove_attribute("open");
            }
        });
        let keys = window_event_listener(ev::keydown, |event| {
            if event.key() != "Escape" {
                return;
            }
            let Some(menu) = open_menu() else { return };
            let _ = menu.remove_attribute("open");
            if let Ok(Some(summary)) = menu.query_selector("summary")
                && let Ok(summary) = summary.dyn_into::<web_sys::HtmlElement>()
            {
                let _ = summary.focus();
            }
        });
        on_cleanup(move || {
            clicks.remove();
            keys.remove();
        });
    });
}

#[cfg(feature = "hydrate")]
fn open_menu() -> Option<web_sys::Element> {
    document().query_selector("details.menu[open]").ok().flatten()
}
