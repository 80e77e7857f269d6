//! Whether two networks that were tested on the same trials differ in accuracy: McNemar's test.

use super::{
    Interval, StatisticsError,
    distributions::{binomial_lower_tail, chi_squared_tail},
    error::{check_count, check_lengths},
    newcombe::paired_difference_interval,
};

/// With fewer trials that only one of both recognises than this, the p-value is exact; from here on by chi-squared.
const EXACT_BELOW: u64 = 25;

/// How many trials both, one or none of two networks recognise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PairedCounts {
    /// Trials that both recognise, a.
    pub both: u64,
    /// Trials that only the first recognises, b.
    pub only_first: u64,
    /// Trials that only the second recognises, c.
    pub only_second: u64,
    /// Trials that none recognises, d.
    pub neither: u64,
}

/// How a p-value was computed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum McnemarMethod {
    /// From the binomial distribution.
    Exact,
    /// From chi-squared with one degree of freedom.
    ChiSquared {
        /// The statistic with Edwards' continuity correction.
        statistic: f64,
    },
}

/// The outcome of McNemar's test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mcnemar {
    /// How the p-value was computed.
    pub method: McnemarMethod,
    /// Two-sided: probability of counts that differ at least so much, were both networks equally good. 1 where no trial
    /// tells them apart.
    pub p_value: f64,
    /// Of the trials that tell them apart, those for the first to one for the second; `None` where none is for the second.
    pub odds_ratio: Option<f64>,
    /// Accuracy of the first less that of the second.
    pub difference: f64,
    /// Newcombe's interval of the difference.
    pub interval: Interval,
}

impl PairedCounts {
    /// The counts of two networks, from whether each recognised each trial, the same trials in the same order.
    ///
    /// # Errors
    /// Where the lists differ in length.
    pub fn new(first: &[bool], second: &[bool]) -> Result<Self, StatisticsError> {
        check_lengths(first.len(), second.len())?;
        let count = |of_first: bool, of_second: bool| {
            let pairs = first.iter().zip(second);
            pairs.filter(|(first, second)| **first == of_first && **second == of_second).count() as u64
        };
        Ok(Self {
            both: count(true, true),
            only_first: count(true, false),
            only_second: count(false, true),
            neither: count(false, false),
        })
    }

    /// The number of trials.
    pub fn trials(&self) -> u64 {
        self.both + self.only_first + self.only_second + self.neither
    }
}

/// McNemar's test ("Note on the sampling error of the difference between correlated proportions or percentages",
/// Psychometrika 12, 1947): only the trials that one of both recognises count. Of fewer than 25 the p-value is the exact
/// binomial one, else it comes from chi-squared with the correction of Edwards (Psychometrika 13, 1948):
/// max(|b - c| - 1, 0)^2 / (b + c), which is 0 for b = c. The interval of the difference has `level`.
///
/// # Errors
/// Where there is no trial, or `level` is not between 0 and 1.
pub fn mcnemar(counts: &PairedCounts, level: f64) -> Result<Mcnemar, StatisticsError> {
    check_count(counts.trials() as usize, 1)?;
    let (only_first, only_second) = (counts.only_first, counts.only_second);
    let apart = only_first + only_second;
    let (method, p_value) = if apart < EXACT_BELOW {
        let tail = binomial_lower_tail(only_first.min(only_second), apart, 0.5)?;
        (McnemarMethod::Exact, (2.0 * tail).min(1.0))
    } else {
        let gap = only_first.abs_diff(only_second).saturating_sub(1) as f64;
        let statistic = gap * gap / apart as f64;
        (McnemarMethod::ChiSquared { statistic }, chi_squared_tail(statistic))
    };
    Ok(Mcnemar {
        method,
        p_value,
        odds_ratio: (only_second > 0).then(|| only_first as f64 / only_second as f64),
        difference: (only_first as f64 - only_second as f64) / counts.trials() as f64,
        interval: paired_difference_interval(counts, level)?,
    })
}
