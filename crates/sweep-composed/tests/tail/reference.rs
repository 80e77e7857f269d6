//! A tail made of the composed operations, in float64.

use candle_core::{Device, Result, Tensor, Var};
use sweep_composed::operations::{activate, dropout, pool};
use sweep_kernels::{Activation, InstructionSet, Mask, Mixing, Mixture, Pooling, Real, Tail};

use crate::support::{dropout_stream, slices::normal, tensor};

/// All kinds of activations, among them such as are not monotone.
pub(crate) const ACTIVATIONS: [Activation; 7] = [
    Activation::Relu,
    Activation::LeakyRelu { slope: 0.01 },
    Activation::LeakyRelu { slope: -0.3 },
    Activation::LeakyRelu { slope: 1.5 },
    Activation::Elu { alpha: 1.0 },
    Activation::Elu { alpha: 0.4 },
    Activation::Elu { alpha: -0.7 },
];

/// Both ways of pooling.
pub(crate) const POOLINGS: [Pooling; 2] = [Pooling::Average, Pooling::Maximum];

/// A tail, and the data of a few trials.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    pub(crate) tail: Tail,
    pub(crate) trials: usize,
    pub(crate) mask: Option<Mask>,
    pub(crate) seed: u64,
}

/// Mixtures, plain and of several channels and copies.
pub(crate) fn mixtures() -> Vec<Mixture> {
    let mixed = (1..=4).flat_map(|channels| (1..=4).map(move |copies| (channels, copies)));
    let mixed = mixed.map(|(channels, copies)| Mixture { channels, filters: 8 * (1 + channels % 2), copies });
    [Mixture::plain(8), Mixture::plain(24)].into_iter().chain(mixed).collect()
}

/// The cases of all mixtures, activations and ways of pooling, with and without dropout, for windows of one of `sizes` `(time, size)`.
/// Under an interpreter only some of them.
pub(crate) fn cases(sizes: &[(usize, usize)]) -> Vec<Case> {
    let mut cases = Vec::new();
    for mixture in mixtures() {
        for activation in ACTIVATIONS {
            for pooling in POOLINGS {
                for (time, size) in sizes.iter().copied() {
                    for mask in [None, Mask::new(0.4, dropout_stream(7))] {
                        let tail = Tail { mixture, time, activation, pooling, size };
                        cases.push(Case { tail, trials: 3, mask, seed: cases.len() as u64 });
                    }
                }
            }
        }
    }
    let step = if cfg!(miri) { 97 } else { 1 };
    cases.into_iter().step_by(step).collect()
}

impl Case {
    /// The trials' stored values, `[trial, time, channel, filter]`.
    pub(crate) fn stored<T: Real>(&self) -> Vec<T> {
        normal(self.seed, self.trials * self.tail.stored_elements())
    }

    pub(crate) fn mixing<T: Real>(&self) -> Mixing<T> {
        let Mixture { channels, .. } = self.tail.mixture;
        let planes = self.tail.mixture.planes();
        Mixing {
            weight: normal(self.seed + 10_000, channels * planes),
            offset: normal(self.seed + 20_000, planes),
        }
    }

    /// The gradient of the results, `[trial, out_time, plane]`.
    pub(crate) fn gradient<T: Real>(&self) -> Vec<T> {
        normal(self.seed + 30_000, self.trials * self.tail.out_elements())
    }

    /// The factors of a trial's dropout.
    pub(crate) fn factors<T: Real>(&self, set: InstructionSet, trial: usize) -> Option<Vec<T>> {
        self.mask.map(|mask| {
            let mut factors = vec![T::zero(); self.tail.out_elements()];
            mask.factors(set, trial * factors.len(), &mut factors);
            factors
        })
    }

    pub(crate) fn stored_tensor<T: Real>(&self) -> Tensor {
        let Mixture { channels, filters, .. } = self.tail.mixture;
        tensor(&self.stored::<T>(), &[self.trials, self.tail.time, channels, filters])
    }

    /// The mixture of `stored`, `[trial, time, copy, filter]`, by `weight` `[channel, copy, filter]`, without offset.
    pub(crate) fn mix(&self, stored: &Tensor, weight: &Tensor) -> Result<Tensor> {
        stored.unsqueeze(3)?.broadcast_mul(&weight.unsqueeze(0)?.unsqueeze(0)?)?.sum(2)
    }

    /// The normalised values, `[trial, time, copy, filter]`.
    pub(crate) fn mixed<T: Real>(&self) -> Result<Tensor> {
        let Mixture { channels, filters, copies } = self.tail.mixture;
        let Mixing { weight, offset } = self.mixing::<T>();
        let weight = tensor(&weight, &[channels, copies, filters]);
        self.mix(&self.stored_tensor::<T>(), &weight)?.broadcast_add(&tensor(&offset, &[copies, filters]))
    }

    /// The results `[trial, out_time, copy, filter]` of normalised values `[trial, time, copy, filter]`.
    pub(crate) fn results(&self, normalised: &Tensor) -> Result<Tensor> {
        let Tail { mixture, activation, pooling, size, .. } = self.tail;
        let pooled = pool(&activate(&planes_first(normalised)?, activation)?, pooling, size)?;
        let dropped = match self.mask {
            None => pooled,
            Some(mask) => dropout(&pooled, mask, mixture.copies)?,
        };
        time_first(&dropped, mixture.copies)
    }

    /// The gradient of a function's variable, where `gradient` is that of its result.
    pub(crate) fn gradient_of<T: Real>(
        &self,
        variable: &Var,
        function: impl Fn(&Tensor) -> Result<Tensor>,
    ) -> Result<Tensor> {
        let out = function(variable.as_tensor())?;
        let gradient = tensor(&self.gradient::<T>(), out.dims());
        let gradients = (out * gradient)?.sum_all()?.backward()?;
        Ok(gradients.get(variable).expect("a gradient").detach())
    }
}

/// `[trial, time, copy, filter]` to PyTorch's `[trial, plane, 1, time]`, where plane is (filter, copy).
pub(crate) fn planes_first(x: &Tensor) -> Result<Tensor> {
    let (trials, time, copies, filters) = x.dims4()?;
    x.permute((0, 3, 2, 1))?.contiguous()?.reshape((trials, filters * copies, 1, time))
}

/// The way back.
pub(crate) fn time_first(x: &Tensor, copies: usize) -> Result<Tensor> {
    let (trials, planes, _, time) = x.dims4()?;
    x.reshape((trials, planes / copies, copies, time))?.permute((0, 3, 2, 1))?.contiguous()
}

/// A vector of the processor.
pub(crate) fn vector(values: Vec<f64>) -> Tensor {
    let count = values.len();
    Tensor::from_vec(values, count, &Device::Cpu).unwrap()
}
