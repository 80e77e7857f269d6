//! Values of settings.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::MaxNorm;

/// The most numbers in a list.
pub const MOST_IN_LIST: usize = 8;

/// A value of a setting.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SettingValue {
    /// A name.
    Name(&'static str),
    /// A whole number.
    Whole(u64),
    /// A number.
    Number(f64),
    /// True or false; false also turns off a number that can be done without.
    Switch(bool),
    /// A short list of whole numbers.
    Wholes(WholeList),
    /// Bounds on norms of weights.
    Bounds(MaxNorm),
    /// A file, as its place in a list of files that the reader of a sweep file keeps.
    File(u32),
}

impl SettingValue {
    /// Bits that are equal exactly if two values of one setting are equal.
    pub fn bits(self) -> [u64; 2] {
        match self {
            Self::Name(name) => {
                let mut bytes = [0; 16];
                let length = name.len().min(bytes.len());
                bytes[..length].copy_from_slice(&name.as_bytes()[..length]);
                halves(u128::from_le_bytes(bytes))
            }
            Self::Whole(whole) => [whole, 0],
            Self::Number(number) => [number.to_bits(), 0],
            // The second half of no other value is this: a bound is a finite number, and names are text.
            Self::Switch(is_on) => [u64::from(is_on), u64::MAX],
            Self::Wholes(list) => {
                let shift = |place: usize| u128::from(list.numbers[place]) << (16 * place);
                halves((0..MOST_IN_LIST).map(shift).sum())
            }
            Self::Bounds(bounds) => [bounds.convolution.to_bits(), bounds.dense.to_bits()],
            Self::File(number) => [number.into(), 0],
        }
    }
}

fn halves(bits: u128) -> [u64; 2] {
    [bits as u64, (bits >> 64) as u64]
}

/// As a sweep file has it.
impl fmt::Display for SettingValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "\"{name}\""),
            Self::Whole(number) => number.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Switch(is_on) => is_on.fmt(f),
            Self::Wholes(list) => list.fmt(f),
            Self::Bounds(MaxNorm { convolution, dense }) => {
                write!(f, "{{ convolution = {convolution}, dense = {dense} }}")
            }
            Self::File(number) => write!(f, "file {number}"),
        }
    }
}

/// A short list of whole numbers, such as the filters of each block of a network.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct WholeList {
    count: u8,
    numbers: [u16; MOST_IN_LIST],
}

impl WholeList {
    /// The list of `numbers`; `None` if there are more than [`MOST_IN_LIST`].
    pub const fn new(numbers: &[u16]) -> Option<Self> {
        if numbers.len() > MOST_IN_LIST {
            return None;
        }
        let mut list = Self { count: numbers.len() as u8, numbers: [0; MOST_IN_LIST] };
        let mut place = 0;
        while place < numbers.len() {
            list.numbers[place] = numbers[place];
            place += 1;
        }
        Some(list)
    }

    /// Its numbers.
    pub fn numbers(&self) -> &[u16] {
        &self.numbers[..usize::from(self.count)]
    }
}

impl fmt::Debug for WholeList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.numbers()).finish()
    }
}

/// As a sweep file has it: `[25, 50, 100, 200]`.
impl fmt::Display for WholeList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl Serialize for WholeList {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.numbers().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for WholeList {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let numbers = Vec::<u16>::deserialize(deserializer)?;
        Self::new(&numbers)
            .ok_or_else(|| serde::de::Error::invalid_length(numbers.len(), &"at most 8 numbers"))
    }
}

/// Values of some settings by their names. A setting without a value here has its default.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SettingValues(Vec<(&'static str, SettingValue)>);

impl SettingValues {
    /// The value of the setting `name`, if it has one here.
    pub fn get(&self, name: &str) -> Option<SettingValue> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// Gives the setting `name` a value; `None` is its default.
    pub fn set(&mut self, name: &'static str, value: Option<SettingValue>) {
        self.0.retain(|(known, _)| *known != name);
        if let Some(value) = value {
            let place = self.0.partition_point(|(known, _)| *known < name);
            self.0.insert(place, (name, value));
        }
    }

    /// All of them, by name in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, SettingValue)> {
        self.0.iter().copied()
    }
}
