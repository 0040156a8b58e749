//! People who sign in: staff of an MSP and users of a customer.

use model::{
    CustomerId, MspId, Problem, Refusal, UserId,
    customers::{check_email, check_text},
    roles::{Action, Relation, Role},
    users::{PASSWORD_MOST, check_password},
};

use crate::{
    Actor, Error, Origin, Result, Store,
    access::fold_email,
    customers::lock_customer,
    db::{Tx, values},
    deletion::hide_from,
    events::{Changes, Event, record},
    guesses::{Guessed, Target, forget, was_right},
};

/// The longest name, in characters.
const NAME_MOST: u32 = 100;

/// A person who is about to be stored; everything is validated.
pub(crate) struct NewUser<'a> {
    pub(crate) role: Role,
    pub(crate) customer: Option<&'a CustomerId>,
    pub(crate) email: &'a str,
    pub(crate) name: &'a str,
    pub(crate) password_hash: String,
}

impl Store {
    /// Adds a person: staff without a customer, a customer user with one.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] at `email`, `name`, `password` or `role`; [`Refusal::NotFound`] for a customer of another MSP;
    /// [`Refusal::Inactive`] and [`Refusal::Pending`] for a customer that can only be viewed;
    /// [`Refusal::Forbidden`] without [`Action::Administer`].
    pub async fn create_user(
        &self,
        actor: &Actor,
        role: Role,
        customer: Option<&CustomerId>,
        email: &str,
        name: &str,
        password: &str,
    ) -> Result<UserId> {
        actor.require(Action::Administer, Relation::None)?;
        let mut errors = Vec::new();
        check_email(&mut errors, "email", email, true);
        check_text(&mut errors, "name", name, true, NAME_MOST);
        check_password(&mut errors, "password", password);
        // An account and its Super Admin come into being together.
        if role == Role::SuperAdmin || (role == Role::Customer) != customer.is_some() {
            errors.push(model::FieldError::new("role", Problem::NotAChoice));
        }
        if !errors.is_empty() {
            return Err(Refusal::Invalid(errors).into());
        }
        let password_hash = self.inner.passwords.hash(password).await?;
        let mut tx = self.db().begin().await?;
        if let Some(customer) = customer {
            lock_customer(&mut tx, actor, Action::Administer, customer).await?.changeable()?;
        }
        let new = NewUser { role, customer, email, name, password_hash };
        let id = self.insert_user(&mut tx, actor.msp(), &new).await?;
        let changes =
            Changes::default().with("email", "", email.trim()).with("name", "", name.trim()).with("role", "", role.key());
        record(&mut tx, actor, self.now(), Event { kind: "user.created", customer, subject: name.trim(), changes }).await?;
        tx.commit().await?;
        Ok(id)
    }

    pub(crate) async fn insert_user(&self, tx: &mut Tx, msp: &MspId, new: &NewUser<'_>) -> Result<UserId> {
        let now = self.now();
        let id = UserId::from_u128(self.inner.ids.bits(now));
        let sql = "INSERT INTO users (id, msp_id, customer_id, role, email, email_folded, name, password_hash, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING RETURNING id";
        let customer = new.customer.map(ToString::to_string);
        let row = values![
            &id,
            msp,
            customer,
            new.role.key(),
            new.email.trim(),
            fold_email(new.email),
            new.name.trim(),
            &new.password_hash,
            now,
        ];
        match tx.maybe::<(String,)>(sql, row).await? {
            Some(_) => {}
            None => return Err(Refusal::field("email", Problem::Taken).into()),
        }
        if new.customer.is_none() {
            hide_from(tx, msp, &id, now).await?;
        }
        Ok(id)
    }

    /// Changes one's own password, and signs the person out everywhere: the token of a new session for the browser that asks.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] at `password`, or at `old_password` where that is not it; [`Refusal::TooManyAttempts`] as when signing
    /// in.
    pub async fn change_password(&self, actor: &Actor, old: &str, new: &str, from: &Origin) -> Result<String> {
        let user = actor.person()?;
        let mut errors = Vec::new();
        check_password(&mut errors, "password", new);
        if old.is_empty() {
            errors.push(model::FieldError::new("old_password", Problem::Required));
        }
        if !errors.is_empty() {
            return Err(Refusal::Invalid(errors).into());
        }
        let old_hash = self.prove(actor, old, "old_password").await?;
        let new_hash = self.inner.passwords.hash(new).await?;
        let mut tx = self.db().begin().await?;
        let sql =
            "UPDATE users SET password_hash = $4, version = version + 1 WHERE id = $1 AND msp_id = $2 AND password_hash = $3";
        if tx.run(sql, values![user, actor.msp(), old_hash, new_hash]).await? == 0 {
            return Err(Refusal::field("old_password", Problem::WrongPassword).into());
        }
        end_everything(&mut tx, user).await?;
        let token = self.new_session(&mut tx, user, from).await?;
        self.note_own(&mut tx, actor, "user.password_changed", Changes::default()).await?;
        tx.commit().await?;
        Ok(token)
    }

    /// Makes sure that it is the person themselves who asks, not somebody at their open browser: the hash that `password` is
    /// behind.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] at `field`; [`Refusal::TooManyAttempts`], for this is a place to guess at as good as any.
    pub(crate) async fn prove(&self, actor: &Actor, password: &str, field: &str) -> Result<String> {
        let user = actor.person()?;
        if password.is_empty() {
            return Err(Refusal::field(field, Problem::Required).into());
        }
        if password.chars().count() > PASSWORD_MOST as usize {
            return Err(Refusal::field(field, Problem::WrongPassword).into());
        }
        let attempt = self.attempt(actor.email(), actor.origin()).await?;
        let sql = "SELECT password_hash FROM users WHERE id = $1 AND msp_id = $2";
        let Some((hash,)) = self.db().maybe::<(String,)>(sql, values![user, actor.msp()]).await? else {
            return Err(Refusal::SignedOut.into());
        };
        if !self.inner.passwords.verify(password, Some(hash.clone())).await? {
            let target = Target {
                user: user.clone(),
                msp: actor.msp().clone(),
                customer: actor.customer().cloned(),
                name: actor.name().to_owned(),
            };
            self.was_wrong(&attempt, Some(&target), Guessed::Password).await?;
            return Err(Refusal::field(field, Problem::WrongPassword).into());
        }
        let mut tx = self.db().begin().await?;
        was_right(&mut tx, &attempt).await?;
        tx.commit().await?;
        Ok(hash)
    }

    /// Sets a new password and signs that person out everywhere. For the command line.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] at `password`; [`Refusal::NotFound`] for an unknown email.
    pub async fn reset_password(&self, email: &str, password: &str) -> Result<()> {
        let mut errors = Vec::new();
        check_password(&mut errors, "password", password);
        if !errors.is_empty() {
            return Err(Refusal::Invalid(errors).into());
        }
        if email.contains('\0') {
            return Err(Refusal::NotFound.into());
        }
        let password_hash = self.inner.passwords.hash(password).await?;
        let mut tx = self.db().begin().await?;
        let sql = "UPDATE users SET password_hash = $2, version = version + 1 WHERE email_folded = $1 RETURNING id, msp_id, name, customer_id";
        let found: Option<(String, String, String, Option<String>)> =
            tx.maybe(sql, values![fold_email(email), password_hash]).await?;
        let Some((user, msp, name, customer)) = found else {
            return Err(Refusal::NotFound.into());
        };
        end_everything(&mut tx, &user.parse().map_err(Error::unreadable)?).await?;
        forget(&mut tx, email).await?;
        let actor = Actor::system(msp.parse().map_err(Error::unreadable)?, "command line");
        let customer: Option<CustomerId> = customer.map(|id| id.parse()).transpose().map_err(Error::unreadable)?;
        let event =
            Event { kind: "user.password_reset", customer: customer.as_ref(), subject: &name, changes: Changes::default() };
        record(&mut tx, &actor, self.now(), event).await?;
        tx.commit().await
    }
}

/// Signs the person out everywhere, also where only the code was still missing.
async fn end_everything(tx: &mut Tx, user: &UserId) -> Result<()> {
    tx.run("DELETE FROM sessions WHERE user_id = $1", values![user]).await?;
    tx.run("DELETE FROM pending_sign_ins WHERE user_id = $1", values![user]).await?;
    Ok(())
}
