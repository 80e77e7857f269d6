//! Whether a file is mounted by itself. It looks at no other files.

use std::path::Path;

use crate::StoreError;

/// Refuses a database that is mounted without its folder (`docker run -v /data/results.db:/results.db`). SQLite keeps its log, and `sweep`
/// its lock, beside the name of a file: those who use the file under its other name would neither see them nor be seen.
///
/// # Errors
/// `MountedAlone`.
pub(crate) fn check_not_mounted_alone(database: &Path) -> Result<(), StoreError> {
    if is_mount_point(database) {
        return Err(StoreError::MountedAlone { path: database.to_owned() });
    }
    Ok(())
}

/// Linux tells since 5.8; an older one says no.
#[cfg(target_os = "linux")]
fn is_mount_point(path: &Path) -> bool {
    use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};
    statx(CWD, path, AtFlags::empty(), StatxFlags::empty())
        .is_ok_and(|found| found.stx_attributes.contains(StatxAttributes::MOUNT_ROOT))
}

#[cfg(not(target_os = "linux"))]
fn is_mount_point(_path: &Path) -> bool {
    false
}

#[cfg(all(test, target_os = "linux"))]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
mod tests {
    use super::*;

    #[test]
    fn what_is_mounted_is_told_from_what_lies_in_a_folder() {
        assert!(is_mount_point(Path::new("/proc")));
        let file = tempfile::NamedTempFile::new().unwrap();
        check_not_mounted_alone(file.path()).unwrap();
        check_not_mounted_alone(&file.path().with_file_name("missing")).unwrap();
    }
}
