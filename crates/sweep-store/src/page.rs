//! A page of a table of jobs: those on it, and how many there are in all. It shows nothing.

use std::{cmp::Ordering, collections::HashMap};

use rusqlite::{Result as SqlResult, params_from_iter, types::ValueRef};
use sweep_job::JobRecord;

use crate::{Column, JobQuery, JobSelection, Reader, StoreError, error::sqlite, selection::Selected};

/// Which page of which jobs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PageRequest<'a> {
    /// The jobs of all pages.
    pub jobs: JobQuery<'a>,
    /// What they are sorted by; the order of their selection, where there is nothing.
    pub sort: Option<Sort>,
    /// So many jobs come before the page.
    pub offset: usize,
    /// So many jobs are on a page.
    pub limit: usize,
}

/// What jobs are sorted by. Those without a value come last, whatever the direction; of equals, the first asked for comes first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sort {
    /// The column.
    pub column: Column,
    /// Which end comes first.
    pub direction: Direction,
}

/// Which end of a column comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The smallest.
    Ascending,
    /// The largest.
    Descending,
}

/// A page.
#[derive(Debug, Clone, PartialEq)]
pub struct JobPage {
    /// Jobs on all pages.
    pub total: usize,
    /// Those on this one, in order. None, where there are not so many before it.
    pub jobs: Vec<JobRecord>,
}

impl Reader {
    /// A page of jobs.
    ///
    /// SQLite reads the column once for all jobs that match, and the page is picked here: SQLite would sort all that comes before a page with
    /// it, and count in a second pass.
    ///
    /// # Errors
    /// Where no sweep has the name, or SQLite fails.
    pub fn job_page(&self, page: &PageRequest<'_>) -> Result<JobPage, StoreError> {
        self.at_one_moment(|| {
            let (total, keys) = self.on_page(page).map_err(sqlite("sort the jobs"))?;
            if total == 0 {
                self.check_name(page.jobs.selection)?;
            }
            let jobs = keys.into_iter().map(|key| self.job_of(key)).collect::<SqlResult<_>>();
            Ok(JobPage { total, jobs: jobs.map_err(sqlite("read the jobs of a page"))? })
        })
    }

    /// How many jobs there are, and the keys of those on the page.
    fn on_page(&self, page: &PageRequest<'_>) -> SqlResult<(usize, Vec<i64>)> {
        let page = &PageRequest { jobs: self.without_needless_name(page.jobs)?, ..*page };
        if page.sort.is_some() || page.jobs != JobSelection::All.into() {
            let places = self.places(page)?;
            return Ok((places.len(), cut(places, page)));
        }
        // Nothing of any job has to be read before the page.
        let total: i64 =
            self.connection().prepare_cached("SELECT count(*) FROM job")?.query_row([], |row| row.get(0))?;
        let bound = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let keys = self
            .connection()
            .prepare_cached("SELECT key FROM job ORDER BY key LIMIT ?1 OFFSET ?2")?
            .query_map([bound(page.limit), bound(page.offset)], |row| row.get(0))?
            .collect::<SqlResult<_>>()?;
        Ok((usize::try_from(total).unwrap_or_default(), keys))
    }

    /// Most databases have one sweep, and who names it means all: to look each job up among its jobs takes longer than all else.
    fn without_needless_name<'a>(&self, jobs: JobQuery<'a>) -> SqlResult<JobQuery<'a>> {
        let JobSelection::Named(name) = jobs.selection else { return Ok(jobs) };
        let has_all = self
            .connection()
            .prepare_cached(
                "SELECT 1 FROM sweep WHERE name = ?1 AND (SELECT count(*) FROM sweep_job WHERE sweep_job.sweep = sweep.key) =
                    (SELECT count(*) FROM job)",
            )?
            .exists([name])?;
        Ok(if has_all { JobSelection::All.matching(jobs.filter) } else { jobs })
    }

    /// All jobs that match; where they are not sorted by a column, in their order.
    fn places(&self, page: &PageRequest<'_>) -> SqlResult<Vec<Place>> {
        let Selected { which, order, values } = page.jobs.selected();
        let of_data_set = page.sort.and_then(|sort| sort.column.of_data_set());
        let ranks = of_data_set.map(|column| self.ranks(column)).transpose()?;
        let (column, order) = match page.sort {
            None => ("NULL", order),
            Some(_) if ranks.is_some() => ("job.data_set", ""),
            Some(sort) => (sort.column.sql(), ""),
        };
        let mut statement =
            self.connection().prepare(&format!("SELECT job.key, {column} FROM job {which} {order}"))?;
        let mut rows = statement.query(params_from_iter(values))?;
        let mut places = Vec::new();
        while let Some(row) = rows.next()? {
            let value = match &ranks {
                Some(ranks) => ranks.get(&row.get(1)?).map_or(Value::Null, |rank| Value::Integer(*rank)),
                None => Value::from(row.get_ref(1)?),
            };
            places.push(Place { key: row.get(0)?, value });
        }
        Ok(places)
    }

    /// The place of each data set by one of its columns.
    fn ranks(&self, column: &str) -> SqlResult<HashMap<i64, i64>> {
        self.connection()
            .prepare_cached(&format!("SELECT key, dense_rank() OVER (ORDER BY {column}) FROM data_set"))?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect()
    }
}

/// The keys of the jobs on the page, in its order.
fn cut(mut places: Vec<Place>, page: &PageRequest<'_>) -> Vec<i64> {
    let begin = page.offset.min(places.len());
    let end = begin.saturating_add(page.limit).min(places.len());
    if let Some(sort) = page.sort {
        let order = |one: &Place, other: &Place| one.order(other, sort.direction);
        // What lies behind the page and what lies before it is set apart, and the page alone is sorted.
        if end < places.len() {
            places.select_nth_unstable_by(end, order);
        }
        if (1..end).contains(&begin) {
            places[..end].select_nth_unstable_by(begin, order);
        }
        places[begin..end].sort_unstable_by(order);
    }
    places[begin..end].iter().map(|place| place.key).collect()
}

/// A job and what it is sorted by.
struct Place {
    key: i64,
    value: Value,
}

enum Value {
    Null,
    Integer(i64),
    Real(f64),
    Text(Box<[u8]>),
}

impl From<ValueRef<'_>> for Value {
    fn from(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(number) => Self::Integer(number),
            ValueRef::Real(number) => Self::Real(number),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Self::Text(bytes.into()),
        }
    }
}

impl Place {
    fn order(&self, other: &Self, direction: Direction) -> Ordering {
        let directed = |order: Ordering| match direction {
            Direction::Ascending => order,
            Direction::Descending => order.reverse(),
        };
        let by_value = match (&self.value, &other.value) {
            (Value::Integer(one), Value::Integer(other)) => directed(one.cmp(other)),
            (Value::Real(one), Value::Real(other)) => directed(one.total_cmp(other)),
            (Value::Text(one), Value::Text(other)) => directed(one.cmp(other)),
            // A column holds one kind of values, or none.
            (one, other) => matches!(one, Value::Null).cmp(&matches!(other, Value::Null)),
        };
        by_value.then(self.key.cmp(&other.key))
    }
}
