//! The settings in the words of the documentation.

use sweep_networks::{ModelKind, SettingKind, SettingValue};
use sweep_text::listed;

use super::{Setting, row::Default};

impl Setting {
    /// Its row in the documentation: name, values and default, between bars.
    pub fn documentation(self) -> String {
        let parts = [self.values_in_words(), self.row().about.to_owned(), self.limits().unwrap_or_default()];
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        format!("| `{}` | {} | {} |", self.name(), parts.join("; "), self.default_in_words())
    }

    /// The values that it takes: `whole number, 1 or above`. Empty if the table says it in words of its own.
    pub fn values_in_words(self) -> String {
        match self.kind() {
            SettingKind::Name(names) => listed(names.iter().map(|name| format!("`\"{name}\"`")), "or"),
            SettingKind::Whole { least, most } if most == u64::from(u32::MAX) => {
                format!("whole number, {least} or above")
            }
            SettingKind::Whole { least, most } => format!("whole number from {least} to {most}"),
            SettingKind::Wholes { count, most } => format!("list of {count} whole numbers from 1 to {most}"),
            SettingKind::Number(bounds) => bounds.in_words().to_owned(),
            SettingKind::NumberOrOff(bounds) => format!("{}, or `false`", bounds.in_words()),
            // What the two values of a switch do is more than that there are two.
            SettingKind::Switch if self.row().about.is_empty() => "`true` or `false`".to_owned(),
            SettingKind::Switch | SettingKind::MaxNorm | SettingKind::Weights => String::new(),
        }
    }

    fn default_in_words(self) -> String {
        match self.row().default {
            Default::Required => "required".to_owned(),
            Default::Value(value) => value_in_words(value),
            Default::OfOptimizer(_) => {
                let text =
                    |optimizer| self.default_for(None, optimizer).map_or_else(String::new, value_in_words);
                format!("{} for `adamw`, {} otherwise", text("adamw"), text(""))
            }
            Default::OfModel(_) | Default::OfNetwork(_) => {
                let mut values: Vec<(SettingValue, Vec<String>)> = Vec::new();
                for model in ModelKind::ALL {
                    let Some(value) = self.default_for(Some(model), "") else { continue };
                    let name = format!("`{}`", model.name());
                    match values.iter_mut().find(|(known, _)| *known == value) {
                        Some((_, names)) => names.push(name),
                        None => values.push((value, vec![name])),
                    }
                }
                match values.as_slice() {
                    [(value, _)] => value_in_words(*value),
                    _ => {
                        let words = |(value, names): &(SettingValue, Vec<String>)| {
                            format!("{} for {}", value_in_words(*value), listed(names, "and"))
                        };
                        values.iter().map(words).collect::<Vec<_>>().join(", ")
                    }
                }
            }
        }
    }
}

fn value_in_words(value: SettingValue) -> String {
    match value {
        SettingValue::Name(name) => format!("`\"{name}\"`"),
        SettingValue::Whole(whole) => whole.to_string(),
        SettingValue::Number(number) if number != 0.0 && number.abs() < 1e-4 => format!("{number:e}"),
        SettingValue::Number(number) => number.to_string(),
        SettingValue::Switch(is_on) => format!("`{is_on}`"),
        SettingValue::Wholes(list) => format!("`{list}`"),
        SettingValue::Bounds(_) | SettingValue::File(_) => String::new(),
    }
}
