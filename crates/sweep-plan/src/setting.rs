//! Sets of settings.

use sweep_job::Setting;

/// A set of settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct SettingSet(u64);

const _: () = assert!(Setting::COUNT <= u64::BITS as usize);

impl SettingSet {
    pub(crate) const EMPTY: Self = Self(0);

    pub(crate) fn with(self, setting: Setting) -> Self {
        Self(self.0 | 1 << setting.place())
    }

    pub(crate) fn insert(&mut self, setting: Setting) {
        *self = self.with(setting);
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.0 |= other.0;
    }

    pub(crate) fn contains(self, setting: Setting) -> bool {
        self.0 & 1 << setting.place() != 0
    }

    pub(crate) fn contains_any(self, settings: &[Setting]) -> bool {
        settings.iter().any(|setting| self.contains(*setting))
    }
}

/// The settings without a default.
pub(crate) fn required() -> impl Iterator<Item = Setting> {
    [Setting::MODEL, Setting::ACTIVATION, Setting::EPOCHS].into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_without_a_default_are_required() {
        let without: Vec<Setting> = Setting::all().filter(|setting| setting.is_required()).collect();
        assert_eq!(required().collect::<Vec<_>>(), without);
    }

    #[test]
    fn every_setting_and_every_key_of_data_is_documented() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/sweep-format.md");
        let text = std::fs::read_to_string(path).unwrap();
        let (settings, data) = text.split_once("\n## `[data]`").unwrap();
        let (_, table) =
            settings.split_once("| setting | values | default |\n| --- | --- | --- |\n").unwrap();
        let rows: Vec<&str> = table.lines().take_while(|line| line.starts_with('|')).collect();
        let expected: Vec<String> = Setting::all().map(Setting::documentation).collect();
        assert_eq!(rows.join("\n"), expected.join("\n"));
        for key in crate::check::data::keys() {
            assert!(data.contains(&format!("| `{key}` |")), "{key}");
        }
    }
}
