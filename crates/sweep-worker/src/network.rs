//! Networks with the weights that a job or a file gives them.

use candle_core::{DType, Device};
use sweep_job::{JobSpec, sha256};
use sweep_models::{InputShape, Network, Settings};

use crate::{WorkerError, files::read_weights};

/// The network that `spec` describes for inputs of `shape`, with its initial weights.
pub(crate) fn network_for(
    spec: &JobSpec,
    shape: InputShape,
    device: &Device,
) -> Result<Network, WorkerError> {
    let network = Network::new(&Settings::from(spec), shape, spec.seed, DType::F32, device)?;
    if let Some(initial) = &spec.initial_weights {
        let bytes = read_weights(&initial.path).map_err(|source| WorkerError::File {
            action: "cannot read",
            path: initial.path.clone(),
            source,
        })?;
        if sha256(&bytes) != initial.sha256 {
            return Err(WorkerError::WeightsChanged { path: initial.path.clone() });
        }
        let unfit = |source| WorkerError::Weights { path: initial.path.clone(), source };
        network.load_safetensors(&bytes).map_err(unfit)?;
    }
    Ok(network)
}

/// Checks that the network of `spec` can be built for inputs of `shape`, and takes its initial weights.
///
/// # Errors
/// Where the samples are too few for it, or the initial weights cannot be read, have changed or do not fit.
pub fn check_initial_weights(spec: &JobSpec, shape: InputShape) -> Result<(), WorkerError> {
    network_for(spec, shape, &Device::Cpu).map(|_| ())
}

/// A network with the weights of a safetensors file.
///
/// # Errors
/// Where the samples are too few for it, or the weights do not fit.
pub fn network_with_weights(
    settings: &Settings,
    shape: InputShape,
    safetensors: &[u8],
    device: &Device,
) -> Result<Network, WorkerError> {
    // The random weights of any seed: all are replaced.
    let network = Network::new(settings, shape, 0, DType::F32, device)?;
    network.load_safetensors(safetensors)?;
    Ok(network)
}
