//! How far a sweep is, in numbers and words. It reads nothing.

use sweep_job::{Progress, SweepCounts};
use sweep_report::{
    Left,
    words::{counted, of_status},
};

/// How many jobs of a sweep stand where, as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SweepProgress {
    /// The number in its address.
    pub(crate) number: i64,
    pub(crate) name: String,
    pub(crate) data: String,
    pub(crate) jobs: u32,
    pub(crate) finished: u32,
    /// Jobs that ended, with a result or without.
    pub(crate) over: u32,
    /// `4 running`, `12 waiting` and so on, with the name of the status; what none has is left out.
    pub(crate) others: Vec<(&'static str, String)>,
    /// The time of its trainings, one after the other.
    pub(crate) left: String,
}

impl SweepProgress {
    pub(crate) fn of(counts: &SweepCounts, progress: &Progress) -> Self {
        let work = progress.sweeps.iter().find(|(sweep, _)| *sweep == counts.sweep);
        let left = work.map_or(Left::Nothing, |(_, work)| Left::of(work, &progress.paces));
        Self {
            number: counts.sweep.0,
            name: counts.name.clone(),
            data: counts.data_title.clone(),
            jobs: counts.jobs(),
            finished: counts.finished,
            over: counts.over(),
            left: left.words(),
            others: counts.unfinished().map(|(status, count)| (status, of_status(status, count))).collect(),
        }
    }

    /// `4 of 6 jobs finished`.
    pub(crate) fn words(&self) -> String {
        format!("{} of {} finished", self.finished, counted(self.jobs as usize, "job"))
    }
}
