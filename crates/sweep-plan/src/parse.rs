//! TOML text to nodes. The only file that knows the parser; it goes on behind an error of syntax where it can.

use std::collections::HashSet;

use toml::de::{DeTable, DeValue, Error};

use crate::{
    mistake::{Mistake, MistakeKind, in_order},
    node::{Content, Entry, Key, Node, printable, quoted},
    source::{Place, Sources},
};

/// How the parser's message begins where it finds something that is no value.
const UNQUOTED: &str = "string values must be quoted";

/// The parser's message where a table has a key already.
const DUPLICATE: &str = "duplicate key";

/// Tables in tables in lists: no value is looked for as deep as this, and what lies deeper is left out. Keys with dots nest tables
/// deeper than the parser's own bound, deep enough to exhaust a stack.
const DEEPEST: usize = 16;

/// A longer file gets only its first syntax error reported: every byte can be an error, and each takes the parser some hundred bytes.
const MOST_RECOVERED_BYTES: usize = 1 << 20;

/// The entries of the file, number 0 of `sources`, and its mistakes of syntax.
pub(crate) fn document(sources: &Sources) -> (Vec<Entry>, Vec<Mistake>) {
    let text = &sources.file().text;
    let reader = Reader { sources, source: 0, offset: 0 };
    if text.len() > MOST_RECOVERED_BYTES {
        return match DeTable::parse(text) {
            Ok(table) => (reader.entries(table.get_ref(), 0), Vec::new()),
            Err(error) => (Vec::new(), vec![reader.mistake(&error)]),
        };
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    let mistakes = errors.iter().map(|error| reader.mistake(error)).collect();
    (reader.entries(table.get_ref(), 0), mistakes)
}

/// The value that stands in a source from byte `offset` to `end`.
pub(crate) fn value(sources: &Sources, source: u32, offset: usize, end: usize) -> Result<Node, Box<Mistake>> {
    let place = sources.place(source, offset, end);
    let text = &sources.of(place).text[place.start..place.end];
    let reader = Reader { sources, source, offset: place.start };
    let value = DeValue::parse(text).map_err(|error| Box::new(reader.mistake(&error)))?;
    Ok(reader.node(value.get_ref(), &value.span(), 0))
}

/// Mistakes of syntax, and of the others those that are not just an echo of them: none on the same line, and none behind a
/// place where the structure itself is broken.
pub(crate) fn without_echoes(sources: &Sources, syntax: Vec<Mistake>, others: Vec<Mistake>) -> Vec<Mistake> {
    let syntax = in_order(syntax);
    let breaks = |mistake: &Mistake| {
        let signs = ["unclosed", "missing comma", " in array", " in inline table"];
        matches!(&mistake.kind, MistakeKind::Syntax { message } if signs.iter().any(|sign| message.contains(sign)))
    };
    let end = syntax.iter().find(|mistake| breaks(mistake)).map_or(usize::MAX, |mistake| mistake.place.start);
    let mut lines = HashSet::new();
    let line = |mistake: &Mistake| sources.of(mistake.place).line(mistake.place.start);
    let mut kept: Vec<Mistake> = Vec::new();
    for mistake in syntax.into_iter().filter(|mistake| mistake.place.start <= end) {
        if lines.insert(line(&mistake)) {
            kept.push(mistake);
        }
    }
    let is_echo = |mistake: &Mistake| {
        mistake.place.source == 0 && (mistake.place.start >= end || lines.contains(&line(mistake)))
    };
    kept.extend(others.into_iter().filter(|mistake| !is_echo(mistake)));
    kept
}

/// Whether blanks alone part the numbers of `text`.
fn are_numbers(text: &str) -> bool {
    text.split_whitespace().all(|word| word.parse::<f64>().is_ok_and(f64::is_finite))
}

struct Reader<'a> {
    sources: &'a Sources,
    source: u32,
    offset: usize,
}

impl Reader<'_> {
    fn place(&self, span: &std::ops::Range<usize>) -> Place {
        self.sources.place(self.source, self.offset + span.start, self.offset + span.end)
    }

    fn mistake(&self, error: &Error) -> Mistake {
        let place = self.place(&error.span().unwrap_or(0..0));
        let mistake =
            |message: &str| Mistake::new(MistakeKind::Syntax { message: message.to_owned() }, place);
        let text = &self.sources.of(place).text[place.start..place.end];
        match error.message() {
            DUPLICATE => Mistake::new(MistakeKind::DuplicateKey { key: printable(text) }, place),
            message if message.starts_with(UNQUOTED) && text.is_empty() => mistake("a value is missing"),
            message if message.starts_with(UNQUOTED) && are_numbers(text) => {
                let list = text.split_whitespace().collect::<Vec<_>>().join(", ");
                mistake("expected one number").help(format!("several values are a list: [{list}]"))
            }
            message if message.starts_with(UNQUOTED) => {
                mistake("strings stand in quotation marks").help(format!("write {}", quoted(text)))
            }
            message => mistake(message),
        }
    }

    fn entries(&self, table: &DeTable<'_>, depth: usize) -> Vec<Entry> {
        if depth > DEEPEST {
            return Vec::new();
        }
        let entry = |(key, value): (&toml::Spanned<_>, &toml::Spanned<DeValue<'_>>)| {
            let name: &std::borrow::Cow<'_, str> = key.get_ref();
            Entry {
                key: Key { name: name.to_string(), place: self.place(&key.span()) },
                value: self.node(value.get_ref(), &value.span(), depth),
            }
        };
        table.iter().map(entry).collect()
    }

    fn node(&self, value: &DeValue<'_>, span: &std::ops::Range<usize>, depth: usize) -> Node {
        let content = match value {
            DeValue::String(text) => Content::Text(text.to_string()),
            DeValue::Integer(integer) => {
                let limit = if integer.as_str().starts_with('-') { i128::MIN } else { i128::MAX };
                Content::Whole(i128::from_str_radix(integer.as_str(), integer.radix()).unwrap_or(limit))
            }
            // A decimal that overflows becomes infinite, which every setting refuses.
            DeValue::Float(float) => Content::Number(float.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Boolean(switch) => Content::Switch(*switch),
            DeValue::Datetime(_) => Content::Date,
            DeValue::Array(items) => {
                let kept = if depth > DEEPEST { 0 } else { items.len() };
                let items = items.iter().take(kept);
                Content::List(items.map(|item| self.node(item.get_ref(), &item.span(), depth + 1)).collect())
            }
            DeValue::Table(table) => Content::Table(self.entries(table, depth + 1)),
        };
        Node { place: self.place(span), content }
    }
}
