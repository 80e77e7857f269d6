//! What a setting is: its name, its kind of values and its default. It knows no jobs and no files.

use crate::{SettingValue, SettingValues};

/// What values a setting takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SettingKind {
    /// One of a few names.
    Name(&'static [&'static str]),
    /// A whole number from `least` to `most`.
    Whole {
        /// The smallest value.
        least: u64,
        /// The largest value.
        most: u64,
    },
    /// A list of `count` whole numbers, each from 1 to `most`.
    Wholes {
        /// How many numbers the list has.
        count: usize,
        /// The largest number.
        most: u16,
    },
    /// A finite number.
    Number(Bounds),
    /// A finite number, or `false` to do without.
    NumberOrOff(Bounds),
    /// True or false.
    Switch,
    /// Bounds on norms of weights, `true` for those of the network, or `false` for none.
    MaxNorm,
    /// A file of weights, or `false` for random ones.
    Weights,
}

/// Bounds of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bounds {
    /// Above 0.
    Positive,
    /// 0 or above.
    NotNegative,
    /// From 0 to below 1.
    Share,
}

impl Bounds {
    /// Whether `number` is finite and within the bounds.
    pub fn hold(self, number: f64) -> bool {
        number.is_finite()
            && match self {
                Self::Positive => number > 0.0,
                Self::NotNegative => number >= 0.0,
                Self::Share => (0.0..1.0).contains(&number),
            }
    }

    /// The bounds for people: `above 0`.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Positive => "above 0",
            Self::NotNegative => "0 or above",
            Self::Share => "from 0 to below 1",
        }
    }
}

impl SettingKind {
    /// Whether a setting of this kind can have `value`.
    pub fn allows(self, value: SettingValue) -> bool {
        match (self, value) {
            (Self::Name(names), SettingValue::Name(name)) => names.contains(&name),
            (Self::Whole { least, most }, SettingValue::Whole(number)) => (least..=most).contains(&number),
            (Self::Wholes { count, most }, SettingValue::Wholes(list)) => {
                list.numbers().len() == count
                    && list.numbers().iter().all(|number| (1..=most).contains(number))
            }
            (Self::Number(bounds) | Self::NumberOrOff(bounds), SettingValue::Number(number)) => {
                bounds.hold(number)
            }
            (Self::NumberOrOff(_), SettingValue::Switch(is_on)) => !is_on,
            (Self::Switch | Self::MaxNorm, SettingValue::Switch(_))
            | (Self::Weights, SettingValue::Switch(false) | SettingValue::File(_)) => true,
            (Self::MaxNorm, SettingValue::Bounds(bounds)) => {
                Bounds::Positive.hold(bounds.convolution) && Bounds::Positive.hold(bounds.dense)
            }
            _ => false,
        }
    }
}

/// A setting that some network declares for itself. Networks that share a name share its kind; each has its own default.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NetworkSetting {
    /// The name in sweep files and in the database: `kernel_length`.
    pub name: &'static str,
    /// What it sets, in a few words for the documentation.
    pub about: &'static str,
    /// What values it takes.
    pub kind: SettingKind,
    /// The value of jobs that do not set it. It is part of the identity of every such job, so it never changes.
    pub default: SettingValue,
    /// The version of the database that first has a column for it.
    pub since: u32,
}

impl NetworkSetting {
    /// The value of this setting among `values`: the stored one, or the default.
    pub fn of(&self, values: &SettingValues) -> SettingValue {
        values.get(self.name).unwrap_or(self.default)
    }

    /// The same of a setting that is a whole number; 0 if it is not.
    pub fn whole(&self, values: &SettingValues) -> usize {
        match self.of(values) {
            SettingValue::Whole(number) => usize::try_from(number).unwrap_or(usize::MAX),
            _ => 0,
        }
    }

    /// The same of a setting that is a list of whole numbers; empty if it is not.
    pub fn wholes(&self, values: &SettingValues) -> Vec<usize> {
        match self.of(values) {
            SettingValue::Wholes(list) => list.numbers().iter().map(|number| usize::from(*number)).collect(),
            _ => Vec::new(),
        }
    }
}
