//! Trainings that came to their end although they blew up: every number stayed finite, but the loss is beyond any guess.

use sweep_job::{JobRecord, JobStatus};

use crate::{
    document::{Part, Section},
    words::{counted, loss},
};

/// A loss in nats that nothing sensible reaches: to guess among 20,000 classes costs as much.
const MOST_LOSS: f64 = 10.0;

/// Whether a training whose last train loss is so high blew up.
pub fn blew_up(train_loss: f64) -> bool {
    train_loss > MOST_LOSS
}

/// What to think of `jobs` that finished although they blew up: their number and the highest of their last train losses.
pub fn blown_up_words(jobs: usize, highest: f64) -> String {
    let (ends, their, accuracies) = if jobs == 1 {
        ("ends", "its", "its accuracy says")
    } else {
        ("end", "their", "their accuracies say")
    };
    format!(
        "{} {ends} with a train loss above {MOST_LOSS} (up to {}): {their} training blew up, and {accuracies} little. Try a smaller \
         learning rate, or `scale = \"standardize\"`.",
        counted(jobs, "finished job"),
        loss(highest)
    )
}

/// A section about `jobs`, with the warning at its end if one is due.
pub(crate) fn add_warning(mut section: Section, jobs: &[&JobRecord]) -> Section {
    section.parts.extend(warning(jobs).map(Part::Paragraph));
    section
}

/// The words for those of `jobs` that blew up, if any did.
pub(crate) fn warning(jobs: &[&JobRecord]) -> Option<String> {
    let finished = jobs.iter().filter(|job| job.status == JobStatus::Finished);
    let losses: Vec<f64> =
        finished.filter_map(|job| Some(job.last?.train.loss)).filter(|loss| blew_up(*loss)).collect();
    let highest = losses.iter().copied().reduce(f64::max)?;
    Some(blown_up_words(losses.len(), highest))
}
