//! Numbers of common distributions, one after another from one stream.

use crate::{Stream, WORDS_PER_BLOCK};

/// Numbers drawn in order from one [`Stream`].
#[derive(Debug, Clone)]
pub struct Draws {
    stream: Stream,
    block: u32,
    words: [u32; WORDS_PER_BLOCK],
    used: usize,
    spare_normal: Option<f64>,
}

impl Draws {
    pub(crate) fn new(stream: Stream) -> Self {
        Self { stream, block: 0, words: [0; WORDS_PER_BLOCK], used: WORDS_PER_BLOCK, spare_normal: None }
    }

    /// 32 random bits.
    pub fn word(&mut self) -> u32 {
        if self.used == WORDS_PER_BLOCK {
            self.words = self.stream.block(self.block);
            self.block = self.block.wrapping_add(1);
            self.used = 0;
        }
        self.used += 1;
        self.words[self.used - 1]
    }

    /// Uniform in `[0, 1)`, a multiple of 2^-53.
    pub fn uniform(&mut self) -> f64 {
        let high = u64::from(self.word());
        let low = u64::from(self.word());
        ((high << 32 | low) >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Uniform in `0..bound`, without bias (Lemire, "Fast random integer generation in an interval", 2019).
    ///
    /// # Panics
    /// If `bound` is 0.
    pub fn below(&mut self, bound: u32) -> u32 {
        assert!(bound > 0, "a draw below 0");
        let threshold = bound.wrapping_neg() % bound;
        loop {
            let product = u64::from(self.word()) * u64::from(bound);
            if product as u32 >= threshold {
                return (product >> 32) as u32;
            }
        }
    }

    /// Standard normal (Box and Muller 1958).
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare_normal.take() {
            return spare;
        }
        // 1 - u lies in (0, 1], so its logarithm is finite.
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        let angle = std::f64::consts::TAU * self.uniform();
        self.spare_normal = Some(radius * angle.sin());
        radius * angle.cos()
    }

    /// Puts `items` in a random order (Fisher and Yates; Knuth, TAOCP 2, algorithm 3.4.2P).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u32 + 1) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Purpose, Stream};

    fn draws(seed: u64) -> super::Draws {
        Stream::new(seed, Purpose::Synthetic, 0, 0).draws()
    }

    #[test]
    fn uniform_and_normal_have_their_moments() {
        let mut draws = draws(1);
        let count = 200_000;
        let mean = (0..count).map(|_| draws.uniform()).sum::<f64>() / f64::from(count);
        assert!((mean - 0.5).abs() < 5.0 * (1.0 / 12.0f64 / f64::from(count)).sqrt(), "{mean}");
        let normals: Vec<f64> = (0..count).map(|_| draws.normal()).collect();
        let mean = normals.iter().sum::<f64>() / f64::from(count);
        let variance = normals.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / f64::from(count);
        assert!(mean.abs() < 5.0 / f64::from(count).sqrt(), "{mean}");
        assert!((variance - 1.0).abs() < 5.0 * (2.0 / f64::from(count)).sqrt(), "{variance}");
    }

    #[test]
    fn every_value_below_a_bound_comes_equally_often() {
        let mut draws = draws(2);
        let mut counts = [0u32; 7];
        for _ in 0..70_000 {
            counts[draws.below(7) as usize] += 1;
        }
        let chi_square: f64 = counts.iter().map(|count| (f64::from(*count) - 1e4).powi(2) / 1e4).sum();
        // The 0.9999 quantile of chi-square with 6 degrees of freedom is 27.9.
        assert!(chi_square < 27.9, "{counts:?}");
    }

    #[test]
    fn a_shuffle_keeps_every_item_and_repeats_by_seed() {
        let order = |seed| {
            let mut items: Vec<u32> = (0..1080).collect();
            draws(seed).shuffle(&mut items);
            items
        };
        assert_eq!(order(3), order(3));
        assert_ne!(order(3), order(4));
        let mut sorted = order(3);
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..1080));
    }
}
