//! The line of a sweep file that is to blame for what was found elsewhere: in the data, or in a network that cannot be built.

use std::{
    io,
    path::{Path, PathBuf},
};

use sweep_job::{KeyKind, ModelKind};

use crate::{
    check::{Checker, WeightsReader, data},
    mistake::{Mistake, MistakeKind},
    mistakes::Mistakes,
    node::{Content, Entry, Node},
    overrides::Overrides,
    parse,
    source::{Place, Sources},
};

/// What a sweep file names and what is not right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Culprit {
    /// A model.
    Model(ModelKind),
    /// A file or folder of the data set.
    Data(PathBuf),
    /// A file with initial weights.
    Weights(PathBuf),
    /// A key of the table `[data]`.
    DataKey(&'static str),
}

/// Something that is wrong, and who is to blame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// Who is to blame.
    pub culprit: Culprit,
    /// What is wrong.
    pub words: String,
    /// What would be right.
    pub help: Option<String>,
}

/// The complaints with their lines in `text`, the content of `file_name`, or in what overrides it. None if one of the culprits is not
/// in there, as a default is not.
pub fn blame(
    file_name: &str,
    text: &str,
    overrides: &Overrides,
    complaints: &[Complaint],
) -> Option<Mistakes> {
    let mut sources = Sources::default();
    sources.add(file_name, text);
    let typed = overrides.add_to(&mut sources);
    let (entries, _) = parse::document(&sources);
    let unread = |_: &Path| Err(io::ErrorKind::Unsupported.into());
    let typed = Checker::new(&sources, WeightsReader::new(&unread)).typed_entries(&typed);
    let names = Names { file: &entries, typed: &typed };
    let mistakes: Option<Vec<Mistake>> =
        complaints.iter().map(|complaint| names.mistake(complaint)).collect();
    Some(Mistakes::new(sources, mistakes?, 0))
}

/// What the file and the overrides name.
struct Names<'a> {
    file: &'a [Entry],
    typed: &'a [Entry],
}

impl<'a> Names<'a> {
    fn mistake(&self, complaint: &Complaint) -> Option<Mistake> {
        let Complaint { culprit, words, help } = complaint;
        let kind = MistakeKind::Outside { words: words.clone() };
        let mut mistake = Mistake::new(kind, self.place(culprit)?);
        mistake.help.extend(help.clone());
        Some(mistake)
    }

    fn place(&self, culprit: &Culprit) -> Option<Place> {
        let named = |nodes: Vec<&Node>, is_meant: &dyn Fn(&Path) -> bool| {
            let is_meant =
                |node: &&&Node| matches!(&node.content, Content::Text(text) if is_meant(Path::new(text)));
            nodes.iter().find(is_meant).map(|node| node.place)
        };
        match culprit {
            Culprit::Model(model) => named(self.setting("model"), &|name| name == Path::new(model.name())),
            Culprit::Weights(path) => named(self.setting("initial_weights"), &|name| name == path),
            Culprit::Data(path) => {
                let of_kind = |kind: KeyKind| {
                    let keys = data::source_keys().filter(|key| key.kind == kind);
                    keys.flat_map(|key| self.data(key.name)).collect::<Vec<_>>()
                };
                named(of_kind(KeyKind::Files), &|name| name == path)
                    .or_else(|| named(of_kind(KeyKind::Folder), &|name| path.starts_with(name)))
                    .or_else(|| self.place(&Culprit::DataKey("set")))
            }
            Culprit::DataKey(key) => self.data(key).first().map(|node| node.place),
        }
    }

    /// The values of a key of `[data]`: those of the command line, or else those of the file.
    fn data(&self, key: &str) -> Vec<&'a Node> {
        let typed = format!("data.{key}");
        match values(self.typed, &typed) {
            found if found.is_empty() => {
                tables(self.file, "data").flat_map(|data| values(data, key)).collect()
            }
            found => found,
        }
    }

    /// The values that jobs are given for a setting.
    fn setting(&self, name: &str) -> Vec<&'a Node> {
        let typed = values(self.typed, name);
        if !typed.is_empty() {
            return typed;
        }
        let of_jobs = ["grid", "zip", "rows"].into_iter().flat_map(|table| tables(self.file, table));
        let set = tables(self.file, "when").flat_map(|block| tables(block, "set"));
        of_jobs.chain(set).flat_map(|table| values(table, name)).collect()
    }
}

/// The tables of a name: one, or a list of them.
fn tables<'a>(entries: &'a [Entry], name: &str) -> impl Iterator<Item = &'a [Entry]> + use<'a> {
    values(entries, name).into_iter().filter_map(|node| match &node.content {
        Content::Table(entries) => Some(entries.as_slice()),
        _ => None,
    })
}

/// The values of a key: one, or the items of a list.
fn values<'a>(entries: &'a [Entry], name: &str) -> Vec<&'a Node> {
    let Some(entry) = entries.iter().find(|entry| entry.key.name == name) else { return Vec::new() };
    match &entry.value.content {
        Content::List(items) => items.iter().collect(),
        _ => vec![&entry.value],
    }
}
