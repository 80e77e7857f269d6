//! The views of a results database with what their columns hold, as docs/results-db.md describes them. It reads none.

use self::ColumnType::{Blob, Integer, Real, Text, Time};
use crate::SettingColumn;

/// What a column of a view holds, where it is not NULL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnType {
    /// Whole numbers.
    Integer,
    /// Numbers.
    Real,
    /// Text.
    Text,
    /// Times of day as text in ISO 8601, UTC, with milliseconds: `2026-03-01T12:00:00.000Z`.
    Time,
    /// Bytes.
    Blob,
}

/// A column of a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ViewColumn {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub holds: ColumnType,
}

/// A view of docs/results-db.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum View {
    /// A row a job.
    Trials,
    /// A row an epoch.
    Epochs,
    /// A row a data set, model and activation.
    Best,
    /// Up to three rows a finished job.
    Snapshots,
    /// A row a data set.
    DataSets,
    /// A row a list of jobs.
    Sweeps,
    /// A row a job of a list.
    SweepJobs,
    /// A row a process that trained or changed jobs.
    Runs,
    /// A row a start of a job.
    Attempts,
}

impl View {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 9] = [
        Self::Trials,
        Self::Epochs,
        Self::Best,
        Self::Snapshots,
        Self::DataSets,
        Self::Sweeps,
        Self::SweepJobs,
        Self::Runs,
        Self::Attempts,
    ];

    /// Its name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trials => "trials",
            Self::Epochs => "epochs",
            Self::Best => "best",
            Self::Snapshots => "snapshots",
            Self::DataSets => "data_sets",
            Self::Sweeps => "sweeps",
            Self::SweepJobs => "sweep_jobs",
            Self::Runs => "runs",
            Self::Attempts => "attempts",
        }
    }

    /// Its columns in order.
    pub fn columns(self) -> impl Iterator<Item = ViewColumn> {
        let columns = match self {
            Self::Trials => return trials().into_iter(),
            Self::Epochs => EPOCHS,
            Self::Best => BEST,
            Self::Snapshots => SNAPSHOTS,
            Self::DataSets => DATA_SETS,
            Self::Sweeps => SWEEPS,
            Self::SweepJobs => SWEEP_JOBS,
            Self::Runs => RUNS,
            Self::Attempts => ATTEMPTS,
        };
        named(columns).collect::<Vec<_>>().into_iter()
    }
}

fn named(columns: &'static [Columns]) -> impl Iterator<Item = ViewColumn> {
    columns.iter().flat_map(|(holds, names)| names.iter().map(|name| ViewColumn { name, holds: *holds }))
}

/// Columns that came later stand at the end, so that those before keep their places.
fn trials() -> Vec<ViewColumn> {
    let settings = |versions| {
        let columns = SettingColumn::of_versions(versions);
        columns.map(|column| ViewColumn { name: column.name(), holds: column.holds() })
    };
    named(TRIALS_BEFORE_SETTINGS)
        .chain(settings(1..=4))
        .chain(named(TRIALS_AFTER_SETTINGS))
        .chain(settings(5..=u32::MAX))
        .collect()
}

/// Names of neighbouring columns that hold the same.
type Columns = (ColumnType, &'static [&'static str]);

const TRIALS_BEFORE_SETTINGS: &[Columns] =
    &[(Text, &["job_id", "sweeps", "data_set", "data_title", "data_identity"])];

const TRIALS_AFTER_SETTINGS: &[Columns] = &[
    (Text, &["status", "reason"]),
    (Integer, &["attempts"]),
    (Time, &["created_at", "started_at", "finished_at"]),
    (Text, &["host", "device", "hardware"]),
    (Integer, &["threads"]),
    (Text, &["program_version"]),
    (Integer, &["epochs_finished"]),
    (Real, &["best_test_accuracy"]),
    (Integer, &["best_test_epoch"]),
    (Real, &["selected_test_accuracy", "selected_validation_accuracy"]),
    (Integer, &["selected_epoch"]),
    (Real, &["last_train_loss", "last_train_accuracy", "last_validation_loss", "last_validation_accuracy"]),
    (Real, &["last_test_loss", "last_test_accuracy", "seconds"]),
    (Integer, &["run_id", "test_trials_shared_with_train", "arithmetic"]),
];

const EPOCHS: &[Columns] = &[
    (Text, &["job_id"]),
    (Integer, &["epoch"]),
    (Real, &["train_loss", "train_accuracy", "validation_loss", "validation_accuracy"]),
    (Real, &["test_loss", "test_accuracy", "train_seconds", "evaluation_seconds"]),
];

const BEST: &[Columns] = &[
    (Text, &["data_set", "data_title", "data_identity", "model", "activation"]),
    (Real, &["best_test_accuracy"]),
    (Integer, &["best_test_epoch"]),
    (Text, &["job_id"]),
    (Real, &["selected_test_accuracy"]),
    (Integer, &["selected_epoch"]),
    (Text, &["selected_job_id"]),
    (Integer, &["jobs", "finished_jobs"]),
];

const SNAPSHOTS: &[Columns] = &[
    (Text, &["job_id", "kind"]),
    (Integer, &["epoch"]),
    (Real, &["test_loss", "test_accuracy"]),
    (Text, &["weights_file", "weights_sha256"]),
    (Integer, &["classes"]),
    (Blob, &["logits"]),
    (Text, &["data_identity"]),
];

const DATA_SETS: &[Columns] = &[
    (Text, &["data_identity", "data_set", "data_title", "spec"]),
    (Integer, &["channels", "samples"]),
    (Real, &["sampling_rate_hz"]),
    (Text, &["classes"]),
    (Integer, &["train_trials", "validation_trials", "test_trials"]),
    (Blob, &["test_labels"]),
    (Text, &["test_subjects"]),
    (Time, &["created_at"]),
    (Integer, &["test_trials_shared_with_train", "test_trials_identical_to_train"]),
    (Integer, &["validation_trials_shared_with_train", "test_trials_shared_with_validation"]),
    (Text, &["leaks"]),
];

const SWEEPS: &[Columns] = &[
    (Integer, &["sweep_id"]),
    (Text, &["sweep", "data_set", "data_identity"]),
    (Integer, &["jobs", "finished_jobs"]),
    (Text, &["command_line", "file_text"]),
    (Time, &["created_at", "last_run_at"]),
];

const SWEEP_JOBS: &[Columns] =
    &[(Integer, &["sweep_id"]), (Text, &["sweep"]), (Integer, &["position"]), (Text, &["job_id"])];

const RUNS: &[Columns] = &[
    (Integer, &["run_id"]),
    (Text, &["host", "boot_id"]),
    (Integer, &["process", "process_started"]),
    (Text, &["command_line", "program_version", "git_commit", "compiler", "target", "features"]),
    (Time, &["started_at", "ended_at"]),
    (Text, &["ending"]),
    (Integer, &["jobs_held", "attempts"]),
];

const ATTEMPTS: &[Columns] = &[
    (Text, &["job_id"]),
    (Integer, &["attempt", "run_id"]),
    (Time, &["started_at", "ended_at"]),
    (Text, &["ending", "reason", "host", "device", "hardware"]),
    (Integer, &["threads"]),
    (Text, &["program_version"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_bytes_are_known_by_their_names() {
        for view in View::ALL {
            for column in view.columns() {
                let is_time = column.name.ends_with("_at");
                assert_eq!(column.holds == Time, is_time, "{}.{}", view.name(), column.name);
                let is_blob = ["logits", "test_labels"].contains(&column.name);
                assert_eq!(column.holds == Blob, is_blob, "{}.{}", view.name(), column.name);
            }
        }
    }
}
