//! The ticks of a group's form: they survive each new search, with JavaScript in the page, without it in the address.

use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use model::{
    CustomerId, Refusal,
    groups::{GroupOffer, OfferedCustomer, Ticks},
};
use serde::{Deserialize, Serialize};

/// The form as it is sent: ids with commas between them, and the ticked ones among them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Typed {
    pub(crate) name: String,
    pub(crate) shown: String,
    pub(crate) tick: Vec<String>,
    /// What was edited; 0 for a new group.
    pub(crate) version: i64,
}

impl Typed {
    /// What a search without JavaScript carries in the address.
    pub(crate) fn in_address(params: &ParamsMap) -> Self {
        Self {
            name: params.get("name").unwrap_or_default(),
            shown: params.get("shown").unwrap_or_default(),
            tick: params.get_all("tick[]").unwrap_or_default(),
            version: params.get_str("version").and_then(|version| version.parse().ok()).unwrap_or_default(),
        }
    }

    /// Each customer that the form says something of, and whether it is ticked. Rubbish says nothing.
    pub(crate) fn said(&self) -> BTreeMap<CustomerId, bool> {
        let mut said: BTreeMap<CustomerId, bool> =
            self.shown.split(',').filter_map(|id| id.parse().ok()).map(|id| (id, false)).collect();
        said.extend(self.tick.iter().filter_map(|id| id.parse().ok()).map(|id| (id, true)));
        said
    }
}

/// What was sent, read strictly: a text that is no id is like an id that is not there.
#[cfg_attr(not(feature = "ssr"), expect(dead_code, reason = "only the server reads forms"))]
pub(crate) fn ticks(shown: &str, tick: &[String]) -> Result<Ticks, Refusal> {
    let id = |text: &str| text.parse::<CustomerId>().map_err(|_| Refusal::NotFound);
    let ticked: Vec<CustomerId> = tick.iter().map(|text| id(text)).collect::<Result<_, _>>()?;
    let mut shown: Vec<CustomerId> = shown.split(',').filter(|text| !text.is_empty()).map(id).collect::<Result<_, _>>()?;
    shown.extend(ticked.iter().cloned());
    Ok(Ticks { shown, ticked })
}

/// The ticks while the form is open.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ticking {
    /// The customers that are on screen.
    pub(super) offer: RwSignal<GroupOffer>,
    /// What the person said, whatever is on screen now: by id the name and whether it is ticked.
    said: RwSignal<BTreeMap<CustomerId, (String, bool)>>,
}

impl Ticking {
    /// `names` are those of what was ticked before and is not offered now.
    pub(crate) fn new(offer: GroupOffer, before: BTreeMap<CustomerId, bool>, names: &[(CustomerId, String)]) -> Self {
        let name_of = |id: &CustomerId| {
            let offered = offer.rows.iter().find(|row| row.id == *id).map(|row| &row.name);
            offered.or_else(|| names.iter().find(|(named, _)| named == id).map(|(_, name)| name)).cloned()
        };
        let said = before.into_iter().filter_map(|(id, ticked)| {
            let name = name_of(&id).or_else(|| (!ticked).then(String::new))?;
            Some((id, (name, ticked)))
        });
        let said = said.collect();
        Self { offer: RwSignal::new(offer), said: RwSignal::new(said) }
    }

    pub(super) fn say(self, row: &OfferedCustomer, ticked: bool) {
        self.said.update(|said| {
            said.insert(row.id.clone(), (row.name.clone(), ticked));
        });
    }

    pub(super) fn is_ticked(self, row: &OfferedCustomer) -> bool {
        self.said.with(|said| said.get(&row.id).map_or(row.member, |(_, ticked)| *ticked))
    }

    /// Ticked, but not on screen now.
    pub(super) fn elsewhere(self) -> Vec<(CustomerId, String)> {
        let shown: Vec<CustomerId> = self.offer.with(|offer| offer.rows.iter().map(|row| row.id.clone()).collect());
        self.said.with(|said| {
            said.iter()
                .filter(|(id, (_, ticked))| *ticked && !shown.contains(id))
                .map(|(id, (name, _))| (id.clone(), name.clone()))
                .collect()
        })
    }

    pub(super) fn forget(self, id: &CustomerId) {
        self.said.update(|said| {
            said.remove(id);
        });
    }

    /// Every customer that the form says something of, for its `shown`.
    pub(super) fn shown(self) -> String {
        let mut ids: Vec<String> = self.offer.with(|offer| offer.rows.iter().map(|row| row.id.to_string()).collect());
        self.said
            .with(|said| ids.extend(said.keys().map(ToString::to_string).filter(|id| !ids.contains(id)).collect::<Vec<_>>()));
        ids.join(",")
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    fn offered(n: u128, name: &str, member: bool) -> OfferedCustomer {
        OfferedCustomer { id: CustomerId::from_u128(n), name: name.into(), member }
    }

    #[test]
    fn c1_a_tick_outlives_the_search_that_showed_it() {
        Owner::new().with(|| {
            let (aster, birch) = (offered(1, "Aster", true), offered(2, "Birch", false));
            let offer = |rows: Vec<OfferedCustomer>| GroupOffer { rows, matching: 1 };
            let ticking = Ticking::new(offer(vec![aster.clone(), birch.clone()]), BTreeMap::new(), &[]);
            assert!(ticking.is_ticked(&aster) && !ticking.is_ticked(&birch));
            ticking.say(&aster, false);
            ticking.say(&birch, true);
            ticking.offer.set(offer(vec![offered(3, "Cedar", false)]));
            assert_eq!(ticking.elsewhere(), [(birch.id.clone(), "Birch".to_owned())]);
            let shown = ticking.shown();
            assert!([1, 2, 3].iter().all(|n| shown.contains(&CustomerId::from_u128(*n).to_string())), "{shown}");
            ticking.offer.set(offer(vec![aster.clone()]));
            assert!(!ticking.is_ticked(&aster));
            // What the person takes back is as it is stored.
            ticking.forget(&birch.id);
            assert_eq!(ticking.elsewhere(), []);
        });
    }

    #[test]
    fn c1_the_address_carries_the_ticks_where_there_is_no_javascript() {
        let (a, b) = (CustomerId::from_u128(1), CustomerId::from_u128(2));
        let typed = Typed { shown: format!("{a},{b},rubbish"), tick: vec![b.to_string(), "x".into()], ..Typed::default() };
        assert_eq!(typed.said(), BTreeMap::from([(a.clone(), false), (b.clone(), true)]));
        let sent = ticks(&format!("{a},{b}"), &[b.to_string()]).unwrap();
        assert_eq!(sent.ticked, [b]);
        assert_eq!(ticks("", &["x".into()]), Err(Refusal::NotFound));
        assert_eq!(ticks("", &[]), Ok(Ticks::default()));
    }
}
