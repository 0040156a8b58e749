//! The outages' server functions.

use leptos::prelude::*;
use model::{
    incidents::IncidentPage,
    outages::{OutageDetail, OutagePage},
};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// Where a form leads back to, without JavaScript.
#[cfg(feature = "ssr")]
const HOME: &str = "/outages";

/// One page of open outages, and whose they are where only one customer's are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutageList {
    pub page: OutagePage,
    pub customer_name: String,
}

/// What was typed into one of the forms of an outage's page.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Typed {
    pub text: String,
    pub minutes: String,
    pub reason: String,
}

/// Reads one page of open outages. `filter` is a slug, `customer` an id; empty means all.
#[server(prefix = "/fn", endpoint = "outages")]
pub async fn read_outages(filter: String, customer: String, page: u32) -> Result<OutageList, Failure> {
    use model::outages::{OutageFilter, OutageQuery};
    let actor = crate::caller::actor()?;
    let customer = if customer.is_empty() { None } else { Some(crate::caller::id(&customer)?) };
    let filter = OutageFilter::from_slug(&filter).unwrap_or_default();
    let page = crate::caller::handles().store.open_outages(&actor, &OutageQuery { customer, filter, page: page.max(1) }).await?;
    let customer_name = page.rows.first().map(|row| row.customer_name.clone()).unwrap_or_default();
    Ok(OutageList { page, customer_name })
}

/// Reads the incidents among the outages that last or ended within a day.
#[server(prefix = "/fn", endpoint = "incidents")]
pub async fn read_incidents() -> Result<IncidentPage, Failure> {
    let actor = crate::caller::actor()?;
    Ok(crate::caller::handles().store.incident_page(&actor).await?)
}

/// Takes what nobody has taken of an incident.
#[server(prefix = "/fn", endpoint = "incident-take")]
pub async fn take_incident(incident: String, #[server(default)] back: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    caller::handles().live.take_incident(&actor, &caller::id(&incident)?).await?;
    Ok(caller::goes_to(caller::back_to(&back, HOME)))
}

/// Reads one outage with its notes.
#[server(prefix = "/fn", endpoint = "outage")]
pub async fn read_outage(outage: String) -> Result<OutageDetail, Failure> {
    let actor = crate::caller::actor()?;
    Ok(crate::caller::handles().store.outage(&actor, &crate::caller::id(&outage)?).await?)
}

/// Takes an outage. Leads back to where the form stood, as the others do.
#[server(prefix = "/fn", endpoint = "outage-take")]
pub async fn take_outage(outage: String, #[server(default)] back: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    caller::handles().live.take_outage(&actor, &caller::id(&outage)?).await?;
    Ok(caller::goes_to(caller::back_to(&back, HOME)))
}

/// Hands an outage back.
#[server(prefix = "/fn", endpoint = "outage-hand-back")]
pub async fn hand_outage_back(outage: String, #[server(default)] back: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    caller::handles().live.hand_outage_back(&actor, &caller::id(&outage)?).await?;
    Ok(caller::goes_to(caller::back_to(&back, HOME)))
}

/// Adds a note to an outage.
#[server(prefix = "/fn", endpoint = "outage-note")]
pub async fn note_outage(outage: String, #[server(default)] text: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let id = caller::id(&outage)?;
    let noted = caller::handles().store.note_outage(&actor, &id, &text).await;
    noted.inspect_err(|_| caller::keep_typed(&Typed { text, ..Typed::default() }))?;
    Ok(caller::goes_to(super::page_of(&id)))
}

/// Snoozes an outage for so many minutes; 0 ends it.
#[server(prefix = "/fn", endpoint = "outage-snooze")]
pub async fn snooze_outage(outage: String, minutes: u32, #[server(default)] reason: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let id = caller::id(&outage)?;
    let snoozed = caller::handles().store.snooze_outage(&actor, &id, minutes, &reason).await;
    snoozed.inspect_err(|_| caller::keep_typed(&Typed { minutes: minutes.to_string(), reason, ..Typed::default() }))?;
    Ok(caller::goes_to(super::page_of(&id)))
}
