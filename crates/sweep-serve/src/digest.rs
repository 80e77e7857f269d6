//! What the page of a sweep says of all its jobs: the table of the report, and its figures. It takes a look at every job, so it is made
//! once for each content of the database.

use sweep_job::{EpochMetrics, Evidence, JobId, SweepRecord};
use sweep_report::{
    Format, ReportOptions, TAIL_EPOCHS, best_report,
    figures::Figure,
    plots::{MOST_LINES, PlotKind, drawn, drawn_settings, plots, smoothing},
    study::{StudyOptions, wavering_jobs},
};
use sweep_store::{JobSelection, Reader};

use crate::{
    pages::{Drawing, Room},
    problem::Problem,
};

/// Epochs that are read for the curves of a page. Beyond, a line is the mean of the first jobs of its setting, and the page says so.
const MOST_EPOCHS: usize = 150_000;

/// What is read off all jobs of a sweep.
pub(crate) struct SweepDigest {
    /// HTML of `sweep-report`.
    pub(crate) report: String,
    pub(crate) figures: Vec<SweepFigure>,
    /// What the curves leave out, if anything.
    pub(crate) not_drawn: Option<NotDrawn>,
}

/// A figure with its name in addresses, which the names of sweeps are not part of.
pub(crate) struct SweepFigure {
    pub(crate) name: String,
    pub(crate) figure: Figure,
    pub(crate) drawing: Drawing,
}

/// Jobs whose curves no line shows, by the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotDrawn {
    /// Jobs of settings that are not drawn.
    pub(crate) other: usize,
    /// Jobs of drawn settings beyond the first ones.
    pub(crate) cut: usize,
    /// At most so many settings of a model are drawn.
    pub(crate) settings: usize,
    /// At most so many jobs of a setting are.
    pub(crate) of_setting: usize,
}

impl SweepDigest {
    /// Reads all jobs of the sweep.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub(crate) fn read(reader: &Reader, sweep: &SweepRecord) -> Result<Self, Problem> {
        let jobs = reader.jobs(JobSelection::Sweep(sweep.id))?;
        let mut evidence = reader.evidence(jobs, TAIL_EPOCHS)?;
        // The same that `sweep report --best` looks at, so that both say the same.
        let wavering = wavering_jobs(&evidence.jobs);
        reader.add_curves(&mut evidence, wavering)?;
        let report = report(&evidence, &sweep.name)?;
        let not_drawn = choose_curves(reader, &mut evidence, &sweep.name)?;
        Ok(Self { report, figures: figures(&evidence, &sweep.name), not_drawn })
    }
}

fn report(evidence: &Evidence, sweep: &str) -> Result<String, Problem> {
    let options =
        ReportOptions { format: Format::Html, sweep: Some(sweep.to_owned()), ..ReportOptions::default() };
    let mut html = Vec::new();
    best_report(evidence, &options, &mut html).map_err(|_| Problem::fault())?;
    String::from_utf8(html).map_err(|_| Problem::fault())
}

/// Leaves the curves in `evidence` that the figures draw.
fn choose_curves(reader: &Reader, evidence: &mut Evidence, sweep: &str) -> Result<Option<NotDrawn>, Problem> {
    let settings = drawn_settings(&evidence.jobs, Some(sweep));
    let longest = evidence.jobs.iter().map(|job| job.epochs_finished as usize).max().unwrap_or(0);
    let of_setting = (MOST_EPOCHS / settings.len().max(1) / longest.max(1)).max(1);
    let chosen: Vec<JobId> = settings.iter().flat_map(|jobs| jobs.iter().take(of_setting)).copied().collect();
    let mut known = std::mem::take(&mut evidence.curves);
    let (here, missing): (Vec<JobId>, Vec<JobId>) = chosen.iter().partition(|job| known.contains_key(job));
    let kept: Vec<(JobId, Vec<EpochMetrics>)> =
        here.iter().filter_map(|job| known.remove_entry(job)).collect();
    evidence.curves.extend(kept);
    reader.add_curves(evidence, missing)?;
    let of_drawn: usize = settings.iter().map(Vec::len).sum();
    let other = drawn(&evidence.jobs).count().saturating_sub(of_drawn);
    let cut = settings.iter().map(|jobs| jobs.len().saturating_sub(of_setting)).sum();
    Ok((other + cut > 0).then_some(NotDrawn { other, cut, settings: MOST_LINES, of_setting }))
}

/// The comparison of each model's settings, and their accuracies where there are several.
fn figures(evidence: &Evidence, sweep: &str) -> Vec<SweepFigure> {
    let longest = evidence.curves.values().map(Vec::len).max().unwrap_or(0);
    let mut figures = Vec::new();
    for (name, kind) in [("curves", PlotKind::Curves), ("bars", PlotKind::Bars)] {
        let drawn = plots(evidence, Some(sweep), kind, &StudyOptions::default(), smoothing(longest));
        figures.extend((1..).zip(drawn).map(|(number, named)| SweepFigure {
            name: format!("{name}-{number}"),
            drawing: Drawing::of(&named.figure, Room::Half),
            figure: named.figure,
        }));
    }
    figures
}
