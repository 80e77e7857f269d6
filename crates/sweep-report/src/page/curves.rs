//! The comparison figures of a page: a drawing that stands there in any case, and all curves as data for the script.

use std::io;

use serde::Serialize;
use sweep_job::{DataSetRecord, EpochMetrics, JobRecord, ModelKind};

use super::counts::encoded;
use crate::{
    figures::{Figure, SERIES_COLOURS, Shape, Smoothing, Style, Theme, marker_shapes},
    plots::{
        MOST_LINES, comparison, curves_of, highest, inner_axes, left_out, setting_name, settings_with_curves,
        smoothing,
    },
    study::{Setting, Study},
};

/// Units of a share where accuracies are no counts of known trials: hundredths of a percent.
const FINE: u32 = 10_000;

/// One figure.
pub(super) struct CurvesFigure {
    /// SVG.
    pub(super) drawing: String,
    /// JSON that can stand in a `script` element.
    pub(super) data: String,
    /// What the drawing leaves out.
    pub(super) note: Option<String>,
}

#[derive(Serialize)]
struct Data {
    title: String,
    /// What names of settings are made of.
    axes: String,
    /// Epochs of the moving average at first.
    smoothing: u32,
    /// How many colours there are for settings.
    colours: usize,
    markers: Vec<Shape>,
    parts: Vec<PartData>,
    settings: Vec<SettingData>,
}

/// A part of the trials, and how many units make a whole share of it: its trials, where that is exact.
#[derive(Serialize)]
struct PartData {
    name: &'static str,
    units: u32,
    #[serde(skip)]
    accuracy: Accuracy,
}

/// An accuracy of an epoch.
type Accuracy = fn(&EpochMetrics) -> Option<f64>;

#[derive(Serialize)]
struct SettingData {
    name: String,
    /// Whether its lines are shown at first.
    shown: bool,
    jobs: Vec<JobData>,
}

/// The curves of a job from epoch 1 on, one a part, each as [`encoded`] has it.
#[derive(Serialize)]
struct JobData {
    name: String,
    curves: Vec<String>,
}

/// A figure for each model with epochs.
///
/// # Errors
/// Where the data cannot be written as JSON.
pub(super) fn figures(study: &Study<'_>) -> io::Result<Vec<CurvesFigure>> {
    ModelKind::ALL.into_iter().filter_map(|model| figure(study, model).transpose()).collect()
}

fn figure(study: &Study<'_>, model: ModelKind) -> io::Result<Option<CurvesFigure>> {
    let settings = settings_with_curves(study, model);
    let drawn = highest(&settings, MOST_LINES);
    let all = || settings.iter().flat_map(|setting| curves_of(study, setting)).map(|(_, epochs)| epochs);
    let smoothing = smoothing(all().map(Vec::len).max().unwrap_or(0));
    let epochs = if let Smoothing::MovingAverage { epochs } = smoothing { epochs } else { 1 };
    let Some(curves) = comparison(study, model, &drawn, smoothing) else { return Ok(None) };
    let parts = parts(study.data, &all().collect::<Vec<_>>());
    let of_setting = |setting: &&Setting<'_>| SettingData {
        name: setting_name(study, setting, model),
        shown: drawn.iter().any(|drawn| std::ptr::eq(*drawn, *setting)),
        jobs: curves_of(study, setting).map(|(job, epochs)| job_data(job, epochs, &parts)).collect(),
    };
    let settings_data = settings.iter().map(of_setting).collect();
    let data = Data {
        title: curves.title.clone(),
        axes: inner_axes(study).iter().map(|axis| axis.name()).collect::<Vec<_>>().join(", "),
        smoothing: epochs,
        colours: SERIES_COLOURS,
        markers: marker_shapes().to_vec(),
        parts,
        settings: settings_data,
    };
    let style = Style { width: 860.0, height: 460.0, theme: Theme::Adaptive };
    Ok(Some(CurvesFigure {
        drawing: Figure::Curves(curves).svg(&style),
        // The one thing in JSON that could end the element; within strings, where alone it stands, it may be escaped.
        data: serde_json::to_string(&data)?.replace('<', "\\u003c"),
        note: left_out(study, model, drawn.len()),
    }))
}

fn parts(data: Option<&DataSetRecord>, curves: &[&Vec<EpochMetrics>]) -> Vec<PartData> {
    let trials = |count: fn(&DataSetRecord) -> u32| data.map_or(0, count);
    let parts: [(&'static str, u32, Accuracy); 3] = [
        ("train", trials(|data| data.train_trials), |epoch| Some(epoch.train.accuracy)),
        ("validation", trials(|data| data.validation_trials), |epoch| {
            epoch.validation.map(|score| score.accuracy)
        }),
        ("test", trials(|data| data.test_labels.len() as u32), |epoch| Some(epoch.test.accuracy)),
    ];
    let of_part = |(name, trials, accuracy): (&'static str, u32, Accuracy)| {
        let mut accuracies = curves.iter().flat_map(|epochs| epochs.iter()).filter_map(accuracy).peekable();
        accuracies.peek()?;
        let is_count = |accuracy: f64| {
            let count = accuracy * f64::from(trials);
            (count - count.round()).abs() < 1e-4
        };
        let units = if trials > 0 && accuracies.all(is_count) { trials } else { FINE };
        Some(PartData { name, units, accuracy })
    };
    parts.into_iter().filter_map(of_part).collect()
}

/// The curves of a job, up to a first gap: its epochs follow each other.
fn job_data(job: &JobRecord, epochs: &[EpochMetrics], parts: &[PartData]) -> JobData {
    let whole =
        || (1..).zip(epochs).take_while(|(number, epoch)| epoch.epoch == *number).map(|(_, epoch)| epoch);
    let curve = |part: &PartData| {
        let accuracies = whole().map_while(part.accuracy);
        encoded(accuracies.map(|accuracy| (accuracy.clamp(0.0, 1.0) * f64::from(part.units)).round() as u32))
    };
    JobData {
        name: format!("seed {}, job {}", job.spec.seed, job.id.short()),
        curves: parts.iter().map(curve).collect(),
    }
}
