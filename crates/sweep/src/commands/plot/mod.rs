//! `sweep plot`: figures of the results.

mod target;

use std::fs;

use sweep_job::{JobId, JobRecord};
use sweep_report::{
    TAIL_EPOCHS,
    figures::{Figure, Smoothing, Style, Theme},
    plots::{PlotKind, plots, undrawn},
    study::StudyOptions,
};
use sweep_store::Store;

use self::target::target;
use super::{add_predictions, finished, refuse_idle};
use crate::{
    cli::{PlotArguments, PlotFormat},
    error::{CliError, Ending},
    output::{print, tell, write_whole},
};

/// Dots an inch of a picture: twice those of a screen, so that it is sharp on fine ones and in print.
const DOTS_PER_INCH: f64 = 192.0;

pub(super) fn run(arguments: &PlotArguments) -> Result<Ending, CliError> {
    refuse_idle(arguments.idle())?;
    let reader = Store::open_read_only(&arguments.database)?;
    let filter = arguments.filter.parse()?;
    let target = target(&reader, arguments.what.as_deref(), filter.as_ref())?;
    let kind = PlotKind::from(arguments.kind);
    let study = StudyOptions {
        reading: arguments.metric.map(Into::into),
        top: arguments.top.map(|top| top.get() as usize),
        ..StudyOptions::default()
    };
    let mut evidence = reader.evidence(target.jobs, TAIL_EPOCHS)?;
    if kind.draws_curves() {
        let jobs = with_curves(&evidence.jobs);
        reader.add_curves(&mut evidence, jobs)?;
    }
    if kind.looks_at_trials() {
        add_predictions(&reader, &mut evidence, study.reading)?;
    }
    reader.check_unchanged()?;
    let smoothing = match arguments.smooth {
        None | Some(1) => Smoothing::None,
        Some(epochs) => Smoothing::MovingAverage { epochs },
    };
    let figures = plots(&evidence, target.sweep.as_deref(), kind, &study, smoothing);
    if figures.is_empty() {
        return Err(CliError::Argument {
            message: "there is nothing to draw".to_owned(),
            hint: Some(
                "`curves` needs an epoch of some job, all else finished jobs, and `axis` two settings that vary"
                    .to_owned(),
            ),
        });
    }
    fs::create_dir_all(&arguments.out)
        .map_err(|source| CliError::MakeFolder { path: arguments.out.clone(), source })?;
    let theme = if arguments.dark { Theme::Dark } else { Theme::Light };
    let style = Style { theme, ..Style::default() };
    if let Some(words) = undrawn(&evidence, target.sweep.as_deref(), kind, &study) {
        tell(&format!("note: {words}"));
    }
    for named in figures {
        let (ending, bytes) = drawn(&named.figure, &style, arguments.format)?;
        let job = target.job.map(|job| format!("{}-", job.short())).unwrap_or_default();
        let path = arguments.out.join(format!("{job}{}.{ending}", named.name));
        write_whole(&path, &bytes)?;
        print(&path.display().to_string())?;
    }
    Ok(Ending::Done)
}

/// The jobs whose curves are drawn: the finished ones, or those under way as long as none is.
fn with_curves(jobs: &[JobRecord]) -> Vec<JobId> {
    let finished: Vec<JobId> = finished(jobs).map(|job| job.id).collect();
    if finished.is_empty() { jobs.iter().map(|job| job.id).collect() } else { finished }
}

fn drawn(figure: &Figure, style: &Style, format: PlotFormat) -> Result<(&'static str, Vec<u8>), CliError> {
    Ok(match format {
        PlotFormat::Svg => ("svg", figure.svg(style).into_bytes()),
        PlotFormat::Png => ("png", figure.png(style, DOTS_PER_INCH)?),
    })
}
