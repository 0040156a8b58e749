//! Jumping (Ctrl-K) to any customer, monitor or page by a part of its name, and the keys that lead to the main pages.

mod dialog;
mod keys;
mod recent;

pub use dialog::Jump;

use leptos::{prelude::*, server_fn::codec::Json};
use model::{
    Status,
    roles::{Action, Relation, may},
    text::fold,
    users::Me,
};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// Places of one kind that a search shows.
#[cfg(feature = "ssr")]
const MOST: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    Recent,
    Page,
    Customer,
    Monitor,
}

impl Kind {
    const fn heading(self) -> &'static str {
        match self {
            Self::Recent => "Recent",
            Self::Page => "Pages",
            Self::Customer => "Customers",
            Self::Monitor => "Monitors",
        }
    }
}

/// Where one can jump to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    pub kind: Kind,
    pub href: String,
    pub name: String,
    /// What tells it from another of the same name.
    pub about: String,
    pub status: Option<Status>,
}

/// Customers and then monitors whose name, or what else they are searched by, holds `wanted`.
#[server(prefix = "/fn", endpoint = "jump", input = Json)]
pub async fn jump(wanted: String) -> Result<Vec<Place>, Failure> {
    use model::{customers::CustomerQuery, monitors::MonitorQuery};
    let actor = crate::caller::actor()?;
    let handles = crate::caller::handles();
    let customers = CustomerQuery { search: wanted.clone(), page: 1, ..CustomerQuery::default() };
    let customers = handles.live.customers(&actor, &customers).await?.rows.into_iter().map(|row| Place {
        kind: Kind::Customer,
        href: format!("/customers/{}", row.id),
        about: if row.email.is_empty() { row.state.label().to_owned() } else { row.email },
        status: row.state.is_watched().then(|| row.counts.health().status()),
        name: row.name,
    });
    let mut places = nearest(customers.collect(), &wanted, MOST);
    let monitors = MonitorQuery { search: wanted.clone(), page: 1, ..MonitorQuery::default() };
    let monitors = handles.store.monitors(&actor, &monitors).await?.rows.into_iter().map(|row| Place {
        kind: Kind::Monitor,
        href: format!("/monitors/{}", row.id),
        name: row.name,
        about: row.customer_name,
        status: Some(row.status),
    });
    places.extend(nearest(monitors.collect(), &wanted, MOST));
    Ok(places)
}

/// At most `most` places; those whose name begins with what is wanted come first, then those where a word does.
#[cfg(any(feature = "ssr", test))]
fn nearest(mut places: Vec<Place>, wanted: &str, most: usize) -> Vec<Place> {
    let wanted = fold(wanted);
    places.sort_by_cached_key(|place| {
        let name = fold(&place.name);
        match name.find(&wanted) {
            Some(0) => 0,
            Some(_) if name.contains(&format!(" {wanted}")) => 1,
            Some(_) => 2,
            None => 3,
        }
    });
    places.truncate(most);
    places
}

/// The pages that the person may open, whose name holds `wanted`.
fn pages(me: &Me, wanted: &str) -> Vec<Place> {
    let wanted = fold(wanted);
    let page = |name: &str, href: &str| Place {
        kind: Kind::Page,
        href: href.into(),
        name: name.into(),
        about: String::new(),
        status: None,
    };
    let mut pages = vec![
        page("Customer health", "/"),
        page("NOC wall", "/wall"),
        page("NOC wall as a table", "/wall?as=table"),
        page("Customers", "/customers"),
        page("Monitors", "/monitors"),
        page("Monitors that are down", "/monitors?status=down"),
        page("Outages", "/outages"),
        page("Maintenance", "/maintenance"),
        page("Catalogue", "/catalogue"),
        page("Customer groups", "/groups"),
        page("People", "/users"),
        page("Your account", "/account"),
    ];
    if may(me.role, Action::AddCustomer, Relation::None) {
        pages.push(page("Add customer", "/customers/new"));
        pages.push(page("Import customers", "/customers/import"));
    }
    if may(me.role, Action::Administer, Relation::None) {
        pages.push(page("Audit trail", "/audit"));
        pages.push(page("Settings", "/settings"));
        pages.push(page("Kiosk links", "/kiosks"));
        pages.push(page("Installation", "/installation"));
        pages.push(page("Outbox", "/outbox"));
        pages.push(page("Invite", "/users/invite"));
    }
    pages.retain(|page| fold(&page.name).contains(&wanted));
    pages
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{UserId, roles::Role};

    fn customer(name: &str) -> Place {
        Place { kind: Kind::Customer, href: String::new(), name: name.into(), about: String::new(), status: None }
    }

    fn names(places: Vec<Place>) -> Vec<String> {
        places.into_iter().map(|place| place.name).collect()
    }

    #[test]
    fn what_begins_with_the_word_is_nearest() {
        let all = ["Aharbor", "East Harbor", "Found by its email", "Hárbor"].map(customer).to_vec();
        assert_eq!(names(nearest(all.clone(), "harbor", 8)), ["Hárbor", "East Harbor", "Aharbor", "Found by its email"]);
        assert_eq!(names(nearest(all, "HARBOR", 1)), ["Hárbor"]);
    }

    #[test]
    fn c4_no_page_is_offered_that_would_be_refused() {
        let me = |role| Me {
            id: UserId::from_u128(1),
            name: "Rita".into(),
            email: "rita@msp.example".into(),
            role,
            msp_name: "Night Shift".into(),
            demo: false,
            customer: None,
            customers: 0,
            monitors: 0,
        };
        assert_eq!(names(pages(&me(Role::Admin), "audit")), ["Audit trail"]);
        assert!(pages(&me(Role::Operator), "audit").is_empty());
        assert!(pages(&me(Role::Operator), "add").is_empty());
        assert_eq!(names(pages(&me(Role::Operator), "wall")), ["NOC wall", "NOC wall as a table"]);
    }
}
