//! The steps on the processor, as loops over the variables' own memory.

use candle_core::{Result, Tensor, Var};

use super::{AdamRule, SgdRule};
use crate::{
    InstructionSet,
    host::{with_elements, with_elements_mut},
    real::{Real, for_real},
    vector::{Elementwise, Kernel, LANES, Simd, Vector},
};

pub(super) fn adam(
    parameter: &Var,
    gradient: &Tensor,
    mean: &Var,
    mean_square: &Var,
    rule: AdamRule,
    step: u32,
) -> Result<()> {
    for_real!(parameter.dtype(), T => {
        with_elements_mut(parameter, |parameter: &mut [T]| {
            with_elements_mut(mean, |mean: &mut [T]| {
                with_elements_mut(mean_square, |square: &mut [T]| {
                    with_elements(gradient, |gradient: &[T]| {
                        let adam = Adam { parameter, mean, square, gradient, rule, step };
                        T::run(InstructionSet::detect(), adam);
                    })
                })
            })
        })????;
        Ok(())
    })
}

struct Adam<'a, T> {
    parameter: &'a mut [T],
    mean: &'a mut [T],
    square: &'a mut [T],
    gradient: &'a [T],
    rule: AdamRule,
    step: u32,
}

impl<T: Real> Kernel<T> for Adam<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T>>(self) {
        let constants = AdamConstants::<S::Vector>::new(&self.rule, self.step);
        let fours = self.parameter.chunks_mut(LANES).zip(self.mean.chunks_mut(LANES));
        let others = self.square.chunks_mut(LANES).zip(self.gradient.chunks(LANES));
        for ((parameter, mean), (square, gradient)) in fours.zip(others) {
            if gradient.len() == LANES {
                constants.step(parameter, mean, square, gradient);
            } else {
                // The last few, in vectors that are filled up with zeros.
                let fill = |values: &[T]| {
                    let mut full = [T::zero(); LANES];
                    full[..values.len()].copy_from_slice(values);
                    full
                };
                let [mut p, mut m, mut s] = [fill(parameter), fill(mean), fill(square)];
                constants.step(&mut p, &mut m, &mut s, &fill(gradient));
                for (to, from) in [(parameter, p), (mean, m), (square, s)] {
                    let count = to.len();
                    to.copy_from_slice(&from[..count]);
                }
            }
        }
    }
}

#[inline(always)]
fn constant<T: Real, V: Vector<T>>(value: f64) -> V {
    V::splat(T::from_f64(value))
}

/// Adam's settings in every lane.
struct AdamConstants<V> {
    share: V,
    decay: V,
    beta2: V,
    square_share: V,
    step_size: V,
    root_correction: V,
    epsilon: V,
    shrinkage: V,
}

impl<V> AdamConstants<V> {
    #[inline(always)]
    fn new<T: Real>(rule: &AdamRule, step: u32) -> Self
    where
        V: Vector<T>,
    {
        let (step_size, root_correction) = rule.corrections(step);
        Self {
            share: constant::<T, V>(1.0 - rule.beta1),
            decay: constant::<T, V>(rule.coupled_decay()),
            beta2: constant::<T, V>(rule.beta2),
            square_share: constant::<T, V>(1.0 - rule.beta2),
            step_size: constant::<T, V>(-step_size),
            root_correction: constant::<T, V>(1.0 / root_correction),
            epsilon: constant::<T, V>(rule.epsilon),
            shrinkage: constant::<T, V>(rule.shrinkage()),
        }
    }

    /// One vector's step.
    #[inline(always)]
    fn step<T: Real>(&self, parameter: &mut [T], mean: &mut [T], square: &mut [T], gradient: &[T])
    where
        V: Elementwise<T>,
    {
        let value = V::read(parameter);
        let gradient = value.mul_add(self.decay, V::read(gradient));
        let old = V::read(mean);
        let new_mean = gradient.sub(old).mul_add(self.share, old);
        let new_square = gradient.mul(gradient).mul_add(self.square_share, V::read(square).mul(self.beta2));
        let denominator = new_square.sqrt().mul_add(self.root_correction, self.epsilon);
        let change = new_mean.div(denominator);
        change.mul_add(self.step_size, value.mul(self.shrinkage)).write(parameter);
        new_mean.write(mean);
        new_square.write(square);
    }
}

pub(super) fn sgd(parameter: &Var, gradient: &Tensor, velocity: Option<&Var>, rule: SgdRule) -> Result<()> {
    let SgdRule { learning_rate, momentum, nesterov, weight_decay } = rule;
    for_real!(parameter.dtype(), T => {
        let (rate, momentum, decay) = (learning_rate as T, momentum as T, weight_decay as T);
        with_elements_mut(parameter, |parameter: &mut [T]| {
            with_elements(gradient, |gradient: &[T]| match velocity {
                None => {
                    for (parameter, gradient) in parameter.iter_mut().zip(gradient) {
                        *parameter -= rate * (gradient + decay * *parameter);
                    }
                    Ok(())
                }
                Some(velocity) => with_elements_mut(velocity, |velocity: &mut [T]| {
                    for ((parameter, gradient), velocity) in parameter.iter_mut().zip(gradient).zip(velocity) {
                        let gradient = gradient + decay * *parameter;
                        *velocity = *velocity * momentum + gradient;
                        let direction = if nesterov { gradient + momentum * *velocity } else { *velocity };
                        *parameter -= rate * direction;
                    }
                }),
            })
        })???;
        Ok(())
    })
}

pub(super) fn limit_row_norms(parameter: &Var, bound: f64) -> Result<()> {
    let rows = parameter.dims().first().copied().unwrap_or(1).max(1);
    let row = (parameter.elem_count() / rows).max(1);
    for_real!(parameter.dtype(), T => with_elements_mut(parameter, |elements: &mut [T]| {
        elements.chunks_exact_mut(row).for_each(|row| limit(row, bound));
    }))
}

fn limit<T: Real>(row: &mut [T], bound: f64) {
    let norm = row.iter().map(|x| x.to_f64().powi(2)).sum::<f64>().sqrt();
    if norm > bound {
        let factor = T::from_f64(bound / (norm + 1e-7));
        row.iter_mut().for_each(|x| *x *= factor);
    }
}
