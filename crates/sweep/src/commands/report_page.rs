//! `sweep report --html`: all of a report in one file.

use std::{
    collections::{HashMap, HashSet},
    fs::{self, File},
    io::{self, Read},
    path::Path,
    time::SystemTime,
};

use sweep_job::{Evidence, JobId, RunRecord, SweepRecord};
use sweep_report::{
    page::{BEGINNING, Page, is_page, page_report},
    plots::drawn,
    study::StudyOptions,
};
use sweep_store::{JobQuery, Reader, StoreError};

use super::add_predictions;
use crate::{
    build,
    cli::ReportArguments,
    error::CliError,
    output::{counted, print, write_whole},
};

/// Writes what is known of the jobs that are meant to `file`, and says how large it is. `notes` say which those are.
///
/// # Errors
/// Where something else than an earlier report has the name, where the file cannot be written, or the database not be read.
pub(super) fn write(
    reader: &Reader,
    query: JobQuery<'_>,
    study: &StudyOptions,
    arguments: &ReportArguments,
    notes: &[String],
    file: &Path,
) -> Result<(), CliError> {
    check_is_free(file)?;
    let mut evidence = reader.evidence(reader.jobs(query)?, arguments.tail())?;
    let jobs: Vec<JobId> = drawn(&evidence.jobs).map(|job| job.id).collect();
    reader.add_curves(&mut evidence, jobs)?;
    add_predictions(reader, &mut evidence, study.reading)?;
    let sweeps = sweeps(reader, &evidence, arguments.sweep.as_deref())?;
    let runs = runs(reader, &evidence)?;
    let page = Page {
        evidence: &evidence,
        study,
        notes,
        sweep: arguments.sweep.as_deref(),
        sweeps: &sweeps,
        runs: &runs,
        database: &arguments.database.db.file_name().unwrap_or_default().to_string_lossy(),
        made_at: &humantime::format_rfc3339_seconds(SystemTime::now()).to_string().replace('Z', ""),
        made_by: &build::run_details(),
    };
    let mut bytes = Vec::new();
    page_report(&page, &mut bytes).map_err(|source| CliError::Write { path: file.to_owned(), source })?;
    write_whole(file, &bytes)?;
    let jobs = counted(evidence.jobs.len(), "job");
    print(&format!("{}: {jobs}, {:.2} MB", file.display(), bytes.len() as f64 / 1e6))
}

/// What the user wrote is not replaced.
fn check_is_free(file: &Path) -> Result<(), CliError> {
    let in_the_way = |message: String| {
        let hint = Some("give it another name; only an earlier report is replaced".to_owned());
        Err(CliError::Argument { message, hint })
    };
    match fs::metadata(file) {
        Err(_) => return Ok(()),
        Ok(metadata) if metadata.is_dir() => return in_the_way(format!("{} is a folder", file.display())),
        Ok(metadata) if !metadata.is_file() => return in_the_way(format!("{} is no file", file.display())),
        Ok(_) => {}
    }
    let mut beginning = Vec::new();
    File::open(file)
        .and_then(|file| file.take(BEGINNING.len() as u64).read_to_end(&mut beginning))
        .map_err(|source: io::Error| CliError::Read { path: file.to_owned(), source })?;
    if is_page(&beginning) {
        return Ok(());
    }
    in_the_way(format!("{} is there, and is no report of `sweep`", file.display()))
}

/// The sweeps that asked for the jobs, or those of them with a name.
fn sweeps(reader: &Reader, evidence: &Evidence, name: Option<&str>) -> Result<Vec<SweepRecord>, StoreError> {
    let names: HashSet<&str> =
        evidence.jobs.iter().flat_map(|job| job.sweeps.iter().map(String::as_str)).collect();
    let mut sweeps = reader.sweeps()?;
    sweeps.retain(|sweep| names.contains(sweep.name.as_str()) && name.is_none_or(|name| name == sweep.name));
    Ok(sweeps)
}

fn runs(reader: &Reader, evidence: &Evidence) -> Result<HashMap<JobId, RunRecord>, StoreError> {
    let mut runs = HashMap::new();
    for job in evidence.jobs.iter().filter(|job| job.attempts > 0) {
        if let Some(run) = reader.run_of(&job.id)? {
            runs.insert(job.id, run);
        }
    }
    Ok(runs)
}
