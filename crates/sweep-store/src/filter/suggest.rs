//! What a misspelt name was meant to be, among the columns or the values of one. It knows no places.

use crate::Column;

/// What the membership of a sweep is called. It is no column of the view: a job can be in several.
pub(super) const SWEEP: &str = "sweep";

/// Short forms that people bring along.
const ALIASES: [(&str, &str); 7] = [
    ("lr", "learning_rate"),
    ("batch", "batch_size"),
    ("eps", "epsilon"),
    ("wd", "weight_decay"),
    ("id", "job_id"),
    ("state", "status"),
    ("leaky", "leaky_relu"),
];

/// So many names with a common part are listed.
const LISTED: usize = 8;

/// What to say of a name that is no column.
pub(super) fn column(word: &str) -> String {
    let names = || Column::all().map(Column::name).chain([SWEEP]);
    if let Some(name) = closest(word, names()) {
        return format!("did you mean {name}?");
    }
    let part = plain(word);
    let with_part: Vec<&str> = names().filter(|name| part.len() > 2 && plain(name).contains(&part)).collect();
    if with_part.is_empty() || with_part.len() > LISTED {
        return "names are the columns of the view `trials`, such as model, status or best_test_accuracy, and sweep".to_owned();
    }
    format!("did you mean {}?", listed(&with_part, "or"))
}

/// What to say of a value that is none of `names`.
pub(super) fn value(word: &str, names: &[&str]) -> String {
    match closest(word, names.iter().copied()) {
        Some(name) => format!("did you mean \"{name}\"?"),
        None => {
            let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
            format!("valid values: {}", listed(&quoted, "and"))
        }
    }
}

/// The one of `names` that `word` was meant to be, if one is close.
fn closest<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word = plain(word);
    let meant = ALIASES.iter().find(|(alias, _)| *alias == word).map(|(_, name)| *name);
    // One letter may be wrong and of a long word a quarter, but a word of two letters is never close to another.
    let letters = word.chars().count();
    let most = if letters < 3 { 0 } else { (letters / 4).max(1) };
    names
        .filter_map(|name| {
            let distance =
                if meant == Some(name) { 0 } else { strsim::damerau_levenshtein(&word, &plain(name)) };
            (distance <= most).then_some((distance, name))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// "a, b and c".
fn listed<W: AsRef<str>>(words: &[W], conjunction: &str) -> String {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    match words.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} {conjunction} {last}", first.join(", ")),
    }
}

/// Letters and digits alone, in lower case.
fn plain(word: &str) -> String {
    // No name is longer than this, and the distance costs the square of the length.
    word.chars().take(40).filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
