//! How much training is left, and how long an epoch has taken. It estimates no time that is left.

use std::{
    collections::{BTreeMap, HashMap},
    rc::Rc,
    sync::LazyLock,
};

use rusqlite::{Result as SqlResult, Row, types::FromSqlError};
use sweep_job::{
    DataIdentity, EpochKind, JobSpec, ModelKind, Pace, Progress, RunId, RunningTraining, SettingColumn,
    Status, SweepId, TrajectoryKey, WorkLeft,
};

use crate::{
    Reader, StoreError,
    encode::{Id, Json, literal},
    error::sqlite,
};

/// The pace of a running job is the mean of this many last epochs: fewer would waver, more would hide that a machine got busy.
const LAST_EPOCHS: u32 = 10;

/// Jobs that are equal in all of these share one training, to the largest of their numbers of epochs.
static TRAJECTORY: LazyLock<String> = LazyLock::new(|| {
    let settings = SettingColumn::all().filter(|column| column.is_of_trajectory());
    columns(["data_set"].into_iter().chain(settings.map(SettingColumn::name)))
});

/// The columns of a [`Kind`].
static KIND: LazyLock<String> = LazyLock::new(|| {
    let networks = ModelKind::ALL.map(|model| {
        let settings = columns(model.descriptor().settings.iter().map(|setting| setting.name));
        format!("WHEN '{}' THEN json_array({settings})", model.name())
    });
    format!("job.data_set, job.model, job.batch_size, CASE job.model {} END AS network", networks.join(" "))
});

fn columns<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.map(|name| format!("job.{name}")).collect::<Vec<_>>().join(", ")
}

/// Jobs that are still to be trained.
static OPEN: LazyLock<String> =
    LazyLock::new(|| format!("job.status IN ({}, {})", literal(Status::Queued), literal(Status::Running)));

impl Reader {
    /// How much is left of all that waits or runs, and how fast it goes, at one moment.
    ///
    /// # Errors
    /// If SQLite fails.
    pub fn progress(&self) -> Result<Progress, StoreError> {
        let read = || -> SqlResult<Progress> {
            let data = self.data_identities()?;
            let work = match self.work_of_single_jobs()? {
                Some(work) => work,
                None => self.work_of_trainings()?,
            };
            let (left, sweeps) = work.named(&data);
            let running = self.running_trainings()?;
            let paces = self.paces(&left, &running, &data)?;
            Ok(Progress { left, sweeps, running, paces })
        };
        self.at_one_moment(|| read().map_err(sqlite("look how far the jobs are")))
    }

    fn data_identities(&self) -> SqlResult<HashMap<i64, DataIdentity>> {
        self.connection()
            .prepare_cached("SELECT key, identity FROM data_set")?
            .query_map([], |row| Ok((row.get(0)?, DataIdentity(row.get(1)?))))?
            .collect()
    }

    /// What is left if no two open jobs can share a training, because all jobs of one kind have the same number of epochs. That is the
    /// usual case, and takes a third of the time of [`Reader::work_of_trainings`]. `None` otherwise.
    fn work_of_single_jobs(&self) -> SqlResult<Option<Work>> {
        // `CROSS JOIN` keeps the order: the sweeps of the open jobs, not the jobs of all sweeps.
        let mut statement = self.connection().prepare_cached(&format!(
            "SELECT sweep_job.sweep, job.key, job.epochs, job.epochs_finished, {}
             FROM job CROSS JOIN sweep_job ON sweep_job.job = job.key WHERE {}",
            *KIND, *OPEN
        ))?;
        let mut rows = statement.query([])?;
        let mut work = Work::default();
        let mut requested: HashMap<Kind, u32> = HashMap::new();
        let mut last_key = None;
        while let Some(row) = rows.next()? {
            let kind = kind(row, 4)?;
            let epochs: u32 = row.get(2)?;
            if *requested.entry(kind.clone()).or_insert(epochs) != epochs {
                return Ok(None);
            }
            let left = u64::from(epochs.saturating_sub(row.get(3)?));
            let key: i64 = row.get(1)?;
            if last_key.replace(key) != Some(key) {
                *work.all.entry(kind.clone()).or_default() += left;
            }
            *work.sweeps.entry((row.get(0)?, kind)).or_default() += left;
        }
        Ok(Some(work))
    }

    /// What is left, where jobs that share a training count once.
    pub(crate) fn work_of_trainings(&self) -> SqlResult<Work> {
        let trainings = |group: &str, join: &str| -> SqlResult<Vec<(i64, Kind, u64)>> {
            self.connection()
                .prepare_cached(&format!(
                    "SELECT grouped, sum(epochs_left), data_set, model, batch_size, network
                     FROM (SELECT {group} AS grouped, max(job.epochs) - max(job.epochs_finished) AS epochs_left, {}
                           FROM job {join} WHERE {} GROUP BY grouped, {})
                     GROUP BY grouped, data_set, model, batch_size, network",
                    *KIND, *OPEN, *TRAJECTORY
                ))?
                .query_map([], |row| {
                    Ok((row.get(0)?, kind(row, 2)?, row.get::<_, i64>(1)?.try_into().unwrap_or_default()))
                })?
                .collect()
        };
        let all = trainings("0", "")?.into_iter().map(|(_, kind, epochs)| (kind, epochs)).collect();
        let sweeps = trainings("sweep_job.sweep", "CROSS JOIN sweep_job ON sweep_job.job = job.key")?;
        let sweeps = sweeps.into_iter().map(|(sweep, kind, epochs)| ((sweep, kind), epochs)).collect();
        Ok(Work { all, sweeps })
    }

    /// The trainings of the running jobs, in the order in which the first job of each was requested.
    fn running_trainings(&self) -> SqlResult<Vec<RunningTraining>> {
        let mut statement = self.connection().prepare_cached(&format!(
            "SELECT job.id, job.owner, job.spec, data_set.identity, job.epochs_finished,
                (SELECT avg(epoch.train_seconds + epoch.evaluation_seconds) FROM epoch
                  WHERE epoch.job = job.key AND epoch.epoch > job.epochs_finished - ?1), {}
             FROM job JOIN data_set ON data_set.key = job.data_set WHERE job.status = {} ORDER BY job.key",
            *KIND,
            literal(Status::Running)
        ))?;
        let mut rows = statement.query([LAST_EPOCHS])?;
        let mut places: HashMap<TrajectoryKey, usize> = HashMap::new();
        let mut trainings: Vec<RunningTraining> = Vec::new();
        while let Some(row) = rows.next()? {
            let (key, training) = running_training(row)?;
            match places.get(&key).and_then(|place| trainings.get_mut(*place)) {
                Some(known) if known.epochs() < training.epochs() => *known = training,
                Some(_) => {}
                None => {
                    places.insert(key, trainings.len());
                    trainings.push(training);
                }
            }
        }
        Ok(trainings)
    }

    /// The mean time of an epoch of each kind that is left.
    fn paces(
        &self,
        left: &[WorkLeft],
        running: &[RunningTraining],
        data: &HashMap<i64, DataIdentity>,
    ) -> SqlResult<Vec<Pace>> {
        let running_pace = |kind: &EpochKind| {
            let seconds: Vec<f64> = running
                .iter()
                .filter(|training| training.kind == *kind)
                .filter_map(|training| training.seconds_per_epoch)
                .collect();
            (!seconds.is_empty()).then(|| seconds.iter().sum::<f64>() / seconds.len() as f64)
        };
        let mut recorded = None;
        let mut paces = Vec::new();
        for WorkLeft { kind, .. } in left {
            let pace = match running_pace(kind) {
                Some(pace) => Some(pace),
                None => {
                    let recorded: &HashMap<_, _> = match &mut recorded {
                        Some(recorded) => recorded,
                        none => none.insert(self.recorded_paces(data)?),
                    };
                    recorded.get(kind).copied()
                }
            };
            paces.extend(pace.map(|seconds_per_epoch| Pace { kind: kind.clone(), seconds_per_epoch }));
        }
        Ok(paces)
    }

    /// The mean time of all epochs that were ever recorded, by their kind.
    fn recorded_paces(&self, data: &HashMap<i64, DataIdentity>) -> SqlResult<HashMap<EpochKind, f64>> {
        let mut statement = self.connection().prepare_cached(&format!(
            "SELECT job.seconds, job.epochs_finished, {} FROM job WHERE job.epochs_finished > 0",
            *KIND
        ))?;
        let mut rows = statement.query([])?;
        let mut sums: HashMap<Kind, (f64, f64)> = HashMap::new();
        while let Some(row) = rows.next()? {
            let (seconds, epochs) = sums.entry(kind(row, 2)?).or_default();
            *seconds += row.get::<_, f64>(0)?;
            *epochs += f64::from(row.get::<_, u32>(1)?);
        }
        Ok(sums
            .into_iter()
            .filter_map(|(kind, (seconds, epochs))| Some((kind.named(data)?, seconds / epochs)))
            .collect())
    }
}

/// An [`EpochKind`] with the number of its data.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Kind {
    data: i64,
    model: ModelKind,
    batch_size: u32,
    network: Rc<str>,
}

impl Kind {
    fn named(self, data: &HashMap<i64, DataIdentity>) -> Option<EpochKind> {
        let Self { data: key, model, batch_size, network } = self;
        Some(EpochKind { data: data.get(&key)?.clone(), model, batch_size, network: (*network).to_owned() })
    }
}

/// Epochs that are left, by their kind, and of each sweep.
#[derive(Debug, Default)]
pub(crate) struct Work {
    all: BTreeMap<Kind, u64>,
    sweeps: BTreeMap<(i64, Kind), u64>,
}

impl Work {
    /// The same with the identities of the data.
    fn named(self, data: &HashMap<i64, DataIdentity>) -> (Vec<WorkLeft>, Vec<(SweepId, Vec<WorkLeft>)>) {
        let named = |kind: Kind, epochs: u64| Some(WorkLeft { kind: kind.named(data)?, epochs });
        let mut sweeps: Vec<(SweepId, Vec<WorkLeft>)> = Vec::new();
        for ((sweep, kind), epochs) in self.sweeps {
            let work = named(kind, epochs);
            match sweeps.last_mut() {
                Some((last, works)) if *last == SweepId(sweep) => works.extend(work),
                _ => sweeps.push((SweepId(sweep), work.into_iter().collect())),
            }
        }
        (self.all.into_iter().filter_map(|(kind, epochs)| named(kind, epochs)).collect(), sweeps)
    }
}

/// A training with what tells it from others.
fn running_training(row: &Row<'_>) -> SqlResult<(TrajectoryKey, RunningTraining)> {
    let Json::<JobSpec>(spec) = row.get(2)?;
    let data = DataIdentity(row.get(3)?);
    let epochs_finished = row.get(4)?;
    let training = RunningTraining {
        job: row.get::<_, Id>(0)?.0,
        owner: row.get::<_, Option<i64>>(1)?.map(RunId),
        epochs_finished,
        epochs_left: spec.epochs.saturating_sub(epochs_finished),
        seconds_per_epoch: row.get(5)?,
        kind: EpochKind {
            data: data.clone(),
            model: spec.model,
            batch_size: spec.batch_size,
            network: row.get(9)?,
        },
    };
    Ok((TrajectoryKey::on(&spec, &data), training))
}

/// The columns of [`struct@KIND`], from column `first` on.
fn kind(row: &Row<'_>, first: usize) -> SqlResult<Kind> {
    Ok(Kind {
        data: row.get(first)?,
        model: model(row, first + 1)?,
        batch_size: row.get(first + 2)?,
        network: row.get(first + 3)?,
    })
}

fn model(row: &Row<'_>, column: usize) -> SqlResult<ModelKind> {
    let name = row.get_ref(column)?.as_str()?;
    Ok(ModelKind::named(name).ok_or(FromSqlError::InvalidType)?)
}
