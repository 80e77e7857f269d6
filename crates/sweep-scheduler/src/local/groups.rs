//! The process groups of the workers that live: they stop and go on together, as with Ctrl-Z and `fg`. It does not know what the
//! workers do.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

/// The process groups of the workers of one [`LocalProcesses`](crate::LocalProcesses). Terminals and shells do not know these
/// groups, so that whoever stops this process has to stop them too.
#[derive(Debug, Clone, Default)]
pub struct WorkerGroups(Arc<Mutex<BTreeSet<u32>>>);

impl WorkerGroups {
    /// Stops all workers where they are, until [`WorkerGroups::resume`].
    #[cfg(unix)]
    pub fn stop(&self) {
        self.signal(rustix::process::Signal::STOP);
    }

    /// Lets all workers go on.
    #[cfg(unix)]
    pub fn resume(&self) {
        self.signal(rustix::process::Signal::CONT);
    }

    #[cfg(unix)]
    fn signal(&self, signal: rustix::process::Signal) {
        use rustix::process::{Pid, kill_process_group};
        let groups = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let pids = groups.iter().filter_map(|&pid| Pid::from_raw(i32::try_from(pid).ok()?));
        for pid in pids {
            if let Err(error) = kill_process_group(pid, signal) {
                tracing::debug!("a worker cannot be stopped or continued: {error}");
            }
        }
    }

    /// Adds the worker with this process id, as long as the member lives.
    pub(crate) fn join(&self, pid: u32) -> Member {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(pid);
        Member { groups: self.clone(), pid }
    }
}

/// A worker that lives.
#[derive(Debug)]
pub(crate) struct Member {
    groups: WorkerGroups,
    pid: u32,
}

impl Drop for Member {
    fn drop(&mut self) {
        self.groups.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.pid);
    }
}
