//! A data set in memory, as trainings and evaluations take it.

use std::sync::Arc;

use sweep_data::{DataSet, TrialSet};
use sweep_job::{DataIdentity, MissingSamples, Preparation};
use sweep_models::{InputShape, LabelledTrials, TrainingData};

/// A data set that is loaded once for many trainings.
#[derive(Debug, Clone)]
pub struct ResidentData {
    /// Which data they are.
    pub identity: DataIdentity,
    /// Channels, samples and classes.
    pub shape: InputShape,
    /// The label of each class in the data.
    pub classes: Vec<i64>,
    /// Samples a second, if known.
    pub sampling_rate_hz: Option<f64>,
    /// How the trials were prepared.
    pub preparation: Preparation,
    /// The trials.
    pub sets: Arc<TrainingData>,
}

impl ResidentData {
    /// Keeps `data`, whose trials stay where they are: a copy would be the most that a worker on small batches ever holds.
    pub fn new(data: DataSet, identity: DataIdentity) -> Self {
        let set = |TrialSet { signal, labels, .. }: TrialSet| LabelledTrials { signal, labels };
        let shape =
            InputShape { channels: data.channels, samples: data.samples, classes: data.classes.len() };
        let sets = TrainingData {
            train: set(data.train),
            validation: data.validation.map(set),
            test: set(data.test),
        };
        Self {
            identity,
            shape,
            classes: data.classes,
            sampling_rate_hz: data.sampling_rate_hz,
            preparation: Preparation { missing: MissingSamples::MeanOfSet, scaling: data.scaling },
            sets: Arc::new(sets),
        }
    }
}
