//! Cohen's kappa: agreement beyond what the sizes of the classes alone would give.

use super::{Interval, StatisticsError, confusion::ConfusionMatrix, distributions::normal_quantile};

/// Cohen's kappa of a confusion matrix, and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kappa {
    /// 1 where all agree, 0 where no more do than by chance, below 0 where fewer do.
    pub kappa: f64,
    /// The large-sample standard error.
    pub standard_error: f64,
    /// kappa -+ z standard errors, within -1 and 1; `None` where the standard error is 0, as where all agree: the formula
    /// then claims a certainty that no number of trials has.
    pub interval: Option<Interval>,
}

/// A variance below this is what rounding leaves of 0; variances of real matrices are near 1 / trials.
const NO_VARIANCE: f64 = 1e-14;

/// Cohen's kappa of `matrix` with an interval at `level` (Cohen, "A coefficient of agreement for nominal scales", 1960),
/// with the standard error of Fleiss, Cohen and Everitt ("Large sample standard errors of kappa and weighted kappa",
/// Psychological Bulletin 72, 1969, for unweighted kappa).
///
/// # Errors
/// Where all labels and predictions are of one class, so that chance alone agrees everywhere, or `level` is not between 0
/// and 1.
pub fn cohens_kappa(matrix: &ConfusionMatrix, level: f64) -> Result<Kappa, StatisticsError> {
    let z = normal_quantile(level)?;
    let trials = matrix.trials() as f64;
    let shares =
        |counts: Vec<u64>| -> Vec<f64> { counts.iter().map(|count| *count as f64 / trials).collect() };
    let (of_label, of_prediction) =
        (shares(matrix.trials_of_classes()), shares(matrix.predicted_of_classes()));
    let agreed = matrix.accuracy();
    let by_chance: f64 =
        of_label.iter().zip(&of_prediction).map(|(label, predicted)| label * predicted).sum();
    if of_label.iter().zip(&of_prediction).any(|(label, predicted)| *label == 1.0 && *predicted == 1.0) {
        return Err(StatisticsError::NoSpread);
    }
    let kappa = (agreed - by_chance) / (1.0 - by_chance);
    let mut variance = -(kappa - by_chance * (1.0 - kappa)).powi(2);
    for label in 0..matrix.classes() {
        for predicted in 0..matrix.classes() {
            let share = matrix.count(label, predicted) as f64 / trials;
            variance += if label == predicted {
                share * (1.0 - (of_label[label] + of_prediction[label]) * (1.0 - kappa)).powi(2)
            } else {
                share * (of_prediction[label] + of_label[predicted]).powi(2) * (1.0 - kappa).powi(2)
            };
        }
    }
    let standard_error =
        if variance < NO_VARIANCE { 0.0 } else { (variance / trials).sqrt() / (1.0 - by_chance) };
    let interval = (standard_error > 0.0).then(|| Interval::around(kappa, z * standard_error, -1.0, 1.0));
    Ok(Kappa { kappa, standard_error, interval })
}
