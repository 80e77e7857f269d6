//! What guessing reaches on a test set, and which accuracies are better than that.

use sweep_job::DataSetRecord;

use super::{Reading, comparison::SIGNIFICANCE};
use crate::{
    statistics::chance::{ChanceThreshold, chance_threshold, majority_chance},
    words::percent,
};

/// What always naming the most frequent class reaches on the test trials.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Guessing {
    /// It is right in `chance` of the trials; accuracies from `threshold` on are better.
    Beatable { chance: f64, trials: u64, threshold: ChanceThreshold },
    /// The trials are so few that all of them may be guessed right.
    TooFewTrials { chance: f64, trials: u64 },
    /// All trials are of one class: it is always right.
    OneClass,
}

impl Guessing {
    /// `None` if there is no trial.
    pub(crate) fn on(data: &DataSetRecord) -> Option<Self> {
        let mut of_classes = vec![0; data.classes.len()];
        for label in &data.test_labels {
            *of_classes.get_mut(*label as usize)? += 1;
        }
        let trials: u64 = of_classes.iter().sum();
        if trials == 0 {
            return None;
        }
        let Ok(chance) = majority_chance(&of_classes) else { return Some(Self::OneClass) };
        Some(match chance_threshold(trials, chance, SIGNIFICANCE).ok()? {
            Some(threshold) => Self::Beatable { chance, trials, threshold },
            None => Self::TooFewTrials { chance, trials },
        })
    }

    /// The accuracy from which on a job is better than guessing.
    pub(crate) fn threshold(self) -> Option<ChanceThreshold> {
        match self {
            Self::Beatable { threshold, .. } => Some(threshold),
            Self::TooFewTrials { .. } | Self::OneClass => None,
        }
    }

    /// How to read accuracies of this reading on these trials, in a sentence.
    pub(crate) fn sentence(self, reading: Reading) -> String {
        match self {
            Self::Beatable { chance, trials, threshold } => {
                let (what, luck) = match reading {
                    Reading::Best => {
                        ("An accuracy that was not chosen on the test set", "; the best of many epochs gets there by luck")
                    }
                    Reading::Selected | Reading::Last | Reading::MeanLast => ("A job", ""),
                };
                format!(
                    "Always naming the most frequent class is right in {} of the test trials. {what} is better than that at p < 0.05 from {} on \
                     ({} of {trials} trials, binomial){luck}.",
                    percent(chance),
                    percent(threshold.accuracy),
                    threshold.correct
                )
            }
            Self::TooFewTrials { chance, trials } => format!(
                "Always naming the most frequent class is right in {} of the test trials. With only {trials} trials, no accuracy is better \
                 than that at p < 0.05.",
                percent(chance)
            ),
            Self::OneClass => {
                "All test trials are of one class: always naming it is right every time, so no accuracy is better than guessing.".to_owned()
            }
        }
    }

    /// Whether so many correct trials are better than guessing, and why.
    pub(crate) fn verdict(self, correct: u64) -> String {
        match self {
            Self::Beatable { chance, trials, threshold } => format!(
                "{} than always naming the most frequent class ({}): p < 0.05 begins at {} ({} of {trials})",
                if correct >= threshold.correct { "better" } else { "not better" },
                percent(chance),
                percent(threshold.accuracy),
                threshold.correct
            ),
            Self::TooFewTrials { trials, .. } => {
                format!(
                    "cannot be told: with only {trials} trials, no accuracy is better than guessing at p < 0.05"
                )
            }
            Self::OneClass => {
                "cannot be told: all test trials are of one class, and always naming it is right every time"
                    .to_owned()
            }
        }
    }
}
