//! Figures of recorded jobs: which jobs a figure shows, and what its lines and rows are called. The drawing is done by `figures`.

mod chosen;
mod curves;
mod drawn;
mod jobs;
mod tables;

pub use chosen::drawn_settings;
pub(crate) use curves::{comparison, curves_of, inner_axes, setting_name, settings_with_curves};
pub use drawn::drawn;
pub use jobs::{MOST_LINES, Trajectory, compared_curves, job_confusion, job_curves, smoothing};

use sweep_job::Evidence;

use crate::{
    figures::{Figure, Smoothing},
    group::groups,
    study::{Study, StudyOptions},
};

/// What a figure shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlotKind {
    /// Train and test accuracy per epoch, a figure a model: the lab's comparison.
    Curves,
    /// The accuracy of each setting with its interval and its single jobs.
    Bars,
    /// Which classes are taken for which, summed over the jobs of a setting.
    Confusion,
    /// What each axis does, whatever the others are.
    Axis,
    /// Every job as a line across its settings.
    Parallel,
}

impl PlotKind {
    /// Whether its figures draw curves: they need those of [`Evidence`].
    pub fn draws_curves(self) -> bool {
        self == Self::Curves
    }

    /// Whether its figures look at single trials: they need the predictions of [`Evidence`].
    pub fn looks_at_trials(self) -> bool {
        self == Self::Confusion
    }
}

/// A figure with a name that a file can have.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedFigure {
    /// Such as `lab2-curves-eegnet`: small letters, digits and hyphens.
    pub name: String,
    /// The figure.
    pub figure: Figure,
}

/// The figures of a kind: for each sweep and data set as many as the kind needs; none where there is nothing to show.
pub fn plots(
    evidence: &Evidence,
    sweep: Option<&str>,
    kind: PlotKind,
    options: &StudyOptions,
    smoothing: Smoothing,
) -> Vec<NamedFigure> {
    let groups = groups(&evidence.jobs, sweep);
    let figures = groups.iter().flat_map(|group| {
        let study = Study::new(group, evidence, options);
        match kind {
            PlotKind::Curves => curves::curves(&study, smoothing),
            PlotKind::Bars => tables::bars(&study),
            PlotKind::Confusion => tables::confusions(&study),
            PlotKind::Axis => tables::axis(&study),
            PlotKind::Parallel => tables::parallel(&study),
        }
    });
    distinct(figures.collect())
}

/// A figure of `study`; its name is made of the sweep's and of `parts`.
fn named(study: &Study<'_>, parts: &[&str], figure: Figure) -> NamedFigure {
    let mut words = vec![study.group.sweep.unwrap_or("jobs")];
    words.extend(parts);
    NamedFigure { name: file_name(&words.join("-")), figure }
}

/// `text` as a name of a file: small letters and digits, and one hyphen for all else between them.
fn file_name(text: &str) -> String {
    let mut name = String::new();
    for character in text.chars().take(100) {
        match character.to_ascii_lowercase() {
            character if character.is_ascii_alphanumeric() => name.push(character),
            _ if !name.is_empty() && !name.ends_with('-') => name.push('-'),
            _ => {}
        }
    }
    let name = name.trim_end_matches('-');
    if name.is_empty() { "figure".to_owned() } else { name.to_owned() }
}

/// The same with a number behind each name that was there before.
fn distinct(mut figures: Vec<NamedFigure>) -> Vec<NamedFigure> {
    for index in 1..figures.len() {
        let (before, rest) = figures.split_at_mut(index);
        let name = rest[0].name.clone();
        let mut number = 1;
        while before.iter().any(|figure| figure.name == rest[0].name) {
            number += 1;
            rest[0].name = format!("{name}-{number}");
        }
    }
    figures
}
