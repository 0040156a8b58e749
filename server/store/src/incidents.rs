//! Incidents (DOMAIN F13): read from the outages that last or ended within a day, and taken whole.

use std::collections::{BTreeSet, HashMap};

use model::{
    CustomerId, MonitorId, OutageId, Refusal,
    incidents::{Begun, INCIDENTS_MOST, Incident, IncidentPage, Listed, REMEMBERED_MS, ROWS_MOST, Traits, incidents},
    monitors::Check,
    outages::OpenOutage,
    roles::{Action, Relation},
};
use sqlx::{AssertSqlSafe, FromRow};

use crate::{
    Actor, Error, Result, Store,
    customers::lock_customer,
    db::Tx,
    events::{Changes, Event, record_each},
    msps::number,
};

/// The most outages that are looked at, of those that last and of those that are over: the newest.
const OUTAGES_MOST: u32 = 20_000;

/// Which outages are read.
#[derive(Debug, Clone, Copy)]
enum Stretch {
    Lasts,
    /// Over since then, UTC milliseconds, or later.
    EndedSince(i64),
}

#[derive(FromRow)]
struct BegunStored {
    id: String,
    monitor_id: String,
    customer_id: String,
    started_at: i64,
    ended_at: Option<i64>,
    reason: String,
    settings: String,
    interval_s: i64,
    city: String,
}

impl BegunStored {
    fn read(self) -> Result<Begun> {
        let check: Check = serde_json::from_str(&self.settings).map_err(Error::unreadable)?;
        Ok(Begun {
            outage: self.id.parse().map_err(Error::unreadable)?,
            monitor: self.monitor_id.parse().map_err(Error::unreadable)?,
            customer: self.customer_id.parse().map_err(Error::unreadable)?,
            at: self.started_at,
            lasts: self.ended_at.is_none(),
            interval_s: number(self.interval_s),
            traits: Traits::of(&check, &self.reason, &self.city),
        })
    }
}

/// An incident that somebody took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenIncident {
    /// The monitors whose outages nobody had taken before.
    pub monitors: Vec<MonitorId>,
    /// By whom.
    pub by: String,
}

impl Store {
    /// The incidents among the outages that `actor` sees and that last or ended within a day, the newest first.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] without [`Action::SeeAll`].
    pub async fn incidents(&self, actor: &Actor) -> Result<Vec<Incident>> {
        actor.require(Action::SeeAll, Relation::None)?;
        let since = self.now() - REMEMBERED_MS;
        let mut begun = self.begun(actor, Stretch::Lasts).await?;
        // What was read above and ended meanwhile is read twice, and counts once.
        begun.extend(self.begun(actor, Stretch::EndedSince(since)).await?);
        // To find them among 20,000 takes a few milliseconds, in which nothing else waits.
        Ok(tokio::task::spawn_blocking(move || incidents(begun)).await.map_err(|_| Refusal::Internal)?)
    }

    /// The newest of them. Simulated monitors share nothing, so theirs are left out.
    async fn begun(&self, actor: &Actor, stretch: Stretch) -> Result<Vec<Begun>> {
        let mut values = Vec::new();
        let seen = actor.sees("msp_id", "customer_id", &mut values);
        let (condition, newest) = match stretch {
            Stretch::Lasts => ("ended_at IS NULL".to_owned(), "started_at"),
            Stretch::EndedSince(since) => {
                values.push(since.into());
                (format!("ended_at >= ${}", values.len()), "ended_at")
            }
        };
        values.push(OUTAGES_MOST.into());
        // Cut before it is joined: on a simulated wall far more outages have ended than are looked at.
        let sql = format!(
            "SELECT o.id, o.monitor_id, o.customer_id, o.started_at, o.ended_at, o.reason, m.settings, m.interval_s,
                COALESCE(l.city, '') AS city
            FROM (SELECT * FROM outages WHERE {seen} AND {condition} ORDER BY {newest} DESC LIMIT ${}) o
            JOIN monitors m ON m.id = o.monitor_id LEFT JOIN locations l ON l.id = m.location_id
            WHERE m.kind <> 'simulated'",
            values.len()
        );
        let rows: Vec<BegunStored> = self.db().rows(AssertSqlSafe(sql), values).await?;
        rows.into_iter().map(BegunStored::read).collect()
    }

    /// The incidents with their outages, as a page lists them.
    ///
    /// # Errors
    /// As [`Store::incidents`].
    pub async fn incident_page(&self, actor: &Actor) -> Result<IncidentPage> {
        let (lasting, over): (Vec<_>, Vec<_>) =
            self.incidents(actor).await?.into_iter().partition(|incident| incident.head.lasts());
        let more = u32::try_from(lasting.len().saturating_sub(INCIDENTS_MOST)).unwrap_or(u32::MAX);
        let mut page = IncidentPage { more, ..IncidentPage::default() };
        for (incidents, listed) in [(lasting, &mut page.lasting), (over, &mut page.over)] {
            for incident in incidents.into_iter().take(INCIDENTS_MOST) {
                listed.push(self.listed(actor, incident).await?);
            }
        }
        Ok(page)
    }

    async fn listed(&self, actor: &Actor, Incident { head, mut outages }: Incident) -> Result<Listed> {
        outages.sort_by_key(|outage| !outage.lasts);
        let most = ROWS_MOST as usize;
        let ids: Vec<OutageId> = outages.iter().take(most).map(|outage| outage.outage.clone()).collect();
        let mut found: HashMap<OutageId, OpenOutage> =
            self.outages_by_id(actor, &ids).await?.into_iter().map(|row| (row.outage.id.clone(), row)).collect();
        let rows = ids.iter().filter_map(|id| found.remove(id)).collect();
        Ok(Listed { head, rows, more: u32::try_from(outages.len().saturating_sub(most)).unwrap_or(u32::MAX) })
    }

    /// Takes every outage of an incident that lasts, that nobody has taken yet and that `actor` may look after; all in one transaction,
    /// each with its event.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] where there is no such incident or it is over; as [`Store::customer`] where `actor` may look after none of it;
    /// [`Refusal::Inactive`] where nothing of it can be changed.
    pub async fn take_incident(&self, actor: &Actor, id: &OutageId) -> Result<TakenIncident> {
        let now = self.now();
        let found = self.incidents(actor).await?.into_iter().find(|incident| incident.head.id == *id && incident.head.lasts());
        let outages = found.ok_or(Refusal::NotFound)?.outages;
        let lasting: Vec<&Begun> = outages.iter().filter(|outage| outage.lasts).collect();
        let mut tx = self.db().begin().await?;
        let own = lock_own(&mut tx, actor, lasting.iter().map(|outage| &outage.customer).collect()).await?;
        tx.lock_statuses().await?;
        let own = lasting.into_iter().filter(|outage| own.contains(&outage.customer));
        let taken = take(&mut tx, actor.name(), now, own).await?;
        if taken.is_empty() {
            return Ok(TakenIncident { monitors: Vec::new(), by: actor.name().to_owned() });
        }
        let events = taken.iter().map(|taken| Event {
            kind: "outage.taken",
            customer: Some(&taken.customer),
            subject: &taken.name,
            changes: Changes::default().with("taken_by", "", actor.name()).with("incident", "", &id.to_string()),
        });
        record_each(&mut tx, actor, now, events.collect()).await?;
        tx.commit().await?;
        Ok(TakenIncident { monitors: taken.into_iter().map(|taken| taken.monitor).collect(), by: actor.name().to_owned() })
    }
}

/// Those of the customers whose outages `actor` may look after, locked until the transaction ends; in one order everywhere, so that two
/// who take at once do not wait for each other.
///
/// # Errors
/// Why not, where there is none.
async fn lock_own<'a>(tx: &mut Tx, actor: &Actor, customers: BTreeSet<&'a CustomerId>) -> Result<BTreeSet<&'a CustomerId>> {
    let mut own = BTreeSet::new();
    let mut refusal = Refusal::NotFound;
    for customer in customers {
        let head = lock_customer(tx, actor, Action::AcknowledgeOutages, customer).await;
        match head.and_then(|head| Ok(head.changeable()?)) {
            Ok(()) => {
                own.insert(customer);
            }
            Err(Error::Refused(refused)) => refusal = refused,
            Err(broken @ (Error::Unavailable(_) | Error::Broken(_))) => return Err(broken),
        }
    }
    if own.is_empty() { Err(refusal.into()) } else { Ok(own) }
}

/// An outage that was just taken.
struct Taken {
    monitor: MonitorId,
    customer: CustomerId,
    /// The monitor's.
    name: String,
}

/// Takes what nobody has taken and is not over: that is asked now, under the locks.
async fn take<'a>(tx: &mut Tx, by: &str, now: i64, outages: impl Iterator<Item = &'a Begun>) -> Result<Vec<Taken>> {
    let head = "UPDATE outages SET taken_by = v.column2, taken_at = v.column3 FROM (VALUES";
    let tail = ") AS v WHERE id = v.column1 AND taken_by = '' AND ended_at IS NULL
        RETURNING monitor_id, customer_id, (SELECT m.name FROM monitors m WHERE m.id = outages.monitor_id) AS name";
    let rows = outages.map(|outage| [(&outage.outage).into(), by.into(), now.into()]).collect();
    let taken: Vec<(String, String, String)> = tx.bulk_returning(head, tail, rows).await?;
    let read = |(monitor, customer, name): (String, String, String)| {
        Ok(Taken {
            monitor: monitor.parse().map_err(Error::unreadable)?,
            customer: customer.parse().map_err(Error::unreadable)?,
            name,
        })
    };
    taken.into_iter().map(read).collect()
}
