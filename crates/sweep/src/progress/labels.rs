//! What tells the trainings of a run apart, in a few words. It knows no screen.

use sweep_job::{JobSpec, ModelKind, SETTING_NAMES, Value, setting_values};
use sweep_report::words::setting_text;

/// Settings that are no part of a label: progress shows the number of epochs anyway, and a checksum goes with its path.
const UNNAMED: [&str; 2] = ["epochs", "initial_weights_sha256"];

/// Names for where there is little room.
const SHORT_NAMES: [(&str, &str); 3] =
    [("learning_rate", "lr"), ("batch_size", "batch"), ("weight_decay", "decay")];

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
            // Networks have defaults of their own.
            ModelKind::ALL.into_iter().any(|model| {
                let of_model = specs.iter().zip(&all).filter(|(spec, _)| spec.model == model);
                let mut values =
                    of_model.map(|(_, values)| &values[*index]).filter(|value| **value != Value::Null);
                let first = values.next();
                values.any(|value| Some(value) != first)
            })
        };
        let differs = |index: &usize| !UNNAMED.contains(&SETTING_NAMES[*index]) && differs(index);
        let mut labels = Self { varying: (0..SETTING_NAMES.len()).filter(differs).collect(), width: 0 };
        labels.width = specs.iter().map(|spec| labels.of(spec).chars().count()).max().unwrap_or(0);
        labels
    }

    /// `EEGNet LeakyReLU`, or `EEGNet LeakyReLU seed 1` if seeds differ.
    pub(super) fn of(&self, spec: &JobSpec) -> String {
        let values = setting_values(spec);
        let mut label = format!("{} {}", spec.model.title(), spec.activation.title());
        for index in self.varying.iter().filter(|index| values[**index] != Value::Null) {
            let name = SETTING_NAMES[*index];
            let short = SHORT_NAMES.iter().find(|(long, _)| *long == name).map_or(name, |(_, short)| *short);
            label.push_str(&format!(" {short} {}", setting_text(*index, &values[*index])));
        }
        label
    }
}

#[cfg(test)]
mod tests {
    use sweep_job::Activation;

    use super::*;

    #[test]
    fn labels_name_what_differs_and_nothing_else() {
        let lab = |activation, seed| JobSpec { seed, ..JobSpec::lab(ModelKind::EegNet, activation) };
        let relu = lab(Activation::Relu, 0);
        let same = Labels::new([&relu, &lab(Activation::LeakyRelu { slope: 0.01 }, 0)]);
        assert_eq!(same.of(&relu), "EEGNet ReLU");
        assert_eq!(same.width, "EEGNet LeakyReLU".len());
        let longer = JobSpec { epochs: 7, learning_rate: 0.5, ..lab(Activation::Relu, 12) };
        let other = JobSpec { dropout: 0.5, ..JobSpec::lab(ModelKind::DeepConvNet, Activation::Relu) };
        let labels = Labels::new([&relu, &longer, &other]);
        assert_eq!(labels.of(&relu), "EEGNet ReLU lr 0.001 seed 0");
        assert_eq!(labels.of(&longer), "EEGNet ReLU lr 0.5 seed 12");
    }
}
