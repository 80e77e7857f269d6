//! Accuracy per epoch in a line of text, with the range that it goes over.

use sweep_job::EpochMetrics;

use crate::{
    figures::{Blocks, sparkline, sparklines},
    words::percent,
};

/// Characters of a curve: with a name before it and its range behind it, it fits 60 columns.
const WIDTH: usize = 28;

/// Test, validation and train accuracy of one job, each from its own lowest to its own highest.
pub(crate) fn curves_of_parts(epochs: &[EpochMetrics], blocks: Blocks) -> Vec<(&'static str, String)> {
    let test: Vec<f64> = test_accuracies(epochs);
    let validation: Vec<f64> =
        epochs.iter().filter_map(|epoch| epoch.validation.map(|score| score.accuracy)).collect();
    let train: Vec<f64> = epochs.iter().map(|epoch| epoch.train.accuracy).collect();
    [("test", test), ("validation", validation), ("train", train)]
        .into_iter()
        .filter(|(_, accuracies)| !accuracies.is_empty())
        .map(|(name, accuracies)| (name, with_range(sparkline(&accuracies, WIDTH, blocks), &accuracies)))
        .collect()
}

/// Test accuracies of several jobs on one scale, so that heights compare.
pub(crate) fn curves_of_jobs<const JOBS: usize>(
    jobs: [&[EpochMetrics]; JOBS],
    blocks: Blocks,
) -> [String; JOBS] {
    let accuracies = jobs.map(test_accuracies);
    let mut lines = sparklines(&accuracies.each_ref().map(Vec::as_slice), WIDTH, blocks).into_iter();
    accuracies.map(|accuracies| with_range(lines.next().unwrap_or_default(), &accuracies))
}

fn test_accuracies(epochs: &[EpochMetrics]) -> Vec<f64> {
    epochs.iter().map(|epoch| epoch.test.accuracy).collect()
}

/// The range is that of the epochs: a character may be the mean of several.
fn with_range(line: String, accuracies: &[f64]) -> String {
    if accuracies.is_empty() {
        return "-".to_owned();
    }
    let low = accuracies.iter().copied().fold(f64::INFINITY, f64::min);
    let high = accuracies.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let range = if low == high { percent(low) } else { format!("{:.2} to {}", 100.0 * low, percent(high)) };
    format!("{line}  {range}")
}
