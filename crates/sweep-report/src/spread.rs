//! Which settings tell the jobs of a table apart, and the words for those that do not.

use std::path::Path;

use sweep_job::{ColumnType, JobRecord, JobSpec, ModelKind, Setting, SettingColumn, Value};
use sweep_text::{LABEL_DIGITS, digits_apart, label_number, shown_path};

use crate::{group::Group, words::one_line};

/// How the settings spread over the jobs of a group.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Spread {
    /// The settings that differ between jobs of one model.
    pub(crate) varying: Vec<SettingColumn>,
    /// What all jobs share, then what those of a model, an activation or an optimizer share: `All with seed 0.`, `EEGNet with batch_size 108.`,
    /// `LeakyReLU with slope 0.01.`
    pub(crate) shared: Vec<String>,
    /// How many digits tell the numbers of each setting apart.
    pub(crate) digits: Digits,
}

/// How many digits tell the numbers of each setting apart, among some jobs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Digits([usize; SettingColumn::COUNT]);

impl Digits {
    pub(crate) fn of(jobs: &[&JobRecord]) -> Self {
        Self::of_specs(jobs.iter().map(|job| &job.spec))
    }

    pub(crate) fn of_specs<'a>(specs: impl IntoIterator<Item = &'a JobSpec>) -> Self {
        let specs: Vec<&JobSpec> = specs.into_iter().collect();
        let mut digits = [LABEL_DIGITS; SettingColumn::COUNT];
        for column in SettingColumn::all().filter(|column| column.holds() == ColumnType::Real) {
            let number = |spec: &&JobSpec| match column.value(spec) {
                Value::Real(number) => Some(number),
                _ => None,
            };
            digits[column.place()] = digits_apart(specs.iter().filter_map(number));
        }
        Self(digits)
    }

    /// A setting for people, as [`setting_text`] has it, that looks like no other one of these jobs.
    pub(crate) fn text(&self, column: SettingColumn, value: &Value) -> String {
        match value {
            Value::Real(number) => label_number(*number, self.0[column.place()]),
            other => setting_text(column, other),
        }
    }
}

impl Spread {
    pub(crate) fn new(group: &Group<'_>) -> Self {
        let jobs: Vec<Job<'_>> = group
            .jobs
            .iter()
            .map(|job| Job { spec: &job.spec, values: SettingColumn::values(&job.spec) })
            .collect();
        let all: Vec<&Job<'_>> = jobs.iter().collect();
        let mut shared = Vec::new();
        let mut left: Vec<SettingColumn> = candidates().collect();
        shared.extend(tell("All".to_owned(), &all, &mut left));
        // What only some activations or optimizers have is said of those, and of single models if these differ.
        let of = |setting| move |column: &SettingColumn| column.setting().depends_on().contains(&setting);
        let (of_activations, left): (Vec<_>, Vec<_>) = left.into_iter().partition(of(Setting::ACTIVATION));
        let (of_optimizers, of_models): (Vec<_>, Vec<_>) = left.into_iter().partition(of(Setting::OPTIMIZER));
        let mut tell_parts = |name: fn(&Job<'_>) -> String, settings: &[SettingColumn]| {
            for (name, jobs) in parts(&all, name) {
                let mut left = settings.to_vec();
                shared.extend(tell(name.clone(), &jobs, &mut left));
                for (model, jobs) in parts(&jobs, model) {
                    shared.extend(tell(format!("{model} {name}"), &jobs, &mut left.clone()));
                }
            }
        };
        tell_parts(model, &of_models);
        tell_parts(|job| job.spec.activation.title().to_owned(), &of_activations);
        tell_parts(|job| format!("optimizer {}", job.spec.optimizer.name()), &of_optimizers);
        let values: Vec<(ModelKind, &Values)> =
            jobs.iter().map(|job| (job.spec.model, &job.values)).collect();
        Self { varying: varying_values(&values), shared, digits: Digits::of(&group.jobs) }
    }

    /// The varying settings of `job` as `name value`.
    pub(crate) fn told(&self, job: &JobRecord) -> Vec<String> {
        let told = self.varying.iter().map(|column| (column, column.value(&job.spec)));
        told.filter(|(_, value)| *value != Value::Null)
            .map(|(column, value)| format!("{} {}", column.name(), self.digits.text(*column, &value)))
            .collect()
    }
}

/// Tables name model and activation anyway.
fn candidates() -> impl Iterator<Item = SettingColumn> {
    SettingColumn::all().filter(|column| !column.is_of_cell())
}

/// The settings that differ between jobs of one model.
pub fn varying_settings(jobs: &[&JobRecord]) -> Vec<SettingColumn> {
    let all: Vec<Values> = jobs.iter().map(|job| SettingColumn::values(&job.spec)).collect();
    varying_values(&jobs.iter().map(|job| job.spec.model).zip(&all).collect::<Vec<_>>())
}

fn varying_values(all: &[(ModelKind, &Values)]) -> Vec<SettingColumn> {
    let of_model = |wanted: &ModelKind| -> Vec<&Values> {
        all.iter().filter(|(model, _)| model == wanted).map(|(_, values)| *values).collect()
    };
    let models: Vec<_> = ModelKind::ALL.iter().map(of_model).collect();
    let varies = |column: &SettingColumn| models.iter().any(|jobs| !is_common(jobs, *column));
    SettingColumn::without_told(candidates().filter(varies).collect())
}

/// The values of all settings of a job, by the places of their columns.
type Values = [Value; SettingColumn::COUNT];

/// Whether all of `jobs` share a value. A setting of some jobs need only be shared by those that have it.
fn is_common(jobs: &[&Values], column: SettingColumn) -> bool {
    let mut values = jobs
        .iter()
        .map(|values| &values[column.place()])
        .filter(|value| !column.is_of_some() || **value != Value::Null);
    let first = values.next().unwrap_or(&Value::Null);
    values.all(|value| value == first)
}

/// A job with its settings.
struct Job<'a> {
    spec: &'a JobSpec,
    values: Values,
}

fn model(job: &Job<'_>) -> String {
    job.spec.model.title().to_owned()
}

/// `jobs` by a name, in the order in which the names come up.
fn parts<'a, 'b>(jobs: &[&'a Job<'b>], name: fn(&Job<'_>) -> String) -> Vec<(String, Vec<&'a Job<'b>>)> {
    let mut parts: Vec<(String, Vec<&Job<'_>>)> = Vec::new();
    for job in jobs {
        let name = name(job);
        match parts.iter_mut().find(|(known, _)| *known == name) {
            Some((_, jobs)) => jobs.push(job),
            None => parts.push((name, vec![job])),
        }
    }
    parts
}

/// `All with seed 0, epochs 40.`: those of `settings` that each of `jobs` has with the same value. What is told is taken from the list.
fn tell(who: String, jobs: &[&Job<'_>], settings: &mut Vec<SettingColumn>) -> Option<String> {
    let first = jobs.first()?;
    let is_shared = |column: &SettingColumn| {
        let value = &first.values[column.place()];
        *value != Value::Null && jobs.iter().all(|job| job.values[column.place()] == *value)
    };
    let told: Vec<SettingColumn> = settings.iter().copied().filter(is_shared).collect();
    settings.retain(|column| !told.contains(column));
    let words: Vec<String> = told
        .iter()
        .filter(|column| !column.is_checksum() && !goes_without_saying(first.spec, column.setting()))
        .map(|column| format!("{} {}", column.name(), setting_text(*column, &first.values[column.place()])))
        .collect();
    (!words.is_empty()).then(|| format!("{who} with {}.", words.join(", ")))
}

/// The sizes that a network has by itself are not worth a word, nor is what is off.
pub(crate) fn goes_without_saying(spec: &JobSpec, setting: Setting) -> bool {
    setting.is_of_more() && setting.is_quiet() && setting.is_default(spec)
}

/// A setting for people, as a sweep file has it: the first digits of a checksum or of a long number, and a path relative to the current
/// folder.
pub fn setting_text(column: SettingColumn, value: &Value) -> String {
    match value {
        Value::Integer(number) if column.is_truth() => (*number != 0).to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => label_number(*number, LABEL_DIGITS),
        Value::Text(text) if column.is_checksum() => text.chars().take(12).collect(),
        Value::Text(text) if column.is_path() => one_line(&shown_path(Path::new(text)).to_string_lossy()),
        Value::Text(text) => one_line(text),
        Value::Null | Value::Blob(_) => "-".to_owned(),
    }
}
