//! What the jobs of one row differ in: seeds, which are repeats, or other settings, which are not.

use std::cmp::Ordering;

use sweep_job::{JobRecord, SettingColumn, Value};

use super::{Axis, setting::Setting};
use sweep_text::listed;

use crate::{spread::varying_settings, words::counted};

/// So many values of an axis are listed.
const MOST_VALUES: usize = 6;

impl Setting<'_> {
    /// The axes in which its jobs differ.
    pub(crate) fn mixes(&self) -> Vec<Axis> {
        mixed_axes(std::slice::from_ref(self))
    }
}

/// The axes in which jobs of the same setting differ, in the order of the columns of a table.
pub(crate) fn mixed_axes(settings: &[Setting<'_>]) -> Vec<Axis> {
    let mut mixed = [false; SettingColumn::COUNT];
    for setting in settings {
        let Some((first, rest)) = setting.jobs.split_first() else { continue };
        let of_first = SettingColumn::values(&first.spec);
        for job in rest {
            let values = SettingColumn::values(&job.spec);
            for (mixed, (one, other)) in mixed.iter_mut().zip(of_first.iter().zip(&values)) {
                *mixed |= one != other;
            }
        }
    }
    // What goes with the model, as its dropout may, or exists for one activation only, says nothing that these do not say.
    let jobs: Vec<&JobRecord> = settings.iter().flat_map(|setting| setting.jobs.iter().copied()).collect();
    let varying = varying_settings(&jobs);
    let is_mixed = |axis: &Axis| {
        let column = axis.column();
        mixed[column.place()] && (column.is_of_cell() || varying.contains(&column))
    };
    Axis::all().filter(is_mixed).collect()
}

/// `3 jobs per row: activation ReLU, LeakyReLU, ELU.` `None` if no row has several jobs.
pub(crate) fn over(settings: &[Setting<'_>]) -> Option<String> {
    let most = settings.iter().map(|setting| setting.jobs.len()).max().filter(|most| *most > 1)?;
    let fewest = settings.iter().map(|setting| setting.jobs.len()).min()?;
    let axes: Vec<String> = mixed_axes(settings).into_iter().map(|axis| told(axis, settings)).collect();
    let jobs = if fewest == most { format!("{most} jobs") } else { format!("{fewest} to {most} jobs") };
    Some(format!("{jobs} per row: {}.", axes.join("; ")))
}

/// `seed 0, 1, 2`: an axis with its values.
fn told(axis: Axis, settings: &[Setting<'_>]) -> String {
    let mut found: Vec<(Value, String)> = Vec::new();
    for job in settings.iter().flat_map(|setting| &setting.jobs) {
        let value = axis.value(&job.spec);
        if value != Value::Null && !found.iter().any(|(known, _)| *known == value) {
            found.push((value, axis.text(&job.spec)));
        }
    }
    found.sort_by(|(one, _), (other, _)| by_size(one, other));
    let shown: Vec<&str> = found.iter().take(MOST_VALUES).map(|(_, text)| text.as_str()).collect();
    match found.len().saturating_sub(MOST_VALUES) {
        0 => format!("{} {}", axis.name(), shown.join(", ")),
        more => format!("{} {} and {more} more", axis.name(), shown.join(", ")),
    }
}

/// A warning if the jobs of a row differ in more than their seed: their mean and spread are then not those of repeats.
pub(crate) fn warning(settings: &[Setting<'_>], axes: &[Axis]) -> Option<String> {
    warned(settings, axes, "Mean, deviation, interval and p", "--by")
}

/// The same for a table of means and deviations that knows no `--by`.
pub(crate) fn warning_of_means(settings: &[Setting<'_>], axes: &[Axis]) -> Option<String> {
    warned(settings, axes, "Mean and deviation", "sweep report --by")
}

fn warned(settings: &[Setting<'_>], axes: &[Axis], what: &str, by: &str) -> Option<String> {
    let mixed: Vec<Axis> = mixed_axes(settings).into_iter().filter(|axis| *axis != Axis::SEED).collect();
    if mixed.is_empty() {
        return None;
    }
    let names: Vec<&str> = mixed.iter().map(|axis| axis.name()).collect();
    let mut apart: Vec<Axis> =
        axes.iter().chain(&mixed).copied().filter(|axis| *axis != Axis::SEED).collect();
    apart.sort_unstable();
    apart.dedup();
    let apart: Vec<&str> = apart.into_iter().map(Axis::name).collect();
    let rows =
        settings.iter().filter(|setting| setting.mixes().iter().any(|axis| *axis != Axis::SEED)).count();
    let whose = if rows == settings.len() {
        "the jobs of each row".to_owned()
    } else {
        format!("the jobs of {}", counted(rows, "row"))
    };
    Some(format!(
        "Not repeats: {whose} differ in {}. {what} mix what that does with chance; `{by} {}` separates them.",
        listed(&names, "and"),
        apart.join(",")
    ))
}

/// Numbers by their size; other values stay in the order in which they come up, and what has no value comes last.
pub(crate) fn by_size(one: &Value, other: &Value) -> Ordering {
    let number = |value: &Value| match value {
        Value::Integer(number) => Some(*number as f64),
        Value::Real(number) => Some(*number),
        Value::Null | Value::Text(_) | Value::Blob(_) => None,
    };
    match (number(one), number(other)) {
        (Some(one), Some(other)) => one.total_cmp(&other),
        _ => (*one == Value::Null).cmp(&(*other == Value::Null)),
    }
}
