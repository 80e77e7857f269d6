//! Arguments of the process that a run starts, and no person.

use clap::Args;

/// Arguments of the hidden `sweep worker`.
#[derive(Debug, Args)]
pub(crate) struct WorkerArguments {
    /// cpu or cuda:N
    #[arg(long)]
    pub(crate) device: String,
    /// Threads
    #[arg(long)]
    pub(crate) threads: u32,
    /// The build of sweep that starts it
    #[arg(long)]
    pub(crate) build: Option<String>,
}
