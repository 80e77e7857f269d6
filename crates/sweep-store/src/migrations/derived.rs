//! What of a migration follows from the tables of settings and networks: columns of new settings with the values that earlier jobs have,
//! and the views that name settings or networks.

use sweep_job::{ColumnType, ModelKind, SettingColumn, Value};

/// The first version whose columns of settings are made here; those of earlier ones are in the written migrations.
const FIRST: u32 = 5;

/// The last version that a setting or a network came with.
pub(super) fn last_version() -> u32 {
    let columns = SettingColumn::all().map(SettingColumn::since);
    let networks = ModelKind::ALL.into_iter().map(|model| model.descriptor().since);
    columns.chain(networks).max().unwrap_or(0)
}

/// The statements that `version` needs besides the written ones.
pub(super) fn statements(version: u32) -> Vec<String> {
    if version < FIRST {
        return Vec::new();
    }
    let new: Vec<SettingColumn> = SettingColumn::of_versions(version..=version).collect();
    let mut statements: Vec<String> = new.iter().map(|column| add(*column)).collect();
    let values =
        new.iter().filter_map(|column| Some(format!("{} = {}", column.name(), earlier(*column, version)?)));
    let values: Vec<String> = values.collect();
    if !values.is_empty() {
        statements.push(format!("UPDATE job SET {}", values.join(", ")));
    }
    statements.extend(["trials", "best"].map(|view| format!("DROP VIEW {view}")));
    statements.extend([trials(version), best(version)]);
    statements
}

fn add(column: SettingColumn) -> String {
    let holds = match column.holds() {
        ColumnType::Integer => "INTEGER",
        ColumnType::Real => "REAL",
        ColumnType::Text | ColumnType::Time => "TEXT",
        ColumnType::Blob => "BLOB",
    };
    format!("ALTER TABLE job ADD COLUMN {} {holds}", column.name())
}

/// What jobs have in a column that were recorded before `version`; `None` if it is null for all of them.
fn earlier(column: SettingColumn, version: u32) -> Option<String> {
    let cases: Vec<String> = networks(version - 1)
        .filter_map(|model| {
            let value = literal(&column.value_before(model))?;
            Some(format!("WHEN '{}' THEN {value}", model.name()))
        })
        .collect();
    (!cases.is_empty()).then(|| format!("CASE model {} END", cases.join(" ")))
}

fn literal(value: &Value) -> Option<String> {
    match value {
        Value::Integer(number) => Some(number.to_string()),
        Value::Real(number) => Some(format!("{number:?}")),
        Value::Text(text) => Some(format!("'{}'", text.replace('\'', "''"))),
        Value::Null | Value::Blob(_) => None,
    }
}

/// The networks that `version` knows, in the order of tables.
fn networks(version: u32) -> impl Iterator<Item = ModelKind> {
    ModelKind::ALL.into_iter().filter(move |model| model.descriptor().since <= version)
}

/// Columns that came later stand at the end, so that those before keep their places.
fn trials(version: u32) -> String {
    let names = |versions| -> String {
        SettingColumn::of_versions(versions).map(|column| format!("job.{}, ", column.name())).collect()
    };
    let first = names(1..=FIRST - 1);
    let later: String = names(FIRST..=version);
    let later = later.trim_end_matches(", ");
    format!(
        "CREATE VIEW trials AS
SELECT
    job.id AS job_id,
    (SELECT group_concat(name, ', ')
       FROM (SELECT DISTINCT sweep.name
               FROM sweep_job JOIN sweep ON sweep.key = sweep_job.sweep
              WHERE sweep_job.job = job.key
              ORDER BY sweep_job.sweep)) AS sweeps,
    data_set.name AS data_set,
    data_set.title AS data_title,
    data_set.identity AS data_identity,
    {first}
    job.status, job.reason, job.attempts, job.created_at, job.started_at, job.finished_at,
    job.host, job.device, job.hardware, job.threads, job.program_version,
    job.epochs_finished,
    job.best_test_accuracy,
    job.best_epoch AS best_test_epoch,
    job.selected_test_accuracy,
    job.selected_validation_accuracy,
    job.selected_epoch,
    job.last_train_loss,
    job.last_train_accuracy,
    job.last_validation_loss,
    job.last_validation_accuracy,
    job.last_test_loss,
    job.last_test_accuracy,
    job.seconds,
    job.run AS run_id,
    data_set.test_trials_shared_with_train,
    job.arithmetic,
    {later}
FROM job
JOIN data_set ON data_set.key = job.data_set"
    )
}

/// A cell is a data set, a model and an activation. Finished jobs alone compete in it; of equals the one that was asked for first wins.
fn best(version: u32) -> String {
    let places =
        networks(version).zip(0..).map(|(model, place)| format!("WHEN '{}' THEN {place} ", model.name()));
    let (places, last): (String, usize) = (places.collect(), networks(version).count());
    format!(
        "CREATE VIEW best AS
WITH ranked AS (
    SELECT
        job.key, job.id, job.data_set, job.model, job.activation, job.best_epoch, job.selected_epoch,
        job.status = 'finished' AS is_finished,
        job.best_test_accuracy, job.selected_test_accuracy,
        row_number() OVER (
            PARTITION BY job.data_set, job.model, job.activation
            ORDER BY job.status = 'finished' DESC, job.best_test_accuracy DESC, job.key
        ) AS best_place,
        row_number() OVER (
            PARTITION BY job.data_set, job.model, job.activation
            ORDER BY job.status = 'finished' DESC, job.selected_validation_accuracy DESC, job.selected_validation_loss, job.key
        ) AS selected_place,
        count(*) OVER (PARTITION BY job.data_set, job.model, job.activation) AS jobs,
        count(*) FILTER (WHERE job.status = 'finished')
            OVER (PARTITION BY job.data_set, job.model, job.activation) AS finished_jobs
    FROM job
)
SELECT
    data_set.name AS data_set,
    data_set.title AS data_title,
    data_set.identity AS data_identity,
    top.model,
    top.activation,
    CASE WHEN top.is_finished THEN top.best_test_accuracy END AS best_test_accuracy,
    CASE WHEN top.is_finished THEN top.best_epoch END AS best_test_epoch,
    CASE WHEN top.is_finished THEN top.id END AS job_id,
    CASE WHEN chosen.is_finished THEN chosen.selected_test_accuracy END AS selected_test_accuracy,
    CASE WHEN chosen.is_finished THEN chosen.selected_epoch END AS selected_epoch,
    CASE WHEN chosen.is_finished AND chosen.selected_epoch IS NOT NULL THEN chosen.id END AS selected_job_id,
    top.jobs,
    top.finished_jobs
FROM ranked AS top
JOIN ranked AS chosen
    ON chosen.data_set = top.data_set AND chosen.model = top.model AND chosen.activation = top.activation
   AND chosen.selected_place = 1
JOIN data_set ON data_set.key = top.data_set
WHERE top.best_place = 1
ORDER BY top.data_set,
    CASE top.model {places}ELSE {last} END, top.model,
    CASE top.activation WHEN 'relu' THEN 0 WHEN 'leaky_relu' THEN 1 WHEN 'elu' THEN 2 ELSE 3 END, top.activation"
    )
}
