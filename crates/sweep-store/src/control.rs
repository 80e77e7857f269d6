//! What a person asks of jobs from outside a run: to try again, or to give up. It trains nothing and stops no process.

use rusqlite::{Result as SqlResult, Transaction};
use sweep_job::{FailureReason, JobEvent, JobId, RunId};

use crate::{Store, StoreError, error::sqlite, record::write_event, runs::bury};

/// What became of a wish to cancel jobs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cancelled {
    /// Jobs that waited, and do not any more.
    pub cancelled: usize,
    /// Jobs of a run that lives and was asked to give them up.
    pub requested: usize,
    /// Jobs that were over before.
    pub over: usize,
}

impl Store {
    /// Queues jobs again that ended without a result, in one transaction; others stay as they are. Gives how many.
    ///
    /// # Errors
    /// Where a job is unknown or SQLite fails; nothing is queued then.
    pub fn requeue(&mut self, jobs: &[JobId]) -> Result<usize, StoreError> {
        let transaction = self.begin()?;
        let mut requeued = 0;
        for job in jobs {
            let live = self.reader.live_job(job)?;
            if live.state.is_failed() {
                let after = live.apply(job, &JobEvent::Requeued)?;
                write_event(&transaction, &after, &JobEvent::Requeued)
                    .map_err(sqlite("queue a job again"))?;
                requeued += 1;
            }
        }
        transaction.commit().map_err(sqlite("queue jobs again"))?;
        Ok(requeued)
    }

    /// Cancels jobs, in one transaction: those that wait at once, those of a run that lives by asking it. Those that are over stay
    /// as they are.
    ///
    /// # Errors
    /// Where a job is unknown, the locks cannot be asked, or SQLite fails; nothing is cancelled then.
    pub fn cancel(&mut self, jobs: &[JobId]) -> Result<Cancelled, StoreError> {
        let transaction = self.begin()?;
        let mut result = Cancelled::default();
        for job in jobs {
            let live = self.reader.live_job(job)?;
            if live.state.is_over() {
                result.over += 1;
                continue;
            }
            let owner = owner(&transaction, live.key).map_err(sqlite("look up the owner of a job"))?;
            match owner {
                Some(run) if self.locks.is_held(run)? => {
                    request(&transaction, live.key).map_err(sqlite("ask to cancel a job"))?;
                    result.requested += 1;
                    continue;
                }
                Some(run) => drop(bury(&transaction, Some(run)).map_err(sqlite("cancel a job"))?),
                None => {}
            }
            let event = JobEvent::Failed(FailureReason::Cancelled);
            let after = self.reader.live_job(job)?.apply(job, &event)?;
            write_event(&transaction, &after, &event).map_err(sqlite("cancel a job"))?;
            result.cancelled += 1;
        }
        transaction.commit().map_err(sqlite("cancel jobs"))?;
        Ok(result)
    }
}

fn owner(transaction: &Transaction<'_>, job: i64) -> SqlResult<Option<RunId>> {
    transaction
        .prepare_cached("SELECT owner FROM job WHERE key = ?1")?
        .query_row([job], |row| Ok(row.get::<_, Option<i64>>(0)?.map(RunId)))
}

fn request(transaction: &Transaction<'_>, job: i64) -> SqlResult<()> {
    transaction.prepare_cached("UPDATE job SET cancel_requested = 1 WHERE key = ?1")?.execute([job])?;
    Ok(())
}
