//! The networks' own settings on the command line: `--set kernel_length=25`.

use sweep_job::{ModelKind, Setting, SettingValue};

use super::unknown;
use crate::error::CliError;

/// The settings in `texts`, each `name=value`. Each must belong to at least one of `models`.
pub(super) fn network_settings(
    models: &[ModelKind],
    texts: &[String],
) -> Result<Vec<(Setting, SettingValue)>, CliError> {
    texts.iter().map(|text| setting(models, text)).collect()
}

fn setting(models: &[ModelKind], text: &str) -> Result<(Setting, SettingValue), CliError> {
    let Some((name, value)) = text.split_once('=') else {
        return Err(CliError::Argument {
            message: format!("`--set {text}` has no value"),
            hint: Some("write it as `--set kernel_length=25`".to_owned()),
        });
    };
    let has = |setting: &Setting| models.iter().any(|model| setting.is_of(*model));
    let Some(setting) = Setting::named(name.trim()).filter(has) else {
        let mut names: Vec<&str> = Setting::all().filter(has).map(Setting::name).collect();
        names.sort_unstable();
        return Err(unknown("network setting", name, &names));
    };
    match setting.read(value.trim()) {
        Some(value) => Ok((setting, value)),
        None => Err(CliError::Argument {
            message: format!(
                "`{name}` cannot be {}: it must be a {}",
                value.trim(),
                setting.values_in_words()
            ),
            hint: None,
        }),
    }
}
