//! `sweep report`: tables of results.

use sweep_report::study::{Axis, Reading, Repeats, StudyOptions, study_report};
use sweep_store::{JobSelection, Reader, Store};

use super::{evidence::evidence, left_running, report_page};
use crate::{
    cli::{ReportArguments, TableFormat},
    error::{CliError, Ending},
    output::{counted, print_with, report_options, tell},
};

pub(super) fn run(arguments: &ReportArguments) -> Result<Ending, CliError> {
    let reader = Store::open_read_only(&arguments.database.db)?;
    let sweep = arguments.sweep.as_deref();
    let selection = sweep.map_or(JobSelection::All, JobSelection::Named);
    if let Some(file) = &arguments.html {
        let evidence = evidence(&reader, selection, arguments.tail)?;
        report_page::write(&reader, evidence, &study(arguments)?, arguments, file)?;
    } else if arguments.best {
        print_best(&reader, selection, sweep, arguments.tail, arguments.format)?;
    } else if arguments.by.is_some() {
        print_study(&reader, selection, arguments)?;
    } else {
        let jobs = reader.jobs(selection)?;
        let options = report_options(arguments.format, sweep);
        print_with(|output| sweep_report::jobs_report(&jobs, &options, output))?;
    }
    let left = left_running(&reader)?;
    if left > 0 {
        tell(&format!(
            "note: {} left running by a run that is dead; the same `sweep run` goes on with them",
            counted(left, "job")
        ));
    }
    Ok(Ending::Done)
}

fn print_study(
    reader: &Reader,
    selection: JobSelection<'_>,
    arguments: &ReportArguments,
) -> Result<(), CliError> {
    let study = study(arguments)?;
    let evidence = evidence(reader, selection, arguments.tail)?;
    let options = report_options(arguments.format, arguments.sweep.as_deref());
    print_with(|output| study_report(&evidence, &study, &options, output))
}

fn study(arguments: &ReportArguments) -> Result<StudyOptions, CliError> {
    Ok(StudyOptions {
        axes: axes(arguments.by.as_deref().unwrap_or_default())?,
        reading: arguments.metric.map(Reading::from),
        repeats: if arguments.seeds { Repeats::Each } else { Repeats::Summarised },
        table: arguments.table.into(),
    })
}

fn axes(names: &[String]) -> Result<Vec<Axis>, CliError> {
    let axis = |name: &String| {
        Axis::named(name.trim()).map_err(|unknown| CliError::Argument {
            message: format!("unknown axis `{}`", unknown.name),
            hint: Some(format!("it is one of {}", unknown.known.join(", "))),
        })
    };
    names.iter().map(axis).collect()
}

/// Prints the table of the highest test accuracies.
pub(super) fn print_best(
    reader: &Reader,
    selection: JobSelection<'_>,
    sweep: Option<&str>,
    tail_epochs: u32,
    format: TableFormat,
) -> Result<(), CliError> {
    let evidence = evidence(reader, selection, tail_epochs)?;
    let options = report_options(format, sweep);
    print_with(|output| sweep_report::best_report(&evidence, &options, output))
}
