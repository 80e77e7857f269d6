//! The views of a results database with what their columns hold, as docs/results-db.md describes them. It knows no database.

use crate::{
    Column, ColumnKind,
    ColumnKind::{Blob, Integer, Real, Text, Time},
    Table,
};

/// The tables of a whole results database: all views, in the order of docs/results-db.md.
pub fn results_tables() -> Vec<Table> {
    VIEWS.iter().map(|(name, columns)| table(name, columns)).collect()
}

/// Names of neighbouring columns that hold the same.
type Columns = (ColumnKind, &'static [&'static str]);

const VIEWS: [(&str, &[Columns]); 9] = [
    ("trials", TRIALS),
    ("epochs", EPOCHS),
    ("best", BEST),
    ("snapshots", SNAPSHOTS),
    ("data_sets", DATA_SETS),
    ("sweeps", SWEEPS),
    ("sweep_jobs", SWEEP_JOBS),
    ("runs", RUNS),
    ("attempts", ATTEMPTS),
];

const TRIALS: &[Columns] = &[
    (Text, &["job_id", "sweeps", "data_set", "data_title", "data_identity", "model", "activation"]),
    (Real, &["slope", "alpha"]),
    (Integer, &["batch_size"]),
    (Real, &["learning_rate"]),
    (Integer, &["epochs", "seed"]),
    (Text, &["optimizer"]),
    (Real, &["beta1", "beta2", "epsilon", "momentum"]),
    (Integer, &["nesterov"]),
    (Real, &["weight_decay", "dropout", "max_norm_convolution", "max_norm_dense"]),
    (Integer, &["shuffle"]),
    (Text, &["initial_weights", "initial_weights_sha256", "status", "reason"]),
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
    (Integer, &["run_id"]),
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

fn table(name: &str, columns: &[Columns]) -> Table {
    let columns = columns
        .iter()
        .flat_map(|(kind, names)| names.iter().map(|name| Column { name: (*name).to_owned(), kind: *kind }));
    Table { name: name.to_owned(), columns: columns.collect() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
mod tests {
    use std::{collections::BTreeMap, fs, path::Path};

    use super::*;

    /// The store's own test holds its views to this list.
    #[test]
    fn the_columns_are_those_of_the_database() {
        let snapshot = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../sweep-store/tests/snapshots/views__the_columns_of_the_views_stay.snap");
        let text = fs::read_to_string(snapshot).unwrap();
        let expected: BTreeMap<&str, Vec<&str>> = text
            .lines()
            .skip_while(|line| !line.starts_with("attempts: "))
            .filter_map(|line| line.split_once(": "))
            .map(|(view, columns)| (view, columns.split(", ").collect()))
            .collect();
        let tables = results_tables();
        let columns = |table: &'_ Table| -> Vec<String> {
            table.columns.iter().map(|column| column.name.clone()).collect()
        };
        assert_eq!(tables.len(), expected.len());
        for table in &tables {
            assert_eq!(columns(table), expected[table.name.as_str()], "{}", table.name);
        }
    }

    #[test]
    fn times_and_bytes_are_known_by_their_names() {
        for table in results_tables() {
            for column in &table.columns {
                let is_time = column.name.ends_with("_at");
                assert_eq!(column.kind == Time, is_time, "{}.{}", table.name, column.name);
                let is_blob = ["logits", "test_labels"].contains(&column.name.as_str());
                assert_eq!(column.kind == Blob, is_blob, "{}.{}", table.name, column.name);
            }
        }
    }
}
