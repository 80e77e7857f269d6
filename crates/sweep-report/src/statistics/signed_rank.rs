//! Whether paired values differ: Wilcoxon's signed-rank test.

use super::{
    StatisticsError,
    distributions::normal_two_sided,
    error::{check_count, check_finite},
    ranks::Ranks,
};

/// Up to so many pairs that differ the p-value is exact.
pub const EXACT_PAIRS: usize = 50;

/// How a p-value was computed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SignedRankMethod {
    /// From all 2^n signs of the ranks at hand, ties included.
    Exact,
    /// From the normal distribution, with the variance that the ties leave and no continuity correction.
    Normal {
        /// The standardised rank sum.
        z: f64,
    },
}

/// The outcome of Wilcoxon's signed-rank test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignedRank {
    /// How many pairs differ; the others have no part in the test.
    pub differing: usize,
    /// Sum of the ranks of the pairs whose difference is above 0.
    pub positive_ranks: f64,
    /// Sum of the ranks of the pairs whose difference is below 0.
    pub negative_ranks: f64,
    /// How the p-value was computed.
    pub method: SignedRankMethod,
    /// Two-sided: probability of rank sums at least so far apart, were each difference as likely of either sign. 1 where no
    /// pair differs.
    pub p_value: f64,
    /// The effect: matched-pairs rank-biserial correlation, from -1 (all below 0) to 1 (all above); `None` where no pair
    /// differs.
    pub rank_biserial: Option<f64>,
}

/// Wilcoxon's signed-rank test ("Individual comparisons by ranking methods", Biometrics Bulletin 1, 1945) of the
/// differences of pairs, best from `paired_differences`. Zeros are dropped, as Wilcoxon did; equal magnitudes share their
/// mean rank. The effect is Kerby's ("The simple difference formula", Comprehensive Psychology 3, 2014).
///
/// # Errors
/// Where there is no pair, or a difference is not finite.
pub fn signed_rank_test(differences: &[f64]) -> Result<SignedRank, StatisticsError> {
    check_count(differences.len(), 1)?;
    check_finite(differences)?;
    let differing: Vec<f64> = differences.iter().copied().filter(|difference| *difference != 0.0).collect();
    let ranks = Ranks::of(&differing.iter().map(|difference| difference.abs()).collect::<Vec<_>>());
    let sum_of = |sign: f64| -> u64 {
        let pairs = differing.iter().zip(&ranks.doubled);
        pairs.filter(|(difference, _)| **difference * sign > 0.0).map(|(_, rank)| rank).sum()
    };
    let (positive, negative) = (sum_of(1.0), sum_of(-1.0));
    let (method, p_value) = if differing.len() <= EXACT_PAIRS {
        (SignedRankMethod::Exact, exact_p_value(&ranks.doubled, positive.min(negative)))
    } else {
        let z = standardised(positive, &ranks);
        (SignedRankMethod::Normal { z }, normal_two_sided(z))
    };
    let all = (positive + negative) as f64;
    Ok(SignedRank {
        differing: differing.len(),
        positive_ranks: positive as f64 / 2.0,
        negative_ranks: negative as f64 / 2.0,
        method,
        p_value,
        rank_biserial: (!differing.is_empty()).then(|| (positive as f64 - negative as f64) / all),
    })
}

/// The smallest two-sided p-value that a test of signs, ranked or not, can reach with so many pairs: 2 of 2^n signs. Of 5
/// pairs it is 0.0625, so that no difference of theirs, however large, is significant at 5 %.
pub fn smallest_p_value(pairs: usize) -> f64 {
    0.5_f64.powf(pairs as f64 - 1.0).min(1.0)
}

/// Twice the share of the signs whose rank sum is at most `smaller`. All numbers are doubled ranks; counts stay below 2^51.
fn exact_p_value(doubled: &[u64], smaller: u64) -> f64 {
    let total: u64 = doubled.iter().sum();
    let mut ways = vec![0_u64; total as usize + 1];
    ways[0] = 1;
    for rank in doubled.iter().map(|rank| *rank as usize) {
        // From above, so that each rank is taken once.
        for sum in (rank..ways.len()).rev() {
            ways[sum] += ways[sum - rank];
        }
    }
    let as_far: u64 = ways[..=smaller as usize].iter().sum();
    (as_far as f64 * smallest_p_value(doubled.len())).min(1.0)
}

/// How many standard deviations the sum of the positive ranks lies above what is expected (Lehmann, "Nonparametrics", 1975,
/// chapter 3: ties lessen the variance n (n + 1) (2n + 1) / 24 by the sum of (t^3 - t) / 48).
fn standardised(positive: u64, ranks: &Ranks) -> f64 {
    let count = ranks.doubled.len() as f64;
    let expected = count * (count + 1.0) / 4.0;
    let variance = count * (count + 1.0) * (2.0 * count + 1.0) / 24.0 - ranks.tie_term() / 48.0;
    (positive as f64 / 2.0 - expected) / variance.sqrt()
}
