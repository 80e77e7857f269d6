//! From nodes to checked values. Collects every mistake and goes on with what is right. Knows nothing of combinations.

mod axis;
mod block;
pub(crate) mod data;
mod range;
mod top;
mod value;
mod weights;

use sweep_job::{Setting, SettingValue};

use crate::{
    limits,
    mistake::{Mistake, MistakeKind},
    node::{Entry, Key, Node},
    setting::SettingSet,
    source::{Place, Sources},
    suggest::{self, Quotation},
};

pub(crate) use axis::{Repetition, Shape};
pub(crate) use top::KEYS as TOP_KEYS;
pub(crate) use weights::WeightsReader;

/// A sweep file whose values are checked one by one.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    pub(crate) name: Option<Named>,
    /// The `[data]` table as written: it is checked when the overrides are in it.
    pub(crate) data: Option<(Place, Vec<Entry>)>,
    /// The header of `[grid]`.
    pub(crate) grid_header: Option<Place>,
    pub(crate) grid: Vec<Axis>,
    pub(crate) zips: Vec<Vec<Axis>>,
    pub(crate) rows: Vec<Row>,
    pub(crate) whens: Vec<When>,
    pub(crate) excludes: Vec<Condition>,
}

impl Checked {
    /// Whether nothing in the file says which jobs to run.
    pub(crate) fn is_without_jobs(&self) -> bool {
        self.grid_header.is_none() && self.zips.is_empty() && self.rows.is_empty()
    }
}

/// The name of the sweep as it was given: none where it was given wrongly.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    pub(crate) name: Option<String>,
}

/// A setting with the values that it takes one after another.
#[derive(Debug, Clone)]
pub(crate) struct Axis {
    pub(crate) setting: Setting,
    pub(crate) key: Place,
    pub(crate) values: Vec<SettingValue>,
    pub(crate) shape: Shape,
}

/// A `[[rows]]` block.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) header: Place,
    pub(crate) axes: Vec<Axis>,
}

/// A `[[when]]` block.
#[derive(Debug)]
pub(crate) struct When {
    pub(crate) condition: Condition,
    /// Each with one value.
    pub(crate) set: Vec<Axis>,
}

/// What a job must be to be matched: all terms must hold.
#[derive(Debug)]
pub(crate) struct Condition {
    pub(crate) header: Place,
    pub(crate) terms: Vec<Term>,
    /// Whether all terms that were written are here, and right.
    pub(crate) soundness: Soundness,
}

/// Whether a part of the file had mistakes of its own, so that no conclusion may be drawn from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Soundness {
    Sound,
    Mistaken,
}

/// A setting that must have one of some values.
#[derive(Debug)]
pub(crate) struct Term {
    pub(crate) setting: Setting,
    pub(crate) place: Place,
    /// The bits of the values, sorted.
    pub(crate) any_of: Vec<[u64; 2]>,
}

/// So many mistakes are kept; of more, the number is. A file of 8 MiB can have millions.
const MOST_KEPT: usize = 1_000;

/// The mistakes so far, and what is known for the whole file.
pub(crate) struct Checker<'a> {
    pub(crate) sources: &'a Sources,
    pub(crate) mistakes: Vec<Mistake>,
    /// Mistakes beyond those that are kept.
    pub(crate) more: usize,
    pub(crate) weights: WeightsReader<'a>,
    /// Settings of which some value was wrong or some key misspelt: nothing may be concluded from what they lack.
    pub(crate) doubtful: SettingSet,
    /// Values that further ranges may have: a range of a few characters has a million.
    room_for_ranges: u64,
}

impl<'a> Checker<'a> {
    pub(crate) fn new(sources: &'a Sources, weights: WeightsReader<'a>) -> Self {
        Self {
            sources,
            mistakes: Vec::new(),
            more: 0,
            weights,
            doubtful: SettingSet::EMPTY,
            room_for_ranges: limits::MOST_IN_RANGES,
        }
    }

    /// The settings of which nothing may be concluded, with those that some row leaves open.
    pub(crate) fn doubtful_with_open_rows(&self) -> SettingSet {
        let open = self.mistakes.iter().filter_map(|mistake| match mistake.kind {
            MistakeKind::OpenRow { setting } => Setting::named(setting),
            _ => None,
        });
        open.fold(self.doubtful, SettingSet::with)
    }

    pub(crate) fn report(&mut self, mistake: Mistake) {
        self.report_with(|| mistake);
    }

    /// Reports a mistake that takes time to describe: a suggestion is looked for only if it is kept.
    pub(crate) fn report_with(&mut self, describe: impl FnOnce() -> Mistake) {
        if self.is_full() {
            self.more += 1;
        } else {
            self.mistakes.push(describe());
        }
    }

    /// Whether further mistakes are only counted.
    pub(crate) fn is_full(&self) -> bool {
        self.mistakes.len() >= MOST_KEPT
    }

    /// How many mistakes there are so far.
    pub(crate) fn count(&self) -> usize {
        self.mistakes.len() + self.more
    }

    /// The text of the file at `place`.
    fn text(&self, place: Place) -> &'a str {
        &self.sources.of(place).text[place.start..place.end]
    }

    fn wrong_type(&mut self, key: &str, node: &Node, expected: &str, help: Option<String>) {
        self.report_with(|| {
            let kind = MistakeKind::WrongType { key: key.to_owned(), expected: expected.to_owned() };
            let mut mistake = Mistake::new(kind, node.place).label(format!("this is {}", node.in_words()));
            mistake.help.extend(help);
            mistake
        });
    }

    /// The setting that `key` names; an unknown key is reported as one of `table`.
    fn setting(&mut self, key: &Key, table: &str) -> Option<Setting> {
        let setting = Setting::named(&key.name);
        if setting.is_none() {
            self.unknown_setting(key, table);
        }
        setting
    }

    fn unknown_setting(&mut self, key: &Key, table: &str) {
        let names = Setting::all().map(Setting::name);
        if self.is_full() {
            self.more += 1;
            return;
        }
        if let Some(meant) = suggest::closest(&key.name, names.clone()).and_then(Setting::named) {
            self.doubtful.insert(meant);
        }
        self.unknown_key(key, table, || {
            if data::is_key(&key.name) && suggest::closest(&key.name, names.clone()).is_none() {
                format!("`{}` belongs into the table [data]", key.name)
            } else {
                suggest::help(&key.name, names, Quotation::Key)
            }
        });
    }

    /// Reports a key that `table` does not have; `help` says what would be right.
    pub(crate) fn unknown_key(&mut self, key: &Key, table: &str, help: impl FnOnce() -> String) {
        self.report_with(|| {
            let kind =
                MistakeKind::UnknownKey { key: crate::node::printable(&key.name), table: table.to_owned() };
            Mistake::new(kind, key.place).help(help())
        });
    }
}
