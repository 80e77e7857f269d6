//! What keeps a study from being believed as it stands, in words. It finds nothing that a table says already of single jobs.

use sweep_job::{JobRecord, JobStatus};

use super::{Guessing, comparison::SIGNIFICANCE, report::Study, setting::Setting};
use crate::{
    blown_up,
    statistics::trend::trend_of,
    words::{counted, percent, thousands},
};

/// With fewer jobs, a mean and its interval are not worth much.
const FEW_JOBS: usize = 3;
/// If guessing is right in so many more trials than in a balanced test set, accuracies must be read beside it.
const UNBALANCED: f64 = 0.1;
/// A rise of less than so many points in half of the epochs, in shares, is not worth a longer training.
const LEAST_RISE: f64 = 0.01;
/// Where no more than one in so many jobs rises, it may waver: of forty that do not learn, one does.
const ONE_IN: usize = 10;
/// So many names are listed.
const MOST_NAMES: usize = 4;

/// The warnings of a study, the gravest first; none where there is nothing to warn of.
pub(crate) fn warnings(study: &Study<'_>) -> Vec<String> {
    let mut warnings: Vec<String> = synthetic(study).into_iter().collect();
    warnings.extend(study.group.leaks());
    let found = [
        ended_otherwise(study),
        blown_up::warning(&study.group.jobs),
        not_over(study),
        no_validation(study),
        few_jobs(study),
        guessing(study),
        within_chance(study),
        still_rising(study),
    ];
    warnings.extend(found.into_iter().flatten());
    warnings
}

fn synthetic(study: &Study<'_>) -> Option<String> {
    let words = "The data are SYNTHETIC: computed, no one's EEG. The accuracies say nothing of people.";
    study.group.is_synthetic().then(|| words.to_owned())
}

fn count(study: &Study<'_>, is_counted: impl Fn(&JobStatus) -> bool) -> usize {
    study.group.jobs.iter().filter(|job| is_counted(&job.status)).count()
}

/// `2 of 15 jobs have no result: 1 diverged, 1 failed.`
fn ended_otherwise(study: &Study<'_>) -> Option<String> {
    let all = count(study, |status| status.reason().is_some());
    let kinds: Vec<String> = ["diverged", "failed", "cancelled"]
        .into_iter()
        .map(|name| (count(study, |status| status.name() == name), name))
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{} {name}", thousands(count as u64)))
        .collect();
    let have = if all == 1 { "has" } else { "have" };
    (all > 0).then(|| {
        format!(
            "{} of {} {have} no result: {}. Means are over the jobs that finished, which may be the luckier ones.",
            thousands(all as u64),
            counted(study.group.jobs.len(), "job"),
            kinds.join(", ")
        )
    })
}

fn not_over(study: &Study<'_>) -> Option<String> {
    let running = count(study, |status| *status == JobStatus::Running);
    let queued = count(study, |status| *status == JobStatus::Queued);
    let mut kinds = Vec::new();
    if running > 0 {
        kinds.push(format!(
            "{} {} being trained, or left so by a run that died",
            thousands(running as u64),
            is(running)
        ));
    }
    if queued > 0 {
        kinds.push(format!("{} {} still to be trained", thousands(queued as u64), is(queued)));
    }
    (!kinds.is_empty()).then(|| {
        format!(
            "Of {}, {}: results may still change.",
            counted(study.group.jobs.len(), "job"),
            kinds.join(", and ")
        )
    })
}

fn no_validation(study: &Study<'_>) -> Option<String> {
    let is_needed =
        !study.group.has_validation() && count(study, |status| *status == JobStatus::Finished) > 0;
    is_needed.then(|| {
        "There is no validation set: whatever epoch or setting is chosen for its accuracy is chosen on the test set, and optimistic. \
         `validation` in the sweep file holds trials out for that."
            .to_owned()
    })
}

fn few_jobs(study: &Study<'_>) -> Option<String> {
    let few = |setting: &&Setting<'_>| (1..FEW_JOBS).contains(&setting.repeats.len());
    let finished = study.finished();
    let with_few = study.settings.iter().filter(few).count();
    let of_one = study.settings.iter().filter(|setting| setting.repeats.len() == 1).count();
    let whose = match with_few {
        0 => return None,
        all if all == finished && finished > 1 => "Every setting".to_owned(),
        1 if finished == 1 => "The setting".to_owned(),
        some => format!("{} of {}", thousands(some as u64), counted(finished, "setting")),
    };
    let has = if with_few == 1 || with_few == finished { "has" } else { "have" };
    Some(match (of_one == with_few, finished > 1) {
        (true, true) => format!(
            "{whose} {has} one finished job: how much another seed would change is not known, so a difference may be that of two seeds."
        ),
        (true, false) => {
            format!("{whose} {has} one finished job: how much another seed would change is not known.")
        }
        (false, _) => {
            format!("{whose} {has} fewer than {FEW_JOBS} finished jobs: too few for a mean to be sure.")
        }
    })
}

/// Test sets on which accuracies mislead: of one class, of few trials, or with a class that is much more frequent than others.
fn guessing(study: &Study<'_>) -> Option<String> {
    let guessing = study.guessing()?;
    match guessing {
        Guessing::OneClass | Guessing::TooFewTrials { .. } => Some(guessing.sentence(study.reading)),
        Guessing::Beatable { chance, .. } => {
            let balanced = 1.0 / study.data?.classes.len() as f64;
            (chance > balanced + UNBALANCED).then(|| {
                format!(
                    "The classes of the test set are unbalanced: always naming the most frequent one is right in {}. `sweep show` has the \
                     balanced accuracy and the confusion matrix of a job.",
                    percent(chance)
                )
            })
        }
    }
}

fn within_chance(study: &Study<'_>) -> Option<String> {
    let threshold = study.guessing()?.threshold()?;
    let below: Vec<String> = study
        .settings
        .iter()
        .filter(|setting| setting.spread().is_some_and(|spread| spread.mean < threshold.accuracy))
        .map(|setting| setting.values(&study.axes).join(", "))
        .collect();
    (!below.is_empty()).then(|| {
        format!(
            "No better than guessing {} {}: below {}.",
            is(below.len()),
            listed(&below),
            percent(threshold.accuracy)
        )
    })
}

/// By the validation set where there is one: a training that is prolonged for the test accuracy is fitted to it.
fn still_rising(study: &Study<'_>) -> Option<String> {
    let rises = |job: &&&JobRecord| {
        let Some(epochs) = study.evidence.curves.get(&job.id) else { return false };
        let accuracies: Vec<f64> =
            epochs.iter().map(|epoch| epoch.validation.unwrap_or(epoch.test).accuracy).collect();
        trend_of(&accuracies[accuracies.len() / 2..])
            .is_ok_and(|trend| trend.p_value < SIGNIFICANCE && trend.change >= LEAST_RISE)
    };
    let finished = || study.group.jobs.iter().filter(|job| job.status == JobStatus::Finished);
    let rising = finished().filter(rises).count();
    let part = if study.group.has_validation() { "validation" } else { "test" };
    (ONE_IN * rising > finished().count()).then(|| {
        format!(
            "The {part} accuracy of {} of {} still rises in the last half of the epochs: longer training may change the picture.",
            thousands(rising as u64),
            counted(finished().count(), "finished job")
        )
    })
}

fn is(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

/// The first few names, and how many more there are.
fn listed(names: &[String]) -> String {
    let shown = names.iter().take(MOST_NAMES).map(|name| format!("`{name}`")).collect::<Vec<_>>().join("; ");
    match names.len().saturating_sub(MOST_NAMES) {
        0 => shown,
        more => format!("{shown} and {} more", thousands(more as u64)),
    }
}
