//! The font of the figures: how wide text is, and text that fits a width. It knows no drawing.

use std::{collections::BTreeMap, sync::LazyLock};

use skrifa::{
    FontRef, MetadataProvider,
    instance::{LocationRef, Size},
};

use crate::words::one_line;

/// Inter in weight 400 as a TrueType file, for pages that want to show figures in their own font (fonts/README.md).
pub const REGULAR_FONT: &[u8] = include_bytes!("../../fonts/inter-regular.ttf");
/// Inter in weight 600.
pub const SEMI_BOLD_FONT: &[u8] = include_bytes!("../../fonts/inter-semi-bold.ttf");

/// The fonts that a viewer tries in turn; PNGs have the first.
pub(crate) const FAMILIES: &str = "Inter, 'Helvetica Neue', Arial, sans-serif";

/// A character that Inter lacks comes from a font unknown here; Chinese, Japanese and Korean ones are 1 em wide.
const UNKNOWN_ADVANCE: f64 = 1.0;
/// No line shows more characters than these.
const MOST_CHARACTERS: usize = 2000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    Regular,
    SemiBold,
}

impl Weight {
    /// What is added to the width of text in Inter: a viewer without it may show a wider font. The widest that stands in usually
    /// is DejaVu Sans, 2 to 10 % wider in labels like ours; it has no weight 600, and its bold is 13 to 20 % wider.
    fn allowance(self) -> f64 {
        match self {
            Self::Regular => 1.08,
            Self::SemiBold => 1.2,
        }
    }
}

/// The room in pixels that a line of text takes at a font size in pixels.
pub(crate) fn width(text: &str, size: f64, weight: Weight) -> f64 {
    clean(text).chars().map(|character| advance(character, weight)).sum::<f64>() * size * weight.allowance()
}

/// `text`, with an ellipsis for its middle if it is wider than `room`: names of settings often differ at either end.
pub(crate) fn shorten(text: &str, size: f64, weight: Weight, room: f64) -> String {
    let text: Vec<char> = clean(text).chars().take(MOST_CHARACTERS).collect();
    let whole: String = text.iter().collect();
    if width(&whole, size, weight) <= room {
        return whole;
    }
    let cut = |kept: usize| -> String {
        let head = kept.div_ceil(2);
        let tail = &text[text.len() - (kept - head)..];
        let head: String = text[..head].iter().collect();
        format!("{}…{}", head.trim_end(), tail.iter().collect::<String>().trim_start())
    };
    let (mut fits, mut too_many) = (0, text.len());
    while too_many - fits > 1 {
        let middle = fits.midpoint(too_many);
        if width(&cut(middle), size, weight) <= room { fits = middle } else { too_many = middle }
    }
    cut(fits)
}

/// `text` in at most `most` lines no wider than `room`, broken between words.
pub(crate) fn wrap(text: &str, size: f64, weight: Weight, room: f64, most: usize) -> Vec<String> {
    let text = clean(text);
    let mut words = text.split(' ').filter(|word| !word.is_empty()).peekable();
    let mut lines = Vec::new();
    while words.peek().is_some() && lines.len() + 1 < most {
        let mut line = String::new();
        while let Some(word) = words.peek() {
            let longer = if line.is_empty() { (*word).to_owned() } else { format!("{line} {word}") };
            if !line.is_empty() && width(&longer, size, weight) > room {
                break;
            }
            line = longer;
            words.next();
        }
        lines.push(shorten(&line, size, weight, room));
    }
    let rest: Vec<&str> = words.collect();
    if !rest.is_empty() {
        lines.push(shorten(&rest.join(" "), size, weight, room));
    }
    lines
}

/// Text as it is drawn: one line, without characters that XML forbids, and with those escaped that would turn the text around.
pub(crate) fn clean(text: &str) -> String {
    one_line(text)
        .chars()
        .map(|character| if matches!(character, '\u{fffe}' | '\u{ffff}') { '\u{fffd}' } else { character })
        .collect()
}

fn advance(character: char, weight: Weight) -> f64 {
    static REGULAR: LazyLock<BTreeMap<u32, f64>> = LazyLock::new(|| advances(REGULAR_FONT));
    static SEMI_BOLD: LazyLock<BTreeMap<u32, f64>> = LazyLock::new(|| advances(SEMI_BOLD_FONT));
    let table = match weight {
        Weight::Regular => &REGULAR,
        Weight::SemiBold => &SEMI_BOLD,
    };
    table.get(&u32::from(character)).copied().unwrap_or(UNKNOWN_ADVANCE)
}

/// The advance of every character in em. Kerning is left out: it makes text narrower almost always.
fn advances(file: &[u8]) -> BTreeMap<u32, f64> {
    let Ok(font) = FontRef::new(file) else { return BTreeMap::new() };
    let metrics = font.glyph_metrics(Size::new(1.0), LocationRef::default());
    let advance = |glyph| metrics.advance_width(glyph).map_or(UNKNOWN_ADVANCE, f64::from);
    font.charmap().mappings().map(|(character, glyph)| (character, advance(glyph))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fonts_are_read() {
        assert!(advances(REGULAR_FONT).len() > 1000 && advances(SEMI_BOLD_FONT).len() > 1000);
        let one = width("1", 10.0, Weight::Regular);
        assert!(one > 3.0 && one < width("m", 10.0, Weight::Regular));
        assert!(width("Accuracy", 10.0, Weight::Regular) < width("Accuracy", 10.0, Weight::SemiBold));
    }

    #[test]
    fn there_is_room_for_the_widest_font_that_stands_in() {
        // In em: DejaVu Sans, which has no weight 600, and its bold.
        for (title, regular, bold) in [
            ("Activation function comparison (EEGNet)", 20.48, 23.09),
            ("Test accuracy of the epoch that the validation set selects", 28.78, 32.47),
            ("DeepConvNet ELU: accuracy per epoch", 19.67, 21.86),
        ] {
            let room = |weight| width(title, 1.0, weight);
            assert!((regular..1.1 * regular).contains(&room(Weight::Regular)), "{title}");
            assert!((bold..1.1 * bold).contains(&room(Weight::SemiBold)), "{title}");
        }
    }

    #[test]
    fn long_names_keep_both_ends() {
        let short = shorten("activation=relu,learning_rate=0.001,seed=12", 10.0, Weight::Regular, 120.0);
        assert!(short.starts_with("activat") && short.ends_with("seed=12") && short.contains('…'));
        assert!(width(&short, 10.0, Weight::Regular) <= 120.0);
        assert_eq!(shorten("ReLU", 10.0, Weight::Regular, 120.0), "ReLU");
    }

    #[test]
    fn lines_are_as_wide_as_allowed_and_lose_nothing_before_the_last() {
        let text = "one two three four five six seven";
        let lines = wrap(text, 10.0, Weight::Regular, 80.0, 9);
        assert!(lines.len() > 1 && lines.iter().all(|line| width(line, 10.0, Weight::Regular) <= 80.0));
        assert_eq!(lines.join(" "), text);
        let lines = wrap(text, 10.0, Weight::Regular, 80.0, 2);
        assert!(lines.len() == 2 && lines[1].contains('…'));
    }

    #[test]
    fn forbidden_characters_do_not_stay() {
        assert_eq!(clean("a\u{0}b\u{ffff}c\u{202e}d\ne"), "a\\u{0}b\u{fffd}c\\u{202e}d e");
    }
}
