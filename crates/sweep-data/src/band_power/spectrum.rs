//! Power of a channel in frequency bands, by the periodogram. Knows no classes.

use std::sync::Arc;

use rustfft::{Fft, FftPlanner, num_complex::Complex};

use crate::DataError;

/// Computes band powers of channels of one length.
pub(super) struct BandPowers {
    transform: Arc<dyn Fft<f64>>,
    /// First and last spectral line of each band.
    lines: Vec<(usize, usize)>,
    buffer: Vec<Complex<f64>>,
    scratch: Vec<Complex<f64>>,
}

impl BandPowers {
    pub(super) fn new(samples: usize, rate_hz: f64, bands_hz: &[(f64, f64)]) -> Result<Self, DataError> {
        let lines = bands_hz.iter().map(|band| lines(samples, rate_hz, *band)).collect::<Result<_, _>>()?;
        let transform = FftPlanner::new().plan_fft_forward(samples);
        let zero = Complex::new(0.0, 0.0);
        let scratch = vec![zero; transform.get_inplace_scratch_len()];
        Ok(Self { transform, lines, buffer: vec![zero; samples], scratch })
    }

    /// For every channel of a trial `[channel, time]`, the logarithm of its power in each band: `[channel,
    /// band]`.
    pub(super) fn log_powers(&mut self, trial: &[f32]) -> Vec<f64> {
        let samples = self.buffer.len();
        let mut features = Vec::with_capacity(trial.len() / samples * self.lines.len());
        for channel in trial.chunks_exact(samples) {
            let mean = channel.iter().map(|value| f64::from(*value)).sum::<f64>() / samples as f64;
            for (slot, value) in self.buffer.iter_mut().zip(channel) {
                *slot = Complex::new(f64::from(*value) - mean, 0.0);
            }
            self.transform.process_with_scratch(&mut self.buffer, &mut self.scratch);
            for (first, last) in &self.lines {
                let power: f64 = self.buffer[*first..=*last].iter().map(|line| line.norm_sqr()).sum();
                // A channel without any power in the band still has a finite feature.
                features.push((power / samples as f64).max(f64::MIN_POSITIVE).ln());
            }
        }
        features
    }
}

/// The spectral lines from the lower edge of a band to its upper one, below half the sampling rate.
fn lines(samples: usize, rate_hz: f64, (low, high): (f64, f64)) -> Result<(usize, usize), DataError> {
    let spacing = rate_hz / samples as f64;
    let first = (low / spacing).ceil() as usize;
    let last = (high / spacing).floor() as usize;
    if first > last || last > samples / 2 {
        return Err(DataError::BandNotCovered {
            samples,
            sampling_rate_hz: rate_hz,
            low_hz: low,
            high_hz: high,
        });
    }
    Ok((first, last))
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;

    #[test]
    fn a_sine_has_its_power_in_its_own_band() {
        let mut powers = BandPowers::new(750, 125.0, &[(8.0, 13.0), (18.0, 26.0)]).unwrap();
        let sine: Vec<f32> =
            (0..750).map(|n| 7.0 + 2.0 * (TAU * 10.0 * f64::from(n) / 125.0).sin() as f32).collect();
        let [mu, beta] = powers.log_powers(&sine)[..] else { panic!() };
        // Amplitude 2 over 750 samples: one line of (750)^2, divided by 750.
        assert!((mu - 750f64.ln()).abs() < 1e-4, "{mu}");
        assert!(beta < -15.0, "{beta}");
    }

    #[test]
    fn a_band_beyond_half_the_rate_is_an_error() {
        assert!(BandPowers::new(750, 50.0, &[(8.0, 13.0)]).is_ok());
        assert!(matches!(BandPowers::new(750, 50.0, &[(18.0, 26.0)]), Err(DataError::BandNotCovered { .. })));
        assert!(matches!(BandPowers::new(3, 125.0, &[(8.0, 13.0)]), Err(DataError::BandNotCovered { .. })));
    }
}
