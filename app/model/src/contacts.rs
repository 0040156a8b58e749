//! A customer's contacts (DOMAIN A10): any number, each at exactly one location, with or without access to the portal.

use serde::{Deserialize, Serialize};

use crate::{
    ContactId, CustomerId, FieldError, LocationId, Problem,
    customers::{TEXT_MOST, check_email, check_phone, check_text},
};

/// What a contact may see of the customer's portal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PortalAccess {
    #[default]
    None,
    ReadOnly,
    ReadOnlyWithReports,
}

impl PortalAccess {
    pub const ALL: [Self; 3] = [Self::None, Self::ReadOnly, Self::ReadOnlyWithReports];

    /// How it is stored and sent.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ReadOnly => "read",
            Self::ReadOnlyWithReports => "reports",
        }
    }

    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|access| access.key() == key)
    }

    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::ReadOnly => "Read only",
            Self::ReadOnlyWithReports => "Read only with reports",
        }
    }
}

/// The form of a contact, as typed. Names are those of the form's controls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContactInput {
    pub first_name: String,
    pub last_name: String,
    /// A [`LocationId`].
    pub location: String,
    pub email: String,
    pub phone: String,
    pub title: String,
    /// [`PortalAccess::key`].
    pub portal_access: String,
}

impl Default for ContactInput {
    fn default() -> Self {
        Self {
            first_name: String::new(),
            last_name: String::new(),
            location: String::new(),
            email: String::new(),
            phone: String::new(),
            title: String::new(),
            portal_access: PortalAccess::None.key().into(),
        }
    }
}

/// A contact's settings, accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactSettings {
    pub first_name: String,
    pub last_name: String,
    pub location: LocationId,
    pub email: String,
    pub phone: String,
    pub title: String,
    pub access: PortalAccess,
}

impl ContactInput {
    /// First and last name.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.first_name.trim(), self.last_name.trim()).trim().to_owned()
    }

    /// Whether anything at all was typed: an optional part of a larger form asks so.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        [&self.first_name, &self.last_name, &self.email, &self.phone, &self.title].iter().all(|text| text.trim().is_empty())
    }

    /// Everything but where the contact is: a larger form may create the location together with the contact.
    ///
    /// # Errors
    /// One entry for every field that cannot be taken, in the order of the form.
    pub fn validate_person(&self) -> Result<PortalAccess, Vec<FieldError>> {
        let mut errors = Vec::new();
        if self.name().is_empty() {
            errors.push(FieldError::new("first_name", Problem::FirstOrLastName));
        }
        check_text(&mut errors, "first_name", &self.first_name, false, TEXT_MOST);
        check_text(&mut errors, "last_name", &self.last_name, false, TEXT_MOST);
        let access = PortalAccess::from_key(self.portal_access.trim());
        // Who gets access is invited by email.
        let needs_email = access.is_some_and(|access| access != PortalAccess::None);
        check_email(&mut errors, "email", &self.email, needs_email);
        check_phone(&mut errors, "phone", &self.phone);
        check_text(&mut errors, "title", &self.title, false, TEXT_MOST);
        if access.is_none() {
            errors.push(FieldError::new("portal_access", Problem::NotAChoice));
        }
        match access {
            Some(access) if errors.is_empty() => Ok(access),
            _ => Err(errors),
        }
    }

    /// # Errors
    /// One entry for every field that cannot be taken.
    pub fn validate(&self) -> Result<ContactSettings, Vec<FieldError>> {
        let person = self.validate_person();
        match (self.location.trim().parse(), person) {
            (Ok(location), Ok(access)) => Ok(ContactSettings {
                first_name: self.first_name.trim().to_owned(),
                last_name: self.last_name.trim().to_owned(),
                location,
                email: self.email.trim().to_owned(),
                phone: self.phone.trim().to_owned(),
                title: self.title.trim().to_owned(),
                access,
            }),
            (Ok(_), Err(errors)) => Err(errors),
            (Err(_), person) => {
                let problem = if self.location.trim().is_empty() { Problem::Required } else { Problem::NotAChoice };
                let mut errors = person.err().unwrap_or_default();
                errors.push(FieldError::new("location", problem));
                Err(errors)
            }
        }
    }
}

/// One contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactRow {
    pub id: ContactId,
    pub input: ContactInput,
    pub location_name: String,
    pub access: PortalAccess,
    /// Sent back by an edit; another one since then refuses it.
    pub version: i64,
}

/// A customer's contacts, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactSheet {
    pub customer: CustomerId,
    pub customer_name: String,
    pub rows: Vec<ContactRow>,
    /// The default first, then by name.
    pub locations: Vec<(LocationId, String)>,
    pub may_manage: bool,
    /// Whether the person may invite somebody to the customer's portal.
    pub may_invite: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> ContactInput {
        ContactInput { last_name: "Núñez".into(), location: LocationId::from_u128(1).to_string(), ..ContactInput::default() }
    }

    fn fields(input: &ContactInput) -> Vec<(String, Problem)> {
        input.validate().err().unwrap_or_default().into_iter().map(|error| (error.field, error.problem)).collect()
    }

    #[test]
    fn a10_a_contact_needs_a_name_and_a_location() {
        assert_eq!(good().validate().map(|settings| settings.access), Ok(PortalAccess::None));
        let empty = ContactInput::default();
        let wanted = [("first_name".to_owned(), Problem::FirstOrLastName), ("location".to_owned(), Problem::Required)];
        assert_eq!(fields(&empty), wanted);
        assert!(empty.is_empty() && !good().is_empty());
    }

    #[test]
    fn a10_who_gets_access_needs_an_address_to_be_invited_at() {
        for access in [PortalAccess::ReadOnly, PortalAccess::ReadOnlyWithReports] {
            let input = ContactInput { portal_access: access.key().into(), ..good() };
            assert_eq!(fields(&input), [("email".to_owned(), Problem::Required)]);
            assert_eq!(fields(&ContactInput { email: "zoe@harbor.example".into(), ..input }), []);
        }
        let wrong = ContactInput { portal_access: "all".into(), email: "x".into(), phone: "call".into(), ..good() };
        let wanted =
            [("email", Problem::NotAnEmail), ("phone", Problem::NotAPhoneNumber), ("portal_access", Problem::NotAChoice)];
        assert_eq!(fields(&wrong), wanted.map(|(field, problem)| (field.to_owned(), problem)));
    }
}
