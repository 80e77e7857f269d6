//! The scheduler with workers that play scripts: no processes, no clock.
#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

mod ahead;
mod any_script;
mod breaking;
mod dying;
mod executor;
mod finishing;
mod giving_up;
mod leaving;
mod observing;
mod resting;
mod stopping;
#[path = "../support/mod.rs"]
mod support;

use std::{convert::Infallible, sync::atomic::Ordering, time::Duration};

use executor::ScriptedExecutor;
use support::{FixedList, Witness, limits};
use sweep_job::BundleOrder;
use sweep_scheduler::{RunEvent, SchedulerError, StopRequest, Summary, run};
use tokio::{runtime, sync::mpsc, time};

/// Runs a sweep in which the witness hears everything, and `then` decides after each event whether to stop.
fn sweep_with<E>(
    bundles: Vec<BundleOrder>,
    executor: &mut ScriptedExecutor,
    slots: usize,
    mut then: impl FnMut(&Witness, RunEvent<'_>) -> Result<Option<StopRequest>, E>,
) -> (Result<Summary, SchedulerError<E>>, Witness) {
    let mut witness = Witness::default();
    let (stop_sender, stops) = mpsc::unbounded_channel();
    let observer = |run_event: RunEvent<'_>| {
        witness.hear(run_event);
        if let Some(request) = then(&witness, run_event)? {
            let _ = stop_sender.send(request);
        }
        Ok(())
    };
    let runtime = runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let result = runtime.block_on(async {
        let mut client = FixedList::new(bundles, observer);
        let sweep = run(&mut client, executor, limits(slots), stops);
        // Far more than any sweep here takes: it turns a sweep that hangs into a message.
        time::timeout(Duration::from_secs(60), sweep).await.expect("the sweep hangs")
    });
    assert_eq!(executor.alive.load(Ordering::Relaxed), 0, "workers are left");
    (result, witness)
}

/// Runs a sweep that nobody stops.
fn sweep(bundles: Vec<BundleOrder>, executor: &mut ScriptedExecutor, slots: usize) -> (Summary, Witness) {
    let (result, witness) = sweep_with(bundles, executor, slots, |_, _| Ok::<_, Infallible>(None));
    witness.close();
    (result.unwrap(), witness)
}

/// Time leaps if everyone waits.
fn in_virtual_time<T>(future: impl Future<Output = T>) -> T {
    let runtime = runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(future)
}
