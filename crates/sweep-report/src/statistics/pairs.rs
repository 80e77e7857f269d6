//! All pairs of several settings, compared by one test, with p-values that know how many questions were asked.

use super::{StatisticsError, holm::holm_adjusted};

/// The comparison of two settings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairComparison<Outcome> {
    /// Place of the first setting.
    pub first: usize,
    /// Place of the second setting, after the first.
    pub second: usize,
    /// What the test says of both.
    pub outcome: Outcome,
    /// The p-value of this comparison, adjusted by Holm for all of them.
    pub adjusted_p_value: f64,
}

/// Compares each of `settings` with each that follows it by `test`, and adjusts the p-values that `p_value` reads from the
/// outcomes.
///
/// # Errors
/// The first that `test` returns, or where a p-value is not from 0 to 1.
pub fn compare_all_pairs<Setting, Outcome>(
    settings: &[Setting],
    test: impl Fn(&Setting, &Setting) -> Result<Outcome, StatisticsError>,
    p_value: impl Fn(&Outcome) -> f64,
) -> Result<Vec<PairComparison<Outcome>>, StatisticsError> {
    let places =
        (0..settings.len()).flat_map(|first| (first + 1..settings.len()).map(move |second| (first, second)));
    let mut outcomes = Vec::new();
    for (first, second) in places {
        outcomes.push((first, second, test(&settings[first], &settings[second])?));
    }
    let adjusted =
        holm_adjusted(&outcomes.iter().map(|(_, _, outcome)| p_value(outcome)).collect::<Vec<_>>())?;
    let pairs = outcomes.into_iter().zip(adjusted);
    Ok(pairs
        .map(|((first, second, outcome), adjusted_p_value)| PairComparison {
            first,
            second,
            outcome,
            adjusted_p_value,
        })
        .collect())
}
