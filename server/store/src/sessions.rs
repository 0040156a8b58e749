//! A person's own sessions (DOMAIN C6): listed, and ended one by one or all but this one.

use model::{
    Refusal, SessionId,
    account::{Account, SecondFactor, SessionRow, client_in_words},
};

use crate::{
    Actor, Error, Result, Store,
    access::SESSION_IDLE_MS,
    db::values,
    events::{Changes, Event, record},
    msps::number,
};

/// Session, User-Agent, address, signed in, last seen.
type Stored = (String, String, String, i64, i64);

impl Store {
    /// What a person sees of their own account.
    ///
    /// # Errors
    /// [`Refusal::SignedOut`] for System.
    pub async fn account(&self, actor: &Actor) -> Result<Account> {
        Ok(Account { sessions: self.sessions(actor).await?, second_factor: self.second_factor(actor).await? })
    }

    async fn sessions(&self, actor: &Actor) -> Result<Vec<SessionRow>> {
        let user = actor.person()?;
        let sql = "SELECT id, user_agent, origin, created_at, last_seen_at FROM sessions
            WHERE user_id = $1 AND last_seen_at >= $2 ORDER BY last_seen_at DESC, id DESC";
        let rows: Vec<Stored> = self.db().rows(sql, values![user, self.now() - SESSION_IDLE_MS]).await?;
        let mut rows: Vec<SessionRow> = rows.into_iter().map(|row| session_row(row, actor)).collect::<Result<_>>()?;
        rows.sort_by_key(|row| !row.this);
        Ok(rows)
    }

    async fn second_factor(&self, actor: &Actor) -> Result<SecondFactor> {
        let sql = "SELECT totp_secret <> '', (SELECT COUNT(*) FROM recovery_codes WHERE recovery_codes.user_id = users.id)
            FROM users WHERE id = $1 AND msp_id = $2";
        match self.db().maybe::<(bool, i64)>(sql, values![actor.person()?, actor.msp()]).await? {
            Some((true, left)) => Ok(SecondFactor::On { recovery_left: number(left) }),
            Some((false, _)) => Ok(SecondFactor::Off),
            None => Err(Refusal::SignedOut.into()),
        }
    }

    /// Ends one of the person's own sessions.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for one that has ended, and for another person's.
    pub async fn end_session(&self, actor: &Actor, session: &SessionId) -> Result<()> {
        let mut tx = self.db().begin().await?;
        let sql = "DELETE FROM sessions WHERE id = $1 AND user_id = $2 RETURNING user_agent, origin";
        let Some((user_agent, from)) = tx.maybe::<(String, String)>(sql, values![session, actor.person()?]).await? else {
            return Err(Refusal::NotFound.into());
        };
        let changes = Changes::default().with("browser", &client_in_words(&user_agent), "").with("address", &from, "");
        let event = Event { kind: "session.ended", customer: actor.customer(), subject: actor.name(), changes };
        record(&mut tx, actor, self.now(), event).await?;
        tx.commit().await
    }

    /// Ends every session of the person but the one that asks. How many.
    pub async fn end_other_sessions(&self, actor: &Actor) -> Result<u32> {
        let (Some(user), Some(session)) = (actor.user(), actor.session()) else {
            return Err(Refusal::SignedOut.into());
        };
        let mut tx = self.db().begin().await?;
        let ended = tx.run("DELETE FROM sessions WHERE user_id = $1 AND id <> $2", values![user, session]).await?;
        let ended = u32::try_from(ended).unwrap_or(u32::MAX);
        if ended > 0 {
            let changes = Changes::default().with("sessions", &ended.to_string(), "");
            let event = Event { kind: "session.others_ended", customer: actor.customer(), subject: actor.name(), changes };
            record(&mut tx, actor, self.now(), event).await?;
        }
        tx.commit().await?;
        Ok(ended)
    }
}

fn session_row((id, user_agent, address, signed_in_at, seen_at): Stored, actor: &Actor) -> Result<SessionRow> {
    let id: SessionId = id.parse().map_err(Error::unreadable)?;
    let this = actor.session() == Some(&id);
    Ok(SessionRow { id, client: client_in_words(&user_agent), address, signed_in_at, seen_at, this })
}
