//! Errors of SQLite's: in its words, and whether they mean damage.

use std::{fmt, path::Path};

use rusqlite::ErrorCode;

use super::StoreError;
use crate::migrations::LAST_VERSION;

/// An error of SQLite's, in its words and with its code, each once.
#[derive(Debug)]
pub struct SqliteError(rusqlite::Error);

impl fmt::Display for SqliteError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            rusqlite::Error::SqliteFailure(error, Some(words)) => {
                write!(formatter, "{words} (SQLite's code {})", error.extended_code)
            }
            error => error.fmt(formatter),
        }
    }
}

// It names no source: that of an SQLite error says the same again.
impl std::error::Error for SqliteError {}

impl StoreError {
    /// Whether the file is damaged: bytes of it are not as SQLite wrote them.
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Open { source, .. } | Self::Sqlite { source, .. } => is_damage(&source.0),
            Self::OtherSchema { .. } | Self::Predictions { .. } => true,
            Self::Newer { found, .. } => !(0..=i64::from(LAST_VERSION)).contains(found),
            _ => false,
        }
    }

    /// The error for a database that SQLite could not open or not read at first.
    pub(crate) fn opening(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotADatabase { path },
            Some(ErrorCode::DatabaseBusy) => Self::Busy { path },
            _ => Self::Open { path, source: SqliteError(source) },
        }
    }
}

/// Whether bytes of the file are at fault: SQLite says so, or a value is not what this program wrote there.
fn is_damage(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::Utf8Error(..) => true,
        error => error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt),
    }
}

/// Wraps SQLite's error in what was to be done: `sqlite("record an epoch")`.
pub(crate) fn sqlite(action: &'static str) -> impl FnOnce(rusqlite::Error) -> StoreError {
    move |source| StoreError::Sqlite { action, source: SqliteError(source) }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use rusqlite::ffi;

    use super::*;

    fn failure(code: i32, words: &str) -> rusqlite::Error {
        rusqlite::Error::SqliteFailure(ffi::Error::new(code), Some(words.to_owned()))
    }

    #[test]
    fn sqlite_is_quoted_once() {
        let error = sqlite("record an epoch")(failure(ffi::SQLITE_FULL, "database or disk is full"));
        let text = "database or disk is full (SQLite's code 13)";
        assert_eq!(error.to_string(), format!("the database cannot record an epoch: {text}"));
        let source = error.source();
        assert_eq!(source.map(ToString::to_string).as_deref(), Some(text));
        assert!(source.and_then(Error::source).is_none());
    }

    #[test]
    fn who_waits_for_another_program_is_told_so() {
        let refused = failure(ffi::SQLITE_BUSY, "database is locked");
        let error = StoreError::opening(Path::new("/media/results.db"), refused);
        assert_eq!(
            error.to_string(),
            "/media/results.db is locked by another program: wait until it is done, or end it (an `sqlite3` shell in \
             exclusive mode, for example)"
        );
    }
}
