//! Which settings tell the jobs of a table apart, and the words for those that do not.

use std::path::Path;

use sweep_job::{JobRecord, JobSpec, ModelKind, Value};
use sweep_text::{LABEL_DIGITS, digits_apart, label_number, shown_path};

use crate::{
    group::Group,
    settings::{NAMES, OF_SOME, values},
    words::one_line,
};

/// How the settings spread over the jobs of a group.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Spread {
    /// The places in [`NAMES`] of the settings that differ between jobs of one model.
    pub(crate) varying: Vec<usize>,
    /// What all jobs share, then what those of a model, an activation or an optimizer share: `All with seed 0.`, `EEGNet with batch_size 108.`,
    /// `LeakyReLU with slope 0.01.`
    pub(crate) shared: Vec<String>,
    /// How many digits tell the numbers of each setting apart.
    pub(crate) digits: Digits,
}

/// How many digits tell the numbers of each setting apart, among some jobs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Digits([usize; NAMES.len()]);

impl Digits {
    pub(crate) fn of(jobs: &[&JobRecord]) -> Self {
        Self::of_specs(jobs.iter().map(|job| &job.spec))
    }

    pub(crate) fn of_specs<'a>(specs: impl IntoIterator<Item = &'a JobSpec>) -> Self {
        let mut numbers: [Vec<f64>; NAMES.len()] = std::array::from_fn(|_| Vec::new());
        for spec in specs {
            for (numbers, value) in numbers.iter_mut().zip(values(spec)) {
                if let Value::Real(number) = value {
                    numbers.push(number);
                }
            }
        }
        Self(numbers.map(digits_apart))
    }

    /// A setting for people, as [`setting_text`] has it, that looks like no other one of these jobs.
    pub(crate) fn text(&self, place: usize, value: &Value) -> String {
        match value {
            Value::Real(number) => label_number(*number, self.0[place]),
            other => setting_text(place, other),
        }
    }
}

impl Spread {
    pub(crate) fn new(group: &Group<'_>) -> Self {
        let jobs: Vec<Job<'_>> =
            group.jobs.iter().map(|job| Job { spec: &job.spec, values: values(&job.spec) }).collect();
        let all: Vec<&Job<'_>> = jobs.iter().collect();
        let mut shared = Vec::new();
        let mut left: Vec<usize> = (0..NAMES.len()).collect();
        shared.extend(tell("All".to_owned(), &all, &mut left));
        // What only some activations or optimizers have is said of those, and of single models if these differ.
        let (of_some, of_models): (Vec<usize>, Vec<usize>) =
            left.into_iter().partition(|index| OF_SOME.contains(&NAMES[*index]));
        let (of_activations, of_optimizers): (Vec<usize>, Vec<usize>) =
            of_some.into_iter().partition(|index| ["slope", "alpha"].contains(&NAMES[*index]));
        let mut tell_parts = |name: fn(&Job<'_>) -> String, settings: &[usize]| {
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
        Self { varying: varying_settings(&group.jobs), shared, digits: Digits::of(&group.jobs) }
    }

    /// The varying settings of `job` as `name value`.
    pub(crate) fn told(&self, job: &JobRecord) -> Vec<String> {
        let values = values(&job.spec);
        self.varying
            .iter()
            .filter(|index| values[**index] != Value::Null)
            .map(|index| format!("{} {}", NAMES[*index], self.digits.text(*index, &values[*index])))
            .collect()
    }
}

/// The places in [`SETTING_NAMES`](sweep_job::SETTING_NAMES) of the settings that differ between jobs of one model.
pub fn varying_settings(jobs: &[&JobRecord]) -> Vec<usize> {
    let all: Vec<(ModelKind, [Value; NAMES.len()])> =
        jobs.iter().map(|job| (job.spec.model, values(&job.spec))).collect();
    let of_model = |wanted: &ModelKind| -> Vec<&[Value; NAMES.len()]> {
        all.iter().filter(|(model, _)| model == wanted).map(|(_, values)| values).collect()
    };
    let models: Vec<_> = ModelKind::ALL.iter().map(of_model).collect();
    let mut varying: Vec<usize> =
        (0..NAMES.len()).filter(|index| models.iter().any(|jobs| common(jobs, *index).is_none())).collect();
    // Weights at another path are told apart by the path already.
    if varying.iter().any(|index| NAMES[*index] == "initial_weights") {
        varying.retain(|index| NAMES[*index] != "initial_weights_sha256");
    }
    varying
}

/// The value that all of `jobs` share; `None` where they differ. A setting of some activations or optimizers need only be
/// shared by the jobs that have it.
fn common<'a>(jobs: &[&'a [Value; NAMES.len()]], index: usize) -> Option<&'a Value> {
    let is_of_some = OF_SOME.contains(&NAMES[index]);
    let mut values =
        jobs.iter().map(|values| &values[index]).filter(|value| !is_of_some || **value != Value::Null);
    let first = values.next().unwrap_or(&Value::Null);
    values.all(|value| value == first).then_some(first)
}

/// A job with its settings.
struct Job<'a> {
    spec: &'a JobSpec,
    values: [Value; NAMES.len()],
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
fn tell(who: String, jobs: &[&Job<'_>], settings: &mut Vec<usize>) -> Option<String> {
    let first = jobs.first()?;
    let is_shared = |index: &usize| {
        let value = &first.values[*index];
        *value != Value::Null && jobs.iter().all(|job| job.values[*index] == *value)
    };
    let told: Vec<usize> = settings.iter().copied().filter(is_shared).collect();
    settings.retain(|index| !told.contains(index));
    let words: Vec<String> = told
        .iter()
        .filter(|index| NAMES[**index] != "initial_weights_sha256")
        .map(|index| format!("{} {}", NAMES[*index], setting_text(*index, &first.values[*index])))
        .collect();
    (!words.is_empty()).then(|| format!("{who} with {}.", words.join(", ")))
}

/// Settings that are stored as 0 and 1, and written as false and true.
pub(crate) const TRUTHS: [&str; 2] = ["nesterov", "shuffle"];

/// A setting for people, as a sweep file has it: the first digits of a checksum or of a long number, and a path relative to the current
/// folder. `index` is its place in
/// [`SETTING_NAMES`](sweep_job::SETTING_NAMES).
pub fn setting_text(index: usize, value: &Value) -> String {
    match value {
        Value::Integer(number) if TRUTHS.contains(&NAMES[index]) => (*number != 0).to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => label_number(*number, LABEL_DIGITS),
        Value::Text(text) if NAMES[index] == "initial_weights_sha256" => text.chars().take(12).collect(),
        Value::Text(text) if NAMES[index] == "initial_weights" => {
            one_line(&shown_path(Path::new(text)).to_string_lossy())
        }
        Value::Text(text) => one_line(text),
        Value::Null | Value::Blob(_) => "-".to_owned(),
    }
}
