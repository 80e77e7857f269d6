//! A job by the first digits of its id.

use rusqlite::Result as SqlResult;
use sweep_job::JobId;

use crate::{Reader, StoreError, encode::Id, error::sqlite};

/// So many candidates an error lists.
const LISTED: usize = 8;

impl Reader {
    /// The one job whose id begins with `prefix`, in digits of either case.
    ///
    /// # Errors
    /// Where `prefix` is empty, too long or not hexadecimal, where no job or more than one has it, or where SQLite fails.
    pub fn find_job(&self, prefix: &str) -> Result<JobId, StoreError> {
        let asked = || prefix.to_owned();
        if prefix.is_empty() || prefix.len() > 32 || !prefix.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(StoreError::NotAPrefix { prefix: asked() });
        }
        // Every id with the prefix lies between these two: `g` follows the last digit.
        let first = prefix.to_ascii_lowercase();
        let end = format!("{first}g");
        let matches = self.ids_between(&first, &end).map_err(sqlite("look up a job"))?;
        match matches.as_slice() {
            [] => Err(StoreError::NoSuchJob { prefix: asked() }),
            [id] => Ok(*id),
            _ => {
                let count = self.count_between(&first, &end).map_err(sqlite("look up a job"))?;
                Err(StoreError::AmbiguousJob { prefix: asked(), count, matches })
            }
        }
    }

    pub(crate) fn ids_between(&self, first: &str, end: &str) -> SqlResult<Vec<JobId>> {
        self.connection()
            .prepare_cached("SELECT id FROM job WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT ?3")?
            .query_map((first, end, LISTED as i64), |row| Ok(row.get::<_, Id>(0)?.0))?
            .collect()
    }

    pub(crate) fn count_between(&self, first: &str, end: &str) -> SqlResult<u32> {
        self.connection()
            .prepare_cached("SELECT count(*) FROM job WHERE id >= ?1 AND id < ?2")?
            .query_row((first, end), |row| row.get(0))
    }
}
