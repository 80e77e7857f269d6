//! Whether a folder lies on another machine. SQLite's write-ahead log needs memory that all its users share, which no network gives
//! (SQLite's documentation, "Write-Ahead Logging", section 1), and locks there may be anyone's guess.

use std::path::Path;

use crate::{StoreError, lock::beside};

/// File systems of other machines, by the number that Linux gives for them (`linux/magic.h`, and the sources of GPFS, Lustre and BeeGFS).
const OF_OTHER_MACHINES: [(u64, &str); 12] = [
    (0x6969, "NFS"),
    (0x517b, "SMB"),
    (0xff53_4d42, "CIFS"),
    (0xfe53_4d42, "SMB2"),
    (0x5346_414f, "AFS"),
    (0x6b41_4653, "AFS"),
    (0x7375_7245, "Coda"),
    (0x0102_1997, "9P"),
    (0x00c3_6400, "Ceph"),
    (0x4750_4653, "GPFS"),
    (0x0bd0_0bd0, "Lustre"),
    (0x1983_0326, "BeeGFS"),
];

/// Refuses a database whose folder is on another machine.
pub(crate) fn check_is_local(database: &Path) -> Result<(), StoreError> {
    // A folder that cannot be found is told of elsewhere.
    let Some(kind) = beside(database, "").ok().and_then(|path| kind_of(path.parent()?)) else {
        return Ok(());
    };
    match remote_name(kind) {
        Some(name) => Err(StoreError::OtherMachine { path: database.to_owned(), file_system: name }),
        None => Ok(()),
    }
}

fn remote_name(kind: u64) -> Option<&'static str> {
    OF_OTHER_MACHINES.iter().find(|(number, _)| *number == kind).map(|(_, name)| *name)
}

#[cfg(target_os = "linux")]
fn kind_of(folder: &Path) -> Option<u64> {
    // The type of the number differs between platforms, and its upper half may be a sign.
    let kind = nix::sys::statfs::statfs(folder).ok()?.filesystem_type().0;
    Some(kind as u64 & 0xffff_ffff)
}

#[cfg(not(target_os = "linux"))]
fn kind_of(_folder: &Path) -> Option<u64> {
    None
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
mod tests {
    use super::*;

    #[test]
    fn a_file_system_of_another_machine_is_known_by_its_number() {
        assert_eq!(remote_name(0x6969), Some("NFS"));
        // tmpfs and ext4
        assert_eq!((remote_name(0x0102_1994), remote_name(0xef53)), (None, None));
        let folder = tempfile::TempDir::new().unwrap();
        check_is_local(&folder.path().join("results.db")).unwrap();
        check_is_local(Path::new("/no/such/folder/results.db")).unwrap();
        let error = StoreError::OtherMachine { path: "/home/me/results.db".into(), file_system: "NFS" };
        insta::assert_snapshot!(error, @"/home/me/results.db is on NFS, a file system of another machine, where SQLite cannot keep the database safe: name one on a disk of this machine with `--db`, and copy it when it is done");
    }
}
