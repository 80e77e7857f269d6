//! How sure a share is: of so many trials, so many correct.

use super::{Interval, StatisticsError, distributions::normal_quantile, error::check_count};

/// Wilson's score interval of the share `successes` / `trials` at `level` (E. B. Wilson, "Probable inference, the law of
/// succession, and statistical inference", JASA 22, 1927; without continuity correction, method 3 of Newcombe, "Two-sided
/// confidence intervals for the single proportion", Statistics in Medicine 17, 1998). It stays within 0 and 1, and holds at
/// the ends too: 0 of n has a lower end of exactly 0, n of n an upper end of exactly 1.
///
/// # Errors
/// Where there is no trial, `successes` exceeds `trials`, or `level` is not between 0 and 1.
pub fn wilson_interval(successes: u64, trials: u64, level: f64) -> Result<Interval, StatisticsError> {
    check_count(trials as usize, 1)?;
    if successes > trials {
        return Err(StatisticsError::OutOfRange { name: "successes", value: successes as f64 });
    }
    let z = normal_quantile(level)?;
    let (count, share) = (trials as f64, successes as f64 / trials as f64);
    let scale = 1.0 + z * z / count;
    let center = (share + z * z / (2.0 * count)) / scale;
    let variance = share * (1.0 - share) / count + z * z / (4.0 * count * count);
    let half_width = z * variance.sqrt() / scale;
    Ok(Interval {
        low: if successes == 0 { 0.0 } else { (center - half_width).max(0.0) },
        high: if successes == trials { 1.0 } else { (center + half_width).min(1.0) },
    })
}
