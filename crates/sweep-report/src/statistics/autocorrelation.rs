//! How long a series remembers: how many of its values are worth one independent value.

use super::{StatisticsError, error::check_count, spread::Spread};

/// The window is so many times the time that is sought (Sokal's c).
const WINDOW: f64 = 5.0;

/// The integrated autocorrelation time of `series`, in steps: 1 + 2 (rho(1) + rho(2) + ... + rho(M)), with Sokal's window,
/// the first M that is at least 5 times the time so far ("Monte Carlo methods in statistical mechanics: foundations and new
/// algorithms", 1997, section 3, whose tau is half of this). 1 for independent values, and for a series that never changes.
/// It is at least 1: a series that swings from step to step would have less, and counts as independent. It is at most a
/// fifth of the series, or 1, since the estimated correlations at all lags add up to -1/2; a series with a longer memory is
/// too short to show it.
///
/// # Errors
/// Where there are fewer than 2 values, or one is not finite.
pub fn autocorrelation_time(series: &[f64]) -> Result<f64, StatisticsError> {
    check_count(series.len(), 2)?;
    let mean = Spread::of(series)?.mean;
    let centered: Vec<f64> = series.iter().map(|value| value - mean).collect();
    let covariance = |lag: usize| -> f64 {
        centered.iter().zip(&centered[lag..]).map(|(value, later)| value * later).sum()
    };
    let variance = covariance(0);
    if variance == 0.0 {
        return Ok(1.0);
    }
    let mut time = 1.0;
    for lag in 1..series.len() {
        time += 2.0 * covariance(lag) / variance;
        if lag as f64 >= WINDOW * time {
            break;
        }
    }
    Ok(time.max(1.0))
}
