//! What a run is: one `sweep run`, from its start to its end, and the process that it is. It reads nothing.

use crate::Provenance;

/// The number of a run in its database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId(pub i64);

/// What a run says of itself when it starts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunDetails {
    /// The command line.
    pub command_line: String,
    /// Version of the program.
    pub program_version: String,
    /// The commit that the program was built from, with `-dirty` behind it where files differed from it; `None` outside a
    /// repository.
    pub git_commit: Option<String>,
    /// The compiler that built the program, such as `rustc 1.95.0`.
    pub compiler: String,
    /// The platform that the program was built for, such as `x86_64-unknown-linux-gnu`.
    pub target: String,
    /// Optional features of the program that were compiled in, such as `cuda`, separated by commas.
    pub features: String,
}

/// The process that a run is. No two processes that ever were on a machine are equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessIdentity {
    /// Host name.
    pub host: String,
    /// A number that the system takes anew at every start; `None` where it has none.
    pub boot_id: Option<String>,
    /// Process id.
    pub process: u32,
    /// When the process started, in the system's ticks since its own start; `None` where it does not tell.
    pub process_started: Option<u64>,
}

/// A run as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRecord {
    /// Its number in the database.
    pub id: RunId,
    /// Its process.
    pub process: ProcessIdentity,
    /// What it said of itself.
    pub details: RunDetails,
    /// When it started.
    pub started_at: String,
    /// When it ended, or was found dead.
    pub ended_at: Option<String>,
    /// Whether it is alive.
    pub life: RunLife,
    /// Jobs that it has claimed and not yet ended.
    pub jobs: u32,
}

/// A start of a job, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptRecord {
    /// Its number; the first is 1.
    pub number: u32,
    /// The run that started it; `None` where that was not recorded.
    pub run: Option<RunId>,
    /// Where and by what it was trained.
    pub provenance: Provenance,
    /// When it started.
    pub started_at: String,
    /// When it ended; `None` while it runs.
    pub ended_at: Option<String>,
    /// `finished`, `failed`, `diverged`, `cancelled` or `interrupted`; `None` while it runs.
    pub ending: Option<String>,
    /// Why it failed or diverged.
    pub reason: Option<String>,
}

/// Whether a run is alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunLife {
    /// It is.
    Alive,
    /// It ended in order.
    Ended,
    /// Its process is gone, and nothing was said of its end.
    Lost,
}
