//! Removal of jobs and sweeps, the only one there is: of their rows in one transaction, and of their files by a list that the same
//! transaction writes.

use std::{fs, io};

use rusqlite::{Result as SqlResult, Transaction};
use sweep_job::{JobId, Status};

use crate::{
    Reader, Store, StoreError,
    claim::row,
    encode::{Id, Named},
    error::sqlite,
    lock::cannot_use,
    weights_dir,
};

/// What is to be forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToForget {
    /// The name of the sweep; `None` where a single job is meant.
    pub sweep: Option<String>,
    /// Jobs that go, with all that was recorded of them.
    pub jobs: Vec<JobId>,
    /// How many of these are finished.
    pub finished: usize,
    /// Jobs of the sweep that stay, since sweeps of other names ask for them too.
    pub shared: usize,
}

impl Reader {
    /// What `name` means to forget: a sweep with the jobs that no other asks for, or else the one job whose id begins so.
    ///
    /// # Errors
    /// Where it is neither, and where SQLite fails.
    pub fn to_forget(&self, name: &str) -> Result<ToForget, StoreError> {
        let named = self.jobs_named(name)?;
        let is_sweep = self.has_sweep(name)?;
        let mut what =
            ToForget { sweep: is_sweep.then(|| name.to_owned()), jobs: Vec::new(), finished: 0, shared: 0 };
        for job in named {
            let (is_finished, is_requested_elsewhere) =
                self.ties(&job, name).map_err(sqlite("look up a job"))?;
            if is_sweep && is_requested_elsewhere {
                what.shared += 1;
            } else {
                what.jobs.push(job);
                what.finished += usize::from(is_finished);
            }
        }
        Ok(what)
    }

    /// Whether a job is finished, and whether a sweep of another name than `sweep` requests it too.
    fn ties(&self, job: &JobId, sweep: &str) -> SqlResult<(bool, bool)> {
        self.connection()
            .prepare_cached(
                "SELECT job.status = ?3,
                        EXISTS (SELECT 1 FROM sweep_job JOIN sweep ON sweep.key = sweep_job.sweep
                                 WHERE sweep_job.job = job.key AND sweep.name <> ?2)
                   FROM job WHERE job.id = ?1",
            )?
            .query_row((Id(*job), sweep, Named(Status::Finished)), |row| Ok((row.get(0)?, row.get(1)?)))
    }
}

impl Store {
    /// Forgets jobs and their sweep, rows and files, for ever. Where the program dies in between, the next that opens the database
    /// removes the rest of the files.
    ///
    /// # Errors
    /// Where a run that lives holds one of the jobs, or SQLite fails: nothing is forgotten. Where a file cannot be removed: the rows are
    /// gone, and its removal is tried again later.
    pub fn forget(&mut self, what: &ToForget) -> Result<(), StoreError> {
        let transaction = self.begin()?;
        for job in &what.jobs {
            let Some(row) = row(&transaction, job)? else { continue };
            if let Some(run) = row.owner
                && self.locks.is_held(run)?
            {
                return Err(StoreError::Held { job: *job, run });
            }
            delete_job(&transaction, job, row.key).map_err(sqlite("forget a job"))?;
        }
        if let Some(name) = &what.sweep {
            delete_sweep(&transaction, name).map_err(sqlite("forget a sweep"))?;
        }
        transaction
            .execute(
                "DELETE FROM data_set WHERE NOT EXISTS (SELECT 1 FROM job WHERE job.data_set = data_set.key)
                    AND NOT EXISTS (SELECT 1 FROM sweep WHERE sweep.data_set = data_set.key)",
                [],
            )
            .map_err(sqlite("forget a data set"))?;
        transaction.commit().map_err(sqlite("forget"))?;
        self.live.clear();
        self.finish_removals()
    }

    /// Removes the files of jobs that were forgotten.
    pub(crate) fn finish_removals(&self) -> Result<(), StoreError> {
        let pending = self.pending_removals().map_err(sqlite("list the files to remove"))?;
        for (job, is_back) in pending {
            let folder = weights_dir(self.reader.path()).join(job.to_string());
            // A job that was asked for again meanwhile has new files, or will have.
            if !is_back {
                match fs::remove_dir_all(&folder) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => {
                        return Err(cannot_use(&folder)(error));
                    }
                    _ => {}
                }
            }
            self.reader
                .connection()
                .execute("DELETE FROM removal WHERE file = ?1", [Id(job)])
                .map_err(sqlite("note that files are removed"))?;
        }
        Ok(())
    }

    /// Each with whether the job is known again.
    fn pending_removals(&self) -> SqlResult<Vec<(JobId, bool)>> {
        self.reader
            .connection()
            .prepare_cached(
                "SELECT file, EXISTS (SELECT 1 FROM job WHERE job.id = removal.file) FROM removal",
            )?
            .query_map([], |row| Ok((row.get::<_, Id>(0)?.0, row.get(1)?)))?
            .collect()
    }
}

fn delete_job(transaction: &Transaction<'_>, id: &JobId, key: i64) -> SqlResult<()> {
    transaction.prepare_cached("INSERT OR IGNORE INTO removal (file) VALUES (?1)")?.execute([Id(*id)])?;
    for table in ["snapshot", "epoch", "attempt", "sweep_job"] {
        transaction.prepare_cached(&format!("DELETE FROM {table} WHERE job = ?1"))?.execute([key])?;
    }
    transaction.prepare_cached("DELETE FROM job WHERE key = ?1")?.execute([key])?;
    Ok(())
}

fn delete_sweep(transaction: &Transaction<'_>, name: &str) -> SqlResult<()> {
    transaction
        .execute("DELETE FROM sweep_job WHERE sweep IN (SELECT key FROM sweep WHERE name = ?1)", [name])?;
    transaction.execute("DELETE FROM sweep WHERE name = ?1", [name])?;
    Ok(())
}
