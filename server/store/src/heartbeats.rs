//! Heartbeats (DOMAIN G1): the token by which a monitor calls in, and the last call.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use model::{
    MonitorId, Refusal,
    monitors::{Check, Heartbeat, Kind},
};

use crate::{
    Actor, Error, Result, Store,
    db::{Tx, values},
    events::{Changes, Event, record},
    monitors::lock_monitor,
};

/// A token's random bytes: nobody guesses 192 bits.
const TOKEN_BYTES: usize = 24;

fn new_token() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; TOKEN_BYTES]>())
}

/// Gives a heartbeat its token, unless it has one, and takes it from what is none any more.
pub(crate) async fn keep_heartbeat(tx: &mut Tx, id: &MonitorId, check: &Check) -> Result<()> {
    if check.kind() == Kind::Heartbeat {
        let sql = "INSERT INTO heartbeats (monitor_id, token) VALUES ($1, $2) ON CONFLICT (monitor_id) DO NOTHING";
        tx.run(sql, values![id, new_token()]).await?;
    } else {
        tx.run("DELETE FROM heartbeats WHERE monitor_id = $1", values![id]).await?;
    }
    Ok(())
}

impl Store {
    /// Whose token this is, among the monitors of ACTIVE and FREE customers. It comes before any tenant is known, so it takes no
    /// [`Actor`]: to know the token is the permission.
    pub async fn heartbeat_of(&self, token: &str) -> Result<Option<MonitorId>> {
        let is_token =
            token.len() == TOKEN_BYTES / 3 * 4 && token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        if !is_token {
            return Ok(None);
        }
        let sql = "SELECT h.monitor_id FROM heartbeats h JOIN monitors m ON m.id = h.monitor_id JOIN customers c ON c.id = m.customer_id
            WHERE h.token = $1 AND c.state IN ('ACTIVE', 'FREE')";
        let found: Option<(String,)> = self.db().maybe(sql, values![token]).await?;
        found.map(|(id,)| id.parse().map_err(Error::unreadable)).transpose()
    }

    pub(crate) async fn heartbeat(&self, id: &MonitorId) -> Result<Option<Heartbeat>> {
        let found: Option<(String, i64)> =
            self.db().maybe("SELECT token, heard_at FROM heartbeats WHERE monitor_id = $1", values![id]).await?;
        Ok(found.map(|(token, heard_at)| Heartbeat { token, heard_at }))
    }

    /// Gives a heartbeat another token; the old one is worth nothing from then on.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] where the monitor is no heartbeat, [`Refusal::Inactive`], and as [`Store::customer`].
    pub async fn renew_heartbeat(&self, actor: &Actor, id: &MonitorId) -> Result<()> {
        let mut tx = self.db().begin().await?;
        let locked = lock_monitor(&mut tx, actor, id).await?;
        if tx.run("UPDATE heartbeats SET token = $2 WHERE monitor_id = $1", values![id, new_token()]).await? == 0 {
            return Err(Refusal::NotFound.into());
        }
        let changes = Changes::default().with("heartbeat_address", "", "renewed");
        let event = Event { kind: "monitor.edited", customer: Some(&locked.head.id), subject: &locked.settings.name, changes };
        record(&mut tx, actor, self.now(), event).await?;
        tx.commit().await
    }
}
