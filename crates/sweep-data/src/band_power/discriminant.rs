//! Linear discriminant analysis with one covariance for all classes (Hastie, Tibshirani and Friedman, "The
//! elements of statistical learning", 2009, section 4.3). Knows nothing of signals.

use crate::DataError;

/// Added to the covariance's diagonal, as a share of its mean: enough to invert it where features repeat each
/// other.
const RIDGE: f64 = 1e-6;

/// A fitted discriminant: per class a weight vector and an offset.
pub(super) struct Discriminant {
    weights: Vec<Vec<f64>>,
    offsets: Vec<f64>,
}

impl Discriminant {
    /// Fits to features `[trial, feature]` with their classes.
    pub(super) fn fit(features: &[Vec<f64>], labels: &[u32], classes: usize) -> Result<Self, DataError> {
        let size = features.first().map_or(0, Vec::len);
        let impossible = |reason: String| DataError::NoDiscriminant { reason };
        if features.len() < size + classes {
            let trials = features.len();
            return Err(impossible(format!(
                "{trials} train trials are too few for {size} features and {classes} classes"
            )));
        }
        let (means, counts) = class_means(features, labels, classes, size);
        let mut covariance = vec![0.0; size * size];
        for (feature, label) in features.iter().zip(labels) {
            let mean = &means[*label as usize];
            for row in 0..size {
                for column in 0..size {
                    covariance[row * size + column] +=
                        (feature[row] - mean[row]) * (feature[column] - mean[column]);
                }
            }
        }
        let freedom = (features.len() - classes) as f64;
        covariance.iter_mut().for_each(|value| *value /= freedom);
        let trace: f64 = (0..size).map(|index| covariance[index * (size + 1)]).sum();
        (0..size).for_each(|index| covariance[index * (size + 1)] += RIDGE * trace / size as f64);
        let factor = cholesky(covariance, size)
            .ok_or_else(|| impossible("the band powers do not vary between trials".to_owned()))?;
        let weights: Vec<Vec<f64>> = means.iter().map(|mean| solve(&factor, mean)).collect();
        let offsets = (0..classes)
            .map(|class| {
                let half: f64 =
                    weights[class].iter().zip(&means[class]).map(|(w, m)| w * m).sum::<f64>() / 2.0;
                (counts[class] as f64 / features.len() as f64).ln() - half
            })
            .collect();
        Ok(Self { weights, offsets })
    }

    /// The most probable class.
    pub(super) fn class(&self, feature: &[f64]) -> u32 {
        let score = |class: usize| -> f64 {
            self.offsets[class] + self.weights[class].iter().zip(feature).map(|(w, x)| w * x).sum::<f64>()
        };
        let better = |best: usize, class: usize| if score(class) > score(best) { class } else { best };
        (1..self.weights.len()).fold(0, better) as u32
    }
}

fn class_means(
    features: &[Vec<f64>],
    labels: &[u32],
    classes: usize,
    size: usize,
) -> (Vec<Vec<f64>>, Vec<usize>) {
    let (mut means, mut counts) = (vec![vec![0.0; size]; classes], vec![0usize; classes]);
    for (feature, label) in features.iter().zip(labels) {
        counts[*label as usize] += 1;
        means[*label as usize].iter_mut().zip(feature).for_each(|(mean, value)| *mean += value);
    }
    for (mean, count) in means.iter_mut().zip(&counts) {
        mean.iter_mut().for_each(|value| *value /= (*count).max(1) as f64);
    }
    (means, counts)
}

/// The lower triangle L with L L' = `matrix`, row-major; `None` where it is not positive definite.
fn cholesky(mut matrix: Vec<f64>, size: usize) -> Option<Vec<f64>> {
    for row in 0..size {
        for column in 0..=row {
            let dot: f64 = (0..column).map(|k| matrix[row * size + k] * matrix[column * size + k]).sum();
            let rest = matrix[row * size + column] - dot;
            matrix[row * size + column] = if row > column {
                rest / matrix[column * size + column]
            } else if rest > 0.0 {
                rest.sqrt()
            } else {
                return None;
            };
        }
    }
    Some(matrix)
}

/// Solves L L' x = `right`.
fn solve(factor: &[f64], right: &[f64]) -> Vec<f64> {
    let size = right.len();
    let mut x = right.to_vec();
    for row in 0..size {
        let dot: f64 = (0..row).map(|k| factor[row * size + k] * x[k]).sum();
        x[row] = (x[row] - dot) / factor[row * size + row];
    }
    for row in (0..size).rev() {
        let dot: f64 = (row + 1..size).map(|k| factor[k * size + row] * x[k]).sum();
        x[row] = (x[row] - dot) / factor[row * size + row];
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cholesky_solves_a_known_system() {
        let factor = cholesky(vec![4.0, 0.0, 2.0, 3.0], 2).unwrap();
        // [[4, 2], [2, 3]] x = [8, 8] has the solution [1, 2].
        let x = solve(&factor, &[8.0, 8.0]);
        assert!((x[0] - 1.0).abs() < 1e-12 && (x[1] - 2.0).abs() < 1e-12, "{x:?}");
        assert!(cholesky(vec![1.0, 0.0, 2.0, 1.0], 2).is_none());
    }

    #[test]
    fn three_classes_on_a_line_are_told_apart_and_priors_count() {
        let centres = [0.0, 4.0, 8.0];
        let (mut features, mut labels) = (Vec::new(), Vec::new());
        for trial in 0..300usize {
            let class = trial % 3;
            features.push(vec![
                centres[class] + ((trial * 37 % 100) as f64 / 100.0 - 0.5),
                (trial * 53 % 97) as f64,
            ]);
            labels.push(class as u32);
        }
        let discriminant = Discriminant::fit(&features, &labels, 3).unwrap();
        assert!(features.iter().zip(&labels).all(|(feature, label)| discriminant.class(feature) == *label));
        assert_eq!(discriminant.class(&[1.8, 48.0]), 0);
        assert_eq!(discriminant.class(&[2.2, 48.0]), 1);
    }

    #[test]
    fn too_few_trials_and_constant_features_are_errors() {
        let fit =
            |features: &[Vec<f64>], labels: &[u32]| Discriminant::fit(features, labels, 2).err().unwrap();
        insta::assert_snapshot!(fit(&[vec![1.0, 2.0], vec![2.0, 1.0]], &[0, 1]), @"linear discriminant analysis is not possible on this data set: 2 train trials are too few for 2 features and 2 classes");
        insta::assert_snapshot!(fit(&vec![vec![1.0]; 8], &[0, 1, 0, 1, 0, 1, 0, 1]), @"linear discriminant analysis is not possible on this data set: the band powers do not vary between trials");
    }
}
