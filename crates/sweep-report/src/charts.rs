//! Figures of jobs: what of their records is drawn, and the words beside it. They are drawn in `figures`; nothing is read here.

use std::collections::BTreeMap;

use sweep_job::{
    DataSetRecord, EpochMetrics, JobRecord, ModelKind, SETTING_NAMES, Snapshot, SnapshotKind, setting_values,
};

use crate::{
    figures::{Band, BandPoint, Confusion, Curves, EpochAccuracy, Figure, Mark, Part, Series, Smoothing},
    spread::{setting_text, varying_settings},
    words::counted,
};

/// So many lines can be told apart in one figure.
pub const MOST_LINES: usize = 12;
/// Beyond so many settings, lines on the train set would hide those on the test set.
const MOST_WITH_TRAIN: usize = 4;
/// From so many epochs on, lines are smoothed, over thin ones that are not.
const MANY_EPOCHS: usize = 100;
const SMOOTH_EPOCHS: u32 = 11;

/// A job with its epochs, the first one first.
#[derive(Debug, Clone, PartialEq)]
pub struct Trajectory {
    /// The job.
    pub job: JobRecord,
    /// Its epochs.
    pub epochs: Vec<EpochMetrics>,
}

/// How one job learned: accuracy per epoch on each part of the trials.
pub fn job_curves(job: &JobRecord, epochs: &[EpochMetrics]) -> Figure {
    let setting = format!("{} {}", job.spec.model.title(), job.spec.activation.title());
    let mut series = lines(&setting, epochs, &[Part::Train, Part::Test]);
    if epochs.iter().any(|epoch| epoch.validation.is_some()) {
        series.insert(1, line(&setting, epochs, Part::Validation));
        if let Some(selected) = job.selected {
            series[1].mark = Mark::Selected(selected.epoch);
        }
    }
    for line in series.iter_mut().filter(|line| line.part == Part::Test) {
        line.mark = Mark::Best;
    }
    Figure::Curves(Curves {
        title: format!("{setting}: accuracy per epoch"),
        series,
        smoothing: smoothing(epochs.len()),
        notes: vec![OPTIMISM.to_owned()],
    })
}

/// Jobs in one figure, a line each for the test set, and one for the train set where they are few. No more than [`MOST_LINES`] are drawn.
pub fn comparison_curves(title: &str, trajectories: &[Trajectory]) -> Figure {
    let shown = &trajectories[..trajectories.len().min(MOST_LINES)];
    let names = names(&shown.iter().map(|trajectory| &trajectory.job).collect::<Vec<_>>());
    let parts: &[Part] =
        if shown.len() <= MOST_WITH_TRAIN { &[Part::Train, Part::Test] } else { &[Part::Test] };
    let series = shown.iter().zip(&names).flat_map(|(one, name)| lines(name, &one.epochs, parts)).collect();
    let longest = shown.iter().map(|one| one.epochs.len()).max().unwrap_or(0);
    let mut notes = Vec::new();
    if trajectories.len() > shown.len() {
        notes.push(format!("The first {} of {} are drawn.", shown.len(), counted(trajectories.len(), "job")));
    }
    notes.push(OPTIMISM.to_owned());
    Figure::Curves(Curves { title: title.to_owned(), series, smoothing: smoothing(longest), notes })
}

/// The activation functions of one model: a line for each setting, which is the mean of its jobs where several differ in the seed alone.
pub fn activation_curves(model: ModelKind, trajectories: &[Trajectory]) -> Figure {
    let of_model: Vec<&Trajectory> =
        trajectories.iter().filter(|one| one.job.spec.model == model && !one.epochs.is_empty()).collect();
    let mut settings: Vec<(String, Vec<&Trajectory>)> = Vec::new();
    let jobs: Vec<&JobRecord> = of_model.iter().map(|one| &one.job).collect();
    let varying = without_seed(varying_settings(&jobs));
    for one in of_model {
        let name =
            [vec![one.job.spec.activation.title().to_owned()], told(&one.job, &varying)].concat().join(", ");
        match settings.iter_mut().find(|(known, _)| *known == name) {
            Some((_, together)) => together.push(one),
            None => settings.push((name, vec![one])),
        }
    }
    let all = settings.len();
    settings.truncate(MOST_LINES);
    let parts: &[Part] =
        if settings.len() <= MOST_WITH_TRAIN { &[Part::Train, Part::Test] } else { &[Part::Test] };
    let series = settings
        .iter()
        .flat_map(|(name, together)| parts.iter().map(move |part| mean_line(name, together, *part)))
        .collect();
    let longest = settings.iter().flat_map(|(_, together)| together).map(|one| one.epochs.len()).max();
    let mut notes = Vec::new();
    if all > settings.len() {
        notes.push(format!("The first {} of {} are drawn.", settings.len(), counted(all, "setting")));
    }
    notes.push(OPTIMISM.to_owned());
    Figure::Curves(Curves {
        title: format!("Activation function comparison ({})", model.title()),
        series,
        smoothing: smoothing(longest.unwrap_or(0)),
        notes,
    })
}

/// Which class a snapshot takes for which.
pub fn confusion(data: &DataSetRecord, kind: SnapshotKind, snapshot: &Snapshot) -> Figure {
    let classes = snapshot.predictions.classes as usize;
    let mut counts = vec![vec![0; classes]; classes];
    let rows = snapshot.predictions.logits.chunks_exact(classes.max(1));
    for (label, logits) in data.test_labels.iter().zip(rows) {
        // Of equal logits the first counts, as in the accuracy.
        let predicted =
            (1..classes).fold(0, |best, class| if logits[class] > logits[best] { class } else { best });
        if let Some(count) = counts.get_mut(*label as usize).and_then(|row| row.get_mut(predicted)) {
            *count += 1;
        }
    }
    let what = match kind {
        SnapshotKind::Best => "best epoch on the test set (optimistic)",
        SnapshotKind::Selected => "epoch that the validation set selects",
        SnapshotKind::Last => "last epoch",
    };
    Figure::Confusion(Confusion {
        title: format!("Predictions after epoch {}, the {what}", snapshot.epoch),
        classes: data.classes.iter().map(i64::to_string).collect(),
        counts,
        notes: Vec::new(),
    })
}

const OPTIMISM: &str = "The best test accuracy is chosen on the test set itself: optimistic.";

fn smoothing(epochs: usize) -> Smoothing {
    if epochs < MANY_EPOCHS { Smoothing::None } else { Smoothing::MovingAverage { epochs: SMOOTH_EPOCHS } }
}

/// What tells jobs apart: model and activation where they differ, and settings that do; at least the activation.
fn names(jobs: &[&JobRecord]) -> Vec<String> {
    let varying = varying_settings(jobs);
    let first = jobs.first().map(|job| job.spec.model);
    let has_models = jobs.iter().any(|job| Some(job.spec.model) != first);
    let mut names: Vec<String> = Vec::new();
    for job in jobs {
        let mut words = Vec::new();
        if has_models {
            words.push(job.spec.model.title().to_owned());
        }
        words.push(job.spec.activation.title().to_owned());
        words.extend(told(job, &varying));
        let mut name = words.join(", ");
        // On other data, say.
        if names.contains(&name) {
            name += &format!(", job {}", job.id.short());
        }
        names.push(name);
    }
    names
}

fn without_seed(mut varying: Vec<usize>) -> Vec<usize> {
    varying.retain(|place| SETTING_NAMES[*place] != "seed");
    varying
}

fn told(job: &JobRecord, varying: &[usize]) -> Vec<String> {
    let values = setting_values(&job.spec);
    let told = varying.iter().filter(|place| values[**place] != sweep_job::Value::Null);
    told.map(|place| format!("{} {}", SETTING_NAMES[*place], setting_text(*place, &values[*place]))).collect()
}

fn lines(setting: &str, epochs: &[EpochMetrics], parts: &[Part]) -> Vec<Series> {
    parts.iter().map(|part| line(setting, epochs, *part)).collect()
}

fn line(setting: &str, epochs: &[EpochMetrics], part: Part) -> Series {
    let points = epochs
        .iter()
        .filter_map(|metrics| {
            Some(EpochAccuracy { epoch: metrics.epoch, accuracy: accuracy(metrics, part)? })
        })
        .collect();
    Series { setting: setting.to_owned(), part, points, band: None, mark: Mark::None }
}

fn accuracy(metrics: &EpochMetrics, part: Part) -> Option<f64> {
    match part {
        Part::Train => Some(metrics.train.accuracy),
        Part::Validation => metrics.validation.map(|score| score.accuracy),
        Part::Test => Some(metrics.test.accuracy),
    }
}

/// The mean over jobs of each epoch that all of them have, with a band from the lowest to the highest.
fn mean_line(setting: &str, together: &[&Trajectory], part: Part) -> Series {
    if let [one] = together {
        return line(setting, &one.epochs, part);
    }
    let mut values: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for metrics in together.iter().flat_map(|one| &one.epochs) {
        if let Some(accuracy) = accuracy(metrics, part) {
            values.entry(metrics.epoch).or_default().push(accuracy);
        }
    }
    values.retain(|_, accuracies| accuracies.len() == together.len());
    let mean = |accuracies: &[f64]| accuracies.iter().sum::<f64>() / accuracies.len() as f64;
    let points =
        values.iter().map(|(epoch, all)| EpochAccuracy { epoch: *epoch, accuracy: mean(all) }).collect();
    let band = values.iter().map(|(epoch, all)| BandPoint {
        epoch: *epoch,
        low: all.iter().copied().fold(f64::INFINITY, f64::min),
        high: all.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    });
    let band = (part == Part::Test).then(|| Band {
        meaning: format!("lowest to highest of {}", counted(together.len(), "seed")),
        points: band.collect(),
    });
    Series { setting: setting.to_owned(), part, points, band, mark: Mark::None }
}
