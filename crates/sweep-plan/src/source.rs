//! Where text comes from: the sweep file and what was typed on the command line, and places in them. Knows no TOML.

/// A span of bytes in one of the [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Place {
    /// Number of the source.
    pub(crate) source: u32,
    /// First byte.
    pub(crate) start: usize,
    /// Behind the last byte.
    pub(crate) end: usize,
}

/// A text with the name it is reported under.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) text: String,
    /// First byte of every line: a file can have as many mistakes as lines, and each is asked for its line.
    line_starts: Vec<usize>,
}

impl Source {
    pub(crate) fn new(name: &str, text: &str) -> Self {
        let after_breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let line_starts = std::iter::once(0).chain(after_breaks).collect();
        Self { name: name.to_owned(), text: text.to_owned(), line_starts }
    }

    /// The line of a byte, from 1.
    pub(crate) fn line(&self, byte: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= byte)
    }

    /// Line and column of a byte, both from 1; the column counts characters.
    pub(crate) fn position(&self, byte: usize) -> (usize, usize) {
        let before = self.text.get(..byte).unwrap_or(&self.text);
        let line = self.line(before.len());
        let start = self.line_starts[line - 1];
        (line, 1 + before[start..].trim_start_matches('\u{feff}').chars().count())
    }

    /// First byte of the line that holds `byte`, and the byte behind its last one, without its line break.
    pub(crate) fn lines_around(&self, start: usize, end: usize) -> (usize, usize) {
        let first = self.text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        // A span that ends with a line break does not reach into the next line.
        let within = if end > start && self.text[..end].ends_with('\n') { end - 1 } else { end };
        // The byte order mark is no part of the first line.
        let first =
            if first == 0 && self.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { first };
        let within = within.max(first);
        let last = self.text[within..].find('\n').map_or(self.text.len(), |newline| within + newline);
        (first, last)
    }
}

/// The sweep file, number 0, and behind it the texts from the command line.
#[derive(Debug, Default)]
pub(crate) struct Sources(Vec<Source>);

impl Sources {
    /// Adds a text and gives its number.
    pub(crate) fn add(&mut self, name: &str, text: &str) -> u32 {
        self.0.push(Source::new(name, text));
        (self.0.len() - 1) as u32
    }

    /// The source that holds `place`.
    pub(crate) fn of(&self, place: Place) -> &Source {
        &self.0[place.source as usize]
    }

    /// The sweep file.
    pub(crate) fn file(&self) -> &Source {
        &self.0[0]
    }

    /// A place whose ends are moved to boundaries of characters within the text.
    pub(crate) fn place(&self, source: u32, start: usize, end: usize) -> Place {
        let text = &self.0[source as usize].text;
        let start = text.floor_char_boundary(start.min(text.len()));
        let end = text.ceil_char_boundary(end.min(text.len())).max(start);
        Place { source, start, end }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters() {
        let source = Source::new("a", "\u{feff}äß = 1\r\nb = 2");
        let byte = |what| source.text.find(what).unwrap_or_default();
        assert_eq!(source.position(byte("=")), (1, 4));
        assert_eq!(source.position(byte("b")), (2, 1));
        assert_eq!(source.position(usize::MAX), (2, 6));
    }

    #[test]
    fn places_are_moved_onto_characters() {
        let mut sources = Sources::default();
        sources.add("a", "äb");
        assert_eq!(sources.place(0, 1, 1), Place { source: 0, start: 0, end: 2 });
        assert_eq!(sources.place(0, 9, 3), Place { source: 0, start: 3, end: 3 });
    }
}
