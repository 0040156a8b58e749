//! What the health view starts from (DOMAIN E1, E2): who has a card, and each card's last 24 hours.

use std::collections::HashMap;

use model::{
    CustomerId, GroupId, Status,
    health::STRIP,
    roles::{Action, Relation},
};

use sqlx::AssertSqlSafe;

use crate::{Actor, Error, Result, Store, db::values, monitors::status_of};

/// One letter of a strip stands for this long, in milliseconds.
const STRETCH_MS: i64 = 30 * 60 * 1000;

/// The health view without the board's figures.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HealthBasis {
    /// Id, name and strip (`model::health::Card`) of each ACTIVE or FREE customer, by name.
    pub customers: Vec<(CustomerId, String, String)>,
    /// The groups that have one of them, by name.
    pub groups: Vec<(GroupId, String)>,
    /// Each customer's groups, as places in `groups`.
    pub groups_of: HashMap<CustomerId, Vec<u32>>,
    pub active: u32,
    pub free: u32,
    pub inactive: u32,
    /// For how long this is good: the MSP's setting (DOMAIN E2), in minutes.
    pub refresh_minutes: u32,
}

impl Store {
    /// # Errors
    /// [`model::Refusal::Forbidden`] without [`Action::SeeAll`].
    pub async fn health_basis(&self, actor: &Actor) -> Result<HealthBasis> {
        actor.require(Action::SeeAll, Relation::None)?;
        let span = Span::until(self.now());
        let worst = self.worst_by_stretch(actor, &span).await?;
        let mut values = Vec::new();
        let seen = actor.sees("msp_id", "id", &mut values);
        let sql = format!("SELECT id, name, added_at, state FROM customers WHERE {seen} ORDER BY name_sort, id");
        let rows: Vec<(String, String, i64, String)> = self.db().rows(AssertSqlSafe(sql), values).await?;
        let refresh_minutes = self.settings_of(actor.msp()).await?.refresh_minutes;
        let customers = Vec::with_capacity(rows.len());
        let mut basis = HealthBasis { customers, refresh_minutes, ..HealthBasis::default() };
        for (id, name, added_at, state) in rows {
            match state.as_str() {
                "ACTIVE" => basis.active += 1,
                "FREE" => basis.free += 1,
                "INACTIVE" => {
                    basis.inactive += 1;
                    continue;
                }
                _ => continue,
            }
            let strip = span.strip(added_at, worst.get(&id));
            basis.customers.push((id.parse().map_err(Error::unreadable)?, name, strip));
        }
        self.put_groups(actor, &mut basis).await?;
        Ok(basis)
    }

    async fn put_groups(&self, actor: &Actor, basis: &mut HealthBasis) -> Result<()> {
        let mut values = Vec::new();
        let seen = actor.sees("c.msp_id", "c.id", &mut values);
        let sql = format!(
            "SELECT g.id, g.name, c.id FROM customer_groups g JOIN group_members m ON m.group_id = g.id
            JOIN customers c ON c.id = m.customer_id
            WHERE {seen} AND c.state IN ('ACTIVE', 'FREE') ORDER BY g.name_sort, g.id"
        );
        for (group, name, customer) in self.db().rows::<(String, String, String)>(AssertSqlSafe(sql), values).await? {
            let group: GroupId = group.parse().map_err(Error::unreadable)?;
            if basis.groups.last().is_none_or(|(last, _)| *last != group) {
                basis.groups.push((group, name));
            }
            let place = u32::try_from(basis.groups.len() - 1).unwrap_or(u32::MAX);
            basis.groups_of.entry(customer.parse().map_err(Error::unreadable)?).or_default().push(place);
        }
        Ok(())
    }

    /// By customer, the worst status of each stretch in which there was an outage.
    async fn worst_by_stretch(&self, actor: &Actor, span: &Span) -> Result<HashMap<String, [Option<Status>; STRIP]>> {
        let mut values = Vec::new();
        let seen = actor.sees("msp_id", "customer_id", &mut values);
        values.extend(values![span.start]);
        let sql = format!(
            "SELECT customer_id, status, started_at, ended_at FROM outages
            WHERE {seen} AND (ended_at IS NULL OR ended_at > ${})",
            values.len()
        );
        let rows: Vec<(String, String, i64, Option<i64>)> = self.db().rows(AssertSqlSafe(sql), values).await?;
        let mut worst: HashMap<String, [Option<Status>; STRIP]> = HashMap::new();
        for (customer, status, started_at, ended_at) in rows {
            let status = status_of(&status)?;
            let strip = worst.entry(customer).or_insert([None; STRIP]);
            for stretch in &mut strip[span.stretches(started_at, ended_at)] {
                // The order of statuses is that of severity.
                *stretch = Some(stretch.map_or(status, |other| other.min(status)));
            }
        }
        Ok(worst)
    }
}

/// The last 24 hours in whole half-hours, so that a strip moves on only with the half-hour.
struct Span {
    start: i64,
    now: i64,
}

impl Span {
    fn until(now: i64) -> Self {
        let end = now.div_euclid(STRETCH_MS) * STRETCH_MS + STRETCH_MS;
        Self { start: end - STRETCH_MS * i64::try_from(STRIP).unwrap_or_default(), now }
    }

    /// Which stretches an outage touches.
    fn stretches(&self, started_at: i64, ended_at: Option<i64>) -> std::ops::Range<usize> {
        let last = ended_at.unwrap_or(self.now).min(self.now);
        let first = self.place(started_at);
        first..(self.place(last - 1) + 1).max(first)
    }

    fn place(&self, at: i64) -> usize {
        let place = (at - self.start).max(0) / STRETCH_MS;
        usize::try_from(place).unwrap_or_default().min(STRIP - 1)
    }

    fn strip(&self, added_at: i64, worst: Option<&[Option<Status>; STRIP]>) -> String {
        let first = if added_at <= self.start { 0 } else { self.place(added_at) };
        (0..STRIP)
            .map(|stretch| match worst.and_then(|worst| worst[stretch]) {
                _ if stretch < first => '-',
                Some(Status::Down) => 'd',
                Some(Status::Trouble) => 't',
                Some(Status::ConfigurationError | Status::Maintenance | Status::Discovery | Status::Suspended | Status::Up)
                | None => 'u',
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 2 * STRETCH_MS;

    #[test]
    fn e1_a_strip_ends_with_the_half_hour_that_is_now() {
        let now = 1_000 * HOUR + 10 * 60_000;
        let span = Span::until(now);
        assert_eq!(span.stretches(now - 60_000, None), 47..48);
        assert_eq!(span.stretches(now - 11 * 60_000, None), 46..48);
        assert_eq!(span.stretches(now - 100 * HOUR, Some(span.start + 1)), 0..1);
        assert_eq!(span.stretches(span.start + STRETCH_MS, Some(span.start + 2 * STRETCH_MS)), 1..2);
        let strip = span.strip(now - HOUR, None);
        assert_eq!(strip, format!("{}uuu", "-".repeat(45)));
    }
}
