//! Accounts that stand on their own (DOMAIN B4, B6). Each has a home: a tenant without customers and staff, which its Super Admin
//! belongs to, so that to everything an MSP has they are as foreign as another MSP. While an MSP manages the account, or asks to, that
//! MSP has a customer with the account's id, and so no two can.
//!
//! Order of locks: the account, the customer, then as everywhere.

use model::{
    ApprovalId, CustomerId, MspId, Problem, Refusal,
    accounts::{AccountInput, AccountSheet, ApprovalRow, Asked, Manager, Outcome, StepBasis},
    customers::CustomerInput,
    lifecycle::{APPROVAL_DAYS, State, Step, Taker, WrongStep},
    mail::Template,
    roles::{Action, Relation, Role},
};
use sqlx::AssertSqlSafe;

use crate::{
    Actor, Error, Result, Store,
    catalogue::give_pack,
    customers::{Form, Head, NewCustomer, insert_association, kind_of, lock_customer, state_of, update_form},
    db::{Tx, values},
    deletion::hide,
    events::{Changes, Event, record},
    mail::{NewMail, enqueue},
    msps::{Room, give_room_back, settings_in, take_room},
    people::{deny_again, hide_trail},
    users::NewUser,
};

/// Of a customer `c`: that it is not being deleted, nor on its way out.
const KEPT: &str = "c.id NOT IN (SELECT customer_id FROM deletions)";

/// How long a request waits for its answer, in milliseconds.
const APPROVAL_MS: i64 = APPROVAL_DAYS as i64 * 24 * 60 * 60 * 1000;

/// Requests that the Super Admin's page shows.
const APPROVALS_SHOWN: u32 = 20;

/// The columns of [`ApprovalStored`].
const APPROVAL: &str = "SELECT a.id, m.name, a.asked_by, a.asked_at, a.expires_at, a.outcome, a.decided_at
    FROM approvals a JOIN msps m ON m.id = a.msp_id WHERE a.account_id = $1";

/// Id, MSP, asked by, asked at, expires at, outcome, decided at.
type ApprovalStored = (String, String, String, i64, i64, String, i64);

impl Store {
    /// Creates an account that no MSP manages, and its Super Admin. For the command line.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] at `company`, `super_admin_name`, `super_admin_email` or `password`.
    pub async fn create_account(&self, input: &AccountInput) -> Result<CustomerId> {
        input.validate().map_err(Refusal::Invalid)?;
        let password_hash = self.inner.passwords.hash(&input.password).await?;
        let now = self.now();
        let (home, id) = (MspId::from_u128(self.inner.ids.bits(now)), CustomerId::from_u128(self.inner.ids.bits(now)));
        let name = input.company.trim();
        let mut tx = self.db().begin().await?;
        let sql =
            "INSERT INTO msps (id, name, customers_quota, monitors_quota, created_at, is_home) VALUES ($1, $2, 0, 0, $3, TRUE)";
        tx.run(sql, values![&home, name, now]).await?;
        let sql = "INSERT INTO accounts (id, home_id, name, created_at) VALUES ($1, $2, $3, $4)";
        tx.run(sql, values![&id, &home, name, now]).await?;
        let owner = NewUser {
            role: Role::SuperAdmin,
            customer: None,
            email: &input.super_admin_email,
            name: &input.super_admin_name,
            password_hash,
        };
        self.insert_user(&mut tx, &home, &owner).await.map_err(at_super_admin)?;
        let changes = Changes::default().with("name", "", name).with("super_admin", "", input.super_admin_email.trim());
        let actor = Actor::system(home, "command line");
        record(&mut tx, &actor, now, Event { kind: "account.created", customer: Some(&id), subject: name, changes }).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Asks the Super Admin of the account with this id to let the actor's MSP manage it. Until they approve it is a PENDING customer,
    /// which takes its room already, so that an approval never fails for want of it.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] at `customer`, in the same words for what is no id, nobody's, another MSP's or this MSP's own;
    /// [`Refusal::CustomerQuota`]; [`Refusal::Forbidden`] without [`Action::AddCustomer`].
    pub async fn ask_account(&self, actor: &Actor, typed: &str) -> Result<CustomerId> {
        actor.require(Action::AddCustomer, Relation::None)?;
        let user = actor.user().ok_or(Refusal::Forbidden)?;
        let refused = || Refusal::field("customer", Problem::NotAnAccount);
        // What is no id is looked for like one, so that it takes as long to refuse.
        let id: CustomerId = typed.trim().parse().unwrap_or(CustomerId::from_u128(0));
        self.expire_due(Some(&id)).await?;
        let now = self.now();
        let mut tx = self.db().begin().await?;
        let sql = "UPDATE accounts SET version = version WHERE id = $1 RETURNING name, language, home_id";
        let account: Option<(String, String, String)> = tx.maybe(sql, values![&id]).await?;
        let taken: Option<(String,)> = tx.maybe("SELECT id FROM customers WHERE id = $1", values![&id]).await?;
        let (Some((name, language, home)), None) = (account, taken) else {
            return Err(refused().into());
        };
        let settings = settings_in(&mut tx, actor.msp()).await?;
        let input = CustomerInput {
            company: name.clone(),
            account_manager_email: actor.email().to_owned(),
            language: language.clone(),
            report_zone: settings.report_zone.clone(),
            ..CustomerInput::default()
        };
        let new = NewCustomer {
            id: &id,
            msp: actor.msp(),
            input: &input,
            state: State::Pending,
            monitors: 0,
            admins: 1,
            added_at: now,
            demo: false,
            created_by: &actor.title(),
        };
        tx.bulk(&NewCustomer::insert_head(), "", vec![new.row()]).await?;
        insert_association(&mut tx, &id, user, now).await?;
        deny_again(&mut tx, actor.msp(), user, &id, now).await?;
        // One that ended without a word, for its customer was deleted, is over.
        let sql = "UPDATE approvals SET outcome = $2, decided_at = $3 WHERE account_id = $1 AND outcome = ''";
        tx.run(sql, values![&id, Outcome::Withdrawn.key(), now]).await?;
        let approval = ApprovalId::from_u128(self.inner.ids.bits(now));
        let sql =
            "INSERT INTO approvals (id, account_id, msp_id, asked_by, asked_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)";
        tx.run(sql, values![&approval, &id, actor.msp(), actor.title(), now, now + APPROVAL_MS]).await?;
        let facts = [
            ("msp", settings.name),
            ("asker", actor.title()),
            ("account", name.clone()),
            ("days", APPROVAL_DAYS.to_string()),
            ("link", self.link(&format!("/account/approval/{approval}"))),
        ];
        let sql = "SELECT email FROM users WHERE msp_id = $1 AND role = $2 ORDER BY id";
        for (to,) in tx.rows::<(String,)>(sql, values![home, Role::SuperAdmin.key()]).await? {
            let template = Template::ApprovalAsked;
            let mail =
                NewMail { msp: Some(actor.msp()), customer: Some(&id), to: &to, language: &language, template, facts: &facts };
            enqueue(&mut tx, now, &mail).await?;
        }
        take_room(&mut tx, actor.msp(), Room::Customers, 1).await?;
        let changes = Changes::default().with("state", "", State::Pending.key());
        record(&mut tx, actor, now, Event { kind: "approval.asked", customer: Some(&id), subject: &name, changes }).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// What has to be known before a step is asked for. Who is not associated with the customer may take it all the same.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] without [`Action::ChangeLifecycle`]; [`Refusal::NotFound`].
    pub async fn step_basis(&self, actor: &Actor, id: &CustomerId) -> Result<StepBasis> {
        actor.require(Action::ChangeLifecycle, Relation::None)?;
        let head = self.require_for_customer(actor, Action::ChangeLifecycle, id).await?;
        let settings = self.settings_of(actor.msp()).await?;
        let (restorable_until, is_final) = self.restorable(actor.msp(), &head).await?;
        Ok(StepBasis {
            may_open: head.allow(actor, Action::OpenCustomer).is_ok(),
            customer: head.id,
            name: head.name,
            state: head.state,
            version: head.version,
            free_monitors: settings.free_monitors,
            restore_days: settings.restore_days,
            restorable_until,
            is_final,
        })
    }

    /// Who asked to manage a PENDING account.
    pub(crate) async fn asked(&self, account: &CustomerId) -> Result<Option<Asked>> {
        let sql = "SELECT asked_by, asked_at, expires_at FROM approvals WHERE account_id = $1 AND outcome = '' ORDER BY id DESC LIMIT 1";
        let found: Option<(String, i64, i64)> = self.db().maybe(sql, values![account]).await?;
        Ok(found.map(|(by, at, expires_at)| Asked { by, at, expires_at }))
    }

    /// The Super Admin's own account. They are never locked out of it, whoever manages it and whatever they did (DOMAIN B6).
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] for everyone else.
    pub async fn own_account(&self, actor: &Actor) -> Result<AccountSheet> {
        let id = actor.account()?;
        let sql = "SELECT name, created_at FROM accounts WHERE id = $1 AND home_id = $2";
        let found: Option<(String, i64)> = self.db().maybe(sql, values![id, actor.msp()]).await?;
        let (name, created_at) = found.ok_or(Refusal::NotFound)?;
        let sql = format!("{APPROVAL} ORDER BY a.id DESC LIMIT $2");
        let approvals: Vec<ApprovalStored> = self.db().rows(AssertSqlSafe(sql), values![id, APPROVALS_SHOWN]).await?;
        let now = self.now();
        Ok(AccountSheet {
            id: id.clone(),
            name,
            created_at,
            manager: self.manager(id).await?,
            approvals: approvals.into_iter().map(|row| approval_row(row, now)).collect::<Result<_>>()?,
        })
    }

    /// Who manages the account; `None` also while it is only asked for.
    async fn manager(&self, id: &CustomerId) -> Result<Option<Manager>> {
        let sql = format!(
            "SELECT m.id, m.name, c.state, c.terminated_at FROM customers c JOIN msps m ON m.id = c.msp_id WHERE c.id = $1 AND {KEPT}"
        );
        let found: Option<(String, String, String, i64)> = self.db().maybe(AssertSqlSafe(sql), values![id]).await?;
        let Some((msp, name, state, terminated_at)) = found else {
            return Ok(None);
        };
        let restorable_until = match state_of(&state)? {
            State::Pending => return Ok(None),
            State::Active | State::Free => 0,
            State::Inactive => terminated_at + self.settings_of(&msp.parse().map_err(Error::unreadable)?).await?.restore_ms(),
        };
        Ok(Some(Manager { msp: name, state: state_of(&state)?, restorable_until }))
    }

    /// The Super Admin as somebody who reads what the MSP has of their account: monitors and outages. `None` where no MSP manages it.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] for everyone else.
    pub async fn reader_of_own_account(&self, actor: &Actor) -> Result<Option<Actor>> {
        let id = actor.account()?;
        let sql = format!("SELECT c.msp_id FROM customers c WHERE c.id = $1 AND c.state <> 'PENDING' AND {KEPT}");
        let found: Option<(String,)> = self.db().maybe(AssertSqlSafe(sql), values![id]).await?;
        let Some((msp,)) = found else {
            return Ok(None);
        };
        Ok(Some(actor.within(msp.parse().map_err(Error::unreadable)?)?))
    }

    /// One request to manage the Super Admin's account.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], also for a request to somebody else; [`Refusal::Forbidden`] for everyone but a Super Admin.
    pub async fn approval(&self, actor: &Actor, id: &ApprovalId) -> Result<ApprovalRow> {
        let sql = format!("{APPROVAL} AND a.id = $2");
        let found: Option<ApprovalStored> = self.db().maybe(AssertSqlSafe(sql), values![actor.account()?, id]).await?;
        approval_row(found.ok_or(Refusal::NotFound)?, self.now())
    }

    /// Approves or declines: the MSP whose customer it is from now on, or is no longer.
    ///
    /// # Errors
    /// [`Refusal::ApprovalOver`] where it was answered, withdrawn or expired before; [`Refusal::NotFound`], also for a request to
    /// somebody else; [`Refusal::Forbidden`] for everyone but a Super Admin, and for any other step.
    pub async fn answer_approval(&self, actor: &Actor, id: &ApprovalId, step: Step) -> Result<MspId> {
        let account = actor.account()?;
        let outcome = Outcome::of(step).filter(|_| step.taker() == Taker::SuperAdmin).ok_or(Refusal::Forbidden)?;
        self.expire_due(Some(account)).await?;
        let mut tx = self.db().begin().await?;
        let sql = "SELECT msp_id FROM approvals WHERE id = $1 AND account_id = $2";
        let (msp,): (String,) = tx.maybe(sql, values![id, account]).await?.ok_or(Refusal::NotFound)?;
        let msp: MspId = msp.parse().map_err(Error::unreadable)?;
        let there = actor.within(msp.clone())?;
        let head = lock_customer(&mut tx, &there, Action::OpenCustomer, account).await;
        // Read under the lock: of two at once the second finds it answered.
        let (over,): (String,) = tx.one("SELECT outcome FROM approvals WHERE id = $1", values![id]).await?;
        if let Some(outcome) = Outcome::from_key(&over) {
            return Err(Refusal::ApprovalOver { outcome }.into());
        }
        let head = head?;
        let Some(next) = step.from(head.state, head.state_before).map_err(Refusal::from)? else {
            self.end_request(tx, &there, &head, step).await?;
            return Ok(msp);
        };
        let now = self.now();
        close_request(&mut tx, account, outcome, now).await?;
        let Form(mut input) = tx.one("SELECT * FROM customers WHERE id = $1 AND msp_id = $2", values![account, &msp]).await?;
        introduce(&mut input, actor);
        update_form(&mut tx, &msp, account, &input, now).await?;
        tx.run("UPDATE customers SET state = $2 WHERE id = $1", values![account, next.key()]).await?;
        let mut changes = Changes::default().with("state", head.state.key(), next.key());
        give_pack(&mut tx, &msp, "", account, now).await?.note(&mut changes);
        let event = Event { kind: kind_of(step), customer: Some(account), subject: &head.name, changes };
        record(&mut tx, &there, now, event).await?;
        tx.commit().await?;
        Ok(msp)
    }

    /// Takes the account out of the MSP's hands: its checks stop, what the MSP set up is gone, its staff and the people whom it
    /// invited no longer get at it. The MSP that was left. [`Store::go_on_deleting`] removes what is left of it there.
    ///
    /// # Errors
    /// [`Refusal::NotManaged`]; [`Refusal::WrongStep`] while it is only asked for; [`Refusal::Forbidden`] for everyone but a Super
    /// Admin.
    pub async fn leave_msp(&self, actor: &Actor) -> Result<MspId> {
        let account = actor.account()?;
        let mut tx = self.db().begin().await?;
        let sql = format!("SELECT c.msp_id FROM customers c WHERE c.id = $1 AND {KEPT}");
        let found: Option<(String,)> = tx.maybe(AssertSqlSafe(sql), values![account]).await?;
        let msp: MspId = found.ok_or(Refusal::NotManaged)?.0.parse().map_err(Error::unreadable)?;
        let there = actor.within(msp.clone())?;
        let head = match lock_customer(&mut tx, &there, Action::OpenCustomer, account).await {
            Err(Error::Refused(Refusal::NotFound)) => return Err(Refusal::NotManaged.into()),
            locked => locked?,
        };
        Step::Leave.from(head.state, head.state_before).map_err(Refusal::from)?;
        let now = self.now();
        hide(&mut tx, &msp, &head, now).await?;
        let changes = Changes::default().with("state", head.state.key(), "").with("monitors", &head.monitors.to_string(), "");
        let event = Event { kind: kind_of(Step::Leave), customer: Some(account), subject: &head.name, changes };
        record(&mut tx, &there, now, event).await?;
        tx.commit().await?;
        Ok(msp)
    }

    /// Ends a request for a customer that is locked and PENDING: it is gone from the list, and its room is free.
    pub(crate) async fn end_request(&self, mut tx: Tx, actor: &Actor, head: &Head, step: Step) -> Result<()> {
        let wrong = WrongStep { step, state: head.state };
        let outcome = Outcome::of(step).ok_or(Refusal::WrongStep(wrong))?;
        let now = self.now();
        close_request(&mut tx, &head.id, outcome, now).await?;
        erase(&mut tx, actor.msp(), head).await?;
        let changes = Changes::default().with("state", head.state.key(), "");
        let event = Event { kind: kind_of(step), customer: Some(&head.id), subject: &head.name, changes };
        record(&mut tx, actor, now, event).await?;
        tx.commit().await
    }

    /// Ends every request that nobody answered in time.
    pub async fn expire_approvals(&self) -> Result<()> {
        self.expire_due(None).await
    }

    /// Of one account, or of all.
    async fn expire_due(&self, account: Option<&CustomerId>) -> Result<()> {
        let sql = "SELECT account_id, msp_id FROM approvals
            WHERE outcome = '' AND expires_at <= $1 AND ($2 = '' OR account_id = $2) ORDER BY id";
        let due = values![self.now(), account.map(ToString::to_string).unwrap_or_default()];
        for (account, msp) in self.db().rows::<(String, String)>(sql, due).await? {
            let (account, msp) = (account.parse().map_err(Error::unreadable)?, msp.parse().map_err(Error::unreadable)?);
            self.expire(&account, msp).await?;
        }
        Ok(())
    }

    async fn expire(&self, account: &CustomerId, msp: MspId) -> Result<()> {
        let system = Actor::system(msp, "expiry");
        let mut tx = self.db().begin().await?;
        match lock_customer(&mut tx, &system, Action::ChangeLifecycle, account).await {
            Ok(head) if head.state == State::Pending => self.end_request(tx, &system, &head, Step::Expire).await,
            // It was answered meanwhile, or its customer was deleted.
            Ok(_) | Err(Error::Refused(_)) => {
                let sql = "UPDATE approvals SET outcome = $2, decided_at = $3
                    WHERE account_id = $1 AND outcome = '' AND expires_at <= $3";
                tx.run(sql, values![account, Outcome::Expired.key(), self.now()]).await?;
                tx.commit().await
            }
            Err(error) => Err(error),
        }
    }
}

/// The only thing that storing the Super Admin can find wrong is the address, which this form calls otherwise.
fn at_super_admin(error: Error) -> Error {
    match error {
        Error::Refused(Refusal::Invalid(_)) => Refusal::field("super_admin_email", Problem::Taken).into(),
        other @ (Error::Refused(_) | Error::Unavailable(_) | Error::Broken(_)) => other,
    }
}

/// What the MSP learns of the account once it is approved: who owns it (DOMAIN A2 finds it by that).
fn introduce(input: &mut CustomerInput, owner: &Actor) {
    let (first, last) = owner.name().rsplit_once(' ').unwrap_or((owner.name(), ""));
    input.contact_first = first.to_owned();
    input.contact_last = last.to_owned();
    input.email = owner.email().to_owned();
}

async fn close_request(tx: &mut Tx, account: &CustomerId, outcome: Outcome, now: i64) -> Result<()> {
    let sql = "UPDATE approvals SET outcome = $2, decided_at = $3 WHERE account_id = $1 AND outcome = ''";
    tx.run(sql, values![account, outcome.key(), now]).await?;
    Ok(())
}

/// Removes a locked customer that was only asked for, and gives its room back.
async fn erase(tx: &mut Tx, msp: &MspId, head: &Head) -> Result<()> {
    hide_trail(tx, &head.id).await?;
    tx.run("DELETE FROM users WHERE customer_id = $1", values![&head.id]).await?;
    tx.run("DELETE FROM customers WHERE id = $1 AND msp_id = $2", values![&head.id, msp]).await?;
    give_room_back(tx, msp, Room::Customers, 1).await
}

/// One that nobody has answered in time is over, whether that was written down yet or not.
fn approval_row((id, msp, asked_by, asked_at, expires_at, outcome, decided_at): ApprovalStored, now: i64) -> Result<ApprovalRow> {
    let outcome = Outcome::from_key(&outcome).or((expires_at <= now).then_some(Outcome::Expired));
    Ok(ApprovalRow { id: id.parse().map_err(Error::unreadable)?, msp, asked_by, asked_at, expires_at, outcome, decided_at })
}
