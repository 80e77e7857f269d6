//! What a trained network makes of the test trials, in numbers. It chooses no words.

use sweep_job::{DataSetRecord, JobView, SnapshotKind};

use crate::{
    statistics::{
        Interval, StatisticsError,
        confusion::ConfusionMatrix,
        kappa::{Kappa, cohens_kappa},
        logits::log_odds,
        roc::{macro_auc, roc_auc},
        subjects::{SubjectAccuracy, accuracy_of_subjects},
        wilson::wilson_interval,
    },
    study::{LEVEL, predicted},
};

/// The predictions of one snapshot, judged by the labels. Accuracies are shares.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Assessment {
    pub(crate) epoch: u32,
    /// Whether each test trial is recognised.
    pub(crate) correct: Vec<bool>,
    pub(crate) matrix: ConfusionMatrix,
    /// Wilson's, of the accuracy.
    pub(crate) interval: Interval,
    /// `None` where labels and predictions are of one class.
    pub(crate) kappa: Option<Kappa>,
    /// `None` where a class has no trial.
    pub(crate) area: Option<Area>,
}

/// An area under ROC curves: of two classes that of the second against the first, of more the mean of each against all others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Area {
    pub(crate) area: f64,
    /// DeLong's; `None` for a mean of several, and where all trials are in order.
    pub(crate) interval: Option<Interval>,
}

impl Assessment {
    /// That of a job's snapshot; `None` where it is not recorded, or is not of these test trials.
    pub(crate) fn of(view: &JobView, kind: SnapshotKind) -> Option<Self> {
        let (_, snapshot) = view.snapshots.iter().find(|(found, _)| *found == kind)?;
        let labels: Vec<usize> = view.data.test_labels.iter().map(|label| *label as usize).collect();
        let predicted = predicted(&snapshot.predictions)?;
        let matrix = ConfusionMatrix::new(&labels, &predicted, view.data.classes.len()).ok()?;
        let scores: Vec<f64> = snapshot.predictions.logits.iter().copied().map(f64::from).collect();
        Some(Self {
            epoch: snapshot.epoch,
            correct: labels.iter().zip(&predicted).map(|(label, class)| label == class).collect(),
            interval: wilson_interval(matrix.correct(), matrix.trials(), LEVEL).ok()?,
            kappa: cohens_kappa(&matrix, LEVEL).ok(),
            area: area(&scores, &labels, matrix.classes()).ok(),
            matrix,
        })
    }

    /// The subjects of the test trials in ascending order of their numbers, each with its accuracy; `None` where they are not known, or all
    /// trials are of one.
    pub(crate) fn subjects(&self, data: &DataSetRecord) -> Option<Vec<(i64, SubjectAccuracy)>> {
        let of_trials = data.test_subjects.as_ref()?;
        let mut numbers = of_trials.clone();
        numbers.sort_unstable();
        numbers.dedup();
        let places: Option<Vec<usize>> =
            of_trials.iter().map(|subject| numbers.binary_search(subject).ok()).collect();
        let labels: Vec<usize> = data.test_labels.iter().map(|label| *label as usize).collect();
        let accuracies = accuracy_of_subjects(&places?, &labels, &self.correct, LEVEL).ok()?;
        (numbers.len() > 1).then(|| numbers.into_iter().zip(accuracies).collect())
    }
}

fn area(logits: &[f64], labels: &[usize], classes: usize) -> Result<Area, StatisticsError> {
    let scores = log_odds(logits, classes)?;
    if classes > 2 {
        return Ok(Area { area: macro_auc(&scores, labels, classes)?, interval: None });
    }
    let of_second: Vec<f64> = scores.iter().skip(1).step_by(2).copied().collect();
    let is_second: Vec<bool> = labels.iter().map(|label| *label == 1).collect();
    let auc = roc_auc(&of_second, &is_second, LEVEL)?;
    Ok(Area { area: auc.area, interval: auc.interval })
}
