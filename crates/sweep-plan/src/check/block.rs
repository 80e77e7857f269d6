//! The blocks that jobs come from and that change or remove them: grid, zip, rows, when, exclude.

use std::collections::HashMap;

use sweep_job::Setting;
use sweep_text::counted;

use crate::{
    check::{
        Axis, Checked, Checker, Condition, Row, Soundness, Term, When,
        axis::{Repetition, Shape},
    },
    mistake::{Mistake, MistakeKind},
    node::{Content, Entry, Node},
    source::Place,
    suggest::{self, Quotation},
};

/// What a `[[when]]` block may hold: the settings, and last `set`.
fn when_keys() -> impl Iterator<Item = &'static str> + Clone {
    Setting::all().map(Setting::name).chain(["set"])
}

impl Checker<'_> {
    /// The axes of `[grid]`.
    pub(crate) fn grid(&mut self, entries: &[Entry]) -> Vec<Axis> {
        self.axes(entries, "[grid]")
    }

    /// A `[[rows]]` block.
    pub(crate) fn row(&mut self, header: Place, entries: &[Entry]) -> Row {
        if entries.is_empty() {
            self.incomplete("[[rows]] block", "names no setting", header, "");
        }
        Row { header, axes: self.axes(entries, "[[rows]]") }
    }

    fn axes(&mut self, entries: &[Entry], table: &str) -> Vec<Axis> {
        let mut axes = Vec::with_capacity(entries.len());
        for Entry { key, value } in entries {
            let Some(setting) = self.setting(key, table) else { continue };
            let (values, shape) = self.values(setting, value, Repetition::Mistake);
            if !values.is_empty() {
                axes.push(Axis { setting, key: key.place, values, shape });
            }
        }
        axes
    }

    /// A `[[zip]]` block: lists of equal length.
    pub(crate) fn zip(&mut self, header: Place, entries: &[Entry]) -> Vec<Axis> {
        if entries.is_empty() {
            self.incomplete("[[zip]] block", "names no setting", header, "");
        }
        let mut axes: Vec<Axis> = Vec::with_capacity(entries.len());
        let mut lengths = Vec::new();
        for Entry { key, value } in entries {
            let Some(setting) = self.setting(key, "[[zip]]") else { continue };
            let (values, shape) = self.values(setting, value, Repetition::Allowed);
            let written = match &value.content {
                Content::List(items) => items.len(),
                _ => values.len(),
            };
            if shape == Shape::Single && !values.is_empty() {
                let help = format!("write `{}` below [grid] if all jobs share one value", key.name);
                self.wrong_type(&key.name, value, "a list or a range in a [[zip]]", Some(help));
                self.doubtful.insert(setting);
            } else if written > 0 {
                lengths.push((value.place, written));
                axes.push(Axis { setting, key: key.place, values, shape });
            }
        }
        self.equal_lengths(&lengths);
        // What is left of lists with mistakes must pair up all the same.
        let shortest = axes.iter().map(|axis| axis.values.len()).min().unwrap_or(0);
        axes.iter_mut().for_each(|axis| axis.values.truncate(shortest));
        axes.retain(|axis| !axis.values.is_empty());
        axes
    }

    fn equal_lengths(&mut self, lengths: &[(Place, usize)]) {
        let Some(&(first, length)) = lengths.first() else { return };
        for &(place, other) in lengths.iter().filter(|(_, other)| *other != length) {
            let mistake = Mistake::new(MistakeKind::UnequalZip, place)
                .label(counted(other, "value"))
                .context(first, counted(length, "value"));
            self.report(mistake);
        }
    }

    /// A `[[when]]` block.
    pub(crate) fn when(&mut self, header: Place, entries: &[Entry]) -> When {
        let set_entry = entries.iter().find(|entry| entry.key.name == "set");
        let terms: Vec<&Entry> = entries.iter().filter(|entry| entry.key.name != "set").collect();
        let condition = self.condition("[[when]]", header, &terms);
        let example = "a block reads: [[when]], model = \"eegnet\", set = { batch_size = 108 }";
        let set = match set_entry {
            Some(entry) => self.set(&entry.value),
            // A key that was misspelt has been reported already.
            None if terms
                .iter()
                .any(|entry| suggest::closest(&entry.key.name, when_keys()) == Some("set")) =>
            {
                Vec::new()
            }
            None => {
                self.incomplete(
                    "[[when]] block",
                    "lacks `set`, the settings that it overrides",
                    header,
                    example,
                );
                Vec::new()
            }
        };
        if terms.is_empty() {
            let help = "write settings that hold for every job below [grid]";
            self.incomplete("[[when]] block", "does not say for which jobs it is", header, help);
        }
        if condition.soundness == Soundness::Mistaken {
            // Which jobs it would have changed is not known.
            set.iter().for_each(|axis| self.doubtful.insert(axis.setting));
        }
        When { condition, set }
    }

    fn set(&mut self, node: &Node) -> Vec<Axis> {
        let Content::Table(entries) = &node.content else {
            let help = "for example set = { batch_size = 108 }".to_owned();
            self.wrong_type("set", node, "a table", Some(help));
            return Vec::new();
        };
        if entries.is_empty() {
            self.incomplete("[[when]] block", "sets nothing", node.place, "");
        }
        let mut axes = Vec::new();
        for Entry { key, value } in entries {
            let Some(setting) = self.setting(key, "`set`") else { continue };
            let (values, shape) = self.values(setting, value, Repetition::Allowed);
            if shape != Shape::Single {
                let help = "a [[when]] block overrides jobs and makes no new ones; use [[rows]] or [[zip]] for these";
                self.wrong_type(&key.name, value, "one value in `set`", Some(help.to_owned()));
                self.doubtful.insert(setting);
            } else if !values.is_empty() {
                axes.push(Axis { setting, key: key.place, values, shape });
            }
        }
        axes
    }

    /// An `[[exclude]]` block.
    pub(crate) fn exclude(&mut self, header: Place, entries: &[Entry]) -> Condition {
        if entries.is_empty() {
            self.incomplete("[[exclude]] block", "does not say which jobs it removes", header, "");
        }
        let terms: Vec<&Entry> = entries.iter().collect();
        self.condition("[[exclude]]", header, &terms)
    }

    fn condition(&mut self, table: &str, header: Place, entries: &[&Entry]) -> Condition {
        let before = self.count();
        let mut terms = Vec::with_capacity(entries.len());
        for Entry { key, value } in entries {
            let Some(setting) = self.setting_of_condition(key, table) else { continue };
            // A wrong value here says nothing about the jobs.
            let doubtful = self.doubtful;
            let (values, _) = self.values(setting, value, Repetition::Mistake);
            self.doubtful = doubtful;
            let mut any_of: Vec<_> = values.into_iter().map(sweep_job::SettingValue::bits).collect();
            any_of.sort_unstable();
            terms.push(Term { setting, place: value.place, any_of });
        }
        let sound = self.count() == before && !entries.is_empty();
        let soundness = if sound { Soundness::Sound } else { Soundness::Mistaken };
        Condition { header, terms, soundness }
    }

    fn setting_of_condition(&mut self, key: &crate::node::Key, table: &str) -> Option<Setting> {
        let setting = Setting::named(&key.name);
        if setting.is_none() {
            let names = when_keys().take(if table == "[[when]]" { usize::MAX } else { Setting::COUNT });
            self.unknown_key(key, table, || suggest::help(&key.name, names, Quotation::Key));
        }
        setting
    }

    /// A setting may stand in the grid or in one zip, not in both or in two. All but the first are left out: every row is compared with
    /// all axes that are left, which are then as few as there are settings.
    pub(crate) fn contradictions(&mut self, checked: &mut Checked) {
        let mut first: HashMap<Setting, Place> = HashMap::new();
        for axis in &checked.grid {
            first.insert(axis.setting, axis.key);
        }
        for zip in &mut checked.zips {
            zip.retain(|axis| {
                let Some(before) = first.get(&axis.setting) else {
                    first.insert(axis.setting, axis.key);
                    return true;
                };
                let kind = MistakeKind::Contradiction { key: axis.setting.name().to_owned() };
                let mistake = Mistake::new(kind, axis.key).label("and here").context(*before, "here");
                self.mistakes.push(mistake.help("a setting belongs into [grid] or into one [[zip]] block"));
                self.doubtful.insert(axis.setting);
                false
            });
        }
        checked.zips.retain(|zip| !zip.is_empty());
    }

    fn incomplete(&mut self, block: &'static str, fault: &'static str, place: Place, help: &str) {
        let mut mistake = Mistake::new(MistakeKind::IncompleteBlock { block, fault }, place);
        if !help.is_empty() {
            mistake = mistake.help(help);
        }
        self.report(mistake);
    }
}
