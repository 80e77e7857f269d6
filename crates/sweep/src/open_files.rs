//! The limit on open files (`ulimit -n`), met before the work begins: in the middle of it, some libraries panic.

use std::{fs::File, io};

use crate::error::CliError;

/// Refuses to begin what needs `count` more open files if this process cannot have as many; `hint` says what to do.
///
/// # Errors
/// If they cannot be opened.
pub(crate) fn check_room(count: usize, hint: &str) -> Result<(), CliError> {
    let opened: io::Result<Vec<File>> = (0..count).map(|_| File::open("/dev/null")).collect();
    match opened {
        Ok(_) => Ok(()),
        Err(error) => Err(CliError::Argument {
            message: format!("cannot open {count} more files, as this command needs: {error}"),
            hint: Some(hint.to_owned()),
        }),
    }
}
