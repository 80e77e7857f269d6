//! `sweep plan`: what a sweep file asks for.

use std::{
    fs,
    io::{self, Read},
    path::Path,
};

use sweep_job::DeviceChoice;
use sweep_plan::{Complaint, Culprit, Overrides, Plan};

use super::prepared::{self, Prepared};
use crate::{
    cli::{DeviceRequest, PlanArguments, PlanFormat, SweepArguments},
    error::{CliError, Ending},
    memory::{self, Chosen, Estimates, Gpu, Wanted, memory_of},
    output::{print, tell_paragraph, width},
    settings::devices_for,
    workers,
};

/// A sweep file of a hundred thousand rows has less.
const LONGEST_FILE_BYTES: u64 = 8 << 20;

pub(super) fn run(arguments: &PlanArguments) -> Result<Ending, CliError> {
    let file = read(&arguments.sweep)?;
    let plan = &file.plan;
    // All that can be said is said before the data are found missing or unfit.
    let (extent, impossible) = match sweep_data::extent(&plan.data) {
        Ok(extent) => (Some(extent), None),
        // The data are there, and what the sweep file asks of them is impossible: nothing can be said of memory.
        Err(error) if prepared::is_of_a_key(&error) => (None, Some(prepared::data_error(&file, error))),
        Err(_) => (None, None),
    };
    let kinds = memory::kinds(plan.jobs.iter().map(|spec| (spec, 1)));
    // As `sweep run` does without further options.
    let executor = workers::executor()?;
    let devices = devices_for(&executor, DeviceRequest::Auto)?;
    let first = devices.first().copied().filter(|device| *device != DeviceChoice::Cpu);
    let on_gpu = first.zip(extent).map(|(gpu, extent)| Estimates::new(extent, gpu, 1));
    let chosen = on_gpu.as_ref().map(|on_gpu| {
        memory::with_room(DeviceRequest::Auto, &Gpu::all(&executor, &devices, 1), on_gpu, &kinds)
    });
    let device = match &chosen {
        Some(Ok(Chosen { devices, .. })) => devices.first().copied(),
        Some(Err(_)) => first,
        None => None,
    };
    let device = device.unwrap_or(DeviceChoice::Cpu);
    let estimates = extent.map(|extent| Estimates::new(extent, device, 1));
    match arguments.format {
        PlanFormat::Table => {
            let memory = match impossible {
                Some(_) => String::new(),
                None => memory::summary(estimates.as_ref(), &kinds),
            };
            let memory =
                memory + &estimates.as_ref().map_or(String::new(), |it| memory::device_summary(it, &kinds));
            let left = on_gpu.as_ref().and_then(|estimates| memory::left_to_cpu(estimates, &kinds));
            let left = left.map_or(String::new(), |words| format!("\n{words}.\n"));
            print(&(sweep_plan::summary(plan, width()) + &memory + &left))?;
        }
        PlanFormat::Json => {
            print(&serde_json::to_string_pretty(plan).map_err(|error| CliError::Output(error.into()))?)?
        }
    }
    if let Some(error) = impossible {
        return Err(error);
    }
    if let Some(chosen) = chosen {
        chosen?.warnings.iter().for_each(|warning| tell_paragraph(warning));
    }
    let identity = prepared::identify(&file)?;
    if let Some(estimates) = &estimates {
        let limits = memory_of(&executor, device, 1, arguments.memory.memory_limit);
        memory::check(estimates, &kinds, &limits, Wanted::UpTo(1))?;
    }
    Prepared::new(&file, &identity, None)?.warn();
    Ok(Ending::Done)
}

/// A sweep file with its plan.
pub(super) struct PlannedFile {
    name: String,
    pub(super) text: String,
    overrides: Overrides,
    pub(super) plan: Plan,
}

impl PlannedFile {
    /// Errors with the lines that are to blame for them; the first error alone if there are no such lines.
    pub(super) fn blaming(&self, mut errors: Vec<(Culprit, Option<String>, CliError)>) -> CliError {
        let complaints: Vec<Complaint> = errors.iter().map(prepared::complaint).collect();
        match sweep_plan::blame(&self.name, &self.text, &self.overrides, &complaints) {
            Some(mistakes) => mistakes.into(),
            None => errors.swap_remove(0).2,
        }
    }
}

/// Reads and plans the sweep file of a command.
pub(super) fn read(arguments: &SweepArguments) -> Result<PlannedFile, CliError> {
    let text = read_text(&arguments.file)
        .map_err(|source| CliError::Read { path: arguments.file.clone(), source })?;
    let name = arguments.file.to_string_lossy().into_owned();
    let overrides = Overrides { set: arguments.set.clone(), data: arguments.data.clone() };
    let plan = sweep_plan::plan(&name, &text, &overrides, &weights_sha256)?;
    Ok(PlannedFile { name, text, overrides, plan })
}

/// The text of a sweep file. One that is longer than any, such as a device without end, is not read to the end.
fn read_text(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(LONGEST_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST_FILE_BYTES {
        let why = format!("it has more than {} MiB, too much for a sweep file", LONGEST_FILE_BYTES >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, why));
    }
    let why = match bytes.starts_with(b"PK\x03\x04") {
        true => "it is an archive (.npz or .zip), not a sweep file",
        false => "it is not valid UTF-8",
    };
    String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, why))
}

fn weights_sha256(path: &Path) -> io::Result<String> {
    Ok(sweep_job::sha256(&sweep_worker::read_weights(path)?))
}
