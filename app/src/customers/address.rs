//! The list's address: its query string is all the state that the list has.

use leptos_router::params::ParamsMap;
use model::{
    customers::{CustomerQuery, CustomerSort, filter::FilterInput},
    lifecycle::State,
};

use crate::ui::address;

/// What the address asks for. What it says wrongly counts as not said.
pub(super) fn query_of(params: &ParamsMap) -> CustomerQuery {
    CustomerQuery {
        search: params.get("q").unwrap_or_default(),
        filter: filter_of(params),
        state: params.get_str("state").and_then(State::from_key),
        sort: params.get_str("sort").and_then(CustomerSort::from_key).unwrap_or_default(),
        descending: params.get_str("dir") == Some("desc"),
        page: params.get_str("page").and_then(|page| page.parse().ok()).filter(|page| *page > 0).unwrap_or(1),
    }
}

fn filter_of(params: &ParamsMap) -> FilterInput {
    let mut filter = FilterInput::default();
    for field in FilterInput::FIELDS {
        *(field.set)(&mut filter) = params.get_str(field.name).unwrap_or_default().trim().to_owned();
    }
    filter
}

/// The other way round; what is as usual is left out.
pub(super) fn address_of(query: &CustomerQuery) -> String {
    at("/customers", query)
}

/// Where what the list shows is downloaded.
pub(super) fn csv_of(query: &CustomerQuery) -> String {
    at("/customers.csv", &CustomerQuery { page: 1, ..query.clone() })
}

fn at(path: &str, query: &CustomerQuery) -> String {
    let page = if query.page > 1 { query.page.to_string() } else { String::new() };
    let beside = beside_search(query);
    let mut parameters = vec![("q", query.search.as_str())];
    parameters.extend(beside.iter().map(|(name, value)| (*name, value.as_str())));
    parameters.push(("page", &page));
    address(path, &parameters)
}

/// What a new search leaves as it is: the filters, the state and the order, not the page.
pub(super) fn beside_search(query: &CustomerQuery) -> Vec<(&'static str, String)> {
    let filter = FilterInput::FIELDS.iter().map(|field| (field.name, (field.get)(&query.filter).clone()));
    let mut pairs: Vec<_> = filter.filter(|(_, value)| !value.is_empty()).collect();
    pairs.extend(beside_filter(query));
    pairs
}

/// What other filters leave as it is beside the search: the state and the order.
pub(super) fn beside_filter(query: &CustomerQuery) -> Vec<(&'static str, String)> {
    let mut pairs = Vec::new();
    if let Some(state) = query.state {
        pairs.push(("state", state.key().to_ascii_lowercase()));
    }
    if query.sort != CustomerSort::default() {
        pairs.push(("sort", query.sort.key().to_owned()));
    }
    if query.descending {
        pairs.push(("dir", "desc".to_owned()));
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&'static str, &str)]) -> CustomerQuery {
        query_of(&pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect())
    }

    #[test]
    fn a1_the_address_holds_the_whole_query() {
        let query = read(&[
            ("q", "Ärzte & Söhne"),
            ("devices_from", "5"),
            ("added_to", " 2026-11-24 "),
            ("state", "free"),
            ("sort", "monitors"),
            ("dir", "desc"),
            ("page", "3"),
        ]);
        assert_eq!(
            query,
            CustomerQuery {
                search: "Ärzte & Söhne".into(),
                filter: FilterInput { devices_from: "5".into(), added_to: "2026-11-24".into(), ..FilterInput::default() },
                state: Some(State::Free),
                sort: CustomerSort::Monitors,
                descending: true,
                page: 3
            }
        );
        assert_eq!(
            address_of(&query),
            "/customers?q=%C3%84rzte%20%26%20S%C3%B6hne&devices_from=5&added_to=2026-11-24&state=free&sort=monitors&dir=desc&page=3"
        );
        assert_eq!(
            csv_of(&query),
            "/customers.csv?q=%C3%84rzte%20%26%20S%C3%B6hne&devices_from=5&added_to=2026-11-24&state=free&sort=monitors&dir=desc"
        );
    }

    #[test]
    fn a1_rubbish_in_the_address_counts_as_not_said() {
        let query = read(&[("state", "gone"), ("sort", "colour"), ("dir", "up"), ("page", "-1")]);
        assert_eq!(query, CustomerQuery { page: 1, ..CustomerQuery::default() });
        assert_eq!(address_of(&query), "/customers");
        assert_eq!(read(&[("page", "0")]).page, 1);
    }
}
