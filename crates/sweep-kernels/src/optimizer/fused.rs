//! The steps on the processor, as loops over the variables' own memory.

use candle_core::{
    CpuStorage, InplaceOp1, InplaceOp2, InplaceOp3, Layout, Result, Tensor, Var, backend::BackendStorage,
};

use super::{AdamRule, SgdRule};
use crate::{
    host::{elements, elements_mut},
    real::{Real, for_real},
    sums::sum,
};

pub(super) fn adam(
    parameter: &Var,
    gradient: &Tensor,
    mean: &Var,
    mean_square: &Var,
    rule: AdamRule,
    step: u32,
) -> Result<()> {
    let decay = rule.coupled_decay();
    mean.inplace_op3(gradient, parameter, &Mean { share: 1.0 - rule.beta1, decay })?;
    mean_square.inplace_op3(gradient, parameter, &MeanSquare { beta: rule.beta2, decay })?;
    let (step_size, root_correction) = rule.corrections(step);
    let (epsilon, shrinkage) = (rule.epsilon, rule.shrinkage());
    parameter.inplace_op3(mean, mean_square, &AdamUpdate { step_size, root_correction, epsilon, shrinkage })
}

pub(super) fn sgd(parameter: &Var, gradient: &Tensor, velocity: Option<&Var>, rule: SgdRule) -> Result<()> {
    match velocity {
        None => parameter.inplace_op2(gradient, &Descent(rule)),
        Some(velocity) => {
            velocity.inplace_op3(gradient, parameter, &Velocity(rule))?;
            parameter.inplace_op3(gradient, velocity, &MomentumDescent(rule))
        }
    }
}

pub(super) fn limit_row_norms(parameter: &Var, bound: f64) -> Result<()> {
    parameter.inplace_op1(&RowNorms { bound })
}

/// Declares an in-place operation of one variable and two tensors, element by element.
macro_rules! elementwise3 {
    ($operation:ident, $name:literal, |$self:ident, $real:ident| $prepare:expr) => {
        impl InplaceOp3 for $operation {
            fn name(&self) -> &'static str {
                $name
            }

            fn cpu_fwd(
                &$self,
                target: &mut CpuStorage,
                target_layout: &Layout,
                first: &CpuStorage,
                first_layout: &Layout,
                second: &CpuStorage,
                second_layout: &Layout,
            ) -> Result<()> {
                for_real!(target.dtype(), $real => {
                    let target = elements_mut::<$real>(target, target_layout)?;
                    let (first, second) =
                        (elements::<$real>(first, first_layout)?, elements::<$real>(second, second_layout)?);
                    let update = $prepare;
                    for ((target, first), second) in target.iter_mut().zip(first).zip(second) {
                        *target = update(*target, *first, *second);
                    }
                    Ok(())
                })
            }
        }
    };
}

/// Of a mean with the gradient and the parameter.
struct Mean {
    share: f64,
    decay: f64,
}

elementwise3!(Mean, "mean of gradients", |self, T| {
    let (share, decay) = (self.share as T, self.decay as T);
    move |mean: T, gradient: T, parameter: T| mean + share * (gradient + decay * parameter - mean)
});

/// Of a mean square with the gradient and the parameter.
struct MeanSquare {
    beta: f64,
    decay: f64,
}

elementwise3!(MeanSquare, "mean of squared gradients", |self, T| {
    let (beta, share, decay) = (self.beta as T, (1.0 - self.beta) as T, self.decay as T);
    move |square: T, gradient: T, parameter: T| {
        let gradient = gradient + decay * parameter;
        square * beta + share * gradient * gradient
    }
});

/// Of a parameter with its moments.
struct AdamUpdate {
    step_size: f64,
    root_correction: f64,
    epsilon: f64,
    shrinkage: f64,
}

elementwise3!(AdamUpdate, "step of Adam", |self, T| {
    let (step_size, root_correction) = (self.step_size as T, self.root_correction as T);
    let (epsilon, shrinkage) = (self.epsilon as T, self.shrinkage as T);
    move |parameter: T, mean: T, square: T| {
        parameter * shrinkage - step_size * (mean / (square.sqrt() / root_correction + epsilon))
    }
});

/// Of a velocity with the gradient and the parameter.
struct Velocity(SgdRule);

elementwise3!(Velocity, "velocity", |self, T| {
    let (momentum, decay) = (self.0.momentum as T, self.0.weight_decay as T);
    move |velocity: T, gradient: T, parameter: T| velocity * momentum + (gradient + decay * parameter)
});

/// Of a parameter with the gradient and the velocity.
struct MomentumDescent(SgdRule);

elementwise3!(MomentumDescent, "step of descent with momentum", |self, T| {
    let SgdRule { learning_rate, momentum, nesterov, weight_decay } = self.0;
    let (rate, momentum, decay) = (learning_rate as T, momentum as T, weight_decay as T);
    move |parameter: T, gradient: T, velocity: T| {
        let ahead = gradient + decay * parameter + momentum * velocity;
        parameter - rate * if nesterov { ahead } else { velocity }
    }
});

/// Of a parameter with the gradient.
struct Descent(SgdRule);

impl InplaceOp2 for Descent {
    fn name(&self) -> &'static str {
        "step of descent"
    }

    fn cpu_fwd(
        &self,
        parameter: &mut CpuStorage,
        parameter_layout: &Layout,
        gradient: &CpuStorage,
        gradient_layout: &Layout,
    ) -> Result<()> {
        for_real!(parameter.dtype(), T => {
            let (rate, decay) = (self.0.learning_rate as T, self.0.weight_decay as T);
            let parameter = elements_mut::<T>(parameter, parameter_layout)?;
            for (parameter, gradient) in parameter.iter_mut().zip(elements::<T>(gradient, gradient_layout)?) {
                *parameter -= rate * (gradient + decay * *parameter);
            }
            Ok(())
        })
    }
}

struct RowNorms {
    bound: f64,
}

impl InplaceOp1 for RowNorms {
    fn name(&self) -> &'static str {
        "limit on norms"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let rows = layout.dims().first().copied().unwrap_or(1).max(1);
        let row = (layout.shape().elem_count() / rows).max(1);
        for_real!(storage.dtype(), T => {
            elements_mut::<T>(storage, layout)?.chunks_exact_mut(row).for_each(|row| limit(row, self.bound));
            Ok(())
        })
    }
}

fn limit<T: Real>(row: &mut [T], bound: f64) {
    let norm = sum(row, |x| x * x).sqrt();
    if norm > bound {
        let factor = T::from_f64(bound / (norm + 1e-7));
        row.iter_mut().for_each(|x| *x *= factor);
    }
}
