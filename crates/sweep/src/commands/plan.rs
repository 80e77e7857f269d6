//! `sweep plan`: what a sweep file asks for.

use std::{fs, io, path::Path};

use sweep_job::{DeviceChoice, JobSpec};
use sweep_plan::{Overrides, Plan};

use super::run::memory::limits;
use crate::{
    cli::{PlanArguments, PlanFormat, SweepArguments},
    error::{CliError, Ending},
    memory::{self, Estimates, Training, Wanted},
    output::print,
};

pub(super) fn run(arguments: &PlanArguments) -> Result<Ending, CliError> {
    let plan = read(&arguments.sweep)?.plan;
    // A plan needs no data; where they are, it tells more.
    let extent = sweep_data::extent(&plan.data).ok();
    let mut estimates = extent.map(|extent| Estimates::new(extent, DeviceChoice::Cpu, 1));
    match arguments.format {
        PlanFormat::Table => {
            let memory = memory::summary(estimates.as_mut(), &plan.jobs);
            print(&(sweep_plan::summary(&plan) + &memory))?;
        }
        PlanFormat::Json => {
            print(&serde_json::to_string_pretty(&plan).map_err(|error| CliError::Output(error.into()))?)?
        }
    }
    if let Some(estimates) = &mut estimates {
        let alone = |spec: &JobSpec| Training { spec: spec.clone(), jobs: 1 };
        let trainings: Vec<Training> = plan.jobs.iter().map(alone).collect();
        memory::check(estimates, &trainings, &limits(arguments.memory.memory_limit), Wanted::UpTo(1))?;
    }
    Ok(Ending::Done)
}

/// A sweep file with its plan.
pub(super) struct PlannedFile {
    pub(super) text: String,
    pub(super) plan: Plan,
}

/// Reads and plans the sweep file of a command.
pub(super) fn read(arguments: &SweepArguments) -> Result<PlannedFile, CliError> {
    let text = fs::read_to_string(&arguments.file)
        .map_err(|source| CliError::Read { path: arguments.file.clone(), source })?;
    let overrides = Overrides { set: arguments.set.clone(), data: arguments.data.clone() };
    let plan = sweep_plan::plan(&arguments.file.to_string_lossy(), &text, &overrides, &weights_sha256)?;
    Ok(PlannedFile { text, plan })
}

fn weights_sha256(path: &Path) -> io::Result<String> {
    Ok(sweep_worker::sha256(&fs::read(path)?))
}
