//! Which jobs have curves that say something. It draws nothing.

use std::collections::HashSet;

use sweep_job::{JobRecord, JobSpec, JobStatus};

/// The jobs whose curves say something: those that are finished, and what runs of settings of which none is. The mean of a setting ends
/// where its shortest curve does.
pub fn drawn(jobs: &[JobRecord]) -> impl Iterator<Item = &JobRecord> {
    let setting = |job: &JobRecord| format!("{:?}", JobSpec { seed: 0, ..job.spec.clone() });
    let is_finished = |job: &&JobRecord| job.status == JobStatus::Finished;
    let has_begun = |job: &JobRecord| job.status == JobStatus::Running && job.epochs_finished > 0;
    // Of 100,000 jobs it takes a while to name the settings, and is needed for running jobs only.
    let asked = if jobs.iter().any(has_begun) { jobs } else { &[] };
    let finished: HashSet<String> = asked.iter().filter(is_finished).map(setting).collect();
    jobs.iter().filter(move |job| match job.status {
        JobStatus::Finished => true,
        JobStatus::Running => has_begun(job) && !finished.contains(&setting(job)),
        JobStatus::Queued | JobStatus::Failed(_) => false,
    })
}
