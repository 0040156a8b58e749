//! Monitors: the list, the form, and one monitor's page with why it stands where it stands (DOMAIN G1, G10).

mod chart;
mod form;
mod heartbeat;
mod list;
mod page;
pub(crate) mod words;

pub use form::{MonitorEditPage, MonitorNewPage};
pub use list::MonitorsPage;
pub use page::MonitorPageView;

use leptos::prelude::*;
use model::{
    customers::OutageRow,
    maintenance::WindowPage,
    monitors::{MonitorDetail, history::History},
};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use heartbeat::CallsIn;

/// Outages that a monitor's page shows.
#[cfg(feature = "ssr")]
const OUTAGES: u32 = 50;

/// One monitor with its newest outages and what it measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonitorView {
    pub detail: MonitorDetail,
    pub outages: Vec<OutageRow>,
    pub history: History,
    pub calls_in: Option<CallsIn>,
    pub windows: WindowPage,
    /// Whether the person may look after its outages, and maintain it.
    pub may_care: bool,
    pub may_maintain: bool,
}

/// Reads one monitor. `range` is the slug of a [`model::monitors::history::Range`]; any other word is the usual one.
#[server(prefix = "/fn", endpoint = "monitor")]
pub async fn read_monitor(monitor: String, range: String) -> Result<MonitorView, Failure> {
    use model::{
        maintenance::WindowQuery,
        roles::{Action, Relation},
    };
    let actor = crate::caller::actor()?;
    let id = crate::caller::id(&monitor)?;
    let crate::caller::Handles { store, live, .. } = crate::caller::handles();
    let range = model::monitors::history::Range::from_slug(&range).unwrap_or_default();
    let mut detail = store.monitor(&actor, &id).await?;
    let outages = store.outages_of_monitor(&actor, &id, OUTAGES).await?;
    let history = live.history(&actor, &id, range).await?;
    let calls_in = detail.heartbeat.take().map(CallsIn::from);
    let query = WindowQuery { monitor: Some(id), page: 1, ..WindowQuery::default() };
    let windows = crate::maintenance::read_of(&store, &actor, &query).await?;
    // Who may open it is staff that is associated, or one of the customer's own people.
    let relation = if actor.customer().is_some() { Relation::Own } else { Relation::Associated };
    let may = |action| detail.may_manage && actor.may(action, relation);
    let (may_care, may_maintain) = (may(Action::AcknowledgeOutages), may(Action::ManageMaintenance));
    Ok(MonitorView { detail, outages, history, calls_in, windows, may_care, may_maintain })
}
