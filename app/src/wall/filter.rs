//! What the wall is asked to show (DOMAIN F4): by status and by customer, both at once, and how that stands in the URL.

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use model::{CustomerId, OutageId, Status};

/// Chosen statuses and customers, and perhaps one incident. None chosen means all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Filter {
    statuses: [bool; 7],
    customers: BTreeSet<CustomerId>,
    incident: Option<OutageId>,
    /// The slots of the incident's monitors; none while nothing is known of it.
    among: Option<Arc<HashSet<u32>>>,
}

impl Filter {
    /// From the values of `status` and `customer` in the URL, each a list with commas. What names nothing is passed over.
    #[must_use]
    pub(super) fn parse(status: Option<&str>, customer: Option<&str>) -> Self {
        let mut filter = Self::default();
        for status in list(status).filter_map(Status::from_slug) {
            filter.statuses[usize::from(status.code())] = true;
        }
        filter.customers = list(customer).filter_map(|id| id.parse().ok()).collect();
        filter
    }

    /// The same with the value of `incident` in the URL.
    #[must_use]
    pub(super) fn of_incident(self, incident: Option<&str>) -> Self {
        Self { incident: incident.and_then(|id| id.parse().ok()), ..self }
    }

    /// The same once it is known which slots the incident has.
    #[must_use]
    pub(super) fn among(self, slots: Arc<HashSet<u32>>) -> Self {
        Self { among: Some(slots), ..self }
    }

    /// The URL's query, without its question mark; empty where everything is shown.
    #[must_use]
    pub(super) fn query(&self) -> String {
        let statuses: Vec<&str> = Status::ALL.into_iter().filter(|status| self.is_chosen(*status)).map(Status::slug).collect();
        let customers: Vec<String> = self.customers.iter().map(ToString::to_string).collect();
        let mut parts = Vec::new();
        if !statuses.is_empty() {
            parts.push(format!("status={}", statuses.join(",")));
        }
        if !customers.is_empty() {
            parts.push(format!("customer={}", customers.join(",")));
        }
        if let Some(incident) = &self.incident {
            parts.push(format!("incident={incident}"));
        }
        parts.join("&")
    }

    /// Whether the status was chosen by name.
    #[must_use]
    pub(super) const fn is_chosen(&self, status: Status) -> bool {
        self.statuses[status.code() as usize]
    }

    /// Whether tiles of the status are shown.
    #[cfg(any(feature = "hydrate", feature = "ssr", test))]
    #[must_use]
    pub(super) fn takes(&self, status: Status) -> bool {
        !self.by_status() || self.is_chosen(status)
    }

    /// Whether tiles of the customer are shown.
    #[cfg(any(feature = "hydrate", feature = "ssr", test))]
    #[must_use]
    pub(super) fn takes_customer(&self, customer: &CustomerId) -> bool {
        !self.by_customer() || self.customers.contains(customer)
    }

    /// Whether the tile at the slot is one of the incident's.
    #[cfg(any(feature = "hydrate", test))]
    #[must_use]
    pub(super) fn takes_slot(&self, slot: u32) -> bool {
        self.among.as_ref().is_none_or(|among| among.contains(&slot))
    }

    /// Whether the same was chosen, whatever is known by now of an incident's slots.
    #[cfg(any(feature = "hydrate", test))]
    #[must_use]
    pub(super) fn chooses_as(&self, other: &Self) -> bool {
        (&self.statuses, &self.customers, &self.incident) == (&other.statuses, &other.customers, &other.incident)
    }

    /// The chosen incident.
    #[must_use]
    pub(super) const fn incident(&self) -> Option<&OutageId> {
        self.incident.as_ref()
    }

    #[must_use]
    pub(super) fn toggle_incident(self, incident: &OutageId) -> Self {
        let chosen = self.incident.as_ref() == Some(incident);
        Self { incident: (!chosen).then(|| incident.clone()), among: None, ..self }
    }

    /// Whether some statuses are left out.
    #[must_use]
    pub(super) fn by_status(&self) -> bool {
        self.statuses.contains(&true)
    }

    /// Whether some customers are left out.
    #[must_use]
    pub(super) fn by_customer(&self) -> bool {
        !self.customers.is_empty()
    }

    /// The chosen customers.
    #[must_use]
    pub(super) const fn customers(&self) -> &BTreeSet<CustomerId> {
        &self.customers
    }

    #[must_use]
    pub(super) fn toggle(mut self, status: Status) -> Self {
        let chosen = &mut self.statuses[usize::from(status.code())];
        *chosen = !*chosen;
        self
    }

    #[must_use]
    pub(super) fn toggle_customer(mut self, customer: &CustomerId) -> Self {
        if !self.customers.remove(customer) {
            self.customers.insert(customer.clone());
        }
        self
    }

    #[must_use]
    pub(super) fn with_every_customer(mut self) -> Self {
        self.customers.clear();
        self
    }
}

fn list(text: Option<&str>) -> impl Iterator<Item = &str> {
    text.unwrap_or_default().split(',').filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Filter {
        let value = |key: &str| query.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='));
        Filter::parse(value("status"), value("customer"))
    }

    #[test]
    fn f4_by_default_everything_is_shown() {
        let filter = read("");
        assert!(Status::ALL.into_iter().all(|status| filter.takes(status) && !filter.is_chosen(status)));
        assert!(filter.takes_customer(&CustomerId::from_u128(1)));
        assert_eq!(filter.query(), "");
    }

    #[test]
    fn f4_both_filters_stand_in_the_url_and_work_together() {
        let (one, two) = (CustomerId::from_u128(1), CustomerId::from_u128(2));
        let filter = Filter::default().toggle(Status::Trouble).toggle(Status::Down).toggle_customer(&two);
        assert_eq!(filter.query(), format!("status=down,trouble&customer={two}"));
        assert_eq!(read(&filter.query()), filter);
        assert!(filter.takes(Status::Down) && !filter.takes(Status::Up));
        assert!(filter.takes_customer(&two) && !filter.takes_customer(&one));
        assert_eq!(filter.toggle(Status::Trouble).toggle(Status::Down).with_every_customer(), Filter::default());
    }

    #[test]
    fn f13_an_incident_stands_in_the_url_beside_the_others() {
        let id = OutageId::from_u128(7);
        let filter = Filter::default().toggle(Status::Down).toggle_incident(&id);
        assert_eq!(filter.query(), format!("status=down&incident={id}"));
        assert_eq!(read("status=down").of_incident(Some(&id.to_string())), filter);
        let known = filter.clone().among(Arc::new(HashSet::from([3])));
        assert!(known.takes_slot(3) && !known.takes_slot(4) && filter.takes_slot(4));
        assert!(known.chooses_as(&filter) && !filter.chooses_as(&Filter::default()));
        assert_eq!(known.toggle_incident(&id), Filter::default().toggle(Status::Down));
        assert_eq!(Filter::default().of_incident(Some("cus_7")).incident(), None);
    }

    #[test]
    fn f4_what_a_url_cannot_mean_is_passed_over() {
        assert_eq!(read("status=down,rubbish,,DOWN&customer=mon_1,cus_2"), Filter::default().toggle(Status::Down));
    }
}
