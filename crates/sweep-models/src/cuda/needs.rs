//! Whether a GPU trains a network, and what it takes there and on the host, before anything is made.

use sweep_cuda::plan::{Plan, Work};

use super::EVALUATED_TOGETHER;
use crate::{
    InputShape, ModelError, Settings,
    memory::{BundleMemory, Workload},
    network::blueprint,
};

/// Whether a GPU has kernels for a network, if the trials are not too many.
///
/// # Errors
/// If the network cannot be built for `shape`.
pub fn has_kernels(settings: &Settings, shape: InputShape) -> Result<bool, ModelError> {
    let one = Work {
        members: 1,
        train_trials: 1,
        validation_trials: 0,
        test_trials: 0,
        batch_size: 1,
        evaluated_together: 1,
        has_clip: false,
    };
    Ok(Plan::memory_bytes(&blueprint(settings, shape)?, shape, one).is_some())
}

/// The memory of a GPU that the training of a network takes; `None` if there are no kernels for it, or not for as many trials, so that it is
/// trained on the processor.
///
/// # Errors
/// If the network cannot be built for `shape`.
pub fn cuda_memory(
    settings: &Settings,
    shape: InputShape,
    work: &Workload,
) -> Result<Option<BundleMemory>, ModelError> {
    let blueprint = blueprint(settings, shape)?;
    let bytes = |members| Plan::memory_bytes(&blueprint, shape, work.on_gpu(settings, members));
    Ok(bytes(1).zip(bytes(2)).map(|(one, two)| BundleMemory { shared: 2 * one - two, member: two - one }))
}

/// The launches of an epoch on a GPU, which the host keeps; `None` if there are no kernels for it.
///
/// # Errors
/// If the network cannot be built for `shape`.
pub fn cuda_launches(
    settings: &Settings,
    shape: InputShape,
    work: &Workload,
) -> Result<Option<u64>, ModelError> {
    let blueprint = blueprint(settings, shape)?;
    let steps = work.train_trials.div_ceil(work.batch_size.max(1));
    // All steps have as many launches.
    let launches = |steps: usize| {
        let few = Workload { train_trials: (steps * work.batch_size).min(work.train_trials), ..*work };
        let program = Plan::new(&blueprint, shape, few.on_gpu(settings, 1))?.program;
        Some((program.training.len() + program.evaluation.len()) as u64)
    };
    let all = |(one, two): (u64, u64)| one + (two - one) * (steps as u64).saturating_sub(1);
    Ok(launches(1).zip(launches(2)).map(all))
}

impl Workload {
    /// The same for a bundle on a GPU.
    fn on_gpu(&self, settings: &Settings, members: usize) -> Work {
        Work {
            members,
            train_trials: self.train_trials,
            // Both sets at most, which lie on the device together.
            validation_trials: self.evaluated_trials,
            test_trials: self.evaluated_trials,
            batch_size: self.batch_size,
            evaluated_together: self.batch_size.max(EVALUATED_TOGETHER),
            has_clip: settings.gradient_clip_norm().is_some(),
        }
    }
}
