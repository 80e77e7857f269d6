//! Filters: which jobs are meant, in a line such as `model = "eegnet" and learning_rate < 0.01`. docs/filter.md describes the language.
//!
//! A filter is read, checked and turned into a condition with parameters; it asks no database. No text of it becomes SQL: names are
//! looked up in [`Column`], values are bound.

mod check;
mod compile;
mod error;
mod expression;
mod parse;
mod suggest;
mod time;
mod token;

use std::{fmt, str::FromStr};

pub use error::FilterError;

pub(crate) use compile::Condition;
use expression::Expression;

/// Bytes that a filter may have.
pub(crate) const MOST_BYTES: usize = 16 << 10;
/// How deep parentheses and `not` may nest.
pub(crate) const MOST_DEPTH: usize = 32;
/// Values and columns that a filter may compare with. SQLite takes expressions up to a depth of 1,000 ("Limits in SQLite", section 6).
pub(crate) const MOST_VALUES: usize = 500;

/// Which jobs are meant.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    text: String,
    expression: Expression,
}

impl Filter {
    /// Reads a filter and checks it: every name is a column of the view `trials` or `sweep`, and is compared with what it can be.
    ///
    /// # Errors
    /// Where it is wrong, or longer or deeper than it may be: what is wrong, where, and what would be right.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        Ok(Self { text: text.to_owned(), expression: parse::parse(text)? })
    }

    /// The filter as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn condition(&self) -> Condition {
        compile::condition(&self.expression)
    }
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        Self::parse(text)
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.text)
    }
}
