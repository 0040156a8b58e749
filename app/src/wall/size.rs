//! How large text is on this screen.

use leptos::prelude::{document, window};

/// CSS pixels of a rem.
pub(super) fn root_size() -> f64 {
    let root = document().document_element().and_then(|root| window().get_computed_style(&root).ok().flatten());
    let size = root.and_then(|style| style.get_property_value("font-size").ok()?.strip_suffix("px")?.parse::<f64>().ok());
    size.unwrap_or(16.0)
}
