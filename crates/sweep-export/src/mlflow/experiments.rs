//! The experiments of an export: one a sweep, by name. It knows no runs.

use std::collections::HashSet;

use rusqlite::Result as SqlResult;
use sweep_job::JobRecord;
use sweep_text::steers;

use super::database::{Database, Experiment};
use crate::job::Times;

/// Characters of a name that MLflow holds.
const LONGEST_NAME: usize = 250;

/// The name for jobs that no sweep asks for any more.
const WITHOUT_SWEEP: &str = "without a sweep";

/// MLflow expects an experiment of this name with the id 0.
const DEFAULT: &str = "Default";

/// The experiments so far, in the order of their first jobs; the first has the id 1.
#[derive(Debug, Default)]
pub(super) struct Experiments {
    all: Vec<Sweep>,
}

#[derive(Debug)]
struct Sweep {
    name: Option<String>,
    created: i64,
    updated: i64,
}

impl Experiments {
    /// The id of the experiment of a job: that of the first sweep that asked for it.
    pub(super) fn of(&mut self, job: &JobRecord, times: Times) -> i64 {
        let name = job.sweeps.first();
        let place = self.all.iter().position(|sweep| sweep.name.as_ref() == name).unwrap_or_else(|| {
            self.all.push(Sweep { name: name.cloned(), created: times.created, updated: times.created });
            self.all.len() - 1
        });
        let sweep = &mut self.all[place];
        sweep.created = sweep.created.min(times.created);
        sweep.updated = sweep.updated.max(times.finished.unwrap_or(times.begin()));
        place as i64 + 1
    }

    /// Adds them all, and the one that MLflow expects.
    pub(super) fn add_to(&self, database: &Database) -> SqlResult<()> {
        let mut taken = HashSet::from([DEFAULT.to_owned()]);
        let created = self.all.iter().map(|sweep| sweep.created).min().unwrap_or_default();
        database.add_experiment(&Experiment { id: 0, name: DEFAULT, created, updated: created })?;
        for (sweep, id) in self.all.iter().zip(1..) {
            let name = distinct(sweep.name.as_deref().unwrap_or(WITHOUT_SWEEP), &mut taken);
            let Sweep { created, updated, .. } = *sweep;
            database.add_experiment(&Experiment { id, name: &name, created, updated })?;
        }
        Ok(())
    }
}

/// A name that MLflow holds, on one line, and that no other experiment has.
fn distinct(wanted: &str, taken: &mut HashSet<String>) -> String {
    let printable = |character: char| if steers(character) { ' ' } else { character };
    let name: String = wanted.chars().take(LONGEST_NAME).map(printable).collect();
    let name = if name.trim().is_empty() { "unnamed".to_owned() } else { name };
    let mut distinct = name.clone();
    let mut number = 1_u64;
    while !taken.insert(distinct.clone()) {
        number += 1;
        distinct = format!("{name} {number}");
    }
    distinct
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_are_held_and_differ() {
        let mut taken = HashSet::new();
        let long = "a".repeat(300);
        for (wanted, given) in [
            ("lab2", "lab2"),
            ("lab2", "lab2 2"),
            ("a\nb\0", "a b "),
            ("", "unnamed"),
            ("\n", "unnamed 2"),
            (&long, &long[..LONGEST_NAME]),
        ] {
            assert_eq!(distinct(wanted, &mut taken), given, "{wanted:?}");
        }
        assert_eq!(distinct(&long, &mut taken).len(), LONGEST_NAME + 2);
    }
}
