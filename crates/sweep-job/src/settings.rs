//! The settings of a job as names and values, with the names of sweep files and of the database.

use crate::{Activation, InitialWeights, JobSpec, Optimizer, Shuffle, Value};

/// The names of every setting but model and activation.
pub const SETTING_NAMES: [&str; 19] = [
    "slope",
    "alpha",
    "batch_size",
    "learning_rate",
    "epochs",
    "seed",
    "optimizer",
    "beta1",
    "beta2",
    "epsilon",
    "momentum",
    "nesterov",
    "weight_decay",
    "dropout",
    "max_norm_convolution",
    "max_norm_dense",
    "shuffle",
    "initial_weights",
    "initial_weights_sha256",
];

/// Those of them that exist for some activations or optimizers only.
pub const SETTINGS_OF_SOME: [&str; 7] =
    ["slope", "alpha", "beta1", "beta2", "epsilon", "momentum", "nesterov"];

/// The values of [`SETTING_NAMES`] in `spec`; what does not apply is null.
pub fn setting_values(spec: &JobSpec) -> [Value; SETTING_NAMES.len()] {
    // Every setting is named, so that a new one cannot be forgotten here.
    let JobSpec {
        model: _,
        activation,
        batch_size,
        learning_rate,
        epochs,
        seed,
        optimizer,
        weight_decay,
        dropout,
        max_norm,
        shuffle,
        initial_weights,
        more: _,
    } = spec;
    let (slope, alpha) = match *activation {
        Activation::Relu => (None, None),
        Activation::LeakyRelu { slope } => (Some(slope), None),
        Activation::Elu { alpha } => (None, Some(alpha)),
    };
    let (betas, momentum) = match *optimizer {
        Optimizer::Adam { beta1, beta2, epsilon } | Optimizer::AdamW { beta1, beta2, epsilon } => {
            (Some((beta1, beta2, epsilon)), None)
        }
        Optimizer::Sgd { momentum, nesterov } => (None, Some((momentum, nesterov))),
    };
    let (path, sha256) = match initial_weights {
        Some(InitialWeights { path, sha256 }) => {
            (Value::Text(path.to_string_lossy().into_owned()), Value::Text(sha256.clone()))
        }
        None => (Value::Null, Value::Null),
    };
    [
        real(slope),
        real(alpha),
        Value::Integer((*batch_size).into()),
        Value::Real(*learning_rate),
        Value::Integer((*epochs).into()),
        Value::Integer(i64::try_from(*seed).unwrap_or(i64::MAX)),
        Value::Text(optimizer.name().to_owned()),
        real(betas.map(|betas| betas.0)),
        real(betas.map(|betas| betas.1)),
        real(betas.map(|betas| betas.2)),
        real(momentum.map(|momentum| momentum.0)),
        momentum.map_or(Value::Null, |momentum| Value::Integer(momentum.1.into())),
        Value::Real(*weight_decay),
        Value::Real(*dropout),
        real(max_norm.map(|bounds| bounds.convolution)),
        real(max_norm.map(|bounds| bounds.dense)),
        Value::Integer((*shuffle == Shuffle::EveryEpoch).into()),
        path,
        sha256,
    ]
}

fn real(number: Option<f64>) -> Value {
    number.map_or(Value::Null, Value::Real)
}
