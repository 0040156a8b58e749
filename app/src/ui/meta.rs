//! What the server says of a document in its head.

use leptos::prelude::document;

/// The content of the `meta` of that name.
fn said(name: &str) -> Option<String> {
    document().query_selector(&format!("meta[name='{name}']")).ok()??.get_attribute("content")
}

/// Which build this page is of.
pub(crate) fn own_build() -> Option<String> {
    said("nocturne-build")
}

/// When the server sent it, UTC milliseconds.
pub(crate) fn sent_at() -> Option<i64> {
    said("nocturne-at")?.parse().ok()
}
