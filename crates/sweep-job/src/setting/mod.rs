//! The settings of a job, each declared once: its name, values, default, when it applies, and where a specification keeps it. What checks,
//! stores, filters, reports or exports settings goes through this table, and knows none of them by itself.

mod applies;
mod column;
mod row;
mod table;
mod words;

use std::fmt;

use sweep_networks::{ModelKind, SettingKind, SettingValue};

pub use applies::SettingContext;
pub use column::SettingColumn;

use crate::{JobSpec, stored::from_json};
use row::{Default, Place, Row};

/// A setting of a job. Settings are ordered as in tables and in the documentation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Setting(u8);

impl Setting {
    /// How many settings there are.
    pub const COUNT: usize = table::COUNT;

    /// The network.
    pub const MODEL: Self = Self::find("model");
    /// The activation function.
    pub const ACTIVATION: Self = Self::find("activation");
    /// The optimizer.
    pub const OPTIMIZER: Self = Self::find("optimizer");
    /// The momentum of SGD.
    pub const MOMENTUM: Self = Self::find("momentum");
    /// The number of epochs.
    pub const EPOCHS: Self = Self::find("epochs");
    /// The seed.
    pub const SEED: Self = Self::find("seed");

    /// All settings, in the order of tables.
    pub fn all() -> impl DoubleEndedIterator<Item = Self> + Clone {
        (0..Self::COUNT as u8).map(Self)
    }

    /// The setting of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|setting| setting.name() == name)
    }

    /// Finds a setting by its name at compile time.
    const fn find(name: &str) -> Self {
        let mut place = 0;
        while place < Self::COUNT {
            if table::is_same(table::TABLE[place].name, name) {
                return Self(place as u8);
            }
            place += 1;
        }
        panic!("no such setting")
    }

    fn row(self) -> &'static Row {
        &table::TABLE[usize::from(self.0)]
    }

    /// Its place among all settings, below [`COUNT`](Self::COUNT).
    pub fn place(self) -> usize {
        usize::from(self.0)
    }

    /// The name in sweep files and in the database.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The name where there is little room.
    pub fn short_name(self) -> &'static str {
        self.row().short_name
    }

    /// What values it takes.
    pub fn kind(self) -> SettingKind {
        self.row().kind
    }

    /// Whether jobs that differ in it alone are different trainings. Only jobs that differ in `epochs` share one.
    pub fn is_of_trajectory(self) -> bool {
        self != Self::EPOCHS
    }

    /// Whether a sweep file must set it.
    pub fn is_required(self) -> bool {
        matches!(self.row().default, Default::Required)
    }

    /// Whether it is not worth a word in a job that has its default: what is off, and the sizes of a network.
    pub fn is_quiet(self) -> bool {
        self.row().is_quiet
    }

    /// The value of jobs that do not set it. `None` if it is required, or `model` is unknown and decides it.
    pub fn default_for(self, model: Option<ModelKind>, optimizer: &str) -> Option<SettingValue> {
        match self.row().default {
            Default::Required => None,
            Default::Value(value) => Some(value),
            Default::OfModel(value) => model.map(value),
            Default::OfOptimizer(value) => Some(value(optimizer)),
            Default::OfNetwork(defaults) => defaults[model? as usize],
        }
    }

    /// The value that `spec` has for it; `None` if it does not apply to that job, or is a file.
    pub fn value(self, spec: &JobSpec) -> Option<SettingValue> {
        match self.row().place {
            Place::Field { get, .. } => get(spec),
            Place::More => {
                let default = self.default_for(Some(spec.model), spec.optimizer.name());
                self.applies(SettingContext::of(spec)).then(|| spec.more.get(self.name()).or(default))?
            }
        }
    }

    /// The value that `text` is, as a sweep file has it: `25` or `[25, 50]`. `None` if the setting cannot have it.
    pub fn read(self, text: &str) -> Option<SettingValue> {
        from_json(self.kind(), &serde_json::from_str(text).ok()?)
    }

    /// Gives `spec` a value for it. A value that the setting cannot have changes nothing; nor does one that does not apply.
    pub fn set(self, spec: &mut JobSpec, value: SettingValue) {
        match self.row().place {
            Place::Field { set, .. } => set(spec, value),
            Place::More => {
                let default = self.default_for(Some(spec.model), spec.optimizer.name());
                let counts = self.applies(SettingContext::of(spec)) && self.kind().allows(value);
                if counts {
                    spec.more.set(self.name(), (default != Some(value)).then_some(value));
                }
            }
        }
    }

    /// Whether `spec` has the value that jobs have which do not set it.
    pub fn is_default(self, spec: &JobSpec) -> bool {
        let value = self.value(spec);
        value.is_some() && value == self.default_for(Some(spec.model), spec.optimizer.name())
    }

    /// Whether specifications keep it among their [further settings](JobSpec::more), so that jobs from before there was such a setting have
    /// its default.
    pub fn is_of_more(self) -> bool {
        matches!(self.row().place, Place::More)
    }
}

impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests;
