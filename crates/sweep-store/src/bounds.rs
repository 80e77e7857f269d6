//! What keeps a query of the user's own, or a view of a database from elsewhere, from taking all time and memory. Knows no queries.

use std::time::Instant;

use rusqlite::{Connection, config::DbConfig, limits::Limit};

use crate::QueryBounds;

/// Bytes of one value or row. The largest that a database of results has are predictions, 4 bytes a test trial and class.
const LONGEST_VALUE_BYTES: i32 = 64 << 20;
/// Characters of a pattern of LIKE or GLOB, whose cost can be that of their square ("Limits in SQLite", section 1.7).
pub(crate) const LONGEST_PATTERN: u16 = 1_000;
/// Bytes that SQLite may have of memory, for this whole process. Sorting goes on in files long before.
const SQLITE_BYTES: i64 = 1 << 30;
/// Steps of SQLite's machine between two looks at the clock: some tens of microseconds.
const STEPS_BETWEEN_LOOKS: i32 = 1_000;

/// Bounds all that is asked through `connection` from now on.
pub(crate) fn set(connection: &mut Connection, bounds: &QueryBounds) -> rusqlite::Result<()> {
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LONGEST_VALUE_BYTES)?;
    connection.set_limit(Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, LONGEST_PATTERN.into())?;
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // Views of a database that somebody else made may not call functions that do more than compute.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.pragma_update_and_check(None, "hard_heap_limit", SQLITE_BYTES, |_| Ok(()))?;
    let (begin, time) = (Instant::now(), bounds.time);
    connection.progress_handler(STEPS_BETWEEN_LOOKS, Some(move || begin.elapsed() >= time))
}
