//! A job without its epochs in few bytes: equal exactly where the trajectories are, and far cheaper than their hash.

use sweep_job::{Activation, JobSpec, Optimizer, Setting, Shuffle};

/// What a training is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Fingerprint {
    fields: [u64; 12],
    /// The further settings by their places; empty for most jobs, and then without memory of its own.
    more: Box<[(usize, [u64; 2])]>,
}

/// The fingerprint of `spec` with the initial weights of number `weights`.
pub(crate) fn fingerprint(spec: &JobSpec, weights: Option<u32>) -> Fingerprint {
    // Every field is named, so that a new setting cannot be forgotten here.
    let JobSpec {
        model,
        activation,
        batch_size,
        learning_rate,
        epochs: _,
        seed,
        optimizer,
        weight_decay,
        dropout,
        max_norm,
        shuffle,
        initial_weights: _,
        ref more,
    } = *spec;
    let (activation, parameter) = match activation {
        Activation::Relu => (0, 0.0),
        Activation::LeakyRelu { slope } => (1, slope),
        Activation::Elu { alpha } => (2, alpha),
    };
    let (optimizer, parameters) = match optimizer {
        Optimizer::Adam { beta1, beta2, epsilon } => (0, [beta1, beta2, epsilon]),
        Optimizer::AdamW { beta1, beta2, epsilon } => (1, [beta1, beta2, epsilon]),
        Optimizer::Sgd { momentum, nesterov: false } => (2, [momentum, 0.0, 0.0]),
        Optimizer::Sgd { momentum, nesterov: true } => (3, [momentum, 0.0, 0.0]),
    };
    let shuffle = match shuffle {
        Shuffle::EveryEpoch => 0,
        Shuffle::Never => 1,
    };
    // Bounds are positive, so that zeros can stand for none.
    let (convolution, dense) = max_norm.map_or((0.0, 0.0), |bounds| (bounds.convolution, bounds.dense));
    let kinds = (model as u64) << 24 | activation << 16 | optimizer << 8 | shuffle;
    let more = more.iter().filter_map(|(name, value)| Some((Setting::named(name)?.place(), value.bits())));
    let more = more.collect();
    let fields = [
        kinds << 32 | u64::from(batch_size),
        parameter.to_bits(),
        learning_rate.to_bits(),
        seed,
        parameters[0].to_bits(),
        parameters[1].to_bits(),
        parameters[2].to_bits(),
        weight_decay.to_bits(),
        dropout.to_bits(),
        convolution.to_bits(),
        dense.to_bits(),
        weights.map_or(u64::MAX, u64::from),
    ];
    Fingerprint { fields, more }
}
