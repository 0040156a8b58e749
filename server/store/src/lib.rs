//! The database: everything that is kept, one file per feature, SQL written once for SQLite and PostgreSQL.
//!
//! Every function that touches a tenant's data takes an [`Actor`] and filters by its MSP. [`Error`] says what was refused.

pub mod access;
pub mod accounts;
pub mod captcha;
pub mod catalogue;
pub mod choices;
pub mod clock;
pub mod contacts;
pub mod countries;
pub mod currencies;
pub mod customers;
mod db;
pub mod deletion;
pub mod demo;
pub mod drafts;
pub mod error;
pub mod events;
pub mod exports;
mod furnishing;
pub mod groups;
mod guesses;
pub mod health;
pub mod heartbeats;
pub mod history;
mod ids;
pub mod import;
mod import_csv;
mod import_headers;
pub mod incidents;
pub mod intake;
pub mod invitations;
pub mod kiosks;
pub mod languages;
pub mod locations;
pub mod mail;
pub mod maintenance;
pub mod monitors;
pub mod msps;
pub mod occurrences;
mod open;
pub mod outages;
mod passwords;
pub mod people;
pub mod replay;
pub mod second_factor;
pub mod services;
pub mod sessions;
pub mod thinning;
mod totp;
pub mod users;
pub mod verification;

use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

pub use access::{Actor, Denied, Kiosk, Origin, SignedIn};
pub use clock::Clock;
pub use error::{Error, OpenError, Result};
pub use health::HealthBasis;
pub use intake::{Commit, Held, Scope, StatusWrite, WatchedMonitor};
pub use msps::MspRow;
pub use open::{Location, Purpose};

use open::{Lock, STATUSES_LOCK};

/// A handle of the open database; cloning is cheap.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    db: db::Db,
    clock: Clock,
    ids: ids::Mint,
    passwords: passwords::Passwords,
    lock: Mutex<Lock>,
    migration_lock: Option<PathBuf>,
    public_url: OnceLock<String>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Store {
    /// Opens, and for SQLite creates, the database; it does not migrate. The data folder is made where it is missing, for its
    /// owner alone.
    ///
    /// # Errors
    /// [`OpenError`], one line for the person who started the program.
    pub async fn open(location: &Location, purpose: Purpose, clock: Clock) -> Result<Self, OpenError> {
        let opened = open::open(location, purpose).await?;
        let inner = Inner {
            db: opened.db,
            clock,
            ids: ids::Mint::default(),
            passwords: passwords::Passwords::default(),
            lock: Mutex::new(opened.lock),
            migration_lock: opened.migration_lock,
            public_url: OnceLock::new(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Brings the tables up to this build.
    ///
    /// # Errors
    /// [`Error::Broken`] where the database was migrated by a newer build.
    pub async fn migrate(&self) -> Result<()> {
        open::migrate(self.db(), self.inner.migration_lock.clone()).await
    }

    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// Says under which origin people reach this installation, for the links in mails. The first one stays.
    pub fn set_public_url(&self, mut origin: String) {
        while origin.ends_with('/') {
            origin.pop();
        }
        // A store has one server, which says it once.
        let _ = self.inner.public_url.set(origin);
    }

    /// The whole address of a page, as a mail names it. `path` begins with a slash.
    pub(crate) fn link(&self, path: &str) -> String {
        format!("{}{path}", self.inner.public_url.get().map_or("http://localhost:3000", String::as_str))
    }

    /// The database engine's name.
    #[must_use]
    pub fn engine(&self) -> &'static str {
        match self.db() {
            db::Db::Sqlite { .. } => "SQLite",
            db::Db::Postgres(..) => "PostgreSQL",
        }
    }

    /// Proves by one real round trip that something could be written now.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where it could not.
    pub async fn ping(&self) -> Result<()> {
        let mut tx = self.db().begin().await?;
        tx.run("UPDATE settings SET value = value WHERE key = ''", Vec::new()).await?;
        tx.rollback().await
    }

    /// Whether, since this was last asked, a commit was never answered: what is remembered of the database may differ from it.
    #[must_use]
    pub fn take_doubt(&self) -> bool {
        match self.db() {
            db::Db::Sqlite { .. } => false,
            db::Db::Postgres(_, doubt) => doubt.take(),
        }
    }

    /// Ends every connection and lets another server start. Everything after it is [`Error::Unavailable`].
    pub async fn close(&self) {
        self.db().close().await;
        self.inner.lock.lock().unwrap_or_else(PoisonError::into_inner).release();
    }

    fn db(&self) -> &db::Db {
        &self.inner.db
    }

    fn now(&self) -> i64 {
        self.inner.clock.now()
    }
}
