//! What is wrong with a query of the user's own, in words. It runs none.

use std::time::Duration;

/// What is wrong with a query of the user's own.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// SQLite cannot make sense of it, or failed on the way.
    #[error("{message}{}", excerpt.as_deref().map(|excerpt| format!("\n{excerpt}")).unwrap_or_default())]
    Sql {
        /// SQLite's words.
        message: String,
        /// The line of the query with a caret below the culprit, where SQLite names one.
        excerpt: Option<String>,
    },
    /// It would write, attach a database, load code or change a setting.
    #[error("the query may only read: {what} is not allowed")]
    NotAllowed {
        /// What it would do.
        what: String,
    },
    /// It ran for longer than it may.
    #[error(
        "the query was stopped after {}: ask for less with WHERE, or end a recursion with LIMIT",
        seconds(*most)
    )]
    TooLong {
        /// How long it may run.
        most: Duration,
    },
    /// Its result has more bytes than it may.
    #[error("the result has more than {} MiB: ask for less with WHERE, LIMIT or fewer columns", most_bytes >> 20)]
    ResultTooLarge {
        /// How many it may have.
        most_bytes: usize,
    },
    /// There is more than one statement.
    #[error("the query has more than one statement: give one at a time")]
    SeveralStatements,
    /// It has placeholders such as `?1`.
    #[error("the query has placeholders: write the values themselves")]
    Parameters,
    /// There is no statement.
    #[error("the query is empty: give one statement, such as \"SELECT * FROM best\"")]
    Empty,
}

fn seconds(time: Duration) -> String {
    match time.as_secs() {
        1 => "1 second".to_owned(),
        seconds => format!("{seconds} seconds"),
    }
}
