//! The optimizers over a network's parameters.

use std::sync::atomic::AtomicI64;

use candle_core::{DType, Device, Tensor, Var};
use sweep_job::{self as job, JobSpec};
use sweep_kernels::{AdamRule, DecayKind, Form, SgdRule, adam_step, sgd_step};

use crate::{
    ModelError, Network,
    weights::{Entry, Value, first_not_finite, opened, take, to_bytes},
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
pub struct Optimizer {
    parameters: Vec<(String, Var)>,
    rule: Rule,
    form: Form,
    dtype: DType,
    device: Device,
}

#[derive(Debug)]
enum Rule {
    Adam { rule: AdamRule, moments: Vec<[Var; 2]>, steps: AtomicI64 },
    Sgd { rule: SgdRule, velocities: Vec<Option<Var>> },
}

impl Optimizer {
    /// An optimizer that has made no step yet.
    ///
    /// # Errors
    /// Where a setting is out of its range, or the device has no room for the state.
    pub fn new(settings: impl Into<OptimizerSettings>, network: &Network) -> Result<Self, ModelError> {
        let settings = settings.into();
        check(&settings)?;
        let parameters = network.parameters().to_vec();
        let rule = Rule::new(&settings, &parameters)?;
        let (dtype, device) = (network.dtype(), network.device().clone());
        Ok(Self { parameters, rule, form: network.form(), dtype, device })
    }

    /// Changes every parameter by its gradient; `gradients` are in the order of the network's parameters.
    ///
    /// # Errors
    /// Where the gradients are not those of the parameters; none is changed then.
    pub fn step(&mut self, gradients: &[Tensor]) -> Result<(), ModelError> {
        if let Some((name, _)) = self.parameters.get(gradients.len()) {
            return Err(ModelError::MissingGradient { parameter: name.clone() });
        }
        let pairs = self.parameters.iter().map(|(_, parameter)| parameter).zip(gradients);
        match &mut self.rule {
            Rule::Adam { rule, moments, steps } => {
                *steps.get_mut() += 1;
                let step = *steps.get_mut() as u32;
                for ((parameter, gradient), [mean, square]) in pairs.zip(moments) {
                    adam_step(self.form, parameter, gradient, mean, square, rule, step)?;
                }
            }
            Rule::Sgd { rule, velocities } => {
                for ((parameter, gradient), velocity) in pairs.zip(velocities) {
                    sgd_step(self.form, parameter, gradient, velocity.as_ref(), rule)?;
                }
            }
        }
        Ok(())
    }
}

impl Optimizer {
    /// Its state as a safetensors file: for every parameter `NAME.exp_avg` and `NAME.exp_avg_sq`, or `NAME.momentum_buffer`, as PyTorch
    /// names them, and `step`, the number of steps made.
    ///
    /// # Errors
    /// Where the state cannot be brought from the device.
    pub fn to_safetensors(&self) -> Result<Vec<u8>, ModelError> {
        to_bytes(self.state(), None)
    }

    /// Takes the state that [`to_safetensors`](Self::to_safetensors) gave: the next step is that of the optimizer whose it was.
    ///
    /// # Errors
    /// Where the bytes are no safetensors file, or something does not fit: the state is unchanged then.
    pub fn load_safetensors(&mut self, bytes: &[u8]) -> Result<(), ModelError> {
        let problems = take(self.state(), &opened(bytes)?, self.dtype, &self.device)?;
        if problems.is_empty() { Ok(()) } else { Err(ModelError::OptimizerState { problems }) }
    }

    /// The first part of its state that is not finite, in words such as `the momentum of classify.0.weight`; `None` if
    /// all of it is finite. A parameter whose mean squared gradient has overflowed never changes again.
    ///
    /// # Errors
    /// If the state cannot be brought from the device.
    pub fn not_finite(&self) -> Result<Option<String>, ModelError> {
        first_not_finite(self.state())
    }

    fn state(&self) -> Vec<Entry<'_>> {
        let mut entries = Vec::new();
        let mut add = |parameter: &str, name: &str, value| {
            entries.push(Entry { name: format!("{parameter}.{name}"), value: Value::Any(value) });
        };
        let names = self.parameters.iter().map(|(name, _)| name);
        match &self.rule {
            Rule::Adam { moments, steps, .. } => {
                for (name, [mean, square]) in names.zip(moments) {
                    add(name, "exp_avg", mean);
                    add(name, "exp_avg_sq", square);
                }
                entries.push(Entry { name: "step".to_owned(), value: Value::Counter(steps) });
            }
            Rule::Sgd { velocities, .. } => {
                for (name, velocity) in names.zip(velocities) {
                    if let Some(velocity) = velocity {
                        add(name, "momentum_buffer", velocity);
                    }
                }
            }
        }
        entries
    }
}

impl Rule {
    fn new(settings: &OptimizerSettings, parameters: &[(String, Var)]) -> Result<Self, ModelError> {
        let OptimizerSettings { optimizer, learning_rate, weight_decay } = *settings;
        let zeros = |parameter: &Var| Ok::<_, ModelError>(Var::from_tensor(&parameter.zeros_like()?)?);
        let adam = |decay_kind, beta1, beta2, epsilon| {
            let rule = AdamRule { learning_rate, beta1, beta2, epsilon, weight_decay, decay_kind };
            let moments = parameters
                .iter()
                .map(|(_, parameter)| Ok::<_, ModelError>([zeros(parameter)?, zeros(parameter)?]));
            Ok(Self::Adam { rule, moments: moments.collect::<Result<_, _>>()?, steps: AtomicI64::new(0) })
        };
        match optimizer {
            job::Optimizer::Adam { beta1, beta2, epsilon } => adam(DecayKind::Coupled, beta1, beta2, epsilon),
            job::Optimizer::AdamW { beta1, beta2, epsilon } => {
                adam(DecayKind::Decoupled, beta1, beta2, epsilon)
            }
            job::Optimizer::Sgd { momentum, nesterov } => {
                let velocity = |(_, parameter): &(String, Var)| {
                    if momentum == 0.0 { Ok(None) } else { zeros(parameter).map(Some) }
                };
                let velocities = parameters.iter().map(velocity).collect::<Result<_, _>>()?;
                Ok(Self::Sgd {
                    rule: SgdRule { learning_rate, momentum, nesterov, weight_decay },
                    velocities,
                })
            }
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
