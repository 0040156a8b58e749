//! The customer list as CSV (DOMAIN A12): its rows, read part by part so that memory stays flat, and the links under which a long
//! list is fetched.

use std::collections::HashMap;

use model::{
    CustomerId, ExportId, Refusal,
    customers::{
        CustomerQuery, CustomerRow,
        export::{Account, Export, ExportRow, LINK_HOURS, Wanted},
    },
    health::Counts,
    mail::Template,
    roles::{Action, Relation},
};
use sqlx::AssertSqlSafe;

use crate::{
    Actor, Error, Result, Store,
    access::{new_token, token_hash},
    customers::{Form, sort_column, state_of, user_key},
    db::{Value, row, values},
    events::{Changes, Event, record},
    mail::{NewMail, enqueue},
    msps::number,
};

/// Rows that are read at once.
const PART: usize = 500;

const HOUR_MS: i64 = 60 * 60 * 1000;

/// Where the next part begins.
#[derive(Debug, Clone)]
pub struct Place(After);

#[derive(Debug, Clone)]
enum After {
    /// After the row with this value in the column that the list is sorted by, and this id.
    Row(Key, String),
    /// After so many of those that are ticked.
    Ticked(usize),
}

#[derive(Debug, Clone)]
enum Key {
    Text(String),
    Number(i64),
}

/// Some rows, and where the next ones begin; `None` after the last.
#[derive(Debug)]
pub struct Part {
    pub rows: Vec<ExportRow>,
    pub next: Option<Place>,
}

row! {
    struct Stored {
        ..form: Form,
        id: String,
        name: String,
        name_sort: String,
        email_sort: String,
        state: String,
        services: i64,
        monitors: i64,
        admins: i64,
        added_at: i64,
        modified_at: i64,
        associated: i64,
    }
}

impl Stored {
    /// Its value in a column that lists are sorted by.
    fn key(&self, column: &str) -> Key {
        match column {
            "name_sort" => Key::Text(self.name_sort.clone()),
            "email_sort" => Key::Text(self.email_sort.clone()),
            "state" => Key::Text(self.state.clone()),
            "services" => Key::Number(self.services),
            "monitors" => Key::Number(self.monitors),
            "admins" => Key::Number(self.admins),
            "added_at" => Key::Number(self.added_at),
            _ => Key::Number(self.modified_at),
        }
    }
}

impl Store {
    /// How many rows there are for `actor` to export.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] without [`Action::SeeAll`]; [`Refusal::Invalid`] at the filter's fields.
    pub async fn count_export(&self, actor: &Actor, wanted: &Wanted) -> Result<u32> {
        actor.require(Action::SeeAll, Relation::None)?;
        let mut count = 0;
        for (condition, values) in self.conditions(actor, wanted).await? {
            let sql = format!("SELECT COUNT(*) FROM customers WHERE {condition}");
            let (some,): (i64,) = self.db().one(AssertSqlSafe(sql), values).await?;
            count += number(some);
        }
        Ok(count)
    }

    /// Some rows from `place` on, each read once however the list changes meanwhile. `counts` are the board's to fill. The account's
    /// data are there where `actor` may open the customer, and for who administers the MSP.
    ///
    /// # Errors
    /// As [`Store::count_export`].
    pub async fn export_customers(&self, actor: &Actor, wanted: &Wanted, place: Option<&Place>) -> Result<Part> {
        actor.require(Action::SeeAll, Relation::None)?;
        let (found, next) = match wanted {
            Wanted::Shown(query) => self.shown_part(actor, query, place).await?,
            Wanted::Ticked(ids) => self.ticked_part(actor, ids, place).await?,
        };
        let mut groups = self.groups_of(actor, &found).await?;
        let mut people = self.people_of(actor, &found).await?;
        let rows = found
            .into_iter()
            .map(|row| {
                let (groups, people) = (groups.remove(&row.id).unwrap_or_default(), people.remove(&row.id).unwrap_or_default());
                export_row(actor, row, groups, people)
            })
            .collect::<Result<_>>()?;
        Ok(Part { rows, next })
    }

    async fn shown_part(
        &self,
        actor: &Actor,
        query: &CustomerQuery,
        place: Option<&Place>,
    ) -> Result<(Vec<Stored>, Option<Place>)> {
        let (mut condition, mut values) = self.list_condition(actor, query).await?;
        let column = sort_column(query.sort);
        let (direction, beyond) = if query.descending { ("DESC", "<") } else { ("ASC", ">") };
        if let Some(Place(After::Row(key, id))) = place {
            values.push(match key {
                Key::Text(text) => text.into(),
                Key::Number(number) => (*number).into(),
            });
            values.push(id.into());
            let last = values.len();
            condition.push_str(&format!(" AND ({column}, id) {beyond} (${}, ${last})", last - 1));
        }
        let order = format!("{column} {direction}, id {direction}");
        let rows = self.stored(actor, &condition, &order, values).await?;
        let next = rows.last().filter(|_| rows.len() == PART).map(|row| Place(After::Row(row.key(column), row.id.clone())));
        Ok((rows, next))
    }

    async fn ticked_part(
        &self,
        actor: &Actor,
        ids: &[CustomerId],
        place: Option<&Place>,
    ) -> Result<(Vec<Stored>, Option<Place>)> {
        let done = match place {
            Some(Place(After::Ticked(done))) => *done,
            Some(Place(After::Row(..))) | None => 0,
        };
        let some: Vec<CustomerId> = ids.iter().skip(done).take(PART).cloned().collect();
        let next = (done + some.len() < ids.len()).then(|| Place(After::Ticked(done + some.len())));
        let (condition, values) = among(actor, &some);
        Ok((self.stored(actor, &condition, "id", values).await?, next))
    }

    async fn stored(&self, actor: &Actor, condition: &str, order: &str, mut values: Vec<Value>) -> Result<Vec<Stored>> {
        let limit = i64::try_from(PART).unwrap_or(i64::MAX);
        values.extend(values![user_key(actor), limit]);
        let last = values.len();
        let sql = format!(
            "SELECT customers.*, (SELECT COUNT(*) FROM associations WHERE customer_id = customers.id AND user_id = ${}) AS associated
            FROM (SELECT id AS page_id FROM customers WHERE {condition} ORDER BY {order} LIMIT ${last}) AS page
            JOIN customers ON customers.id = page_id ORDER BY {order}",
            last - 1
        );
        self.db().rows(AssertSqlSafe(sql), values).await
    }

    /// The names of the groups of each of these.
    async fn groups_of(&self, actor: &Actor, rows: &[Stored]) -> Result<HashMap<String, Vec<String>>> {
        let sql = "SELECT m.customer_id, g.name FROM group_members m JOIN customer_groups g ON g.id = m.group_id
            WHERE g.msp_id = $1 AND m.customer_id IN (?) ORDER BY g.name_sort";
        self.words_of(actor, sql, rows).await
    }

    /// The addresses of the staff who are associated with each of these.
    async fn people_of(&self, actor: &Actor, rows: &[Stored]) -> Result<HashMap<String, Vec<String>>> {
        let sql = "SELECT a.customer_id, u.email FROM associations a JOIN users u ON u.id = a.user_id
            WHERE u.msp_id = $1 AND u.customer_id IS NULL AND a.customer_id IN (?) ORDER BY u.email_folded";
        self.words_of(actor, sql, rows).await
    }

    async fn words_of(&self, actor: &Actor, sql: &str, rows: &[Stored]) -> Result<HashMap<String, Vec<String>>> {
        let mut words: HashMap<String, Vec<String>> = HashMap::new();
        if rows.is_empty() {
            return Ok(words);
        }
        let places: Vec<String> = (2..rows.len() + 2).map(|place| format!("${place}")).collect();
        let values = std::iter::once(actor.msp().into()).chain(rows.iter().map(|row| Value::from(&row.id))).collect();
        let sql = sql.replace('?', &places.join(", "));
        for (customer, word) in self.db().rows::<(String, String)>(AssertSqlSafe(sql), values).await? {
            words.entry(customer).or_default().push(word);
        }
        Ok(words)
    }

    /// Emails the asker a link under which they, signed in, fetch what the list shows; for [`LINK_HOURS`]. What they may not see by
    /// then is not in it.
    ///
    /// # Errors
    /// As [`Store::count_export`].
    pub async fn request_export(&self, actor: &Actor, query: &CustomerQuery) -> Result<ExportId> {
        let user = actor.person()?;
        let rows = self.count_export(actor, &Wanted::Shown(Box::new(query.clone()))).await?;
        let (now, token) = (self.now(), new_token());
        let id = ExportId::from_u128(self.inner.ids.bits(now));
        let expires_at = now + i64::from(LINK_HOURS) * HOUR_MS;
        let stored = serde_json::to_string(query).map_err(Error::unreadable)?;
        let mut tx = self.db().begin().await?;
        tx.run("DELETE FROM exports WHERE expires_at < $1", values![now - i64::from(LINK_HOURS) * HOUR_MS]).await?;
        let sql = "INSERT INTO exports (id, msp_id, user_id, token_hash, query, row_count, created_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        tx.run(sql, values![&id, actor.msp(), user, token_hash(&token), stored, rows, now, expires_at]).await?;
        let (msp,): (String,) = tx.one("SELECT name FROM msps WHERE id = $1", values![actor.msp()]).await?;
        let facts = [
            ("msp", msp),
            ("rows", rows.to_string()),
            ("hours", LINK_HOURS.to_string()),
            ("link", self.link(&format!("/exports/{token}"))),
        ];
        let mail = NewMail {
            msp: Some(actor.msp()),
            customer: None,
            to: actor.email(),
            language: "en",
            template: Template::ExportReady,
            facts: &facts,
        };
        enqueue(&mut tx, now, &mail).await?;
        let changes = Changes::default().with("rows", "", &rows.to_string()).with("search", "", query.search.trim());
        record(&mut tx, actor, now, Event { kind: "export.requested", customer: None, subject: actor.email(), changes }).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// What the link with this token is for, once its owner asks.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for a token that nobody has, and for another person's; [`Refusal::ExportOver`] once it has expired.
    pub async fn export(&self, actor: &Actor, token: &str) -> Result<Export> {
        actor.require(Action::SeeAll, Relation::None)?;
        let user = actor.person()?;
        let sql = "SELECT id, query, row_count, created_at, expires_at FROM exports WHERE token_hash = $1 AND user_id = $2 AND msp_id = $3";
        let found: Option<(String, String, i64, i64, i64)> =
            self.db().maybe(sql, values![token_hash(token), user, actor.msp()]).await?;
        let (id, query, rows, asked_at, expires_at) = found.ok_or(Refusal::NotFound)?;
        if expires_at <= self.now() {
            return Err(Refusal::ExportOver.into());
        }
        let (id, query) = (id.parse().map_err(Error::unreadable)?, serde_json::from_str(&query).map_err(Error::unreadable)?);
        Ok(Export { id, query, rows: number(rows), asked_at, expires_at })
    }

    /// What finds the rows, in as many questions as it takes.
    async fn conditions(&self, actor: &Actor, wanted: &Wanted) -> Result<Vec<(String, Vec<Value>)>> {
        match wanted {
            Wanted::Shown(query) => Ok(vec![self.list_condition(actor, query).await?]),
            Wanted::Ticked(ids) => Ok(ids.chunks(PART).map(|some| among(actor, some)).collect()),
        }
    }
}

/// Those of `ids` that `actor` sees. Another tenant's and unknown ones are none.
fn among(actor: &Actor, ids: &[CustomerId]) -> (String, Vec<Value>) {
    let mut values = Vec::new();
    let seen = actor.sees("msp_id", "id", &mut values);
    let places: Vec<String> = (values.len() + 1..=values.len() + ids.len()).map(|place| format!("${place}")).collect();
    values.extend(ids.iter().map(Value::from));
    let condition = if ids.is_empty() { "1 = 0".to_owned() } else { format!("id IN ({})", places.join(", ")) };
    (format!("{seen} AND {condition}"), values)
}

fn export_row(actor: &Actor, row: Stored, groups: Vec<String>, people: Vec<String>) -> Result<ExportRow> {
    let associated = row.associated > 0;
    let relation = if associated { Relation::Associated } else { Relation::Unassociated };
    let whole = actor.may(Action::OpenCustomer, relation) || actor.may(Action::Administer, Relation::None);
    let Form(input) = row.form;
    Ok(ExportRow {
        row: CustomerRow {
            id: row.id.parse().map_err(Error::unreadable)?,
            name: row.name,
            email: input.email.clone(),
            state: state_of(&row.state)?,
            services: number(row.services),
            monitors: number(row.monitors),
            admins: number(row.admins),
            added_at: row.added_at,
            modified_at: row.modified_at,
            counts: Counts::default(),
            associated,
        },
        account: whole.then_some(Account { input, groups, people }),
    })
}
