//! The plan: the jobs of a sweep, their axes, and what they share.

use serde::Serialize;
use sweep_job::{DataSpec, InitialWeights, JobSpec, Setting};

use crate::{expand::Expansion, show::AxisValue};

/// What a sweep file comes to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// Name of the sweep.
    pub name: String,
    /// What it trains on.
    pub data: DataSpec,
    /// The settings that differ between jobs, with their values in the order of their first appearance.
    pub axes: Vec<Axis>,
    /// The settings that are the same in every job that has them, with one value each.
    pub shared: Vec<Axis>,
    /// Combinations that were removed because they are equal to an earlier one.
    pub duplicates: usize,
    /// Combinations that `[[exclude]]` blocks removed.
    pub excluded: usize,
    /// How much training the jobs need.
    pub training: Training,
    /// Distinct, in a stable order.
    pub jobs: Vec<JobSpec>,
}

/// A setting with its values.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Axis {
    /// The setting, as in sweep files.
    pub setting: &'static str,
    /// Its values.
    pub values: Vec<AxisValue>,
}

/// How much training jobs need: those that differ only in `epochs` are one training, to the longest of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Training {
    /// Trainings.
    pub trainings: usize,
    /// Epochs of all jobs together.
    pub epochs_of_jobs: u64,
    /// Epochs that are trained.
    pub epochs_trained: u64,
}

impl Training {
    /// Epochs that need not be trained because another job of the same training has them.
    pub fn epochs_saved(&self) -> u64 {
        self.epochs_of_jobs.saturating_sub(self.epochs_trained)
    }
}

impl Plan {
    pub(crate) fn new(
        name: String,
        data: DataSpec,
        expansion: Expansion,
        weights: &[InitialWeights],
    ) -> Self {
        let axis = |(setting, values): (Setting, Vec<_>)| Axis {
            setting: setting.name(),
            values: values.into_iter().map(|value| AxisValue::new(value, weights)).collect(),
        };
        let settings = Setting::all().zip(expansion.values).filter(|(_, values)| !values.is_empty());
        let (axes, shared) = settings.map(axis).partition(|axis| axis.values.len() > 1);
        let training = Training {
            trainings: expansion.trainings.len(),
            epochs_of_jobs: expansion.jobs.iter().map(|job| u64::from(job.epochs)).sum(),
            epochs_trained: expansion.trainings.iter().map(|epochs| u64::from(*epochs)).sum(),
        };
        Self {
            name,
            data,
            axes,
            shared,
            duplicates: expansion.duplicates,
            excluded: expansion.observed.excluded,
            training,
            jobs: expansion.jobs,
        }
    }
}
