//! Numbers as people read them in labels, tables and progress. Files for programs hold every digit instead.

use std::collections::BTreeSet;

/// Digits that count of a number in a label, if others of its list do not need more.
pub const LABEL_DIGITS: usize = 4;
/// As many digits tell any two numbers apart.
const MOST_DIGITS: usize = 17;
/// A number that takes no more characters is shown as it was written.
const MOST_CHARACTERS: usize = 9;

/// A number in its shortest form: `0.001`, `1`, `1e-8`.
pub fn shortest_number(number: f64) -> String {
    let text = format!("{number:?}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// A number with at most `digits` digits that count, and an exponent if there would be many zeros: `0.001`, `256`, `5e8`.
pub fn rounded_number(number: f64, digits: usize) -> String {
    let rounded: f64 = format!("{number:.*e}", digits.saturating_sub(1)).parse().unwrap_or(number);
    if rounded.abs() < 1e7 { shortest_number(rounded) } else { format!("{rounded:e}") }
}

/// A number for a label: as it was written if it is short, such as `0.001`, else its first `digits` digits, such as `0.004642`.
pub fn label_number(number: f64, digits: usize) -> String {
    let shortest = shortest_number(number);
    if shortest.len() <= MOST_CHARACTERS { shortest } else { rounded_number(number, digits) }
}

/// How many digits the labels of `numbers` need so that no two different numbers look the same; at least [`LABEL_DIGITS`].
pub fn digits_apart(numbers: impl IntoIterator<Item = f64>) -> usize {
    let numbers: BTreeSet<u64> = numbers.into_iter().map(f64::to_bits).collect();
    let are_apart = |digits: &usize| {
        let labels: BTreeSet<String> =
            numbers.iter().map(|bits| label_number(f64::from_bits(*bits), *digits)).collect();
        labels.len() == numbers.len()
    };
    (LABEL_DIGITS..MOST_DIGITS).find(are_apart).unwrap_or(MOST_DIGITS)
}

/// A share as percent with two digits: `87.22 %`.
pub fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

/// A count with commas between thousands: `2,160`.
pub fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A loss: `0.5123`, and `1.12e18` for one that blew up.
pub fn loss_text(loss: f64) -> String {
    if loss.abs() < 1000.0 { format!("{loss:.4}") } else { format!("{loss:.2e}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_short_as_can_be() {
        for (number, text) in [
            (0.001, "0.001"),
            (1.0, "1"),
            (1e-8, "1e-8"),
            (1.5e300, "1.5e300"),
            (0.1 + 0.2, "0.30000000000000004"),
        ] {
            assert_eq!(shortest_number(number), text);
            assert_eq!(text.parse(), Ok(number));
        }
    }

    #[test]
    fn a_label_has_few_digits_unless_they_tell_numbers_apart() {
        for (number, text) in [
            (0.004_641_588_833_61, "0.004642"),
            (0.001, "0.001"),
            (0.001_25, "0.00125"),
            (12345.0, "12345"),
            (1e-8, "1e-8"),
            (1_234_567_890.0, "1.235e9"),
        ] {
            assert_eq!(label_number(number, LABEL_DIGITS), text);
        }
        let rates = [0.004_641_588_833_61, 0.004_641_688_833_61, 0.01];
        let digits = digits_apart(rates);
        assert_eq!(rates.map(|rate| label_number(rate, digits)), ["0.0046416", "0.0046417", "0.01"]);
        let neighbours = [0.3, 0.1 + 0.2];
        assert_eq!(digits_apart(neighbours), MOST_DIGITS);
        assert_eq!(digits_apart([0.5; 3]), LABEL_DIGITS);
    }

    #[test]
    fn counts_have_commas_between_thousands() {
        assert_eq!([0, 999, 2160, 1_000_000].map(thousands), ["0", "999", "2,160", "1,000,000"]);
    }

    #[test]
    fn a_loss_that_blew_up_stays_readable() {
        let losses = [0.51234, 999.94, 1_122_871_050_335_939_456.0, f64::INFINITY];
        assert_eq!(losses.map(loss_text), ["0.5123", "999.9400", "1.12e18", "inf"]);
    }
}
