//! Temporary files: how they are named, and which of them are of no use any more.

use std::{
    fs,
    path::{Path, PathBuf},
    process,
};

/// The ending of the names of files that are being written.
pub const PARTIAL: &str = "partial";

/// The temporary file that this process writes for `path`. Every process has another, since several may write the same file.
pub(crate) fn temporary_name(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.{PARTIAL}", process::id()));
    name.into()
}

/// Removes the temporary files in `folder` whose writers are dead. Those of processes that live stay.
pub fn remove_partial(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    for path in paths.filter(|path| path.extension().is_some_and(|extension| extension == PARTIAL)) {
        if !writer(&path).is_some_and(is_alive) {
            // It is in nobody's way.
            let _ = fs::remove_file(path);
        }
    }
}

/// The process whose temporary file `path` is.
fn writer(path: &Path) -> Option<u32> {
    Path::new(path.file_stem()?).extension()?.to_str()?.parse().ok()
}

/// Whether another process with this id lives. A dead one whose id was given to another keeps its file a while longer.
fn is_alive(process: u32) -> bool {
    let state = |stat: String| stat.rsplit_once(')')?.1.trim_start().chars().next();
    let stat = fs::read_to_string(Path::new("/proc").join(process.to_string()).join("stat"));
    // A zombie is dead, and only its parent does not know yet.
    process != process::id() && stat.ok().and_then(state).is_some_and(|state| !matches!(state, 'Z' | 'X'))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
mod tests {
    use super::*;

    #[test]
    fn what_the_dead_left_half_written_goes_and_what_the_living_write_stays() {
        let folder = tempfile::TempDir::new().unwrap();
        // No process has an id as large; the parent of this one lives.
        let living = format!("a.{}.partial", std::os::unix::process::parent_id());
        for name in ["a", "a.4294967295.partial", "a.nobody.partial", &living] {
            fs::write(folder.path().join(name), "half").unwrap();
        }
        remove_partial(folder.path());
        let mut names: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["a", living.as_str()]);
    }
}
