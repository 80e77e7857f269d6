//! `sweep report`: tables of results.

use std::num::NonZeroU32;

use sweep_report::{
    Format, ReportOptions,
    study::{Axis, Reading, Repeats, StudyOptions, StudyTable, left_out, study_report, wavering_jobs},
    top_jobs,
};
use sweep_store::{JobQuery, JobSelection, Reader, Store};

use super::{add_predictions, left_running, left_running_words, refuse_idle, report_page};
use crate::{
    cli::ReportArguments,
    error::{CliError, Ending},
    output::{print_with, report_options, tell_paragraph},
};

pub(super) fn run(arguments: &ReportArguments) -> Result<Ending, CliError> {
    refuse_idle(arguments.idle())?;
    let filter = arguments.filter.parse()?;
    let reader = Store::open_read_only(&arguments.database)?;
    let sweep = arguments.sweep.as_deref();
    let query = sweep.map_or(JobSelection::All, JobSelection::Named).matching(filter.as_ref());
    let mut options = report_options(arguments.format, sweep);
    options.notes.extend(filter.as_ref().map(|filter| format!("Only jobs where `{filter}`.")));
    if let Some(file) = &arguments.html {
        report_page::write(&reader, query, &study(arguments)?, arguments, &options.notes, file)?;
    } else if arguments.best {
        print_best(&reader, query, arguments.tail(), &options)?;
    } else if arguments.by.is_some() {
        print_study(&reader, query, arguments, &options)?;
    } else {
        print_jobs(&reader, query, arguments, options)?;
    }
    reader.check_unchanged()?;
    let left = left_running(&reader)?;
    if left > 0 {
        tell_paragraph(&format!("note: {}", left_running_words(left)));
    }
    Ok(Ending::Done)
}

fn print_jobs(
    reader: &Reader,
    query: JobQuery<'_>,
    arguments: &ReportArguments,
    mut options: ReportOptions,
) -> Result<(), CliError> {
    let mut jobs = reader.jobs(query)?;
    if let Some(count) = arguments.top {
        let evidence = reader.evidence(jobs, arguments.tail())?;
        let top = top_jobs(&evidence, arguments.metric.map(Reading::from), count.get() as usize);
        options.notes.push(top.note);
        jobs = top.jobs;
    }
    print_with(|output| sweep_report::jobs_report(&jobs, &options, output))
}

fn print_study(
    reader: &Reader,
    query: JobQuery<'_>,
    arguments: &ReportArguments,
    options: &ReportOptions,
) -> Result<(), CliError> {
    let study = study(arguments)?;
    let mut evidence = reader.evidence(reader.jobs(query)?, arguments.tail())?;
    add_predictions(reader, &mut evidence, study.reading)?;
    print_with(|output| study_report(&evidence, &study, options, output))?;
    if matches!(options.format, Format::Csv | Format::Json) {
        for words in left_out(&evidence, &study, options.sweep.as_deref()) {
            tell_paragraph(&format!("note: {words}"));
        }
    }
    Ok(())
}

fn study(arguments: &ReportArguments) -> Result<StudyOptions, CliError> {
    Ok(StudyOptions {
        axes: axes(arguments.by.as_deref().unwrap_or_default())?,
        reading: arguments.metric.map(Reading::from),
        repeats: if arguments.each { Repeats::Each } else { Repeats::Summarised },
        table: arguments.table.map(StudyTable::from),
        top: arguments.top.map(|top| top.get() as usize),
    })
}

fn axes(names: &[String]) -> Result<Vec<Axis>, CliError> {
    let axis = |name: &String| {
        Axis::named(name.trim()).map_err(|unknown| CliError::Argument {
            message: format!("unknown axis `{}`", unknown.name),
            hint: Some(match unknown.meant {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("it is one of {}", unknown.known.join(", ")),
            }),
        })
    };
    names.iter().map(axis).collect()
}

/// Prints the table of the highest test accuracies.
pub(super) fn print_best(
    reader: &Reader,
    query: JobQuery<'_>,
    tail: NonZeroU32,
    options: &ReportOptions,
) -> Result<(), CliError> {
    let mut evidence = reader.evidence(reader.jobs(query)?, tail)?;
    let jobs = wavering_jobs(&evidence.jobs);
    reader.add_curves(&mut evidence, jobs)?;
    print_with(|output| sweep_report::best_report(&evidence, options, output))
}
