//! From the bytes of a safetensors file into a network: all of it, or nothing.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicI64, Ordering},
};

use candle_core::{DType, Device, Tensor, Var};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};

use super::{Entry, Value, common_prefix, opened, state};
use crate::{ModelError, Network, WeightProblem};

/// A value that has passed all checks, and where it goes.
enum Accepted<'a> {
    Values(&'a Var, Tensor),
    Count(&'a AtomicI64, i64),
}

impl Network {
    /// Takes weights and running statistics from a safetensors file, such as [`to_safetensors`](Self::to_safetensors) or PyTorch's
    /// `safetensors.torch.save_file(model.state_dict(), ...)` give. Strict: every tensor of the network must be there, with its
    /// shape, and no other; `num_batches_tracked` may be absent (the count then begins at 0). float64, float32, float16 and bfloat16 are
    /// taken and converted; values must be finite, and variances not negative.
    ///
    /// # Errors
    /// Where the bytes are no safetensors file, or something does not fit: every problem is listed, and the network is unchanged.
    pub fn load_safetensors(&self, bytes: &[u8]) -> Result<(), ModelError> {
        let file = opened(bytes)?;
        let problems = take(state(self), &file, self.dtype(), self.device())?;
        if !problems.is_empty() {
            let first = state(self).into_iter().next();
            if let Some(prefix) = first.and_then(|entry| common_prefix(&file, &entry.name)) {
                return Err(ModelError::Prefix { model: self.settings().model, prefix });
            }
            return Err(ModelError::Weights { model: self.settings().model, shape: self.shape(), problems });
        }
        Ok(())
    }
}

/// Gives every entry its values from `file`, all of them or, where there are problems, none. Every entry must be there, but for counters,
/// and no other.
pub(crate) fn take(
    entries: Vec<Entry<'_>>,
    file: &SafeTensors<'_>,
    dtype: DType,
    device: &Device,
) -> Result<Vec<WeightProblem>, ModelError> {
    let mut names: BTreeSet<&str> = file.names().into_iter().collect();
    let (mut accepted, mut problems) = (Vec::new(), Vec::new());
    for entry in &entries {
        names.remove(entry.name.as_str());
        match check(entry, file.tensor(&entry.name).ok().as_ref(), dtype) {
            Ok(value) => accepted.push(value),
            Err(Refusal::Problem(problem)) => problems.push(problem),
            Err(Refusal::Failure(error)) => return Err(error),
        }
    }
    problems.extend(names.into_iter().map(|name| WeightProblem::Unexpected { name: name.to_owned() }));
    if problems.is_empty() {
        for value in accepted {
            match value {
                Accepted::Values(variable, values) => variable.set(&values.to_device(device)?)?,
                Accepted::Count(counter, count) => counter.store(count, Ordering::Relaxed),
            }
        }
    }
    Ok(problems)
}

/// Why an entry is not taken.
enum Refusal {
    /// The file's fault.
    Problem(WeightProblem),
    /// The machine's fault.
    Failure(ModelError),
}

impl From<candle_core::Error> for Refusal {
    fn from(error: candle_core::Error) -> Self {
        Self::Failure(error.into())
    }
}

fn check<'a>(
    entry: &Entry<'a>,
    found: Option<&TensorView<'_>>,
    dtype: DType,
) -> Result<Accepted<'a>, Refusal> {
    let name = || entry.name.clone();
    let problem = |problem| Err(Refusal::Problem(problem));
    match (entry.value, found) {
        (Value::Counter(counter), None) => Ok(Accepted::Count(counter, 0)),
        (Value::Any(_) | Value::Weights(_) | Value::Variances(_), None) => {
            problem(WeightProblem::Missing { name: name() })
        }
        (Value::Counter(counter), Some(view)) => {
            check_shape(entry, view, &[])?;
            match (view.dtype(), <[u8; 8]>::try_from(view.data())) {
                (Dtype::I64, Ok(bytes)) => match i64::from_le_bytes(bytes) {
                    count @ 0.. => Ok(Accepted::Count(counter, count)),
                    _ => problem(WeightProblem::Value { name: name(), what: "a negative count" }),
                },
                (other, _) => problem(WeightProblem::Type {
                    name: name(),
                    expected: "I64",
                    found: format!("{other:?}"),
                }),
            }
        }
        (Value::Any(variable) | Value::Weights(variable) | Value::Variances(variable), Some(view)) => {
            check_shape(entry, view, variable.dims())?;
            let stored_as = match view.dtype() {
                Dtype::F64 => DType::F64,
                Dtype::F32 => DType::F32,
                Dtype::F16 => DType::F16,
                Dtype::BF16 => DType::BF16,
                other => {
                    let found = format!("{other:?}");
                    return problem(WeightProblem::Type {
                        name: name(),
                        expected: "F32, F64, F16 or BF16",
                        found,
                    });
                }
            };
            // The shape is the variable's, so this allocates no more than the network has already.
            let values = Tensor::from_raw_buffer(view.data(), stored_as, view.shape(), &Device::Cpu)?;
            let values = values.to_dtype(dtype)?;
            if matches!(entry.value, Value::Any(_)) {
                return Ok(Accepted::Values(variable, values));
            }
            let numbers = values.flatten_all()?.to_dtype(DType::F64)?.to_vec1::<f64>()?;
            if !numbers.iter().all(|value| value.is_finite()) {
                return problem(WeightProblem::Value {
                    name: name(),
                    what: "values that are not finite numbers",
                });
            }
            if matches!(entry.value, Value::Variances(_)) && numbers.iter().any(|value| *value < 0.0) {
                return problem(WeightProblem::Value { name: name(), what: "negative variances" });
            }
            Ok(Accepted::Values(variable, values))
        }
    }
}

fn check_shape(entry: &Entry<'_>, view: &TensorView<'_>, expected: &[usize]) -> Result<(), Refusal> {
    if view.shape() == expected {
        return Ok(());
    }
    let (expected, found) = (expected.to_vec(), view.shape().to_vec());
    Err(Refusal::Problem(WeightProblem::Shape { name: entry.name.clone(), expected, found }))
}
