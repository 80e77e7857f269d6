//! Jobs that one training serves. Pure; knows nothing of where jobs come from.

use indexmap::IndexMap;
use sweep_job::{Bundle, PlannedJob, TrajectoryKey};

/// Puts jobs that differ only in `epochs` together, those with the fewest epochs first. The bundles come in the order in
/// which their first job does.
pub fn bundles(jobs: Vec<PlannedJob>) -> Vec<Bundle> {
    let mut bundles: IndexMap<TrajectoryKey, Bundle> = IndexMap::new();
    for job in jobs {
        let key = TrajectoryKey::new(&job.spec);
        bundles.entry(key).or_insert_with(|| Bundle { jobs: Vec::new() }).jobs.push(job);
    }
    let mut bundles: Vec<Bundle> = bundles.into_values().collect();
    bundles.iter_mut().for_each(|bundle| bundle.jobs.sort_by_key(|job| job.spec.epochs));
    bundles
}
