//! A customer that is being built (DOMAIN A3): what was typed so far, section by section, before there is a customer. A finished
//! one waits here while its mobile number is verified (A5).

use serde::{Deserialize, Serialize};

use crate::{
    DraftId, FieldError, GroupId, UserId,
    customers::{CustomerInput, check_email},
    roles::Role,
};

/// Drafts that a person may have at once.
pub const DRAFTS_MOST: u32 = 20;
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
    /// Everything once more, and the button that creates.
    Review,
}

impl Section {
    pub const ALL: [Self; 6] = [Self::Company, Self::Address, Self::Contact, Self::Account, Self::Portal, Self::Review];

    /// The word in the address.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Company => "company",
            Self::Address => "address",
            Self::Contact => "contact",
            Self::Account => "account",
            Self::Portal => "portal",
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
            Self::Review => "Review and create",
        }
    }

    /// The fields that stand in it, by their names.
    #[must_use]
    pub const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Company => &["company", "website", "industries", "company_size"],
            Self::Address => &["address1", "address2", "city", "state_region", "zip", "country"],
            Self::Contact => &["contact_first", "contact_last", "contact_role", "email", "mobile", "business_phone"],
            Self::Account => &["account_manager_email", "internal_reference", GROUPS, PEOPLE],
            Self::Portal => &["portal_name", "language", "report_zone", INVITE, INVITE_EMAIL],
            Self::Review => &[],
        }
    }

    /// Where a field stands.
    #[must_use]
    pub fn of_field(field: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|section| section.fields().contains(&field))
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
    pub invite_email: String,
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
            self.invite_email.clone_from(&typed.invite_email);
        }
    }

    /// Marks a section as one that the person has been through.
    pub fn see(&mut self, section: Section) {
        if section != Section::Review && !self.seen.contains(&section) {
            self.seen.push(section);
        }
    }

    /// Adds an error where the customer is to be invited, and not by an address.
    pub fn check_invitation(&self, errors: &mut Vec<FieldError>) {
        if self.invite {
            check_email(errors, INVITE_EMAIL, &self.invite_email, true);
        }
    }

    /// What it is called while it has no customer's name.
    #[must_use]
    pub fn name(&self) -> String {
        let name = self.input.display_name();
        if name.is_empty() { "No name yet".to_owned() } else { name.chars().take(crate::customers::TEXT_MOST as usize).collect() }
    }
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a3_every_field_stands_in_one_section() {
        let mut placed: Vec<&str> = Section::ALL.iter().flat_map(|section| section.fields()).copied().collect();
        placed.sort_unstable();
        let mut known: Vec<&str> = CustomerInput::FIELDS.iter().map(|field| field.name).collect();
        known.extend([GROUPS, PEOPLE, INVITE, INVITE_EMAIL]);
        known.sort_unstable();
        assert_eq!(placed, known);
        assert_eq!(Section::of_field("mobile"), Some(Section::Contact));
        assert_eq!((Section::Company.before(), Section::Review.after()), (None, None));
        assert_eq!(Section::Address.after(), Section::Account.before());
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
