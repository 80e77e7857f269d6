//! MLflow's database: the rows of its tables. It knows no jobs.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, Result as SqlResult};

/// Bytes of pages that are held while rows are written.
const CACHE_KIB: i64 = 32 << 10;

/// A new database.
#[derive(Debug)]
pub(super) struct Database {
    connection: Connection,
}

/// A row of `experiments`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Experiment<'a> {
    pub(super) id: i64,
    pub(super) name: &'a str,
    /// Milliseconds since 1970, as all times here.
    pub(super) created: i64,
    pub(super) updated: i64,
}

/// A row of `runs`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run<'a> {
    /// 32 hexadecimal digits.
    pub(super) id: &'a str,
    pub(super) experiment: i64,
    pub(super) name: &'a str,
    pub(super) status: &'static str,
    pub(super) started: i64,
    pub(super) ended: Option<i64>,
}

/// A row of `metrics`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Metric<'a> {
    pub(super) name: &'a str,
    pub(super) value: f64,
    pub(super) time: i64,
    pub(super) step: u32,
}

impl Database {
    /// Creates it at `path`, where nothing is yet.
    pub(super) fn create(path: &Path) -> SqlResult<Self> {
        let connection = Connection::open(path)?;
        // A crash leaves a file that is never looked at, so nothing need be undone; the commit of the folder syncs it.
        connection.pragma_update_and_check(None, "journal_mode", "off", |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", "off")?;
        // Experiments are complete, and so added, when all runs are.
        connection.pragma_update(None, "foreign_keys", false)?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        connection.execute_batch(include_str!("schema.sql"))?;
        connection.execute_batch("BEGIN")?;
        Ok(Self { connection })
    }

    pub(super) fn add_experiment(&self, experiment: &Experiment<'_>) -> SqlResult<()> {
        let Experiment { id, name, created, updated } = experiment;
        // The server's own place for files, so that the database can be moved.
        let place = format!("mlflow-artifacts:/{id}");
        self.connection
            .prepare_cached("INSERT INTO experiments VALUES (?1, ?2, ?3, 'active', ?4, ?5)")?
            .execute((id, name, place, created, updated))?;
        self.connection
            .prepare_cached("INSERT INTO experiment_tags VALUES ('mlflow.experimentKind', 'custom_model_development', ?1)")?
            .execute([id])?;
        Ok(())
    }

    pub(super) fn add_run(&self, run: &Run<'_>) -> SqlResult<()> {
        let Run { id, experiment, name, status, started, ended } = run;
        let place = format!("mlflow-artifacts:/{experiment}/{id}/artifacts");
        self.connection
            .prepare_cached(
                "INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status,
                     start_time, end_time, source_version, lifecycle_stage, artifact_uri, experiment_id)
                 VALUES (?1, ?2, 'UNKNOWN', '', '', '', ?3, ?4, ?5, '', 'active', ?6, ?7)",
            )?
            .execute((id, name, status, started, ended, place, experiment))?;
        Ok(())
    }

    pub(super) fn add_param(&self, run: &str, name: &str, value: &str) -> SqlResult<()> {
        self.connection
            .prepare_cached("INSERT INTO params VALUES (?1, ?2, ?3)")?
            .execute((name, value, run))?;
        Ok(())
    }

    pub(super) fn add_tag(&self, run: &str, name: &str, value: &str) -> SqlResult<()> {
        self.connection
            .prepare_cached("INSERT INTO tags VALUES (?1, ?2, ?3)")?
            .execute((name, value, run))?;
        Ok(())
    }

    pub(super) fn add_metric(&self, run: &str, metric: Metric<'_>) -> SqlResult<()> {
        let (value, is_nan) = stored(metric.value);
        self.connection.prepare_cached("INSERT INTO metrics VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?.execute((
            metric.name,
            value,
            metric.time,
            run,
            metric.step,
            is_nan,
        ))?;
        Ok(())
    }

    /// Says that `metric` is the last of its name.
    pub(super) fn set_latest(&self, run: &str, metric: Metric<'_>) -> SqlResult<()> {
        let (value, is_nan) = stored(metric.value);
        self.connection
            .prepare_cached("INSERT INTO latest_metrics VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
            .execute((metric.name, value, metric.time, metric.step, is_nan, run))?;
        Ok(())
    }

    pub(super) fn finish(self) -> SqlResult<()> {
        self.connection.execute_batch(include_str!("indices.sql"))?;
        self.connection.execute_batch("COMMIT")?;
        self.connection.flush_prepared_statement_cache();
        self.connection.close().map_err(|(_, error)| error)
    }
}

/// How many runs the database at `path` has that have not the tag `tag`.
pub(super) fn runs_without_tag(path: &Path, tag: &str) -> SqlResult<u32> {
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?.query_row(
        "SELECT count(*) FROM runs WHERE run_uuid NOT IN (SELECT run_uuid FROM tags WHERE \"key\" = ?1)",
        [tag],
        |row| row.get(0),
    )
}

/// A value as MLflow stores it, and whether it is not a number: numbers that are none become 0, infinite ones the largest finite
/// (`SqlAlchemyStore._log_metrics`).
fn stored(value: f64) -> (f64, bool) {
    if value.is_nan() { (0.0, true) } else { (value.clamp(f64::MIN, f64::MAX), false) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_not_finite_are_stored_as_mlflow_does() {
        assert_eq!(stored(f64::NAN), (0.0, true));
        assert_eq!(stored(f64::INFINITY), (f64::MAX, false));
        assert_eq!(stored(f64::NEG_INFINITY), (f64::MIN, false));
        assert_eq!(stored(-0.5), (-0.5, false));
    }
}
