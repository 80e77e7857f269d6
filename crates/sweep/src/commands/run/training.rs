//! The training of what is missing: bundles to worker processes, events to the store and then to the screen.

use std::{
    collections::HashMap,
    env,
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use sweep_job::{BundleOrder, DataIdentity, DataSpec, PlannedJob};
use sweep_models::{InputShape, Settings};
use sweep_scheduler::{Limits, LocalProcesses, Summary, longest_first};
use sweep_store::{Store, weights_dir};
use tokio::{runtime, sync::mpsc};

use super::{
    memory, signals, words,
    work::{Elsewhere, Work},
};
use crate::{
    build,
    error::{CliError, Ending},
    open_files,
    progress::Progress,
    settings::RunSettings,
};

/// The bundles to train, the costliest first.
pub(super) fn orders(
    jobs: Vec<PlannedJob>,
    data: &DataSpec,
    identity: &DataIdentity,
    database: &Path,
    shape: InputShape,
    settings: &RunSettings,
) -> Vec<BundleOrder> {
    let weights_dir = weights_dir(database);
    let orders = sweep_plan::bundles(jobs)
        .into_iter()
        .map(|bundle| BundleOrder {
            bundle,
            data: data.clone(),
            identity: identity.clone(),
            weights_dir: weights_dir.clone(),
            checkpoint_every: settings.checkpoint_every,
        })
        .collect();
    let mut known = HashMap::new();
    longest_first(orders, |order: &BundleOrder| {
        let Some(PlannedJob { spec, .. }) = order.bundle.jobs.last() else { return 0.0 };
        let network = (spec.model, format!("{:?}", spec.model.descriptor().own(&spec.more)));
        let cost = known.entry(network).or_insert_with(|| {
            // What cannot be built fails at once.
            sweep_models::multiply_adds(&Settings::from(spec), shape).unwrap_or(0)
        });
        *cost as f64 * f64::from(order.bundle.epochs())
    })
}

/// Open files of the scheduler, of a worker that starts, and of the database while it changes.
const FILES_OF_A_RUN: usize = 16;
/// Open files for each worker: three pipes and the process.
const FILES_OF_A_WORKER: usize = 4;

/// Trains `orders` in worker processes, as far as other runs do not.
pub(super) fn train(
    orders: Vec<BundleOrder>,
    store: &mut Store,
    settings: &RunSettings,
    train_trials: usize,
    listener: &signals::Listener,
) -> Result<Ending, CliError> {
    let slots = NonZeroUsize::new(settings.workers as usize).unwrap_or(NonZeroUsize::MIN);
    open_files::check_room(
        FILES_OF_A_RUN + FILES_OF_A_WORKER * slots.get().min(orders.len()),
        "raise the limit with `ulimit -n`, or start fewer workers with `--workers`",
    )?;
    let limits = Limits { slots, timeout: settings.timeout };
    let progress = Progress::new(&orders, slots.get().min(orders.len()), train_trials, settings.verbosity);
    let announcer = progress.announcer();
    let mut work = Work::new(orders, store, progress, settings);
    let mut executor = local_processes(settings)?;
    let cannot_start = |error| CliError::Scheduler(format!("the scheduler cannot be started: {error}"));
    let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(cannot_start)?;
    let wishes = listener.wishes();
    let outcome = runtime.block_on(async {
        let (stop_sender, stops) = mpsc::unbounded_channel();
        tokio::spawn(signals::grant(wishes, stop_sender, announcer, executor.groups()));
        sweep_scheduler::run(&mut work, &mut executor, limits, stops).await
    });
    // Nobody grants wishes any more: those of later signals are not lost in its queue.
    drop(runtime);
    work.progress.close();
    let summary = outcome?;
    words::conclude(&summary, &work, settings);
    Ok(ending(&summary, &work.elsewhere))
}

fn ending(summary: &Summary, elsewhere: &Elsewhere) -> Ending {
    if summary.stop.is_some() && summary.interrupted + summary.not_started > 0 {
        Ending::Interrupted
    } else if summary.all_finished() && elsewhere.unfinished == 0 {
        Ending::Done
    } else {
        Ending::JobsFailed
    }
}

/// What the C library's allocator is told in a worker: to keep the memory of one step for the next. Its default gives large
/// buffers back to the system and takes them anew, and the page faults of that cost a third of an epoch. Other allocators
/// ignore it.
const ALLOCATOR_SETTINGS: [(&str, &str); 3] =
    [("MALLOC_MMAP_MAX_", "0"), ("MALLOC_TRIM_THRESHOLD_", "17179869184"), ("MALLOC_TOP_PAD_", "67108864")];

/// This same program as worker. Its environment keeps numeric libraries from starting threads of their own, and backtraces
/// from pushing the words of a failure out of the end of its log.
fn local_processes(settings: &RunSettings) -> Result<LocalProcesses, CliError> {
    let arguments = [
        "worker".to_owned(),
        format!("--build={}", build::id()),
        format!("--device={}", settings.device),
        format!("--threads={}", settings.threads),
    ];
    let mut executor = LocalProcesses::new(own_program()?, arguments);
    executor.name = env::args_os().next();
    let threads = settings.threads.to_string();
    let environment = ALLOCATOR_SETTINGS
        .into_iter()
        .chain(memory::allocator_setting())
        .chain([("RAYON_NUM_THREADS", threads.as_str()), ("RUST_BACKTRACE", "0")]);
    executor.environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Ok(executor)
}

/// The program that runs here, even if another one lies under its name by now.
#[cfg(target_os = "linux")]
fn own_program() -> Result<PathBuf, CliError> {
    Ok(PathBuf::from("/proc/self/exe"))
}

/// The file of the program that runs here.
#[cfg(not(target_os = "linux"))]
fn own_program() -> Result<PathBuf, CliError> {
    env::current_exe()
        .map_err(|error| CliError::Scheduler(format!("this program cannot find its own file: {error}")))
}
