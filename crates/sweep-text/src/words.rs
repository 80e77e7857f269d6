//! Counts, lists and paragraphs.

use crate::thousands;

/// `1 job`, `2 jobs`, `2,160 jobs`, `2 classes`.
pub fn counted(count: usize, word: &str) -> String {
    let ending = match count {
        1 => "",
        _ if word.ends_with('s') => "es",
        _ => "s",
    };
    format!("{} {word}{ending}", thousands(count as u64))
}

/// `a, b and c`.
pub fn listed<W: AsRef<str>>(words: impl IntoIterator<Item = W>, conjunction: &str) -> String {
    let words: Vec<W> = words.into_iter().collect();
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    match words.as_slice() {
        [before @ .., last] if !before.is_empty() => format!("{} {conjunction} {last}", before.join(", ")),
        words => words.concat(),
    }
}

/// `text` in lines of at most `width` characters, broken between words, where a number stays with its `%`; all but the first begin with `indent`.
pub fn wrap(text: &str, width: usize, indent: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.replace(" %", "\u{a0}%").split(' ') {
        let length = line.chars().count();
        let is_full = length + 1 + word.chars().count() > width;
        // A word that begins where the next line would gains nothing there.
        if is_full && !line.trim().is_empty() && length + 1 > indent.chars().count() {
            let full = std::mem::replace(&mut line, indent.to_owned());
            lines.push(full.trim_end().to_owned());
            line.push_str(word);
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.push(line);
    lines.join("\n").replace('\u{a0}', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_not_counted_as_several() {
        let counts = [counted(1, "class"), counted(2, "class"), counted(0, "job"), counted(2160, "job")];
        assert_eq!(counts, ["1 class", "2 classes", "0 jobs", "2,160 jobs"]);
    }

    #[test]
    fn lists_read_as_sentences() {
        assert_eq!(listed::<&str>([], "and"), "");
        assert_eq!(listed(["a"], "and"), "a");
        assert_eq!(listed(["a", "b", "c"], "or"), "a, b or c");
    }

    #[test]
    fn words_stay_whole() {
        assert_eq!(wrap("one two three four", 9, "  "), "one two\n  three\n  four");
        assert_eq!(wrap("incomprehensible", 4, ""), "incomprehensible");
        assert_eq!(wrap("from 62.9 to 68.5 %", 18, ""), "from 62.9 to\n68.5 %");
        assert_eq!(wrap("name  incomprehensible", 9, "      "), "name  incomprehensible");
    }
}
