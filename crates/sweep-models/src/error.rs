//! What can be wrong with a network, its input or its weights.

use std::{fmt, ops::RangeInclusive};

use sweep_composed::ComposedError;
use sweep_job::ModelKind;

use crate::{BlueprintError, InputShape, StoredShape};

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The network cannot be built.
    #[error(transparent)]
    Blueprint(#[from] BlueprintError),
    /// A setting is out of its range.
    #[error("{setting} is {value}, but must be {range}")]
    Setting {
        /// Name of the setting.
        setting: &'static str,
        /// Its value.
        value: f64,
        /// What it may be.
        range: &'static str,
    },
    /// A signal does not have the shape that the network was built for.
    #[error(
        "the network was built for trials of {} x {} numbers, but was given {found} numbers in all",
        expected.channels, expected.samples
    )]
    Input {
        /// What it was built for.
        expected: InputShape,
        /// Numbers of the signal.
        found: usize,
    },
    /// The bytes are no safetensors file.
    #[error("not a safetensors file: {0}")]
    NotSafetensors(String),
    /// Weights cannot be written as a safetensors file.
    #[error("the weights cannot be written as safetensors: {0}")]
    Unwritable(String),
    /// The tensors of a file are not those of the optimizer's state. Every problem is listed.
    #[error("the state does not fit the optimizer:{}", lines(problems))]
    OptimizerState {
        /// All that is wrong, in the order of the state.
        problems: Vec<WeightProblem>,
    },
    /// The tensors of a file are not those of the network. Every problem is listed.
    #[error("the weights do not fit {} for {shape}:{}", model.title(), lines(problems))]
    Weights {
        /// The network.
        model: ModelKind,
        /// What it was built for.
        shape: InputShape,
        /// All that is wrong, in the order of the state dict.
        problems: Vec<WeightProblem>,
    },
    /// The sizes of a file's network cannot be told from its tensors.
    #[error("these weights are not those of {}: {reason}", model.title())]
    NotThisModel {
        /// The network that was expected.
        model: ModelKind,
        /// What speaks against it.
        reason: String,
    },
    /// The weights are of a network for trials of another shape.
    #[error(
        "these weights are those of {} for trials of {} channels x {} samples, not of {channels} x {samples}",
        model.title(), stored.channels, range(&stored.samples)
    )]
    OtherTrials {
        /// The network.
        model: ModelKind,
        /// What the weights are for.
        stored: StoredShape,
        /// Channels of the trials at hand.
        channels: usize,
        /// Their samples.
        samples: usize,
    },
    /// The names of a file's tensors are those of the network behind a prefix, as where it was a part of another module.
    #[error(
        "every tensor's name begins with `{prefix}`, but those of {} do not: save the weights without it, as \
         {{name.removeprefix(\"{prefix}\"): tensor for name, tensor in state_dict.items()}}",
        model.title()
    )]
    Prefix {
        /// The network that was expected.
        model: ModelKind,
        /// What stands before every name.
        prefix: String,
    },
    /// A batch names a trial that the signal has not.
    #[error("trial {number} of a batch, where there are {trials}, numbered from 0")]
    Trial {
        /// The number.
        number: u32,
        /// Trials of the signal.
        trials: usize,
    },
    /// A label is no class.
    #[error("label {label} where there are {classes} classes, numbered from 0")]
    Label {
        /// The label.
        label: u32,
        /// Classes of the network.
        classes: usize,
    },
    /// A batch is empty, or its labels are not one a trial.
    #[error(
        "a batch of {trials} trials with {labels} labels: expected at least one trial, and a label for each"
    )]
    Batch {
        /// Trials of the batch.
        trials: usize,
        /// Labels of the batch.
        labels: usize,
    },
    /// The order of an epoch does not have every trial once.
    #[error("an order of {given} trials, where the train set has {trials}")]
    Order {
        /// Trials of the order.
        given: usize,
        /// Trials of the train set.
        trials: usize,
    },
    /// An epoch was not made for the members of its engine.
    #[error("an epoch for {given} members, where the engine has {members}")]
    Members {
        /// Members of the engine.
        members: usize,
        /// Members of the epoch.
        given: usize,
    },
    /// The device has no room for what is to be computed.
    #[error("out of memory: {0}")]
    OutOfMemory(String),
    /// There are more batches, or more numbers, than the kernels of a GPU can count.
    #[error("there are too many trials for the kernels of a GPU; `--device cpu` trains on them")]
    TooManyTrials,
    /// The device is gone or does not work any more: nothing more can be computed on it by this process.
    #[error("the device failed: {0}")]
    Device(String),
    /// A computation failed.
    #[error("tensor operation failed: {0}")]
    Tensor(String),
}

/// One thing that is wrong with the tensors of a file.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum WeightProblem {
    /// The network has it, the file has not.
    #[error("`{name}` is missing")]
    Missing {
        /// Name in the state dict.
        name: String,
    },
    /// The file has it, the network has not.
    #[error("`{name}` is unexpected")]
    Unexpected {
        /// Name in the file.
        name: String,
    },
    /// It has another shape.
    #[error("`{name}` has shape {found:?} instead of {expected:?}")]
    Shape {
        /// Name in the state dict.
        name: String,
        /// Shape in the network.
        expected: Vec<usize>,
        /// Shape in the file.
        found: Vec<usize>,
    },
    /// It has a type that cannot be converted.
    #[error("`{name}` has type {found} instead of {expected}")]
    Type {
        /// Name in the state dict.
        name: String,
        /// What would do.
        expected: &'static str,
        /// Type in the file.
        found: String,
    },
    /// A value cannot be a weight or a statistic.
    #[error("`{name}` holds {what}")]
    Value {
        /// Name in the state dict.
        name: String,
        /// What it holds.
        what: &'static str,
    },
}

fn range(samples: &RangeInclusive<usize>) -> String {
    match (samples.start(), samples.end()) {
        (fewest, most) if fewest == most => fewest.to_string(),
        (fewest, most) => format!("{fewest} to {most}"),
    }
}

/// So many problems are told; of more, the number is. A network has fewer tensors, but a file can have any number.
const MOST_TOLD: usize = 100;

fn lines<T: fmt::Display>(items: &[T]) -> String {
    let mut lines: String = items.iter().take(MOST_TOLD).map(|item| format!("\n  {item}")).collect();
    if items.len() > MOST_TOLD {
        lines.push_str(&format!("\n  and {} problems more", items.len() - MOST_TOLD));
    }
    lines
}

impl From<ComposedError> for ModelError {
    fn from(error: ComposedError) -> Self {
        Self::Tensor(error.to_string())
    }
}
