//! What the tables and figures of many jobs are made of, read from the database. It shows nothing.

use sweep_job::{Evidence, JobId, JobRecord, ModelKind, SweepId};
use sweep_report::{TAIL_EPOCHS, plots::drawn};
use sweep_store::{JobSelection, StoreError};

use crate::database::Moment;

/// Of a sweep with more jobs, only the best ones are read: what all of them say is not read off a page, and takes seconds.
pub(crate) const MOST_READ: u32 = 500;
/// So many jobs of a model are read epoch by epoch, the first of the plan; more would keep a page waiting.
pub(crate) const MOST_CURVES: usize = 60;

/// What the page of a sweep of `jobs` jobs is made of.
///
/// # Errors
/// Where the database cannot be read.
pub(crate) fn of_sweep(reader: &Moment<'_>, sweep: SweepId, jobs: u32) -> Result<Evidence, StoreError> {
    let read = if jobs > MOST_READ {
        reader.winners(sweep)?.to_vec()
    } else {
        reader.jobs(JobSelection::Sweep(sweep))?
    };
    evidence(reader, read)
}

/// `jobs` with their data sets, the means over their last epochs, and the curves of the first of each model.
///
/// # Errors
/// Where the database cannot be read.
fn evidence(reader: &Moment<'_>, jobs: Vec<JobRecord>) -> Result<Evidence, StoreError> {
    let mut evidence = reader.evidence(jobs, TAIL_EPOCHS)?;
    let shown: Vec<JobId> = ModelKind::ALL
        .into_iter()
        .flat_map(|model| drawn(&evidence.jobs).filter(move |job| job.spec.model == model).take(MOST_CURVES))
        .map(|job| job.id)
        .collect();
    reader.add_curves(&mut evidence, shown)?;
    Ok(evidence)
}
