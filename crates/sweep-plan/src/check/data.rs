//! The `[data]` table, with what the command line puts into it.

use std::path::PathBuf;

use sweep_job::{
    Bounds, DataSource, DataSpec, Declaration, KeyKind, KeyValue, KeyValues, MOST_SEED, Presence, Scale,
    SourceKey, ValidationBy,
};

use crate::{
    check::Checker,
    mistake::{Mistake, MistakeKind},
    node::{Content, Entry, Node, quoted},
    source::Place,
    suggest::{self, Quotation},
};

/// The keys that every source has beside its own.
const SHARED_KEYS: [&str; 5] = ["validation", "validation_by", "validation_seed", "scale", "limit"];

/// All keys of the table, each once.
pub(crate) fn keys() -> Vec<&'static str> {
    let mut keys = vec!["set"];
    for key in source_keys() {
        if !keys.contains(&key.name) {
            keys.push(key.name);
        }
    }
    keys.extend(SHARED_KEYS);
    keys
}

/// Whether the table has this key.
pub(crate) fn is_key(name: &str) -> bool {
    name == "set" || SHARED_KEYS.contains(&name) || kind_of(name).is_some()
}

/// What the values of a key are that belongs to some source.
pub(crate) fn kind_of(name: &str) -> Option<KeyKind> {
    source_keys().find(|key| key.name == name).map(|key| key.kind)
}

/// The keys that belong to sources; one that several share comes up several times.
pub(crate) fn source_keys() -> impl Iterator<Item = &'static SourceKey> {
    DataSource::DECLARATIONS.into_iter().flat_map(|source| source.keys)
}

/// What to make of keys that are not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absence {
    /// They may still come from the command line.
    Allowed,
    Mistake,
}

/// The entries of the file with those of the command line in their place. Where these name another data set, the
/// file's keys of its own data set go.
pub(crate) fn overridden(file: &[Entry], overrides: &[Entry]) -> Vec<Entry> {
    let set = |entries: &[Entry]| {
        entries.iter().find(|entry| entry.key.name == "set").map(|entry| match &entry.value.content {
            Content::Text(set) => set.clone(),
            _ => String::new(),
        })
    };
    let new_set = set(overrides).filter(|new| set(file).is_some_and(|old| old != *new));
    let goes = |name: &str| {
        overrides.iter().any(|entry| entry.key.name == name) || (new_set.is_some() && kind_of(name).is_some())
    };
    let kept = file.iter().filter(|entry| !goes(&entry.key.name)).cloned();
    overrides.iter().cloned().chain(kept).collect()
}

impl Checker<'_> {
    /// The data set that `entries` describe; `header` is blamed for what they lack.
    pub(crate) fn data(&mut self, header: Place, entries: &[Entry], absence: Absence) -> Option<DataSpec> {
        self.known_data_keys(entries);
        let set = self.data_set(header, entries, absence);
        if let Some((source, _)) = set {
            self.keys_of_other_sets(entries, source);
        }
        let get = |name: &str| entries.iter().find(|entry| entry.key.name == name).map(|entry| &entry.value);
        let validation =
            get("validation").map_or(Some(0.0), |node| self.number("validation", node, Bounds::Share));
        let validation_by = get("validation_by").map_or(Some(ValidationBy::Trial), |node| {
            self.name("validation_by", node, &ValidationBy::ALL, ValidationBy::name)
        });
        let validation_seed =
            get("validation_seed").map_or(Some(0), |node| self.whole("validation_seed", node, 0, MOST_SEED));
        let scale =
            get("scale").map_or(Some(Scale::None), |node| self.name("scale", node, &Scale::ALL, Scale::name));
        let limit = match get("limit") {
            None => Some(None),
            Some(node) => self.whole("limit", node, 1, u32::MAX.into()).map(|limit| Some(limit as u32)),
        };
        let source = set.and_then(|(set, place)| self.data_source(set, place, entries, absence));
        Some(DataSpec {
            source: source?,
            validation: validation?,
            validation_by: validation_by?,
            validation_seed: validation_seed?,
            scale: scale?,
            limit: limit?,
        })
    }

    fn known_data_keys(&mut self, entries: &[Entry]) {
        for Entry { key, .. } in entries.iter().filter(|entry| !is_key(&entry.key.name)) {
            self.unknown_key(key, "[data]", || {
                if sweep_job::Setting::named(&key.name).is_some() {
                    format!("`{}` is a setting of jobs: write it below [grid]", key.name)
                } else {
                    suggest::help(&key.name, keys(), Quotation::Key)
                }
            });
        }
    }

    fn data_set(
        &mut self,
        header: Place,
        entries: &[Entry],
        absence: Absence,
    ) -> Option<(&'static Declaration, Place)> {
        if let Some(Entry { value, .. }) = entries.iter().find(|entry| entry.key.name == "set") {
            let source = self.name("set", value, &DataSource::DECLARATIONS, |source| source.name)?;
            return Some((source, value.place));
        }
        let misspelt = |entry: &Entry| {
            !is_key(&entry.key.name) && suggest::closest(&entry.key.name, keys()) == Some("set")
        };
        if absence == Absence::Mistake && !entries.iter().any(misspelt) {
            let kind = MistakeKind::Missing { key: "set".to_owned() };
            self.report(
                Mistake::new(kind, header).help(format!("write set = {}", quoted_sets(DataSource::NAMES))),
            );
        }
        None
    }

    fn keys_of_other_sets(&mut self, entries: &[Entry], source: &Declaration) {
        for Entry { key, .. } in entries.iter().filter(|entry| source.key(&entry.key.name).is_none()) {
            let owners = DataSource::DECLARATIONS.into_iter().filter(|owner| owner.key(&key.name).is_some());
            let owners: Vec<&str> = owners.map(|owner| owner.name).collect();
            if !owners.is_empty() {
                let kind = MistakeKind::OtherSet { key: key.name.clone(), set: source.name };
                let help = format!("`{}` belongs to set = {}", key.name, quoted_sets(owners));
                self.report(Mistake::new(kind, key.place).help(help));
            }
        }
    }

    /// The source whose keys `entries` hold. `place` is blamed for keys that are missing.
    fn data_source(
        &mut self,
        source: &'static Declaration,
        place: Place,
        entries: &[Entry],
        absence: Absence,
    ) -> Option<DataSource> {
        let mut values = KeyValues::default();
        let mut are_right = true;
        for key in source.keys {
            let entry = entries.iter().find(|entry| entry.key.name == key.name);
            match entry.map(|entry| self.source_value(key, &entry.value)) {
                Some(Some(value)) => values.insert(key, value),
                Some(None) => are_right = false,
                None if absence == Absence::Mistake => self.missing_source_key(source, key, place),
                None => {}
            }
        }
        are_right.then(|| (source.build)(&values)).flatten()
    }

    fn missing_source_key(&mut self, source: &Declaration, key: &SourceKey, place: Place) {
        let Presence::Required { example } = key.presence else { return };
        let is_required = |key: &&SourceKey| matches!(key.presence, Presence::Required { .. });
        let required = source.keys.iter().filter(is_required).map(|key| format!("`{}`", key.name));
        let label = format!("this data set needs {}", suggest::listed(required, "and"));
        let kind = MistakeKind::Missing { key: key.name.to_owned() };
        let help = format!("for example {} = {example}", key.name);
        self.report(Mistake::new(kind, place).label(label).help(help));
    }

    fn source_value(&mut self, key: &SourceKey, node: &Node) -> Option<KeyValue> {
        match key.kind {
            KeyKind::Folder => self.folder(key.name, node).map(KeyValue::Folder),
            KeyKind::Files => self.files(key.name, node).map(KeyValue::Files),
            KeyKind::Name(names) => self.name(key.name, node, names, |name| name).map(KeyValue::Name),
            KeyKind::Whole { least, most } => self.whole(key.name, node, least, most).map(KeyValue::Whole),
        }
    }

    fn folder(&mut self, key: &str, node: &Node) -> Option<PathBuf> {
        let Content::Text(text) = &node.content else {
            self.wrong_type(key, node, "a path in quotation marks", None);
            return None;
        };
        self.path(key, node, text).map(PathBuf::from)
    }

    /// One path or a list of them.
    fn files(&mut self, key: &str, node: &Node) -> Option<Vec<PathBuf>> {
        let items = match &node.content {
            Content::List(items) => items.as_slice(),
            Content::Text(_) => std::slice::from_ref(node),
            _ => {
                self.wrong_type(key, node, "a list of paths", None);
                return None;
            }
        };
        if items.is_empty() {
            self.report(Mistake::new(MistakeKind::EmptyList { key: key.to_owned() }, node.place));
            return None;
        }
        let paths: Vec<Option<PathBuf>> = items.iter().map(|item| self.file(key, item)).collect();
        self.each_once(key, items, &paths);
        paths.into_iter().collect()
    }

    fn file(&mut self, key: &str, item: &Node) -> Option<PathBuf> {
        let Content::Text(text) = &item.content else {
            self.wrong_type(key, item, "a list of paths in quotation marks", None);
            return None;
        };
        self.path(key, item, text).map(PathBuf::from)
    }

    fn each_once(&mut self, key: &str, items: &[Node], paths: &[Option<PathBuf>]) {
        let mut seen = std::collections::HashMap::new();
        for (item, path) in items.iter().zip(paths) {
            let Some(path) = path else { continue };
            if let Some(first) = seen.insert(path, item.place) {
                let value = self.text(item.place).to_owned();
                let mistake = Mistake::new(MistakeKind::Repeated { key: key.to_owned(), value }, item.place);
                self.report(mistake.label("again here").context(first, "first here"));
            }
        }
    }
}

/// The names of sources as they are written in sweep files: `"a", "b" or "c"`.
pub(crate) fn quoted_sets(names: impl IntoIterator<Item = &'static str>) -> String {
    suggest::listed(names.into_iter().map(quoted), "or")
}
