//! How the installation itself is (DOMAIN K2): what comes in, how long it takes to be stored, and who watches.

use serde::{Deserialize, Serialize};

use crate::monitors::Source;

/// One reading. Totals count from the start of the process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vitals {
    /// The program's version.
    pub version: String,
    /// The content hash of the site's files.
    pub build: String,
    /// `SQLite` or `PostgreSQL`.
    pub engine: String,
    /// When the process started and when this was read, UTC milliseconds.
    pub started_at: i64,
    pub now: i64,
    /// Up to when the boards are known to be true, UTC milliseconds.
    pub as_of: i64,
    pub verdicts: Rate,
    pub transitions: Rate,
    /// Batches that the database did not take.
    pub refused: Rate,
    /// Submissions that wait for the intake, and how many may before their senders have to.
    pub waiting: u32,
    pub waiting_most: u32,
    /// The median and the slowest commit of the last minute, in microseconds; 0 where there was none.
    pub commit_us: u32,
    pub commit_worst_us: u32,
    /// How late the scheduler was in the last minute at worst, in milliseconds.
    pub late_ms: u32,
    pub monitors: u32,
    /// Open streams.
    pub watchers: u32,
    /// What the process holds of the machine's memory, in bytes; `None` where the system does not say.
    pub memory: Option<u64>,
    pub sources: Vec<SourceVitals>,
    /// `None` where no mail server is set, so that mails wait in the outbox.
    pub mail: Option<MailVitals>,
}

/// What became of the attempts to send a mail.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailVitals {
    pub sent: Rate,
    /// Those that are tried again.
    pub delayed: Rate,
    /// Those that the mail server refused for good.
    pub refused: Rate,
}

/// How often something happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// Since the process started.
    pub total: u64,
    /// In the last minute.
    pub minute: u64,
}

/// What came from one kind of source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceVitals {
    pub source: Source,
    pub verdicts: Rate,
    /// When the last verdict came, UTC milliseconds.
    pub last_at: i64,
}
