//! Arguments of `sweep devices`.

use clap::Args;

use super::PlanFormat;

/// Examples at the end of the help.
pub(super) const AFTER_HELP: &str = "\
Examples:
  sweep devices
  sweep devices --format json

A GPU needs the NVIDIA driver 525 or newer and compute capability 6.1 (GTX 10xx) or later; nothing else is needed.";

/// Arguments of `sweep devices`.
#[derive(Debug, Args)]
pub(crate) struct DevicesArguments {
    /// How to print the list
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: PlanFormat,
}
