//! Arguments of the commands that look at jobs from outside a run, and change what is to become of them.

use std::path::PathBuf;

use clap::Args;

use super::{DatabaseArguments, DeviceRequest};

/// Arguments of `sweep status`.
#[derive(Debug, Args)]
pub(crate) struct StatusArguments {
    #[command(flatten)]
    pub(crate) database: DatabaseArguments,
    /// Refresh it every second, until `q` or Ctrl-C
    #[arg(long, short)]
    pub(crate) watch: bool,
}

/// Arguments of `sweep retry`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("which").required(true).multiple(true))]
pub(crate) struct RetryArguments {
    #[command(flatten)]
    pub(crate) database: DatabaseArguments,
    /// Jobs or sweeps
    #[arg(value_name = "JOB|SWEEP", group = "which")]
    pub(crate) names: Vec<String>,
    /// All jobs that failed
    #[arg(long, group = "which")]
    pub(crate) failed: bool,
    /// All jobs that diverged; equal settings diverge again, so it takes another program version or device to change that
    #[arg(long, group = "which")]
    pub(crate) diverged: bool,
    /// All jobs that were cancelled
    #[arg(long, group = "which")]
    pub(crate) cancelled: bool,
    /// All jobs with results of an earlier revision of the arithmetic; these results are discarded
    #[arg(long, group = "which")]
    pub(crate) older_arithmetic: bool,
}

/// Arguments of `sweep cancel`.
#[derive(Debug, Args)]
pub(crate) struct CancelArguments {
    #[command(flatten)]
    pub(crate) database: DatabaseArguments,
    /// Jobs or sweeps
    #[arg(value_name = "JOB|SWEEP", required = true)]
    pub(crate) names: Vec<String>,
}

/// Arguments of `sweep forget`.
#[derive(Debug, Args)]
pub(crate) struct ForgetArguments {
    #[command(flatten)]
    pub(crate) database: DatabaseArguments,
    /// A job or a sweep
    #[arg(value_name = "JOB|SWEEP")]
    pub(crate) name: String,
    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,
}

/// Arguments of `sweep check-db`.
#[derive(Debug, Args)]
pub(crate) struct CheckDbArguments {
    #[command(flatten)]
    pub(crate) database: DatabaseArguments,
    /// Copy what is whole into a new database, with its weights
    #[arg(long, value_name = "NEW.db")]
    pub(crate) salvage: Option<PathBuf>,
}

/// Arguments of `sweep rerun`.
#[derive(Debug, Args)]
pub(crate) struct RerunArguments {
    /// The job: its id, or the first digits of it
    pub(crate) job: String,
    #[command(flatten)]
    pub(crate) database: DatabaseArguments,
    /// Where to compute: auto, cpu, cuda or cuda:N; auto takes the first GPU that can be used, otherwise the CPU
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub(crate) device: DeviceRequest,
    /// Threads; results are the same bits for any number
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) threads: u32,
    /// Show no progress
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// Arguments of `sweep merge`.
#[derive(Debug, Args)]
pub(crate) struct MergeArguments {
    /// The database whose results come in; its weights lie beside it
    #[arg(value_name = "OTHER")]
    pub(crate) other: PathBuf,
    #[command(flatten)]
    pub(crate) database: DatabaseArguments,
}
