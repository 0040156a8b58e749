//! A customer's locations (DOMAIN A9). The first is the default, and so is always exactly one: another can be made it, and it is
//! deleted last. Whoever changes one holds the customer.

use model::{
    CustomerId, FieldError, LocationId, Problem, Refusal,
    locations::{LocationInput, LocationRow, LocationSheet},
    roles::{Action, Relation},
};
use sqlx::AssertSqlSafe;

use crate::{
    Actor, Error, Result, Store,
    choices::{Choices, stored_zone},
    countries::country_name,
    customers::{Head, lock_customer, sort_key},
    db::{Tx, row, values},
    events::{Changes, Event, record},
    msps::number,
};

row! {
    struct Stored {
        id: String,
        name: String,
        address1: String,
        address2: String,
        city: String,
        state_region: String,
        zip: String,
        country: String,
        zone: String,
        on_dashboard: bool,
        is_default: bool,
        version: i64,
        contacts: i64,
        monitors: i64,
    }
}

const LOCATIONS: &str = "SELECT l.id, l.name, l.address1, l.address2, l.city, l.state_region, l.zip, l.country, l.zone,
        l.on_dashboard, l.is_default, l.version,
        (SELECT COUNT(*) FROM contacts c WHERE c.location_id = l.id) AS contacts,
        (SELECT COUNT(*) FROM monitors m WHERE m.location_id = l.id) AS monitors
    FROM locations l";

impl Stored {
    fn read(self) -> Result<LocationRow> {
        Ok(LocationRow {
            id: self.id.parse().map_err(Error::unreadable)?,
            country_name: country_name(&self.country).unwrap_or_default().to_owned(),
            input: LocationInput {
                name: self.name,
                address1: self.address1,
                address2: self.address2,
                city: self.city,
                state_region: self.state_region,
                zip: self.zip,
                country: self.country,
                zone: self.zone,
                on_dashboard: if self.on_dashboard { "yes" } else { "" }.to_owned(),
            },
            is_default: self.is_default,
            contacts: number(self.contacts),
            monitors: number(self.monitors),
            version: self.version,
        })
    }
}

/// The form as it is stored: country and zone by the names that the lists have.
///
/// # Errors
/// One entry for every field that cannot be taken.
pub(crate) fn accepted(input: &LocationInput) -> Result<LocationInput, Vec<FieldError>> {
    let mut errors = input.validate().err().unwrap_or_default();
    let mut input = input.trimmed();
    let chosen = [
        ("country", Choices::Countries.stored(&input.country), &mut input.country),
        ("zone", stored_zone(&input.zone), &mut input.zone),
    ];
    for (field, stored, text) in chosen {
        if text.is_empty() || errors.iter().any(|error| error.field == field) {
            continue;
        }
        match stored {
            Some(stored) => *text = stored,
            None => errors.push(FieldError::new(field, Problem::NotAChoice)),
        }
    }
    if errors.is_empty() { Ok(input) } else { Err(errors) }
}

impl Store {
    /// A customer's locations, the default first, then by name.
    ///
    /// # Errors
    /// As [`Store::customer`]; [`Refusal::Forbidden`] for the customer's own people.
    pub async fn locations_of_customer(&self, actor: &Actor, customer: &CustomerId) -> Result<LocationSheet> {
        actor.require(Action::SeeAll, Relation::None)?;
        let head = self.require_for_customer(actor, Action::OpenCustomer, customer).await?;
        let sql = format!("{LOCATIONS} WHERE l.customer_id = $1 AND l.msp_id = $2 ORDER BY l.is_default DESC, l.name_sort, l.id");
        let rows: Vec<Stored> = self.db().rows(AssertSqlSafe(sql), values![customer, actor.msp()]).await?;
        let may_manage = head.allow(actor, Action::ManageLocations).is_ok() && head.changeable().is_ok();
        Ok(LocationSheet {
            customer: head.id,
            customer_name: head.name,
            rows: rows.into_iter().map(Stored::read).collect::<Result<_>>()?,
            may_manage,
        })
    }

    /// Adds a location to the customer, or replaces the settings of `existing`, of which the person saw that version. The first
    /// becomes the default.
    ///
    /// # Errors
    /// [`Refusal::Invalid`], [`Refusal::Conflict`], [`Refusal::Inactive`], and as [`Store::customer`].
    pub async fn save_location(
        &self,
        actor: &Actor,
        customer: &CustomerId,
        existing: Option<(&LocationId, i64)>,
        input: &LocationInput,
    ) -> Result<LocationId> {
        let mut tx = self.db().begin().await?;
        let head = lock_customer(&mut tx, actor, Action::ManageLocations, customer).await?;
        head.changeable()?;
        let id = self.save_location_in(&mut tx, actor, &head, existing, input).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// The same for a customer that is locked.
    pub(crate) async fn save_location_in(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        head: &Head,
        existing: Option<(&LocationId, i64)>,
        input: &LocationInput,
    ) -> Result<LocationId> {
        let now = self.now();
        let before = match existing {
            Some((id, version)) => Some(location_of(tx, head, id, Some(version)).await?),
            None => None,
        };
        let input = accepted(input).map_err(Refusal::Invalid)?;
        let id = existing.map_or_else(|| LocationId::from_u128(self.inner.ids.bits(now)), |(id, _)| id.clone());
        let changes = changes(before.as_ref().map(|row| &row.input), Some(&input));
        if changes.is_empty() {
            return Ok(id);
        }
        let kind = if existing.is_some() {
            update_location(tx, head, &id, &input).await?;
            "location.edited"
        } else {
            insert_location(tx, actor, head, &id, &input, now).await?;
            "location.added"
        };
        record(tx, actor, now, Event { kind, customer: Some(&head.id), subject: &input.name, changes }).await?;
        Ok(id)
    }

    /// Makes a location the customer's default. Being it already is no error.
    ///
    /// # Errors
    /// [`Refusal::Inactive`], and as [`Store::customer`].
    pub async fn make_default_location(&self, actor: &Actor, customer: &CustomerId, id: &LocationId) -> Result<()> {
        let now = self.now();
        let mut tx = self.db().begin().await?;
        let head = lock_customer(&mut tx, actor, Action::ManageLocations, customer).await?;
        head.changeable()?;
        let row = location_of(&mut tx, &head, id, None).await?;
        if row.is_default {
            return Ok(());
        }
        let sql = "UPDATE locations SET is_default = FALSE, version = version + 1 WHERE customer_id = $1 AND is_default = TRUE
            RETURNING name";
        let before: Option<(String,)> = tx.maybe(sql, values![&head.id]).await?;
        tx.run("UPDATE locations SET is_default = TRUE, version = version + 1 WHERE id = $1", values![id]).await?;
        let before = before.map(|(name,)| name).unwrap_or_default();
        let changes = Changes::default().with("default_location", &before, &row.input.name);
        let event = Event { kind: "location.made_default", customer: Some(&head.id), subject: &row.input.name, changes };
        record(&mut tx, actor, now, event).await?;
        tx.commit().await
    }

    /// Deletes a location; monitors that stood there stand at none.
    ///
    /// # Errors
    /// [`Refusal::HasContacts`]; [`Refusal::DefaultStays`] for the default while there are others; [`Refusal::Inactive`], and as
    /// [`Store::customer`].
    pub async fn delete_location(&self, actor: &Actor, customer: &CustomerId, id: &LocationId) -> Result<()> {
        let now = self.now();
        let mut tx = self.db().begin().await?;
        let head = lock_customer(&mut tx, actor, Action::ManageLocations, customer).await?;
        head.changeable()?;
        let row = location_of(&mut tx, &head, id, None).await?;
        if row.contacts > 0 {
            return Err(Refusal::HasContacts { contacts: row.contacts }.into());
        }
        if row.is_default {
            let (all,): (i64,) = tx.one("SELECT COUNT(*) FROM locations WHERE customer_id = $1", values![&head.id]).await?;
            if all > 1 {
                return Err(Refusal::DefaultStays.into());
            }
        }
        tx.run("DELETE FROM locations WHERE id = $1 AND customer_id = $2", values![id, &head.id]).await?;
        let changes = changes(Some(&row.input), None);
        let event = Event { kind: "location.deleted", customer: Some(&head.id), subject: &row.input.name, changes };
        record(&mut tx, actor, now, event).await?;
        tx.commit().await
    }
}

/// A location of the customer, which is locked; `version` is what the person saw.
async fn location_of(tx: &mut Tx, head: &Head, id: &LocationId, version: Option<i64>) -> Result<LocationRow> {
    let sql = format!("{LOCATIONS} WHERE l.id = $1 AND l.customer_id = $2");
    let found: Option<Stored> = tx.maybe(AssertSqlSafe(sql), values![id, &head.id]).await?;
    let row = found.ok_or(Refusal::NotFound)?.read()?;
    if version.is_some_and(|version| version != row.version) { Err(Refusal::Conflict.into()) } else { Ok(row) }
}

/// The location that a form names by its id, and its name; none where the form names none. The customer is locked.
pub(crate) async fn chosen_location(tx: &mut Tx, head: &Head, id: &str) -> Result<Option<(LocationId, String)>> {
    if id.trim().is_empty() {
        return Ok(None);
    }
    let refusal = || Refusal::field("location", Problem::NotAChoice);
    let id: LocationId = id.trim().parse().map_err(|_| refusal())?;
    let sql = "SELECT name FROM locations WHERE id = $1 AND customer_id = $2";
    let found: Option<(String,)> = tx.maybe(sql, values![&id, &head.id]).await?;
    let (name,) = found.ok_or_else(refusal)?;
    Ok(Some((id, name)))
}

/// The name is the only thing that must be unique, and the default, which nobody else chooses while the customer is held.
fn taken<T>(written: Result<T>) -> Result<T> {
    match written {
        Err(error) if error.is_duplicate() => Err(Refusal::field("name", Problem::Taken).into()),
        other => other,
    }
}

async fn insert_location(
    tx: &mut Tx,
    actor: &Actor,
    head: &Head,
    id: &LocationId,
    input: &LocationInput,
    now: i64,
) -> Result<()> {
    let sql =
        "INSERT INTO locations (id, msp_id, customer_id, name, name_sort, address1, address2, city, state_region, zip, country,
            zone, on_dashboard, created_at, is_default)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,
            NOT EXISTS (SELECT 1 FROM locations other WHERE other.customer_id = $3))";
    let row = values![
        id,
        actor.msp(),
        &head.id,
        &input.name,
        sort_key(&input.name),
        &input.address1,
        &input.address2,
        &input.city,
        &input.state_region,
        &input.zip,
        &input.country,
        &input.zone,
        input.is_on_dashboard(),
        now,
    ];
    taken(tx.run(sql, row).await)?;
    Ok(())
}

async fn update_location(tx: &mut Tx, head: &Head, id: &LocationId, input: &LocationInput) -> Result<()> {
    let sql =
        "UPDATE locations SET name = $3, name_sort = $4, address1 = $5, address2 = $6, city = $7, state_region = $8, zip = $9,
            country = $10, zone = $11, on_dashboard = $12, version = version + 1 WHERE id = $1 AND customer_id = $2";
    let row = values![
        id,
        &head.id,
        &input.name,
        sort_key(&input.name),
        &input.address1,
        &input.address2,
        &input.city,
        &input.state_region,
        &input.zip,
        &input.country,
        &input.zone,
        input.is_on_dashboard(),
    ];
    taken(tx.run(sql, row).await)?;
    Ok(())
}

fn changes(before: Option<&LocationInput>, after: Option<&LocationInput>) -> Changes {
    let nothing = LocationInput::default();
    let (before, after) = (before.unwrap_or(&nothing), after.unwrap_or(&nothing));
    let mut changes = Changes::default();
    for ((field, old), (_, new)) in before.texts().into_iter().zip(after.texts()) {
        changes.note(field, old, new);
    }
    changes.note("show_on_dashboard", &before.on_dashboard, &after.on_dashboard);
    changes
}
