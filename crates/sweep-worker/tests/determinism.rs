//! Equal specification, equal bits: alone or by a training that serves others too, again, and on any number of threads. And what a
//! training does that diverges or is stopped.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use support::{Run, Trace, job};
use sweep_job::{FailureReason, JobEvent, JobSpec, LossKind, ModelKind, Optimizer};
use sweep_worker::StopFlag;
use tempfile::TempDir;

/// Trains `specs` by one training; `observe` sees every event.
fn run(specs: &[JobSpec], observe: impl FnMut(&JobEvent, &StopFlag)) -> Vec<Trace> {
    let folder = TempDir::new().unwrap();
    Run::new(folder.path()).train(specs, observe)
}

#[test]
fn a_shared_training_gives_each_job_what_it_gets_alone() {
    for model in ModelKind::ALL {
        let specs = [job(model, 1, 7), job(model, 2, 7), job(model, 4, 7)];
        let shared = run(&specs, |_, _| {});
        for (spec, trace) in specs.iter().zip(&shared) {
            assert_eq!(trace.epochs.len(), spec.epochs as usize);
            assert_eq!(trace.weights.len(), 3);
            assert_eq!(
                *trace,
                run(std::slice::from_ref(spec), |_, _| {})[0],
                "{model}, {} epochs",
                spec.epochs
            );
        }
        assert_ne!(shared[0].weights[2], shared[2].weights[2], "weights must change from epoch to epoch");
    }
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let spec = [job(ModelKind::EegNet, 2, 3)];
    let on_threads = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| run(&spec, |_, _| {}))
    };
    let one = on_threads(1);
    assert!(one[0].outcome.is_some());
    assert_eq!(one, on_threads(2));
    assert_eq!(one, on_threads(5));
}

#[test]
fn another_seed_gives_other_numbers() {
    let trace = |seed| run(&[job(ModelKind::EegNet, 1, seed)], |_, _| {}).remove(0);
    assert_ne!(trace(1).epochs, trace(2).epochs);
}

#[test]
fn a_training_that_diverges_says_where() {
    let mut spec = job(ModelKind::EegNet, 3, 0);
    spec.optimizer = Optimizer::Sgd { momentum: 0.0, nesterov: false };
    spec.learning_rate = 1e30;
    let trace = run(&[spec], |_, _| {}).remove(0);
    let Some(JobEvent::Failed(FailureReason::Diverged { epoch: 1, step, loss })) = trace.ending else {
        panic!("{:?}", trace.ending)
    };
    assert!(step >= 2 || loss != LossKind::Train, "the first step's loss is still finite");
    assert!(trace.epochs.is_empty() && trace.outcome.is_none());
}

/// What saved weights could not hold ends a training in the epoch in which it appears, though every loss is finite.
#[test]
fn a_state_that_is_not_finite_is_divergence_though_no_loss_is() {
    let adam = |rate| JobSpec { learning_rate: rate, ..job(ModelKind::EegNet, 3, 0) };
    let cases = [("a loud signal", adam(1e-3), 1e30), ("huge steps", adam(1e9), 1.0)];
    let mut reasons = String::new();
    for (name, spec, amplitude) in cases {
        let folder = TempDir::new().unwrap();
        let trace = Run { amplitude, ..Run::new(folder.path()) }.train(&[spec], |_, _| {}).remove(0);
        match trace.ending {
            Some(JobEvent::Failed(reason @ FailureReason::Diverged { .. })) => {
                reasons.push_str(&format!("{name}: {reason}\n"));
            }
            other => panic!("{name}: {other:?}"),
        }
    }
    insta::assert_snapshot!(reasons);
}

#[test]
fn saved_weights_say_what_is_needed_to_use_them() {
    let trace = run(&[job(ModelKind::EegNet, 1, 0)], |_, _| {}).remove(0);
    for weights in &trace.weights {
        let text = sweep_models::metadata(weights).unwrap().unwrap();
        insta::assert_snapshot!("note", text);
    }
}

#[test]
fn a_stop_ends_after_the_epoch_and_keeps_what_is_finished() {
    let specs = [job(ModelKind::EegNet, 2, 0), job(ModelKind::EegNet, 5, 0)];
    let traces = run(&specs, |event, stop| {
        if matches!(event, JobEvent::EpochFinished(metrics) if metrics.epoch == 2) {
            stop.raise();
        }
    });
    assert!(traces[0].outcome.is_some());
    assert_eq!(traces[1].ending, Some(JobEvent::Interrupted));
    assert_eq!(traces[1].epochs.len(), 2);
}
