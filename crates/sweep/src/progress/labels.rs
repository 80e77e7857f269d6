//! What tells the trainings of a run apart, in a few words. It knows no screen.

use sweep_job::{JobSpec, ModelKind, Setting, SettingColumn, Value};
use sweep_report::words::setting_text;

/// Whether a setting can be a part of a label: every label begins with the cell, progress shows the number of epochs anyway, and a checksum
/// goes with its path.
fn can_be_named(column: SettingColumn) -> bool {
    !column.is_of_cell() && column.setting() != Setting::EPOCHS && !column.is_checksum()
}

/// Names trainings by network and activation, and by the settings that differ between them.
pub(super) struct Labels {
    varying: Vec<SettingColumn>,
    /// Characters of the longest label.
    pub(super) width: usize,
}

impl Labels {
    pub(super) fn new<'s>(specs: impl IntoIterator<Item = &'s JobSpec>) -> Self {
        let specs: Vec<_> = specs.into_iter().collect();
        let differs = |column: &SettingColumn| {
            // Networks have defaults of their own.
            ModelKind::ALL.into_iter().any(|model| {
                let of_model = specs.iter().filter(|spec| spec.model == model);
                let mut values =
                    of_model.map(|spec| column.value(spec)).filter(|value| *value != Value::Null);
                let first = values.next();
                values.any(|value| Some(value) != first)
            })
        };
        let varying = SettingColumn::all().filter(|column| can_be_named(*column) && differs(column));
        let mut labels = Self { varying: varying.collect(), width: 0 };
        labels.width = specs.iter().map(|spec| labels.of(spec).chars().count()).max().unwrap_or(0);
        labels
    }

    /// `EEGNet LeakyReLU`, or `EEGNet LeakyReLU seed 1` if seeds differ.
    pub(super) fn of(&self, spec: &JobSpec) -> String {
        let mut label = format!("{} {}", spec.model.title(), spec.activation.title());
        for column in &self.varying {
            let value = column.value(spec);
            if value != Value::Null {
                label.push_str(&format!(" {} {}", column.short_name(), setting_text(*column, &value)));
            }
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
