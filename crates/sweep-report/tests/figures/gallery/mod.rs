//! Figures as they come about in practice, and at the edges of it: for the tests and for the example that draws them all.

pub(crate) mod curves;
pub(crate) mod settings;

use sweep_report::figures::Figure;

/// Every figure with a name for its file.
pub(crate) fn gallery() -> Vec<(&'static str, Figure)> {
    curves::cases().into_iter().chain(settings::cases()).collect()
}

/// Numbers between 0 and 1 that look random (SplitMix64).
pub(crate) struct Noise(pub(crate) u64);

impl Noise {
    pub(crate) fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Roughly normal, with deviation 1.
    pub(crate) fn normal(&mut self) -> f64 {
        ((0..12).map(|_| self.unit()).sum::<f64>()) - 6.0
    }
}
