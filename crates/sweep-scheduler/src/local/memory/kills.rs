//! Whether the kernel killed a process for want of memory since a worker started: counters of the worker's control group and of the
//! machine. It does not know how the worker ended.

use std::path::{Path, PathBuf};

use sweep_job::MemoryEvidence;

use super::{
    SystemFiles,
    files::number_of,
    groups::{Version, control_groups},
};
use crate::process::Counted;

/// Out-of-memory kills as they were counted when a worker started.
#[derive(Debug, Clone)]
pub(crate) struct KillWatch {
    files: SystemFiles,
    /// The counter of the worker's own group: kills of processes in it, whichever limit they met.
    group: Option<Counter>,
    /// The counter of the machine.
    machine: Option<Counter>,
}

#[derive(Debug, Clone)]
struct Counter {
    path: PathBuf,
    at_start: u64,
}

impl KillWatch {
    /// Begins with the start of the worker with this process number.
    pub(crate) fn begin(files: &SystemFiles, process: u32) -> Self {
        let groups = control_groups(files, &process.to_string());
        let group = groups.into_iter().find_map(|group| {
            let name = match group.version {
                Version::Two => "memory.events",
                Version::One => "memory.oom_control",
            };
            Counter::begin(files, group.folder.join(name))
        });
        let machine = Counter::begin(files, PathBuf::from("/proc/vmstat"));
        Self { files: files.clone(), group, machine }
    }

    /// What was counted since.
    pub(crate) fn counted(&self) -> Counted {
        let grown = |counter: &Option<Counter>| {
            let counter = counter.as_ref()?;
            Some(read(&self.files, &counter.path)? > counter.at_start)
        };
        match (grown(&self.group), grown(&self.machine)) {
            (Some(true), _) => Counted::Kill(MemoryEvidence::KillInGroup),
            (_, Some(true)) => Counted::Kill(MemoryEvidence::KillOnMachine),
            (None, None) => Counted::Nothing,
            _ => Counted::NoKill,
        }
    }
}

impl Counter {
    fn begin(files: &SystemFiles, path: PathBuf) -> Option<Self> {
        let at_start = read(files, &path)?;
        Some(Self { path, at_start })
    }
}

fn read(files: &SystemFiles, path: &Path) -> Option<u64> {
    number_of(&files.read(path)?, "oom_kill")
}

#[cfg(test)]
#[path = "kills_tests.rs"]
mod tests;
