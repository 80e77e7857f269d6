//! Requests from outside to a bundle that trains. It does not know who makes them.

use std::{
    collections::HashSet,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use sweep_job::JobId;

/// Set from outside to stop a bundle, or to give up some of its jobs, after the current epoch.
#[derive(Debug, Default)]
pub struct StopFlag {
    is_raised: AtomicBool,
    cancelled: Mutex<HashSet<JobId>>,
}

impl StopFlag {
    /// Asks for the stop of all jobs.
    pub fn raise(&self) {
        self.is_raised.store(true, Ordering::Relaxed);
    }

    /// Asks to give up jobs, while others train on.
    pub fn cancel(&self, jobs: impl IntoIterator<Item = JobId>) {
        self.cancelled().extend(jobs);
    }

    /// Forgets earlier requests to give up jobs that are trained anew.
    pub(crate) fn renew(&self, jobs: impl IntoIterator<Item = JobId>) {
        let mut cancelled = self.cancelled();
        for job in jobs {
            cancelled.remove(&job);
        }
    }

    pub(crate) fn is_raised(&self) -> bool {
        self.is_raised.load(Ordering::Relaxed)
    }

    /// Whether a job is to be given up.
    pub(crate) fn is_cancelled(&self, job: JobId) -> bool {
        self.cancelled().contains(&job)
    }

    fn cancelled(&self) -> MutexGuard<'_, HashSet<JobId>> {
        self.cancelled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
