//! Results of another database come in: what is unknown here is replayed, what is known is compared, and nothing is overwritten.

use std::path::Path;

use rusqlite::{Result as SqlResult, Transaction, named_params};
use sweep_files::{UnsavedFile, save_files};
use sweep_job::{JobEvent, JobId, JobRecord, JobState, PlannedJob, RunId, SnapshotKind, Status, WeightsFile};

use crate::{
    ClaimOutcome, Comparison, Differences, JobSelection, Reader, Store, StoreError, SweepEntry, compare,
    lock::cannot_use, runs, sweep::OfFailed, weights::read_weights, weights_path,
};

/// What became of the jobs of another database.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Merged {
    /// Results that are here now, with their weights.
    pub brought: usize,
    /// Results that were here before, with the same bits, as far as their weights are there to be compared.
    pub same: usize,
    /// Jobs without a result there, which are known here now or were before.
    pub without_result: usize,
    /// Jobs that a run is training here.
    pub held: Vec<JobId>,
    /// Results whose weights are not beside the other database as they were saved; they did not come in.
    pub without_weights: Vec<JobId>,
    /// Results that are here with other bits, made by another arithmetic; they stay.
    pub other_arithmetic: usize,
    /// Jobs with another result here, which stays.
    pub conflicts: Vec<(JobId, Conflict)>,
}

/// How the results that two databases hold of one job contradict each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Conflict {
    /// Finished in both, with other bits.
    Results(Differences),
    /// Finished in one, and diverged in the other.
    Ends,
    /// Diverged in both, in another step or loss.
    Divergences,
}

impl Store {
    /// Brings in the data sets, sweeps, jobs and results of `other`, a job a transaction: what breaks off can be done again.
    ///
    /// # Errors
    /// Where SQLite or a file system fails; what came in before stays.
    pub fn merge(&mut self, other: &Reader) -> Result<Merged, StoreError> {
        let mut merged = Merged::default();
        for sweep in other.sweeps()? {
            let jobs = other.jobs(JobSelection::Sweep(sweep.id))?;
            self.record_data_set(&other.data_set(&sweep.data)?)?;
            let planned = |job: &JobRecord| PlannedJob { id: job.id, spec: job.spec.clone() };
            let entry =
                SweepEntry { name: sweep.name, file_text: sweep.file_text, command_line: sweep.command_line };
            let jobs: Vec<PlannedJob> = jobs.iter().map(planned).collect();
            self.record_jobs(&entry, &sweep.data, &jobs, OfFailed::Stay)?;
        }
        for job in other.jobs(JobSelection::All)? {
            self.merge_job(other, &job, &mut merged)?;
        }
        Ok(merged)
    }

    fn merge_job(
        &mut self,
        other: &Reader,
        theirs: &JobRecord,
        merged: &mut Merged,
    ) -> Result<(), StoreError> {
        let id = theirs.id;
        let ours = self.reader.job(&id)?;
        let (our_status, their_status) = (ours.status.status(), theirs.status.status());
        if !their_status.is_result() {
            merged.without_result += 1;
            return Ok(());
        }
        if our_status.is_result() {
            let conflict = match (our_status, their_status) {
                (Status::Finished, Status::Finished) => match compare(&self.reader, other, &id)? {
                    Comparison::Same | Comparison::SameButWeightsUnknown => None,
                    Comparison::Differs(differences) => Some(Conflict::Results(differences)),
                },
                (Status::Diverged, Status::Diverged) if ours.status == theirs.status => None,
                (Status::Diverged, Status::Diverged) => Some(Conflict::Divergences),
                _ => Some(Conflict::Ends),
            };
            let arithmetic = |job: &JobRecord| job.provenance.as_ref().map(|made| made.arithmetic);
            match conflict {
                None => merged.same += 1,
                // Equal bits are promised within one revision only.
                Some(_) if arithmetic(&ours) != arithmetic(theirs) => merged.other_arithmetic += 1,
                Some(conflict) => merged.conflicts.push((id, conflict)),
            }
            return Ok(());
        }
        self.requeue(&[id])?;
        if self.claim(&[id])? != [ClaimOutcome::Claimed] {
            merged.held.push(id);
            return Ok(());
        }
        for weights in weights_of(other, &id)? {
            if !copy_weights(other.path(), self.reader.path(), &weights)? {
                merged.without_weights.push(id);
                self.record(&id, &JobEvent::Interrupted)?;
                return Ok(());
            }
        }
        self.replay(other, theirs)?;
        merged.brought += 1;
        Ok(())
    }

    /// The life of a job once more, with the times and the run that it had.
    pub(crate) fn replay(&mut self, other: &Reader, theirs: &JobRecord) -> Result<(), StoreError> {
        let mut events: Vec<JobEvent> =
            theirs.provenance.clone().map(JobEvent::Started).into_iter().collect();
        events.extend(other.epochs(&theirs.id)?.into_iter().map(JobEvent::EpochFinished));
        match other.state(&theirs.id)? {
            JobState::Finished(outcome) => events.push(JobEvent::Finished(outcome)),
            JobState::Failed(reason) => events.push(JobEvent::Failed(reason)),
            JobState::Queued | JobState::Running { .. } => return Ok(()),
        }
        let run = other.run_of(&theirs.id)?;
        self.record_with(&theirs.id, &events, |transaction, job| {
            let run = run.as_ref().map(|run| runs::import(transaction, run)).transpose()?;
            write_origin(transaction, job, theirs, run)
        })?;
        Ok(())
    }
}

pub(crate) fn weights_of(reader: &Reader, job: &JobId) -> Result<Vec<WeightsFile>, StoreError> {
    let mut files = Vec::new();
    for kind in SnapshotKind::ALL {
        files.extend(reader.snapshot(job, kind)?.map(|snapshot| snapshot.weights));
    }
    Ok(files)
}

/// Copies a file of weights from beside one database to beside another, so that it is whole or absent; whether it was there as it was
/// saved, and within its folder.
pub(crate) fn copy_weights(from: &Path, to: &Path, weights: &WeightsFile) -> Result<bool, StoreError> {
    let (Some(bytes), Some(path)) = (read_weights(from, weights), weights_path(to, weights)) else {
        return Ok(false);
    };
    save_files(&[UnsavedFile { path, bytes }]).map_err(|error| cannot_use(&error.path)(error.source))?;
    Ok(true)
}

/// Times and run of the replayed attempt are those of the original.
fn write_origin(
    transaction: &Transaction<'_>,
    job: i64,
    theirs: &JobRecord,
    run: Option<RunId>,
) -> SqlResult<()> {
    let run = run.map(|RunId(key)| key);
    let (started, ended) = (&theirs.started_at, &theirs.finished_at);
    transaction
        .prepare_cached(
            "UPDATE job SET started_at = coalesce(:started, started_at), finished_at = coalesce(:ended, finished_at),
                run = :run WHERE key = :job",
        )?
        .execute(named_params! { ":started": started, ":ended": ended, ":run": run, ":job": job })?;
    transaction
        .prepare_cached(
            "UPDATE attempt SET started_at = coalesce(:started, started_at), ended_at = coalesce(:ended, ended_at),
                run = :run WHERE job = :job AND number = (SELECT attempts FROM job WHERE key = :job)",
        )?
        .execute(named_params! { ":started": started, ":ended": ended, ":run": run, ":job": job })?;
    Ok(())
}
