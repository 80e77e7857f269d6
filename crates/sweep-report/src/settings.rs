//! The settings of a job as tables have them.

pub(crate) use sweep_job::{SETTING_NAMES as NAMES, setting_values as values};

/// Settings that exist for some activations or optimizers only.
pub(crate) const OF_SOME: [&str; 7] = ["slope", "alpha", "beta1", "beta2", "epsilon", "momentum", "nesterov"];
