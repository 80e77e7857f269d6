//! The values of an axis: one, a list or a range.

use std::collections::HashMap;

use sweep_job::{Setting, SettingKind, SettingValue};

use crate::{
    check::{Checker, range},
    mistake::{Mistake, MistakeKind},
    node::{Content, Node},
};

/// How the values of an axis were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Single,
    List,
    Range,
}

/// Whether a list may hold a value twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repetition {
    /// Where values pair up with those of another list.
    Allowed,
    Mistake,
}

impl Checker<'_> {
    /// The values of `setting` that `node` lists, with those left out that are wrong.
    pub(crate) fn values(
        &mut self,
        setting: Setting,
        node: &Node,
        repetition: Repetition,
    ) -> (Vec<SettingValue>, Shape) {
        match &node.content {
            // The value of such a setting is a list already: an axis is a list of lists.
            Content::List(items) if is_one_list(setting, items) => {
                (self.value(setting, node).into_iter().collect(), Shape::Single)
            }
            Content::List(items) if items.is_empty() => {
                self.doubtful.insert(setting);
                let kind = MistakeKind::EmptyList { key: setting.name().to_owned() };
                self.report(Mistake::new(kind, node.place).label("an axis needs at least one value"));
                (Vec::new(), Shape::List)
            }
            Content::List(items) => (self.list(setting, items, repetition), Shape::List),
            Content::Table(entries) if setting.kind() != SettingKind::MaxNorm || range::is_range(entries) => {
                let values = self.range(setting, node, entries);
                if values.is_none() {
                    self.doubtful.insert(setting);
                }
                (values.unwrap_or_default(), Shape::Range)
            }
            _ => (self.value(setting, node).into_iter().collect(), Shape::Single),
        }
    }

    fn list(&mut self, setting: Setting, items: &[Node], repetition: Repetition) -> Vec<SettingValue> {
        let mut values = Vec::with_capacity(items.len());
        let mut seen = HashMap::new();
        for item in items {
            let Some(value) = self.value(setting, item) else { continue };
            if repetition == Repetition::Mistake
                && let Some(first) = seen.insert(value.bits(), item)
            {
                self.repeated(setting, first, item);
                continue;
            }
            values.push(value);
        }
        values
    }

    fn repeated(&mut self, setting: Setting, first: &Node, again: &Node) {
        if self.is_full() {
            self.more += 1;
            return;
        }
        let key = setting.name().to_owned();
        let mistake = match (&first.content, &again.content) {
            (Content::Text(one), Content::Text(other)) if one != other => {
                let help = "files are known by their content, so these are one value: leave one out";
                let mistake = Mistake::new(MistakeKind::SameContent { key }, again.place).help(help);
                mistake.label("this file").context(first.place, "and this one")
            }
            _ => {
                let value = self.text(again.place).to_owned();
                let mistake = Mistake::new(MistakeKind::Repeated { key, value }, again.place);
                mistake.label("again here").context(first.place, "first here")
            }
        };
        self.report(mistake);
    }
}

fn is_one_list(setting: Setting, items: &[Node]) -> bool {
    let is_list = |item: &Node| matches!(item.content, Content::List(_));
    matches!(setting.kind(), SettingKind::Wholes { .. }) && !items.iter().any(is_list)
}
