//! The baseline that a network must beat: logarithmic band powers and linear discriminant analysis, the
//! classical classifier of motor imagery (Pfurtscheller and Neuper, "Motor imagery and direct brain-computer
//! communication", Proc. IEEE 89, 2001; Lotte et al., J. Neural Eng. 4, R1, 2007). Knows no networks.

mod discriminant;
mod spectrum;

use crate::{DataError, DataSet};
use discriminant::Discriminant;
use spectrum::BandPowers;

/// The bands whose power is a feature, in Hz: mu and beta (Pfurtscheller and Lopes da Silva, Clin.
/// Neurophysiol. 110, 1999).
pub const BANDS_HZ: [(f64, f64); 2] = [(8.0, 13.0), (18.0, 26.0)];

/// Test accuracy, 0 to 1, of linear discriminant analysis on the logarithm of each channel's power in
/// [`BANDS_HZ`] over the whole trial, learnt from the train part (validation trials are left out).
///
/// # Errors
/// Where the sampling rate is not known, the trials are too short for a band, or there are fewer trials than
/// features.
pub fn band_power_lda(set: &DataSet) -> Result<f64, DataError> {
    let rate = set.sampling_rate_hz.ok_or(DataError::NoSamplingRate)?;
    let mut powers = BandPowers::new(set.samples, rate, &BANDS_HZ)?;
    let mut features = |part: &crate::TrialSet| -> Vec<Vec<f64>> {
        (0..part.trials()).map(|trial| powers.log_powers(part.trial(trial))).collect()
    };
    let discriminant = Discriminant::fit(&features(&set.train), &set.train.labels, set.classes.len())?;
    let test = features(&set.test);
    let hits =
        test.iter().zip(&set.test.labels).filter(|(x, label)| discriminant.class(x) == **label).count();
    Ok(hits as f64 / set.test.trials() as f64)
}
