//! How a heartbeat calls in (DOMAIN G1): its address to copy, and a new one where the old has leaked.

use leptos::prelude::*;
use model::Refusal;
use serde::{Deserialize, Serialize};

use crate::{
    failure::Failure,
    ui::{CopyLine, When},
};

/// A heartbeat's address and its last call, for those who manage it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallsIn {
    pub address: String,
    pub heard_at: i64,
}

#[cfg(feature = "ssr")]
impl From<model::monitors::Heartbeat> for CallsIn {
    fn from(heartbeat: model::monitors::Heartbeat) -> Self {
        let address = format!("{}/heartbeat/{}", crate::caller::own_origin(), heartbeat.token);
        Self { address, heard_at: heartbeat.heard_at }
    }
}

/// Gives a heartbeat another address. Leads back to its page.
#[server(prefix = "/fn", endpoint = "heartbeat-renew")]
pub async fn renew_heartbeat(monitor: String) -> Result<String, Failure> {
    let actor = crate::caller::actor()?;
    let id = crate::caller::id(&monitor)?;
    crate::caller::handles().live.renew_heartbeat(&actor, &id).await?;
    Ok(crate::caller::goes_to(format!("/monitors/{id}")))
}

/// The section of a monitor's page.
#[component]
pub(super) fn CallingIn(calls: CallsIn, monitor: String, renew: ServerAction<RenewHeartbeat>) -> impl IntoView {
    let curl = format!("curl -fsS --retry 3 {}", calls.address);
    let heard = if calls.heard_at > 0 { view! { <When at=calls.heard_at/> }.into_any() } else { "Never yet".into_any() };
    view! {
        <section aria-labelledby="calls-in">
            <h2 id="calls-in">"How it calls in"</h2>
            <div class="panel calls-in">
                <p>"Whatever is watched asks for this address each time that all is well, by GET, POST or HEAD. Whoever knows it can say so: keep it secret."</p>
                <CopyLine id="heartbeat-address" label="Address" text=calls.address/>
                <CopyLine id="heartbeat-curl" label="At the end of a job" text=curl/>
                <dl class="facts"><div><dt>"Last call"</dt><dd>{heard}</dd></div></dl>
                <details class="menu confirm">
                    <summary class="btn">"New address"</summary>
                    <div>
                        <p>"The address of now is worth nothing afterwards: whatever calls in needs the new one."</p>
                        <ActionForm action=renew>
                            <input type="hidden" name="monitor" value=monitor/>
                            <button class="btn main" type="submit" disabled=renew.pending()>"Make a new address"</button>
                        </ActionForm>
                    </div>
                </details>
            </div>
        </section>
    }
}

/// Why the last attempt to renew was refused.
pub(super) fn refusal(renew: ServerAction<RenewHeartbeat>) -> Option<Refusal> {
    renew.value().get()?.err().map(|failure| failure.0)
}
