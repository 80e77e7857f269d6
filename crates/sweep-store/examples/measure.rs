//! How fast the database is, and how that grows: `cargo run --release -p sweep-store --example measure -- FOLDER`.
//!
//! It fills databases in FOLDER with 10 to 10,000 jobs of 100 epochs, and times what people wait for.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use rusqlite::Connection;
use sweep_job::{
    Activation, DataIdentity, DataSetRecord, DataSource, DataSpec, EpochMetrics, JobEvent, JobId, JobSpec,
    ModelKind, Optimizer, Outcome, PlannedJob, Predictions, Provenance, Scale, Score, Shuffle, Snapshot,
    ValidationBy, WeightsFile, sources,
};
use sweep_store::{JobSelection, Store, SweepEntry, sql};

/// Jobs of each database.
const SIZES: [u64; 4] = [10, 100, 1_000, 10_000];
const EPOCHS: u32 = 100;
const TEST_TRIALS: usize = 1080;
/// So many jobs run at the same time, so that their epochs come in turn.
const AT_ONCE: usize = 8;
/// Each read is timed so often; the median counts.
const ROUNDS: usize = 5;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("give a folder for the databases")?);
    fs::create_dir_all(&folder)?;
    let mut table = Table::default();
    for jobs in SIZES {
        let path = folder.join(format!("measure-{jobs}.db"));
        if path.exists() {
            return Err(format!("{} exists already", path.display()).into());
        }
        fill(&path, jobs, &mut table)?;
        reads(&path, &mut table)?;
    }
    table.print();
    for level in ["NORMAL", "FULL"] {
        let path = folder.join(format!("measure-{level}.db"));
        println!("an epoch with synchronous={level}: {:.3} ms", epoch_milliseconds(&path, level)?);
    }
    Ok(())
}

/// Milliseconds of each thing in each database.
#[derive(Default)]
struct Table(Vec<(String, Vec<f64>)>);

impl Table {
    fn add(&mut self, what: &str, number: f64) {
        match self.0.iter_mut().find(|(name, _)| name == what) {
            Some((_, numbers)) => numbers.push(number),
            None => self.0.push((what.to_owned(), vec![number])),
        }
    }

    /// Adds the median of several rounds of `run`, in milliseconds.
    fn time<T, E>(
        &mut self,
        what: &str,
        run: impl Fn() -> std::result::Result<T, E>,
    ) -> std::result::Result<(), E> {
        let mut rounds = [0.0; ROUNDS];
        for round in &mut rounds {
            let start = Instant::now();
            run()?;
            *round = milliseconds(start);
        }
        rounds.sort_by(f64::total_cmp);
        self.add(what, rounds[ROUNDS / 2]);
        Ok(())
    }

    fn print(&self) {
        print!("{:44}", "milliseconds, by epoch rows");
        SIZES.iter().for_each(|jobs| print!(" {:>10}", jobs * u64::from(EPOCHS)));
        println!();
        for (what, numbers) in &self.0 {
            print!("{what:44}");
            numbers.iter().for_each(|number| print!(" {number:>10.3}"));
            println!();
        }
    }
}

fn milliseconds(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}

/// Fills a new database with finished jobs.
fn fill(path: &Path, jobs: u64, table: &mut Table) -> Result<()> {
    let start = Instant::now();
    let mut store = Store::open(path)?;
    table.add("open a new database", milliseconds(start));
    store.record_data_set(&data_set())?;
    let planned: Vec<PlannedJob> = (0..jobs).map(planned).collect();
    let start = Instant::now();
    store.record_sweep(&entry("all"), &identity(), &planned)?;
    table.add("record a new sweep of all jobs", milliseconds(start));
    let six = &planned[..6];
    store.record_sweep(&entry("six"), &identity(), six)?;
    lives(&mut store, jobs, table)?;
    drop(store);
    table.add("size in MB", fs::metadata(path)?.len() as f64 / 1e6);
    let start = Instant::now();
    let mut store = Store::open(path)?;
    table.add("open it again", milliseconds(start));
    let start = Instant::now();
    store.record_sweep(&entry("all"), &identity(), &planned)?;
    table.add("record the finished sweep again", milliseconds(start));
    Ok(())
}

fn lives(store: &mut Store, jobs: u64, table: &mut Table) -> Result<()> {
    let ids: Vec<JobId> = (0..jobs).map(|seed| planned(seed).id).collect();
    let [mut start_time, mut epoch_time, mut finish_time] = [0.0; 3];
    for group in ids.chunks(AT_ONCE) {
        let start = Instant::now();
        for id in group {
            store.record(id, &started())?;
        }
        start_time += milliseconds(start);
        let start = Instant::now();
        for epoch in 1..=EPOCHS {
            for id in group {
                store.record(id, &JobEvent::EpochFinished(metrics(epoch)))?;
            }
        }
        epoch_time += milliseconds(start);
        let start = Instant::now();
        for id in group {
            store.record(id, &JobEvent::Finished(Box::new(outcome())))?;
        }
        finish_time += milliseconds(start);
    }
    table.add("record the start of a job (mean)", start_time / jobs as f64);
    table.add("record an epoch (mean)", epoch_time / (jobs as f64 * f64::from(EPOCHS)));
    table.add("record a finished job (mean)", finish_time / jobs as f64);
    Ok(())
}

fn reads(path: &Path, table: &mut Table) -> Result<()> {
    for view in ["trials", "epochs", "best", "snapshots", "data_sets", "sweeps", "sweep_jobs"] {
        table.time(&format!("SELECT * FROM {view}"), || sql(path, &format!("SELECT * FROM {view}")))?;
    }
    let id = planned(7).id;
    for (what, query) in [
        (
            "trials, the ten best",
            "SELECT job_id, best_test_accuracy FROM trials ORDER BY 2 DESC LIMIT 10".to_owned(),
        ),
        ("epochs of a job", format!("SELECT * FROM epochs WHERE job_id = '{id}'")),
        ("mean accuracy by epoch", "SELECT epoch, avg(test_accuracy) FROM epochs GROUP BY 1".to_owned()),
    ] {
        table.time(what, || sql(path, &query))?;
    }
    let reader = Store::open_read_only(path)?;
    table.time("all job records", || reader.jobs(JobSelection::All))?;
    table.time("job records of a sweep of 6", || reader.jobs(JobSelection::Named("six")))?;
    table.time("a job by its prefix", || reader.find_job(&id.to_string()))?;
    Ok(())
}

/// Milliseconds of one epoch's transaction, by itself, where the log is synchronised as `level` says.
fn epoch_milliseconds(path: &Path, level: &str) -> Result<f64> {
    const ROWS: u32 = 2_000;
    let mut store = Store::open(path)?;
    store.record_data_set(&data_set())?;
    let job = planned(0);
    store.record_sweep(&entry("one"), &identity(), std::slice::from_ref(&job))?;
    drop(store);
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "synchronous", level)?;
    let mut insert = connection.prepare(
        "INSERT INTO epoch (job, epoch, train_loss, train_accuracy, validation_loss, validation_accuracy,
            test_loss, test_accuracy, train_seconds, evaluation_seconds)
         VALUES (1, ?1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.9, 0.1)",
    )?;
    let mut update =
        connection.prepare("UPDATE job SET best_epoch = 1, seconds = seconds + 1 WHERE key = 1")?;
    let start = Instant::now();
    for epoch in 1..=ROWS {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        insert.execute([epoch])?;
        update.execute([])?;
        connection.execute_batch("COMMIT")?;
    }
    Ok(milliseconds(start) / f64::from(ROWS))
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
        test_labels: vec![0; TEST_TRIALS],
        test_subjects: None,
        leaks: None,
    }
}

fn entry(name: &str) -> SweepEntry {
    SweepEntry { name: name.to_owned(), file_text: String::new(), command_line: "measure".to_owned() }
}

fn planned(seed: u64) -> PlannedJob {
    let spec = JobSpec {
        model: ModelKind::ALL[seed as usize % 2],
        activation: if seed.is_multiple_of(3) { Activation::Relu } else { Activation::Elu { alpha: 1.0 } },
        batch_size: 108,
        learning_rate: 1e-3,
        epochs: EPOCHS,
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

fn started() -> JobEvent {
    JobEvent::Started(Provenance {
        host: "lab".to_owned(),
        device: "cpu".to_owned(),
        hardware: "avx2".to_owned(),
        threads: 1,
        program_version: "0.1.0".to_owned(),
        arithmetic: 1,
    })
}

/// The accuracy rises to epoch 70 and falls again.
fn metrics(epoch: u32) -> EpochMetrics {
    let accuracy = 0.9 - f64::from(epoch.abs_diff(70)) / 1080.0;
    let score = Score { loss: 1.0 - accuracy, accuracy };
    EpochMetrics {
        epoch,
        train: score,
        validation: Some(score),
        test: score,
        train_seconds: 0.9,
        evaluation_seconds: 0.1,
    }
}

fn outcome() -> Outcome {
    let snapshot = |epoch: u32| Snapshot {
        epoch,
        test: metrics(epoch).test,
        weights: WeightsFile { file: format!("job/{epoch}.safetensors"), sha256: "cd".repeat(32) },
        predictions: Predictions { classes: 2, logits: vec![0.5; 2 * TEST_TRIALS] },
    };
    Outcome { best: snapshot(70), selected: Some(snapshot(70)), last: snapshot(EPOCHS) }
}
