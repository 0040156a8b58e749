//! Incidents on the walls (DOMAIN F13): read when outages have begun, once for all who ask at the same time; and taken.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use model::{
    MonitorId, MspId, OutageId,
    board::Op,
    incidents::{Incident, OnWall, OnWalls},
    monitors::Kind,
    roles::{Action, Relation},
};
use store::{Actor, Denied, Error};

use crate::{Live, watched::Batch};

/// However many outages begin, they are read at most this often.
const AGAIN: Duration = Duration::from_secs(1);
/// What was read is good for so long where no outage has begun: one that ends shows on the board.
const GOOD: Duration = Duration::from_secs(30);
/// More audiences than this are not remembered.
const AUDIENCES_MOST: usize = 64;

/// A reading's place, held while it is made, so that many who ask at once get one.
type Place = Arc<tokio::sync::Mutex<Option<Reading>>>;

#[derive(Debug)]
struct Reading {
    /// How many outages had begun.
    begun: u64,
    at: Instant,
    lasting: Arc<Vec<Incident>>,
}

/// By MSP and by what the reader is denied.
#[derive(Debug, Default)]
pub(crate) struct Incidents {
    places: Mutex<HashMap<(MspId, Denied), Place>>,
    /// Counts the times at which outages of monitors that are not simulated may have begun.
    begun: AtomicU64,
}

impl Incidents {
    /// A person has changed something, or a window has ended.
    pub(crate) fn look_again(&self) {
        self.begun.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn heed(&self, batch: &Batch) {
        let is_real =
            |monitor: &MonitorId| batch.entries.get(monitor).is_none_or(|entry| entry.settings.check.kind() != Kind::Simulated);
        let begins =
            |write: &store::StatusWrite| write.transition.is_some() && write.status.is_outage() && is_real(&write.monitor);
        if batch.writes.iter().any(begins) {
            self.look_again();
        }
    }

    fn places(&self) -> MutexGuard<'_, HashMap<(MspId, Denied), Place>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn place(&self, actor: &Actor) -> Place {
        let mut places = self.places();
        if places.len() >= AUDIENCES_MOST {
            places.clear();
        }
        places.entry((actor.msp().clone(), actor.denied().clone())).or_default().clone()
    }
}

impl Live {
    /// The incidents that last among the outages that the actor sees, the newest first.
    async fn lasting_incidents(&self, actor: &Actor) -> Result<Arc<Vec<Incident>>, Error> {
        actor.require(Action::SeeAll, Relation::None)?;
        let place = self.0.incidents.place(actor);
        let begun = || self.0.incidents.begun.load(Ordering::Relaxed);
        let wanted = begun();
        let mut reading = place.lock().await;
        if let Some(known) = reading.as_ref() {
            let age = known.at.elapsed();
            // Of many who ask at once the first reads, and what it has read is good for all who had asked by then.
            if known.begun >= wanted && age < GOOD {
                return Ok(known.lasting.clone());
            }
            // Whoever asks now is told of what has begun by now, a moment later.
            tokio::time::sleep(AGAIN.saturating_sub(age)).await;
        }
        // Counted before it is read: what begins meanwhile is read again.
        let begun = begun();
        let mut incidents = self.0.store.incidents(actor).await?;
        incidents.retain(|incident| incident.head.lasts());
        let lasting = Arc::new(incidents);
        *reading = Some(Reading { begun, at: Instant::now(), lasting: lasting.clone() });
        Ok(lasting)
    }

    /// The incidents that last, with their monitors' places on the board of the actor's MSP.
    ///
    /// # Errors
    /// Refused to customer users (DOMAIN F6); when the database cannot be read.
    pub async fn incidents_on_wall(&self, actor: &Actor) -> Result<OnWalls, Error> {
        let lasting = self.lasting_incidents(actor).await?;
        let monitors = |incident: &Incident| incident.outages.iter().map(|outage| outage.monitor.clone()).collect();
        let wanted: Vec<Vec<MonitorId>> = lasting.iter().map(monitors).collect();
        let (epoch, slots) = self.room(actor.msp()).slots_of(actor.denied(), &wanted);
        let heads = lasting.iter().map(|incident| incident.head.clone());
        let incidents = heads.zip(slots).map(|(head, slots)| OnWall { head, slots }).collect();
        Ok(OnWalls { epoch, incidents })
    }

    /// The monitors of an incident; none where it does not last.
    ///
    /// # Errors
    /// As [`Live::incidents_on_wall`].
    pub async fn monitors_of_incident(&self, actor: &Actor, id: &OutageId) -> Result<Vec<MonitorId>, Error> {
        let lasting = self.lasting_incidents(actor).await?;
        let found = lasting.iter().find(|incident| incident.head.id == *id);
        Ok(found.map(|found| found.outages.iter().map(|outage| outage.monitor.clone()).collect()).unwrap_or_default())
    }

    /// Takes what nobody has taken of an incident (DOMAIN G9); how many outages that were.
    ///
    /// # Errors
    /// As [`store::Store::take_incident`].
    pub async fn take_incident(&self, actor: &Actor, id: &OutageId) -> Result<u32, Error> {
        let mut watched = self.gate().await;
        let taken = self.0.store.take_incident(actor, id).await?;
        let mut ops = Vec::with_capacity(taken.monitors.len());
        for monitor in &taken.monitors {
            if let Some(entry) = watched.monitors.get_mut(monitor) {
                entry.taken_by.clone_from(&taken.by);
                ops.push(Op::Taken { slot: entry.slot, by: taken.by.clone() });
            }
        }
        self.room(actor.msp()).change(ops);
        Ok(u32::try_from(taken.monitors.len()).unwrap_or(u32::MAX))
    }
}
