//! The files of one sweep: its tables, and its figures.

use std::sync::Arc;

use axum::extract::{Path, State};
use sweep_job::{Evidence, SweepId};
use sweep_report::{ReportOptions, best_report, jobs_report};
use sweep_store::JobSelection;

use super::{
    file::{File, no_such_file},
    sweep::record,
};
use crate::{problem::Problem, site::Site};

/// `/sweeps/ID/best.csv`, `best.json`, `jobs.csv`, `jobs.json`, and the figures of its page by their names as `svg` and `png`.
pub(crate) async fn sweep_file(
    State(site): State<Arc<Site>>,
    Path((number, file)): Path<(String, String)>,
) -> Result<File, Problem> {
    site.read(move |reader| {
        let (stem, extension) = file.rsplit_once('.').ok_or_else(no_such_file)?;
        let id = number.parse().map(SweepId).map_err(|_| no_such_file())?;
        let record = record(reader, id)?;
        let sweep = &record.name;
        let jobs = || reader.jobs(JobSelection::Sweep(id));
        let name = format!("sweep-{number}-{stem}");
        let named = |options: &ReportOptions| ReportOptions { sweep: Some(sweep.clone()), ..options.clone() };
        match stem {
            "best" => {
                let evidence = Evidence { jobs: jobs()?, ..Evidence::default() };
                File::table(&name, extension, |options, out| best_report(&evidence, &named(options), out))
            }
            "jobs" => {
                let jobs = jobs()?;
                File::table(&name, extension, |options, out| jobs_report(&jobs, &named(options), out))
            }
            _ => {
                let digest = reader.digest(&record)?;
                let found = digest.figures.iter().find(|figure| figure.name == stem);
                File::figure(&name, extension, &found.ok_or_else(no_such_file)?.figure)
            }
        }
    })
    .await
}
