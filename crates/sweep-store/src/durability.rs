//! What a transaction outlives: the crash of any program, as all do, and the ends of jobs also a power cut.

use rusqlite::{Connection, Result as SqlResult};
use sweep_job::JobEvent;

/// How surely a transaction stays once it is committed. In WAL mode `normal` syncs at checkpoints of the log only, `full` at every
/// commit (SQLite's documentation of the pragma `synchronous`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// It outlives the crash of any program. This is what a connection is opened with.
    Crash,
    /// It outlives a power cut too.
    PowerCut,
}

impl Durability {
    /// An end is told to the user, and checkpoints are removed after it: it must stay. An epoch that is lost is trained again.
    pub(crate) fn of(events: &[JobEvent]) -> Self {
        if events.iter().any(|event| matches!(event, JobEvent::Finished(_) | JobEvent::Failed(_))) {
            Self::PowerCut
        } else {
            Self::Crash
        }
    }

    /// Makes it that of what is committed from now on.
    pub(crate) fn set(self, connection: &Connection) -> SqlResult<()> {
        let name = match self {
            Self::Crash => "normal",
            Self::PowerCut => "full",
        };
        connection.pragma_update(None, "synchronous", name)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
mod tests {
    use sweep_job::FailureReason;

    use super::*;

    #[test]
    fn the_end_of_a_job_is_synced_and_an_epoch_is_not() {
        let reason = FailureReason::Error { message: "x".into() };
        assert_eq!(Durability::of(&[JobEvent::Failed(reason), JobEvent::Requeued]), Durability::PowerCut);
        assert_eq!(Durability::of(&[JobEvent::Interrupted]), Durability::Crash);
        let connection = Connection::open_in_memory().unwrap();
        // 1 is `normal`, 2 is `full`.
        for (durability, expected) in [(Durability::PowerCut, 2), (Durability::Crash, 1)] {
            durability.set(&connection).unwrap();
            let found: i64 = connection.pragma_query_value(None, "synchronous", |row| row.get(0)).unwrap();
            assert_eq!(found, expected);
        }
    }
}
