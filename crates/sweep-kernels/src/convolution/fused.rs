//! The custom operation: a convolution on the processor, trial by trial.

use candle_core::{CpuStorage, CustomOp2, CustomOp3, Layout as TensorLayout, Result, Shape, Tensor};

use super::{Geometry, columns, columns::Layout, direct};
use crate::{
    host::{elements, open, tensor},
    matrix::Target,
    parallel::{for_each_chunk, map, trials_a_partial_sum},
    real::{Real, for_real},
    sums::sum,
};

/// A convolution with or without bias.
#[derive(Debug, Clone, Copy)]
pub(super) struct Convolution(pub(super) Geometry);

/// The weights' and the bias' gradients.
struct WeightGradients<T> {
    weight: Vec<T>,
    bias: Vec<f64>,
}

impl Convolution {
    fn out_shape(&self) -> Shape {
        let g = &self.0;
        (g.batch, g.out_planes(), g.out_height(), g.out_time()).into()
    }

    fn forward<T: Real>(&self, x: &[T], weight: &[T], bias: Option<&[T]>) -> Vec<T> {
        let g = &self.0;
        let mut out = vec![T::zero(); g.batch * g.out_trial()];
        for_each_chunk(&mut out, g.out_trial(), |trial, out| {
            if let Some(bias) = bias {
                for (plane, bias) in out.chunks_exact_mut(g.positions()).zip(bias) {
                    plane.fill(*bias);
                }
            }
            let mode = if bias.is_some() { Target::Add } else { Target::Replace };
            let x = &x[trial * g.in_trial()..][..g.in_trial()];
            for (group, out) in out.chunks_exact_mut(g.out_group()).enumerate() {
                let x = &x[group * g.in_group()..][..g.in_group()];
                let weight = group_weights(g, weight, group);
                if direct::suits(g) {
                    direct::forward(g, x, weight, out);
                } else {
                    columns::forward(g, Layout::of(g), x, weight, out, mode);
                }
            }
        });
        out
    }

    /// Each partial sum runs over a fixed number of trials, and the partial sums are added in their order.
    fn weight_gradients<T: Real>(&self, x: &[T], out_gradient: &[T]) -> WeightGradients<T> {
        let g = &self.0;
        let trials = trials_a_partial_sum(g.batch);
        let parts = map(g.batch.div_ceil(trials), |part| {
            let mut gradients =
                WeightGradients { weight: vec![T::zero(); g.weights()], bias: vec![0.0; g.out_planes()] };
            for trial in part * trials..g.batch.min((part + 1) * trials) {
                let x = &x[trial * g.in_trial()..][..g.in_trial()];
                let out = &out_gradient[trial * g.out_trial()..][..g.out_trial()];
                self.add_trial(x, out, &mut gradients);
            }
            gradients
        });
        let mut total =
            WeightGradients { weight: vec![T::zero(); g.weights()], bias: vec![0.0; g.out_planes()] };
        for part in &parts {
            total.weight.iter_mut().zip(&part.weight).for_each(|(sum, term)| *sum += *term);
            total.bias.iter_mut().zip(&part.bias).for_each(|(sum, term)| *sum += *term);
        }
        total
    }

    fn add_trial<T: Real>(&self, x: &[T], out: &[T], gradients: &mut WeightGradients<T>) {
        let g = &self.0;
        let group_size = g.outputs * g.depth();
        for (group, gradient) in gradients.weight.chunks_exact_mut(group_size).enumerate() {
            let x = &x[group * g.in_group()..][..g.in_group()];
            let out = &out[group * g.out_group()..][..g.out_group()];
            if direct::suits(g) {
                direct::add_weight_gradient(g, x, out, gradient);
            } else {
                columns::add_weight_gradient(g, Layout::of(g), x, out, gradient);
            }
        }
        for (plane, gradient) in out.chunks_exact(g.positions()).zip(&mut gradients.bias) {
            *gradient += sum(plane, |x| x);
        }
    }

    fn input_gradient<T: Real>(&self, weight: &[T], out_gradient: &[T]) -> Vec<T> {
        let g = &self.0;
        let mut gradient = vec![T::zero(); g.batch * g.in_trial()];
        for_each_chunk(&mut gradient, g.in_trial(), |trial, gradient| {
            let out = &out_gradient[trial * g.out_trial()..][..g.out_trial()];
            for (group, gradient) in gradient.chunks_exact_mut(g.in_group()).enumerate() {
                let out = &out[group * g.out_group()..][..g.out_group()];
                let weight = group_weights(g, weight, group);
                if direct::suits(g) {
                    direct::input_gradient(g, weight, out, gradient);
                } else {
                    columns::input_gradient(g, Layout::of(g), weight, out, gradient);
                }
            }
        });
        gradient
    }

    /// Gradients of input (where it is asked for), weight and bias.
    fn backward<T: Real>(
        &self,
        x: &Tensor,
        weight: &Tensor,
        out_gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Tensor, Tensor)> {
        let out_gradient = out_gradient.contiguous()?;
        let (xs, weights, outs) = (open(x), open(weight), open(&out_gradient));
        let gradients = self.weight_gradients::<T>(xs.elements()?, outs.elements()?);
        let bias = gradients.bias.into_iter().map(T::from_f64).collect();
        let input = if x.track_op() {
            let gradient = self.input_gradient::<T>(weights.elements()?, outs.elements()?);
            Some(tensor(gradient, x.shape())?)
        } else {
            None
        };
        Ok((input, tensor(gradients.weight, weight.shape())?, tensor::<T>(bias, self.0.out_planes())?))
    }
}

fn group_weights<'a, T>(g: &Geometry, weight: &'a [T], group: usize) -> &'a [T] {
    let size = g.outputs * g.depth();
    &weight[group * size..][..size]
}

impl CustomOp2 for Convolution {
    fn name(&self) -> &'static str {
        "convolution"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &TensorLayout,
        weight: &CpuStorage,
        weight_layout: &TensorLayout,
    ) -> Result<(CpuStorage, Shape)> {
        for_real!(candle_core::backend::BackendStorage::dtype(x), T => {
            let out = self.forward::<T>(elements(x, x_layout)?, elements(weight, weight_layout)?, None);
            Ok((candle_core::WithDType::to_cpu_storage_owned(out), self.out_shape()))
        })
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let (input, weight, _) = for_real!(x.dtype(), T => self.backward::<T>(x, weight, gradient))?;
        Ok((input, Some(weight)))
    }
}

impl CustomOp3 for Convolution {
    fn name(&self) -> &'static str {
        "convolution with bias"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &TensorLayout,
        weight: &CpuStorage,
        weight_layout: &TensorLayout,
        bias: &CpuStorage,
        bias_layout: &TensorLayout,
    ) -> Result<(CpuStorage, Shape)> {
        for_real!(candle_core::backend::BackendStorage::dtype(x), T => {
            let bias = elements(bias, bias_layout)?;
            let out = self.forward::<T>(elements(x, x_layout)?, elements(weight, weight_layout)?, Some(bias));
            Ok((candle_core::WithDType::to_cpu_storage_owned(out), self.out_shape()))
        })
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        _: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (input, weight, bias) = for_real!(x.dtype(), T => self.backward::<T>(x, weight, gradient))?;
        Ok((input, Some(weight), Some(bias)))
    }
}
