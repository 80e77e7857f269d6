//! A filter in its words: names, values and signs, each with its place. It knows no columns.

use std::ops::Range;

use super::{
    FilterError,
    error::quoted,
    expression::Order::{self, Equal, Greater, GreaterOrEqual, Less, LessOrEqual},
};

/// A word of a filter with its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) span: Range<usize>,
    pub(super) form: Form,
}

/// What a word is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Form {
    /// A name or a keyword.
    Word,
    /// What stood between quotes.
    Text(String),
    /// A number; with a sign for per cent behind it, that is not part of `digits`.
    Number {
        digits: String,
        unit: Unit,
    },
    /// A comparison.
    Sign(Order),
    /// `!=`.
    Unequal,
    /// `~`.
    Tilde,
    Open,
    Close,
    Comma,
    /// Behind the last word.
    End,
}

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    One,
    Percent,
}

/// The signs, longer ones before those that they begin with.
const SIGNS: [(&str, Form); 12] = [
    ("==", Form::Sign(Equal)),
    ("!=", Form::Unequal),
    ("<>", Form::Unequal),
    ("<=", Form::Sign(LessOrEqual)),
    (">=", Form::Sign(GreaterOrEqual)),
    ("=", Form::Sign(Equal)),
    ("<", Form::Sign(Less)),
    (">", Form::Sign(Greater)),
    ("~", Form::Tilde),
    ("(", Form::Open),
    (")", Form::Close),
    (",", Form::Comma),
];

/// The words of `text`, behind them one `End`.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, FilterError> {
    let mut tokens = Vec::new();
    let mut begin = 0;
    while let Some(first) = text[begin..].chars().next() {
        if first.is_whitespace() {
            begin += first.len_utf8();
            continue;
        }
        let (length, form) = token(text, begin, first)?;
        tokens.push(Token { span: begin..begin + length, form });
        begin += length;
    }
    tokens.push(Token { span: text.len()..text.len(), form: Form::End });
    Ok(tokens)
}

/// The word that begins at byte `begin` with `first`, and how many bytes it has.
fn token(text: &str, begin: usize, first: char) -> Result<(usize, Form), FilterError> {
    let rest = &text[begin..];
    if first == '"' || first == '\'' {
        return quotation(text, begin, first);
    }
    if is_number(rest) {
        return number(text, begin);
    }
    if first.is_alphabetic() || first == '_' {
        // Nothing is subtracted here, so that a name with hyphens is one word, and can be told what it should be.
        let letters =
            rest.char_indices().find(|(_, letter)| !letter.is_alphanumeric() && !"_-".contains(*letter));
        return Ok((letters.map_or(rest.len(), |(end, _)| end), Form::Word));
    }
    if let Some((sign, form)) = SIGNS.iter().find(|(sign, _)| rest.starts_with(sign)) {
        return Ok((sign.len(), form.clone()));
    }
    let span = begin..begin + first.len_utf8();
    let error = FilterError::new(text, span, format!("{} means nothing here", quoted(&first.to_string())));
    Err(match first {
        '&' => error.hint("write `and` between two conditions that must both hold"),
        '|' => error.hint("write `or` between two conditions of which one must hold"),
        '!' => error.hint("write `not` before a condition, or `!=`"),
        _ => error,
    })
}

/// What stands between two quotes; the same quote within is written twice.
fn quotation(text: &str, begin: usize, quote: char) -> Result<(usize, Form), FilterError> {
    let mut content = String::new();
    let mut letters = text[begin + 1..].char_indices().peekable();
    while let Some((place, letter)) = letters.next() {
        if letter != quote {
            content.push(letter);
        } else if letters.next_if(|(_, next)| *next == quote).is_some() {
            content.push(quote);
        } else {
            return Ok((place + 2, Form::Text(content)));
        }
    }
    Err(FilterError::new(text, begin..text.len(), "the text has no end")
        .hint(format!("close it with {quote}")))
}

fn is_number(rest: &str) -> bool {
    let unsigned = rest.strip_prefix(['+', '-']).unwrap_or(rest);
    unsigned.strip_prefix('.').unwrap_or(unsigned).starts_with(|letter: char| letter.is_ascii_digit())
}

/// A number, and all letters that stand next to it.
fn number(text: &str, begin: usize) -> Result<(usize, Form), FilterError> {
    let mut end = begin;
    let mut before = ' ';
    for letter in text[begin..].chars() {
        let is_sign = "+-".contains(letter) && (end == begin || "eE".contains(before));
        if !is_sign && !letter.is_alphanumeric() && !"._".contains(letter) {
            break;
        }
        end += letter.len_utf8();
        before = letter;
    }
    let digits = &text[begin..end];
    let is_plain = digits.chars().all(|letter| letter.is_ascii_digit() || "+-.eE".contains(letter));
    if !is_plain || !digits.parse::<f64>().is_ok_and(f64::is_finite) {
        let error = FilterError::new(text, begin..end, format!("{} is no number", quoted(digits)));
        return Err(error.hint("write numbers as 12, 0.01 or 1e-3, and texts between quotes"));
    }
    let digits = digits.to_owned();
    if text[end..].starts_with('%') {
        return Ok((end + 1 - begin, Form::Number { digits, unit: Unit::Percent }));
    }
    Ok((end - begin, Form::Number { digits, unit: Unit::One }))
}
