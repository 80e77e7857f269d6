//! Figures of what jobs ended with: settings, confusions, axes, and all jobs side by side.

use sweep_job::Value;

use super::{NamedFigure, named};
use crate::{
    figures::{
        AxisEffects, AxisLevel, AxisPanel, BarGroup, BarRow, Bars, Chance, Confusion, Estimate, Figure,
        Level, Parallel, ParallelJob,
    },
    statistics::confusion::ConfusionMatrix,
    study::{Axis, Guessing, Setting, Study, axis_effects_of, predicted},
    words::counted,
};

/// So many rows can be read in one figure.
const MOST_BARS: usize = 40;

const INTERVAL: &str = "95 % intervals: of the mean over jobs, or of a single job over the test trials";

fn reading(study: &Study<'_>) -> String {
    format!("Test accuracy {}", study.reading.words(&study.tail()))
}

fn chance(study: &Study<'_>) -> Option<Chance> {
    let threshold = study.guessing().and_then(Guessing::threshold)?;
    Some(Chance { above: threshold.accuracy })
}

/// A row a setting, in a group a model where settings differ in more than that.
pub(super) fn bars(study: &Study<'_>) -> Vec<NamedFigure> {
    let inner: Vec<Axis> = study.axes.iter().copied().filter(|axis| *axis != Axis::MODEL).collect();
    let is_grouped = inner.len() < study.axes.len() && !inner.is_empty();
    let axes = if is_grouped { inner } else { study.axes.clone() };
    let mut groups: Vec<BarGroup> = Vec::new();
    let (settings, note) = highest(study);
    for setting in settings {
        let (Some(first), Some(spread)) = (setting.jobs.first(), setting.spread()) else { continue };
        let group = if is_grouped { first.spec.model.title() } else { "" };
        let row = BarRow {
            name: setting.values(&axes).join(", "),
            accuracy: Estimate {
                mean: spread.mean,
                deviation: spread.standard_deviation,
                interval: setting.interval(study.trials()).map(|ends| (ends.low, ends.high)),
                singles: setting.accuracies(),
            },
        };
        match groups.iter_mut().find(|known| known.name == group) {
            Some(known) => known.rows.push(row),
            None => groups.push(BarGroup { name: group.to_owned(), rows: vec![row] }),
        }
    }
    if groups.is_empty() {
        return Vec::new();
    }
    let figure = Bars {
        title: reading(study),
        groups,
        interval_meaning: Some(INTERVAL.to_owned()),
        chance: chance(study),
        notes: [study.group.title()].into_iter().chain(note).collect(),
    };
    vec![named(study, &["bars"], Figure::Bars(figure))]
}

/// The finished settings, or where they are too many, the best of them and a sentence that says so.
fn highest<'a, 'b>(study: &'a Study<'b>) -> (Vec<&'a Setting<'b>>, Option<String>) {
    let mut settings: Vec<(f64, &Setting<'b>)> =
        study.settings.iter().filter_map(|setting| Some((setting.spread()?.mean, setting))).collect();
    let all = settings.len();
    let note = (all > MOST_BARS).then(|| {
        settings.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        settings.truncate(MOST_BARS);
        format!("The {MOST_BARS} of {all} settings with the highest mean: the test set chose them.")
    });
    (settings.into_iter().map(|(_, setting)| setting).collect(), note)
}

/// A figure per setting whose predictions are known.
pub(super) fn confusions(study: &Study<'_>, top: Option<usize>) -> Vec<NamedFigure> {
    with_confusions(study, top).into_iter().filter_map(|setting| confusion(study, setting)).collect()
}

/// The settings that get a figure of their own: the best ones if there are many.
pub(super) fn with_confusions<'a, 'b>(study: &'a Study<'b>, top: Option<usize>) -> Vec<&'a Setting<'b>> {
    let finished: Vec<&Setting<'_>> =
        study.settings.iter().filter(|setting| !setting.repeats.is_empty()).collect();
    super::highest(&finished, top.unwrap_or(super::MOST_FIGURES))
}

fn confusion(study: &Study<'_>, setting: &Setting<'_>) -> Option<NamedFigure> {
    let data = study.data?;
    let snapshot = study.reading.snapshot()?;
    let labels: Vec<usize> = data.test_labels.iter().map(|label| *label as usize).collect();
    let classes = data.classes.len();
    let mut counts = vec![vec![0; classes]; classes];
    let mut jobs = 0;
    for repeat in &setting.repeats {
        let predicted = predicted(study.evidence.predictions.get(&(repeat.job.id, snapshot))?)?;
        let matrix = ConfusionMatrix::new(&labels, &predicted, classes).ok()?;
        for (label, row) in counts.iter_mut().enumerate() {
            for (class, count) in row.iter_mut().enumerate() {
                *count += matrix.count(label, class);
            }
        }
        jobs += 1;
    }
    let values = setting.values(&study.axes);
    let name = values.join(", ");
    let named_values = study.axes.iter().zip(&values).map(|(axis, value)| match axis {
        axis if axis.column().is_of_cell() => value.clone(),
        axis => format!("{} {value}", axis.name()),
    });
    let file_name = named_values.collect::<Vec<_>>().join("-");
    let mut notes = vec![format!("{}, of {}", reading(study), counted(jobs, "job")), study.group.title()];
    notes.truncate(if jobs == 0 { 0 } else { 2 });
    let classes = data.classes.iter().map(i64::to_string).collect();
    let figure = Confusion { title: format!("Confusion matrix ({name})"), classes, counts, notes };
    (jobs > 0).then(|| named(study, &["confusion", &file_name], Figure::Confusion(figure)))
}

/// A panel an axis.
pub(super) fn axis(study: &Study<'_>) -> Vec<NamedFigure> {
    let panels: Vec<AxisPanel> = axis_effects_of(study)
        .into_iter()
        .map(|effect| {
            let levels = effect.effect.levels.iter().map(|level| {
                let value = effect.axis.value(&effect.examples[level.level].job.spec);
                let singles = study.settings.iter().flat_map(|setting| &setting.repeats);
                AxisLevel {
                    level: drawn(
                        effect.axis,
                        &value,
                        &effect.axis.text(&effect.examples[level.level].job.spec),
                    ),
                    accuracy: Estimate {
                        mean: level.spread.mean,
                        deviation: level.spread.standard_deviation,
                        interval: level.interval.map(|ends| (ends.low, ends.high)),
                        singles: singles
                            .filter(|repeat| effect.axis.value(&repeat.job.spec) == value)
                            .map(|repeat| repeat.accuracy)
                            .collect(),
                    },
                }
            });
            AxisPanel { name: effect.axis.name().to_owned(), levels: levels.collect() }
        })
        .collect();
    if panels.is_empty() {
        return Vec::new();
    }
    let figure = AxisEffects {
        title: format!("{}, by axis", reading(study)),
        panels,
        interval_meaning: Some("95 % intervals of the mean over all jobs at the level".to_owned()),
        chance: chance(study),
        notes: vec![study.group.title()],
    };
    vec![named(study, &["axis"], Figure::Axis(figure))]
}

/// A line a finished job.
pub(super) fn parallel(study: &Study<'_>) -> Vec<NamedFigure> {
    let mut axes = study.axes.clone();
    let repeats = || study.settings.iter().flat_map(|setting| &setting.repeats);
    if study.settings.iter().any(|setting| setting.repeats.len() > 1) {
        axes.push(Axis::SEED);
    }
    let jobs: Vec<ParallelJob> = repeats()
        .map(|repeat| ParallelJob {
            name: repeat.job.id.short(),
            levels: axes
                .iter()
                .map(|axis| match axis.value(&repeat.job.spec) {
                    Value::Null => None,
                    value => Some(drawn(*axis, &value, &axis.text(&repeat.job.spec))),
                })
                .collect(),
            accuracy: repeat.accuracy,
        })
        .collect();
    if jobs.is_empty() {
        return Vec::new();
    }
    let figure = Parallel {
        title: reading(study),
        axes: axes.iter().map(|axis| axis.name().to_owned()).collect(),
        jobs,
        notes: vec![study.group.title()],
    };
    vec![named(study, &["parallel"], Figure::Parallel(figure))]
}

/// A value of an axis as figures draw it: numbers by their size.
fn drawn(axis: Axis, value: &Value, text: &str) -> Level {
    match value {
        // 0 and 1 of these mean no and yes.
        Value::Integer(_) if axis.column().is_truth() => Level::Text(text.to_owned()),
        Value::Integer(number) => Level::Number(*number as f64),
        Value::Real(number) => Level::Number(*number),
        Value::Null | Value::Text(_) | Value::Blob(_) => Level::Text(text.to_owned()),
    }
}
