//! From the bytes of a safetensors file to a state: all of it, or nothing.

use std::collections::BTreeSet;

use half::{bf16, f16};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use sweep_job::ModelKind;
use sweep_kernels::Real;

use super::{common_prefix, opened};
use crate::{Entry, InputShape, ModelError, Network, State, Value, WeightProblem};

impl<T: Real> Network<T> {
    /// Takes weights and running statistics from a safetensors file, such as [`to_safetensors`](Self::to_safetensors) or PyTorch's
    /// `safetensors.torch.save_file(model.state_dict(), ...)` give. Strict: every tensor of the network must be there, with its
    /// shape, and no other; `num_batches_tracked` may be absent (the count then begins at 0). float64, float32, float16 and bfloat16 are
    /// taken and converted; values must be finite, and variances not negative.
    ///
    /// # Errors
    /// If the bytes are no safetensors file, or something does not fit: every problem is listed, and the network is unchanged.
    pub fn load_safetensors(&mut self, bytes: &[u8]) -> Result<(), ModelError> {
        let state = network_state(self.state(), self.settings().model, self.shape(), bytes)?;
        self.set_state(state);
        Ok(())
    }
}

impl State {
    /// Takes the network's part from a safetensors file, as [`Network::load_safetensors`] does.
    ///
    /// # Errors
    /// As there; the state is unchanged then.
    pub fn load_network(
        &mut self,
        model: ModelKind,
        shape: InputShape,
        bytes: &[u8],
    ) -> Result<(), ModelError> {
        self.network = network_state(&self.network, model, shape, bytes)?;
        Ok(())
    }

    /// Takes the optimizer's part from a safetensors file.
    ///
    /// # Errors
    /// If the bytes are no safetensors file, or something does not fit: the state is unchanged then.
    pub fn load_optimizer(&mut self, bytes: &[u8]) -> Result<(), ModelError> {
        self.optimizer = optimizer_state(&self.optimizer, bytes)?;
        Ok(())
    }
}

fn network_state<T: Real>(
    like: &[Entry<T>],
    model: ModelKind,
    shape: InputShape,
    bytes: &[u8],
) -> Result<Vec<Entry<T>>, ModelError> {
    let file = opened(bytes)?;
    read(like, &file).map_err(|problems| {
        match like.first().and_then(|entry| common_prefix(&file, &entry.name)) {
            Some(prefix) => ModelError::Prefix { model, prefix },
            None => ModelError::Weights { model, shape, problems },
        }
    })
}

/// The state of an optimizer from a safetensors file, with the entries of `like`.
///
/// # Errors
/// If the bytes are no safetensors file, or something does not fit.
pub(crate) fn optimizer_state<T: Real>(like: &[Entry<T>], bytes: &[u8]) -> Result<Vec<Entry<T>>, ModelError> {
    read(like, &opened(bytes)?).map_err(|problems| ModelError::OptimizerState { problems })
}

/// The entries of `like` with their values from `file`. Every entry must be there, but for counters, and no other.
fn read<T: Real>(like: &[Entry<T>], file: &SafeTensors<'_>) -> Result<Vec<Entry<T>>, Vec<WeightProblem>> {
    let mut names: BTreeSet<&str> = file.names().into_iter().collect();
    let (mut state, mut problems) = (Vec::new(), Vec::new());
    for entry in like {
        names.remove(entry.name.as_str());
        match value(entry, file.tensor(&entry.name).ok().as_ref()) {
            Ok(value) => state.push(Entry { name: entry.name.clone(), shape: entry.shape.clone(), value }),
            Err(problem) => problems.push(problem),
        }
    }
    problems.extend(names.into_iter().map(|name| WeightProblem::Unexpected { name: name.to_owned() }));
    if problems.is_empty() { Ok(state) } else { Err(problems) }
}

fn value<T: Real>(like: &Entry<T>, found: Option<&TensorView<'_>>) -> Result<Value<T>, WeightProblem> {
    let name = || like.name.clone();
    let refused = |what| Err(WeightProblem::Value { name: name(), what });
    let Some(view) = found else {
        return match like.value {
            Value::Counter(_) => Ok(Value::Counter(0)),
            _ => Err(WeightProblem::Missing { name: name() }),
        };
    };
    // The same shape, so that what follows takes no more memory than the state has already.
    if view.shape() != like.shape {
        let (expected, found) = (like.shape.clone(), view.shape().to_vec());
        return Err(WeightProblem::Shape { name: name(), expected, found });
    }
    let other_type =
        |expected| Err(WeightProblem::Type { name: name(), expected, found: format!("{:?}", view.dtype()) });
    if let Value::Counter(_) = like.value {
        return match (view.dtype(), <[u8; 8]>::try_from(view.data())) {
            (Dtype::I64, Ok(bytes)) => match i64::from_le_bytes(bytes) {
                count @ 0.. => Ok(Value::Counter(count)),
                _ => refused("a negative count"),
            },
            _ => other_type("I64"),
        };
    }
    let Some(numbers) = numbers::<T>(view) else { return other_type("F32, F64, F16 or BF16") };
    let are_finite = numbers.iter().all(|number| number.to_f64().is_finite());
    let what = "values that are not finite numbers";
    match like.value {
        Value::Moment(_) => Ok(Value::Moment(numbers)),
        _ if !are_finite => refused(what),
        Value::Mean(_) => Ok(Value::Mean(numbers)),
        Value::Variance(_) if numbers.iter().any(|number| *number < T::zero()) => {
            refused("negative variances")
        }
        Value::Variance(_) => Ok(Value::Variance(numbers)),
        Value::Parameter(_) | Value::Counter(_) => Ok(Value::Parameter(numbers)),
    }
}

/// The numbers of a tensor of floating-point numbers.
fn numbers<T: Real>(view: &TensorView<'_>) -> Option<Vec<T>> {
    let bytes = view.data();
    Some(match view.dtype() {
        Dtype::F64 => converted(bytes, |bytes| T::from_f64(f64::from_le_bytes(bytes))),
        Dtype::F32 => converted(bytes, |bytes| T::from_f64(f32::from_le_bytes(bytes).into())),
        Dtype::F16 => converted(bytes, |bytes| T::from_f64(f16::from_le_bytes(bytes).to_f64())),
        Dtype::BF16 => converted(bytes, |bytes| T::from_f64(bf16::from_le_bytes(bytes).to_f64())),
        _ => return None,
    })
}

fn converted<T, const N: usize>(bytes: &[u8], convert: impl Fn([u8; N]) -> T) -> Vec<T> {
    bytes.as_chunks::<N>().0.iter().map(|bytes| convert(*bytes)).collect()
}
