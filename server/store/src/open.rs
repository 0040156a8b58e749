//! Opening the database: where it is, who may open it at the same time, and its migrations.

use std::{
    fmt,
    fs::{self, File, OpenOptions},
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use sqlx::{
    Connection, PgConnection, SqlSafeStr,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::task::JoinHandle;

use crate::{
    OpenError, Result,
    db::{Db, Doubt},
};

/// The locks that this product takes on a PostgreSQL database: the servers', and the one on writing statuses.
const SERVER_LOCK: i64 = 0x006e_6f63_7475_726e;
pub(crate) const STATUSES_LOCK: i64 = SERVER_LOCK + 1;

/// How long anyone waits for a connection: a database that is away is said to be away soon.
const ACQUIRE_MOST: Duration = Duration::from_secs(3);

/// How often a server makes sure that it still holds its lock on PostgreSQL.
const HOLD_EVERY: Duration = Duration::from_secs(5);

/// What the database is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A server. Takes the lock that refuses a second one.
    Serve,
    /// A command beside a running server. Takes no lock.
    Command,
    /// A command that must be alone. Takes the same lock as a server.
    Exclusive,
}

impl Purpose {
    const fn is_alone(self) -> bool {
        match self {
            Self::Serve | Self::Exclusive => true,
            Self::Command => false,
        }
    }
}

/// Where the database is.
#[derive(Clone)]
pub struct Location {
    /// `sqlite://<path>` or `postgres://...`; `None` means SQLite at `<data_dir>/nocturne.db`.
    pub database_url: Option<String>,
    pub data_dir: PathBuf,
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address may hold a password.
        let url = self.database_url.as_ref().map(|_| "(set)");
        f.debug_struct("Location").field("database_url", &url).field("data_dir", &self.data_dir).finish()
    }
}

/// Holds what refuses a second server, until it is dropped.
pub(crate) enum Lock {
    None,
    File { _held: File },
    Session(JoinHandle<()>),
}

impl Lock {
    /// Lets another server start.
    pub(crate) fn release(&mut self) {
        *self = Self::None;
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        match self {
            Self::None | Self::File { .. } => {}
            Self::Session(task) => task.abort(),
        }
    }
}

pub(crate) struct Opened {
    pub(crate) db: Db,
    pub(crate) lock: Lock,
    /// Held while an SQLite database is migrated, for its migrator takes no lock.
    pub(crate) migration_lock: Option<PathBuf>,
}

pub(crate) async fn open(location: &Location, purpose: Purpose) -> Result<Opened, OpenError> {
    private_folder(&location.data_dir)?;
    match location.database_url.as_deref() {
        None => open_sqlite(&location.data_dir.join("nocturne.db"), &location.data_dir.join("lock"), purpose).await,
        Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => open_postgres(url, purpose).await,
        Some(url) => {
            let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:"));
            let Some(path) = path.filter(|path| !path.is_empty()) else {
                return Err(OpenError::BadUrl("it begins with sqlite:// and a path, or with postgres://".to_owned()));
            };
            // Beside the file, so that two servers with different data folders meet.
            open_sqlite(Path::new(path), &PathBuf::from(format!("{path}.lock")), purpose).await
        }
    }
}

fn private_folder(folder: &Path) -> Result<(), OpenError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| OpenError::Folder(folder.display().to_string(), error))
}

fn private_file(path: &Path) -> Result<File, OpenError> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| OpenError::Folder(path.display().to_string(), error))
}

async fn open_sqlite(path: &Path, lock_path: &Path, purpose: Purpose) -> Result<Opened, OpenError> {
    let shown = path.display().to_string();
    let lock = if purpose.is_alone() { lock_file(lock_path, &shown)? } else { Lock::None };
    // Made here, so that it and what SQLite puts beside it are private from the start.
    drop(private_file(path)?);
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(ACQUIRE_MOST)
        .pragma("temp_store", "memory")
        // The name that PostgreSQL gives to comparing bytes.
        .collation("C", |a, b| a.as_bytes().cmp(b.as_bytes()));
    let pool = || SqlitePoolOptions::new().acquire_timeout(ACQUIRE_MOST).idle_timeout(None).max_lifetime(None);
    let failed = |error| OpenError::Connect(shown.clone(), error);
    // Pages kept in memory, in KiB. All that are kept are looked through at the end of nearly each commit, for a page that balancing
    // trees has numbered beyond the file's end for a moment: more of them make no commit faster.
    let options = options.pragma("cache_size", "-8192");
    let write = options.clone();
    // With the library's own 50 rows, the thread that reads and the task that takes wake each other for every few rows of a long answer.
    let read = options.read_only(true).row_buffer_size(1_024);
    let write = pool().max_connections(1).connect_with(write).await.map_err(failed)?;
    let read = pool().max_connections(4).connect_with(read).await.map_err(failed)?;
    let migration_lock = Some(lock_path.with_extension("migration"));
    Ok(Opened { db: Db::Sqlite { write, read }, lock, migration_lock })
}

fn lock_file(path: &Path, database: &str) -> Result<Lock, OpenError> {
    let file = private_file(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Lock::File { _held: file }),
        Err(fs::TryLockError::WouldBlock) => Err(OpenError::SecondServer(database.to_owned())),
        Err(fs::TryLockError::Error(error)) => Err(OpenError::Folder(path.display().to_string(), error)),
    }
}

async fn open_postgres(url: &str, purpose: Purpose) -> Result<Opened, OpenError> {
    let options =
        PgConnectOptions::from_str(url).map_err(|error| OpenError::BadUrl(error.to_string()))?.application_name("nocturne");
    let shown = format!("{}:{}/{}", options.get_host(), options.get_port(), options.get_database().unwrap_or_default());
    let failed = |error| OpenError::Connect(shown.clone(), error);
    let connecting = PgPoolOptions::new().max_connections(12).acquire_timeout(ACQUIRE_MOST).connect_with(options.clone());
    let pool = connecting.await.map_err(failed)?;
    let mut lock = Lock::None;
    if purpose.is_alone() {
        let mut connection = PgConnection::connect_with(&options).await.map_err(failed)?;
        if !wait_for_server_lock(&mut connection).await.map_err(failed)? {
            return Err(OpenError::SecondServer(shown));
        }
        lock = Lock::Session(tokio::spawn(hold_server_lock(connection, options)));
    }
    Ok(Opened { db: Db::Postgres(pool, Doubt::default()), lock, migration_lock: None })
}

/// PostgreSQL takes a moment to notice that a server that has just ended is gone.
async fn wait_for_server_lock(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    for _ in 0..10 {
        if try_server_lock(connection).await? {
            return Ok(true);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(false)
}

async fn try_server_lock(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT pg_try_advisory_lock($1)").bind(SERVER_LOCK).fetch_one(connection).await
}

/// Keeps the connection that holds the lock, and takes the lock again on a new one where that was lost.
async fn hold_server_lock(connection: PgConnection, options: PgConnectOptions) {
    let mut held = Some(connection);
    loop {
        tokio::time::sleep(HOLD_EVERY).await;
        if let Some(connection) = &mut held
            && connection.ping().await.is_err()
        {
            tracing::warn!("the connection that holds the server's lock was lost");
            held = None;
        }
        if held.is_none() {
            held = take_server_lock_again(&options).await;
        }
    }
}

async fn take_server_lock_again(options: &PgConnectOptions) -> Option<PgConnection> {
    let mut connection = PgConnection::connect_with(options).await.ok()?;
    match try_server_lock(&mut connection).await {
        Ok(true) => {
            tracing::info!("the server's lock is held again");
            Some(connection)
        }
        Ok(false) => {
            tracing::error!("another server has taken this database's lock");
            None
        }
        Err(_) => None,
    }
}

/// Append-only. Where the engines differ, each has its own text under the same number.
fn migrations(db: &Db) -> Vec<Migration> {
    let text = |version, name: &'static str, sql: &'static str| {
        Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    let mut migrations = vec![text(1, "start", include_str!("../migrations/0001_start.sql"))];
    match db {
        Db::Sqlite { .. } => {
            migrations.push(text(2, "customers_search", include_str!("../migrations/0002_customers_search.sqlite.sql")));
        }
        Db::Postgres(..) => {}
    }
    migrations.push(text(3, "identity", include_str!("../migrations/0003_identity.sql")));
    migrations.push(text(4, "checks", include_str!("../migrations/0004_checks.sql")));
    migrations.push(text(5, "maintenance", include_str!("../migrations/0005_maintenance.sql")));
    migrations.push(text(6, "groups", include_str!("../migrations/0006_groups.sql")));
    migrations.push(text(7, "mail", include_str!("../migrations/0007_mail.sql")));
    migrations.push(match db {
        Db::Sqlite { .. } => text(8, "list", include_str!("../migrations/0008_list.sqlite.sql")),
        Db::Postgres(..) => text(8, "list", include_str!("../migrations/0008_list.postgres.sql")),
    });
    migrations.push(text(10, "catalogue", include_str!("../migrations/0010_catalogue.sql")));
    migrations.push(text(11, "accounts", include_str!("../migrations/0011_accounts.sql")));
    migrations.push(text(12, "import", include_str!("../migrations/0012_import.sql")));
    migrations.push(text(13, "wizard", include_str!("../migrations/0013_wizard.sql")));
    migrations.push(text(14, "kiosk", include_str!("../migrations/0014_kiosk.sql")));
    migrations.push(text(15, "replay", include_str!("../migrations/0015_replay.sql")));
    migrations.push(text(16, "hidden_trails", include_str!("../migrations/0016_hidden_trails.sql")));
    migrations
}

pub(crate) async fn migrate(db: &Db, migration_lock: Option<PathBuf>) -> Result<()> {
    let migrator = Migrator::with_migrations(migrations(db));
    let _held = match migration_lock {
        Some(path) => Some(wait_for_file(path).await?),
        None => None,
    };
    let done = match db {
        Db::Sqlite { write, .. } => migrator.run(write).await,
        Db::Postgres(pool, _) => migrator.run(pool).await,
    };
    done.map_err(|error| match error {
        MigrateError::Execute(error) => error.into(),
        other => sqlx::Error::from(other).into(),
    })
}

async fn wait_for_file(path: PathBuf) -> Result<File> {
    let locked = tokio::task::spawn_blocking(move || -> std::io::Result<File> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        file.lock()?;
        Ok(file)
    });
    locked.await.map_err(|_| sqlx::Error::WorkerCrashed)?.map_err(|error| sqlx::Error::Io(error).into())
}
