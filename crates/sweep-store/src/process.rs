//! Which process this is. It opens no database.

use std::{fs, process};

use sweep_job::ProcessIdentity;

/// The place of a process's start time in `/proc/<id>/stat`, counted behind the name in parentheses (proc(5), field 22).
const START_TIME_FIELD: usize = 19;

/// This process.
pub(crate) fn this_process() -> ProcessIdentity {
    ProcessIdentity {
        host: gethostname::gethostname().to_string_lossy().into_owned(),
        boot_id: fs::read_to_string("/proc/sys/kernel/random/boot_id").ok().map(|id| id.trim().to_owned()),
        process: process::id(),
        process_started: fs::read_to_string("/proc/self/stat").ok().and_then(|stat| start_time(&stat)),
    }
}

/// The name of a program may hold spaces and parentheses, so that fields count from behind the last one.
fn start_time(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(START_TIME_FIELD)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_time_is_found_behind_any_name() {
        let stat = "4711 (a) b (c) S 1 4711 4711 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 123456 1 2 3";
        assert_eq!(start_time(stat), Some(123_456));
        assert_eq!(start_time("4711 (a"), None);
    }
}
