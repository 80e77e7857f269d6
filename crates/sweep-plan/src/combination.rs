//! One combination of values: defaults, what applies, and the job that it is. Knows nothing of where values come from.

use sweep_job::{Activation, JobSpec, Optimizer, Shuffle};

use crate::{
    check::{Condition, Soundness, Term},
    setting::{Setting, SettingSet},
    value::{ActivationName, MaxNormChoice, OptimizerName, Value},
};

/// Batch size where none is given.
const DEFAULT_BATCH_SIZE: u64 = 32;
/// Learning rate where none is given: the lab's.
const DEFAULT_LEARNING_RATE: f64 = 1e-3;

/// The values that settings were given.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Combination([Option<Value>; Setting::COUNT]);

impl Default for Combination {
    fn default() -> Self {
        Self([None; Setting::COUNT])
    }
}

impl Combination {
    pub(crate) fn set(&mut self, setting: Setting, value: Value) {
        self.0[setting as usize] = Some(value);
    }

    fn given(&self, setting: Setting) -> Option<Value> {
        self.0[setting as usize]
    }

    /// The value that counts: the given one or the default, and none where the setting does not apply or is missing.
    pub(crate) fn get(&self, setting: Setting) -> Option<Value> {
        if !self.applies(setting) {
            return None;
        }
        match self.given(setting) {
            Some(Value::MaxNorm(MaxNormChoice::OfModel)) => {
                let bounds = self.model()?.default_max_norm();
                Some(Value::MaxNorm(MaxNormChoice::Bounds(bounds)))
            }
            Some(value) => Some(value),
            None => self.default_of(setting),
        }
    }

    /// The settings that this job can use.
    pub(crate) fn applicable(&self) -> SettingSet {
        let can_use = |setting: &Setting| self.applies(*setting);
        Setting::ALL.into_iter().filter(can_use).fold(SettingSet::EMPTY, SettingSet::with)
    }

    fn applies(&self, setting: Setting) -> bool {
        setting.depends_on() == SettingSet::EMPTY
            || setting.applies(self.activation(), self.optimizer(), self.given_number(Setting::Momentum, 0.0))
    }

    fn default_of(&self, setting: Setting) -> Option<Value> {
        let Optimizer::Adam { beta1, beta2, epsilon } = Optimizer::LAB else { return None };
        Some(match setting {
            Setting::Model | Setting::Activation | Setting::Epochs => return None,
            Setting::Slope => Value::Number(Activation::DEFAULT_SLOPE),
            Setting::Alpha => Value::Number(Activation::DEFAULT_ALPHA),
            Setting::BatchSize => Value::Whole(DEFAULT_BATCH_SIZE),
            Setting::LearningRate => Value::Number(DEFAULT_LEARNING_RATE),
            Setting::Seed => Value::Whole(0),
            Setting::Optimizer => Value::Optimizer(OptimizerName::Adam),
            Setting::Beta1 => Value::Number(beta1),
            Setting::Beta2 => Value::Number(beta2),
            Setting::Epsilon => Value::Number(epsilon),
            Setting::Momentum => Value::Number(0.0),
            Setting::Nesterov => Value::Switch(false),
            Setting::WeightDecay => Value::Number(self.optimizer().default_weight_decay()),
            Setting::Dropout => Value::Number(self.model()?.default_dropout()),
            Setting::MaxNorm => Value::MaxNorm(MaxNormChoice::Off),
            Setting::Shuffle => Value::Switch(true),
            Setting::InitialWeights => Value::Weights(None),
        })
    }

    fn model(&self) -> Option<sweep_job::ModelKind> {
        match self.given(Setting::Model) {
            Some(Value::Model(model)) => Some(model),
            _ => None,
        }
    }

    fn activation(&self) -> Option<ActivationName> {
        match self.given(Setting::Activation) {
            Some(Value::Activation(activation)) => Some(activation),
            _ => None,
        }
    }

    fn optimizer(&self) -> OptimizerName {
        match self.given(Setting::Optimizer) {
            Some(Value::Optimizer(optimizer)) => optimizer,
            _ => OptimizerName::Adam,
        }
    }

    fn given_number(&self, setting: Setting, otherwise: f64) -> f64 {
        match self.given(setting) {
            Some(Value::Number(number)) => number,
            _ => otherwise,
        }
    }

    fn number(&self, setting: Setting) -> Option<f64> {
        match self.get(setting) {
            Some(Value::Number(number)) => Some(number),
            _ => None,
        }
    }

    fn whole(&self, setting: Setting) -> Option<u64> {
        match self.get(setting) {
            Some(Value::Whole(whole)) => Some(whole),
            _ => None,
        }
    }

    fn switch(&self, setting: Setting) -> bool {
        self.get(setting) == Some(Value::Switch(true))
    }

    /// The job, if no setting is missing. Its initial weights are a number, for the caller to look up.
    pub(crate) fn job(&self) -> Option<(JobSpec, Option<u32>)> {
        let optimizer = self.optimizer();
        let adam = || {
            Some((self.number(Setting::Beta1)?, self.number(Setting::Beta2)?, self.number(Setting::Epsilon)?))
        };
        let optimizer = match optimizer {
            OptimizerName::Adam => {
                adam().map(|(beta1, beta2, epsilon)| Optimizer::Adam { beta1, beta2, epsilon })
            }
            OptimizerName::AdamW => {
                adam().map(|(beta1, beta2, epsilon)| Optimizer::AdamW { beta1, beta2, epsilon })
            }
            OptimizerName::Sgd => self
                .number(Setting::Momentum)
                .map(|momentum| Optimizer::Sgd { momentum, nesterov: self.switch(Setting::Nesterov) }),
        };
        let max_norm = match self.get(Setting::MaxNorm) {
            Some(Value::MaxNorm(MaxNormChoice::Bounds(bounds))) => Some(bounds),
            _ => None,
        };
        let weights = match self.get(Setting::InitialWeights) {
            Some(Value::Weights(weights)) => weights,
            _ => None,
        };
        let spec = JobSpec {
            model: self.model()?,
            activation: self.activation()?.with(
                self.given_number(Setting::Slope, Activation::DEFAULT_SLOPE),
                self.given_number(Setting::Alpha, Activation::DEFAULT_ALPHA),
            ),
            batch_size: u32::try_from(self.whole(Setting::BatchSize)?).ok()?,
            learning_rate: self.number(Setting::LearningRate)?,
            epochs: u32::try_from(self.whole(Setting::Epochs)?).ok()?,
            seed: self.whole(Setting::Seed)?,
            optimizer: optimizer?,
            weight_decay: self.number(Setting::WeightDecay)?,
            dropout: self.number(Setting::Dropout)?,
            max_norm,
            shuffle: if self.switch(Setting::Shuffle) { Shuffle::EveryEpoch } else { Shuffle::Never },
            initial_weights: None,
            more: Default::default(),
        };
        Some((spec, weights))
    }
}

impl Condition {
    /// Whether all terms hold. A condition with mistakes holds for no job: it would hold for too many.
    pub(crate) fn holds(&self, combination: &Combination) -> bool {
        self.soundness == Soundness::Sound && self.terms.iter().all(|term| term.holds(combination))
    }
}

impl Term {
    /// Whether the job has one of the values. A setting that it cannot use has none.
    pub(crate) fn holds(&self, combination: &Combination) -> bool {
        let Some(value) = combination.get(self.setting) else { return false };
        if self.contains(value) {
            return true;
        }
        // `max_norm = true` stands for the bounds of the job's own model.
        let Value::MaxNorm(MaxNormChoice::Bounds(bounds)) = value else { return false };
        combination.model().is_some_and(|model| model.default_max_norm() == bounds)
            && self.contains(Value::MaxNorm(MaxNormChoice::OfModel))
    }

    fn contains(&self, value: Value) -> bool {
        self.any_of.binary_search(&value.bits()).is_ok()
    }
}
