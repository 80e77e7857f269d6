//! The optimizers over a network's parameters.

use sweep_job::{self as job, JobSpec};
use sweep_kernels::{AdamRule, DecayKind, Real, SgdRule, adam_step, sgd_step};

use crate::{
    Entry, ModelError, Network, Value,
    weights::{first_not_finite, optimizer_state, to_bytes},
};

/// The settings that decide an optimizer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OptimizerSettings {
    /// Which, with its own settings.
    pub optimizer: job::Optimizer,
    /// Step size.
    pub learning_rate: f64,
    /// Strength of the L2 penalty (Adam, SGD) or of the decoupled decay (AdamW).
    pub weight_decay: f64,
}

impl From<&JobSpec> for OptimizerSettings {
    fn from(spec: &JobSpec) -> Self {
        let JobSpec { optimizer, learning_rate, weight_decay, .. } = *spec;
        Self { optimizer, learning_rate, weight_decay }
    }
}

/// An optimizer with its state, for the parameters of one network. The formulas are PyTorch's.
#[derive(Debug)]
pub struct Optimizer<T = f32> {
    rule: Rule,
    /// For Adam the two moments of each parameter, `NAME.exp_avg` and `NAME.exp_avg_sq`, and at the end `step`, the number of steps made;
    /// for SGD with momentum `NAME.momentum_buffer`. These are PyTorch's names.
    state: Vec<Entry<T>>,
}

/// An optimizer's formula with its numbers.
#[derive(Debug)]
pub(crate) enum Rule {
    Adam(AdamRule),
    Sgd(SgdRule),
}

impl<T: Real> Optimizer<T> {
    /// An optimizer that has made no step yet.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn new(settings: impl Into<OptimizerSettings>, network: &Network<T>) -> Result<Self, ModelError> {
        let settings = settings.into();
        check(&settings)?;
        let rule = Rule::new(&settings);
        let zeros = |parameter: &Entry<T>, name: &str| Entry {
            name: format!("{}.{name}", parameter.name),
            shape: parameter.shape.clone(),
            value: Value::Moment(vec![T::zero(); parameter.numbers().len()]),
        };
        let names = rule.names();
        let of_parameter = |parameter| names.iter().map(move |name| zeros(parameter, name));
        let mut state: Vec<Entry<T>> = network.parameters().flat_map(of_parameter).collect();
        if let Rule::Adam(_) = rule {
            state.push(Entry { name: "step".to_owned(), shape: Vec::new(), value: Value::Counter(0) });
        }
        Ok(Self { rule, state })
    }

    /// Changes every parameter of the network by the gradient of the last step.
    pub fn step(&mut self, network: &mut Network<T>) {
        let pairs = network.parameters_with_gradients();
        match &self.rule {
            Rule::Adam(rule) => {
                let Some((Entry { value: Value::Counter(steps), .. }, moments)) = self.state.split_last_mut()
                else {
                    return;
                };
                *steps += 1;
                for ((parameter, gradient), moments) in pairs.zip(moments.as_chunks_mut().0) {
                    let [mean, square] = moments.each_mut().map(Entry::numbers_mut);
                    adam_step(parameter, gradient, mean, square, rule, *steps as u32);
                }
            }
            Rule::Sgd(rule) if self.state.is_empty() => {
                pairs.for_each(|(parameter, gradient)| sgd_step(parameter, gradient, None, rule));
            }
            Rule::Sgd(rule) => {
                for ((parameter, gradient), velocity) in pairs.zip(&mut self.state) {
                    sgd_step(parameter, gradient, Some(velocity.numbers_mut()), rule);
                }
            }
        }
    }

    /// Its state.
    pub fn state(&self) -> &[Entry<T>] {
        &self.state
    }

    /// Lets it go on from `state`, which has the entries of its own.
    pub(crate) fn set_state(&mut self, state: Vec<Entry<T>>) {
        self.state = state;
    }

    /// Its state as a safetensors file.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn to_safetensors(&self) -> Result<Vec<u8>, ModelError> {
        to_bytes(&self.state, None)
    }

    /// Takes the state that [`to_safetensors`](Self::to_safetensors) gave: the next step is that of the optimizer whose it was.
    ///
    /// # Errors
    /// If the bytes are no safetensors file, or something does not fit: the state is unchanged then.
    pub fn load_safetensors(&mut self, bytes: &[u8]) -> Result<(), ModelError> {
        self.state = optimizer_state(&self.state, bytes)?;
        Ok(())
    }

    /// The first part of its state that is not finite, in words such as `the momentum of classify.0.weight`; `None` if all of it is finite.
    /// A parameter whose mean squared gradient has overflowed never changes again.
    pub fn not_finite(&self) -> Option<String> {
        first_not_finite(&self.state)
    }
}

impl Rule {
    pub(crate) fn new(settings: &OptimizerSettings) -> Self {
        let OptimizerSettings { optimizer, learning_rate, weight_decay } = *settings;
        let adam = |decay_kind, beta1, beta2, epsilon| {
            Self::Adam(AdamRule { learning_rate, beta1, beta2, epsilon, weight_decay, decay_kind })
        };
        match optimizer {
            job::Optimizer::Adam { beta1, beta2, epsilon } => adam(DecayKind::Coupled, beta1, beta2, epsilon),
            job::Optimizer::AdamW { beta1, beta2, epsilon } => {
                adam(DecayKind::Decoupled, beta1, beta2, epsilon)
            }
            job::Optimizer::Sgd { momentum, nesterov } => {
                Self::Sgd(SgdRule { learning_rate, momentum, nesterov, weight_decay })
            }
        }
    }

    /// The last part of the names of what is kept of a parameter.
    fn names(&self) -> &'static [&'static str] {
        match self {
            Self::Adam(_) => &["exp_avg", "exp_avg_sq"],
            Self::Sgd(SgdRule { momentum: 0.0, .. }) => &[],
            Self::Sgd(_) => &["momentum_buffer"],
        }
    }
}

fn check(settings: &OptimizerSettings) -> Result<(), ModelError> {
    let OptimizerSettings { optimizer, learning_rate, weight_decay } = *settings;
    let share = |name, value: f64| (name, value, (0.0..1.0).contains(&value), "0 or more and below 1");
    let amount = |name, value: f64| (name, value, value >= 0.0 && value.is_finite(), "0 or more, and finite");
    let mut checks = vec![amount("learning_rate", learning_rate), amount("weight_decay", weight_decay)];
    match optimizer {
        job::Optimizer::Adam { beta1, beta2, epsilon } | job::Optimizer::AdamW { beta1, beta2, epsilon } => {
            checks.extend([share("beta1", beta1), share("beta2", beta2), amount("epsilon", epsilon)]);
        }
        job::Optimizer::Sgd { momentum, .. } => checks.push(amount("momentum", momentum)),
    }
    match checks.into_iter().find(|(_, _, fits, _)| !fits) {
        None => Ok(()),
        Some((setting, value, _, range)) => Err(ModelError::Setting { setting, value, range }),
    }
}
