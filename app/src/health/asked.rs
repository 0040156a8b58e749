//! What the address of the health view asks for (DOMAIN E3): all of its filters, and grid or list.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use model::{GroupId, health::Health};

use super::deck::{Deck, Shown};
use crate::ui::{address, remember, remembered};

/// What can be chosen by what a card shows, in the order of the chips.
pub(super) const SHOWN: [Shown; 5] =
    [Shown::All, Shown::Health(Health::Down), Shown::Health(Health::Trouble), Shown::Health(Health::Up), Shown::Bare];

/// In the address: every group, although one is this person's default.
const EVERY_GROUP: &str = "all";
/// The cookie that remembers [`Look`].
const COOKIE: &str = "cards";

pub(super) const fn slug_of(shown: Shown) -> &'static str {
    match shown {
        Shown::All => "",
        Shown::Health(health) => health.status().slug(),
        Shown::Bare => "none",
    }
}

/// How the customers are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Look {
    #[default]
    Grid,
    List,
}

impl Look {
    pub(super) const ALL: [Self; 2] = [Self::Grid, Self::List];

    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Grid => "grid",
            Self::List => "list",
        }
    }

    fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|look| look.key() == key)
    }

    /// What this browser showed last.
    fn remembered() -> Option<Self> {
        remembered(COOKIE).and_then(|key| Self::from_key(&key))
    }

    pub(super) fn remember(self) {
        remember(COOKIE, self.key());
    }
}

/// See the module's text.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    pub(super) shown: Memo<Shown>,
    pub(super) q: Memo<String>,
    /// One group, or all with `None`: as the address says, else as the person's default is.
    pub(super) group: Memo<Option<GroupId>>,
    /// The same as it stands in the address.
    group_word: Memo<String>,
    /// Grid and list stand in the address only where a person chose one here.
    look_word: Memo<String>,
    pub(super) look: Memo<Look>,
    deck: Deck,
}

impl Asked {
    pub(super) fn read(deck: Deck) -> Self {
        let query = use_query_map();
        let in_address = move || query.with(|query| query.get_str("view").and_then(Look::from_key));
        if let Some(look) = untrack(in_address) {
            look.remember();
        }
        let group_word = Memo::new(move |_| query.with(|query| query.get("group").unwrap_or_default()));
        Self {
            shown: Memo::new(move |_| {
                let slug = query.with(|query| query.get("show").unwrap_or_default());
                SHOWN.into_iter().find(|shown| slug_of(*shown) == slug).unwrap_or_default()
            }),
            q: Memo::new(move |_| query.with(|query| query.get("q").unwrap_or_default())),
            group: Memo::new(move |_| group_word.with(|word| chosen(word, deck.default_group.get()))),
            group_word,
            look_word: Memo::new(move |_| in_address().map(Look::key).unwrap_or_default().to_owned()),
            look: Memo::new(move |_| in_address().or_else(Look::remembered).unwrap_or_default()),
            deck,
        }
    }

    /// Everything but the search, as the address says it.
    pub(super) fn kept(self) -> Vec<(&'static str, String)> {
        vec![("show", slug_of(self.shown.get()).to_owned()), ("group", self.group_word.get()), ("view", self.look_word.get())]
    }

    pub(super) fn with_shown(self, shown: Shown) -> String {
        self.href(slug_of(shown), &self.group_word.get(), &self.look_word.get())
    }

    /// `None` is every group, also for who has a default.
    pub(super) fn with_group(self, group: Option<&GroupId>) -> String {
        let word = match group {
            Some(group) => group.to_string(),
            None if self.deck.default_group.get().is_some() => EVERY_GROUP.to_owned(),
            None => String::new(),
        };
        self.href(slug_of(self.shown.get()), &word, &self.look_word.get())
    }

    pub(super) fn with_look(self, look: Look) -> String {
        self.href(slug_of(self.shown.get()), &self.group_word.get(), look.key())
    }

    fn href(self, show: &str, group: &str, view: &str) -> String {
        address("/", &[("q", &self.q.get()), ("show", show), ("group", group), ("view", view)])
    }
}

/// Rubbish counts as not said.
fn chosen(word: &str, default: Option<GroupId>) -> Option<GroupId> {
    if word == EVERY_GROUP { None } else { word.parse().ok().or(default) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c2_the_address_outranks_the_default() {
        let (one, two) = (GroupId::from_u128(1), GroupId::from_u128(2));
        assert_eq!(chosen("", Some(one.clone())), Some(one.clone()));
        assert_eq!(chosen(&two.to_string(), Some(one.clone())), Some(two));
        assert_eq!(chosen("all", Some(one.clone())), None);
        assert_eq!(chosen("rubbish", Some(one.clone())), Some(one));
        assert_eq!(chosen("", None), None);
    }

    #[test]
    fn e3_every_word_of_the_address_reads_back() {
        for shown in SHOWN {
            assert_eq!(SHOWN.into_iter().filter(|other| slug_of(*other) == slug_of(shown)).count(), 1, "{shown:?}");
        }
        for look in Look::ALL {
            assert_eq!(Look::from_key(look.key()), Some(look));
        }
    }
}
