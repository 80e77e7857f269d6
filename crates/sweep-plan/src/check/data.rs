//! The `[data]` table, with what the command line puts into it.

use std::path::PathBuf;

use sweep_job::{Bounds, DataSource, DataSpec, Layout, Scale, ValidationBy};

use crate::{
    check::Checker,
    mistake::{Mistake, MistakeKind},
    node::{Content, Entry, Node},
    source::Place,
    suggest::{self, Quotation},
};

/// All keys of the table.
pub(crate) const KEYS: [&str; 11] = [
    "set",
    "dir",
    "train",
    "test",
    "layout",
    "seed",
    "validation",
    "validation_by",
    "validation_seed",
    "scale",
    "limit",
];

/// The keys that one data set has.
const OF_SET: [(&str, &str); 5] =
    [("dir", "bci3b"), ("train", "npz"), ("test", "npz"), ("layout", "npz"), ("seed", "synthetic")];

const MOST_SEED: u64 = i64::MAX as u64;

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
        let of_other_set = || OF_SET.iter().any(|(key, _)| *key == name);
        overrides.iter().any(|entry| entry.key.name == name) || (new_set.is_some() && of_other_set())
    };
    let kept = file.iter().filter(|entry| !goes(&entry.key.name)).cloned();
    overrides.iter().cloned().chain(kept).collect()
}

impl Checker<'_> {
    /// The data set that `entries` describe; `header` is blamed for what they lack.
    pub(crate) fn data(&mut self, header: Place, entries: &[Entry], absence: Absence) -> Option<DataSpec> {
        self.known_data_keys(entries);
        let set = self.data_set(header, entries, absence);
        if let Some((set, _)) = set {
            self.keys_of_other_sets(entries, set);
        }
        let get = |name: &str| entries.iter().find(|entry| entry.key.name == name).map(|entry| &entry.value);
        let validation =
            get("validation").map_or(Some(0.0), |node| self.number("validation", node, Bounds::Share));
        let validation_by = get("validation_by").map_or(Some(ValidationBy::Trial), |node| {
            self.name(
                "validation_by",
                node,
                &[ValidationBy::Trial, ValidationBy::Subject],
                validation_by_name,
            )
        });
        let validation_seed =
            get("validation_seed").map_or(Some(0), |node| self.whole("validation_seed", node, 0, MOST_SEED));
        let scale = get("scale").map_or(Some(Scale::None), |node| {
            self.name("scale", node, &[Scale::None, Scale::Standardize], scale_name)
        });
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
        for Entry { key, .. } in entries.iter().filter(|entry| !KEYS.contains(&entry.key.name.as_str())) {
            self.unknown_key(key, "[data]", || {
                if sweep_job::Setting::named(&key.name).is_some() {
                    format!("`{}` is a setting of jobs: write it below [grid]", key.name)
                } else {
                    suggest::help(&key.name, KEYS, Quotation::Key)
                }
            });
        }
    }

    fn data_set(
        &mut self,
        header: Place,
        entries: &[Entry],
        absence: Absence,
    ) -> Option<(&'static str, Place)> {
        if let Some(Entry { value, .. }) = entries.iter().find(|entry| entry.key.name == "set") {
            return Some((self.name("set", value, &DataSource::NAMES, |name| name)?, value.place));
        }
        let misspelt = |entry: &Entry| {
            !KEYS.contains(&entry.key.name.as_str()) && suggest::closest(&entry.key.name, KEYS) == Some("set")
        };
        if absence == Absence::Mistake && !entries.iter().any(misspelt) {
            let kind = MistakeKind::Missing { key: "set".to_owned() };
            let names = suggest::listed(DataSource::NAMES.map(crate::node::quoted), "or");
            self.report(Mistake::new(kind, header).help(format!("write set = {names}")));
        }
        None
    }

    fn keys_of_other_sets(&mut self, entries: &[Entry], set: &'static str) {
        for Entry { key, .. } in entries {
            let owner = OF_SET.iter().find(|(name, _)| *name == key.name).map(|(_, owner)| *owner);
            if let Some(owner) = owner.filter(|owner| *owner != set) {
                let kind = MistakeKind::OtherSet { key: key.name.clone(), set };
                let help = format!("`{}` belongs to set = \"{owner}\"", key.name);
                self.report(Mistake::new(kind, key.place).help(help));
            }
        }
    }

    fn data_source(
        &mut self,
        set: &'static str,
        place: Place,
        entries: &[Entry],
        absence: Absence,
    ) -> Option<DataSource> {
        let get = |name: &str| entries.iter().find(|entry| entry.key.name == name).map(|entry| &entry.value);
        match set {
            "bci3b" => {
                let dir = match get("dir") {
                    None => Some(PathBuf::from("data")),
                    Some(node) => self.folder(node),
                };
                Some(DataSource::Bci3b { dir: dir? })
            }
            "npz" => {
                let train = self.archives("train", get("train"), place, absence);
                let test = self.archives("test", get("test"), place, absence);
                let all = [Layout::TrialTimeChannel, Layout::TrialChannelTime];
                let layout =
                    get("layout").map_or(Some(all[0]), |node| self.name("layout", node, &all, layout_name));
                Some(DataSource::Npz { train: train?, test: test?, layout: layout? })
            }
            _ => {
                let seed = get("seed").map_or(Some(0), |node| self.whole("seed", node, 0, MOST_SEED));
                Some(DataSource::Synthetic { seed: seed? })
            }
        }
    }

    fn folder(&mut self, node: &Node) -> Option<PathBuf> {
        let Content::Text(text) = &node.content else {
            self.wrong_type("dir", node, "a path in quotation marks", None);
            return None;
        };
        self.path("dir", node, text).map(PathBuf::from)
    }

    /// One path or a list of them.
    fn archives(
        &mut self,
        key: &str,
        node: Option<&Node>,
        set: Place,
        absence: Absence,
    ) -> Option<Vec<PathBuf>> {
        let Some(node) = node else {
            if absence == Absence::Mistake {
                let kind = MistakeKind::Missing { key: key.to_owned() };
                let mistake = Mistake::new(kind, set).label("this data set needs `train` and `test`");
                self.report(mistake.help(format!("for example {key} = [\"my-data/{key}.npz\"]")));
            }
            return None;
        };
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
        let paths: Vec<Option<PathBuf>> = items.iter().map(|item| self.archive(key, item)).collect();
        self.each_once(key, items, &paths);
        paths.into_iter().collect()
    }

    fn archive(&mut self, key: &str, item: &Node) -> Option<PathBuf> {
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

/// The name of what is held out in sweep files.
fn validation_by_name(by: ValidationBy) -> &'static str {
    match by {
        ValidationBy::Trial => "trial",
        ValidationBy::Subject => "subject",
    }
}

/// The name of a scale in sweep files.
pub(crate) fn scale_name(scale: Scale) -> &'static str {
    match scale {
        Scale::None => "none",
        Scale::Standardize => "standardize",
    }
}

/// The name of a layout in sweep files.
pub(crate) fn layout_name(layout: Layout) -> &'static str {
    match layout {
        Layout::TrialTimeChannel => "trial,time,channel",
        Layout::TrialChannelTime => "trial,channel,time",
    }
}
