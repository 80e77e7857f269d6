//! The files of one job, and of several side by side: curves and epochs.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use sweep_job::{EpochMetrics, JobView, QueryTable, Score, Value};
use sweep_report::plots::{compared_curves, job_curves};

use super::{
    compare::trajectories,
    file::{File, no_such_file},
    job::view,
};
use crate::{parameters::Parameters, problem::Problem, site::Site};

/// `/jobs/ID/curves.svg`, `curves.png`, `epochs.csv` and `epochs.json`.
pub(crate) async fn job_file(
    State(site): State<Arc<Site>>,
    Path((name, file)): Path<(String, String)>,
) -> Result<File, Problem> {
    site.read(move |reader| {
        let (stem, extension) = file.split_once('.').ok_or_else(no_such_file)?;
        let view = view(reader, &name)?;
        let file = format!("{}-{stem}", view.job.id.short());
        match stem {
            "curves" => File::figure(&file, extension, &job_curves(&view.job, &view.epochs)),
            "epochs" => File::rows(&file, extension, &epochs(&view)),
            _ => Err(no_such_file()),
        }
    })
    .await
}

/// `/compare/curves.svg` and `curves.png`, of the jobs in the query.
pub(crate) async fn compare_file(
    State(site): State<Arc<Site>>,
    Path(file): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<File, Problem> {
    let parameters = Parameters::of(query.as_deref());
    site.read(move |reader| {
        let extension = file.strip_prefix("curves.").ok_or_else(no_such_file)?;
        let trajectories = trajectories(reader, &parameters)?;
        File::figure("compared-curves", extension, &compared_curves("Accuracy per epoch", &trajectories))
    })
    .await
}

const COLUMNS: [&str; 10] = [
    "job_id",
    "epoch",
    "train_loss",
    "train_accuracy",
    "validation_loss",
    "validation_accuracy",
    "test_loss",
    "test_accuracy",
    "train_seconds",
    "evaluation_seconds",
];

/// The columns of the view `epochs`.
fn epochs(view: &JobView) -> QueryTable {
    let id = view.job.id.to_string();
    let rows = view.epochs.iter().map(|epoch| row(&id, epoch)).collect();
    QueryTable { columns: COLUMNS.map(str::to_owned).to_vec(), rows }
}

fn row(id: &str, metrics: &EpochMetrics) -> Vec<Value> {
    let score = |score: Option<Score>| match score {
        Some(Score { loss, accuracy }) => [Value::Real(loss), Value::Real(accuracy)],
        None => [Value::Null, Value::Null],
    };
    let mut row = vec![Value::Text(id.to_owned()), Value::Integer(metrics.epoch.into())];
    for one in [Some(metrics.train), metrics.validation, Some(metrics.test)] {
        row.extend(score(one));
    }
    row.extend([Value::Real(metrics.train_seconds), Value::Real(metrics.evaluation_seconds)]);
    row
}
