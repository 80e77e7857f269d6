//! Claims: a run makes jobs its own before it trains them, so that several runs share a database and no job runs twice.

use rusqlite::{Connection, OptionalExtension, Result as SqlResult};
use sweep_job::{JobId, RunId, Status};

use crate::{
    Store, StoreError,
    encode::{Id, Named},
    error::sqlite,
    lock::Locks,
    record::begin,
    runs::release_dead_run,
};

/// Where a job stands for a run that would train it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// This run alone may train it, and is to.
    Claimed,
    /// Another run that lives has claimed it.
    HeldElsewhere,
    /// It is finished.
    Finished,
    /// Its loss was not finite.
    Diverged,
    /// It failed for another reason.
    Failed,
    /// It was cancelled.
    Cancelled,
    /// The database does not hold it any more.
    Forgotten,
}

/// What the tables say of a job.
pub(crate) struct Row {
    pub(crate) key: i64,
    pub(crate) status: Status,
    pub(crate) owner: Option<RunId>,
}

impl Store {
    /// Claims those of `jobs` that wait and that no other run holds, in one transaction, and says where each stands then. What a
    /// dead run had claimed is free. Where nothing can be claimed, nothing is written.
    ///
    /// # Errors
    /// Where SQLite fails or the locks cannot be asked; nothing is claimed then.
    pub fn claim(&mut self, jobs: &[JobId]) -> Result<Vec<Standing>, StoreError> {
        let run = self.run()?;
        let read = |store: &Self, job: &JobId| -> Result<Standing, StoreError> {
            let row = row(store.reader.connection(), job)?;
            standing(row.as_ref(), run, &store.locks)
        };
        let standings = jobs.iter().map(|job| read(self, job)).collect::<Result<Vec<_>, _>>()?;
        if !standings.contains(&Standing::Claimed) {
            return Ok(standings);
        }
        let Self { reader, locks, requeued, .. } = self;
        let transaction = begin(reader.connection()).map_err(sqlite("claim a job"))?;
        let mut standings = Vec::with_capacity(jobs.len());
        for job in jobs {
            let mut found = row(&transaction, job)?;
            if let Some(owner) = found.as_ref().and_then(|row| row.owner)
                && owner != run
                && !locks.is_held(owner)?
            {
                let released = release_dead_run(&transaction, Some(owner)).map_err(sqlite("claim a job"))?;
                requeued.extend(released);
                found = row(&transaction, job)?;
            }
            let standing = standing(found.as_ref(), run, locks)?;
            if let (Standing::Claimed, Some(row)) = (standing, found) {
                take(&transaction, row.key, run).map_err(sqlite("claim a job"))?;
            }
            standings.push(standing);
        }
        transaction.commit().map_err(sqlite("claim a job"))?;
        Ok(standings)
    }

    /// Those of the jobs that this run holds that someone has asked it to give up.
    ///
    /// # Errors
    /// Where SQLite fails.
    pub fn cancel_requests(&self) -> Result<Vec<JobId>, StoreError> {
        let Some(RunId(run)) = self.run else { return Ok(Vec::new()) };
        let read = || -> SqlResult<Vec<_>> {
            self.reader
                .connection()
                .prepare_cached("SELECT id FROM job WHERE owner = ?1 AND cancel_requested = 1 ORDER BY key")?
                .query_map([run], |row| Ok(row.get::<_, Id>(0)?.0))?
                .collect()
        };
        read().map_err(sqlite("look for cancelled jobs"))
    }
}

/// The row of a job, where it has one.
pub(crate) fn row(connection: &Connection, job: &JobId) -> Result<Option<Row>, StoreError> {
    let read = || {
        connection
            .prepare_cached("SELECT key, status, owner FROM job WHERE id = ?1")?
            .query_row([Id(*job)], |row| {
                Ok(Row {
                    key: row.get(0)?,
                    status: row.get::<_, Named>(1)?.0,
                    owner: row.get::<_, Option<i64>>(2)?.map(RunId),
                })
            })
            .optional()
    };
    read().map_err(sqlite("look up a job"))
}

/// `Claimed` for what can be.
fn standing(row: Option<&Row>, run: RunId, locks: &Locks) -> Result<Standing, StoreError> {
    let Some(row) = row else { return Ok(Standing::Forgotten) };
    Ok(match row.status {
        Status::Finished => Standing::Finished,
        Status::Diverged => Standing::Diverged,
        Status::Cancelled => Standing::Cancelled,
        Status::Failed => Standing::Failed,
        Status::Queued | Status::Running => match row.owner {
            Some(owner) if owner != run && locks.is_held(owner)? => Standing::HeldElsewhere,
            _ => Standing::Claimed,
        },
    })
}

fn take(connection: &Connection, job: i64, run: RunId) -> SqlResult<()> {
    connection.prepare_cached("UPDATE job SET owner = ?2 WHERE key = ?1")?.execute((job, run.0))?;
    Ok(())
}
