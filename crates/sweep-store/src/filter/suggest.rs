//! What a misspelt name was meant to be, among the columns or the values of one. It knows no places.

use sweep_text::{closest, listed};

use crate::Column;

/// What the membership of a sweep is called. It is no column of the view: a job can be in several.
pub(super) const SWEEP: &str = "sweep";

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

/// Letters and digits alone, in lower case.
fn plain(word: &str) -> String {
    // No name is longer than this, and the distance costs the square of the length.
    word.chars().take(40).filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
