//! What a person asks of jobs from outside a run: another try, or an end. It trains nothing and stops no process.

use std::borrow::Cow;

use rusqlite::{OptionalExtension, Result as SqlResult, Transaction};
use sweep_job::{BulkTransition, FailureReason, JobEvent, JobId};

use crate::{
    Store, StoreError,
    claim::row,
    encode::{Id, Json},
    error::sqlite,
    record::{NO_RESULT, write_event},
    runs::release_dead_run,
    transition::{self, Jobs},
};

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

/// Removes epochs, snapshots and the arithmetic of a job that waits. The weights files stay until the next ones take their places.
fn forget_result(transaction: &Transaction<'_>, job: &JobId) -> SqlResult<()> {
    // In this order, since each names rows of the next.
    transaction
        .prepare_cached(&format!(
            "UPDATE job SET {NO_RESULT}, finished_at = NULL, arithmetic = NULL WHERE id = ?1"
        ))?
        .execute([Id(*job)])?;
    for table in ["snapshot", "epoch"] {
        transaction
            .prepare_cached(&format!("DELETE FROM {table} WHERE job = (SELECT key FROM job WHERE id = ?1)"))?
            .execute([Id(*job)])?;
    }
    Ok(())
}

impl Store {
    /// Queues jobs again that ended without finishing, in one transaction; others stay as they are. Gives how many.
    ///
    /// # Errors
    /// If a job is unknown or SQLite fails; nothing is queued then.
    pub fn requeue(&mut self, jobs: &[JobId]) -> Result<usize, StoreError> {
        let transaction = self.begin()?;
        if let Some(id) = unknown(&transaction, jobs).map_err(sqlite("look up jobs"))? {
            return Err(StoreError::UnknownJob { id });
        }
        let requeued = transition::make(&transaction, BulkTransition::Retried, Jobs::Listed(jobs))
            .map_err(sqlite("queue jobs again"))?;
        transaction.commit().map_err(sqlite("queue jobs again"))?;
        Ok(requeued)
    }

    /// Gives up the results of jobs that an arithmetic before `revision` made, and queues these jobs again, in one transaction. Gives how
    /// many.
    ///
    /// # Errors
    /// If SQLite fails; nothing is given up then.
    pub fn renew(&mut self, revision: u32) -> Result<usize, StoreError> {
        let jobs = Jobs::OfArithmeticBefore(revision);
        let transaction = self.begin()?;
        let write = || -> SqlResult<usize> {
            let older = transition::changed(&transaction, BulkTransition::Renewed, jobs)?;
            let renewed = transition::make(&transaction, BulkTransition::Renewed, jobs)?;
            older.iter().try_for_each(|job| forget_result(&transaction, job))?;
            Ok(renewed)
        };
        let renewed = write().map_err(sqlite("queue jobs again"))?;
        transaction.commit().map_err(sqlite("queue jobs again"))?;
        Ok(renewed)
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
            match row(&transaction, job)?.and_then(|row| row.owner) {
                Some(run) if self.locks.is_held(run)? => {
                    request(&transaction, live.key).map_err(sqlite("ask to cancel a job"))?;
                    result.requested += 1;
                    continue;
                }
                Some(run) => {
                    release_dead_run(&transaction, Some(run)).map_err(sqlite("cancel a job"))?;
                }
                None => {}
            }
            result.cancelled += 1;
            let live = self.reader.live_job(job)?;
            // Its run was asked before, and died.
            if live.state.is_over() {
                continue;
            }
            let event = JobEvent::Failed(FailureReason::Cancelled);
            let after = live.apply(job, &event)?;
            write_event(&transaction, &after, &event).map_err(sqlite("cancel a job"))?;
        }
        transaction.commit().map_err(sqlite("cancel jobs"))?;
        Ok(result)
    }
}

/// The first of `jobs` that the database does not know.
fn unknown(transaction: &Transaction<'_>, jobs: &[JobId]) -> SqlResult<Option<JobId>> {
    let ids: Vec<String> = jobs.iter().map(JobId::to_string).collect();
    transaction
        .prepare_cached(
            "SELECT value FROM json_each(?1) WHERE NOT EXISTS (SELECT 1 FROM job WHERE job.id = value)
             ORDER BY json_each.key LIMIT 1",
        )?
        .query_row([Json(ids)], |row| Ok(row.get::<_, Id>(0)?.0))
        .optional()
}

/// What is to be recorded in place of `events` that put a job back among those that wait, where someone asked to cancel it.
pub(crate) fn apply_request<'e>(
    transaction: &Transaction<'_>,
    job: i64,
    events: &'e [JobEvent],
) -> Result<Cow<'e, [JobEvent]>, StoreError> {
    let waits_again = matches!(events.last(), Some(JobEvent::Interrupted | JobEvent::Requeued));
    if !waits_again || !is_requested(transaction, job).map_err(sqlite("look for a cancelled job"))? {
        return Ok(Cow::Borrowed(events));
    }
    let is_end =
        |event: &JobEvent| matches!(event, JobEvent::Failed(_) | JobEvent::Interrupted | JobEvent::Requeued);
    let before = events.iter().take_while(|event| !is_end(event)).cloned();
    Ok(before.chain([JobEvent::Failed(FailureReason::Cancelled)]).collect())
}

fn is_requested(transaction: &Transaction<'_>, job: i64) -> SqlResult<bool> {
    transaction
        .prepare_cached("SELECT cancel_requested = 1 FROM job WHERE key = ?1")?
        .query_row([job], |row| row.get(0))
}

fn request(transaction: &Transaction<'_>, job: i64) -> SqlResult<()> {
    transaction.prepare_cached("UPDATE job SET cancel_requested = 1 WHERE key = ?1")?.execute([job])?;
    Ok(())
}
