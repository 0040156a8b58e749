//! The list's address: its query string is all the state that the list has.

use leptos_router::params::ParamsMap;
use model::{
    customers::{CustomerQuery, CustomerSort},
    lifecycle::State,
};

use crate::ui::address;

/// What the address asks for. What it says wrongly counts as not said.
pub(super) fn query_of(params: &ParamsMap) -> CustomerQuery {
    CustomerQuery {
        search: params.get("q").unwrap_or_default(),
        state: params.get_str("state").and_then(State::from_key),
        sort: params.get_str("sort").and_then(CustomerSort::from_key).unwrap_or_default(),
        descending: params.get_str("dir") == Some("desc"),
        page: params.get_str("page").and_then(|page| page.parse().ok()).filter(|page| *page > 0).unwrap_or(1),
    }
}

/// The other way round; what is as usual is left out.
pub(super) fn address_of(query: &CustomerQuery) -> String {
    let page = if query.page > 1 { query.page.to_string() } else { String::new() };
    let beside = beside_search(query);
    let mut parameters = vec![("q", query.search.as_str())];
    parameters.extend(beside.iter().map(|(name, value)| (*name, value.as_str())));
    parameters.push(("page", &page));
    address("/customers", &parameters)
}

/// What a new search leaves as it is: the state and the order, not the page.
pub(super) fn beside_search(query: &CustomerQuery) -> Vec<(&'static str, String)> {
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
        let query = read(&[("q", "Ärzte & Söhne"), ("state", "free"), ("sort", "monitors"), ("dir", "desc"), ("page", "3")]);
        assert_eq!(
            query,
            CustomerQuery {
                search: "Ärzte & Söhne".into(),
                state: Some(State::Free),
                sort: CustomerSort::Monitors,
                descending: true,
                page: 3
            }
        );
        assert_eq!(address_of(&query), "/customers?q=%C3%84rzte%20%26%20S%C3%B6hne&state=free&sort=monitors&dir=desc&page=3");
    }

    #[test]
    fn a1_rubbish_in_the_address_counts_as_not_said() {
        let query = read(&[("state", "gone"), ("sort", "colour"), ("dir", "up"), ("page", "-1")]);
        assert_eq!(query, CustomerQuery { page: 1, ..CustomerQuery::default() });
        assert_eq!(address_of(&query), "/customers");
        assert_eq!(read(&[("page", "0")]).page, 1);
    }
}
