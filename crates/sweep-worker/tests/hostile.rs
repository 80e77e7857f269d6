//! Orders and files that were made to hurt: each is answered with words, and no training begins.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;

use proptest::{prelude::*, sample::Index};
use sweep_job::{
    Activation, Bundle, BundleOrder, CheckpointInterval, DataIdentity, DataSource, DataSpec, JobId, JobSpec,
    ModelKind, PlannedJob, Scale, Training, WorkerOrder, sources,
};
use sweep_worker::{read_order, read_weights};

fn order(change: impl Fn(&mut Vec<PlannedJob>)) -> Vec<u8> {
    let identity = DataIdentity("ab".to_owned());
    let job = |epochs| {
        let spec = JobSpec { epochs, ..JobSpec::lab(ModelKind::EegNet, Activation::Elu { alpha: 1.0 }) };
        PlannedJob { id: JobId::new(&spec, &identity), spec }
    };
    let mut jobs = vec![job(3), job(7)];
    change(&mut jobs);
    let data = DataSpec {
        source: DataSource::Synthetic(sources::Synthetic { seed: 0 }),
        validation: 0.0,
        validation_by: Default::default(),
        validation_seed: 0,
        scale: Scale::None,
        limit: None,
    };
    let order = BundleOrder {
        bundle: Bundle { trainings: vec![Training { jobs }] },
        data,
        identity,
        weights_dir: "weights".into(),
        checkpoint_every: CheckpointInterval::Never,
    };
    serde_json::to_vec(&WorkerOrder::Train(Box::new(order))).unwrap()
}

#[test]
fn an_order_for_what_cannot_be_trained_is_refused() {
    assert!(read_order(&order(|_| {})).is_ok());
    let wrong: [fn(&mut Vec<PlannedJob>); 5] = [
        |jobs| jobs.clear(),
        |jobs| jobs.reverse(),
        |jobs| jobs[1].spec.seed = 1,
        |jobs| jobs[0].spec.epochs = 0,
        |jobs| jobs.iter_mut().for_each(|job| job.spec.batch_size = 0),
    ];
    let mut answers: Vec<String> =
        wrong.into_iter().map(|change| read_order(&order(change)).unwrap_err().to_string()).collect();
    for line in [
        &b""[..],
        b"\xff\xfe",
        &b"[".repeat(100_000),
        b"{\"order\":\"stop\"} and more",
        &vec![b' '; (64 << 20) + 1],
    ] {
        answers.push(read_order(line).unwrap_err().to_string());
    }
    insta::assert_snapshot!(answers.join("\n"));
}

#[cfg(unix)]
#[test]
fn a_device_without_end_is_no_file_of_weights() {
    let error = read_weights(Path::new("/dev/zero")).unwrap_err();
    assert_eq!(error.to_string(), "it is a device, not a regular file");
}

#[cfg(unix)]
#[test]
fn a_pipe_that_nobody_writes_to_is_not_waited_for() {
    let folder = tempfile::TempDir::new().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let error = read_weights(&pipe).unwrap_err();
    assert_eq!(error.to_string(), "it is a pipe, not a regular file");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_damaged_order_is_one_that_can_be_followed_or_none(
        damage in prop::collection::vec((any::<Index>(), any::<u8>()), 1..6), cut in prop::option::of(any::<Index>()),
    ) {
        let mut line = order(|_| {});
        for (place, value) in damage {
            let place = place.index(line.len());
            line[place] = value;
        }
        if let Some(cut) = cut {
            line.truncate(cut.index(line.len()));
        }
        if let Ok(WorkerOrder::Train(order)) = read_order(&line) {
            prop_assert!(order.bundle.jobs().count() > 0);
            prop_assert!(order.bundle.jobs().all(|job| job.spec.epochs > 0 && job.spec.batch_size > 0));
        }
    }
}
