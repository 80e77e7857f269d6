//! How a database is opened without a run: to read, and to check. It reads no rows.

use std::time::Duration;

use crate::{
    Reader, Store, StoreError,
    check::file_findings,
    connect,
    location::{Location, resolve},
};

impl Store {
    /// Opens an existing database to read, also while a writer is at work. It waits 5 seconds for a program that has the database for
    /// itself.
    ///
    /// # Errors
    /// Where there is no file, where it is none of ours, of another version, or cannot be read where it lies, and where SQLite fails.
    pub fn open_read_only(database: impl Into<Location>) -> Result<Reader, StoreError> {
        Self::open_read_only_waiting(database, connect::READER_TIMEOUT)
    }

    /// The same, for those who would rather wait for another time.
    ///
    /// # Errors
    /// As [`Store::open_read_only`].
    pub fn open_read_only_waiting(
        database: impl Into<Location>,
        wait: Duration,
    ) -> Result<Reader, StoreError> {
        let database = database.into();
        let (connection, still) = connect::to_read(&database, wait)?;
        Reader::new(connection, database.path(), still)
    }

    /// Opens an existing database to check it, even if its tables or views are not those that this program makes.
    ///
    /// # Errors
    /// As [`Store::open_read_only`].
    pub fn open_to_check(database: impl Into<Location>) -> Result<Reader, StoreError> {
        let database = database.into();
        let path = &resolve(database.path());
        connect::check_kind(path)?;
        // Before SQLite opens it: to close the file again would release SQLite's locks on it.
        let of_file = file_findings(path);
        let (connection, still) = connect::to_check(&database)?;
        let mut reader = Reader::new(connection, database.path(), still)?;
        reader.of_file = of_file;
        Ok(reader)
    }
}
