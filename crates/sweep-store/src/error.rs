//! What can go wrong with a database, in words for the person who asked. It decides no exit code.

use std::{
    io,
    path::{Path, PathBuf},
};

use rusqlite::ErrorCode;
use sweep_job::{DataIdentity, InvalidTransition, JobId};

/// What went wrong with a database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such file.
    #[error("there is no database {}: `sweep run` makes one, and `--db` names another", path.display())]
    Missing {
        /// The database.
        path: PathBuf,
    },
    /// A file or folder beside the database cannot be used.
    #[error("cannot use {}: {source}", path.display())]
    Path {
        /// The database or its lock file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// SQLite cannot open or read it.
    #[error("cannot open the database {}: {source}", path.display())]
    Open {
        /// The database.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// The file is something else.
    #[error("{} is not an SQLite database: name another file with `--db`", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// It is an SQLite database, but not one of results.
    #[error("{} is an SQLite database, but not one that `sweep` made: name another file with `--db`", path.display())]
    OtherProgram {
        /// The file.
        path: PathBuf,
    },
    /// A later version of the program wrote it.
    #[error("{} has version {found}, and this program knows versions up to {known}: use a newer `sweep`", path.display())]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its `user_version`.
        found: i64,
        /// The version of this program.
        known: u32,
    },
    /// An earlier version of the program wrote it, and a reader may not upgrade it.
    #[error("{} has the older version {found} (now {known}): the next `sweep run` on it upgrades it", path.display())]
    Older {
        /// The database.
        path: PathBuf,
        /// Its `user_version`.
        found: u32,
        /// The version of this program.
        known: u32,
    },
    /// Another process writes it.
    #[error("{} is in use by another `sweep run`{}: wait for it to end, or name another database with `--db`", path.display(), owner_in_words(*owner))]
    InUse {
        /// The database.
        path: PathBuf,
        /// The process that has it, where known.
        owner: Option<u32>,
    },
    /// SQLite refused, for want of space, say.
    #[error("the database cannot {action}: {source}")]
    Sqlite {
        /// What was to be done.
        action: &'static str,
        /// Why not.
        source: rusqlite::Error,
    },
    /// A sweep names data that were never recorded.
    #[error("the database does not know the data set {identity}")]
    UnknownDataSet {
        /// The data.
        identity: DataIdentity,
    },
    /// A job's id is not the hash of its settings and data.
    #[error("job {id} has the settings of job {right}: an id must name its result")]
    ForeignId {
        /// The id it has.
        id: JobId,
        /// The id its settings have.
        right: JobId,
    },
    /// An event of a job that was never recorded.
    #[error("the database does not know job {id}")]
    UnknownJob {
        /// The job.
        id: JobId,
    },
    /// An event that cannot happen to the job.
    #[error("job {}: {source}", job.short())]
    Transition {
        /// The job.
        job: JobId,
        /// Why not.
        source: InvalidTransition,
    },
    /// The end of a job that contradicts what was recorded of it.
    #[error("job {} cannot finish: {contradiction}", job.short())]
    Contradiction {
        /// The job.
        job: JobId,
        /// What contradicts what.
        contradiction: String,
    },
    /// A value that the database cannot hold.
    #[error("{what} cannot be recorded: {value} is beyond {limit}")]
    OutOfRange {
        /// Of what.
        what: &'static str,
        /// The value.
        value: u64,
        /// The largest that can.
        limit: u64,
    },
    /// No job id begins so.
    #[error("no job has an id that begins with `{prefix}`: `sweep report` lists them")]
    NoSuchJob {
        /// What was asked for.
        prefix: String,
    },
    /// Several job ids begin so.
    #[error("`{prefix}` begins the ids of {count} jobs: give more digits\n{}", list(matches, *count))]
    AmbiguousJob {
        /// What was asked for.
        prefix: String,
        /// How many there are.
        count: u32,
        /// The first of them.
        matches: Vec<JobId>,
    },
    /// A text that cannot begin a job id.
    #[error("`{prefix}` cannot begin a job id: expected 1 to 32 hexadecimal digits")]
    NotAPrefix {
        /// What was asked for.
        prefix: String,
    },
    /// No sweep has this name.
    #[error("the database has no sweep `{name}`: it has {}", names(known))]
    NoSuchSweep {
        /// What was asked for.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// A query of the user's own.
    #[error(transparent)]
    Query(#[from] QueryError),
}

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

impl StoreError {
    /// The error for a database that SQLite could not open or not read at first.
    pub(crate) fn opening(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotADatabase { path },
            _ => Self::Open { path, source },
        }
    }
}

/// Wraps SQLite's error in what was to be done: `sqlite("record an epoch")`.
pub(crate) fn sqlite(action: &'static str) -> impl FnOnce(rusqlite::Error) -> StoreError {
    move |source| StoreError::Sqlite { action, source }
}

fn owner_in_words(owner: Option<u32>) -> String {
    owner.map(|id| format!(" (process {id})")).unwrap_or_default()
}

fn list(matches: &[JobId], count: u32) -> String {
    let mut lines: Vec<String> = matches.iter().map(|id| format!("  {id}")).collect();
    let more = (count as usize).saturating_sub(matches.len());
    if more > 0 {
        lines.push(format!("  and {more} more"));
    }
    lines.join("\n")
}

fn names(known: &[String]) -> String {
    if known.is_empty() {
        return "none".to_owned();
    }
    known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
