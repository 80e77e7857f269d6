//! What can be read of a damaged database becomes a new one: results whole or not at all, and nothing invented.
//!
//! The pages of the damaged database are read without SQLite into a database of rows; each job of it is judged; and what is whole goes
//! through the same recording as results of another database that are merged.

mod judge;
mod layout;
mod rows;
mod workshop;

use std::{collections::BTreeMap, fs, path::Path, time::SystemTime};

use sweep_job::{DataIdentity, JobId, JobRecord, JobStatus, PlannedJob, RunDetails, SweepId};

use crate::{
    Reader, Store, StoreError, SweepEntry,
    carve::{Pages, log_of},
    connect::{Presence, check_kind},
    file_system::check_is_local,
    location::Location,
    merge::{copy_weights, weights_of},
    migrations,
    sweep::OfFailed,
};
use judge::{Judged, Verdict, judge};
use rows::Rows;
use workshop::Workshop;

/// The sweep of jobs whose own sweep cannot be read.
const NAMELESS: &str = "salvaged";

/// What was salvaged, and what was not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Salvaged {
    /// Sweeps that were copied.
    pub sweeps: usize,
    /// Sweeps whose rows cannot be read, or whose data set cannot.
    pub lost_sweeps: usize,
    /// Jobs that were copied with their result: finished, diverged, failed or cancelled.
    pub results: usize,
    /// Those of them that are finished.
    pub finished: usize,
    /// Epochs of these results.
    pub epochs: usize,
    /// Snapshots of these results, each with its predictions.
    pub snapshots: usize,
    /// Files of weights that were copied.
    pub weights: usize,
    /// Jobs that had no result before and wait.
    pub waiting: usize,
    /// Jobs that had a result that is incomplete or contradictory, each with the reason: they wait.
    pub queued_again: Vec<(JobId, String)>,
    /// Jobs that are not in the new database, each with the reason, and with its id if that can be read.
    pub left_out: Vec<(Option<JobId>, String)>,
    /// Finished jobs whose weights are missing or not as they were saved: their results were copied.
    pub without_weights: Vec<JobId>,
    /// Tables that are damaged, with how many of their pages and rows cannot be read. `sqlite_schema` is the list of tables.
    pub damaged: BTreeMap<String, usize>,
}

impl Salvaged {
    /// Whether nothing is missing.
    pub fn is_complete(&self) -> bool {
        self.queued_again.is_empty()
            && self.left_out.is_empty()
            && self.without_weights.is_empty()
            && self.lost_sweeps == 0
    }
}

/// Whether the file at `path` holds jobs, whatever SQLite says of it.
pub fn holds_results(path: &Path) -> bool {
    let count = |pages: &Pages| {
        (1..=migrations::known_version())
            .any(|version| rows::jobs_of(pages, version).is_ok_and(|jobs| jobs > 0))
    };
    Pages::open(path).is_ok_and(|pages| count(&pages))
}

/// Copies what can be read of the database at `damaged`, with its weights, into a new one at `new`. The damaged database is only read.
/// The new one is there whole or not at all.
///
/// # Errors
/// If `new` exists or its file system is not safe, if nothing can be read or a newer program wrote it, if it was written meanwhile, or if a file system or SQLite
/// fails.
pub fn salvage(
    damaged: &Path,
    new: impl Into<Location>,
    details: RunDetails,
) -> Result<Salvaged, StoreError> {
    let new = new.into();
    check_is_local(new.path(), new.file_system())?;
    if check_kind(damaged)? == Presence::Missing {
        return Err(StoreError::Missing { path: damaged.to_owned() });
    }
    let workshop = Workshop::beside(new.path())?;
    let before = state_of_files(damaged);
    let rows = Rows::gather(damaged, workshop.rows())?;
    if state_of_files(damaged) != before {
        return Err(StoreError::WrittenMeanwhile { path: damaged.to_owned() });
    }
    let mut store = Store::open(Location::new(workshop.database(), new.file_system()))?;
    store.describe_run(details);
    let salvaged = transfer(&mut store, &rows, damaged)?;
    store.close()?;
    drop(rows);
    workshop.deliver()?;
    Ok(salvaged)
}

/// Changes if somebody writes the database.
fn state_of_files(path: &Path) -> [Option<(u64, Option<SystemTime>)>; 2] {
    let state = |path: &Path| fs::metadata(path).ok().map(|file| (file.len(), file.modified().ok()));
    [state(path), state(&log_of(path))]
}

fn transfer(store: &mut Store, rows: &Rows, damaged: &Path) -> Result<Salvaged, StoreError> {
    let judged = judge(rows)?;
    let mut salvaged = Salvaged { damaged: rows.damaged.clone(), ..Salvaged::default() };
    for data in judged.data_sets.values() {
        store.record_data_set(data)?;
    }
    record_sweeps(store, rows, &judged, &mut salvaged)?;
    for (job, verdict) in judged.jobs.values() {
        match verdict {
            Verdict::Whole => salvaged.take(store, &rows.reader, job, damaged)?,
            Verdict::Waits => salvaged.waiting += 1,
            Verdict::Doubtful(why) => salvaged.queued_again.push((job.id, why.clone())),
        }
    }
    salvaged.left_out = judged.left_out;
    let unknown = (None, "its row cannot be read".to_owned());
    salvaged.left_out.extend(vec![unknown; rows.lost_jobs]);
    Ok(salvaged)
}

/// Records the sweeps with the jobs that are left of them, and all other jobs as a sweep of their own.
fn record_sweeps(
    store: &mut Store,
    rows: &Rows,
    judged: &Judged,
    salvaged: &mut Salvaged,
) -> Result<(), StoreError> {
    let mut nameless: BTreeMap<i64, &JobRecord> =
        judged.jobs.iter().map(|(key, (job, _))| (*key, job)).collect();
    salvaged.lost_sweeps = rows.lost_sweeps;
    for sweep in rows.reader.sweeps()? {
        if !judged.data_sets.contains_key(&sweep.data) {
            salvaged.lost_sweeps += 1;
            continue;
        }
        let keys = rows.reader.members(sweep.id)?;
        let members: Vec<&JobRecord> = keys
            .iter()
            .filter_map(|key| Some(&judged.jobs.get(key)?.0))
            .filter(|job| job.data.identity == sweep.data)
            .collect();
        let entry =
            SweepEntry { name: sweep.name, file_text: sweep.file_text, command_line: sweep.command_line };
        record(store, &entry, &sweep.data, &members)?;
        nameless.retain(|key, _| !keys.contains(key));
        salvaged.sweeps += 1;
    }
    let entry = SweepEntry {
        name: NAMELESS.to_owned(),
        file_text: "# The sweep file of these jobs could not be read.\n".to_owned(),
        command_line: String::new(),
    };
    for data in judged.data_sets.keys() {
        let jobs: Vec<&JobRecord> =
            nameless.values().copied().filter(|job| job.data.identity == *data).collect();
        if !jobs.is_empty() {
            record(store, &entry, data, &jobs)?;
        }
    }
    Ok(())
}

fn record(
    store: &mut Store,
    entry: &SweepEntry,
    data: &DataIdentity,
    jobs: &[&JobRecord],
) -> Result<(), StoreError> {
    let planned: Vec<PlannedJob> =
        jobs.iter().map(|job| PlannedJob { id: job.id, spec: job.spec.clone() }).collect();
    store.record_jobs(entry, data, &planned, OfFailed::Stay)?;
    Ok(())
}

impl Salvaged {
    /// Copies a job with its result and its weights.
    fn take(
        &mut self,
        store: &mut Store,
        rows: &Reader,
        job: &JobRecord,
        damaged: &Path,
    ) -> Result<(), StoreError> {
        match store.replay(rows, job) {
            Ok(()) => {}
            // The recording knows what a life must look like, to the last detail.
            Err(error)
                if error.is_damage()
                    || matches!(error, StoreError::Contradiction { .. } | StoreError::Transition { .. }) =>
            {
                self.queued_again.push((job.id, error.to_string()));
                return Ok(());
            }
            Err(error) => return Err(error),
        }
        self.results += 1;
        self.epochs += job.epochs_finished as usize;
        if job.status != JobStatus::Finished {
            return Ok(());
        }
        self.finished += 1;
        let mut is_missing = false;
        for weights in weights_of(rows, &job.id)? {
            self.snapshots += 1;
            if copy_weights(damaged, store.reader.path(), &weights)? {
                self.weights += 1;
            } else {
                is_missing = true;
            }
        }
        self.without_weights.extend(is_missing.then_some(job.id));
        Ok(())
    }
}

impl Reader {
    /// The numbers of the jobs of a sweep, in the order of its plan.
    fn members(&self, sweep: SweepId) -> Result<Vec<i64>, StoreError> {
        let query = format!("SELECT job FROM sweep_job WHERE sweep = {} ORDER BY position", sweep.0);
        self.numbers(&query).map_err(crate::error::sqlite("list the jobs of a sweep"))
    }
}
