//! The statements that change the status of jobs, one job or many at once. The state machine of `sweep-job` says which jobs they change
//! and to what; no other statement but that of a start writes a status.

use rusqlite::{Result as SqlResult, Transaction, params_from_iter, types::Value};
use sweep_job::{BulkTransition, FailureReason, JobEvent, JobId, RunId, Status};

use crate::{
    attempts::INTERRUPTED,
    encode::{Id, NOW, json, literal},
};

/// Which jobs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Jobs<'a> {
    /// The one with this number.
    One(i64),
    /// Those that a run has claimed.
    HeldBy(RunId),
    /// Those that are being trained for no run: programs that recorded no runs left them.
    HeldByNobody,
    /// Those that a run has claimed and was asked to give up.
    UnwantedOf(RunId),
    /// Those of the sweep with this number.
    OfSweep(i64),
    /// Those whose result is of an arithmetic before this revision.
    OfArithmeticBefore(u32),
    /// These.
    Listed(&'a [JobId]),
}

impl Jobs<'_> {
    /// What holds of them in SQL, and the value of its parameter `?1`.
    fn condition(self) -> SqlResult<(String, Value)> {
        let of_number = |condition: &str, number| (condition.to_owned(), Value::Integer(number));
        Ok(match self {
            Self::One(key) => of_number("key = ?1", key),
            Self::HeldBy(RunId(run)) => of_number("owner = ?1", run),
            Self::UnwantedOf(RunId(run)) => of_number("owner = ?1 AND cancel_requested = 1", run),
            Self::OfSweep(sweep) => of_number("key IN (SELECT job FROM sweep_job WHERE sweep = ?1)", sweep),
            Self::OfArithmeticBefore(revision) => of_number("arithmetic < ?1", revision.into()),
            Self::HeldByNobody => {
                (format!("owner IS ?1 AND status = {}", literal(Status::Running)), Value::Null)
            }
            Self::Listed(jobs) => {
                let ids: Vec<String> = jobs.iter().map(JobId::to_string).collect();
                ("id IN (SELECT value FROM json_each(?1))".to_owned(), Value::Text(json(&ids)?))
            }
        })
    }
}

/// What becomes of the rows of jobs and of their attempts.
struct Change {
    status: Status,
    /// How an attempt that is under way ends.
    ending: Option<&'static str>,
    reason: Option<FailureReason>,
}

impl Change {
    /// What an event does to a job that it leaves with `status`.
    fn by(event: &JobEvent, status: Status) -> Self {
        let (ending, reason) = match event {
            JobEvent::Interrupted => (Some(INTERRUPTED), None),
            JobEvent::Finished(_) => (Some(Status::Finished.name()), None),
            JobEvent::Failed(reason) => (Some(status.name()), Some(reason.clone())),
            JobEvent::Started(_) | JobEvent::EpochFinished(_) | JobEvent::Requeued | JobEvent::Renewed => {
                (None, None)
            }
        };
        Self { status, ending, reason }
    }

    fn write(&self, transaction: &Transaction<'_>, jobs: Jobs<'_>, from: &[Status]) -> SqlResult<usize> {
        let (condition, value) = selected(jobs, from)?;
        let words = text(self.reason.as_ref().map(ToString::to_string));
        if let Some(ending) = self.ending {
            // A job can end before a worker started it: then no attempt is under way.
            let sql = format!(
                "UPDATE attempt SET ended_at = {NOW}, ending = ?{place}, reason = ?{after}
                 WHERE ending IS NULL AND (job, number) IN (SELECT key, attempts FROM job WHERE {condition})",
                place = value.len() + 1,
                after = value.len() + 2
            );
            let own = [text(Some(ending.to_owned())), words.clone()];
            transaction.prepare_cached(&sql)?.execute(params_from_iter(value.iter().cloned().chain(own)))?;
        }
        let ended_at = if self.status.is_over() { NOW } else { "finished_at" };
        let first = value.len() + 1;
        let sql = format!(
            "UPDATE job SET status = ?{first}, reason = ?{}, failure = ?{}, owner = NULL, cancel_requested = 0,
                finished_at = {ended_at}
             WHERE {condition}",
            first + 1,
            first + 2
        );
        let failure = text(self.reason.as_ref().map(json).transpose()?);
        let own = [text(Some(self.status.name().to_owned())), words, failure];
        transaction.prepare_cached(&sql)?.execute(params_from_iter(value.into_iter().chain(own)))
    }
}

/// Those of `jobs` whose status is in `from`, or all of them if it is empty: what holds of them in SQL, and the values of its parameters.
fn selected(jobs: Jobs<'_>, from: &[Status]) -> SqlResult<(String, Vec<Value>)> {
    let (condition, value) = jobs.condition()?;
    if from.is_empty() {
        return Ok((condition, vec![value]));
    }
    let places: Vec<String> = (0..from.len()).map(|place| format!("?{}", place + 2)).collect();
    let mut values = vec![value];
    values.extend(from.iter().map(|status| text(Some(status.name().to_owned()))));
    let statuses = format!("status IN ({})", places.join(", "));
    Ok((format!("{condition} AND {statuses}"), values))
}

fn text(words: Option<String>) -> Value {
    words.map_or(Value::Null, Value::Text)
}

/// Writes that `event` left the job with number `key` with `status`, as the state machine says.
pub(crate) fn write(
    transaction: &Transaction<'_>,
    key: i64,
    event: &JobEvent,
    status: Status,
) -> SqlResult<()> {
    Change::by(event, status).write(transaction, Jobs::One(key), &[])?;
    Ok(())
}

/// Makes a transition for those of `jobs` that it changes. Gives how many.
pub(crate) fn make(
    transaction: &Transaction<'_>,
    transition: BulkTransition,
    jobs: Jobs<'_>,
) -> SqlResult<usize> {
    let from: Vec<Status> = transition.from().collect();
    Change::by(&transition.event(), transition.to()).write(transaction, jobs, &from)
}

/// Those of `jobs` that a transition changes, in the order in which they were first requested.
pub(crate) fn changed(
    transaction: &Transaction<'_>,
    transition: BulkTransition,
    jobs: Jobs<'_>,
) -> SqlResult<Vec<JobId>> {
    let (condition, values) = selected(jobs, &transition.from().collect::<Vec<_>>())?;
    transaction
        .prepare_cached(&format!("SELECT id FROM job WHERE {condition} ORDER BY key"))?
        .query_map(params_from_iter(values), |row| Ok(row.get::<_, Id>(0)?.0))?
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
#[path = "transition_tests.rs"]
mod tests;
