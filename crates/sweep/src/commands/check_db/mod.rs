//! `sweep check-db`: what is wrong with a database and the files beside it, and what can be saved.

mod salvage;

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

use sweep_job::{JobId, JobStatus, WeightsFile, sha256};
use sweep_store::{CheckReport, Reader, Store, StoreError, holds_results, weights_dir, weights_path};
use sweep_worker::{CHECKPOINTS, read_weights};

use super::{left_running, left_running_words};
use crate::{
    cli::CheckDbArguments,
    error::{CliError, Ending},
    output::{counted, list_first, print},
};

/// So many files of one kind are listed.
const LISTED: usize = 10;

/// What is wrong with the weights.
#[derive(Debug, Default)]
struct Files {
    missing: Vec<PathBuf>,
    changed: Vec<PathBuf>,
    /// Files that no result names and no open job may still use.
    orphaned: Vec<PathBuf>,
    checked: usize,
}

pub(super) fn run(arguments: &CheckDbArguments) -> Result<Ending, CliError> {
    let database = &arguments.database.db;
    if let Some(new) = &arguments.salvage {
        return salvage::run(database, &arguments.database.location_of(new));
    }
    let checked = Store::open_to_check(&arguments.database).and_then(|reader| Ok((reader.check()?, reader)));
    let (report, reader) = match checked {
        Err(error) if error.is_damage() || is_ours(database, &error) => {
            print(&format!("{}  {}\n{}", damaged(database), broken_header(&error), recovery(database)))?;
            return Ok(Ending::Damaged);
        }
        checked => checked?,
    };
    let files = reader.weights_files().map(|weights| check_files(database, &weights, &reader));
    let left = left_running(&reader).unwrap_or_default();
    let mut text = rows(database, &report);
    if let Ok(files) = &files {
        text.push_str(&weights(files));
    }
    if left > 0 {
        text.push_str(&left_running_words(left));
        text.push('\n');
    }
    print(&text)?;
    let is_wrong = |files: &Files| !files.missing.is_empty() || !files.changed.is_empty();
    Ok(if !report.damage.is_empty() || !report.broken.is_empty() {
        Ending::Damaged
    } else if files.is_ok_and(|files| is_wrong(&files)) {
        Ending::JobsFailed
    } else {
        Ending::Done
    })
}

/// Whether a file that SQLite or `sweep` takes for something else holds jobs: its header is damaged then.
fn is_ours(database: &Path, error: &StoreError) -> bool {
    matches!(error, StoreError::NotADatabase { .. } | StoreError::OtherProgram { .. })
        && holds_results(database)
}

fn broken_header(error: &StoreError) -> String {
    match error {
        StoreError::NotADatabase { .. } | StoreError::OtherProgram { .. } => {
            "its first 100 bytes are not those of a results database, but there are jobs behind them"
                .to_owned()
        }
        StoreError::Newer { found, .. } => format!("its version, {found}, cannot be right"),
        error => error.to_string(),
    }
}

fn rows(database: &Path, report: &CheckReport) -> String {
    let CheckReport { damage, broken, finished, readable } = report;
    let name = database.display();
    if damage.is_empty() && broken.is_empty() {
        return format!("{name} is whole: {} finished\n", counted(*finished, "job"));
    }
    let mut text = if damage.is_empty() { format!("{name} contradicts itself\n") } else { damaged(database) };
    damage.iter().chain(broken).for_each(|line| text.push_str(&format!("  {line}\n")));
    text.push_str(&format!("{readable} of {} are whole\n", counted(*finished, "finished job")));
    text.push_str(&recovery(database));
    text
}

fn damaged(database: &Path) -> String {
    format!("{} is DAMAGED\n", database.display())
}

/// What to do with a damaged database.
fn recovery(database: &Path) -> String {
    format!(
        "this copies what is whole into a new database and changes nothing here:\n  \
         sweep check-db --db {} --salvage NEW.db\n",
        database.display()
    )
}

fn check_files(database: &Path, weights: &[(JobId, WeightsFile)], reader: &Reader) -> Files {
    let folder = weights_dir(database);
    let mut files = Files::default();
    let mut named = HashSet::new();
    for (_, weights) in weights {
        files.checked += 1;
        let Some(path) = weights_path(database, weights) else {
            files.missing.push(folder.join(&weights.file));
            continue;
        };
        match read_weights(&path) {
            Ok(bytes) if sha256(&bytes) == weights.sha256 => {}
            Ok(_) => files.changed.push(path.clone()),
            Err(_) => files.missing.push(path.clone()),
        }
        named.insert(path);
    }
    // What a job without a result has on disk may be the beginning of its end.
    let is_open = |job: &str| {
        job.parse::<JobId>()
            .is_ok_and(|job| reader.job(&job).is_ok_and(|job| job.status != JobStatus::Finished))
    };
    for job in entries(&folder).iter().filter(|path| path.is_dir()) {
        let name = job.file_name().unwrap_or_default().to_string_lossy();
        if name != CHECKPOINTS && !is_open(&name) {
            files.orphaned.extend(entries(job).into_iter().filter(|path| !named.contains(path)));
        }
    }
    files
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths
}

fn weights(files: &Files) -> String {
    let mut text = String::new();
    for (paths, what) in [
        (&files.missing, "missing: the results stay, but `sweep eval` cannot load it"),
        (&files.changed, "not the bytes that were saved"),
        (&files.orphaned, "not used by any result and can be removed"),
    ] {
        if !paths.is_empty() {
            let verb = if paths.len() == 1 { "is" } else { "are" };
            text.push_str(&format!("{} of weights {verb} {what}\n", counted(paths.len(), "file")));
            list_first(&mut text, LISTED, paths.iter().map(|path| path.display().to_string()));
        }
    }
    if text.is_empty() {
        text.push_str(&format!("{} of weights, as they were saved\n", counted(files.checked, "file")));
    }
    text
}
