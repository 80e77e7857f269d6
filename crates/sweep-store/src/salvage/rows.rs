//! All rows of a damaged database that can be read, in a database of their own that SQLite can read: the damaged one is never opened
//! by SQLite. It judges no results.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::{Path, PathBuf},
};

use rusqlite::{Connection, Result as SqlResult, params_from_iter, types::Value};

use sweep_job::Leaks;

use super::layout::Layout;
use crate::{
    Reader, StoreError,
    carve::{Kind, Pages, Row, free_pages, read_page, walk},
    encode::Json,
    error::sqlite,
    lock::cannot_use,
    migrations,
};

/// The table of tables.
const SCHEMA: &str = "sqlite_schema";
/// The index that repeats every row of the table `sweep_job`, and where its columns stand there.
const REPEATS_SWEEP_JOB: (&str, [&str; 3]) = ("sweep_job_by_job", ["job", "sweep", "position"]);

/// Rows that were read.
pub(super) struct Rows {
    pub(super) reader: Reader,
    /// Numbers of jobs of which two rows say different things.
    pub(super) contradictory: HashSet<i64>,
    /// How many pages and rows of each table cannot be read.
    pub(super) damaged: BTreeMap<String, usize>,
    /// Jobs of which other rows tell, and whose own row cannot be read.
    pub(super) lost_jobs: usize,
    /// Sweeps, likewise.
    pub(super) lost_sweeps: usize,
}

impl Rows {
    /// Reads the database at `damaged` into a new one at `path`.
    ///
    /// # Errors
    /// If a file cannot be read or written, a newer program wrote it, or it holds no job at all.
    pub(super) fn gather(damaged: &Path, path: PathBuf) -> Result<Self, StoreError> {
        let pages = Pages::open(damaged).map_err(cannot_use(damaged))?;
        let version = version(damaged, &pages)?;
        let connection = Connection::open(&path).map_err(|source| StoreError::opening(&path, source))?;
        let (filled, mut connection) =
            fill(connection, &pages, version).map_err(sqlite("take over its rows"))?;
        migrations::migrate(&mut connection, &path)?;
        let reader = Reader::new(connection, &path, None)?;
        reader.forget_unreadable_runs().map_err(sqlite("take over its runs"))?;
        reader.forget_unreadable_leaks().map_err(sqlite("take over its data sets"))?;
        Ok(Self {
            reader,
            contradictory: filled.contradictory,
            damaged: filled.damaged,
            lost_jobs: filled.lost_jobs,
            lost_sweeps: filled.lost_sweeps,
        })
    }
}

impl Reader {
    /// A run only says who trained a job: one that cannot be read costs no result.
    fn forget_unreadable_runs(&self) -> SqlResult<()> {
        for run in self.numbers("SELECT key FROM run")? {
            if self.run_of_number(run).is_err() {
                self.connection().execute("UPDATE job SET run = NULL WHERE run = ?1", [run])?;
            }
        }
        Ok(())
    }

    /// Leaks only describe a data set: text that cannot be read costs none of its jobs.
    fn forget_unreadable_leaks(&self) -> SqlResult<()> {
        for data_set in self.numbers("SELECT key FROM data_set")? {
            let leaks =
                self.connection().query_row("SELECT leaks FROM data_set WHERE key = ?1", [data_set], |row| {
                    row.get::<_, Option<Json<Leaks>>>(0)
                });
            if leaks.is_err() {
                self.connection().execute(
                    "UPDATE data_set SET test_trials_shared_with_train = NULL, test_trials_identical_to_train = NULL,
                        validation_trials_shared_with_train = NULL, test_trials_shared_with_validation = NULL,
                        leaks = NULL
                     WHERE key = ?1",
                    [data_set],
                )?;
            }
        }
        Ok(())
    }
}

/// The version whose tables the rows fit: that of the header, if it can be believed.
fn version(path: &Path, pages: &Pages) -> Result<u32, StoreError> {
    let (header, known) = (pages.header(), migrations::known_version());
    let said = header.user_version();
    let is_ours = header.has_magic() && header.application_id() == migrations::APPLICATION_ID.cast_unsigned();
    // A larger one is damage, not a version of the future.
    if is_ours && (known + 1..=migrations::LAST_VERSION).contains(&said) {
        return Err(StoreError::Newer { path: path.to_owned(), found: said.into(), known });
    }
    let nothing = || StoreError::NothingToSalvage { path: path.to_owned() };
    let count = |version| jobs_of(pages, version).map_err(sqlite("count its rows"));
    if is_ours && (1..=known).contains(&said) && count(said)? > 0 {
        return Ok(said);
    }
    let mut best = (0, 0);
    for version in (1..=known).rev() {
        best = best.max((count(version)?, version));
    }
    if best.0 == 0 { Err(nothing()) } else { Ok(best.1) }
}

/// How many rows are jobs of `version`.
pub(super) fn jobs_of(pages: &Pages, version: u32) -> SqlResult<usize> {
    let mut layouts = Layout::all(version)?;
    layouts.retain(|layout| layout.table == "job");
    let mut jobs = 0;
    Carver { pages, layouts: &layouts }.each_row(&mut |_, _, _| jobs += 1);
    Ok(jobs)
}

#[derive(Default)]
struct Filled {
    contradictory: HashSet<i64>,
    damaged: BTreeMap<String, usize>,
    lost_jobs: usize,
    lost_sweeps: usize,
}

fn fill(connection: Connection, pages: &Pages, version: u32) -> SqlResult<(Filled, Connection)> {
    // The file lives as long as the salvage: nothing of it needs to be safe.
    connection.pragma_update(None, "journal_mode", "off")?;
    connection.pragma_update(None, "synchronous", "off")?;
    connection.pragma_update(None, "foreign_keys", false)?;
    connection.pragma_update(None, "ignore_check_constraints", true)?;
    migrations::create(&connection, version)?;
    let layouts = Layout::all(version)?;
    let mut filled = Filled::default();
    let transaction = connection.unchecked_transaction()?;
    let mut insert = |trust: Trust, layout: &Layout, values: Vec<(usize, Value)>| {
        let job = layout.job_of(&values);
        if !insert(&transaction, layout, values).unwrap_or(false) && trust == Trust::Reached {
            filled.contradictory.extend(job);
        }
    };
    filled.damaged = Carver { pages, layouts: &layouts }.each_row(&mut insert);
    let count = |query| transaction.query_row(query, [], |row| Ok(row.get::<_, u32>(0)? as usize));
    filled.lost_jobs = count(
        "SELECT count(*) FROM (SELECT job FROM sweep_job UNION SELECT job FROM snapshot)
         WHERE job NOT IN (SELECT key FROM job)",
    )?;
    filled.lost_sweeps =
        count("SELECT count(DISTINCT sweep) FROM sweep_job WHERE sweep NOT IN (SELECT key FROM sweep)")?;
    remove_orphans(&transaction, &layouts)?;
    transaction.commit()?;
    Ok((filled, connection))
}

/// Whether the row was new.
fn insert(connection: &Connection, layout: &Layout, values: Vec<(usize, Value)>) -> SqlResult<bool> {
    let names: Vec<&str> = values.iter().map(|(column, _)| layout.columns[*column].name.as_str()).collect();
    let places: Vec<String> = (1..=names.len()).map(|place| format!("?{place}")).collect();
    let query = format!(
        "INSERT OR IGNORE INTO {} ({}) VALUES ({})",
        layout.table,
        names.join(", "),
        places.join(", ")
    );
    let rows = connection
        .prepare_cached(&query)?
        .execute(params_from_iter(values.into_iter().map(|(_, value)| value)))?;
    Ok(rows > 0)
}

/// Removes rows that name others that are not there, or their mention of them where it can be left out.
fn remove_orphans(connection: &Connection, layouts: &[Layout]) -> SqlResult<()> {
    let mut statements = Vec::new();
    for layout in layouts {
        let keys: Vec<(i64, String, String, String)> = connection
            .prepare(
                "SELECT id, \"table\", \"from\", \"to\" FROM pragma_foreign_key_list(?1) ORDER BY id, seq",
            )?
            .query_map([&layout.table], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
            .collect::<SqlResult<_>>()?;
        let mut by_id = BTreeMap::<i64, (String, Vec<(String, String)>)>::new();
        for (id, parent, from, to) in keys {
            by_id.entry(id).or_insert_with(|| (parent, Vec::new())).1.push((from, to));
        }
        let table = &layout.table;
        for (parent, columns) in by_id.into_values() {
            let same: Vec<String> =
                columns.iter().map(|(from, to)| format!("parent.{to} = {table}.{from}")).collect();
            let is_orphan =
                format!("NOT EXISTS (SELECT 1 FROM {parent} AS parent WHERE {})", same.join(" AND "));
            let nullable =
                layout.columns.iter().find(|column| column.name == columns[0].0 && !column.is_required);
            statements.push(match nullable {
                Some(column) => format!(
                    "UPDATE {table} SET {0} = NULL WHERE {0} IS NOT NULL AND {is_orphan}",
                    column.name
                ),
                None => format!("DELETE FROM {table} WHERE {is_orphan}"),
            });
        }
    }
    // A row that goes can make orphans of others.
    loop {
        let mut changed = 0;
        for statement in &statements {
            changed += connection.execute(statement, [])?;
        }
        if changed == 0 {
            return Ok(());
        }
    }
}

/// How a row was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// In the tree of its table.
    Reached,
    /// On a page that no tree leads to any more; it may be an older form of a row.
    Stray,
}

type Take<'a> = dyn FnMut(Trust, &Layout, Vec<(usize, Value)>) + 'a;

struct Carver<'a> {
    pages: &'a Pages,
    layouts: &'a [Layout],
}

impl Carver<'_> {
    /// Hands every row that fits its table to `take`, those that trees lead to first, and counts what of each table cannot be read.
    fn each_row(&self, take: &mut Take<'_>) -> BTreeMap<String, usize> {
        let roots = self.roots();
        let mut reached = HashSet::new();
        let (mut damaged, mut incomplete) = (BTreeMap::new(), Vec::new());
        for layout in self.layouts {
            if let Some(root) = roots.get(&layout.table) {
                let count = self.read_tree(*root, layout, &mut reached, take);
                if count > 0 {
                    damaged.insert(layout.table.clone(), count);
                    incomplete.push(layout);
                }
            } else {
                // Its line in the schema is damaged: it may lie where it lies in a new database.
                self.read_tree(layout.usual_root, layout, &mut reached, take);
                *damaged.entry(SCHEMA.to_owned()).or_default() += 1;
                incomplete.push(layout);
            }
        }
        if let Some(layout) = incomplete.iter().find(|layout| layout.table == "sweep_job")
            && let Some(root) = roots.get(REPEATS_SWEEP_JOB.0)
        {
            self.read_repeated(*root, layout, take);
        }
        self.read_strays(&incomplete, &reached, take);
        damaged
    }

    /// The pages at which tables and indexes begin, by name.
    fn roots(&self) -> HashMap<String, u32> {
        let mut roots = HashMap::new();
        walk(self.pages, 1, Kind::Table, |_, Row { values, .. }| {
            if let [Value::Text(_), Value::Text(name), _, Value::Integer(root), ..] = values.as_slice()
                && let Ok(root @ 1..) = u32::try_from(*root)
            {
                roots.insert(name.clone(), root);
            }
        });
        roots
    }

    fn read_tree(
        &self,
        root: u32,
        layout: &Layout,
        reached: &mut HashSet<u32>,
        take: &mut Take<'_>,
    ) -> usize {
        let mut foreign = 0;
        let damaged = walk(self.pages, root, layout.kind, |page, row| match layout.values(row) {
            Some(values) => {
                reached.insert(page);
                take(Trust::Reached, layout, values);
            }
            None => foreign += 1,
        });
        damaged + foreign
    }

    /// Reads the table `sweep_job` once more, from the index that holds the same.
    fn read_repeated(&self, root: u32, layout: &Layout, take: &mut Take<'_>) {
        let place = |name: &str| layout.columns.iter().position(|column| column.name == name);
        let columns: Vec<usize> = REPEATS_SWEEP_JOB.1.iter().filter_map(|name| place(name)).collect();
        walk(self.pages, root, Kind::Index, |_, row| {
            let is_whole = row.values.len() == columns.len()
                && row.values.iter().all(|value| matches!(value, Value::Integer(_)));
            if is_whole {
                take(Trust::Stray, layout, columns.iter().copied().zip(row.values).collect());
            }
        });
    }

    /// Reads the pages that no tree leads to, of tables whose tree is incomplete. A page is of the table that most of its rows fit.
    fn read_strays(&self, incomplete: &[&Layout], reached: &HashSet<u32>, take: &mut Take<'_>) {
        // Three whole numbers fit several indexes as well.
        let wanted: Vec<&Layout> =
            incomplete.iter().copied().filter(|layout| layout.table != "sweep_job").collect();
        if wanted.is_empty() {
            return;
        }
        let free = free_pages(self.pages);
        for number in (2..=self.pages.count).filter(|page| !reached.contains(page) && !free.contains(page)) {
            let Some(page) = read_page(self.pages, number) else { continue };
            let fitting = |layout: &&&Layout| {
                page.rows.iter().filter(|row| layout.values((*row).clone()).is_some()).count()
            };
            let of_kind = wanted.iter().filter(|layout| layout.kind == page.kind);
            let Some(layout) = of_kind.max_by_key(fitting) else { continue };
            for values in page.rows.into_iter().filter_map(|row| layout.values(row)) {
                take(Trust::Stray, layout, values);
            }
        }
    }
}
