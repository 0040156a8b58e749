//! Invitations (DOMAIN C3, D2): an address is asked in, by a link that works once, for some days, and not once it was taken back.
//!
//! Of the link's token only the hash is kept. Where an account is closed (DOMAIN B2), its invitations are closed with it: whoever
//! accepts and whoever terminates both lock the customer first.

use model::{
    CustomerId, InvitationId, MailId, MspId, Problem, Refusal,
    customers::check_email,
    invitations::{AcceptInput, INVITATION_DAYS, InvitationInput, InvitationRow, InvitationState, Welcome},
    mail::Template,
    roles::{Action, Relation, Role},
};

use crate::{
    Actor, Error, Origin, Result, Store,
    access::{fold_email, new_token, token_hash},
    customers::lock_customer,
    db::{Tx, Value, values},
    events::{Changes, Event, record, record_each},
    mail::{NewMail, enqueue, take_back},
    people::role_of,
    users::NewUser,
};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Invitations that are shown at once.
const SHOWN: u32 = 200;

/// Who is about to be invited.
pub(crate) struct Invitee<'a> {
    pub(crate) email: &'a str,
    /// May be empty.
    pub(crate) name: &'a str,
    pub(crate) role: Role,
    /// The form's control for the address, where its errors stand.
    pub(crate) field: &'a str,
}

/// An invitation whose mail is about to be queued.
struct Sent<'a> {
    msp: &'a MspId,
    customer: Option<&'a CustomerId>,
    email: &'a str,
    role: Role,
    token: &'a str,
}

impl Store {
    /// Invites staff without a customer, a customer's person with one. The mail is queued.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] at `email`, also where that address signs in or is invited already, at `name` or at `role`;
    /// [`Refusal::NotFound`]; [`Refusal::Inactive`] for an account whose people cannot sign in; [`Refusal::Forbidden`] without
    /// [`Action::Administer`].
    pub async fn invite(&self, actor: &Actor, customer: Option<&CustomerId>, input: &InvitationInput) -> Result<InvitationId> {
        actor.require(Action::Administer, Relation::None)?;
        let mut tx = self.db().begin().await?;
        if let Some(customer) = customer {
            let head = lock_customer(&mut tx, actor, Action::Administer, customer).await?;
            if !head.state.is_watched() {
                return Err(Refusal::Inactive.into());
            }
        }
        let role = input.validate(customer.is_none()).map_err(Refusal::Invalid)?;
        let invitee = Invitee { email: &input.email, name: &input.name, role, field: "email" };
        let id = self.invite_in(&mut tx, actor, customer, &invitee).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// The same within a transaction that has found out that `actor` may, and has locked the customer. It locks the MSP's row, so
    /// it comes late.
    pub(crate) async fn invite_in(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        customer: Option<&CustomerId>,
        invitee: &Invitee<'_>,
    ) -> Result<InvitationId> {
        let (email, now) = (invitee.email.trim(), self.now());
        let mut errors = Vec::new();
        check_email(&mut errors, invitee.field, email, true);
        if !errors.is_empty() {
            return Err(Refusal::Invalid(errors).into());
        }
        if has_account(tx, email).await? {
            return Err(Refusal::field(invitee.field, Problem::HasAccount).into());
        }
        // One that has expired does not stand in the way of a new one.
        let sql = "UPDATE invitations SET state = 'REVOKED', version = version + 1
            WHERE msp_id = $1 AND COALESCE(customer_id, '') = $2 AND email_folded = $3 AND state = 'OPEN' AND expires_at <= $4";
        let whose = customer.map(ToString::to_string);
        let key = whose.clone().unwrap_or_default();
        tx.run(sql, values![actor.msp(), key, fold_email(email), now]).await?;
        let id = InvitationId::from_u128(self.inner.ids.bits(now));
        let token = new_token();
        let sent = Sent { msp: actor.msp(), customer, email, role: invitee.role, token: &token };
        let mail = self.send_invitation(tx, actor, &sent).await?;
        let sql =
            "INSERT INTO invitations (id, msp_id, customer_id, email, email_folded, name, role, token_hash, state, expires_at,
                invited_by, mail_id, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'OPEN', $9, $10, $11, $12) ON CONFLICT DO NOTHING RETURNING id";
        let row = values![
            &id,
            actor.msp(),
            whose,
            email,
            fold_email(email),
            invitee.name.trim(),
            invitee.role.key(),
            token_hash(&token),
            now + INVITATION_DAYS * DAY_MS,
            actor.title(),
            &mail,
            now,
        ];
        if tx.maybe::<(String,)>(sql, row).await?.is_none() {
            return Err(Refusal::field(invitee.field, Problem::Invited).into());
        }
        let changes = Changes::default().with("email", "", email).with("role", "", invitee.role.key());
        record(tx, actor, now, Event { kind: "invitation.created", customer, subject: email, changes }).await?;
        Ok(id)
    }

    async fn send_invitation(&self, tx: &mut Tx, actor: &Actor, sent: &Sent<'_>) -> Result<MailId> {
        let (msp,): (String,) = tx.one("SELECT name FROM msps WHERE id = $1", values![sent.msp]).await?;
        let inviter = if actor.user().is_some() { actor.name().to_owned() } else { msp.clone() };
        let mut facts = vec![
            ("msp", msp),
            ("inviter", inviter),
            ("days", INVITATION_DAYS.to_string()),
            ("link", self.link(&format!("/invitation/{}", sent.token))),
        ];
        let (template, language) = match sent.customer {
            Some(customer) => {
                let sql = "SELECT name, language FROM customers WHERE id = $1";
                let (name, language): (String, String) = tx.one(sql, values![customer]).await?;
                facts.push(("customer", name));
                (Template::CustomerInvitation, language)
            }
            None => {
                facts.push(("role", sent.role.label().to_owned()));
                (Template::StaffInvitation, String::new())
            }
        };
        let mail = NewMail {
            msp: Some(sent.msp),
            customer: sent.customer,
            to: sent.email,
            language: &language,
            template,
            facts: &facts,
        };
        enqueue(tx, self.now(), &mail).await
    }

    /// Invitations of staff, or of a customer's people, the newest first.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] without [`Action::Administer`]; [`Refusal::NotFound`].
    pub async fn invitations(&self, actor: &Actor, customer: Option<&CustomerId>) -> Result<Vec<InvitationRow>> {
        actor.require(Action::Administer, Relation::None)?;
        if let Some(customer) = customer {
            self.require_for_customer(actor, Action::Administer, customer).await?;
        }
        let sql = "SELECT id, email, name, role, state, created_at, expires_at, invited_by FROM invitations
            WHERE msp_id = $1 AND COALESCE(customer_id, '') = $2 ORDER BY id DESC LIMIT $3";
        let whose = customer.map(ToString::to_string).unwrap_or_default();
        let rows: Vec<Stored> = self.db().rows(sql, values![actor.msp(), whose, SHOWN]).await?;
        let now = self.now();
        rows.into_iter().map(|row| invitation_row(row, now)).collect()
    }

    /// Sends it again: by a new link, good for as long as a new one; the old link is dead. Whose invitation it is.
    ///
    /// # Errors
    /// [`Refusal::Conflict`] where it was accepted or revoked meanwhile; [`Refusal::NotFound`]; [`Refusal::Inactive`];
    /// [`Refusal::HasAccount`] where the person has come in by another invitation.
    pub async fn resend_invitation(&self, actor: &Actor, id: &InvitationId) -> Result<Option<CustomerId>> {
        let mut tx = self.db().begin().await?;
        let pending = self.pending_invitation(&mut tx, actor, id).await?;
        if !pending.is_reachable {
            return Err(Refusal::Inactive.into());
        }
        // Their link would be over, and nobody would know why.
        if has_account(&mut tx, &pending.email).await? {
            return Err(Refusal::HasAccount.into());
        }
        let token = new_token();
        let Pending { customer, email, role, .. } = &pending;
        let sent = Sent { msp: actor.msp(), customer: customer.as_ref(), email, role: *role, token: &token };
        let mail = self.send_invitation(&mut tx, actor, &sent).await?;
        let now = self.now();
        let sql = "UPDATE invitations SET token_hash = $2, expires_at = $3, mail_id = $4, version = version + 1 WHERE id = $1";
        tx.run(sql, values![id, token_hash(&token), now + INVITATION_DAYS * DAY_MS, &mail]).await?;
        take_back(&mut tx, vec![pending.mail.as_str().into()]).await?;
        let changes = Changes::default();
        let event = Event { kind: "invitation.sent_again", customer: customer.as_ref(), subject: email, changes };
        record(&mut tx, actor, now, event).await?;
        tx.commit().await?;
        Ok(pending.customer)
    }

    /// Takes it back. Whose invitation it was.
    ///
    /// # Errors
    /// As [`Store::resend_invitation`].
    pub async fn revoke_invitation(&self, actor: &Actor, id: &InvitationId) -> Result<Option<CustomerId>> {
        let mut tx = self.db().begin().await?;
        let pending = self.pending_invitation(&mut tx, actor, id).await?;
        tx.run("UPDATE invitations SET state = 'REVOKED', version = version + 1 WHERE id = $1", values![id]).await?;
        take_back(&mut tx, vec![pending.mail.as_str().into()]).await?;
        let changes = Changes::default().with("role", pending.role.key(), "");
        let event = Event { kind: "invitation.revoked", customer: pending.customer.as_ref(), subject: &pending.email, changes };
        record(&mut tx, actor, self.now(), event).await?;
        tx.commit().await?;
        Ok(pending.customer)
    }

    /// The invitation, locked, once `actor` may change it.
    async fn pending_invitation(&self, tx: &mut Tx, actor: &Actor, id: &InvitationId) -> Result<Pending> {
        actor.require(Action::Administer, Relation::None)?;
        let sql = "SELECT customer_id FROM invitations WHERE id = $1 AND msp_id = $2";
        let (customer,): (Option<String>,) = tx.maybe(sql, values![id, actor.msp()]).await?.ok_or(Refusal::NotFound)?;
        let customer: Option<CustomerId> = customer.map(|id| id.parse()).transpose().map_err(Error::unreadable)?;
        let is_reachable = match &customer {
            Some(customer) => lock_customer(tx, actor, Action::Administer, customer).await?.state.is_watched(),
            None => true,
        };
        let sql = "UPDATE invitations SET version = version WHERE id = $1 AND state = 'OPEN' RETURNING email, role, mail_id";
        let (email, role, mail): (String, String, String) = tx.maybe(sql, values![id]).await?.ok_or(Refusal::Conflict)?;
        Ok(Pending { customer, email, role: role_of(&role)?, mail, is_reachable })
    }

    /// What the page behind an invitation's link says.
    ///
    /// # Errors
    /// [`Refusal::InvitationOver`] for one that was used, has expired, was taken back, whose account is closed, whose address has
    /// got an account otherwise, and one that never was.
    pub async fn invitation(&self, token: &str) -> Result<Welcome> {
        let sql = "SELECT m.name, c.name, i.email, i.name, i.role FROM invitations i JOIN msps m ON m.id = i.msp_id
            LEFT JOIN customers c ON c.id = i.customer_id
            WHERE i.token_hash = $1 AND i.state = 'OPEN' AND i.expires_at > $2
                AND (i.customer_id IS NULL OR c.state IN ('ACTIVE', 'FREE'))
                AND NOT EXISTS (SELECT 1 FROM users u WHERE u.email_folded = i.email_folded)";
        let found: Option<(String, Option<String>, String, String, String)> =
            self.db().maybe(sql, values![token_hash(token), self.now()]).await?;
        let (msp, customer, email, name, role) = found.ok_or(Refusal::InvitationOver)?;
        Ok(Welcome { msp, customer, email, name, role: role_of(&role)? })
    }

    /// Accepts: the person is there, and signed in. The token of the session, and what they are.
    ///
    /// # Errors
    /// [`Refusal::InvitationOver`] as [`Store::invitation`], also for the slower one of two at once; [`Refusal::Invalid`] at `name`
    /// or `password`.
    pub async fn accept_invitation(&self, token: &str, input: &AcceptInput, from: &Origin) -> Result<(String, Role)> {
        // First: who has no invitation cannot make the server hash.
        self.invitation(token).await?;
        input.validate().map_err(Refusal::Invalid)?;
        let password_hash = self.inner.passwords.hash(&input.password).await?;
        let mut tx = self.db().begin().await?;
        let accepted = self.take_invitation(&mut tx, token).await?;
        let new = NewUser {
            role: accepted.role,
            customer: accepted.customer.as_ref(),
            email: &accepted.email,
            name: &input.name,
            password_hash,
        };
        let user = match self.insert_user(&mut tx, &accepted.msp, &new).await {
            // The address has got an account meanwhile.
            Err(Error::Refused(Refusal::Invalid(_))) => return Err(Refusal::InvitationOver.into()),
            other => other?,
        };
        tx.run("UPDATE invitations SET accepted_by = $2 WHERE id = $1", values![&accepted.id, &user]).await?;
        let session = self.new_session(&mut tx, &user, from).await?;
        let actor = self.actor_in(&mut tx, &session, &from.address).await?.ok_or(Refusal::InvitationOver)?;
        let changes = Changes::default().with("email", "", &accepted.email).with("role", "", accepted.role.key());
        let event =
            Event { kind: "invitation.accepted", customer: accepted.customer.as_ref(), subject: input.name.trim(), changes };
        record(&mut tx, &actor, self.now(), event).await?;
        tx.commit().await?;
        Ok((session, accepted.role))
    }

    /// Marks it accepted, once; its customer is locked before.
    async fn take_invitation(&self, tx: &mut Tx, token: &str) -> Result<Taken> {
        let hash = token_hash(token);
        let sql = "SELECT customer_id FROM invitations WHERE token_hash = $1";
        let (customer,): (Option<String>,) = tx.maybe(sql, values![&hash]).await?.ok_or(Refusal::InvitationOver)?;
        let customer: Option<CustomerId> = customer.map(|id| id.parse()).transpose().map_err(Error::unreadable)?;
        if let Some(customer) = &customer {
            let sql = "UPDATE customers SET monitors = monitors WHERE id = $1 AND state IN ('ACTIVE', 'FREE') RETURNING id";
            tx.maybe::<(String,)>(sql, values![customer]).await?.ok_or(Refusal::InvitationOver)?;
        }
        let sql = "UPDATE invitations SET state = 'ACCEPTED', version = version + 1
            WHERE token_hash = $1 AND state = 'OPEN' AND expires_at > $2 RETURNING id, msp_id, email, role";
        let taken: Option<(String, String, String, String)> = tx.maybe(sql, values![hash, self.now()]).await?;
        let (id, msp, email, role) = taken.ok_or(Refusal::InvitationOver)?;
        Ok(Taken {
            id: id.parse().map_err(Error::unreadable)?,
            msp: msp.parse().map_err(Error::unreadable)?,
            customer,
            email,
            role: role_of(&role)?,
        })
    }

    /// Revokes what is open of a customer's invitations (DOMAIN B2).
    pub(crate) async fn close_invitations(&self, tx: &mut Tx, actor: &Actor, customer: &CustomerId) -> Result<()> {
        let sql = "UPDATE invitations SET state = 'REVOKED', version = version + 1 WHERE customer_id = $1 AND state = 'OPEN'
            RETURNING email, role, mail_id";
        let closed: Vec<(String, String, String)> = tx.rows(sql, values![customer]).await?;
        if closed.is_empty() {
            return Ok(());
        }
        take_back(tx, closed.iter().map(|(_, _, mail)| Value::from(mail)).collect()).await?;
        let events = closed.iter().map(|(email, role, _)| {
            let changes = Changes::default().with("role", role, "");
            Event { kind: "invitation.revoked", customer: Some(customer), subject: email, changes }
        });
        record_each(tx, actor, self.now(), events.collect()).await
    }
}

/// One that can be sent again or revoked.
struct Pending {
    customer: Option<CustomerId>,
    email: String,
    role: Role,
    mail: String,
    /// Whether its person could sign in.
    is_reachable: bool,
}

/// One that has just been accepted.
struct Taken {
    id: InvitationId,
    msp: MspId,
    customer: Option<CustomerId>,
    email: String,
    role: Role,
}

async fn has_account(tx: &mut Tx, email: &str) -> Result<bool> {
    let found: Option<(String,)> = tx.maybe("SELECT id FROM users WHERE email_folded = $1", values![fold_email(email)]).await?;
    Ok(found.is_some())
}

/// Id, email, name, role, state, created, expires, by whom.
type Stored = (String, String, String, String, String, i64, i64, String);

fn invitation_row(stored: Stored, now: i64) -> Result<InvitationRow> {
    let (id, email, name, role, state, created_at, expires_at, invited_by) = stored;
    let state = InvitationState::from_key(&state, expires_at, now)
        .ok_or_else(|| Error::unreadable("an invitation is in no known state"))?;
    let id = id.parse().map_err(Error::unreadable)?;
    Ok(InvitationRow { id, email, name, role: role_of(&role)?, state, created_at, expires_at, invited_by })
}
