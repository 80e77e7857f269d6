//! Which epoch and which job is better: the rule of `sweep-job`, wherever SQL repeats it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod scene;

use proptest::prelude::*;
use rusqlite::Connection;
use scene::*;
use sweep_job::{EpochMetrics, JobEvent, JobRecord, Outcome, PlannedJob, Score, Standouts};
use sweep_store::{JobSelection, Store};

/// Three epochs with few different accuracies and losses, so that many are equal.
fn epochs() -> impl Strategy<Value = Vec<EpochMetrics>> {
    let scores = (0_u8..3, 0_u8..3, 0_u8..3);
    prop::collection::vec(scores, 3).prop_map(|scores| {
        let epoch = |(number, (test, validation, loss)): (u32, (u8, u8, u8))| {
            let share = |twentieths: u8| f64::from(10 + twentieths) / 20.0;
            let validation = Score { loss: f64::from(loss) / 2.0, accuracy: share(validation) };
            EpochMetrics { validation: Some(validation), ..metrics(number, None, share(test)) }
        };
        (1..).zip(scores).map(epoch).collect()
    })
}

fn train(store: &mut Store, job: &PlannedJob, epochs: &[EpochMetrics]) {
    let Standouts { best, selected } = Standouts::of(epochs);
    let of = |name, epoch: &EpochMetrics| snapshot(epoch.epoch, name, epoch.test.accuracy);
    let outcome = Outcome {
        best: of("best", &best.unwrap()),
        selected: selected.map(|selected| of("selected", &selected)),
        last: of("last", epochs.last().unwrap()),
    };
    let middle = epochs.iter().copied().map(JobEvent::EpochFinished);
    let events: Vec<JobEvent> =
        [started()].into_iter().chain(middle).chain([JobEvent::Finished(Box::new(outcome))]).collect();
    store.record_all(&job.id, &events).unwrap();
}

/// The first of the jobs whose epoch no other one beats.
fn winner(
    jobs: &[JobRecord],
    epoch: fn(&JobRecord) -> Option<EpochMetrics>,
    beats: fn(&EpochMetrics, Option<&EpochMetrics>) -> bool,
) -> String {
    let mut winner: Option<&JobRecord> = None;
    for job in jobs {
        let best = winner.and_then(epoch);
        if epoch(job).is_some_and(|epoch| beats(&epoch, best.as_ref())) {
            winner = Some(job);
        }
    }
    winner.unwrap().id.to_string()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rows_checks_and_views_follow_the_rule(lives in prop::collection::vec(epochs(), 1..4)) {
        let scene = Scene::new();
        let planned = seeds(lives.len() as u64);
        let mut store = scene.with_sweep(&planned);
        for (job, epochs) in planned.iter().zip(&lives) {
            train(&mut store, job, epochs);
        }
        let jobs = store.reader().jobs(JobSelection::All).unwrap();
        for (job, epochs) in jobs.iter().zip(&lives) {
            let Standouts { best, selected } = Standouts::of(epochs);
            prop_assert_eq!((job.best, job.selected), (best, selected));
        }
        prop_assert_eq!(store.reader().check().unwrap().broken, Vec::<String>::new());
        let best = scene.query("SELECT job_id || ' ' || selected_job_id FROM best");
        let expected = [
            winner(&jobs, |job| job.best, EpochMetrics::beats_on_test),
            winner(&jobs, |job| job.selected, EpochMetrics::beats_on_validation),
        ];
        prop_assert_eq!(best, [expected.join(" ")]);
    }

    /// `check-db` accepts the epochs that the rule names and no others.
    #[test]
    fn a_row_that_names_another_epoch_is_found(epochs in epochs(), chosen in 1_u32..4) {
        let scene = Scene::new();
        let planned = seeds(1);
        let mut store = scene.with_sweep(&planned);
        train(&mut store, &planned[0], &epochs);
        let Standouts { best, selected } = Standouts::of(&epochs);
        for (column, epoch, words) in [
            ("best", best, "the best epoch is not"),
            ("selected", selected, "the selected epoch is not"),
        ] {
            let epoch = epoch.unwrap().epoch;
            let put = |epoch: u32| {
                let sql = format!("UPDATE job SET {column}_epoch = {epoch}");
                Connection::open(scene.path()).unwrap().execute(&sql, []).unwrap();
            };
            put(chosen);
            let broken = store.reader().check().unwrap().broken;
            prop_assert_eq!(broken.iter().any(|line| line.starts_with(words)), chosen != epoch, "{:?}", broken);
            put(epoch);
        }
    }
}
