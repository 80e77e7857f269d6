//! Which content a database has, as a number that all connections share. It reads no rows.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use sweep_store::{DataVersion, Location, Reader, Store};

/// A content of the database; a later one is larger. Two moments of one version have the same rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(u64);

/// One connection that does nothing else than to look whether something was recorded: what SQLite tells another one of that could not be
/// compared with it.
pub(super) struct Watch {
    location: Location,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    open: Option<Open>,
    /// Contents that were seen.
    seen: u64,
}

struct Open {
    reader: Reader,
    version: DataVersion,
}

impl Watch {
    pub(super) fn new(location: Location) -> Self {
        Self { location, state: Mutex::default() }
    }

    /// That of the file that the path names now. `None` where the file cannot be read at once: who reads it finds out why.
    pub(super) fn version(&self) -> Option<Version> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = state.open.take().filter(|open| open.reader.is_current().unwrap_or(false));
        let (reader, before) = match kept {
            Some(Open { reader, version }) => (reader, Some(version)),
            None => (Store::open_read_only_waiting(&self.location, Duration::ZERO).ok()?, None),
        };
        let version = reader.data_version().ok()?;
        if before != Some(version) {
            state.seen += 1;
        }
        state.open = Some(Open { reader, version });
        Some(Version(state.seen))
    }
}

#[cfg(test)]
pub(super) fn version(number: u64) -> Option<Version> {
    Some(Version(number))
}
