//! Customers that are being built (DOMAIN A3), what the form offers, and the making and editing of a customer with everything that
//! the form holds (A3, A6). A draft is its writer's alone and leaves no trace in the audit trail: nothing has happened yet.

use std::collections::BTreeSet;

use model::{
    CustomerId, DraftId, FieldError, GroupId, LocationId, MspId, Problem, Refusal, UserId,
    contacts::ContactInput,
    customers::CustomerInput,
    drafts::{
        AccountEdit, CONTACTS, DRAFTS_MOST, Difference, Draft, DraftRow, GROUPS, Go, INVITE_EMAIL, ITEMS, KEPT_DAYS, LOCATIONS,
        OfferedPerson, Offers, PEOPLE, Section, at_row,
    },
    lifecycle::State,
    msps::MspSettings,
    roles::{Action, Relation, Role, may},
    services::ItemInput,
    text::fold,
};
use sqlx::AssertSqlSafe;

use crate::{
    Actor, Error, Result, Store,
    catalogue::give_pack,
    choices::{INDUSTRIES, accepted, shown},
    currencies::{CURRENCIES, places_of},
    customers::{Form, NewCustomer, form_changes, insert_association, lock_customer, update_form},
    db::{Tx, Value, values},
    events::{Changes, Event, record_each},
    groups::{joined, left, regrouped},
    invitations::Invitee,
    locations,
    msps::{Room, give_held_room_back, number, take_room, use_held_room},
    people::{role_of, staff_in},
    verification::{Text, begin_change},
};

/// How long a draft is kept after its last change, in milliseconds.
pub const DRAFT_MS: i64 = KEPT_DAYS * 24 * 60 * 60 * 1000;

/// More of them is nothing that a form sends.
const TICKED_MOST: usize = 1000;

/// Where the room for a new customer comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum RoomFrom {
    Quota,
    /// It was kept while the mobile number was verified.
    Held,
}

/// A draft that a customer can be made of: codes in place of names.
pub(crate) fn settled(draft: &Draft) -> Result<Draft, Vec<FieldError>> {
    let mut errors = Vec::new();
    draft.check_invitation(&mut errors);
    draft.check_rows(places_of, &mut errors);
    for (place, location) in draft.locations.iter().enumerate() {
        errors.extend(at_row(LOCATIONS, place, locations::accepted(location).err().unwrap_or_default()));
    }
    match accepted(&draft.input, &CustomerInput::default()) {
        Ok(input) if errors.is_empty() => Ok(Draft { input, ..draft.clone() }),
        Ok(_) => Err(errors),
        Err(more) => Err(more.into_iter().chain(errors).collect()),
    }
}

/// What saving a row was refused for, at the row.
fn in_row<T>(rows: &str, place: usize, saved: Result<T>) -> Result<T> {
    match saved {
        Err(Error::Refused(Refusal::Invalid(errors))) => Err(Refusal::Invalid(at_row(rows, place, errors).collect()).into()),
        other => other,
    }
}

impl Store {
    /// The person's drafts, the latest first.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] without [`Action::AddCustomer`].
    pub async fn drafts(&self, actor: &Actor) -> Result<Vec<DraftRow>> {
        actor.require(Action::AddCustomer, Relation::None)?;
        let sql = "SELECT id, name, section, changed_at FROM drafts
            WHERE user_id = $1 AND msp_id = $2 AND waiting_since = 0 AND changed_at >= $3 ORDER BY changed_at DESC, id DESC";
        let values = values![actor.person()?, actor.msp(), self.now() - DRAFT_MS];
        let rows: Vec<(String, String, String, i64)> = self.db().rows(sql, values).await?;
        rows.into_iter()
            .map(|(id, name, section, changed_at)| {
                let section = Section::from_key(&section).unwrap_or_default();
                Ok(DraftRow { id: id.parse().map_err(Error::unreadable)?, name, section, changed_at })
            })
            .collect()
    }

    /// An id for a draft that is not stored before something is typed, and what its form begins with.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] without [`Action::AddCustomer`].
    pub async fn new_draft(&self, actor: &Actor) -> Result<(DraftId, Draft)> {
        actor.require(Action::AddCustomer, Relation::None)?;
        let id = DraftId::from_u128(self.inner.ids.bits(self.now()));
        let MspSettings { language, report_zone, .. } = self.settings_of(actor.msp()).await?;
        let account_manager_email = actor.email().to_owned();
        let begun = CustomerInput { account_manager_email, language, report_zone, ..CustomerInput::default() };
        Ok((id, Draft::of(shown(&begun))))
    }

    /// What was typed into one of the person's drafts, and where they were.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], also for somebody else's; [`Refusal::Forbidden`] without [`Action::AddCustomer`].
    pub async fn draft(&self, actor: &Actor, id: &DraftId) -> Result<(Draft, Section)> {
        actor.require(Action::AddCustomer, Relation::None)?;
        let sql = "SELECT typed, section FROM drafts WHERE id = $1 AND user_id = $2 AND msp_id = $3 AND waiting_since = 0 AND changed_at >= $4";
        let values = values![id, actor.person()?, actor.msp(), self.now() - DRAFT_MS];
        let found: Option<(String, String)> = self.db().maybe(sql, values).await?;
        let (typed, section) = found.ok_or(Refusal::NotFound)?;
        Ok((serde_json::from_str(&typed).map_err(Error::unreadable)?, Section::from_key(&section).unwrap_or_default()))
    }

    /// Keeps what was typed into a section, right or wrong, and says where the person is then. A section that they leave is marked as
    /// seen; 'next' leads on only from one that is right. A draft that is not there yet is made.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for an id of somebody else's; [`Refusal::TooManyDrafts`]; [`Refusal::Forbidden`] without
    /// [`Action::AddCustomer`].
    pub async fn save_draft(&self, actor: &Actor, id: &DraftId, section: Section, typed: &Draft, go: Go) -> Result<Section> {
        if typed.groups.len() > TICKED_MOST || typed.people.len() > TICKED_MOST || typed.is_too_long() {
            return Err(Refusal::BadRequest.into());
        }
        let user = actor.person()?;
        let now = self.now();
        let (_, begun) = self.new_draft(actor).await?;
        let mut tx = self.db().begin().await?;
        let mut found = lock_draft(&mut tx, actor.msp(), id).await?;
        if found.is_none() {
            insert_draft(&mut tx, actor, id, &begun, now).await?;
            found = lock_draft(&mut tx, actor.msp(), id).await?;
        }
        let own = found.filter(|stored| stored.user == *user && stored.waiting_since == 0);
        let mut draft = own.ok_or(Refusal::NotFound)?.draft;
        draft.take(section, typed);
        if go != Go::Nowhere {
            draft.see(section);
        }
        let at = match go {
            Go::Nowhere => section,
            Go::To(next) => next,
            Go::Next => {
                let (taken,): (i64,) = tx.one(PORTAL_NAMES, values![portal_name(&draft)]).await?;
                let is_wrong = |problem: &FieldError| section.place_of(&problem.field).is_some();
                let stays = problems_of(&draft, taken > 0).iter().any(is_wrong);
                if stays { section } else { section.after().unwrap_or(section) }
            }
        };
        write_draft(&mut tx, id, &draft, at, now).await?;
        tx.commit().await?;
        Ok(at)
    }

    /// Judges the whole of a draft before it is created: where it is wrong it stays, with every section marked as seen, and the
    /// person is on the first that is.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] as [`Store::draft`]. What is wrong is no error, but the answer.
    pub async fn judge_draft(&self, actor: &Actor, id: &DraftId) -> Result<(Draft, Vec<FieldError>)> {
        let (mut draft, _) = self.draft(actor, id).await?;
        let problems = self.problems(&draft).await?;
        if let Some(problem) = problems.first() {
            Section::ALL.into_iter().for_each(|section| draft.see(section));
            let at = Section::of_field(&problem.field).unwrap_or_default();
            let mut tx = self.db().begin().await?;
            write_draft(&mut tx, id, &draft, at, self.now()).await?;
            tx.commit().await?;
        }
        Ok((draft, problems))
    }

    /// What is wrong with a draft as it stands, in the order of the sections.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`].
    pub async fn problems(&self, draft: &Draft) -> Result<Vec<FieldError>> {
        let (taken,): (i64,) = self.db().one(PORTAL_NAMES, values![portal_name(draft)]).await?;
        Ok(problems_of(draft, taken > 0))
    }

    /// Throws one of the person's drafts away. One that is gone already is no error.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] without [`Action::AddCustomer`].
    pub async fn discard_draft(&self, actor: &Actor, id: &DraftId) -> Result<()> {
        actor.require(Action::AddCustomer, Relation::None)?;
        let mut tx = self.db().begin().await?;
        let sql = "DELETE FROM drafts WHERE id = $1 AND user_id = $2 AND msp_id = $3 AND waiting_since = 0";
        tx.run(sql, values![id, actor.person()?, actor.msp()]).await?;
        tx.commit().await
    }

    /// What the form offers: for a new customer, or for one whose page the actor may open.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] without [`Action::AddCustomer`].
    pub async fn offers(&self, actor: &Actor, verifies: bool) -> Result<Offers> {
        actor.require(Action::AddCustomer, Relation::None)?;
        let groups = self.groups(actor).await?.into_iter().map(|group| (group.id, group.name)).collect();
        let staff = self.staff(actor).await?.into_iter();
        let people = staff.map(|row| OfferedPerson { id: row.id, name: row.name, email: row.email, role: row.role }).collect();
        let sql = "SELECT l.name, s.name FROM program_levels l JOIN service_types s ON s.msp_id = l.msp_id
            WHERE l.msp_id = $1 AND l.is_default = TRUE AND s.is_default = TRUE";
        let pack = self.db().maybe(sql, values![actor.msp()]).await?;
        let sql = "SELECT id, name FROM program_levels WHERE msp_id = $1 ORDER BY is_default DESC, name_sort, id";
        let levels = self.db().rows(sql, values![actor.msp()]).await?;
        let sql = "SELECT id, name || ' (' || unit || ')' FROM service_types WHERE msp_id = $1 ORDER BY name_sort, id";
        let services = self.db().rows(sql, values![actor.msp()]).await?;
        let currencies = CURRENCIES.iter().map(|(code, _, name)| ((*code).to_owned(), format!("{code}, {name}"))).collect();
        let industries = INDUSTRIES.map(str::to_owned).to_vec();
        Ok(Offers { industries, groups, people, verifies, pack, levels, services, currencies })
    }

    /// The groups that a customer is in, and the MSP users who are associated with it.
    ///
    /// # Errors
    /// As [`Store::customer`], and [`Refusal::Forbidden`] without [`Action::EditCustomer`].
    pub async fn chosen_for(&self, actor: &Actor, id: &CustomerId) -> Result<(Vec<GroupId>, Vec<UserId>)> {
        self.require_for_customer(actor, Action::EditCustomer, id).await?;
        let sql = "SELECT g.id FROM group_members m JOIN customer_groups g ON g.id = m.group_id
            WHERE m.customer_id = $1 AND g.msp_id = $2 ORDER BY g.name_sort, g.id";
        let groups: Vec<(String,)> = self.db().rows(sql, values![id, actor.msp()]).await?;
        let sql = "SELECT u.id FROM associations a JOIN users u ON u.id = a.user_id
            WHERE a.customer_id = $1 AND u.msp_id = $2 AND u.customer_id IS NULL ORDER BY u.id";
        let people: Vec<(String,)> = self.db().rows(sql, values![id, actor.msp()]).await?;
        let groups = groups.into_iter().map(|(id,)| id.parse().map_err(Error::unreadable)).collect::<Result<_>>()?;
        Ok((groups, people.into_iter().map(|(id,)| id.parse().map_err(Error::unreadable)).collect::<Result<_>>()?))
    }

    /// Adds a customer with all that its form holds, ACTIVE at once; its maker is associated with it. The draft that it was typed
    /// into is gone then.
    ///
    /// # Errors
    /// [`Refusal::Invalid`], [`Refusal::CustomerQuota`], [`Refusal::Forbidden`]; nothing is written then.
    pub async fn add_customer(&self, actor: &Actor, draft: &Draft, from: Option<&DraftId>) -> Result<CustomerId> {
        actor.require(Action::AddCustomer, Relation::None)?;
        let draft = settled(draft).map_err(Refusal::Invalid)?;
        let mut tx = self.db().begin().await?;
        let id = self.take_own(&mut tx, actor, from).await?;
        self.create_in(&mut tx, actor, &id, &draft, RoomFrom::Quota).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Takes the actor's own draft away, if there is one: it becomes something else. The id of its customer, which stays the one that it
    /// had while it waited before.
    pub(crate) async fn take_own(&self, tx: &mut Tx, actor: &Actor, draft: Option<&DraftId>) -> Result<CustomerId> {
        let destined = match draft {
            Some(id) => {
                let sql = "DELETE FROM drafts WHERE id = $1 AND user_id = $2 AND msp_id = $3 AND waiting_since = 0 RETURNING customer_id";
                let removed: Option<(String,)> = tx.maybe(sql, values![id, actor.person()?, actor.msp()]).await?;
                customer_of(&removed.ok_or(Refusal::NotFound)?.0)?
            }
            None => None,
        };
        Ok(destined.unwrap_or_else(|| CustomerId::from_u128(self.inner.ids.bits(self.now()))))
    }

    /// Writes the customer of a settled draft, and everything that comes with it.
    pub(crate) async fn create_in(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        id: &CustomerId,
        draft: &Draft,
        from: RoomFrom,
    ) -> Result<()> {
        let now = self.now();
        let makers_own = match actor.user() {
            Some(user) => u32::from(adder_in(tx, actor, user).await? == Role::Admin),
            None => 0,
        };
        let people = chosen_people(tx, actor, &draft.people).await?;
        let others = people.iter().filter(|person| actor.user() != Some(&person.id));
        let admins =
            makers_own + u32::try_from(others.clone().filter(|person| person.role == Role::Admin).count()).unwrap_or_default();
        let new = NewCustomer {
            id,
            msp: actor.msp(),
            input: &draft.input,
            state: State::Active,
            monitors: 0,
            admins,
            added_at: now,
            demo: false,
            created_by: &actor.title(),
        };
        let inserted: Vec<(String,)> =
            tx.bulk_returning(&NewCustomer::insert_head(), " ON CONFLICT DO NOTHING RETURNING id", vec![new.row()]).await?;
        if inserted.is_empty() {
            return Err(Refusal::field("portal_name", Problem::Taken).into());
        }
        if let Some(user) = actor.user() {
            insert_association(tx, id, user, now).await?;
        }
        for person in others.clone() {
            insert_association(tx, id, &person.id, now).await?;
        }
        let groups = chosen_groups(tx, actor, &draft.groups).await?;
        let members = groups.iter().map(|(group, _)| [group.into(), id.into()]).collect();
        tx.bulk("INSERT INTO group_members (group_id, customer_id) VALUES", "", members).await?;
        let pack = give_pack(tx, actor.msp(), draft.level.trim(), id, now).await?;
        lock_services(tx, actor, &draft.items).await?;
        match from {
            RoomFrom::Quota => take_room(tx, actor.msp(), Room::Customers, 1).await?,
            RoomFrom::Held => use_held_room(tx, actor.msp()).await?,
        }
        let name = draft.input.display_name();
        let mut changes = form_changes(&CustomerInput::default(), &draft.input).with("state", "", State::Active.key());
        pack.note(&mut changes);
        let mut events = vec![Event { kind: "customer.created", customer: Some(id), subject: &name, changes }];
        events.extend(groups.iter().map(|(_, group)| joined(id, &name, group)));
        events.extend(others.map(|person| associated(id, &name, &person.title)));
        record_each(tx, actor, now, events).await?;
        self.create_rows(tx, actor, id, draft).await?;
        if draft.invite {
            let invitee = Invitee { email: draft.invited(), name: "", role: Role::Customer, field: INVITE_EMAIL };
            self.invite_in(tx, actor, Some(id), &invitee).await?;
        }
        Ok(())
    }

    /// Writes the service items, locations and contacts of a new customer's draft (DOMAIN A7).
    async fn create_rows(&self, tx: &mut Tx, actor: &Actor, id: &CustomerId, draft: &Draft) -> Result<()> {
        if draft.items.is_empty() && draft.locations.is_empty() {
            return Ok(());
        }
        let head = lock_customer(tx, actor, Action::ManageServices, id).await?;
        for (place, item) in draft.items.iter().enumerate() {
            in_row(ITEMS, place, self.save_item_in(tx, actor, &head, None, item).await)?;
        }
        let mut there: Vec<(&str, LocationId)> = Vec::new();
        for (place, location) in draft.locations.iter().enumerate() {
            let saved = self.save_location_in(tx, actor, &head, None, location).await;
            there.push((location.name.trim(), in_row(LOCATIONS, place, saved)?));
        }
        for (place, contact) in draft.contacts.iter().enumerate() {
            let location = there.iter().find(|(name, _)| *name == contact.location.trim());
            let location = location.map(|(_, id)| id.to_string()).unwrap_or_default();
            let contact = ContactInput { location, ..contact.clone() };
            in_row(CONTACTS, place, self.save_contact_in(tx, actor, &head, None, &contact).await)?;
        }
        Ok(())
    }

    /// Replaces the whole form, and puts the customer into groups and people to it as the person changed them. `version` is the one
    /// that they saw; where nothing differs nothing is written. Where mobile numbers are verified, a changed one stays as it was
    /// until its code is given: the answer is then the text message to send.
    ///
    /// # Errors
    /// [`Refusal::Conflict`] where another edit came first, [`Refusal::Invalid`], [`Refusal::Inactive`], and as
    /// [`Store::customer`].
    pub async fn edit_account(
        &self,
        actor: &Actor,
        id: &CustomerId,
        version: i64,
        edit: &AccountEdit,
        verifies: bool,
    ) -> Result<Option<Text>> {
        let key = if verifies { self.signing_key().await? } else { String::new() };
        let now = self.now();
        let mut tx = self.db().begin().await?;
        let head = lock_customer(&mut tx, actor, Action::EditCustomer, id).await?;
        head.changeable()?;
        let sql = "SELECT * FROM customers WHERE id = $1 AND msp_id = $2";
        let Form(before) = tx.one(sql, values![id, actor.msp()]).await?;
        let mut input = accepted(&edit.input, &before).map_err(Refusal::Invalid)?;
        if head.version != version {
            return Err(Refusal::Conflict.into());
        }
        let text = if verifies && input.mobile != before.mobile {
            let wanted = std::mem::take(&mut input.mobile);
            if !wanted.is_empty() {
                input.mobile.clone_from(&before.mobile);
            }
            begin_change(&mut tx, id, &wanted, &key, now).await?
        } else {
            None
        };
        let changes = form_changes(&before, &input);
        let name = input.display_name();
        let mut events = Vec::new();
        if !changes.is_empty() {
            update_form(&mut tx, actor.msp(), id, &input, now).await?;
            events.push(Event { kind: "customer.edited", customer: Some(id), subject: &name, changes });
        }
        if text.is_some() {
            let changes = Changes::default();
            events.push(Event { kind: "customer.verification_begun", customer: Some(id), subject: &name, changes });
        }
        let people = changed_people(&mut tx, actor, id, &edit.people, now).await?;
        let groups = changed_groups(&mut tx, actor, id, &edit.groups, now).await?;
        events.extend(groups.added.iter().map(|group| joined(id, &name, group)));
        events.extend(groups.removed.iter().map(|group| left(id, &name, group)));
        events.extend(people.added.iter().map(|person| associated(id, &name, person)));
        events.extend(people.removed.iter().map(|person| dissociated(id, &name, person)));
        if !events.is_empty() {
            record_each(&mut tx, actor, now, events).await?;
        }
        tx.commit().await?;
        Ok(text)
    }

    /// Forgets drafts that nobody has changed for [`DRAFT_MS`], and gives the room back that waiting ones held.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`].
    pub async fn forget_drafts(&self) -> Result<()> {
        let mut tx = self.db().begin().await?;
        let sql = "DELETE FROM drafts WHERE changed_at < $1 RETURNING customer_id, msp_id, name, waiting_since";
        let gone: Vec<(String, String, String, i64)> = tx.rows(sql, values![self.now() - DRAFT_MS]).await?;
        for (customer, msp, name, waiting_since) in gone {
            if waiting_since > 0 {
                let actor = Actor::system(msp.parse().map_err(Error::unreadable)?, "expiry");
                give_held_room_back(&mut tx, actor.msp()).await?;
                let (kind, customer) = ("customer.verification_expired", customer_of(&customer)?);
                let event = Event { kind, customer: customer.as_ref(), subject: &name, changes: Changes::default() };
                record_each(&mut tx, &actor, self.now(), vec![event]).await?;
            }
        }
        tx.commit().await
    }
}

/// A new row for a draft of the actor's. An id that is in use is left as it is.
pub(crate) async fn insert_draft(tx: &mut Tx, actor: &Actor, id: &DraftId, draft: &Draft, now: i64) -> Result<()> {
    let user = actor.person()?;
    let count = "SELECT COUNT(*) FROM drafts WHERE user_id = $1 AND waiting_since = 0 AND changed_at >= $2";
    let (mine,): (i64,) = tx.one(count, values![user, now - DRAFT_MS]).await?;
    if number(mine) >= DRAFTS_MOST {
        return Err(Refusal::TooManyDrafts { most: DRAFTS_MOST }.into());
    }
    let sql = "INSERT INTO drafts (id, msp_id, user_id, name, section, typed, changed_at) VALUES ($1, $2, $3, '', $4, $5, $6)
        ON CONFLICT DO NOTHING";
    let typed = serde_json::to_string(draft).map_err(Error::unreadable)?;
    tx.run(sql, values![id, actor.msp(), user, Section::default().key(), typed, now]).await?;
    Ok(())
}

/// How many customers have a portal name.
const PORTAL_NAMES: &str = "SELECT COUNT(*) FROM customers WHERE portal_name = $1 AND portal_name <> ''";

fn portal_name(draft: &Draft) -> String {
    draft.input.portal_name.trim().replace('\0', "\u{fffd}")
}

fn problems_of(draft: &Draft, portal_name_taken: bool) -> Vec<FieldError> {
    let mut problems = settled(draft).err().unwrap_or_default();
    if portal_name_taken {
        problems.push(FieldError::new("portal_name", Problem::Taken));
    }
    problems.sort_by_key(|problem| {
        Section::ALL.into_iter().enumerate().find_map(|(at, section)| Some((at, section.place_of(&problem.field)?)))
    });
    problems
}

/// A draft as it is stored.
pub(crate) struct Stored {
    pub(crate) user: UserId,
    pub(crate) draft: Draft,
    pub(crate) waiting_since: i64,
    /// Once it has waited for its code: the id that its customer will have.
    pub(crate) customer: Option<CustomerId>,
}

/// A draft of the MSP, locked until the transaction ends.
pub(crate) async fn lock_draft(tx: &mut Tx, msp: &MspId, id: &DraftId) -> Result<Option<Stored>> {
    let sql =
        "UPDATE drafts SET section = section WHERE id = $1 AND msp_id = $2 RETURNING user_id, typed, waiting_since, customer_id";
    let found: Option<(String, String, i64, String)> = tx.maybe(sql, values![id, msp]).await?;
    found
        .map(|(user, typed, waiting_since, customer)| {
            let draft = serde_json::from_str(&typed).map_err(Error::unreadable)?;
            let customer = customer_of(&customer)?;
            Ok(Stored { user: user.parse().map_err(Error::unreadable)?, draft, waiting_since, customer })
        })
        .transpose()
}

pub(crate) async fn write_draft(tx: &mut Tx, id: &DraftId, draft: &Draft, section: Section, now: i64) -> Result<()> {
    let typed = serde_json::to_string(draft).map_err(Error::unreadable)?;
    let name = draft.name().replace('\0', "\u{fffd}");
    let sql = "UPDATE drafts SET name = $2, section = $3, typed = $4, changed_at = $5 WHERE id = $1";
    tx.run(sql, values![id, name, section.key(), typed, now]).await?;
    Ok(())
}

/// Notes the id that the customer of a draft will have, and since when it waits for its code; 0 while it does not.
pub(crate) async fn destine(tx: &mut Tx, id: &DraftId, customer: Option<&CustomerId>, waiting_since: i64) -> Result<()> {
    let customer = customer.map(ToString::to_string).unwrap_or_default();
    tx.run("UPDATE drafts SET customer_id = $2, waiting_since = $3 WHERE id = $1", values![id, customer, waiting_since]).await?;
    Ok(())
}

fn customer_of(stored: &str) -> Result<Option<CustomerId>> {
    (!stored.is_empty()).then(|| stored.parse().map_err(Error::unreadable)).transpose()
}

fn associated<'a>(customer: &'a CustomerId, named: &'a str, person: &str) -> Event<'a> {
    let changes = Changes::default().with("user", "", person);
    Event { kind: "association.created", customer: Some(customer), subject: named, changes }
}

fn dissociated<'a>(customer: &'a CustomerId, named: &'a str, person: &str) -> Event<'a> {
    let changes = Changes::default().with("user", person, "");
    Event { kind: "association.removed", customer: Some(customer), subject: named, changes }
}

/// A member of staff whom the form ticks.
#[derive(Debug, Clone)]
struct Chosen {
    id: UserId,
    role: Role,
    /// As the audit trail names them.
    title: String,
}

/// `$n, $n+1 ...` for `ids`, which are added to `values`.
fn places<T>(values: &mut Vec<Value>, ids: &[T]) -> String
where
    for<'a> &'a T: Into<Value>,
{
    let first = values.len() + 1;
    values.extend(ids.iter().map(Into::into));
    let places: Vec<String> = (first..=values.len()).map(|place| format!("${place}")).collect();
    places.join(", ")
}

/// Who adds a customer, locked: their role as it is now, which the customer's number of Admins goes by.
pub(crate) async fn adder_in(tx: &mut Tx, actor: &Actor, user: &UserId) -> Result<Role> {
    let role = staff_in(tx, actor, user).await?.role;
    if may(role, Action::AddCustomer, Relation::None) { Ok(role) } else { Err(Refusal::Forbidden.into()) }
}

/// Locks the services of a new customer's items before the MSP's row, in the order of whoever changes the catalogue. What is no service
/// is refused at its item.
async fn lock_services(tx: &mut Tx, actor: &Actor, items: &[ItemInput]) -> Result<()> {
    let services: BTreeSet<&str> = items.iter().map(|item| item.service.trim()).collect();
    for service in services {
        let sql = "UPDATE service_types SET version = version WHERE id = $1 AND msp_id = $2";
        tx.run(sql, values![service, actor.msp()]).await?;
    }
    Ok(())
}

/// The members of the MSP's staff with these ids, by name and locked: every one must be there.
async fn chosen_people(tx: &mut Tx, actor: &Actor, ids: &[UserId]) -> Result<Vec<Chosen>> {
    let ids = distinct(ids);
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut values = values![actor.msp()];
    let places = places(&mut values, &ids);
    let sql = format!(
        "UPDATE users SET role = role WHERE msp_id = $1 AND customer_id IS NULL AND id IN ({places}) RETURNING id, role, name, email"
    );
    let rows: Vec<(String, String, String, String)> = tx.rows(AssertSqlSafe(sql), values).await?;
    if rows.len() != ids.len() {
        return Err(Refusal::field(PEOPLE, Problem::NotAChoice).into());
    }
    let chosen = rows.into_iter().map(|(id, role, name, email)| {
        Ok(Chosen { id: id.parse().map_err(Error::unreadable)?, role: role_of(&role)?, title: format!("{name} <{email}>") })
    });
    let mut chosen: Vec<Chosen> = chosen.collect::<Result<_>>()?;
    chosen.sort_by_cached_key(|person| (fold(&person.title), person.id.clone()));
    Ok(chosen)
}

/// The MSP's groups with these ids and their names: every one must be there. They stay there until the transaction ends.
async fn chosen_groups(tx: &mut Tx, actor: &Actor, ids: &[GroupId]) -> Result<Vec<(GroupId, String)>> {
    let ids = distinct(ids);
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut values = values![actor.msp()];
    let places = places(&mut values, &ids);
    let sql = format!("UPDATE customer_groups SET version = version WHERE msp_id = $1 AND id IN ({places}) RETURNING id, name");
    let rows: Vec<(String, String)> = tx.rows(AssertSqlSafe(sql), values).await?;
    if rows.len() != ids.len() {
        return Err(Refusal::field(GROUPS, Problem::NotAChoice).into());
    }
    let mut chosen = rows
        .into_iter()
        .map(|(id, name)| Ok((id.parse().map_err(Error::unreadable)?, name)))
        .collect::<Result<Vec<(GroupId, String)>>>()?;
    chosen.sort_by_cached_key(|(id, name)| (fold(name), id.clone()));
    Ok(chosen)
}

fn distinct<T: Clone + Ord>(ids: &[T]) -> Vec<T> {
    let mut ids = ids.to_vec();
    ids.sort();
    ids.dedup();
    ids.truncate(TICKED_MOST);
    ids
}

/// Puts the customer into groups and takes it out of others. The names of those where that changed anything.
async fn changed_groups(
    tx: &mut Tx,
    actor: &Actor,
    id: &CustomerId,
    change: &Difference<GroupId>,
    now: i64,
) -> Result<Difference<String>> {
    let mut changed = Difference::default();
    for (group, name) in chosen_groups(tx, actor, &change.added).await? {
        let sql = "INSERT INTO group_members (group_id, customer_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        if tx.run(sql, values![&group, id]).await? > 0 {
            regrouped(tx, &group, now).await?;
            changed.added.push(name);
        }
    }
    // A group that was deleted meanwhile holds nobody any more.
    for group in distinct(&change.removed) {
        let sql = "SELECT name FROM customer_groups WHERE id = $1 AND msp_id = $2";
        let Some((name,)) = tx.maybe::<(String,)>(sql, values![&group, actor.msp()]).await? else {
            continue;
        };
        if tx.run("DELETE FROM group_members WHERE group_id = $1 AND customer_id = $2", values![&group, id]).await? > 0 {
            regrouped(tx, &group, now).await?;
            changed.removed.push(name);
        }
    }
    Ok(changed)
}

/// Associates people with the customer and dissociates others. The titles of those with whom that changed anything.
async fn changed_people(
    tx: &mut Tx,
    actor: &Actor,
    id: &CustomerId,
    change: &Difference<UserId>,
    now: i64,
) -> Result<Difference<String>> {
    let mut changed = Difference::default();
    let mut admins = 0_i64;
    for person in chosen_people(tx, actor, &change.added).await? {
        if insert_association(tx, id, &person.id, now).await? {
            admins += i64::from(person.role == Role::Admin);
            changed.added.push(person.title);
        }
    }
    for user in distinct(&change.removed) {
        // Who has left the MSP meanwhile is dissociated already.
        let sql = "SELECT role, name, email FROM users WHERE id = $1 AND msp_id = $2 AND customer_id IS NULL";
        let Some((role, name, email)) = tx.maybe::<(String, String, String)>(sql, values![&user, actor.msp()]).await? else {
            continue;
        };
        if tx.run("DELETE FROM associations WHERE customer_id = $1 AND user_id = $2", values![id, &user]).await? > 0 {
            admins -= i64::from(role_of(&role)? == Role::Admin);
            changed.removed.push(format!("{name} <{email}>"));
        }
    }
    if admins != 0 {
        tx.run("UPDATE customers SET admins = admins + $2 WHERE id = $1", values![id, admins]).await?;
    }
    Ok(changed)
}
