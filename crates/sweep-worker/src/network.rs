//! Engines with the weights that a job or a file gives their networks.

use sweep_job::{JobSpec, Optimizer, sha256};
use sweep_models::{Device, Engine, InputShape, Member, OptimizerSettings, Settings};

use crate::{WorkerError, files::read_weights};

/// The member of an engine that trains as `spec` says.
pub(crate) fn member_of(spec: &JobSpec) -> Member {
    Member { settings: Settings::from(spec), optimizer: spec.into(), seed: spec.seed }
}

/// Gives member number `member` of an engine the initial weights of its `spec`, if it has any.
///
/// # Errors
/// If they cannot be read, have changed or do not fit.
pub(crate) fn load_initial_weights(
    engine: &mut dyn Engine,
    member: usize,
    spec: &JobSpec,
    shape: InputShape,
) -> Result<(), WorkerError> {
    if let Some(initial) = &spec.initial_weights {
        let bytes = read_weights(&initial.path).map_err(|source| WorkerError::File {
            action: "cannot read",
            path: initial.path.clone(),
            source,
        })?;
        if sha256(&bytes) != initial.sha256 {
            return Err(WorkerError::WeightsChanged { path: initial.path.clone() });
        }
        let mut state = engine.state(member)?;
        let unfit = |source| WorkerError::Weights { path: initial.path.clone(), source };
        state.load_network(spec.model, shape, &bytes).map_err(unfit)?;
        engine.set_state(member, state)?;
    }
    Ok(())
}

/// Checks that the network of `spec` can be built for inputs of `shape`, and takes its initial weights.
///
/// # Errors
/// If the samples are too few for it, or the initial weights cannot be read, have changed or do not fit.
pub fn check_initial_weights(spec: &JobSpec, shape: InputShape) -> Result<(), WorkerError> {
    let mut engine = Device::Cpu.engine(&[member_of(spec)], shape)?;
    load_initial_weights(engine.as_mut(), 0, spec, shape)
}

/// An engine whose only member has the weights of a safetensors file, for logits.
///
/// # Errors
/// If the samples are too few for the network, or the weights do not fit.
pub fn engine_with_weights(
    settings: &Settings,
    shape: InputShape,
    safetensors: &[u8],
    device: &Device,
) -> Result<Box<dyn Engine>, WorkerError> {
    // The random weights of any seed: all are replaced. This optimizer keeps nothing.
    let optimizer = OptimizerSettings {
        optimizer: Optimizer::Sgd { momentum: 0.0, nesterov: false },
        learning_rate: 0.0,
        weight_decay: 0.0,
    };
    let member = Member { settings: settings.clone(), optimizer, seed: 0 };
    let mut engine = device.engine(&[member], shape)?;
    let mut state = engine.state(0)?;
    state.load_network(settings.model, shape, safetensors)?;
    engine.set_state(0, state)?;
    Ok(engine)
}
