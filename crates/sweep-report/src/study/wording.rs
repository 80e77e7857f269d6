//! Numbers of a study as people read them.

/// A share in percent with its deviation over repeats: `86.94 ± 0.71 %`, or `86.94 %` of one.
pub(crate) fn with_deviation(mean: f64, deviation: Option<f64>) -> String {
    match deviation {
        Some(deviation) => format!("{:.2} ± {:.2} %", 100.0 * mean, 100.0 * deviation),
        None => format!("{:.2} %", 100.0 * mean),
    }
}

/// A difference of shares in percentage points, with its sign: `+1.20`.
pub(crate) fn points(difference: f64) -> String {
    signed(100.0 * difference, 2)
}

/// A difference with its sign; what rounds to nothing has none.
pub(crate) fn signed(difference: f64, digits: usize) -> String {
    let mut text = format!("{difference:+.digits$}");
    if text.contains(|digit: char| ('1'..='9').contains(&digit)) { text } else { text.split_off(1) }
}

/// An interval of shares in percent: `84.1 to 88.3 %`.
pub(crate) fn interval(low: f64, high: f64) -> String {
    format!("{:.1} to {:.1} %", 100.0 * low, 100.0 * high)
}

/// A p-value to two digits that count, and none that is 0: `0.034`, `0.62`, `< 1e-6`.
pub(crate) fn p_value(p: f64) -> String {
    match p {
        p if p < 1e-6 => "< 1e-6".to_owned(),
        p if p < 1e-3 => format!("{p:.1e}"),
        p if p < 0.1 => format!("{p:.3}"),
        p => format!("{p:.2}"),
    }
}

/// A p-value in a sentence: `p = 0.034`, `p < 1e-6`.
pub(crate) fn p_words(p: f64) -> String {
    match p_value(p) {
        text if text.starts_with('<') => format!("p {text}"),
        text => format!("p = {text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(with_deviation(0.869_44, Some(0.007_1)), "86.94 ± 0.71 %");
        assert_eq!(with_deviation(0.5, None), "50.00 %");
        assert_eq!([0.012, -0.012, 0.000_01, -0.000_01].map(points), ["+1.20", "-1.20", "0.00", "0.00"]);
        assert_eq!(interval(0.841, 0.8825), "84.1 to 88.2 %");
        assert_eq!([0.62, 0.0341, 2.5e-4, 1e-9].map(p_value), ["0.62", "0.034", "2.5e-4", "< 1e-6"]);
        assert_eq!([0.0341, 1e-9].map(p_words), ["p = 0.034", "p < 1e-6"]);
    }
}
