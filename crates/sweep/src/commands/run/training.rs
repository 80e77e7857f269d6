//! The training of what is missing: bundles to worker processes, events to the store and then to the screen.

use std::{
    collections::HashMap,
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use sweep_job::{Bundle, BundleOrder, CheckpointInterval, DataIdentity, DataSpec, PlannedJob, Training};
use sweep_models::{InputShape, Settings};
use sweep_scheduler::{Limits, LocalProcesses, Summary, longest_first};
use sweep_store::{Store, weights_dir};
use tokio::{runtime, sync::mpsc};

use super::{
    signals,
    widths::Widths,
    words,
    work::{Elsewhere, Work},
};
use crate::{
    error::{CliError, Ending},
    open_files,
    progress::Progress,
    settings::RunSettings,
    workers,
};

/// What is to be trained, and all that workers need to know of it.
pub(super) struct Assignment {
    /// The trainings, the costliest first.
    pub(super) trainings: Vec<Training>,
    data: DataSpec,
    pub(super) identity: DataIdentity,
    pub(super) weights_dir: PathBuf,
    checkpoint_every: CheckpointInterval,
}

impl Assignment {
    pub(super) fn new(
        jobs: Vec<PlannedJob>,
        data: &DataSpec,
        identity: &DataIdentity,
        database: &Path,
        shape: InputShape,
        settings: &RunSettings,
    ) -> Self {
        let mut known = HashMap::new();
        let trainings = longest_first(sweep_plan::trainings(jobs), |training: &Training| {
            let Some(PlannedJob { spec, .. }) = training.jobs.last() else { return 0.0 };
            let network = (spec.model, format!("{:?}", spec.model.descriptor().own(&spec.more)));
            let cost = known.entry(network).or_insert_with(|| {
                // What cannot be built fails at once.
                sweep_models::multiply_adds(&Settings::from(spec), shape).unwrap_or(0)
            });
            *cost as f64 * f64::from(training.epochs())
        });
        Self {
            trainings,
            data: data.clone(),
            identity: identity.clone(),
            weights_dir: weights_dir(database),
            checkpoint_every: settings.checkpoint_every,
        }
    }

    /// The order for a worker to run `trainings` side by side.
    pub(super) fn order(&self, trainings: Vec<Training>) -> BundleOrder {
        BundleOrder {
            bundle: Bundle { trainings },
            data: self.data.clone(),
            identity: self.identity.clone(),
            weights_dir: self.weights_dir.clone(),
            checkpoint_every: self.checkpoint_every,
        }
    }
}

/// Open files of the scheduler, of a worker that starts, and of the database while it changes.
const FILES_OF_A_RUN: usize = 16;
/// Open files for each worker: three pipes and the process.
const FILES_OF_A_WORKER: usize = 4;

/// Trains the assignment in worker processes, as far as other runs do not.
pub(super) fn train(
    assignment: Assignment,
    widths: Widths,
    store: &mut Store,
    settings: &RunSettings,
    train_trials: usize,
    listener: &signals::Listener,
    executor: LocalProcesses,
) -> Result<Ending, CliError> {
    let slots = NonZeroUsize::new(settings.workers as usize).unwrap_or(NonZeroUsize::MIN);
    open_files::check_room(
        FILES_OF_A_RUN + FILES_OF_A_WORKER * slots.get().min(assignment.trainings.len()),
        "raise the limit with `ulimit -n`, or start fewer workers with `--workers`",
    )?;
    let limits = Limits { slots, timeout: settings.timeout };
    let progress = Progress::new(
        &assignment.trainings,
        slots.get().min(assignment.trainings.len()),
        train_trials,
        settings.verbosity,
    );
    let announcer = progress.announcer();
    let mut work = Work::new(assignment, widths, store, progress, settings);
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
