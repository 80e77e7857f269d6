//! Which jobs the comparison figures draw, so that nobody reads the epochs of others.

use std::collections::HashSet;

use sweep_job::{Evidence, JobId, JobRecord, ModelKind};

use super::{MOST_LINES, drawn};
use crate::{
    group::groups,
    study::{Study, StudyOptions},
};

/// The settings that the figures of [`PlotKind::Curves`](super::PlotKind::Curves) draw, as lists of the jobs behind their lines: of each
/// model the first [`MOST_LINES`].
pub fn drawn_settings(jobs: &[JobRecord], sweep: Option<&str>) -> Vec<Vec<JobId>> {
    let drawn: HashSet<JobId> = drawn(jobs).map(|job| job.id).collect();
    let (evidence, options) = (Evidence::default(), StudyOptions::default());
    let mut chosen = Vec::new();
    for group in groups(jobs, sweep) {
        let study = Study::new(&group, &evidence, &options);
        for model in ModelKind::ALL {
            let settings = study
                .settings
                .iter()
                .filter(|setting| setting.jobs.first().is_some_and(|job| job.spec.model == model));
            let with_curves = settings
                .map(|setting| {
                    setting.jobs.iter().map(|job| job.id).filter(|id| drawn.contains(id)).collect()
                })
                .filter(|jobs: &Vec<JobId>| !jobs.is_empty());
            chosen.extend(with_curves.take(MOST_LINES));
        }
    }
    chosen
}
