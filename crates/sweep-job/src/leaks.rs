//! What the parts of a data set share although they should not, and the warnings about it.

use serde::{Deserialize, Serialize};

/// What the train, validation and test set of a data set have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Leaks {
    /// Samples of every channel of a trial.
    pub trial_samples: u32,
    /// Test trials that share signal with train trials.
    pub test_with_train: SharedTrials,
    /// Validation trials that share signal with train trials.
    pub validation_with_train: SharedTrials,
    /// Test trials that share signal with validation trials.
    pub test_with_validation: SharedTrials,
    /// Test subjects that the validation set cannot stand for, if it was split by trial and there are any.
    #[serde(default)]
    pub new_subjects: Option<NewSubjects>,
}

/// The trials of one part that share signal with another part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SharedTrials {
    /// Trials of the part.
    pub trials: u32,
    /// Those that share a stretch of signal with a trial of the other part, identical ones included.
    pub shared: u32,
    /// Those whose whole signal is that of a trial of the other part.
    pub identical: u32,
    /// The pair that shares most.
    pub example: Option<SharedExample>,
}

/// Two trials that share signal. Trials are counted from 0 in the order of the files, validation trials among the train trials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedExample {
    /// The trial of the part itself.
    pub trial: u32,
    /// The trial of the other part.
    pub other_trial: u32,
    /// Consecutive samples that they share.
    pub samples: u32,
}

/// Subjects of the test set that are not in the train set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewSubjects {
    /// Subjects of the train set before the validation set was held out.
    pub train_subjects: u32,
    /// Subjects of the test set.
    pub test_subjects: u32,
    /// Those of them that are not in the train set.
    pub new: u32,
}

impl Leaks {
    /// The warnings in whole sentences, the gravest first; none if there is nothing to warn of.
    pub fn warnings(&self) -> Vec<String> {
        let shared = |shared: SharedTrials, part: &str, other: &str, what_follows: &str| {
            (shared.shared > 0)
                .then(|| format!("{}: {what_follows}", shared.words(part, other, self.trial_samples)))
        };
        let of_test = match self.test_with_train.are_all_identical() {
            true => OF_TEST_IN_TRAIN,
            false => OF_TEST_WITH_TRAIN,
        };
        let of_validation = match self.validation_with_train.are_all_identical() {
            true => OF_VALIDATION_IN_TRAIN,
            false => OF_VALIDATION_WITH_TRAIN,
        };
        [
            shared(self.test_with_train, "test", "train", of_test),
            shared(self.test_with_validation, "test", "validation", OF_TEST_WITH_VALIDATION),
            shared(self.validation_with_train, "validation", "train", of_validation),
            self.new_subjects.map(NewSubjects::words),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Whether any trial shares signal with a trial of another part.
    pub fn is_any_shared(&self) -> bool {
        [self.test_with_train, self.validation_with_train, self.test_with_validation]
            .iter()
            .any(|part| part.shared > 0)
    }

    /// What was found, in a few words: `43 of 90 test trials share signal with train trials`, or `none`.
    pub fn summary(&self) -> String {
        let found: Vec<String> = [
            (self.test_with_train, "test", "train"),
            (self.test_with_validation, "test", "validation"),
            (self.validation_with_train, "validation", "train"),
        ]
        .into_iter()
        .filter(|(shared, ..)| shared.shared > 0)
        .map(|(shared, part, other)| shared.counted(part, other))
        .collect();
        if found.is_empty() { "none".to_owned() } else { found.join("; ") }
    }
}

const OF_TEST_WITH_TRAIN: &str = "the test accuracy overstates what the network does on new data. Split the recordings into train \
                                  and test before you cut windows.";
const OF_TEST_IN_TRAIN: &str = "the test accuracy overstates what the network does on new data. Take trials for the test set that \
                                are not in the train set.";
const OF_TEST_WITH_VALIDATION: &str =
    "an epoch or a setting that the validation set selects is selected with knowledge of the test set.";
const OF_VALIDATION_WITH_TRAIN: &str = "the validation accuracy overstates what the network does on new data, so it may select the wrong epoch. Hold out whole subjects \
     (`validation_by = \"subject\"`), or cut windows that do not overlap.";

const OF_VALIDATION_IN_TRAIN: &str = "the validation accuracy overstates what the network does on new data, so it may select the wrong epoch. Remove the \
     repeated trials from the train set.";

impl SharedTrials {
    /// Whether every trial that shares signal is a whole trial of the other part.
    fn are_all_identical(&self) -> bool {
        self.shared == self.identical
    }

    /// `43 of 90 test trials share signal with train trials`.
    fn counted(&self, part: &str, other: &str) -> String {
        let Self { trials, shared, .. } = *self;
        let (share, are) = if shared == 1 { ("shares", "is") } else { ("share", "are") };
        let (a, plural) = if shared == 1 { ("a ", "") } else { ("", "s") };
        if self.are_all_identical() {
            format!("{shared} of {trials} {part} trials {are} also {a}{other} trial{plural}")
        } else {
            format!("{shared} of {trials} {part} trials {share} signal with {other} trials")
        }
    }

    fn words(&self, part: &str, other: &str, trial_samples: u32) -> String {
        let mut words = self.counted(part, other);
        let Some(SharedExample { trial, other_trial, samples }) = self.example else { return words };
        words += &if samples == trial_samples {
            format!(" ({part} trial {trial} is {other} trial {other_trial}, counted from 0)")
        } else {
            format!(
                " ({part} trial {trial} and {other} trial {other_trial}, counted from 0, share {samples} of {trial_samples} samples)"
            )
        };
        words
    }
}

impl NewSubjects {
    fn words(self) -> String {
        let Self { train_subjects, test_subjects, new } = self;
        let who = match (new, test_subjects) {
            (1, 1) => "the test subject is new".to_owned(),
            (new, all) if new == all => format!("all {all} test subjects are new"),
            (1, all) => format!("1 of {all} test subjects is new"),
            (new, all) => format!("{new} of {all} test subjects are new"),
        };
        let mut words = format!(
            "the validation set has the subjects of the train set, but {who}: the validation accuracy overstates what the network does \
             on new subjects."
        );
        if train_subjects > 1 {
            words += " Set `validation_by = \"subject\"` to hold out whole subjects.";
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(trials: u32, shared: u32, identical: u32, samples: u32) -> SharedTrials {
        let example = Some(SharedExample { trial: 3, other_trial: 17, samples });
        SharedTrials { trials, shared, identical, example }
    }

    #[test]
    fn warnings_say_what_is_shared_and_what_to_do() {
        let leaks = Leaks {
            trial_samples: 320,
            test_with_train: shared(90, 43, 0, 240),
            validation_with_train: shared(20, 1, 1, 320),
            test_with_validation: shared(90, 1, 0, 160),
            new_subjects: Some(NewSubjects { train_subjects: 8, test_subjects: 2, new: 2 }),
        };
        insta::assert_snapshot!(leaks.warnings().join("\n"), @r#"
        43 of 90 test trials share signal with train trials (test trial 3 and train trial 17, counted from 0, share 240 of 320 samples): the test accuracy overstates what the network does on new data. Split the recordings into train and test before you cut windows.
        1 of 90 test trials shares signal with validation trials (test trial 3 and validation trial 17, counted from 0, share 160 of 320 samples): an epoch or a setting that the validation set selects is selected with knowledge of the test set.
        1 of 20 validation trials is also a train trial (validation trial 3 is train trial 17, counted from 0): the validation accuracy overstates what the network does on new data, so it may select the wrong epoch. Remove the repeated trials from the train set.
        the validation set has the subjects of the train set, but all 2 test subjects are new: the validation accuracy overstates what the network does on new subjects. Set `validation_by = "subject"` to hold out whole subjects.
        "#);
        insta::assert_snapshot!(leaks.summary(), @"43 of 90 test trials share signal with train trials; 1 of 90 test trials shares signal with validation trials; 1 of 20 validation trials is also a train trial");
        let one_subject = NewSubjects { train_subjects: 1, test_subjects: 3, new: 1 };
        let leaks = Leaks {
            test_with_train: shared(40, 40, 40, 320),
            new_subjects: Some(one_subject),
            trial_samples: 320,
            ..Leaks::default()
        };
        insta::assert_snapshot!(leaks.warnings().join("\n"), @"
        40 of 40 test trials are also train trials (test trial 3 is train trial 17, counted from 0): the test accuracy overstates what the network does on new data. Take trials for the test set that are not in the train set.
        the validation set has the subjects of the train set, but 1 of 3 test subjects is new: the validation accuracy overstates what the network does on new subjects.
        ");
    }

    #[test]
    fn nothing_shared_is_no_warning() {
        let leaks = Leaks {
            test_with_train: SharedTrials { trials: 90, ..SharedTrials::default() },
            ..Leaks::default()
        };
        assert_eq!(leaks.warnings(), [""; 0]);
        assert_eq!(leaks.summary(), "none");
    }
}
