//! A row a job: what was asked of it, where it stands and what it reached.

use std::io::{self, Write};

use sweep_job::{JobRecord, JobStatus};

use crate::{
    ReportOptions,
    document::{Part, Section},
    group::{Group, groups},
    spread::Spread,
    track::{fitting_table, list},
    trials::trials,
    words::{counted, one_line, thousands},
    write::write_report,
};

/// Writes a row a job, a table for each sweep and data set. Tables for people show the settings that vary and state the
/// others above; on a narrow terminal they leave out the least needed columns, and say so, or become a list. The forms for
/// programs have the columns of the view `trials` except `run_id`, each job once.
///
/// # Errors
/// Where `out` takes nothing.
pub fn jobs_report(jobs: &[JobRecord], options: &ReportOptions, out: &mut dyn Write) -> io::Result<()> {
    let sweep = options.sweep.as_deref();
    let sections =
        |width| groups(jobs, sweep).iter().map(|group| group.warned(section(group, width))).collect();
    write_report(options, sections, || trials(jobs, sweep), out)
}

/// The table of a group's jobs, at most `width` characters wide, with what belongs to it.
pub(crate) fn section(group: &Group<'_>, width: Option<usize>) -> Section {
    let spread = Spread::new(group);
    let mut parts: Vec<Part> = spread.shared.iter().cloned().map(Part::Paragraph).collect();
    match fitting_table(group, &spread, width) {
        Some((table, left_out)) => {
            parts.push(Part::Table(table));
            if !left_out.is_empty() {
                let names = left_out.join(", ");
                parts.push(Part::Paragraph(format!(
                    "Left out at this width: {names}. `--format csv` has all."
                )));
            }
        }
        None => parts.push(Part::List(list(group, &spread))),
    }
    parts.push(Part::Paragraph(summary(group)));
    let reasons: Vec<String> = group
        .jobs
        .iter()
        .filter_map(|job| {
            Some(format!("{}: {}", job.id.short(), one_line(&job.status.reason()?.to_string())))
        })
        .collect();
    if !reasons.is_empty() {
        parts.push(Part::List(reasons));
    }
    Section { title: group.title(), parts }
}

/// `6 jobs: 4 finished, ...`, and what the table means.
fn summary(group: &Group<'_>) -> String {
    format!(
        "{}. `best test` is the highest test accuracy so far @ its epoch, chosen on the test set itself.",
        standing(&group.jobs)
    )
}

/// `6 jobs: 1 running, 4 finished, 1 diverged`: every status that occurs, in the order of a job's way.
pub(crate) fn standing(jobs: &[&JobRecord]) -> String {
    let counts: Vec<String> = JobStatus::NAMES
        .into_iter()
        .map(|name| (jobs.iter().filter(|job| job.status.name() == name).count(), name))
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{} {name}", thousands(count as u64)))
        .collect();
    format!("{}: {}", counted(jobs.len(), "job"), counts.join(", "))
}
