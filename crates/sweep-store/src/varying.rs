//! Which settings tell many jobs apart, found in one pass over them. It shows nothing.

use rusqlite::{
    Result as SqlResult, Row, params_from_iter,
    types::{Value, ValueRef},
};
use sweep_job::SettingColumn;

use crate::{JobQuery, Reader, StoreError, error::sqlite, selection::Selected};

impl Reader {
    /// The settings that differ between jobs of one model, in their order. A setting of some activations or optimizers need only be shared by
    /// the jobs that have it.
    ///
    /// # Errors
    /// Where SQLite fails.
    pub fn varying_settings<'a>(
        &self,
        which: impl Into<JobQuery<'a>>,
    ) -> Result<Vec<SettingColumn>, StoreError> {
        let Selected { which, values, .. } = which.into().selected();
        let columns: Vec<String> = candidates().map(|column| format!("job.{}", column.name())).collect();
        let read = || -> SqlResult<Spread> {
            let query = format!("SELECT job.model, {} FROM job {which}", columns.join(", "));
            let mut statement = self.connection().prepare(&query)?;
            let mut rows = statement.query(params_from_iter(values))?;
            let mut spread = Spread::new();
            while let Some(row) = rows.next()? {
                spread.add(row)?;
            }
            Ok(spread)
        };
        let varying = read().map_err(sqlite("compare the settings"))?.varying;
        let varying: Vec<SettingColumn> = candidates().filter(|column| varying[column.place()]).collect();
        Ok(SettingColumn::without_told(varying))
    }
}

/// Jobs are told apart by model and activation anyway.
fn candidates() -> impl Iterator<Item = SettingColumn> {
    SettingColumn::all().filter(|column| !column.is_of_cell())
}

/// What the settings of jobs were so far. Aggregates of SQLite, which would sort the jobs by their model, take twice as long.
struct Spread {
    /// Of each model, the first value of each setting.
    first: Vec<(String, [Option<Value>; SettingColumn::COUNT])>,
    /// Whether a setting has had several values, or a value for some jobs and none for others.
    varying: [bool; SettingColumn::COUNT],
}

impl Spread {
    fn new() -> Self {
        Self { first: Vec::new(), varying: [false; SettingColumn::COUNT] }
    }

    /// Adds a job: its model, and then its settings.
    fn add(&mut self, row: &Row<'_>) -> SqlResult<()> {
        let model = row.get_ref(0)?.as_str()?;
        let known = self.first.iter().position(|(known, _)| known == model);
        let place_of_model = known.unwrap_or_else(|| {
            self.first.push((model.to_owned(), [const { None }; SettingColumn::COUNT]));
            self.first.len() - 1
        });
        let first = &mut self.first[place_of_model].1;
        for (number, column) in candidates().enumerate() {
            let place = column.place();
            if self.varying[place] {
                continue;
            }
            let value = row.get_ref(number + 1)?;
            match &first[place] {
                // It says nothing of those that have one.
                _ if value == ValueRef::Null && column.is_of_some() => {}
                None => first[place] = Some(value.try_into()?),
                Some(first) => self.varying[place] = ValueRef::from(first) != value,
            }
        }
        Ok(())
    }
}
