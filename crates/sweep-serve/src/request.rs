//! Which jobs are asked for, in which order and which page of them: from the parameters of an address and back. It reads no database.

use sweep_job::{JobStatus, SweepId};
use sweep_store::{Column, Direction, Filter, FilterError, JobQuery, JobSelection, PageRequest, Sort};

use crate::parameters::Parameters;

/// So many jobs may be on a page.
pub(crate) const SIZES: [usize; 3] = [50, 100, 200];
/// More pages than any database has.
const LAST_PAGE: usize = 1_000_000;

/// A page of a table of jobs, as it is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct JobsRequest {
    parameters: Parameters,
    pub(crate) sweep: Option<SweepId>,
    pub(crate) status: Option<&'static str>,
    pub(crate) filter: Option<Filter>,
    pub(crate) sort: Option<Sort>,
    /// The first is 1.
    pub(crate) page: usize,
    pub(crate) size: usize,
}

/// Why parameters mean no page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RequestError {
    #[error("{0}")]
    Filter(#[from] FilterError),
    #[error("`{name}` cannot be `{value}`: {right}")]
    Parameter { name: &'static str, value: String, right: String },
}

impl JobsRequest {
    pub(crate) fn of(parameters: &Parameters) -> Result<Self, RequestError> {
        let status = one_of(parameters, "status", &JobStatus::NAMES)?;
        let size = parameters.one("size").map_or(Some(SIZES[0]), |size| size.parse().ok());
        let size = size.filter(|size| SIZES.contains(size)).ok_or_else(|| {
            let sizes = SIZES.map(|size| size.to_string()).join(", ");
            wrong(parameters, "size", format!("it is one of {sizes}"))
        })?;
        Ok(Self {
            sweep: number(parameters, "sweep")?.map(SweepId),
            status,
            filter: filter(parameters.one("where"), status)?,
            sort: sort(parameters)?,
            page: number::<usize>(parameters, "page")?.unwrap_or(1).clamp(1, LAST_PAGE),
            size,
            parameters: parameters.clone(),
        })
    }

    /// The jobs of all pages.
    pub(crate) fn jobs(&self) -> JobQuery<'_> {
        self.sweep.map_or(JobSelection::All, JobSelection::Sweep).matching(self.filter.as_ref())
    }

    pub(crate) fn page_request(&self) -> PageRequest<'_> {
        PageRequest {
            jobs: self.jobs(),
            sort: self.sort,
            offset: (self.page - 1) * self.size,
            limit: self.size,
        }
    }

    /// The query of the address of the same jobs where `name` has another value, from their first page on.
    pub(crate) fn with(&self, name: &str, value: &str) -> String {
        self.parameters.without(&[name, "page"]).with(name, value).query()
    }

    /// That of another page.
    pub(crate) fn at_page(&self, page: usize) -> String {
        self.parameters.without(&["page"]).with("page", page.to_string()).query()
    }

    /// That of the same jobs sorted by `column`: the other way round where they are, and else from the end that is looked at first.
    pub(crate) fn sorted_by(&self, column: Column, first: Direction) -> String {
        let direction = match self.sort {
            Some(Sort { column: now, direction }) if now == column => match direction {
                Direction::Ascending => Direction::Descending,
                Direction::Descending => Direction::Ascending,
            },
            _ => first,
        };
        let others = self.parameters.without(&["sort", "order", "page"]);
        others.with("sort", column.name()).with("order", direction_name(direction)).query()
    }
}

/// As addresses and `aria-sort` have it.
pub(crate) fn direction_name(direction: Direction) -> &'static str {
    match direction {
        Direction::Ascending => "ascending",
        Direction::Descending => "descending",
    }
}

/// What was typed, and the status that was picked. What was typed is checked by itself, so that a mistake is shown in it.
fn filter(typed: Option<&str>, status: Option<&str>) -> Result<Option<Filter>, FilterError> {
    let typed_filter = typed.map(Filter::parse).transpose()?;
    let Some(status) = status else { return Ok(typed_filter) };
    let picked = format!("status = \"{status}\"");
    typed
        .map_or(Ok(picked.clone()), |typed| Ok(format!("({typed}) and {picked}")))
        .and_then(|both| Filter::parse(&both))
        .map(Some)
}

fn sort(parameters: &Parameters) -> Result<Option<Sort>, RequestError> {
    let Some(name) = parameters.one("sort") else { return Ok(None) };
    let column = Column::named(name)
        .ok_or_else(|| wrong(parameters, "sort", "it is a column of the view `trials`".to_owned()))?;
    let direction = match one_of(parameters, "order", &["ascending", "descending"])? {
        Some("descending") => Direction::Descending,
        _ => Direction::Ascending,
    };
    Ok(Some(Sort { column, direction }))
}

fn one_of(
    parameters: &Parameters,
    name: &'static str,
    known: &[&'static str],
) -> Result<Option<&'static str>, RequestError> {
    let Some(value) = parameters.one(name) else { return Ok(None) };
    let found = known.iter().find(|known| **known == value);
    found
        .map(|known| Some(*known))
        .ok_or_else(|| wrong(parameters, name, format!("it is one of {}", known.join(", "))))
}

fn number<N: std::str::FromStr>(
    parameters: &Parameters,
    name: &'static str,
) -> Result<Option<N>, RequestError> {
    let number = parameters.one(name).map(str::parse).transpose();
    number.map_err(|_| wrong(parameters, name, "it is a whole number".to_owned()))
}

fn wrong(parameters: &Parameters, name: &'static str, right: String) -> RequestError {
    let value = parameters.one(name).unwrap_or_default().chars().take(60).collect();
    RequestError::Parameter { name, value, right }
}
