//! Figures of single jobs: how one learned and what it takes for what, and how some learned side by side.

use sweep_job::{DataSetRecord, EpochMetrics, JobRecord, SettingColumn, Snapshot, SnapshotKind, Value};

use crate::{
    figures::{Confusion, Curves, EpochAccuracy, Figure, Mark, Part, Series, Smoothing},
    spread::{setting_text, varying_settings},
    statistics::confusion::ConfusionMatrix,
    study::predicted,
    words::counted,
};

/// So many jobs or settings can be told apart in one figure.
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
pub fn compared_curves(title: &str, trajectories: &[Trajectory]) -> Figure {
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

/// Which class a snapshot of one job takes for which; `None` where its predictions are not those of the test trials.
pub fn job_confusion(data: &DataSetRecord, kind: SnapshotKind, snapshot: &Snapshot) -> Option<Figure> {
    let labels: Vec<usize> = data.test_labels.iter().map(|label| *label as usize).collect();
    let classes = data.classes.len();
    let matrix = ConfusionMatrix::new(&labels, &predicted(&snapshot.predictions)?, classes).ok()?;
    let row = |label| (0..classes).map(|class| matrix.count(label, class)).collect();
    let what = match kind {
        SnapshotKind::Best => "best epoch on the test set (optimistic)",
        SnapshotKind::Selected => "epoch that the validation set selects",
        SnapshotKind::Last => "last epoch",
    };
    Some(Figure::Confusion(Confusion {
        title: format!("Predictions after epoch {}, the {what}", snapshot.epoch),
        classes: data.classes.iter().map(i64::to_string).collect(),
        counts: (0..classes).map(row).collect(),
        notes: Vec::new(),
    }))
}

const OPTIMISM: &str = "The best test accuracy is chosen on the test set itself: optimistic.";

/// How curves of so many epochs are drawn on pages: many are smoothed, over thin lines that are not.
pub fn smoothing(epochs: usize) -> Smoothing {
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

fn told(job: &JobRecord, varying: &[SettingColumn]) -> Vec<String> {
    let told = varying.iter().map(|column| (column, column.value(&job.spec)));
    told.filter(|(_, value)| *value != Value::Null)
        .map(|(column, value)| format!("{} {}", column.name(), setting_text(*column, &value)))
        .collect()
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
