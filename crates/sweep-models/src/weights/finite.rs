//! Whether the numbers that a training goes on with are still numbers.

use candle_core::{DType, Var};
use sweep_kernels::with_elements;

use super::{Entry, Value, state};
use crate::{ModelError, Network};

impl Network {
    /// The first weight or running statistic that no weights file could hold, in words such as `the running variance of
    /// firstconv.2`; `None` if all are finite.
    ///
    /// # Errors
    /// If the values cannot be brought from the device.
    pub fn not_finite(&self) -> Result<Option<String>, ModelError> {
        first_not_finite(state(self))
    }
}

/// The first of `entries` with a value that is not finite, or with a variance below 0, in words.
pub(crate) fn first_not_finite(entries: Vec<Entry<'_>>) -> Result<Option<String>, ModelError> {
    for Entry { name, value } in entries {
        let is_sound = match value {
            Value::Any(values) | Value::Weights(values) => least(values)?.is_some(),
            Value::Variances(values) => least(values)?.is_some_and(|least| least >= 0.0),
            Value::Counter(_) => true,
        };
        if !is_sound {
            return Ok(Some(in_words(&name)));
        }
    }
    Ok(None)
}

/// The least of finite values; `None` if one of them is not finite.
fn least(values: &Var) -> Result<Option<f64>, ModelError> {
    let is_double = values.dtype() == DType::F64;
    Ok(match (values.device().is_cpu() && values.is_contiguous(), is_double) {
        (true, true) => with_elements::<f64, _>(values, least_double)?,
        (true, false) => with_elements::<f32, _>(values, least_single)?,
        (false, true) => least_double(&values.flatten_all()?.to_vec1::<f64>()?),
        (false, false) => least_single(&values.flatten_all()?.to_vec1::<f32>()?),
    })
}

// Neither loop ends early: so both are compiled for vectors.

fn least_single(values: &[f32]) -> Option<f64> {
    let (least, are_finite) = values.iter().fold((f32::INFINITY, true), |(least, are_finite), value| {
        (if *value < least { *value } else { least }, are_finite & value.is_finite())
    });
    are_finite.then_some(f64::from(least))
}

fn least_double(values: &[f64]) -> Option<f64> {
    let (least, are_finite) = values.iter().fold((f64::INFINITY, true), |(least, are_finite), value| {
        (if *value < least { *value } else { least }, are_finite & value.is_finite())
    });
    are_finite.then_some(least)
}

/// `the running variance of firstconv.2` for `firstconv.2.running_var`.
fn in_words(name: &str) -> String {
    let (owner, last) = name.rsplit_once('.').unwrap_or(("the network", name));
    let what = match last {
        "weight" => "a weight",
        "bias" => "a bias",
        "running_mean" => "the running mean",
        "running_var" => "the running variance",
        "exp_avg" => "Adam's mean of the gradient",
        "exp_avg_sq" => "Adam's mean of the squared gradient",
        "momentum_buffer" => "the momentum",
        other => other,
    };
    format!("{what} of {owner}")
}
