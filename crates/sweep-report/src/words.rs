//! Numbers, bytes and text as people read them, in every report and on every page.

pub use sweep_job::{loss_text as loss, shortest_number as real};

pub use crate::{cell::status, spread::setting_text};

/// A share as percent with two digits: `87.22 %`.
pub fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

/// A share and the epoch it was reached at: `87.22 % @ 612`.
pub fn percent_at(share: f64, epoch: u32) -> String {
    format!("{} @ {epoch}", percent(share))
}

/// A span of time in its two largest units: `4.2 s`, `12 min 03 s`, `3 h 05 min`.
pub fn duration(seconds: f64) -> String {
    if seconds < 59.95 { format!("{seconds:.1} s") } else { rough_duration(seconds) }
}

/// `42 s`, `3 min 05 s`, `2 h 07 min`: for what is not known better, or is gone before it is read.
pub fn rough_duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60);
    match (hours, minutes) {
        (0, 0) => format!("{rest} s"),
        (0, _) => format!("{minutes} min {rest:02} s"),
        _ => format!("{hours} h {minutes:02} min"),
    }
}

/// A time of day of the database to the second: `2026-03-01 12:00:00`.
pub fn moment(time: &str) -> String {
    time.split('.').next().unwrap_or(time).replacen('T', " ", 1)
}

/// `1 job`, `2 jobs`, `2,160 jobs`.
pub fn counted(count: usize, word: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {word}{plural}", thousands(count as u64))
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

/// Jobs of a status in the words of a sweep's progress: `4 running`, `12 waiting`.
pub fn of_status(status: &str, count: u32) -> String {
    format!("{} {}", thousands(u64::from(count)), if status == "queued" { "waiting" } else { status })
}

/// Text without characters that would steer a terminal; line breaks and tabs become spaces.
pub fn one_line(text: &str) -> String {
    printable(text).replace(['\n', '\t'], " ")
}

/// Text without characters that would steer a terminal, except line breaks and tabs.
pub(crate) fn printable(text: &str) -> String {
    sweep_job::printable(&text.replace("\r\n", "\n"))
}

/// `text` in lines of at most `width` characters, broken between words, where a number stays with its `%`; all but the first begin with `indent`.
pub fn wrap(text: &str, width: usize, indent: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.replace(" %", "\u{a0}%").split(' ') {
        let length = line.chars().count();
        let is_full = length + 1 + word.chars().count() > width;
        // A word that begins where the next line would gains nothing there.
        if is_full && !line.trim().is_empty() && length + 1 > indent.chars().count() {
            let full = std::mem::replace(&mut line, indent.to_owned());
            lines.push(full.trim_end().to_owned());
            line.push_str(word);
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.push(line);
    lines.join("\n").replace('\u{a0}', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_reads_in_two_units() {
        for (seconds, text) in [
            (0.0, "0.0 s"),
            (4.24, "4.2 s"),
            (59.94, "59.9 s"),
            (59.96, "1 min 00 s"),
            (723.4, "12 min 03 s"),
            (3599.6, "1 h 00 min"),
            (11_130.0, "3 h 05 min"),
        ] {
            assert_eq!(duration(seconds), text);
        }
        let rough = [0.2, 59.4, 59.6, 3599.0, 7620.0].map(rough_duration);
        assert_eq!(rough, ["0 s", "59 s", "1 min 00 s", "59 min 59 s", "2 h 07 min"]);
    }

    #[test]
    fn counts_have_commas_between_thousands() {
        let counts = [0, 999, 2160, 1_000_000].map(thousands);
        assert_eq!(counts, ["0", "999", "2,160", "1,000,000"]);
        assert_eq!(counted(2160, "job"), "2,160 jobs");
        assert_eq!(of_status("queued", 2160), "2,160 waiting");
    }

    #[test]
    fn text_cannot_steer_a_terminal() {
        assert_eq!(one_line("a\u{1b}[2Jb\r\nc\td"), "a\\u{1b}[2Jb c d");
    }

    #[test]
    fn words_stay_whole() {
        assert_eq!(wrap("one two three four", 9, "  "), "one two\n  three\n  four");
        assert_eq!(wrap("incomprehensible", 4, ""), "incomprehensible");
        assert_eq!(wrap("from 62.9 to 68.5 %", 18, ""), "from 62.9 to\n68.5 %");
        assert_eq!(wrap("name  incomprehensible", 9, "      "), "name  incomprehensible");
    }
}
