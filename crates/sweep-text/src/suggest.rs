//! Which name a misspelt one was meant to be.

/// Names that people bring along from elsewhere.
const ALIASES: [(&str, &str); 11] = [
    ("lr", "learning_rate"),
    ("batch", "batch_size"),
    ("eps", "epsilon"),
    ("wd", "weight_decay"),
    ("leaky", "leaky_relu"),
    ("init", "initial_weights"),
    ("weights", "initial_weights"),
    ("dataset", "data"),
    ("standardise", "standardize"),
    ("id", "job_id"),
    ("state", "status"),
];

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

/// Letters and digits alone, in lower case: `LeakyReLU` and `leaky-relu` are `leaky_relu`.
fn plain(word: &str) -> String {
    // No name is longer than this, and the distance costs the square of the length.
    word.chars().take(40).filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 5] = ["leaky_relu", "learning_rate", "epochs", "elu", "status"];

    #[test]
    fn close_names_are_found_and_far_ones_are_not() {
        for (word, name) in [
            ("LeakyReLU", Some("leaky_relu")),
            ("learning-rate", Some("learning_rate")),
            ("lr", Some("learning_rate")),
            ("state", Some("status")),
            ("epoch", Some("epochs")),
            ("ELU", Some("elu")),
            ("gelu", Some("elu")),
            ("elo", Some("elu")),
            ("rmsnet", None),
            ("id", None),
            ("x", None),
            ("", None),
            ("momentum", None),
        ] {
            assert_eq!(closest(word, NAMES), name, "{word}");
        }
    }
}
