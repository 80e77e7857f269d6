//! Which jobs the comparison figures draw, so that nobody reads the epochs of others.

use std::collections::HashSet;

use sweep_job::{Evidence, JobId, JobRecord, ModelKind};

use super::{MOST_LINES, drawn};
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
            let settings = study.settings.iter().filter(is_of_model);
            let settings: Vec<(f64, Vec<JobId>)> = settings
                .map(|setting| (setting.spread().map_or(-1.0, |spread| spread.mean), with_curves(setting)))
                .filter(|(_, jobs)| !jobs.is_empty())
                .collect();
            chosen.extend(highest(settings));
        }
    }
    chosen
}

/// Those with the highest means, in their own order.
fn highest(settings: Vec<(f64, Vec<JobId>)>) -> impl Iterator<Item = Vec<JobId>> {
    let mut places: Vec<(usize, (f64, Vec<JobId>))> = settings.into_iter().enumerate().collect();
    places.sort_by(|(_, (one, _)), (_, (other, _))| other.total_cmp(one));
    places.truncate(MOST_LINES);
    places.sort_by_key(|(place, _)| *place);
    places.into_iter().map(|(_, (_, jobs))| jobs)
}
