//! Whether two groups differ in their mean: the exact test by all ways to deal the values out again.

use super::{
    StatisticsError,
    error::{check_count, check_finite, finite},
    mann_whitney::{MannWhitney, mann_whitney_test},
    spread::Spread,
};

/// Up to so many ways to deal the values out are counted: two groups of 10, or 5 and 31.
pub const MOST_ARRANGEMENTS: u64 = 200_000;

/// Sums closer than so many units in the last place of the sum of magnitudes are equal.
const UNITS: f64 = 64.0;

/// How a p-value was computed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RegroupingMethod {
    /// All ways to deal the values out were counted.
    Exact {
        /// How many they are.
        arrangements: u64,
    },
    /// There are too many of them: the p-value is that of the rank-sum test, which compares ranks and not means.
    MannWhitney(MannWhitney),
}

/// The outcome of the test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Regrouping {
    /// Mean of the first group less that of the second.
    pub difference: f64,
    /// How the p-value was computed.
    pub method: RegroupingMethod,
    /// Two-sided: where exact, the share of all arrangements whose means differ at least so much; the observed one is among
    /// them.
    pub p_value: f64,
}

/// The permutation test of the difference of two means (Pitman, "Significance tests which may be applied to samples from
/// any populations", J. Royal Statistical Society supplement 4, 1937), exact up to [`MOST_ARRANGEMENTS`], else the rank-sum
/// test.
///
/// # Errors
/// Where a group is empty, or a value or the sum of all is not finite.
pub fn regrouping_test(first: &[f64], second: &[f64]) -> Result<Regrouping, StatisticsError> {
    check_count(first.len().min(second.len()), 1)?;
    let all = [first, second].concat();
    check_finite(&all)?;
    let difference = finite(Spread::of(first)?.mean - Spread::of(second)?.mean)?;
    let fewer = first.len().min(second.len());
    let Some(arrangements) = combinations(all.len() as u64, fewer as u64) else {
        let test = mann_whitney_test(first, second)?;
        return Ok(Regrouping {
            difference,
            method: RegroupingMethod::MannWhitney(test),
            p_value: test.p_value,
        });
    };
    // With the mean of all taken off, the means differ the more, the farther the sum of either group is from 0.
    let mean = Spread::of(&all)?.mean;
    let centered: Vec<f64> = all.iter().map(|value| value - mean).collect();
    let smaller = if first.len() == fewer { &centered[..first.len()] } else { &centered[first.len()..] };
    let magnitudes = finite(centered.iter().map(|value| value.abs()).sum())?;
    let rounding = UNITS * f64::EPSILON * (magnitudes + mean.abs());
    let far = smaller.iter().sum::<f64>().abs() - rounding;
    let p_value = groups_beyond(&centered, fewer, 0.0, far) as f64 / arrangements as f64;
    Ok(Regrouping { difference, method: RegroupingMethod::Exact { arrangements }, p_value })
}

/// How many ways there are to choose `chosen` of `all`; `None` where they are too many to count through.
fn combinations(all: u64, chosen: u64) -> Option<u64> {
    let mut ways = 1_u64;
    for step in 1..=chosen {
        // The product of `step` successive numbers is divisible by `step`. Up to half of all, the ways only grow.
        ways = ways.checked_mul(all - chosen + step)? / step;
        if ways > MOST_ARRANGEMENTS {
            return None;
        }
    }
    Some(ways)
}

/// How many choices of `missing` of `values`, added to `sum`, are at least `far` from 0.
fn groups_beyond(values: &[f64], missing: usize, sum: f64, far: f64) -> u64 {
    if missing == 0 {
        return u64::from(sum.abs() >= far);
    }
    let firsts = 0..=values.len() - missing;
    firsts.map(|first| groups_beyond(&values[first + 1..], missing - 1, sum + values[first], far)).sum()
}
