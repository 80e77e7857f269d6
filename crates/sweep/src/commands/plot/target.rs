//! What `sweep plot` was asked to draw: a sweep file, a sweep by its name, one job, or everything; and which recorded jobs that means.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
};

use sweep_job::{DataIdentity, JobId, JobRecord, JobSpec};
use sweep_store::{Filter, JobSelection, Reader};

use super::super::plan;
use crate::{cli::SweepArguments, error::CliError};

/// The jobs of the figures.
pub(super) struct Target {
    pub(super) jobs: Vec<JobRecord>,
    /// The sweep under whose name they are drawn; all of their sweeps, where there is none.
    pub(super) sweep: Option<String>,
    /// The job that alone is drawn.
    pub(super) job: Option<JobId>,
}

/// The jobs that `what` means and `filter` leaves: those of a sweep file, of a sweep by its name, the one job whose id begins so, or all.
///
/// # Errors
/// Where it means nothing, and where the file or the database cannot be read.
pub(super) fn target(
    reader: &Reader,
    what: Option<&str>,
    filter: Option<&Filter>,
) -> Result<Target, CliError> {
    let jobs = |selection: JobSelection<'_>| reader.jobs(selection.matching(filter));
    let Some(what) = what else {
        return Ok(Target { jobs: jobs(JobSelection::All)?, sweep: None, job: None });
    };
    if reader.has_sweep(what)? {
        return Ok(Target {
            jobs: jobs(JobSelection::Named(what))?,
            sweep: Some(what.to_owned()),
            job: None,
        });
    }
    if is_file(what) {
        let file = SweepArguments { file: PathBuf::from(what), set: Vec::new(), data: None };
        let plan = plan::read(&file)?.plan;
        let named = jobs(JobSelection::Named(&plan.name))?;
        let jobs = planned(named, &plan.jobs, &plan.name, what)?;
        return Ok(Target { jobs, sweep: Some(plan.name), job: None });
    }
    // No sweep is called so: it is one job.
    let ids = reader.jobs_named(what)?;
    let mut found = Vec::new();
    for id in &ids {
        found.extend(jobs(JobSelection::Job(*id))?);
    }
    // One figure of a job is enough, however many sweeps asked for it.
    let sweep = found.first().and_then(|job| job.sweeps.first().cloned());
    Ok(Target { jobs: found, sweep, job: ids.first().copied() })
}

/// Whether it is written as a file is: with a slash or the ending of sweep files.
fn is_file(what: &str) -> bool {
    what.contains('/') || Path::new(what).extension().is_some_and(|ending| ending == "toml")
}

/// Those of `jobs` that are in the plan, on whatever data they were trained: these may be on another machine.
fn planned(
    mut jobs: Vec<JobRecord>,
    plan: &[JobSpec],
    name: &str,
    file: &str,
) -> Result<Vec<JobRecord>, CliError> {
    let recorded = jobs.len();
    let mut asked: HashMap<DataIdentity, HashSet<JobId>> = HashMap::new();
    jobs.retain(|job| {
        let data = &job.data.identity;
        let ids = asked
            .entry(data.clone())
            .or_insert_with(|| plan.iter().map(|spec| JobId::new(spec, data)).collect());
        ids.contains(&job.id)
    });
    if jobs.is_empty() && recorded > 0 {
        return Err(CliError::Argument {
            message: format!(
                "no recorded job has the settings of {file}: those of sweep \"{name}\" have others"
            ),
            hint: Some(format!("`sweep plot {name}` draws them, whatever the file says now")),
        });
    }
    Ok(jobs)
}
