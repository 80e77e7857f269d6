//! One moment of a database, and what is remembered of it from request to request. It decides on no page.

use std::{ops::Deref, sync::Arc};

use sweep_job::{Progress, SettingColumn, SweepCounts, SweepId, SweepRecord};
use sweep_store::{Filter, JobSelection, Reader, StoreError};

use super::{Version, kept::Kept};
use crate::{digest::SweepDigest, problem::Problem};

/// Selections of jobs that are remembered.
const MOST_SELECTIONS: usize = 32;
/// Sweeps whose tables and figures are remembered, some hundred KiB each.
const MOST_SWEEPS: usize = 8;

/// A reader, within one moment. What takes a look at every job is remembered as long as nothing is recorded; everything else is read.
pub(crate) struct Moment<'a> {
    reader: &'a Reader,
    version: Option<Version>,
    known: &'a Known,
}

/// What is remembered.
pub(super) struct Known {
    sweeps: Kept<(), Vec<SweepRecord>>,
    counts: Kept<(), Vec<SweepCounts>>,
    progress: Kept<(), Progress>,
    varying: Kept<(Option<SweepId>, Option<Filter>), Vec<SettingColumn>>,
    digests: Kept<SweepId, SweepDigest>,
}

impl Default for Known {
    fn default() -> Self {
        Self {
            sweeps: Kept::new(1),
            counts: Kept::new(1),
            progress: Kept::new(1),
            varying: Kept::new(MOST_SELECTIONS),
            digests: Kept::new(MOST_SWEEPS),
        }
    }
}

impl Deref for Moment<'_> {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        self.reader
    }
}

/// Each but the digest stands for the question of the reader that has the same name.
impl<'a> Moment<'a> {
    pub(super) fn new(reader: &'a Reader, version: Option<Version>, known: &'a Known) -> Self {
        Self { reader, version, known }
    }

    pub(crate) fn sweeps(&self) -> Result<Arc<Vec<SweepRecord>>, StoreError> {
        self.known.sweeps.answer(self.version, (), || self.reader.sweeps())
    }

    pub(crate) fn counts(&self) -> Result<Arc<Vec<SweepCounts>>, StoreError> {
        self.known.counts.answer(self.version, (), || self.reader.counts())
    }

    pub(crate) fn progress(&self) -> Result<Arc<Progress>, StoreError> {
        self.known.progress.answer(self.version, (), || self.reader.progress())
    }

    /// Of all jobs or of those of a sweep that match.
    pub(crate) fn varying_settings(
        &self,
        sweep: Option<SweepId>,
        filter: Option<&Filter>,
    ) -> Result<Arc<Vec<SettingColumn>>, StoreError> {
        let jobs = sweep.map_or(JobSelection::All, JobSelection::Sweep).matching(filter);
        let question = (sweep, filter.cloned());
        self.known.varying.answer(self.version, question, || self.reader.varying_settings(jobs))
    }

    /// What the page of a sweep says of all its jobs.
    pub(crate) fn digest(&self, sweep: &SweepRecord) -> Result<Arc<SweepDigest>, Problem> {
        self.known.digests.answer(self.version, sweep.id, || SweepDigest::read(self.reader, sweep))
    }
}
