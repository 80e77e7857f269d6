//! How fast the database is: `cargo run --release -p sweep-store --example measure -- FOLDER`.
//!
//! It fills a database in FOLDER with 10,000 jobs of 100 epochs, and times what people wait for.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use sweep_job::{
    Activation, DataIdentity, DataSetRecord, DataSource, DataSpec, EpochMetrics, JobEvent, JobId, JobSpec,
    ModelKind, Optimizer, Outcome, PlannedJob, Predictions, Provenance, Scale, Score, Shuffle, Snapshot,
    WeightsFile,
};
use sweep_store::{JobSelection, Store, SweepEntry, sql};

const JOBS: u64 = 10_000;
const EPOCHS: u32 = 100;
const TEST_TRIALS: usize = 1080;
/// So many jobs run at the same time, so that their epochs come in turn.
const AT_ONCE: usize = 8;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("give a folder for the database")?);
    fs::create_dir_all(&folder)?;
    let path = folder.join("measure.db");
    if path.exists() {
        return Err(format!("{} exists already", path.display()).into());
    }
    let mut store = timed("open a new database", || Store::open(&path))?;
    store.record_data_set(&data_set())?;
    plans(&mut store, &folder.join("measure-plan.db"))?;
    lives(&mut store)?;
    let start = Instant::now();
    drop(store);
    told("close", start);
    println!("{:40} {:10.1} MB", "size", fs::metadata(&path)?.len() as f64 / 1e6);
    let mut store = timed("open it again", || Store::open(&path))?;
    let all: Vec<PlannedJob> = (0..JOBS).map(planned).collect();
    timed("record a finished sweep of 10,000 jobs", || store.record_sweep(&entry("all"), &identity(), &all))?;
    let six: Vec<PlannedJob> = (0..6).map(planned).collect();
    timed("record a finished sweep of 6 jobs", || store.record_sweep(&entry("six"), &identity(), &six))?;
    drop(store);
    reads(&path)
}

fn timed<T, E>(what: &str, run: impl FnOnce() -> std::result::Result<T, E>) -> std::result::Result<T, E> {
    let start = Instant::now();
    let result = run()?;
    told(what, start);
    Ok(result)
}

fn told(what: &str, start: Instant) {
    println!("{what:40} {:10.3} ms", start.elapsed().as_secs_f64() * 1e3);
}

fn plans(store: &mut Store, large: &Path) -> Result<()> {
    let six: Vec<PlannedJob> = (0..6).map(planned).collect();
    timed("record a new sweep of 6 jobs", || store.record_sweep(&entry("six"), &identity(), &six))?;
    let all: Vec<PlannedJob> = (0..JOBS).map(planned).collect();
    timed("record a new sweep of 10,000 jobs", || store.record_sweep(&entry("all"), &identity(), &all))?;
    // In a database of its own: it is never run.
    let many: Vec<PlannedJob> = (JOBS..JOBS + 100_000).map(planned).collect();
    let mut other = Store::open(large)?;
    other.record_data_set(&data_set())?;
    timed("record a new sweep of 100,000 jobs", || other.record_sweep(&entry("many"), &identity(), &many))?;
    timed("record that sweep again", || other.record_sweep(&entry("many"), &identity(), &many))?;
    Ok(())
}

fn lives(store: &mut Store) -> Result<()> {
    let ids: Vec<JobId> = (0..JOBS).map(|seed| planned(seed).id).collect();
    let mut epoch_seconds = 0.0;
    let mut finish_seconds = 0.0;
    for group in ids.chunks(AT_ONCE) {
        for id in group {
            store.record(id, &started())?;
        }
        let start = Instant::now();
        for epoch in 1..=EPOCHS {
            for id in group {
                store.record(id, &JobEvent::EpochFinished(metrics(epoch)))?;
            }
        }
        epoch_seconds += start.elapsed().as_secs_f64();
        let start = Instant::now();
        for id in group {
            store.record(id, &JobEvent::Finished(Box::new(outcome())))?;
        }
        finish_seconds += start.elapsed().as_secs_f64();
    }
    let epochs = JOBS as f64 * f64::from(EPOCHS);
    println!("{:40} {:10.4} ms", "record an epoch (mean of 1,000,000)", 1e3 * epoch_seconds / epochs);
    println!(
        "{:40} {:10.4} ms",
        "record a finished job (mean of 10,000)",
        1e3 * finish_seconds / JOBS as f64
    );
    Ok(())
}

fn reads(path: &Path) -> Result<()> {
    let id = planned(7).id;
    for (what, query) in [
        ("trials, all columns", "SELECT * FROM trials".to_owned()),
        (
            "trials, the ten best",
            "SELECT job_id, best_test_accuracy FROM trials ORDER BY 2 DESC LIMIT 10".to_owned(),
        ),
        ("best", "SELECT * FROM best".to_owned()),
        ("sweeps", "SELECT * FROM sweeps".to_owned()),
        ("epochs of a job", format!("SELECT * FROM epochs WHERE job_id = '{id}'")),
        (
            "mean accuracy by epoch, 1,000,000 rows",
            "SELECT epoch, avg(test_accuracy) FROM epochs GROUP BY 1".to_owned(),
        ),
        ("epochs, all 1,000,000 rows", "SELECT * FROM epochs".to_owned()),
    ] {
        timed(&format!("SQL: {what}"), || sql(path, &query))?;
    }
    let reader = Store::open_read_only(path)?;
    timed("10,000 job records", || reader.jobs(JobSelection::All))?;
    timed("job records of a sweep of 6", || reader.jobs(JobSelection::Named("six")))?;
    timed("a job by its prefix", || reader.find_job(&id.short()))?;
    Ok(())
}

fn identity() -> DataIdentity {
    DataIdentity("ab".repeat(32))
}

fn data_set() -> DataSetRecord {
    DataSetRecord {
        identity: identity(),
        spec: DataSpec {
            source: DataSource::Synthetic { seed: 0 },
            validation: 0.2,
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
