//! Which jobs a question is about: a sweep, a filter, both or neither. One way for all that read jobs.

use rusqlite::types::Value;
use sweep_job::{JobId, SweepId};

use crate::{Filter, Reader, StoreError, filter::Condition};

/// Which jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobSelection<'a> {
    /// All of the database, in the order in which they were first asked for.
    All,
    /// All that were ever asked for under a sweep's name, in the order in which they were first asked for.
    Named(&'a str),
    /// Those of one sweep, in the order of its plan.
    Sweep(SweepId),
    /// One, or none where the database has no such job.
    Job(JobId),
}

impl<'a> JobSelection<'a> {
    /// Those of them that match `filter`, where there is one.
    pub fn matching(self, filter: Option<&'a Filter>) -> JobQuery<'a> {
        JobQuery { selection: self, filter }
    }
}

/// Which jobs, and which of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JobQuery<'a> {
    /// Which jobs, and in which order.
    pub selection: JobSelection<'a>,
    /// Which of them; all, where there is none.
    pub filter: Option<&'a Filter>,
}

impl<'a> From<JobSelection<'a>> for JobQuery<'a> {
    fn from(selection: JobSelection<'a>) -> Self {
        selection.matching(None)
    }
}

/// A query of jobs in SQL: what stands behind `FROM job`, with its parameters.
pub(crate) struct Selected {
    /// Other tables, and `WHERE`.
    pub(crate) which: String,
    /// `ORDER BY`.
    pub(crate) order: &'static str,
    /// For the question marks of `which`.
    pub(crate) values: Vec<Value>,
}

impl JobQuery<'_> {
    pub(crate) fn selected(&self) -> Selected {
        let (tables, named, order, mut values) = match self.selection {
            JobSelection::All => ("", None, OLDEST_FIRST, Vec::new()),
            JobSelection::Named(name) => ("", Some(NAMED), OLDEST_FIRST, vec![Value::Text(name.to_owned())]),
            JobSelection::Sweep(SweepId(key)) => (OF_SWEEP, None, IN_PLAN, vec![Value::Integer(key)]),
            JobSelection::Job(id) => {
                ("", Some("job.id = ?"), OLDEST_FIRST, vec![Value::Text(id.to_string())])
            }
        };
        let filter = self.filter.map(Filter::condition);
        let mut conditions: Vec<String> = named.map(str::to_owned).into_iter().collect();
        if let Some(Condition { sql, values: more }) = filter {
            conditions.push(sql);
            values.extend(more);
        }
        let which = match conditions.as_slice() {
            [] => tables.to_owned(),
            some => format!("{tables}WHERE {}", some.join(" AND ")),
        };
        Selected { which, order, values }
    }
}

const OLDEST_FIRST: &str = "ORDER BY job.key";
const IN_PLAN: &str = "ORDER BY sweep_job.position";
const OF_SWEEP: &str = "JOIN sweep_job ON sweep_job.job = job.key AND sweep_job.sweep = ? ";
const NAMED: &str = "job.key IN (SELECT sweep_job.job FROM sweep_job JOIN sweep ON sweep.key = sweep_job.sweep WHERE sweep.name = ?)";

impl Reader {
    /// Whether a sweep that is meant by its name has ever been asked for. Who asks for none that is there is told so.
    pub(crate) fn check_name(&self, selection: JobSelection<'_>) -> Result<(), StoreError> {
        let JobSelection::Named(name) = selection else { return Ok(()) };
        if self.has_sweep(name)? {
            return Ok(());
        }
        Err(StoreError::NoSuchSweep { name: name.to_owned(), known: self.sweep_names()? })
    }
}
