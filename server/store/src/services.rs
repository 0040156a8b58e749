//! What a customer has of the catalogue (DOMAIN A8): its program level and its service items.

use model::{
    CustomerId, ItemId, LevelId, Problem, Refusal,
    catalogue::Money,
    roles::{Action, Relation},
    services::{ItemInput, ItemRow, ItemSettings, ServiceSheet, quantity},
};

use crate::{
    Actor, Error, Result, Store,
    catalogue::{lock_service, money, rate_of},
    currencies::{CURRENCIES, places_of},
    customers::{Head, lock_customer},
    db::{Tx, values},
    events::{Changes, Event, record},
};

/// Id, service type, its name, its unit, quantity, rate, currency, from, until, note, version.
type ItemStored = (String, String, String, String, i64, i64, String, String, String, String, i64);

const ITEMS: &str =
    "SELECT i.id, i.service_type_id, s.name, s.unit, i.quantity, i.rate_minor, i.currency, i.from_day, i.until_day,
        i.note, i.version
    FROM service_items i JOIN service_types s ON s.id = i.service_type_id";

fn item_row(row: ItemStored) -> Result<ItemRow> {
    let (id, service, service_name, unit, quantity, minor, currency, from, until, note, version) = row;
    Ok(ItemRow {
        id: id.parse().map_err(Error::unreadable)?,
        service: service.parse().map_err(Error::unreadable)?,
        service_name,
        unit,
        quantity,
        rate: money(minor, currency),
        from,
        until,
        note,
        version,
    })
}

/// What the audit trail says of an item.
#[derive(Default)]
struct Said {
    service: String,
    quantity: String,
    rate: String,
    from: String,
    until: String,
    note: String,
}

impl Said {
    fn of(service: String, settings: &ItemSettings) -> Self {
        Self {
            service,
            quantity: quantity(settings.quantity),
            rate: settings.rate.as_ref().map(ToString::to_string).unwrap_or_default(),
            from: settings.from.clone(),
            until: settings.until.clone(),
            note: settings.note.clone(),
        }
    }

    fn changes(before: &Self, after: &Self) -> Changes {
        Changes::default()
            .with("service", &before.service, &after.service)
            .with("quantity", &before.quantity, &after.quantity)
            .with("rate", &before.rate, &after.rate)
            .with("from", &before.from, &after.from)
            .with("until", &before.until, &after.until)
            .with("note", &before.note, &after.note)
    }
}

impl From<&ItemRow> for Said {
    fn from(row: &ItemRow) -> Self {
        Self {
            service: row.service_name.clone(),
            quantity: quantity(row.quantity),
            rate: row.rate.as_ref().map(ToString::to_string).unwrap_or_default(),
            from: row.from.clone(),
            until: row.until.clone(),
            note: row.note.clone(),
        }
    }
}

impl Store {
    /// A customer's program level and service items.
    ///
    /// # Errors
    /// As [`Store::customer`]; [`Refusal::Forbidden`] for the customer's own people.
    pub async fn services_of_customer(&self, actor: &Actor, customer: &CustomerId) -> Result<ServiceSheet> {
        actor.require(Action::SeeAll, Relation::None)?;
        let head = self.require_for_customer(actor, Action::OpenCustomer, customer).await?;
        let sql = "SELECT program_level_id FROM customers WHERE id = $1 AND msp_id = $2";
        let (level,): (Option<String>,) = self.db().one(sql, values![customer, actor.msp()]).await?;
        let sql = format!("{ITEMS} WHERE i.customer_id = $1 AND i.msp_id = $2 ORDER BY s.name_sort, i.from_day, i.id");
        let rows: Vec<ItemStored> = self.db().rows(sqlx::AssertSqlSafe(sql), values![customer, actor.msp()]).await?;
        let may_manage = head.allow(actor, Action::ManageServices).is_ok() && head.changeable().is_ok();
        let offered = CURRENCIES.iter().filter(|_| may_manage);
        Ok(ServiceSheet {
            customer: head.id,
            customer_name: head.name,
            level: level.map(|level| level.parse().map_err(Error::unreadable)).transpose()?,
            items: rows.into_iter().map(item_row).collect::<Result<_>>()?,
            catalogue: self.catalogue(actor).await?,
            currencies: offered.map(|(code, _, name)| ((*code).to_owned(), (*name).to_owned())).collect(),
            may_manage,
        })
    }

    /// Gives the customer another program level. Its service items stay as they are.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] at `level`, [`Refusal::Inactive`], and as [`Store::customer`].
    pub async fn choose_level(&self, actor: &Actor, customer: &CustomerId, level: &str) -> Result<()> {
        let now = self.now();
        let mut tx = self.db().begin().await?;
        let head = lock_customer(&mut tx, actor, Action::ManageServices, customer).await?;
        head.changeable()?;
        let Ok(level) = level.trim().parse::<LevelId>() else {
            return Err(Refusal::field("level", Problem::NotAChoice).into());
        };
        let sql = "SELECT l.id, l.name FROM customers c JOIN program_levels l ON l.id = c.program_level_id WHERE c.id = $1";
        let before: Option<(String, String)> = tx.maybe(sql, values![customer]).await?;
        let (before, before_name) = before.unwrap_or_default();
        if before == level.to_string() {
            return Ok(());
        }
        // Locked, so that it is not deleted meanwhile.
        let sql = "UPDATE program_levels SET version = version WHERE id = $1 AND msp_id = $2 RETURNING name";
        let found: Option<(String,)> = tx.maybe(sql, values![&level, actor.msp()]).await?;
        let (name,) = found.ok_or_else(|| Refusal::field("level", Problem::NotAChoice))?;
        let sql = "UPDATE customers SET program_level_id = $2, modified_at = $3 WHERE id = $1";
        tx.run(sql, values![customer, &level, now]).await?;
        let changes = Changes::default().with("program_level", &before_name, &name);
        let event = Event { kind: "customer.level_changed", customer: Some(customer), subject: &head.name, changes };
        record(&mut tx, actor, now, event).await?;
        tx.commit().await
    }

    /// Adds a service item to the customer, or replaces the settings of `existing`, of which the person saw that version. Where no
    /// rate is given it gets the one of its program level's rate template, if that has one.
    ///
    /// # Errors
    /// [`Refusal::Invalid`], [`Refusal::Conflict`], [`Refusal::Inactive`], and as [`Store::customer`].
    pub async fn save_item(
        &self,
        actor: &Actor,
        customer: &CustomerId,
        existing: Option<(&ItemId, i64)>,
        input: &ItemInput,
    ) -> Result<ItemId> {
        let mut tx = self.db().begin().await?;
        let head = lock_customer(&mut tx, actor, Action::ManageServices, customer).await?;
        head.changeable()?;
        let id = self.save_item_in(&mut tx, actor, &head, existing, input).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// The same for a customer that is locked.
    pub(crate) async fn save_item_in(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        head: &Head,
        existing: Option<(&ItemId, i64)>,
        input: &ItemInput,
    ) -> Result<ItemId> {
        let now = self.now();
        let before = match existing {
            Some((id, version)) => Some(item_of(tx, head, id, Some(version)).await?),
            None => None,
        };
        let mut settings = input.validate(places_of).map_err(Refusal::Invalid)?;
        let service = lock_service(tx, actor, &settings.service, "service").await?;
        if settings.rate.is_none() {
            settings.rate = template_rate(tx, head, &settings).await?;
        }
        let after = Said::of(service, &settings);
        let changes = Said::changes(&before.as_ref().map(Said::from).unwrap_or_default(), &after);
        let id = existing.map_or_else(|| ItemId::from_u128(self.inner.ids.bits(now)), |(id, _)| id.clone());
        if changes.is_empty() {
            return Ok(id);
        }
        write_item(tx, actor, head, &id, existing.is_some(), &settings, now).await?;
        let kind = if existing.is_some() { "service.edited" } else { "service.added" };
        record(tx, actor, now, Event { kind, customer: Some(&head.id), subject: &after.service, changes }).await?;
        Ok(id)
    }

    /// Takes a service item away from the customer.
    ///
    /// # Errors
    /// [`Refusal::Inactive`], and as [`Store::customer`].
    pub async fn delete_item(&self, actor: &Actor, customer: &CustomerId, id: &ItemId) -> Result<()> {
        let now = self.now();
        let mut tx = self.db().begin().await?;
        let head = lock_customer(&mut tx, actor, Action::ManageServices, customer).await?;
        head.changeable()?;
        let row = item_of(&mut tx, &head, id, None).await?;
        tx.run("DELETE FROM service_items WHERE id = $1 AND customer_id = $2", values![id, &head.id]).await?;
        tx.run("UPDATE customers SET services = services - 1 WHERE id = $1", values![&head.id]).await?;
        let changes = Said::changes(&Said::from(&row), &Said::default());
        let event = Event { kind: "service.deleted", customer: Some(&head.id), subject: &row.service_name, changes };
        record(&mut tx, actor, now, event).await?;
        tx.commit().await
    }
}

/// An item of the customer, which is locked; `version` is what the person saw.
async fn item_of(tx: &mut Tx, head: &Head, id: &ItemId, version: Option<i64>) -> Result<ItemRow> {
    let sql = format!("{ITEMS} WHERE i.id = $1 AND i.customer_id = $2");
    let found: Option<ItemStored> = tx.maybe(sqlx::AssertSqlSafe(sql), values![id, &head.id]).await?;
    let row = item_row(found.ok_or(Refusal::NotFound)?)?;
    if version.is_some_and(|version| version != row.version) { Err(Refusal::Conflict.into()) } else { Ok(row) }
}

async fn template_rate(tx: &mut Tx, head: &Head, settings: &ItemSettings) -> Result<Option<Money>> {
    let sql = "SELECT program_level_id FROM customers WHERE id = $1";
    let (level,): (Option<String>,) = tx.one(sql, values![&head.id]).await?;
    let Some(level) = level else {
        return Ok(None);
    };
    let rate = rate_of(tx, &level, &settings.service.to_string()).await?;
    Ok(rate.and_then(|(minor, currency)| money(minor, currency)))
}

async fn write_item(
    tx: &mut Tx,
    actor: &Actor,
    head: &Head,
    id: &ItemId,
    exists: bool,
    settings: &ItemSettings,
    now: i64,
) -> Result<()> {
    let rate = settings.rate.clone().unwrap_or_else(|| Money { minor: 0, currency: String::new(), places: 0 });
    if exists {
        let sql = "UPDATE service_items SET service_type_id = $3, quantity = $4, rate_minor = $5, currency = $6, from_day = $7,
                until_day = $8, note = $9, version = version + 1 WHERE id = $1 AND customer_id = $2";
        let row = values![
            id,
            &head.id,
            &settings.service,
            settings.quantity,
            rate.minor,
            rate.currency,
            &settings.from,
            &settings.until,
            &settings.note,
        ];
        tx.run(sql, row).await?;
        return Ok(());
    }
    let sql = "INSERT INTO service_items
            (id, msp_id, customer_id, service_type_id, quantity, rate_minor, currency, from_day, until_day, note, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let row = values![
        id,
        actor.msp(),
        &head.id,
        &settings.service,
        settings.quantity,
        rate.minor,
        rate.currency,
        &settings.from,
        &settings.until,
        &settings.note,
        now,
    ];
    tx.run(sql, row).await?;
    tx.run("UPDATE customers SET services = services + 1 WHERE id = $1", values![&head.id]).await?;
    Ok(())
}
