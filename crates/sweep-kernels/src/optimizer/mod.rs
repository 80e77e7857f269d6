//! Steps of optimizers, and limits on norms: changes of a parameter in place.

mod adam;

use self::adam::Adam;
use crate::{InstructionSet, real::Real};

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
        // The same on every system.
        let [first, second] = [self.beta1, self.beta2].map(|beta| 1.0 - libm::pow(beta, step));
        (self.learning_rate / first, second.sqrt())
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
/// `mean_square` hold the moments between steps and begin as zeros.
///
/// # Panics
/// If the slices are not equally long.
pub fn adam_step<T: Real>(
    parameter: &mut [T],
    gradient: &[T],
    mean: &mut [T],
    mean_square: &mut [T],
    rule: &AdamRule,
    step: u32,
) {
    let length = parameter.len();
    assert!([gradient.len(), mean.len(), mean_square.len()] == [length; 3], "slices of a step of Adam");
    let adam = Adam { parameter, mean, square: mean_square, gradient, rule: *rule, step };
    T::run(InstructionSet::detect(), adam);
}

/// One step of stochastic gradient descent with PyTorch's formulas (`torch.optim.SGD`). `velocity` holds the momentum between
/// steps and begins as zeros; it is needed if the momentum is not 0.
///
/// # Panics
/// If the slices are not equally long.
pub fn sgd_step<T: Real>(parameter: &mut [T], gradient: &[T], velocity: Option<&mut [T]>, rule: &SgdRule) {
    let fits = gradient.len() == parameter.len()
        && velocity.as_ref().is_none_or(|velocity| velocity.len() == parameter.len());
    assert!(fits, "slices of a step of SGD");
    let SgdRule { learning_rate, momentum, nesterov, weight_decay } = *rule;
    let [rate, momentum, decay] = [learning_rate, momentum, weight_decay].map(T::from_f64);
    match velocity {
        None => {
            for (parameter, gradient) in parameter.iter_mut().zip(gradient) {
                *parameter -= rate * (*gradient + decay * *parameter);
            }
        }
        Some(velocity) => {
            for ((parameter, gradient), velocity) in parameter.iter_mut().zip(gradient).zip(velocity) {
                let gradient = *gradient + decay * *parameter;
                *velocity = *velocity * momentum + gradient;
                let direction = if nesterov { gradient + momentum * *velocity } else { *velocity };
                *parameter -= rate * direction;
            }
        }
    }
}

/// Scales all `gradients` by one factor if their Euclidean norm together is above `bound`: bound / (norm + 1e-6), as
/// `torch.nn.utils.clip_grad_norm_`.
pub fn clip_norm<'a, T: Real>(gradients: impl Iterator<Item = &'a mut [T]>, bound: f64) {
    let mut gradients: Vec<&mut [T]> = gradients.collect();
    let numbers = gradients.iter().flat_map(|gradient| gradient.iter());
    let norm = numbers.map(|number| number.to_f64() * number.to_f64()).sum::<f64>().sqrt();
    let factor = bound / (norm + 1e-6);
    if factor < 1.0 {
        let factor = T::from_f64(factor);
        gradients.iter_mut().flat_map(|gradient| gradient.iter_mut()).for_each(|number| *number *= factor);
    }
}

/// Scales every row of `parameter`, which has `rows` of them, whose Euclidean norm is above `bound`, by `bound` / (norm + 1e-7):
/// `torch.renorm(parameter, 2, 0, bound)`.
pub fn limit_row_norms<T: Real>(parameter: &mut [T], rows: usize, bound: f64) {
    let row = (parameter.len() / rows.max(1)).max(1);
    parameter.chunks_exact_mut(row).for_each(|row| limit(row, bound));
}

fn limit<T: Real>(row: &mut [T], bound: f64) {
    let norm = row.iter().map(|x| x.to_f64().powi(2)).sum::<f64>().sqrt();
    if norm > bound {
        let factor = T::from_f64(bound / (norm + 1e-7));
        row.iter_mut().for_each(|x| *x *= factor);
    }
}
