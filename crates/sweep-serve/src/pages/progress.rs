//! How far a sweep is, in numbers and words.

use sweep_job::{Progress, RunId, RunLife, RunRecord, SweepCounts, SweepLabel};
use sweep_report::{
    Left, distinctions,
    words::{counted, data_title, of_status, thousands},
};

use crate::{database::Moment, problem::Problem};

/// How far a sweep is, as pages show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SweepProgress {
    /// The number in its address.
    pub(crate) number: i64,
    pub(crate) name: String,
    /// What tells it apart from other sweeps of its name.
    pub(crate) distinction: Option<String>,
    pub(crate) data: String,
    pub(crate) jobs: u32,
    pub(crate) finished: u32,
    /// `4 running`, `12 waiting` and so on, with the name of the status. A status without jobs is left out.
    pub(crate) others: Vec<(&'static str, String)>,
    /// How long its training takes at the present pace.
    pub(crate) left: String,
}

/// All sweeps that have jobs, in the order in which they were first requested. `at_a_time` trainings are under way.
pub(crate) fn sweeps(reader: &Moment<'_>, at_a_time: usize) -> Result<Vec<SweepProgress>, Problem> {
    let (counts, progress) = (reader.counts()?, reader.progress()?);
    let labels: Vec<SweepLabel> = counts.iter().map(SweepCounts::label).collect();
    let distinctions = distinctions(&labels);
    Ok(counts
        .iter()
        .zip(distinctions)
        .map(|(counts, distinction)| SweepProgress::new(counts, distinction, &progress, at_a_time))
        .collect())
}

/// How many trainings are under way in runs that live.
pub(crate) fn at_a_time(progress: &Progress, runs: &[RunRecord]) -> usize {
    progress.running.iter().filter(|training| is_alive(runs, training.owner)).count()
}

/// Whether the run that owns a job lives.
pub(crate) fn is_alive(runs: &[RunRecord], owner: Option<RunId>) -> bool {
    runs.iter().any(|run| run.life == RunLife::Alive && Some(run.id) == owner)
}

impl SweepProgress {
    fn new(counts: &SweepCounts, distinction: Option<String>, progress: &Progress, at_a_time: usize) -> Self {
        Self {
            number: counts.sweep.0,
            name: counts.name.clone(),
            distinction,
            data: data_title(&counts.data_title),
            jobs: counts.jobs(),
            finished: counts.finished,
            left: Left::of_sweep(progress, counts.sweep, at_a_time).words(),
            others: counts.unfinished().map(|(status, count)| (status, of_status(status, count))).collect(),
        }
    }

    /// `lab2`, or `many (number 2, --set seed=[1])` if other sweeps have the name.
    pub(crate) fn title(&self) -> String {
        match &self.distinction {
            None => self.name.clone(),
            Some(distinction) => format!("{} ({distinction})", self.name),
        }
    }

    /// `4 of 6 jobs finished`.
    pub(crate) fn words(&self) -> String {
        format!("{} of {} finished", thousands(self.finished.into()), counted(self.jobs as usize, "job"))
    }
}
