//! What settings may differ in: model, activation, and each setting of a sweep file.

use sweep_job::{JobSpec, Value};

use crate::{
    settings::{NAMES, values},
    spread::{Digits, setting_text},
};

/// One of the settings that tell jobs apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Axis {
    /// The network.
    Model,
    /// Its activation function.
    Activation,
    /// A setting of the sweep file, by its place among the names of settings.
    Setting(usize),
}

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
    /// The axis of jobs that are repeats of each other.
    pub(crate) const SEED: Self = Self::Setting(SEED_PLACE);

    /// All of them, in the order of the columns of a table.
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::Model, Self::Activation].into_iter().chain((0..NAMES.len()).map(Self::Setting))
    }

    /// The axis of a name of a sweep file.
    ///
    /// # Errors
    /// Where there is none.
    pub fn named(name: &str) -> Result<Self, UnknownAxis> {
        Self::all().find(|axis| axis.name() == name).ok_or_else(|| UnknownAxis {
            name: name.to_owned(),
            meant: sweep_text::closest(name, Self::all().map(Self::name)),
            known: Self::all().map(Self::name).collect(),
        })
    }

    /// Its name in sweep files and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Activation => "activation",
            Self::Setting(place) => NAMES[place],
        }
    }

    /// The value of a job, as a program reads it.
    pub(crate) fn value(self, spec: &JobSpec) -> Value {
        match self {
            Self::Model => Value::Text(spec.model.name().to_owned()),
            Self::Activation => Value::Text(spec.activation.name().to_owned()),
            Self::Setting(place) => values(spec)[place].clone(),
        }
    }

    /// The value of a job, as people read it.
    pub(crate) fn text(self, spec: &JobSpec) -> String {
        match self {
            Self::Model => spec.model.title().to_owned(),
            Self::Activation => spec.activation.title().to_owned(),
            Self::Setting(place) => setting_text(place, &values(spec)[place]),
        }
    }

    /// The value of a job, as people read it among others.
    pub(crate) fn text_among(self, spec: &JobSpec, digits: &Digits) -> String {
        match self {
            Self::Setting(place) => digits.text(place, &values(spec)[place]),
            Self::Model | Self::Activation => self.text(spec),
        }
    }
}

const SEED_PLACE: usize = 5;

const _: () = assert!(matches!(NAMES[SEED_PLACE].as_bytes(), b"seed"));

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
