//! Home: one card per customer, coloured by the worst of its monitors (DOMAIN E1-E4).

mod asked;
mod card;
mod deck;
#[cfg(feature = "hydrate")]
mod follow;
mod page;
mod strip;
mod table;

pub use page::HealthPage;

use leptos::prelude::*;
use model::health::HealthView;

use crate::failure::Failure;

/// Reads every card. The server keeps the figures for a while; `fresh` goes past them (DOMAIN E2).
#[server(prefix = "/fn", endpoint = "health")]
pub async fn read_health(fresh: bool) -> Result<HealthView, Failure> {
    let actor = crate::caller::actor()?;
    Ok(crate::caller::handles().live.health(&actor, fresh).await?)
}
