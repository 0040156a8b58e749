//! MSPs: setting the first one up, quotas (DOMAIN A13), and what the signed-in person's screens need to know of theirs.

use model::{
    MspId, Problem, Refusal, UserId,
    msps::{MspSettings, MspSettingsInput},
    period::Period,
    roles::{Action, Relation, Role},
    users::{Me, SetupInput},
};
use serde::Serialize;

use crate::{
    Actor, Error, Origin, Result, Store,
    access::fold_email,
    db::{Tx, values},
    events::{Changes, Event, record},
    occurrences::{instants, is_zone},
    users::NewUser,
};

/// How many customers a new MSP has room for (DOMAIN A13).
pub const CUSTOMERS_AT_FIRST: u32 = 3;
/// How many monitors a new MSP has room for.
pub const MONITORS_AT_FIRST: u32 = 1000;

/// The row of `settings` that only the first MSP writes.
const SET_UP: &str = "set_up";

/// One MSP as the command line lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MspRow {
    pub id: MspId,
    pub name: String,
    pub demo: bool,
    /// INACTIVE ones do not count, nor do their monitors.
    pub customers_used: u32,
    pub customers_quota: u32,
    pub monitors_used: u32,
    pub monitors_quota: u32,
}

/// What an MSP has limited room for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Room {
    Customers,
    Monitors,
}

/// Takes room for `count` more, all or nothing. It locks the MSP's row, so it comes late in a transaction.
pub(crate) async fn take_room(tx: &mut Tx, msp: &MspId, room: Room, count: u32) -> Result<()> {
    if count == 0 {
        return Ok(());
    }
    let (take, quota) = match room {
        Room::Customers => (
            "UPDATE msps SET customers_used = customers_used + $2 WHERE id = $1 AND customers_used + customers_held + $2 <= customers_quota RETURNING customers_used",
            "SELECT customers_quota FROM msps WHERE id = $1",
        ),
        Room::Monitors => (
            "UPDATE msps SET monitors_used = monitors_used + $2 WHERE id = $1 AND monitors_used + $2 <= monitors_quota RETURNING monitors_used",
            "SELECT monitors_quota FROM msps WHERE id = $1",
        ),
    };
    if tx.maybe::<(i64,)>(take, values![msp, count]).await?.is_some() {
        return Ok(());
    }
    let (quota,): (i64,) = tx.one(quota, values![msp]).await?;
    let quota = number(quota);
    Err(match room {
        Room::Customers => Refusal::CustomerQuota { quota },
        Room::Monitors => Refusal::MonitorQuota { quota },
    }
    .into())
}

/// Locks the MSP's row, late in a transaction as well.
pub(crate) async fn lock_msp(tx: &mut Tx, msp: &MspId) -> Result<()> {
    tx.run("UPDATE msps SET event_seq = event_seq WHERE id = $1", values![msp]).await?;
    Ok(())
}

/// Gives room back. It locks the MSP's row, so it comes late in a transaction.
pub(crate) async fn give_room_back(tx: &mut Tx, msp: &MspId, room: Room, count: u32) -> Result<()> {
    let sql = match room {
        Room::Customers => "UPDATE msps SET customers_used = customers_used - $2 WHERE id = $1",
        Room::Monitors => "UPDATE msps SET monitors_used = monitors_used - $2 WHERE id = $1",
    };
    tx.run(sql, values![msp, count]).await?;
    Ok(())
}

/// Keeps room for one customer that is not there yet. Like the two below it locks the MSP's row, so it comes late in a transaction.
pub(crate) async fn hold_room(tx: &mut Tx, msp: &MspId) -> Result<()> {
    take_room(tx, msp, Room::Customers, 1).await?;
    let sql = "UPDATE msps SET customers_used = customers_used - 1, customers_held = customers_held + 1 WHERE id = $1";
    tx.run(sql, values![msp]).await?;
    Ok(())
}

/// The customer for whom room was kept is there.
pub(crate) async fn use_held_room(tx: &mut Tx, msp: &MspId) -> Result<()> {
    let sql = "UPDATE msps SET customers_used = customers_used + 1, customers_held = customers_held - 1 WHERE id = $1";
    tx.run(sql, values![msp]).await?;
    Ok(())
}

/// The customer for whom room was kept will not come.
pub(crate) async fn give_held_room_back(tx: &mut Tx, msp: &MspId) -> Result<()> {
    tx.run("UPDATE msps SET customers_held = customers_held - 1 WHERE id = $1", values![msp]).await?;
    Ok(())
}

/// A count as it was stored; one that cannot be is 0.
pub(crate) fn number(stored: i64) -> u32 {
    u32::try_from(stored).unwrap_or_default()
}

/// Name, language, report time zone, monitors of a FREE account, days to restore, minutes to refresh, version.
type SettingsStored = (String, String, String, i64, i64, i64, i64);

const SETTINGS: &str =
    "SELECT name, language, report_zone, free_monitors, restore_days, refresh_minutes, version FROM msps WHERE id = $1";

fn read_settings(
    (name, language, report_zone, free_monitors, restore_days, refresh_minutes, version): SettingsStored,
) -> MspSettings {
    MspSettings {
        name,
        language,
        report_zone,
        free_monitors: number(free_monitors),
        restore_days: number(restore_days),
        refresh_minutes: number(refresh_minutes),
        version,
    }
}

/// How the MSP is set, within a transaction.
pub(crate) async fn settings_in(tx: &mut Tx, msp: &MspId) -> Result<MspSettings> {
    tx.maybe::<SettingsStored>(SETTINGS, values![msp]).await?.map(read_settings).ok_or_else(|| Refusal::NotFound.into())
}

impl Store {
    /// How the actor's MSP is set.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] without [`Action::SeeAll`].
    pub async fn msp_settings(&self, actor: &Actor) -> Result<MspSettings> {
        actor.require(Action::SeeAll, Relation::None)?;
        self.settings_of(actor.msp()).await
    }

    pub(crate) async fn settings_of(&self, msp: &MspId) -> Result<MspSettings> {
        let found: Option<SettingsStored> = self.db().maybe(SETTINGS, values![msp]).await?;
        found.map(read_settings).ok_or_else(|| Refusal::NotFound.into())
    }

    /// From which instant on, UTC milliseconds, and before which each period is: its days are those of the MSP's report zone.
    pub(crate) async fn instants<const N: usize>(
        &self,
        actor: &Actor,
        periods: [Period; N],
    ) -> Result<[(Option<i64>, Option<i64>); N]> {
        // Most lists are narrowed by no day.
        if periods.iter().all(|period| *period == Period::default()) {
            return Ok([(None, None); N]);
        }
        let zone = self.settings_of(actor.msp()).await?.report_zone;
        Ok(periods.map(|period| instants(period, &zone)))
    }

    /// Replaces the settings. `version` is the one that the person saw; where nothing differs nothing is written. Accounts that are
    /// FREE already keep what they have until something is done to them.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] without [`Action::Administer`]; [`Refusal::Conflict`]; [`Refusal::Invalid`].
    pub async fn edit_msp_settings(&self, actor: &Actor, version: i64, input: &MspSettingsInput) -> Result<()> {
        actor.require(Action::Administer, Relation::None)?;
        let settings = input.validate(version).map_err(Refusal::Invalid)?;
        if !is_zone(&settings.report_zone) {
            return Err(Refusal::field("report_zone", Problem::NotAChoice).into());
        }
        let mut tx = self.db().begin().await?;
        // Locked first, so that what the event calls 'before' is.
        tx.run("UPDATE msps SET version = version WHERE id = $1", values![actor.msp()]).await?;
        let before = settings_in(&mut tx, actor.msp()).await?;
        if before.version != version {
            return Err(Refusal::Conflict.into());
        }
        let mut changes = Changes::default();
        let (old, new) = (MspSettingsInput::from(&before), MspSettingsInput::from(&settings));
        for ((field, before), (_, after)) in old.fields().into_iter().zip(new.fields()) {
            changes.note(field, before, after);
        }
        if changes.is_empty() {
            return Ok(());
        }
        let sql = "UPDATE msps SET name = $2, language = $3, report_zone = $4, free_monitors = $5, restore_days = $6,
                refresh_minutes = $7, version = version + 1 WHERE id = $1";
        let row = values![
            actor.msp(),
            &settings.name,
            &settings.language,
            &settings.report_zone,
            settings.free_monitors,
            settings.restore_days,
            settings.refresh_minutes,
        ];
        tx.run(sql, row).await?;
        let event = Event { kind: "msp.settings_changed", customer: None, subject: &settings.name, changes };
        record(&mut tx, actor, self.now(), event).await?;
        tx.commit().await
    }

    /// Whether there is an MSP: until then every page leads to the first one (DESIGN, First run).
    pub async fn is_set_up(&self) -> Result<bool> {
        let (count,): (i64,) = self
            .db()
            .one("SELECT COUNT(*) FROM (SELECT id FROM msps WHERE is_home = FALSE LIMIT 1) AS found", Vec::new())
            .await?;
        Ok(count > 0)
    }

    /// Creates the first MSP and its first admin, and signs that admin in: the token of the session.
    ///
    /// # Errors
    /// [`Refusal::Invalid`]; [`Refusal::AlreadySetUp`], also for the slower one of two at once.
    pub async fn set_up(&self, input: &SetupInput, from: &Origin) -> Result<(MspId, String)> {
        if self.is_set_up().await? {
            return Err(Refusal::AlreadySetUp.into());
        }
        input.validate().map_err(Refusal::Invalid)?;
        let password_hash = self.inner.passwords.hash(&input.password).await?;
        let mut tx = self.db().begin().await?;
        if !mark_set_up(&mut tx).await? {
            return Err(Refusal::AlreadySetUp.into());
        }
        let admin = NewUser { role: Role::Admin, customer: None, email: &input.email, name: &input.name, password_hash };
        let (msp, user) = self.insert_msp(&mut tx, input.msp_name.trim(), &admin, &from.address).await?;
        let token = self.new_session(&mut tx, &user, from).await?;
        tx.commit().await?;
        Ok((msp, token))
    }

    /// Creates an MSP and its first admin from the command line.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] at `msp_name`, `email` or `password`.
    pub async fn create_msp(&self, name: &str, admin_email: &str, password: &str) -> Result<MspId> {
        let admin_name = admin_email.trim().split('@').next().unwrap_or_default().to_owned();
        let input = SetupInput {
            msp_name: name.to_owned(),
            name: admin_name,
            email: admin_email.to_owned(),
            password: password.to_owned(),
            ..SetupInput::default()
        };
        input.validate().map_err(Refusal::Invalid)?;
        let password_hash = self.inner.passwords.hash(password).await?;
        let mut tx = self.db().begin().await?;
        mark_set_up(&mut tx).await?;
        let admin = NewUser { role: Role::Admin, customer: None, email: admin_email, name: &input.name, password_hash };
        let (msp, _) = self.insert_msp(&mut tx, input.msp_name.trim(), &admin, "command line").await?;
        tx.commit().await?;
        Ok(msp)
    }

    /// The MSP's id and its admin's.
    async fn insert_msp(&self, tx: &mut Tx, name: &str, admin: &NewUser<'_>, from: &str) -> Result<(MspId, UserId)> {
        let now = self.now();
        let msp = MspId::from_u128(self.inner.ids.bits(now));
        let sql = "INSERT INTO msps (id, name, customers_quota, monitors_quota, created_at) VALUES ($1, $2, $3, $4, $5)";
        tx.run(sql, values![&msp, name, CUSTOMERS_AT_FIRST, MONITORS_AT_FIRST, now]).await?;
        self.insert_first_catalogue(tx, &msp, now).await?;
        let user = self.insert_user(tx, &msp, admin).await?;
        let actor = Actor::system(msp.clone(), from);
        let changes = Changes::default().with("name", "", name).with("admin", "", &fold_email(admin.email));
        record(tx, &actor, now, Event { kind: "msp.created", customer: None, subject: name, changes }).await?;
        Ok((msp, user))
    }

    /// Sets how many customers and monitors there is room for; `None` leaves it. Below what is in use nothing is taken away.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for an unknown MSP.
    pub async fn set_quota(&self, msp: &MspId, customers: Option<u32>, monitors: Option<u32>) -> Result<()> {
        let mut tx = self.db().begin().await?;
        // Locked first, so that what the event calls 'before' is.
        tx.run("UPDATE msps SET version = version + 1 WHERE id = $1", values![msp]).await?;
        let found: Option<(String, i64, i64)> =
            tx.maybe("SELECT name, customers_quota, monitors_quota FROM msps WHERE id = $1", values![msp]).await?;
        let Some((name, old_customers, old_monitors)) = found else {
            return Err(Refusal::NotFound.into());
        };
        let (new_customers, new_monitors) =
            (customers.map_or(old_customers, i64::from), monitors.map_or(old_monitors, i64::from));
        let changes = Changes::default().with("customers_quota", &old_customers.to_string(), &new_customers.to_string()).with(
            "monitors_quota",
            &old_monitors.to_string(),
            &new_monitors.to_string(),
        );
        if changes.is_empty() {
            return Ok(());
        }
        let sql = "UPDATE msps SET customers_quota = $2, monitors_quota = $3 WHERE id = $1";
        tx.run(sql, values![msp, new_customers, new_monitors]).await?;
        let actor = Actor::system(msp.clone(), "command line");
        let event = Event { kind: "msp.quota_changed", customer: None, subject: &name, changes };
        record(&mut tx, &actor, self.now(), event).await?;
        tx.commit().await
    }

    /// Every MSP of the installation, the oldest first. For the command line.
    pub async fn msps(&self) -> Result<Vec<MspRow>> {
        let sql = "SELECT id, name, demo, customers_used, customers_quota, monitors_used, monitors_quota FROM msps
            WHERE is_home = FALSE ORDER BY id";
        let rows: Vec<(String, String, bool, i64, i64, i64, i64)> = self.db().rows(sql, Vec::new()).await?;
        rows.into_iter()
            .map(|(id, name, demo, customers_used, customers_quota, monitors_used, monitors_quota)| {
                Ok(MspRow {
                    id: id.parse().map_err(Error::unreadable)?,
                    name,
                    demo,
                    customers_used: number(customers_used),
                    customers_quota: number(customers_quota),
                    monitors_used: number(monitors_used),
                    monitors_quota: number(monitors_quota),
                })
            })
            .collect()
    }

    /// Who is signed in, for the screens' frame.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`] for System, which is nobody.
    pub async fn me(&self, actor: &Actor) -> Result<Me> {
        let (Some(id), Some(role)) = (actor.user(), actor.role()) else {
            return Err(Refusal::SignedOut.into());
        };
        let sql = "SELECT users.name, users.email, msps.name, msps.demo,
                COALESCE(customers.monitors, msps.monitors_used), CASE WHEN customers.id IS NULL THEN msps.customers_used ELSE 1 END
            FROM users JOIN msps ON msps.id = users.msp_id LEFT JOIN customers ON customers.id = users.customer_id
            WHERE users.id = $1 AND users.msp_id = $2";
        let found: Option<(String, String, String, bool, i64, i64)> = self.db().maybe(sql, values![id, actor.msp()]).await?;
        let Some((name, email, msp_name, demo, monitors, customers)) = found else {
            return Err(Refusal::SignedOut.into());
        };
        let (unseen_customers, unseen_monitors) = self.unseen(actor).await?;
        Ok(Me {
            id: id.clone(),
            name,
            email,
            role,
            msp_name,
            demo,
            customer: actor.customer().cloned(),
            customers: number(customers - unseen_customers),
            monitors: number(monitors - unseen_monitors),
        })
    }

    /// Of what the MSP's counters count, the customers that the actor is denied and their monitors.
    async fn unseen(&self, actor: &Actor) -> Result<(i64, i64)> {
        let Some(user) = actor.user().filter(|_| !actor.denied().is_empty()) else {
            return Ok((0, 0));
        };
        let sql = "SELECT COUNT(*), CAST(COALESCE(SUM(monitors), 0) AS BIGINT) FROM customers
            WHERE msp_id = $1 AND state <> 'INACTIVE' AND id IN (SELECT customer_id FROM denials WHERE user_id = $2)";
        self.db().one(sql, values![actor.msp(), user]).await
    }
}

/// Whether this is the first to set the installation up. A second one at the same time waits for the first.
async fn mark_set_up(tx: &mut Tx) -> Result<bool> {
    let sql = "INSERT INTO settings (key, value) VALUES ($1, '') ON CONFLICT DO NOTHING RETURNING key";
    Ok(tx.maybe::<(String,)>(sql, values![SET_UP]).await?.is_some())
}
