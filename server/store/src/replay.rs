//! The wall of the last 24 hours (DOMAIN F12), out of the stored transitions. Everything here only reads, and no answer is longer than
//! `model::replay` says.
//!
//! A transition's id says when it was taken, which is when the wall showed it; its `at` is what its source says.

use std::collections::HashMap;

use model::{
    CustomerId, MonitorId, Refusal, Status, TransitionId,
    replay::{
        DAY_MS, Day, DayMonitor, NotReplayed, OPEN_MS, OUTAGES_MOST, PIECE_MS, PIECE_TURNS, Piece, SETTLED_MS, Span, Stand, Turn,
        columns,
    },
    roles::{Action, Relation},
};
use sqlx::AssertSqlSafe;

use crate::{
    Actor, Error, Result, Store,
    db::{Value, row, values},
    monitors::status_of,
};

/// A source's clock may be so far from ours, in milliseconds: a status that is older than this was taken before.
const SLACK_MS: i64 = 10 * 60 * 1000;

impl Store {
    /// Who and what is shown, and when it was bad. `build` names this program's.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] for all but staff (DOMAIN F6).
    pub async fn replay_day(&self, actor: &Actor, build: &str) -> Result<Day> {
        actor.require(Action::SeeAll, Relation::None)?;
        let now = self.now();
        let (from, to) = (now - SETTLED_MS - DAY_MS, now - SETTLED_MS);
        let (there, values) = there(actor, now, "s");
        let sql = format!(
            "SELECT m.id, m.customer_id, {GONE} AS gone, m.name, c.name AS customer_name
            FROM {MONITORS} WHERE {there}"
        );
        let stored: Vec<NamedStored> = self.db().rows(AssertSqlSafe(sql), values).await?;
        let mut rows = stored.into_iter().map(|row| Ok((row.key.read()?, row))).collect::<Result<Vec<_>>>()?;
        rows.sort_unstable_by(|(a, _), (b, _)| a.id.cmp(&b.id));
        let edition = edition(rows.iter().map(|(key, _)| key));
        let mut customers = Vec::new();
        let mut places: HashMap<CustomerId, u32> = HashMap::new();
        let mut monitors = Vec::with_capacity(rows.len());
        for (key, row) in rows {
            let customer = *places.entry(key.customer).or_insert_with_key(|id| {
                customers.push((id.clone(), row.customer_name));
                u32::try_from(customers.len() - 1).unwrap_or(u32::MAX)
            });
            monitors.push(DayMonitor { customer, name: row.name });
        }
        let (spans, known_from) = self.spans(actor, now, from).await?;
        Ok(Day {
            edition,
            from,
            to,
            build: build.to_owned(),
            customers,
            monitors,
            columns: columns(&spans, from, to),
            known_from,
        })
    }

    /// The piece that begins at `from`, UTC milliseconds.
    ///
    /// # Errors
    /// [`NotReplayed::ToCome`] and [`NotReplayed::TooOld`]; [`NotReplayed::Outdated`] where `edition` is not that of the day as it
    /// would be read now; [`Refusal::Forbidden`] for all but staff (DOMAIN F6).
    pub async fn replay_piece(&self, actor: &Actor, edition: u64, from: i64) -> Result<Piece> {
        actor.require(Action::SeeAll, Relation::None)?;
        let now = self.now();
        if from > now {
            return Err(Refusal::Replay(NotReplayed::ToCome).into());
        }
        if from < now - DAY_MS - OPEN_MS {
            return Err(Refusal::Replay(NotReplayed::TooOld).into());
        }
        let settled = now - SETTLED_MS;
        let from = from.min(settled);
        let to = self.end_of_piece(from, (from + PIECE_MS).min(settled)).await?;
        let standing = self.standing_at(actor, now, from, edition).await?;
        let slots: HashMap<&MonitorId, u32> = (0u32..).zip(&standing).map(|(slot, stands)| (&stands.key.id, slot)).collect();
        let mut texts = Texts::default();
        let mut base = Vec::with_capacity(standing.len());
        let mut turns = Vec::new();
        for (slot, stands) in (0u32..).zip(&standing) {
            let Standing { key, born, status, since, reason } = stands;
            let is_there = *born <= from && key.there_at(from);
            let stand = Stand { status: Some(*status), since: whole(*since), reason: texts.place(reason) };
            base.push(if is_there { stand } else { Stand::ABSENT });
            if *born > from && *born <= to {
                let to = Stand { status: Some(Status::Discovery), since: whole(*born), reason: 0 };
                turns.push(Turn { at: *born, slot, to });
            }
        }
        for row in self.turns_between(actor, from, to).await? {
            let monitor: MonitorId = row.monitor_id.parse().map_err(Error::unreadable)?;
            // One that has come since is no longer of this edition; the next piece will say so.
            let Some(slot) = slots.get(&monitor) else { continue };
            let at = taken_at(&row.id)?;
            if standing[*slot as usize].key.there_at(at) {
                let reason = texts.place(&row.reason);
                turns.push(Turn {
                    at,
                    slot: *slot,
                    to: Stand { status: Some(status_of(&row.to_status)?), since: whole(row.at), reason },
                });
            }
        }
        for (slot, stands) in (0u32..).zip(&standing) {
            if stands.key.gone > from && stands.key.gone <= to && stands.born <= to {
                turns.push(Turn { at: stands.key.gone, slot, to: Stand::ABSENT });
            }
        }
        // Stable: what happened at one time stays in the order in which it was taken.
        turns.sort_by_key(|turn| turn.at);
        Ok(Piece { edition, from, to, texts: texts.all, base, turns })
    }

    /// Which monitor stands at a slot of the edition.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], also where the edition is over; [`Refusal::Forbidden`] for all but staff (DOMAIN F6).
    pub async fn replay_monitor(&self, actor: &Actor, edition: u64, slot: u32) -> Result<MonitorId> {
        actor.require(Action::SeeAll, Relation::None)?;
        let (there, values) = there(actor, self.now(), "s");
        let sql = format!("SELECT m.id, m.customer_id, {GONE} AS gone FROM {MONITORS} WHERE {there}");
        let stored: Vec<KeyStored> = self.db().rows(AssertSqlSafe(sql), values).await?;
        let mut keys = stored.iter().map(KeyStored::read).collect::<Result<Vec<_>>>()?;
        keys.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        if self::edition(keys.iter()) != edition {
            return Err(Refusal::NotFound.into());
        }
        let found = keys.into_iter().nth(slot as usize).map(|key| key.id);
        Ok(found.ok_or(Refusal::NotFound)?)
    }

    /// `to`, or before, where there are more than [`PIECE_TURNS`] changes until then.
    async fn end_of_piece(&self, from: i64, to: i64) -> Result<i64> {
        let sql = "SELECT id FROM transitions WHERE id >= $1 AND id < $2 ORDER BY id LIMIT 1 OFFSET $3";
        let values = values![first_id(from + 1), first_id(to + 1), PIECE_TURNS];
        let beyond: Option<(String,)> = self.db().maybe(sql, values).await?;
        match beyond {
            // At least a millisecond, so that whoever goes on from here gets on.
            Some((id,)) => Ok((taken_at(&id)? - 1).max(from + 1).min(to)),
            None => Ok(to),
        }
    }

    /// How each monitor stood, in the order of the slots.
    async fn standing_at(&self, actor: &Actor, now: i64, at: i64, edition: u64) -> Result<Vec<Standing>> {
        let (there, mut values) = there(actor, now, "s");
        values.extend(values![first_id(at + 1), at - SLACK_MS]);
        let (bound, calm) = (values.len() - 1, values.len());
        // Most have stood as they do now for longer than that. Of the others the last change before is looked for, each by the
        // table's own key; where none is kept, the first one after it says from what. An outage's reason may have changed since it began.
        let sql = format!(
            "SELECT m.id, m.customer_id, {GONE} AS gone, m.created_at, s.status, s.since, s.reason, COALESCE(
                (SELECT b.to_status || '|' || CAST(b.at AS TEXT) || '|' || b.reason FROM transitions b
                    WHERE (s.since > ${calm} OR s.reason <> '') AND b.monitor_id = m.id AND b.id < ${bound} ORDER BY b.id DESC LIMIT 1),
                (SELECT a.from_status || '||' FROM transitions a
                    WHERE s.since > ${calm} AND a.monitor_id = m.id AND a.id >= ${bound} ORDER BY a.id LIMIT 1),
                '') AS stood
            FROM {MONITORS} WHERE {there}"
        );
        let rows: Vec<StandingStored> = self.db().rows(AssertSqlSafe(sql), values).await?;
        let mut standing = rows.into_iter().map(standing).collect::<Result<Vec<_>>>()?;
        standing.sort_unstable_by(|a, b| a.key.id.cmp(&b.key.id));
        if self::edition(standing.iter().map(|stands| &stands.key)) != edition {
            return Err(Refusal::Replay(NotReplayed::Outdated).into());
        }
        Ok(standing)
    }

    /// After `from`, up to and with `to`, in the order in which they were taken.
    async fn turns_between(&self, actor: &Actor, from: i64, to: i64) -> Result<Vec<TurnStored>> {
        let mut values = values![first_id(from + 1), first_id(to + 1)];
        let seen = actor.sees("m.msp_id", "m.customer_id", &mut values);
        // A cross join, so that SQLite begins with the few changes and not with all monitors.
        let sql = format!(
            "SELECT t.monitor_id, t.id, t.at, t.to_status, t.reason FROM transitions t CROSS JOIN monitors m
            WHERE m.id = t.monitor_id AND t.id >= $1 AND t.id < $2 AND {seen} ORDER BY t.id"
        );
        self.db().rows(AssertSqlSafe(sql), values).await
    }

    /// The outages since `from`, the newest of them, and from when on all of them are there.
    async fn spans(&self, actor: &Actor, now: i64, from: i64) -> Result<(Vec<Span>, i64)> {
        let (there, values) = there(actor, now, "o");
        let read = |condition: &str, last: &[Value]| {
            let sql = format!(
                "SELECT o.status, o.started_at, o.ended_at FROM outages o JOIN customers c ON c.id = o.customer_id
                WHERE {there} AND {condition}"
            );
            let values = values.iter().chain(last).cloned().collect();
            async move { self.db().rows::<(String, i64, Option<i64>)>(AssertSqlSafe(sql), values).await }
        };
        let place = values.len() + 1;
        let ended = format!("o.ended_at > ${place} ORDER BY o.ended_at DESC LIMIT ${}", place + 1);
        let mut rows = read(&ended, &[from.into(), OUTAGES_MOST.into()]).await?;
        let is_whole = rows.len() < OUTAGES_MOST as usize;
        let known_from = rows.last().and_then(|(.., ended_at)| *ended_at).filter(|_| !is_whole).unwrap_or(from);
        rows.extend(read("o.ended_at IS NULL", &[]).await?);
        let spans = rows
            .into_iter()
            .map(|(status, from, to)| Ok(Span { is_down: status_of(&status)? == Status::Down, from, to: to.unwrap_or(i64::MAX) }))
            .collect::<Result<_>>()?;
        Ok((spans, known_from))
    }
}

/// The monitors that a replayed wall may show to the actor: those that are on the wall now, and those of customers that were terminated
/// since, as a condition on `owned`, a table that knows whose each row is, and `c`, its customers.
fn there(actor: &Actor, now: i64, owned: &str) -> (String, Vec<Value>) {
    let mut values = Vec::new();
    let seen = actor.sees(&format!("{owned}.msp_id"), &format!("{owned}.customer_id"), &mut values);
    values.extend(values![now - DAY_MS - OPEN_MS]);
    let place = values.len();
    let states = format!("(c.state IN ('ACTIVE', 'FREE') OR (c.state = 'INACTIVE' AND c.terminated_at > ${place}))");
    (format!("{seen} AND {states}"), values)
}

/// The monitors, how they are and whose. Read in the order in which statuses are stored, which is that of the ids: by the index of
/// names, SQLite takes twice as long.
const MONITORS: &str = "statuses s JOIN monitors m ON m.id = s.monitor_id JOIN customers c ON c.id = m.customer_id";

/// When a monitor left the wall with its customer; 0 for one that is on it.
const GONE: &str = "CASE WHEN c.state = 'INACTIVE' THEN c.terminated_at ELSE 0 END";

/// Below every id of that millisecond and later.
fn first_id(at: i64) -> String {
    TransitionId::from_u128(u128::from(at.max(0).unsigned_abs()) << 80).to_string()
}

/// When the server took it, UTC milliseconds.
fn taken_at(id: &str) -> Result<i64> {
    let id: TransitionId = id.parse().map_err(Error::unreadable)?;
    i64::try_from(id.to_u128() >> 80).map_err(Error::unreadable)
}

/// Whole seconds are enough for how long something has been so.
const fn whole(ms: i64) -> i64 {
    ms.div_euclid(1000) * 1000
}

/// The same for the same monitors of the same customers: FNV-1a over their ids.
fn edition<'a>(keys: impl Iterator<Item = &'a Key>) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    let mut add = |bytes: &[u8]| {
        for byte in bytes {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    };
    for key in keys {
        add(&key.id.to_u128().to_be_bytes());
        add(&key.customer.to_u128().to_be_bytes());
        add(&key.gone.to_be_bytes());
    }
    hash
}

row! {
    struct KeyStored {
        id: String,
        customer_id: String,
        gone: i64,
    }
}

impl KeyStored {
    fn read(&self) -> Result<Key> {
        let (id, customer) = (self.id.parse().map_err(Error::unreadable)?, self.customer_id.parse().map_err(Error::unreadable)?);
        Ok(Key { id, customer, gone: self.gone })
    }
}

struct Key {
    id: MonitorId,
    customer: CustomerId,
    gone: i64,
}

impl Key {
    /// Whether its customer was on the wall then.
    const fn there_at(&self, at: i64) -> bool {
        self.gone == 0 || at < self.gone
    }
}

row! {
    struct NamedStored {
        ..key: KeyStored,
        name: String,
        customer_name: String,
    }
}

row! {
    struct StandingStored {
        ..key: KeyStored,
        created_at: i64,
        status: String,
        since: i64,
        reason: String,
        /// Status, since when, reason, with bars between them; empty where the status is older.
        stood: String,
    }
}

struct Standing {
    key: Key,
    born: i64,
    status: Status,
    since: i64,
    reason: String,
}

fn standing(row: StandingStored) -> Result<Standing> {
    let (key, born) = (row.key.read()?, row.created_at);
    let mut parts = row.stood.splitn(3, '|');
    let (status, since, reason) = match (parts.next(), parts.next(), parts.next()) {
        (Some(status), Some(since), Some(reason)) => (status_of(status)?, since.parse().unwrap_or(born), reason.to_owned()),
        (_, _, _) => (status_of(&row.status)?, row.since, row.reason),
    };
    Ok(Standing { key, born, status, since, reason })
}

row! {
    struct TurnStored {
        monitor_id: String,
        id: String,
        at: i64,
        to_status: String,
        reason: String,
    }
}

/// Each reason once; the first is empty.
struct Texts {
    all: Vec<String>,
    places: HashMap<String, u32>,
}

impl Default for Texts {
    fn default() -> Self {
        Self { all: vec![String::new()], places: HashMap::from([(String::new(), 0)]) }
    }
}

impl Texts {
    fn place(&mut self, text: &str) -> u32 {
        if let Some(place) = self.places.get(text) {
            return *place;
        }
        let place = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.all.push(text.to_owned());
        self.places.insert(text.to_owned(), place);
        place
    }
}
