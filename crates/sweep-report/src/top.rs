//! The jobs with the highest accuracies, and how one comes to see them. It draws no table.

use sweep_job::{Evidence, JobRecord, JobStatus};

use crate::{
    study::{Reading, Tail},
    words::{counted, thousands},
};

/// Some of the finished jobs, the one with the highest accuracy first.
#[derive(Debug, Clone, PartialEq)]
pub struct Top {
    /// The jobs.
    pub jobs: Vec<JobRecord>,
    /// How they were chosen, and what that means, for [`crate::ReportOptions::notes`].
    pub note: String,
}

/// The `count` finished jobs of `evidence` with the highest test accuracy in a reading, or in the one that is to be believed: that of the
/// validation set, or of the last epoch without one. Of equal ones, the job that was asked for first comes first.
pub fn top_jobs(evidence: &Evidence, reading: Option<Reading>, count: usize) -> Top {
    let reading = reading.unwrap_or_else(|| Reading::headline(&evidence.jobs));
    let finished_jobs = evidence.jobs.iter().filter(|job| job.status == JobStatus::Finished);
    let mut jobs: Vec<(f64, &JobRecord)> =
        finished_jobs.clone().filter_map(|job| Some((reading.accuracy(job, evidence)?, job))).collect();
    let finished = jobs.len();
    jobs.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    jobs.truncate(count);
    let words = reading.words(&Tail::of(finished_jobs, evidence.tail_epochs));
    let note = match (jobs.len(), finished) {
        (shown, all) if shown == all => format!(
            "All {} that are finished, by their test accuracy {words}, the highest first.",
            counted(all, "job")
        ),
        (shown, all) => format!(
            "The {} of {} with the highest test accuracy {words}. The test set chose them: the more jobs one chooses from, the more \
             of the lead is luck.",
            thousands(shown as u64),
            counted(all, "finished job")
        ),
    };
    Top { jobs: jobs.into_iter().map(|(_, job)| job.clone()).collect(), note }
}
