//! The readings of one job from its own epochs: metrics of one of them, or the mean over the last ones. It knows no other job.

use sweep_job::{EpochMetrics, JobView};

use crate::study::Reading;

/// What one reading of a job says. Accuracies are shares.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct JobReading {
    pub(crate) reading: Reading,
    /// The first and the last epoch that it is of.
    pub(crate) first_epoch: u32,
    pub(crate) last_epoch: u32,
    pub(crate) train: f64,
    pub(crate) validation: Option<f64>,
    pub(crate) test: f64,
    /// In nats a trial.
    pub(crate) test_loss: f64,
}

impl JobReading {
    /// Every reading that the job has, the optimistic one first. The mean is over at most `tail_epochs`.
    pub(crate) fn all(view: &JobView, tail_epochs: u32) -> Vec<Self> {
        Reading::ALL.into_iter().filter_map(|reading| Self::of(view, reading, tail_epochs)).collect()
    }

    /// One of them; `None` where the job has no such epoch.
    pub(crate) fn of(view: &JobView, reading: Reading, tail_epochs: u32) -> Option<Self> {
        let single = match reading {
            Reading::Best => view.job.best,
            Reading::Selected => view.job.selected,
            Reading::Last => view.job.last,
            Reading::MeanLast => {
                let first = view.epochs.len().saturating_sub(tail_epochs as usize);
                return Self::mean(reading, &view.epochs[first..]);
            }
        };
        single.and_then(|metrics| Self::mean(reading, &[metrics]))
    }

    /// `40`, or `31 to 40`.
    pub(crate) fn epochs(&self) -> String {
        match self.first_epoch == self.last_epoch {
            true => self.last_epoch.to_string(),
            false => format!("{} to {}", self.first_epoch, self.last_epoch),
        }
    }

    /// Over how many epochs it is.
    pub(crate) fn count(&self) -> u32 {
        self.last_epoch - self.first_epoch + 1
    }

    fn mean(reading: Reading, epochs: &[EpochMetrics]) -> Option<Self> {
        let (first, last) = (epochs.first()?, epochs.last()?);
        // A sum of differences, so that the mean of one value, or of equal ones, is that value to the last bit.
        let mean = |value: &dyn Fn(&EpochMetrics) -> f64| {
            let base = value(first);
            base + epochs.iter().map(|epoch| value(epoch) - base).sum::<f64>() / epochs.len() as f64
        };
        let validated = epochs.iter().all(|epoch| epoch.validation.is_some());
        Some(Self {
            reading,
            first_epoch: first.epoch,
            last_epoch: last.epoch,
            train: mean(&|epoch| epoch.train.accuracy),
            validation: validated
                .then(|| mean(&|epoch| epoch.validation.map_or(0.0, |score| score.accuracy))),
            test: mean(&|epoch| epoch.test.accuracy),
            test_loss: mean(&|epoch| epoch.test.loss),
        })
    }
}
