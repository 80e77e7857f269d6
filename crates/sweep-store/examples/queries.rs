//! How fast questions about many jobs are: `cargo run --release -p sweep-store --example queries -- FOLDER`.
//!
//! It fills two databases in FOLDER, of 100,000 jobs of 3 epochs and of 10,000 jobs of 100, and times what a live page and a filtered report
//! ask: the median and the worst of several rounds, in milliseconds.

use std::{error::Error, num::NonZeroU32, ops::ControlFlow, path::Path, time::Instant};

use rusqlite::Connection;
use sweep_job::{
    Activation, DataIdentity, DataSetRecord, DataSource, DataSpec, EpochCursor, JobId, JobSpec, ModelKind,
    Optimizer, PlannedJob, Scale, Shuffle, SweepId, ValidationBy, View, sources,
};
use sweep_store::{
    Column, Direction, Filter, JobQuery, JobSelection, PageRequest, Reader, Sort, Store, StoreError,
    SweepEntry,
};

/// Jobs and epochs of each database.
const SIZES: [(u64, u32); 2] = [(100_000, 3), (10_000, 100)];
const ROUNDS: usize = 7;
const PAGE: usize = 50;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let folder = std::env::args().nth(1).ok_or("give a folder for the databases")?;
    std::fs::create_dir_all(&folder)?;
    for (jobs, epochs) in SIZES {
        let path = Path::new(&folder).join(format!("queries-{jobs}.db"));
        if !path.exists() {
            fill(&path, jobs, epochs)?;
        }
        println!("\n{jobs} jobs of {epochs} epochs");
        let reader = Store::open_read_only(&path)?;
        pages(&reader, jobs as usize)?;
        filters(&reader, jobs as usize)?;
        others(&reader)?;
    }
    Ok(())
}

fn pages(reader: &Reader, jobs: usize) -> Result<()> {
    let page = |sort, offset| PageRequest { jobs: JobSelection::All.into(), sort, offset, limit: PAGE };
    for offset in [0, jobs / 2, jobs - PAGE] {
        time(&format!("page at {offset}, in order"), || reader.job_page(&page(None, offset)))?;
    }
    let mut worst: (f64, &str) = (0.0, "");
    for column in Column::all() {
        let sort = Some(Sort { column, direction: Direction::Descending });
        for offset in [0, jobs / 2, jobs - PAGE] {
            let (median, _) = timed(|| reader.job_page(&page(sort, offset)))?;
            if median > worst.0 && column.name() != "sweeps" {
                worst = (median, column.name());
            }
            if ["best_test_accuracy", "learning_rate", "model", "created_at", "data_title", "sweeps"]
                .contains(&column.name())
            {
                println!("{:60} {median:9.2}", format!("page at {offset} by {}", column.name()));
            }
        }
    }
    println!("{:60} {:9.2}", format!("slowest column but sweeps: {}", worst.1), worst.0);
    Ok(())
}

fn filters(reader: &Reader, jobs: usize) -> Result<()> {
    let column = Column::named("best_test_accuracy").ok_or("no such column")?;
    let sort = Some(Sort { column, direction: Direction::Descending });
    for text in [
        "model = \"eegnet\" and learning_rate < 0.01",
        "sweep = \"all\" and not status = \"finished\"",
        "sweep = \"six\"",
        "data_title ~ \"motor\"",
        "reason is not null or best_test_accuracy > 90%",
    ] {
        let filter = Filter::parse(text)?;
        let query: JobQuery<'_> = JobSelection::All.matching(Some(&filter));
        for offset in [0, jobs / 4] {
            let request = PageRequest { jobs: query, sort, offset, limit: PAGE };
            time(&format!("page at {offset} where {text}"), || reader.job_page(&request))?;
        }
    }
    let named = PageRequest { jobs: JobSelection::Named("all").into(), sort, offset: jobs / 2, limit: PAGE };
    time("page in the middle of a sweep by its name", || reader.job_page(&named))?;
    Ok(())
}

fn others(reader: &Reader) -> Result<()> {
    let records = reader.job_page(&PageRequest {
        jobs: JobSelection::All.into(),
        sort: None,
        offset: 0,
        limit: 10_000,
    })?;
    let ids: Vec<JobId> = records.jobs.iter().map(|job| job.id).collect();
    for epochs in [1, 10, 50] {
        let epochs = NonZeroU32::new(epochs).ok_or("no epochs")?;
        time(&format!("means of the last {epochs} epochs of {} jobs", ids.len()), || {
            reader.tail_means(&ids, epochs)
        })?;
    }
    time("data version", || reader.data_version())?;
    time("new epochs of a job, none", || {
        reader.epochs_after(&ids[7], EpochCursor { attempt: 1, epoch: 100 })
    })?;
    time("counts", || reader.counts())?;
    time("progress", || reader.progress())?;
    time("sweeps", || reader.sweeps())?;
    time("settings that differ", || reader.varying_settings(JobSelection::All))?;
    time("jobs of a sweep", || reader.jobs(JobSelection::Sweep(SweepId(1))))?;
    for view in [View::Trials, View::Epochs] {
        time(&format!("all rows of {}", view.name()), || {
            let mut cells = 0;
            let names: Vec<&str> = view.columns().map(|column| column.name).collect();
            reader.each_row(view.name(), &names, |row| {
                cells += row.len();
                ControlFlow::Continue(())
            })?;
            Ok::<_, StoreError>(cells)
        })?;
    }
    Ok(())
}

fn time<T, E>(what: &str, run: impl Fn() -> std::result::Result<T, E>) -> std::result::Result<(), E> {
    let (median, most) = timed(run)?;
    println!("{what:60} {median:9.3} {most:9.3}");
    Ok(())
}

/// The median and the largest of the rounds, in milliseconds.
fn timed<T, E>(run: impl Fn() -> std::result::Result<T, E>) -> std::result::Result<(f64, f64), E> {
    let mut rounds = [0.0; ROUNDS];
    for round in &mut rounds {
        let start = Instant::now();
        run()?;
        *round = start.elapsed().as_secs_f64() * 1e3;
    }
    rounds.sort_by(f64::total_cmp);
    Ok((rounds[ROUNDS / 2], rounds[ROUNDS - 1]))
}

/// Fills a new database: of ten jobs eight are finished, one failed and one waits. The rows are written by SQL, in one transaction.
fn fill(path: &Path, jobs: u64, epochs: u32) -> Result<()> {
    let mut store = Store::open(path)?;
    store.record_data_set(&data_set())?;
    let planned: Vec<PlannedJob> = (0..jobs).map(|seed| planned(seed, epochs)).collect();
    let entry = |name: &str| SweepEntry {
        name: name.to_owned(),
        file_text: String::new(),
        command_line: "queries".to_owned(),
    };
    store.record_sweep(&entry("all"), &identity(), &planned)?;
    store.record_sweep(&entry("six"), &identity(), &planned[..6])?;
    drop(store);
    let connection = Connection::open(path)?;
    connection.execute_batch(&format!(
        "BEGIN;
         UPDATE job SET status = CASE key % 10 WHEN 0 THEN 'queued' WHEN 5 THEN 'failed' ELSE 'finished' END,
            reason = iif(key % 10 = 5, 'worker died: signal 9', NULL),
            failure = iif(key % 10 = 5, '{{\"kind\":\"worker_died\",\"how\":\"signal 9\"}}', NULL),
            epochs_finished = iif(key % 10 IN (0, 5), 0, epochs), attempts = key % 10 > 0, host = 'lab', device = 'cpu', hardware = 'avx2', threads = 1, program_version = '0.1.0',
            started_at = strftime('%Y-%m-%dT%H:%M:%fZ', 1.7e9 + 30 * key, 'unixepoch'),
            finished_at = iif(key % 10 > 0, strftime('%Y-%m-%dT%H:%M:%fZ', 1.7e9 + 30 * key + 20, 'unixepoch'), NULL);
         WITH RECURSIVE number (epoch) AS (VALUES (1) UNION ALL SELECT epoch + 1 FROM number WHERE epoch < {epochs})
         INSERT INTO epoch SELECT key, epoch, 0.5, 0.75, 0.5, abs(random() % 216) / 216.0, 0.5, abs(random() % 1080) / 1080.0, 0.9, 0.1
            FROM job, number WHERE status = 'finished' ORDER BY key, epoch;
         UPDATE job SET seconds = epochs + key % 1000 / 100.0, best_epoch = 1, selected_epoch = 1,
            best_test_accuracy = epoch.test_accuracy, selected_test_accuracy = epoch.test_accuracy,
            selected_validation_accuracy = epoch.validation_accuracy, selected_validation_loss = 0.5, last_train_loss = 0.5,
            last_train_accuracy = 0.75, last_validation_loss = 0.5, last_validation_accuracy = epoch.validation_accuracy,
            last_test_loss = 0.5, last_test_accuracy = epoch.test_accuracy
            FROM epoch WHERE epoch.job = job.key AND epoch.epoch = 1;
         COMMIT;
         PRAGMA wal_checkpoint(TRUNCATE);"
    ))?;
    Ok(())
}

fn identity() -> DataIdentity {
    DataIdentity("ab".repeat(32))
}

fn data_set() -> DataSetRecord {
    DataSetRecord {
        identity: identity(),
        spec: DataSpec {
            source: DataSource::Synthetic(sources::Synthetic { seed: 0 }),
            validation: 0.2,
            validation_by: ValidationBy::Trial,
            validation_seed: 0,
            scale: Scale::None,
            limit: None,
        },
        title: "two-class motor imagery, seed 0".to_owned(),
        channels: 2,
        samples: 750,
        sampling_rate_hz: Some(125.0),
        classes: vec![1, 2],
        train_trials: 864,
        validation_trials: 216,
        test_labels: vec![0; 1080],
        test_subjects: None,
        leaks: None,
    }
}

fn planned(seed: u64, epochs: u32) -> PlannedJob {
    let spec = JobSpec {
        model: ModelKind::ALL[seed as usize % 2],
        activation: if seed.is_multiple_of(3) { Activation::Relu } else { Activation::Elu { alpha: 1.0 } },
        batch_size: [16, 32, 108][seed as usize % 3],
        learning_rate: 10f64.powf(-5.0 + (seed * 7919 % 4000) as f64 / 1000.0),
        epochs,
        seed,
        optimizer: Optimizer::LAB,
        weight_decay: 0.0,
        dropout: 0.25,
        max_norm: None,
        shuffle: Shuffle::EveryEpoch,
        initial_weights: None,
        more: Default::default(),
    };
    PlannedJob { id: JobId::new(&spec, &identity()), spec }
}
