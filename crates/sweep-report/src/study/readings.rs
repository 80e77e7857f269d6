//! The cells of the lab's table, read in every way that a job can be read.

use std::collections::HashMap;

use sweep_job::{Evidence, JobId, JobRecord, JobStatus};

use super::{Axis, Reading, Tail, mixture, setting::Setting, setting::settings, wording::with_deviation};
use crate::{
    document::Part,
    group::Group,
    statistics::{
        optimism::{Optimism, optimism_of_maximum},
        spread::Spread,
    },
    text_table::{Column, TextTable},
    words::counted,
};

/// So many jobs of a cell are asked how much of their best epoch noise explains; where there are more, they differ in other settings.
const MOST_WAVERING: usize = 30;

/// The jobs whose curves [`crate::best_report`] looks at: the finished ones of each cell, unless they are many.
pub fn wavering_jobs(jobs: &[JobRecord]) -> Vec<JobId> {
    let mut cells: HashMap<_, Vec<JobId>> = HashMap::new();
    for job in jobs.iter().filter(|job| job.status == JobStatus::Finished) {
        let cell = (&job.data.identity, job.spec.model, job.spec.activation.name());
        cells.entry(cell).or_default().push(job.id);
    }
    cells.into_values().filter(|jobs| jobs.len() <= MOST_WAVERING).flatten().collect()
}

/// What stands beside the optimistic figures: a row a model and activation with finished jobs; nothing without one.
pub(crate) fn readings(group: &Group<'_>, evidence: &Evidence) -> Vec<Part> {
    let axes = [Axis::MODEL, Axis::ACTIVATION];
    let all = settings(group, &axes, Reading::Best, evidence);
    let cells: Vec<&Setting<'_>> = all.iter().filter(|cell| !cell.repeats.is_empty()).collect();
    if cells.is_empty() {
        return Vec::new();
    }
    let counts: Vec<usize> = cells.iter().map(|cell| cell.repeats.len()).collect();
    let has_repeats = counts.iter().any(|count| *count > 1);
    let have_as_many = counts.iter().all(|count| *count == counts[0]);
    let has = |reading: Reading| cells.iter().any(|cell| cell.mean_of(reading, evidence).is_some());
    let shown: Vec<Reading> = Reading::ALL.into_iter().filter(|reading| has(*reading)).collect();
    let noise: Vec<Option<Vec<Optimism>>> = cells.iter().map(|cell| optimisms(cell, evidence)).collect();
    let has_noise = noise.iter().any(Option::is_some);

    let finished = cells.iter().flat_map(|cell| cell.repeats.iter().map(|repeat| repeat.job));
    let tail = Tail::of(finished, evidence.tail_epochs);
    let mut columns = vec![Column::left(""), Column::left("")];
    columns.extend((!have_as_many).then(|| Column::right("jobs")));
    for reading in &shown {
        columns.push(Column::right(reading.title(&tail)));
        if has_noise && *reading == Reading::Best {
            columns.push(Column::right("noise explains"));
        }
    }
    let rows = cells.iter().zip(&noise).map(|(cell, noise)| {
        let mut row = cell.values(&axes);
        row.extend((!have_as_many).then(|| cell.repeats.len().to_string()));
        for reading in &shown {
            row.push(told(cell, *reading, evidence));
            if has_noise && *reading == Reading::Best {
                row.push(
                    best_by_noise(noise).map_or("-".to_owned(), |noise| explained(cell, noise, evidence)),
                );
            }
        }
        row
    });
    let table = TextTable { columns, rows: rows.collect() };
    let what = match (has_repeats, have_as_many) {
        (false, _) => String::new(),
        (true, true) => format!(": mean and deviation over the {} of each cell", counted(counts[0], "job")),
        (true, false) => ": mean and deviation over the jobs of each cell".to_owned(),
    };
    let mut parts =
        vec![Part::Caption(format!("The same jobs, read in every way{what}")), Part::Table(table)];
    parts.extend(mixture::warning_of_means(&all, &axes).filter(|_| has_repeats).map(Part::Paragraph));
    if has_noise {
        parts.push(Part::Paragraph(format!("{NOISE}{}", rising(noise.iter().flatten().flatten()))));
    }
    parts
}

const NOISE: &str = "`noise explains`: so high an accuracy is expected of the best of as many epochs of a network that learns nothing more and \
                     only wavers as this one does in its last half. Up to there the choice of an epoch is luck.";

/// What is to be said of curves whose best epoch may be late because the network still learns.
fn rising<'a>(curves: impl Iterator<Item = &'a Optimism>) -> String {
    let (mut all, mut rise) = (0, 0);
    for curve in curves {
        all += 1;
        rise += usize::from(curve.trend.is_some_and(|trend| trend.change > 0.0));
    }
    if rise == 0 {
        return String::new();
    }
    let verb = if rise == 1 { "rises" } else { "rise" };
    format!(
        " {rise} of {} still {verb} in the last half: wavering is then taken around the line of the rise, and what is above the figure is the \
         rise or luck. More epochs may do better.",
        counted(all, "curve")
    )
}

fn explained(cell: &Setting<'_>, noise: f64, evidence: &Evidence) -> String {
    match cell.mean_of(Reading::Best, evidence) {
        Some(best) if noise < best => format!("up to {}", with_deviation(noise, None)),
        _ => "all of it".to_owned(),
    }
}

fn told(cell: &Setting<'_>, reading: Reading, evidence: &Evidence) -> String {
    let accuracies: Option<Vec<f64>> =
        cell.repeats.iter().map(|repeat| reading.accuracy(repeat.job, evidence)).collect();
    accuracies
        .and_then(|accuracies| Spread::of(&accuracies).ok())
        .map_or("-".to_owned(), |spread| with_deviation(spread.mean, spread.standard_deviation))
}

/// The mean over the jobs of a cell of the maximum that is expected by noise.
fn best_by_noise(jobs: &Option<Vec<Optimism>>) -> Option<f64> {
    let expected: Vec<f64> = jobs.as_ref()?.iter().map(|job| job.expected_maximum_if_independent).collect();
    Some(Spread::of(&expected).ok()?.mean)
}

/// Of each job of a cell; `None` where a curve is not known or too short.
fn optimisms(cell: &Setting<'_>, evidence: &Evidence) -> Option<Vec<Optimism>> {
    cell.repeats
        .iter()
        .map(|repeat| {
            let curve = evidence.curves.get(&repeat.job.id)?;
            let trials = evidence.data_sets.get(&repeat.job.data.identity)?.test_labels.len() as u64;
            let accuracies: Vec<f64> = curve.iter().map(|epoch| epoch.test.accuracy).collect();
            optimism_of_maximum(&accuracies, trials).ok()
        })
        .collect()
}
