//! Which settings tell many jobs apart, found in one pass over them. It shows nothing.

use rusqlite::{
    Result as SqlResult, Row, params_from_iter,
    types::{Value, ValueRef},
};
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
        let columns: Vec<String> = SETTING_NAMES.iter().map(|name| format!("job.{name}")).collect();
        let read = || -> SqlResult<Spread> {
            let query = format!("SELECT job.model, {} FROM job {which}", columns.join(", "));
            let mut statement = self.connection().prepare(&query)?;
            let mut rows = statement.query(params_from_iter(values))?;
            let mut spread = Spread::default();
            while let Some(row) = rows.next()? {
                spread.add(row)?;
            }
            Ok(spread)
        };
        let varying = read().map_err(sqlite("compare the settings"))?.varying;
        let varies = |name: &str| {
            let place = SETTING_NAMES.iter().position(|known| *known == name);
            place.is_some_and(|place| varying[place])
        };
        // Weights at another path are told apart by the path already.
        let is_told = |name: &str| name == "initial_weights_sha256" && varies("initial_weights");
        let places = (0..SETTING_NAMES.len()).filter(|place| varying[*place]);
        Ok(places.filter(|place| !is_told(SETTING_NAMES[*place])).collect())
    }
}

/// What the settings of jobs were so far. Aggregates of SQLite, which would sort the jobs by their model, take twice as long.
#[derive(Default)]
struct Spread {
    /// Of each model, the first value of each setting.
    first: Vec<(String, [Option<Value>; SETTING_NAMES.len()])>,
    /// Whether a setting has had several values, or a value for some jobs and none for others.
    varying: [bool; SETTING_NAMES.len()],
}

impl Spread {
    /// Adds a job: its model, and then its settings.
    fn add(&mut self, row: &Row<'_>) -> SqlResult<()> {
        let model = row.get_ref(0)?.as_str()?;
        let known = self.first.iter().position(|(known, _)| known == model);
        let place_of_model = known.unwrap_or_else(|| {
            self.first.push((model.to_owned(), [const { None }; SETTING_NAMES.len()]));
            self.first.len() - 1
        });
        let first = &mut self.first[place_of_model].1;
        for (place, name) in SETTING_NAMES.iter().enumerate() {
            if self.varying[place] {
                continue;
            }
            let value = row.get_ref(place + 1)?;
            match &first[place] {
                // It says nothing of those that have one.
                _ if value == ValueRef::Null && SETTINGS_OF_SOME.contains(name) => {}
                None => first[place] = Some(value.try_into()?),
                Some(first) => self.varying[place] = ValueRef::from(first) != value,
            }
        }
        Ok(())
    }
}
