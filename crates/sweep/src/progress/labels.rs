//! What tells the trainings of a run apart, in a few words. It knows no screen.

use sweep_job::{JobSpec, SETTING_NAMES, Value, setting_values};
use sweep_report::words::setting_text;

/// Settings that are no part of a label: progress shows the number of epochs anyway, and a checksum goes with its path.
const UNNAMED: [&str; 2] = ["epochs", "initial_weights_sha256"];

/// Names trainings by network and activation, and by the settings that differ between them.
pub(super) struct Labels {
    /// Places in [`SETTING_NAMES`].
    varying: Vec<usize>,
    /// Characters of the longest label.
    pub(super) width: usize,
}

impl Labels {
    pub(super) fn new<'s>(specs: impl IntoIterator<Item = &'s JobSpec>) -> Self {
        let specs: Vec<_> = specs.into_iter().collect();
        let all: Vec<_> = specs.iter().map(|spec| setting_values(spec)).collect();
        let differs = |index: &usize| {
            let mut values = all.iter().map(|values| &values[*index]).filter(|value| **value != Value::Null);
            let first = values.next();
            !UNNAMED.contains(&SETTING_NAMES[*index]) && values.any(|value| Some(value) != first)
        };
        let mut labels = Self { varying: (0..SETTING_NAMES.len()).filter(differs).collect(), width: 0 };
        labels.width = specs.iter().map(|spec| labels.of(spec).chars().count()).max().unwrap_or(0);
        labels
    }

    /// `EEGNet LeakyReLU`, or `EEGNet LeakyReLU seed 1` if seeds differ.
    pub(super) fn of(&self, spec: &JobSpec) -> String {
        let values = setting_values(spec);
        let mut label = format!("{} {}", spec.model.title(), spec.activation.title());
        for index in self.varying.iter().filter(|index| values[**index] != Value::Null) {
            label.push_str(&format!(" {} {}", SETTING_NAMES[*index], setting_text(*index, &values[*index])));
        }
        label
    }
}

#[cfg(test)]
mod tests {
    use sweep_job::{Activation, ModelKind};

    use super::*;

    #[test]
    fn labels_name_what_differs_and_nothing_else() {
        let lab = |activation, seed| JobSpec { seed, ..JobSpec::lab(ModelKind::EegNet, activation) };
        let relu = lab(Activation::Relu, 0);
        let same = Labels::new([&relu, &lab(Activation::LeakyRelu { slope: 0.01 }, 0)]);
        assert_eq!(same.of(&relu), "EEGNet ReLU");
        assert_eq!(same.width, "EEGNet LeakyReLU".len());
        let longer = JobSpec { epochs: 7, learning_rate: 0.5, ..lab(Activation::Relu, 12) };
        let labels = Labels::new([&relu, &longer]);
        assert_eq!(labels.of(&relu), "EEGNet ReLU learning_rate 0.001 seed 0");
        assert_eq!(labels.of(&longer), "EEGNet ReLU learning_rate 0.5 seed 12");
    }
}
