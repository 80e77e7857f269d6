//! Recursive filters and noise for two channels at a time. Only additions, multiplications and the portable
//! `libm` are used, so that every platform computes the same bits. Knows nothing of EEG.

use std::f64::consts::PI;

/// One sample of both channels.
pub(super) type Pair = [f64; 2];

/// A second-order section in transposed direct form II, or a first-order one with zeros at its end:
/// y = b0 x + s1, s1 = b1 x - a1 y + s2, s2 = b2 x - a2 y.
#[derive(Debug, Clone)]
pub(super) struct Section {
    b: [f64; 3],
    a: [f64; 2],
    state: [Pair; 2],
}

impl Section {
    fn new(b: [f64; 3], a: [f64; 2]) -> Self {
        Self { b, a, state: [[0.0; 2]; 2] }
    }

    /// (1 + s / zero) / (1 + s / pole) by the bilinear transform, edges in Hz; without a zero, a low-pass.
    pub(super) fn shelf(pole_hz: f64, zero_hz: Option<f64>, rate_hz: f64) -> Self {
        let warp = |hz: f64| 1.0 / libm::tan(PI * hz / rate_hz);
        let (pole, zero) = (warp(pole_hz), zero_hz.map_or(0.0, warp));
        let scale = 1.0 / (1.0 + pole);
        // A low-pass gets its zero at the Nyquist frequency from the transform itself.
        Self::new([(1.0 + zero) * scale, (1.0 - zero) * scale, 0.0], [(1.0 - pole) * scale, 0.0])
    }

    /// First-order high-pass.
    pub(super) fn high_pass(edge_hz: f64, rate_hz: f64) -> Self {
        let warped = libm::tan(PI * edge_hz / rate_hz);
        let scale = 1.0 / (1.0 + warped);
        Self::new([scale, -scale, 0.0], [(warped - 1.0) * scale, 0.0])
    }

    /// Second-order low-pass of quality `quality` (Zoelzer, "DAFX", 2011, table 2.2).
    pub(super) fn low_pass(edge_hz: f64, quality: f64, rate_hz: f64) -> Self {
        let k = libm::tan(PI * edge_hz / rate_hz);
        let scale = 1.0 / (1.0 + k / quality + k * k);
        let b = k * k * scale;
        Self::new([b, 2.0 * b, b], [2.0 * (k * k - 1.0) * scale, (1.0 - k / quality + k * k) * scale])
    }

    /// The next output.
    pub(super) fn step(&mut self, x: Pair) -> Pair {
        let ([b0, b1, b2], [a1, a2]) = (self.b, self.a);
        let mut y = [0.0; 2];
        for channel in 0..2 {
            let [s1, s2] = [self.state[0][channel], self.state[1][channel]];
            y[channel] = b0 * x[channel] + s1;
            self.state[0][channel] = b1 * x[channel] - a1 * y[channel] + s2;
            self.state[1][channel] = b2 * x[channel] - a2 * y[channel];
        }
        y
    }
}

/// Qualities of the two sections of a Butterworth low-pass of fourth order.
pub(super) const BUTTERWORTH_4: [f64; 2] = [0.541_196_100_146_197, 1.306_562_964_876_377];

/// A narrow-band process of variance 1, driven by white noise of variance 1: the autoregressive model of
/// second order with poles at `exp(-pi width / rate ± i 2 pi frequency / rate)`.
#[derive(Debug, Clone)]
pub(super) struct Resonator {
    a: [f64; 2],
    gain: f64,
    past: [Pair; 2],
}

impl Resonator {
    pub(super) fn new(frequency_hz: f64, width_hz: f64, rate_hz: f64) -> Self {
        let angle = 2.0 * PI * frequency_hz / rate_hz;
        let r2 = libm::exp(-2.0 * PI * width_hz / rate_hz);
        let variance = (1.0 + r2) / ((1.0 - r2) * (1.0 - 2.0 * r2 * libm::cos(2.0 * angle) + r2 * r2));
        let a = [2.0 * r2.sqrt() * libm::cos(angle), -r2];
        Self { a, gain: 1.0 / variance.sqrt(), past: [[0.0; 2]; 2] }
    }

    pub(super) fn step(&mut self, x: Pair) -> Pair {
        let mut y = [0.0; 2];
        for channel in 0..2 {
            y[channel] = self.a[0] * self.past[0][channel]
                + self.a[1] * self.past[1][channel]
                + self.gain * x[channel];
        }
        self.past = [y, self.past[0]];
        y
    }
}

/// White noise of two channels of variance 1 and a given correlation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mixture {
    shared: f64,
    own: f64,
}

impl Mixture {
    pub(super) fn new(correlation: f64) -> Self {
        Self { shared: correlation, own: (1.0 - correlation * correlation).sqrt() }
    }

    /// Two values from two random words.
    pub(super) fn pair(self, words: [u32; 2]) -> Pair {
        let [first, second] = words.map(nearly_normal);
        [first, self.shared * first + self.own * second]
    }
}

/// A number of mean 0 and variance 1 from one random word: the sum of its four bytes. The recursive filters
/// behind it add hundreds of these, which is as normal as EEG is; and it needs no logarithm, whose last bit
/// differs between platforms.
fn nearly_normal(word: u32) -> f64 {
    // Variance of a uniform byte: (256^2 - 1) / 12; of four: 21845.
    const SCALE: f64 = 1.0 / 147.800_541_271;
    let sum: u32 = word.to_le_bytes().into_iter().map(u32::from).sum();
    (f64::from(sum) - 510.0) * SCALE
}

/// A number of mean 0 and variance 1 from four words, by the sum of eight 16-bit halves: for a trial's own
/// settings.
pub(super) fn standard(words: [u32; 4]) -> f64 {
    let sum: u32 = words.into_iter().map(|word| (word & 0xffff) + (word >> 16)).sum();
    // Variance of eight uniform halves: 8 (65536^2 - 1) / 12.
    (f64::from(sum) - 4.0 * 65535.0) / (65536.0 * (2.0f64 / 3.0).sqrt())
}

#[cfg(test)]
mod tests {
    use sweep_random::{Purpose, Stream};

    use super::*;

    const RATE_HZ: f64 = 125.0;

    fn white(count: usize, correlation: f64) -> Vec<Pair> {
        let mut words = vec![0; 2 * count];
        Stream::new(5, Purpose::Synthetic, 0, 0).fill(0, &mut words);
        let mixture = Mixture::new(correlation);
        words.chunks_exact(2).map(|words| mixture.pair([words[0], words[1]])).collect()
    }

    /// Mean of the product of two channels.
    fn moment(pairs: &[Pair], one: usize, other: usize) -> f64 {
        pairs.iter().map(|pair| pair[one] * pair[other]).sum::<f64>() / pairs.len() as f64
    }

    #[test]
    fn noise_has_its_variance_and_correlation() {
        let noise = white(200_000, 0.6);
        for (one, other, expected) in [(0, 0, 1.0), (1, 1, 1.0), (0, 1, 0.6)] {
            let found = moment(&noise, one, other);
            assert!((found - expected).abs() < 0.02, "{one} {other}: {found}");
        }
        let mut sum = 0.0;
        let mut square = 0.0;
        let mut words = vec![0; 400_000];
        Stream::new(6, Purpose::Synthetic, 0, 0).fill(0, &mut words);
        for words in words.chunks_exact(4) {
            let value = standard([words[0], words[1], words[2], words[3]]);
            sum += value;
            square += value * value;
        }
        assert!((sum / 1e5).abs() < 0.02 && (square / 1e5 - 1.0).abs() < 0.02, "{sum} {square}");
    }

    #[test]
    fn a_resonator_has_variance_1_and_swings_at_its_frequency() {
        let mut resonator = Resonator::new(10.0, 1.0, RATE_HZ);
        let swings: Vec<Pair> = white(400_000, 0.0).into_iter().map(|pair| resonator.step(pair)).collect();
        let variance = moment(&swings, 0, 0);
        assert!((variance - 1.0).abs() < 0.05, "{variance}");
        let crossings = swings.windows(2).filter(|pair| pair[0][0] < 0.0 && pair[1][0] >= 0.0).count();
        let frequency = crossings as f64 * RATE_HZ / swings.len() as f64;
        assert!((frequency - 10.0).abs() < 0.3, "{frequency}");
    }

    /// Gain of `section` for a sine of `hz`, by its steady swing.
    fn gain(mut section: Section, hz: f64) -> f64 {
        let sine = |n: i32| (2.0 * PI * hz * f64::from(n) / RATE_HZ).sin();
        let swing: Vec<f64> = (0..8000).map(|n| section.step([sine(n); 2])[0]).skip(4000).collect();
        (2.0 * swing.iter().map(|value| value * value).sum::<f64>() / swing.len() as f64).sqrt()
    }

    #[test]
    fn filters_have_half_their_power_at_their_edges() {
        let half = 0.5f64.sqrt();
        let [first, second] =
            BUTTERWORTH_4.map(|quality| gain(Section::low_pass(30.0, quality, RATE_HZ), 30.0));
        for (name, found, expected) in [
            ("high-pass", gain(Section::high_pass(0.5, RATE_HZ), 0.5), half),
            ("low-pass", first * second, half),
            ("pole", gain(Section::shelf(4.0, None, RATE_HZ), 4.0), half),
            ("shelf at its foot", gain(Section::shelf(0.5, Some(8.0), RATE_HZ), 0.125), 0.970),
            ("shelf at its top", gain(Section::shelf(0.5, Some(8.0), RATE_HZ), 62.0), 1.0 / 16.0),
        ] {
            assert!((found - expected).abs() < 0.02, "{name}: {found}");
        }
    }
}
