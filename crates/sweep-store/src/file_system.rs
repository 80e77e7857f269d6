//! Whether a folder is on a disk of this machine. SQLite's write-ahead log needs memory that all its users share, which no network gives
//! (SQLite's documentation, "Write-Ahead Logging", section 1), and locks on a network cannot be relied on.

use std::path::Path;

use crate::{
    StoreError,
    location::{FileSystem, beside, folder_of},
};

/// Who can use a file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Users {
    /// Other machines, or the host of a virtual one.
    Others,
    /// This machine alone, or others too: its number does not tell.
    Unknown,
}

/// A file system that is not, or not surely, this machine's alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shared {
    name: &'static str,
    users: Users,
}

impl Shared {
    pub(crate) fn name(self) -> &'static str {
        self.name
    }

    /// What helps if only this machine uses it, to go on a sentence.
    pub(crate) fn switch(self) -> &'static str {
        match self.users {
            Users::Others => "",
            Users::Unknown => "; or, if only this machine uses it, add `--assume-local`",
        }
    }
}

/// The number that Linux gives for FUSE.
const FUSE: u64 = 0x6573_5546;

/// The numbers that Linux gives for file systems that others can use (`linux/magic.h`, `stat.c` of GNU coreutils, and the sources of
/// GPFS, Lustre and BeeGFS).
const SHARED: [(u64, &str, Users); 25] = [
    (0x6969, "NFS", Users::Others),
    (0x517b, "SMB", Users::Others),
    (0xff53_4d42, "CIFS", Users::Others),
    (0xfe53_4d42, "SMB2", Users::Others),
    (0x564c, "NCP", Users::Others),
    (0x5346_414f, "AFS", Users::Others),
    (0x6b41_4653, "AFS", Users::Others),
    (0x7375_7245, "Coda", Users::Others),
    (0x0102_1997, "9P", Users::Others),
    (0x00c3_6400, "Ceph", Users::Others),
    (0x4750_4653, "GPFS", Users::Others),
    (0x0bd0_0bd0, "Lustre", Users::Others),
    (0x1983_0326, "BeeGFS", Users::Others),
    (0xaad7_aaea, "PanFS", Users::Others),
    (0x2003_0528, "OrangeFS", Users::Others),
    (0x6163_6673, "ACFS", Users::Others),
    (0x0131_11a8, "IBRIX", Users::Others),
    (0xbeef_dead, "StorNext", Users::Others),
    (0x786f_4256, "a shared folder of VirtualBox", Users::Others),
    (0xbacb_acbc, "a shared folder of VMware", Users::Others),
    (0x7c7c_6673, "a shared folder of Parallels", Users::Others),
    (FUSE, "FUSE", Users::Unknown),
    (0x7461_636f, "OCFS2", Users::Unknown),
    (0x0116_1970, "GFS2", Users::Unknown),
    (0xa501_fcf5, "VxFS", Users::Unknown),
];

/// The file system of the folder of `database`, if others can use it too.
pub(crate) fn shared(database: &Path, file_system: FileSystem) -> Option<Shared> {
    // A folder that cannot be found is told of elsewhere.
    let file = beside(database, "").ok()?;
    let folder = folder_of(&file);
    judge(kind_of(folder)?, is_on_block_device(folder), file_system)
}

/// Refuses to write a database on a file system that others can use.
pub(crate) fn check_is_local(database: &Path, file_system: FileSystem) -> Result<(), StoreError> {
    let path = database.to_owned();
    match shared(database, file_system) {
        None => Ok(()),
        Some(Shared { name, users: Users::Others }) => {
            Err(StoreError::OtherMachine { path, file_system: name })
        }
        Some(Shared { name, users: Users::Unknown }) => {
            Err(StoreError::MaybeOtherMachine { path, file_system: name })
        }
    }
}

/// A file system of FUSE that is on a block device (ntfs-3g, exfat) is a disk.
fn judge(kind: u64, is_on_block_device: bool, file_system: FileSystem) -> Option<Shared> {
    let (_, name, users) = *SHARED.iter().find(|(number, ..)| *number == kind)?;
    let is_local = users == Users::Unknown && file_system == FileSystem::AssumeLocal
        || kind == FUSE && is_on_block_device;
    (!is_local).then_some(Shared { name, users })
}

/// File systems without a device of their own have the major number 0 (Linux, `Documentation/admin-guide/devices.txt`).
fn is_on_block_device(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    folder.metadata().is_ok_and(|folder| nix::sys::stat::major(folder.dev()) != 0)
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

    const NFS: u64 = 0x6969;
    const OCFS2: u64 = 0x7461_636f;

    fn name(kind: u64, is_on_block_device: bool, file_system: FileSystem) -> Option<&'static str> {
        judge(kind, is_on_block_device, file_system).map(|shared| shared.name)
    }

    #[test]
    fn file_systems_that_others_can_use_are_known_by_their_numbers() {
        let examined = |kind| name(kind, false, FileSystem::Examine);
        let known = [
            (NFS, "NFS"),
            (FUSE, "FUSE"),
            (OCFS2, "OCFS2"),
            (0x0116_1970, "GFS2"),
            (0xaad7_aaea, "PanFS"),
            (0x2003_0528, "OrangeFS"),
            (0x786f_4256, "a shared folder of VirtualBox"),
            (0xbacb_acbc, "a shared folder of VMware"),
        ];
        for (kind, expected) in known {
            assert_eq!(examined(kind), Some(expected));
        }
        // tmpfs, ext4, XFS, Btrfs and overlayfs
        for kind in [0x0102_1994, 0xef53, 0x5846_5342, 0x9123_683e, 0x794c_7630] {
            assert_eq!(examined(kind), None);
        }
    }

    #[test]
    fn the_user_decides_only_where_the_number_does_not_tell() {
        assert_eq!(name(FUSE, false, FileSystem::AssumeLocal), None);
        assert_eq!(name(OCFS2, true, FileSystem::Examine), Some("OCFS2"));
        assert_eq!(name(OCFS2, true, FileSystem::AssumeLocal), None);
        assert_eq!(name(NFS, false, FileSystem::AssumeLocal), Some("NFS"));
    }

    #[test]
    fn fuse_on_a_block_device_is_a_disk() {
        assert_eq!(name(FUSE, true, FileSystem::Examine), None);
        assert_eq!(name(NFS, true, FileSystem::Examine), Some("NFS"));
    }

    #[test]
    fn refusals_say_what_to_do() {
        let folder = tempfile::TempDir::new().unwrap();
        check_is_local(&folder.path().join("results.db"), FileSystem::Examine).unwrap();
        check_is_local(Path::new("/no/such/folder/results.db"), FileSystem::Examine).unwrap();
        let path = Path::new("/home/me/results.db").to_owned();
        let error = StoreError::OtherMachine { path: path.clone(), file_system: "NFS" };
        insta::assert_snapshot!(error, @"/home/me/results.db is on NFS, a file system of another machine, where SQLite cannot keep the database safe: name one on a disk of this machine with `--db`, and copy it when it is done");
        let error = StoreError::MaybeOtherMachine { path, file_system: "FUSE" };
        insta::assert_snapshot!(error, @"/home/me/results.db is on FUSE, a file system that other machines may use too, where SQLite cannot keep the database safe: name one on a disk of this machine with `--db`; or, if only this machine uses it, add `--assume-local`");
    }
}
