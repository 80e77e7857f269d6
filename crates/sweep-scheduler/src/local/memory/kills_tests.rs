//! Counters in folders that look like systems.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;

use tempfile::TempDir;

use super::*;

/// A folder that looks like a system.
struct System(TempDir);

impl System {
    fn new(files: &[(&str, &str)]) -> Self {
        let system = Self(TempDir::new().unwrap());
        files.iter().for_each(|(path, text)| system.write(path, text));
        system
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn watch(&self) -> KillWatch {
        KillWatch::begin(&SystemFiles::below(self.0.path()), 7)
    }
}

const VERSION_TWO: &str = "30 25 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";
const VERSION_ONE: &str =
    "35 25 0:31 / /sys/fs/cgroup/memory rw,nosuid shared:16 - cgroup cgroup rw,memory\n";

#[test]
fn a_kill_in_the_workers_own_group_is_seen() {
    let system = System::new(&[
        ("proc/7/cgroup", "0::/user.slice/sweep.scope\n"),
        ("proc/self/mountinfo", VERSION_TWO),
        ("proc/vmstat", "pgfault 9\noom_kill 5\n"),
        (
            "sys/fs/cgroup/user.slice/sweep.scope/memory.events",
            "low 0\noom 1\noom_kill 3\noom_group_kill 0\n",
        ),
    ]);
    let watch = system.watch();
    assert_eq!(watch.counted(), Counted::NoKill);
    // One of another group, which the machine counts as well.
    system.write("proc/vmstat", "pgfault 99\noom_kill 6\n");
    assert_eq!(watch.counted(), Counted::Kill(MemoryEvidence::KillOnMachine));
    system.write("sys/fs/cgroup/user.slice/sweep.scope/memory.events", "low 0\noom 2\noom_kill 4\n");
    assert_eq!(watch.counted(), Counted::Kill(MemoryEvidence::KillInGroup));
}

#[test]
fn groups_of_version_one_count_too() {
    let system = System::new(&[
        ("proc/7/cgroup", "12:cpu,cpuacct:/box\n9:memory:/box/jobs\n"),
        ("proc/self/mountinfo", VERSION_ONE),
        ("sys/fs/cgroup/memory/box/jobs/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n"),
    ]);
    let watch = system.watch();
    assert_eq!(watch.counted(), Counted::NoKill);
    system.write("sys/fs/cgroup/memory/box/jobs/memory.oom_control", "under_oom 0\noom_kill 1\n");
    assert_eq!(watch.counted(), Counted::Kill(MemoryEvidence::KillInGroup));
}

#[test]
fn a_container_sees_its_own_group_as_the_root() {
    let mount = "30 25 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n";
    for path in ["/docker/abc", "/", "/../elsewhere"] {
        let system = System::new(&[
            ("proc/7/cgroup", &format!("0::{path}\n")),
            ("proc/self/mountinfo", mount),
            ("sys/fs/cgroup/memory.events", "oom_kill 0\n"),
        ]);
        let watch = system.watch();
        system.write("sys/fs/cgroup/memory.events", "oom_kill 1\n");
        assert_eq!(watch.counted(), Counted::Kill(MemoryEvidence::KillInGroup), "{path}");
    }
}

#[test]
fn where_nothing_can_be_read_nothing_is_claimed() {
    assert_eq!(System::new(&[]).watch().counted(), Counted::Nothing);
    let system = System::new(&[("proc/vmstat", "oom_kill many\n"), ("proc/7/cgroup", "nonsense")]);
    assert_eq!(system.watch().counted(), Counted::Nothing);
    // Nor where the files go away.
    let system = System::new(&[("proc/vmstat", "oom_kill 1\n")]);
    let watch = system.watch();
    fs::remove_file(system.0.path().join("proc/vmstat")).unwrap();
    assert_eq!(watch.counted(), Counted::Nothing);
}
