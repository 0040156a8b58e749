//! A customer: what the form holds (DOMAIN A3), what is accepted of it, and what list and page show.

pub mod deletion;
pub mod export;
pub mod filter;

use serde::{Deserialize, Serialize};

use crate::{CustomerId, FieldError, Problem, Status, accounts::Asked, health::Counts, lifecycle::State};

/// What most fields hold at most, in characters.
pub const TEXT_MOST: u32 = 200;
/// The longest email address (RFC 5321, 4.5.3.1.3).
pub const EMAIL_MOST: u32 = 254;

/// Company sizes (DOMAIN A3).
pub const COMPANY_SIZES: [&str; 6] = ["0-19", "20-99", "100-249", "250-499", "500-999", "1000+"];

/// The form of 'add customer' and 'edit customer', as typed. Names are those of the form's controls.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CustomerInput {
    pub company: String,
    pub contact_first: String,
    pub contact_last: String,
    pub email: String,
    pub account_manager_email: String,
    pub website: String,
    pub mobile: String,
    pub business_phone: String,
    pub contact_role: String,
    pub country: String,
    pub industries: String,
    pub company_size: String,
    pub address1: String,
    pub address2: String,
    pub city: String,
    pub state_region: String,
    pub zip: String,
    pub internal_reference: String,
    pub portal_name: String,
    pub language: String,
    pub report_zone: String,
}

/// One field of the form: the control's name, its label, and how to read and write it.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    pub name: &'static str,
    pub label: &'static str,
    pub get: fn(&CustomerInput) -> &String,
    pub set: fn(&mut CustomerInput) -> &mut String,
}

macro_rules! fields {
    ($($name:ident $label:literal),* $(,)?) => {
        &[$(Field { name: stringify!($name), label: $label, get: |i| &i.$name, set: |i| &mut i.$name }),*]
    };
}

impl CustomerInput {
    /// Every field in the order of the form. The store's columns bear the same names.
    pub const FIELDS: &'static [Field] = fields! {
        company "Company",
        contact_first "First name",
        contact_last "Last name",
        email "Email",
        account_manager_email "Account manager's email",
        website "Website",
        mobile "Mobile number",
        business_phone "Business phone",
        contact_role "Role or title",
        country "Country",
        industries "Industries",
        company_size "Company size",
        address1 "Address",
        address2 "Address, second line",
        city "City",
        state_region "State or region",
        zip "ZIP or postal code",
        internal_reference "Internal reference",
        portal_name "Portal name",
        language "Language",
        report_zone "Report time zone",
    };

    /// The same with white space cut off at both ends of every field, which is what is stored.
    #[must_use]
    pub fn trimmed(mut self) -> Self {
        for field in Self::FIELDS {
            let value = (field.set)(&mut self);
            let cut = value.trim();
            if cut.len() != value.len() {
                *value = cut.to_owned();
            }
        }
        self
    }

    /// The name that stands in lists: the company, or the main contact's name where no company is given (DOMAIN A1).
    #[must_use]
    pub fn display_name(&self) -> String {
        if self.company.trim().is_empty() {
            format!("{} {}", self.contact_first.trim(), self.contact_last.trim()).trim().to_owned()
        } else {
            self.company.trim().to_owned()
        }
    }

    /// # Errors
    /// One entry for every field that cannot be taken, in the order of the form.
    pub fn validate(&self) -> Result<(), Vec<FieldError>> {
        let mut errors = Vec::new();
        if self.display_name().is_empty() {
            errors.push(FieldError::new("company", Problem::CompanyOrContact));
        }
        for field in Self::FIELDS {
            let value = (field.get)(self);
            match field.name {
                "email" | "account_manager_email" => check_email(&mut errors, field.name, value, true),
                "website" => check_website(&mut errors, value),
                "mobile" | "business_phone" => check_phone(&mut errors, field.name, value),
                "portal_name" => check_portal_name(&mut errors, value),
                "company_size" => {
                    if !value.is_empty() && !COMPANY_SIZES.contains(&value.as_str()) {
                        errors.push(FieldError::new(field.name, Problem::NotAChoice));
                    }
                }
                _ => check_text(&mut errors, field.name, value, false, TEXT_MOST),
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// Adds an error where `value` is missing though required, too long, or holds a control character.
pub fn check_text(errors: &mut Vec<FieldError>, field: &str, value: &str, required: bool, most: u32) {
    let value = value.trim();
    let problem = if value.is_empty() {
        if !required {
            return;
        }
        Problem::Required
    } else if value.chars().count() > most as usize {
        Problem::TooLong(most)
    } else if value.chars().any(char::is_control) {
        Problem::ControlCharacter
    } else {
        return;
    };
    errors.push(FieldError::new(field, problem));
}

/// Adds an error where `value` is not an address of the everyday form `local@domain.tld`.
pub fn check_email(errors: &mut Vec<FieldError>, field: &str, value: &str, required: bool) {
    let before = errors.len();
    check_text(errors, field, value, required, EMAIL_MOST);
    let value = value.trim();
    if errors.len() > before || value.is_empty() {
        return;
    }
    let well_formed = value.rsplit_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && local.len() <= 64
            && !local.contains('@')
            && !value.contains(char::is_whitespace)
            && domain.contains('.')
            && domain.split('.').all(|label| {
                !label.is_empty()
                    && !label.starts_with('-')
                    && !label.ends_with('-')
                    && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            })
    });
    if !well_formed {
        errors.push(FieldError::new(field, Problem::NotAnEmail));
    }
}

fn check_website(errors: &mut Vec<FieldError>, value: &str) {
    let before = errors.len();
    check_text(errors, "website", value, false, TEXT_MOST);
    if errors.len() == before && !value.trim().is_empty() && !is_web_url(value.trim()) {
        errors.push(FieldError::new("website", Problem::NotAUrl));
    }
}

/// Whether `value` is an absolute http or https address with a host.
#[must_use]
pub fn is_web_url(value: &str) -> bool {
    url::Url::parse(value).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// Adds an error where `value` is given and is no phone number.
pub(crate) fn check_phone(errors: &mut Vec<FieldError>, field: &str, value: &str) {
    let value = value.trim();
    if value.is_empty() {
        return;
    }
    let digits = value.chars().filter(char::is_ascii_digit).count();
    let rest = value.strip_prefix('+').unwrap_or(value);
    let plain = rest.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '(' | ')' | '/' | '.'));
    // ITU-T E.164, 6: at most 15 digits.
    if !plain || !(3..=15).contains(&digits) || value.chars().count() > 30 {
        errors.push(FieldError::new(field, Problem::NotAPhoneNumber));
    }
}

fn check_portal_name(errors: &mut Vec<FieldError>, value: &str) {
    let value = value.trim();
    if value.is_empty() {
        return;
    }
    if value.chars().count() > 63 {
        errors.push(FieldError::new("portal_name", Problem::TooLong(63)));
    } else if !value.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        || value.starts_with('-')
        || value.ends_with('-')
    {
        errors.push(FieldError::new("portal_name", Problem::NotAPortalName));
    }
}

/// What a list is sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum CustomerSort {
    #[default]
    Name,
    Email,
    State,
    Services,
    Monitors,
    Admins,
    Added,
    Modified,
}

impl CustomerSort {
    pub const ALL: [Self; 8] =
        [Self::Name, Self::Email, Self::State, Self::Services, Self::Monitors, Self::Admins, Self::Added, Self::Modified];

    /// The word in the address.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Email => "email",
            Self::State => "status",
            Self::Services => "services",
            Self::Monitors => "monitors",
            Self::Admins => "admins",
            Self::Added => "added",
            Self::Modified => "modified",
        }
    }

    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.key() == key)
    }
}

/// What the customer list is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CustomerQuery {
    /// Looked for in name, id, main contact's name and email (DOMAIN A2).
    pub search: String,
    /// What is left of it, as typed.
    pub filter: filter::FilterInput,
    pub state: Option<State>,
    pub sort: CustomerSort,
    pub descending: bool,
    /// From 1.
    pub page: u32,
}

impl CustomerQuery {
    /// Whether search or filters leave some out. The state alone does not: it is counted anyhow.
    #[must_use]
    pub fn is_narrowed(&self) -> bool {
        !self.search.trim().is_empty() || !self.filter.is_empty()
    }
}

/// Rows on one page of a list.
pub const PAGE_ROWS: u32 = 50;

/// One row of the customer list (DOMAIN A1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerRow {
    pub id: CustomerId,
    pub name: String,
    pub email: String,
    pub state: State,
    /// Service items.
    pub services: u32,
    pub monitors: u32,
    pub admins: u32,
    pub added_at: i64,
    pub modified_at: i64,
    /// From the board: DOWN and TROUBLE monitors.
    pub counts: Counts,
    /// Whether the asker created it or is associated with it.
    pub associated: bool,
}

/// One page of the customer list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerPage {
    pub rows: Vec<CustomerRow>,
    /// How many rows the filter and the search leave, over all pages.
    pub matching: u32,
    pub page: u32,
    /// By state, whatever filter and search say: all, PENDING, ACTIVE, FREE, INACTIVE.
    pub all: u32,
    pub pending: u32,
    pub active: u32,
    pub free: u32,
    pub inactive: u32,
}

/// A customer's page (DOMAIN A17).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerDetail {
    pub id: CustomerId,
    pub input: CustomerInput,
    pub name: String,
    pub state: State,
    /// What an INACTIVE account was before (DOMAIN B5).
    pub state_before: Option<State>,
    pub terminate_reason: String,
    pub terminated_at: i64,
    /// Up to when the termination can be undone; 0 where there is none.
    pub restorable_until: i64,
    /// Whether that is over.
    pub is_final: bool,
    /// Who asked to manage a PENDING account (DOMAIN B4).
    pub asked: Option<Asked>,
    pub created_by: String,
    pub added_at: i64,
    pub modified_at: i64,
    /// Sent back by an edit; another one since then refuses it.
    pub version: i64,
    pub counts: Counts,
    pub associated: bool,
    pub demo: bool,
}

/// One open or ended outage as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutageRow {
    pub id: crate::OutageId,
    pub monitor: crate::MonitorId,
    pub monitor_name: String,
    pub status: Status,
    pub reason: String,
    pub started_at: i64,
    /// `None` while it lasts.
    pub ended_at: Option<i64>,
    pub care: crate::outages::Care,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> CustomerInput {
        CustomerInput {
            company: "Harbor Logistics".into(),
            email: "it@harbor.example".into(),
            account_manager_email: "r.okafor@msp.example".into(),
            ..CustomerInput::default()
        }
    }

    fn problems(change: impl FnOnce(&mut CustomerInput)) -> Vec<(String, Problem)> {
        let mut input = good();
        change(&mut input);
        input.validate().err().unwrap_or_default().into_iter().map(|e| (e.field, e.problem)).collect()
    }

    #[test]
    fn a3_the_three_required_fields_suffice() {
        assert_eq!(good().validate(), Ok(()));
        let mut contact_only = good();
        contact_only.company.clear();
        contact_only.contact_last = "Okafor".into();
        assert_eq!(contact_only.validate(), Ok(()));
        assert_eq!(contact_only.display_name(), "Okafor");
    }

    #[test]
    fn a3_each_error_stands_at_its_field() {
        let one = |field: &str, problem| vec![(field.to_owned(), problem)];
        assert_eq!(problems(|i| i.company = "  ".into()), one("company", Problem::CompanyOrContact));
        assert_eq!(problems(|i| i.email.clear()), one("email", Problem::Required));
        assert_eq!(problems(|i| i.email = "it@harbor".into()), one("email", Problem::NotAnEmail));
        assert_eq!(problems(|i| i.website = "javascript:alert(1)".into()), one("website", Problem::NotAUrl));
        assert_eq!(problems(|i| i.mobile = "call me".into()), one("mobile", Problem::NotAPhoneNumber));
        assert_eq!(problems(|i| i.company_size = "7".into()), one("company_size", Problem::NotAChoice));
        assert_eq!(problems(|i| i.portal_name = "Harbor!".into()), one("portal_name", Problem::NotAPortalName));
        assert_eq!(problems(|i| i.city = "a\0b".into()), one("city", Problem::ControlCharacter));
        assert_eq!(problems(|i| i.city = "x".repeat(10_000)), one("city", Problem::TooLong(TEXT_MOST)));
    }

    #[test]
    fn a3_every_field_reads_and_writes_itself() {
        let mut input = CustomerInput::default();
        for field in CustomerInput::FIELDS {
            (field.set)(&mut input).push_str(field.name);
        }
        for field in CustomerInput::FIELDS {
            assert_eq!((field.get)(&input), field.name);
        }
        let json = serde_json::to_value(&input).unwrap();
        assert_eq!(json.as_object().unwrap().len(), CustomerInput::FIELDS.len());
    }
}
