//! Kiosk links (DOMAIN F10): the list of them, and the form that makes one. The wall behind a link is `wall::KioskPage`.

mod form;
mod list;

pub use form::KioskNewPage;
pub use list::KiosksPage;

use leptos::prelude::*;
use model::kiosks::KioskRow;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// What the list's page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KioskList {
    pub rows: Vec<KioskRow>,
    /// The one that was just made: only now its address is known.
    pub fresh: Option<FreshLink>,
}

/// A link that can be copied, this once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreshLink {
    pub id: model::KioskId,
    pub name: String,
    pub address: String,
}

#[server(prefix = "/fn", endpoint = "kiosks")]
pub async fn read_kiosks() -> Result<KioskList, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let rows = caller::handles().store.kiosks(&actor).await?;
    let fresh = match caller::shown_once(caller::Once::KioskLink).as_slice() {
        [id, token] => rows.iter().find(|row| row.id.to_string() == *id).map(|row| FreshLink {
            id: row.id.clone(),
            name: row.name.clone(),
            address: format!("{}/kiosk/{token}", caller::own_origin()),
        }),
        _ => None,
    };
    Ok(KioskList { rows, fresh })
}

/// Makes a link. Leads to the list, which shows it once.
#[server(prefix = "/fn", endpoint = "kiosk-create")]
pub async fn create_kiosk(
    name: String,
    #[server(default)] days: String,
    #[server(default)] view: String,
    #[server(default)] scope: String,
    #[server(default)] shown: String,
    #[server(default)] tick: Vec<String>,
) -> Result<String, Failure> {
    use crate::{caller, groups::ticking};
    use model::kiosks::KioskInput;
    let actor = caller::actor()?;
    let customers = ticking::ticks(&shown, &tick)?.ticked;
    let input = KioskInput { name, days, view, scope, customers };
    let made = caller::handles().store.create_kiosk(&actor, &input).await;
    let made = made.inspect_err(|_| {
        let KioskInput { name, days, view, scope, .. } = input;
        caller::keep_typed(&form::Typed { name, days, view, scope, shown, tick });
    })?;
    caller::show_once(caller::Once::KioskLink, &[made.id.to_string(), made.token]);
    Ok(caller::goes_to("/kiosks".into()))
}

/// Ends a link for good. Leads to the list.
#[server(prefix = "/fn", endpoint = "kiosk-revoke")]
pub async fn revoke_kiosk(kiosk: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    caller::handles().store.revoke_kiosk(&actor, &caller::id(&kiosk)?).await?;
    Ok(caller::goes_to("/kiosks".into()))
}
