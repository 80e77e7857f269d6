//! What the runs of TensorBoard and MLflow have in common: a job's name, its settings and its times. It knows no format.

use sweep_job::{EpochMetrics, JobRecord, Score, SettingColumn, Value};

use crate::{ExportError, time::milliseconds};

/// Digits of a job's id in its name.
const ID_DIGITS: usize = 8;

/// A name for people that few other jobs have: `eegnet-elu-seed0-1a2b3c4d`, with the first digits of the id.
pub(crate) fn run_name(job: &JobRecord) -> String {
    let (spec, id) = (&job.spec, job.id.to_string());
    format!("{}-{}-seed{}-{}", spec.model, spec.activation.name(), spec.seed, &id[..ID_DIGITS])
}

/// The settings that apply to a job, with the names of sweep files and of the database.
pub(crate) fn settings(job: &JobRecord) -> Vec<(&'static str, Value)> {
    SettingColumn::all()
        .map(|column| (column.name(), column.value(&job.spec)))
        .filter(|(_, value)| *value != Value::Null)
        .collect()
}

/// The sets of trials with their scores in an epoch.
pub(crate) fn scores(epoch: &EpochMetrics) -> impl Iterator<Item = (&'static str, Score)> {
    [("train", Some(epoch.train)), ("validation", epoch.validation), ("test", Some(epoch.test))]
        .into_iter()
        .filter_map(|(set, score)| Some((set, score?)))
}

/// Times of a job, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Times {
    /// When it was first asked for.
    pub(crate) created: i64,
    /// When it was last started.
    pub(crate) started: Option<i64>,
    /// When it finished or failed.
    pub(crate) finished: Option<i64>,
}

impl Times {
    /// The times of the `number`th job.
    ///
    /// # Errors
    /// Where one is no time.
    pub(crate) fn of(job: &JobRecord, number: u64) -> Result<Self, ExportError> {
        let time = |column: &str, text: &str| {
            milliseconds(text).ok_or_else(|| ExportError::Unfit {
                table: "jobs".to_owned(),
                row: number,
                column: column.to_owned(),
                message: format!("{text:?} is no time"),
            })
        };
        Ok(Self {
            created: time("created_at", &job.created_at)?,
            started: job.started_at.as_deref().map(|text| time("started_at", text)).transpose()?,
            finished: job.finished_at.as_deref().map(|text| time("finished_at", text)).transpose()?,
        })
    }

    /// When its epochs began, as far as is known.
    pub(crate) fn begin(self) -> i64 {
        self.started.unwrap_or(self.created)
    }
}

/// Each epoch with the seconds from the beginning of the first to its end, evaluation included.
pub(crate) fn with_elapsed(epochs: &[EpochMetrics]) -> impl Iterator<Item = (f64, &EpochMetrics)> {
    epochs.iter().scan(0.0, |elapsed, epoch| {
        *elapsed += epoch.train_seconds + epoch.evaluation_seconds;
        Some((*elapsed, epoch))
    })
}
