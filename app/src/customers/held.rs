//! What a customer has, on its page: services, locations and contacts, the first few of each; and the way between their pages.

use leptos::prelude::*;
use model::{
    CustomerId,
    contacts::ContactRow,
    locations::LocationRow,
    services::{ItemRow, quantity},
};
use serde::{Deserialize, Serialize};

use super::page_of;
use crate::ui::grouped;

/// Rows of each block.
#[cfg(feature = "ssr")]
const FEW: usize = 5;

/// See the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The program level's name; empty where there is none yet.
    pub level: String,
    pub services: Few<ItemRow>,
    /// Those that are shown on overview pages (DOMAIN A9).
    pub locations: Few<LocationRow>,
    pub contacts: Few<ContactRow>,
    pub may_manage_services: bool,
    pub may_manage_locations: bool,
}

/// The first few of so many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Few<T> {
    pub rows: Vec<T>,
    pub all: u32,
}

#[cfg(feature = "ssr")]
fn few<T>(all: usize, rows: impl Iterator<Item = T>) -> Few<T> {
    Few { rows: rows.take(FEW).collect(), all: u32::try_from(all).unwrap_or(u32::MAX) }
}

#[cfg(feature = "ssr")]
pub(super) async fn read_held(store: &store::Store, actor: &store::Actor, customer: &CustomerId) -> Result<Held, store::Error> {
    let services = store.services_of_customer(actor, customer).await?;
    let locations = store.locations_of_customer(actor, customer).await?;
    let contacts = store.contacts_of_customer(actor, customer).await?;
    let level = crate::catalogue::level_of(&services).map(|level| level.name.clone()).unwrap_or_default();
    Ok(Held {
        level,
        services: few(services.items.len(), services.items.into_iter()),
        locations: few(locations.rows.len(), locations.rows.into_iter().filter(|row| row.input.is_on_dashboard())),
        contacts: few(contacts.rows.len(), contacts.rows.into_iter()),
        may_manage_services: services.may_manage,
        may_manage_locations: locations.may_manage,
    })
}

/// The three blocks; `page` is the customer's own.
pub(super) fn held_blocks(page: &str, held: Held) -> impl IntoView + use<> {
    let [services_page, locations_page, contacts_page] = HeldPage::ALL.map(|held| held.below(page));
    let Held { level, services, locations, contacts, may_manage_services, may_manage_locations } = held;
    let level = (!level.is_empty()).then(|| view! { <span class="pill">{level}</span> });
    view! {
        <Block id="services" title="Services" count=services.all href=services_page may_manage=may_manage_services beside=level.into_any()>
            {services.rows.into_iter().map(|row| view! { <Service row/> }).collect_view()}
        </Block>
        <Block id="locations" title="Locations" count=locations.all href=locations_page may_manage=may_manage_locations beside=().into_any()>
            {locations.rows.into_iter().map(|row| view! { <Location row/> }).collect_view()}
        </Block>
        <Block id="contacts" title="Contacts" count=contacts.all href=contacts_page may_manage=may_manage_locations beside=().into_any()>
            {contacts.rows.into_iter().map(|row| view! { <Contact row/> }).collect_view()}
        </Block>
    }
}

#[component]
fn Block(
    id: &'static str,
    title: &'static str,
    count: u32,
    href: String,
    may_manage: bool,
    beside: AnyView,
    children: Children,
) -> impl IntoView {
    let what = if may_manage { "Manage" } else { "Show" };
    view! {
        <section aria-labelledby=id class="held">
            <div class="head">
                <h2 id=id>{title}</h2>
                <span class="quiet num">{grouped(count)}</span>
                {beside}
                <a class="btn small right" href=href aria-label=format!("{what} {}", title.to_lowercase())>{what}</a>
            </div>
            {if count == 0 {
                view! { <p class="panel quiet">"None yet."</p> }.into_any()
            } else {
                view! { <ul class="panel lines">{children()}</ul> }.into_any()
            }}
        </section>
    }
}

#[component]
fn Service(row: ItemRow) -> impl IntoView {
    let each = row.rate.as_ref().map(|rate| format!("{rate} per {}", row.unit));
    view! {
        <li>
            <b>{row.service_name}</b>
            <span class="quiet num">{format!("{} × {}", quantity(row.quantity), row.unit)}</span>
            <span class="quiet num">{each}</span>
        </li>
    }
}

#[component]
fn Location(row: LocationRow) -> impl IntoView {
    let address = row.address();
    view! {
        <li>
            <b>{row.input.name}</b>
            {row.is_default.then(|| view! { <span class="pill a">"Default"</span> })}
            <span class="quiet">{address}</span>
        </li>
    }
}

#[component]
fn Contact(row: ContactRow) -> impl IntoView {
    let name = row.input.name();
    view! {
        <li>
            <b>{name}</b>
            <span class="quiet">{row.input.title}</span>
            <span class="quiet">{row.location_name}</span>
        </li>
    }
}

/// The pages of what a customer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeldPage {
    Services,
    Locations,
    Contacts,
}

impl HeldPage {
    const ALL: [Self; 3] = [Self::Services, Self::Locations, Self::Contacts];

    const fn label(self) -> &'static str {
        match self {
            Self::Services => "Services",
            Self::Locations => "Locations",
            Self::Contacts => "Contacts",
        }
    }

    /// Its address.
    pub(crate) fn path(self, customer: &CustomerId) -> String {
        self.below(&page_of(customer))
    }

    /// The same, from that of the customer's page.
    fn below(self, page: &str) -> String {
        let word = match self {
            Self::Services => "services",
            Self::Locations => "locations",
            Self::Contacts => "contacts",
        };
        format!("{page}/{word}")
    }

    /// The address of the customer's page, above all of these.
    pub(crate) fn of(customer: &CustomerId) -> String {
        page_of(customer)
    }
}

/// Whose page it is, and the way to the others of that customer.
#[component]
pub(crate) fn HeldHead(
    /// The customer's own page.
    page: String,
    name: String,
    here: HeldPage,
) -> impl IntoView {
    let tabs = HeldPage::ALL
        .into_iter()
        .map(|held| {
            let current = (held == here).then_some("page");
            view! { <a href=held.below(&page) aria-current=current>{held.label()}</a> }
        })
        .collect_view();
    let title = format!("{} of {name}", here.label());
    view! {
        <leptos_meta::Title text=title.clone()/>
        <nav class="crumbs" aria-label="Where this is">
            <a href="/customers">"Customers"</a>
            <span aria-hidden="true">"/"</span>
            <a href=page>{name}</a>
        </nav>
        <div class="head"><h1>{title}</h1></div>
        <nav class="tabs" aria-label="What the customer has">{tabs}</nav>
    }
}
