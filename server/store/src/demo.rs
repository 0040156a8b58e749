//! A demonstration: customers with simulated monitors, marked as such. The same seed makes the same names, profiles and
//! statuses; one in five names is not ASCII.

use model::{
    CustomerId, LocationId, MonitorId, MspId, OutageId, Status, TransitionId,
    customers::CustomerInput,
    lifecycle::State,
    monitors::{Check, Evidence, MonitorSettings, Profile, Source},
};
use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::{
    Actor, Error, Result, Store,
    choices::INDUSTRIES,
    customers::{COLUMNS, NewCustomer},
    db::{Tx, Value, values},
    events::{Changes, Event, record},
    furnishing::Furnishing,
    ids::bits_of,
    intake::{INSERT_OUTAGES, INSERT_TRANSITIONS},
    monitors::{Hold, INSERT_MONITORS, monitor_row},
};

/// About how many monitors one transaction adds, so that nobody waits long for the database meanwhile.
const MONITORS_AT_ONCE: usize = 2000;

const MINUTE: i64 = 60 * 1000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

const FIRST_WORDS: [&str; 64] = [
    "Harbor",
    "Northwind",
    "Granite",
    "Willow",
    "Beacon",
    "Sterling",
    "Cedar",
    "Falcon",
    "Meridian",
    "Copper",
    "Juniper",
    "Summit",
    "Atlas",
    "Larkspur",
    "Pioneer",
    "Redwood",
    "Silver",
    "Anchor",
    "Bluebird",
    "Castle",
    "Dover",
    "Ember",
    "Foxglove",
    "Garnet",
    "Highland",
    "Ivory",
    "Jasper",
    "Kestrel",
    "Lantern",
    "Maple",
    "Nimbus",
    "Orchard",
    "Prairie",
    "Quarry",
    "River",
    "Saffron",
    "Timber",
    "Umbra",
    "Valley",
    "Westgate",
    "Yarrow",
    "Zephyr",
    "Alder",
    "Birch",
    "Coral",
    "Delta",
    "Elm",
    "Fjord",
    "Glacier",
    "Heron",
    "Indigo",
    "Kite",
    "Lotus",
    "Marble",
    "Nectar",
    "Opal",
    "Pebble",
    "Quill",
    "Raven",
    "Sable",
    "Tern",
    "Vesper",
    "Walnut",
    "Wren",
];
const TRADES: [&str; 40] = [
    "Logistics",
    "Dental",
    "Foods",
    "Legal",
    "Textiles",
    "Printing",
    "Insurance",
    "Motors",
    "Optics",
    "Bakery",
    "Clinics",
    "Energy",
    "Freight",
    "Gardens",
    "Hotels",
    "Instruments",
    "Joinery",
    "Kitchens",
    "Laboratories",
    "Media",
    "Nursery",
    "Outfitters",
    "Paper",
    "Realty",
    "Schools",
    "Tools",
    "Utilities",
    "Veterinary",
    "Wines",
    "Accounting",
    "Brewing",
    "Ceramics",
    "Design",
    "Engineering",
    "Fisheries",
    "Glass",
    "Housing",
    "Plastics",
    "Security",
    "Travel",
];
pub(crate) const TOWNS: [&str; 24] = [
    "Leeds", "Austin", "Bergen", "Lyon", "Porto", "Ghent", "Turin", "Graz", "Malmo", "Perth", "Quito", "Dakar", "Nairobi",
    "Osaka", "Hanoi", "Lima", "Tampa", "Cork", "Basel", "Tartu", "Split", "Izmir", "Pune", "Cebu",
];
/// Companies whose names are not ASCII, whole, to be followed by a town.
const COMPANIES_ELSEWHERE: [&str; 40] = [
    "Müller Präzision",
    "Bäckerei Grünwald",
    "Société Élan",
    "Crêperie Ménard",
    "Panadería Núñez",
    "Señal Ibérica",
    "São Bento Café",
    "Irmãos Gonçalves",
    "Ångström Instrument",
    "Smørrebrød Huset",
    "Øresund Fragt",
    "Łódź Tekstylia",
    "Żuraw Logistyka",
    "Čapek Strojírny",
    "Škoda Zahrady",
    "Kőszegi Borászat",
    "Şahin Tekstil",
    "İnci Diş Kliniği",
    "Đà Nẵng Cà Phê",
    "Ελληνικά Τρόφιμα",
    "Αιγαίο Ναυτιλία",
    "Северный Ветер",
    "Горизонт Энерго",
    "Київ Хліб",
    "Софийска Оптика",
    "חלב הגליל",
    "בית הדפוס",
    "شركة النخيل",
    "مخبز الشام",
    "फूल उद्योग",
    "हिमालय चाय",
    "น้ำใส การค้า",
    "松本精密",
    "桜電機",
    "さくら歯科",
    "北京书店",
    "東方紡織",
    "한빛 물류",
    "서울 인쇄",
    "საქართველო ღვინო",
];
pub(crate) const FIRST_NAMES: [&str; 20] = [
    "Amara", "Björn", "Chloé", "Dmitri", "Elif", "Fatima", "Goran", "Hana", "Íñigo", "Jonas", "Kenji", "Lucía", "Maya", "Nikos",
    "Olga", "Priya", "Quinn", "Rosa", "Søren", "Thảo",
];
pub(crate) const LAST_NAMES: [&str; 20] = [
    "Okafor",
    "Lindqvist",
    "Moreau",
    "Petrov",
    "Yılmaz",
    "Haddad",
    "Kovač",
    "Suzuki",
    "García",
    "Weber",
    "Tanaka",
    "Silva",
    "Patel",
    "Papadopoulos",
    "Ivanova",
    "Nguyễn",
    "Murphy",
    "Rossi",
    "Jørgensen",
    "Kim",
];
const COUNTRIES: [&str; 12] = ["GB", "US", "NO", "FR", "PT", "BE", "IT", "AT", "SE", "JP", "KE", "PE"];
const THINGS: [&str; 32] = [
    "web shop",
    "mail gateway",
    "VPN",
    "firewall",
    "file server",
    "database",
    "backup",
    "printer",
    "phone system",
    "intranet",
    "payroll",
    "door access",
    "camera",
    "access point",
    "core switch",
    "edge router",
    "DNS resolver",
    "proxy",
    "build server",
    "wiki",
    "CRM",
    "booking",
    "warehouse scanner",
    "point of sale",
    "storage",
    "hypervisor",
    "load balancer",
    "certificate",
    "time server",
    "ticket desk",
    "reports",
    "monitoring agent",
];
const THINGS_ELSEWHERE: [&str; 32] = [
    "Büro-Drucker",
    "Türöffner",
    "Gehälter-Prüfung",
    "réseau privé",
    "base de données été",
    "téléphonie",
    "impresora de almacén nº",
    "señal de caja",
    "servidor de correio São",
    "rede sem fio básica",
    "växel",
    "skärm i receptionen",
    "økonomi",
    "næsteboks",
    "płatności",
    "kopia zapasowa główna",
    "záloha účetnictví",
    "tűzfal",
    "güvenlik kamerası",
    "yazıcı ağı",
    "máy chủ thư",
    "διακομιστής",
    "κάμερα",
    "база данных",
    "почтовый шлюз",
    "резервна копія",
    "שרת קבצים",
    "خادم البريد",
    "मेल सर्वर",
    "メールサーバー",
    "数据库",
    "백업 서버",
];
const PLACES: [&str; 8] = ["HQ", "branch", "warehouse", "shop floor", "cloud", "lab", "annex", "datacentre"];

/// Thrown by the seed alone.
pub(crate) struct Dice(pub(crate) StdRng);

impl Dice {
    pub(crate) fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.0.random_range(0..from.len())]
    }

    pub(crate) fn between(&mut self, from: i64, to: i64) -> i64 {
        self.0.random_range(from..=to)
    }

    /// True in so many of a thousand throws.
    pub(crate) fn chance(&mut self, per_mille: u32) -> bool {
        self.0.random_range(0..1000) < per_mille
    }

    fn company(&mut self) -> String {
        if self.chance(200) {
            return format!("{} {}", self.pick(&COMPANIES_ELSEWHERE), self.pick(&TOWNS));
        }
        let name = format!("{} {}", self.pick(&FIRST_WORDS), self.pick(&TRADES));
        if self.chance(500) { format!("{name} {}", self.pick(&TOWNS)) } else { name }
    }

    fn thing(&mut self) -> String {
        let thing = if self.chance(200) { self.pick(&THINGS_ELSEWHERE) } else { self.pick(&THINGS) };
        match self.between(0, 3) {
            0 => format!("{thing} {}", self.pick(&PLACES)),
            1 => format!("{thing} {} {}", self.pick(&PLACES), self.between(1, 9)),
            _ => format!("{thing} {}", self.between(1, 40)),
        }
    }

    fn profile(&mut self) -> Profile {
        match self.between(0, 999) {
            0..=959 => Profile::Steady,
            960..=973 => Profile::Flaky,
            974..=979 => Profile::Slow,
            980..=984 => Profile::Broken,
            985..=988 => Profile::Misconfigured,
            989..=994 => Profile::Maintained,
            _ => Profile::Silent,
        }
    }

    /// How many monitors each customer has: a few have many, many have a few.
    fn sizes(&mut self, customers: u32, monitors: u32) -> Vec<u32> {
        let weights: Vec<f64> = (0..customers).map(|_| self.0.random_range(0.02f64..1.0).powi(-1)).collect();
        let sum: f64 = weights.iter().sum();
        let share = |weight: &f64| (weight / sum * f64::from(monitors)) as u32;
        let mut sizes: Vec<u32> = weights.iter().map(share).collect();
        let mut left = monitors.saturating_sub(sizes.iter().sum());
        while left > 0 && !sizes.is_empty() {
            let lucky = self.0.random_range(0..sizes.len());
            sizes[lucky] += 1;
            left -= 1;
        }
        sizes
    }

    fn form(&mut self, number: usize, manager: &str) -> CustomerInput {
        CustomerInput {
            company: self.company(),
            contact_first: self.pick(&FIRST_NAMES).to_owned(),
            contact_last: self.pick(&LAST_NAMES).to_owned(),
            email: format!("office@customer-{number}.example"),
            account_manager_email: manager.to_owned(),
            website: format!("https://customer-{number}.example/"),
            business_phone: format!("+442079460{:03}", self.between(0, 999)),
            country: self.pick(&COUNTRIES).to_owned(),
            language: "en".to_owned(),
            report_zone: "UTC".to_owned(),
            city: self.pick(&TOWNS).to_owned(),
            company_size: self.pick(&model::customers::COMPANY_SIZES).to_owned(),
            industries: self.pick(&INDUSTRIES).to_owned(),
            internal_reference: format!("D-{number:05}"),
            ..CustomerInput::default()
        }
    }
}

/// What a profile is like at first: the status, and why.
fn at_first(profile: Profile, dice: &mut Dice) -> (Status, &'static str) {
    match profile {
        Profile::Steady => (Status::Up, ""),
        Profile::Flaky if dice.chance(150) => (Status::Down, "Simulated: connection refused"),
        Profile::Flaky => (Status::Up, ""),
        Profile::Slow => (Status::Trouble, "Simulated: 4.2 s, limit 2 s"),
        Profile::Broken => (Status::Down, "Simulated: no answer within 10 s"),
        Profile::Misconfigured => (Status::ConfigurationError, "Simulated: the host name does not exist"),
        Profile::Maintained => (Status::Maintenance, "Simulated: maintenance window"),
        Profile::Silent => (Status::Discovery, ""),
    }
}

/// Rows for one transaction.
#[derive(Default)]
struct Batch {
    customers: Vec<[Value; COLUMNS]>,
    associations: Vec<[Value; 3]>,
    monitors: Vec<[Value; 15]>,
    statuses: Vec<[Value; 9]>,
    transitions: Vec<[Value; 7]>,
    outages: Vec<[Value; 8]>,
}

impl Batch {
    async fn write(self, tx: &mut Tx, msp: &MspId, furnishing: &mut Furnishing) -> Result<()> {
        let (customers, monitors) = (self.customers.len(), self.monitors.len());
        tx.bulk(&NewCustomer::insert_head(), "", self.customers).await?;
        tx.bulk("INSERT INTO associations (customer_id, user_id, created_at) VALUES", "", self.associations).await?;
        furnishing.write(tx).await?;
        tx.lock_statuses().await?;
        tx.bulk(INSERT_MONITORS, "", self.monitors).await?;
        let statuses = "INSERT INTO statuses (monitor_id, msp_id, customer_id, status, suspended_by, since, reason, verdict_at, latency_ms) VALUES";
        tx.bulk(statuses, "", self.statuses).await?;
        tx.bulk(INSERT_TRANSITIONS, "", self.transitions).await?;
        tx.bulk(INSERT_OUTAGES, "", self.outages).await?;
        let sql = "UPDATE msps SET demo = TRUE, customers_used = customers_used + $2, customers_quota = customers_quota + $2,
                monitors_used = monitors_used + $3, monitors_quota = monitors_quota + $3 WHERE id = $1";
        let count = |rows: usize| i64::try_from(rows).unwrap_or_default();
        tx.run(sql, values![msp, count(customers), count(monitors)]).await?;
        Ok(())
    }
}

/// Everything about the filling that does not change from row to row.
struct Filling<'a> {
    store: &'a Store,
    msp: &'a MspId,
    now: i64,
    actor: &'a Actor,
    /// How many monitors a FREE account keeps.
    free_monitors: u32,
    /// The id and email of an admin of the MSP, who is associated with every customer.
    admin: Option<(String, String)>,
}

/// One monitor while its history is made up.
struct Simulated<'a> {
    id: MonitorId,
    customer: &'a CustomerId,
}

impl Filling<'_> {
    fn customer(&self, batch: &mut Batch, dice: &mut Dice, furnishing: &mut Furnishing, number: usize, size: u32) -> Result<()> {
        let id = CustomerId::from_u128(self.store.inner.ids.bits(self.now));
        let added_at = self.now - dice.between(2 * DAY, 400 * DAY);
        let manager = self.admin.as_ref().map_or("office@msp.example", |(_, email)| email.as_str());
        let is_free = size <= self.free_monitors && dice.chance(250);
        let new = NewCustomer {
            id: &id,
            msp: self.msp,
            input: &dice.form(number, manager),
            state: if is_free { State::Free } else { State::Active },
            monitors: size,
            admins: u32::from(self.admin.is_some()),
            added_at,
            demo: true,
            created_by: &self.actor.title(),
        };
        batch.customers.push(new.row());
        if let Some((user, _)) = &self.admin {
            batch.associations.push([(&id).into(), user.into(), added_at.into()]);
        }
        let location = furnishing.customer(self.store, &id, number, added_at);
        for _ in 0..size {
            let location = furnishing.stands_there().then_some(&location);
            self.monitor(batch, dice, (&id, location), added_at)?;
        }
        Ok(())
    }

    /// Makes up a monitor of a customer, perhaps at a location.
    fn monitor(
        &self,
        batch: &mut Batch,
        dice: &mut Dice,
        (customer, location): (&CustomerId, Option<&LocationId>),
        added_at: i64,
    ) -> Result<()> {
        let id = MonitorId::from_u128(self.store.inner.ids.bits(self.now));
        let profile = dice.profile();
        let settings = MonitorSettings {
            name: dice.thing(),
            check: Check::Simulated { profile },
            interval_s: [30, 60, 60, 60, 120, 300][dice.0.random_range(0..6)],
            timeout_s: 10,
            // What is made up is never a hiccup: each verdict counts.
            retries: 0,
        };
        batch.monitors.push(monitor_row(&id, self.msp, customer, location, &settings, added_at)?);
        let (mut status, mut reason) = at_first(profile, dice);
        let mut hold = Hold::Nobody;
        if dice.chance(4) {
            (status, reason, hold) = (Status::Suspended, "Suspended by hand.", Hold::Hand);
        }
        let monitor = Simulated { id, customer };
        let calm_since = self.past_outages(batch, dice, &monitor, profile)?.unwrap_or(added_at);
        let mut since = calm_since;
        if status != Status::Up {
            since = self.now - dice.between(2 * MINUTE, 6 * HOUR).min(self.now - calm_since);
            self.transition(batch, &monitor, since, Status::Up, status, reason)?;
        }
        if status.is_outage() {
            self.outage(batch, &monitor, status, reason, since, None);
        }
        let is_heard = !matches!(status, Status::Discovery | Status::Suspended);
        let verdict_at = if is_heard { self.now - dice.between(0, 25_000) } else { 0 };
        let latency_ms = (is_heard && status != Status::Down).then(|| dice.between(4, 320));
        batch.statuses.push([
            (&monitor.id).into(),
            self.msp.into(),
            customer.into(),
            status.key().into(),
            hold.key().into(),
            since.into(),
            reason.into(),
            verdict_at.into(),
            latency_ms.into(),
        ]);
        Ok(())
    }

    /// Makes up what went wrong between yesterday and six hours ago, and over: when the last of it ended.
    fn past_outages(&self, batch: &mut Batch, dice: &mut Dice, monitor: &Simulated<'_>, profile: Profile) -> Result<Option<i64>> {
        let count = match profile {
            Profile::Flaky => dice.between(2, 4),
            Profile::Slow | Profile::Broken => 1,
            Profile::Steady => i64::from(dice.chance(20)),
            Profile::Misconfigured | Profile::Maintained | Profile::Silent => 0,
        };
        let (status, reason) = if profile == Profile::Slow || dice.chance(400) {
            (Status::Trouble, "Simulated: 3.1 s, limit 2 s")
        } else {
            (Status::Down, "Simulated: connection timed out")
        };
        let mut at = self.now - DAY;
        let mut ended = None;
        for _ in 0..count {
            let started_at = at + dice.between(10 * MINUTE, 3 * HOUR);
            let ended_at = started_at + dice.between(2 * MINUTE, 80 * MINUTE);
            self.transition(batch, monitor, started_at, Status::Up, status, reason)?;
            self.transition(batch, monitor, ended_at, status, Status::Up, "")?;
            self.outage(batch, monitor, status, reason, started_at, Some(ended_at));
            at = ended_at;
            ended = Some(ended_at);
        }
        Ok(ended)
    }

    fn transition(
        &self,
        batch: &mut Batch,
        monitor: &Simulated<'_>,
        at: i64,
        from: Status,
        to: Status,
        reason: &str,
    ) -> Result<()> {
        let source = if to == Status::Suspended { Source::Person } else { Source::Simulation };
        let rule = "Part of the demonstration's history.".to_owned();
        let evidence = Evidence { source, said: to, latency_ms: None, attempts: 1, rule };
        batch.transitions.push([
            (&monitor.id).into(),
            TransitionId::from_u128(bits_of(at)).to_string().into(),
            at.into(),
            from.key().into(),
            to.key().into(),
            reason.into(),
            serde_json::to_string(&evidence).map_err(Error::unreadable)?.into(),
        ]);
        Ok(())
    }

    fn outage(
        &self,
        batch: &mut Batch,
        monitor: &Simulated<'_>,
        status: Status,
        reason: &str,
        started_at: i64,
        ended_at: Option<i64>,
    ) {
        batch.outages.push([
            (&monitor.id).into(),
            OutageId::from_u128(self.store.inner.ids.bits(self.now)).to_string().into(),
            self.msp.into(),
            monitor.customer.into(),
            status.key().into(),
            reason.into(),
            started_at.into(),
            ended_at.into(),
        ]);
    }
}

impl Store {
    /// Adds so many simulated customers and monitors to an MSP, raises its quotas by as many, and marks it as a demonstration.
    /// Run again, it adds to what is there.
    ///
    /// # Errors
    /// [`model::Refusal::NotFound`] for an unknown MSP.
    pub async fn fill_demo(&self, msp: &MspId, customers: u32, monitors: u32, seed: u64) -> Result<()> {
        let settings = self.settings_of(msp).await?;
        let sql = "SELECT id, email FROM users WHERE msp_id = $1 AND role = 'admin' ORDER BY id LIMIT 1";
        let admin = self.db().maybe(sql, values![msp]).await?;
        let actor = Actor::system(msp.clone(), "demonstration");
        let free_monitors = settings.free_monitors;
        let filling = Filling { store: self, msp, now: self.now(), actor: &actor, free_monitors, admin };
        let mut dice = Dice(StdRng::seed_from_u64(seed));
        let mut furnishing = Furnishing::new(msp, seed, self.furnish_catalogue(msp).await?);
        let mut batch = Batch::default();
        for (number, size) in dice.sizes(customers, monitors).into_iter().enumerate() {
            filling.customer(&mut batch, &mut dice, &mut furnishing, number + 1, size)?;
            if batch.monitors.len() >= MONITORS_AT_ONCE || batch.customers.len() >= MONITORS_AT_ONCE {
                self.write_batch(std::mem::take(&mut batch), msp, &mut furnishing).await?;
            }
        }
        self.write_batch(batch, msp, &mut furnishing).await?;
        let mut tx = self.db().begin().await?;
        let changes =
            Changes::default().with("customers", "", &customers.to_string()).with("monitors", "", &monitors.to_string());
        record(&mut tx, &actor, self.now(), Event { kind: "demo.filled", customer: None, subject: &settings.name, changes })
            .await?;
        tx.commit().await
    }

    async fn write_batch(&self, batch: Batch, msp: &MspId, furnishing: &mut Furnishing) -> Result<()> {
        let mut tx = self.db().begin().await?;
        batch.write(&mut tx, msp, furnishing).await?;
        tx.commit().await
    }
}
