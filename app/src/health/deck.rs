//! The cards as the page holds them: read anew as a whole every few minutes, turned one by one in between (DOMAIN E2, E4).

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use leptos::prelude::*;
use model::{
    CustomerId, GroupId,
    health::{Card, Counts, Health, HealthView, Taken},
    text::fold,
};

/// One card. Its signals outlive a new reading, so that only what is different is drawn again.
#[derive(Debug, Clone)]
pub(super) struct LiveCard {
    pub(super) customer: CustomerId,
    pub(super) name: String,
    folded: String,
    pub(super) counts: ArcRwSignal<Counts>,
    /// Apart from the counts, for they change more often.
    pub(super) health: ArcRwSignal<Health>,
    pub(super) taken: ArcRwSignal<Taken>,
    pub(super) strip: ArcRwSignal<String>,
    /// Places in the deck's groups.
    groups: Arc<[u32]>,
}

/// The same card, whatever its figures: those draw themselves.
impl PartialEq for LiveCard {
    fn eq(&self, other: &Self) -> bool {
        self.customer == other.customer && self.name == other.name
    }
}

impl LiveCard {
    fn new(card: Card) -> Self {
        Self {
            folded: fold(&card.name),
            customer: card.customer,
            name: card.name,
            health: ArcRwSignal::new(card.counts.health()),
            counts: ArcRwSignal::new(card.counts),
            taken: ArcRwSignal::new(card.taken),
            strip: ArcRwSignal::new(card.strip),
            groups: card.groups.into(),
        }
    }

    /// Whether it is one of those that are asked for. Reads the card's figures, so that whoever asks hears when they change.
    fn is_among(&self, shown: Shown) -> bool {
        match shown {
            Shown::All => true,
            Shown::Health(health) => self.health.get() == health,
            Shown::Bare => self.counts.get().total == 0,
        }
    }

    fn turn(&self, counts: Counts) {
        if self.counts.get_untracked() != counts {
            self.counts.set(counts);
        }
        if self.health.get_untracked() != counts.health() {
            self.health.set(counts.health());
        }
    }

    fn take(&self, taken: Taken) {
        if self.taken.with_untracked(|known| *known != taken) {
            self.taken.set(taken);
        }
    }
}

/// Which cards are asked for by what they show (DOMAIN E3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Shown {
    #[default]
    All,
    Health(Health),
    /// Customers without monitors: they are GREEN as well.
    Bare,
}

/// How many cards there are of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// RED, GOLDEN YELLOW and GREEN.
    pub(super) colours: [u32; 3],
    /// Those without monitors among the GREEN ones.
    pub(super) bare: u32,
}

impl Tally {
    pub(super) fn all(&self) -> u32 {
        self.colours.iter().sum()
    }

    pub(super) fn of(&self, shown: Shown) -> u32 {
        match shown {
            Shown::All => self.all(),
            Shown::Health(health) => self.colours[health as usize],
            Shown::Bare => self.bare,
        }
    }
}

/// See the module's text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deck {
    /// In the order of the last reading.
    cards: RwSignal<Vec<LiveCard>>,
    /// The same by customer.
    index: StoredValue<HashMap<CustomerId, LiveCard>>,
    /// What the board says while it is followed: newer than any reading.
    live: StoredValue<HashMap<CustomerId, Counts>>,
    live_taken: StoredValue<HashMap<CustomerId, Taken>>,
    /// When the figures were read, UTC milliseconds.
    pub(super) read_at: RwSignal<i64>,
    /// How often they are read, in minutes.
    pub(super) refresh_minutes: RwSignal<u32>,
    /// Customers that are ACTIVE, FREE and INACTIVE.
    pub(super) accounts: RwSignal<[u32; 3]>,
    /// Those that have a card, by name.
    pub(super) groups: RwSignal<Vec<(GroupId, String)>>,
    /// The one that this person's Home begins with.
    pub(super) default_group: RwSignal<Option<GroupId>>,
}

impl Deck {
    pub(super) fn new(view: HealthView) -> Self {
        let deck = Self {
            cards: RwSignal::default(),
            index: StoredValue::default(),
            live: StoredValue::default(),
            live_taken: StoredValue::default(),
            read_at: RwSignal::default(),
            refresh_minutes: RwSignal::default(),
            accounts: RwSignal::default(),
            groups: RwSignal::default(),
            default_group: RwSignal::default(),
        };
        deck.take(view);
        deck
    }

    /// Takes a new reading: the only time when cards come, go or move. Nothing happens once the page is gone.
    pub(super) fn take(self, view: HealthView) {
        let Some(known) = self.index.try_get_value() else {
            return;
        };
        let live = self.live.get_value();
        let live_taken = self.live_taken.get_value();
        let mut cards: Vec<LiveCard> = view
            .cards
            .into_iter()
            .map(|mut card| {
                card.counts = live.get(&card.customer).copied().unwrap_or(card.counts);
                if let Some(taken) = live_taken.get(&card.customer) {
                    card.taken = taken.clone();
                }
                match known.get(&card.customer).filter(|known| known.name == card.name) {
                    Some(known) => {
                        known.turn(card.counts);
                        known.take(card.taken);
                        if known.strip.with_untracked(|strip| *strip != card.strip) {
                            known.strip.set(card.strip);
                        }
                        LiveCard { groups: card.groups.into(), ..known.clone() }
                    }
                    None => LiveCard::new(card),
                }
            })
            .collect();
        // Within a colour the reading's order stays.
        cards.sort_by_key(|card| card.health.get_untracked());
        self.index.set_value(cards.iter().map(|card| (card.customer.clone(), card.clone())).collect());
        self.groups.set(view.groups);
        self.default_group.set(view.default_group);
        self.cards.set(cards);
        self.read_at.set(view.read_at);
        self.refresh_minutes.set(view.refresh_minutes);
        self.accounts.set([view.active, view.free, view.inactive]);
    }

    /// What the board says of a customer. One that no card stands for waits for the next reading.
    #[cfg_attr(not(any(feature = "hydrate", test)), expect(dead_code, reason = "only the browser follows the board"))]
    pub(super) fn turn(self, customer: &CustomerId, counts: Counts) {
        self.live.try_update_value(|live| live.insert(customer.clone(), counts));
        self.index.try_with_value(|index| {
            if let Some(card) = index.get(customer) {
                card.turn(counts);
            }
        });
    }

    /// Who took a customer's outages, by the board.
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only the browser follows the board"))]
    pub(super) fn take_over(self, customer: &CustomerId, taken: Taken) {
        self.live_taken.try_update_value(|live| live.insert(customer.clone(), taken.clone()));
        self.index.try_with_value(|index| {
            if let Some(card) = index.get(customer) {
                card.take(taken);
            }
        });
    }

    /// The board is no longer followed: the next reading is newer.
    #[cfg_attr(not(any(feature = "hydrate", test)), expect(dead_code, reason = "only the browser follows the board"))]
    pub(super) fn forget_live(self) {
        self.live.try_update_value(HashMap::clear);
        self.live_taken.try_update_value(HashMap::clear);
    }

    /// Whether the board knows every customer that has a card. One that it does not know is gone, or was denied to this person.
    #[cfg_attr(not(any(feature = "hydrate", test)), expect(dead_code, reason = "only the browser follows the board"))]
    pub(super) fn is_within(self, known: &HashSet<&CustomerId>) -> bool {
        self.index.try_with_value(|index| index.keys().all(|customer| known.contains(customer))).unwrap_or(true)
    }

    /// Of the cards of one group, or of all.
    pub(super) fn tally(self, group: Option<&GroupId>) -> Tally {
        let place = self.place_of(group);
        self.cards.with(|cards| {
            let mut tally = Tally::default();
            for card in cards.iter().filter(|card| place.is_none_or(|place| card.groups.contains(&place))) {
                tally.colours[card.health.get() as usize] += 1;
                tally.bare += u32::from(card.is_among(Shown::Bare));
            }
            tally
        })
    }

    /// The cards of one kind, or all, of one group, or of all, whose name holds `find`.
    pub(super) fn visible(self, shown: Shown, group: Option<&GroupId>, find: &str) -> Vec<LiveCard> {
        let find = fold(find);
        let place = self.place_of(group);
        self.cards.with(|cards| {
            cards
                .iter()
                .filter(|card| place.is_none_or(|place| card.groups.contains(&place)))
                .filter(|card| card.folded.contains(&find) && card.is_among(shown))
                .cloned()
                .collect()
        })
    }

    /// A group's place; one that has no card stands nowhere.
    fn place_of(self, group: Option<&GroupId>) -> Option<u32> {
        let group = group?;
        let place = self.groups.with(|groups| groups.iter().position(|(id, _)| id == group));
        Some(place.and_then(|place| u32::try_from(place).ok()).unwrap_or(u32::MAX))
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    fn card(id: u128, name: &str, down: u32) -> Card {
        let counts = Counts { down, trouble: 0, total: 9 };
        Card {
            customer: CustomerId::from_u128(id),
            name: name.into(),
            counts,
            taken: Taken::default(),
            strip: "u".repeat(48),
            groups: Vec::new(),
        }
    }

    fn view(cards: Vec<Card>) -> HealthView {
        HealthView {
            read_at: 1,
            refresh_minutes: 5,
            cards,
            groups: Vec::new(),
            default_group: None,
            active: 2,
            free: 0,
            inactive: 0,
        }
    }

    fn names(deck: Deck) -> Vec<String> {
        deck.visible(Shown::All, None, "").into_iter().map(|card| card.name).collect()
    }

    #[test]
    fn e4_a_card_turns_at_once_and_moves_at_the_next_reading() {
        Owner::new().with(|| {
            let deck = Deck::new(view(vec![card(1, "Aster", 0), card(2, "Elm", 0)]));
            deck.turn(&CustomerId::from_u128(2), Counts { down: 1, trouble: 0, total: 9 });
            assert_eq!((names(deck), deck.tally(None).colours), (vec!["Aster".into(), "Elm".into()], [1, 0, 1]));
            // The reading is older than what the board has said.
            deck.take(view(vec![card(1, "Aster", 0), card(2, "Elm", 0)]));
            assert_eq!((names(deck), deck.tally(None).colours), (vec!["Elm".into(), "Aster".into()], [1, 0, 1]));
            deck.forget_live();
            deck.take(view(vec![card(1, "Aster", 0), card(2, "Elm", 0)]));
            assert_eq!((names(deck), deck.tally(None).colours), (vec!["Aster".into(), "Elm".into()], [0, 0, 2]));
        });
    }

    #[test]
    fn e3_cards_are_found_by_name_and_colour() {
        Owner::new().with(|| {
            let deck = Deck::new(view(vec![card(1, "Ärzte Süd", 1), card(2, "Elm", 0)]));
            assert_eq!(deck.visible(Shown::All, None, "arzte su").len(), 1);
            assert_eq!(deck.visible(Shown::Health(Health::Up), None, "").len(), 1);
            assert!(deck.visible(Shown::Health(Health::Up), None, "arzte").is_empty());
        });
    }

    #[test]
    fn e3_cards_are_found_by_group_and_without_monitors() {
        Owner::new().with(|| {
            let mut bare = card(3, "Fern", 0);
            bare.counts.total = 0;
            let (mut aster, elm) = (card(1, "Aster", 1), card(2, "Elm", 0));
            aster.groups = vec![0];
            bare.groups = vec![0];
            let (nord, sud) = (GroupId::from_u128(1), GroupId::from_u128(9));
            let view = HealthView { groups: vec![(nord.clone(), "Nord".into())], ..view(vec![aster, elm, bare]) };
            let deck = Deck::new(view.clone());
            let found = |shown, group| deck.visible(shown, group, "").into_iter().map(|card| card.name).collect::<Vec<_>>();
            assert_eq!(found(Shown::All, Some(&nord)), ["Aster", "Fern"]);
            assert_eq!(found(Shown::Bare, None), ["Fern"]);
            assert_eq!(found(Shown::Health(Health::Up), None), ["Elm", "Fern"]);
            assert_eq!(found(Shown::All, Some(&sud)), Vec::<String>::new());
            assert_eq!(deck.tally(Some(&nord)), Tally { colours: [1, 0, 1], bare: 1 });
            // A new reading may move a card to other groups.
            deck.take(HealthView { cards: vec![card(1, "Aster", 1)], ..view });
            assert_eq!(found(Shown::All, Some(&nord)), Vec::<String>::new());
        });
    }

    #[test]
    fn c7_a_card_that_the_board_does_not_know_is_noticed() {
        Owner::new().with(|| {
            let deck = Deck::new(view(vec![card(1, "Aster", 0), card(2, "Elm", 0)]));
            let (one, two) = (CustomerId::from_u128(1), CustomerId::from_u128(2));
            assert!(deck.is_within(&HashSet::from([&one, &two])));
            assert!(!deck.is_within(&HashSet::from([&two])));
        });
    }
}
