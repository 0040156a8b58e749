//! Monitors: the list, the form, and one monitor's page with why it stands where it stands (DOMAIN G1, G10).

mod form;
mod list;
mod page;
pub(crate) mod words;

pub use form::{MonitorEditPage, MonitorNewPage};
pub use list::MonitorsPage;
pub use page::MonitorPageView;

use leptos::prelude::*;
use model::{customers::OutageRow, maintenance::WindowPage, monitors::MonitorDetail};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// Outages that a monitor's page shows.
#[cfg(feature = "ssr")]
const OUTAGES: u32 = 50;

/// One monitor with its newest outages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonitorView {
    pub detail: MonitorDetail,
    pub outages: Vec<OutageRow>,
    pub windows: WindowPage,
    /// Whether the person may look after its outages, and maintain it.
    pub may_care: bool,
    pub may_maintain: bool,
}

/// Reads one monitor.
#[server(prefix = "/fn", endpoint = "monitor")]
pub async fn read_monitor(monitor: String) -> Result<MonitorView, Failure> {
    use model::{
        maintenance::WindowQuery,
        roles::{Action, Relation},
    };
    let actor = crate::caller::actor()?;
    let id = crate::caller::id(&monitor)?;
    let store = crate::caller::handles().store;
    let detail = store.monitor(&actor, &id).await?;
    let outages = store.outages_of_monitor(&actor, &id, OUTAGES).await?;
    let query = WindowQuery { monitor: Some(id), page: 1, ..WindowQuery::default() };
    let windows = crate::maintenance::read_of(&store, &actor, &query).await?;
    // Who may open it is staff that is associated, or one of the customer's own people.
    let relation = if actor.customer().is_some() { Relation::Own } else { Relation::Associated };
    let may = |action| detail.may_manage && actor.may(action, relation);
    let (may_care, may_maintain) = (may(Action::AcknowledgeOutages), may(Action::ManageMaintenance));
    Ok(MonitorView { detail, outages, windows, may_care, may_maintain })
}
