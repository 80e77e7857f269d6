//! Several questions about one moment: what others record meanwhile is not seen. It asks none itself.

use crate::{Reader, StoreError, error::sqlite};

impl Reader {
    /// Asks all that `read` asks of one moment, that of its first question. Writers go on meanwhile; their log only grows until
    /// `read` is done.
    ///
    /// # Errors
    /// Those of `read`, and where SQLite fails.
    pub fn at_one_moment<T, E: From<StoreError>>(&self, read: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let connection = self.connection();
        if !connection.is_autocommit() {
            // It is asked within another moment, which is its own.
            return read();
        }
        // It reads alone: however it ends, nothing is to be kept.
        let moment = connection.unchecked_transaction().map_err(sqlite("begin to read"))?;
        let result = read();
        moment.finish().map_err(sqlite("end reading"))?;
        self.check_unchanged()?;
        result
    }
}
