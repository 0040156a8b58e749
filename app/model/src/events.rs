//! The audit trail (DOMAIN A15): one row per change, with before and after.

use serde::{Deserialize, Serialize};

use crate::{
    CustomerId, FieldError,
    customers::{TEXT_MOST, check_text},
    period::{Period, read_period},
};

/// One change as a person reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRow {
    /// Its place in the MSP's log, from 1 without a gap.
    pub seq: i64,
    /// UTC milliseconds.
    pub at: i64,
    /// Who: a person's name and email, or `System`.
    pub actor: String,
    /// From where: an IP address, or `command line`.
    pub from: String,
    /// What: `customer.created`, `monitor.suspended` ...
    pub kind: String,
    /// Whose: the customer's id, which may be deleted since; empty where it is about none.
    pub customer: String,
    /// The name of what was changed, as it was then.
    pub subject: String,
    /// Field, before, after; a field that was not there before or after has an empty text.
    pub changes: Vec<(String, String, String)>,
}

/// The filters of the trail as typed. Names are those of the form's controls and of the address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EventInput {
    /// A part of a person's name or email.
    pub who: String,
    /// A kind, as it is stored.
    pub kind: String,
    /// A customer's id, or a part of its name, also of one that is deleted.
    pub customer: String,
    pub from: String,
    pub to: String,
}

/// What is accepted of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    pub who: String,
    pub kind: String,
    pub customer: Option<Whose>,
    pub period: Period,
}

/// Whose changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    Id(CustomerId),
    Named(String),
}

impl EventInput {
    /// Every control: its name, and what was typed.
    #[must_use]
    pub fn pairs(&self) -> [(&'static str, &str); 5] {
        [("who", &self.who), ("kind", &self.kind), ("customer", &self.customer), ("from", &self.from), ("to", &self.to)]
    }

    /// Whether nothing is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs().iter().all(|(_, typed)| typed.trim().is_empty())
    }

    /// # Errors
    /// One entry for every field that cannot be taken, in the order of the form.
    pub fn accept(&self) -> Result<EventFilter, Vec<FieldError>> {
        let mut errors = Vec::new();
        for (name, typed) in self.pairs().into_iter().take(3) {
            check_text(&mut errors, name, typed, false, TEXT_MOST);
        }
        let period = read_period(&mut errors, ("from", &self.from), ("to", &self.to));
        if !errors.is_empty() {
            return Err(errors);
        }
        let customer = self.customer.trim();
        let customer = match customer.parse() {
            _ if customer.is_empty() => None,
            Ok(id) => Some(Whose::Id(id)),
            Err(_) => Some(Whose::Named(customer.to_owned())),
        };
        Ok(EventFilter { who: self.who.trim().to_owned(), kind: self.kind.trim().to_owned(), customer, period })
    }
}

/// `customer.terminated` as a person says it: "Customer terminated".
#[must_use]
pub fn kind_in_words(kind: &str) -> String {
    match kind {
        "demo.filled" => "Demonstration filled".into(),
        "export.requested" => "Customer list asked for by mail".into(),
        "msp.created" => "MSP created".into(),
        "msp.quota_changed" => "Quota changed".into(),
        "session.others_ended" => "All other sessions ended".into(),
        other => {
            let words = other.replace(['.', '_', '-'], " ");
            let mut letters = words.chars();
            letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Problem;

    #[test]
    fn a15_a_kind_is_said_in_words() {
        assert_eq!(kind_in_words("customer.terminated"), "Customer terminated");
        assert_eq!(kind_in_words("msp.created"), "MSP created");
        assert_eq!(kind_in_words(""), "");
    }

    #[test]
    fn a15_a_customer_is_named_or_meant_by_its_id() {
        let id = CustomerId::from_u128(7);
        let of = |customer: &str| EventInput { customer: customer.into(), ..EventInput::default() }.accept().unwrap().customer;
        assert_eq!(of(&format!(" {id} ")), Some(Whose::Id(id)));
        assert_eq!(of("cus_harbor"), Some(Whose::Named("cus_harbor".into())));
        assert_eq!(of("  "), None);
        let wrong = EventInput { from: "2026-11-24".into(), to: "2026-11-01".into(), ..EventInput::default() }.accept();
        assert_eq!(wrong, Err(vec![FieldError::new("to", Problem::EndsBeforeItBegins)]));
    }
}
