//! What the tables and figures of many jobs are made of, read from the database. It shows nothing.

use std::{collections::HashSet, num::NonZeroU32};

use sweep_job::{Evidence, JobId, JobRecord, JobSpec, JobStatus, ModelKind, SweepId};
use sweep_store::{JobSelection, Reader, StoreError};

/// Of a sweep with more jobs, only the best ones are read: what all of them say is not read off a page, and takes seconds.
pub(crate) const MOST_READ: u32 = 500;
/// So many jobs of a model are read epoch by epoch, the first of the plan; more would keep a page waiting.
pub(crate) const MOST_CURVES: usize = 60;
/// The mean over the last epochs is over so many, as in `sweep report`.
const TAIL_EPOCHS: NonZeroU32 = NonZeroU32::new(10).unwrap();

/// What the page of a sweep of `jobs` jobs is made of.
///
/// # Errors
/// Where the database cannot be read.
pub(crate) fn of_sweep(reader: &Reader, sweep: SweepId, jobs: u32) -> Result<Evidence, StoreError> {
    let read =
        if jobs > MOST_READ { reader.winners(sweep)? } else { reader.jobs(JobSelection::Sweep(sweep))? };
    evidence(reader, read)
}

/// `jobs` with their data sets, the means over their last epochs, and the curves of the first of each model.
///
/// # Errors
/// Where the database cannot be read.
fn evidence(reader: &Reader, jobs: Vec<JobRecord>) -> Result<Evidence, StoreError> {
    let mut evidence = reader.evidence(jobs, TAIL_EPOCHS)?;
    let shown: Vec<JobId> = ModelKind::ALL
        .into_iter()
        .flat_map(|model| drawn(&evidence.jobs).filter(move |job| job.spec.model == model).take(MOST_CURVES))
        .map(|job| job.id)
        .collect();
    reader.add_curves(&mut evidence, shown)?;
    Ok(evidence)
}

/// The jobs whose curves say something: those that are finished, and what runs of settings of which none is. The mean of a setting ends
/// where its shortest curve does.
pub(crate) fn drawn(jobs: &[JobRecord]) -> impl Iterator<Item = &JobRecord> {
    let setting = |job: &JobRecord| format!("{:?}", JobSpec { seed: 0, ..job.spec.clone() });
    let is_finished = |job: &&JobRecord| job.status == JobStatus::Finished;
    let finished: HashSet<String> = jobs.iter().filter(is_finished).map(setting).collect();
    jobs.iter().filter(move |job| match job.status {
        JobStatus::Finished => true,
        JobStatus::Running => job.epochs_finished > 0 && !finished.contains(&setting(job)),
        JobStatus::Queued | JobStatus::Failed(_) => false,
    })
}
