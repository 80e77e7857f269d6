//! Arguments of `sweep predict`.

use std::path::PathBuf;

use clap::Args;

use super::{DeviceRequest, LayoutArgument};

/// Arguments of `sweep predict`.
#[derive(Debug, Args)]
pub(crate) struct PredictArguments {
    /// The network, such as eegnet, if the weights file does not say it
    #[arg(long)]
    pub(crate) model: Option<String>,
    /// Its activation, relu, leaky_relu or elu, if the weights file does not say it
    #[arg(long)]
    pub(crate) activation: Option<String>,
    /// Slope of leaky_relu
    #[arg(long, value_name = "X")]
    pub(crate) slope: Option<f64>,
    /// Alpha of elu
    #[arg(long, value_name = "X")]
    pub(crate) alpha: Option<f64>,
    /// A setting of the network, such as kernel_length=25, if the weights file does not say it; may be given several times
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,
    /// Its weights, a safetensors file
    #[arg(long, value_name = "FILE")]
    pub(crate) weights: PathBuf,
    /// The trials: a NumPy archive with `signal`, and `label` to get an accuracy
    #[arg(long, value_name = "FILE")]
    pub(crate) data: PathBuf,
    /// The trials are prepared already, as those of `sweep data export` are: do not scale them
    #[arg(long)]
    pub(crate) prepared: bool,
    /// Order of the axes of `signal`
    #[arg(long, value_enum, default_value_t)]
    pub(crate) layout: LayoutArgument,
    /// Where to write `logits`, [trial, class], float32
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Where to compute: auto, cpu, cuda or cuda:N; auto takes the first GPU that can be used, otherwise the CPU
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub(crate) device: DeviceRequest,
}
