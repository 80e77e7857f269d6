//! What a study looks at, read from the database.

use sweep_job::{JobRecord, JobStatus, SnapshotKind};
use sweep_report::study::Evidence;
use sweep_store::{JobSelection, Reader, StoreError};

/// The jobs of `selection` with their data sets, curves, and predictions; the mean over the last epochs is over `tail_epochs`.
///
/// # Errors
/// Where no sweep has the name, or the database cannot be read.
pub(super) fn evidence(
    reader: &Reader,
    selection: JobSelection<'_>,
    tail_epochs: u32,
) -> Result<Evidence, StoreError> {
    let mut evidence = Evidence { jobs: reader.jobs(selection)?, tail_epochs, ..Evidence::default() };
    let finished: Vec<JobRecord> =
        evidence.jobs.iter().filter(|job| job.status == JobStatus::Finished).cloned().collect();
    for job in &evidence.jobs {
        if !evidence.data_sets.contains_key(&job.data.identity) {
            evidence.data_sets.insert(job.data.identity.clone(), reader.data_set(&job.data.identity)?);
        }
    }
    for job in finished {
        let epochs = reader.epochs(&job.id)?;
        let tail: Vec<f64> =
            epochs.iter().rev().take(tail_epochs as usize).map(|epoch| epoch.test.accuracy).collect();
        evidence.tails.insert(job.id, tail.iter().sum::<f64>() / tail.len().max(1) as f64);
        evidence.curves.insert(job.id, epochs);
        for kind in SnapshotKind::ALL {
            if let Some(snapshot) = reader.snapshot(&job.id, kind)? {
                evidence.predictions.insert((job.id, kind), snapshot.predictions);
            }
        }
    }
    Ok(evidence)
}
