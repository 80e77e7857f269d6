//! The boundary between a training and what computes it.
//!
//! An engine holds a few trainings of one network and one shape, its members, and trains all of them an epoch at a time. It owns their
//! parameters and the state of their optimizers. An epoch is handed over whole, and its results are collected later, so that an engine
//! may run ahead of whoever records them. It knows no jobs, and not which epoch is worth keeping.

use std::{fmt::Debug, sync::Arc};

use sweep_job::Score;

use crate::{ModelError, OptimizerSettings, Settings, State};

/// One training of an engine.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The network.
    pub settings: Settings,
    /// The optimizer.
    pub optimizer: OptimizerSettings,
    /// What initial weights and dropout are drawn from.
    pub seed: u64,
}

/// Trials with their classes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LabelledTrials {
    /// `[trial, channel, time]`.
    pub signal: Vec<f32>,
    /// The class of each trial.
    pub labels: Vec<u32>,
}

/// What members are trained on, and evaluated on after each epoch.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TrainingData {
    /// For training.
    pub train: LabelledTrials,
    /// For choosing an epoch.
    pub validation: Option<LabelledTrials>,
    /// For the final score.
    pub test: LabelledTrials,
}

/// An epoch to be trained, by some or all members at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Epoch {
    /// Trials of a batch; the last one may have fewer.
    pub batch_size: usize,
    /// What each member does in it; `None` for a member that rests and keeps its state.
    pub members: Vec<Option<MemberEpoch>>,
}

/// An epoch of one member. Members may be at different epochs, as after they went on from different checkpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberEpoch {
    /// Its number, from 1.
    pub number: u32,
    /// The train trials in the order in which the member takes them.
    pub order: Vec<u32>,
}

/// What became of one member in an epoch.
pub type EpochResult = Result<TrainedEpoch, Divergence>;

/// An epoch that was trained to its end.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainedEpoch {
    /// Mean loss and accuracy of the batches, with dropout.
    pub train: Score,
    /// The logits, `[trial, class]`, of the validation set after the epoch, if there is one.
    pub validation: Option<Vec<f32>>,
    /// The logits of the test set.
    pub test: Vec<f32>,
    /// What is not finite of the network's or the optimizer's state, if anything: `the running variance of firstconv.2`.
    pub not_finite: Option<String>,
    /// Seconds of the training. With several members it is the time that passed for all of them.
    pub train_seconds: f64,
    /// Seconds of the evaluations, likewise.
    pub evaluation_seconds: f64,
}

/// A loss that was not finite; the member cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Divergence {
    /// The first step with such a loss, from 1.
    pub step: u32,
}

/// Trains members.
pub trait Engine: Debug {
    /// Takes the data of the epochs to come.
    ///
    /// # Errors
    /// If there is no room for them.
    fn take_data(&mut self, data: Arc<TrainingData>) -> Result<(), ModelError>;

    /// Whether it takes another epoch before the results of the last one are collected.
    fn wants_epoch(&self) -> bool;

    /// Takes an epoch. For each member it follows the last one in which it did not rest.
    ///
    /// # Errors
    /// If the epoch does not fit the data or the members, or the device fails. Failures may also come with the results.
    fn submit(&mut self, epoch: Epoch) -> Result<(), ModelError>;

    /// Waits for the results of the oldest uncollected epoch; `None` if all epochs are collected. There is one result for each
    /// member, in their order, and `None` for those that rested. From then on [`state`](Self::state) is that after this epoch, however
    /// far the engine has run ahead. What an engine that ran ahead gives for a member after its divergence means nothing.
    ///
    /// # Errors
    /// If the device failed.
    fn collect(&mut self) -> Result<Option<Vec<Option<EpochResult>>>, ModelError>;

    /// The state of a member after the last epoch that is collected.
    ///
    /// # Errors
    /// If it cannot be brought from the device.
    fn state(&self, member: usize) -> Result<State, ModelError>;

    /// Lets a member go on from `state`, which has the entries that [`state`](Self::state) gives. No epoch may be uncollected.
    ///
    /// # Errors
    /// If it cannot be brought to the device.
    fn set_state(&mut self, member: usize, state: State) -> Result<(), ModelError>;

    /// The logits, `[trial, class]`, of `signal`, `[trial, channel, time]`, by a member in evaluation mode. No epoch may be uncollected.
    ///
    /// # Errors
    /// If the signal has another shape, or the device is out of memory.
    fn logits(&mut self, member: usize, signal: &[f32]) -> Result<Vec<f32>, ModelError>;
}
