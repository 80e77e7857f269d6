//! A data set on the device: put there once; batches are numbers of its trials.

use candle_core::{Device, Tensor};
use sweep_data::{DataSet, TrialSet};
use sweep_job::{DataIdentity, MissingSamples, Preparation};
use sweep_models::InputShape;

use crate::WorkerError;

/// A data set on a device.
#[derive(Debug)]
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
    /// For training.
    pub train: ResidentSet,
    /// For choosing an epoch.
    pub validation: Option<ResidentSet>,
    /// For the final score.
    pub test: ResidentSet,
}

/// One set of trials on a device.
#[derive(Debug)]
pub struct ResidentSet {
    /// `[trial, 1, channel, time]`, float32.
    signal: Tensor,
    /// Class of each trial, on the host.
    labels: Vec<u32>,
}

impl ResidentData {
    /// Puts `data` on `device`.
    ///
    /// # Errors
    /// Where the device has no room.
    pub fn new(data: DataSet, identity: DataIdentity, device: &Device) -> Result<Self, WorkerError> {
        let shape =
            InputShape { channels: data.channels, samples: data.samples, classes: data.classes.len() };
        let put = |set: TrialSet| ResidentSet::new(set.signal, set.labels, shape, device);
        Ok(Self {
            identity,
            shape,
            classes: data.classes,
            sampling_rate_hz: data.sampling_rate_hz,
            preparation: Preparation { missing: MissingSamples::MeanOfSet, scaling: data.scaling },
            train: put(data.train)?,
            validation: data.validation.map(put).transpose()?,
            test: put(data.test)?,
        })
    }
}

impl ResidentSet {
    /// Puts a `signal` of `[trial, channel, time]` on `device`; one label a trial. On the CPU it stays where it is: a copy would be the
    /// most that a worker on small batches ever holds.
    ///
    /// # Errors
    /// Where the device has no room.
    pub fn new(
        signal: Vec<f32>,
        labels: Vec<u32>,
        shape: InputShape,
        device: &Device,
    ) -> Result<Self, WorkerError> {
        let dimensions = (labels.len(), 1, shape.channels, shape.samples);
        Ok(Self { signal: Tensor::from_vec(signal, dimensions, device)?, labels })
    }

    /// Number of trials.
    pub fn trials(&self) -> usize {
        self.labels.len()
    }

    /// All trials, `[trial, 1, channel, time]`.
    pub(crate) fn signal(&self) -> &Tensor {
        &self.signal
    }

    /// The class of each trial.
    pub(crate) fn labels(&self) -> &[u32] {
        &self.labels
    }

    /// The classes of the trials `numbers`.
    pub(crate) fn labels_of(&self, numbers: &[u32]) -> Vec<u32> {
        numbers.iter().map(|number| self.labels[*number as usize]).collect()
    }
}
