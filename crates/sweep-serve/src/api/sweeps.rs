//! `/api/sweeps`: every sweep with how far it is.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde_json::{Value, json};
use sweep_job::SweepCounts;

use crate::{problem::Problem, site::Site};

/// The sweeps in the order in which they were first requested.
pub(crate) async fn sweeps(State(site): State<Arc<Site>>) -> Result<Json<Value>, Problem> {
    site.read(|reader| {
        let records = reader.sweeps()?;
        let counts = reader.counts()?;
        let sweeps: Vec<Value> = records
            .iter()
            .map(|record| {
                let counts = counts.iter().find(|counts| counts.sweep == record.id);
                json!({
                    "id": record.id.0,
                    "name": record.name,
                    "data_identity": record.data.0,
                    "data_title": counts.map(|counts| &counts.data_title),
                    "command_line": record.command_line,
                    "created_at": record.created_at,
                    "last_run_at": record.last_run_at,
                    "jobs": record.jobs,
                    "counts": counts.map(by_status),
                })
            })
            .collect();
        Ok(Json(json!({ "sweeps": sweeps })))
    })
    .await
}

fn by_status(counts: &SweepCounts) -> Value {
    let SweepCounts { queued, interrupted, running, finished, failed, diverged, cancelled, .. } = counts;
    json!({
        "queued": queued, "running": running, "finished": finished, "failed": failed, "diverged": diverged,
        "cancelled": cancelled, "interrupted": interrupted,
    })
}
