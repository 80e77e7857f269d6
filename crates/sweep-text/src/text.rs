//! Text of any origin, made fit for people: without characters that steer a terminal, and paths as short as they can be.

use std::{
    env,
    path::{Path, PathBuf},
};

/// `text` with every character escaped that steers a terminal or changes the order of its neighbours, except line breaks and tabs.
/// Line breaks of Windows become plain ones.
pub fn printable(text: &str) -> String {
    escaped(&text.replace("\r\n", "\n"), |character| steers(character) && !matches!(character, '\n' | '\t'))
}

/// `text` in one line: as [`printable`], with line breaks and tabs escaped too.
pub fn printable_line(text: &str) -> String {
    escaped(text, steers)
}

/// Control characters, and those that set the direction of text (Unicode Standard Annex 9, "Explicit Directional Embeddings" and
/// following) or break lines.
pub fn steers(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

fn escaped(text: &str, is_escaped: impl Fn(char) -> bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if is_escaped(character) {
            escaped.extend(character.escape_default());
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// `text` in one line, as [`printable`], with line breaks and tabs as spaces.
pub fn one_line(text: &str) -> String {
    printable(text).replace(['\n', '\t'], " ")
}

/// `text`, or its beginning with an ellipsis if it has more than `most` characters.
pub fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// `path` as people are shown it: relative to the current folder if it lies below.
pub fn shown_path(path: &Path) -> PathBuf {
    let below = env::current_dir().ok().and_then(|folder| Some(path.strip_prefix(folder).ok()?.to_owned()));
    below.filter(|below| !below.as_os_str().is_empty()).unwrap_or_else(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_a_terminal_or_turns_text_around() {
        assert_eq!(printable("a\n\tb\r\u{1b}[31m\u{9b}"), "a\n\tb\\r\\u{1b}[31m\\u{9b}");
        assert_eq!(printable("a\r\nb"), "a\nb");
        assert_eq!(printable_line("a\n\tb"), "a\\n\\tb");
        assert_eq!(printable("\u{202e}abc\u{2066}\u{200f}"), "\\u{202e}abc\\u{2066}\\u{200f}");
        // Text that runs from right to left by itself, and emoji that are joined, stay what they are.
        for text in ["שלום", "é", "👩\u{200d}🔬", "«µV»"] {
            assert_eq!(printable_line(text), text);
        }
    }

    #[test]
    fn a_line_is_one_line_and_as_long_as_it_may_be() {
        assert_eq!(one_line("a\u{1b}[2Jb\r\nc\td"), "a\\u{1b}[2Jb c d");
        assert_eq!(shortened("ééé", 3), "ééé");
        assert_eq!(shortened("éééé", 3), "éé…");
    }

    #[test]
    fn paths_below_the_current_folder_are_relative() {
        let folder = env::current_dir().unwrap();
        assert_eq!(shown_path(&folder.join("data/a.npz")), Path::new("data/a.npz"));
        assert_eq!(shown_path(Path::new("/elsewhere/a.npz")), Path::new("/elsewhere/a.npz"));
        assert_eq!(shown_path(Path::new("data/a.npz")), Path::new("data/a.npz"));
        assert_eq!(shown_path(&folder), folder);
    }
}
