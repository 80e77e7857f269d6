//! What settings may differ in: model, activation, and each setting of a sweep file.

use sweep_job::{JobSpec, SettingColumn, Value};

use crate::spread::{Digits, setting_text};

/// A setting as what tells jobs apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Axis(SettingColumn);

/// A name that is no axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownAxis {
    /// The name as it was given.
    pub name: String,
    /// The name that was probably meant, if one is close.
    pub meant: Option<&'static str>,
    /// The names that there are.
    pub known: Vec<&'static str>,
}

impl Axis {
    /// The axis of the network.
    pub const MODEL: Self = Self(SettingColumn::MODEL);
    /// The axis of the activation function.
    pub const ACTIVATION: Self = Self(SettingColumn::ACTIVATION);
    /// The axis of jobs that are repeats of each other.
    pub(crate) const SEED: Self = Self(SettingColumn::SEED);

    /// The axis of a column.
    pub(crate) fn of(column: SettingColumn) -> Self {
        Self(column)
    }

    /// The column that it is.
    pub(crate) fn column(self) -> SettingColumn {
        self.0
    }

    /// All of them, in the order of the columns of a table.
    pub fn all() -> impl Iterator<Item = Self> {
        SettingColumn::all().map(Self)
    }

    /// The axis of a name of a sweep file.
    ///
    /// # Errors
    /// Where there is none.
    pub fn named(name: &str) -> Result<Self, UnknownAxis> {
        SettingColumn::named(name).map(Self).ok_or_else(|| UnknownAxis {
            name: name.to_owned(),
            meant: sweep_text::closest(name, Self::all().map(Self::name)),
            known: Self::all().map(Self::name).collect(),
        })
    }

    /// Its name in sweep files and in the database.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The value of a job, as a program reads it.
    pub(crate) fn value(self, spec: &JobSpec) -> Value {
        self.0.value(spec)
    }

    /// The value of a job, as people read it.
    pub(crate) fn text(self, spec: &JobSpec) -> String {
        match self {
            Self::MODEL => spec.model.title().to_owned(),
            Self::ACTIVATION => spec.activation.title().to_owned(),
            _ => setting_text(self.0, &self.0.value(spec)),
        }
    }

    /// The value of a job, as people read it among others.
    pub(crate) fn text_among(self, spec: &JobSpec, digits: &Digits) -> String {
        match self.0.is_of_cell() {
            true => self.text(spec),
            false => digits.text(self.0, &self.0.value(spec)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_axis_is_found_by_its_name() {
        for axis in Axis::all() {
            assert_eq!(Axis::named(axis.name()), Ok(axis));
        }
        assert!(Axis::named("seeds").is_err_and(|unknown| unknown.known.contains(&"seed")));
    }

    #[test]
    fn a_misspelt_axis_is_recognised() {
        let meant = |name| Axis::named(name).err().and_then(|unknown| unknown.meant);
        let names = ["modle", "seeds", "Batch-size", "lr", "learning_rates", "x", "colour"].map(meant);
        let wanted = [
            Some("model"),
            Some("seed"),
            Some("batch_size"),
            Some("learning_rate"),
            Some("learning_rate"),
            None,
            None,
        ];
        assert_eq!(names, wanted);
    }
}
