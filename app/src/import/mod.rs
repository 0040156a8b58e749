//! Customers imported from a CSV file (DOMAIN A18): a file is uploaded, its columns are taken as fields, every line is checked, and
//! then all are imported or none. Each step is kept by the server, so that a reload loses nothing.

mod columns;
mod page;
mod report;
mod upload;
mod working;

pub use page::ImportPage;
pub use upload::ImportUploadPage;

use leptos::{prelude::*, server_fn::codec::Json};
use model::{
    ImportId,
    import::{ImportDetail, ImportRow, Progress, ReportPage},
};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// The page where a file is chosen.
pub(crate) const UPLOAD: &str = "/customers/import";
/// How a column that is ignored is sent.
const IGNORED: &str = "-";

/// A file's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportSheet {
    pub detail: ImportDetail,
    /// Empty before the dry run.
    pub report: ReportPage,
    /// What goes on, or why it came to nothing.
    pub progress: Option<Progress>,
}

#[server(prefix = "/fn", endpoint = "imports")]
pub async fn list_imports() -> Result<Vec<ImportRow>, Failure> {
    let actor = crate::caller::actor()?;
    Ok(crate::caller::handles().store.imports(&actor).await?)
}

/// One file with a page of its report; `show` as in the address.
#[server(prefix = "/fn", endpoint = "import", input = Json)]
pub async fn read_import(import: String, show: String, page: u32) -> Result<ImportSheet, Failure> {
    use model::import::Shown;
    let actor = crate::caller::actor()?;
    let handles = crate::caller::handles();
    let id = crate::caller::id(&import)?;
    // First how far it is: what ends in between is then read as ended, or waited for once more.
    let progress = handles.live.import_progress(&actor, &id).await?;
    Ok(ImportSheet {
        detail: handles.store.import(&actor, &id).await?,
        report: handles.store.import_report(&actor, &id, Shown::from_key(&show).unwrap_or_default(), page).await?,
        progress,
    })
}

#[server(prefix = "/fn", endpoint = "import-progress")]
pub async fn read_progress(import: String) -> Result<Option<Progress>, Failure> {
    let actor = crate::caller::actor()?;
    Ok(crate::caller::handles().live.import_progress(&actor, &crate::caller::id(&import)?).await?)
}

/// Takes the columns as the form says, in their order, and begins to check where that is enough.
#[server(prefix = "/fn", endpoint = "import-map")]
pub async fn map_import(import: String, version: i64, #[server(default)] map: Vec<String>) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let id = caller::id(&import)?;
    let map: Vec<String> = map.into_iter().map(|target| if target == IGNORED { String::new() } else { target }).collect();
    caller::handles().live.map_import(&actor, &id, version, &map).await?;
    Ok(caller::goes_to(page_of(&id)))
}

/// Begins to import; `leave_out` leaves out what looks like a customer who is there already.
#[server(prefix = "/fn", endpoint = "import-run")]
pub async fn run_import(import: String, #[server(default)] leave_out: Option<String>) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let id = caller::id(&import)?;
    caller::handles().live.run_import(&actor, &id, leave_out.is_some()).await?;
    Ok(caller::goes_to(page_of(&id)))
}

#[server(prefix = "/fn", endpoint = "import-discard")]
pub async fn discard_import(import: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    caller::handles().live.discard_import(&actor, &caller::id(&import)?).await?;
    Ok(caller::goes_to(UPLOAD.into()))
}

/// The address of a file's page.
fn page_of(import: &ImportId) -> String {
    format!("{UPLOAD}/{import}")
}
