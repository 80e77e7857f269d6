//! Steps of optimizers, and limits on norms: changes of variables in place.

mod fused;

use candle_core::{Result, Tensor, Var};

use crate::{Form, real::refuse};

/// How weight decay acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecayKind {
    /// Added to the gradient, as an L2 penalty would (Adam).
    Coupled,
    /// Taken from the weights beside the gradient's step (AdamW).
    Decoupled,
}

/// The settings of Adam and AdamW, named as in PyTorch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamRule {
    /// Step size.
    pub learning_rate: f64,
    /// Decay of the mean of gradients.
    pub beta1: f64,
    /// Decay of the mean of squared gradients.
    pub beta2: f64,
    /// Added to the denominator.
    pub epsilon: f64,
    /// Strength of the weight decay.
    pub weight_decay: f64,
    /// How it acts.
    pub decay_kind: DecayKind,
}

impl AdamRule {
    /// Strength of the decay by the gradient.
    fn coupled_decay(&self) -> f64 {
        match self.decay_kind {
            DecayKind::Coupled => self.weight_decay,
            DecayKind::Decoupled => 0.0,
        }
    }

    /// What the weights are multiplied by.
    fn shrinkage(&self) -> f64 {
        match self.decay_kind {
            DecayKind::Coupled => 1.0,
            DecayKind::Decoupled => 1.0 - self.learning_rate * self.weight_decay,
        }
    }

    /// The step size and the root of the second moment's correction at step number `step`, from 1.
    fn corrections(&self, step: u32) -> (f64, f64) {
        let step = f64::from(step);
        (self.learning_rate / (1.0 - self.beta1.powf(step)), (1.0 - self.beta2.powf(step)).sqrt())
    }
}

/// The settings of stochastic gradient descent, named as in PyTorch; dampening is 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SgdRule {
    /// Step size.
    pub learning_rate: f64,
    /// Share of the last step's velocity that is kept.
    pub momentum: f64,
    /// Whether the gradient is looked ahead by one step of momentum (Nesterov).
    pub nesterov: bool,
    /// Strength of the L2 penalty.
    pub weight_decay: f64,
}

/// One step of Adam or AdamW, number `step` from 1, with PyTorch's formulas (`torch.optim.Adam`, `amsgrad` off). `mean` and
/// `mean_square` hold the moments between steps and begin as zeros of the parameter's shape.
///
/// # Errors
/// Where the shapes or types differ.
pub fn adam_step(
    form: Form,
    parameter: &Var,
    gradient: &Tensor,
    mean: &Var,
    mean_square: &Var,
    rule: &AdamRule,
    step: u32,
) -> Result<()> {
    same_shape(parameter, &[gradient, mean, mean_square])?;
    match form {
        Form::Fused => fused::adam(parameter, &gradient.contiguous()?, mean, mean_square, *rule, step),
        Form::Composed => {
            let gradient = with_decay(parameter, gradient, rule.coupled_decay())?;
            let (old_mean, old_square) = (mean.as_detached_tensor(), mean_square.as_detached_tensor());
            mean.set(&(&old_mean + ((&gradient - &old_mean)? * (1.0 - rule.beta1))?)?)?;
            mean_square.set(&((old_square * rule.beta2)? + (gradient.sqr()? * (1.0 - rule.beta2))?)?)?;
            let (step_size, root_correction) = rule.corrections(step);
            let denominator = ((mean_square.as_detached_tensor().sqrt()? / root_correction)? + rule.epsilon)?;
            let change = ((mean.as_detached_tensor() / denominator)? * step_size)?;
            parameter.set(&((parameter.as_detached_tensor() * rule.shrinkage())? - change)?)
        }
    }
}

/// One step of stochastic gradient descent with PyTorch's formulas (`torch.optim.SGD`). `velocity` holds the momentum
/// between steps and begins as zeros of the parameter's shape; it is needed where the momentum is not 0.
///
/// # Errors
/// Where the shapes or types differ.
pub fn sgd_step(
    form: Form,
    parameter: &Var,
    gradient: &Tensor,
    velocity: Option<&Var>,
    rule: &SgdRule,
) -> Result<()> {
    same_shape(parameter, &[gradient])?;
    if let Some(velocity) = velocity {
        same_shape(parameter, &[velocity])?;
    }
    match form {
        Form::Fused => fused::sgd(parameter, &gradient.contiguous()?, velocity, *rule),
        Form::Composed => {
            let mut direction = with_decay(parameter, gradient, rule.weight_decay)?;
            if let Some(velocity) = velocity {
                velocity.set(&((velocity.as_detached_tensor() * rule.momentum)? + &direction)?)?;
                let velocity = velocity.as_detached_tensor();
                direction = if rule.nesterov { (direction + (velocity * rule.momentum)?)? } else { velocity };
            }
            parameter.set(&(parameter.as_detached_tensor() - (direction * rule.learning_rate)?)?)
        }
    }
}

/// Scales every row of `parameter`, taken as `[row, ...]`, whose Euclidean norm is above `bound`, by
/// `bound` / (norm + 1e-7): `torch.renorm(parameter, 2, 0, bound)`.
///
/// # Errors
/// Where the device runs out of memory.
pub fn limit_row_norms(form: Form, parameter: &Var, bound: f64) -> Result<()> {
    match form {
        Form::Fused => fused::limit_row_norms(parameter, bound),
        Form::Composed => {
            let rows = parameter.as_detached_tensor().flatten_from(1)?;
            let norms = rows.sqr()?.sum_keepdim(1)?.sqrt()?;
            let factors =
                norms.gt(bound)?.where_cond(&((&norms + 1e-7)?.recip()? * bound)?, &norms.ones_like()?)?;
            parameter.set(&rows.broadcast_mul(&factors)?.reshape(parameter.shape())?)
        }
    }
}

fn with_decay(parameter: &Var, gradient: &Tensor, decay: f64) -> Result<Tensor> {
    if decay == 0.0 { Ok(gradient.clone()) } else { gradient + (parameter.as_detached_tensor() * decay)? }
}

fn same_shape(parameter: &Var, others: &[&Tensor]) -> Result<()> {
    match others.iter().find(|other| other.shape() != parameter.shape()) {
        None => Ok(()),
        Some(other) => refuse(format!("a step of {:?} by a tensor of {:?}", parameter.dims(), other.dims())),
    }
}
