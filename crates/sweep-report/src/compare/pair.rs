//! Two jobs and what they share, in numbers. It chooses no words.

use sweep_job::{JobView, SnapshotKind};

use super::CompareOptions;
use crate::{
    assessment::Assessment,
    job_reading::JobReading,
    statistics::{
        mcnemar::{Mcnemar, PairedCounts, mcnemar},
        paired::paired_differences,
        signed_rank::{SignedRank, signed_rank_test},
    },
    study::{LEVEL, Reading, Tail},
};

/// Two jobs, A and B, at one reading of both.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pair<'a> {
    pub(super) views: [&'a JobView; 2],
    pub(super) reading: Reading,
    pub(super) tail_epochs: u32,
    pub(super) readings: [Option<JobReading>; 2],
    /// What each makes of its test trials; `None` where its predictions are not recorded.
    pub(super) assessments: [Option<Assessment>; 2],
    /// The trials of both, or why these cannot be compared.
    pub(super) shared: Result<Shared, Missing>,
}

/// What two networks make of the same test trials.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shared {
    /// How many both, one or none recognises; A is the first.
    pub(super) counts: PairedCounts,
    /// The difference and its interval are those of B less A.
    pub(super) test: Mcnemar,
    /// Of each class, in the order of the data set; `None` for one without trials.
    pub(super) classes: Vec<Option<OfClass>>,
    /// Where the subjects are known, and there are several.
    pub(super) subjects: Option<OfSubjects>,
}

/// The trials of one class. Shares from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct OfClass {
    pub(super) trials: u64,
    /// The share that A recognises, and that B does.
    pub(super) recalls: [f64; 2],
    /// The difference and its interval are those of B less A.
    pub(super) test: Mcnemar,
}

/// For how many subjects which job is better.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct OfSubjects {
    pub(super) better_by_first: usize,
    pub(super) better_by_second: usize,
    pub(super) equal: usize,
    pub(super) test: SignedRank,
}

/// Why the trials of two jobs cannot be compared one by one. Jobs are 0 for A and 1 for B.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// They were tested on other data.
    OtherData,
    /// A job has no epoch of this reading.
    NoEpoch { job: usize },
    /// A mean over epochs has no predictions.
    MeanOfEpochs,
    /// A job's predictions are not recorded.
    NoPredictions { job: usize },
    /// There is no test trial.
    NoTrials,
}

impl<'a> Pair<'a> {
    pub(super) fn new(first: &'a JobView, second: &'a JobView, options: &CompareOptions) -> Self {
        let views = [first, second];
        let reading = options.reading.unwrap_or_else(|| headline(views));
        let readings = views.map(|view| JobReading::of(view, reading, options.tail_epochs));
        let assessments = views.map(|view| Assessment::of(view, reading.snapshot()?));
        let mut pair = Self {
            views,
            reading,
            tail_epochs: options.tail_epochs,
            readings,
            assessments,
            shared: Err(Missing::OtherData),
        };
        if pair.has_same_data() {
            pair.shared = pair.trials();
        }
        pair
    }

    /// Over how many epochs means are.
    pub(super) fn tail(&self) -> Tail {
        Tail::of(self.views.iter().map(|view| &view.job), self.tail_epochs)
    }

    /// Whether both were tested on the same trials. Equal identities are equal data, prepared alike.
    pub(super) fn has_same_data(&self) -> bool {
        self.views[0].data.identity == self.views[1].data.identity
    }

    /// Test accuracy of B less that of A; `None` where one has none, or their data differ.
    pub(super) fn difference(&self) -> Option<f64> {
        match &self.readings {
            [Some(first), Some(second)] if self.has_same_data() => Some(second.test - first.test),
            _ => None,
        }
    }

    /// McNemar's test of B against A at `kind`; `None` where their trials cannot be compared.
    pub(super) fn test_at(&self, kind: SnapshotKind) -> Option<Mcnemar> {
        let [first, second] = self.views.map(|view| Assessment::of(view, kind));
        self.has_same_data().then_some(())?;
        of_second_less_first(&PairedCounts::new(&first?.correct, &second?.correct).ok()?)
    }

    fn trials(&self) -> Result<Shared, Missing> {
        if let Some(job) = self.readings.iter().position(Option::is_none) {
            return Err(Missing::NoEpoch { job });
        }
        if self.reading == Reading::MeanLast {
            return Err(Missing::MeanOfEpochs);
        }
        let [first, second] = &self.assessments;
        let first = first.as_ref().ok_or(Missing::NoPredictions { job: 0 })?;
        let second = second.as_ref().ok_or(Missing::NoPredictions { job: 1 })?;
        let counts = PairedCounts::new(&first.correct, &second.correct).map_err(|_| Missing::NoTrials)?;
        let data = &self.views[0].data;
        Ok(Shared {
            test: of_second_less_first(&counts).ok_or(Missing::NoTrials)?,
            counts,
            classes: (0..data.classes.len() as u32)
                .map(|class| of_class(class, &data.test_labels, &first.correct, &second.correct))
                .collect(),
            subjects: self.subjects(first, second),
        })
    }

    fn subjects(&self, first: &Assessment, second: &Assessment) -> Option<OfSubjects> {
        let accuracies = |assessment: &Assessment| -> Option<Vec<f64>> {
            let subjects = assessment.subjects(&self.views[0].data)?;
            Some(subjects.into_iter().map(|(_, subject)| subject.accuracy).collect())
        };
        let differences = paired_differences(&accuracies(second)?, &accuracies(first)?).ok()?;
        let count = |is: fn(f64) -> bool| differences.iter().filter(|difference| is(**difference)).count();
        Some(OfSubjects {
            better_by_first: count(|difference| difference < 0.0),
            better_by_second: count(|difference| difference > 0.0),
            equal: count(|difference| difference == 0.0),
            test: signed_rank_test(&differences).ok()?,
        })
    }
}

/// The reading of both that is to be believed: that of the validation set where all that have an epoch have one.
fn headline(views: [&JobView; 2]) -> Reading {
    let begun: Vec<_> = views.iter().map(|view| &view.job).filter(|job| job.last.is_some()).collect();
    let all_selected = begun.iter().all(|job| job.selected.is_some());
    if all_selected { Reading::headline(begun) } else { Reading::Last }
}

fn of_class(class: u32, labels: &[u32], first: &[bool], second: &[bool]) -> Option<OfClass> {
    let of = |correct: &[bool]| -> Vec<bool> {
        labels
            .iter()
            .zip(correct)
            .filter(|(label, _)| **label == class)
            .map(|(_, correct)| *correct)
            .collect()
    };
    let counts = PairedCounts::new(&of(first), &of(second)).ok()?;
    let test = of_second_less_first(&counts)?;
    let share = |only: u64| (counts.both + only) as f64 / counts.trials() as f64;
    Some(OfClass {
        trials: counts.trials(),
        recalls: [share(counts.only_first), share(counts.only_second)],
        test,
    })
}

/// The test with B in the first place, so that a positive difference is one for B.
fn of_second_less_first(counts: &PairedCounts) -> Option<Mcnemar> {
    let turned = PairedCounts { only_first: counts.only_second, only_second: counts.only_first, ..*counts };
    mcnemar(&turned, LEVEL).ok()
}
