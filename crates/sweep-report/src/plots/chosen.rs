//! Which jobs the comparison figures draw, so that nobody reads the epochs of others.

use std::collections::HashSet;

use sweep_job::{Evidence, JobId, JobRecord, ModelKind};

use super::{MOST_LINES, drawn, highest};
use crate::{
    group::groups,
    study::{Setting, Study, StudyOptions},
};

/// The settings that figures of [`PlotKind::Curves`](super::PlotKind::Curves) have room for, as lists of the jobs behind their lines: of each
/// model the [`MOST_LINES`] with the highest accuracy, in their own order.
pub fn drawn_settings(jobs: &[JobRecord], sweep: Option<&str>) -> Vec<Vec<JobId>> {
    let drawn: HashSet<JobId> = drawn(jobs).map(|job| job.id).collect();
    let with_curves = |setting: &Setting<'_>| -> Vec<JobId> {
        setting.jobs.iter().map(|job| job.id).filter(|id| drawn.contains(id)).collect()
    };
    let (evidence, options) = (Evidence::default(), StudyOptions::default());
    let mut chosen = Vec::new();
    for group in groups(jobs, sweep) {
        let study = Study::new(&group, &evidence, &options);
        for model in ModelKind::ALL {
            let is_of_model =
                |setting: &&Setting<'_>| setting.jobs.first().is_some_and(|job| job.spec.model == model);
            let settings: Vec<&Setting<'_>> = study
                .settings
                .iter()
                .filter(is_of_model)
                .filter(|setting| !with_curves(setting).is_empty())
                .collect();
            chosen.extend(highest(&settings, MOST_LINES).into_iter().map(with_curves));
        }
    }
    chosen
}
