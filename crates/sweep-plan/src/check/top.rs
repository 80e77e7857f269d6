//! The top level of a sweep file: its name and its tables.

use sweep_job::Setting;

use crate::{
    check::{Checked, Checker, Named, data},
    mistake::{Mistake, MistakeKind},
    node::{Content, Entry, Node},
    source::Place,
    suggest::{self, Quotation},
};

/// The keys of the top level.
pub(crate) const KEYS: [&str; 7] = ["name", "data", "grid", "zip", "rows", "when", "exclude"];

impl Checker<'_> {
    /// Checks the whole file.
    pub(crate) fn document(&mut self, entries: &[Entry]) -> Checked {
        let mut checked = Checked::default();
        for Entry { key, value } in entries {
            match key.name.as_str() {
                "name" => checked.name = Some(self.sweep_name(value)),
                "data" => {
                    checked.data = self.table("data", value).map(|(header, data)| (header, data.to_vec()))
                }
                "grid" => {
                    if let Some((header, grid)) = self.table("grid", value) {
                        checked.grid_header = Some(header);
                        checked.grid = self.grid(grid);
                    }
                }
                "zip" => checked.zips = self.blocks("zip", value, Self::zip),
                "rows" => checked.rows = self.blocks("rows", value, Self::row),
                "when" => checked.whens = self.blocks("when", value, Self::when),
                "exclude" => checked.excludes = self.blocks("exclude", value, Self::exclude),
                other => self.unknown_key(key, "the file", || top_level_help(other)),
            }
        }
        self.contradictions(&mut checked);
        checked
    }

    /// Checks the name of a sweep.
    pub(crate) fn sweep_name(&mut self, node: &Node) -> Named {
        let name = match &node.content {
            Content::Text(text) => self.printable("name", node, text).map(str::to_owned),
            _ => {
                self.wrong_type("name", node, "a string", None);
                None
            }
        };
        Named { name }
    }

    /// The entries of a table of which there is one.
    fn table<'n>(&mut self, name: &str, node: &'n Node) -> Option<(Place, &'n [Entry])> {
        match &node.content {
            Content::Table(entries) => Some((node.place, entries)),
            Content::List(items) if items.iter().all(|item| matches!(item.content, Content::Table(_))) => {
                self.brackets(name, node, format!("[{name}]"));
                None
            }
            _ => {
                self.wrong_type(name, node, &format!("a table, [{name}]"), None);
                None
            }
        }
    }

    /// The blocks of a table of which there can be several.
    fn blocks<T>(
        &mut self,
        name: &str,
        node: &Node,
        check: impl Fn(&mut Self, Place, &[Entry]) -> T,
    ) -> Vec<T> {
        match &node.content {
            Content::List(items) => {
                let mut blocks = Vec::new();
                for item in items {
                    match &item.content {
                        Content::Table(entries) => blocks.push(check(self, item.place, entries)),
                        _ => self.wrong_type(name, item, "a list of tables", None),
                    }
                }
                blocks
            }
            Content::Table(_) => {
                self.brackets(name, node, format!("[[{name}]]"));
                Vec::new()
            }
            _ => {
                self.wrong_type(name, node, &format!("a table, [[{name}]]"), None);
                Vec::new()
            }
        }
    }

    fn brackets(&mut self, name: &str, node: &Node, brackets: String) {
        // Nothing is known of what the table holds, so nothing may be concluded from its absence.
        Setting::all().for_each(|setting| self.doubtful.insert(setting));
        let kind = MistakeKind::Brackets { name: name.to_owned(), brackets };
        self.report(Mistake::new(kind, node.place));
    }
}

fn top_level_help(key: &str) -> String {
    if Setting::named(key).is_some() {
        format!("`{key}` is a setting of jobs: write it below [grid]")
    } else if suggest::closest(key, KEYS).is_none() && data::is_key(key) {
        format!("`{key}` belongs into the table [data]")
    } else {
        suggest::help(key, KEYS, Quotation::Key)
    }
}
