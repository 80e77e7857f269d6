//! Which settings tell the jobs of a table apart, and the words for those that do not.

use std::path::Path;

use sweep_job::{
    JobRecord, JobSpec, LABEL_DIGITS, ModelKind, Value, digits_apart, label_number, shown_path,
};

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
    /// What all jobs share, then what the jobs of a model share: `All with seed 0`, `EEGNet with batch_size 108`.
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
        let all: Vec<[Value; NAMES.len()]> = group.jobs.iter().map(|job| values(&job.spec)).collect();
        let of_model = |model: ModelKind| -> Vec<&[Value; NAMES.len()]> {
            let jobs = group.jobs.iter().zip(&all);
            jobs.filter(|(job, _)| job.spec.model == model).map(|(_, values)| values).collect()
        };
        let models: Vec<_> = ModelKind::ALL.into_iter().map(|model| (model, of_model(model))).collect();
        let of_all: Vec<&[Value; NAMES.len()]> = all.iter().collect();
        let is_shared = |index: &usize| common(&of_all, *index).is_some();
        let varying = varying_settings(&group.jobs);
        let mut shared = vec![sentence("All", &of_all, (0..NAMES.len()).filter(is_shared))];
        for (model, jobs) in &models {
            let others = (0..NAMES.len()).filter(|index| !is_shared(index));
            shared.push(sentence(model.title(), jobs, others));
        }
        Self { varying, shared: shared.into_iter().flatten().collect(), digits: Digits::of(&group.jobs) }
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

fn sentence(
    who: &str,
    jobs: &[&[Value; NAMES.len()]],
    indices: impl Iterator<Item = usize>,
) -> Option<String> {
    let told: Vec<String> = indices
        .filter(|index| NAMES[*index] != "initial_weights_sha256")
        .filter_map(|index| Some((index, common(jobs, index)?)))
        .filter(|(_, value)| **value != Value::Null)
        .map(|(index, value)| format!("{} {}", NAMES[index], setting_text(index, value)))
        .collect();
    (!told.is_empty()).then(|| format!("{who} with {}", told.join(", ")))
}

/// A setting for people, as a sweep file has it: the first digits of a checksum or of a long number, and a path relative to the current
/// folder. `index` is its place in
/// [`SETTING_NAMES`](sweep_job::SETTING_NAMES).
pub fn setting_text(index: usize, value: &Value) -> String {
    match value {
        Value::Integer(number) if NAMES[index] == "nesterov" => (*number != 0).to_string(),
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
