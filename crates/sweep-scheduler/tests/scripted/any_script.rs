//! Whatever workers do, and whenever the sweep is stopped, the invariants hold. The witness checks them.

use std::convert::Infallible;

use proptest::prelude::*;
use sweep_job::JobEvent;
use sweep_scheduler::{SchedulerError, StopRequest};

use crate::{
    executor::{Script, ScriptedExecutor, Step},
    support::{epoch, finished, job, side_by_side, started},
    sweep_with,
};

fn step() -> impl Strategy<Value = Step> {
    let event = prop_oneof![
        3 => Just(started()),
        6 => (1_u32..4).prop_map(epoch),
        3 => (1_u32..4).prop_map(finished),
        1 => Just(JobEvent::Interrupted),
    ];
    prop_oneof![
        4 => Just(Step::Ready),
        2 => Just(Step::Train),
        9 => (0_usize..4, event).prop_map(|(place, event)| Step::Say(place, event)),
        1 => (0_u64..9).prop_map(|seed| Step::SayOf(job(seed, 1).id)),
        1 => Just(Step::Garbage),
        1 => Just(Step::Leave),
        1 => Just(Step::Die("exit code 1")),
    ]
}

/// Most workers begin as they should: else few would get a bundle.
fn script() -> impl Strategy<Value = Script> {
    let steps = || prop::collection::vec(step(), 0..12);
    let begins_well = steps().prop_map(|rest| {
        let begin = [Step::Ready, Step::Take, Step::Say(0, started())];
        Script::Plays(begin.into_iter().chain(rest).collect())
    });
    prop_oneof![
        8 => begins_well,
        1 => steps().prop_map(Script::Plays),
        1 => Just(Script::Impossible),
        1 => Just(Script::Lost),
    ]
}

fn stops() -> impl Strategy<Value = Vec<(usize, StopRequest)>> {
    let request = prop_oneof![Just(StopRequest::AfterEpoch), Just(StopRequest::Now)];
    prop::collection::vec((1_usize..40, request), 0..3)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_job_gets_one_end(
        bundles in prop::collection::vec(prop::collection::vec(prop::collection::btree_set(1_u32..4, 1..4), 1..3), 0..8),
        scripts in prop::collection::vec(script(), 0..8),
        slots in 1_usize..5,
        stops in stops(),
    ) {
        let jobs: usize = bundles.iter().flatten().map(|epochs| epochs.len()).sum();
        let mut seed = 0;
        let orders: Vec<_> = bundles.iter().map(|trainings| {
            let trainings: Vec<(u64, Vec<u32>)> = (seed..).zip(trainings).map(|(seed, epochs)| (seed, Vec::from_iter(epochs.clone()))).collect();
            seed += trainings.len() as u64;
            side_by_side(&trainings.iter().map(|(seed, epochs)| (*seed, epochs.as_slice())).collect::<Vec<_>>())
        }).collect();
        let mut executor = ScriptedExecutor { scripts: scripts.into(), ..ScriptedExecutor::default() };
        let (result, witness) = sweep_with(orders, &mut executor, slots, |witness, _| {
            let now = witness.lines.len();
            Ok::<_, Infallible>(stops.iter().find(|(at, _)| *at == now).map(|&(_, request)| request))
        });
        prop_assert!(witness.most_workers <= slots);
        match result {
            Ok(summary) => {
                witness.close();
                let ended = summary.finished + summary.diverged + summary.failed + summary.interrupted;
                prop_assert_eq!(ended, witness.ended);
                prop_assert_eq!(ended + summary.not_started, jobs);
                prop_assert!(summary.not_started == 0 || summary.stop.is_some());
            }
            Err(SchedulerError::CannotStart { .. }) => witness.close(),
            Err(SchedulerError::Client(never)) => match never {},
        }
    }
}
