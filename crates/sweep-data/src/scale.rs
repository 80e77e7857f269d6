//! Scaling of the signal by statistics of the train part alone.

use sweep_job::Scaling;

use crate::{DataError, DataSet, TrialSet};

/// Subtracts from every channel its mean over the train part and divides by its standard deviation there (of
/// the whole part: divided by n), in all parts of `set`. Computed in double precision.
pub(crate) fn standardize(set: &mut DataSet) -> Result<(), DataError> {
    let (channels, samples) = (set.channels, set.samples);
    let statistics: Vec<(f64, f64)> =
        (0..channels).map(|channel| mean_and_deviation(&set.train, channel, channels, samples)).collect();
    if let Some(channel) = statistics.iter().position(|(_, deviation)| *deviation == 0.0) {
        return Err(DataError::ConstantChannel { channel });
    }
    let (mean, standard_deviation) = statistics.into_iter().unzip();
    let scaling = Scaling::Standardize { mean, standard_deviation };
    for part in [Some(&mut set.train), set.validation.as_mut(), Some(&mut set.test)].into_iter().flatten() {
        scale(&mut part.signal, samples, &scaling);
    }
    set.scaling = scaling;
    Ok(())
}

/// Scales a signal `[trial, channel, time]` of `samples` samples with the numbers of a train set.
pub(crate) fn scale(signal: &mut [f32], samples: usize, scaling: &Scaling) {
    let Scaling::Standardize { mean, standard_deviation } = scaling else { return };
    let of_channels = mean.iter().zip(standard_deviation).cycle();
    for (values, (mean, deviation)) in signal.chunks_exact_mut(samples).zip(of_channels) {
        values.iter_mut().for_each(|value| *value = ((f64::from(*value) - mean) / deviation) as f32);
    }
}

/// Mean and standard deviation of a channel over all trials, in two passes.
pub(crate) fn mean_and_deviation(
    set: &TrialSet,
    channel: usize,
    channels: usize,
    samples: usize,
) -> (f64, f64) {
    let rows = || set.signal.chunks_exact(samples).skip(channel).step_by(channels).flatten();
    let count = (set.trials() * samples) as f64;
    let mean = rows().map(|value| f64::from(*value)).sum::<f64>() / count;
    let variance = rows().map(|value| (f64::from(*value) - mean).powi(2)).sum::<f64>() / count;
    (mean, variance.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(train: Vec<f32>, test: Vec<f32>) -> DataSet {
        let part = |signal: Vec<f32>| TrialSet { labels: vec![0; signal.len() / 4], signal, subjects: None };
        DataSet {
            channels: 2,
            samples: 2,
            classes: vec![0, 1],
            sampling_rate_hz: None,
            scaling: Scaling::None,
            train: part(train),
            validation: None,
            test: part(test),
        }
    }

    #[test]
    fn only_the_train_part_decides() {
        let mut set = set(vec![1.0, 3.0, 10.0, 10.0, 5.0, 7.0, 10.0, 30.0], vec![4.0, 104.0, 15.0, 15.0]);
        standardize(&mut set).unwrap();
        // Channel 0: mean 4, variance 5; channel 1: mean 15, variance 75.
        let expected = [0.0, (100.0 / 5f64.sqrt()) as f32, 0.0, 0.0];
        assert_eq!(set.test.signal, expected);
        let mut later = vec![4.0, 104.0, 15.0, 15.0];
        scale(&mut later, 2, &set.scaling);
        assert_eq!(later, expected, "the same trials, later");
        for channel in 0..2 {
            let (mean, deviation) = mean_and_deviation(&set.train, channel, 2, 2);
            assert!(mean.abs() < 1e-7 && (deviation - 1.0).abs() < 1e-7, "{mean} {deviation}");
        }
    }

    #[test]
    fn a_constant_channel_is_an_error() {
        let mut set = set(vec![1.0, 2.0, 5.0, 5.0], vec![0.0; 4]);
        assert!(matches!(standardize(&mut set), Err(DataError::ConstantChannel { channel: 1 })));
    }
}
