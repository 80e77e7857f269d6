//! Tables whose results different revisions of the arithmetic made.

use std::collections::BTreeMap;

use sweep_job::{JobRecord, JobStatus};

use crate::words::counted;

/// What to think of finished `jobs` whose results more than one revision made. `None` if one made them all.
pub(crate) fn warning(jobs: &[&JobRecord]) -> Option<String> {
    let mut revisions: BTreeMap<u32, usize> = BTreeMap::new();
    for job in jobs.iter().filter(|job| job.status == JobStatus::Finished) {
        *revisions.entry(job.provenance.as_ref()?.arithmetic).or_default() += 1;
    }
    if revisions.len() < 2 {
        return None;
    }
    let parts: Vec<String> = revisions
        .iter()
        .map(|(revision, jobs)| format!("{} of revision {revision}", counted(*jobs, "job")))
        .collect();
    Some(format!(
        "warning: these results come from different revisions of the arithmetic ({}), which may train the same job to another result. \
         `sweep retry --older-arithmetic` queues the older ones again.",
        parts.join(", ")
    ))
}
