//! What can go wrong with a database, in words for the person who asked. It decides no exit code.

mod sqlite;
mod words;

use std::{io, path::PathBuf};

use sweep_job::{DataIdentity, InvalidTransition, JobId, RunId};

use crate::{
    QueryError,
    permission::{Owner, this_user},
};
pub use sqlite::SqliteError;
pub(crate) use sqlite::sqlite;
use words::{list, names, owner_in_words, suffix, whose};

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
    /// Its folder is on another machine.
    #[error(
        "{} is on {file_system}, a file system of another machine, where SQLite cannot keep the database safe: name one on a disk of \
         this machine with `--db`, and copy it when it is done",
        path.display()
    )]
    OtherMachine {
        /// The database.
        path: PathBuf,
        /// The file system.
        file_system: &'static str,
    },
    /// Its folder is on a file system that other machines may use.
    #[error(
        "{} is on {file_system}, a file system that other machines may use too, where SQLite cannot keep the database safe: name one \
         on a disk of this machine with `--db`; or, if only this machine uses it, add `--assume-local`",
        path.display()
    )]
    MaybeOtherMachine {
        /// The database.
        path: PathBuf,
        /// The file system.
        file_system: &'static str,
    },
    /// It is mounted by itself, so that its log and its lock would not be where others look for them.
    #[error(
        "{} is mounted without the folder that it is in, so that those who use it under its other name would not see the lock and the \
         log beside it: mount the folder instead",
        path.display()
    )]
    MountedAlone {
        /// The database.
        path: PathBuf,
    },
    /// A file or folder of another user.
    #[error(
        "cannot {action} {}: it belongs to {owner}, and this is {}; ask for the permission, or name another database with `--db`",
        path.display(), this_user()
    )]
    NotPermitted {
        /// The file or folder.
        path: PathBuf,
        /// What was to be done.
        action: &'static str,
        /// Whose it is.
        owner: Owner,
    },
    /// A file that another user's process made beside the database and that this one has to write.
    #[error(
        "cannot write {}: {} beside it belongs to {owner}, and this is {}; a process of theirs has the database open, or was killed: \
         wait until it ends, or ask them for `chmod g+w {}`",
        path.display(), file.display(), this_user(), file.display()
    )]
    LeftByReader {
        /// The database.
        path: PathBuf,
        /// The file beside it.
        file: PathBuf,
        /// Whose that is.
        owner: Owner,
    },
    /// What stands in the place of the lock file is something else.
    #[error(
        "{} is {what}, not a lock file of `sweep`, and stays as it is: move it away, or name another database with `--db`",
        path.display()
    )]
    NotALock {
        /// The place of the lock file.
        path: PathBuf,
        /// What is there.
        what: &'static str,
    },
    /// Another program has the database for itself.
    #[error(
        "{} is locked by another program: wait until it is done, or end it (an `sqlite3` shell in exclusive mode, for example)",
        path.display()
    )]
    Busy {
        /// The database.
        path: PathBuf,
    },
    /// The path names no ordinary file.
    #[error("the database cannot be `{}`, which is {what}: name a file with `--db`", path.display())]
    NotAFile {
        /// What was named.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// SQLite cannot open or read it.
    #[error("cannot open the database {}: {source}", path.display())]
    Open {
        /// The database.
        path: PathBuf,
        /// Why.
        source: SqliteError,
    },
    /// A reader cannot make the file that it needs to read changes in the log.
    #[error(
        "cannot read {}: {} beside it holds changes that are not in it yet, and its readers have to write to the folder: copy both, \
         side by side, to a folder that you can write to, and read the copy",
        path.display(), log.display()
    )]
    FolderNotWritable {
        /// The database.
        path: PathBuf,
        /// Its log.
        log: PathBuf,
    },
    /// A reader cannot use the log, since another machine may be writing it.
    #[error(
        "cannot read {}: it is on {file_system}, which other machines can use, and {} beside it holds changes that are not in it yet: \
         read it on the machine that writes it; or, once nobody does, copy both, side by side, to a disk of this machine, and read the copy{switch}",
        path.display(), log.display()
    )]
    UnmergedElsewhere {
        /// The database.
        path: PathBuf,
        /// Its log.
        log: PathBuf,
        /// The file system.
        file_system: &'static str,
        /// What helps if only this machine uses it.
        switch: &'static str,
    },
    /// What was read may be of several moments.
    #[error("{} was written while it was read, in a place where `sweep` can set no lock: run the command again", path.display())]
    ChangedMeanwhile {
        /// The database.
        path: PathBuf,
    },
    /// A log without its database.
    #[error(
        "there is no database {}, but {} holds changes of one that was moved or deleted while it was written; what was recorded is in \
         the file that was moved, together with {}: keep both, side by side, the second under the name of the first with `{}` at its \
         end, and open neither before; if that database is gone for good, remove {}",
        path.display(), log.display(), log.display(), suffix(path, log), log.display()
    )]
    OrphanedLog {
        /// The database that would be made.
        path: PathBuf,
        /// The log.
        log: PathBuf,
    },
    /// Since it was opened to write, its path has come to name no file or another one.
    #[error(
        "{} was moved, deleted or replaced while it was written, and recording stops; what was recorded is in the \
         file that was moved, together with {}: keep both, side by side, the second under the name of the first with \
         `-wal` at its end, and open neither before",
        path.display(), log.display()
    )]
    Displaced {
        /// The database.
        path: PathBuf,
        /// Its write-ahead log, which does not move by itself.
        log: PathBuf,
    },
    /// The lock file is not the one that is locked, so that it keeps no other writer away.
    #[error(
        "the lock file {} was removed or replaced, so that another `sweep run` could write {} at the same time, and \
         recording stops: leave the lock file in its place and run the command again",
        lock.display(), path.display()
    )]
    LockLost {
        /// The database.
        path: PathBuf,
        /// Its lock file.
        lock: PathBuf,
    },
    /// The file is something else.
    #[error("{} is not an SQLite database, or its beginning is damaged: name another file with `--db`, or run `sweep check-db`", path.display())]
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
    /// A table or a view of it is not one that this program makes.
    #[error("{}: {difference}", path.display())]
    OtherSchema {
        /// The database.
        path: PathBuf,
        /// Which, and how.
        difference: String,
    },
    /// Stored predictions do not fit what was recorded with them.
    #[error("job {}: {contradiction}: the database is damaged", job.short())]
    Predictions {
        /// The job.
        job: JobId,
        /// What contradicts what.
        contradiction: String,
    },
    /// A file or folder is in the way of a new database.
    #[error("{} exists: name a new file", path.display())]
    Exists {
        /// What is in the way.
        path: PathBuf,
    },
    /// Nothing in the file is a job.
    #[error("nothing in {} can be salvaged: no page of it holds a job", path.display())]
    NothingToSalvage {
        /// The file.
        path: PathBuf,
    },
    /// Somebody wrote the database while it was salvaged.
    #[error("{} was written while it was read: stop its runs first", path.display())]
    WrittenMeanwhile {
        /// The database.
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
    /// Another process creates or upgrades it.
    #[error("{} has to be used by one `sweep` alone while it is made or upgraded, and another has it{}: wait for that one to end, or name another database with `--db`", path.display(), owner_in_words(*owner))]
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
        source: SqliteError,
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
    /// An event of a job that another run has, or that was taken from this one.
    #[error("job {} is not this run's to record: {}", job.short(), whose(*owner))]
    NotOurs {
        /// The job.
        job: JobId,
        /// The run that has it, if one has.
        owner: Option<RunId>,
    },
    /// A job that is to be forgotten while a run has it.
    #[error("job {} is held by run {}, which is at work: `sweep cancel` it first, or wait", job.short(), run.0)]
    Held {
        /// The job.
        job: JobId,
        /// The run.
        run: RunId,
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
    /// The validation result of an epoch that is NaN. SQLite would make it NULL, as if there were no validation set.
    #[error("job {} cannot record epoch {epoch}: its validation result is not a number", job.short())]
    NotANumber {
        /// The job.
        job: JobId,
        /// The epoch.
        epoch: u32,
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
    /// No sweep has this name, and no job's id begins so.
    #[error(
        "`{name}` is neither a sweep nor the beginning of a job's id: the database has the sweeps {}",
        names(known)
    )]
    NeitherJobNorSweep {
        /// What was asked for.
        name: String,
        /// The names of the sweeps that there are.
        known: Vec<String>,
    },
    /// A query of the user's own.
    #[error(transparent)]
    Query(#[from] QueryError),
}
