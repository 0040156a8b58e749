//! A customer that is being built (DOMAIN A3): what was typed so far, section by section, before there is a customer. A finished
//! one waits here while its mobile number is verified (A5).

use serde::{Deserialize, Serialize};

use crate::{
    DraftId, FieldError, GroupId, Problem, UserId,
    catalogue::Places,
    contacts::ContactInput,
    customers::{CustomerInput, check_email},
    locations::LocationInput,
    roles::Role,
    services::ItemInput,
};

/// Drafts that a person may have at once.
pub const DRAFTS_MOST: u32 = 20;
/// Service items, locations and contacts that a draft holds of each.
pub const ROWS_MOST: usize = 50;
/// How long a draft is kept after it was last changed, in days.
pub const KEPT_DAYS: i64 = 30;

/// One page of the wizard, which can be jumped to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Section {
    #[default]
    Company,
    Address,
    Contact,
    Account,
    Portal,
    /// The program level and service items (DOMAIN A7, A8).
    Services,
    /// DOMAIN A9.
    Locations,
    /// DOMAIN A10; each is at one of the locations before.
    Contacts,
    /// Everything once more, and the button that creates.
    Review,
}

impl Section {
    pub const ALL: [Self; 9] = [
        Self::Company,
        Self::Address,
        Self::Contact,
        Self::Account,
        Self::Portal,
        Self::Services,
        Self::Locations,
        Self::Contacts,
        Self::Review,
    ];
    /// Those of the account itself, which 'edit customer' shows (DOMAIN A6); the others have pages of their own.
    pub const OF_ACCOUNT: [Self; 5] = [Self::Company, Self::Address, Self::Contact, Self::Account, Self::Portal];

    /// The word in the address.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Company => "company",
            Self::Address => "address",
            Self::Contact => "contact",
            Self::Account => "account",
            Self::Portal => "portal",
            Self::Services => "services",
            Self::Locations => "locations",
            Self::Contacts => "contacts",
            Self::Review => "review",
        }
    }

    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|section| section.key() == key)
    }

    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Company => "Company",
            Self::Address => "Address",
            Self::Contact => "Main contact",
            Self::Account => "Account",
            Self::Portal => "Portal and language",
            Self::Services => "Services",
            Self::Locations => "Locations",
            Self::Contacts => "Contacts",
            Self::Review => "Review and create",
        }
    }

    /// The fields that stand in it, by their names; a name of rows stands for each field of each row.
    #[must_use]
    pub const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Company => &["company", "website", "industries", "company_size"],
            Self::Address => &["address1", "address2", "city", "state_region", "zip", "country"],
            Self::Contact => &["contact_first", "contact_last", "contact_role", "email", "mobile", "business_phone"],
            Self::Account => &["account_manager_email", "internal_reference", GROUPS, PEOPLE],
            Self::Portal => &["portal_name", "language", "report_zone", INVITE, INVITE_EMAIL],
            Self::Services => &[LEVEL, ITEMS],
            Self::Locations => &[LOCATIONS],
            Self::Contacts => &[CONTACTS],
            Self::Review => &[],
        }
    }

    /// The field's place in the section, if it is there; `items[2][rate]` stands where `items` does.
    #[must_use]
    pub fn place_of(self, field: &str) -> Option<usize> {
        let name = field.split('[').next().unwrap_or(field);
        self.fields().iter().position(|known| *known == name)
    }

    /// Where a field stands.
    #[must_use]
    pub fn of_field(field: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|section| section.place_of(field).is_some())
    }

    #[must_use]
    pub fn after(self) -> Option<Self> {
        Self::ALL.into_iter().skip_while(|section| *section != self).nth(1)
    }

    #[must_use]
    pub fn before(self) -> Option<Self> {
        Self::ALL.into_iter().take_while(|section| *section != self).last()
    }
}

/// Where the person goes from a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Go {
    /// Nowhere: what is typed is kept meanwhile.
    Nowhere,
    /// To the next one, once this one is right.
    Next,
    To(Section),
}

impl Go {
    /// From the word in the form.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        match key {
            "keep" => Some(Self::Nowhere),
            "next" => Some(Self::Next),
            _ => Section::from_key(key).map(Self::To),
        }
    }
}

/// The names of what the form holds beside [`CustomerInput`].
pub const GROUPS: &str = "groups";
pub const PEOPLE: &str = "people";
pub const INVITE: &str = "invite";
pub const INVITE_EMAIL: &str = "invite_email";
pub const LEVEL: &str = "level";
pub const ITEMS: &str = "items";
pub const LOCATIONS: &str = "locations";
pub const CONTACTS: &str = "contacts";

/// The name of a row's control, which is where its errors stand as well.
#[must_use]
pub fn row_field(rows: &str, place: usize, field: &str) -> String {
    format!("{rows}[{place}][{field}]")
}

/// A row's errors, at the row.
pub fn at_row(rows: &str, place: usize, errors: Vec<FieldError>) -> impl Iterator<Item = FieldError> {
    errors.into_iter().map(move |error| FieldError { field: row_field(rows, place, &error.field), ..error })
}

/// What was typed so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Draft {
    pub input: CustomerInput,
    pub groups: Vec<GroupId>,
    /// MSP users to associate beside the one who adds the customer.
    pub people: Vec<UserId>,
    /// Whether to invite the customer (DOMAIN D2).
    pub invite: bool,
    /// Empty for the customer's own.
    pub invite_email: String,
    /// The program level's id; empty for the default one.
    pub level: String,
    /// Service items beside the one that every customer begins with (DOMAIN A14).
    pub items: Vec<ItemInput>,
    /// The first becomes the default.
    pub locations: Vec<LocationInput>,
    /// As typed, but for [`ContactInput::location`]: the name of one of `locations`, which have no ids yet.
    pub contacts: Vec<ContactInput>,
    /// The sections that the person has been through: what is wrong in them is shown.
    pub seen: Vec<Section>,
}

impl Draft {
    /// Of the customer alone.
    #[must_use]
    pub fn of(input: CustomerInput) -> Self {
        Self { input, ..Self::default() }
    }

    /// Takes what `typed` holds of one section; the others stay.
    pub fn take(&mut self, section: Section, typed: &Self) {
        for field in CustomerInput::FIELDS.iter().filter(|field| section.fields().contains(&field.name)) {
            (field.get)(&typed.input).clone_into((field.set)(&mut self.input));
        }
        if section.fields().contains(&GROUPS) {
            self.groups.clone_from(&typed.groups);
            self.people.clone_from(&typed.people);
        }
        if section.fields().contains(&INVITE) {
            self.invite = typed.invite;
            self.invite_email = typed.invite_email.trim().to_owned();
            if self.invite_email == self.input.email.trim() {
                self.invite_email.clear();
            }
        }
        match section {
            Section::Services => {
                self.level.clone_from(&typed.level);
                self.items = filled(&typed.items, ItemInput::is_empty);
            }
            Section::Locations => self.locations = filled(&typed.locations, LocationInput::is_empty),
            Section::Contacts => self.contacts = filled(&typed.contacts, ContactInput::is_empty),
            Section::Company | Section::Address | Section::Contact | Section::Account | Section::Portal | Section::Review => {}
        }
    }

    /// Takes away the row that `items[2]` names; `None` where there is none.
    pub fn remove_row(&mut self, named: &str) -> Option<()> {
        let (rows, place) = named.strip_suffix(']')?.split_once('[')?;
        let place: usize = place.parse().ok()?;
        match rows {
            ITEMS if place < self.items.len() => drop(self.items.remove(place)),
            LOCATIONS if place < self.locations.len() => drop(self.locations.remove(place)),
            CONTACTS if place < self.contacts.len() => drop(self.contacts.remove(place)),
            _ => return None,
        }
        Some(())
    }

    /// Whether it holds more rows than a person types.
    #[must_use]
    pub fn is_too_long(&self) -> bool {
        [self.items.len(), self.locations.len(), self.contacts.len()].into_iter().any(|rows| rows > ROWS_MOST)
    }

    /// Marks a section as one that the person has been through.
    pub fn see(&mut self, section: Section) {
        if section != Section::Review && !self.seen.contains(&section) {
            self.seen.push(section);
        }
    }

    /// Where an invitation goes: to the customer's own address, as that is corrected too, unless another was typed.
    #[must_use]
    pub fn invited(&self) -> &str {
        if self.invite_email.is_empty() { self.input.email.trim() } else { &self.invite_email }
    }

    /// Adds an error where the customer is to be invited, and not by an address.
    pub fn check_invitation(&self, errors: &mut Vec<FieldError>) {
        if self.invite {
            check_email(errors, INVITE_EMAIL, self.invited(), true);
        }
    }

    /// Adds an error for each field of a service item or contact that cannot be taken, and for a location's name that another has.
    /// What else a location must be is the store's to say.
    pub fn check_rows(&self, places: Places, errors: &mut Vec<FieldError>) {
        for (place, item) in self.items.iter().enumerate() {
            errors.extend(at_row(ITEMS, place, item.validate(places).err().unwrap_or_default()));
        }
        let names: Vec<&str> = self.locations.iter().map(|location| location.name.trim()).collect();
        for (place, name) in names.iter().enumerate() {
            if !name.is_empty() && names[..place].contains(name) {
                errors.push(FieldError::new(&row_field(LOCATIONS, place, "name"), Problem::Taken));
            }
        }
        for (place, contact) in self.contacts.iter().enumerate() {
            let mut wrong = contact.validate_person().err().unwrap_or_default();
            if !names.contains(&contact.location.trim()) {
                let problem = if contact.location.trim().is_empty() { Problem::Required } else { Problem::NotAChoice };
                wrong.push(FieldError::new("location", problem));
            }
            errors.extend(at_row(CONTACTS, place, wrong));
        }
    }

    /// What it is called while it has no customer's name.
    #[must_use]
    pub fn name(&self) -> String {
        let name = self.input.display_name();
        if name.is_empty() { "No name yet".to_owned() } else { name.chars().take(crate::customers::TEXT_MOST as usize).collect() }
    }
}

/// The rows in which something was typed.
fn filled<T: Clone>(rows: &[T], is_empty: impl Fn(&T) -> bool) -> Vec<T> {
    rows.iter().filter(|row| !is_empty(row)).cloned().collect()
}

/// A draft that can be gone on with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftRow {
    pub id: DraftId,
    pub name: String,
    /// Where the person was.
    pub section: Section,
    /// UTC milliseconds.
    pub changed_at: i64,
}

/// A customer whose mobile number is not verified yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingRow {
    pub id: DraftId,
    pub name: String,
    pub email: String,
    /// As people write it.
    pub mobile: String,
    /// Who added it.
    pub by: String,
    /// UTC milliseconds.
    pub since: i64,
}

/// A number that waits for its code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberToVerify {
    /// The customer's name.
    pub name: String,
    /// As people write it.
    pub mobile: String,
    /// When the last code went out, UTC milliseconds; 0 where none did.
    pub sent_at: i64,
}

/// What was added to a set and what was taken away; what others did to it meanwhile stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference<T> {
    pub added: Vec<T>,
    pub removed: Vec<T>,
}

impl<T> Default for Difference<T> {
    fn default() -> Self {
        Self { added: Vec::new(), removed: Vec::new() }
    }
}

impl<T: Clone + PartialEq> Difference<T> {
    #[must_use]
    pub fn between(before: &[T], after: &[T]) -> Self {
        let without = |all: &[T], others: &[T]| all.iter().filter(|one| !others.contains(one)).cloned().collect();
        Self { added: without(after, before), removed: without(before, after) }
    }
}

/// What 'edit customer' changes (DOMAIN A6).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountEdit {
    pub input: CustomerInput,
    pub groups: Difference<GroupId>,
    pub people: Difference<UserId>,
}

/// A member of staff whom a customer can be associated with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferedPerson {
    pub id: UserId,
    pub name: String,
    pub email: String,
    pub role: Role,
}

/// What the form offers to choose from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offers {
    pub industries: Vec<String>,
    pub groups: Vec<(GroupId, String)>,
    pub people: Vec<OfferedPerson>,
    /// Whether a mobile number is verified by a text message.
    pub verifies: bool,
    /// The program level and the service that a new customer begins with (DOMAIN A14).
    pub pack: Option<(String, String)>,
    /// Id and name of each program level, the default first.
    pub levels: Vec<(String, String)>,
    /// Id, and name with unit, of each service type.
    pub services: Vec<(String, String)>,
    /// Code and name.
    pub currencies: Vec<(String, String)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a3_every_field_stands_in_one_section() {
        let mut placed: Vec<&str> = Section::ALL.iter().flat_map(|section| section.fields()).copied().collect();
        placed.sort_unstable();
        let mut known: Vec<&str> = CustomerInput::FIELDS.iter().map(|field| field.name).collect();
        known.extend([GROUPS, PEOPLE, INVITE, INVITE_EMAIL, LEVEL, ITEMS, LOCATIONS, CONTACTS]);
        known.sort_unstable();
        assert_eq!(placed, known);
        assert_eq!(Section::of_field("mobile"), Some(Section::Contact));
        assert_eq!((Section::Company.before(), Section::Review.after()), (None, None));
        assert_eq!(Section::Address.after(), Section::Account.before());
        assert_eq!(Section::of_field("items[3][rate]"), Some(Section::Services));
    }

    #[test]
    fn a7_rows_are_kept_where_something_was_typed_and_judged_one_by_one() {
        let place = |name: &str| LocationInput { name: name.into(), ..LocationInput::usual() };
        let person = |name: &str, location: &str| ContactInput {
            last_name: name.into(),
            location: location.into(),
            ..ContactInput::default()
        };
        let typed = Draft {
            level: "lvl".into(),
            items: vec![
                ItemInput { service: "backup".into(), ..ItemInput::default() },
                ItemInput::default(),
                ItemInput { quantity: "12".into(), ..ItemInput::default() },
            ],
            locations: vec![LocationInput::default(), place("Kai"), place(" Kai ")],
            contacts: vec![person("Núñez", "Kai"), ContactInput::default(), person("Wu", "Quay"), person("Li", "")],
            ..Draft::default()
        };
        let mut draft = Draft::default();
        for section in [Section::Services, Section::Locations, Section::Contacts] {
            draft.take(section, &typed);
        }
        assert_eq!((draft.level.as_str(), draft.items.len(), draft.locations.len(), draft.contacts.len()), ("lvl", 2, 2, 3));
        let mut errors = Vec::new();
        draft.check_rows(|_| None, &mut errors);
        let errors: Vec<(&str, &Problem)> = errors.iter().map(|error| (error.field.as_str(), &error.problem)).collect();
        assert_eq!(
            errors,
            [
                ("items[0][service]", &Problem::NotAChoice),
                ("items[1][service]", &Problem::Required),
                ("locations[1][name]", &Problem::Taken),
                ("contacts[1][location]", &Problem::NotAChoice),
                ("contacts[2][location]", &Problem::Required),
            ]
        );
        assert!(!draft.is_too_long());
        assert_eq!((draft.remove_row("contacts[1]"), draft.contacts[1].last_name.as_str()), (Some(()), "Li"));
        for nothing in ["contacts[2]", "contacts", "people[0]", "items[-1]"] {
            assert_eq!(draft.remove_row(nothing), None, "{nothing}");
        }
        draft.items = vec![ItemInput::default(); ROWS_MOST + 1];
        assert!(draft.is_too_long());
    }

    #[test]
    fn a3_a_section_takes_its_own_fields_alone() {
        let mut draft = Draft { invite: true, ..Draft::default() };
        draft.input.city = "Leeds".into();
        let typed = Draft::of(CustomerInput { company: "Harbor".into(), city: "Hull".into(), ..CustomerInput::default() });
        draft.take(Section::Company, &typed);
        assert_eq!((draft.input.company.as_str(), draft.input.city.as_str(), draft.invite), ("Harbor", "Leeds", true));
        draft.take(Section::Portal, &typed);
        assert!(!draft.invite);
        // What was offered follows the customer's own address; what was typed does not.
        for (sent, corrected) in [("boss@harbr.example", "boss@harbor.example"), ("it@harbor.example", "it@harbor.example")] {
            draft.input.email = "boss@harbr.example".into();
            draft.take(Section::Portal, &Draft { invite_email: sent.into(), ..Draft::default() });
            draft.input.email = "boss@harbor.example".into();
            assert_eq!(draft.invited(), corrected);
        }
        draft.see(Section::Company);
        draft.see(Section::Company);
        draft.see(Section::Review);
        assert_eq!(draft.seen, [Section::Company]);
    }

    #[test]
    fn a6_a_difference_is_what_the_person_did() {
        let difference = Difference::between(&[1, 2], &[2, 3]);
        assert_eq!((difference.added, difference.removed), (vec![3], vec![1]));
    }
}
