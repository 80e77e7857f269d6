//! Whether paired values differ in their mean: the exact test by all signs of the differences.

use super::{
    StatisticsError,
    error::{check_count, check_finite, finite},
};

/// More pairs than this are refused: 2^30 signs are counted by two lists of 2^15 sums.
pub const MOST_PAIRS: usize = 30;

/// Sums closer than so many units in the last place of the sum of magnitudes are equal.
const UNITS: f64 = 64.0;

/// The outcome of the test by signs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignFlip {
    /// How many pairs there are.
    pub pairs: usize,
    /// The mean difference.
    pub mean_difference: f64,
    /// Two-sided: share of all 2^n signs whose mean is at least so far from 0. The observed signs are one of them, so it is
    /// never 0.
    pub p_value: f64,
}

/// Fisher's test of the mean of paired differences ("The Design of Experiments", 1935, section 21): were both equally good,
/// each difference would be as likely of either sign. All 2^n signs are counted, none is drawn.
///
/// # Errors
/// Where there is no pair or more than [`MOST_PAIRS`], or a difference or their sum is not finite.
pub fn sign_flip_test(differences: &[f64]) -> Result<SignFlip, StatisticsError> {
    let pairs = differences.len();
    check_count(pairs, 1)?;
    check_finite(differences)?;
    if pairs > MOST_PAIRS {
        return Err(StatisticsError::TooMany { has: pairs as u64, most: MOST_PAIRS as u64 });
    }
    let magnitudes = finite(differences.iter().map(|difference| difference.abs()).sum())?;
    let sum: f64 = differences.iter().sum();
    let far = sum.abs() - UNITS * f64::EPSILON * magnitudes;
    let as_far = if far > 0.0 { signs_beyond(differences, far) } else { 1 << pairs };
    let p_value = as_far as f64 / (1_u64 << pairs) as f64;
    Ok(SignFlip { pairs, mean_difference: sum / pairs as f64, p_value })
}

/// How many signs of the differences have a sum that is at least `far` from 0; `far` is above 0.
fn signs_beyond(differences: &[f64], far: f64) -> u64 {
    let (first, second) = differences.split_at(differences.len() / 2);
    let (first, mut second) = (signed_sums(first), signed_sums(second));
    second.sort_by(f64::total_cmp);
    let beyond = |start: &f64| {
        let above = second.len() - second.partition_point(|sum| start + sum < far);
        let below = second.partition_point(|sum| start + sum <= -far);
        (above + below) as u64
    };
    first.iter().map(beyond).sum()
}

/// The sums of `values` with all signs.
fn signed_sums(values: &[f64]) -> Vec<f64> {
    values.iter().fold(vec![0.0], |sums, value| {
        sums.iter().map(|sum| sum + value).chain(sums.iter().map(|sum| sum - value)).collect()
    })
}
