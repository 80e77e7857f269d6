//! Everything about one job.

mod luck;
mod results;
mod subjects;
mod trials;

use std::io::{self, Write};

use sweep_job::{
    AttemptRecord, DataSetRecord, JobRecord, JobView, Provenance, RunRecord, SettingColumn, Value,
};

use self::{results::results, trials::trials};
use crate::{
    ReportOptions, TAIL_EPOCHS, blown_up,
    cell::status,
    document::{Part, Section},
    figures::Blocks,
    group::warning_parts,
    html::HtmlSection,
    spread::{goes_without_saying, setting_text},
    trials::trials as rows,
    words::{counted, data_title, duration, moment, one_line},
    write::write_report,
};

/// What of a job is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShowOptions {
    /// What its curves in lines of text are made of; `None` leaves them out.
    pub curves: Option<Blocks>,
    /// Over how many of its last epochs the mean is, at most.
    pub tail_epochs: u32,
    /// Which subjects of the test trials.
    pub subjects: Subjects,
}

impl Default for ShowOptions {
    fn default() -> Self {
        Self { curves: None, tail_epochs: TAIL_EPOCHS.get(), subjects: Subjects::default() }
    }
}

/// Which subjects are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Subjects {
    /// Of many, those with the lowest and those with the highest accuracy.
    #[default]
    Summarised,
    /// All of them.
    Each,
}

/// Writes everything about a job: settings, data, how it learned, every reading of its accuracy, what it makes of the test trials, who trained
/// it. The forms for programs have the row of the view `trials`.
///
/// # Errors
/// Where `out` takes nothing.
pub fn job_report(
    view: &JobView,
    show: &ShowOptions,
    options: &ReportOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let show = ShowOptions { curves: options.format.curves(show.curves), ..show.clone() };
    let job = &view.job;
    let rows = || rows(std::slice::from_ref(job), None);
    let sections = |width| {
        let title = format!("{} {}, job {}", job.spec.model.title(), job.spec.activation.title(), job.id);
        let [facts, outcome] = [facts(view, title), outcome(view, &show, width)];
        facts.into_iter().chain(outcome).collect()
    };
    write_report(options, sections, rows, out)
}

/// The sections of [`job_report`] for a page that has the job in its own heading and draws its curves.
pub struct JobSections {
    /// What the job is: its standing, settings and data.
    pub facts: Vec<HtmlSection>,
    /// What its training gave: results, test trials and attempts. Empty for a job that never started.
    pub outcome: Vec<HtmlSection>,
}

/// The sections of a page about one job.
///
/// # Errors
/// If writing to memory fails.
pub fn job_sections(view: &JobView) -> io::Result<JobSections> {
    let html = |sections: &[Section]| sections.iter().map(HtmlSection::of).collect::<io::Result<_>>();
    Ok(JobSections {
        facts: html(&facts(view, "Standing".to_owned()))?,
        outcome: html(&outcome(view, &ShowOptions::default(), None))?,
    })
}

fn section(title: &str, parts: Vec<Part>) -> Section {
    Section { title: title.to_owned(), parts }
}

fn facts(view: &JobView, title: String) -> Vec<Section> {
    let mut head = vec![Part::Fields(standing(view))];
    head.extend(warning_parts(view.data.leaks.as_ref()));
    vec![
        Section { title, parts: head },
        section("Settings", vec![Part::Fields(settings(&view.job))]),
        section("Data", vec![Part::Fields(data_fields(&view.data))]),
    ]
}

fn outcome(view: &JobView, show: &ShowOptions, width: Option<usize>) -> Vec<Section> {
    let mut sections = Vec::new();
    if !view.epochs.is_empty() {
        sections.push(section("Results", results(view, show, width)));
        sections.push(section("Test trials", trials(view, show)));
    }
    if !view.attempts.is_empty() {
        sections.push(section("Training", training(view)));
    }
    sections
}

fn standing(view: &JobView) -> Vec<(&'static str, String)> {
    let job = &view.job;
    let mut fields = vec![("status", status(job))];
    if let Some(reason) = job.status.reason() {
        fields.push(("reason", one_line(&reason.to_string())));
    }
    fields.extend(blown_up::warning(&[job]).map(|words| ("warning", words)));
    fields.push(("sweeps", one_line(&job.sweeps.join(", "))));
    fields.push(("requested", format!("{} UTC", moment(&job.created_at))));
    if job.epochs_finished > 0 {
        let each = job.seconds / f64::from(job.epochs_finished);
        fields.push(("time", format!("{}, {each:.2} s an epoch", duration(job.seconds))));
    }
    fields
}

fn settings(job: &JobRecord) -> Vec<(&'static str, String)> {
    let told = SettingColumn::all()
        .filter(|column| !column.is_of_cell() && !goes_without_saying(&job.spec, column.setting()))
        .map(|column| (column, column.value(&job.spec)))
        .filter(|(_, value)| *value != Value::Null);
    told.map(|(column, value)| (column.name(), setting_text(column, &value))).collect()
}

/// A data set, by name and value.
pub(crate) fn data_fields(data: &DataSetRecord) -> Vec<(&'static str, String)> {
    let rate = data.sampling_rate_hz.map_or(String::new(), |rate| format!(" at {rate} Hz"));
    let classes: Vec<String> = data.classes.iter().map(i64::to_string).collect();
    let mut trials = vec![format!("{} to train on", data.train_trials)];
    if data.validation_trials > 0 {
        trials.push(format!("{} to validate", data.validation_trials));
    }
    trials.push(format!("{} to test", data.test_labels.len()));
    let title = data_title(&data.title);
    let files = (title != data.title).then(|| ("files", one_line(&data.title)));
    let mut fields = vec![("title", title)];
    fields.extend(files);
    fields.extend([
        ("identity", data.identity.0.clone()),
        ("trial", format!("{}, {} samples{rate}", counted(data.channels as usize, "channel"), data.samples)),
        ("trials", trials.join(", ")),
        ("classes", classes.join(", ")),
    ]);
    fields.extend(data.leaks.as_ref().map(|leaks| ("shared signal", leaks.summary())));
    fields
}

fn training(view: &JobView) -> Vec<Part> {
    let mut parts = vec![Part::List(view.attempts.iter().map(attempt).collect())];
    if let Some(run) = &view.run {
        parts.push(Part::Fields(provenance(run)));
    }
    parts
}

/// `attempt 2 finished; 2026-03-01 12:00:01 to 2026-03-01 12:25:02 UTC on lab, cpu avx2, 1 thread, run 7`.
fn attempt(attempt: &AttemptRecord) -> String {
    let ending = ending(attempt);
    let until = attempt.ended_at.as_deref().map_or(String::new(), |end| format!(" to {}", moment(end)));
    let run = attempt.run.map_or(String::new(), |run| format!(", run {}", run.0));
    let Provenance { host, device, hardware, threads, .. } = &attempt.provenance;
    format!(
        "attempt {} {ending}; {}{until} UTC on {}, {device} {hardware}, {}{run}",
        attempt.number,
        moment(&attempt.started_at),
        one_line(host),
        counted(*threads as usize, "thread")
    )
}

/// `finished`, or with the reason `failed: worker died`. Some reasons begin with the ending, which is not said twice.
fn ending(attempt: &AttemptRecord) -> String {
    let ending = attempt.ending.as_deref().unwrap_or("is running");
    let reason = attempt.reason.as_deref().map(one_line).unwrap_or_default();
    match reason.strip_prefix(ending) {
        _ if reason.is_empty() => ending.to_owned(),
        Some(rest) if rest.is_empty() || rest.starts_with(": ") => reason,
        _ => format!("{ending}: {reason}"),
    }
}

fn provenance(run: &RunRecord) -> Vec<(&'static str, String)> {
    let details = &run.details;
    let mut fields = vec![("command", one_line(&details.command_line))];
    let commit = details.git_commit.as_ref().map_or(String::new(), |commit| format!(", commit {commit}"));
    fields.push(("program", format!("sweep {}{commit}", details.program_version)));
    fields.push(("built by", format!("{} for {}", details.compiler, details.target)));
    if !details.features.is_empty() {
        fields.push(("features", details.features.clone()));
    }
    fields
}
