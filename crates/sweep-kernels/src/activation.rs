//! Activation functions, with PyTorch's gradients at exactly 0.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, WithDType, backend::BackendStorage};

use crate::{
    Form,
    host::{elements, open, tensor},
    parallel::for_each_chunk,
    real::{Real, for_real},
};

/// An activation function. The gradient at exactly 0 is that of the negative side, as PyTorch has it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Activation {
    /// x for x > 0, else 0; gradient 0 at 0.
    Relu,
    /// x for x > 0, else `slope` x; gradient `slope` at 0.
    LeakyRelu {
        /// Slope of the negative side.
        slope: f64,
    },
    /// x for x > 0, else `alpha` (exp(x) - 1) (Clevert et al. 2016); gradient `alpha` at 0.
    Elu {
        /// Minus the limit at minus infinity.
        alpha: f64,
    },
}

/// `activation` of every element of `x`. NaN stays NaN.
///
/// # Errors
/// Where the device runs out of memory.
pub fn activate(form: Form, x: &Tensor, activation: Activation) -> Result<Tensor> {
    match form {
        Form::Fused => x.contiguous()?.apply_op1(Elementwise(activation)),
        Form::Composed => composed(x, activation),
    }
}

fn composed(x: &Tensor, activation: Activation) -> Result<Tensor> {
    let is_negative = x.le(0.0)?;
    match activation {
        Activation::Relu => is_negative.where_cond(&x.zeros_like()?, x),
        Activation::LeakyRelu { slope } => is_negative.where_cond(&(x * slope)?, x),
        Activation::Elu { alpha } => {
            // Without the inner choice, the exponential of a large positive x would make a gradient of infinity times 0.
            let negative = is_negative.where_cond(x, &x.zeros_like()?)?;
            is_negative.where_cond(&((negative.exp()? - 1.0)? * alpha)?, x)
        }
    }
}

#[derive(Debug)]
struct Elementwise(Activation);

impl Activation {
    fn apply<T: Real>(self, x: &[T], out: &mut [T]) {
        let zero = T::zero();
        let pairs = out.iter_mut().zip(x);
        match self {
            Self::Relu => pairs.for_each(|(out, x)| *out = if *x <= zero { zero } else { *x }),
            Self::LeakyRelu { slope } => {
                let slope = T::from_f64(slope);
                pairs.for_each(|(out, x)| *out = if *x > zero { *x } else { *x * slope });
            }
            Self::Elu { alpha } => {
                let alpha = T::from_f64(alpha);
                pairs.for_each(|(out, x)| {
                    let negative = x.exp_m1_of_negative() * alpha;
                    *out = if *x > zero { *x } else { negative };
                });
            }
        }
    }

    /// The gradient of `x` from that of the output.
    fn gradient<T: Real>(self, x: &[T], dy: &[T], dx: &mut [T]) {
        let zero = T::zero();
        let triples = dx.iter_mut().zip(x).zip(dy);
        match self {
            Self::Relu => triples.for_each(|((dx, x), dy)| *dx = if *x <= zero { zero } else { *dy }),
            Self::LeakyRelu { slope } => {
                let slope = T::from_f64(slope);
                triples.for_each(|((dx, x), dy)| *dx = *dy * if *x > zero { T::one() } else { slope });
            }
            Self::Elu { alpha } => {
                let alpha = T::from_f64(alpha);
                triples.for_each(|((dx, x), dy)| {
                    // The exponential of the smaller of x and 0, always computed: a branch would keep the loop from vector registers.
                    let negative = if *x > zero { zero } else { *x };
                    let slope = negative.exp_of_negative() * alpha;
                    *dx = *dy * if *x > zero { T::one() } else { slope };
                });
            }
        }
    }
}

/// Elements a unit of work; each result depends on its own element alone.
const CHUNK: usize = 1 << 14;

impl CustomOp1 for Elementwise {
    fn name(&self) -> &'static str {
        "activation"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        for_real!(x.dtype(), T => {
            let x = elements::<T>(x, layout)?;
            let mut out = vec![0.0; x.len()];
            for_each_chunk(&mut out, CHUNK, |number, out| self.0.apply(&x[number * CHUNK..], out));
            Ok((T::to_cpu_storage_owned(out), layout.shape().clone()))
        })
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let gradient = gradient.contiguous()?;
        let (xs, gradients) = (open(x), open(&gradient));
        for_real!(x.dtype(), T => {
            let (xs, gradients) = (xs.elements::<T>()?, gradients.elements::<T>()?);
            let mut out = vec![0.0; xs.len()];
            for_each_chunk(&mut out, CHUNK, |number, out| {
                self.0.gradient(&xs[number * CHUNK..], &gradients[number * CHUNK..], out);
            });
            Ok(Some(tensor(out, x.shape())?))
        })
    }
}
