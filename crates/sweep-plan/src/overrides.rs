//! What the command line puts in the place of the file's values: `--set KEY=VALUE` and `--data NAME`.

use std::collections::HashMap;

use sweep_job::{KeyKind, Setting, SettingKind};

use crate::{
    check::{Axis, Checker, Named, Repetition, data},
    mistake::{Mistake, MistakeKind},
    node::{Content, Entry, Key, Node},
    parse,
    source::{Place, Sources},
    suggest::{self, Quotation},
};

/// What strings stand in.
const QUOTATION_MARKS: [char; 2] = ['"', '\''];

/// Overrides as they were typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// The `KEY=VALUE` of every `--set`.
    pub set: Vec<String>,
    /// The NAME of `--data`.
    pub data: Option<String>,
}

/// Overrides whose values are checked.
#[derive(Debug, Default)]
pub(crate) struct Overriding {
    pub(crate) name: Option<Named>,
    /// Entries that belong into `[data]`.
    pub(crate) data: Vec<Entry>,
    pub(crate) axes: Vec<Axis>,
}

/// How the words of a value that is no TOML are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Words {
    /// All of them are one string.
    One,
    /// They are strings between commas.
    Several,
    /// Numbers, true and false keep their meaning between the commas; the rest are strings.
    Mixed,
}

/// Numbers of the sources that hold the overrides: every `--set`, and `--data`.
#[derive(Debug, Default)]
pub(crate) struct Typed {
    set: Vec<u32>,
    data: Option<u32>,
}

impl Overrides {
    /// Puts the texts among the sources, so that mistakes in them can be shown.
    pub(crate) fn add_to(&self, sources: &mut Sources) -> Typed {
        Typed {
            set: self.set.iter().map(|text| sources.add("--set", text)).collect(),
            data: self.data.as_ref().map(|text| sources.add("--data", text)),
        }
    }
}

impl Checker<'_> {
    /// Checks the overrides.
    pub(crate) fn overrides(&mut self, typed: &Typed) -> Overriding {
        let mut overriding = Overriding::default();
        let entries = self.typed_entries(typed);
        let mut first: HashMap<String, Place> = HashMap::new();
        for Entry { key, value } in entries {
            if let Some(before) = first.get(&key.name) {
                let kind = MistakeKind::Contradiction { key: key.name };
                self.report(Mistake::new(kind, key.place).label("and here").context(*before, "here"));
                continue;
            }
            first.insert(key.name.clone(), key.place);
            if let Some(name) = key.name.strip_prefix("data.") {
                let key = Key { name: name.to_owned(), place: key.place };
                overriding.data.push(Entry { key, value });
            } else if key.name == "name" {
                overriding.name = Some(self.sweep_name(&value));
            } else if let Some(setting) = Setting::named(&key.name) {
                let (values, shape) = self.values(setting, &value, Repetition::Mistake);
                if !values.is_empty() {
                    overriding.axes.push(Axis { setting, key: key.place, values, shape });
                }
            } else {
                self.unknown_override(&key);
            }
        }
        overriding
    }

    /// The overrides as entries, with those left out that have no form.
    pub(crate) fn typed_entries(&mut self, typed: &Typed) -> Vec<Entry> {
        let mut entries: Vec<Entry> = typed.data.iter().map(|source| self.data_name(*source)).collect();
        entries.extend(typed.set.iter().filter_map(|source| self.key_and_value(*source)));
        entries
    }

    fn data_name(&self, source: u32) -> Entry {
        let place = self.sources.place(source, 0, usize::MAX);
        let name = self.sources.of(place).text.clone();
        Entry {
            key: Key { name: "data.set".to_owned(), place },
            value: Node { place, content: Content::Text(name) },
        }
    }

    fn key_and_value(&mut self, source: u32) -> Option<Entry> {
        let whole = self.sources.place(source, 0, usize::MAX);
        let text = &self.sources.of(whole).text;
        let form = |fault: &str| {
            let help = "for example --set epochs=40, --set model=eegnet,deepconvnet or --set data.limit=100";
            Mistake::new(MistakeKind::OverrideForm, whole).label(fault).help(help)
        };
        let Some(equals) = text.find('=') else {
            self.report(form("there is no `=`"));
            return None;
        };
        let (start, end) = trimmed(text, 0, equals);
        if start == end {
            self.report(form("there is no key"));
            return None;
        }
        let key = Key { name: text[start..end].to_owned(), place: self.sources.place(source, start, end) };
        let (start, end) = trimmed(text, equals + 1, text.len());
        if start == end {
            self.report(form("there is no value"));
            return None;
        }
        match self.typed_value(source, start, end, words_of(&key.name)) {
            Ok(value) => Some(Entry { key, value }),
            Err(mistake) => {
                self.report(*mistake);
                None
            }
        }
    }

    /// A value as TOML, or as bare words where it is none.
    fn typed_value(&self, source: u32, start: usize, end: usize, words: Words) -> Result<Node, Box<Mistake>> {
        let place = self.sources.place(source, start, end);
        let text = &self.sources.of(place).text[start..end];
        if text.starts_with(['[', '{']) {
            return parse::value(self.sources, source, start, end);
        }
        if words == Words::One && !text.starts_with(QUOTATION_MARKS) {
            return Ok(Node { place, content: Content::Text(text.to_owned()) });
        }
        let pieces = if words == Words::One { vec![text] } else { between_commas(text) };
        let mut items = Vec::with_capacity(pieces.len());
        let mut from = start;
        for piece in &pieces {
            let (start, end) = trimmed(&self.sources.of(place).text, from, from + piece.len());
            from += piece.len() + 1;
            items.push(self.word(source, start, end, words)?);
        }
        Ok(if pieces.len() > 1 { Node { place, content: Content::List(items) } } else { items.remove(0) })
    }

    /// A string in quotation marks, or a bare word.
    fn word(&self, source: u32, start: usize, end: usize, words: Words) -> Result<Node, Box<Mistake>> {
        let place = self.sources.place(source, start, end);
        let text = &self.sources.of(place).text[start..end];
        if text.starts_with(QUOTATION_MARKS) {
            return parse::value(self.sources, source, start, end);
        }
        let bare = Node { place, content: Content::Text(text.to_owned()) };
        Ok(match parse::value(self.sources, source, start, end) {
            Ok(node) => match node.content {
                Content::Switch(_) => node,
                Content::Whole(_) | Content::Number(_) if words == Words::Mixed => node,
                _ => bare,
            },
            Err(_) => bare,
        })
    }

    fn unknown_override(&mut self, key: &Key) {
        let data_keys: Vec<String> = data::keys().iter().map(|name| format!("data.{name}")).collect();
        let names: Vec<&str> = Setting::all().map(Setting::name).chain(["name"]).collect();
        let names = names.into_iter().chain(data_keys.iter().map(String::as_str));
        self.unknown_key(key, "an override", || {
            if data::is_key(&key.name) && suggest::closest(&key.name, names.clone()).is_none() {
                format!("did you mean `data.{}`?", key.name)
            } else {
                suggest::help(&key.name, names, Quotation::Key)
            }
        });
    }
}

/// The pieces of `text` between its commas; those in strings part nothing.
fn between_commas(text: &str) -> Vec<&str> {
    let (mut pieces, mut start, mut string) = (Vec::new(), 0, None);
    let mut characters = text.char_indices();
    while let Some((index, character)) = characters.next() {
        match string {
            Some('"') if character == '\\' => {
                characters.next();
            }
            Some(mark) if character == mark => string = None,
            Some(_) => {}
            None if character == ',' => {
                pieces.push(&text[start..index]);
                start = index + 1;
            }
            // Within a word, a quotation mark is a character as any other.
            None if QUOTATION_MARKS.contains(&character) && text[start..index].trim().is_empty() => {
                string = Some(character);
            }
            None => {}
        }
    }
    pieces.push(&text[start..]);
    pieces
}

/// The part of `text` between two bytes without the blanks at its ends.
fn trimmed(text: &str, start: usize, end: usize) -> (usize, usize) {
    let part = &text[start..end];
    let start = start + (part.len() - part.trim_start().len());
    (start, start + part.trim().len())
}

fn words_of(key: &str) -> Words {
    match key {
        "name" | "data.set" | "data.scale" => Words::One,
        _ => match key.strip_prefix("data.") {
            Some(key) => match data::kind_of(key) {
                Some(KeyKind::Folder | KeyKind::Name(_)) => Words::One,
                Some(KeyKind::Files) => Words::Several,
                Some(KeyKind::Whole { .. }) | None => Words::Mixed,
            },
            None => match Setting::named(key).map(Setting::kind) {
                Some(SettingKind::Name(_) | SettingKind::Weights) => Words::Several,
                _ => Words::Mixed,
            },
        },
    }
}
