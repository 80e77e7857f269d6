//! Two results of one job, side by side: of two databases, or of two trainings. It trains nothing.

use sweep_job::{EpochMetrics, JobId, Score, Snapshot, SnapshotKind};

use crate::{Reader, StoreError, tensors::same_tensors, weights::read_weights};

/// How two results of a job differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Comparison {
    /// Not in a bit of any metric, prediction or weight.
    Same,
    /// Not in a bit of any metric or prediction. The weights files differ, as those of two versions of the program may do in
    /// their metadata, and one of them is not there any more, so their weights cannot be compared.
    SameButWeightsUnknown,
    /// In something.
    Differs(Differences),
}

/// The largest differences between two results.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Differences {
    /// The first epoch whose metrics differ, and the first of its metrics that does; `None` if only predictions or weights differ, or the
    /// number of epochs.
    pub first: Option<(u32, &'static str)>,
    /// Of the train loss of the first epoch, relative to the first result's.
    pub first_train_loss: f64,
    /// Of the best test accuracy, as a share.
    pub best_test_accuracy: f64,
    /// Of the last test accuracy, as a share.
    pub last_test_accuracy: f64,
}

/// Compares what `one` and `other` hold of a job that is finished in both.
///
/// # Errors
/// Where one does not hold it, and where SQLite fails.
pub fn compare(one: &Reader, other: &Reader, job: &JobId) -> Result<Comparison, StoreError> {
    let (epochs, other_epochs) = (one.epochs(job)?, other.epochs(job)?);
    let mut is_same = epochs.len() == other_epochs.len();
    let mut weights = Weights::Same;
    let mut differences = Differences::default();
    for (epoch, other) in epochs.iter().zip(&other_epochs) {
        if let Some(metric) = first_difference(epoch, other) {
            is_same = false;
            differences.first.get_or_insert((epoch.epoch, metric));
        }
    }
    if let (Some(first), Some(other)) = (epochs.first(), other_epochs.first()) {
        differences.first_train_loss = (first.train.loss - other.train.loss).abs() / first.train.loss.abs();
    }
    for kind in SnapshotKind::ALL {
        let (reader, other_reader) = (one, other);
        let (snapshot, other) = (reader.snapshot(job, kind)?, other_reader.snapshot(job, kind)?);
        is_same &= snapshot.as_ref().map(parts) == other.as_ref().map(parts);
        if let (Some(snapshot), Some(other)) = (&snapshot, &other) {
            weights = weights.and(Weights::of((reader, snapshot), (other_reader, other)));
        }
        let accuracy = |snapshot: Option<Snapshot>| snapshot.map_or(f64::NAN, |found| found.test.accuracy);
        let difference = (accuracy(snapshot) - accuracy(other)).abs();
        match kind {
            SnapshotKind::Best => differences.best_test_accuracy = difference,
            SnapshotKind::Last => differences.last_test_accuracy = difference,
            SnapshotKind::Selected => {}
        }
    }
    Ok(match (is_same, weights) {
        (true, Weights::Same) => Comparison::Same,
        (true, Weights::Unknown) => Comparison::SameButWeightsUnknown,
        _ => Comparison::Differs(differences),
    })
}

/// How the weights of two snapshots compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weights {
    Same,
    Unknown,
    Differ,
}

impl Weights {
    /// By the checksums of the files, or, since these cover the metadata too, by the tensors in them.
    fn of((one, snapshot): (&Reader, &Snapshot), (other, theirs): (&Reader, &Snapshot)) -> Self {
        if snapshot.weights.sha256 == theirs.weights.sha256 {
            return Self::Same;
        }
        let files = [(one, snapshot), (other, theirs)]
            .map(|(reader, snapshot)| read_weights(reader.path(), &snapshot.weights));
        match files {
            [Some(one), Some(other)] => match same_tensors(&one, &other) {
                Some(true) => Self::Same,
                Some(false) => Self::Differ,
                None => Self::Unknown,
            },
            _ => Self::Unknown,
        }
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Differ, _) | (_, Self::Differ) => Self::Differ,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::Same, Self::Same) => Self::Same,
        }
    }
}

/// The first metric of an epoch that differs in a bit. Durations are not compared.
fn first_difference(one: &EpochMetrics, other: &EpochMetrics) -> Option<&'static str> {
    let parts = |metrics: &EpochMetrics| {
        let EpochMetrics { epoch, train, validation, test, train_seconds: _, evaluation_seconds: _ } =
            *metrics;
        let bits = |score: Score| (score.loss.to_bits(), score.accuracy.to_bits());
        let (train, test) = (bits(train), bits(test));
        let validation = validation.map(bits);
        [
            ("number", Some(u64::from(epoch))),
            ("train loss", Some(train.0)),
            ("train accuracy", Some(train.1)),
            ("validation loss", validation.map(|bits| bits.0)),
            ("validation accuracy", validation.map(|bits| bits.1)),
            ("test loss", Some(test.0)),
            ("test accuracy", Some(test.1)),
        ]
    };
    parts(one).into_iter().zip(parts(other)).find(|(one, other)| one != other).map(|((metric, _), _)| metric)
}

/// All of a snapshot but its weights, bit for bit.
fn parts(snapshot: &Snapshot) -> (u32, [u64; 2], u32, Vec<u32>) {
    let logits = snapshot.predictions.logits.iter().map(|logit| logit.to_bits()).collect();
    let score = [snapshot.test.loss, snapshot.test.accuracy].map(f64::to_bits);
    (snapshot.epoch, score, snapshot.predictions.classes, logits)
}
