//! What a prepared data set is in memory. Knows nothing of files.

use sweep_job::Scaling;

/// A data set: complete, finite, and in the order in which it is trained.
#[derive(Debug, Clone, PartialEq)]
pub struct DataSet {
    /// Channels of every trial.
    pub channels: usize,
    /// Samples of every channel of a trial.
    pub samples: usize,
    /// The original label of each class, ascending: class `k` is labelled `classes[k]`.
    pub classes: Vec<i64>,
    /// Samples a second, where the source tells (an archive does not).
    pub sampling_rate_hz: Option<f64>,
    /// How the signal was scaled, for whoever wants to scale other trials alike.
    pub scaling: Scaling,
    /// What the network learns from.
    pub train: TrialSet,
    /// What was held out from the train set.
    pub validation: Option<TrialSet>,
    /// What the network is tested on.
    pub test: TrialSet,
}

/// Trials of one shape with their labels.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TrialSet {
    /// The signal, `[trial, channel, time]`, row-major.
    pub signal: Vec<f32>,
    /// The class of each trial, as an index into [`DataSet::classes`].
    pub labels: Vec<u32>,
    /// The subject of each trial, where known.
    pub subjects: Option<Vec<i64>>,
}

impl TrialSet {
    /// Number of trials.
    pub fn trials(&self) -> usize {
        self.labels.len()
    }

    /// Values of one trial: channels times samples. 0 for a set without trials.
    pub fn trial_values(&self) -> usize {
        self.signal.len().checked_div(self.trials()).unwrap_or(0)
    }

    /// The signal of one trial, `[channel, time]`.
    ///
    /// # Panics
    /// If there is no such trial.
    pub fn trial(&self, trial: usize) -> &[f32] {
        let values = self.trial_values();
        &self.signal[trial * values..(trial + 1) * values]
    }
}
