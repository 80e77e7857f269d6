//! The wording of progress: pure functions from numbers to lines.

use sweep_job::{EpochMetrics, JobEvent, JobId, Status};
use sweep_report::{
    Left,
    figures::{Blocks, sparkline},
    words::{loss, rough_duration},
};
use sweep_text::{percent, shortened, thousands};

use super::board::{Board, ShownTraining};

/// Characters of a curve.
const CURVE_WIDTH: usize = 10;

/// What a worker trains in parts, the most important first: a narrow terminal shows the first ones.
pub(super) fn trainings(
    board: &Board,
    trainings: &[ShownTraining],
    label_width: usize,
    curve: Option<Blocks>,
) -> Vec<String> {
    match trainings {
        [one] => {
            let label = board.label(one.job).unwrap_or_default();
            training(one, &label, label_width, board.train_trials, curve)
        }
        several => bundle(several, board.train_trials),
    }
}

/// Epochs that have ended of trainings, and all of them.
pub(super) fn epochs(trainings: &[ShownTraining]) -> (u64, u64) {
    let sum = |of: fn(&ShownTraining) -> u32| trainings.iter().map(|training| u64::from(of(training))).sum();
    (sum(ShownTraining::epochs_done), sum(|training| training.spec.epochs))
}

/// Trainings side by side, which are of one network, in parts.
fn bundle(trainings: &[ShownTraining], train_trials: usize) -> Vec<String> {
    let network = trainings.first().map_or("", |first| first.spec.model.title());
    let (done, all) = epochs(trainings);
    let mut parts = vec![
        format!("{} x {network} side by side", trainings.len()),
        format!("{}/{} epochs", thousands(done), thousands(all)),
    ];
    let best = trainings.iter().filter_map(ShownTraining::best_test_accuracy).reduce(f64::max);
    parts.extend(best.map(|accuracy| format!("best {}", percent(accuracy))));
    let pace = |training: &ShownTraining| Some(trials_per_second(train_trials, training.metrics.as_ref()?));
    let paces: Vec<f64> = trainings.iter().filter_map(pace).collect();
    if !paces.is_empty() {
        parts.push(format!("{:.0} trials/s", paces.iter().sum::<f64>()));
    }
    parts
}

/// A training in parts. `label` names it in at most `width`
/// characters, and `curve` draws its test accuracies.
fn training(
    training: &ShownTraining,
    label: &str,
    width: usize,
    train_trials: usize,
    curve: Option<Blocks>,
) -> Vec<String> {
    let epochs = training.spec.epochs;
    let name = format!("{} {:<width$}", training.job.short(), shortened(label, width));
    let Some(metrics) = &training.metrics else {
        return vec![name, format!("epoch 1/{epochs} ...")];
    };
    let mut parts = vec![
        name,
        format!("{:>digits$}/{epochs}", metrics.epoch, digits = epochs.to_string().len()),
        format!("test {}", percent(metrics.test.accuracy)),
        format!("best {}", percent(training.best_test_accuracy().unwrap_or(metrics.test.accuracy))),
    ];
    let drawn = |blocks| sparkline(&training.test_accuracies, CURVE_WIDTH, blocks);
    parts.extend(curve.map(|blocks| format!("{:<CURVE_WIDTH$}", drawn(blocks))));
    parts.push(format!("loss {}", loss(metrics.train.loss)));
    parts.push(format!("{:.0} trials/s", trials_per_second(train_trials, metrics)));
    parts
}

fn trials_per_second(train_trials: usize, metrics: &EpochMetrics) -> f64 {
    train_trials as f64 / metrics.train_seconds.max(1e-9)
}

/// The first parts, as many as fit into `width` characters with `separator` between them; the first one in any case.
pub(super) fn fitting(parts: &[String], separator: &str, width: usize) -> String {
    let mut line = String::new();
    for (number, part) in parts.iter().enumerate() {
        let longer = if number == 0 { part.clone() } else { format!("{line}{separator}{part}") };
        if number > 0 && longer.chars().count() > width {
            break;
        }
        line = longer;
    }
    line
}

/// The line that stays when a job ends.
pub(super) fn ending(job: JobId, label: &str, event: &JobEvent) -> Option<String> {
    let name = format!("{} {label}", job.short());
    match event {
        JobEvent::Started(_) | JobEvent::EpochFinished(_) | JobEvent::Requeued | JobEvent::Renewed => None,
        JobEvent::Finished(outcome) => Some(format!(
            "{name}  finished: best test accuracy {} in epoch {}, last {}",
            percent(outcome.best.test.accuracy),
            outcome.best.epoch,
            percent(outcome.last.test.accuracy)
        )),
        JobEvent::Failed(reason) if reason.status() == Status::Failed => {
            Some(format!("{name}  FAILED: {reason}"))
        }
        // The reason itself begins with the status: diverged or cancelled.
        JobEvent::Failed(reason) => Some(format!("{name}  {reason}")),
        JobEvent::Interrupted => Some(format!("{name}  interrupted")),
    }
}

/// The sweep in parts: jobs, time, and the time that is left.
pub(super) fn sweep(board: &Board) -> Vec<String> {
    let jobs = format!("{} of {} jobs", thousands(board.ended() as u64), thousands(board.jobs as u64));
    let left = match board.left() {
        Left::Nothing => None,
        _ if board.ended() == board.jobs => None,
        Left::Unknown => Some("time left not known yet".to_owned()),
        known => Some(format!("{} left", known.words())),
    };
    [Some(jobs), Some(rough_duration(board.elapsed().as_secs_f64())), left].into_iter().flatten().collect()
}

/// The sweep with its epochs and the highest test accuracy so far, in parts; the last one says whose that is.
pub(super) fn sweep_and_best(board: &Board) -> Vec<String> {
    let mut parts = vec![format!("{}/{} epochs", thousands(board.epochs_done), thousands(board.epochs))];
    parts.extend(sweep(board));
    if let Some((metrics, job)) = board.best
        && let Some(label) = board.label(job)
    {
        let best = format!("best test {}", percent(metrics.test.accuracy));
        parts.extend([best, format!("by {} {label}", job.short())]);
    }
    parts
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use insta::assert_snapshot;
    use sweep_job::{
        Activation, DataIdentity, FailureReason, JobSpec, ModelKind, PlannedJob, Score, Standouts,
    };

    use super::*;

    fn spec() -> JobSpec {
        JobSpec::lab(ModelKind::EegNet, Activation::LeakyRelu { slope: 0.01 })
    }

    fn job() -> JobId {
        JobId::new(&spec(), &DataIdentity("data".to_owned()))
    }

    /// A training with these test accuracies so far.
    fn in_training(curve: &[f64]) -> ShownTraining {
        let score = Score { loss: 0.51234, accuracy: 0.78125 };
        let metrics = EpochMetrics {
            epoch: 312,
            train: score,
            validation: None,
            test: score,
            train_seconds: 0.75,
            evaluation_seconds: 0.1,
        };
        let of_accuracy =
            |accuracy: &f64| EpochMetrics { test: Score { accuracy: *accuracy, ..score }, ..metrics };
        let epochs: Vec<EpochMetrics> = curve.iter().map(of_accuracy).collect();
        let metrics = (!curve.is_empty()).then_some(metrics);
        let standouts = Standouts::of(&epochs);
        let jobs = vec![PlannedJob { id: job(), spec: spec() }];
        let begun = ShownTraining::new(jobs).unwrap();
        ShownTraining { metrics, standouts, test_accuracies: curve.to_vec(), ..begun }
    }

    const LABEL: &str = "EEGNet LeakyReLU seed 1";

    fn line(curve: &[f64], label_width: usize, width: usize) -> String {
        let parts = training(&in_training(curve), LABEL, label_width, 1080, Some(Blocks::Unicode));
        fitting(&parts, "  ", width).trim_end().to_owned()
    }

    #[test]
    fn a_line_shows_whole_parts_and_the_id_first() {
        let curve = [0.5, 0.6, 0.8722, 0.78125];
        let lines = [120, 91, 71, 51, 20].map(|width| line(&curve, 25, width));
        assert_snapshot!(lines.join("\n"), @"
        33bcdb175ffe EEGNet LeakyReLU seed 1     312/1201  test 78.12 %  best 87.22 %  ▁▃█▆        loss 0.5123  1440 trials/s
        33bcdb175ffe EEGNet LeakyReLU seed 1     312/1201  test 78.12 %  best 87.22 %  ▁▃█▆
        33bcdb175ffe EEGNet LeakyReLU seed 1     312/1201  test 78.12 %
        33bcdb175ffe EEGNet LeakyReLU seed 1     312/1201
        33bcdb175ffe EEGNet LeakyReLU seed 1
        ");
        assert_snapshot!(line(&[], 12, 80), @"33bcdb175ffe EEGNet Leak…  epoch 1/1201 ...");
    }

    #[test]
    fn trainings_side_by_side_are_one_line() {
        let line = |curves: &[&[f64]]| {
            let trainings: Vec<_> = curves.iter().map(|curve| in_training(curve)).collect();
            bundle(&trainings, 1080).join("  ")
        };
        let lines = [line(&[&[0.5, 0.8722], &[0.6]]), line(&[&[0.5], &[], &[]]), line(&[&[], &[]])];
        assert_snapshot!(lines.join("\n"), @"
        2 x EEGNet side by side  624/2,402 epochs  best 87.22 %  2880 trials/s
        3 x EEGNet side by side  312/3,603 epochs  best 50.00 %  1440 trials/s
        2 x EEGNet side by side  0/2,402 epochs
        ");
    }

    #[test]
    fn an_end_reads_well() {
        let failed = JobEvent::Failed(FailureReason::WorkerDied { how: "exit code 101".to_owned() });
        assert_snapshot!(ending(job(), LABEL, &failed).unwrap_or_default(), @"33bcdb175ffe EEGNet LeakyReLU seed 1  FAILED: worker died: exit code 101");
    }
}
