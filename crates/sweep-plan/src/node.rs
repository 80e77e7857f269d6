//! Values as they were written, each with its place. Knows nothing of what they mean.

pub(crate) use sweep_text::shortest_number as decimal;
use sweep_text::{printable_line, shortened};

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

/// The most characters of a text that are shown.
const LONGEST: usize = 60;

/// `text` in one line, safe to print, and shortened if it is very long.
pub(crate) fn printable(text: &str) -> String {
    printable_line(&shortened(text, LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_odd_texts_are_tamed() {
        assert_eq!(quoted("a\n\u{1b}[31m\u{202e}"), "\"a\\n\\u{1b}[31m\\u{202e}\"");
        assert_eq!(printable(&"é".repeat(70)).chars().count(), 60);
    }
}
