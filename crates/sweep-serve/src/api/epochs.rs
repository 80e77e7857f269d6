//! `/api/jobs/ID/epochs`: the epochs of a job that a program has not seen yet.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, RawQuery, State},
};
use serde_json::{Value, json};
use sweep_job::{EpochCursor, EpochMetrics};

use crate::{pages, parameters::Parameters, problem::Problem, site::Site};

/// All epochs of the job, or those behind `after` of the attempt `attempt`. Where the answer has another attempt, the job was started again,
/// and these are all its epochs.
pub(crate) async fn epochs(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Problem> {
    let parameters = Parameters::of(query.as_deref());
    let number = |name: &str| match parameters.one(name).map(str::parse) {
        None => Ok(0),
        Some(Ok(number)) => Ok(number),
        Some(Err(_)) => Err(Problem::bad(format!("`{name}` is a whole number."))),
    };
    let cursor = EpochCursor { attempt: number("attempt")?, epoch: number("after")? };
    site.read(move |reader| {
        let id = pages::find(reader, &name)?;
        let new = reader.epochs_after(&id, cursor)?;
        let epochs: Vec<Value> = new.epochs.iter().map(epoch).collect();
        Ok(Json(json!({
            "job_id": id, "attempt": new.cursor.attempt, "after": new.cursor.epoch, "epochs": epochs
        })))
    })
    .await
}

fn epoch(metrics: &EpochMetrics) -> Value {
    json!({
        "epoch": metrics.epoch,
        "train_loss": metrics.train.loss,
        "train_accuracy": metrics.train.accuracy,
        "validation_loss": metrics.validation.map(|score| score.loss),
        "validation_accuracy": metrics.validation.map(|score| score.accuracy),
        "test_loss": metrics.test.loss,
        "test_accuracy": metrics.test.accuracy,
        "train_seconds": metrics.train_seconds,
        "evaluation_seconds": metrics.evaluation_seconds,
    })
}
