//! An interval of confidence.

/// From `low` to `high`, both included, `low <= high`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// Whether `value` lies in the interval.
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// `center` plus and minus `half_width`, cut to the values that are possible.
    pub(crate) fn around(center: f64, half_width: f64, lowest: f64, highest: f64) -> Self {
        Self { low: (center - half_width).max(lowest), high: (center + half_width).min(highest) }
    }
}
