//! The health view's figures (DOMAIN E2): kept for five minutes, or as the MSP has set it, for that view alone, then cleared; for each
//! audience its own.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use model::{
    MspId,
    health::{Card, HealthView},
    roles::{Action, Relation},
};
use store::{Actor, Denied, Error, health::HealthBasis};

use crate::Live;

/// By MSP and by what the reader is denied: when it was read, and what.
type Kept = HashMap<(MspId, Denied), (i64, Arc<HealthBasis>)>;

#[derive(Debug, Default)]
pub(crate) struct Figures(Mutex<Inside>);

#[derive(Debug, Default)]
struct Inside {
    kept: Kept,
    /// How often something was forgotten: what was read before that is not kept after it.
    forgotten: u64,
}

impl Figures {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A customer or a group came, went or has another name.
    pub(crate) fn forget(&self, msp: &MspId) {
        let mut inside = self.inside();
        inside.forgotten += 1;
        inside.kept.retain(|(of, _), _| of != msp);
    }

    pub(crate) fn forget_old(&self, now: i64) {
        let is_good = |read_at: i64, basis: &HealthBasis| (0..keep_ms(basis)).contains(&(now - read_at));
        self.inside().kept.retain(|_, (read_at, basis)| is_good(*read_at, basis));
    }
}

fn keep_ms(basis: &HealthBasis) -> i64 {
    i64::from(basis.refresh_minutes) * 60 * 1000
}

impl Live {
    /// One card per customer; the colours are always the board's, whatever was kept. `fresh` goes past what is kept.
    ///
    /// # Errors
    /// Refused to customer users; when the database cannot be read.
    pub async fn health(&self, actor: &Actor, fresh: bool) -> Result<HealthView, Error> {
        actor.require(Action::SeeAll, Relation::None)?;
        let now = self.0.store.clock().now();
        self.0.figures.forget_old(now);
        let audience = (actor.msp().clone(), actor.denied().clone());
        let (kept, forgotten) = {
            let inside = self.0.figures.inside();
            (inside.kept.get(&audience).filter(|_| !fresh).cloned(), inside.forgotten)
        };
        let (read_at, basis) = match kept {
            Some(kept) => kept,
            None => {
                let read = (now, Arc::new(self.0.store.health_basis(actor).await?));
                let mut inside = self.0.figures.inside();
                if inside.forgotten == forgotten {
                    inside.kept.insert(audience, read.clone());
                }
                read
            }
        };
        let room = self.room(actor.msp());
        let mut cards: Vec<Card> = basis
            .customers
            .iter()
            .map(|(customer, name, strip)| Card {
                customer: customer.clone(),
                name: name.clone(),
                counts: room.counts(customer),
                taken: room.taken(customer),
                strip: strip.clone(),
                groups: basis.groups_of.get(customer).cloned().unwrap_or_default(),
            })
            .collect();
        cards.sort_by_key(|card| card.counts.health());
        Ok(HealthView {
            read_at,
            refresh_minutes: basis.refresh_minutes,
            cards,
            groups: basis.groups.clone(),
            default_group: self.0.store.default_group(actor).await?,
            active: basis.active,
            free: basis.free,
            inactive: basis.inactive,
        })
    }
}
