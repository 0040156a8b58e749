//! What an MSP offers and charges (DOMAIN A8): program levels with their service plans, service types, and rate templates. One
//! program level and one service type are the pack that every new customer gets (A14).

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{FieldError, LevelId, PlanId, Problem, RatesId, ServiceTypeId, customers::check_text, ids::NotAnId};

/// The longest name, in characters.
pub const NAME_MOST: u32 = 100;
/// The longest unit, in characters.
pub const UNIT_MOST: u32 = 40;
/// The longest description, in characters.
pub const DESCRIPTION_MOST: u32 = 1000;

/// The largest amount, in minor units: nothing that is multiplied by a quantity leaves an i64.
const AMOUNT_MOST: i64 = 1_000_000_000;

/// What a currency's minor unit is of, by its code (ISO 4217): how many places it has.
pub type Places = fn(&str) -> Option<u8>;

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// In the currency's minor unit.
    pub minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// How many places the minor unit has.
    pub places: u8,
}

impl Money {
    /// Without the currency, as a form has it: `12.50`.
    #[must_use]
    pub fn plain(&self) -> String {
        amount(self.minor, self.places)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.currency, self.plain())
    }
}

/// `minor` with a point before its last `places` digits.
#[must_use]
pub fn amount(minor: i64, places: u8) -> String {
    if places == 0 {
        return minor.to_string();
    }
    let unit = 10_i64.pow(u32::from(places));
    format!("{}.{:0width$}", minor / unit, minor % unit, width = usize::from(places))
}

/// From `12.50`, `12,50` or `12`: in units of the last of `places`. Nothing below zero, nothing with more places.
#[must_use]
pub fn parse_amount(text: &str, places: u8) -> Option<i64> {
    let text = text.trim();
    let (whole, part) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(part) || part.len() > usize::from(places) {
        return None;
    }
    let digits = format!("{whole}{part:0<width$}", width = usize::from(places));
    digits.parse().ok().filter(|minor| *minor <= AMOUNT_MOST)
}

/// A part of the catalogue that has a page of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    Level(LevelId),
    Plan(PlanId),
    Service(ServiceTypeId),
    Rates(RatesId),
}

impl FromStr for Part {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        (text.parse().map(Self::Level))
            .or_else(|_| text.parse().map(Self::Plan))
            .or_else(|_| text.parse().map(Self::Service))
            .or_else(|_| text.parse().map(Self::Rates))
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Level(id) => id.fmt(f),
            Self::Plan(id) => id.fmt(f),
            Self::Service(id) => id.fmt(f),
            Self::Rates(id) => id.fmt(f),
        }
    }
}

/// The form of a program level, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LevelInput {
    pub name: String,
    pub description: String,
    /// A [`RatesId`], or empty for none.
    pub rates: String,
}

/// A program level's settings, accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LevelSettings {
    pub name: String,
    pub description: String,
    pub rates: Option<RatesId>,
}

impl LevelInput {
    /// # Errors
    /// One entry for every field that cannot be taken, in the order of the form.
    pub fn validate(&self) -> Result<LevelSettings, Vec<FieldError>> {
        let mut errors = Vec::new();
        check_text(&mut errors, "name", &self.name, true, NAME_MOST);
        check_lines(&mut errors, "description", &self.description, DESCRIPTION_MOST);
        let rates = choice(&mut errors, "rates", &self.rates);
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(LevelSettings { name: self.name.trim().to_owned(), description: self.description.trim().to_owned(), rates })
    }
}

/// The form of a service plan, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlanInput {
    pub name: String,
    pub description: String,
    /// The [`ServiceTypeId`]s that are ticked.
    pub services: Vec<String>,
}

/// A service plan's settings, accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanSettings {
    pub name: String,
    pub description: String,
    /// In their order, each once.
    pub services: Vec<ServiceTypeId>,
}

impl PlanInput {
    /// # Errors
    /// One entry for every field that cannot be taken, in the order of the form.
    pub fn validate(&self) -> Result<PlanSettings, Vec<FieldError>> {
        let mut errors = Vec::new();
        check_text(&mut errors, "name", &self.name, true, NAME_MOST);
        check_lines(&mut errors, "description", &self.description, DESCRIPTION_MOST);
        let mut services: Vec<ServiceTypeId> = Vec::new();
        for service in &self.services {
            match service.parse() {
                Ok(service) => services.push(service),
                Err(NotAnId) => {
                    errors.push(FieldError::new("services", Problem::NotAChoice));
                    break;
                }
            }
        }
        services.sort();
        services.dedup();
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(PlanSettings { name: self.name.trim().to_owned(), description: self.description.trim().to_owned(), services })
    }
}

/// The form of a service type, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServiceTypeInput {
    pub name: String,
    /// What is counted: `hour`, `device`, `month`.
    pub unit: String,
}

impl ServiceTypeInput {
    /// The same without white space at the ends, which is what is stored.
    #[must_use]
    pub fn trimmed(&self) -> Self {
        Self { name: self.name.trim().to_owned(), unit: self.unit.trim().to_owned() }
    }

    /// # Errors
    /// One entry for every field that cannot be taken, in the order of the form.
    pub fn validate(&self) -> Result<(), Vec<FieldError>> {
        let mut errors = Vec::new();
        check_text(&mut errors, "name", &self.name, true, NAME_MOST);
        check_text(&mut errors, "unit", &self.unit, true, UNIT_MOST);
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// The form of a rate template, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RatesInput {
    pub name: String,
    /// ISO 4217.
    pub currency: String,
    /// By [`ServiceTypeId`], what one unit costs; empty where it has no rate.
    pub rates: BTreeMap<String, String>,
}

/// A rate template's settings, accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RatesSettings {
    pub name: String,
    pub currency: String,
    pub places: u8,
    /// In minor units.
    pub rates: BTreeMap<ServiceTypeId, i64>,
}

impl RatesInput {
    /// What an error at a rate calls its field.
    #[must_use]
    pub fn field_of(service: &str) -> String {
        format!("rates.{service}")
    }

    /// # Errors
    /// One entry for every field that cannot be taken, in the order of the form.
    pub fn validate(&self, places: Places) -> Result<RatesSettings, Vec<FieldError>> {
        let mut errors = Vec::new();
        check_text(&mut errors, "name", &self.name, true, NAME_MOST);
        let known = places(self.currency.trim());
        if known.is_none() {
            errors.push(FieldError::new("currency", Problem::NotAChoice));
        }
        let places = known.unwrap_or_default();
        let mut rates = BTreeMap::new();
        for (service, rate) in self.rates.iter().filter(|(_, rate)| !rate.trim().is_empty()) {
            let field = Self::field_of(service);
            match (service.parse(), parse_amount(rate, places)) {
                (Ok(service), Some(minor)) => {
                    rates.insert(service, minor);
                }
                (Err(NotAnId), _) => errors.push(FieldError::new(&field, Problem::NotAChoice)),
                // Without a currency nobody knows how many decimals there may be.
                (Ok(_), None) if known.is_none() => {}
                (Ok(_), None) => errors.push(FieldError::new(&field, Problem::NotAnAmount(places))),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(RatesSettings { name: self.name.trim().to_owned(), currency: self.currency.trim().to_owned(), places, rates })
    }
}

/// Adds an error where `value`, which may have several lines, is too long or holds another control character.
pub(crate) fn check_lines(errors: &mut Vec<FieldError>, field: &str, value: &str, most: u32) {
    check_text(errors, field, &value.replace(['\r', '\n', '\t'], " "), false, most);
}

/// The id that was chosen, `None` where none was; adds an error for what is no id.
fn choice<T: FromStr>(errors: &mut Vec<FieldError>, field: &str, value: &str) -> Option<T> {
    let value = value.trim();
    if value.is_empty() {
        return None;
    }
    let id = value.parse().ok();
    if id.is_none() {
        errors.push(FieldError::new(field, Problem::NotAChoice));
    }
    id
}

/// The whole catalogue, each list by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalogue {
    pub levels: Vec<LevelRow>,
    pub services: Vec<ServiceTypeRow>,
    pub rates: Vec<RatesRow>,
}

impl Catalogue {
    #[must_use]
    pub fn level(&self, id: &LevelId) -> Option<&LevelRow> {
        self.levels.iter().find(|level| level.id == *id)
    }

    #[must_use]
    pub fn plan(&self, id: &PlanId) -> Option<(&LevelRow, &PlanRow)> {
        self.levels.iter().find_map(|level| level.plans.iter().find(|plan| plan.id == *id).map(|plan| (level, plan)))
    }

    #[must_use]
    pub fn service(&self, id: &ServiceTypeId) -> Option<&ServiceTypeRow> {
        self.services.iter().find(|service| service.id == *id)
    }

    #[must_use]
    pub fn rates(&self, id: &RatesId) -> Option<&RatesRow> {
        self.rates.iter().find(|rates| rates.id == *id)
    }

    /// The service types of a level's plans, by name.
    #[must_use]
    pub fn services_of(&self, level: &LevelRow) -> Vec<&ServiceTypeRow> {
        let is_in = |service: &&ServiceTypeRow| level.plans.iter().any(|plan| plan.services.contains(&service.id));
        self.services.iter().filter(is_in).collect()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelRow {
    pub id: LevelId,
    pub name: String,
    pub description: String,
    pub rates: Option<RatesId>,
    /// Whether new customers get it (DOMAIN A14).
    pub is_default: bool,
    /// How many customers have it, as far as the asker sees them.
    pub customers: u32,
    pub plans: Vec<PlanRow>,
    /// Sent back by an edit; another one since then refuses it.
    pub version: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanRow {
    pub id: PlanId,
    pub name: String,
    pub description: String,
    pub services: Vec<ServiceTypeId>,
    pub version: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceTypeRow {
    pub id: ServiceTypeId,
    pub name: String,
    pub unit: String,
    /// Whether new customers get it (DOMAIN A14).
    pub is_default: bool,
    /// How many customers have a service item of it, as far as the asker sees them.
    pub customers: u32,
    pub version: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RatesRow {
    pub id: RatesId,
    pub name: String,
    pub currency: String,
    /// What one unit of each service type costs, where it has a rate.
    pub rates: Vec<(ServiceTypeId, Money)>,
    pub version: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(code: &str) -> Option<u8> {
        [("EUR", 2), ("JPY", 0), ("KWD", 3)].into_iter().find(|(known, _)| *known == code).map(|(_, places)| places)
    }

    #[test]
    fn a8_an_amount_reads_back_as_it_was_typed() {
        for (text, places, minor) in [("12.50", 2, 1250), ("0.05", 2, 5), ("1200", 0, 1200), ("1.005", 3, 1005)] {
            assert_eq!((parse_amount(text, places), amount(minor, places).as_str()), (Some(minor), text));
        }
        assert_eq!((parse_amount(" 12,5 ", 2), parse_amount("7", 2), parse_amount("7.", 2)), (Some(1250), Some(700), Some(700)));
        for wrong in ["", ".5", "-1", "+1", "1.234", "1e3", "1 000", "12.5.0", "٣", "99999999999", "1.-5"] {
            assert_eq!(parse_amount(wrong, 2), None, "{wrong}");
        }
        assert_eq!(Money { minor: 1250, currency: "EUR".into(), places: 2 }.to_string(), "EUR 12.50");
    }

    #[test]
    fn a8_bad_settings_are_refused_at_their_field() {
        let fields = |errors: Vec<FieldError>| errors.into_iter().map(|error| error.field).collect::<Vec<_>>();
        let level = LevelInput { name: " ".into(), description: "x".repeat(1001), rates: "gold".into() };
        assert_eq!(fields(level.validate().unwrap_err()), ["name", "description", "rates"]);
        assert_eq!(
            LevelInput { name: "Gold".into(), description: "a\nb".into(), ..LevelInput::default() }.validate().unwrap().rates,
            None
        );
        let plan = PlanInput { name: "a\0".into(), services: vec!["x".into(), "y".into()], ..PlanInput::default() };
        assert_eq!(fields(plan.validate().unwrap_err()), ["name", "services"]);
        let one = ServiceTypeId::from_u128(1).to_string();
        let twice = PlanInput { name: "a".into(), services: vec![one.clone(), one.clone()], ..PlanInput::default() };
        assert_eq!(twice.validate().unwrap().services.len(), 1);
        let rates = |currency: &str, rate: &str| RatesInput {
            name: "Standard".into(),
            currency: currency.into(),
            rates: BTreeMap::from([(one.clone(), rate.to_owned())]),
        };
        assert_eq!(fields(rates("XXX", "?").validate(places).unwrap_err()), ["currency"]);
        assert_eq!(rates("JPY", "1.5").validate(places).unwrap_err()[0].problem, Problem::NotAnAmount(0));
        assert_eq!(rates("EUR", " ").validate(places).unwrap().rates.len(), 0);
        assert_eq!(rates("KWD", "1.5").validate(places).unwrap().rates.into_values().collect::<Vec<_>>(), [1500]);
    }

    #[test]
    fn a8_a_part_is_known_by_its_id() {
        for part in [
            Part::Level(LevelId::from_u128(1)),
            Part::Plan(PlanId::from_u128(2)),
            Part::Service(ServiceTypeId::from_u128(3)),
            Part::Rates(RatesId::from_u128(4)),
        ] {
            assert_eq!(part.to_string().parse(), Ok(part));
        }
        assert_eq!("cus_0192aaaabbbb7ccc8dddeeeeffff0001".parse::<Part>(), Err(NotAnId));
    }
}
