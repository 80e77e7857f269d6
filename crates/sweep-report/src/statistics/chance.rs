//! What guessing achieves, and how many correct trials are better than that.

use super::{
    StatisticsError,
    distributions::binomial_upper_tail,
    error::{check_count, check_inside},
};

/// The fewest correct trials that guessing reaches too rarely to be taken for guessing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChanceThreshold {
    /// Correct trials; fewer are not better than chance.
    pub correct: u64,
    /// Their share of all trials.
    pub accuracy: f64,
    /// Probability that guessing has so many correct, or more.
    pub p_value: f64,
}

/// The accuracy of guessing each of `classes` equally often: 1 / classes.
///
/// # Errors
/// Where there are fewer than 2 classes.
pub fn uniform_chance(classes: usize) -> Result<f64, StatisticsError> {
    check_count(classes, 2)?;
    Ok(1.0 / classes as f64)
}

/// The accuracy of always naming the largest class, from the number of trials of each class: what to beat where classes are
/// not of one size.
///
/// # Errors
/// Where fewer than 2 classes have a trial.
pub fn majority_chance(trials_of_classes: &[u64]) -> Result<f64, StatisticsError> {
    let classes = trials_of_classes.iter().filter(|trials| **trials > 0).count();
    check_count(classes, 2)?;
    let largest = trials_of_classes.iter().copied().max().unwrap_or(0);
    let all: f64 = trials_of_classes.iter().map(|trials| *trials as f64).sum();
    Ok(largest as f64 / all)
}

/// Probability that guessing, which is right with probability `chance`, has at least `correct` of `trials` right: the
/// one-sided binomial test.
///
/// # Errors
/// Where there is no trial or more than a million, `correct` exceeds `trials`, or `chance` is not between 0 and 1.
pub fn p_value_against_chance(correct: u64, trials: u64, chance: f64) -> Result<f64, StatisticsError> {
    check_count(trials as usize, 1)?;
    if correct > trials {
        return Err(StatisticsError::OutOfRange { name: "correct trials", value: correct as f64 });
    }
    binomial_upper_tail(correct, trials, chance)
}

/// The smallest number of correct trials whose p-value is below `significance` (0.05); `None` where even all correct are no
/// proof, as with 4 trials of 2 classes. Combrisson and Jerbi (J. Neurosci. Methods 250, 2015) print
/// the largest number that is not enough, one less than this.
///
/// # Errors
/// As [`p_value_against_chance`], and where `significance` is not between 0 and 1.
pub fn chance_threshold(
    trials: u64,
    chance: f64,
    significance: f64,
) -> Result<Option<ChanceThreshold>, StatisticsError> {
    check_inside("significance", significance)?;
    if p_value_against_chance(trials, trials, chance)? >= significance {
        return Ok(None);
    }
    // The p-value falls with the number of correct trials: that of `short` is never enough, that of `enough` always.
    let (mut short, mut enough) = (0, trials);
    while enough - short > 1 {
        let middle = short + (enough - short) / 2;
        if p_value_against_chance(middle, trials, chance)? < significance {
            enough = middle;
        } else {
            short = middle;
        }
    }
    let p_value = p_value_against_chance(enough, trials, chance)?;
    Ok(Some(ChanceThreshold { correct: enough, accuracy: enough as f64 / trials as f64, p_value }))
}
