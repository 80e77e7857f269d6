//! Whether a series still rises or falls: a straight line through it, and how sure its slope is.

use super::{
    StatisticsError,
    autocorrelation::autocorrelation_time,
    distributions::students_t_two_sided,
    error::{check_count, finite},
    spread::Spread,
};

/// The line of least squares through a series, one value a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// By how much the line rises from the first value to the last, in their unit; below 0 where it falls.
    pub change: f64,
    /// The deviation of the values around the line, with n - 2 in the denominator.
    pub deviation: f64,
    /// Steps that are worth one independent step around the line, from 1.
    pub autocorrelation_time: f64,
    /// Two-sided: probability of so steep a line, were there none. 1 where all values are equal.
    pub p_value: f64,
}

/// Fewer values than these are refused: a line goes through any two.
const FEWEST_VALUES: usize = 4;

/// The trend of `series`. The test of its slope is Student's with the number of values that are worth an independent one, n over the
/// autocorrelation time around the line, in place of n (Santer et al., "Statistical significance of trends and trend differences in
/// layer-average atmospheric temperature time series", J. Geophysical Research 105, 2000, section 3, who take that number from the first
/// correlation alone).
///
/// # Errors
/// Where there are fewer than 4 values, or one is not finite.
pub fn trend_of(series: &[f64]) -> Result<Trend, StatisticsError> {
    check_count(series.len(), FEWEST_VALUES)?;
    let count = series.len() as f64;
    let mean = Spread::of(series)?.mean;
    let centered = |step: usize| step as f64 - (count - 1.0) / 2.0;
    // Sum of the squares of n steps around their middle.
    let squared_steps = count * (count * count - 1.0) / 12.0;
    let products: f64 = series.iter().enumerate().map(|(step, value)| centered(step) * (value - mean)).sum();
    let slope = finite(products)? / squared_steps;
    let residuals: Vec<f64> =
        series.iter().enumerate().map(|(step, value)| value - mean - slope * centered(step)).collect();
    let squares = finite(residuals.iter().map(|residual| residual * residual).sum())?;
    let time = autocorrelation_time(&residuals)?;
    // The time is at most a fifth of the series, so that of 4 values and more some freedom is left.
    let freedom = (count / time - 2.0).max(1.0);
    let slope_error = (squares / freedom / squared_steps).sqrt();
    let p_value = match (slope == 0.0, slope_error == 0.0) {
        (true, _) => 1.0,
        (false, true) => 0.0,
        (false, false) => students_t_two_sided(slope / slope_error, freedom)?,
    };
    Ok(Trend {
        change: slope * (count - 1.0),
        deviation: (squares / (count - 2.0)).sqrt(),
        autocorrelation_time: time,
        p_value,
    })
}
