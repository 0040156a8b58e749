//! Customers: the list, one customer's page, the form to add and edit, and the steps of an account's life.

mod address;
mod associate;
mod calls;
mod fields;
mod form;
mod list;
mod menu;
mod offers;
mod page;
mod step;
mod suggestions;
mod trail;

pub(crate) use associate::NotYours;
pub use calls::CustomerSheet;
pub use form::{CustomerEditPage, CustomerNewPage};
pub use list::CustomersPage;
pub use page::CustomerPageView;
pub use step::CustomerStepPage;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::{CustomerId, lifecycle::State, roles::Relation};

/// The customer's id in the page's address, as it stands there.
pub(crate) fn customer_in_path() -> Memo<String> {
    let params = use_params_map();
    Memo::new(move |_| params.with(|params| params.get("customer").unwrap_or_default()))
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
