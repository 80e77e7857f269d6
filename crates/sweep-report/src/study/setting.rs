//! The settings of a grid, each with the jobs that repeat it.

use std::collections::HashMap;

use sweep_job::{Evidence, JobRecord, JobStatus};

use super::{Axis, Reading};
use crate::{
    group::Group,
    spread::{Digits, Spread as SettingSpread},
    statistics::{Interval, spread::Spread, wilson::wilson_interval},
};

/// The level of all intervals.
pub(crate) const LEVEL: f64 = 0.95;

/// Jobs that agree in every axis of a study.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Setting<'a> {
    /// All of its jobs, in the order in which they were asked for.
    pub(crate) jobs: Vec<&'a JobRecord>,
    /// Its finished jobs with their accuracies.
    pub(crate) repeats: Vec<Repeat<'a>>,
    /// How many digits tell its numbers from those of the other settings.
    digits: Digits,
}

/// A finished job of a setting.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Repeat<'a> {
    pub(crate) job: &'a JobRecord,
    /// Its test accuracy in the reading of the study, as a share.
    pub(crate) accuracy: f64,
}

impl Setting<'_> {
    pub(crate) fn accuracies(&self) -> Vec<f64> {
        self.repeats.iter().map(|repeat| repeat.accuracy).collect()
    }

    /// Its values on `axes`, as people read them.
    pub(crate) fn values(&self, axes: &[Axis]) -> Vec<String> {
        let text = |axis: &Axis| {
            self.jobs.first().map_or(String::new(), |job| axis.text_among(&job.spec, &self.digits))
        };
        axes.iter().map(text).collect()
    }

    /// What its finished jobs amount to; `None` without one.
    pub(crate) fn spread(&self) -> Option<Spread> {
        Spread::of(&self.accuracies()).ok()
    }

    /// The 95 % interval of its accuracy: of the mean over its jobs, or of a single job over the `trials` of the test set. `None` if its jobs
    /// all have the same accuracy, from which their spread cannot be estimated.
    pub(crate) fn interval(&self, trials: Option<u64>) -> Option<Interval> {
        match (self.repeats.as_slice(), trials) {
            ([only], Some(trials)) => {
                wilson_interval((only.accuracy * trials as f64).round() as u64, trials, LEVEL).ok()
            }
            _ => self.spread()?.mean_interval(LEVEL).ok().map(within_shares),
        }
    }

    /// The mean of another reading over the same jobs.
    pub(crate) fn mean_of(&self, reading: Reading, evidence: &Evidence) -> Option<f64> {
        let accuracies: Option<Vec<f64>> =
            self.repeats.iter().map(|repeat| reading.accuracy(repeat.job, evidence)).collect();
        Some(Spread::of(&accuracies?).ok()?.mean)
    }
}

/// An interval of a share: there is nothing below 0 and above 1, whatever a formula for any numbers says.
pub(crate) fn within_shares(interval: Interval) -> Interval {
    Interval { low: interval.low.clamp(0.0, 1.0), high: interval.high.clamp(0.0, 1.0) }
}

/// The axes in which the jobs of a group differ, without the seed: its repeats. Model and activation where none does.
pub(crate) fn varying_axes(group: &Group<'_>) -> Vec<Axis> {
    let spread = SettingSpread::new(group);
    let differs = |axis: &Axis| {
        let mut values = group.jobs.iter().map(|job| axis.value(&job.spec));
        let first = values.next();
        values.any(|value| Some(value) != first)
    };
    let mut axes: Vec<Axis> = [Axis::MODEL, Axis::ACTIVATION].into_iter().filter(differs).collect();
    axes.extend(spread.varying.iter().map(|column| Axis::of(*column)).filter(|axis| *axis != Axis::SEED));
    if axes.is_empty() { vec![Axis::MODEL, Axis::ACTIVATION] } else { axes }
}

/// The settings of a group by `axes`, in the order in which they were first asked for.
pub(crate) fn settings<'a>(
    group: &Group<'a>,
    axes: &[Axis],
    reading: Reading,
    evidence: &Evidence,
) -> Vec<Setting<'a>> {
    let digits = Digits::of(&group.jobs);
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut found: Vec<Setting<'a>> = Vec::new();
    for job in &group.jobs {
        let values: Vec<_> = axes.iter().map(|axis| axis.value(&job.spec)).collect();
        let place = *places.entry(format!("{values:?}")).or_insert_with(|| {
            found.push(Setting { jobs: Vec::new(), repeats: Vec::new(), digits });
            found.len() - 1
        });
        let setting = &mut found[place];
        setting.jobs.push(job);
        // An unfinished job may still change its mind.
        if job.status == JobStatus::Finished
            && let Some(accuracy) = reading.accuracy(job, evidence)
        {
            setting.repeats.push(Repeat { job, accuracy });
        }
    }
    found
}
