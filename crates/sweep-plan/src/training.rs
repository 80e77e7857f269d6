//! Jobs that one training serves. Pure; knows nothing of where jobs come from.

use indexmap::IndexMap;
use sweep_job::{PlannedJob, Training, TrajectoryKey};

/// Puts jobs that differ only in `epochs` together, those with the fewest epochs first. The trainings come in the order in
/// which their first job does.
pub fn trainings(jobs: Vec<PlannedJob>) -> Vec<Training> {
    let mut trainings: IndexMap<TrajectoryKey, Training> = IndexMap::new();
    for job in jobs {
        let key = TrajectoryKey::new(&job.spec);
        trainings.entry(key).or_insert_with(|| Training { jobs: Vec::new() }).jobs.push(job);
    }
    let mut trainings: Vec<Training> = trainings.into_values().collect();
    trainings.iter_mut().for_each(|training| training.jobs.sort_by_key(|job| job.spec.epochs));
    trainings
}
