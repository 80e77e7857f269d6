//! How high the best of many epochs is by chance: what the highest test accuracy overstates.

use super::{
    StatisticsError,
    autocorrelation::autocorrelation_time,
    error::{check_count, check_finite},
    order_statistics::expected_maximum_of_normals,
    spread::Spread,
    trend::{Trend, trend_of},
};

/// Shorter curves are refused: half of them tells neither a deviation nor how long it lasts.
pub const FEWEST_EPOCHS: usize = 20;

/// A line through the last half whose slope has a p-value below this counts as a trend.
const SIGNIFICANCE: f64 = 0.05;

/// The highest accuracy of a curve, beside the one that a network which no longer learns reaches by its wavering alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Optimism {
    /// The accuracies of the last half of the epochs.
    pub plateau: Spread,
    /// The line through them, where its slope is more than wavering (p < 0.05): the network still learns, or unlearns.
    pub trend: Option<Trend>,
    /// How far accuracies waver: their deviation around the plateau's mean, or around the trend.
    pub deviation: f64,
    /// Epochs of the plateau that are worth one independent epoch, from 1.
    pub autocorrelation_time: f64,
    /// All epochs of the curve over that: so many independent ones have a mean that is as sure.
    pub effective_epochs: f64,
    /// The maximum that is expected of so many normal values with the plateau's mean and the deviation of the wavering, at most 1: of a
    /// network that stays at that mean. It falls short where epochs resemble each other: by up to half a deviation in simulations (docs/statistics.md).
    pub expected_maximum: f64,
    /// The same, were each epoch independent of the others. Normal values that resemble each other reach no more on average
    /// (Slepian, Bell System Technical Journal 41, 1962), so this bounds what wavering explains; in simulations it is the
    /// nearer of both.
    pub expected_maximum_if_independent: f64,
    /// The highest accuracy of the curve.
    pub observed_maximum: f64,
    /// The standard error that the finite test set gives the plateau's mean, sqrt(p (1 - p) / trials). All epochs share it:
    /// it is no part of the expected maximum, and comes on top of it for new trials.
    pub test_set_deviation: f64,
}

/// What is expected of the maximum of `accuracies`, one an epoch, from 0 to 1, on a test set of `trials`: plateau +
/// deviation times the expected maximum of normal numbers. A trend of the last half is no wavering: the deviation is then that
/// around its line. docs/statistics.md says what this assumes.
///
/// # Errors
/// Where there are fewer than [`FEWEST_EPOCHS`] or no trial, or an accuracy is not from 0 to 1.
pub fn optimism_of_maximum(accuracies: &[f64], trials: u64) -> Result<Optimism, StatisticsError> {
    check_count(accuracies.len(), FEWEST_EPOCHS)?;
    check_count(trials as usize, 1)?;
    check_finite(accuracies)?;
    if let Some(value) = accuracies.iter().copied().find(|accuracy| !(0.0..=1.0).contains(accuracy)) {
        return Err(StatisticsError::OutOfRange { name: "accuracy", value });
    }
    let last_half = &accuracies[accuracies.len() / 2..];
    let plateau = Spread::of(last_half)?;
    let trend = Some(trend_of(last_half)?).filter(|trend| trend.p_value < SIGNIFICANCE);
    let (deviation, time) = match trend {
        Some(trend) => (trend.deviation, trend.autocorrelation_time),
        None => (plateau.standard_deviation.unwrap_or(0.0), autocorrelation_time(last_half)?),
    };
    let effective_epochs = accuracies.len() as f64 / time;
    let expected = |epochs: f64| -> Result<f64, StatisticsError> {
        Ok((plateau.mean + deviation * expected_maximum_of_normals(epochs)?).min(1.0))
    };
    Ok(Optimism {
        plateau,
        trend,
        deviation,
        autocorrelation_time: time,
        effective_epochs,
        expected_maximum: expected(effective_epochs)?,
        expected_maximum_if_independent: expected(accuracies.len() as f64)?,
        observed_maximum: Spread::of(accuracies)?.maximum,
        test_set_deviation: (plateau.mean * (1.0 - plateau.mean) / trials as f64).sqrt(),
    })
}
