//! The files of one sweep: its tables, and its figures.

use std::sync::Arc;

use axum::extract::{Path, State};
use sweep_job::SweepId;
use sweep_report::{ReportOptions, best_report, jobs_report};
use sweep_store::JobSelection;

use super::{
    file::{File, no_such_file},
    sweep::{figures, record},
};
use crate::{evidence::evidence, problem::Problem, site::Site};

/// `/sweeps/ID/best.csv`, `best.json`, `jobs.csv`, `jobs.json`, and the figures of its page by their names as `svg` and `png`.
pub(crate) async fn sweep_file(
    State(site): State<Arc<Site>>,
    Path((number, file)): Path<(String, String)>,
) -> Result<File, Problem> {
    site.read(move |reader| {
        let (stem, extension) = file.rsplit_once('.').ok_or_else(no_such_file)?;
        let id = number.parse().map(SweepId).map_err(|_| no_such_file())?;
        let sweep = record(reader, id)?.name;
        let evidence = evidence(reader, reader.jobs(JobSelection::Sweep(id))?)?;
        let name = format!("sweep-{number}-{stem}");
        let of_sweep =
            |options: &ReportOptions| ReportOptions { sweep: Some(sweep.clone()), ..options.clone() };
        match stem {
            "best" => {
                File::table(&name, extension, |options, out| best_report(&evidence, &of_sweep(options), out))
            }
            "jobs" => File::table(&name, extension, |options, out| {
                jobs_report(&evidence.jobs, &of_sweep(options), out)
            }),
            _ => {
                let figures = figures(&evidence, &sweep);
                let found = figures.iter().find(|(known, _)| known == stem);
                File::figure(&name, extension, &found.ok_or_else(no_such_file)?.1)
            }
        }
    })
    .await
}
