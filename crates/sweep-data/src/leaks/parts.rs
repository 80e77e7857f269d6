//! Which trials of the recordings the parts of a data set consist of, and whose they are. Knows no signal.

use sweep_job::{DataSpec, Leaks, NewSubjects, SharedTrials, ValidationBy};

use crate::{
    DataError, TrialSet,
    recording::{Recording, kept_trials},
    sources::{Recordings, distinct},
    split,
};

/// The trials of each part, by their places in the recordings before any limit.
pub(super) struct Places {
    pub(super) train: Vec<usize>,
    pub(super) validation: Vec<usize>,
    pub(super) test: Vec<usize>,
}

impl Places {
    pub(super) fn new(source: &Recordings, spec: &DataSpec) -> Result<Self, DataError> {
        let kept = |recording: &Recording| -> Vec<usize> {
            let all = recording.trials();
            kept_trials(all, spec.limit.map_or(all, |limit| limit as usize)).collect()
        };
        let places = kept(&source.train);
        let original: Vec<i64> = places.iter().map(|place| source.train.labels[*place]).collect();
        let classes = distinct(&original);
        // Every label is among them.
        let class = |label: &i64| classes.partition_point(|other| other < label) as u32;
        let subjects = source.train.subjects.as_ref();
        let outline = TrialSet {
            signal: Vec::new(),
            labels: original.iter().map(class).collect(),
            subjects: subjects.map(|subjects| places.iter().map(|place| subjects[*place]).collect()),
        };
        let held_out = split::held_out(&outline, &classes, spec)?;
        let part = |wanted| {
            let of_part =
                places.iter().zip(&held_out).filter(move |(_, is_held_out)| **is_held_out == wanted);
            of_part.map(|(place, _)| *place).collect()
        };
        Ok(Self { train: part(false), validation: part(true), test: kept(&source.test) })
    }

    /// What is known without a look at the signal.
    pub(super) fn nothing_shared(&self, source: &Recordings, spec: &DataSpec) -> Leaks {
        let of = |trials: &[usize]| SharedTrials { trials: trials.len() as u32, ..SharedTrials::default() };
        Leaks {
            trial_samples: source.train.samples as u32,
            test_with_train: of(&self.test),
            validation_with_train: of(&self.validation),
            test_with_validation: of(&self.test),
            new_subjects: self.new_subjects(source, spec),
        }
    }

    fn new_subjects(&self, source: &Recordings, spec: &DataSpec) -> Option<NewSubjects> {
        if self.validation.is_empty() || spec.validation_by == ValidationBy::Subject {
            return None;
        }
        let subjects = |recording: &Recording, places: &[&[usize]]| -> Option<Vec<i64>> {
            let all = recording.subjects.as_ref()?;
            Some(distinct(&places.concat().iter().map(|place| all[*place]).collect::<Vec<_>>()))
        };
        let train = subjects(&source.train, &[&self.train, &self.validation])?;
        let test = subjects(&source.test, &[&self.test])?;
        let new = test.iter().filter(|subject| train.binary_search(subject).is_err()).count();
        (new > 0).then_some(NewSubjects {
            train_subjects: train.len() as u32,
            test_subjects: test.len() as u32,
            new: new as u32,
        })
    }
}
