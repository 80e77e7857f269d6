//! The columns of settings in the database. Most settings have one of their own name; bounds and files have two.

use std::ops::RangeInclusive;

use sweep_networks::{SettingKind, SettingValue};

use super::{
    Setting,
    table::{self, TABLE},
};
use crate::{ColumnType, InitialWeights, JobSpec, Value};

/// A column of the table of jobs that holds a setting, or a part of one. Columns are ordered as their settings are.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SettingColumn(u8);

/// A column and what it holds.
#[derive(Clone, Copy)]
struct Definition {
    name: &'static str,
    setting: u8,
    part: Part,
}

/// Which part of a setting a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Whole,
    Convolution,
    Dense,
    Path,
    Checksum,
}

const COUNT: usize = {
    let (mut count, mut place) = (0, 0);
    while place < table::COUNT {
        count += if is_parted(TABLE[place].kind) { 2 } else { 1 };
        place += 1;
    }
    count
};

const fn is_parted(kind: SettingKind) -> bool {
    matches!(kind, SettingKind::MaxNorm | SettingKind::Weights)
}

static COLUMNS: [Definition; COUNT] = {
    let mut columns = [Definition { name: "", setting: 0, part: Part::Whole }; COUNT];
    let (mut next, mut place) = (0, 0);
    while place < table::COUNT {
        let setting = place as u8;
        match TABLE[place].kind {
            SettingKind::MaxNorm => {
                columns[next] = Definition { name: "max_norm_convolution", setting, part: Part::Convolution };
                columns[next + 1] = Definition { name: "max_norm_dense", setting, part: Part::Dense };
                next += 2;
            }
            SettingKind::Weights => {
                columns[next] = Definition { name: "initial_weights", setting, part: Part::Path };
                columns[next + 1] =
                    Definition { name: "initial_weights_sha256", setting, part: Part::Checksum };
                next += 2;
            }
            _ => {
                columns[next] = Definition { name: TABLE[place].name, setting, part: Part::Whole };
                next += 1;
            }
        }
        place += 1;
    }
    columns
};

impl SettingColumn {
    /// How many there are.
    pub const COUNT: usize = COUNT;

    /// The network.
    pub const MODEL: Self = Self::find("model");
    /// The activation function.
    pub const ACTIVATION: Self = Self::find("activation");
    /// The seed.
    pub const SEED: Self = Self::find("seed");

    /// Finds a column by its name at compile time.
    const fn find(name: &str) -> Self {
        let mut place = 0;
        while place < COUNT {
            if table::is_same(COLUMNS[place].name, name) {
                return Self(place as u8);
            }
            place += 1;
        }
        panic!("no such column")
    }

    /// All of them, in the order of tables.
    pub fn all() -> impl DoubleEndedIterator<Item = Self> + ExactSizeIterator + Clone {
        (0..COUNT as u8).map(Self)
    }

    /// Those that the database has since one of these versions, the older ones first.
    pub fn of_versions(versions: RangeInclusive<u32>) -> impl Iterator<Item = Self> {
        let mut columns: Vec<Self> =
            Self::all().filter(|column| versions.contains(&column.since())).collect();
        columns.sort_by_key(|column| column.since());
        columns.into_iter()
    }

    /// The column of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|column| column.name() == name)
    }

    fn definition(self) -> &'static Definition {
        &COLUMNS[usize::from(self.0)]
    }

    /// Its place among all columns, below [`COUNT`](Self::COUNT).
    pub fn place(self) -> usize {
        usize::from(self.0)
    }

    /// The name in the database and in reports.
    pub fn name(self) -> &'static str {
        self.definition().name
    }

    /// The name where there is little room.
    pub fn short_name(self) -> &'static str {
        match self.definition().part {
            Part::Whole => self.setting().short_name(),
            _ => self.name(),
        }
    }

    /// The setting that it holds, or a part of.
    pub fn setting(self) -> Setting {
        Setting(self.definition().setting)
    }

    /// The type of its values.
    pub fn holds(self) -> ColumnType {
        match self.setting().kind() {
            SettingKind::Name(_) | SettingKind::Wholes { .. } | SettingKind::Weights => ColumnType::Text,
            SettingKind::Whole { .. } | SettingKind::Switch => ColumnType::Integer,
            SettingKind::Number(_) | SettingKind::NumberOrOff(_) | SettingKind::MaxNorm => ColumnType::Real,
        }
    }

    /// Whether it is the network or the activation, which name the cell of a table that a job stands in.
    pub fn is_of_cell(self) -> bool {
        [Self::MODEL, Self::ACTIVATION].contains(&self)
    }

    /// Whether some jobs do not have the setting.
    pub fn is_of_some(self) -> bool {
        !self.setting().depends_on().is_empty()
    }

    /// Removes the checksum of initial weights if their path is listed too: one of them is enough to tell jobs apart.
    pub fn without_told(mut columns: Vec<Self>) -> Vec<Self> {
        let has_path = columns.iter().any(|column| column.is_path());
        columns.retain(|column| !(has_path && column.is_checksum()));
        columns
    }

    /// Whether its numbers are 0 for false and 1 for true.
    pub fn is_truth(self) -> bool {
        self.setting().kind() == SettingKind::Switch
    }

    /// Whether it holds a checksum, of which the first digits tell it apart.
    pub fn is_checksum(self) -> bool {
        self.definition().part == Part::Checksum
    }

    /// Whether it holds a path.
    pub fn is_path(self) -> bool {
        self.definition().part == Part::Path
    }

    /// The version of the database that first has it.
    pub fn since(self) -> u32 {
        self.setting().row().since
    }

    /// Whether jobs that differ in it alone are different trainings: files are known by their content, wherever they are.
    pub fn is_of_trajectory(self) -> bool {
        self.setting().is_of_trajectory() && !self.is_path()
    }

    /// The value for the job `spec`; null if the setting does not apply to it, or is off.
    pub fn value(self, spec: &JobSpec) -> Value {
        let setting = self.setting();
        match self.definition().part {
            Part::Whole => setting.value(spec).map_or(Value::Null, |value| stored(setting.kind(), value)),
            Part::Convolution => bound(spec.max_norm.map(|bounds| bounds.convolution)),
            Part::Dense => bound(spec.max_norm.map(|bounds| bounds.dense)),
            Part::Path => of_weights(spec, |weights| weights.path.to_string_lossy().into_owned()),
            Part::Checksum => of_weights(spec, |weights| weights.sha256.clone()),
        }
    }

    /// The values of all columns for the job `spec`.
    pub fn values(spec: &JobSpec) -> [Value; COUNT] {
        std::array::from_fn(|place| Self(place as u8).value(spec))
    }

    /// What a job of `model` that was recorded before there was this column has in it.
    pub fn value_before(self, model: sweep_networks::ModelKind) -> Value {
        let setting = self.setting();
        setting.default_for(Some(model), "").map_or(Value::Null, |value| stored(setting.kind(), value))
    }
}

impl std::fmt::Debug for SettingColumn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// A value as the database holds it. What is off is null.
fn stored(kind: SettingKind, value: SettingValue) -> Value {
    match value {
        SettingValue::Switch(false) if matches!(kind, SettingKind::NumberOrOff(_)) => Value::Null,
        SettingValue::Name(name) => Value::Text(name.to_owned()),
        SettingValue::Whole(whole) => Value::Integer(i64::try_from(whole).unwrap_or(i64::MAX)),
        SettingValue::Number(number) => Value::Real(number),
        SettingValue::Switch(is_on) => Value::Integer(is_on.into()),
        SettingValue::Wholes(list) => Value::Text(list.to_string()),
        SettingValue::Bounds(_) | SettingValue::File(_) => Value::Null,
    }
}

fn bound(number: Option<f64>) -> Value {
    number.map_or(Value::Null, Value::Real)
}

fn of_weights(spec: &JobSpec, text: impl Fn(&InitialWeights) -> String) -> Value {
    spec.initial_weights.as_ref().map_or(Value::Null, |weights| Value::Text(text(weights)))
}
