//! Whether a database is whole: SQLite's own checks, the tables and views, every row as readers read it, and what this program promises
//! of results. It changes nothing and opens no weights.

mod file;
mod promises;
mod rows;

use std::{
    collections::{BTreeMap, HashSet},
    fmt::Display,
};

use rusqlite::Result as SqlResult;
use sweep_job::{JobId, Status, WeightsFile};

use crate::{Reader, StoreError, encode::Id, error::sqlite, schema};

pub(crate) use file::findings as file_findings;
pub(crate) use rows::{is_consistent, of_predictions};

/// So many jobs are listed for one finding.
const LISTED: usize = 10;
/// So many findings of SQLite are listed, and so many kinds of rows that cannot be read.
const DAMAGE_LISTED: usize = 20;

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// The file, a table or a row is damaged.
    pub damage: Vec<String>,
    /// Promises that do not hold.
    pub broken: Vec<String>,
    /// Jobs that are finished.
    pub finished: usize,
    /// Those of them whose rows can all be read and have no finding.
    pub readable: usize,
}

impl Reader {
    /// Checks the whole database.
    ///
    /// # Errors
    /// If SQLite cannot even begin to read.
    pub fn check(&self) -> Result<CheckReport, StoreError> {
        let mut findings = self.at_one_moment(|| -> Result<Findings, StoreError> {
            let mut findings = Findings { damage: self.of_file.clone(), ..Findings::default() };
            findings.note(self.of_sqlite(), |findings, lines| {
                lines.into_iter().for_each(|line| findings.damage(line))
            });
            findings.note(schema::differences(self.connection()), |findings, lines| {
                lines.into_iter().for_each(|line| findings.damage(line));
            });
            self.check_promises(&mut findings);
            self.check_rows(&mut findings);
            Ok(findings)
        })?;
        let listed = findings.damage.len().min(2 * DAMAGE_LISTED);
        let more = findings.damage.len() - listed;
        findings.damage.truncate(listed);
        if more > 0 {
            findings.damage.push(format!("and {more} more"));
        }
        let mut report = CheckReport { damage: findings.damage, ..CheckReport::default() };
        let finished = self.jobs_with_status(Status::Finished).unwrap_or_default();
        report.finished = finished.len();
        let broken: HashSet<&JobId> = findings.broken.iter().flat_map(|(_, jobs)| jobs).collect();
        report.readable =
            finished.iter().filter(|job| findings.readable.contains(job) && !broken.contains(job)).count();
        report.broken = findings.broken.iter().map(|(words, jobs)| finding(words, jobs)).collect();
        Ok(report)
    }

    /// The weights of all finished jobs: each job with its files, as paths below the weights folder.
    ///
    /// # Errors
    /// Where SQLite fails.
    pub fn weights_files(&self) -> Result<Vec<(JobId, WeightsFile)>, StoreError> {
        let read = || -> SqlResult<Vec<_>> {
            self.connection()
                .prepare_cached(
                    "SELECT job.id, weights_file, weights_sha256 FROM snapshot JOIN job ON job.key = snapshot.job
                     ORDER BY snapshot.key",
                )?
                .query_map([], |row| {
                    let weights = WeightsFile { file: row.get(1)?, sha256: row.get(2)? };
                    Ok((row.get::<_, Id>(0)?.0, weights))
                })?
                .collect()
        };
        read().map_err(sqlite("list the weights"))
    }

    fn of_sqlite(&self) -> SqlResult<Vec<String>> {
        let lines: Vec<String> = self
            .connection()
            .prepare(&format!("PRAGMA integrity_check({DAMAGE_LISTED})"))?
            .query_map([], |row| Ok(String::from_utf8_lossy(row.get_ref(0)?.as_bytes()?).into_owned()))?
            .collect::<SqlResult<_>>()?;
        let mut damage: Vec<String> = lines.into_iter().filter(|line| line != "ok").collect();
        let mut orphans = BTreeMap::<String, usize>::new();
        let mut statement = self.connection().prepare("PRAGMA foreign_key_check")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            *orphans.entry(row.get(0)?).or_default() += 1;
        }
        damage.extend(
            orphans.iter().map(|(table, rows)| format!("broken references in the table `{table}`: {rows}")),
        );
        Ok(damage)
    }

    fn check_promises(&self, findings: &mut Findings) {
        for promise in &promises::PROMISES {
            findings.note(self.breaking(promise), |findings, jobs| {
                jobs.into_iter().for_each(|job| findings.broken(promise.words, job));
            });
        }
    }
}

/// What has been found so far.
#[derive(Default)]
struct Findings {
    damage: Vec<String>,
    /// Promises with the jobs that break them, in the order in which they were found.
    broken: Vec<(&'static str, Vec<JobId>)>,
    told: HashSet<(&'static str, JobId)>,
    readable: HashSet<JobId>,
}

impl Findings {
    /// Hands a result on to `take`; one that cannot be read is damage.
    fn note<T>(&mut self, result: SqlResult<T>, take: impl FnOnce(&mut Self, T)) {
        match result {
            Ok(found) => take(self, found),
            Err(error) => self.damage(in_words(&error)),
        }
    }

    /// Many questions meet the same damage: each is told once.
    fn damage(&mut self, line: impl Display) {
        let line = line.to_string();
        if !self.damage.contains(&line) {
            self.damage.push(line);
        }
    }

    fn broken(&mut self, words: &'static str, job: JobId) {
        if !self.told.insert((words, job)) {
            return;
        }
        match self.broken.iter_mut().find(|(known, _)| *known == words) {
            Some((_, jobs)) => jobs.push(job),
            None => self.broken.push((words, vec![job])),
        }
    }
}

/// SQLite's words without the statement, which says nothing to a user.
fn in_words(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        rusqlite::Error::SqliteFailure(_, Some(words)) => words.clone(),
        error => error.to_string(),
    }
}

fn finding(words: &str, jobs: &[JobId]) -> String {
    let listed: Vec<String> = jobs.iter().take(LISTED).map(|job| job.short().to_string()).collect();
    let more = jobs.len().saturating_sub(LISTED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{words}: {}{more}", listed.join(", "))
}
