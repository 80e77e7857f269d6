//! What a misspelt name was meant to be. Knows no places.

use crate::node::{printable, quoted};

/// Names that people bring along from elsewhere.
const ALIASES: [(&str, &str); 9] = [
    ("lr", "learning_rate"),
    ("batch", "batch_size"),
    ("eps", "epsilon"),
    ("wd", "weight_decay"),
    ("leaky", "leaky_relu"),
    ("init", "initial_weights"),
    ("weights", "initial_weights"),
    ("dataset", "data"),
    ("standardise", "standardize"),
];

/// So many values of a setting are listed even if one of them is close.
const MOST_BESIDE_THE_CLOSEST: usize = 5;

/// The one of `names` that `word` was meant to be, if one is close.
pub fn closest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = plain(word);
    let meant = ALIASES.iter().find(|(alias, _)| *alias == word).map(|(_, name)| *name);
    // One letter may be wrong and of a long word a quarter, but a word of two letters is never close to another.
    let letters = word.chars().count();
    let most = if letters < 3 { 0 } else { (letters / 4).max(1) };
    let distance = |name: &'a str| {
        if meant == Some(name) {
            return Some((0, name));
        }
        let candidate = plain(name);
        // Most names are too long or too short, and a file can have any number of wrong ones.
        let may_be_close = candidate.chars().count().abs_diff(letters) <= most;
        let distance = may_be_close.then(|| strsim::damerau_levenshtein(&word, &candidate));
        distance.filter(|distance| *distance <= most).map(|distance| (distance, name))
    };
    let close = names.into_iter().filter_map(distance).min_by_key(|(distance, _)| *distance);
    close.map(|(_, name)| name)
}

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

/// "a, b and c".
pub(crate) fn listed(words: impl IntoIterator<Item = String>, conjunction: &str) -> String {
    let mut words: Vec<String> = words.into_iter().collect();
    match words.pop() {
        None => String::new(),
        Some(last) if words.is_empty() => last,
        Some(last) => format!("{} {conjunction} {last}", words.join(", ")),
    }
}

/// Letters and digits alone, in lower case: `LeakyReLU` and `leaky-relu` are `leaky_relu`.
fn plain(word: &str) -> String {
    // No name is longer than this, and the distance costs the square of the length.
    word.chars().take(40).filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 4] = ["leaky_relu", "learning_rate", "epochs", "elu"];

    #[test]
    fn close_names_are_found_and_far_ones_are_not() {
        for (word, name) in [
            ("LeakyReLU", Some("leaky_relu")),
            ("learning-rate", Some("learning_rate")),
            ("lr", Some("learning_rate")),
            ("epoch", Some("epochs")),
            ("ELU", Some("elu")),
            ("gelu", Some("elu")),
            ("elo", Some("elu")),
            ("rmsnet", None),
            ("x", None),
            ("", None),
            ("momentum", None),
        ] {
            assert_eq!(closest(word, NAMES), name, "{word}");
        }
    }

    #[test]
    fn lists_read_as_sentences() {
        assert_eq!(listed(["a".into()], "and"), "a");
        assert_eq!(listed(["a".into(), "b".into(), "c".into()], "or"), "a, b or c");
    }
}
