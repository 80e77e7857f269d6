//! Times of day as numbers. It reads no clock.

use std::time::UNIX_EPOCH;

/// Milliseconds since 1970 of a time as the database writes it, `2026-03-01T12:00:00.000Z`; `None` for any other text, and for
/// times before 1970.
pub(crate) fn milliseconds(text: &str) -> Option<i64> {
    let time = humantime::parse_rfc3339(text).ok()?;
    // A form that holds more than milliseconds, or another zone, would lose it.
    if humantime::format_rfc3339_millis(time).to_string() != text {
        return None;
    }
    i64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_are_read_to_the_millisecond() {
        // GNU date: `date -u -d 2026-03-01T12:00:00.123Z +%s%3N`.
        assert_eq!(milliseconds("2026-03-01T12:00:00.123Z"), Some(1_772_366_400_123));
        assert_eq!(milliseconds("1970-01-01T00:00:00.000Z"), Some(0));
        assert_eq!(milliseconds("2024-02-29T23:59:59.999Z"), Some(1_709_251_199_999));
    }

    #[test]
    fn other_texts_are_no_times() {
        for text in ["", "yesterday", "2026-03-01", "2026-03-01T12:00:00Z", "2026-03-01T12:00:00.0000001Z"] {
            assert_eq!(milliseconds(text), None, "{text}");
        }
        for text in ["2026-13-01T12:00:00.000Z", "2025-02-29T12:00:00.000Z", "1969-12-31T23:59:59.999Z"] {
            assert_eq!(milliseconds(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "[-0-9TZ:.]{0,30}|.*") {
            let _ = milliseconds(&text);
        }
    }
}
