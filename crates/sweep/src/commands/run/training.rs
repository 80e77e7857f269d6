//! The training of what is missing: bundles to worker processes, events to the store and then to the screen.

use std::{collections::HashMap, num::NonZeroUsize, path::Path};

use sweep_job::{BundleOrder, DataIdentity, DataSpec, PlannedJob};
use sweep_models::{InputShape, Settings};
use sweep_scheduler::{Limits, LocalProcesses, Summary, longest_first};
use sweep_store::{Store, weights_dir};
use tokio::{runtime, sync::mpsc};

use super::{
    signals, words,
    work::{Elsewhere, Work},
};
use crate::{
    error::{CliError, Ending},
    open_files,
    progress::Progress,
    settings::RunSettings,
    workers,
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
    let orders = sweep_plan::trainings(jobs)
        .into_iter()
        .map(|training| BundleOrder {
            bundle: training,
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
    executor: LocalProcesses,
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
    let mut executor = workers::with_settings(executor, settings);
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
