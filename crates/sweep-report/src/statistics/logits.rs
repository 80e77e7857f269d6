//! From logits, or other scores of shape `[trial, class]`, to predicted classes and to one score a class.

use super::{
    StatisticsError,
    error::{check_count, check_finite, check_lengths},
};

/// The predicted class of each trial: the one with the greatest of its logits; of equal ones the first. `logits` are
/// `[trial, class]`, row by row.
///
/// # Errors
/// Where there are fewer than 2 classes, a row is incomplete, or a logit is not finite.
pub fn predicted_classes(logits: &[f64], classes: usize) -> Result<Vec<usize>, StatisticsError> {
    Ok(rows(logits, classes)?.map(greatest).collect())
}

/// Log odds of each class against all others, `[trial, class]`: logit minus the logarithm of the sum of the others'
/// exponentials. They order trials as the softmax probabilities do, and unlike these never round to 1; of two classes they
/// are the difference of the logits. These, not the logits, are the scores of a ROC curve: a logit alone has no meaning
/// across trials.
///
/// # Errors
/// As [`predicted_classes`], and where a difference of logits is not finite.
pub fn log_odds(logits: &[f64], classes: usize) -> Result<Vec<f64>, StatisticsError> {
    let mut odds = Vec::with_capacity(logits.len());
    for row in rows(logits, classes)? {
        odds.extend((0..classes).map(|class| row[class] - log_sum_of_others(row, class)));
    }
    check_finite(&odds)?;
    Ok(odds)
}

fn rows(logits: &[f64], classes: usize) -> Result<std::slice::ChunksExact<'_, f64>, StatisticsError> {
    check_count(classes, 2)?;
    check_finite(logits)?;
    let rows = logits.chunks_exact(classes);
    check_lengths(logits.len(), rows.len() * classes)?;
    Ok(rows)
}

fn greatest(row: &[f64]) -> usize {
    let mut best = 0;
    for (class, logit) in row.iter().enumerate() {
        if *logit > row[best] {
            best = class;
        }
    }
    best
}

fn log_sum_of_others(row: &[f64], class: usize) -> f64 {
    let others = || row.iter().enumerate().filter(|(other, _)| *other != class).map(|(_, logit)| *logit);
    let greatest = others().fold(f64::NEG_INFINITY, f64::max);
    greatest + others().map(|logit| (logit - greatest).exp()).sum::<f64>().ln()
}
