//! `sweep run`: trains what is missing of a sweep and records it.

use std::{
    collections::{HashMap, HashSet},
    env,
    num::NonZeroUsize,
    path::Path,
};

use sweep_job::{BundleOrder, DataIdentity, DataSetRecord, JobId, JobSpec, ModelKind, PlannedJob};
use sweep_models::InputShape;
use sweep_scheduler::{Happening, LocalProcesses, StopRequest, Summary, longest_first};
use sweep_store::{JobSelection, Recorded, Store, StoreError, SweepEntry, weights_dir};
use tokio::{
    runtime,
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};

use super::{data::data_set_record, plan, report};
use crate::{
    cli::{RunArguments, TableFormat},
    error::{CliError, Ending},
    progress::{Progress, Verbosity},
    settings::RunSettings,
};

pub(super) fn run(arguments: &RunArguments) -> Result<Ending, CliError> {
    let settings = RunSettings::new(arguments)?;
    let file = plan::read(&arguments.sweep)?;
    let database = &arguments.database.db;
    let identity = sweep_data::identify(&file.plan.data)?;
    // Everything that can be wrong with the input is found before the database is touched.
    let data = known_data_set(database, &identity)
        .map_or_else(|| data_set_record(&file.plan.data, identity.clone()), Ok)?;
    check_networks(&file.plan.jobs, &data)?;

    let jobs: Vec<PlannedJob> = file
        .plan
        .jobs
        .iter()
        .map(|spec| PlannedJob { id: JobId::new(spec, &identity), spec: spec.clone() })
        .collect();
    let mut store = Store::open(database)?;
    if !store.reader().has_data_set(&identity)? {
        store.record_data_set(&data)?;
    }
    let entry =
        SweepEntry { name: file.plan.name.clone(), file_text: file.text, command_line: command_line() };
    let recorded = store.record_sweep(&entry, &identity, &jobs)?;
    announce(&entry.name, &recorded, jobs.len(), database, &settings);

    let mut ending = Ending::Done;
    if !recorded.to_run.is_empty() {
        let to_run: HashSet<JobId> = recorded.to_run.iter().copied().collect();
        let jobs = jobs.into_iter().filter(|job| to_run.contains(&job.id)).collect();
        let orders = orders(jobs, &file.plan.data, &identity, database);
        ending = train(orders, &mut store, &settings, data.train_trials as usize)?;
    }
    if arguments.report {
        report::print_best(
            store.reader(),
            JobSelection::Sweep(recorded.sweep),
            Some(&entry.name),
            TableFormat::Table,
        )?;
    }
    Ok(ending)
}

fn known_data_set(database: &Path, identity: &DataIdentity) -> Option<DataSetRecord> {
    // Whatever is wrong with the database is told when it is opened for writing.
    Store::open_read_only(database).ok()?.data_set(identity).ok()
}

/// Refuses jobs whose network does not fit the data, or whose initial weights do not fit the network.
fn check_networks(jobs: &[JobSpec], data: &DataSetRecord) -> Result<(), CliError> {
    let shape = InputShape {
        channels: data.channels as usize,
        samples: data.samples as usize,
        classes: data.classes.len(),
    };
    let models: HashSet<ModelKind> = jobs.iter().map(|spec| spec.model).collect();
    for model in ModelKind::ALL.into_iter().filter(|model| models.contains(model)) {
        sweep_models::layer_table(model, shape)?;
    }
    let with_weights =
        jobs.iter().filter_map(|spec| Some(((spec.model, &spec.initial_weights.as_ref()?.sha256), spec)));
    for spec in with_weights.collect::<HashMap<_, _>>().into_values() {
        sweep_worker::check_initial_weights(spec, shape)?;
    }
    Ok(())
}

fn announce(name: &str, recorded: &Recorded, jobs: usize, database: &Path, settings: &RunSettings) {
    let place = database.display();
    if recorded.to_run.is_empty() {
        eprintln!("nothing to do: all {jobs} jobs of the sweep \"{name}\" are finished in {place}");
        return;
    }
    if settings.verbosity == Verbosity::Quiet {
        return;
    }
    let mut known = Vec::new();
    if recorded.finished > 0 {
        known.push(format!("{} already finished", recorded.finished));
    }
    if recorded.failed_before > 0 {
        known.push(format!("{} that failed before", recorded.failed_before));
    }
    let known = if known.is_empty() { String::new() } else { format!(" ({})", known.join(", ")) };
    let RunSettings { device, workers, threads, .. } = settings;
    let threads = if *threads == 1 { "1 thread".to_owned() } else { format!("{threads} threads") };
    eprintln!(
        "sweep \"{name}\": {} of {jobs} jobs to train{known}, into {place}; up to {workers} workers of {threads} on {device}",
        recorded.to_run.len()
    );
}

fn command_line() -> String {
    env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

/// The bundles to train, the costliest first.
fn orders(
    jobs: Vec<PlannedJob>,
    data: &sweep_job::DataSpec,
    identity: &DataIdentity,
    database: &Path,
) -> Vec<BundleOrder> {
    let weights_dir = weights_dir(database);
    let orders = sweep_plan::bundles(jobs)
        .into_iter()
        .map(|bundle| BundleOrder {
            bundle,
            data: data.clone(),
            identity: identity.clone(),
            weights_dir: weights_dir.clone(),
        })
        .collect();
    longest_first(orders, |order: &BundleOrder| {
        let weight = order.bundle.jobs.last().map_or(0.0, |job| relative_cost(job.spec.model));
        weight * f64::from(order.bundle.epochs())
    })
}

/// Million multiply-adds of a forward pass over one trial of 2 x 750 samples.
fn relative_cost(model: ModelKind) -> f64 {
    match model {
        ModelKind::EegNet => 4.1,
        ModelKind::DeepConvNet => 16.5,
    }
}

/// Trains `orders` in worker processes. First the store, then the screen.
fn train(
    orders: Vec<BundleOrder>,
    store: &mut Store,
    settings: &RunSettings,
    train_trials: usize,
) -> Result<Ending, CliError> {
    let workers = NonZeroUsize::new(settings.workers as usize).unwrap_or(NonZeroUsize::MIN);
    let mut progress =
        Progress::new(&orders, workers.get().min(orders.len()), train_trials, settings.verbosity);
    let mut executor = local_processes(settings)?;
    let observer = |happening: Happening<'_>| -> Result<(), StoreError> {
        if let Happening::Job { job, event, .. } = happening {
            store.record(&job, event)?;
        }
        progress.show(&happening);
        Ok(())
    };
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::Scheduler(format!("the scheduler cannot be started: {error}")))?;
    let summary = runtime.block_on(async {
        let (stop_sender, stops) = mpsc::unbounded_channel();
        tokio::spawn(forward_signals(stop_sender));
        sweep_scheduler::run(orders, &mut executor, workers, stops, observer).await
    });
    progress.close();
    let summary = summary?;
    tell(&summary, settings.verbosity);
    Ok(if summary.stop.is_some() && summary.interrupted + summary.not_started > 0 {
        Ending::Interrupted
    } else if summary.all_finished() {
        Ending::Done
    } else {
        Ending::JobsFailed
    })
}

/// What the C library's allocator is told in a worker: to keep the memory of one step for the next. Its default gives large
/// buffers back to the system and takes them anew, and the page faults of that cost a third of an epoch. Other allocators
/// ignore it.
const ALLOCATOR_SETTINGS: [(&str, &str); 3] = [
    ("MALLOC_MMAP_MAX_", "0"),
    ("MALLOC_TRIM_THRESHOLD_", "17179869184"),
    ("MALLOC_TOP_PAD_", "67108864"),
];

/// This same program as worker. Its environment keeps numeric libraries from starting threads of their own.
fn local_processes(settings: &RunSettings) -> Result<LocalProcesses, CliError> {
    let program = env::current_exe()
        .map_err(|error| CliError::Scheduler(format!("this program cannot find its own file: {error}")))?;
    let arguments = [
        "worker".to_owned(),
        format!("--device={}", settings.device),
        format!("--threads={}", settings.threads),
    ];
    let mut executor = LocalProcesses::new(program, arguments);
    let threads = settings.threads.to_string();
    let environment = ALLOCATOR_SETTINGS.into_iter().chain([("RAYON_NUM_THREADS", threads.as_str())]);
    executor.environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Ok(executor)
}

/// A first Ctrl-C or SIGTERM stops after the current epoch, a second at once.
async fn forward_signals(stops: mpsc::UnboundedSender<StopRequest>) {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        tracing::warn!("signals cannot be caught: Ctrl-C ends the program at once");
        return;
    };
    let notices = [
        (StopRequest::AfterEpoch, "stopping after the current epoch; press Ctrl-C again to stop at once"),
        (StopRequest::Now, "stopping at once"),
    ];
    for (request, notice) in notices {
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
        eprintln!("\n{notice}");
        // Nobody listens any more when the sweep is over.
        let _ = stops.send(request);
    }
}

fn tell(summary: &Summary, verbosity: Verbosity) {
    let Summary { finished, diverged, failed, interrupted, not_started, .. } = *summary;
    let counts = [
        (finished, "finished"),
        (diverged, "diverged"),
        (failed, "failed"),
        (interrupted, "interrupted"),
        (not_started, "not started"),
    ];
    if verbosity == Verbosity::Quiet && summary.all_finished() {
        return;
    }
    let parts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    eprintln!("jobs: {}", parts.join(", "));
    if !summary.all_finished() {
        eprintln!("run the same command again to train what is missing");
    }
}
