//! The lab's comparison figure: a figure a model, and in it a pair of lines a setting.

use std::collections::BTreeMap;

use sweep_job::{EpochMetrics, ModelKind};

use super::{MOST_LINES, NamedFigure, named};
use crate::{
    figures::{Band, BandPoint, Curves, EpochAccuracy, Figure, Mark, Part, Series, Smoothing},
    study::{Axis, Setting, Study},
    words::counted,
};

/// One figure for each model with epochs.
pub(super) fn curves(study: &Study<'_>, smoothing: Smoothing) -> Vec<NamedFigure> {
    let figures = ModelKind::ALL.into_iter().filter_map(|model| {
        let settings: Vec<&Setting<'_>> = study
            .settings
            .iter()
            .filter(|setting| setting.jobs.first().is_some_and(|job| job.spec.model == model))
            .collect();
        let axes: Vec<Axis> = study.axes.iter().copied().filter(|axis| *axis != Axis::Model).collect();
        let with_epochs: Vec<&Setting<'_>> =
            settings.into_iter().filter(|setting| epochs(study, setting).next().is_some()).collect();
        let drawn = &with_epochs[..with_epochs.len().min(MOST_LINES)];
        let series: Vec<Series> =
            drawn.iter().flat_map(|setting| lines(study, setting, &axes, model)).collect();
        if series.is_empty() {
            return None;
        }
        let mut notes = vec![study.group.title()];
        if drawn.len() < with_epochs.len() {
            notes.push(format!("The first {} of {} settings are drawn.", drawn.len(), with_epochs.len()));
        }
        let what =
            if axes == [Axis::Activation] || axes.is_empty() { "Activation function" } else { "Setting" };
        let title = format!("{what} comparison ({})", model.title());
        let figure = Curves { title, series, smoothing, notes };
        Some(named(study, &["curves", model.name()], Figure::Curves(figure)))
    });
    figures.collect()
}

/// The lines of a setting: on the training set, and on the test set.
fn lines(study: &Study<'_>, setting: &Setting<'_>, axes: &[Axis], model: ModelKind) -> Vec<Series> {
    let jobs: Vec<&Vec<EpochMetrics>> = epochs(study, setting).collect();
    let name = match setting.values(axes).join(", ") {
        name if name.is_empty() => model.title().to_owned(),
        name => name,
    };
    let line = |part, accuracy: fn(&EpochMetrics) -> f64| {
        let means = means(&jobs, accuracy);
        let band = (jobs.len() > 1).then(|| Band {
            meaning: format!("lowest to highest of {}", counted(jobs.len(), "job")),
            points: means
                .iter()
                .map(|(epoch, (_, low, high))| BandPoint { epoch: *epoch, low: *low, high: *high })
                .collect(),
        });
        Series {
            setting: name.clone(),
            part,
            points: means
                .iter()
                .map(|(epoch, (mean, ..))| EpochAccuracy { epoch: *epoch, accuracy: *mean })
                .collect(),
            band,
            mark: if part == Part::Test { Mark::Best } else { Mark::None },
        }
    };
    vec![line(Part::Train, |epoch| epoch.train.accuracy), line(Part::Test, |epoch| epoch.test.accuracy)]
}

/// The epochs of the jobs of a setting that have any.
fn epochs<'a>(study: &Study<'a>, setting: &'a Setting<'_>) -> impl Iterator<Item = &'a Vec<EpochMetrics>> {
    let curves = &study.evidence.curves;
    setting.jobs.iter().filter_map(|job| curves.get(&job.id)).filter(|epochs| !epochs.is_empty())
}

/// Mean, lowest and highest accuracy of each epoch that all jobs have reached.
fn means(jobs: &[&Vec<EpochMetrics>], accuracy: fn(&EpochMetrics) -> f64) -> BTreeMap<u32, (f64, f64, f64)> {
    let mut of_epochs: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for epoch in jobs.iter().copied().flatten() {
        of_epochs.entry(epoch.epoch).or_default().push(accuracy(epoch));
    }
    of_epochs
        .into_iter()
        .filter(|(_, accuracies)| accuracies.len() == jobs.len())
        .map(|(epoch, accuracies)| {
            let mean = accuracies.iter().sum::<f64>() / accuracies.len() as f64;
            let low = accuracies.iter().copied().fold(f64::INFINITY, f64::min);
            let high = accuracies.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            (epoch, (mean, low, high))
        })
        .collect()
}
