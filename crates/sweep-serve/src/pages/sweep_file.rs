//! The files of one sweep: its tables, and the curves of each model.

use std::sync::Arc;

use axum::extract::{Path, State};
use sweep_job::{ModelKind, SweepId};
use sweep_report::{ReportOptions, activation_curves, best_report, jobs_report};
use sweep_store::JobSelection;

use super::{
    file::{File, no_such_file},
    sweep::{record, trajectories},
};
use crate::{problem::Problem, site::Site};

/// `/sweeps/ID/best.csv`, `best.json`, `jobs.csv`, `jobs.json`, `curves-MODEL.svg` and `curves-MODEL.png`.
pub(crate) async fn sweep_file(
    State(site): State<Arc<Site>>,
    Path((number, file)): Path<(i64, String)>,
) -> Result<File, Problem> {
    site.read(move |reader| {
        let (stem, extension) = file.split_once('.').ok_or_else(no_such_file)?;
        let name = format!("sweep-{number}-{stem}");
        let sweep = Some(record(reader, SweepId(number))?.name);
        let jobs = reader.jobs(JobSelection::Sweep(SweepId(number)))?;
        let of_sweep = |options: &ReportOptions| ReportOptions { sweep: sweep.clone(), ..options.clone() };
        match (stem, stem.strip_prefix("curves-")) {
            ("best", _) => {
                File::table(&name, extension, |options, out| best_report(&jobs, &of_sweep(options), out))
            }
            ("jobs", _) => {
                File::table(&name, extension, |options, out| jobs_report(&jobs, &of_sweep(options), out))
            }
            (_, Some(model)) => {
                let model = ModelKind::ALL.into_iter().find(|known| known.name() == model);
                let model = model.ok_or_else(no_such_file)?;
                let trajectories = trajectories(reader, &jobs, model)?;
                File::figure(&name, extension, &activation_curves(model, &trajectories))
            }
            _ => Err(no_such_file()),
        }
    })
    .await
}
