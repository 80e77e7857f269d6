//! The settings of a job as tables have them.

pub(crate) use sweep_job::{SETTING_NAMES as NAMES, SETTINGS_OF_SOME as OF_SOME, setting_values as values};
