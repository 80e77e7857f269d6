//! Smoothed lines, and the words for how they came about. It knows no drawing.

/// How a line is smoothed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Smoothing {
    /// The line goes through the values themselves.
    None,
    /// The mean of this many neighbouring epochs, centred; of those that there are towards both ends.
    MovingAverage {
        /// Rounded up to an odd number.
        epochs: u32,
    },
    /// An exponential moving average without the bias of its start: the share of what was before, 0 to 0.999 (Kingma and Ba, 2015,
    /// section 3, correct a mean of this kind in the same way).
    Exponential {
        /// The share.
        weight: f64,
    },
}

impl Smoothing {
    /// The smoothed values, as many as there are.
    pub(crate) fn of(self, values: &[f64]) -> Vec<f64> {
        match self {
            Self::None => values.to_vec(),
            Self::MovingAverage { epochs } => moving_average(values, epochs as usize / 2),
            Self::Exponential { weight } => exponential(values, share(weight)),
        }
    }

    /// A sentence for the caption; `None` where nothing is smoothed.
    pub(crate) fn sentence(self) -> Option<String> {
        let how = match self {
            Self::None => return None,
            Self::MovingAverage { epochs } => {
                format!("moving averages over {} epochs", u64::from(epochs / 2) * 2 + 1)
            }
            Self::Exponential { weight } => {
                format!("exponential moving averages with weight {}", share(weight))
            }
        };
        Some(format!("Strong lines are {how}; thin pale lines are the epochs themselves."))
    }
}

fn share(weight: f64) -> f64 {
    if weight.is_nan() { 0.0 } else { weight.clamp(0.0, 0.999) }
}

fn moving_average(values: &[f64], reach: usize) -> Vec<f64> {
    let mut sums = vec![0.0];
    for value in values {
        sums.push(sums[sums.len() - 1] + value);
    }
    let average = |index: usize| {
        let (start, end) = (index.saturating_sub(reach), (index + reach + 1).min(values.len()));
        (sums[end] - sums[start]) / (end - start) as f64
    };
    (0..values.len()).map(average).collect()
}

fn exponential(values: &[f64], weight: f64) -> Vec<f64> {
    let (mut average, mut unseen) = (0.0, 1.0);
    let mut next = |value: &f64| {
        average = weight * average + (1.0 - weight) * value;
        unseen *= weight;
        average / (1.0 - unseen)
    };
    values.iter().map(&mut next).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_are_those_of_the_window() {
        let values = [0.0, 0.3, 0.6, 0.3, 0.9];
        let smooth = Smoothing::MovingAverage { epochs: 3 }.of(&values);
        let expected = [0.15, 0.3, 0.4, 0.6, 0.6];
        assert!(smooth.iter().zip(expected).all(|(one, other)| (one - other).abs() < 1e-12), "{smooth:?}");
        assert_eq!(Smoothing::None.of(&values), values);
    }

    #[test]
    fn an_exponential_average_has_no_bias() {
        let smooth = Smoothing::Exponential { weight: 0.9 }.of(&[0.7; 50]);
        assert!(smooth.iter().all(|value| (value - 0.7).abs() < 1e-12), "{smooth:?}");
        let smooth = Smoothing::Exponential { weight: 0.5 }.of(&[1.0, 0.0]);
        assert!((smooth[1] - 1.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn nothing_is_smoothed_without_values() {
        assert!(Smoothing::MovingAverage { epochs: u32::MAX }.of(&[]).is_empty());
        assert!(Smoothing::Exponential { weight: f64::NAN }.of(&[]).is_empty());
        assert!(Smoothing::None.sentence().is_none());
    }
}
