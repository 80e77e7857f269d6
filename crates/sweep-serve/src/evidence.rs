//! What the tables and figures of many jobs are made of, read from the database. It shows nothing.

use std::num::NonZeroU32;

use sweep_job::{JobId, JobRecord, JobStatus, ModelKind};
use sweep_report::{plots::drawn, study::Evidence};
use sweep_store::{Reader, StoreError};

/// So many jobs of a model are read epoch by epoch, the first of the plan; more would keep a page waiting.
pub(crate) const MOST_CURVES: usize = 60;
/// The mean over the last epochs is over so many, as in `sweep report`.
const TAIL_EPOCHS: NonZeroU32 = NonZeroU32::new(10).unwrap();

/// `jobs` with their data sets, the means over their last epochs, and the curves of the first of each model.
///
/// # Errors
/// Where the database cannot be read.
pub(crate) fn evidence(reader: &Reader, jobs: Vec<JobRecord>) -> Result<Evidence, StoreError> {
    let mut evidence = Evidence { tail_epochs: TAIL_EPOCHS.get(), ..Evidence::default() };
    for job in &jobs {
        if !evidence.data_sets.contains_key(&job.data.identity) {
            evidence.data_sets.insert(job.data.identity.clone(), reader.data_set(&job.data.identity)?);
        }
    }
    let is_finished = |job: &&JobRecord| job.status == JobStatus::Finished;
    let finished: Vec<JobId> = jobs.iter().filter(is_finished).map(|job| job.id).collect();
    for mean in reader.tail_means(&finished, TAIL_EPOCHS)? {
        evidence.tails.extend(mean.test_accuracy.map(|accuracy| (mean.job, accuracy)));
    }
    for model in ModelKind::ALL {
        for job in drawn(&jobs).filter(|job| job.spec.model == model).take(MOST_CURVES) {
            evidence.curves.insert(job.id, reader.epochs(&job.id)?);
        }
    }
    Ok(Evidence { jobs, ..evidence })
}
