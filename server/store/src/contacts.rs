//! A customer's contacts (DOMAIN A10). Each is at exactly one location of the same customer. Whoever changes one holds the customer.

use model::{
    ContactId, CustomerId, LocationId, Refusal,
    contacts::{ContactInput, ContactRow, ContactSettings, ContactSheet, PortalAccess},
    roles::{Action, Relation},
};
use sqlx::AssertSqlSafe;

use crate::{
    Actor, Error, Result, Store,
    customers::{Head, lock_customer, sort_key},
    db::{Tx, row, values},
    events::{Changes, Event, record},
    locations::chosen_location,
};

row! {
    struct Stored {
        id: String,
        first_name: String,
        last_name: String,
        location_id: String,
        location_name: String,
        email: String,
        phone: String,
        title: String,
        portal_access: String,
        version: i64,
    }
}

const CONTACTS: &str =
    "SELECT c.id, c.first_name, c.last_name, c.location_id, l.name AS location_name, c.email, c.phone, c.title,
        c.portal_access, c.version
    FROM contacts c JOIN locations l ON l.id = c.location_id";

impl Stored {
    fn read(self) -> Result<ContactRow> {
        let access = PortalAccess::from_key(&self.portal_access);
        Ok(ContactRow {
            id: self.id.parse().map_err(Error::unreadable)?,
            input: ContactInput {
                first_name: self.first_name,
                last_name: self.last_name,
                location: self.location_id,
                email: self.email,
                phone: self.phone,
                title: self.title,
                portal_access: self.portal_access,
            },
            location_name: self.location_name,
            access: access.ok_or_else(|| Error::unreadable("a contact has no known access"))?,
            version: self.version,
        })
    }
}

/// Each field as the audit trail says it.
fn said(settings: &ContactSettings, location: &str) -> [(&'static str, String); 7] {
    [
        ("first_name", settings.first_name.clone()),
        ("last_name", settings.last_name.clone()),
        ("location", location.to_owned()),
        ("email", settings.email.clone()),
        ("phone", settings.phone.clone()),
        ("title", settings.title.clone()),
        ("portal_access", settings.access.label().to_owned()),
    ]
}

fn said_of(row: &ContactRow) -> [(&'static str, String); 7] {
    [
        ("first_name", row.input.first_name.clone()),
        ("last_name", row.input.last_name.clone()),
        ("location", row.location_name.clone()),
        ("email", row.input.email.clone()),
        ("phone", row.input.phone.clone()),
        ("title", row.input.title.clone()),
        ("portal_access", row.access.label().to_owned()),
    ]
}

fn changes(before: Option<[(&'static str, String); 7]>, after: Option<[(&'static str, String); 7]>) -> Changes {
    let nothing = || [const { ("", String::new()) }; 7];
    let (before, after) = (before.unwrap_or_else(nothing), after.unwrap_or_else(nothing));
    let mut changes = Changes::default();
    for ((old_field, old), (new_field, new)) in before.iter().zip(&after) {
        changes.note(if new_field.is_empty() { old_field } else { new_field }, old, new);
    }
    changes
}

impl Store {
    /// A customer's contacts, by name.
    ///
    /// # Errors
    /// As [`Store::customer`]; [`Refusal::Forbidden`] for the customer's own people.
    pub async fn contacts_of_customer(&self, actor: &Actor, customer: &CustomerId) -> Result<ContactSheet> {
        actor.require(Action::SeeAll, Relation::None)?;
        let head = self.require_for_customer(actor, Action::OpenCustomer, customer).await?;
        let sql = format!("{CONTACTS} WHERE c.customer_id = $1 AND c.msp_id = $2 ORDER BY c.name_sort, c.id");
        let rows: Vec<Stored> = self.db().rows(AssertSqlSafe(sql), values![customer, actor.msp()]).await?;
        let is_changeable = head.changeable().is_ok();
        let may_manage = is_changeable && head.allow(actor, Action::ManageLocations).is_ok();
        let may_invite = is_changeable && head.allow(actor, Action::EditCustomer).is_ok();
        Ok(ContactSheet {
            locations: self.location_choices(actor, customer).await?,
            customer: head.id,
            customer_name: head.name,
            rows: rows.into_iter().map(Stored::read).collect::<Result<_>>()?,
            may_manage,
            may_invite,
        })
    }

    /// Id and name of the customer's locations, the default first, then by name.
    ///
    /// # Errors
    /// As [`Store::customer`]; [`Refusal::Forbidden`] for the customer's own people.
    pub async fn location_choices(&self, actor: &Actor, customer: &CustomerId) -> Result<Vec<(LocationId, String)>> {
        actor.require(Action::SeeAll, Relation::None)?;
        self.require_for_customer(actor, Action::OpenCustomer, customer).await?;
        let sql = "SELECT id, name FROM locations WHERE customer_id = $1 AND msp_id = $2 ORDER BY is_default DESC, name_sort, id";
        let rows: Vec<(String, String)> = self.db().rows(sql, values![customer, actor.msp()]).await?;
        rows.into_iter().map(|(id, name)| Ok((id.parse().map_err(Error::unreadable)?, name))).collect()
    }

    /// Adds a contact to the customer, or replaces the settings of `existing`, of which the person saw that version.
    ///
    /// # Errors
    /// [`Refusal::NoLocation`] where the customer has none; [`Refusal::Invalid`], [`Refusal::Conflict`], [`Refusal::Inactive`], and
    /// as [`Store::customer`].
    pub async fn save_contact(
        &self,
        actor: &Actor,
        customer: &CustomerId,
        existing: Option<(&ContactId, i64)>,
        input: &ContactInput,
    ) -> Result<ContactId> {
        let mut tx = self.db().begin().await?;
        let head = lock_customer(&mut tx, actor, Action::ManageLocations, customer).await?;
        head.changeable()?;
        let id = self.save_contact_in(&mut tx, actor, &head, existing, input).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// The same for a customer that is locked.
    pub(crate) async fn save_contact_in(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        head: &Head,
        existing: Option<(&ContactId, i64)>,
        input: &ContactInput,
    ) -> Result<ContactId> {
        let now = self.now();
        let before = match existing {
            Some((id, version)) => Some(contact_of(tx, head, id, Some(version)).await?),
            None => None,
        };
        require_location(tx, head).await?;
        let settings = input.validate().map_err(Refusal::Invalid)?;
        let (_, location) = chosen_location(tx, head, &settings.location.to_string()).await?.ok_or(Refusal::NoLocation)?;
        let id = existing.map_or_else(|| ContactId::from_u128(self.inner.ids.bits(now)), |(id, _)| id.clone());
        let changes = changes(before.as_ref().map(said_of), Some(said(&settings, &location)));
        if changes.is_empty() {
            return Ok(id);
        }
        write_contact(tx, actor, head, &id, existing.is_some(), &settings, now).await?;
        let kind = if existing.is_some() { "contact.edited" } else { "contact.added" };
        record(tx, actor, now, Event { kind, customer: Some(&head.id), subject: &input.name(), changes }).await?;
        Ok(id)
    }

    /// Deletes a contact. A person who came by the contact's invitation stays.
    ///
    /// # Errors
    /// [`Refusal::Inactive`], and as [`Store::customer`].
    pub async fn delete_contact(&self, actor: &Actor, customer: &CustomerId, id: &ContactId) -> Result<()> {
        let now = self.now();
        let mut tx = self.db().begin().await?;
        let head = lock_customer(&mut tx, actor, Action::ManageLocations, customer).await?;
        head.changeable()?;
        let row = contact_of(&mut tx, &head, id, None).await?;
        tx.run("DELETE FROM contacts WHERE id = $1 AND customer_id = $2", values![id, &head.id]).await?;
        let changes = changes(Some(said_of(&row)), None);
        let subject = row.input.name();
        record(&mut tx, actor, now, Event { kind: "contact.deleted", customer: Some(&head.id), subject: &subject, changes })
            .await?;
        tx.commit().await
    }
}

/// A contact of the customer, which is locked; `version` is what the person saw.
async fn contact_of(tx: &mut Tx, head: &Head, id: &ContactId, version: Option<i64>) -> Result<ContactRow> {
    let sql = format!("{CONTACTS} WHERE c.id = $1 AND c.customer_id = $2");
    let found: Option<Stored> = tx.maybe(AssertSqlSafe(sql), values![id, &head.id]).await?;
    let row = found.ok_or(Refusal::NotFound)?.read()?;
    if version.is_some_and(|version| version != row.version) { Err(Refusal::Conflict.into()) } else { Ok(row) }
}

async fn require_location(tx: &mut Tx, head: &Head) -> Result<()> {
    let sql = "SELECT COUNT(*) FROM (SELECT id FROM locations WHERE customer_id = $1 LIMIT 1) AS found";
    let (there,): (i64,) = tx.one(sql, values![&head.id]).await?;
    if there > 0 { Ok(()) } else { Err(Refusal::NoLocation.into()) }
}

async fn write_contact(
    tx: &mut Tx,
    actor: &Actor,
    head: &Head,
    id: &ContactId,
    exists: bool,
    settings: &ContactSettings,
    now: i64,
) -> Result<()> {
    let name_sort = sort_key(&format!("{} {}", settings.last_name, settings.first_name));
    let mut row = values![
        id,
        &head.id,
        &settings.location,
        &settings.first_name,
        &settings.last_name,
        name_sort,
        &settings.email,
        &settings.phone,
        &settings.title,
        settings.access.key(),
    ];
    let sql = if exists {
        "UPDATE contacts SET location_id = $3, first_name = $4, last_name = $5, name_sort = $6, email = $7, phone = $8, title = $9,
            portal_access = $10, version = version + 1 WHERE id = $1 AND customer_id = $2"
    } else {
        row.extend(values![actor.msp(), now]);
        "INSERT INTO contacts (id, customer_id, location_id, first_name, last_name, name_sort, email, phone, title, portal_access,
            msp_id, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
    };
    tx.run(sql, row).await?;
    Ok(())
}
