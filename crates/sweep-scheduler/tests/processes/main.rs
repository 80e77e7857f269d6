//! The scheduler with real processes: this binary starts itself as a worker. It has no harness, so that nothing but
//! the worker writes to its standard output.
#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

mod ending;
mod fake_worker;
mod misbehaving;
mod overhead;
#[path = "../support/mod.rs"]
mod support;

use std::{env, io, process::ExitCode, sync::Mutex, time::Duration};

use libtest_mimic::Arguments;
use support::{FixedList, Witness, limits};
use sweep_job::BundleOrder;
use sweep_scheduler::{
    Limits, LocalProcesses, RunEvent, SchedulerError, StopRequest, Summary, SystemFiles, run,
};
use tokio::{runtime, sync::mpsc, time};

fn main() -> ExitCode {
    if let Ok(manner) = env::var(fake_worker::MANNER) {
        fake_worker::serve(&manner);
        return ExitCode::SUCCESS;
    }
    keep_the_log();
    let trials =
        [misbehaving::trials(), ending::trials(), overhead::trials()].into_iter().flatten().collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// What all tests of this process logged through `tracing`.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct LogWriter;

impl io::Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn keep_the_log() {
    let log = tracing_subscriber::fmt().with_max_level(tracing::Level::DEBUG).with_ansi(false);
    log.with_writer(|| LogWriter).init();
}

/// A test by its function's name. A panic is its failure.
macro_rules! trials {
    ($($test:ident),+ $(,)?) => {
        pub(crate) fn trials() -> Vec<libtest_mimic::Trial> {
            let module = module_path!().rsplit("::").next().unwrap_or_default();
            vec![$(libtest_mimic::Trial::test(format!("{module}::{}", stringify!($test)), || {
                $test();
                Ok(())
            })),+]
        }
    };
}
use trials;

/// Workers of this binary.
fn workers(manner: &str) -> LocalProcesses {
    let mut workers = LocalProcesses::new(env::current_exe().unwrap(), [] as [&str; 0]);
    workers.environment.push((fake_worker::MANNER.to_owned(), manner.to_owned()));
    // Whatever the machine wants of backtraces, the words of a panic are what these tests look at.
    workers.environment.push(("RUST_BACKTRACE".to_owned(), "0".to_owned()));
    // Whatever else is killed on the machine.
    workers.system = SystemFiles::below("/no/such/system");
    workers
}

/// Runs a sweep in which the witness hears everything, and `then` decides after each event whether to stop.
fn sweep_with(
    bundles: Vec<BundleOrder>,
    workers: &LocalProcesses,
    slots: usize,
    then: impl FnMut(&Witness, RunEvent<'_>) -> Option<StopRequest>,
) -> (Result<Summary, SchedulerError<std::convert::Infallible>>, Witness) {
    sweep_within(limits(slots), bundles, workers, then)
}

/// The same within limits.
fn sweep_within(
    limits: Limits,
    bundles: Vec<BundleOrder>,
    workers: &LocalProcesses,
    mut then: impl FnMut(&Witness, RunEvent<'_>) -> Option<StopRequest>,
) -> (Result<Summary, SchedulerError<std::convert::Infallible>>, Witness) {
    let mut witness = Witness::default();
    let (stop_sender, stops) = mpsc::unbounded_channel();
    let observer = |run_event: RunEvent<'_>| {
        witness.hear(run_event);
        if let Some(request) = then(&witness, run_event) {
            let _ = stop_sender.send(request);
        }
        Ok(())
    };
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut workers = workers.clone();
    let result = runtime.block_on(async {
        let mut client = FixedList::new(bundles, observer);
        let sweep = run(&mut client, &mut workers, limits, stops);
        // Far more than any sweep here takes: it turns a sweep that hangs into a message.
        time::timeout(Duration::from_secs(120), sweep).await.expect("the sweep hangs")
    });
    (result, witness)
}

/// Runs a sweep that nobody stops.
fn sweep(bundles: Vec<BundleOrder>, manner: &str, slots: usize) -> (Summary, Witness) {
    let (result, witness) = sweep_with(bundles, &workers(manner), slots, |_, _| None);
    witness.close();
    (result.unwrap(), witness)
}
