//! What the demonstration's customers have of the catalogue, and their locations and contacts. Thrown by dice of its own, so that
//! the names and statuses that a seed makes stay what they are.

use std::collections::HashSet;

use model::{ContactId, CustomerId, ItemId, LevelId, LocationId, MspId, PlanId, RatesId, ServiceTypeId, contacts::PortalAccess};
use rand::{SeedableRng, rngs::StdRng};

use crate::{
    Result, Store,
    customers::sort_key,
    db::{Tx, Value, values},
    demo::{Dice, FIRST_NAMES, LAST_NAMES, TOWNS},
};

/// Sets these dice apart from those of the same seed that throw names and statuses.
const APART: u64 = 0x6361_7461_6c6f_6775;

const SITES: [&str; 16] = [
    "Head office",
    "Warehouse",
    "Branch",
    "Workshop",
    "Data centre",
    "Shop",
    "Laboratory",
    "Depot",
    "Service desk",
    "Factory",
    "Training centre",
    "Archive",
    "Clinic",
    "Showroom",
    "Garage",
    "Harbour",
];
const SITES_ELSEWHERE: [&str; 16] = [
    "Außenstelle",
    "Büro",
    "Entrepôt",
    "Siège général",
    "Almacén",
    "Sede básica",
    "Armazém São",
    "Lagerlokal på",
    "Værksted",
    "Oddział główny",
    "Sídlo",
    "Склад",
    "Αποθήκη",
    "מחסן",
    "本社",
    "창고",
];
const STREETS: [&str; 12] = [
    "Quay Street",
    "Mill Lane",
    "Station Road",
    "High Street",
    "Church Row",
    "Orchard Way",
    "Canal Walk",
    "Market Square",
    "North Parade",
    "Harbour View",
    "Bridge Street",
    "Castle Hill",
];
const CODES: [(&str, &str); 12] = [
    ("GB", "Europe/London"),
    ("US", "America/Chicago"),
    ("NO", "Europe/Oslo"),
    ("FR", "Europe/Paris"),
    ("PT", "Europe/Lisbon"),
    ("BE", "Europe/Brussels"),
    ("IT", "Europe/Rome"),
    ("AT", "Europe/Vienna"),
    ("SE", "Europe/Stockholm"),
    ("JP", "Asia/Tokyo"),
    ("KE", "Africa/Nairobi"),
    ("PE", "America/Lima"),
];
const TITLES: [&str; 8] =
    ["Office manager", "Head of IT", "Managing director", "Site engineer", "Accountant", "Reception", "Operations", "Owner"];

/// Name, unit, and what one of it costs in cents.
const SERVICES: [(&str, &str, i64); 4] = [
    ("Managed device", "device", 1250),
    ("Remote support", "hour", 9500),
    ("On-site visit", "visit", 18_000),
    ("Cloud backup", "GB", 12),
];
/// A plan's name, and how many of the services it has.
type Plan = (&'static str, usize);
/// Name, description and plans of each level.
const LEVELS: [(&str, &str, &[Plan]); 2] = [
    ("Essential", "Watched around the clock, helped in office hours.", &[("Watch", 1), ("Help desk", 2)]),
    ("Premium", "Everything, at any hour, with an engineer on site.", &[("Watch", 1), ("Around the clock", 3), ("Recovery", 4)]),
];
const RATES: &str = "Standard rates";

/// The catalogue that the demonstration chooses from.
pub(crate) struct Offer {
    levels: Vec<String>,
    /// With what one of it costs, in minor units of the currency, where the rates say so.
    services: Vec<(String, Option<(i64, String)>)>,
    default_service: String,
}

/// Rows for one transaction, and the dice that throw them.
pub(crate) struct Furnishing {
    dice: Dice,
    offer: Offer,
    msp: MspId,
    levels: Vec<[Value; 2]>,
    items: Vec<[Value; 9]>,
    locations: Vec<[Value; 13]>,
    contacts: Vec<[Value; 12]>,
    customers: Vec<[Value; 1]>,
}

impl Furnishing {
    pub(crate) fn new(msp: &MspId, seed: u64, offer: Offer) -> Self {
        Self {
            dice: Dice(StdRng::seed_from_u64(seed ^ APART)),
            offer,
            msp: msp.clone(),
            levels: Vec::new(),
            items: Vec::new(),
            locations: Vec::new(),
            contacts: Vec::new(),
            customers: Vec::new(),
        }
    }

    /// Makes up what one customer has; its default location.
    pub(crate) fn customer(&mut self, store: &Store, customer: &CustomerId, number: usize, since: i64) -> LocationId {
        let level = self.dice.between(0, self.offer.levels.len() as i64 - 1) as usize;
        self.levels.push([customer.into(), self.offer.levels[level].clone().into()]);
        self.customers.push([customer.into()]);
        self.services(store, customer, since);
        let locations = self.locations(store, customer, since);
        self.contacts(store, customer, &locations, number, since);
        locations.into_iter().next().unwrap_or_else(|| LocationId::from_u128(0))
    }

    fn services(&mut self, store: &Store, customer: &CustomerId, since: i64) {
        let first = ItemId::from_u128(store.inner.ids.bits(since));
        let service = self.offer.default_service.clone();
        self.item(&first, customer, service, 100, None, since);
        if self.dice.chance(600) {
            let (service, rate) =
                self.offer.services[self.dice.between(0, self.offer.services.len() as i64 - 1) as usize].clone();
            if service != self.offer.default_service {
                let id = ItemId::from_u128(store.inner.ids.bits(since));
                let quantity = self.dice.between(1, 40) * 50;
                self.item(&id, customer, service, quantity, rate, since);
            }
        }
    }

    fn item(
        &mut self,
        id: &ItemId,
        customer: &CustomerId,
        service: String,
        quantity: i64,
        rate: Option<(i64, String)>,
        since: i64,
    ) {
        let (minor, currency) = rate.unwrap_or_default();
        self.items.push([
            id.into(),
            (&self.msp).into(),
            customer.into(),
            service.into(),
            quantity.into(),
            minor.into(),
            currency.into(),
            String::new().into(),
            since.into(),
        ]);
    }

    /// The default first.
    fn locations(&mut self, store: &Store, customer: &CustomerId, since: i64) -> Vec<LocationId> {
        let count = [1, 1, 1, 2, 3][self.dice.between(0, 4) as usize];
        let (country, zone) = CODES[self.dice.between(0, CODES.len() as i64 - 1) as usize];
        let mut names = HashSet::new();
        let mut ids = Vec::new();
        for _ in 0..count {
            let site = if self.dice.chance(200) { self.dice.pick(&SITES_ELSEWHERE) } else { self.dice.pick(&SITES) };
            let town = self.dice.pick(&TOWNS);
            let (name, street) =
                (format!("{site} {town}"), format!("{} {}", self.dice.between(1, 180), self.dice.pick(&STREETS)));
            let (zip, shown) = (self.dice.between(10_000, 99_999), self.dice.chance(850));
            if !names.insert(sort_key(&name)) {
                continue;
            }
            let id = LocationId::from_u128(store.inner.ids.bits(since));
            self.locations.push([
                (&id).into(),
                (&self.msp).into(),
                customer.into(),
                (&name).into(),
                sort_key(&name).into(),
                street.into(),
                town.into(),
                zip.to_string().into(),
                country.into(),
                zone.into(),
                shown.into(),
                ids.is_empty().into(),
                since.into(),
            ]);
            ids.push(id);
        }
        ids
    }

    fn contacts(&mut self, store: &Store, customer: &CustomerId, at: &[LocationId], number: usize, since: i64) {
        for contact in 0..self.dice.between(0, 2) {
            let (first, last) = (self.dice.pick(&FIRST_NAMES).to_owned(), self.dice.pick(&LAST_NAMES).to_owned());
            let (title, phone) = (self.dice.pick(&TITLES), format!("+44 {}", self.dice.between(2_000_000_000, 9_999_999_999)));
            let access = PortalAccess::ALL[[0, 0, 0, 1, 2][self.dice.between(0, 4) as usize]];
            let place = self.dice.between(0, at.len() as i64 - 1) as usize;
            self.contacts.push([
                (&ContactId::from_u128(store.inner.ids.bits(since))).into(),
                (&self.msp).into(),
                customer.into(),
                (&at[place]).into(),
                first.clone().into(),
                last.clone().into(),
                sort_key(&format!("{last} {first}")).into(),
                format!("contact-{contact}@customer-{number}.example").into(),
                phone.into(),
                title.into(),
                access.key().into(),
                since.into(),
            ]);
        }
    }

    /// True for a monitor that stands at its customer's default location.
    pub(crate) fn stands_there(&mut self) -> bool {
        self.dice.chance(700)
    }

    /// Writes it, once the customers are there and before monitors refer to locations.
    pub(crate) async fn write(&mut self, tx: &mut Tx) -> Result<()> {
        let head =
            "INSERT INTO locations (id, msp_id, customer_id, name, name_sort, address1, city, zip, country, zone, on_dashboard,
            is_default, created_at) VALUES";
        tx.bulk(head, "", std::mem::take(&mut self.locations)).await?;
        let head = "UPDATE customers SET program_level_id = given.column2 FROM (VALUES";
        tx.bulk(head, ") AS given WHERE customers.id = given.column1", std::mem::take(&mut self.levels)).await?;
        let head = "INSERT INTO service_items (id, msp_id, customer_id, service_type_id, quantity, rate_minor, currency, note, created_at)
            VALUES";
        tx.bulk(head, "", std::mem::take(&mut self.items)).await?;
        let head = "UPDATE customers SET services = (SELECT COUNT(*) FROM service_items i WHERE i.customer_id = customers.id) WHERE id IN (VALUES";
        tx.bulk(head, ")", std::mem::take(&mut self.customers)).await?;
        let head =
            "INSERT INTO contacts (id, msp_id, customer_id, location_id, first_name, last_name, name_sort, email, phone, title,
            portal_access, created_at) VALUES";
        tx.bulk(head, "", std::mem::take(&mut self.contacts)).await
    }
}

impl Store {
    /// Adds what the demonstration shows to the MSP's catalogue, as far as it is not there, and answers what there is.
    pub(crate) async fn furnish_catalogue(&self, msp: &MspId) -> Result<Offer> {
        let mut tx = self.db().begin().await?;
        let first = !self.has_level(&mut tx, msp, LEVELS[0].0).await?;
        if first {
            self.insert_catalogue(&mut tx, msp).await?;
        }
        let levels: Vec<(String,)> =
            tx.rows("SELECT id FROM program_levels WHERE msp_id = $1 ORDER BY name_sort, id", values![msp]).await?;
        let sql = "SELECT s.id, s.is_default, r.minor, t.currency FROM service_types s
            LEFT JOIN rate_templates t ON t.msp_id = s.msp_id AND t.name_sort = $2
            LEFT JOIN rates r ON r.template_id = t.id AND r.service_type_id = s.id WHERE s.msp_id = $1 ORDER BY s.name_sort, s.id";
        let services: Vec<(String, bool, Option<i64>, Option<String>)> = tx.rows(sql, values![msp, sort_key(RATES)]).await?;
        tx.commit().await?;
        let default_service = services.iter().find(|(_, is_default, ..)| *is_default).map(|(id, ..)| id.clone());
        Ok(Offer {
            levels: levels.into_iter().map(|(id,)| id).collect(),
            default_service: default_service.unwrap_or_default(),
            services: services.into_iter().map(|(id, _, minor, currency)| (id, minor.zip(currency))).collect(),
        })
    }

    async fn has_level(&self, tx: &mut Tx, msp: &MspId, name: &str) -> Result<bool> {
        let sql = "SELECT COUNT(*) FROM program_levels WHERE msp_id = $1 AND name_sort = $2";
        let (there,): (i64,) = tx.one(sql, values![msp, sort_key(name)]).await?;
        Ok(there > 0)
    }

    async fn insert_catalogue(&self, tx: &mut Tx, msp: &MspId) -> Result<()> {
        let now = self.now();
        let (mut services, mut rates) = (Vec::new(), Vec::new());
        let template = RatesId::from_u128(self.inner.ids.bits(now));
        let sql =
            "INSERT INTO rate_templates (id, msp_id, name, name_sort, currency, modified_at) VALUES ($1, $2, $3, $4, 'EUR', $5)
            ON CONFLICT DO NOTHING RETURNING id";
        let is_new = tx.maybe::<(String,)>(sql, values![&template, msp, RATES, sort_key(RATES), now]).await?.is_some();
        for (name, unit, minor) in SERVICES {
            let id = ServiceTypeId::from_u128(self.inner.ids.bits(now));
            let sql = "INSERT INTO service_types (id, msp_id, name, name_sort, unit, modified_at) VALUES ($1, $2, $3, $4, $5, $6)
                ON CONFLICT DO NOTHING RETURNING id";
            if tx.maybe::<(String,)>(sql, values![&id, msp, name, sort_key(name), unit, now]).await?.is_some() {
                rates.push([(&template).into(), (&id).into(), minor.into()]);
                services.push(id);
            }
        }
        if is_new {
            tx.bulk("INSERT INTO rates (template_id, service_type_id, minor) VALUES", "", rates).await?;
        }
        for (name, description, plans) in LEVELS {
            let level = LevelId::from_u128(self.inner.ids.bits(now));
            let sql = "INSERT INTO program_levels (id, msp_id, name, name_sort, description, rate_template_id, modified_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING id";
            let rates = is_new.then(|| template.to_string());
            let row = values![&level, msp, name, sort_key(name), description, rates, now];
            if tx.maybe::<(String,)>(sql, row).await?.is_none() {
                continue;
            }
            for (plan_name, count) in plans {
                let plan = PlanId::from_u128(self.inner.ids.bits(now));
                let sql = "INSERT INTO service_plans (id, msp_id, program_level_id, name, name_sort, description, modified_at)
                    VALUES ($1, $2, $3, $4, $5, '', $6)";
                tx.run(sql, values![&plan, msp, &level, *plan_name, sort_key(plan_name), now]).await?;
                let rows = services.iter().take(*count).map(|service| [(&plan).into(), service.into()]).collect();
                tx.bulk("INSERT INTO plan_services (plan_id, service_type_id) VALUES", "", rows).await?;
            }
        }
        Ok(())
    }
}
