//! Numbers, bytes and text as people read them, in every report and on every page.

pub use sweep_text::{
    counted, loss_text as loss, one_line, percent, printable, shortest_number as real, thousands, wrap,
};

use sweep_job::JobStatus;

pub use crate::{cell::status, spread::setting_text};

/// A share and the epoch it was reached at: `87.22 % @ 612`.
pub fn percent_at(share: f64, epoch: u32) -> String {
    format!("{} @ {epoch}", percent(share))
}

/// A span of time in its two largest units: `4.2 s`, `12 min 03 s`, `3 h 05 min`.
pub fn duration(seconds: f64) -> String {
    if seconds < 59.95 { format!("{seconds:.1} s") } else { rough_duration(seconds) }
}

/// `42 s`, `3 min 05 s`, `2 h 07 min`: for what is not known better, or is gone before it is read.
pub fn rough_duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60);
    match (hours, minutes) {
        (0, 0) => format!("{rest} s"),
        (0, _) => format!("{minutes} min {rest:02} s"),
        _ => format!("{hours} h {minutes:02} min"),
    }
}

/// A time of day of the database to the second: `2026-03-01 12:00:00`.
pub fn moment(time: &str) -> String {
    time.split('.').next().unwrap_or(time).replacen('T', " ", 1)
}

/// Jobs of a status in the words of a sweep's progress: `4 running`, `12 waiting`.
pub fn of_status(status: &str, count: u32) -> String {
    format!("{} {}", thousands(u64::from(count)), if status == "queued" { "waiting" } else { status })
}

/// How many jobs have each status: `running`, then the statuses of jobs that ended without a result. Statuses that no job has are left out.
pub fn unfinished<'a>(statuses: impl IntoIterator<Item = &'a JobStatus>) -> Vec<(&'static str, usize)> {
    let names: Vec<&'static str> = statuses.into_iter().map(JobStatus::name).collect();
    ["running", "failed", "diverged", "cancelled"]
        .into_iter()
        .map(|name| (name, names.iter().filter(|other| **other == name).count()))
        .filter(|(_, count)| *count > 0)
        .collect()
}

/// `2 of 5 finished, 1 running, 1 diverged, 1 cancelled`: how far several jobs are. Every status is named; queued jobs are the rest.
pub fn how_far<'a>(statuses: impl IntoIterator<Item = &'a JobStatus>) -> String {
    let statuses: Vec<&JobStatus> = statuses.into_iter().collect();
    let finished = statuses.iter().filter(|status| ***status == JobStatus::Finished).count();
    let mut words =
        format!("{} of {} finished", thousands(finished as u64), thousands(statuses.len() as u64));
    for (status, count) in unfinished(statuses.iter().copied()) {
        words += &format!(", {} {status}", thousands(count as u64));
    }
    words
}

/// So many files of a data set are named in its title.
const NAMED_FILES: usize = 3;

/// The title of a data set for people. A user's own data are titled with the paths of their files: of these the names are enough.
pub fn data_title(title: &str) -> String {
    const ENDING: &str = ".npz";
    let title = one_line(title);
    let Some(stem) = title.strip_suffix(ENDING) else { return title };
    // Names of folders may have commas.
    let name = |path: &str| format!("{}{ENDING}", path.rsplit(['/', '\\']).next().unwrap_or(path));
    let names: Vec<String> = stem.split(".npz, ").map(name).collect();
    match names.len().saturating_sub(NAMED_FILES) {
        0 => names.join(", "),
        more => format!("{} and {}", names[..NAMED_FILES].join(", "), counted(more, "more file")),
    }
}

#[cfg(test)]
mod tests {
    use sweep_job::{FailureReason, LossKind};

    use super::*;

    #[test]
    fn time_reads_in_two_units() {
        for (seconds, text) in [
            (0.0, "0.0 s"),
            (4.24, "4.2 s"),
            (59.94, "59.9 s"),
            (59.96, "1 min 00 s"),
            (723.4, "12 min 03 s"),
            (3599.6, "1 h 00 min"),
            (11_130.0, "3 h 05 min"),
        ] {
            assert_eq!(duration(seconds), text);
        }
        let rough = [0.2, 59.4, 59.6, 3599.0, 7620.0].map(rough_duration);
        assert_eq!(rough, ["0 s", "59 s", "1 min 00 s", "59 min 59 s", "2 h 07 min"]);
    }

    #[test]
    fn every_status_is_named() {
        assert_eq!(of_status("queued", 2160), "2,160 waiting");
        let failed = |reason| JobStatus::Failed(reason);
        let statuses = [
            JobStatus::Finished,
            JobStatus::Queued,
            JobStatus::Running,
            failed(FailureReason::Cancelled),
            failed(FailureReason::Diverged { epoch: 3, step: 7, loss: LossKind::Train }),
            failed(FailureReason::WorkerDied { how: "signal 9".into() }),
        ];
        assert_eq!(how_far(&statuses), "1 of 6 finished, 1 running, 1 failed, 1 diverged, 1 cancelled");
        assert_eq!(how_far(&statuses[3..4]), "0 of 1 finished, 1 cancelled");
        assert_eq!(how_far(&vec![JobStatus::Running; 1200]), "0 of 1,200 finished, 1,200 running");
    }

    #[test]
    fn data_of_ones_own_are_called_by_the_names_of_their_files() {
        assert_eq!(data_title("/home/me/a, b/train.npz, /home/me/a, b/test.npz"), "train.npz, test.npz");
        assert_eq!(data_title("train.npz"), "train.npz");
        assert_eq!(
            data_title("d/1.npz, d/2.npz, d/3.npz, d/4.npz, d/5.npz"),
            "1.npz, 2.npz, 3.npz and 2 more files"
        );
        let ours = "BCI Competition III, data set IIIb";
        assert_eq!(data_title(ours), ours);
    }
}
