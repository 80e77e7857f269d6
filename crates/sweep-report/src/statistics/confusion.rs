//! Which classes are taken for which, and the measures of each class that follow.

use super::{
    StatisticsError,
    error::{check_class, check_count, check_lengths},
};

/// How many trials of each class were predicted as each class. There is at least one trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfusionMatrix {
    classes: usize,
    /// `[label, predicted class]`, row by row.
    counts: Vec<u64>,
}

/// The measures of one class; `None` where nothing stands in the denominator.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClassMeasures {
    /// Trials of the class.
    pub trials: u64,
    /// Trials that were predicted as the class.
    pub predicted: u64,
    /// Of the trials of the class, the share that was recognised: sensitivity, or recall.
    pub sensitivity: Option<f64>,
    /// Of the trials that were predicted as the class, the share that belongs to it.
    pub precision: Option<f64>,
    /// Harmonic mean of both, F1: 2 correct / (trials + predicted).
    pub f1: Option<f64>,
}

impl ConfusionMatrix {
    /// The matrix of trials with these labels and predictions, classes from 0.
    ///
    /// # Errors
    /// Where there is no trial or fewer than 2 classes, the lists differ in length, or a class is not below `classes`.
    pub fn new(labels: &[usize], predicted: &[usize], classes: usize) -> Result<Self, StatisticsError> {
        check_lengths(labels.len(), predicted.len())?;
        check_count(labels.len(), 1)?;
        check_count(classes, 2)?;
        for class in labels.iter().chain(predicted) {
            check_class(*class, classes)?;
        }
        let mut counts = vec![0; classes * classes];
        for (label, predicted) in labels.iter().zip(predicted) {
            counts[label * classes + predicted] += 1;
        }
        Ok(Self { classes, counts })
    }

    /// The number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Trials of class `label` that were predicted as `predicted`; none of classes that do not exist.
    pub fn count(&self, label: usize, predicted: usize) -> u64 {
        if predicted < self.classes {
            self.counts.get(label * self.classes + predicted).copied().unwrap_or(0)
        } else {
            0
        }
    }

    /// The number of trials.
    pub fn trials(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Trials of each class.
    pub fn trials_of_classes(&self) -> Vec<u64> {
        self.counts.chunks_exact(self.classes).map(|row| row.iter().sum()).collect()
    }

    /// Trials that were predicted as each class.
    pub fn predicted_of_classes(&self) -> Vec<u64> {
        (0..self.classes).map(|class| self.counts.iter().skip(class).step_by(self.classes).sum()).collect()
    }

    /// Trials whose class was recognised.
    pub fn correct(&self) -> u64 {
        (0..self.classes).map(|class| self.count(class, class)).sum()
    }

    /// Share of the trials whose class was recognised.
    pub fn accuracy(&self) -> f64 {
        self.correct() as f64 / self.trials() as f64
    }

    /// The mean sensitivity of the classes that have trials. Guessing has 1 / classes, whatever the sizes of the classes
    /// (Brodersen et al., "The balanced accuracy and its posterior distribution", ICPR 2010).
    pub fn balanced_accuracy(&self) -> f64 {
        let sensitivities: Vec<f64> =
            self.measures().iter().filter_map(|measures| measures.sensitivity).collect();
        sensitivities.iter().sum::<f64>() / sensitivities.len() as f64
    }

    /// The measures of each class.
    pub fn measures(&self) -> Vec<ClassMeasures> {
        let pairs = self.trials_of_classes().into_iter().zip(self.predicted_of_classes());
        pairs
            .enumerate()
            .map(|(class, (trials, predicted))| {
                let correct = self.count(class, class);
                ClassMeasures {
                    trials,
                    predicted,
                    sensitivity: share(correct, trials),
                    precision: share(correct, predicted),
                    f1: share(2 * correct, trials + predicted),
                }
            })
            .collect()
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
