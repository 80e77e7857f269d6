//! Whose fault an error is: its words, its hint and its exit code. The only place that decides.

use std::{
    error::Error,
    io::{self, IsTerminal, stderr},
    path::PathBuf,
};

use rustix::process::{Resource, getrlimit};
use sweep_data::DataError;
use sweep_export::ExportError;
use sweep_job::UnknownDevice;
use sweep_models::{DeviceError, ModelError};
use sweep_plan::{Colour, Mistakes};
use sweep_report::figures::FigureError;
use sweep_scheduler::SchedulerError;
use sweep_serve::ServeError;
use sweep_store::{FilterError, StoreError};
use sweep_worker::WorkerError;

use crate::output::{tell, tell_drawn};

/// How a command that did its work ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// All done: exit code 0.
    Done,
    /// Some job failed, or a check found a difference: exit code 1.
    JobsFailed,
    /// The database is damaged: exit code 3.
    Damaged,
    /// Stopped by the user: exit code 130, as shells have it for Ctrl-C.
    Interrupted,
}

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// The sweep file or what overrides it.
    #[error(transparent)]
    Plan(#[from] Mistakes),
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A folder cannot be made.
    #[error("cannot make the folder {}: {source}", path.display())]
    MakeFolder {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A figure cannot be made.
    #[error(transparent)]
    Figure(#[from] FigureError),
    /// Standard input gives nothing.
    #[error("cannot read the answer: {0}")]
    Input(io::Error),
    /// Standard output takes nothing.
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
    /// The data set.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The network or its weights.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Which jobs are meant.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// The files of an export.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// The server of the web page.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// A computation in this process, as for `eval` and `predict`.
    #[error(transparent)]
    Worker(#[from] WorkerError),
    /// The workers cannot be started.
    #[error("{0}")]
    Scheduler(String),
    /// An argument with a value that cannot be.
    #[error("{message}")]
    Argument {
        /// What is wrong.
        message: String,
        /// What would be right.
        hint: Option<String>,
    },
}

impl CliError {
    /// 2 for bad input, 3 for the database, 1 for the rest.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Plan(_)
            | Self::Read { .. }
            | Self::MakeFolder { .. }
            | Self::Write { .. }
            | Self::Figure(_)
            | Self::Data(_)
            | Self::Model(_)
            | Self::Filter(_)
            | Self::Argument { .. } => 2,
            Self::Worker(error) => match error {
                WorkerError::Training(_)
                | WorkerError::Device(DeviceError::Thread(_))
                | WorkerError::Thread(_)
                | WorkerError::Events(_) => 1,
                _ => 2,
            },
            Self::Store(
                StoreError::NoSuchJob { .. }
                | StoreError::AmbiguousJob { .. }
                | StoreError::NotAPrefix { .. }
                | StoreError::NoSuchSweep { .. }
                | StoreError::NeitherJobNorSweep { .. }
                | StoreError::Held { .. }
                | StoreError::Exists { .. }
                | StoreError::Query(_),
            ) => 2,
            Self::Store(_) | Self::Export(ExportError::Source { .. }) => 3,
            Self::Export(_) => 2,
            Self::Serve(ServeError::Host { .. } | ServeError::Listen { .. }) => 2,
            Self::Serve(_) => 1,
            Self::Input(_) | Self::Output(_) | Self::Scheduler(_) => 1,
        }
    }

    /// Writes it to standard error.
    pub(crate) fn print(&self) {
        match self {
            Self::Plan(mistakes) => {
                let colour = if stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
                    Colour::Always
                } else {
                    Colour::Never
                };
                tell_drawn(mistakes.render(colour).trim_end());
            }
            _ => tell(&format!("error: {}", self.with_causes())),
        }
        if let Some(hint) = self.hint() {
            tell(&format!("help: {hint}"));
        }
    }

    /// The error and what caused it, in one line; a cause that the words before already end with is not said twice.
    pub(crate) fn with_causes(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            let words = error.to_string();
            if !text.ends_with(&words) {
                text.push_str(": ");
                text.push_str(&words);
            }
            cause = error.source();
        }
        text
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Argument { hint, .. } => hint.clone(),
            Self::Serve(ServeError::Listen { source, .. }) if source.kind() == io::ErrorKind::AddrInUse => {
                Some("another program has this port; `--port 0` takes one that is free".to_owned())
            }
            Self::Store(error) if error.is_damage() => {
                Some("`sweep check-db` says what is wrong, and `sweep check-db --salvage NEW.db` copies what is whole".to_owned())
            }
            Self::Store(_) if self.with_causes().ends_with(REFUSED_WRITE) => file_size_limit(),
            Self::Scheduler(message) if message.contains(NO_MORE_PROCESSES) => {
                Some("raise the limit on processes and threads of this user (`ulimit -u`)".to_owned())
            }
            _ => None,
        }
    }
}

/// How SQLite reads where the system refuses a write without a word that it knows (SQLITE_IOERR_WRITE).
const REFUSED_WRITE: &str = "(SQLite's code 778)";
/// How the system refuses another process or thread (EAGAIN).
const NO_MORE_PROCESSES: &str = "(os error 11)";

/// What to do about the limit on the size of files, if there is one.
fn file_size_limit() -> Option<String> {
    let bytes = getrlimit(Resource::Fsize).current?;
    Some(format!("a file may have at most {} KiB here: raise the limit (`ulimit -f`)", bytes >> 10))
}

impl From<UnknownDevice> for CliError {
    fn from(error: UnknownDevice) -> Self {
        Self::Argument { message: error.to_string(), hint: None }
    }
}

impl From<SchedulerError<StoreError>> for CliError {
    fn from(error: SchedulerError<StoreError>) -> Self {
        match error {
            SchedulerError::Client(error) => Self::Store(error),
            error @ SchedulerError::CannotStart { .. } => Self::Scheduler(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use sweep_job::{JobId, RunId};

    use super::*;

    #[test]
    fn who_names_a_job_that_is_held_named_the_wrong_one() {
        let job: JobId = "00440ac62d47638253bafcb4cad1d994".parse().unwrap_or_else(|_| panic!("an id"));
        let held = CliError::Store(StoreError::Held { job, run: RunId(7) });
        assert_eq!(held.exit_code(), 2);
    }
}
