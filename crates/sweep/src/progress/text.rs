//! The wording of progress: pure functions from numbers to lines.

use std::time::Duration;

use sweep_job::{EpochMetrics, JobEvent, JobId, JobSpec};

use super::board::{Board, Training};

/// A job in a few words: `EEGNet ELU 974f50e1b423`.
pub(super) fn job_name(job: JobId, spec: &JobSpec) -> String {
    format!("{:<11} {:<9} {}", spec.model.title(), spec.activation.title(), job.short())
}

/// A training in a line.
pub(super) fn training(training: &Training, train_trials: usize) -> String {
    let name = job_name(training.job, &training.spec);
    let epochs = training.spec.epochs;
    let Some(metrics) = &training.metrics else {
        return format!("{name}  epoch 1/{epochs} …");
    };
    format!("{name}  {}", epoch(metrics, epochs, training.best_test_accuracy, train_trials))
}

/// An epoch in a line.
pub(super) fn epoch(
    metrics: &EpochMetrics,
    epochs: u32,
    best_test_accuracy: Option<f64>,
    train_trials: usize,
) -> String {
    let best = best_test_accuracy.unwrap_or(metrics.test.accuracy);
    format!(
        "epoch {}/{epochs}  loss {:.4}  train {}  test {} (best {})  {:.0} trials/s",
        metrics.epoch,
        metrics.train.loss,
        percent(metrics.train.accuracy),
        percent(metrics.test.accuracy),
        percent(best),
        train_trials as f64 / metrics.train_seconds.max(1e-9),
    )
}

/// The line that stays when a job ends.
pub(super) fn ending(job: JobId, spec: &JobSpec, event: &JobEvent) -> Option<String> {
    let name = job_name(job, spec);
    match event {
        JobEvent::Started(_) | JobEvent::EpochFinished(_) => None,
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
    let left = match board.remaining() {
        _ if board.ended == board.jobs => String::new(),
        Some(left) => format!(", about {} left", duration(left)),
        None => ", time left unknown until every kind of network was timed".to_owned(),
    };
    format!("{} of {} jobs ended, {}{left}", board.ended, board.jobs, duration(board.elapsed()))
}

/// `87.22 %`.
pub(super) fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

/// `42 s`, `3 min 05 s`, `2 h 07 min`.
pub(crate) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64().round() as u64;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        let texts =
            [0.2, 59.4, 59.6, 3599.0, 7620.0].map(|seconds| duration(Duration::from_secs_f64(seconds)));
        assert_eq!(texts, ["0 s", "59 s", "1 min 00 s", "59 min 59 s", "2 h 07 min"]);
    }
}
