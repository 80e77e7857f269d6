//! How much memory a training takes at its peak, from the sizes of its network's layers, before anything of it is made. It knows
//! no data sets and no files: who trains adds what it holds beside the network.

use sweep_composed::{ComposedMemory, ComposedWork};
use sweep_job as job;
use sweep_networks::{Blueprint, LayerKind};

use crate::{
    InputShape, ModelError, Settings,
    fused::Layout,
    network::{blueprint, job_settings},
};

/// Bytes of a number in the types that networks compute in.
pub(crate) const FLOAT32: u64 = 4;
pub(crate) const FLOAT64: u64 = 8;

/// What a network is trained and evaluated on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Workload {
    /// Trials of the train set.
    pub train_trials: usize,
    /// Trials of a batch; the last of an epoch may have fewer.
    pub batch_size: usize,
    /// Trials of the largest set that is evaluated.
    pub evaluated_trials: usize,
    /// Threads that compute.
    pub threads: usize,
}

impl Workload {
    /// The different numbers of trials of an epoch's batches, in their order.
    pub(crate) fn batches(&self) -> impl Iterator<Item = usize> {
        let full = self.batch_size.min(self.train_trials);
        let rest = self.train_trials.checked_rem(self.batch_size).unwrap_or(0);
        [full, rest].into_iter().filter(|trials| *trials > 0)
    }
}

/// Bytes that the training of a network in float32 holds at its peak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrainingMemory {
    /// Parameters and running statistics.
    pub weights: u64,
    /// Gradients of the parameters.
    pub gradients: u64,
    /// What the optimizer keeps of each parameter.
    pub optimizer: u64,
    /// Buffers for the activations of a batch, with all that is kept for its kernels: they stay from step to step. In the composed
    /// form, the graph of a step.
    pub activations: u64,
    /// What a step or an evaluation takes and gives back.
    pub passing: u64,
}

impl TrainingMemory {
    /// All of it.
    pub fn total(&self) -> u64 {
        let Self { weights, gradients, optimizer, activations, passing } = *self;
        weights + gradients + optimizer + activations + passing
    }
}

/// What trainings side by side take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BundleMemory {
    /// Bytes that all of them share, such as the data set.
    pub shared: u64,
    /// Bytes of each.
    pub member: u64,
}

impl BundleMemory {
    /// How many trainings fit into `bytes`.
    pub fn fitting(&self, bytes: u64) -> u64 {
        bytes.saturating_sub(self.shared) / self.member.max(1)
    }
}

/// The memory that the training of a network with `settings` and `optimizer` on trials of `shape` takes at its peak on the processor,
/// with kernels if there are some for all its layers. It is an upper bound; docs/memory.md has the formula and how far it is from what is
/// measured.
///
/// # Errors
/// If the network cannot be built for `shape`.
pub fn training_memory(
    settings: &Settings,
    optimizer: &job::Optimizer,
    shape: InputShape,
    work: &Workload,
) -> Result<TrainingMemory, ModelError> {
    let blueprint = blueprint(settings, shape)?;
    let parameters =
        FLOAT32 * blueprint.layers.iter().map(|layer| layer.kind.parameter_count() as u64).sum::<u64>();
    let (activations, passing) = match Layout::of(&blueprint, shape, job_settings(settings)) {
        Some(layout) => {
            let fused = layout.memory(work);
            (fused.core + fused.parts, fused.outgrown + fused.scratch)
        }
        None => composed(&blueprint, shape, settings, work),
    };
    // Logits, on the host and as a tensor, and the trials' numbers.
    let logits = work.evaluated_trials as u64 * (2 * FLOAT32 * shape.classes as u64 + FLOAT32);
    // The weights of the largest layer are drawn in float64.
    let drawn = (FLOAT64 + FLOAT32) * largest_layer(&blueprint);
    Ok(TrainingMemory {
        weights: parameters + FLOAT32 * running_statistics(&blueprint),
        gradients: parameters,
        optimizer: parameters * kept_by(optimizer),
        activations,
        passing: passing.max(drawn) + logits,
    })
}

/// What stays and what passes if the network is computed layer by layer.
fn composed(blueprint: &Blueprint, shape: InputShape, settings: &Settings, work: &Workload) -> (u64, u64) {
    let batch = work.batches().max().unwrap_or(0);
    let work = ComposedWork { batch, evaluated_trials: work.evaluated_trials, threads: work.threads };
    let activation = job_settings(settings).activation;
    let ComposedMemory { kept, passing } = ComposedMemory::of(blueprint, shape, activation, &work);
    (kept, passing)
}

/// Numbers that an optimizer keeps of a parameter.
fn kept_by(optimizer: &job::Optimizer) -> u64 {
    match *optimizer {
        job::Optimizer::Adam { .. } | job::Optimizer::AdamW { .. } => 2,
        job::Optimizer::Sgd { momentum, .. } => u64::from(momentum != 0.0),
    }
}

fn running_statistics(blueprint: &Blueprint) -> u64 {
    let of_layer = |kind: &LayerKind| match kind {
        LayerKind::BatchNorm { planes, .. } => 2 * *planes as u64,
        _ => 0,
    };
    blueprint.layers.iter().map(|layer| of_layer(&layer.kind)).sum()
}

fn largest_layer(blueprint: &Blueprint) -> u64 {
    blueprint.layers.iter().map(|layer| layer.kind.parameter_count() as u64).max().unwrap_or(0)
}

#[cfg(test)]
mod tests;
