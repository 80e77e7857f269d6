//! Which settings tell many jobs apart, found by the database. It shows nothing.

use std::collections::BTreeSet;

use rusqlite::{Result as SqlResult, params_from_iter};
use sweep_job::{SETTING_NAMES, SETTINGS_OF_SOME};

use crate::{JobQuery, Reader, StoreError, error::sqlite, selection::Selected};

impl Reader {
    /// The places in [`SETTING_NAMES`] of the settings that differ between jobs of one model, in their order. A setting of some activations or
    /// optimizers need only be shared by the jobs that have it.
    ///
    /// # Errors
    /// Where SQLite fails.
    pub fn varying_settings<'a>(&self, which: impl Into<JobQuery<'a>>) -> Result<Vec<usize>, StoreError> {
        let Selected { which, values, .. } = which.into().selected();
        let differ: Vec<String> = SETTING_NAMES.iter().map(|name| differs(name)).collect();
        let read = || -> SqlResult<BTreeSet<usize>> {
            let differ = differ.join(", ");
            let mut statement =
                self.connection().prepare(&format!("SELECT {differ} FROM job {which} GROUP BY job.model"))?;
            let mut rows = statement.query(params_from_iter(values))?;
            let mut varying = BTreeSet::new();
            while let Some(row) = rows.next()? {
                for place in 0..SETTING_NAMES.len() {
                    if row.get(place)? {
                        varying.insert(place);
                    }
                }
            }
            Ok(varying)
        };
        let mut varying = read().map_err(sqlite("compare the settings"))?;
        let place_of = |name: &str| SETTING_NAMES.iter().position(|known| *known == name);
        // Weights at another path are told apart by the path already.
        if let (Some(path), Some(checksum)) =
            (place_of("initial_weights"), place_of("initial_weights_sha256"))
            && varying.contains(&path)
        {
            varying.remove(&checksum);
        }
        Ok(varying.into_iter().collect())
    }
}

/// Whether a setting has several values, or a value for some jobs and none for others.
fn differs(name: &str) -> String {
    let values = format!("min(job.{name}) IS NOT max(job.{name})");
    if SETTINGS_OF_SOME.contains(&name) {
        return values;
    }
    format!("{values} OR count(job.{name}) NOT IN (0, count(*))")
}
