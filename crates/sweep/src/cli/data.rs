//! Arguments of `sweep data`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{LayoutArgument, SweepArguments, data_sets};

/// Arguments of `sweep data`.
#[derive(Debug, Args)]
pub(crate) struct DataArguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: DataCommand,
}

/// The commands of `sweep data`.
#[derive(Debug, Subcommand)]
pub(crate) enum DataCommand {
    /// Print shapes, classes, subjects, missing samples, amplitudes and duplicates
    #[command(after_help = "\
Examples:
  sweep data inspect data/S4b_train.npz
  sweep data inspect sweeps/lab2.toml")]
    Inspect {
        /// A NumPy archive (.npz) or a sweep file (.toml)
        path: PathBuf,
        /// Order of the axes of `signal`, for an archive
        #[arg(long, value_enum, default_value_t)]
        layout: LayoutArgument,
        /// Replace a setting of the sweep file, as for `sweep run`
        #[arg(long = "set", value_name = "KEY=VALUE")]
        set: Vec<String>,
        #[arg(long, value_name = "SET", help = format!("Replace the data set of the sweep file: {}", data_sets()))]
        data: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Check the four files of BCI Competition III, data set IIIb: names, sizes, shapes, SHA-256
    #[command(after_help = "\
Example:
  sweep data verify --dir data")]
    Verify {
        /// The folder that holds them
        #[arg(long, value_name = "FOLDER", default_value = "data")]
        dir: PathBuf,
    },
    /// Write the prepared data of a sweep file to train.npz, test.npz (and validation.npz) for other programs
    #[command(after_help = "\
Example:
  sweep data export sweeps/quickstart.toml --dir synthetic")]
    Export {
        #[command(flatten)]
        sweep: SweepArguments,
        /// The folder to write to
        #[arg(long, value_name = "FOLDER")]
        dir: PathBuf,
    },
}
