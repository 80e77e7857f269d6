//! What a misspelt name was meant to be. Knows no places.

pub(crate) use sweep_text::{closest, listed};

use crate::node::{printable, quoted};

/// So many values of a setting are listed even if one of them is close.
const MOST_BESIDE_THE_CLOSEST: usize = 5;

/// A line of help: the closest name, or all of them.
pub(crate) fn help<'a>(
    word: &str,
    names: impl IntoIterator<Item = &'a str> + Clone,
    quotation: Quotation,
) -> String {
    let write = |name: &str| match quotation {
        Quotation::Value => quoted(name),
        Quotation::Key => format!("`{}`", printable(name)),
    };
    let kind = match quotation {
        Quotation::Value => "values",
        Quotation::Key => "keys",
    };
    let all = || format!("valid {kind}: {}", listed(names.clone().into_iter().map(write), "and"));
    let is_short = || names.clone().into_iter().count() <= MOST_BESIDE_THE_CLOSEST;
    match closest(word, names.clone()) {
        // The closest of a few names may not be the one that was meant.
        Some(name) if quotation == Quotation::Value && plain(name) != plain(word) && is_short() => {
            format!("did you mean {}? {}", write(name), all())
        }
        Some(name) => format!("did you mean {}?", write(name)),
        None => all(),
    }
}

/// How a name is quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quotation {
    /// As the key that it is.
    Key,
    /// As the string that it is.
    Value,
}

/// Letters and digits alone, in lower case: `LeakyReLU` and `leaky-relu` are `leaky_relu`.
fn plain(word: &str) -> String {
    // No name is longer than this, and the distance costs the square of the length.
    word.chars().take(40).filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
