//! From values to pixels, and round numbers along the way. It knows no drawing.

use sweep_text::{LABEL_DIGITS, rounded_number};

/// A range of values laid along a range of pixels. Any finite values are allowed, of any size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scale {
    pub(crate) spacing: Spacing,
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// The pixel of `low` and that of `high`.
    pub(crate) pixels: (f64, f64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spacing {
    Linear,
    /// Equal ratios take equal room; of positive values only.
    Logarithmic,
}

impl Scale {
    pub(crate) fn linear(low: f64, high: f64, pixels: (f64, f64)) -> Self {
        Self { spacing: Spacing::Linear, low, high, pixels }
    }

    /// The pixel of a value; the middle if the range is a single value.
    pub(crate) fn at(&self, value: f64) -> f64 {
        // Halves: the difference of two finite values may be infinite.
        let place = |value: f64| match self.spacing {
            Spacing::Linear => value / 2.0,
            Spacing::Logarithmic => value.ln(),
        };
        let (low, high) = (place(self.low), place(self.high));
        let share = if high > low { ((place(value) - low) / (high - low)).clamp(0.0, 1.0) } else { 0.5 };
        self.pixels.0 + share * (self.pixels.1 - self.pixels.0)
    }

    /// Round numbers within the range, about `wanted` of them, as they are written.
    pub(crate) fn ticks(&self, wanted: usize) -> Vec<(f64, String)> {
        match self.spacing {
            Spacing::Linear => linear_ticks(self.low, self.high, wanted),
            Spacing::Logarithmic => logarithmic_ticks(self.low, self.high, wanted),
        }
    }
}

/// How the distinct, ascending `levels` of a setting are best laid out: logarithmically if that spaces them more evenly.
pub(crate) fn spacing_of(levels: &[f64]) -> Spacing {
    let (Some(low), Some(high)) = (levels.first(), levels.last()) else { return Spacing::Linear };
    if *low <= 0.0 || high / low < 5.0 {
        return Spacing::Linear;
    }
    if levels.len() == 2 {
        return if high / low >= 10.0 { Spacing::Logarithmic } else { Spacing::Linear };
    }
    let unevenness = |place: fn(f64) -> f64| {
        let even = (place(*high) - place(*low)) / (levels.len() - 1) as f64;
        let gaps = levels.windows(2).map(|pair| place(pair[1]) - place(pair[0]));
        gaps.map(|gap| (gap / even - 1.0).powi(2)).sum::<f64>()
    };
    if unevenness(f64::ln) < unevenness(|value| value / 2.0) { Spacing::Logarithmic } else { Spacing::Linear }
}

/// The step of round numbers that divides a range into about `wanted` parts: 1, 2 or 5 times a power of ten.
pub(crate) fn round_step(low: f64, high: f64, wanted: usize) -> Option<f64> {
    let wanted = wanted.max(1) as f64;
    let raw = high / wanted - low / wanted;
    if !(raw.is_finite() && raw > 0.0) {
        return None;
    }
    let power = 10f64.powf(raw.log10().floor());
    let factor = match raw / power {
        ratio if ratio <= 1.0 => 1.0,
        ratio if ratio <= 2.0 => 2.0,
        ratio if ratio <= 5.0 => 5.0,
        _ => 10.0,
    };
    let step = power * factor;
    // Below this share of the values, sums of steps are no longer exact.
    let is_fine = step.is_normal() && step > low.abs().max(high.abs()) * 1e-12;
    is_fine.then_some(step)
}

fn linear_ticks(low: f64, high: f64, wanted: usize) -> Vec<(f64, String)> {
    let Some(step) = round_step(low, high, wanted) else { return ends(low, high) };
    let decimals = (-(step * 1.000_001).log10().floor()).max(0.0) as usize;
    let tolerance = 1e-9;
    let (first, last) = ((low / step - tolerance).ceil(), (high / step + tolerance).floor());
    let values = (0..=(last - first) as u64).map(|index| (first + index as f64) * step);
    let is_plain = decimals <= 6 && low.abs().max(high.abs()) < 1e7;
    let text = |value: f64| if is_plain { format!("{value:.decimals$}") } else { scientific(value) };
    values.map(|value| (value, text(if value == 0.0 { 0.0 } else { value }))).collect()
}

/// Powers of ten; with fewer than two of them in the range 2 and 5 times those too, and otherwise the ends.
fn logarithmic_ticks(low: f64, high: f64, wanted: usize) -> Vec<(f64, String)> {
    let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    let is_within = |value: &f64| *value >= low * (1.0 - 1e-9) && *value <= high * (1.0 + 1e-9);
    let powers = |factors: &'static [u32]| {
        let of_power = move |power: i32| {
            // The parser rounds correctly; powers of ten by multiplication would be 0.0010000000000000002.
            factors.iter().filter_map(move |factor| format!("{factor}e{power}").parse::<f64>().ok())
        };
        (first..=last).flat_map(of_power).filter(is_within).collect::<Vec<f64>>()
    };
    let mut values = powers(&[1]);
    if values.len() < 3 {
        values = powers(&[1, 2, 5]);
    }
    if values.len() < 2 {
        return ends(low, high);
    }
    let stride = values.len().div_ceil(wanted.max(2));
    values.into_iter().step_by(stride).map(|value| (value, scientific(value))).collect()
}

fn ends(low: f64, high: f64) -> Vec<(f64, String)> {
    let mut ends = vec![(low, scientific(low))];
    if high > low {
        ends.push((high, scientific(high)));
    }
    ends
}

/// A number with at most four digits that count, and an exponent where there would be many zeros: `0.001`, `256`, `5e8`.
pub(crate) fn scientific(value: f64) -> String {
    rounded_number(value, LABEL_DIGITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(scale: Scale, wanted: usize) -> Vec<String> {
        scale.ticks(wanted).into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn ticks_are_round_numbers() {
        let linear = |low, high| texts(Scale::linear(low, high, (0.0, 100.0)), 5);
        assert_eq!(linear(0.0, 100.0), ["0", "20", "40", "60", "80", "100"]);
        assert_eq!(
            linear(0.1, 0.35),
            ["0.10", "0.15", "0.20", "0.25", "0.30", "0.35"].map(str::to_owned).to_vec()
        );
        assert_eq!(linear(1.0, 1201.0), ["500", "1000"]);
        assert_eq!(linear(-1.0, 1.0), ["-1.0", "-0.5", "0.0", "0.5", "1.0"]);
        assert_eq!(linear(3.0, 3.0), ["3"]);
        assert_eq!(linear(0.0, 2e9), ["0", "5e8", "1e9", "1.5e9", "2e9"].map(str::to_owned).to_vec());
        let logarithmic =
            |low, high| texts(Scale { spacing: Spacing::Logarithmic, low, high, pixels: (0.0, 100.0) }, 5);
        assert_eq!(logarithmic(1e-4, 0.1), ["0.0001", "0.001", "0.01", "0.1"]);
        assert_eq!(logarithmic(0.0013, 0.007), ["0.002", "0.005"]);
        assert_eq!(logarithmic(0.0013, 0.0017), ["0.0013", "0.0017"]);
    }

    #[test]
    fn rates_are_spaced_by_ratio_and_counts_are_not() {
        assert_eq!(spacing_of(&[0.0001, 0.001, 0.01]), Spacing::Logarithmic);
        assert_eq!(spacing_of(&[16.0, 32.0, 64.0, 128.0]), Spacing::Logarithmic);
        assert_eq!(spacing_of(&[0.001, 0.01]), Spacing::Logarithmic);
        assert_eq!(spacing_of(&[0.25, 0.5, 0.75]), Spacing::Linear);
        assert_eq!(spacing_of(&[0.0, 0.001, 1.0]), Spacing::Linear);
        assert_eq!(spacing_of(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), Spacing::Linear);
        assert_eq!(spacing_of(&[]), Spacing::Linear);
    }

    proptest::proptest! {
        #[test]
        fn any_range_has_few_ticks_within_it(one in proptest::num::f64::NORMAL, other in proptest::num::f64::NORMAL, wanted in 1usize..20) {
            let (low, high) = (one.min(other), one.max(other));
            let mut scales = vec![Scale::linear(low, high, (10.0, 90.0))];
            if low > 0.0 {
                scales.push(Scale { spacing: Spacing::Logarithmic, ..scales[0] });
            }
            for scale in scales {
                let ticks = scale.ticks(wanted);
                assert!(!ticks.is_empty() && ticks.len() <= 2 * wanted + 3, "{ticks:?}");
                assert!(ticks.iter().all(|(value, _)| (10.0..=90.0).contains(&scale.at(*value))));
            }
        }
    }
}
