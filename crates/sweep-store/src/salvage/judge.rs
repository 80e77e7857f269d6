//! Which of the rows that could be read are results: those that nothing contradicts. It changes nothing.

use std::collections::{BTreeMap, HashMap};

use sweep_job::{DataIdentity, DataSetRecord, JobId, JobRecord, JobStatus, SnapshotKind};

use super::rows::Rows;
use crate::{
    Reader, StoreError,
    check::{is_consistent, of_predictions},
    error::sqlite,
};

/// The words for jobs on data whose labels cannot be believed.
const OTHER_LABELS: &str = "its data set is damaged";

/// What becomes of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Its result is whole.
    Whole,
    /// It has none.
    Waits,
    /// It had one, and something contradicts it.
    Doubtful(String),
}

/// All that could be read, judged.
pub(super) struct Judged {
    pub(super) data_sets: HashMap<DataIdentity, DataSetRecord>,
    /// By their numbers.
    pub(super) jobs: BTreeMap<i64, (JobRecord, Verdict)>,
    pub(super) left_out: Vec<(Option<JobId>, String)>,
}

/// Judges every job.
///
/// # Errors
/// If SQLite fails on the rows that were read.
pub(super) fn judge(rows: &Rows) -> Result<Judged, StoreError> {
    let reader = &rows.reader;
    let mut judged = Judged { data_sets: data_sets(reader)?, jobs: BTreeMap::new(), left_out: Vec::new() };
    let doubtful = reader.doubtful_results().map_err(sqlite("judge the results"))?;
    let keys = reader.numbers("SELECT key FROM job ORDER BY key").map_err(sqlite("list the jobs"))?;
    for key in keys {
        let job = match reader.job_of(key) {
            Ok(job) if JobId::new(&job.spec, &job.data.identity) == job.id => job,
            Ok(job) => {
                judged.left_out.push((Some(job.id), "its settings are damaged".to_owned()));
                continue;
            }
            Err(_) => {
                judged.left_out.push((reader.id_of(key), "its row cannot be read".to_owned()));
                continue;
            }
        };
        let verdict = if rows.contradictory.contains(&key) {
            Verdict::Doubtful("two rows contradict each other".to_owned())
        } else if let Some(words) = doubtful.get(&job.id).filter(|_| has_result(&job)) {
            Verdict::Doubtful((*words).to_owned())
        } else {
            verdict(reader, &job, judged.data_sets.get(&job.data.identity))
        };
        judged.jobs.insert(key, (job, verdict));
    }
    judged.leave_out_doubtful_data(reader);
    Ok(judged)
}

fn has_result(job: &JobRecord) -> bool {
    !matches!(job.status, JobStatus::Queued | JobStatus::Running)
}

/// Whether any snapshot of the job is recorded, which only finished jobs have.
fn has_snapshots(reader: &Reader, job: &JobRecord) -> bool {
    SnapshotKind::ALL.into_iter().any(|kind| !matches!(reader.read_snapshot(&job.id, kind), Ok(None)))
}

fn verdict(reader: &Reader, job: &JobRecord, data: Option<&DataSetRecord>) -> Verdict {
    if !has_result(job) {
        return if has_snapshots(reader, job) {
            Verdict::Doubtful("its status is damaged".to_owned())
        } else {
            Verdict::Waits
        };
    }
    let is_readable = reader.state(&job.id).is_ok() && reader.epochs(&job.id).is_ok();
    match of_predictions(reader, job, data) {
        Ok(flaws) if is_readable => {
            flaws.first().map_or(Verdict::Whole, |words| Verdict::Doubtful((*words).to_owned()))
        }
        Ok(_) => Verdict::Doubtful("its rows cannot be read".to_owned()),
        Err(error) => Verdict::Doubtful(error.to_string()),
    }
}

/// Data sets whose parts fit together.
fn data_sets(reader: &Reader) -> Result<HashMap<DataIdentity, DataSetRecord>, StoreError> {
    let keys =
        reader.numbers("SELECT key FROM data_set ORDER BY key").map_err(sqlite("list the data sets"))?;
    let records = keys.into_iter().filter_map(|key| reader.data_set_of(key).ok()).filter(is_consistent);
    Ok(records.map(|data| (data.identity.clone(), data)).collect())
}

impl Judged {
    /// Labels have no checksum. If the predictions of most jobs contradict them, they are damaged, and every later job would be judged by them.
    fn leave_out_doubtful_data(&mut self, reader: &Reader) {
        // How many jobs more contradict the labels than fit them.
        let mut doubts = HashMap::<DataIdentity, i64>::new();
        for (job, verdict) in self.jobs.values().filter(|(job, _)| job.status == JobStatus::Finished) {
            let data = job.data.identity.clone();
            match verdict {
                Verdict::Whole => *doubts.entry(data).or_default() -= 1,
                _ => {
                    let found = self.data_sets.get(&data);
                    let is_other = of_predictions(reader, job, found).is_ok_and(|flaws| !flaws.is_empty());
                    *doubts.entry(data).or_default() += i64::from(is_other);
                }
            }
        }
        self.data_sets.retain(|data, _| doubts.get(data).is_none_or(|doubts| *doubts <= 0));
        let known = &self.data_sets;
        let (kept, gone): (BTreeMap<_, _>, BTreeMap<_, _>) = std::mem::take(&mut self.jobs)
            .into_iter()
            .partition(|(_, (job, _))| known.contains_key(&job.data.identity));
        self.jobs = kept;
        self.left_out.extend(gone.into_values().map(|(job, _)| (Some(job.id), OTHER_LABELS.to_owned())));
    }
}
