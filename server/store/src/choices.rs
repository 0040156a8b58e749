//! What the customer's form offers and takes (DOMAIN A3): countries, languages, time zones, industries and phone numbers. A person
//! types names, the database holds codes: ISO 3166-1, BCP 47, the tz database, E.164.

use std::sync::LazyLock;

use model::{FieldError, Problem, customers::CustomerInput, text::fold};
use phonenumber::Mode;

use crate::{
    countries::{COUNTRIES, country_name},
    languages::{LANGUAGES, language_name},
    occurrences::DATABASE,
};

/// What a search gives at most.
const FOUND_MOST: usize = 60;

/// Industries, by name. Several stand in one field with commas between them.
pub const INDUSTRIES: [&str; 28] = [
    "Accounting",
    "Agriculture",
    "Automotive",
    "Construction",
    "Consulting",
    "Education",
    "Energy",
    "Engineering",
    "Finance",
    "Food and drink",
    "Government",
    "Healthcare",
    "Hospitality",
    "Insurance",
    "Legal",
    "Logistics",
    "Manufacturing",
    "Media",
    "Nonprofit",
    "Pharmaceuticals",
    "Property",
    "Publishing",
    "Retail",
    "Services",
    "Software",
    "Telecommunications",
    "Transport",
    "Wholesale",
];

/// A list that a person picks one of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choices {
    Countries,
    Languages,
    Zones,
}

/// One of a list: what is stored, what a person reads and types, and what else it is found by.
struct Choice {
    stored: String,
    label: String,
    name: String,
    found_by: Vec<String>,
}

static COUNTRY_CHOICES: LazyLock<Vec<Choice>> = LazyLock::new(|| {
    let choice = |(code, name): &(&str, &str)| Choice {
        stored: (*code).to_owned(),
        label: (*name).to_owned(),
        name: folded(name),
        found_by: vec![folded(code), folded(name)],
    };
    COUNTRIES.iter().map(choice).collect()
});

static LANGUAGE_CHOICES: LazyLock<Vec<Choice>> = LazyLock::new(|| {
    let choice = |(tag, name, own): &(&str, &str, &str)| Choice {
        stored: (*tag).to_owned(),
        label: (*name).to_owned(),
        name: folded(name),
        found_by: vec![folded(tag), folded(name), folded(own)],
    };
    LANGUAGES.iter().map(choice).collect()
});

static ZONE_CHOICES: LazyLock<Vec<Choice>> = LazyLock::new(|| {
    let mut names: Vec<String> =
        DATABASE.available().map(|name| name.as_str().to_owned()).filter(|name| is_of_a_place(name)).collect();
    names.sort_unstable();
    names.insert(0, "UTC".to_owned());
    let choice = |name: String| {
        let folded = folded(&name);
        let city = folded.rsplit('/').next().unwrap_or_default().to_owned();
        Choice { stored: name.clone(), label: name, name: folded.clone(), found_by: vec![folded, city] }
    };
    names.into_iter().map(choice).collect()
});

/// The tz database also knows names by offset, and old ones by country.
fn is_of_a_place(name: &str) -> bool {
    const AREAS: [&str; 10] =
        ["Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"];
    name.split_once('/').is_some_and(|(area, _)| AREAS.contains(&area))
}

/// As names are compared: an `&` is an `and`, and an underscore a space.
fn folded(text: &str) -> String {
    fold(&text.replace('&', " and ").replace('_', " "))
}

impl Choices {
    fn all(self) -> &'static [Choice] {
        match self {
            Self::Countries => &COUNTRY_CHOICES,
            Self::Languages => &LANGUAGE_CHOICES,
            Self::Zones => &ZONE_CHOICES,
        }
    }

    /// Every name of the list.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        self.all().iter().map(|choice| choice.label.as_str())
    }

    /// What a person may mean by what they have typed so far: first what begins so, then what contains it.
    #[must_use]
    pub fn search(self, typed: &str) -> Vec<String> {
        let typed: String = folded(typed).chars().take(model::text::SEARCH_LIMIT).collect();
        let begins = |choice: &&Choice| choice.found_by.iter().any(|text| text.starts_with(&typed));
        let contains = |choice: &&Choice| choice.found_by.iter().any(|text| text.contains(&typed));
        let first = self.all().iter().filter(begins);
        let then = self.all().iter().filter(|choice| !begins(choice) && contains(choice));
        first.chain(then).take(FOUND_MOST).map(|choice| choice.label.clone()).collect()
    }

    /// What is stored for what was typed: a code, a name, or the beginning of just one name.
    pub(crate) fn stored(self, typed: &str) -> Option<String> {
        let wanted = folded(typed);
        let exact = self.all().iter().find(|choice| choice.found_by.contains(&wanted));
        let chosen = exact.or_else(|| {
            let mut begun = self.all().iter().filter(|choice| choice.name.starts_with(&wanted));
            begun.next().filter(|_| begun.next().is_none())
        });
        chosen.map(|choice| choice.stored.clone())
    }
}

/// A time zone of any name that the tz database knows, written as it writes it.
pub(crate) fn stored_zone(typed: &str) -> Option<String> {
    Choices::Zones.stored(typed).or_else(|| DATABASE.get(typed).ok()?.iana_name().map(str::to_owned))
}

/// `typed` as E.164. A number without a country code is one of `country`.
fn stored_phone(typed: &str, country: &str) -> Result<String, Problem> {
    let country = country.parse::<phonenumber::country::Id>().ok();
    if country.is_none() && !typed.trim_start().starts_with('+') {
        return Err(Problem::NoCountryCode);
    }
    let number = phonenumber::parse(country, typed).map_err(|_| Problem::NoSuchPhoneNumber)?;
    if phonenumber::is_valid(&number) {
        Ok(number.format().mode(Mode::E164).to_string())
    } else {
        Err(Problem::NoSuchPhoneNumber)
    }
}

/// A stored number as people write it; what is none is left as it is.
pub(crate) fn shown_phone(stored: &str) -> String {
    let number = phonenumber::parse(None, stored).ok().filter(phonenumber::is_valid);
    number.map_or_else(|| stored.to_owned(), |number| number.format().mode(Mode::International).to_string())
}

/// Known industries as they are written, with commas between them.
fn stored_industries(typed: &str) -> Option<String> {
    let known = |part: &str| INDUSTRIES.iter().find(|known| fold(known) == fold(part)).copied();
    let mut chosen: Vec<&str> = typed.split(',').filter(|part| !part.trim().is_empty()).map(known).collect::<Option<_>>()?;
    chosen.sort_unstable();
    chosen.dedup();
    Some(chosen.join(", "))
}

/// The form as it is stored. What an edit leaves as it was `before` is not judged again.
///
/// # Errors
/// One entry for every field that cannot be taken.
pub(crate) fn accepted(input: &CustomerInput, before: &CustomerInput) -> Result<CustomerInput, Vec<FieldError>> {
    let mut input = input.clone().trimmed();
    let mut errors = input.validate().err().unwrap_or_default();
    let country = Choices::Countries.stored(&input.country).unwrap_or_default();
    for field in CustomerInput::FIELDS {
        let typed = (field.get)(&input);
        let is_open = !typed.is_empty() && typed != (field.get)(before) && !errors.iter().any(|error| error.field == field.name);
        if !is_open {
            continue;
        }
        let not_a_choice = |stored: Option<String>| stored.ok_or(Problem::NotAChoice);
        let stored = match field.name {
            "country" => not_a_choice(Choices::Countries.stored(typed)),
            "language" => not_a_choice(Choices::Languages.stored(typed)),
            "report_zone" => not_a_choice(stored_zone(typed)),
            "industries" => not_a_choice(stored_industries(typed)),
            "mobile" | "business_phone" => stored_phone(typed, &country),
            _ => continue,
        };
        match stored {
            Ok(stored) => *(field.set)(&mut input) = stored,
            Err(problem) => errors.push(FieldError::new(field.name, problem)),
        }
    }
    if errors.is_empty() { Ok(input) } else { Err(errors) }
}

/// A stored form as people read and type it.
#[must_use]
pub fn shown(stored: &CustomerInput) -> CustomerInput {
    let named = |name: Option<&str>, stored: &str| name.unwrap_or(stored).to_owned();
    CustomerInput {
        country: named(country_name(&stored.country), &stored.country),
        language: named(language_name(&stored.language), &stored.language),
        mobile: shown_phone(&stored.mobile),
        business_phone: shown_phone(&stored.business_phone),
        ..stored.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a3_a_country_is_taken_by_its_code_its_name_or_the_beginning_of_one_name() {
        let stored = |typed| Choices::Countries.stored(typed);
        for typed in ["GB", "gb", "United Kingdom", " united  KINGDOM", "United K"] {
            assert_eq!(stored(typed).as_deref(), Some("GB"), "{typed}");
        }
        assert_eq!(stored("Cote d'Ivoire").as_deref(), Some("CI"));
        assert_eq!(stored("Antigua and Barbuda").as_deref(), Some("AG"));
        assert_eq!(stored("Niger").as_deref(), Some("NE"));
        for typed in ["United", "Atlantis", "XX"] {
            assert_eq!(stored(typed), None, "{typed}");
        }
        assert_eq!(COUNTRIES.len(), 249);
    }

    #[test]
    fn a3_a_search_finds_what_begins_so_first() {
        assert_eq!(Choices::Countries.search("ger")[..2], ["Germany", "Algeria"]);
        assert_eq!(Choices::Languages.search("deutsch")[0], "German");
        assert_eq!(Choices::Languages.search("日本")[0], "Japanese");
        assert_eq!(Choices::Zones.search("new york")[0], "America/New_York");
        assert_eq!(Choices::Zones.search("")[0], "UTC");
        assert_eq!(Choices::Countries.search("atlantis"), Vec::<String>::new());
    }

    #[test]
    fn a3_a_time_zone_is_one_of_the_tz_database() {
        for (typed, stored) in [("europe/berlin", "Europe/Berlin"), ("Berlin", "Europe/Berlin"), ("utc", "UTC")] {
            assert_eq!(stored_zone(typed).as_deref(), Some(stored), "{typed}");
        }
        assert_eq!(stored_zone("Mars/Olympus"), None);
    }

    #[test]
    fn a3_a_number_without_a_country_code_is_read_by_the_customers_country() {
        assert_eq!(stored_phone("020 7946 0123", "GB").as_deref(), Ok("+442079460123"));
        assert_eq!(stored_phone("+49 (30) 901820", "GB").as_deref(), Ok("+4930901820"));
        assert_eq!(stored_phone("07400 123456", "GB").as_deref(), Ok("+447400123456"));
        assert_eq!(stored_phone("020 7946 0123", ""), Err(Problem::NoCountryCode));
        assert_eq!(stored_phone("+44 12", ""), Err(Problem::NoSuchPhoneNumber));
        assert_eq!(stored_phone("+999 123456789", ""), Err(Problem::NoSuchPhoneNumber));
        assert_eq!(shown_phone("+442079460123"), "+44 20 7946 0123");
        assert_eq!(shown_phone("+99912"), "+99912");
    }

    #[test]
    fn a3_what_was_typed_is_stored_as_codes_and_shown_as_names() {
        let typed = CustomerInput {
            company: "Harbor".into(),
            email: "a@b.example".into(),
            account_manager_email: "a@b.example".into(),
            country: "germany".into(),
            language: "Deutsch".into(),
            report_zone: "berlin".into(),
            business_phone: "030 901820".into(),
            industries: "retail, Food and drink,retail".into(),
            ..CustomerInput::default()
        };
        let stored = accepted(&typed, &CustomerInput::default()).unwrap();
        let codes = [&stored.country, &stored.language, &stored.report_zone, &stored.business_phone, &stored.industries];
        assert_eq!(codes, ["DE", "de", "Europe/Berlin", "+4930901820", "Food and drink, Retail"]);
        let shown = shown(&stored);
        assert_eq!([shown.country.as_str(), &shown.language, &shown.business_phone], ["Germany", "German", "+49 30 901820"]);
        // And what is shown is taken back.
        assert_eq!(accepted(&shown, &stored), Ok(stored));
    }

    #[test]
    fn a6_what_an_edit_leaves_as_it_was_is_not_judged_again() {
        let old = CustomerInput {
            company: "Old".into(),
            email: "a@b.example".into(),
            account_manager_email: "a@b.example".into(),
            country: "Prussia".into(),
            mobile: "12 34".into(),
            industries: "Alchemy".into(),
            ..CustomerInput::default()
        };
        assert_eq!(accepted(&old, &old), Ok(old.clone()));
        let errors = accepted(&old, &CustomerInput::default()).unwrap_err();
        let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["mobile", "country", "industries"]);
    }
}
