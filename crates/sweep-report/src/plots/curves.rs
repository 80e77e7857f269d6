//! The lab's comparison figure: a figure a model, and in it a pair of lines a setting.

use std::collections::BTreeMap;

use sweep_job::{EpochMetrics, JobRecord, ModelKind};

use super::{MOST_LINES, NamedFigure, named};
use crate::{
    figures::{Band, BandPoint, Curves, EpochAccuracy, Figure, Mark, Part, Series, Smoothing},
    study::{Axis, Setting, Study},
    words::{counted, thousands},
};

/// One figure for each model with epochs.
pub(super) fn curves(study: &Study<'_>, smoothing: Smoothing) -> Vec<NamedFigure> {
    let figures = ModelKind::ALL.into_iter().filter_map(|model| {
        let settings = settings_with_curves(study, model);
        let drawn = highest(&settings, MOST_LINES);
        let mut figure = comparison(study, model, &drawn, smoothing)?;
        figure.notes.extend(left_out(study, model, drawn.len()));
        Some(named(study, &["curves", model.name()], Figure::Curves(figure)))
    });
    figures.collect()
}

/// The settings of a model of which some epoch is known.
pub(crate) fn settings_with_curves<'a, 'b>(study: &'a Study<'b>, model: ModelKind) -> Vec<&'a Setting<'b>> {
    let has_curves = |setting: &&Setting<'_>| curves_of(study, setting).next().is_some();
    of_model(study, model).filter(has_curves).collect()
}

/// At most `count` settings: those with the highest accuracy in the study's reading, in their own order. Settings without a finished job come
/// last.
pub(crate) fn highest<'a, 'b>(settings: &[&'a Setting<'b>], count: usize) -> Vec<&'a Setting<'b>> {
    let mean = |place: &usize| settings[*place].spread().map_or(-1.0, |spread| spread.mean);
    let mut places: Vec<usize> = (0..settings.len()).collect();
    places.sort_by(|one, other| mean(other).total_cmp(&mean(one)));
    places.truncate(count);
    places.sort_unstable();
    places.into_iter().map(|place| settings[place]).collect()
}

/// Says that a figure shows only `drawn` settings of a model; `None` if these are all. A setting with a finished job counts even if its
/// epochs were not read.
pub(crate) fn left_out(study: &Study<'_>, model: ModelKind, drawn: usize) -> Option<String> {
    let could_be_drawn =
        |setting: &&Setting<'_>| !setting.repeats.is_empty() || curves_of(study, setting).next().is_some();
    let all = of_model(study, model).filter(could_be_drawn).count();
    (drawn < all).then(|| {
        format!(
            "Showing the {} of {} with the highest accuracy: the test set chose them.",
            thousands(drawn as u64),
            counted(all, "setting")
        )
    })
}

fn of_model<'a, 'b>(study: &'a Study<'b>, model: ModelKind) -> impl Iterator<Item = &'a Setting<'b>> {
    let is_of_model =
        move |setting: &&Setting<'_>| setting.jobs.first().is_some_and(|job| job.spec.model == model);
    study.settings.iter().filter(is_of_model)
}

/// The jobs of a setting of which epochs are known, with these.
pub(crate) fn curves_of<'a>(
    study: &'a Study<'_>,
    setting: &'a Setting<'_>,
) -> impl Iterator<Item = (&'a JobRecord, &'a Vec<EpochMetrics>)> {
    setting.jobs.iter().filter_map(|job| {
        let epochs = study.evidence.curves.get(&job.id).filter(|epochs| !epochs.is_empty())?;
        Some((*job, epochs))
    })
}

/// The comparison of some settings of a model; `None` without any.
pub(crate) fn comparison(
    study: &Study<'_>,
    model: ModelKind,
    settings: &[&Setting<'_>],
    smoothing: Smoothing,
) -> Option<Curves> {
    let series: Vec<Series> = settings.iter().flat_map(|setting| lines(study, setting, model)).collect();
    if series.is_empty() {
        return None;
    }
    let title = title(study, model, settings);
    Some(Curves { title, series, smoothing, notes: vec![study.group.title()] })
}

fn title(study: &Study<'_>, model: ModelKind, settings: &[&Setting<'_>]) -> String {
    let network = model.title();
    if let [only] = settings {
        let setting = setting_name(study, only, model);
        let name = if setting == network { setting } else { format!("{network} {setting}") };
        return format!("{name}: accuracy per epoch");
    }
    let is_of_activations = inner_axes(study) == [Axis::ACTIVATION];
    let what = if is_of_activations { "Activation function" } else { "Setting" };
    format!("{what} comparison ({network})")
}

/// The axes that tell the settings of one model apart.
pub(crate) fn inner_axes(study: &Study<'_>) -> Vec<Axis> {
    study.axes.iter().copied().filter(|axis| *axis != Axis::MODEL).collect()
}

/// What a setting is called among those of its model.
pub(crate) fn setting_name(study: &Study<'_>, setting: &Setting<'_>, model: ModelKind) -> String {
    match setting.values(&inner_axes(study)).join(", ") {
        name if name.is_empty() => model.title().to_owned(),
        name => name,
    }
}

/// The lines of a setting: on the training set, and on the test set.
fn lines(study: &Study<'_>, setting: &Setting<'_>, model: ModelKind) -> Vec<Series> {
    let jobs: Vec<&Vec<EpochMetrics>> = curves_of(study, setting).map(|(_, epochs)| epochs).collect();
    let name = setting_name(study, setting, model);
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
