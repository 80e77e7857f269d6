//! How much memory workers may use: what the machine has left, what control groups allow, and what each process may map.

use std::{fmt, path::Path};

use super::{
    SystemFiles,
    files::number_of,
    groups::{Version, control_groups},
};

/// Above this a limit of version 1 means none: it is the greatest number that the kernel has, less a page.
const UNLIMITED: u64 = 1 << 62;

/// The memory that workers may use.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MemoryLimits {
    /// All of them together; none where nothing is known.
    pub together: Option<MemoryLimit>,
    /// The addresses of each by itself.
    pub each: Option<MemoryLimit>,
}

/// A limit and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemoryLimit {
    /// Bytes.
    pub bytes: u64,
    /// What sets it.
    pub source: LimitSource,
}

/// What sets a limit of memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LimitSource {
    /// The user, by an option of the command.
    Option,
    /// The memory that the machine has available.
    Available,
    /// The memory that the machine has, where it does not tell how much of it is available.
    Machine,
    /// A file of a control group.
    ControlGroup(String),
    /// The limit of a process's address space, as `ulimit -v` sets it.
    AddressSpace,
}

impl fmt::Display for LimitSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Option => f.write_str("given by `--memory-limit`"),
            Self::Available => {
                f.write_str("the memory that is available on this machine (MemAvailable in /proc/meminfo)")
            }
            Self::Machine => f.write_str("the memory of this machine (MemTotal in /proc/meminfo)"),
            Self::ControlGroup(file) => write!(f, "the limit of the control group in {file}"),
            Self::AddressSpace => f.write_str("the limit of a process's address space (`ulimit -v`)"),
        }
    }
}

impl MemoryLimits {
    /// Those of this process, whose workers share them.
    pub fn of_this_process(files: &SystemFiles) -> Self {
        let together = machine(files).into_iter().chain(groups(files)).min_by_key(|limit| limit.bytes);
        Self { together, each: address_space() }
    }

    /// With `bytes` for all workers together, in place of what the system tells.
    #[must_use]
    pub fn given(self, bytes: u64) -> Self {
        Self { together: Some(MemoryLimit { bytes, source: LimitSource::Option }), ..self }
    }
}

fn machine(files: &SystemFiles) -> Option<MemoryLimit> {
    let text = files.read(Path::new("/proc/meminfo"))?;
    // In kibibytes, called kB.
    let limit = |name, source| {
        number_of(&text, name).map(|kibibytes| MemoryLimit { bytes: kibibytes.saturating_mul(1024), source })
    };
    limit("MemAvailable:", LimitSource::Available).or_else(|| limit("MemTotal:", LimitSource::Machine))
}

fn groups(files: &SystemFiles) -> Vec<MemoryLimit> {
    let limit = |group: super::groups::ControlGroup| {
        let name = match group.version {
            Version::Two => "memory.max",
            Version::One => "memory.limit_in_bytes",
        };
        let file = group.folder.join(name);
        // `max` is no number, and no limit.
        let bytes = files.read(&file)?.trim().parse().ok().filter(|bytes| *bytes < UNLIMITED)?;
        Some(MemoryLimit { bytes, source: LimitSource::ControlGroup(file.display().to_string()) })
    };
    control_groups(files, "self").into_iter().filter_map(limit).collect()
}

#[cfg(unix)]
fn address_space() -> Option<MemoryLimit> {
    use rustix::process::{Resource, getrlimit};
    let bytes = getrlimit(Resource::As).current?;
    Some(MemoryLimit { bytes, source: LimitSource::AddressSpace })
}

#[cfg(not(unix))]
fn address_space() -> Option<MemoryLimit> {
    None
}

#[cfg(test)]
#[path = "limit_tests.rs"]
mod tests;
