//! What is wrong with a filter: where, in words, and what would be right. It finds nothing wrong itself.

use std::{fmt, ops::Range};

use sweep_text::{printable_line, shortened, steers};

/// So many characters of the filter are shown on either side of a mistake.
const SHOWN_BESIDE: usize = 60;
/// The most characters of a word that are quoted.
const QUOTED: usize = 40;

/// What is wrong with a filter. Shown, it has the line of the filter with carets below the mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterError {
    /// The filter.
    pub text: String,
    /// The bytes of `text` that are wrong; empty at its end where something is missing.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What would be right, where that is known.
    pub hint: Option<String>,
}

impl FilterError {
    pub(super) fn new(text: &str, span: Range<usize>, message: impl Into<String>) -> Self {
        Self { text: text.to_owned(), span, message: message.into(), hint: None }
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The line with the mistake, cut to what is near it, and the carets.
    fn excerpt(&self) -> Option<String> {
        if self.text.trim().is_empty() {
            return None;
        }
        let before = self.text.get(..self.span.start)?;
        let wrong = self.text.get(self.span.clone())?;
        let after = self.text.get(self.span.end..)?;
        let line_before = before.rsplit('\n').next().unwrap_or_default();
        let cut = line_before.chars().count().saturating_sub(SHOWN_BESIDE);
        let shown_before = plain(line_before.chars().skip(cut));
        let line_wrong = wrong.lines().next().unwrap_or_default();
        let shown_wrong = plain(line_wrong.chars().take(SHOWN_BESIDE));
        let ends_here = line_wrong.len() == wrong.len() && line_wrong.chars().count() <= SHOWN_BESIDE;
        let line_after = if ends_here { after.lines().next().unwrap_or_default() } else { "" };
        let shown_after = plain(line_after.chars().take(SHOWN_BESIDE));
        let indent = " ".repeat(shown_before.chars().count());
        let carets = "^".repeat(shown_wrong.chars().count().max(1));
        Some(format!("  {shown_before}{shown_wrong}{shown_after}\n  {indent}{carets}"))
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)?;
        if let Some(excerpt) = self.excerpt() {
            write!(formatter, "\n{excerpt}")?;
        }
        self.hint.as_ref().map_or(Ok(()), |hint| write!(formatter, "\n{hint}"))
    }
}

impl std::error::Error for FilterError {}

/// A word of the filter in a message.
pub(super) fn quoted(word: &str) -> String {
    format!("`{}`", printable(word))
}

/// A word of the filter, short and safe to print.
pub(super) fn printable(word: &str) -> String {
    printable_line(&shortened(word, QUOTED))
}

fn plain(characters: impl Iterator<Item = char>) -> String {
    // One column each, so that carets stand where they belong.
    characters.map(|letter| if steers(letter) { ' ' } else { letter }).collect()
}
