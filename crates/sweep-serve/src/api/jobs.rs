//! `/api/jobs`: a page of jobs; `/api/jobs/ID`: one, with its attempts and what it left behind.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, RawQuery, State},
};
use serde_json::{Value, json};
use sweep_job::{AttemptRecord, JobRecord};
use sweep_report::{Format, ReportOptions, jobs_report};

use crate::{pages, parameters::Parameters, problem::Problem, request::JobsRequest, site::Site};

/// A page of the jobs that match, with the columns of the view `trials`.
pub(crate) async fn jobs(
    State(site): State<Arc<Site>>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Problem> {
    let request = JobsRequest::of(&Parameters::of(query.as_deref()));
    let request = request.map_err(|error| Problem::bad(error.to_string()))?;
    site.read(move |reader| {
        let page = reader.job_page(&request.page_request())?;
        let jobs = rows(&page.jobs)?;
        Ok(Json(json!({ "total": page.total, "page": request.page, "size": request.size, "jobs": jobs })))
    })
    .await
}

/// A job: its row of the view `trials`, its attempts and its snapshots.
pub(crate) async fn job(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
) -> Result<Json<Value>, Problem> {
    site.read(move |reader| {
        let view = pages::view(reader, &name)?;
        let attempts: Vec<Value> = view.attempts.iter().map(attempt).collect();
        let snapshots: Vec<Value> = view
            .snapshots
            .iter()
            .map(|(kind, snapshot)| {
                json!({
                    "kind": kind.name(),
                    "epoch": snapshot.epoch,
                    "test_loss": snapshot.test.loss,
                    "test_accuracy": snapshot.test.accuracy,
                    "weights_file": snapshot.weights.file,
                    "weights_sha256": snapshot.weights.sha256,
                })
            })
            .collect();
        let row = rows(std::slice::from_ref(&view.job))?.pop();
        Ok(Json(json!({ "job": row, "attempts": attempts, "snapshots": snapshots })))
    })
    .await
}

/// As every report for programs has them.
fn rows(jobs: &[JobRecord]) -> Result<Vec<Value>, Problem> {
    let mut text = Vec::new();
    let options = ReportOptions { format: Format::Json, ..ReportOptions::default() };
    jobs_report(jobs, &options, &mut text).map_err(|_| Problem::fault())?;
    serde_json::from_slice(&text).map_err(|_| Problem::fault())
}

fn attempt(attempt: &AttemptRecord) -> Value {
    let provenance = &attempt.provenance;
    json!({
        "number": attempt.number,
        "run_id": attempt.run.map(|run| run.0),
        "started_at": attempt.started_at,
        "ended_at": attempt.ended_at,
        "ending": attempt.ending,
        "reason": attempt.reason,
        "host": provenance.host,
        "device": provenance.device,
        "hardware": provenance.hardware,
        "threads": provenance.threads,
        "program_version": provenance.program_version,
        "arithmetic": provenance.arithmetic,
    })
}
