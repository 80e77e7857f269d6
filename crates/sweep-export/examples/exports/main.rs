//! How long each form takes, and how large it is: `cargo run --release -p sweep-export --example exports -- FOLDER [JOBS [EPOCHS]]`.
//!
//! It fills the database FOLDER/source.db with made-up jobs, 10,000 of 100 epochs where nothing else is said, and exports them to
//! FOLDER/csv, FOLDER/json and so on. `scripts/check-export.py FOLDER` reads all of it with the programs that it is for.

mod jobs;
mod source;

use std::{env::args, error::Error, fs, path::PathBuf, time::Instant};

use jobs::Jobs;
use rusqlite::Connection;
use source::Source;
use sweep_export::{
    ExportError, Exported, TableForm, export_mlflow, export_tables, export_tensorboard, results_tables,
};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(args().nth(1).ok_or("give a folder")?);
    let jobs = args().nth(2).map_or(Ok(10_000), |text| text.parse())?;
    let epochs = args().nth(3).map_or(Ok(100), |text| text.parse())?;
    let mut jobs = Jobs { jobs, epochs };
    fs::create_dir_all(&folder)?;
    let path = folder.join("source.db");
    if !path.exists() {
        source::fill(&Connection::open(&path)?, jobs)?;
    }
    println!("source: {:.1} MB", fs::metadata(&path)?.len() as f64 / 1e6);
    let mut source = Source(Connection::open(&path)?);
    for (name, form) in [("csv", TableForm::Csv), ("json", TableForm::Json), ("parquet", TableForm::Parquet)]
    {
        time(name, || export_tables(form, &folder.join(name), &results_tables(), &mut source))?;
    }
    time("tensorboard", || export_tensorboard(&folder.join("tensorboard"), &mut jobs))?;
    time("mlflow", || export_mlflow(&folder.join("mlflow"), &mut jobs))?;
    Ok(())
}

fn time(name: &str, export: impl FnOnce() -> Result<Exported, ExportError>) -> Result<(), ExportError> {
    let start = Instant::now();
    let Exported { files, bytes } = export()?;
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{name}: {seconds:.1} s, {:.1} MB in {files} files, {} at most in memory",
        bytes as f64 / 1e6,
        most_memory()
    );
    Ok(())
}

/// The most memory that this process has had, where the system tells.
fn most_memory() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or_else(|| "?".to_owned(), |line| line.trim().to_owned())
}
