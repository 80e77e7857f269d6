//! Parts of the messages of errors.

use std::path::Path;

use sweep_job::{JobId, RunId};

/// What `log` has at its end behind the name of the database.
pub(super) fn suffix(path: &Path, log: &Path) -> String {
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    name(log).strip_prefix(&name(path)).unwrap_or("-wal").to_owned()
}

pub(super) fn owner_in_words(owner: Option<u32>) -> String {
    owner.map(|id| format!(" (process {id})")).unwrap_or_default()
}

pub(super) fn whose(owner: Option<RunId>) -> String {
    match owner {
        Some(RunId(run)) => format!("run {run} has claimed it"),
        None => "it was taken for dead, or the job was taken from it".to_owned(),
    }
}

pub(super) fn list(matches: &[JobId], count: u32) -> String {
    let mut lines: Vec<String> = matches.iter().map(|id| format!("  {id}")).collect();
    let more = (count as usize).saturating_sub(matches.len());
    if more > 0 {
        lines.push(format!("  and {more} more"));
    }
    lines.join("\n")
}

pub(super) fn names(known: &[String]) -> String {
    if known.is_empty() {
        return "none".to_owned();
    }
    known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
