//! Values as they were written, each with its place. Knows nothing of what they mean.

use sweep_job::printable_line;

use crate::source::Place;

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) content: Content,
}

/// The kinds of values that TOML has.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    Text(String),
    /// Saturated at the ends of `i128`, which lie far outside every setting.
    Whole(i128),
    Number(f64),
    Switch(bool),
    Date,
    List(Vec<Node>),
    Table(Vec<Entry>),
}

/// A key with its value, in the order of the file.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: Key,
    pub(crate) value: Node,
}

/// A key and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) place: Place,
}

impl Node {
    /// The value in words, for "found ...".
    pub(crate) fn in_words(&self) -> String {
        match &self.content {
            Content::Text(text) => format!("the string {}", quoted(text)),
            Content::Whole(whole) => format!("the whole number {whole}"),
            Content::Number(number) => format!("the number {}", decimal(*number)),
            Content::Switch(switch) => format!("{switch}"),
            Content::Date => "a date or time".to_owned(),
            Content::List(_) => "a list".to_owned(),
            Content::Table(_) => "a table".to_owned(),
        }
    }
}

/// `text` in quotation marks, made printable.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", printable(text))
}

/// `text` in one line, safe to print, and with the end of a very long one left out.
pub(crate) fn printable(text: &str) -> String {
    const LONGEST: usize = 60;
    if text.chars().count() <= LONGEST {
        return printable_line(text);
    }
    let beginning: String = text.chars().take(LONGEST - 1).collect();
    printable_line(&beginning) + "…"
}

/// The shortest decimal form that reads back as the same number; scientific where that is the usual notation.
pub(crate) fn decimal(number: f64) -> String {
    let magnitude = number.abs();
    if number.is_finite() && magnitude != 0.0 && !(1e-4..1e15).contains(&magnitude) {
        format!("{number:e}")
    } else {
        format!("{number}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_read_back() {
        for (number, text) in
            [(1e-8, "1e-8"), (0.0001, "0.0001"), (1.0, "1"), (0.0, "0"), (1.5e300, "1.5e300")]
        {
            assert_eq!(decimal(number), text);
            assert_eq!(text.parse(), Ok(number));
        }
    }

    #[test]
    fn long_and_odd_texts_are_tamed() {
        assert_eq!(quoted("a\n\u{1b}[31m\u{202e}"), "\"a\\n\\u{1b}[31m\\u{202e}\"");
        assert_eq!(printable(&"é".repeat(70)).chars().count(), 60);
    }
}
