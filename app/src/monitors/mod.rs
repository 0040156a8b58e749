//! Monitors: the list, the form, and one monitor's page with why it stands where it stands (DOMAIN G1, G10).

mod form;
mod list;
mod page;
pub(crate) mod words;

pub use form::{MonitorEditPage, MonitorNewPage};
pub use list::MonitorsPage;
pub use page::MonitorPageView;

use leptos::prelude::*;
use model::{customers::OutageRow, monitors::MonitorDetail};
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
}

/// Reads one monitor.
#[server(prefix = "/fn", endpoint = "monitor")]
pub async fn read_monitor(monitor: String) -> Result<MonitorView, Failure> {
    let actor = crate::caller::actor()?;
    let id = crate::caller::id(&monitor)?;
    let store = crate::caller::handles().store;
    let detail = store.monitor(&actor, &id).await?;
    let outages = store.outages_of_monitor(&actor, &id, OUTAGES).await?;
    Ok(MonitorView { detail, outages })
}
