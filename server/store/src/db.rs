//! The two engines behind one face: SQL is written once, in the subset that both speak, and dispatched here.
//!
//! SQLite has one write connection behind a first-come queue and read-only ones beside it; PostgreSQL has one pool.

use std::{
    future::Future,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use model::{
    ApprovalId, ContactId, CustomerId, DraftId, ExportId, GroupId, ImportId, InvitationId, ItemId, KioskId, LevelId, LocationId,
    MailId, MonitorId, MspId, OutageId, PlanId, RatesId, ServiceTypeId, SessionId, UserId, WindowId,
};
use sqlx::{
    Arguments, AssertSqlSafe, Database, Encode, FromRow, PgPool, Postgres, SqlSafeStr, Sqlite, SqlitePool, Transaction, Type,
    postgres::PgRow, sqlite::SqliteRow,
};

use crate::Result;

/// How long a statement may take on PostgreSQL before its server counts as away: one that hangs must not hang everyone.
const STATEMENT_MOST: Duration = Duration::from_secs(15);

/// Rows per statement where many are written: few enough that SQLite prepares it fast, and always the same number, so that the
/// prepared statement is found again.
const BULK_ROWS: usize = 100;

/// Whether some commit was never answered: it may be stored, and whoever asked for it was told that it is not.
#[derive(Debug, Clone, Default)]
pub(crate) struct Doubt(Arc<AtomicBool>);

impl Doubt {
    /// Whether it was so since this was last asked.
    pub(crate) fn take(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}

#[derive(Clone)]
pub(crate) enum Db {
    Sqlite { write: SqlitePool, read: SqlitePool },
    Postgres(PgPool, Doubt),
}

/// A write transaction. Dropped without [`Tx::commit`] it is rolled back.
pub(crate) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>, Doubt),
}

/// What a statement may be given: the types that both engines keep alike.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Text(String),
    MaybeText(Option<String>),
    Int(i64),
    MaybeInt(Option<i64>),
    Bool(bool),
}

/// The values of a statement, `$1` first.
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$($crate::db::Value::from($value)),*] };
}
pub(crate) use values;

macro_rules! value_from {
    ($($from:ty => |$value:ident| $made:expr),* $(,)?) => {
        $(impl From<$from> for Value {
            fn from($value: $from) -> Self {
                $made
            }
        })*
    };
}

value_from! {
    &str => |text| Self::Text(text.to_owned()),
    String => |text| Self::Text(text),
    &String => |text| Self::Text(text.clone()),
    Option<String> => |text| Self::MaybeText(text),
    i64 => |number| Self::Int(number),
    u32 => |number| Self::Int(number.into()),
    Option<i64> => |number| Self::MaybeInt(number),
    Option<u32> => |number| Self::MaybeInt(number.map(i64::from)),
    bool => |truth| Self::Bool(truth),
    &MspId => |id| Self::Text(id.to_string()),
    &CustomerId => |id| Self::Text(id.to_string()),
    &MonitorId => |id| Self::Text(id.to_string()),
    &UserId => |id| Self::Text(id.to_string()),
    &SessionId => |id| Self::Text(id.to_string()),
    &GroupId => |id| Self::Text(id.to_string()),
    &DraftId => |id| Self::Text(id.to_string()),
    &OutageId => |id| Self::Text(id.to_string()),
    &WindowId => |id| Self::Text(id.to_string()),
    &ImportId => |id| Self::Text(id.to_string()),
    &ApprovalId => |id| Self::Text(id.to_string()),
    &ExportId => |id| Self::Text(id.to_string()),
    &LevelId => |id| Self::Text(id.to_string()),
    &PlanId => |id| Self::Text(id.to_string()),
    &ServiceTypeId => |id| Self::Text(id.to_string()),
    &RatesId => |id| Self::Text(id.to_string()),
    &ItemId => |id| Self::Text(id.to_string()),
    &LocationId => |id| Self::Text(id.to_string()),
    &ContactId => |id| Self::Text(id.to_string()),
    &MailId => |id| Self::Text(id.to_string()),
    &InvitationId => |id| Self::Text(id.to_string()),
    &KioskId => |id| Self::Text(id.to_string()),
}

/// A row that either engine can give.
pub(crate) trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

fn arguments<DB>(values: Vec<Value>) -> Result<DB::Arguments, sqlx::Error>
where
    DB: Database,
    for<'q> String: Encode<'q, DB> + Type<DB>,
    for<'q> Option<String>: Encode<'q, DB> + Type<DB>,
    for<'q> i64: Encode<'q, DB> + Type<DB>,
    for<'q> Option<i64>: Encode<'q, DB> + Type<DB>,
    for<'q> bool: Encode<'q, DB> + Type<DB>,
{
    let mut arguments = DB::Arguments::default();
    arguments.reserve(values.len(), values.len() * 16);
    for value in values {
        match value {
            Value::Text(text) => arguments.add(text),
            Value::MaybeText(text) => arguments.add(text),
            Value::Int(number) => arguments.add(number),
            Value::MaybeInt(number) => arguments.add(number),
            Value::Bool(truth) => arguments.add(truth),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

async fn within<T>(work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    tokio::time::timeout(STATEMENT_MOST, work)
        .await
        .unwrap_or_else(|_| Err(sqlx::Error::Io(io::Error::from(io::ErrorKind::TimedOut))))
}

/// Runs one query of either engine: `$reader` and `$writer` are what it is run on.
/// A struct whose fields are the columns of their names. What stands behind `..` is one as well, read from the same row.
macro_rules! row {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $(..$inner:ident: $row:ty,)? $($(#[$said:meta])* $column:ident: $type:ty),* $(,)? }) => {
        $(#[$meta])*
        $vis struct $name {
            $($inner: $row,)?
            $($(#[$said])* $column: $type),*
        }

        impl<'r, R> sqlx::FromRow<'r, R> for $name
        where
            R: sqlx::Row,
            &'static str: sqlx::ColumnIndex<R>,
            $($row: sqlx::FromRow<'r, R>,)?
            $($type: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,)*
        {
            fn from_row(row: &'r R) -> sqlx::Result<Self> {
                Ok(Self {
                    $($inner: sqlx::FromRow::from_row(row)?,)?
                    $($column: row.try_get(stringify!($column))?),*
                })
            }
        }
    };
}
pub(crate) use row;

macro_rules! dispatch {
    ($self:expr, $sqlite:pat => $on_sqlite:expr, $postgres:pat => $on_postgres:expr, |$query:ident: $kind:ident, $on:ident| $run:expr, $sql:expr, $values:expr, $persistent:expr) => {
        match $self {
            $sqlite => {
                let $query = sqlx::$kind($sql, arguments::<Sqlite>($values)?).persistent($persistent);
                let $on = $on_sqlite;
                $run.await?
            }
            $postgres => {
                let $query = sqlx::$kind($sql, arguments::<Postgres>($values)?).persistent($persistent);
                let $on = $on_postgres;
                within($run).await?
            }
        }
    };
}

impl Db {
    pub(crate) async fn rows<T: Row>(&self, sql: impl SqlSafeStr, values: Vec<Value>) -> Result<Vec<T>> {
        Ok(
            dispatch!(self, Self::Sqlite { read, .. } => read, Self::Postgres(pool, _) => pool, |query: query_as_with, on| query.fetch_all(on), sql, values, true),
        )
    }

    pub(crate) async fn maybe<T: Row>(&self, sql: impl SqlSafeStr, values: Vec<Value>) -> Result<Option<T>> {
        Ok(
            dispatch!(self, Self::Sqlite { read, .. } => read, Self::Postgres(pool, _) => pool, |query: query_as_with, on| query.fetch_optional(on), sql, values, true),
        )
    }

    pub(crate) async fn one<T: Row>(&self, sql: impl SqlSafeStr, values: Vec<Value>) -> Result<T> {
        Ok(
            dispatch!(self, Self::Sqlite { read, .. } => read, Self::Postgres(pool, _) => pool, |query: query_as_with, on| query.fetch_one(on), sql, values, true),
        )
    }

    /// A transaction that will write: SQLite takes its write lock now, for a read that turns into a write later would fail.
    pub(crate) async fn begin(&self) -> Result<Tx> {
        Ok(match self {
            Self::Sqlite { write, .. } => Tx::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres(pool, doubt) => Tx::Postgres(within(pool.begin()).await?, doubt.clone()),
        })
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool, _) => pool.close().await,
        }
    }
}

impl Tx {
    pub(crate) async fn rows<T: Row>(&mut self, sql: impl SqlSafeStr, values: Vec<Value>) -> Result<Vec<T>> {
        self.rows_of(sql, values, true).await
    }

    pub(crate) async fn maybe<T: Row>(&mut self, sql: impl SqlSafeStr, values: Vec<Value>) -> Result<Option<T>> {
        Ok(
            dispatch!(self, Self::Sqlite(tx) => &mut **tx, Self::Postgres(tx, _) => &mut **tx, |query: query_as_with, on| query.fetch_optional(on), sql, values, true),
        )
    }

    pub(crate) async fn one<T: Row>(&mut self, sql: impl SqlSafeStr, values: Vec<Value>) -> Result<T> {
        Ok(
            dispatch!(self, Self::Sqlite(tx) => &mut **tx, Self::Postgres(tx, _) => &mut **tx, |query: query_as_with, on| query.fetch_one(on), sql, values, true),
        )
    }

    /// How many rows it touched.
    pub(crate) async fn run(&mut self, sql: impl SqlSafeStr, values: Vec<Value>) -> Result<u64> {
        self.run_of(sql, values, true).await
    }

    /// Runs `head (...), (...) tail` with the rows in place of the dots, as many per statement as is good.
    pub(crate) async fn bulk<const N: usize>(&mut self, head: &str, tail: &str, rows: Vec<[Value; N]>) -> Result<()> {
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let (sql, values, full) = self.chunk(head, tail, rows.by_ref());
            self.run_of(AssertSqlSafe(sql), values, full).await?;
        }
        Ok(())
    }

    /// As [`Tx::bulk`], with what the statement returns.
    pub(crate) async fn bulk_returning<T: Row, const N: usize>(
        &mut self,
        head: &str,
        tail: &str,
        rows: Vec<[Value; N]>,
    ) -> Result<Vec<T>> {
        let mut returned = Vec::new();
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let (sql, values, full) = self.chunk(head, tail, rows.by_ref());
            returned.extend(self.rows_of(AssertSqlSafe(sql), values, full).await?);
        }
        Ok(returned)
    }

    /// The next statement of a bulk, its values, and whether it is a full one, which is worth keeping prepared.
    fn chunk<const N: usize>(
        &self,
        head: &str,
        tail: &str,
        rows: impl Iterator<Item = [Value; N]>,
    ) -> (String, Vec<Value>, bool) {
        let rows: Vec<[Value; N]> = rows.take(BULK_ROWS).collect();
        let mut sql = String::with_capacity(head.len() + tail.len() + rows.len() * (N * 6 + 4));
        sql.push_str(head);
        for row in 0..rows.len() {
            sql.push_str(if row == 0 { " (" } else { ", (" });
            for column in 0..N {
                if column > 0 {
                    sql.push(',');
                }
                match self {
                    // SQLite finds a named parameter by walking a list; thousands of them take a while. A bare `?` has no name.
                    Self::Sqlite(_) => sql.push('?'),
                    Self::Postgres(..) => sql.push_str(&format!("${}", row * N + column + 1)),
                }
            }
            sql.push(')');
        }
        sql.push_str(tail);
        let full = rows.len() == BULK_ROWS;
        (sql, rows.into_iter().flatten().collect(), full)
    }

    async fn rows_of<T: Row>(&mut self, sql: impl SqlSafeStr, values: Vec<Value>, persistent: bool) -> Result<Vec<T>> {
        Ok(
            dispatch!(self, Self::Sqlite(tx) => &mut **tx, Self::Postgres(tx, _) => &mut **tx, |query: query_as_with, on| query.fetch_all(on), sql, values, persistent),
        )
    }

    async fn run_of(&mut self, sql: impl SqlSafeStr, values: Vec<Value>, persistent: bool) -> Result<u64> {
        Ok(match self {
            Self::Sqlite(tx) => sqlx::query_with(sql, arguments::<Sqlite>(values)?)
                .persistent(persistent)
                .execute(&mut **tx)
                .await?
                .rows_affected(),
            Self::Postgres(tx, _) => {
                let query = sqlx::query_with(sql, arguments::<Postgres>(values)?).persistent(persistent);
                within(query.execute(&mut **tx)).await?.rows_affected()
            }
        })
    }

    /// Taken before statuses are written. On PostgreSQL two that write many of them in different orders would wait for each
    /// other; SQLite has one writer anyhow. Order of locks everywhere: the customer's row, this, the MSP's row.
    pub(crate) async fn lock_statuses(&mut self) -> Result<()> {
        match self {
            Self::Sqlite(_) => {}
            Self::Postgres(tx, _) => {
                within(sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(super::STATUSES_LOCK).execute(&mut **tx)).await?;
            }
        }
        Ok(())
    }

    /// What lets several servers take rows of one table at the same time, at the end of the `SELECT` that chooses them.
    pub(crate) const fn skip_locked(&self) -> &'static str {
        match self {
            // It has one writer.
            Self::Sqlite(_) => "",
            Self::Postgres(..) => "FOR UPDATE SKIP LOCKED",
        }
    }

    pub(crate) async fn commit(self) -> Result<()> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx, doubt) => within(tx.commit()).await.inspect_err(|_| doubt.0.store(true, Ordering::Relaxed))?,
        }
        Ok(())
    }

    pub(crate) async fn rollback(self) -> Result<()> {
        match self {
            Self::Sqlite(tx) => tx.rollback().await?,
            Self::Postgres(tx, _) => within(tx.rollback()).await?,
        }
        Ok(())
    }
}
