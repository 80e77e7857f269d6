//! A plan in words, for a terminal.

use sweep_job::{Setting, ValidationBy};
use sweep_text::{counted, digits_apart, label_number, shortest_number, thousands};

use crate::{
    node::printable,
    plan::{Axis, Plan},
    show::AxisValue,
};

/// Columns for the values of an axis, at most.
const MOST_COLUMNS: usize = 72;

/// Columns for them, at least, however narrow the terminal is.
const FEWEST_COLUMNS: usize = 20;

/// The plan as a text in lines of `width` columns: how many jobs there are, their axes, what they have in common, and what they
/// share.
pub fn summary(plan: &Plan, width: usize) -> String {
    let jobs = plan.jobs.len();
    let head = format!("{}: {} on {}", printable(&plan.name), counted(jobs, "job"), data_set(plan));
    let mut text = lines(head.split(' '), " ", width, "  ");
    let axes: Vec<&Axis> = plan.axes.iter().filter(|axis| !goes_without_saying(plan, axis)).collect();
    let names = axes.iter().map(|axis| axis.setting.len()).max().unwrap_or(0);
    let columns = width.saturating_sub(names + 4).clamp(FEWEST_COLUMNS, MOST_COLUMNS);
    if !axes.is_empty() {
        text.push_str("\nAxes\n");
        for axis in &axes {
            text.push_str(&format!("  {:names$}  {}\n", axis.setting, values(axis, columns)));
        }
    }
    text.push_str(if axes.is_empty() { "\nSettings\n" } else { "\nThe same in every job that has it\n" });
    let shared = plan.shared.iter().filter(|axis| !goes_without_saying(plan, axis));
    let shared: Vec<String> = shared.map(|axis| format!("{} {}", axis.setting, axis.values[0])).collect();
    let indented = lines(shared.iter().map(String::as_str), ", ", width.min(MOST_COLUMNS + 3), "  ");
    text.push_str(&format!("  {indented}"));
    text.push_str(&removed(plan));
    text.push_str(&lines(training(plan).split(' '), " ", width, "  "));
    text
}

/// Items with `separator` between them, in lines of at most `width` columns; all but the first begin with `indent`.
fn lines<'a>(items: impl Iterator<Item = &'a str>, separator: &str, width: usize, indent: &str) -> String {
    let mut text = String::new();
    // The first line begins where the caller left off, with its own indent if there is one.
    let mut column = indent.len();
    let ending = separator.trim_end();
    for (number, item) in items.enumerate() {
        let length = item.chars().count();
        if number > 0 && column + separator.len() + length + ending.len() > width {
            text.push_str(ending);
            text.push('\n');
            text.push_str(indent);
            column = indent.len();
        } else if number > 0 {
            text.push_str(separator);
            column += separator.len();
        }
        text.push_str(item);
        column += length;
    }
    text.push('\n');
    text
}

fn data_set(plan: &Plan) -> String {
    let data = &plan.data;
    let mut parts = vec![data.source.in_words()];
    if data.validation > 0.0 {
        let percent = shortest_number((data.validation * 1e6).round() / 1e4);
        let what = match data.validation_by {
            ValidationBy::Trial => "of the train set",
            ValidationBy::Subject => "of the train set, as whole subjects,",
        };
        parts.push(format!("{percent} % {what} for validation (seed {})", data.validation_seed));
    }
    if data.scale != sweep_job::Scale::None {
        parts.push(format!("scale {}", data.scale.name()));
    }
    if let Some(limit) = data.limit {
        parts.push(format!("at most {}", counted(limit as usize, "trial")));
    }
    parts.join(", ")
}

/// As many values as fit, the last one, and how many there are.
fn values(axis: &Axis, columns: usize) -> String {
    let numbers = axis.values.iter().take(columns).chain(axis.values.last());
    let digits = digits_apart(numbers.filter_map(|value| match value {
        AxisValue::Number(number) => Some(*number),
        _ => None,
    }));
    let text = |value: &AxisValue| match value {
        AxisValue::Number(number) => label_number(*number, digits),
        other => other.to_string(),
    };
    let all: Vec<String> = axis.values.iter().take(columns).map(text).collect();
    let count = axis.values.len();
    let joined = all.join(", ");
    if all.len() == count && joined.chars().count() <= columns {
        return joined;
    }
    let last = axis.values.last().map(text).unwrap_or_default();
    let ending = format!(", ..., {last} ({} values)", thousands(count as u64));
    let mut text = all[0].clone();
    for value in &all[1..] {
        if text.chars().count() + value.chars().count() + ending.chars().count() + 2 > columns {
            break;
        }
        text.push_str(", ");
        text.push_str(value);
    }
    text + &ending
}

/// Whether a setting is a feature that is not used, or a size that the network has by itself, and so not worth a word.
fn goes_without_saying(plan: &Plan, axis: &Axis) -> bool {
    let Some(setting) = Setting::named(axis.setting).filter(|setting| setting.is_quiet()) else {
        return false;
    };
    match setting.is_of_more() {
        true => plan.jobs.iter().all(|job| job.more.get(setting.name()).is_none()),
        false => axis.values == [AxisValue::Switch(false)],
    }
}

fn removed(plan: &Plan) -> String {
    let mut parts = Vec::new();
    if plan.excluded > 0 {
        parts.push(format!("{} excluded", thousands(plan.excluded as u64)));
    }
    if plan.duplicates > 0 {
        parts.push(format!("{} equal to another", thousands(plan.duplicates as u64)));
    }
    if parts.is_empty() {
        return String::new();
    }
    let combinations = plan.jobs.len() + plan.excluded + plan.duplicates;
    format!("\nOf {}: {}\n", counted(combinations, "combination"), parts.join(", "))
}

fn training(plan: &Plan) -> String {
    let training = &plan.training;
    let epochs = |count: u64| counted(count as usize, "epoch");
    if training.trainings == plan.jobs.len() {
        return format!("\n{}, {}", counted(training.trainings, "training"), epochs(training.epochs_trained));
    }
    format!(
        "\n{}, {}: jobs that differ only in epochs share one, which saves {} of {}",
        counted(training.trainings, "training"),
        epochs(training.epochs_trained),
        thousands(training.epochs_saved()),
        thousands(training.epochs_of_jobs),
    )
}
