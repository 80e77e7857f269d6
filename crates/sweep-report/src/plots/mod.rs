//! Figures of recorded jobs: which jobs a figure shows, and what its lines and rows are called. The drawing is done by `figures`.

mod chosen;
mod curves;
mod drawn;
mod jobs;
mod tables;

pub use chosen::drawn_settings;
pub(crate) use curves::{
    comparison, curves_of, highest, inner_axes, left_out, setting_name, settings_with_curves,
};
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

/// So many settings get a figure of their own, unless more are requested by [`StudyOptions::top`].
pub const MOST_FIGURES: usize = 12;

/// A figure with a name that a file can have.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedFigure {
    /// Such as `lab2-curves-eegnet`: small letters, digits, hyphens, and points within numbers.
    pub name: String,
    /// The figure.
    pub figure: Figure,
}

/// The figures of a kind: for each sweep and data set as many as the kind needs; none if there is nothing to show. Of kinds with a figure per
/// setting, only the [`MOST_FIGURES`] settings with the highest accuracy, or as many as `options` ask for: [`undrawn`] says so.
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
            PlotKind::Confusion => tables::confusions(&study, options.top),
            PlotKind::Axis => tables::axis(&study),
            PlotKind::Parallel => tables::parallel(&study),
        }
    });
    distinct(figures.collect())
}

/// How many settings of `evidence` get no figure of their own from [`plots`], in a sentence; `None` if every one gets its own.
pub fn undrawn(
    evidence: &Evidence,
    sweep: Option<&str>,
    kind: PlotKind,
    options: &StudyOptions,
) -> Option<String> {
    if kind != PlotKind::Confusion {
        return None;
    }
    let of_group = |group| {
        let study = Study::new(group, evidence, options);
        (tables::with_confusions(&study, options.top).len(), study.finished())
    };
    let counts: Vec<(usize, usize)> = groups(&evidence.jobs, sweep).iter().map(of_group).collect();
    let drawn: usize = counts.iter().map(|(drawn, _)| drawn).sum();
    let all: usize = counts.iter().map(|(_, all)| all).sum();
    (drawn < all).then(|| {
        format!("a figure each for {drawn} of {all} settings, those with the highest accuracy; `--top {all}` draws all, `--where` chooses")
    })
}

/// A figure of `study`; its name is made of the sweep's and of `parts`.
fn named(study: &Study<'_>, parts: &[&str], figure: Figure) -> NamedFigure {
    let mut words = vec![study.group.sweep.unwrap_or("jobs")];
    words.extend(parts);
    NamedFigure { name: file_name(&words.join("-")), figure }
}

/// Characters of a name: with what the program adds to it, file systems take it.
const LONGEST_NAME: usize = 200;

/// `text` as a name of a file: small letters, digits and the points of numbers, and one hyphen for all else between them.
fn file_name(text: &str) -> String {
    let mut name = String::new();
    let mut characters = text.chars().take(LONGEST_NAME).peekable();
    while let Some(character) = characters.next() {
        let is_in_number = name.ends_with(|before: char| before.is_ascii_digit())
            && characters.peek().is_some_and(char::is_ascii_digit);
        match character.to_ascii_lowercase() {
            character if character.is_ascii_alphanumeric() => name.push(character),
            '.' if is_in_number => name.push('.'),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_keep_numbers_apart() {
        assert_eq!(
            file_name("Lab 2-confusion-dropout 0.25, batch_size 16"),
            "lab-2-confusion-dropout-0.25-batch-size-16"
        );
        assert_ne!(file_name("dropout 0.1, 5"), file_name("dropout 0.15"));
        assert_eq!(file_name("../a.b/..."), "a-b");
    }
}
