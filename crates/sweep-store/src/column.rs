//! The columns of the view `trials`, in its order: what filters and sorting may name, of which kind each is, and where it is found.
//! No text of a user ever becomes SQL: it is looked up here.

use std::{borrow::Cow, sync::LazyLock};

use sweep_job::{ColumnType, DataSource, JobStatus, Setting, SettingColumn, SettingKind};

/// A column of the view `trials`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Column(&'static Definition);

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// One of a few names.
    Name(Names),
    /// Any text.
    Text,
    /// Hexadecimal digits, of which the first tell it apart.
    Digits,
    /// A time of day, UTC.
    Time,
    /// A whole number.
    Integer,
    /// A number.
    Real,
    /// A share of trials, 0 to 1.
    Accuracy,
    /// True or false.
    Truth,
}

/// Which names a column has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// Those that the values of a setting have.
    Setting(Setting),
    /// Where a job can stand.
    Status,
    /// The kinds of data sets.
    DataSet,
}

impl Names {
    /// All of them, in the order of tables.
    pub fn all(self) -> Vec<&'static str> {
        match self {
            Self::Setting(setting) => match setting.kind() {
                SettingKind::Name(names) => names.to_vec(),
                _ => Vec::new(),
            },
            Self::Status => JobStatus::NAMES.to_vec(),
            Self::DataSet => DataSource::NAMES.to_vec(),
        }
    }
}

impl Column {
    /// The column of this name, in letters of either case.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|column| column.name().eq_ignore_ascii_case(name))
    }

    /// All of them, in the order of the view.
    pub fn all() -> impl Iterator<Item = Self> {
        COLUMNS.iter().map(Self)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// What its values are.
    pub fn kind(self) -> ColumnKind {
        self.0.kind
    }

    /// An expression for it of the row `job`.
    pub(crate) fn sql(self) -> &'static str {
        &self.0.sql
    }

    /// Its name in the table `data_set`, where it is one of the data set of a job: many jobs share a value, which need be looked at once.
    pub(crate) fn of_data_set(self) -> Option<&'static str> {
        self.0.of_data_set
    }
}

#[derive(Debug, PartialEq)]
struct Definition {
    name: &'static str,
    kind: ColumnKind,
    sql: Cow<'static, str>,
    of_data_set: Option<&'static str>,
}

/// A column of the table `job`, or of what belongs to it.
macro_rules! column {
    ($name:literal, $kind:expr) => {
        column!($name, $kind, concat!("job.", $name))
    };
    ($name:literal, $kind:expr, $sql:expr) => {
        Definition { name: $name, kind: $kind, sql: Cow::Borrowed($sql), of_data_set: None }
    };
}

/// A column of the data set of a job, with its name there.
macro_rules! of_data_set {
    ($name:literal, $kind:expr, $column:literal) => {
        Definition {
            name: $name,
            kind: $kind,
            sql: Cow::Borrowed(concat!(
                "(SELECT data_set.",
                $column,
                " FROM data_set WHERE data_set.key = job.data_set)"
            )),
            of_data_set: Some(concat!("data_set.", $column)),
        }
    };
}

const SWEEPS: &str = "(SELECT group_concat(name, ', ') FROM (SELECT DISTINCT sweep.name
    FROM sweep_job JOIN sweep ON sweep.key = sweep_job.sweep WHERE sweep_job.job = job.key ORDER BY sweep_job.sweep))";

use ColumnKind::{Accuracy, Digits, Integer, Name, Real, Text, Time, Truth};

static COLUMNS: LazyLock<Vec<Definition>> = LazyLock::new(|| {
    let settings = |versions| SettingColumn::of_versions(versions).map(of_setting);
    // In the order of the view: columns that came later stand at its end.
    BEFORE_SETTINGS
        .into_iter()
        .chain(settings(1..=4))
        .chain(AFTER_SETTINGS)
        .chain(settings(5..=u32::MAX))
        .collect()
});

/// The column of a setting.
fn of_setting(column: SettingColumn) -> Definition {
    let kind = match (column.setting().kind(), column.holds()) {
        (SettingKind::Name(_), _) => Name(Names::Setting(column.setting())),
        (SettingKind::Switch, _) => Truth,
        _ if column.is_checksum() => Digits,
        (_, ColumnType::Integer) => Integer,
        (_, ColumnType::Real) => Real,
        (_, ColumnType::Text | ColumnType::Time | ColumnType::Blob) => Text,
    };
    Definition {
        name: column.name(),
        kind,
        sql: Cow::Owned(format!("job.{}", column.name())),
        of_data_set: None,
    }
}

const BEFORE_SETTINGS: [Definition; 5] = [
    column!("job_id", Digits, "job.id"),
    column!("sweeps", Text, SWEEPS),
    of_data_set!("data_set", Name(Names::DataSet), "name"),
    of_data_set!("data_title", Text, "title"),
    of_data_set!("data_identity", Digits, "identity"),
];

const AFTER_SETTINGS: [Definition; 27] = [
    column!("status", Name(Names::Status)),
    column!("reason", Text),
    column!("attempts", Integer),
    column!("created_at", Time),
    column!("started_at", Time),
    column!("finished_at", Time),
    column!("host", Text),
    column!("device", Text),
    column!("hardware", Text),
    column!("threads", Integer),
    column!("program_version", Text),
    column!("epochs_finished", Integer),
    column!("best_test_accuracy", Accuracy),
    column!("best_test_epoch", Integer, "job.best_epoch"),
    column!("selected_test_accuracy", Accuracy),
    column!("selected_validation_accuracy", Accuracy),
    column!("selected_epoch", Integer),
    column!("last_train_loss", Real),
    column!("last_train_accuracy", Accuracy),
    column!("last_validation_loss", Real),
    column!("last_validation_accuracy", Accuracy),
    column!("last_test_loss", Real),
    column!("last_test_accuracy", Accuracy),
    column!("seconds", Real),
    column!("run_id", Integer, "job.run"),
    of_data_set!("test_trials_shared_with_train", Integer, "test_trials_shared_with_train"),
    column!("arithmetic", Integer),
];

#[cfg(test)]
mod tests {
    use sweep_job::{ColumnType, View};

    use super::*;

    #[test]
    fn columns_are_those_of_the_view() {
        let stored_as = |kind| match kind {
            Name(_) | Text | Digits => ColumnType::Text,
            Time => ColumnType::Time,
            Integer | Truth => ColumnType::Integer,
            Real | Accuracy => ColumnType::Real,
        };
        let of_filters = Column::all().map(|column| (column.name(), stored_as(column.kind())));
        let of_view = View::Trials.columns().map(|column| (column.name, column.holds));
        assert_eq!(of_filters.collect::<Vec<_>>(), of_view.collect::<Vec<_>>());
    }
}
