//! How sure the difference of two accuracies on the same trials is.

use super::{Interval, StatisticsError, mcnemar::PairedCounts, wilson::wilson_interval};

/// Newcombe's interval of the difference of two paired shares at `level`: the squares of Wilson's two margins, added with
/// the correlation of both ("Improved confidence intervals for the difference between binomial proportions based on paired
/// data", Statistics in Medicine 17, 1998, method 10, with its continuity correction of the correlation). It lies within -1
/// and 1, and has a width also where both networks recognise the same trials.
///
/// # Errors
/// Where there is no trial, or `level` is not between 0 and 1.
pub fn paired_difference_interval(counts: &PairedCounts, level: f64) -> Result<Interval, StatisticsError> {
    let trials = counts.trials();
    let (of_first, of_second) = (counts.both + counts.only_first, counts.both + counts.only_second);
    let (first_interval, second_interval) =
        (wilson_interval(of_first, trials, level)?, wilson_interval(of_second, trials, level)?);
    let (first, second) = (of_first as f64 / trials as f64, of_second as f64 / trials as f64);
    let correlation = correlation(counts);
    let added = |of_first: f64, of_second: f64| {
        (of_first * of_first - 2.0 * correlation * of_first * of_second + of_second * of_second)
            .max(0.0)
            .sqrt()
    };
    let difference = (counts.only_first as f64 - counts.only_second as f64) / trials as f64;
    Ok(Interval {
        low: (difference - added(first - first_interval.low, second_interval.high - second)).max(-1.0),
        high: (difference + added(first_interval.high - first, second - second_interval.low)).min(1.0),
    })
}

/// The correlation phi of being recognised by both; 0 where one of them recognises all or none.
fn correlation(counts: &PairedCounts) -> f64 {
    let [both, only_first, only_second, neither] =
        [counts.both, counts.only_first, counts.only_second, counts.neither].map(|count| count as f64);
    let margins =
        (both + only_first) * (only_second + neither) * (both + only_second) * (only_first + neither);
    let product = both * neither - only_first * only_second;
    let corrected = if product > 0.0 { (product - counts.trials() as f64 / 2.0).max(0.0) } else { product };
    if margins > 0.0 { corrected / margins.sqrt() } else { 0.0 }
}
