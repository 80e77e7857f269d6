//! Differences of values that belong together in pairs, such as the accuracies of two networks with the same seeds.

use super::{
    StatisticsError,
    error::{check_finite, check_lengths},
};

/// Magnitudes closer than so many units in the last place of the largest value are equal: that is what rounding of shares
/// and of their differences leaves.
const UNITS: f64 = 16.0;

/// First less second of each pair, without the noise of rounding: 0.8 - 0.7 and 0.9 - 0.8 are the same, although doubles
/// differ in the last place. Tests by ranks would else take ties for an order.
///
/// # Errors
/// Where the lists differ in length, or a value or difference is not finite.
pub fn paired_differences(first: &[f64], second: &[f64]) -> Result<Vec<f64>, StatisticsError> {
    check_lengths(first.len(), second.len())?;
    check_finite(first)?;
    check_finite(second)?;
    let mut differences: Vec<f64> = first.iter().zip(second).map(|(first, second)| first - second).collect();
    check_finite(&differences)?;
    let largest = first.iter().chain(second).fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let tolerance = UNITS * f64::EPSILON * largest;
    let mut order: Vec<usize> = (0..differences.len()).collect();
    order.sort_by(|left, right| differences[*left].abs().total_cmp(&differences[*right].abs()));
    // Each magnitude becomes the smallest one that it cannot be told from, the first of them 0.
    let mut smallest = 0.0;
    for place in order {
        let magnitude = differences[place].abs();
        if magnitude - smallest > tolerance {
            smallest = magnitude;
        }
        differences[place] = if smallest == 0.0 { 0.0 } else { smallest.copysign(differences[place]) };
    }
    Ok(differences)
}
