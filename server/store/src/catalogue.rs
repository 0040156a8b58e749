//! The MSP's catalogue (DOMAIN A8), and the pack of it that each new customer gets (A14).
//!
//! Every change locks the row that it is about, and so does whoever gives it to a customer: what is being deleted is given to nobody.

use std::collections::{BTreeMap, HashMap};

use model::{
    CustomerId, ItemId, LevelId, MspId, PlanId, Problem, RatesId, Refusal, ServiceTypeId,
    catalogue::{
        Catalogue, LevelInput, LevelRow, LevelSettings, Money, Part, PlanInput, PlanRow, PlanSettings, RatesInput, RatesRow,
        RatesSettings, ServiceTypeInput, ServiceTypeRow, amount,
    },
    drafts::LEVEL,
    roles::{Action, Relation},
};
use sqlx::AssertSqlSafe;

use crate::{
    Actor, Error, Result, Store,
    currencies::places_of,
    customers::sort_key,
    db::{Tx, Value, values},
    events::{Changes, Event, record},
    ids::Mint,
    msps::number,
};

/// Names and units of the pack that an MSP begins with.
const FIRST_LEVEL: &str = "Standard";
const FIRST_SERVICE: &str = "Monitoring";
const FIRST_UNIT: &str = "month";

/// Customers that are named where something cannot be deleted because they have it.
const NAMED: u32 = 3;

/// What a new customer gets, by name.
#[derive(Debug, Clone)]
pub(crate) struct Pack {
    level: String,
    service: String,
}

impl Pack {
    /// As part of what the event says that the customer began with.
    pub(crate) fn note(&self, changes: &mut Changes) {
        changes.note("program_level", "", &self.level);
        changes.note("service", "", &self.service);
    }
}

/// Activates the pack of a customer that was inserted in this transaction (DOMAIN A14): a program level, which is the default one
/// where `level` names none, and an item of the default service. What it was goes into the event of whoever added the customer.
pub(crate) async fn give_pack(tx: &mut Tx, msp: &MspId, level: &str, customer: &CustomerId, now: i64) -> Result<Pack> {
    give_packs(tx, msp, level, vec![(customer.clone(), now)]).await
}

/// The same for many, each with the time since when it is a customer.
pub(crate) async fn give_packs(tx: &mut Tx, msp: &MspId, level: &str, customers: Vec<(CustomerId, i64)>) -> Result<Pack> {
    // Locked, so that neither is deleted meanwhile.
    let sql = "UPDATE program_levels SET version = version
        WHERE msp_id = $1 AND (id = $2 OR ($2 = '' AND is_default = TRUE)) RETURNING id, name";
    let found: Option<(String, String)> = tx.maybe(sql, values![msp, level]).await?;
    let (level, level_name) = found.ok_or_else(|| Refusal::field(LEVEL, Problem::NotAChoice))?;
    let sql = "UPDATE service_types SET version = version WHERE msp_id = $1 AND is_default = TRUE RETURNING id, name";
    let (service, service_name): (String, String) = tx.one(sql, values![msp]).await?;
    let rate = rate_of(tx, &level, &service).await?;
    let (minor, currency) = rate.unwrap_or_default();
    let ids = Mint::default();
    let rows = customers.iter().map(|(customer, since)| {
        let item = ItemId::from_u128(ids.bits(*since));
        let row: [Value; 8] = [
            (&item).into(),
            msp.into(),
            customer.into(),
            (&service).into(),
            100_i64.into(),
            minor.into(),
            (&currency).into(),
            (*since).into(),
        ];
        row
    });
    let rows = rows.collect();
    tx.bulk(INSERT_FIRST_ITEMS, "", rows).await?;
    let rows = customers.iter().map(|(customer, _)| [customer.into(), (&level).into()]).collect();
    let head = "UPDATE customers SET services = services + 1, program_level_id = given.column2 FROM (VALUES";
    tx.bulk(head, ") AS given WHERE customers.id = given.column1", rows).await?;
    Ok(Pack { level: level_name, service: service_name })
}

/// A first item has neither days nor a note.
const INSERT_FIRST_ITEMS: &str =
    "INSERT INTO service_items (id, msp_id, customer_id, service_type_id, quantity, rate_minor, currency, created_at) VALUES";

/// What one unit of the service costs by the rate template of the level: in minor units, and the currency.
pub(crate) async fn rate_of(tx: &mut Tx, level: &str, service: &str) -> Result<Option<(i64, String)>> {
    let sql = "SELECT r.minor, t.currency FROM program_levels l JOIN rate_templates t ON t.id = l.rate_template_id
        JOIN rates r ON r.template_id = t.id WHERE l.id = $1 AND r.service_type_id = $2";
    tx.maybe(sql, values![level, service]).await
}

/// Money as it is stored; none where no currency was agreed.
pub(crate) fn money(minor: i64, currency: String) -> Option<Money> {
    (!currency.is_empty()).then(|| Money { minor, places: places_of(&currency).unwrap_or(2), currency })
}

/// Id, name, description, rate template, whether it is the default, version, customers.
type LevelStored = (String, String, String, Option<String>, bool, i64, i64);

impl Store {
    /// What a new MSP begins with (DOMAIN A14). The first of each kind bears the digits of the MSP.
    pub(crate) async fn insert_first_catalogue(&self, tx: &mut Tx, msp: &MspId, now: i64) -> Result<()> {
        let level = LevelId::from_u128(msp.to_u128());
        let sql = "INSERT INTO program_levels (id, msp_id, name, name_sort, description, is_default, modified_at)
            VALUES ($1, $2, $3, $4, '', TRUE, $5)";
        tx.run(sql, values![&level, msp, FIRST_LEVEL, sort_key(FIRST_LEVEL), now]).await?;
        let service = ServiceTypeId::from_u128(msp.to_u128());
        let sql = "INSERT INTO service_types (id, msp_id, name, name_sort, unit, is_default, modified_at)
            VALUES ($1, $2, $3, $4, $5, TRUE, $6)";
        tx.run(sql, values![&service, msp, FIRST_SERVICE, sort_key(FIRST_SERVICE), FIRST_UNIT, now]).await?;
        Ok(())
    }

    /// The whole catalogue.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] without [`Action::SeeAll`].
    pub async fn catalogue(&self, actor: &Actor) -> Result<Catalogue> {
        actor.require(Action::SeeAll, Relation::None)?;
        Ok(Catalogue {
            levels: self.levels(actor).await?,
            services: self.service_types(actor).await?,
            rates: self.rates(actor).await?,
        })
    }

    async fn levels(&self, actor: &Actor) -> Result<Vec<LevelRow>> {
        let mut plans = self.plans(actor).await?;
        let mut values = values![actor.msp()];
        let seen = actor.sees("c.msp_id", "c.id", &mut values);
        let sql = format!(
            "SELECT l.id, l.name, l.description, l.rate_template_id, l.is_default, l.version,
                (SELECT COUNT(*) FROM customers c WHERE c.program_level_id = l.id AND {seen})
            FROM program_levels l WHERE l.msp_id = $1 ORDER BY l.name_sort, l.id"
        );
        let rows: Vec<LevelStored> = self.db().rows(AssertSqlSafe(sql), values).await?;
        rows.into_iter()
            .map(|(id, name, description, rates, is_default, version, customers)| {
                Ok(LevelRow {
                    plans: plans.remove(&id).unwrap_or_default(),
                    id: id.parse().map_err(Error::unreadable)?,
                    name,
                    description,
                    rates: rates.map(|rates| rates.parse().map_err(Error::unreadable)).transpose()?,
                    is_default,
                    customers: number(customers),
                    version,
                })
            })
            .collect()
    }

    /// By level.
    async fn plans(&self, actor: &Actor) -> Result<HashMap<String, Vec<PlanRow>>> {
        let sql = "SELECT s.plan_id, s.service_type_id FROM plan_services s JOIN service_plans p ON p.id = s.plan_id
            WHERE p.msp_id = $1 ORDER BY s.service_type_id";
        let mut services: HashMap<String, Vec<ServiceTypeId>> = HashMap::new();
        for (plan, service) in self.db().rows::<(String, String)>(sql, values![actor.msp()]).await? {
            services.entry(plan).or_default().push(service.parse().map_err(Error::unreadable)?);
        }
        let sql = "SELECT id, program_level_id, name, description, version FROM service_plans WHERE msp_id = $1
            ORDER BY name_sort, id";
        let rows: Vec<(String, String, String, String, i64)> = self.db().rows(sql, values![actor.msp()]).await?;
        let mut plans: HashMap<String, Vec<PlanRow>> = HashMap::new();
        for (id, level, name, description, version) in rows {
            let services = services.remove(&id).unwrap_or_default();
            let row = PlanRow { id: id.parse().map_err(Error::unreadable)?, name, description, services, version };
            plans.entry(level).or_default().push(row);
        }
        Ok(plans)
    }

    async fn service_types(&self, actor: &Actor) -> Result<Vec<ServiceTypeRow>> {
        let mut values = values![actor.msp()];
        let seen = actor.sees("i.msp_id", "i.customer_id", &mut values);
        let sql = format!(
            "SELECT s.id, s.name, s.unit, s.is_default, s.version,
                (SELECT COUNT(DISTINCT i.customer_id) FROM service_items i WHERE i.service_type_id = s.id AND {seen})
            FROM service_types s WHERE s.msp_id = $1 ORDER BY s.name_sort, s.id"
        );
        let rows: Vec<(String, String, String, bool, i64, i64)> = self.db().rows(AssertSqlSafe(sql), values).await?;
        rows.into_iter()
            .map(|(id, name, unit, is_default, version, customers)| {
                let id = id.parse().map_err(Error::unreadable)?;
                Ok(ServiceTypeRow { id, name, unit, is_default, customers: number(customers), version })
            })
            .collect()
    }

    async fn rates(&self, actor: &Actor) -> Result<Vec<RatesRow>> {
        let sql = "SELECT r.template_id, r.service_type_id, r.minor, t.currency FROM rates r
            JOIN rate_templates t ON t.id = r.template_id JOIN service_types s ON s.id = r.service_type_id
            WHERE t.msp_id = $1 ORDER BY s.name_sort, s.id";
        let mut rates: HashMap<String, Vec<(ServiceTypeId, Money)>> = HashMap::new();
        for (template, service, minor, currency) in
            self.db().rows::<(String, String, i64, String)>(sql, values![actor.msp()]).await?
        {
            if let Some(money) = money(minor, currency) {
                rates.entry(template).or_default().push((service.parse().map_err(Error::unreadable)?, money));
            }
        }
        let sql = "SELECT id, name, currency, version FROM rate_templates WHERE msp_id = $1 ORDER BY name_sort, id";
        let rows: Vec<(String, String, String, i64)> = self.db().rows(sql, values![actor.msp()]).await?;
        rows.into_iter()
            .map(|(id, name, currency, version)| {
                let rates = rates.remove(&id).unwrap_or_default();
                Ok(RatesRow { id: id.parse().map_err(Error::unreadable)?, name, currency, rates, version })
            })
            .collect()
    }

    /// Adds a program level, or replaces the settings of `existing`, of which the person saw that version.
    ///
    /// # Errors
    /// [`Refusal::Invalid`]; [`Refusal::Conflict`] where another edit came first; [`Refusal::NotFound`];
    /// [`Refusal::Forbidden`] without [`Action::Administer`].
    pub async fn save_level(&self, actor: &Actor, existing: Option<(&LevelId, i64)>, input: &LevelInput) -> Result<LevelId> {
        actor.require(Action::Administer, Relation::None)?;
        let valid = input.validate();
        let now = self.now();
        let mut tx = self.db().begin().await?;
        let before = match existing {
            Some((id, version)) => Some(lock_level(&mut tx, actor, id, Some(version)).await?),
            None => None,
        };
        let settings = valid.map_err(Refusal::Invalid)?;
        let rates = match &settings.rates {
            Some(rates) => lock_rates_name(&mut tx, actor, rates).await?,
            None => String::new(),
        };
        let id = existing.map_or_else(|| LevelId::from_u128(self.inner.ids.bits(now)), |(id, _)| id.clone());
        write_level(&mut tx, actor, &id, existing.is_some(), &settings, now).await?;
        let (name, description, old_rates) = before.unwrap_or_default();
        let changes = Changes::default()
            .with("name", &name, &settings.name)
            .with("description", &description, &settings.description)
            .with("rate_template", &old_rates, &rates);
        let kind = if existing.is_some() { "catalogue.level_edited" } else { "catalogue.level_added" };
        finish(tx, actor, now, kind, &settings.name, changes).await?;
        Ok(id)
    }

    /// Adds a service plan to a program level, or replaces the settings of `existing`, of which the person saw that version.
    ///
    /// # Errors
    /// As [`Store::save_level`].
    pub async fn save_plan(
        &self,
        actor: &Actor,
        level: &LevelId,
        existing: Option<(&PlanId, i64)>,
        input: &PlanInput,
    ) -> Result<PlanId> {
        actor.require(Action::Administer, Relation::None)?;
        let valid = input.validate();
        let now = self.now();
        let mut tx = self.db().begin().await?;
        let (level_name, ..) = lock_level(&mut tx, actor, level, None).await?;
        let before = match existing {
            Some((id, version)) => Some(lock_plan(&mut tx, actor, level, id, version).await?),
            None => None,
        };
        let settings = valid.map_err(Refusal::Invalid)?;
        let services = service_names(&mut tx, actor, &settings.services, "services").await?;
        let id = existing.map_or_else(|| PlanId::from_u128(self.inner.ids.bits(now)), |(id, _)| id.clone());
        write_plan(&mut tx, actor, level, &id, existing.is_some(), &settings, now).await?;
        let (name, description, old_services) = before.unwrap_or_default();
        let changes = Changes::default()
            .with("program_level", if existing.is_some() { &level_name } else { "" }, &level_name)
            .with("name", &name, &settings.name)
            .with("description", &description, &settings.description)
            .with("services", &old_services, &services.join(", "));
        let kind = if existing.is_some() { "catalogue.plan_edited" } else { "catalogue.plan_added" };
        finish(tx, actor, now, kind, &settings.name, changes).await?;
        Ok(id)
    }

    /// Adds a service type, or replaces the settings of `existing`, of which the person saw that version.
    ///
    /// # Errors
    /// As [`Store::save_level`].
    pub async fn save_service_type(
        &self,
        actor: &Actor,
        existing: Option<(&ServiceTypeId, i64)>,
        input: &ServiceTypeInput,
    ) -> Result<ServiceTypeId> {
        actor.require(Action::Administer, Relation::None)?;
        let (valid, input) = (input.validate(), input.trimmed());
        let now = self.now();
        let mut tx = self.db().begin().await?;
        let (name, unit) = match existing {
            Some((id, version)) => {
                let sql =
                    "UPDATE service_types SET version = version WHERE id = $1 AND msp_id = $2 RETURNING name, unit, version";
                let found: Option<(String, String, i64)> = tx.maybe(sql, values![id, actor.msp()]).await?;
                let (name, unit, current) = found.ok_or(Refusal::NotFound)?;
                same_version(current, version)?;
                (name, unit)
            }
            None => Default::default(),
        };
        valid.map_err(Refusal::Invalid)?;
        let id = existing.map_or_else(|| ServiceTypeId::from_u128(self.inner.ids.bits(now)), |(id, _)| id.clone());
        let sql = if existing.is_some() {
            "UPDATE service_types SET name = $3, name_sort = $4, unit = $5, modified_at = $6, version = version + 1
                WHERE id = $1 AND msp_id = $2"
        } else {
            "INSERT INTO service_types (id, msp_id, name, name_sort, unit, modified_at) VALUES ($1, $2, $3, $4, $5, $6)"
        };
        let row = values![&id, actor.msp(), &input.name, sort_key(&input.name), &input.unit, now];
        taken(tx.run(sql, row).await)?;
        let changes = Changes::default().with("name", &name, &input.name).with("unit", &unit, &input.unit);
        let kind = if existing.is_some() { "catalogue.service_edited" } else { "catalogue.service_added" };
        finish(tx, actor, now, kind, &input.name, changes).await?;
        Ok(id)
    }

    /// Adds a rate template, or replaces the settings of `existing`, of which the person saw that version. What customers have
    /// keeps the rate that it was given.
    ///
    /// # Errors
    /// As [`Store::save_level`].
    pub async fn save_rates(&self, actor: &Actor, existing: Option<(&RatesId, i64)>, input: &RatesInput) -> Result<RatesId> {
        actor.require(Action::Administer, Relation::None)?;
        let valid = input.validate(places_of);
        let now = self.now();
        let mut tx = self.db().begin().await?;
        let before = match existing {
            Some((id, version)) => Some(lock_rates(&mut tx, actor, id, version).await?),
            None => None,
        };
        let settings = valid.map_err(Refusal::Invalid)?;
        let ids: Vec<ServiceTypeId> = settings.rates.keys().cloned().collect();
        let names = service_names(&mut tx, actor, &ids, "rates").await?;
        let id = existing.map_or_else(|| RatesId::from_u128(self.inner.ids.bits(now)), |(id, _)| id.clone());
        write_rates(&mut tx, actor, &id, existing.is_some(), &settings, now).await?;
        let (name, currency, mut old) = before.unwrap_or_default();
        let mut changes = Changes::default().with("name", &name, &settings.name).with("currency", &currency, &settings.currency);
        for (service, minor) in names.into_iter().zip(settings.rates.values()) {
            let before = old.remove(&service).unwrap_or_default();
            changes.note(&service, &before, &amount(*minor, settings.places));
        }
        for (service, before) in old {
            changes.note(&service, &before, "");
        }
        let kind = if existing.is_some() { "catalogue.rates_edited" } else { "catalogue.rates_added" };
        finish(tx, actor, now, kind, &settings.name, changes).await?;
        Ok(id)
    }

    /// Makes a program level or a service type part of the pack that new customers get (DOMAIN A14).
    ///
    /// # Errors
    /// [`Refusal::NotFound`], also for a plan or a rate template, which no pack has; [`Refusal::Conflict`] where somebody chose
    /// another one in the same moment; [`Refusal::Forbidden`] without [`Action::Administer`].
    pub async fn make_default(&self, actor: &Actor, part: &Part) -> Result<()> {
        actor.require(Action::Administer, Relation::None)?;
        let (old, new, field) = match part {
            Part::Level(_) => (
                "UPDATE program_levels SET is_default = FALSE, version = version + 1 WHERE msp_id = $1 AND is_default = TRUE AND id <> $2 RETURNING name",
                "UPDATE program_levels SET is_default = TRUE, version = version + 1 WHERE msp_id = $1 AND id = $2 RETURNING name",
                "default_program_level",
            ),
            Part::Service(_) => (
                "UPDATE service_types SET is_default = FALSE, version = version + 1 WHERE msp_id = $1 AND is_default = TRUE AND id <> $2 RETURNING name",
                "UPDATE service_types SET is_default = TRUE, version = version + 1 WHERE msp_id = $1 AND id = $2 RETURNING name",
                "default_service",
            ),
            Part::Plan(_) | Part::Rates(_) => return Err(Refusal::NotFound.into()),
        };
        let mut tx = self.db().begin().await?;
        let before: Option<(String,)> = tx.maybe(old, values![actor.msp(), part.to_string()]).await?;
        let after: Option<(String,)> = match tx.maybe(new, values![actor.msp(), part.to_string()]).await {
            Err(error) if error.is_duplicate() => return Err(Refusal::Conflict.into()),
            other => other?,
        };
        let (after,) = after.ok_or(Refusal::NotFound)?;
        let Some((before,)) = before else {
            return Ok(());
        };
        let changes = Changes::default().with(field, &before, &after);
        finish(tx, actor, self.now(), "catalogue.default_chosen", &after, changes).await
    }

    /// Deletes a part of the catalogue; a program level with its plans.
    ///
    /// # Errors
    /// [`Refusal::InUse`] while a customer has it; [`Refusal::DefaultStays`] for what new customers get;
    /// [`Refusal::NotFound`]; [`Refusal::Forbidden`] without [`Action::Administer`].
    pub async fn delete_part(&self, actor: &Actor, part: &Part) -> Result<()> {
        actor.require(Action::Administer, Relation::None)?;
        let (lock, users, delete, kind) = match part {
            Part::Level(_) => (
                "UPDATE program_levels SET version = version WHERE id = $1 AND msp_id = $2 RETURNING name, is_default",
                Some("c.program_level_id = $1"),
                "DELETE FROM program_levels WHERE id = $1 AND msp_id = $2",
                "catalogue.level_deleted",
            ),
            Part::Plan(_) => (
                "UPDATE service_plans SET version = version WHERE id = $1 AND msp_id = $2 RETURNING name, FALSE",
                None,
                "DELETE FROM service_plans WHERE id = $1 AND msp_id = $2",
                "catalogue.plan_deleted",
            ),
            Part::Service(_) => (
                "UPDATE service_types SET version = version WHERE id = $1 AND msp_id = $2 RETURNING name, is_default",
                Some("c.id IN (SELECT i.customer_id FROM service_items i WHERE i.service_type_id = $1)"),
                "DELETE FROM service_types WHERE id = $1 AND msp_id = $2",
                "catalogue.service_deleted",
            ),
            Part::Rates(_) => (
                "UPDATE rate_templates SET version = version WHERE id = $1 AND msp_id = $2 RETURNING name, FALSE",
                Some("c.program_level_id IN (SELECT l.id FROM program_levels l WHERE l.rate_template_id = $1)"),
                "DELETE FROM rate_templates WHERE id = $1 AND msp_id = $2",
                "catalogue.rates_deleted",
            ),
        };
        let id = part.to_string();
        let mut tx = self.db().begin().await?;
        let found: Option<(String, bool)> = tx.maybe(lock, values![&id, actor.msp()]).await?;
        let (name, is_default) = found.ok_or(Refusal::NotFound)?;
        if let Some(users) = users {
            require_unused(&mut tx, actor, &id, users).await?;
        }
        if is_default {
            return Err(Refusal::DefaultStays.into());
        }
        tx.run(delete, values![&id, actor.msp()]).await?;
        let changes = Changes::default().with("name", &name, "");
        finish(tx, actor, self.now(), kind, &name, changes).await
    }
}

/// Writes the event, where anything differs, and commits.
async fn finish(mut tx: Tx, actor: &Actor, now: i64, kind: &str, subject: &str, changes: Changes) -> Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    record(&mut tx, actor, now, Event { kind, customer: None, subject, changes }).await?;
    tx.commit().await
}

fn same_version(current: i64, seen: i64) -> Result<(), Refusal> {
    if current == seen { Ok(()) } else { Err(Refusal::Conflict) }
}

/// The name is the only thing in these rows that must be unique.
fn taken<T>(written: Result<T>) -> Result<T> {
    match written {
        Err(error) if error.is_duplicate() => Err(Refusal::field("name", Problem::Taken).into()),
        other => other,
    }
}

/// That no customer meets `condition`, whose `$1` is `id`. Who is denied one learns that there is one, not which.
async fn require_unused(tx: &mut Tx, actor: &Actor, id: &str, condition: &str) -> Result<()> {
    let sql = format!("SELECT COUNT(*) FROM (SELECT c.id FROM customers c WHERE {condition} LIMIT 1) AS found");
    let (used,): (i64,) = tx.one(AssertSqlSafe(sql), values![id]).await?;
    if used == 0 {
        return Ok(());
    }
    let mut values = values![id, NAMED];
    let seen = actor.sees("c.msp_id", "c.id", &mut values);
    let sql = format!(
        "SELECT c.name, COUNT(*) OVER () FROM customers c WHERE {condition} AND {seen} ORDER BY c.name_sort, c.id LIMIT $2"
    );
    let rows: Vec<(String, i64)> = tx.rows(AssertSqlSafe(sql), values).await?;
    let all = rows.first().map_or(0, |(_, all)| number(*all));
    let more = all.saturating_sub(u32::try_from(rows.len()).unwrap_or(u32::MAX));
    Err(Refusal::InUse { by: rows.into_iter().map(|(name, _)| name).collect(), more }.into())
}

/// Name, description and the rate template's name, locked until the transaction ends; `version` is what the person saw.
async fn lock_level(tx: &mut Tx, actor: &Actor, id: &LevelId, version: Option<i64>) -> Result<(String, String, String)> {
    let sql = "UPDATE program_levels SET version = version WHERE id = $1 AND msp_id = $2 RETURNING name, description, version,
            COALESCE((SELECT t.name FROM rate_templates t WHERE t.id = program_levels.rate_template_id), '')";
    let found: Option<(String, String, i64, String)> = tx.maybe(sql, values![id, actor.msp()]).await?;
    let (name, description, current, rates) = found.ok_or(Refusal::NotFound)?;
    same_version(current, version.unwrap_or(current))?;
    Ok((name, description, rates))
}

async fn lock_rates_name(tx: &mut Tx, actor: &Actor, id: &RatesId) -> Result<String> {
    let sql = "UPDATE rate_templates SET version = version WHERE id = $1 AND msp_id = $2 RETURNING name";
    let found: Option<(String,)> = tx.maybe(sql, values![id, actor.msp()]).await?;
    Ok(found.ok_or_else(|| Refusal::field("rates", Problem::NotAChoice))?.0)
}

async fn write_level(tx: &mut Tx, actor: &Actor, id: &LevelId, exists: bool, settings: &LevelSettings, now: i64) -> Result<()> {
    let sql = if exists {
        "UPDATE program_levels SET name = $3, name_sort = $4, description = $5, rate_template_id = $6, modified_at = $7,
            version = version + 1 WHERE id = $1 AND msp_id = $2"
    } else {
        "INSERT INTO program_levels (id, msp_id, name, name_sort, description, rate_template_id, modified_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)"
    };
    let rates = settings.rates.as_ref().map(ToString::to_string);
    let row = values![id, actor.msp(), &settings.name, sort_key(&settings.name), &settings.description, rates, now];
    taken(tx.run(sql, row).await)?;
    Ok(())
}

/// Name, description and the names of its services. Its level is locked.
async fn lock_plan(tx: &mut Tx, actor: &Actor, level: &LevelId, id: &PlanId, version: i64) -> Result<(String, String, String)> {
    let sql = "SELECT name, description, version FROM service_plans WHERE id = $1 AND program_level_id = $2 AND msp_id = $3";
    let found: Option<(String, String, i64)> = tx.maybe(sql, values![id, level, actor.msp()]).await?;
    let (name, description, current) = found.ok_or(Refusal::NotFound)?;
    same_version(current, version)?;
    let sql = "SELECT s.name FROM plan_services p JOIN service_types s ON s.id = p.service_type_id WHERE p.plan_id = $1
        ORDER BY s.id";
    let services: Vec<(String,)> = tx.rows(sql, values![id]).await?;
    let services: Vec<String> = services.into_iter().map(|(name,)| name).collect();
    Ok((name, description, services.join(", ")))
}

async fn write_plan(
    tx: &mut Tx,
    actor: &Actor,
    level: &LevelId,
    id: &PlanId,
    exists: bool,
    settings: &PlanSettings,
    now: i64,
) -> Result<()> {
    let sql = if exists {
        "UPDATE service_plans SET name = $4, name_sort = $5, description = $6, modified_at = $7, version = version + 1
            WHERE id = $1 AND msp_id = $2 AND program_level_id = $3"
    } else {
        "INSERT INTO service_plans (id, msp_id, program_level_id, name, name_sort, description, modified_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)"
    };
    let row = values![id, actor.msp(), level, &settings.name, sort_key(&settings.name), &settings.description, now];
    taken(tx.run(sql, row).await)?;
    tx.run("DELETE FROM plan_services WHERE plan_id = $1", values![id]).await?;
    let rows = settings.services.iter().map(|service| [id.into(), service.into()]).collect();
    tx.bulk("INSERT INTO plan_services (plan_id, service_type_id) VALUES", "", rows).await
}

/// The names of service types that are there, in the order of `ids`; locked, so that none of them is deleted meanwhile.
async fn service_names(tx: &mut Tx, actor: &Actor, ids: &[ServiceTypeId], field: &str) -> Result<Vec<String>> {
    let mut names = Vec::with_capacity(ids.len());
    for id in ids {
        names.push(lock_service(tx, actor, id, field).await?);
    }
    Ok(names)
}

/// The service type's name, locked until the transaction ends; refused at `field` where there is none.
pub(crate) async fn lock_service(tx: &mut Tx, actor: &Actor, id: &ServiceTypeId, field: &str) -> Result<String> {
    let sql = "UPDATE service_types SET version = version WHERE id = $1 AND msp_id = $2 RETURNING name";
    let found: Option<(String,)> = tx.maybe(sql, values![id, actor.msp()]).await?;
    Ok(found.ok_or_else(|| Refusal::field(field, Problem::NotAChoice))?.0)
}

/// Name, currency, and each rate by its service's name, locked until the transaction ends.
async fn lock_rates(
    tx: &mut Tx,
    actor: &Actor,
    id: &RatesId,
    version: i64,
) -> Result<(String, String, BTreeMap<String, String>)> {
    let sql = "UPDATE rate_templates SET version = version WHERE id = $1 AND msp_id = $2 RETURNING name, currency, version";
    let found: Option<(String, String, i64)> = tx.maybe(sql, values![id, actor.msp()]).await?;
    let (name, currency, current) = found.ok_or(Refusal::NotFound)?;
    same_version(current, version)?;
    let sql = "SELECT s.name, r.minor FROM rates r JOIN service_types s ON s.id = r.service_type_id WHERE r.template_id = $1";
    let rates: Vec<(String, i64)> = tx.rows(sql, values![id]).await?;
    let places = places_of(&currency).unwrap_or(2);
    Ok((name, currency, rates.into_iter().map(|(service, minor)| (service, amount(minor, places))).collect()))
}

async fn write_rates(tx: &mut Tx, actor: &Actor, id: &RatesId, exists: bool, settings: &RatesSettings, now: i64) -> Result<()> {
    let sql = if exists {
        "UPDATE rate_templates SET name = $3, name_sort = $4, currency = $5, modified_at = $6, version = version + 1
            WHERE id = $1 AND msp_id = $2"
    } else {
        "INSERT INTO rate_templates (id, msp_id, name, name_sort, currency, modified_at) VALUES ($1, $2, $3, $4, $5, $6)"
    };
    let row = values![id, actor.msp(), &settings.name, sort_key(&settings.name), &settings.currency, now];
    taken(tx.run(sql, row).await)?;
    tx.run("DELETE FROM rates WHERE template_id = $1", values![id]).await?;
    let rows = settings.rates.iter().map(|(service, minor)| [id.into(), service.into(), (*minor).into()]).collect();
    tx.bulk("INSERT INTO rates (template_id, service_type_id, minor) VALUES", "", rows).await
}
