//! The observer, and what its errors do.

use sweep_scheduler::{RunEvent, SchedulerError};

use crate::{executor::ScriptedExecutor, support::orders, sweep_with};

#[derive(Debug, thiserror::Error)]
#[error("the disk is full")]
struct DiskFull;

#[test]
fn an_error_of_the_observer_ends_the_sweep_at_once() {
    // Whatever event it is that cannot be recorded, it is the last one that is told.
    for last in 1..60 {
        let mut executor = ScriptedExecutor::default();
        let (result, witness) = sweep_with(orders(6, 3), &mut executor, 3, |witness, _| {
            if witness.lines.len() == last { Err(DiskFull) } else { Ok(None) }
        });
        match result {
            Err(SchedulerError::Client(DiskFull)) => assert_eq!(witness.lines.len(), last),
            Ok(summary) => {
                assert!(summary.all_finished() && witness.lines.len() < last, "{last}: {summary:?}")
            }
            Err(error) => panic!("{last}: {error}"),
        }
    }
}

#[test]
fn the_error_of_the_observer_is_shown_as_it_is() {
    let mut executor = ScriptedExecutor::default();
    let (result, _) = sweep_with(orders(1, 1), &mut executor, 1, |_, _| Err(DiskFull));
    assert_eq!(result.unwrap_err().to_string(), "the disk is full");
}

#[test]
fn a_bundle_is_told_of_before_its_worker_begins() {
    let mut handed_out = 0;
    let (result, _) = sweep_with(orders(9, 1), &mut ScriptedExecutor::default(), 3, |_, run_event| {
        match run_event {
            RunEvent::BundleHandedOut { bundle, .. } => handed_out += bundle.jobs().count(),
            RunEvent::Job { .. } => assert!(handed_out > 0),
            _ => {}
        }
        Ok::<_, DiskFull>(None)
    });
    assert_eq!((result.unwrap().finished, handed_out), (9, 9));
}
