//! The command line as typed. What it means is resolved in `settings` and in each command.

mod compare;
mod control;
mod data;
mod device;
mod devices;
mod predict;
mod results;
mod run;
mod worker;

use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use clap::{Args, Parser, Subcommand, ValueEnum};
use sweep_job::{CheckpointInterval, DataSource, SnapshotKind};
use sweep_store::{FileSystem, Location};
use sweep_text::listed;

pub(crate) use self::compare::CompareArguments;
pub(crate) use self::control::{
    CancelArguments, CheckDbArguments, ForgetArguments, MergeArguments, RerunArguments, RetryArguments,
    StatusArguments,
};
pub(crate) use self::data::{DataArguments, DataCommand};
pub(crate) use self::device::DeviceRequest;
pub(crate) use self::devices::DevicesArguments;
pub(crate) use self::predict::PredictArguments;
pub(crate) use self::results::{
    ExportArguments, PlotArguments, PlotFormat, ReportArguments, ServeArguments, ShowArguments, SqlArguments,
    TableFormat,
};
pub(crate) use self::worker::WorkerArguments;
use crate::memory::MemorySize;

/// Train a grid of small EEG networks, and never lose a result.
///
/// A sweep file names models, activations, batch sizes, learning rates, epochs and seeds. `sweep run` trains every
/// combination and records each epoch in a SQLite database; `sweep report` reads it.
#[derive(Debug, Parser)]
#[command(name = "sweep", version, max_term_width = 100, after_help = EXAMPLES)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  sweep run sweeps/quickstart.toml --report    train six networks on the built-in data, print their table
  sweep run sweeps/lab2.toml                   the lab's experiment, on its own data
  sweep report --best                          the table again, from results.db

Exit codes: 0 all done, 1 some job failed or a check found a difference, 2 bad input, 3 the database cannot be used, 130 interrupted.";

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Train the jobs of a sweep file that are not finished yet
    #[command(after_help = run::AFTER_HELP)]
    Run(RunArguments),
    /// Print the jobs of a sweep file and train nothing
    #[command(after_help = "\
Examples:
  sweep plan sweeps/lab2.toml
  sweep plan sweeps/lab2.toml --set seed='{ from = 0, to = 4, steps = 5 }' --format json")]
    Plan(PlanArguments),
    /// Show how far every sweep is, what is being trained, and by which runs
    #[command(after_help = "\
Example:
  sweep status --watch")]
    Status(StatusArguments),
    /// Queue jobs again that failed, diverged or were cancelled; the next `sweep run` trains them
    #[command(after_help = "\
Examples:
  sweep retry --diverged
  sweep retry 974f50e1b423

A job is named by its id or by the first digits of it, a sweep by its name.")]
    Retry(RetryArguments),
    /// Cancel a job or all jobs of a sweep, also where another `sweep run` is training them
    #[command(after_help = "\
Examples:
  sweep cancel 974f50e1b423
  sweep cancel lab2

What is finished stays, and so does a job that finishes before its run sees the request: `sweep status` shows which. A cancelled job is not trained by `sweep run` until `sweep retry` queues it again; then it goes on from its \
last checkpoint.")]
    Cancel(CancelArguments),
    /// Train a finished job once more, elsewhere, and compare with what was recorded, bit for bit
    #[command(after_help = "\
Example:
  sweep rerun 974f50e1b423

On the same instruction set and with the same version of the program, every metric, prediction and weight must have the same bits; \
elsewhere, the train loss of the first epoch must be within 1e-3 of the recorded one. Nothing is changed.")]
    Rerun(RerunArguments),
    /// Bring the results of another database in, with weights; what both have is compared, and nothing is overwritten
    #[command(after_help = "\
Example:
  sweep merge /mnt/other-machine/results.db

Exit code 1 where a job has other results in both. The other database is only read.")]
    Merge(MergeArguments),
    /// Remove a job, or a sweep with the jobs that no other sweep asks for: rows and weights, permanently
    #[command(after_help = "\
Examples:
  sweep forget 974f50e1b423
  sweep forget lab2 --yes

It says what would go and asks first. Nothing else ever removes a result.")]
    Forget(ForgetArguments),
    /// Check a database: its file, its promises, and the weights beside it; copy what is whole out of a damaged one
    #[command(after_help = "\
Examples:
  sweep check-db --db results.db
  sweep check-db --db results.db --salvage saved.db

Exit code 3 if the database is damaged, 1 if files of weights are missing or changed. `--salvage` only reads the damaged database; \
it exits with 1 if anything is missing from the new one.")]
    CheckDb(CheckDbArguments),
    /// Print tables of results from the database
    #[command(after_help = "\
Examples:
  sweep report --best
  sweep report --by model,activation --each
  sweep report --top 10 --where 'model = \"eegnet\" and learning_rate < 0.01'
  sweep report --sweep lab2 --format csv > jobs.csv
  sweep report --sweep lab2 --html lab2.html")]
    Report(ReportArguments),
    /// Print everything about one job
    #[command(after_help = "\
Examples:
  sweep show 974f50e1b423
  sweep show 974f50e1b423 --subjects

A job is named by its id or by the first digits of it, as `sweep report` prints them.")]
    Show(ShowArguments),
    /// Compare two jobs: settings, results, and whether one is better on the test trials
    #[command(after_help = compare::EXAMPLES)]
    Compare(CompareArguments),
    /// Draw figures of the results as SVG or PNG files
    #[command(after_help = "\
Examples:
  sweep plot sweeps/lab2.toml --kind curves
  sweep plot lab2 --kind bars --format png --out figures
  sweep plot 974f50e1b423 --kind curves

A sweep's name means all jobs that were ever asked for under it; a sweep file those alone that it names now.
`curves` is a figure a model: train and test accuracy per epoch, two lines a setting.")]
    Plot(PlotArguments),
    /// Show the results on a live web page, which only reads them
    #[command(after_help = "\
Examples:
  sweep serve
  sweep serve --db results.db --port 0
  ssh -L 8080:localhost:8080 lab7    then here: http://localhost:8080/

Ctrl-C ends it. On any address but this machine's own it asks for a token, which is in the address that it prints. docs/serve.md \
describes the pages and their JSON.")]
    Serve(ServeArguments),
    /// Write all results for other programs: CSV, JSON or Parquet files, TensorBoard, MLflow
    #[command(after_help = "\
Examples:
  sweep export --format parquet --out results-parquet
  sweep export --tensorboard runs    then: tensorboard --logdir runs
  sweep export --mlflow mlflow       then: mlflow ui --backend-store-uri sqlite:///mlflow/mlflow.db

A folder that an earlier export made is replaced; nothing else is ever overwritten. docs/export.md describes the files.")]
    Export(ExportArguments),
    /// Load the saved best weights of a job, test again, and compare with what was recorded
    #[command(after_help = "\
Example:
  sweep eval 974f50e1b423

A job is named by its id or by the first digits of it, as `sweep report` prints them.")]
    Eval(EvalArguments),
    /// Compute logits for trials with saved weights
    #[command(after_help = "\
Example:
  sweep predict --weights results.weights/974f50e1b423.../best.safetensors --data x.npz --out logits.npz
  sweep predict --model eegnet --activation elu --weights w.safetensors --data x.npz --out logits.npz

Weights files of sweep say which network they are of and how its trials were prepared; the new trials are prepared alike.
Weights may also come from PyTorch: safetensors.torch.save_file(model.state_dict(), \"w.safetensors\"). Those do not say it.")]
    Predict(PredictArguments),
    /// Look at data sets: inspect, verify, export
    #[command(after_help = "\
Example:
  sweep data inspect sweeps/lab2.toml --data synthetic")]
    Data(DataArguments),
    /// List what this machine can compute with: the CPU, and its NVIDIA GPUs
    #[command(after_help = devices::AFTER_HELP)]
    Devices(DevicesArguments),
    /// List the models with their layers
    #[command(after_help = "\
Examples:
  sweep models
  sweep models eegnet --channels 22 --samples 1000 --classes 4
  sweep models eegnet --set kernel_length=25")]
    Models(ModelsArguments),
    /// Ask the database in SQL (reading only)
    #[command(after_help = "\
Examples:
  sweep sql \"SELECT * FROM best\"
  sweep sql \"SELECT epoch, test_accuracy FROM epochs WHERE job_id LIKE '974f%'\" --format csv

The views trials, epochs and best are described in docs/results-db.md.")]
    Sql(SqlArguments),
    /// Serve a scheduler: orders on standard input, reports on standard output
    #[command(hide = true)]
    Worker(WorkerArguments),
}

/// Which database.
#[derive(Debug, Clone, Args)]
pub(crate) struct DatabaseArguments {
    /// The results database
    #[arg(long, value_name = "FILE", default_value = "results.db")]
    pub(crate) db: PathBuf,
    /// Use the database although its file system (FUSE, OCFS2, GFS2 or VxFS) may be shared by several machines
    #[arg(long)]
    pub(crate) assume_local: bool,
}

impl DatabaseArguments {
    /// Another database, on a file system of which the same is believed.
    pub(crate) fn location_of(&self, database: &Path) -> Location {
        let file_system = if self.assume_local { FileSystem::AssumeLocal } else { FileSystem::Examine };
        Location::new(database, file_system)
    }
}

impl From<&DatabaseArguments> for Location {
    fn from(arguments: &DatabaseArguments) -> Self {
        arguments.location_of(&arguments.db)
    }
}

/// A sweep file and what replaces parts of it.
#[derive(Debug, Clone, Args)]
pub(crate) struct SweepArguments {
    /// The sweep file (docs/sweep-format.md)
    pub(crate) file: PathBuf,
    /// Replace a setting everywhere: a value, a list `a,b`, or a range in TOML; also data.KEY
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    #[arg(long, value_name = "SET", help = format!("Replace the data set: {}", data_sets()))]
    pub(crate) data: Option<String>,
}

/// Arguments of `sweep run`.
#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    #[command(flatten)]
    pub(crate) sweep: SweepArguments,
    #[command(flatten)]
    pub(crate) database: DatabaseArguments,
    /// Where to compute: auto, cpu, cuda, cuda:N or cuda:all; auto takes all GPUs that have room, otherwise the CPU (see `sweep devices`)
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub(crate) device: DeviceRequest,
    /// Worker processes; the default is one a core on the CPU, one a GPU, and fewer if memory is short
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) workers: Option<u32>,
    /// Threads inside each worker; results are the same bits for any number
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) threads: u32,
    /// Trainings of one shape that a worker runs at once, at most; the default is what pays on the device: one on the CPU
    #[arg(long, value_name = "N", hide = true)]
    pub(crate) side_by_side: Option<NonZeroUsize>,
    /// Save trainings while they run, to go on from there: after so many epochs (`10`) or so much time (`30s`, `5min`), or `never`
    #[arg(long, value_name = "INTERVAL", default_value_t)]
    pub(crate) checkpoint_every: CheckpointInterval,
    /// Train a job whose worker crashed again, at most so many times, after a pause that doubles each time; 0 leaves it failed, and
    /// also a job that finds no room on a GPU
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub(crate) retries: u32,
    /// Give up a training that runs longer than this, such as `90s`, `30min` or `2h`; while it is suspended, its time stands still. On a
    /// GPU it is the time of a bundle, and all its jobs that have not ended are given up
    #[arg(long, value_name = "DURATION")]
    pub(crate) timeout: Option<humantime::Duration>,
    /// Begin no further job when so many have failed; what is being trained goes on to its end
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_failures: Option<u32>,
    #[command(flatten)]
    pub(crate) memory: MemoryArguments,
    /// Print the table of best accuracies at the end
    #[arg(long)]
    pub(crate) report: bool,
    /// Show no progress
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// How much memory there is.
#[derive(Debug, Clone, Args)]
pub(crate) struct MemoryArguments {
    /// Memory of the machine, not of GPUs, that all workers together may use, such as 12GiB; the default is what is available and what
    /// control groups allow
    #[arg(long, value_name = "SIZE")]
    pub(crate) memory_limit: Option<MemorySize>,
}

/// Arguments of `sweep plan`.
#[derive(Debug, Args)]
pub(crate) struct PlanArguments {
    #[command(flatten)]
    pub(crate) sweep: SweepArguments,
    #[command(flatten)]
    pub(crate) memory: MemoryArguments,
    /// How to print the plan
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: PlanFormat,
}

/// How to print a plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlanFormat {
    /// For people.
    #[default]
    Table,
    /// For programs.
    Json,
}

/// Arguments of `sweep eval`.
#[derive(Debug, Args)]
pub(crate) struct EvalArguments {
    /// The job: its id, or the first digits of it
    pub(crate) job: String,
    #[command(flatten)]
    pub(crate) database: DatabaseArguments,
    /// Which weights
    #[arg(long, value_enum, default_value_t)]
    pub(crate) weights: SnapshotArgument,
    /// Where to compute: auto, cpu, cuda or cuda:N; auto takes the device that trained the job
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub(crate) device: DeviceRequest,
}

/// The saved weights of a job.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum SnapshotArgument {
    /// Of the epoch with the highest test accuracy.
    #[default]
    Best,
    /// Of the epoch that the validation set selected.
    Selected,
    /// Of the last epoch.
    Last,
}

impl From<SnapshotArgument> for SnapshotKind {
    fn from(argument: SnapshotArgument) -> Self {
        match argument {
            SnapshotArgument::Best => Self::Best,
            SnapshotArgument::Selected => Self::Selected,
            SnapshotArgument::Last => Self::Last,
        }
    }
}

/// Order of the axes of `signal` in an archive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LayoutArgument {
    /// As the lab's files.
    #[default]
    #[value(name = "trial,time,channel")]
    TrialTimeChannel,
    /// As PyTorch has it.
    #[value(name = "trial,channel,time")]
    TrialChannelTime,
}

/// The names of the data sets: `bci3b, npz or synthetic`.
fn data_sets() -> String {
    listed(DataSource::NAMES, "or")
}

/// Arguments of `sweep models`.
#[derive(Debug, Args)]
pub(crate) struct ModelsArguments {
    /// Only this model
    pub(crate) model: Option<String>,
    /// Channels of a trial
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub(crate) channels: usize,
    /// Samples of a trial
    #[arg(long, value_name = "N", default_value_t = 750)]
    pub(crate) samples: usize,
    /// Classes
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub(crate) classes: usize,
    /// A setting of the network, such as kernel_length=25
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,
}
