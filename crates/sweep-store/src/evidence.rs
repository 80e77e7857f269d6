//! What reports look at beside the records of jobs. It chooses nothing: who reads says of which jobs.

use std::{collections::HashMap, num::NonZeroU32};

use sweep_job::{DataIdentity, Evidence, JobId, JobRecord, JobStatus, SnapshotKind};

use crate::{Reader, StoreError, predictions::check_accuracy};

impl Reader {
    /// `jobs` with their data sets, and the means of the finished ones over their last `tail_epochs`; neither curves nor predictions, which
    /// are added where they are looked at.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn evidence(&self, jobs: Vec<JobRecord>, tail_epochs: NonZeroU32) -> Result<Evidence, StoreError> {
        let mut evidence = Evidence { tail_epochs: tail_epochs.get(), ..Evidence::default() };
        for job in &jobs {
            if !evidence.data_sets.contains_key(&job.data.identity) {
                evidence.data_sets.insert(job.data.identity.clone(), self.data_set(&job.data.identity)?);
            }
        }
        let finished = jobs.iter().filter(|job| job.status == JobStatus::Finished);
        let finished: Vec<JobId> = finished.map(|job| job.id).collect();
        for mean in self.tail_means(&finished, tail_epochs)? {
            evidence.tails.extend(mean.test_accuracy.map(|accuracy| (mean.job, accuracy)));
        }
        Ok(Evidence { jobs, ..evidence })
    }

    /// Adds all epochs of `jobs`.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn add_curves(
        &self,
        evidence: &mut Evidence,
        jobs: impl IntoIterator<Item = JobId>,
    ) -> Result<(), StoreError> {
        for job in jobs {
            evidence.curves.insert(job, self.epochs(&job)?);
        }
        Ok(())
    }

    /// Adds what `jobs` said of the test trials, as far as they have snapshots of these kinds.
    ///
    /// # Errors
    /// If the database cannot be read, or the predictions of a job do not give the accuracy that is recorded.
    pub fn add_predictions(
        &self,
        evidence: &mut Evidence,
        jobs: impl IntoIterator<Item = (JobId, SnapshotKind)>,
    ) -> Result<(), StoreError> {
        let identities: HashMap<JobId, DataIdentity> =
            evidence.jobs.iter().map(|job| (job.id, job.data.identity.clone())).collect();
        for (job, kind) in jobs {
            if let Some(snapshot) = self.snapshot(&job, kind)? {
                let data = match identities.get(&job) {
                    Some(data) => data.clone(),
                    None => self.job(&job)?.data.identity,
                };
                if !evidence.data_sets.contains_key(&data) {
                    evidence.data_sets.insert(data.clone(), self.data_set(&data)?);
                }
                check_accuracy(&job, &snapshot, &evidence.data_sets[&data])?;
                evidence.predictions.insert((job, kind), snapshot.predictions);
            }
        }
        Ok(())
    }
}
