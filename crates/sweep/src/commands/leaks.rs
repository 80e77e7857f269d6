//! Warnings about what the sets of a data set share.

use sweep_job::{DataSpec, Leaks};

use crate::output::tell;

/// Warns of what was found.
pub(super) fn warn(leaks: Option<&Leaks>) {
    for warning in leaks.map_or_else(Vec::new, Leaks::warnings) {
        tell(&format!("warning: {warning}"));
    }
}

/// Looks at the data and warns of what is found, if they can be read.
pub(super) fn look(spec: &DataSpec) {
    warn(sweep_data::find_leaks(spec).ok().as_ref());
}
