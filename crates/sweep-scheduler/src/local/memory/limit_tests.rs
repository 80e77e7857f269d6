//! Limits in folders that look like systems.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;

use tempfile::TempDir;

use super::*;

const MACHINE: (&str, &str) =
    ("proc/meminfo", "MemTotal:       16000000 kB\nMemFree:  1 kB\nMemAvailable:    8000000 kB\n");
const VERSION_TWO: (&str, &str) =
    ("proc/self/mountinfo", "30 25 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n");
const GROUP: (&str, &str) = ("proc/self/cgroup", "0::/a/b\n");

/// The limit of all workers in a system of these files: bytes and source, as text.
fn together(files: &[(&str, &str)]) -> String {
    let folder = TempDir::new().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    MemoryLimits::of_this_process(&SystemFiles::below(folder.path()))
        .together
        .map_or_else(|| "none".to_owned(), |limit| format!("{}: {}", limit.bytes, limit.source))
}

#[test]
fn the_smallest_limit_counts_and_says_where_it_is_from() {
    let with = |more: &[(&str, &str)]| together(&[&[MACHINE, VERSION_TWO, GROUP], more].concat());
    let all = [
        together(&[]),
        together(&[("proc/meminfo", "MemTotal: 1000 kB\n")]),
        with(&[]),
        with(&[("sys/fs/cgroup/a/b/memory.max", "max\n")]),
        with(&[("sys/fs/cgroup/a/b/memory.max", "2147483648\n")]),
        // A parent may allow less.
        with(&[
            ("sys/fs/cgroup/a/b/memory.max", "2147483648\n"),
            ("sys/fs/cgroup/a/memory.max", "1073741824\n"),
        ]),
        // More than there is.
        with(&[("sys/fs/cgroup/a/memory.max", "1099511627776\n")]),
        together(&[
            MACHINE,
            ("proc/self/mountinfo", "35 25 0:31 /box /mem rw - cgroup cgroup rw,memory\n"),
            ("proc/self/cgroup", "9:memory:/box/jobs\n0::/\n"),
            ("mem/jobs/memory.limit_in_bytes", "9223372036854771712\n"),
            ("mem/memory.limit_in_bytes", "536870912\n"),
        ]),
    ];
    insta::assert_snapshot!(all.join("\n"), @r"
    none
    1024000: the memory of this machine (MemTotal in /proc/meminfo)
    8192000000: the memory that is available on this machine (MemAvailable in /proc/meminfo)
    8192000000: the memory that is available on this machine (MemAvailable in /proc/meminfo)
    2147483648: the limit of the control group in /sys/fs/cgroup/a/b/memory.max
    1073741824: the limit of the control group in /sys/fs/cgroup/a/memory.max
    8192000000: the memory that is available on this machine (MemAvailable in /proc/meminfo)
    536870912: the limit of the control group in /mem/memory.limit_in_bytes
    ");
}

#[test]
fn what_the_user_says_replaces_what_the_system_does() {
    let limits = MemoryLimits::of_this_process(&SystemFiles::below("/no/such/folder"));
    assert_eq!(limits.together, None);
    let given = limits.given(5);
    assert_eq!(given.together, Some(MemoryLimit { bytes: 5, source: LimitSource::Option }));
}
