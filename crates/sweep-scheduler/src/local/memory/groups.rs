//! The control groups that a process's memory is counted in (cgroups(7), versions 1 and 2): where their files are.

use std::path::{Component, Path, PathBuf};

use super::SystemFiles;

/// A control group that counts memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ControlGroup {
    pub(super) version: Version,
    /// The folder with its files.
    pub(super) folder: PathBuf,
}

/// The version of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    One,
    Two,
}

/// The groups of a process, `self` or a number, from its own up to the outermost that can be seen: those of version 2, then those
/// of version 1, of which a system uses one for memory.
pub(super) fn control_groups(files: &SystemFiles, process: &str) -> Vec<ControlGroup> {
    let of_process = files.read(&Path::new("/proc").join(process).join("cgroup")).unwrap_or_default();
    let mounts = files.read(Path::new("/proc/self/mountinfo")).unwrap_or_default();
    let mut groups = Vec::new();
    for version in [Version::Two, Version::One] {
        let path = of_process.lines().find_map(|line| path_of(line, version));
        let mount = mounts.lines().find_map(|line| Mount::parse(line, version));
        if let (Some(path), Some(mount)) = (path, mount) {
            groups.extend(mount.folders(path).map(|folder| ControlGroup { version, folder }));
        }
    }
    groups
}

/// The path in a line `NUMBER:CONTROLLERS:PATH`; version 2 has no controllers there.
fn path_of(line: &str, version: Version) -> Option<&str> {
    let mut fields = line.splitn(3, ':').skip(1);
    let (controllers, path) = (fields.next()?, fields.next()?);
    let is_it = match version {
        Version::One => controllers.split(',').any(|controller| controller == "memory"),
        Version::Two => controllers.is_empty(),
    };
    is_it.then_some(path)
}

/// Where a hierarchy of groups can be seen.
struct Mount {
    /// The group that is seen there: in a container not the outermost.
    root: PathBuf,
    place: PathBuf,
}

impl Mount {
    /// From a line of proc(5)'s `mountinfo`: number, parent, device, root, place, options, ..., `-`, type, source, options.
    fn parse(line: &str, version: Version) -> Option<Self> {
        let (before, after) = line.split_once(" - ")?;
        let mut of_type = after.split(' ');
        let (kind, options) = (of_type.next()?, of_type.nth(1)?);
        let is_it = match version {
            Version::One => kind == "cgroup" && options.split(',').any(|option| option == "memory"),
            Version::Two => kind == "cgroup2",
        };
        let mut fields = before.split(' ').skip(3);
        let (root, place) = (fields.next()?, fields.next()?);
        is_it.then(|| Self { root: unescaped(root), place: unescaped(place) })
    }

    /// The folder of the group `path` and those above it. A path that is not below the root, as in a container that sees another
    /// name than its own, means the root.
    fn folders(&self, path: &str) -> impl Iterator<Item = PathBuf> {
        let below = Path::new(path).strip_prefix(&self.root).unwrap_or(Path::new(""));
        let is_plain = below.components().all(|component| matches!(component, Component::Normal(_)));
        let below = if is_plain { below } else { Path::new("") };
        let folders: Vec<PathBuf> = below.ancestors().map(|below| self.place.join(below)).collect();
        folders.into_iter()
    }
}

/// A space in a path is written as `\040`.
fn unescaped(path: &str) -> PathBuf {
    path.replace("\\040", " ").into()
}
