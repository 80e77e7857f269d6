//! The area under the ROC curve: how well scores order trials, whatever the threshold.

use super::{
    Interval, StatisticsError,
    distributions::normal_quantile,
    error::{check_class, check_count, check_finite, check_lengths},
    ranks::Ranks,
};

/// The area under a ROC curve, and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Auc {
    /// Probability that a trial of the class has a higher score than one of no such class, equal scores counting one half:
    /// 0.5 for scores that say nothing, 1 where all are in order.
    pub area: f64,
    /// DeLong's standard error; `None` where either side has a single trial.
    pub standard_error: Option<f64>,
    /// area -+ z standard errors, within 0 and 1; `None` where the standard error is 0 or unknown, as where all are in
    /// order.
    pub interval: Option<Interval>,
}

/// A deviation of placements below this is what rounding leaves of 0.
const NO_DEVIATION: f64 = 1e-14;

/// The area under the ROC curve of `scores`, whose trials belong to the class where `is_of_class` says so, with an interval
/// at `level`. The area is that of Mann and Whitney, by midranks (Hanley and McNeil, "The meaning and use of the area under
/// a receiver operating characteristic curve", Radiology 143, 1982); the standard error is that of DeLong, DeLong and
/// Clarke-Pearson ("Comparing the areas under two or more correlated ROC curves: a nonparametric approach", Biometrics 44,
/// 1988), computed by ranks as in Sun and Xu (IEEE Signal Processing Letters 21, 2014).
///
/// # Errors
/// Where the lists differ in length, a score is not finite, no trial or every trial is of the class, or `level` is not
/// between 0 and 1.
pub fn roc_auc(scores: &[f64], is_of_class: &[bool], level: f64) -> Result<Auc, StatisticsError> {
    check_lengths(scores.len(), is_of_class.len())?;
    check_finite(scores)?;
    let z = normal_quantile(level)?;
    let side = |wanted: bool| -> Vec<f64> {
        scores.iter().zip(is_of_class).filter(|(_, is)| **is == wanted).map(|(score, _)| *score).collect()
    };
    let (inside, outside) = (side(true), side(false));
    if inside.is_empty() || outside.is_empty() {
        return Err(StatisticsError::OneSidedClass { class: 1 });
    }
    let among_all = Ranks::of(&[inside.as_slice(), &outside].concat()).doubled;
    let (of_inside, of_outside) = among_all.split_at(inside.len());
    // Of each trial of the class the share of others below it, of each other the share of the class's trials above it.
    let above = placements(of_inside, &Ranks::of(&inside).doubled, outside.len());
    let below = placements(of_outside, &Ranks::of(&outside).doubled, inside.len());
    // From whole numbers: the sum of the doubled ranks, less what they have among themselves.
    let (first, second) = (inside.len() as f64, outside.len() as f64);
    let rank_sum = of_inside.iter().sum::<u64>() as f64 / 2.0;
    let area = (rank_sum - first * (first + 1.0) / 2.0) / (first * second);
    let standard_error = match (variance_of_mean(&above), variance_of_mean(&below)) {
        (Some(above), Some(below)) => Some((above + below).sqrt()),
        _ => None,
    };
    let interval =
        standard_error.filter(|error| *error > 0.0).map(|error| Interval::around(area, z * error, 0.0, 1.0));
    Ok(Auc { area, standard_error, interval })
}

/// The mean area under the ROC curves of each class against all others, each class counting alike. `scores` are `[trial,
/// class]`, comparable across trials: log odds or probabilities, not bare logits.
///
/// # Errors
/// As [`roc_auc`]; where a label is not below `classes`, or a class has no trial.
pub fn macro_auc(scores: &[f64], labels: &[usize], classes: usize) -> Result<f64, StatisticsError> {
    check_count(classes, 2)?;
    check_lengths(scores.len(), labels.len() * classes)?;
    for label in labels {
        check_class(*label, classes)?;
    }
    let mut sum = 0.0;
    for class in 0..classes {
        let of_class: Vec<f64> = scores.iter().skip(class).step_by(classes).copied().collect();
        let is_of_class: Vec<bool> = labels.iter().map(|label| *label == class).collect();
        let auc = roc_auc(&of_class, &is_of_class, 0.95).map_err(|error| match error {
            StatisticsError::OneSidedClass { .. } => StatisticsError::OneSidedClass { class },
            other => other,
        })?;
        sum += auc.area;
    }
    Ok(sum / classes as f64)
}

/// The share of the `others` below each value, equal ones by half, from doubled ranks among all and among the value's own.
fn placements(among_all: &[u64], among_own: &[u64], others: usize) -> Vec<f64> {
    let pairs = among_all.iter().zip(among_own);
    pairs.map(|(all, own)| (all - own) as f64 / 2.0 / others as f64).collect()
}

/// The estimated variance of the mean of `values`; `None` for a single one.
fn variance_of_mean(values: &[f64]) -> Option<f64> {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values
        .iter()
        .map(|value| value - mean)
        .filter(|gap| gap.abs() > NO_DEVIATION)
        .map(|gap| gap * gap)
        .sum();
    (values.len() > 1).then(|| squares / (count - 1.0) / count)
}
