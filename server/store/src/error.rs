//! What can go wrong: a refusal that a person is told, or a database that is away or broken.

use model::Refusal;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something was not done. Display and Debug carry what the log needs; a browser gets [`Error::refusal`] only.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("refused: {0}")]
    Refused(Refusal),
    /// The database cannot be reached, or cannot take anything at the moment.
    #[error("the database is unavailable: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// A statement that fails, or a row that cannot be read: a defect of ours or of the data.
    #[error("the database answered unexpectedly: {0}")]
    Broken(#[source] sqlx::Error),
}

impl Error {
    /// What a person is told.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        match self {
            Self::Refused(refusal) => refusal.clone(),
            Self::Unavailable(_) => Refusal::Unavailable,
            Self::Broken(_) => Refusal::Internal,
        }
    }

    /// Whether the row would be a second one where there may be one.
    pub(crate) fn is_duplicate(&self) -> bool {
        match self {
            Self::Broken(sqlx::Error::Database(error)) => error.is_unique_violation(),
            Self::Broken(_) | Self::Refused(_) | Self::Unavailable(_) => false,
        }
    }

    /// For a row whose contents this build cannot read.
    pub(crate) fn unreadable(what: impl std::fmt::Display) -> Self {
        Self::Broken(sqlx::Error::Decode(what.to_string().into()))
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        if is_unavailable(&error) { Self::Unavailable(error) } else { Self::Broken(error) }
    }
}

/// Whether the same statement may well succeed a moment later, once the database is back.
fn is_unavailable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        // A connection that is cut while it is being made.
        | sqlx::Error::Protocol(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(database) => database.code().is_some_and(|code| is_unavailable_code(&code)),
        _ => false,
    }
}

fn is_unavailable_code(code: &str) -> bool {
    // PostgreSQL's codes have five places (connection, a standby that only reads, deadlock, resources, operator); SQLite's are
    // numbers, the primary code in the lowest eight bits: BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN.
    if code.len() == 5 {
        return ["08", "25006", "40", "53", "57P"].iter().any(|class| code.starts_with(class));
    }
    code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 8 | 10 | 13 | 14))
}

/// Why the database could not be opened: one line for the person who started the program.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("another server is running on {0}")]
    SecondServer(String),
    #[error("the database address is not understood: {0}")]
    BadUrl(String),
    #[error("cannot use the data folder {0}: {1}")]
    Folder(String, #[source] std::io::Error),
    #[error("cannot connect to {0}: {1}")]
    Connect(String, #[source] sqlx::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_is_away_is_not_a_broken_one() {
        for code in ["08006", "57P01", "53300", "40P01", "25006", "5", "517", "10", "778", "13", "14", "8"] {
            assert!(is_unavailable_code(code), "{code}");
        }
        for code in ["23505", "42P01", "22021", "1", "19", "2067", ""] {
            assert!(!is_unavailable_code(code), "{code}");
        }
        let refusal = |error: sqlx::Error| Error::from(error).refusal();
        assert_eq!(refusal(sqlx::Error::PoolTimedOut), Refusal::Unavailable);
        assert_eq!(refusal(sqlx::Error::RowNotFound), Refusal::Internal);
    }
}
