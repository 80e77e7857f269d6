//! The wording of progress: pure functions from numbers to lines.

use sweep_job::{JobEvent, JobId, JobSpec};
use sweep_report::{
    Left,
    figures::{Blocks, sparkline},
    words::{loss, rough_duration},
};

use super::board::{Board, Training};

/// A job in a few words: `EEGNet      ELU       974f50e1b423`.
pub(super) fn job_name(job: JobId, spec: &JobSpec) -> String {
    format!("{} {}", network(spec), job.short())
}

fn network(spec: &JobSpec) -> String {
    format!("{:<11} {:<9}", spec.model.title(), spec.activation.title())
}

/// Characters of a curve.
const CURVE_WIDTH: usize = 10;

/// A training in a line, the most important first: a narrow terminal cuts the end. `curve` draws its test accuracies.
pub(super) fn training(training: &Training, train_trials: usize, curve: Option<Blocks>) -> String {
    let (network, epochs) = (network(&training.spec), training.spec.epochs);
    let Some(metrics) = &training.metrics else {
        return format!("{network} epoch 1/{epochs} ... {}", training.job.short());
    };
    let curve = curve.map_or(String::new(), |blocks| {
        format!(" {:<CURVE_WIDTH$}", sparkline(&training.test_accuracies, CURVE_WIDTH, blocks))
    });
    format!(
        "{network}{curve} {}/{epochs} test {} best {} loss {} {:.0} trials/s {}",
        metrics.epoch,
        percent(metrics.test.accuracy),
        percent(training.best_test_accuracy().unwrap_or(metrics.test.accuracy)),
        loss(metrics.train.loss),
        train_trials as f64 / metrics.train_seconds.max(1e-9),
        training.job.short()
    )
}

/// The line that stays when a job ends.
pub(super) fn ending(job: JobId, spec: &JobSpec, event: &JobEvent) -> Option<String> {
    let name = job_name(job, spec);
    match event {
        JobEvent::Started(_) | JobEvent::EpochFinished(_) | JobEvent::Requeued => None,
        JobEvent::Finished(outcome) => Some(format!(
            "{name}  finished: best test accuracy {} in epoch {}, last {}",
            percent(outcome.best.test.accuracy),
            outcome.best.epoch,
            percent(outcome.last.test.accuracy)
        )),
        JobEvent::Failed(reason) => Some(format!("{name}  FAILED: {reason}")),
        JobEvent::Interrupted => Some(format!("{name}  interrupted")),
    }
}

/// The sweep in a line.
pub(super) fn sweep(board: &Board) -> String {
    let left = match board.left() {
        Left::Nothing => String::new(),
        _ if board.ended() == board.jobs => String::new(),
        Left::Unknown => ", time left not known yet".to_owned(),
        known => format!(", {} left", known.words()),
    };
    let elapsed = rough_duration(board.elapsed().as_secs_f64());
    format!("{} of {} jobs, {elapsed}{left}", board.ended(), board.jobs)
}

/// The highest test accuracy so far and whose it is: `best test 88.70 % by EEGNet LeakyReLU`.
pub(super) fn best(board: &Board) -> Option<String> {
    let (accuracy, job) = board.best?;
    let spec = board.spec(job)?;
    Some(format!("best test {} by {} {}", percent(accuracy), spec.model.title(), spec.activation.title()))
}

/// `87.22 %`.
pub(super) fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use sweep_job::{Activation, DataIdentity, EpochMetrics, FailureReason, ModelKind, Score};

    use super::*;

    fn spec() -> JobSpec {
        JobSpec::lab(ModelKind::EegNet, Activation::LeakyRelu { slope: 0.01 })
    }

    #[test]
    fn a_training_reads_well_before_and_after_its_first_epoch() {
        let job = JobId::new(&spec(), &DataIdentity("data".to_owned()));
        let score = Score { loss: 0.51234, accuracy: 0.78125 };
        let metrics = EpochMetrics {
            epoch: 312,
            train: score,
            validation: None,
            test: score,
            train_seconds: 0.75,
            evaluation_seconds: 0.1,
        };
        let training =
            |metrics, curve: &[f64]| Training { job, spec: spec(), metrics, test_accuracies: curve.to_vec() };
        let done = training(Some(metrics), &[0.5, 0.6, 0.8722, 0.78125]);
        assert_snapshot!(super::training(&done, 1080, Some(Blocks::Unicode)), @"EEGNet      LeakyReLU ▁▃█▆       312/1201 test 78.12 % best 87.22 % loss 0.5123 1440 trials/s 33bcdb175ffe");
        assert_snapshot!(super::training(&training(None, &[]), 1080, None), @"EEGNet      LeakyReLU epoch 1/1201 ... 33bcdb175ffe");
        assert_snapshot!(super::training(&done, 1080, None), @"EEGNet      LeakyReLU 312/1201 test 78.12 % best 87.22 % loss 0.5123 1440 trials/s 33bcdb175ffe");
        let blown_up =
            EpochMetrics { train: Score { loss: 1_122_871_050_335_939_456.0, ..score }, ..metrics };
        assert_snapshot!(super::training(&training(Some(blown_up), &[]), 1080, None), @"EEGNet      LeakyReLU 312/1201 test 78.12 % best 78.12 % loss 1.12e18 1440 trials/s 33bcdb175ffe");
        let failed = JobEvent::Failed(FailureReason::WorkerDied { how: "exit code 101".to_owned() });
        assert_snapshot!(ending(job, &spec(), &failed).unwrap_or_default(), @"EEGNet      LeakyReLU 33bcdb175ffe  FAILED: worker died: exit code 101");
    }
}
