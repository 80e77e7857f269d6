//! Accuracies as percent: the range of an axis, and text. It knows no drawing.

use super::scale::round_step;

/// What axes of accuracies are called.
pub(crate) const ACCURACY_LABEL: &str = "Accuracy (%)";

/// A share of trials as percent; shares outside 0 to 1 go to the nearer end. `None` for what is no number.
pub(crate) fn percent_of(share: f64) -> Option<f64> {
    (!share.is_nan()).then(|| 100.0 * share.clamp(0.0, 1.0))
}

/// `87.2`.
pub(crate) fn percent_text(percent: f64) -> String {
    format!("{percent:.1}")
}

/// The ends of an axis that shows `percents` with a little room around them; round numbers.
pub(crate) fn axis_range(percents: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let (low, high) = percents
        .into_iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if low > high {
        return (0.0, 100.0);
    }
    // A range below 4 points would show the chance of single trials as hills.
    let room = (0.02 * (high - low)).max((4.0 - (high - low)) / 2.0);
    let (low, high) = (low - room, high + room);
    let step = round_step(low, high, 12).unwrap_or(10.0);
    (((low / step).floor() * step).max(0.0), ((high / step).ceil() * step).min(100.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_round_and_within_what_there_is() {
        assert_eq!(axis_range([]), (0.0, 100.0));
        assert_eq!(axis_range([25.3, 98.1]), (20.0, 100.0));
        assert_eq!(axis_range([49.2, 98.1]), (45.0, 100.0));
        assert_eq!(axis_range([0.0, 100.0]), (0.0, 100.0));
        assert_eq!(axis_range([75.0, 75.0]), (73.0, 77.0));
        assert_eq!(axis_range([100.0]), (98.0, 100.0));
    }

    #[test]
    fn percents_are_within_bounds() {
        assert_eq!(percent_of(0.5), Some(50.0));
        assert_eq!(percent_of(f64::INFINITY), Some(100.0));
        assert_eq!(percent_of(-1e300), Some(0.0));
        assert_eq!(percent_of(f64::NAN), None);
    }
}
