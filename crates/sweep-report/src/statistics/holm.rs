//! P-values of several questions at once, so that one false answer among all stays rare.

use super::StatisticsError;

/// Holm's adjusted p-values, in the order of `p_values` ("A simple sequentially rejective multiple test procedure",
/// Scandinavian Journal of Statistics 6, 1979): the smallest times m, the next times m - 1, and so on, none below the one
/// before, none above 1. Whatever is adjusted to below 0.05 may be called significant: the probability of any false call is
/// at most 0.05, however the questions hang together.
///
/// # Errors
/// Where one is not from 0 to 1.
pub fn holm_adjusted(p_values: &[f64]) -> Result<Vec<f64>, StatisticsError> {
    for value in p_values.iter().copied() {
        if !(0.0..=1.0).contains(&value) {
            return Err(StatisticsError::OutOfRange { name: "p-value", value });
        }
    }
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|left, right| p_values[*left].total_cmp(&p_values[*right]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut before = 0.0_f64;
    for (step, place) in order.into_iter().enumerate() {
        let remaining = (p_values.len() - step) as f64;
        before = before.max(remaining * p_values[place]).min(1.0);
        adjusted[place] = before;
    }
    Ok(adjusted)
}
