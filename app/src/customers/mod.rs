//! Customers: the list, one customer's page, the wizard that adds one, the form that edits it, and the steps of an account's life.

mod address;
mod associate;
mod calls;
mod columns;
mod delete;
mod drafts;
mod export;
mod fields;
mod filter;
mod form;
mod held;
mod keeping;
mod list;
mod menu;
mod offers;
mod page;
mod rows;
mod step;
mod ticks;
mod trail;
mod waiting;
mod wizard;

pub(crate) use associate::NotYours;
pub use calls::CustomerSheet;
pub use delete::CustomerDeletePage;
pub use export::ExportPage;
pub use form::CustomerEditPage;
pub(crate) use held::{HeldHead, HeldPage};
pub use list::CustomersPage;
pub use page::CustomerPageView;
pub use step::CustomerStepPage;
pub use waiting::{MobilePage, WaitingCodePage, WaitingPage};
pub use wizard::CustomerNewPage;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::{CustomerId, lifecycle::State, roles::Relation};

/// The customer's id in the page's address, as it stands there.
pub(crate) fn customer_in_path() -> Memo<String> {
    let params = use_params_map();
    Memo::new(move |_| params.with(|params| params.get("customer").unwrap_or_default()))
}

/// What a list's address asks for, from the pairs of its query string.
#[cfg(feature = "ssr")]
#[must_use]
pub fn query_from(pairs: Vec<(String, String)>) -> model::customers::CustomerQuery {
    address::query_of(&pairs.into_iter().collect())
}

/// The list again, saying that what it shows is emailed.
#[cfg(feature = "ssr")]
#[must_use]
pub fn mailed_address(query: &model::customers::CustomerQuery) -> String {
    let address = address::address_of(query);
    format!("{address}{}{}=1", if address.contains('?') { '&' } else { '?' }, list::MAILED)
}

/// The address of a customer's page.
fn page_of(customer: &CustomerId) -> String {
    format!("/customers/{customer}")
}

/// How a member of staff stands to a customer.
pub(crate) const fn relation(associated: bool) -> Relation {
    if associated { Relation::Associated } else { Relation::Unassociated }
}

/// Where an account stands, as a pill.
#[component]
fn StatePill(state: State) -> impl IntoView {
    let class = match state {
        State::Active => "pill a",
        State::Pending | State::Free | State::Inactive => "pill",
    };
    view! { <span class=class>{state.label()}</span> }
}
