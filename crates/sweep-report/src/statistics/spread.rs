//! How values spread: mean, standard deviation, extremes, and how sure the mean is.

use super::{
    Interval, StatisticsError,
    distributions::students_t_quantile,
    error::{check_count, check_finite, finite},
};

/// What a list of values amounts to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// How many values, at least 1.
    pub count: usize,
    /// Their mean, in their unit.
    pub mean: f64,
    /// The least of them.
    pub minimum: f64,
    /// The greatest of them.
    pub maximum: f64,
    /// The sample standard deviation, with n - 1 in the denominator; `None` for a single value, which tells nothing of it.
    pub standard_deviation: Option<f64>,
}

impl Spread {
    /// The spread of `values`. Equal values have a deviation of exactly 0.
    ///
    /// # Errors
    /// Where there is no value, or one is not finite.
    pub fn of(values: &[f64]) -> Result<Self, StatisticsError> {
        check_count(values.len(), 1)?;
        check_finite(values)?;
        let count = values.len();
        // Sums of differences from the first value: a mean of equal values is that value, to the last bit.
        let first = values[0];
        let mean = first + values.iter().map(|value| value - first).sum::<f64>() / count as f64;
        let minimum = values.iter().copied().fold(f64::INFINITY, f64::min);
        let maximum = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        finite(squares)?;
        Ok(Self {
            count,
            // Rounding may leave the extremes by a last place.
            mean: mean.clamp(minimum, maximum),
            minimum,
            maximum,
            standard_deviation: (count > 1).then(|| (squares / (count - 1) as f64).sqrt()),
        })
    }

    /// Student's t interval of the mean at `level` (0.95 for 95 %): mean -+ t s / sqrt(n) with n - 1 degrees of freedom
    /// (Student, "The probable error of a mean", Biometrika 6, 1908).
    ///
    /// # Errors
    /// If there is a single value, or all are equal: a few values that happen to agree do not make the mean certain. If `level` is not
    /// between 0 and 1.
    pub fn mean_interval(&self, level: f64) -> Result<Interval, StatisticsError> {
        let deviation =
            self.standard_deviation.ok_or(StatisticsError::TooFew { has: self.count, needs: 2 })?;
        let quantile = students_t_quantile(level, self.count - 1)?;
        if deviation == 0.0 {
            return Err(StatisticsError::NoSpread);
        }
        let half_width = finite(quantile * deviation / (self.count as f64).sqrt())?;
        Ok(Interval::around(self.mean, half_width, f64::MIN, f64::MAX))
    }
}
