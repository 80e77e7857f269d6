//! The memory of this machine as the kernel tells of it: how much workers may use, and whether one was killed for want of it. It does not
//! know what a worker needs.

mod files;
mod groups;
mod kills;
mod limit;

pub use files::SystemFiles;
pub(super) use kills::KillWatch;
pub use limit::{LimitSource, MemoryLimit, MemoryLimits};
