//! The lines between scheduler and worker: whatever is said, each side makes a message or an error of it.
//!
//! An even first byte says that the rest are orders to a worker, an odd one that they are a worker's reports.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sweep_job::{JobState, WorkerOrder, WorkerReport};
use sweep_scheduler::read_reports;
use sweep_worker::read_order;
use tokio::runtime::{Builder, Runtime};

thread_local! {
    static RUNTIME: Runtime = Builder::new_current_thread().build().expect("a runtime can be made");
}

fuzz_target!(|data: &[u8]| {
    let [direction, rest @ ..] = data else { return };
    if direction & 1 == 0 { orders(rest) } else { reports(rest) }
});

fn orders(bytes: &[u8]) {
    for line in bytes.split(|byte| *byte == b'\n') {
        match read_order(line) {
            Ok(WorkerOrder::Train(order)) => {
                assert!(order.bundle.jobs().all(|job| job.spec.epochs > 0));
                let line = serde_json::to_vec(&WorkerOrder::Train(order.clone())).expect("an order is JSON");
                assert_eq!(read_order(&line).ok(), Some(WorkerOrder::Train(order)), "it changes on its way");
            }
            Ok(WorkerOrder::Stop | WorkerOrder::Cancel(_)) => {}
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}

fn reports(bytes: &[u8]) {
    let mut state = JobState::Queued;
    for report in RUNTIME.with(|runtime| runtime.block_on(read_reports(bytes))) {
        match report {
            Ok(WorkerReport::Event(_, event)) => {
                if let Ok(next) = state.clone().apply(&event) {
                    state = next;
                }
            }
            Ok(WorkerReport::Ready | WorkerReport::Leaving { .. }) => {}
            Err(why) => assert!(!why.is_empty() && !why.chars().any(char::is_control), "{why:?}"),
        }
    }
}
