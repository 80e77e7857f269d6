//! Times of day as people write them: a year, a month, a day, a minute, a second or a millisecond, in UTC. Knows no calendar beyond
//! the bounds of each part.

/// The digits of a whole time of day: a `0` stands for any.
const FORM: &str = "0000-00-00T00:00:00.000";
/// Where a time may end: behind the year, the month, the day, the hour with its minute, the second, the millisecond.
const ENDS: [usize; 6] = [4, 7, 10, 16, 19, 23];

/// The beginning that all recorded times have that lie in what `text` says; `None` where it is no time.
pub(super) fn beginning(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_uppercase();
    let time = text.strip_suffix('Z').filter(|time| time.len() > 10).unwrap_or(&text);
    if !ENDS.contains(&time.len()) || !time.is_ascii() {
        return None;
    }
    // Between the day and the hour people also write a space.
    let has_form = time.bytes().zip(FORM.bytes()).all(|(found, form)| match form {
        b'0' => found.is_ascii_digit(),
        b'T' => found == b'T' || found == b' ',
        _ => found == form,
    });
    let part = |from: usize| time.get(from..from + 2).and_then(|digits| digits.parse::<u32>().ok());
    let within = |from, least, most| part(from).is_none_or(|part| (least..=most).contains(&part));
    let is_time = has_form
        && within(5, 1, 12)
        && within(8, 1, 31)
        && within(11, 0, 23)
        && within(14, 0, 59)
        && within(17, 0, 59);
    is_time.then(|| time.replacen(' ', "T", 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_may_end_early() {
        for (text, expected) in [
            ("2026", Some("2026")),
            ("2026-03", Some("2026-03")),
            ("2026-03-01", Some("2026-03-01")),
            ("2026-03-01 12:30", Some("2026-03-01T12:30")),
            ("2026-03-01T12:30Z", Some("2026-03-01T12:30")),
            ("2026-03-01t12:30:59.123z", Some("2026-03-01T12:30:59.123")),
            ("2026-13-01", None),
            ("2026-03-32", None),
            ("2026-03-01T24:00", None),
            ("2026-03-01T12", None),
            ("2026-03-01T12:30+01:00", None),
            ("2026-03Z", None),
            ("yesterday", None),
            ("01.03.2026", None),
            ("\u{661}026", None),
            ("", None),
        ] {
            assert_eq!(beginning(text).as_deref(), expected, "{text}");
        }
    }
}
