//! Incidents (DOMAIN F13): read from the outages that last or ended within a day and from what belongs to them, and taken whole.

use std::collections::{BTreeSet, HashMap};

use model::{
    CustomerId, MonitorId, OutageId, Refusal,
    incidents::{Begun, INCIDENTS_MOST, Incident, IncidentPage, Listed, REMEMBERED_MS, ROWS_MOST, Traits, incidents, spans},
    monitors::Check,
    outages::OpenOutage,
    roles::{Action, Relation},
};
use sqlx::AssertSqlSafe;

use crate::{
    Actor, Error, Result, Store,
    customers::lock_customer,
    db::{Tx, Value, row, values},
    events::{Changes, Event, record_each},
    msps::number,
};

/// The most outages that are looked at, of those that last and of those that are over: the newest.
const OUTAGES_MOST: u32 = 20_000;

/// The most stretches of time in which earlier ones are looked for: the newest.
const SPANS_MOST: usize = 100;
/// The most outages that one query follows.
const FOLLOWED_MOST: usize = 500;
/// How often each may have turned from TROUBLE to DOWN or back: once a minute for a week.
const TURNS_MOST: u32 = 10_000;

/// What is read of an outage `o`.
const BEGUN: &str = "o.id, o.monitor_id, o.customer_id, o.started_at, o.ended_at, o.reason, m.settings, m.interval_s,
    COALESCE(l.city, '') AS city";

/// What stands beside it.
const MONITOR_JOINED: &str = "JOIN monitors m ON m.id = o.monitor_id LEFT JOIN locations l ON l.id = m.location_id";

/// Which outages are read.
#[derive(Debug, Clone, Copy)]
enum Stretch {
    Lasts,
    /// Over since then, UTC milliseconds, or later.
    EndedSince(i64),
}

/// Where an outage is followed to when its monitor turned from TROUBLE to DOWN or back.
#[derive(Debug, Clone, Copy)]
enum Way {
    Back,
    On,
}

row! {
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
}

impl BegunStored {
    fn read(self) -> Result<Begun> {
        let check: Check = serde_json::from_str(&self.settings).map_err(Error::unreadable)?;
        let outage: OutageId = self.id.parse().map_err(Error::unreadable)?;
        Ok(Begun {
            latest: outage.clone(),
            outage,
            monitor: self.monitor_id.parse().map_err(Error::unreadable)?,
            customer: self.customer_id.parse().map_err(Error::unreadable)?,
            at: self.started_at,
            ended_at: self.ended_at,
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
    /// The incidents that last or were over within a day, among the outages that `actor` sees; the newest first.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] without [`Action::SeeAll`].
    pub async fn incidents(&self, actor: &Actor) -> Result<Vec<Incident>> {
        actor.require(Action::SeeAll, Relation::None)?;
        let since = self.now() - REMEMBERED_MS;
        let mut begun = self.begun(actor, Stretch::Lasts).await?;
        // What was read above and ended meanwhile is read twice, and counts once.
        begun.extend(self.begun(actor, Stretch::EndedSince(since)).await?);
        let old: Vec<OutageId> = begun.iter().filter(|outage| outage.at < since).map(|outage| outage.outage.clone()).collect();
        begun.extend(self.followed(actor, &old, Way::Back).await?);
        let spans = spans(&begun, since);
        begun.extend(self.over_before(actor, since, &spans).await?);
        let find = move || {
            let mut found = incidents(begun);
            found.retain(|incident| incident.lasted_at(since));
            found
        };
        // To find them among 20,000 takes a few milliseconds, in which nothing else waits.
        Ok(tokio::task::spawn_blocking(find).await.map_err(|_| Refusal::Internal)?)
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
            "SELECT {BEGUN}
            FROM (SELECT * FROM outages WHERE {seen} AND {condition} ORDER BY {newest} DESC LIMIT ${}) o {MONITOR_JOINED}
            WHERE m.kind <> 'simulated'",
            values.len()
        );
        self.read_begun(sql, values).await
    }

    /// What was over before `since` and began within one of the spans, with what it goes on from and goes on as.
    async fn over_before(&self, actor: &Actor, since: i64, spans: &[[i64; 2]]) -> Result<Vec<Begun>> {
        if spans.is_empty() {
            return Ok(Vec::new());
        }
        let spans = &spans[..spans.len().min(SPANS_MOST)];
        let mut values = Vec::new();
        let seen = actor.sees("c.msp_id", "c.id", &mut values);
        let first = values.len() + 1;
        let places: Vec<String> =
            (first..).step_by(2).take(spans.len()).map(|place| format!("(${place}, ${})", place + 1)).collect();
        values.extend(spans.iter().flatten().copied().map(Value::from));
        values.extend(values![since, OUTAGES_MOST]);
        let last = values.len();
        // By customer, for so they are found by when they began.
        let sql = format!(
            "SELECT {BEGUN} FROM (VALUES {}) AS v CROSS JOIN customers c CROSS JOIN outages o {MONITOR_JOINED}
            WHERE {seen} AND o.customer_id = c.id AND o.started_at BETWEEN v.column1 AND v.column2 AND o.ended_at < ${}
                AND m.kind <> 'simulated'
            ORDER BY o.started_at DESC LIMIT ${last}",
            places.join(", "),
            last - 1
        );
        let mut begun = self.read_begun(sql, values).await?;
        let found: Vec<OutageId> = begun.iter().map(|outage| outage.outage.clone()).collect();
        for way in [Way::Back, Way::On] {
            begun.extend(self.followed(actor, &found, way).await?);
        }
        Ok(begun)
    }

    /// These outages and all that they go on from or go on as.
    async fn followed(&self, actor: &Actor, outages: &[OutageId], way: Way) -> Result<Vec<Begun>> {
        // One that ended as it began would lead to itself. Each way by columns that have an index.
        let next = match way {
            Way::Back => "o.msp_id = f.msp_id AND o.ended_at = f.started_at AND o.started_at < o.ended_at",
            Way::On => "o.customer_id = f.customer_id AND o.started_at = f.ended_at AND f.started_at < f.ended_at",
        };
        let mut begun = Vec::new();
        for part in outages.chunks(FOLLOWED_MOST) {
            let mut values = Vec::new();
            let seen = actor.sees("o.msp_id", "o.customer_id", &mut values);
            let places: Vec<String> = (values.len() + 1..).take(part.len()).map(|place| format!("${place}")).collect();
            values.extend(part.iter().map(Value::from));
            values.push(OUTAGES_MOST.into());
            let sql = format!(
                "WITH RECURSIVE followed (id, msp_id, customer_id, monitor_id, started_at, ended_at, reason, turns) AS (
                    SELECT id, msp_id, customer_id, monitor_id, started_at, ended_at, reason, 0 FROM outages WHERE id IN ({})
                    UNION ALL
                    SELECT o.id, o.msp_id, o.customer_id, o.monitor_id, o.started_at, o.ended_at, o.reason, f.turns + 1
                    FROM followed f CROSS JOIN outages o
                    WHERE {next} AND o.monitor_id = f.monitor_id AND f.turns < {TURNS_MOST}
                )
                SELECT {BEGUN} FROM followed o {MONITOR_JOINED} WHERE {seen} AND m.kind <> 'simulated' LIMIT ${}",
                places.join(", "),
                values.len()
            );
            begun.extend(self.read_begun(sql, values).await?);
        }
        Ok(begun)
    }

    async fn read_begun(&self, sql: String, values: Vec<Value>) -> Result<Vec<Begun>> {
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
        outages.sort_by_key(|outage| !outage.lasts());
        let most = ROWS_MOST as usize;
        let ids: Vec<OutageId> = outages.iter().take(most).map(|outage| outage.latest.clone()).collect();
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
        let lasting: Vec<&Begun> = outages.iter().filter(|outage| outage.lasts()).collect();
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
    let rows = outages.map(|outage| [(&outage.latest).into(), by.into(), now.into()]).collect();
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
