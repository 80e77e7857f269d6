//! Whether a curve still rises where it ends.

use super::{StatisticsError, autocorrelation::autocorrelation_time, error::check_count, spread::Spread};

/// Shorter curves are refused: their fifths tell nothing.
pub const FEWEST_EPOCHS: usize = 20;

/// How a series goes on in its last fifth, against the fifth before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rise {
    /// Mean of the last fifth less that of the fifth before, in the unit of the values.
    pub difference: f64,
    /// The standard error of that difference: sqrt(s1^2 t1 / n + s2^2 t2 / n), where n values of a fifth are worth n / t
    /// independent ones ([`autocorrelation_time`]).
    pub standard_error: f64,
}

impl Rise {
    /// That of `values`, one an epoch.
    ///
    /// # Errors
    /// Where there are fewer than [`FEWEST_EPOCHS`], or one is not finite.
    pub fn at_the_end_of(values: &[f64]) -> Result<Self, StatisticsError> {
        check_count(values.len(), FEWEST_EPOCHS)?;
        let fifth = values.len() / 5;
        let (rest, last) = values.split_at(values.len() - fifth);
        let before = &rest[rest.len() - fifth..];
        let of = |part: &[f64]| -> Result<(f64, f64), StatisticsError> {
            let spread = Spread::of(part)?;
            let deviation = spread.standard_deviation.unwrap_or(0.0);
            Ok((spread.mean, deviation.powi(2) * autocorrelation_time(part)? / part.len() as f64))
        };
        let ((mean, square), (mean_before, square_before)) = (of(last)?, of(before)?);
        Ok(Self { difference: mean - mean_before, standard_error: (square + square_before).sqrt() })
    }

    /// Whether it rises by at least `least`, and by more than two standard errors.
    pub fn is_more_than(&self, least: f64) -> bool {
        self.difference >= least && self.difference > 2.0 * self.standard_error
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
mod tests {
    use sweep_random::{Purpose, Stream};

    use super::*;

    fn wavering(epochs: usize, slope: f64, seed: u64) -> Vec<f64> {
        let mut draws = Stream::new(seed, Purpose::Synthetic, 0, 0).draws();
        (0..epochs).map(|epoch| 0.6 + slope * epoch as f64 + 0.04 * (draws.uniform() - 0.5)).collect()
    }

    #[test]
    fn what_rises_is_told_from_what_wavers() {
        let rising = |slope| {
            (0..200).filter(move |seed| {
                Rise::at_the_end_of(&wavering(100, slope, *seed)).unwrap().is_more_than(0.005)
            })
        };
        assert!(rising(0.0).count() <= 10, "{}", rising(0.0).count());
        assert!(rising(0.001).count() >= 195, "{}", rising(0.001).count());
        assert_eq!(rising(-0.001).count(), 0);
    }

    #[test]
    fn a_line_rises_by_a_fifth_of_itself() {
        let line: Vec<f64> = (0..100).map(|epoch| f64::from(epoch) / 100.0).collect();
        let rise = Rise::at_the_end_of(&line).unwrap();
        assert!((rise.difference - 0.2).abs() < 1e-12 && rise.is_more_than(0.005), "{rise:?}");
        assert!(!Rise::at_the_end_of(&[0.5; 40]).unwrap().is_more_than(0.0));
        assert!(Rise::at_the_end_of(&[0.5; 19]).is_err());
    }
}
